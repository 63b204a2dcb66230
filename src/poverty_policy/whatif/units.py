"""Who a comparison is about: persons and their households (without them, persons alone), and what each has.

Everything is a whole number of fen and of a year, under the baseline (``before``) and under the reform (``after``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import narwhals as nw
import polars as pl

from poverty_policy.assessment.engine import Engine
from poverty_policy.errors import Fault, InputError, invalid, nearest, unknown
from poverty_policy.formula import graph as g
from poverty_policy.money import Money
from poverty_policy.policy.account import Account
from poverty_policy.population.assess import assess_frames
from poverty_policy.population.kinds import amount, groups_in, weight
from poverty_policy.population.layout import FRAMES
from poverty_policy.population.people import Population
from poverty_policy.ruleset.resolved import Resolved
from poverty_policy.whatif.indicators import WHOLE

SIDES = ("before", "after")
#: What is added up of bills -> the results that it is made of.
BILLS = {"cost": ["health.cost"], "paid": ["health.paid", "health.waived"], "left": ["health.out_of_pocket"]}
#: Lines that may be meant where none is named, the first that there is.
_LINES = ("line.poverty", "line.monitoring", "line.dibao")


@attrs.frozen
class Tables:
    """The population in memory, its columns as a case calls them.

    Attributes:
        frames: entity -> its frame.
        population: what came in.
    """

    frames: Mapping[g.Entity, pl.DataFrame]
    population: Population

    @classmethod
    def of(cls, population: Population) -> Tables:
        """The tables of a population.

        Raises:
            InputError: there is nobody in it of whom anything could be worked out.
        """
        found: dict[g.Entity, pl.DataFrame] = {}
        entities = {name: entity for entity, name in FRAMES.items()}
        for name, frame in population.frames().items():
            table: pl.DataFrame = nw.from_native(frame).lazy().collect("polars").to_native()
            found[entities[name]] = table.rename(population.columns.get(name, {}), strict=False)
        if not {"claim", "household"} & found.keys():
            zh, en = "人口须有 claims 或 households", "a population needs claims or households"
            raise InputError(invalid(zh, en))
        if "household" in found and "person" not in found:
            zh, en = "有 households 就须有 persons", "households need persons beside them"
            raise InputError(invalid(zh, en, "persons"))
        return cls(found, population)

    @property
    def unit(self) -> g.Entity:
        """Whose gains and losses are counted."""
        return "household" if "household" in self.frames else "person"


class Units:
    """A population assessed under both rule sets, household by household.

    Attributes:
        sides: the rule sets, ``before`` and ``after``.
        tables: the population.
        found: what each comes to under either.
        engines: what it is worked out by.
        income: the account or column that incomes come from, if there is one.
        line: who is poor: an amount, or a line of the rules.
        persons: everybody, with their unit and groups.
        weights: for how many each unit stands, in 1/10,000.
        units: see ``_units``.
        people: everybody beside their unit, with their own bills.
    """

    def __init__(
        self,
        sides: Mapping[str, Resolved],
        tables: Tables,
        weight: str | None,
        income: str | None,
        line: Money | str | None,
    ) -> None:
        self.sides, self.tables, self.unit = sides, tables, tables.unit
        self.engines = {side: self._engine(rules) for side, rules in sides.items()}
        # names that are misspelt are said before anything is worked out
        self.weight, self.line, self.income = weight, self._line_of(line), self._income_of(income)
        self.persons = self._persons()
        self.weights = self._weights()
        self.found = {side: self._assessed(rules) for side, rules in sides.items()}
        self.units = self._units()
        self.people = self._people_beside()

    def _assessed(self, rules: Resolved) -> dict[g.Entity, pl.DataFrame]:
        money = self.tables.population.money
        found = assess_frames(rules, dict(self.tables.frames), names={}, money=money, on_error="raise", results="fen")
        return {entity: frame for entity, name in FRAMES.items() if (frame := getattr(found, name)) is not None}

    def _engine(self, rules: Resolved) -> Engine:
        return Engine.of_everything(rules) if "household" in self.tables.frames else Engine.of_health(rules)

    # --- what everything goes by -----------------------------------------------------------------------------

    def _provision(self, name: str) -> str:
        """A provision's full name, which both rule sets must have."""
        for side in self.sides.values():
            known = [one.full_name for one in side.provisions]
            if name not in known:
                kind = name.partition(".")[0]
                raise InputError(unknown("provision", name, [one for one in known if one.startswith(f"{kind}.")], kind))
        return name

    def _in_both(self, names: Sequence[str]) -> str | None:
        known = [{one.full_name for one in side.provisions} for side in self.sides.values()]
        return next((name for name in names if all(name in side for side in known)), None)

    def _line_of(self, line: Money | str | None) -> Money | str | None:
        if isinstance(line, str) and line.startswith("line."):
            return self._provision(line)
        if line is not None:
            return Money(line)
        return self._in_both(_LINES) if self.unit == "household" else None

    def _income_of(self, income: str | None) -> str | None:
        if self.unit != "household":
            if income is not None:
                zh, en = "没有 households，无从按收入划分", "without households nothing can go by income"
                raise InputError(invalid(zh, en, "income"))
            return None
        if income is None:
            accounts = [one.full_name for one in self.sides["before"].provisions if isinstance(one.entry, Account)]
            return self._in_both(accounts)
        if income.startswith("account."):
            return self._provision(income)
        columns = self.tables.frames["household"].columns
        if income not in columns:
            close = nearest(income, columns)
            zh = f"households 没有“{income}”列{close['nearest_zh']}"
            raise InputError(invalid(zh, f"households have no column {income!r}{close['nearest_en']}", "income"))
        return income

    # --- persons and units -----------------------------------------------------------------------------------

    def _persons(self) -> pl.DataFrame:
        """Everybody: id, unit, and whether in each group."""
        frames = self.tables.frames
        if "person" in frames:
            people = frames["person"]
            unit = "household" if self.unit == "household" else "id"
            found = people.select("id", pl.col(unit).alias("unit"), *self._membership(people))
        else:  # they are known by their bills alone
            bills = frames["claim"]
            found = (
                bills.select(pl.col("person").alias("id"), pl.col("person").alias("unit"), *self._membership(bills))
                .group_by("id", maintain_order=True)
                .agg(pl.all().first())
            )
        return found

    def _membership(self, frame: pl.DataFrame) -> Iterator[pl.Expr]:
        """Columns ``in <group>``: what is said of each person."""
        known = self.engines["before"].gatherer.known["group"]
        named: set[str] = set()
        if "groups" in frame.columns:
            texts = [text for text in frame["groups"].cast(pl.String).unique().to_list() if text]
            meant = {text: groups_in(text, known) for text in texts}
            for group in sorted({one for groups in meant.values() for one in groups}):
                named.add(group)
                listed = [text for text, groups in meant.items() if group in groups]
                yield pl.col("groups").cast(pl.String).is_in(listed).fill_null(value=False).alias(f"in {group}")
        for column in frame.columns:
            head, _, rest = column.partition(".")
            if head == "groups" and known.get(rest) not in named and rest in known:
                yield pl.col(column).cast(pl.Boolean).alias(f"in {known[rest]}")

    def _units(self) -> pl.DataFrame:
        """Households (without them, persons): what each has under both, in fen and a year.

        ``cost.*``, ``paid.*``, ``left.*`` of bills; ``support.*``: allowances and benefits, and ``beside.*`` those that
        its income does not count; ``unknown``: whether what it receives is not known under either; ``unsure``: whether
        for that the ``gain`` is not known; ``members``; ``weight`` in 1/10,000; ``income.*`` where known.
        """
        units = self.persons.group_by("unit", maintain_order=True).agg(pl.len().cast(pl.Int64).alias("members"))
        if "household" in self.tables.frames:
            households = self.tables.frames["household"].select(pl.col("id").alias("unit"))
            units = households.join(units, on="unit", how="left").with_columns(pl.col("members").fill_null(0))
        units = units.join(self.weights, on="unit", how="left")
        for side in SIDES:
            units = self._with_bills(units, side)
            units = self._with_support(units, side)
            units = self._with_income(units, side)
        return self._with_tenths(units).with_columns(
            (pl.col("unknown.before") | pl.col("unknown.after")).alias("unknown"),
            (pl.col("unsure.before") | pl.col("unsure.after")).alias("unsure"),
            (
                (pl.col("paid.after") + pl.col("support.after")) - (pl.col("paid.before") + pl.col("support.before"))
            ).alias("gain"),
        )

    @staticmethod
    def _with_tenths(units: pl.DataFrame) -> pl.DataFrame:
        """``tenth``: in which tenth of all persons a household is, by income per head under the baseline; 0 to 9.

        In 128 bits, which hold any income and any sum of weights.
        """
        income, members = pl.col("income.before").cast(pl.Int128), pl.col("members").cast(pl.Int128)
        ranked = (
            units.filter(pl.col("income.before").is_not_null() & (pl.col("members") > 0))
            .with_columns(persons=members * pl.col("weight"), rank=income * 1_000_000 // members)
            .sort("rank", "unit")
            .with_columns(before=pl.col("persons").cum_sum() - pl.col("persons"))
        )
        total = ranked["persons"].sum() if ranked.height else 0
        # the middle of a household decides
        tenth = ((2 * pl.col("before") + pl.col("persons")) * 5 // max(total, 1)).clip(0, 9).cast(pl.Int8)
        return units.join(ranked.select("unit", tenth=tenth), on="unit", how="left")

    def _weights(self) -> pl.DataFrame:
        """``unit`` and ``weight``, in 1/10,000."""
        if self.weight is None:
            return self.persons.select("unit", pl.lit(WHOLE, dtype=pl.Int64).alias("weight")).unique("unit")
        entity: g.Entity = self.unit if self.unit in self.tables.frames else "claim"
        frame = self.tables.frames[entity]
        if self.weight not in frame.columns:
            close = nearest(self.weight, frame.columns)
            zh = f"{FRAMES[entity]} 没有“{self.weight}”列{close['nearest_zh']}"
            en = f"{FRAMES[entity]} have no column {self.weight!r}{close['nearest_en']}"
            raise InputError(invalid(zh, en, "weight"))
        kind, column, dtype = weight(), nw.col(self.weight), nw.from_native(frame).schema[self.weight]
        if not kind.fits(dtype):
            raise InputError(invalid(kind.zh, kind.en, FRAMES[entity], self.weight))
        read = (
            nw.from_native(frame)
            .select(
                nw.col("person" if entity == "claim" else "id").alias("unit"),
                kind.read(column, dtype).alias("weight"),
                (kind.good(column, dtype) & ~column.is_null()).alias("good"),
            )
            .to_native()
        )
        faults: list[Fault] = []
        bad = read.filter(~pl.col("good").fill_null(value=False))
        if bad.height:
            zh, en = f"{kind.zh}：{bad.height} 行", f"{kind.en}: {bad.height} rows"
            faults.append(invalid(zh, en, FRAMES[entity], self.weight))
        read = read.select("unit", "weight").unique()
        if read["unit"].n_unique() != read.height:
            zh, en = "同一人的各次结算权数不同", "bills of one person have different weights"
            faults.append(invalid(zh, en, FRAMES[entity], self.weight))
        if faults:
            raise InputError(faults)
        return read

    def _with_bills(self, units: pl.DataFrame, side: str) -> pl.DataFrame:
        claims = self.found[side].get("claim")
        if claims is None:
            return units.with_columns(pl.lit(0, dtype=pl.Int64).alias(f"{name}.{side}") for name in BILLS)
        sums = (
            claims.join(self.persons.select(pl.col("id").alias("person"), "unit"), on="person", how="left")
            .group_by("unit")
            .agg(pl.sum_horizontal(parts).sum().alias(f"{name}.{side}") for name, parts in BILLS.items())
        )
        return units.join(sums, on="unit", how="left").with_columns(
            pl.col(f"{name}.{side}").fill_null(0) for name in BILLS
        )

    def support(self, side: str) -> Iterator[tuple[str, g.Entity, int]]:
        """Allowances and benefits: full name, to whom, and how many times a year."""
        engine = self.engines[side]
        if engine.whole is None:
            return
        for stated in self.sides[side].provisions:
            name, entity = stated.full_name, stated.entry.subject
            pays = stated.entry.KIND in ("allowance", "benefit") and name in engine.whole.amounts
            if pays and entity in self.found[side]:
                yield name, entity, 12 if engine.whole.periods[name] == "month" else 1

    def _counted(self, side: str) -> frozenset[str]:
        """What the account that incomes go by counts itself."""
        for stated in self.sides[side].provisions:
            if stated.full_name == self.income and isinstance(stated.entry, Account):
                return frozenset(stated.entry.results)
        return frozenset()

    def _same(self, name: str) -> bool:
        """Whether something is worked out alike under both: what is one formula is one node of the graph."""
        steps = [engine.program.steps for engine in self.engines.values()]
        return all(
            one in steps[0] and steps[0][one] is steps[1].get(one) for one in (name, f"{name}.known")
        )  # fmt: skip

    def _with_support(self, units: pl.DataFrame, side: str) -> pl.DataFrame:
        """What each unit receives beside its bills, all of it and what its account does not count yet."""
        counted = self._counted(side)
        units = units.with_columns(
            pl.lit(0, dtype=pl.Int64).alias(f"support.{side}"),
            pl.lit(0, dtype=pl.Int64).alias(f"beside.{side}"),
            pl.lit(value=False).alias(f"unknown.{side}"),
            pl.lit(value=False).alias(f"unsure.{side}"),
        )
        for name, entity, times in self.support(side):
            if entity not in ("person", "household"):
                continue
            rows = self.found[side][entity].select(
                pl.col("id"), pl.col(name).fill_null(0).alias("amount"), pl.col(f"{name}.unknown").alias("not known")
            )
            if entity == "person":
                rows = rows.join(self.persons.select("id", "unit"), on="id", how="left")
            else:
                rows = rows.rename({"id": "unit"})
            sums = rows.group_by("unit").agg(pl.col("amount").sum() * times, pl.col("not known").any())
            units = units.join(sums, on="unit", how="left").with_columns(
                pl.col("amount").fill_null(0), pl.col("not known").fill_null(value=False)
            )
            units = units.with_columns(
                pl.col(f"support.{side}") + pl.col("amount"),
                pl.col(f"beside.{side}") + (0 if name in counted else pl.col("amount")),
                pl.col(f"unknown.{side}") | pl.col("not known"),
                pl.col(f"unsure.{side}") | (pl.lit(value=False) if self._same(name) else pl.col("not known")),
            ).drop("amount", "not known")
        return units

    def _with_income(self, units: pl.DataFrame, side: str) -> pl.DataFrame:
        """Each household's income in a year, null where it is not known."""
        nothing = pl.lit(None, dtype=pl.Int64).alias(f"income.{side}")
        if self.income is None:
            return units.with_columns(nothing)
        if self.income.startswith("account."):
            rows = self.found[side]["household"].select(
                pl.col("id").alias("unit"), pl.col(self.income).alias(f"income.{side}")
            )
            return units.join(rows, on="unit", how="left")
        frame = nw.from_native(self.tables.frames["household"])
        kind, column = amount(self.tables.population.money), nw.col(self.income)
        dtype = frame.schema[self.income]
        if not kind.fits(dtype):
            raise InputError(invalid(kind.zh, kind.en, "households", self.income))
        read = frame.select(
            nw.col("id").alias("unit"),
            nw.when(~column.is_null()).then(kind.read(column, dtype)).alias("per head"),
            (kind.good(column, dtype) | column.is_null()).alias("good"),
        ).to_native()
        bad = read.filter(~pl.col("good")).height
        if bad:
            raise InputError(invalid(f"{kind.zh}：{bad} 行", f"{kind.en}: {bad} rows", "households", self.income))
        return (
            units.join(read.select("unit", "per head"), on="unit", how="left")
            .with_columns((pl.col("per head") * pl.col("members")).alias(f"income.{side}"))
            .drop("per head")
        )

    def _people_beside(self) -> pl.DataFrame:
        """Everybody beside their unit, with their own bills."""
        people = self.persons
        for side in SIDES:
            names = {name: f"own.{name}.{side}" for name in BILLS}
            claims = self.found[side].get("claim")
            if claims is None:
                people = people.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in names.values())
                continue
            own = claims.group_by("person").agg(
                pl.sum_horizontal(parts).sum().alias(names[name]) for name, parts in BILLS.items()
            )
            people = people.join(own, left_on="id", right_on="person", how="left").with_columns(
                pl.col(name).fill_null(0) for name in names.values()
            )
        return people.join(self.units, on="unit", how="left")
