"""Many cases on Spark: rows are brought together by their largest group, and settled partition by partition.

Within a partition everything is as in memory, by the same code; what Spark does is to join, to move and to hold.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from poverty_policy.errors import Fault, InputError, UnspecifiedError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.population.assess import BESIDE, assess_frames
from poverty_policy.population.dealing import column_of, downward, twice
from poverty_policy.population.kinds import MoneyUnit
from poverty_policy.population.layout import FRAMES
from poverty_policy.population.results import Frames, OnError
from poverty_policy.ruleset.resolved import Resolved

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_FRAME, _UNIT = "#frame", "#unit"
_REJECTED = "rejected"
Settle = Callable[[dict[g.Entity, pl.DataFrame]], dict[str, pl.DataFrame]]


def assess_spark(
    rules: Resolved,
    frames: Mapping[g.Entity, DataFrame],
    *,
    names: Mapping[str, Mapping[str, str]],
    money: MoneyUnit,
    on_error: OnError,
) -> Frames:
    """The results of many cases on Spark; see ``RuleSet.assess_frame``.

    Raises:
        InputError, UnspecifiedError: as there.
    """
    light = attrs.evolve(rules)  # without what was worked out from it: executors do that themselves
    settle = functools.partial(_settle, light, names, money)
    none = {entity: _empty(frame) for entity, frame in frames.items()}
    made = assess_frames(rules, none, names=names, money=money, on_error="collect")  # says what is wrong with columns
    shapes = {name: frame for name in (*FRAMES.values(), _REJECTED) if (frame := getattr(made, name)) is not None}
    _twice(frames, names)
    together = _together(frames, names)
    spread = together.repartition(_unit()).mapInArrow(_Part(settle, none, shapes), _schema(shapes))
    if on_error == "raise":
        _refuse(spread)
    given = {name: _of(spread, name) for name in shapes if name != _REJECTED or on_error == "collect"}
    return Frames(**given, warnings=made.warnings)


def _settle(
    rules: Resolved, names: Mapping[str, Mapping[str, str]], money: MoneyUnit, tables: dict[g.Entity, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """The results of one partition."""
    found = assess_frames(rules, tables, names=names, money=money, on_error="collect")
    return {name: frame for name in (*FRAMES.values(), _REJECTED) if (frame := getattr(found, name)) is not None}


@attrs.frozen
class _Part:
    """What an executor does with a partition: rows of all frames in, rows of all results out.

    Attributes:
        settle: settles the rows.
        none: entity -> its frame without rows.
        shapes: result -> its frame without rows.
    """

    settle: Settle
    none: Mapping[g.Entity, pl.DataFrame]
    shapes: Mapping[str, pl.DataFrame]

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Settle the rows that come in batches."""
        import pyarrow as pa

        held = list(batches)
        if not any(batch.num_rows for batch in held):
            return
        rows = pl.from_arrow(pa.Table.from_batches(held))
        assert isinstance(rows, pl.DataFrame)
        tables: dict[g.Entity, pl.DataFrame] = {}
        for entity, empty in self.none.items():
            name = FRAMES[entity]
            mine = rows.filter(pl.col(_FRAME) == name).select(name).unnest(name)
            tables[entity] = mine.cast(dict(empty.schema.items()))
        made = self.settle(tables)
        for name, frame in made.items():
            if frame.height:
                struct = frame.cast(dict(self.shapes[name].schema.items())).to_struct(name)
                others = [pl.lit(None).alias(other) for other in self.shapes if other != name]
                wide = pl.DataFrame({_FRAME: [name] * frame.height, name: struct}).with_columns(others)
                empty = pl.DataFrame({other: one.to_struct(other) for other, one in self.shapes.items()})
                wide = wide.select(pl.col(_FRAME), *(pl.col(other).cast(empty.schema[other]) for other in self.shapes))
                yield from wide.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()


# --- frames on Spark -------------------------------------------------------------------------------------------


def _named(name: str) -> Column:
    """A column; a dot in its name is no field of a struct."""
    from pyspark.sql import functions

    return functions.col("`" + name.replace("`", "``") + "`")


def _unit() -> Column:
    return _named(_UNIT)


def _empty(frame: DataFrame) -> pl.DataFrame:
    """A frame without rows, of the same columns and types."""
    from pyspark.sql.pandas.types import to_arrow_schema

    made = pl.from_arrow(to_arrow_schema(frame.schema).empty_table())
    assert isinstance(made, pl.DataFrame)
    return made


def _schema(shapes: Mapping[str, pl.DataFrame]) -> Any:
    """The schema of the rows that partitions give back: which result, and a struct of each."""
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StringType, StructField, StructType

    fields = [StructField(_FRAME, StringType())]
    for name, frame in shapes.items():
        inner = from_arrow_schema(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).schema)
        fields.append(StructField(name, inner))
    return StructType(fields)


def _of(spread: DataFrame, name: str) -> DataFrame:
    """One result's rows."""
    return spread.filter(_named(_FRAME) == name).select(f"`{name}`.*")


def _together(frames: Mapping[g.Entity, DataFrame], names: Mapping[str, Mapping[str, str]]) -> DataFrame:
    """All rows in one frame, each with its largest group: the joins up to it are all that Spark must shuffle for."""
    from pyspark.sql import functions

    where: DataFrame | None = None
    found: DataFrame | None = None
    for leg in downward(frames, names):
        entity, frame = leg.entity, frames[leg.entity]
        row = functions.struct(*(_named(column) for column in frame.columns)).alias(FRAMES[entity])
        rows = frame.select(
            row, _named(leg.key).cast("string").alias("#key"), _named(leg.own).cast("string").alias("#own")
        )
        if where is None:
            rows = rows.withColumn(_UNIT, _named("#key"))
        else:  # one of an unknown group is said to be so wherever it is
            rows = rows.join(where.withColumnRenamed("#own", "#key"), on="#key", how="left")
        where = rows.select("`#own`", _unit())
        told = rows.select(functions.lit(FRAMES[entity]).alias(_FRAME), _unit(), _named(FRAMES[entity]))
        found = told if found is None else found.unionByName(told, allowMissingColumns=True)
    assert found is not None
    return found


# --- what is wrong -------------------------------------------------------------------------------------------


def _twice(frames: Mapping[g.Entity, DataFrame], names: Mapping[str, Mapping[str, str]]) -> None:
    """Ids must differ among all partitions, not only within one."""
    from pyspark.sql import functions

    faults: list[Fault] = []
    for entity, frame in frames.items():
        column = column_of(names, entity, "id")
        counted = frame.groupBy(_named(column).cast("string").alias("id")).count().filter("count > 1")
        many, one = counted.agg(functions.count("id"), functions.min("id")).first() or (0, None)
        if many:
            faults.append(twice(entity, column, many, str(one)))
    if faults:
        raise InputError(faults)


def _refuse(spread: DataFrame) -> None:
    """Raise what partitions rejected, each fault with how many rows it is about and one of them."""
    from pyspark.sql import functions

    wrong = _of(spread, _REJECTED).groupBy("frame", "column", "reason_zh", "reason_en")
    found = wrong.agg(functions.count("id").alias("many"), functions.min("id").alias("one")).collect()
    faults: list[Fault] = []
    open_ones: list[Fault] = []
    for row in sorted(found, key=lambda row: tuple(map(str, row))):
        if (row["reason_zh"], row["reason_en"]) == BESIDE:
            continue
        zh = f"{row['reason_zh']}：{row['many']} 行，例如 {row['one']}"
        en = f"{row['reason_en']}: {row['many']} rows, such as {row['one']}"
        at = (row["frame"], row["column"]) if row["column"] else (row["frame"],)
        (faults if row["column"] else open_ones).append(invalid(zh, en, *at))
    if faults:
        raise InputError(faults)
    if open_ones:
        raise UnspecifiedError(open_ones)
