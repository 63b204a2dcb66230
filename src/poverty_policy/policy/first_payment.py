"""First payments: the share of some components that the patient bears before any insurance counts the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field, model_validator

from poverty_policy.errors import Fault, invalid
from poverty_policy.formula import graph as g
from poverty_policy.policy.book import Book, positive
from poverty_policy.policy.entry import Entry, Name, known, wrong
from poverty_policy.policy.values import RateField
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.terms import Vocabulary

_SAYS: Phrases = {
    "moved": (
        "{name} {amount}：先行自付 {rate}，即 {first}，其余 {rest} 计入政策范围内费用",
        "{name} {amount}: {rate} first paid by the patient, {first}; the remaining {rest} is in scope",
    )
}
_INTO = "category_b_first"
_REST = "in_scope"


class FirstPayment(Entry):
    """Splits components of cost into the patient's first payment and in-scope cost. It pays nothing."""

    KIND: ClassVar[str] = "first_payment"
    BEFORE_INSURANCE: ClassVar[bool] = True

    first_payment: Name
    """Its name."""
    rates: dict[str, RateField] = Field(min_length=1)
    """What share of which component (category_b, special_examination, …) the patient pays first."""

    @model_validator(mode="after")
    def _of_others(self) -> FirstPayment:
        for name in (_INTO, _REST):
            if name in self.rates:
                zh, en = f"{name} 是先行自付的去处，不能再分", f"{name} is where it goes, it cannot be split"
                raise wrong(invalid(zh, en, "rates", name))
        return self

    def components(self) -> tuple[str, ...]:
        """What is split, and where the parts go."""
        return (*self.rates, _INTO, _REST)

    def reference_faults(self, earlier: Mapping[str, Entry], vocabulary: Vocabulary) -> Iterator[Fault]:
        """Components that nobody knows."""
        return known("component", self.rates, vocabulary, "rates")

    def describe(self, book: Book) -> None:
        """Each component's first payment, rounded, goes one way; the rest becomes in-scope cost."""
        name = self.name
        applies = book.step(f"{name}.applies", book.when(self.when))
        for component, value in self.rates.items():
            whole = book.step(f"{name}.whole.{component}", g.choose(applies, book.left[component], g.ZERO))
            rate = book.value(f"{name}.rates.{component}", value, "low", positive(whole))
            book.step(f"{name}.rate.{component}", rate)
            first = g.rounded(g.mul(whole, rate), self.rounding.mode, unit=self.rounding.unit)
            first = book.step(f"{name}.first.{component}", g.least(first, whole))
            book.left[component] = g.sub(book.left[component], g.least(whole, book.left[component]))
            book.left[_INTO] = g.add(book.left[_INTO], first)
            book.left[_REST] = g.add(book.left[_REST], g.sub(whole, first))
        book.step(name, g.ZERO)

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """How each component was split."""
        for component in self.rates:
            whole, first = steps[f"whole.{component}"], steps[f"first.{component}"]
            if whole:
                facts = {"amount": words.money(whole), "first": words.money(first), "rest": words.money(whole - first)}
                name, rate = words.known("component", component), words.rate(steps[f"rate.{component}"])
                yield 2, words.say(_SAYS, "moved", name=name, rate=rate, **facts)
