"""A hundred million rows of Parquet to national totals: ``python -m benchmarks.nation [--rows N] [--folder DIR]``.

The chain of six (``scale.py``) over files of two million rows, read and summed file by file; beside reading the same
files alone, and beside writing every answer out.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import rules, scale
from poverty_policy.formula import kernel

PART = 2_000_000
GOAL_READING, GOAL_SECONDS, GOAL_MEGABYTES = 1.2, 2.5, 500


def _files(folder: Path, rows: int) -> list[Path]:
    """As many files as the rows fill, written if they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number:04}.parquet" for number in range(-(-rows // PART))]
    for number, file in enumerate(files):
        if not file.exists():
            drawn = scale.arrays_of(scale.population(PART, seed=number))
            pl.DataFrame(drawn).write_parquet(file, compression="zstd", row_group_size=PART)
    return files


def _read(file: Path) -> pl.DataFrame:
    return pl.read_parquet(file)


def _held(frame: pl.DataFrame) -> dict[Any, kernel.Rows]:
    arrays = {name: frame[name].to_numpy() for name in frame.columns}
    return {"claim": kernel.Rows(arrays, None, frame.height)}


def _each(files: Iterable[Path], call: Callable[[Path], Any]) -> list[Any]:
    """Two files at once: while one is decoded, another is calculated."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(call, files))


def _took(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, and say whether the goals are met; slow is no failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nation", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/poverty-policy-nation"))
    asked = parser.parse_args()
    files = _files(asked.folder, asked.rows)
    made = kernel.compile_kernel(scale.program())
    assert made.entities == ("claim",)
    level = next(one for one in scale.program().inputs() if one.name == "facility_level")
    assert set(level.options) == set(rules.LEVELS)
    first = _held(_read(files[0]))
    made.sums(first)
    kept = made.run(first)
    out = asked.folder / "answers"
    out.mkdir(exist_ok=True)

    def read(file: Path) -> int:
        return _read(file).height

    def sums(file: Path) -> dict[str, int]:
        return made.sums(_held(_read(file)), threads=1)

    def written(file: Path) -> None:
        answers = made.run(_held(_read(file)), threads=1)
        pl.DataFrame(answers).write_parquet(out / file.name, compression="lz4")

    del kept, first
    print(f"{'rows':>14}{'reading':>10}{'to sums':>10}{'ratio':>8}{'a second':>14}")
    for many in (1, 10, 100):
        part = files[: max(1, len(files) * many // 100)]
        rows = len(part) * PART
        reading = min(_took(lambda part=part: _each(part, read)) for _ in range(3))
        calculating = min(_took(lambda part=part: _each(part, sums)) for _ in range(3))
        said = f"{rows:>14,}{reading:>9.2f}s{calculating:>9.2f}s{calculating / reading:>8.2f}"
        print(f"{said}{rows / calculating / 1e6:>12.1f} M")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    totals: dict[str, int] = {}
    for one in _each(files, sums):
        totals = {name: totals.get(name, 0) + total for name, total in one.items()}
    writing = _took(lambda: _each(files, written))
    seconds = GOAL_SECONDS * rows / 100_000_000
    met = [
        ("reading alone", calculating / reading <= GOAL_READING, f"{calculating / reading:.2f} × (≤ {GOAL_READING} ×)"),
        ("seconds", calculating <= seconds, f"{calculating:.2f} s (≤ {seconds:.1f} s)"),
        ("memory", megabytes <= GOAL_MEGABYTES, f"{megabytes:,.0f} MB at most (≤ {GOAL_MEGABYTES} MB)"),
        ("written out", rows / writing >= 9e6, f"{rows / writing / 1e6:.1f} M rows/s (≥ 9 M)"),
    ]
    for name, good, said in met:
        print(f"{name:>14}: {said}: {'met' if good else 'NOT MET'}")
    print(f"1,400,000,000 rows would take {calculating / rows * 1.4e9:.0f} s by that line")
    print({name: f"{total:,}" for name, total in totals.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
