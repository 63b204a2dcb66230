"""Two rule sets on one population: every row is worked out under both, and added up exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import narwhals as nw
import polars as pl

from poverty_policy.assessment.engine import Engine
from poverty_policy.errors import Fault, InputError, invalid, nearest, unknown
from poverty_policy.face import RuleSet
from poverty_policy.formula import graph as g
from poverty_policy.money import Money
from poverty_policy.policy.account import Account
from poverty_policy.policy.first_payment import FirstPayment
from poverty_policy.population.assess import assess_frames
from poverty_policy.population.kinds import amount, groups_in, weight
from poverty_policy.population.layout import FRAMES
from poverty_policy.population.people import Population
from poverty_policy.ruleset.resolved import Resolved
from poverty_policy.terms import Term
from poverty_policy.whatif.indicators import (
    WHOLE,
    Bills,
    Both,
    Comparison,
    Part,
    Payment,
    Poverty,
    Verdict,
    unweighted,
)

_ALL = Term("全体", "everybody")
_NONE = Term("不属任何一类", "in no group")
_UNKNOWN = Term("收入不明", "income not known")
#: Lines that may be meant where none is named, the first that there is.
_LINES = ("line.poverty", "line.monitoring", "line.dibao")
_ENDS = {1: ("（最低）", ", the poorest"), 10: ("（最高）", ", the richest")}
_SIDES = ("before", "after")
#: What is added up of bills -> the results that it is made of.
_BILLS = {"cost": ["health.cost"], "paid": ["health.paid", "health.waived"], "left": ["health.out_of_pocket"]}


def compare(
    baseline: RuleSet,
    reform: RuleSet,
    population: Population,
    *,
    weight: str | None = None,
    income: str | None = None,
    line: Money | str | None = None,
) -> Comparison:
    """What a reform would mean for a population.

    Args:
        baseline: the rules as they are.
        reform: other rules: a reform of them, or those of another year or place.
        population: who they are asked about. What both rule sets read must be there.
        weight: the column that says for how many each household (each person, without households) stands.
        income: what deciles and poverty go by: an account of the rules, such as ``account.income``, or a column of
            households that holds their income per head and year. The first account that both have, if not stated.
        line: who is poor: below an amount per head and year, or a line of the rules, such as ``line.poverty``. The
            rules' poverty, monitoring or dibao line, whichever they have first, if not stated.

    Returns:
        Payments by layer, out-of-pocket, who gains and who loses by group and by income, how many are poor.

    Raises:
        InputError: the population does not suit the rules, or a name is unknown; with every fault.
        UnspecifiedError: bills need a figure that the sources leave open.

    Examples:
        >>> import poverty_policy as pp
        >>> rules = pp.load("henan", on="2018-07-01")
        >>> lower = rules.reform({"health.critical_illness.deductible.registered_poor": "3000 元"})
        >>> found = pp.compare(rules, lower, pp.synthetic(rules, 2_000))
        >>> found.payment("health.critical_illness").amount.change > 0, found.everybody.losing
        (True, 0)
    """
    sides = {"before": baseline.resolved, "after": reform.resolved}
    return _Comparing(sides, _Tables.of(population), weight, income, line).finish(baseline, reform)


@attrs.frozen
class _Tables:
    """The population in memory, its columns as a case calls them.

    Attributes:
        frames: entity -> its frame.
        population: what came in.
    """

    frames: Mapping[g.Entity, pl.DataFrame]
    population: Population

    @classmethod
    def of(cls, population: Population) -> _Tables:
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


class _Comparing:
    """One comparison."""

    def __init__(
        self,
        sides: Mapping[str, Resolved],
        tables: _Tables,
        weight: str | None,
        income: str | None,
        line: Money | str | None,
    ) -> None:
        self.sides, self.tables, self.unit = sides, tables, tables.unit
        self.found = {side: self._assessed(rules) for side, rules in sides.items()}
        self.engines = {side: self._engine(rules) for side, rules in sides.items()}
        self.weight, self.line, self.income = weight, self._line_of(line), self._income_of(income)
        self.persons = self._persons()
        self.units = self._units()
        self.people = self._people_beside()

    def _assessed(self, rules: Resolved) -> dict[g.Entity, pl.DataFrame]:
        money = self.tables.population.money
        found = assess_frames(rules, dict(self.tables.frames), names={}, money=money, on_error="raise", results="fen")
        return {entity: frame for entity, name in FRAMES.items() if (frame := getattr(found, name)) is not None}

    def _engine(self, rules: Resolved) -> Engine:
        return Engine.of_everything(rules) if "household" in self.tables.frames else Engine.of_health(rules)

    def finish(self, baseline: RuleSet, reform: RuleSet) -> Comparison:
        """Every table."""
        rules = self.sides["before"]
        everybody = self._part("all", _ALL, pl.lit(value=True))
        weighted = self.weight is not None
        warnings = dict.fromkeys(one for engine in self.engines.values() for one in engine.gatherer.stretched())
        return Comparison(
            baseline=dict(rules.identity),
            reform=dict(self.sides["after"].identity),
            places=(Term(baseline.place.zh, baseline.place.en), Term(reform.place.zh, reform.place.en)),
            title=self.sides["after"].title or "",
            changes=baseline.diff(reform),
            weighted=weighted,
            rows={FRAMES[entity]: frame.height for entity, frame in self.tables.frames.items()},
            persons=everybody.persons,
            payments=tuple(self._payments()),
            everybody=everybody,
            groups=tuple(self._groups()),
            deciles=tuple(self._deciles()),
            verdicts=tuple(self._verdicts()),
            poverty=self._poverty(),
            warnings=tuple(warnings),
        )

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
        units = units.join(self._weights(), on="unit", how="left")
        for side in _SIDES:
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
            return units.with_columns(pl.lit(0, dtype=pl.Int64).alias(f"{name}.{side}") for name in _BILLS)
        sums = (
            claims.join(self.persons.select(pl.col("id").alias("person"), "unit"), on="person", how="left")
            .group_by("unit")
            .agg(pl.sum_horizontal(parts).sum().alias(f"{name}.{side}") for name, parts in _BILLS.items())
        )
        return units.join(sums, on="unit", how="left").with_columns(
            pl.col(f"{name}.{side}").fill_null(0) for name in _BILLS
        )

    def _support(self, side: str) -> Iterator[tuple[str, g.Entity, int]]:
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
        for name, entity, times in self._support(side):
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

    # --- sums ------------------------------------------------------------------------------------------------

    @staticmethod
    def _times(value: pl.Expr, weight: pl.Expr) -> pl.Expr:
        """The weighted sum; 128 bits hold it whatever the population."""
        return (value.cast(pl.Int128) * weight.cast(pl.Int128)).sum()

    def _payments(self) -> Iterator[Payment]:
        """Layers in their order, then allowances and benefits; what only one rule set has is 0 under the other."""
        listed: dict[str, tuple[Term, g.Entity]] = {}
        sums: dict[str, dict[str, tuple[int, int, int]]] = {side: {} for side in _SIDES}
        for side, rules in self.sides.items():
            if "claim" in self.found[side]:
                for entry in rules.cascade.entries:
                    if not isinstance(entry, FirstPayment):
                        name = f"health.{entry.name}"
                        listed.setdefault(name, (rules.cascade.label(entry.name), "claim"))
                        sums[side][name] = self._sum(side, "claim", name, 1)
            for name, entity, times in self._support(side):
                listed.setdefault(name, (rules.scheme.label(name), entity))
                sums[side][name] = self._sum(side, entity, name, times)
        for name, (term, entity) in listed.items():
            both = zip(*(sums[side].get(name, (0, 0, 0)) for side in _SIDES), strict=True)
            yield Payment(name, term, entity, *(Both.weighted(before, after) for before, after in both))

    def _sum(self, side: str, entity: g.Entity, name: str, times: int) -> tuple[int, int, int]:
        """An amount over all rows, how many rows have some, and of how many it is not known; weighted."""
        told = [f"{name}.unknown"] if entity != "claim" else []
        rows = self._weighted_rows(side, entity, [name, *told])
        due = pl.col(name).fill_null(0)
        found = rows.select(
            self._times(due * times, pl.col("weight")).alias("sum"),
            self._times((due > 0).cast(pl.Int64), pl.col("weight")).alias("many"),
            self._times(pl.col(*told).cast(pl.Int64) if told else pl.lit(0), pl.col("weight")).alias("unknown"),
        ).row(0)
        return int(found[0] or 0), int(found[1] or 0), int(found[2] or 0)

    def _weighted_rows(self, side: str, entity: g.Entity, names: Sequence[str]) -> pl.DataFrame:
        """Results of an entity beside the weight of its unit; areas count once each."""
        frame = self.found[side][entity]
        if entity in ("claim", "person"):
            key = "person" if entity == "claim" else "id"
            of = self.persons.select(pl.col("id").alias(key), "unit").join(
                self.units.select("unit", "weight"), on="unit", how="left"
            )
            return frame.select(key, *names).join(of, on=key, how="left")
        if entity == "household":
            of = self.units.select(pl.col("unit").alias("id"), "weight")
            return frame.select("id", *names).join(of, on="id", how="left")
        return frame.select(*names).with_columns(pl.lit(WHOLE, dtype=pl.Int64).alias("weight"))

    def _people_beside(self) -> pl.DataFrame:
        """Everybody beside their unit, with their own bills."""
        people = self.persons
        for side in _SIDES:
            names = {name: f"own.{name}.{side}" for name in _BILLS}
            claims = self.found[side].get("claim")
            if claims is None:
                people = people.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in names.values())
                continue
            own = claims.group_by("person").agg(
                pl.sum_horizontal(parts).sum().alias(names[name]) for name, parts in _BILLS.items()
            )
            people = people.join(own, left_on="id", right_on="person", how="left").with_columns(
                pl.col(name).fill_null(0) for name in names.values()
            )
        return people.join(self.units, on="unit", how="left")

    def _part(self, name: str, term: Term, who: pl.Expr) -> Part:
        """The persons for whom something holds."""
        people = self.people.filter(who)
        known, weight = ~pl.col("unsure"), pl.col("weight")
        sums = people.select(
            self._times(pl.lit(1, dtype=pl.Int64), weight).alias("persons"),
            self._times((known & (pl.col("gain") > 0)).cast(pl.Int64), weight).alias("gaining"),
            self._times((known & (pl.col("gain") < 0)).cast(pl.Int64), weight).alias("losing"),
            self._times((known & (pl.col("gain") == 0)).cast(pl.Int64), weight).alias("same"),
            self._times((~known).cast(pl.Int64), weight).alias("unknown"),
            *(
                self._times(pl.col(f"own.{what}.{side}"), weight).alias(f"{what}.{side}")
                for what in _BILLS
                for side in _SIDES
            ),
        ).row(0, named=True)
        gained = people.filter(known).unique("unit").select(self._times(pl.col("gain"), weight)).item()
        change = unweighted(int(gained or 0))
        whole = {column: int(value or 0) for column, value in sums.items()}
        counts = ("persons", "gaining", "losing", "same", "unknown")
        bills = (Both.weighted(whole[f"{what}.before"], whole[f"{what}.after"]) for what in _BILLS)
        return Part(name, term, **{one: unweighted(whole[one]) for one in counts}, change=change, bills=Bills(*bills))

    def _groups(self) -> Iterator[Part]:
        """Who is in each group, from the first that the field names on, and who is in none."""
        vocabulary = self.sides["before"].vocabulary
        groups = [column for column in self.persons.columns if column.startswith("in ")]
        for column in groups:
            name = column.removeprefix("in ")
            term = Term(vocabulary.text("group", name, "zh"), vocabulary.text("group", name, "en"))
            yield self._part(name, term, pl.col(column))
        if groups:
            yield self._part("none", _NONE, ~pl.any_horizontal(groups))

    def _deciles(self) -> Iterator[Part]:
        """Tenths of all persons, and those whose income is not known."""
        if self.income is None:
            return
        for place in range(10):
            number = place + 1
            zh, en = _ENDS.get(number, ("", ""))
            term = Term(f"第 {number} 个十分之一{zh}", f"tenth {number}{en}")
            yield self._part(str(number), term, (pl.col("tenth") == place).fill_null(value=False))
        if self.people["tenth"].null_count():
            yield self._part("unknown", _UNKNOWN, pl.col("tenth").is_null())

    def _verdicts(self) -> Iterator[Verdict]:
        """How many meet what is asked of persons and households, by what both rule sets ask."""
        engines = list(self.engines.values())
        if any(engine.whole is None for engine in engines):
            return
        wholes = [engine.whole for engine in engines if engine.whole is not None]
        for stated in self.sides["before"].provisions:
            name, entity = stated.full_name, stated.entry.subject
            if entity not in ("person", "household") or not all(name in whole.verdicts for whole in wholes):
                continue
            met: list[int] = []
            unknown_: list[int] = []
            for side in _SIDES:
                amounts = self.engines[side].whole
                assert amounts is not None
                rows = self._weighted_rows(side, entity, [name, f"{name}.unknown"])
                # of an allowance the amount comes back, which is null where it is not due
                holds = pl.col(name).is_not_null() if name in amounts.amounts else pl.col(name).fill_null(value=False)
                weight = pl.col("weight")
                sums = rows.select(
                    self._times(holds.cast(pl.Int64), weight).alias("met"),
                    self._times(pl.col(f"{name}.unknown").cast(pl.Int64), weight).alias("unknown"),
                ).row(0)
                met.append(int(sums[0] or 0))
                unknown_.append(int(sums[1] or 0))
            yield Verdict(
                name, self.sides["before"].scheme.label(name), entity, Both.weighted(*met), Both.weighted(*unknown_)
            )

    # --- poverty ---------------------------------------------------------------------------------------------

    def _poverty(self) -> Poverty | None:
        """Who is below the line with what is left after bills and support."""
        if self.income is None or self.line is None:
            return None
        units = self.units.filter(pl.col("members") > 0)
        for side in _SIDES:
            if isinstance(self.line, str):
                engine = self.engines[side]
                assert engine.whole is not None
                times = 12 if engine.whole.periods[self.line] == "month" else 1
                lines = self.found[side]["household"].select(
                    pl.col("id").alias("unit"), (pl.col(self.line) * times).alias(f"line.{side}")
                )
                units = units.join(lines, on="unit", how="left")
            else:
                units = units.with_columns(pl.lit(self.line.fen, dtype=pl.Int64).alias(f"line.{side}"))
            before_bills = pl.col(f"income.{side}") + pl.col(f"beside.{side}")
            needed = pl.col(f"line.{side}") * pl.col("members")
            units = units.with_columns(
                (needed - before_bills + pl.col(f"left.{side}")).alias(f"lacks.{side}"),
                (before_bills < needed).alias(f"poor anyway.{side}"),
            )
        columns = [f"lacks.{side}" for side in _SIDES]
        known = units.filter(~pl.col("unknown") & pl.all_horizontal(pl.col(columns).is_not_null()))
        heads, weight = pl.col("members"), pl.col("weight")
        sums = known.select(
            self._times(heads, weight).alias("known"),
            *(self._times(heads * (pl.col(f"lacks.{side}") > 0), weight).alias(f"persons.{side}") for side in _SIDES),
            *(self._times(pl.max_horizontal(f"lacks.{side}", 0), weight).alias(f"gap.{side}") for side in _SIDES),
            *(
                self._times(heads * ((pl.col(f"lacks.{side}") > 0) & ~pl.col(f"poor anyway.{side}")), weight).alias(
                    f"by bills.{side}"
                )
                for side in _SIDES
            ),
        ).row(0, named=True)
        whole = {column: int(value or 0) for column, value in sums.items()}
        term = (
            self.sides["before"].scheme.label(self.line)
            if isinstance(self.line, str)
            else Term(f"每人每年 {self.line} 元", f"{self.line} yuan per head and year")
        )
        persons, gap, by_bills = (
            Both.weighted(whole[f"{what}.before"], whole[f"{what}.after"]) for what in ("persons", "gap", "by bills")
        )
        amount = None if isinstance(self.line, str) else self.line.fen
        return Poverty(amount, term, persons, gap, by_bills, unweighted(whole["known"]))
