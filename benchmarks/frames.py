"""Many bills at once: what reading and looking over frames costs beside settling them, and beside one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import polars as pl

from benchmarks import rules
from benchmarks.report import Figure, Line
from benchmarks.timing import best
from poverty_policy.formula.columns import evaluate

BILLS = 200_000
ONE_BY_ONE = 1_000
_GROUPS = ("", "", "dibao", "registered_poor", "tekun, dibao")


def measure() -> Iterator[Line]:
    """``assess_frame`` per bill, in fen and from text in yuan, beside the columns reader alone and ``assess``."""
    draw = random.Random(7)
    rule_set = rules.year()
    rows = [_bill(draw, number) for number in range(BILLS)]
    fen = pl.DataFrame(rows)
    yuan = fen.with_columns((pl.col("cost.in_scope", "paid.basic").cast(pl.Decimal(18, 2)) / 100).cast(pl.String))
    program = rule_set.resolved.program
    inputs = {"claim": _inputs(fen)}
    claims = [name for name in program.results if ":" not in name]
    cases = [_case(row) for row in rows[:ONE_BY_ONE]]
    timed = best(
        {
            "fen": lambda: rule_set.assess_frame(claims=fen, money="fen").claims,
            "lazy": lambda: rule_set.assess_frame(claims=fen.lazy(), money="fen").claims.collect(),
            "yuan": lambda: rule_set.assess_frame(claims=yuan).claims,
            "reader": lambda: evaluate(program, inputs, names=claims, checked=True)["claim"].collect(),
            "one": lambda: [rule_set.assess(case) for case in cases],
        },
        rounds=5,
    )
    group = f"{BILLS:,} bills of a year at once, per bill"
    reader, one = timed["reader"] / BILLS, timed["one"] / ONE_BY_ONE
    names = {
        "fen": "assess_frame, whole fen",
        "lazy": "  lazy: looked over, then calculated",
        "yuan": "  text in yuan, decimals out",
    }
    for key, name in names.items():
        yield Figure(group, name, timed[key] / BILLS, "columns reader alone", reader)
    yield Figure(group, "assess_frame, whole fen", timed["fen"] / BILLS, "assess, one by one", one)


def _bill(draw: random.Random, number: int) -> dict[str, Any]:
    cost = min(round(draw.lognormvariate(13.8, 1.1)), 400_000_000)
    return {
        "id": number, "person": draw.randrange(BILLS // 2), "order": number % 1_000_000,
        "date": f"2018-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}", "insurance": "resident", "kind": "inpatient",
        "groups": draw.choice(_GROUPS), "cost.in_scope": cost, "paid.basic": cost // 2,
    }  # fmt: skip


def _inputs(frame: pl.DataFrame) -> pl.DataFrame:
    """What the program reads, as a frame that needs no reading."""
    groups = [
        pl.col("groups").str.contains(name).alias(f"group.{name}") for name in ("registered_poor", "dibao", "tekun")
    ]
    return frame.select(
        "person", "insurance", "cost.in_scope", *groups, pl.col("id").alias("claim"),
        pl.lit(2018).alias("benefit_year"),
        pl.col("date").rank("ordinal").cast(pl.Int64).alias("order"), pl.lit(0).alias("cost.other"),
        pl.col("paid.basic").alias("observed.basic"),
    )  # fmt: skip


def _case(row: dict[str, Any]) -> dict[str, Any]:
    cost, paid = (f"{row[name] // 100}.{row[name] % 100:02}" for name in ("cost.in_scope", "paid.basic"))
    bill = {"date": row["date"], "kind": "inpatient", "cost": {"in_scope": cost}, "paid": {"basic": paid}}
    return {"insurance": "resident", "groups": [one for one in row["groups"].split(", ") if one], "claims": [bill]}
