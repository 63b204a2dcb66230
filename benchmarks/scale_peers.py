"""``make bench-peers``: the chain of six beside OpenFisca, PolicyEngine and ttsim, and by hand, in turns."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from benchmarks import scale
from benchmarks.report import Figure, Line, Skipped, table
from poverty_policy.formula import columns, kernel
from poverty_policy.formula.python import compile_program

ROOT = Path(__file__).parent.parent
GROUP = "the chain of six"


@attrs.frozen
class Peer:
    """A peer: what is installed, and the script that is run with it."""

    name: str
    packages: tuple[str, ...]
    script: tuple[str, ...]
    imports: str


PEERS = (
    Peer("openfisca", ("openfisca-core",), ("fisca_scale.py", "openfisca_core"), "openfisca_core.simulations"),
    Peer(
        "policyengine", ("policyengine-core",), ("fisca_scale.py", "policyengine_core"), "policyengine_core.simulations"
    ),
    Peer("ttsim", ("ttsim-backend", "jax"), ("ttsim_scale.py",), "ttsim"),
)


@attrs.define
class Running:
    """A peer that waits for its turn."""

    peer: Peer
    process: subprocess.Popen[str]
    label: str
    bytes_each: float
    wrong: int
    best: dict[str, float] = attrs.field(factory=dict)

    def turn(self, what: str) -> None:
        """Run once, and keep the time if it is the best."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        self.best[what] = min(self.best.get(what, float("inf")), self._said()["seconds"])

    def _said(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        said: dict[str, Any] = json.loads(self.process.stdout.readline())
        return said


def _python(peer: Peer) -> Path:
    """The peer's interpreter; installs it the first time."""
    folder = ROOT / ".peers" / peer.name
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"installing {', '.join(peer.packages)} into {folder.relative_to(ROOT)} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    probe = subprocess.run([str(python), "-c", f"import {peer.imports}"], capture_output=True, check=False)
    if probe.returncode:
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *peer.packages]
        subprocess.run(command, check=True)
    return python


def _begin(peer: Peer, arrays: Path, right: Mapping[str, Any]) -> Running:
    answers = arrays.with_name(f"{peer.name}.npz")
    command = [
        str(_python(peer)),
        str(ROOT / "benchmarks" / peer.script[0]),
        *peer.script[1:],
        str(arrays),
        str(answers),
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    found = np.load(answers)
    wrong = np.zeros(len(right["gap"]), np.bool_)
    for name in scale.ANSWERS:
        wrong |= found[name] != right[name]
    return Running(peer, process, said["name"], said["bytes"], int(wrong.sum()))


def _imported(python: Path, what: str) -> float:
    """How long an import takes, beyond starting Python."""

    def took(code: str) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run([str(python), "-c", code], check=True, capture_output=True)
            best = min(best, time.perf_counter() - start)
        return best

    return took(f"import {what}") - took("pass")


def measure(rows: int, rounds: int) -> Iterator[Line]:
    """Ours and theirs in turns, the best of each."""
    drawn = scale.population(rows)
    program = scale.program()
    held = {"claim": kernel.Rows(scale.arrays_of(drawn), None, rows)}
    made = kernel.compile_kernel(program)
    frame = scale.frame(drawn)
    right = made.run(held)
    by_hand = scale.by_hand(frame.lazy()).collect()
    for name in scale.ANSWERS:
        if not (by_hand[name].to_numpy() == right[name]).all():
            raise SystemExit(f"the kernel and the chain written by hand differ in {name}")
    made.sums(held)
    kept = made.run(held)
    copies = [np.empty_like(one) for one in (*held["claim"].inputs.values(), *kept.values())]
    originals = [*held["claim"].inputs.values(), *kept.values()]

    plan = columns.evaluate(program, {"claim": frame}, checked=True)["claim"]
    hand = scale.by_hand(frame.lazy())

    def copy() -> None:
        for to, one in zip(copies, originals, strict=True):
            np.copyto(to, one)

    ours: dict[str, Callable[[], Any]] = {
        "copy": copy,
        "kernel": lambda: made.run(held, threads=1, into=kept),
        "kernel, new": lambda: made.run(held, threads=1),
        "kernel, threads": lambda: made.run(held, into=kept),
        "sums": lambda: made.sums(held, threads=1),
        "reader": lambda: columns.evaluate(program, {"claim": frame}, checked=True)["claim"].collect(),
        "planned": lambda: plan.collect(),
        "hand": lambda: hand.collect(),
    }  # fmt: skip
    best = dict.fromkeys(ours, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "rows.npz"
        np.savez(arrays, **drawn)
        peers: list[Running] = []
        for peer in PEERS:
            try:
                peers.append(_begin(peer, arrays, right))
            except (OSError, subprocess.CalledProcessError, json.JSONDecodeError) as error:
                yield Skipped(GROUP, f"{peer.name}: {error}")
        for _ in range(rounds):
            for name, call in ours.items():
                start = time.perf_counter()
                call()
                best[name] = min(best[name], time.perf_counter() - start)
            for one in peers:
                one.turn("go")
                one.turn("one")
        for one in peers:
            one.process.kill()
    yield from _lines(best, peers, rows, program, made, held, drawn)


def _lines(
    best: Mapping[str, float], peers: list[Running], rows: int, program: Any, made: kernel.Kernel, held: Any, drawn: Any
) -> Iterator[Line]:
    def rate(seconds: float) -> str:
        return f"{rows / seconds / 1e6:,.1f} M rows/s"

    tracemalloc.start()
    made.run(held, threads=1)
    written = tracemalloc.get_traced_memory()[1] / rows
    tracemalloc.reset_peak()
    base = tracemalloc.get_traced_memory()[0]
    made.sums(held, threads=1)
    summed = (tracemalloc.get_traced_memory()[1] - base) / rows
    tracemalloc.stop()
    group = f"{GROUP}: {rows:,} rows, one thread unless stated"
    kernel_time, own = best["kernel"], "the kernel, written over an earlier run's arrays"
    yield Figure(group, own, kernel_time, "copying the same columns", best["copy"], 1.3, note=rate(kernel_time))
    yield Figure(group, "the kernel, into new memory", best["kernel, new"], "copying", best["copy"],
                 note=f"{rate(best['kernel, new'])}; {written:.0f} bytes a row")  # fmt: skip
    yield Figure(group, "the kernel, all threads", best["kernel, threads"], "copying", best["copy"],
                 note=rate(best["kernel, threads"]))  # fmt: skip
    yield Figure(group, "the kernel, sums alone", best["sums"], "copying", best["copy"],
                 note=f"{rate(best['sums'])}; {summed:.1f} bytes a row")  # fmt: skip
    hand = "the same by hand in staged Polars"
    yield Figure(group, "the columns reader on Polars, all threads, planned before", best["planned"], hand,
                 best["hand"], 1.1, note=rate(best["planned"]))  # fmt: skip
    yield Figure(group, "  with planning, which takes as long for any number of rows", best["reader"], hand,
                 best["hand"], note=rate(best["reader"]))  # fmt: skip
    for one in peers:
        goals = {"openfisca": 100.0}
        said = f"{rate(one.best['go'])}; {one.bytes_each:,.0f} bytes a row; {one.wrong:,} rows wrong"
        yield Figure(
            group, "the kernel", kernel_time, one.label, one.best["go"], goals.get(one.peer.name), "faster", said
        )
    if peers:
        fastest = min(peers, key=lambda one: one.best["go"])
        name = f"the fastest peer ({fastest.peer.name})"
        yield Figure(group, "the kernel", kernel_time, name, fastest.best["go"], 4.0, "faster")
        slow = next((one for one in peers if one.peer.name == "openfisca"), None)
        if slow is not None:
            yield Figure(group, "the columns reader", best["planned"], slow.label, slow.best["go"], 10.0, "faster")
    runner = compile_program(program, traced=False)
    row = _row(drawn, runner.inputs["claim"])
    one_row = float("inf")
    for _ in range(2_000):
        start = time.perf_counter()
        runner({"claim": [row]}, {})
        one_row = min(one_row, time.perf_counter() - start)
    group = f"{GROUP}: one household"
    for one in peers:
        yield Figure(group, "the generated function", one_row, one.label, one.best["one"])
    group = f"{GROUP}: importing"
    mine = _imported(Path(sys.executable), "poverty_policy.formula.python")
    for one in peers:
        theirs = _imported(ROOT / ".peers" / one.peer.name / "bin" / "python", one.peer.imports)
        yield Figure(group, "the graph and its Python reader", mine, one.label, theirs)


def _row(drawn: Mapping[str, Any], inputs: tuple[str, ...]) -> tuple[Any, ...]:
    (level,) = (one for one in scale.program().inputs() if one.name == "facility_level")
    place = int(scale.arrays_of(dict(drawn))["facility_level"][0])
    return tuple(level.options[place] if name == "facility_level" else drawn[name][0].item() for name in inputs)


def main() -> int:
    """Measure and print; slow is no failure, a kernel that differs from the chain by hand is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale_peers", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    print(table(list(measure(asked.rows, asked.rounds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
