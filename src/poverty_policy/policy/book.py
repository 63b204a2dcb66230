"""The book in which entries write what they mean: what is left of each component of cost, and every named step.

Steps are named ``health.<entry>.<step>``; an entry's payment is ``health.<entry>`` itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from poverty_policy.errors import RuleError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.money import Rate
from poverty_policy.policy.entry import Cap, When
from poverty_policy.policy.values import Better, Facts, Rounding, Value, formula
from poverty_policy.terms import Vocabulary

PROGRAMME = "health"
OTHER = "other"


class Book:
    """What is known while a cascade is being described, entry by entry.

    Attributes:
        facts: the inputs that formulas may read, and the refusals they ask for.
        steps: every named formula so far.
        left: what is left of each component of cost.
        counted: what was left when insurance began, after waivers.
        paid: entry -> component -> what it paid of it.
        waived: what waivers waived.
        most: the most that one component of one claim's cost may be, in fen.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        components: Iterable[str],
        diseases: Iterable[str],
        most: int,
        groups: Mapping[str, g.Node] | None = None,
    ) -> None:
        self.facts = Facts(vocabulary, most, results=groups or {})
        self.most = most
        self.year = g.whole("benefit_year", "claim", 1, 9999)
        self.steps: dict[str, g.Node] = {}
        self.left: dict[str, g.Node] = {
            name: g.whole(f"cost.{name}", "claim", 0, most) for name in (*components, OTHER)
        }
        self.counted: Mapping[str, g.Node] = {}
        self.paid: dict[str, Mapping[str, g.Node]] = {}
        self.charge_left: dict[tuple[str, str], g.Node] = {}
        self.waived: list[g.Node] = []
        self._diseases = (*diseases, OTHER)

    def begin_insurance(self) -> None:
        """What is left now is what insurance starts from."""
        changed = {name: node for name, node in self.left.items() if not isinstance(node, g.Input)}
        self.left |= {name: self.step(f"counted.{name}", node) for name, node in changed.items()}
        self.counted = dict(self.left)

    def step(self, name: str, node: g.Node) -> g.Node:
        """Name a formula."""
        self.steps[f"{PROGRAMME}.{name}"] = node
        return node

    def named(self, name: str) -> g.Node:
        """A formula named before; nothing, where the entry has no such step."""
        return self.steps.get(f"{PROGRAMME}.{name}", g.ZERO)

    def when(self, when: When) -> g.Node:
        """Whether a condition holds."""
        conditions: list[g.Node] = []
        for _, dimension, names in when.named():
            if dimension == "group":
                conditions.append(g.any_holds(*(self.facts.group(name) for name in names)))
            else:
                conditions.append(g.is_one_of(self.facts.category(dimension), names))
        if when.diseases is not None:
            conditions.append(g.is_one_of(g.category("disease", "claim", self._diseases), when.diseases))
        if when.age_from is not None:
            conditions.append(g.compare("<=", g.const(when.age_from), self.facts.age()))
        if when.age_below is not None:
            conditions.append(g.compare("<", self.facts.age(), g.const(when.age_below)))
        return g.all_hold(*conditions)

    def value(self, name: str, value: Value, better: Better, where: g.Node, otherwise: int | None = None) -> g.Node:
        """The formula of a value; ``where`` says when it matters, so that what is open is asked for only then."""
        return formula(value, self.facts, better, f"{PROGRAMME}.{name}", where, otherwise)

    def under(self, amount: g.Node, limit: g.Node, per: str) -> tuple[g.Node, g.Node]:
        """The part of an amount under a limit, and the part beyond it. Amounts are never below zero."""
        if limit is g.ZERO:
            return limit, amount
        by = (self.year, g.category("disease_name", "claim", ())) if per == "disease_year" else (self.year,)
        if per != "claim" and g.levels(limit) is None:
            zh, en = "按年的限额分出的情形太多", "a yearly limit tells too many cases apart"
            raise RuleError(invalid(zh, en))
        inside = g.least(amount, limit) if per == "claim" else g.within(amount, limit, *by)
        return inside, g.sub(amount, inside)

    def capped(self, name: str, caps: Iterable[Cap], amount: g.Node, on: str) -> g.Node:
        """An amount under every cap of that kind; what a claim's own cap cuts off uses up nothing of a yearly one."""
        shortest_first = sorted(enumerate(caps, 1), key=lambda one: ("claim", "disease_year", "year").index(one[1].per))
        for place, cap in shortest_first:
            if cap.on == on:
                limit = self.value(f"{name}.caps.{place}.amount", cap.amount, "high", positive(amount))
                self.step(f"{name}.cap.{place}", limit)
                amount, _ = self.under(amount, limit, cap.per)
        return amount

    @staticmethod
    def in_coin(payment: g.Node, due: g.Node, exact: g.Node | None, rounding: Rounding) -> g.Node:
        """A payment in the unit in which it is handed over.

        Where no cap or cut has changed what is due, it is rounded once, from the exact product: 5.495 yuan are
        5 yuan, not 6 by way of 5.50.
        """
        if rounding.unit == 1:
            return payment
        coarse = g.rounded(payment, rounding.mode, scale=1, unit=rounding.unit)
        if exact is None:
            return coarse
        once = g.rounded(exact, rounding.mode, unit=rounding.unit)
        return g.choose(g.compare("==", payment, due), once, coarse) if payment is not due else once

    def sum_left(self, components: Iterable[str]) -> g.Node:
        """What is left of some components."""
        return g.add(*(self.left[one] for one in components))

    def pay(self, name: str, payment: g.Node, components: Iterable[str], payers: Mapping[str, Rate] | None) -> None:
        """Book a payment: take it off the components, in the order in which they are counted."""
        self.step(name, payment)
        rest: g.Node = payment
        paid: dict[str, g.Node] = {}
        for component in components:
            whole = self.left[component]
            part = g.least(rest, whole)
            self.left[component] = self.step(f"{name}.left.{component}", g.sub(whole, part))
            paid[component] = part
            rest = g.sub(rest, part)
        self.paid[name] = paid
        if payers is not None and len(payers) > 1:
            *first, last = payers.items()
            booked: g.Node = g.ZERO
            for payer, share in first:
                # rounding up shares one by one could pass the whole: each takes from what the others left
                part = g.rounded(g.mul(payment, g.const(share.parts)))
                if booked is not g.ZERO:
                    part = g.least(part, g.sub(payment, booked))
                self.step(f"{name}.payer.{payer}", part)
                booked = g.add(booked, part)
            self.step(f"{name}.payer.{last[0]}", g.sub(payment, booked))
        self.step(f"{name}.left", g.add(*self.left.values()))


def positive(amount: g.Node) -> g.Node:
    """Whether there is anything."""
    return g.compare("<", g.ZERO, amount)
