"""The settlement sheet: what a clerk hands over, line by line, with the reason and the source of every amount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from poverty_policy.assessment.page import WIDTH, Page, display_width
from poverty_policy.errors import Lang
from poverty_policy.money import Money, Rate
from poverty_policy.policy.entry import When
from poverty_policy.policy.layer import Layer
from poverty_policy.policy.provision import HEALTH
from poverty_policy.policy.words import Words
from poverty_policy.terms import STEPS, Dimension

if TYPE_CHECKING:
    from poverty_policy.assessment.outcome import ClaimOutcome, Outcome, Value


#: What the sheet says besides the field's terms: (Chinese, English).
_WORDS = {
    "title": ("医疗费用结算说明", "Settlement statement"),
    "title_decisions": ("救助与脱贫核定说明", "Statement of eligibility and exit"),
    "person": ("参保人 {id}", "Person {id}"),
    "claim": ("第 {number} 次结算　{date}", "Claim {number}  {date}"),
    "bill": ("单据号 {id}", "bill {id}"),
    "of_which": ("其中 {name}", "of which {name}"),
    "not_applicable": ("不适用：{why}", "does not apply: {why}"),
    "payers": ("支付方：{payers}", "paid by: {payers}"),
    "reading": ("读法：{text}", "Reading: {text}"),
    "left": ("剩余费用", "Cost left"),
    "everyone": ("没有限定条件", "no condition"),
    "only": ("限{names}", "only {names}"),
    "ages": ("年龄条件", "age condition"),
    "diseases": ("限规定病种", "listed diseases only"),
    "year_total": ("合计", "Total"),
    "nothing": ("没有结算单据", "no claims"),
    "and": ("、", ", "),
    "in_brackets": ("（{text}）", " ({text})"),
    "gap": ("　", "  "),
}


__all__ = ["display_width", "money", "percent", "render"]


def render(outcome: Outcome, lang: Lang) -> str:
    """The settlement sheet of an outcome."""
    return "\n".join(_Sheet(outcome, lang).lines()) + "\n"


@attrs.frozen
class _Sheet:
    outcome: Outcome
    lang: Lang

    def say(self, key: str, **facts: object) -> str:
        return _WORDS[key][0 if self.lang == "zh" else 1].format(**facts)

    def term(self, name: str) -> str:
        return STEPS[name].text(self.lang)

    def lines(self) -> Iterator[str]:
        outcome, page = self.outcome, self.page
        decided = self.decided(page)
        settles = bool(outcome.claims) or decided is None
        yield from page.head(self.say("title" if settles else "title_decisions"), outcome.warnings)
        if settles:
            yield from self.settlement()
        if decided is not None:
            yield from decided
        yield from page.foot(HEALTH if decided is None else None)  # a settlement sheet is about health alone

    def decided(self, page: Page) -> Iterator[str] | None:
        if self.outcome.engine.whole is None:
            return None
        from poverty_policy.assessment.decision_sheet import decision_lines  # only where there are decisions

        return decision_lines(page, self.outcome)

    def settlement(self) -> Iterator[str]:
        """Every person's claims, layer by layer."""
        outcome = self.outcome
        for index, person in enumerate(outcome.gathered.persons):
            claims = [claim for claim in outcome.claims if claim.placed.person_index == index]
            yield ""
            yield "═" * WIDTH
            groups = [self.known("group", one.group) for one in person.groups]
            yield self.say("person", id=person.id) + (
                self.say("in_brackets", text=self.say("and").join(groups)) if groups else ""
            )
            if not claims:
                yield "  " + self.say("nothing")
            for number, claim in enumerate(claims, 1):
                yield from self.claim(number, claim)
            if claims:
                yield "═" * WIDTH
                yield from self.totals(outcome.persons[index])
        if len(outcome.gathered.persons) > 1:
            yield ""
            yield self.say("year_total")
            yield from self.totals({name: outcome[name] for name in outcome.health_names})

    @property
    def page(self) -> Page:
        return Page(self.outcome.rules, self.lang, self.outcome.rules.vocabulary)

    def row(self, indent: int, text: str, amount: object = "") -> str:
        return self.page.row(indent, text, amount)

    @property
    def words(self) -> Words:
        return self.page.words

    def known(self, dimension: Dimension, name: str) -> str:
        return self.words.known(dimension, name)

    def claim(self, number: int, claim: ClaimOutcome) -> Iterator[str]:
        placed, trace = claim.placed, claim.trace
        yield "─" * WIDTH
        words = [
            self.known(dimension, value)
            for dimension, value in placed.words.items()
            if value and dimension != "insurance"
        ]
        if placed.claim.disease:
            words.append(placed.claim.disease)
        if placed.claim.id:
            words.append(self.say("bill", id=placed.claim.id))
        yield self.say("gap").join([self.say("claim", number=number, date=placed.claim.date), *words])
        yield self.row(1, self.term("cost"), money(trace["health.cost"]))
        if len(placed.cost) > 1:
            for component, fen in placed.cost.items():
                name = self.known("component", component)
                yield self.row(2, self.say("of_which", name=name), money(fen))
        for place, stated in enumerate(self.outcome.rules.entries):
            entry = stated.entry
            label = self.outcome.rules.cascade.label(entry.name).text(self.lang)
            head = self.page.numbered(place, label)
            steps = {step: trace[full] for step, full in self.outcome.rules.step_names[entry.name]}
            payment = trace[f"health.{entry.name}"]
            if not steps["applies"]:
                yield self.row(1, head, "—")
                yield self.row(2, self.say("not_applicable", why=self.condition(entry.when)))
                continue
            yield self.row(1, head, f"−{money(payment)}" if payment else money(payment))
            for depth, line in entry.explain(steps, self.words):
                yield self.row(depth, line)
            if entry.payers is not None and len(entry.payers) > 1 and payment:
                parts = [f"{self.known('payer', one)} {money(steps[f'payer.{one}'])}" for one in entry.payers]
                yield self.row(2, self.say("payers", payers=self.say("and").join(parts)))
            observed = isinstance(entry, Layer) and entry.observed
            yield self.row(2, self.page.citation(stated.citation(), "order" if observed else "source"))
            for name, citation in stated.value_citations():
                yield self.row(2, f"{name} {self.page.citation(citation)}")
            if entry.readings:
                yield self.row(2, self.say("reading", text=entry.readings))
            if "left" in steps:
                yield self.row(1, self.say("left"), money(steps["left"]))
        yield self.row(1, self.term("out_of_pocket"), money(trace["health.out_of_pocket"]))
        yield self.row(1, self.term("effective_rate"), percent(claim["health.effective_rate"]))

    def condition(self, when: When) -> str:
        """What an entry is limited to."""
        parts = [
            self.say("only", names=self.say("and").join(self.known(dimension, name) for name in names))
            for _, dimension, names in when.named()
        ]
        if when.diseases is not None:
            parts.append(self.say("diseases"))
        if when.age_from is not None or when.age_below is not None:
            parts.append(self.say("ages"))
        return "；".join(parts) or self.say("everyone")

    def totals(self, amounts: Mapping[str, Value]) -> Iterator[str]:
        rules = self.outcome.rules
        yield self.row(1, self.term("cost"), amounts["health.cost"])
        for stated in rules.entries:
            name = stated.entry.name
            amount = amounts[f"health.{name}"]
            label = rules.cascade.label(name).text(self.lang)
            yield self.row(1, label, "—" if amount is None else f"−{amount}" if amount else str(amount))
        yield self.row(1, self.term("out_of_pocket"), amounts["health.out_of_pocket"])
        yield self.row(1, self.term("effective_rate"), percent(amounts["health.effective_rate"]))


def money(fen: int) -> str:
    """An amount in fen as people read it."""
    return str(Money.of_fen(fen))


def percent(rate: Value) -> str:
    """A rate with two decimals, so that rates stand in line."""
    return f"{Decimal(rate.parts).scaleb(-2):.2f}%" if isinstance(rate, Rate) else "—"
