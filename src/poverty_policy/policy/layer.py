"""Layers: insurance and assistance that pay a share of what the layers before them left."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Fault, RuleError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.money import RATE_ONE, Money, Rate
from poverty_policy.policy.book import PROGRAMME, Book, positive
from poverty_policy.policy.entry import Cap, Entry, Name, Names, When, full, known, wrong
from poverty_policy.policy.values import Leaf, MoneyField, PointsField, RateField, Value, Varied, leaves
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.terms import Vocabulary

_SAYS: Phrases = {
    "as_billed": ("按账单所列支付额", "as stated in the bill"),
    "counted": ("计入费用 {base}", "counted {base}"),
    "reached": ("本年累计 {reached}", "{reached} in the year so far"),
    "deductible": ("起付线 {line}，本次扣除 {taken}", "deductible {line}, taken now {taken}"),
    "time": ("本年第 {time} 次，起付线按 {factor} 计", "time {time} this year, deductible at {factor}"),
    "band": ("{start} 至 {stop} 部分", "from {start} to {stop}"),
    "band_open": ("{start} 以上部分", "above {start}"),
    "capped": ("应付 {due}，受封顶限制减少 {cut}", "due {due}, reduced by {cut} by a cap"),
    "base_capped": ("超过计入上限、不予计入 {cut}", "{cut} beyond what may be counted"),
    "cut": ("扣减后支付 {payment}", "{payment} after reductions"),
}
_LEFT_OUT = ("deductible", "over_cap", "over_base")
_OF_OBSERVED = {"layer", "label", "source", "note", "reading", "alternatives", "disagreements", "when", "payers",
                "observed", "counts"}  # fmt: skip


class Band(Declaration):
    """One band of a schedule."""

    up_to: Money | None = None
    """Its upper edge; the last band has none."""
    rate: RateField
    """Its rate, which may differ by group, facility, …"""


class Schedule(Declaration):
    """Rates by amount."""

    when: When = Field(default_factory=When)
    """Where a layer has several schedules: the first that applies is used."""
    measured_from: Literal["zero", "deductible"]
    """``zero``: edges are cumulative amounts, the deductible lies inside the first bands. ``deductible``:
    edges count from the deductible upward."""
    mode: Literal["marginal", "whole_amount"] = "marginal"
    """``marginal``: each slice at its own rate. ``whole_amount``: all of it at the rate of the band reached."""
    upper_edge: Literal["inclusive", "exclusive"] = "inclusive"
    """Whether an amount exactly on an edge belongs to the band below it (matters for ``whole_amount``)."""
    restart: bool = False
    """The bands start again at each settlement, though the deductible may be yearly."""
    edges: tuple[Band, ...] = Field(min_length=1, max_length=50)
    """The bands, rising; the last one open."""

    @model_validator(mode="after")
    def _in_order(self) -> Schedule:
        faults: list[Fault] = []
        before = Money(0)
        for place, band in enumerate(self.edges):
            last = place == len(self.edges) - 1
            if band.up_to is None:
                if not last:
                    faults.append(invalid("只有最后一段可以没有上限", "only the last band may be open", "edges", place))
                continue
            if last:
                zh = "最后一段必须没有上限：超出部分若不报销，请写一段 rate: 0%"
                en = "the last band must be open: if nothing is paid above, say so with a band of rate 0%"
                faults.append(invalid(zh, en, "edges", place, "up_to"))
            if band.up_to == before and place:
                zh, en = f"上限 {band.up_to} 写了两次", f"the edge {band.up_to} is given twice"
                faults.append(invalid(zh, en, "edges", place, "up_to"))
            elif band.up_to <= before:
                zh, en = (
                    f"分段没有按从小到大：{band.up_to} 在 {before} 之后",
                    f"bands out of order: {band.up_to} after {before}",
                )
                faults.append(invalid(zh, en, "edges", place, "up_to"))
            before = band.up_to
        if faults:
            raise wrong(*faults)
        return self


class Repeat(Declaration):
    """What becomes of the deductible when a person is treated again in the same year."""

    factors: tuple[Rate, ...] = Field(min_length=1, max_length=20)
    """The share of the deductible at the first, second, … time; the last one holds from then on."""
    counted: Literal["all", "same_facility_level"] = "all"
    """Which earlier claims count: all of the layer's, or those at the same level and grade."""
    yearly_ceiling: MoneyField = None
    """The most that deductibles may add up to in a year."""


class Cut(Declaration):
    """A reduction, for example without referral or out of area."""

    when: When
    points: PointsField = None
    """Percentage points off the rate."""
    rate: RateField = None
    """The rate is multiplied by this."""
    payment: RateField = None
    """The payment (after caps) is multiplied by this."""
    base: RateField = None
    """The amount counted is multiplied by this."""

    @model_validator(mode="after")
    def _one_way(self) -> Cut:
        if sum(way is not None for way in (self.points, self.rate, self.payment, self.base)) != 1:
            zh, en = (
                "points、rate、payment、base 须写且只写一项",
                "state exactly one of points, rate, payment, base",
            )
            raise wrong(invalid(zh, en))
        return self


class AgeUplift(Declaration):
    """Points added for each year of age."""

    over: int = Field(ge=0, le=150)
    """Years of age above this one count."""
    per_year: Rate
    """Points for each of them."""


def _components(raw: Any) -> Any:
    """``in_scope``, ``[in_scope, implant]`` or ``{in_scope: 100%, category_b_first: 50%}``."""
    if isinstance(raw, str):
        raw = [raw]
    return {name: Rate(1) for name in raw} if isinstance(raw, list | tuple) else raw


Counts = Annotated[
    dict[str, Rate],
    BeforeValidator(_components, json_schema_input_type=str | list[str] | dict[str, Any]),
    Field(min_length=1),
]


class Layer(Entry):
    """An insurance or assistance layer: it pays a share of what the layers before it left."""

    KIND: ClassVar[str] = "layer"

    layer: Name
    """Its name: basic, critical_illness, supplementary, medical_assistance, … or a local one."""
    observed: bool = False
    """The tariff is not stated in the sources; what the layer paid is taken from the bill."""
    counts: Counts = Field(default_factory=lambda: {"in_scope": Rate(1)})
    """Which components of cost it counts, and what share of each; ``all`` for the whole cost."""
    after: Names | None = None
    """Whose payments are taken off before it counts; all earlier layers if not stated."""
    less: Names = ()
    """What it leaves out of the amount counted: ``basic.deductible``, ``basic.over_cap``, ``basic.over_base``."""
    per: Literal["claim", "year"] = "claim"
    """Whether its deductible and bands run per claim or over the benefit year."""
    deductible: MoneyField = Field(default_factory=lambda: Leaf(Money(0)))
    """What is left to the patient before it pays; zero is a value."""
    deductible_per: Literal["claim", "year"] | None = None
    """Where the deductible runs over another period than the bands."""
    repeat: Repeat | None = None
    """The deductible on repeated treatment, for deductibles per claim."""
    rate: RateField = None
    """A flat rate."""
    bands: tuple[Schedule, ...] | None = Field(default=None, min_length=1)
    """Rates by amount, instead of a flat rate; several schedules tell by ``when`` which one holds."""
    uplift: PointsField = Field(default_factory=lambda: Leaf(Rate(0)))
    """Percentage points added for groups; nobody else has any."""
    age_uplift: AgeUplift | None = None
    """Points added by age."""
    uplift_ceiling: RateField = Field(default_factory=full)
    """The highest rate that uplifts may lead to."""
    cuts: tuple[Cut, ...] = ()
    """Reductions; every one whose conditions hold takes effect, in order."""
    caps: tuple[Cap, ...] = ()
    """Limits; every one holds."""

    @model_validator(mode="before")
    @classmethod
    def _shorthands(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if isinstance(data.get("bands"), dict | Schedule):
            data["bands"] = [data["bands"]]
        if "cap" in data and "caps" not in data:
            if "per" not in data:
                zh = "cap 要写明是每次还是全年的：再写 per: claim 或 per: year，或用 caps 逐个写"
                en = "a cap says for how long: state per: claim or per: year beside it, or list caps"
                raise wrong(invalid(zh, en, "cap"))
            per = "year" if data["per"] == "year" else "claim"
            data["caps"] = [{"amount": data.pop("cap"), "per": per}]
        return data

    @model_validator(mode="after")
    def _pays_somehow(self) -> Layer:
        faults: list[Fault] = []
        tariff = [name for name in ("rate", "bands") if getattr(self, name) is not None]
        if self.observed:
            changed = sorted(self.model_fields_set - _OF_OBSERVED)
            if changed:
                zh = f"observed 的层由账单给出支付额，不能再写 {'、'.join(changed)}"
                en = f"an observed layer is paid as the bill says; take out {', '.join(changed)}"
                faults.append(invalid(zh, en))
        elif "uplift_ceiling" in self.model_fields_set and not {"uplift", "age_uplift"} & self.model_fields_set:
            zh, en = "没有 uplift，uplift_ceiling 不起作用", "without an uplift, uplift_ceiling has no effect"
            faults.append(invalid(zh, en, "uplift_ceiling"))
        elif len(tariff) != 1:
            zh = "rate（单一比例）与 bands（分段）须写且只写一项；来源没有给出比例时写 unspecified，或写 observed: true"
            en = (
                "state exactly one of rate and bands; where the sources give none, write unspecified, or observed: true"
            )
            faults.append(invalid(zh, en))
        if self.repeat is not None and (self.deductible_per or self.per) == "year":
            zh, en = "按年计的起付线没有“再次住院”", "a yearly deductible has no repetition"
            faults.append(invalid(zh, en, "repeat"))
        for place, less in enumerate(self.less):
            layer, _, amount = less.partition(".")
            if amount not in _LEFT_OUT:
                faults.append(
                    unknown("amount of an earlier layer", less, [f"{layer}.{one}" for one in _LEFT_OUT], "less", place)
                )
        if faults:
            raise wrong(*faults)
        return self

    def values(self) -> Iterator[tuple[str, Value]]:
        """An observed layer has no values: it is paid as the bill says."""
        return iter(()) if self.observed else super().values()

    @property
    def needs_paid(self) -> bool:
        """An observed layer is paid as the bill says."""
        return self.observed

    def components(self) -> tuple[str, ...]:
        """The components that it names."""
        return tuple(name for name in self.counts if name != "all")

    def whens(self) -> Iterator[tuple[tuple[str | int, ...], When]]:
        """Its own condition, and those of its schedules and cuts."""
        yield ("when",), self.when
        for number, schedule in enumerate(self.bands or ()):
            yield ("bands", number, "when"), schedule.when
        for number, cut in enumerate(self.cuts):
            yield ("cuts", number, "when"), cut.when

    def reference_faults(self, earlier: Mapping[str, Entry], vocabulary: Vocabulary) -> Iterator[Fault]:
        """Components that nobody knows, and layers that do not come before it."""
        yield from known("component", self.components(), vocabulary, "counts")
        paying = {name: entry for name, entry in earlier.items() if not entry.BEFORE_INSURANCE}
        for place, name in enumerate(self.after or ()):
            if name not in paying:
                yield unknown("earlier layer", name, paying, "after", place)
        for place, less in enumerate(self.less):
            name = less.partition(".")[0]
            other = paying.get(name)
            if other is None:
                yield unknown("earlier layer", name, paying, "less", place)
            elif not isinstance(other, Layer) or other.observed:
                zh = f"“{name}”的支付取自账单或是兜底，没有起付线和封顶可减"
                en = f"{name!r} is observed or a guarantee: it has no deductible or cap that could be left out"
                yield invalid(zh, en, "less", place)

    # --- meaning ------------------------------------------------------------------------------------------

    def describe(self, book: Book) -> None:
        """Amount counted, deductible, schedule, caps, cuts, payment: in this order, rounded once."""
        name = self.name
        applies = book.step(f"{name}.applies", book.when(self.when))
        components = tuple(self._shares(book))
        left = book.sum_left(components)
        if self.observed:
            stated = g.choose(applies, g.whole(f"observed.{name}", "claim", 0, book.most), g.ZERO)
            book.facts.refuse(f"observed:{name}", g.compare("<", left, stated))
            book.step(f"{name}.base", g.choose(applies, left, g.ZERO))
            book.pay(name, g.least(stated, left), components, self.payers)
            return
        counted = self._counted(book, applies)
        base = book.step(f"{name}.base", book.capped(name, self.caps, counted, "base"))
        book.step(f"{name}.over_base", g.sub(counted, base))
        payable = self._above_deductible(book, base)
        raw = self._schedule(book, base, payable)
        mode = self.rounding.mode
        due = g.accrual(raw, book.year, mode=mode) if self.per == "year" else g.rounded(raw, mode)
        book.step(f"{name}.entitlement", due)
        payment = book.capped(name, self.caps, due, "payment")
        book.step(f"{name}.over_cap", g.sub(due, payment))
        for place, cut in enumerate(self.cuts, 1):
            if cut.payment is not None:
                at = f"{name}.cuts.{place}.payment"
                factor = book.value(at, cut.payment, "high", positive(payment))
                payment = g.choose(book.when(cut.when), g.rounded(g.mul(payment, factor), mode), payment)
        payment = book.in_coin(payment, due, raw if self.per == "claim" else None, self.rounding)
        book.pay(name, g.least(payment, left), components, self.payers)

    def _shares(self, book: Book) -> dict[str, Rate]:
        """The components it counts, and what share of each."""
        shares = dict(self.counts)
        everything = shares.pop("all", None)
        if everything is not None:
            shares |= {name: everything for name in book.left if name not in shares}
        return shares

    def _counted(self, book: Book, applies: g.Node) -> g.Node:
        """Shares of what is left of its components, less what it leaves out."""
        parts: list[g.Node] = []
        for component, share in self._shares(book).items():
            amount = book.left[component]
            if self.after is not None:
                amount = book.counted[component]
                for name in self.after:
                    amount = g.sub(amount, g.least(book.paid[name].get(component, g.ZERO), amount))
            parts.append(amount if share.parts == RATE_ONE else g.rounded(g.mul(amount, g.const(share.parts))))
        counted = g.add(*parts)
        if self.less:
            left_out = g.add(*(book.named(name) for name in self.less))
            counted = g.sub(counted, g.least(left_out, counted))
        counted = g.choose(applies, counted, g.ZERO)
        for place, cut in enumerate(self.cuts, 1):
            if cut.base is not None:
                factor = book.value(f"{self.name}.cuts.{place}.base", cut.base, "high", positive(counted))
                counted = g.choose(book.when(cut.when), g.rounded(g.mul(counted, factor)), counted)
        return counted

    def _above_deductible(self, book: Book, base: g.Node) -> g.Node:
        name = self.name
        line = book.value(f"{name}.deductible", self.deductible, "low", positive(base))
        if self.repeat is not None:
            line = self._repeated(book, line, base)
        book.step(f"{name}.deductible_line", line)
        taken, payable = book.under(base, line, self.deductible_per or self.per)
        if self.repeat is not None and self.repeat.yearly_ceiling is not None:
            at = f"{name}.repeat.yearly_ceiling"
            ceiling = book.value(at, self.repeat.yearly_ceiling, "low", positive(base))
            taken, _ = book.under(taken, ceiling, "year")
            payable = g.sub(base, g.least(taken, base))
        book.step(f"{name}.deductible", taken)
        return book.step(f"{name}.payable", payable)

    def _repeated(self, book: Book, line: g.Node, base: g.Node) -> g.Node:
        """The deductible at the first, second, … time in the year."""
        assert self.repeat is not None
        by: tuple[g.Input, ...] = (book.year,)
        if self.repeat.counted == "same_facility_level":
            by = (*by, book.facts.category("facility_level"), book.facts.category("facility_grade"))
        time = book.step(f"{self.name}.time", g.running(g.choose(positive(base), g.const(1), g.ZERO), *by))
        factors = [g.const(rate.parts) for rate in self.repeat.factors]
        factor: g.Node = factors[-1]
        for number in range(len(factors) - 1, 0, -1):
            factor = g.choose(g.compare("<=", time, g.const(number)), factors[number - 1], factor)
        book.step(f"{self.name}.repeat_factor", factor)
        return g.rounded(g.mul(line, factor))

    def _schedule(self, book: Book, base: g.Node, payable: g.Node) -> g.Node:
        """What the schedule gives, in fen times 10,000."""
        if self.bands is None:
            rate = self._rate(book, "rate", self.rate, self._matters(payable, base))
            book.step(f"{self.name}.rate", rate)
            return g.mul(payable, rate)
        tests = [book.when(schedule.when) for schedule in self.bands]
        nothing_holds = g.negate(g.any_holds(*tests))
        book.facts.refuse(f"no_schedule:{PROGRAMME}.{self.name}.bands", g.all_hold(positive(payable), nothing_holds))
        made = [
            self._bands(book, place, schedule, base, payable, test)
            for place, (schedule, test) in enumerate(zip(self.bands, tests, strict=True), 1)
        ]
        raw = made[-1]
        for test, one in zip(reversed(tests[:-1]), reversed(made[:-1]), strict=True):
            raw = g.choose(test, one, raw)
        return raw

    def _bands(
        self, book: Book, place: int, schedule: Schedule, base: g.Node, payable: g.Node, applies: g.Node
    ) -> g.Node:
        name = f"{self.name}.bands.{place}"
        book.step(f"{name}.applies", applies)
        measured = base if schedule.measured_from == "zero" else payable
        yearly = self.per == "year" and not schedule.restart
        high = g.running(measured, book.year) if yearly else measured
        low = g.sub(high, payable)
        book.step(f"{name}.reached", high)
        edges = [0, *(band.up_to.fen for band in schedule.edges if band.up_to is not None)]
        stops: list[int | None] = [*edges[1:], None]
        rates: list[g.Node] = []
        marginal = schedule.mode == "marginal"
        for number, (band, start, stop) in enumerate(zip(schedule.edges, edges, stops, strict=True), 1):
            # a rate is asked for only where something lies in its band
            amount = payable
            if marginal:
                amount = book.step(f"{name}.slice.{number}", g.slice_of(low, high, start, stop))
            where = g.all_hold(applies, self._matters(amount, base))
            rate = self._rate(book, f"bands.{place}.edges.{number}.rate", band.rate, where)
            if marginal:
                book.step(f"{name}.rate.{number}", rate)
            rates.append(rate)
        if marginal:
            return g.bands(low, high, edges, rates)
        rate = rates[-1]
        sign: Literal["<=", "<"] = "<=" if schedule.upper_edge == "inclusive" else "<"
        for edge, one in zip(reversed(edges[1:]), reversed(rates[:-1]), strict=True):
            rate = g.choose(g.compare(sign, high, g.const(edge)), one, rate)
        book.step(f"{name}.rate", rate)
        return g.mul(payable, rate)

    def _matters(self, amount: g.Node, base: g.Node) -> g.Node:
        """When a rate for an amount is asked for; always, if nobody knows what the deductible leaves of it."""
        known = all(leaf.value is not None for _, leaf in leaves(self.deductible))
        return positive(amount if known else base)

    def _rate(self, book: Book, at: str, value: Value, where: g.Node) -> g.Node:
        """A rate with its uplifts and cuts."""
        name = self.name
        rate = book.value(f"{name}.{at}", value, "high", where)
        points = book.value(f"{name}.uplift", self.uplift, "high", where, otherwise=0)
        if self.age_uplift is not None:
            years = g.greatest(g.ZERO, g.sub(book.facts.age(), g.const(self.age_uplift.over)))
            points = g.add(points, g.mul(years, g.const(self.age_uplift.per_year.parts)))
        if points is not g.ZERO:
            ceiling = book.value(f"{name}.uplift_ceiling", self.uplift_ceiling, "high", where)
            lifted = g.least(ceiling, g.add(rate, points))
            # a ceiling holds uplifts back, it does not take away from a rate that is above it already
            known, top = g.levels(rate), g.levels(ceiling)
            below = known is not None and top is not None and known[-1] <= top[0]
            rate = lifted if below else g.greatest(rate, lifted)
        for place, cut in enumerate(self.cuts, 1):
            if cut.points is not None:
                off = book.value(f"{name}.cuts.{place}.points", cut.points, "low", where)
                rate = g.choose(book.when(cut.when), g.greatest(g.ZERO, g.sub(rate, off)), rate)
            elif cut.rate is not None:
                factor = book.value(f"{name}.cuts.{place}.rate", cut.rate, "high", where)
                self._must_be_exact(place, rate, factor)
                rate = g.choose(book.when(cut.when), g.rounded(g.mul(rate, factor)), rate)
        return rate

    def _must_be_exact(self, place: int, rate: g.Node, factor: g.Node) -> None:
        """A multiplied rate must be a whole number of 1/10,000 again, or nothing would be exact."""
        for one in g.levels(rate) or (1,):
            for other in g.levels(factor) or (1,):
                if one * other % RATE_ONE:
                    product = f"{Rate.of_parts(one)} × {Rate.of_parts(other)}"
                    zh = f"{product} 不是万分之一的整数倍；请改写为 payment（支付额乘以该比例）"
                    en = f"{product} is no whole number of 1/10,000; write it as a cut of the payment"
                    raise RuleError(invalid(zh, en, self.name, "cuts", place - 1, "rate"))

    # --- explanation --------------------------------------------------------------------------------------

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """What counted, what the deductible took, which slice went at which rate, what caps and cuts did."""
        if self.observed:
            yield 2, words.say(_SAYS, "as_billed")
            return
        base = steps["base"]
        counted = words.say(_SAYS, "counted", base=words.money(base))
        reached = [steps[f"bands.{number}.reached"] for number in range(1, len(self.bands or ()) + 1)]
        if self.per == "year" and any(one != base for one in reached):
            counted = words.listed([counted, words.say(_SAYS, "reached", reached=words.money(max(reached)))])
        yield 2, counted
        if steps["over_base"]:
            yield 2, words.say(_SAYS, "base_capped", cut=words.money(steps["over_base"]))
        if not base:
            return
        if "time" in steps:
            yield 2, words.say(_SAYS, "time", time=steps["time"], factor=words.rate(steps["repeat_factor"]))
        if steps["deductible_line"]:
            facts = {"line": words.money(steps["deductible_line"]), "taken": words.money(steps["deductible"])}
            yield 2, words.say(_SAYS, "deductible", **facts)
        if steps["payable"]:
            if self.bands is None:
                yield 3, words.product(steps["payable"], steps["rate"])
            for number, schedule in enumerate(self.bands or (), 1):
                if steps[f"bands.{number}.applies"]:
                    yield from _slices(schedule, f"bands.{number}", steps, words)
                    break
        due, payment = steps["entitlement"], steps["payment"]
        if steps["over_cap"]:
            facts = {"due": words.money(due), "cut": words.money(steps["over_cap"])}
            yield 2, words.say(_SAYS, "capped", **facts)
        if payment != due - steps["over_cap"]:
            yield 2, words.say(_SAYS, "cut", payment=words.money(payment))

    def cliffs(self) -> Iterator[tuple[str, str]]:
        """At the edges of whole-amount schedules."""
        for schedule in self.bands or ():
            if schedule.mode == "whole_amount":
                for lower, upper in itertools.pairwise(schedule.edges):
                    yield from self._jumps(schedule, lower, upper)

    def _jumps(self, schedule: Schedule, lower: Band, upper: Band) -> Iterator[tuple[str, str]]:
        edge = lower.up_to
        assert edge is not None
        line = self.deductible
        taken = line.number if isinstance(line, Leaf) and line.value is not None else 0
        payable = max(0, edge.fen - taken) if schedule.measured_from == "zero" else edge.fen
        for who in dict.fromkeys([*_cases(lower.rate), *_cases(upper.rate)]):
            before, after = _at(lower.rate, who), _at(upper.rate, who)
            if before is None or after is None or before == after:
                continue
            jump = Money.of_fen(payable * abs(after - before) // RATE_ONE)
            whom = ", ".join(who) or "default"
            down_zh, down_en = ("减少", "falls") if after < before else ("增加", "rises")
            yield (
                f"断崖：{self.name} 的费用超过 {edge} 时（{whom}），支付{down_zh}约 {jump}",
                f"cliff: {self.name} {down_en} by about {jump} where the cost passes {edge} ({whom})",
            )


def _slices(schedule: Schedule, at: str, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
    """Which slice of the cost went at which rate."""
    if schedule.mode == "whole_amount":
        yield 3, words.product(steps["payable"], steps[f"{at}.rate"])
        return
    start = Money(0)
    for number, band in enumerate(schedule.edges, 1):
        amount = steps[f"{at}.slice.{number}"]
        if amount:
            key = "band_open" if band.up_to is None else "band"
            name = words.say(_SAYS, key, start=start, stop=band.up_to)
            yield 3, words.labelled(name, words.product(amount, steps[f"{at}.rate.{number}"]))
        start = band.up_to or start


def _cases(value: Value) -> list[tuple[str, ...]]:
    return [path for path, _ in leaves(value)]


def _at(value: Value, who: tuple[str, ...]) -> int | None:
    """The rate for a case; where a value does not tell it apart, what it says for all others."""
    if isinstance(value, Leaf):
        return value.number if value.value is not None else None
    assert isinstance(value, Varied)
    for names, inner in value.cases:
        if who and ", ".join(names) == who[0]:
            return _at(inner, who[1:])
    return _at(value.default, who[1:]) if value.default is not None else None
