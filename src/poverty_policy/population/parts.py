"""More rows than memory holds: dealt out by household into parts on disk, settled part by part.

All rows of the largest group that is given fall into one part, so that each part is settled as it would be within the
whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import attrs

from poverty_policy.errors import Fault, InputError
from poverty_policy.formula import graph as g
from poverty_policy.population.assess import assess_frames, check_frames
from poverty_policy.population.dealing import column_of, downward, twice
from poverty_policy.population.kinds import MoneyUnit
from poverty_policy.population.layout import FRAMES
from poverty_policy.population.results import OnError
from poverty_policy.population.stores import batches, clear
from poverty_policy.ruleset.resolved import Resolved

if TYPE_CHECKING:
    import polars as pl

#: What is told while it goes on: rows done, rows in all.
Tell = Callable[[int, int], None]
_PART = "#part"


@attrs.frozen
class Job:
    """What is to be settled, and how.

    Attributes:
        rules: the rule set.
        tables: frame name -> its rows, wherever they are.
        columns, money, on_error: as for ``RuleSet.assess_frame``.
        at_once: how many rows are settled at a time, about.
        work: a folder for parts.
        tell: told how far it is.
    """

    rules: Resolved
    tables: Mapping[str, pl.LazyFrame]
    columns: Mapping[str, Mapping[str, str]]
    money: MoneyUnit
    on_error: OnError
    at_once: int
    work: Path
    tell: Tell

    def parts(self) -> Iterator[tuple[dict[str, pl.DataFrame], tuple[str, ...]]]:
        """The results of each part by frame, with what a reader must know of them."""
        import polars as pl

        counts = {name: frame.select(pl.len()).collect().item() for name, frame in self.tables.items()}
        total = sum(counts.values())
        if total <= self.at_once:
            self.tell(0, total)
            yield self._settled({name: frame.collect() for name, frame in self.tables.items()})
            self.tell(total, total)
            return
        self._twice()
        if self.on_error == "raise":
            with pl.Config() as config:
                config.set_engine_affinity("streaming")
                check_frames(self.rules, _by_entity(self.tables), names=self.columns, money=self.money)
        done = 0
        for number in range(self._deal(math.ceil(total / self.at_once))):
            part = {name: pl.read_parquet(self._folder(name, number) / "*.parquet") for name in self.tables
                    if self._folder(name, number).exists()}  # fmt: skip
            missing = {name: frame.head(0).collect() for name, frame in self.tables.items() if name not in part}
            if part:
                self.tell(done, total)
                yield self._settled({**part, **missing})
                done += sum(frame.height for frame in part.values())
            for name in self.tables:
                clear(self._folder(name, number))
        self.tell(total, total)

    def _settled(self, tables: Mapping[str, pl.DataFrame]) -> tuple[dict[str, pl.DataFrame], tuple[str, ...]]:
        found = assess_frames(
            self.rules, _by_entity(tables), names=self.columns, money=self.money, on_error=self.on_error
        )
        made = {name: frame for name in (*FRAMES.values(), "rejected") if (frame := getattr(found, name)) is not None}
        return made, found.warnings

    # --- dealing out ---------------------------------------------------------------------------------------

    def _twice(self) -> None:
        """Ids must differ among all rows, not only within a part."""
        import polars as pl

        faults: list[Fault] = []
        for entity, frame in _by_entity(self.tables).items():
            column = column_of(self.columns, entity, "id")
            if column in frame.collect_schema():
                found = (
                    frame.group_by(column).agg(pl.len()).filter(pl.col("len") > 1)
                    .select(pl.len().alias("many"), pl.col(column).cast(pl.String).min().alias("one"))
                    .collect(engine="streaming")
                )  # fmt: skip
                many, one = found.row(0)
                if many:
                    faults.append(twice(entity, column, many, one))
        if faults:
            raise InputError(faults)

    def _folder(self, name: str, part: int) -> Path:
        return self.work / "parts" / name / f"{part:06}"

    def _deal(self, parts: int) -> int:
        """Write every row into the part of its largest group; how many parts there are."""
        import polars as pl

        where: pl.DataFrame | None = None  # the ids of the entity above, and the part in which each is
        for leg in downward(_by_entity(self.tables), self.columns):
            name, key = FRAMES[leg.entity], leg.key
            frame = self.tables[name]
            if not {key, leg.own} <= set(frame.collect_schema()):
                self._settled({name: table.head(0).collect() for name, table in self.tables.items()})  # says so
            number = (pl.col(key).cast(pl.String).hash(17) % parts).cast(pl.UInt32).alias(_PART)
            kept: list[pl.DataFrame] = []
            for count, rows in enumerate(batches(frame, self.at_once)):
                if where is None:
                    placed = rows.with_columns(number)
                else:  # one of an unknown group is said to be so in whichever part it is
                    known = where.rename({"id": key})
                    text = pl.col(key).cast(pl.String)
                    placed = rows.join(known, left_on=text, right_on=key, how="left", maintain_order="left")
                    placed = placed.with_columns(pl.col(_PART).fill_null(0))
                if not leg.last:
                    kept.append(placed.select(pl.col(leg.own).cast(pl.String).alias("id"), _PART))
                for (part,), mine in placed.partition_by(_PART, as_dict=True, include_key=False).items():
                    folder = self._folder(name, int(part))
                    folder.mkdir(parents=True, exist_ok=True)
                    mine.write_parquet(folder / f"{count:06}.parquet")
            where = pl.concat(kept) if kept else where
        return parts


F = TypeVar("F")


def _by_entity(tables: Mapping[str, F]) -> dict[g.Entity, F]:
    return {entity: tables[name] for entity, name in FRAMES.items() if name in tables}
