"""OpenFisca beside us, in an environment of its own under ``.peers/`` (not kept under version control)."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import rules
from benchmarks.report import Figure, Line, Skipped
from benchmarks.timing import best

ROOT = Path(__file__).parent.parent
ENVIRONMENT = ROOT / ".peers" / "openfisca"
GOAL = 20
GROUP = "OpenFisca-core: one household through the same chain of four entries"
_AMOUNTS = ("basic", "critical_illness", "medical_assistance", "bottom_line", "out_of_pocket")


class UnavailableError(Exception):
    """The peer cannot be had here."""


def measure(cases: int = 300, turns: int = 4) -> list[Line]:
    """Time a household in both, turn by turn, and compare the answers."""
    try:
        python = _environment()
    except UnavailableError as error:
        return [Skipped(GROUP, str(error))]
    chain = rules.chain()
    drawn = _cases(cases)
    ours = [_ours(case) for case in drawn]
    theirs: list[dict[str, Any]] = []
    took = {"assess": float("inf"), "steps": float("inf")}
    for _ in range(turns):
        theirs.append(_run(python, drawn))
        now = best(
            {"assess": lambda: chain.assess(ours[0]), "steps": lambda: chain.assess(ours[0]).steps()},
            rounds=10,
        )
        took = {name: min(took[name], now[name]) for name in took}
    fastest = {name: min(one[name] for one in theirs) for name in ("household", "traced")}
    note = _compared([chain.assess(case) for case in ours], theirs[0]["answers"])
    name = f"OpenFisca-core {theirs[0]['version']}"
    return [
        Figure(GROUP, "assess, from a mapping", took["assess"], f"{name}: build and calculate",
               fastest["household"], GOAL, "faster", note),
        Figure(GROUP, "assess and outcome.steps()", took["steps"], f"{name}: the same, traced", fastest["traced"]),
    ]  # fmt: skip


def _environment() -> Path:
    """The peer's interpreter; installs it the first time."""
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        print(f"installing openfisca-core into {ENVIRONMENT.relative_to(ROOT)} …", file=sys.stderr)
        _must([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    probe = subprocess.run([str(python), "-c", "import openfisca_core"], capture_output=True, check=False)
    if probe.returncode:
        _must([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "openfisca-core"])
    return python


def _must(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"openfisca-core could not be installed: {error}") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason was given"]
        raise UnavailableError(f"openfisca-core could not be installed: {said[-1]}")


def _run(python: Path, cases: list[dict[str, Any]]) -> dict[str, Any]:
    script = Path(__file__).with_name("openfisca_peer.py")
    done = subprocess.run(
        [str(python), str(script)], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _cases(number: int) -> list[dict[str, Any]]:
    """Plain cases in fen; the first is the one that is timed, and every tenth costs millions of yuan."""
    draw = random.Random(11)
    found: list[dict[str, Any]] = []
    for place in range(number):
        group = "registered_poor" if place == 0 else draw.choice((None, "registered_poor", "dibao", "tekun"))
        in_scope = 8_234_567 if place == 0 else int(draw.lognormvariate(13.8, 1.0))
        found.append(
            {
                "in_scope": in_scope if place % 10 else in_scope + 100_000_000 * (place > 0),
                "other": draw.randint(0, 500_000),
                "facility_level": "county" if place == 0 else draw.choice(rules.LEVELS),
                **{name: name == group for name in ("registered_poor", "dibao", "tekun")},
            }
        )
    return found


def _ours(case: dict[str, Any]) -> dict[str, Any]:
    """A case as we want it stated."""
    cost = {"in_scope": _yuan(case["in_scope"]), "out_of_catalogue": _yuan(case["other"])}
    claim = {
        "date": "2018-03-05",
        "kind": "inpatient",
        "facility_level": case["facility_level"],
        "cost": cost,
    }
    groups = [name for name in ("registered_poor", "dibao", "tekun") if case[name]]
    return {"members": [{"groups": groups, "claims": [claim]}]}


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def _compared(ours: list[Any], theirs: list[dict[str, float]]) -> str:
    """How far the peer's answers are from the exact ones, which are ours as checked by hand elsewhere."""
    furthest = 0
    wrong = 0
    for outcome, answers in zip(ours, theirs, strict=True):
        exact = [outcome[f"health.{name}"] for name in _AMOUNTS]
        fen = [0 if one is None else one.fen for one in exact]
        apart = max(abs(round(answers[name] * 100) - one) for name, one in zip(_AMOUNTS, fen, strict=True))
        furthest = max(furthest, apart)
        wrong += apart > 0
    if not wrong:
        return f"the same to the fen in {len(theirs)} cases"
    return f"its float32 differs from the exact answer in {wrong} of {len(theirs)} cases, by up to {furthest} fen"
