"""Waivers: charges that the facility reduces before any insurance counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from poverty_policy.errors import Fault
from poverty_policy.formula import graph as g
from poverty_policy.policy.book import Book
from poverty_policy.policy.entry import Entry, Name, known
from poverty_policy.policy.values import RateField
from poverty_policy.policy.words import Words
from poverty_policy.terms import Vocabulary


class Waiver(Entry):
    """Charges that the facility reduces before insurance pays."""

    KIND: ClassVar[str] = "waiver"
    BEFORE_INSURANCE: ClassVar[bool] = True

    waiver: Name
    """Its name."""
    charges: dict[str, RateField] = Field(min_length=1)
    """What share of which charge is waived."""

    @property
    def needs_charges(self) -> bool:
        """A bill must list the charges that it looks at."""
        return True

    def components(self) -> tuple[str, ...]:
        """Charges are part of in-scope cost, unless the bill says otherwise."""
        return ("in_scope",)

    def reference_faults(self, earlier: Mapping[str, Entry], vocabulary: Vocabulary) -> Iterator[Fault]:
        """Charges that nobody knows."""
        return known("charge", self.charges, vocabulary, "charges")

    def describe(self, book: Book) -> None:
        """Each charge's share is waived, of whichever component the bill says it belongs to."""
        applies = book.step(f"{self.name}.applies", book.when(self.when))
        all_waived: g.Node = g.ZERO
        for charge, value in self.charges.items():
            rate = book.value(f"{self.name}.charges.{charge}", value, "high", applies)
            for component, whole in book.left.items():
                stated = g.whole(f"charge.{component}.{charge}", "claim", 0, book.most)
                charge_left = book.charge_left.get((component, charge), stated)
                amount = g.rounded(g.mul(stated, rate), self.rounding.mode, unit=self.rounding.unit)
                # the charge is part of the component: what is waived never passes what is left of either
                waived = g.least(g.choose(applies, amount, g.ZERO), charge_left, whole)
                book.step(f"{self.name}.waived.{component}.{charge}", waived)
                book.charge_left[component, charge] = g.sub(charge_left, waived)
                book.left[component] = g.sub(whole, waived)
                all_waived = g.add(all_waived, waived)
            book.step(f"{self.name}.rate.{charge}", rate)
        book.waived.append(book.step(self.name, all_waived))

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """The share waived of each charge that the bill has, and what it comes to."""
        for charge in self.charges:
            waived = sum(
                value for step, value in steps.items() if step.startswith("waived.") and step.endswith(f".{charge}")
            )
            if waived:
                rate = words.rate(steps[f"rate.{charge}"])
                yield 2, words.labelled(f"{words.known('charge', charge)} {rate}", words.money(waived))
