"""Two rule sets on one population: every row is worked out under both, and added up exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from poverty_policy.face import RuleSet
from poverty_policy.formula import graph as g
from poverty_policy.money import Money
from poverty_policy.policy.first_payment import FirstPayment
from poverty_policy.population.layout import FRAMES
from poverty_policy.population.people import Population
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
from poverty_policy.whatif.units import BILLS, SIDES, Tables, Units

_ALL = Term("全体", "everybody")
_NONE = Term("不属任何一类", "in no group")
_UNKNOWN = Term("收入不明", "income not known")
_ENDS = {1: ("（最低）", ", the poorest"), 10: ("（最高）", ", the richest")}


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
    return _Comparing(Units(sides, Tables.of(population), weight, income, line)).finish(baseline, reform)


class _Comparing:
    """One comparison: sums over who there is."""

    def __init__(self, who: Units) -> None:
        self.who = who

    def finish(self, baseline: RuleSet, reform: RuleSet) -> Comparison:
        """Every table."""
        rules = self.who.sides["before"]
        everybody = self._part("all", _ALL, pl.lit(value=True))
        weighted = self.who.weight is not None
        warnings = dict.fromkeys(one for engine in self.who.engines.values() for one in engine.gatherer.stretched())
        return Comparison(
            baseline=dict(rules.identity),
            reform=dict(self.who.sides["after"].identity),
            places=(Term(baseline.place.zh, baseline.place.en), Term(reform.place.zh, reform.place.en)),
            title=self.who.sides["after"].title or "",
            changes=baseline.diff(reform),
            weighted=weighted,
            rows={FRAMES[entity]: frame.height for entity, frame in self.who.tables.frames.items()},
            persons=everybody.persons,
            payments=tuple(self._payments()),
            everybody=everybody,
            groups=tuple(self._groups()),
            income=self._income(),
            deciles=tuple(self._deciles()),
            verdicts=tuple(self._verdicts()),
            poverty=self._poverty(),
            warnings=tuple(warnings),
        )

    # --- sums ------------------------------------------------------------------------------------------------

    @staticmethod
    def _times(value: pl.Expr, weight: pl.Expr) -> pl.Expr:
        """The weighted sum; 128 bits hold it whatever the population."""
        return (value.cast(pl.Int128) * weight.cast(pl.Int128)).sum()

    def _payments(self) -> Iterator[Payment]:
        """Layers in their order, then allowances and benefits; what only one rule set has is 0 under the other."""
        listed: dict[str, tuple[Term, g.Entity]] = {}
        sums: dict[str, dict[str, tuple[int, int, int]]] = {side: {} for side in SIDES}
        for side, rules in self.who.sides.items():
            if "claim" in self.who.found[side]:
                for entry in rules.cascade.entries:
                    if not isinstance(entry, FirstPayment):
                        name = f"health.{entry.name}"
                        listed.setdefault(name, (rules.cascade.label(entry.name), "claim"))
                        sums[side][name] = self._sum(side, "claim", name, 1)
            for name, entity, times in self.who.support(side):
                listed.setdefault(name, (rules.scheme.label(name), entity))
                sums[side][name] = self._sum(side, entity, name, times)
        for name, (term, entity) in listed.items():
            both = zip(*(sums[side].get(name, (0, 0, 0)) for side in SIDES), strict=True)
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
        frame = self.who.found[side][entity]
        if entity in ("claim", "person"):
            key = "person" if entity == "claim" else "id"
            of = self.who.persons.select(pl.col("id").alias(key), "unit").join(
                self.who.units.select("unit", "weight"), on="unit", how="left"
            )
            return frame.select(key, *names).join(of, on=key, how="left")
        if entity == "household":
            of = self.who.units.select(pl.col("unit").alias("id"), "weight")
            return frame.select("id", *names).join(of, on="id", how="left")
        return frame.select(*names).with_columns(pl.lit(WHOLE, dtype=pl.Int64).alias("weight"))

    def _part(self, name: str, term: Term, who: pl.Expr) -> Part:
        """The persons for whom something holds."""
        people = self.who.people.filter(who)
        known, weight = ~pl.col("unsure"), pl.col("weight")
        sums = people.select(
            self._times(pl.lit(1, dtype=pl.Int64), weight).alias("persons"),
            self._times((known & (pl.col("gain") > 0)).cast(pl.Int64), weight).alias("gaining"),
            self._times((known & (pl.col("gain") < 0)).cast(pl.Int64), weight).alias("losing"),
            self._times((known & (pl.col("gain") == 0)).cast(pl.Int64), weight).alias("same"),
            self._times((~known).cast(pl.Int64), weight).alias("unknown"),
            *(
                self._times(pl.col(f"own.{what}.{side}"), weight).alias(f"{what}.{side}")
                for what in BILLS
                for side in SIDES
            ),
        ).row(0, named=True)
        gained = people.filter(known).unique("unit").select(self._times(pl.col("gain"), weight)).item()
        change = unweighted(int(gained or 0))
        whole = {column: int(value or 0) for column, value in sums.items()}
        counts = ("persons", "gaining", "losing", "same", "unknown")
        bills = (Both.weighted(whole[f"{what}.before"], whole[f"{what}.after"]) for what in BILLS)
        return Part(name, term, **{one: unweighted(whole[one]) for one in counts}, change=change, bills=Bills(*bills))

    def _groups(self) -> Iterator[Part]:
        """Who is in each group, from the first that the field names on, and who is in none."""
        vocabulary = self.who.sides["before"].vocabulary
        groups = [column for column in self.who.persons.columns if column.startswith("in ")]
        for column in groups:
            name = column.removeprefix("in ")
            term = Term(vocabulary.text("group", name, "zh"), vocabulary.text("group", name, "en"))
            yield self._part(name, term, pl.col(column))
        if groups:
            yield self._part("none", _NONE, ~pl.any_horizontal(groups))

    def _income(self) -> Term | None:
        """What the account is called, or the column."""
        income = self.who.income
        if income is None or not income.startswith("account."):
            return None if income is None else Term(income, income)
        return self.who.sides["before"].scheme.label(income)

    def _deciles(self) -> Iterator[Part]:
        """Tenths of all persons, and those whose income is not known."""
        if self.who.income is None:
            return
        for place in range(10):
            number = place + 1
            zh, en = _ENDS.get(number, ("", ""))
            term = Term(f"第 {number} 个十分之一{zh}", f"tenth {number}{en}")
            yield self._part(str(number), term, (pl.col("tenth") == place).fill_null(value=False))
        if self.who.people["tenth"].null_count():
            yield self._part("unknown", _UNKNOWN, pl.col("tenth").is_null())

    def _verdicts(self) -> Iterator[Verdict]:
        """How many meet what is asked of persons and households, by what both rule sets ask."""
        engines = list(self.who.engines.values())
        if any(engine.whole is None for engine in engines):
            return
        wholes = [engine.whole for engine in engines if engine.whole is not None]
        for stated in self.who.sides["before"].provisions:
            name, entity = stated.full_name, stated.entry.subject
            if entity not in ("person", "household") or not all(name in whole.verdicts for whole in wholes):
                continue
            met: list[int] = []
            unknown_: list[int] = []
            for side in SIDES:
                amounts = self.who.engines[side].whole
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
                name, self.who.sides["before"].scheme.label(name), entity, Both.weighted(*met), Both.weighted(*unknown_)
            )

    # --- poverty ---------------------------------------------------------------------------------------------

    def _poverty(self) -> Poverty | None:
        """Who is below the line with what is left after bills and support."""
        if self.who.income is None or self.who.line is None:
            return None
        units = self.who.units.filter(pl.col("members") > 0)
        for side in SIDES:
            if isinstance(self.who.line, str):
                engine = self.who.engines[side]
                assert engine.whole is not None
                times = 12 if engine.whole.periods[self.who.line] == "month" else 1
                lines = self.who.found[side]["household"].select(
                    pl.col("id").alias("unit"), (pl.col(self.who.line) * times).alias(f"line.{side}")
                )
                units = units.join(lines, on="unit", how="left")
            else:
                units = units.with_columns(pl.lit(self.who.line.fen, dtype=pl.Int64).alias(f"line.{side}"))
            before_bills = pl.col(f"income.{side}") + pl.col(f"beside.{side}")
            needed = pl.col(f"line.{side}") * pl.col("members")
            units = units.with_columns(
                (needed - before_bills + pl.col(f"left.{side}")).alias(f"lacks.{side}"),
                (before_bills < needed).alias(f"poor anyway.{side}"),
            )
        columns = [f"lacks.{side}" for side in SIDES]
        known = units.filter(~pl.col("unknown") & pl.all_horizontal(pl.col(columns).is_not_null()))
        heads, weight = pl.col("members"), pl.col("weight")
        sums = known.select(
            self._times(heads, weight).alias("known"),
            *(self._times(heads * (pl.col(f"lacks.{side}") > 0), weight).alias(f"persons.{side}") for side in SIDES),
            *(self._times(pl.max_horizontal(f"lacks.{side}", 0), weight).alias(f"gap.{side}") for side in SIDES),
            *(
                self._times(heads * ((pl.col(f"lacks.{side}") > 0) & ~pl.col(f"poor anyway.{side}")), weight).alias(
                    f"by bills.{side}"
                )
                for side in SIDES
            ),
        ).row(0, named=True)
        whole = {column: int(value or 0) for column, value in sums.items()}
        term = (
            self.who.sides["before"].scheme.label(self.who.line)
            if isinstance(self.who.line, str)
            else Term(f"每人每年 {self.who.line} 元", f"{self.who.line} yuan per head and year")
        )
        persons, gap, by_bills = (
            Both.weighted(whole[f"{what}.before"], whole[f"{what}.after"]) for what in ("persons", "gap", "by bills")
        )
        amount = None if isinstance(self.who.line, str) else self.who.line.fen
        return Poverty(amount, term, persons, gap, by_bills, unweighted(whole["known"]))
