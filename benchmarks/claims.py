"""Ten million bills of five million persons in households: ``python -m benchmarks.claims [--claims N]``.

Henan's two annual layers behind what the bill says of basic insurance, with the sums of persons and households: by the
kernel, sorted rows in and rows out, and by the columns reader on Polars.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from benchmarks import rules
from poverty_policy.formula import arrays, columns

WANTED = (
    "health.critical_illness", "health.supplementary", "health.out_of_pocket", "person:health.out_of_pocket",
    "household:health.out_of_pocket",
)  # fmt: skip


def frames(claims: int, seed: int = 1) -> dict[Any, pl.DataFrame]:
    """Bills in no order, two of each person on average, a third as many households as persons."""
    chance = np.random.default_rng(seed)
    persons, households = max(1, claims // 2), max(1, claims // 6)
    cost = np.minimum(np.exp(chance.normal(13.8, 1.1, claims)), 400_000_000).astype(np.int64)
    person = chance.integers(0, persons, claims)
    group = chance.integers(0, 5, persons)
    return {
        "claim": pl.DataFrame(
            {
                "claim": np.arange(claims), "person": person, "order": np.arange(claims),
                "benefit_year": np.full(claims, 2018), "cost.in_scope": cost, "cost.other": cost // 50,
                "observed.basic": cost // 2, "insurance": pl.Series(["resident"]).new_from_index(0, claims),
                "group.registered_poor": (group == 1)[person], "group.dibao": (group == 2)[person],
                "group.tekun": (group == 3)[person],
            }
        ),
        "person": pl.DataFrame({"person": np.arange(persons), "household": chance.integers(0, households, persons)}),
        "household": pl.DataFrame({"household": np.arange(households)}),
    }  # fmt: skip


def main() -> int:
    """Measure both, check that they agree, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--claims", type=int, default=10_000_000)
    asked = parser.parse_args()
    program = rules.year().resolved.program
    given = frames(asked.claims)
    small = frames(1_000)
    arrays.evaluate(program, small, names=WANTED)  # compiled here

    def took(call: Callable[[], Any]) -> tuple[float, Any]:
        start = time.perf_counter()
        made = call()
        return time.perf_counter() - start, made

    def megabytes() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    print(f"{asked.claims:,} bills, {given['person'].height:,} persons, {given['household'].height:,} households")
    print(f"held in memory: {sum(frame.estimated_size('mb') for frame in given.values()):,.0f} MB")
    kernel, found = took(lambda: arrays.evaluate(program, given, names=WANTED, checked=True))
    print(f"kernel, sorting and restoring the order:{kernel:>8.2f} s{asked.claims / kernel / 1e6:>8.1f} M bills/s"
          f"{megabytes():>10,.0f} MB at most")  # fmt: skip
    sums, totals = took(lambda: arrays.sums(program, given, names=WANTED, checked=True))
    print(f"kernel, sums alone:{sums:>29.2f} s{asked.claims / sums / 1e6:>8.1f} M bills/s")
    polars, made = took(
        lambda: {
            entity: frame.collect()
            for entity, frame in columns.evaluate(program, given, names=WANTED, checked=True).items()
        }
    )
    print(f"columns reader on Polars:{polars:>23.2f} s{asked.claims / polars / 1e6:>8.1f} M bills/s"
          f"{megabytes():>10,.0f} MB at most")  # fmt: skip
    for entity, frame in found.items():
        ours, theirs = (one.sort(str(entity)).select(sorted(one.columns)) for one in (frame, made[entity]))
        if not ours.equals(theirs):
            print(f"the readers differ in {entity}", file=sys.stderr)
            return 1
        for name in frame.columns:
            if name in totals and int(frame[name].sum()) != totals[name]:
                print(f"the sum of {name} differs", file=sys.stderr)
                return 1
    print("both agree in every fen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
