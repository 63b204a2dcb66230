"""What a fresh process pays: importing the library, and its first load.

The baseline of a first load is what its dependencies cost there: importing PyYAML, and pydantic making its first
model (it looks for plugins then, through ``importlib.metadata``).
"""

from __future__ import annotations

import compileall
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import poverty_policy
from benchmarks.households import year_case
from benchmarks.report import Figure
from poverty_policy.ruleset import places
from poverty_policy.ruleset.library import OWN_RULES

IMPORT_GOAL = 0.060
FIRST_LOAD_GOAL = 0.030
SYNTHETIC_PLACES = 1_000
GROWTH_GOAL = 1.2

_TIMED = "import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
_IMPORTS = {
    "pydantic, lazily": "import pydantic",
    "BaseModel": "from pydantic import BaseModel",
    "a model": "from pydantic import BaseModel; M = type('M', (BaseModel,), {'__annotations__': {'x': int}})",
    "library": "import poverty_policy",
}
_LOAD = "import poverty_policy as pp; import time; start = time.perf_counter(); "
_LOADS = {
    "load": _LOAD + "pp.load('henan', on='2018-07-01'); print(time.perf_counter() - start)",
    "and assess": _LOAD + (
        f"case = {year_case(1)!r}; start = time.perf_counter(); "
        "pp.load('henan', on='2018-07-01').assess(case); print(time.perf_counter() - start)"
    ),
    "floor": "import poverty_policy, time; from pydantic import BaseModel; start = time.perf_counter(); import yaml; "
    "M = type('M', (BaseModel,), {'__annotations__': {'x': int}}); M(x=1); print(time.perf_counter() - start)",
}  # fmt: skip


_GROWN = (
    "import poverty_policy, time; from pathlib import Path; import datetime as dt; "
    "from poverty_policy.ruleset.library import OWN_RULES, Library; start = time.perf_counter(); "
    "Library([OWN_RULES{more}]).load('henan', dt.date(2018, 7, 1)); print(time.perf_counter() - start)"
)


def measure(rounds: int = 20) -> list[Figure]:
    """Fresh processes in turn; the best of each. Bytecode is there, as in an installed package."""
    compileall.compile_dir(Path(poverty_policy.__file__).parent, quiet=2)
    imports = _best({name: _TIMED.format(code=code) for name, code in _IMPORTS.items()}, rounds)
    with tempfile.TemporaryDirectory() as folder:
        _synthetic(Path(folder))
        grown = {"grown": _GROWN.format(more=f", Path({folder!r})"), "as shipped": _GROWN.format(more="")}
        loads = _best({**_LOADS, **grown}, rounds)
    group = "fresh process"
    return [
        Figure(group, "import poverty_policy", imports["library"], "from pydantic import BaseModel",
               imports["BaseModel"], IMPORT_GOAL, "difference"),
        Figure(group, "import poverty_policy", imports["library"], "the same, and one model made",
               imports["a model"]),
        Figure(group, "import poverty_policy", imports["library"], "import pydantic (lazy)",
               imports["pydantic, lazily"]),
        Figure(group, "first load", loads["load"], "importing yaml, one model made", loads["floor"],
               FIRST_LOAD_GOAL, "seconds"),
        Figure(group, "first load and first assess", loads["and assess"], "importing yaml, one model made",
               loads["floor"]),
        Figure(group, f"first load, {SYNTHETIC_PLACES:,} more places", loads["grown"], "as shipped",
               loads["as shipped"], GROWTH_GOAL),
    ]  # fmt: skip


def _synthetic(root: Path) -> None:
    """A library with many more places, each with three files as large as a real one."""
    real = (OWN_RULES / "cn" / "41-henan" / "2018-01-01.yaml").read_text("utf-8")
    codes = [row[0] for row in places._rows() if not row[0].endswith("00")][:SYNTHETIC_PLACES]
    for code in codes:
        folder = root / "cn" / f"{code}-made"
        folder.mkdir(parents=True)
        for year in (2017, 2018, 2019):
            text = real.replace('"410000"', f'"{code}"').replace("2018-01-01", f"{year}-01-01")
            (folder / f"{year}-01-01.yaml").write_text(text.replace("2018-12-31", f"{year}-12-31"), "utf-8")


def _best(programs: Mapping[str, str], rounds: int) -> dict[str, float]:
    """Seconds that programs print, each run in a process of its own; the first run of each only warms files."""
    found = dict.fromkeys(programs, float("inf"))
    for turn in range(rounds + 1):
        for name, program in programs.items():
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
            if turn:
                found[name] = min(found[name], float(done.stdout))
    return found
