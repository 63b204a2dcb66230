"""What a cascade means: from layers, guarantees and waivers to one formula graph.

Steps are named ``health.<entry>.<step>``; an entry's payment is ``health.<entry>`` itself. Totals over a person's
claims and a household's persons have the same names with ``person:`` and ``household:`` before them.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from poverty_policy.errors import RuleError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.money import RATE_ONE, Rate
from poverty_policy.policy.reimbursement import Cap, Cascade, Guarantee, Layer, Schedule, Waiver, When
from poverty_policy.policy.values import Better, Facts, Value, formula

PROGRAMME = "health"
OTHER = "other"


def describe(cascade: Cascade, most: int) -> g.Program:
    """The program of a cascade.

    Args:
        cascade: the entries.
        most: the most that one component of one claim's cost may be, in fen.

    Raises:
        RuleError: a multiplied rate is no whole number of 1/10,000.
    """
    return _Writer(cascade, most).program()


def counted_components(cascade: Cascade) -> tuple[str, ...]:
    """The components of cost that some entry looks at by name."""
    found: dict[str, None] = {}
    for entry in cascade.entries:
        if isinstance(entry, Waiver):
            found.setdefault("in_scope")
        else:
            found.update(dict.fromkeys(name for name in entry.counts if name != "all"))
    return tuple(found)


def listed_diseases(cascade: Cascade) -> tuple[str, ...]:
    """Every disease that a list of the cascade names."""
    found: set[str] = set()
    for entry in cascade.entries:
        whens = [entry.when]
        if isinstance(entry, Layer):
            whens += [schedule.when for schedule in entry.bands or ()] + [cut.when for cut in entry.cuts]
        for when in whens:
            found.update(when.diseases or ())
    return tuple(sorted(found))


@attrs.define
class _Paid:
    """What an entry paid of each component."""

    of: dict[str, g.Node]


class _Writer:
    def __init__(self, cascade: Cascade, most: int) -> None:
        self.cascade = cascade
        self.facts = Facts(cascade.vocabulary, most)
        self.most = most
        self.year = g.whole("benefit_year", "claim", 1, 9999)
        self.steps: dict[str, g.Node] = {}
        self.diseases = (*listed_diseases(cascade), OTHER)
        self.cost = {name: g.whole(f"cost.{name}", "claim", 0, most) for name in (*counted_components(cascade), OTHER)}
        self.left: dict[str, g.Node] = dict(self.cost)
        self.paid: dict[str, _Paid] = {}
        self.charge_left: dict[tuple[str, str], g.Node] = {}

    def program(self) -> g.Program:
        total = g.add(*self.cost.values())
        self._step("cost", total)
        waivers = [entry for entry in self.cascade.entries if isinstance(entry, Waiver)]
        for waiver in waivers:
            self._waiver(waiver)
        waived = g.add(*(self.steps[f"{PROGRAMME}.{waiver.name}"] for waiver in waivers))
        self._step("waived", waived)
        self.counted = dict(self.left)  # what insurance starts from
        for entry in self.cascade.entries:
            if isinstance(entry, Layer):
                self._layer(entry)
            elif isinstance(entry, Guarantee):
                self._guarantee(entry)
        names = [entry.name for entry in self.cascade.entries]
        paid = g.add(*(self.steps[f"{PROGRAMME}.{name}"] for name in names if name not in {w.name for w in waivers}))
        self._step("paid", paid)
        self._step("out_of_pocket", g.add(*self.left.values()))
        results = [f"{PROGRAMME}.{name}" for name in (*names, "cost", "waived", "paid", "out_of_pocket")]
        totals: list[str] = []
        applies = [f"{PROGRAMME}.{name}.applies" for name in names]
        for name in (*results, *applies):
            of_claim = self.steps[name]
            if name in applies:
                of_claim = g.choose(of_claim, g.const(1), g.ZERO)
            of_person = self.steps[f"person:{name}"] = g.total(of_claim, "person", "claim")
            self.steps[f"household:{name}"] = g.total(of_person, "household", "person")
            totals += [f"person:{name}", f"household:{name}"]
        return g.Program(self.steps, (*results, *applies, *totals), self.facts.refusals)

    # --- parts --------------------------------------------------------------------------------------------

    def _step(self, name: str, node: g.Node) -> g.Node:
        self.steps[f"{PROGRAMME}.{name}"] = node
        return node

    def _when(self, when: When) -> g.Node:
        conditions: list[g.Node] = []
        for _, dimension, names in when.named():
            if dimension == "group":
                conditions.append(g.any_holds(*(self.facts.group(name) for name in names)))
            else:
                conditions.append(g.is_one_of(self.facts.category(dimension), names))
        if when.diseases is not None:
            conditions.append(g.is_one_of(g.category("disease", "claim", self.diseases), when.diseases))
        if when.age_from is not None:
            conditions.append(g.compare("<=", g.const(when.age_from), self.facts.age()))
        if when.age_below is not None:
            conditions.append(g.compare("<", self.facts.age(), g.const(when.age_below)))
        return g.all_hold(*conditions)

    def _value(self, name: str, value: Value, better: Better, where: g.Node, otherwise: int | None = None) -> g.Node:
        return formula(value, self.facts, better, f"{PROGRAMME}.{name}", where, otherwise)

    def _by(self, per: str) -> tuple[g.Input, ...]:
        return (self.year, g.category("disease_name", "claim", ())) if per == "disease_year" else (self.year,)

    def _under(self, amount: g.Node, limit: g.Node, per: str) -> tuple[g.Node, g.Node]:
        """The part of an amount under a limit, and the part beyond it. Amounts are never below zero."""
        if limit is g.ZERO:
            return limit, amount
        inside = g.least(amount, limit) if per == "claim" else g.within(amount, limit, *self._by(per))
        return inside, g.sub(amount, inside)

    def _caps(self, name: str, caps: Iterable[Cap], amount: g.Node, where: g.Node, on: str) -> g.Node:
        for place, cap in enumerate(caps, 1):
            if cap.on == on:
                limit = self._value(f"{name}.caps.{place}.amount", cap.amount, "high", where)
                self._step(f"{name}.cap.{place}", limit)
                amount, _ = self._under(amount, limit, cap.per)
        return amount

    def _pay(self, name: str, payment: g.Node, components: Iterable[str], payers: dict[str, Rate] | None) -> None:
        """Book a payment: take it off the components, in the order in which they are counted."""
        self._step(name, payment)
        rest, paid = payment, _Paid({})
        listed = list(components)
        for component in listed:
            whole = self.left[component]
            part = rest if len(listed) == 1 else g.least(rest, whole)
            self.left[component] = g.sub(whole, g.least(part, whole) if len(listed) == 1 else part)
            paid.of[component] = part
            rest = g.sub(rest, part)
        self.paid[name] = paid
        if payers is not None and len(payers) > 1:
            booked: g.Node = g.ZERO
            for payer, share in list(payers.items())[:-1]:
                part = g.rounded(g.mul(payment, g.const(share.parts)))
                self._step(f"{name}.payer.{payer}", part)
                booked = g.add(booked, part)
            self._step(f"{name}.payer.{list(payers)[-1]}", g.sub(payment, booked))
        self._step(f"{name}.left", g.add(*self.left.values()))

    # --- entries ------------------------------------------------------------------------------------------

    def _waiver(self, entry: Waiver) -> None:
        applies = self._step(f"{entry.name}.applies", self._when(entry.when))
        all_waived: g.Node = g.ZERO
        for charge, value in entry.charges.items():
            rate = self._value(f"{entry.name}.charges.{charge}", value, "high", applies)
            for component in self.left:
                stated = g.whole(f"charge.{component}.{charge}", "claim", 0, self.most)
                charge_left = self.charge_left.get((component, charge), stated)
                amount = g.rounded(g.mul(stated, rate), entry.rounding.mode, unit=entry.rounding.unit)
                waived = g.choose(applies, g.least(amount, charge_left, self.left[component]), g.ZERO)
                self.charge_left[component, charge] = g.sub(charge_left, waived)
                # the waived charge is part of the component: it never passes what is left of it
                self.left[component] = g.sub(self.left[component], g.least(waived, self.left[component]))
                all_waived = g.add(all_waived, waived)
            self._step(f"{entry.name}.rate.{charge}", rate)
        self._step(entry.name, all_waived)

    def _base(self, entry: Layer, applies: g.Node) -> g.Node:
        """The amount a layer counts: shares of what is left of its components, less what it leaves out."""
        parts: list[g.Node] = []
        for component, share in self._shares(entry).items():
            amount = self.left[component]
            if entry.after is not None:
                taken = [self.paid[name].of.get(component, g.ZERO) for name in entry.after]
                amount = self.counted[component]
                for one in taken:
                    amount = g.sub(amount, g.least(one, amount))
            parts.append(g.rounded(g.mul(amount, g.const(share.parts))) if share.parts != RATE_ONE else amount)
        base = g.add(*parts)
        if entry.less:
            left_out = g.add(*(self.steps.get(f"{PROGRAMME}.{name}", g.ZERO) for name in entry.less))
            base = g.sub(base, g.least(left_out, base))
        base = g.choose(applies, base, g.ZERO)
        for place, cut in enumerate(entry.cuts, 1):
            if cut.base is not None:
                factor = self._value(f"{entry.name}.cuts.{place}.base", cut.base, "high", applies)
                reduced = g.rounded(g.mul(base, factor))
                base = g.choose(self._when(cut.when), reduced, base)
        return base

    def _shares(self, entry: Layer) -> dict[str, Rate]:
        shares = dict(entry.counts)
        everything = shares.pop("all", None)
        if everything is not None:
            shares |= {name: everything for name in self.left if name not in shares}
        return shares

    def _layer(self, entry: Layer) -> None:
        name = entry.name
        applies = self._step(f"{name}.applies", self._when(entry.when))
        components = tuple(self._shares(entry))
        left = g.add(*(self.left[one] for one in components))
        if entry.observed:
            stated = g.choose(applies, g.whole(f"observed.{name}", "claim", 0, self.most), g.ZERO)
            self.facts.refuse(f"observed:{name}", g.compare("<", left, stated))
            self._step(f"{name}.base", g.choose(applies, left, g.ZERO))
            self._pay(name, g.least(stated, left), components, entry.payers)
            return
        counted = self._base(entry, applies)
        something = g.compare("<", g.ZERO, counted)
        base = self._caps(name, entry.caps, counted, something, "base")
        self._step(f"{name}.base", base)
        if base is not counted:
            self._step(f"{name}.over_base", g.sub(counted, base))
        payable = self._deductible(entry, base, something)
        raw = self._schedule(entry, base, payable, something)
        if entry.per == "year":
            entitlement = g.accrual(raw, self.year, mode=entry.rounding.mode)
        else:
            entitlement = g.rounded(raw, entry.rounding.mode)
        self._step(f"{name}.entitlement", entitlement)
        payment = self._caps(name, entry.caps, entitlement, something, "payment")
        self._step(f"{name}.over_cap", g.sub(entitlement, payment))
        for place, cut in enumerate(entry.cuts, 1):
            if cut.payment is not None:
                factor = self._value(f"{name}.cuts.{place}.payment", cut.payment, "high", something)
                reduced = g.rounded(g.mul(payment, factor), entry.rounding.mode)
                payment = g.choose(self._when(cut.when), reduced, payment)
        if entry.rounding.unit != 1:
            payment = g.rounded(payment, entry.rounding.mode, scale=1, unit=entry.rounding.unit)
        self._pay(name, g.least(payment, left), components, entry.payers)

    def _deductible(self, entry: Layer, base: g.Node, something: g.Node) -> g.Node:
        name = entry.name
        per = entry.deductible_per or entry.per
        line = self._value(f"{name}.deductible", entry.deductible, "low", something)
        if entry.repeat is not None:
            line = self._repeated(entry, line, something)
        self._step(f"{name}.deductible_line", line)
        taken, payable = self._under(base, line, per)
        if entry.repeat is not None and entry.repeat.yearly_ceiling is not None:
            ceiling = self._value(f"{name}.repeat.yearly_ceiling", entry.repeat.yearly_ceiling, "low", something)
            taken, _ = self._under(taken, ceiling, "year")
            payable = g.sub(base, g.least(taken, base))
        self._step(f"{name}.deductible", taken)
        return self._step(f"{name}.payable", payable)

    def _repeated(self, entry: Layer, line: g.Node, something: g.Node) -> g.Node:
        assert entry.repeat is not None
        by: tuple[g.Input, ...] = (self.year,)
        if entry.repeat.counted == "same_facility_level":
            by = (*by, self.facts.category("facility_level"), self.facts.category("facility_grade"))
        time = self._step(f"{entry.name}.time", g.running(g.choose(something, g.const(1), g.ZERO), *by))
        factors = [g.const(rate.parts) for rate in entry.repeat.factors]
        factor: g.Node = factors[-1]
        for number in range(len(factors) - 1, 0, -1):
            factor = g.choose(g.compare("<=", time, g.const(number)), factors[number - 1], factor)
        self._step(f"{entry.name}.repeat_factor", factor)
        return g.rounded(g.mul(line, factor))

    def _schedule(self, entry: Layer, base: g.Node, payable: g.Node, something: g.Node) -> g.Node:
        """What the schedule gives, in fen times 10,000."""
        if entry.bands is None:
            rate = self._rate(entry, "rate", entry.rate, something)
            self._step(f"{entry.name}.rate", rate)
            return g.mul(payable, rate)
        tests = [self._when(schedule.when) for schedule in entry.bands]
        self.facts.refuse(
            f"no_schedule:{PROGRAMME}.{entry.name}.bands",
            g.all_hold(something, g.negate(g.any_holds(*tests))),
        )
        made = [
            self._bands(entry, place, schedule, base, payable, g.all_hold(something, test))
            for place, (schedule, test) in enumerate(zip(entry.bands, tests, strict=True), 1)
        ]
        raw = made[-1]
        for test, one in zip(reversed(tests[:-1]), reversed(made[:-1]), strict=True):
            raw = g.choose(test, one, raw)
        return raw

    def _bands(
        self, entry: Layer, place: int, schedule: Schedule, base: g.Node, payable: g.Node, something: g.Node
    ) -> g.Node:
        name = f"{entry.name}.bands.{place}"
        self._step(f"{name}.applies", something)
        measured = base if schedule.measured_from == "zero" else payable
        yearly = entry.per == "year" and not schedule.restart
        high = g.running(measured, self.year) if yearly else measured
        low = g.sub(high, payable)
        self._step(f"{name}.reached", high)
        edges = [0, *(band.up_to.fen for band in schedule.edges if band.up_to is not None)]
        rates = [
            self._rate(entry, f"bands.{place}.edges.{number}.rate", band.rate, something)
            for number, band in enumerate(schedule.edges, 1)
        ]
        if schedule.mode == "whole_amount":
            rate = rates[-1]
            for edge, one in zip(reversed(edges[1:]), reversed(rates[:-1]), strict=True):
                inside = (
                    g.compare("<=", high, g.const(edge)) if schedule.upper_edge == "inclusive"
                    else g.compare("<", high, g.const(edge))
                )  # fmt: skip
                rate = g.choose(inside, one, rate)
            self._step(f"{name}.rate", rate)
            return g.mul(payable, rate)
        for number, (start, rate) in enumerate(zip(edges, rates, strict=True), 1):
            stop = edges[number] if number < len(edges) else None
            self._step(f"{name}.slice.{number}", g.slice_of(low, high, start, stop))
            self._step(f"{name}.rate.{number}", rate)
        return g.bands(low, high, edges, rates)

    def _rate(self, entry: Layer, at: str, value: Value, something: g.Node) -> g.Node:
        """A rate with its uplifts and cuts."""
        rate = self._value(f"{entry.name}.{at}", value, "high", something)
        points = self._value(f"{entry.name}.uplift", entry.uplift, "high", something, otherwise=0)
        if entry.age_uplift is not None:
            years = g.greatest(g.ZERO, g.sub(self.facts.age(), g.const(entry.age_uplift.over)))
            points = g.add(points, g.mul(years, g.const(entry.age_uplift.per_year.parts)))
        if points is not g.ZERO:
            ceiling = self._value(f"{entry.name}.uplift_ceiling", entry.uplift_ceiling, "high", something)
            # a ceiling holds uplifts back, it does not take away from the rate itself
            rate = g.greatest(rate, g.least(ceiling, g.add(rate, points)))
        for place, cut in enumerate(entry.cuts, 1):
            if cut.points is not None:
                off = self._value(f"{entry.name}.cuts.{place}.points", cut.points, "low", something)
                rate = g.choose(self._when(cut.when), g.greatest(g.ZERO, g.sub(rate, off)), rate)
            elif cut.rate is not None:
                factor = self._value(f"{entry.name}.cuts.{place}.rate", cut.rate, "high", something)
                self._must_be_exact(entry, place, rate, factor)
                rate = g.choose(self._when(cut.when), g.rounded(g.mul(rate, factor)), rate)
        return rate

    def _must_be_exact(self, entry: Layer, place: int, rate: g.Node, factor: g.Node) -> None:
        """A multiplied rate must be a whole number of 1/10,000 again, or nothing would be exact."""
        for one in g.levels(rate) or (1,):
            for other in g.levels(factor) or (1,):
                if one * other % RATE_ONE:
                    product = f"{Rate.of_parts(one)} × {Rate.of_parts(other)}"
                    zh = f"{product} 不是万分之一的整数倍；请改写为 payment（支付额乘以该比例）"
                    en = f"{product} is no whole number of 1/10,000; write it as a cut of the payment"
                    raise RuleError(invalid(zh, en, entry.name, "cuts", place, "rate"))

    def _guarantee(self, entry: Guarantee) -> None:
        name = entry.name
        applies = self._step(f"{name}.applies", self._when(entry.when))
        components = tuple(self.left) if "all" in entry.counts else entry.counts
        left = g.add(*(self.left[one] for one in components))
        counted = g.choose(applies, g.add(*(self.counted[one] for one in components)), g.ZERO)
        burden = self._step(f"{name}.base", g.choose(applies, left, g.ZERO))
        something = g.compare("<", g.ZERO, burden)
        pays = self._value(f"{name}.pays", entry.pays, "high", something)
        mode = entry.rounding.mode
        if entry.fill_to is not None:
            share = self._value(f"{name}.fill_to", entry.fill_to, "high", something)
            self._step(f"{name}.fill_rate", share)
            target = self._step(f"{name}.target", g.rounded(g.mul(counted, share), mode))
            if entry.per == "year":
                gap = g.sub(g.mul(counted, share), g.mul(g.sub(counted, burden), g.const(RATE_ONE)))
                excess = g.peak(gap, self.year, mode=mode)
            else:
                excess = g.greatest(g.ZERO, g.sub(target, g.sub(counted, burden)))
        else:
            ceiling = self._value(f"{name}.ceiling", entry.ceiling, "low", something)
            self._step(f"{name}.ceiling", ceiling)
            _, excess = self._under(burden, ceiling, entry.per)
        self._step(f"{name}.excess", excess)
        self._step(f"{name}.pays", pays)
        if pays is g.const(RATE_ONE):
            payment = excess
        elif entry.per == "year":
            payment = g.accrual(g.mul(excess, pays), self.year, mode=mode)
        else:
            payment = g.rounded(g.mul(excess, pays), mode)
        self._step(f"{name}.entitlement", payment)
        payment = self._caps(name, entry.caps, payment, something, "payment")
        if entry.rounding.unit != 1:
            payment = g.rounded(payment, mode, scale=1, unit=entry.rounding.unit)
        self._pay(name, g.least(payment, left), components, entry.payers)
