"""Guarantees: what fills up to a share of the cost, or down to a ceiling of what the patient bears."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from poverty_policy.errors import Fault, invalid
from poverty_policy.formula import graph as g
from poverty_policy.money import RATE_ONE
from poverty_policy.policy.book import Book, positive
from poverty_policy.policy.entry import Cap, Entry, Name, Names, full, known, wrong
from poverty_policy.policy.values import MoneyField, RateField
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.terms import Vocabulary

_SAYS: Phrases = {
    "counted": ("计入费用 {base}", "counted {base}"),
    "target": ("保障目标 {rate}：应达 {target}，还差 {excess}", "target {rate}: {target}, short by {excess}"),
    "ceiling": ("个人自付上限 {ceiling}，超过部分 {excess}", "out-of-pocket ceiling {ceiling}, excess {excess}"),
    "pays": ("其中支付 {rate}", "of which {rate} is paid"),
    "capped": ("应付 {due}，受封顶限制减少 {cut}", "due {due}, reduced by {cut} by a cap"),
}


class Guarantee(Entry):
    """A guarantee: it fills up to a share of the cost, or down to a ceiling of what the patient bears."""

    KIND: ClassVar[str] = "guarantee"

    guarantee: Name
    """Its name."""
    counts: Names = ("in_scope",)
    """The components of cost it looks at; ``all`` for the whole cost."""
    per: Literal["claim", "year"] = "claim"
    """Whether it is measured on each claim or over the benefit year."""
    fill_to: RateField = None
    """The share of the counted cost up to which it fills."""
    ceiling: MoneyField = None
    """The most that the patient bears of the counted cost."""
    pays: RateField = Field(default_factory=full)
    """The share of the gap or excess that it pays."""
    caps: tuple[Cap, ...] = ()
    """Limits on its payment."""

    @model_validator(mode="after")
    def _one_aim(self) -> Guarantee:
        if (self.fill_to is None) == (self.ceiling is None):
            raise wrong(invalid("fill_to 与 ceiling 须写且只写一项", "state exactly one of fill_to and ceiling"))
        if any(cap.on == "base" for cap in self.caps):
            raise wrong(invalid("兜底的封顶只能是支付额", "a guarantee's cap limits its payment", "caps"))
        return self

    def components(self) -> tuple[str, ...]:
        """The components that it names."""
        return tuple(name for name in self.counts if name != "all")

    def reference_faults(self, earlier: Mapping[str, Entry], vocabulary: Vocabulary) -> Iterator[Fault]:
        """Components that nobody knows."""
        return known("component", self.components(), vocabulary, "counts")

    def describe(self, book: Book) -> None:
        """The gap to the target, or the excess over the ceiling, and the share of it that is paid."""
        name = self.name
        applies = book.step(f"{name}.applies", book.when(self.when))
        components = tuple(book.left) if "all" in self.counts else self.counts
        left = book.sum_left(components)
        burden = book.step(f"{name}.base", g.choose(applies, left, g.ZERO))
        excess = book.step(f"{name}.excess", self._excess(book, applies, components, burden))
        exact: g.Node | None = None
        pays = book.step(f"{name}.pays", book.value(f"{name}.pays", self.pays, "high", positive(excess)))
        mode = self.rounding.mode
        if pays is g.const(RATE_ONE):
            payment = excess
        elif self.per == "year":
            payment = g.accrual(g.mul(excess, pays), book.year, mode=mode)
        else:
            exact = g.mul(excess, pays)
            payment = g.rounded(exact, mode)
        entitlement = book.step(f"{name}.entitlement", payment)
        payment = book.capped(name, self.caps, entitlement, "payment")
        book.step(f"{name}.over_cap", g.sub(entitlement, payment))
        payment = book.in_coin(payment, entitlement, exact, self.rounding)
        book.pay(name, g.least(payment, left), components, self.payers)

    def _excess(self, book: Book, applies: g.Node, components: tuple[str, ...], burden: g.Node) -> g.Node:
        name, something = self.name, positive(burden)
        if self.fill_to is None:
            ceiling = book.value(f"{name}.ceiling", self.ceiling, "low", something)
            book.step(f"{name}.ceiling", ceiling)
            return book.under(burden, ceiling, self.per)[1]
        counted = g.choose(applies, g.add(*(book.counted[one] for one in components)), g.ZERO)
        share = book.value(f"{name}.fill_to", self.fill_to, "high", something)
        book.step(f"{name}.fill_rate", share)
        mode = self.rounding.mode
        target = book.step(f"{name}.target", g.rounded(g.mul(counted, share), mode))
        paid = g.sub(counted, burden)
        if self.per == "claim":
            return g.greatest(g.ZERO, g.sub(target, paid))
        # over the year, what one claim was paid above the target counts for the next
        return g.peak(g.sub(g.mul(counted, share), g.mul(paid, g.const(RATE_ONE))), book.year, mode=mode)

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """Target or ceiling, and the share paid of what is missing or in excess."""
        yield 2, words.say(_SAYS, "counted", base=words.money(steps["base"]))
        excess = words.money(steps["excess"])
        if self.fill_to is not None:
            rate, target = words.rate(steps["fill_rate"]), words.money(steps["target"])
            yield 2, words.say(_SAYS, "target", rate=rate, target=target, excess=excess)
        else:
            yield 2, words.say(_SAYS, "ceiling", ceiling=words.money(steps["ceiling"]), excess=excess)
        if steps["pays"] != RATE_ONE:
            yield 2, words.say(_SAYS, "pays", rate=words.rate(steps["pays"]))
        if steps["over_cap"]:
            facts = {"due": words.money(steps["entitlement"]), "cut": words.money(steps["over_cap"])}
            yield 2, words.say(_SAYS, "capped", **facts)
