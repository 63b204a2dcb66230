"""The chain of six at scale, one bill of one person in each row.

Basic by facility with uplift and cap, critical-illness bands, assistance by group with a cap, a guarantee of 95 %, a
dibao gap, a test of exit.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import polars as pl

from benchmarks import rules
from poverty_policy.formula import graph as g

Array = np.ndarray[Any, np.dtype[Any]]
LINE, POVERTY = 40_000, 299_500
"""A month's standard and a year's line, in fen."""
ANSWERS = ("basic", "critical_illness", "medical_assistance", "bottom_line", "gap", "exit")
INPUTS = (
    "cost.in_scope", "cost.other", "facility_level", "group.registered_poor", "group.dibao", "group.tekun", "income",
)  # fmt: skip
_STEPS = {name: f"health.{name}" for name in ANSWERS[:4]}
_EDGES = (0, 10_000, 40_000, 100_000, 750_000, 1_500_000, 5_750_000, 6_500_000, 10_750_000, 20_000_000, 25_000_000)


@functools.cache
def program() -> g.Program:
    """The chain as this library writes it: the layers' own formulas, and two more."""
    layers = rules.chain().resolved.program
    income = g.whole("income", "claim", 0, 500_000_000)
    gap = g.greatest(g.ZERO, g.sub(g.const(LINE), income))
    year = g.add(g.mul(g.const(12), income), g.mul(g.const(12), gap))
    left = g.sub(year, layers.steps["health.out_of_pocket"])
    steps = {name: layers.steps[step] for name, step in _STEPS.items()}
    steps |= {"gap": gap, "exit": g.compare("<", g.const(POVERTY), left)}
    return g.Program(steps, tuple(steps))


def population(rows: int, seed: int = 1) -> dict[str, Array]:
    """Random rows, a fifth of the costs within two fen of an edge."""
    chance = np.random.default_rng(seed)
    cost = np.minimum(np.exp(chance.normal(13.8, 1.0, rows)), 400_000_000).astype(np.int64)
    edge = np.array(_EDGES)[chance.integers(0, len(_EDGES), rows)] + chance.integers(-2, 3, rows)
    cost = np.where(chance.random(rows) < 0.2, np.maximum(edge, 0), cost)
    group = chance.integers(0, 5, rows)
    return {
        "cost.in_scope": cost,
        "cost.other": chance.integers(0, 500_000, rows),
        "facility_level": chance.integers(0, len(rules.LEVELS), rows).astype(np.int32),
        "group.registered_poor": group == 1,
        "group.dibao": group == 2,
        "group.tekun": group == 3,
        "income": np.maximum(chance.normal(60_000, 40_000, rows), 0).astype(np.int64),
    }


def arrays_of(found: dict[str, Array]) -> dict[str, Array]:
    """The same as the kernel takes it: categories as places in the input's own list of options."""
    (level,) = (one for one in program().inputs() if one.name == "facility_level")
    places = np.array([level.options.index(name) for name in rules.LEVELS], np.int32)
    return {**found, "facility_level": places[found["facility_level"]]}


def frame(found: dict[str, Array]) -> pl.DataFrame:
    """The same as a frame that the columns reader takes."""
    rows = len(found["income"])
    level = pl.Series(rules.LEVELS).gather(found["facility_level"])
    columns = {name: values for name, values in found.items() if name != "facility_level"}
    keys = {"claim": np.arange(rows), "person": np.arange(rows), "order": np.zeros(rows, np.int64)}
    return pl.DataFrame({**keys, **columns, "facility_level": level})


def by_hand(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The same chain as an engineer would write it in staged Polars, in whole fen, for this chain and nothing else."""
    level, whole = pl.col("facility_level"), pl.lit
    poor = pl.col("group.registered_poor") | pl.col("group.dibao") | pl.col("group.tekun")
    cost = pl.col("cost.in_scope")

    def by_level(township: int, county: int, other: int) -> pl.Expr:
        return (
            pl.when(level == "township").then(whole(township, pl.Int64))
            .when(level == "county").then(whole(county, pl.Int64)).otherwise(whole(other, pl.Int64))
        )  # fmt: skip

    def fen(parts: pl.Expr) -> pl.Expr:
        return (parts + 5_000) // 10_000

    def band(low: int, high: int | None) -> pl.Expr:
        top = pl.col("over") if high is None else pl.min_horizontal("over", whole(high, pl.Int64))
        return pl.max_horizontal(top - low, whole(0, pl.Int64))

    def either(test: str, yes: int, no: int) -> pl.Expr:
        return pl.when(test).then(whole(yes, pl.Int64)).otherwise(whole(no, pl.Int64))

    def by_group(tekun: int, dibao: int, registered: int) -> pl.Expr:
        return (
            pl.when("group.tekun").then(whole(tekun, pl.Int64)).when("group.dibao").then(whole(dibao, pl.Int64))
            .when("group.registered_poor").then(whole(registered, pl.Int64)).otherwise(whole(0, pl.Int64))
        )  # fmt: skip

    zero = whole(0, pl.Int64)
    return (
        rows.with_columns(poor=poor, rate=by_level(8_500, 7_500, 6_000), line=by_level(10_000, 40_000, 100_000))
        .with_columns(
            raised=pl.min_horizontal(pl.col("rate") + either("poor", 500, 0), whole(9_000, pl.Int64)),
            payable=pl.max_horizontal(cost - pl.col("line"), zero),
        )
        .with_columns(basic=pl.min_horizontal(fen(pl.col("payable") * pl.col("raised")), whole(15_000_000, pl.Int64)))
        .with_columns(left=cost - pl.col("basic"))
        .with_columns(over=pl.col("left") - either("poor", 750_000, 1_500_000))
        .with_columns(
            bands=band(0, 5_000_000) * 6_000 + band(5_000_000, 10_000_000) * 6_500 + band(10_000_000, None) * 7_000
        )
        .with_columns(critical_illness=pl.min_horizontal(fen(pl.col("bands")), "left"))
        .with_columns(
            left_2=pl.col("left") - pl.col("critical_illness"),
            share=by_group(10_000, 7_000, 6_000),
            limit=by_group(10**15, 5_000_000, 3_000_000),
        )
        .with_columns(medical_assistance=pl.min_horizontal(fen(pl.col("left_2") * pl.col("share")), "limit", "left_2"))
        .with_columns(left_3=pl.col("left_2") - pl.col("medical_assistance"), aim=fen(cost * 9_500))
        .with_columns(
            lacking=pl.max_horizontal(pl.col("aim") - (cost - pl.col("left_3")), zero),
            gap=pl.max_horizontal(LINE - pl.col("income"), zero),
        )
        .with_columns(
            bottom_line=pl.when("group.registered_poor")
            .then(pl.min_horizontal("lacking", "left_3"))
            .otherwise(zero)
        )
        .with_columns(own=pl.col("left_3") - pl.col("bottom_line") + pl.col("cost.other"))
        .with_columns(exit=12 * (pl.col("income") + pl.col("gap")) - pl.col("own") > POVERTY)
        .select("claim", "person", "order", *ANSWERS)
    )  # fmt: skip
