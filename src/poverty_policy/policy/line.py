"""Lines and series: amounts per person that others are held against, and published figures by year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from poverty_policy.errors import Fault, invalid
from poverty_policy.formula import graph as g
from poverty_policy.money import RATE_ONE
from poverty_policy.policy.entry import Label, Name, wrong
from poverty_policy.policy.explaining import value_text
from poverty_policy.policy.known import Known, worked_out
from poverty_policy.policy.provision import At, Provision
from poverty_policy.policy.register import Register
from poverty_policy.policy.values import FactorField, MoneyField, Rounding, RoundingField, name_faults
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.terms import Vocabulary

Per = Literal["month", "year"]
_MONTHS = 12

_SAYS: Phrases = {
    "line": ("每人每{per} {amount} 元", "{amount} yuan per person and {per}"),
    "unknown": ("不详", "not known"),
    "per": ("按每人每{per}计", "per person and {per}"),
    "times": ("为{of}的 {times}", "{times} of: {of}"),
    "as": ("同{of}", "the same as: {of}"),
    "years_before": ("取 {years} 年前的数值", "the figure of {years} years before"),
    "rounding": ("取整：{rounding}", "rounded: {rounding}"),
    "at_most": ("不超过{of}", "never above: {of}"),
    "at_least": ("不低于{of}", "never below: {of}"),
    "month": ("月", "month"),
    "year": ("年", "year"),
}


def _years_as_names(raw: Any) -> Any:
    """A year is a name in the path of a fault, no place in a list."""
    return {str(year): figure for year, figure in raw.items()} if isinstance(raw, dict) else raw


class Series(Provision):
    """A figure that is published year by year: a poverty line, income per head, a minimum wage."""

    KIND: ClassVar[str] = "series"
    SECTION: ClassVar[str] = "series"

    series: Name
    """Its name."""
    per: Per = "year"
    """Whether its figures are per month or per year."""
    basis: Label | None = None
    """In what prices, for whom: what a reader must know before comparing years."""
    figures: Annotated[dict[int, MoneyField], BeforeValidator(_years_as_names)] = Field(min_length=1)
    """Year -> figure; each may have a source of its own."""

    def describe(self, register: Register) -> None:
        """The figure of the year of the assessment, or of some years before; not known where none is stated."""
        year = register.year()
        figures = {
            one: register.value("household", f"{self.full_name}.figures.{one}", value)
            for one, value in sorted(self.figures.items())
        }

        def before(lag: int) -> Known:
            node: g.Node = g.ZERO
            stated: list[g.Node] = []
            known: list[g.Node] = []
            for one, found in figures.items():
                here = g.compare("==", year, g.const(one + lag))
                node = g.choose(here, found.value, node)
                stated.append(here)
                known.append(g.all_hold(here, found.known))
            register.leave_open(f"{self.full_name}.figures.{-lag}", g.negate(g.any_holds(*stated)))
            return Known(node, g.any_holds(*known))

        register.series[self.full_name] = before
        register.periods[self.full_name] = self.per

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """Nothing: lines say which figure they took."""
        return iter(())


class Line(Provision):
    """An amount per person: an allowance's standard, a poverty line, a monitoring line."""

    KIND: ClassVar[str] = "line"
    SECTION: ClassVar[str] = "lines"

    line: Name
    """Its name."""
    per: Per
    """Whether it is per month or per year."""
    amount: MoneyField = None
    """The amount; it may differ by residence, zone or group."""
    times: FactorField = None
    """Instead of an amount: how many times another line or a series, ``130%`` or ``1.3``."""
    of: str | None = None
    """Which one: ``dibao`` for a line, ``series.disposable_income`` for a series."""
    years_before: int = Field(default=0, ge=0, le=5)
    """Of a series: the figure of how many years before the assessment."""
    at_most: str | None = None
    """A line or series that it never passes."""
    at_least: str | None = None
    """A line or series that it never falls below."""
    rounding: RoundingField = Field(default_factory=Rounding)
    """To what the product is rounded."""

    @model_validator(mode="after")
    def _stated_once(self) -> Line:
        if (self.amount is None) == (self.of is None):
            raise wrong(invalid("amount 与 of 须写且只写一项", "state exactly one of amount and of"))
        if self.times is not None and self.of is None:
            raise wrong(invalid("写了 times，还须写 of", "times needs of", "times"))
        return self

    def references(self) -> Iterator[tuple[At, str]]:
        """The lines and series that it goes by."""
        for field in ("of", "at_most", "at_least"):
            name = getattr(self, field)
            if name is not None:
                yield (field,), name if name.startswith("series.") else f"line.{name}"

    def name_faults(self, vocabulary: Vocabulary) -> Iterator[Fault]:
        """Names that its amounts differ by."""
        for at, value in self.values():
            yield from name_faults(value, vocabulary, *at.split("."), level="household")

    def describe(self, register: Register) -> None:
        """The amount, in the line's own period."""
        if self.of is None:
            found = register.value("household", f"{self.full_name}.amount", self.amount)
        else:
            base = self._other(self.of, register, times=False)
            factor = Known(g.const(RATE_ONE))
            if self.times is not None:
                factor = register.value("household", f"{self.full_name}.times", self.times)
            multiple, divisor = self._change(self.of, register)
            found = worked_out(
                lambda amount, times: g.rounded(
                    g.mul(g.mul(amount, times), g.const(multiple)), self.rounding.mode,
                    scale=RATE_ONE * divisor, unit=self.rounding.unit,
                ),
                base, factor,
            )  # fmt: skip
        for pick, name in ((g.least, self.at_most), (g.greatest, self.at_least)):
            if name is not None:
                found = worked_out(pick, found, self._other(name, register, times=True))
        register.amount(self.full_name, found, self.per)

    def _change(self, name: str, register: Register) -> tuple[int, int]:
        """By what an amount is multiplied and divided, to be in the line's own period."""
        theirs = register.periods[name if name.startswith("series.") else f"line.{name}"]
        return (1, 1) if theirs == self.per else (_MONTHS, 1) if self.per == "year" else (1, _MONTHS)

    def _other(self, name: str, register: Register, *, times: bool) -> Known:
        """Another line or series, in its own period, or rounded into this one's."""
        if name.startswith("series."):
            found = register.series[name](self.years_before)
        else:
            found = register.amounts[f"line.{name}"]
        if not times:
            return found
        multiple, divisor = self._change(name, register)
        return Known(g.rounded(g.mul(found.value, g.const(multiple)), self.rounding.mode, scale=divisor), found.known)

    def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
        """Per what, and how it follows from other lines."""
        yield 0, words.say(_SAYS, "per", per=words.say(_SAYS, self.per))
        if self.of is not None:
            times = "" if self.times is None else value_text(self.times, words)
            facts = {"of": self._called(self.of, words), "times": times}
            yield 0, words.say(_SAYS, "times" if times else "as", **facts)
            if self.years_before:
                yield 0, words.say(_SAYS, "years_before", years=self.years_before)
            if self.rounding != Rounding():
                yield 0, words.say(_SAYS, "rounding", rounding=words.rounding(self.rounding.to, self.rounding.mode))
        for field in ("at_most", "at_least"):
            if getattr(self, field) is not None:
                yield 0, words.say(_SAYS, field, of=self._called(getattr(self, field), words))

    @staticmethod
    def _called(name: str, words: Words) -> str:
        return words.known("provision", name if name.startswith("series.") else f"line.{name}")

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """The amount, per person and month or year."""
        if steps["known"]:
            per = words.say(_SAYS, self.per)
            yield 1, words.say(_SAYS, "line", per=per, amount=words.money(steps["result"]))
        else:
            yield 1, words.say(_SAYS, "unknown")
