"""Benefits: what a person or a household gets, in cash or in kind, besides an allowance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from poverty_policy.errors import Fault, invalid
from poverty_policy.formula import graph as g
from poverty_policy.money import Rate
from poverty_policy.policy import condition as c
from poverty_policy.policy import known as k
from poverty_policy.policy.condition import Condition
from poverty_policy.policy.entry import Label, Name, known, payers_faults, wrong
from poverty_policy.policy.explaining import in_words, lines_of, value_text
from poverty_policy.policy.known import Known
from poverty_policy.policy.provision import At, Provision
from poverty_policy.policy.register import Register
from poverty_policy.policy.values import MoneyField, RateField, Rounding, RoundingField, name_faults
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.terms import Vocabulary

_SAYS: Phrases = {
    "kind": ("实物或服务：{text}", "in kind: {text}"),
    "amount": ("每{per} {amount} 元", "{amount} yuan per {per}"),
    "month": ("月", "month"),
    "year": ("年", "year"),
    "paid_once": ("一次性 {amount} 元", "{amount} yuan, once"),
    "amount_per": ("每{per} {amount}", "{amount} per {per}"),
    "amount_once": ("一次性 {amount}", "{amount} once"),
    "share_of": ("{base}的 {share}", "{share} of: {base}"),
    "not_beside": ("与下列不重复享受：{names}", "not beside: {names}"),
    "only_beyond": ("与下列就高，只补差额：{names}", "only what is more than: {names}"),
    "base": ("计算基数 {base}，比例 {rate}", "base {base}, rate {rate}"),
    "times": ("共 {times} 份", "{times} of them"),
    "instead": ("已享受{name}，不重复享受", "not paid beside {name}"),
    "excess": ("已由其他项目支付 {amount}，只补差额", "{amount} comes from others: only the difference is paid"),
    "months": ("期限 {months} 个月", "for {months} months"),
    "payers": ("支付方：{payers}", "paid by: {payers}"),
}


class Benefit(Provision):
    """A benefit: an amount or a share of something, or something in kind, for whoever meets a condition."""

    KIND: ClassVar[str] = "benefit"
    SECTION: ClassVar[str] = "benefits"

    benefit: Name
    """Its name."""
    of: Literal["person", "household"] = "person"
    """Who gets it."""
    per: Literal["month", "year", "once"] = "year"
    """Whether it is paid per month, per year or once; once counts with the year in which it is paid."""
    when: Condition | None = None
    """Who is entitled; everybody, if nothing is said."""
    amount: MoneyField = None
    """The amount."""
    share: RateField = None
    """Instead of an amount: the share of ``fact`` or ``line`` that is paid."""
    fact: Name | None = None
    """An amount that the case states: a premium, tuition, a loan."""
    line: str | None = None
    """A line of which it is a share."""
    base_at_most: MoneyField = None
    """No more than this of the base counts: the ceiling of a loan that is subsidised."""
    at_most: MoneyField = None
    """No more than this is paid."""
    in_kind: Label | None = None
    """Instead of money: what is given."""
    times: Name | None = None
    """A fact that counts how often it is due: certificates, children at school."""
    months: int | None = Field(default=None, ge=1, le=600)
    """For how many months it is paid, where there is an end."""
    instead_of: tuple[str, ...] = ()
    """Full names of benefits or allowances beside which it is not paid: those come first."""
    beyond: tuple[str, ...] = ()
    """Full names of benefits of which only the higher is paid: it pays what it is more than those come to."""
    payers: dict[str, Rate] | None = Field(default=None, min_length=1)
    """Who pays, with shares that add up to 100 %; the last one bears what rounding leaves."""
    rounding: RoundingField = Field(default_factory=Rounding)
    """To what the payment is rounded."""

    @model_validator(mode="after")
    def _one_kind(self) -> Benefit:
        faults: list[Fault] = []
        if sum(one is not None for one in (self.amount, self.share, self.in_kind)) != 1:
            faults.append(invalid("amount、share、in_kind 须写且只写一项", "state one of amount, share and in_kind"))
        if (self.share is not None) != ((self.fact is not None) + (self.line is not None) == 1):
            zh = "写了 share，须写 fact 或 line 之一"
            faults.append(invalid(zh, "share goes with one of fact and line", "share"))
        if self.in_kind is not None and (self.payers or self.beyond or self.at_most is not None):
            faults.append(invalid("实物没有金额", "what is given in kind has no amount", "in_kind"))
        faults.extend(payers_faults(self.payers))
        if faults:
            raise wrong(*faults)
        return self

    @property
    def subject(self) -> g.Entity:
        """Whom it is about."""
        return self.of

    def conditions(self) -> Iterator[tuple[At, Condition, g.Entity]]:
        """Who is entitled."""
        if self.when is not None:
            yield ("when",), self.when, self.of

    def references(self) -> Iterator[tuple[At, str]]:
        """What its condition and its amount go by."""
        yield from super().references()
        if self.line is not None:
            yield ("line",), f"line.{self.line}"
        for field in ("instead_of", "beyond"):
            for place, name in enumerate(getattr(self, field)):
                yield (field, place), name

    def name_faults(self, vocabulary: Vocabulary) -> Iterator[Fault]:
        """Names that nobody knows."""
        yield from super().name_faults(vocabulary)
        for field in ("fact", "times"):
            if getattr(self, field) is not None:
                yield from known("fact", [getattr(self, field)], vocabulary, field)
        yield from known("payer", self.payers or (), vocabulary, "payers")
        for at, value in self.values():
            yield from name_faults(value, vocabulary, *at.split("."), level=self.of)

    # --- meaning ---------------------------------------------------------------------------------------------

    def describe(self, register: Register) -> None:
        """Who is entitled, and to how much."""
        name = self.full_name
        entitled = k.MET
        if self.when is not None:
            entitled = c.describe(self.when, register, name, self.of, "when")
        others = [self._paid(register, other) for other in self.instead_of]
        for other, verdict in zip(self.instead_of, others, strict=True):
            register.step(f"{name}.beside.{other}", verdict.met)
        entitled = k.all_met([entitled, *(one.opposite() for one in others)])
        register.verdict(name, entitled)
        if self.in_kind is not None:
            return
        due = self._due(register)
        if self.beyond:
            paid = [register.amount_of(other) for other in self.beyond]
            sum_paid = register.step(f"{name}.from_others", g.add(*(self._here(one.value) for one in paid)))
            least = g.greatest(g.ZERO, g.sub(due.value, sum_paid))
            due = Known(least, g.all_hold(due.known, *(one.known for one in paid)))
        amount = g.choose(entitled.met, due.value, g.ZERO)
        # nothing is due to whoever is surely not entitled, whatever the figures are
        known_amount = g.any_holds(entitled.failed, g.all_hold(entitled.met, due.known))
        register.amount(name, Known(amount, known_amount), self.per)
        self._payers(register, amount)

    def _paid(self, register: Register, other: str) -> k.Verdict:
        """Whether another benefit is due."""
        verdict = register.verdict_of(other)
        if self.of == "household" and verdict.met.entity == "person":
            return k.any_member(verdict, "household", "person")
        return verdict

    def _here(self, amount: g.Node) -> g.Node:
        return (
            g.total(amount, "household", "person") if self.of == "household" and amount.entity == "person" else amount
        )

    def _due(self, register: Register) -> Known:
        name = self.full_name
        if self.amount is not None:
            due = register.value(self.of, f"{name}.amount", self.amount)
        else:
            base = register.fact(self.of, self.fact, "money") if self.fact else register.amounts[f"line.{self.line}"]
            if self.base_at_most is not None:
                base = k.worked_out(g.least, base, register.value(self.of, f"{name}.base_at_most", self.base_at_most))
            share = register.value(self.of, f"{name}.share", self.share)
            register.step(f"{name}.base", base.value)
            register.step(f"{name}.rate", share.value)
            rounding = self.rounding
            due = k.worked_out(
                lambda b, s: g.rounded(g.mul(b, s), rounding.mode, unit=rounding.unit), base, share
            )  # fmt: skip
        if self.times is not None:
            times = register.fact(self.of, self.times, "count")
            few = k.Known(g.least(times.value, g.const(_MOST_TIMES)), g.all_hold(
                times.known, g.compare("<=", times.value, g.const(_MOST_TIMES))
            ))  # fmt: skip
            register.step(f"{name}.times", times.value)
            due = k.worked_out(g.mul, due, few)
        if self.at_most is not None:
            due = k.worked_out(g.least, due, register.value(self.of, f"{name}.at_most", self.at_most))
        if self.share is None and self.rounding.unit != 1:
            due = Known(g.rounded(due.value, self.rounding.mode, scale=1, unit=self.rounding.unit), due.known)
        return due

    def _payers(self, register: Register, amount: g.Node) -> None:
        if self.payers is None or len(self.payers) < 2:
            return
        *first, last = self.payers.items()
        rest = amount
        for payer, share in first:
            part = g.least(g.rounded(g.mul(amount, g.const(share.parts))), rest)
            register.step(f"{self.full_name}.payer.{payer}", part)
            rest = g.sub(rest, part)
        register.step(f"{self.full_name}.payer.{last[0]}", rest)

    # --- explanation -----------------------------------------------------------------------------------------

    def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
        """Who is entitled, to what."""
        if self.when is not None:
            yield from in_words(self.when, words)
        per = words.say(_SAYS, self.per) if self.per != "once" else ""
        if self.in_kind is not None:
            yield 0, words.say(_SAYS, "kind", text=getattr(self.in_kind, words.lang))
        elif self.amount is not None:
            key = "amount_once" if self.per == "once" else "amount_per"
            yield 0, words.say(_SAYS, key, per=per, amount=value_text(self.amount, words))
        else:
            base = words.known("fact", self.fact) if self.fact else words.known("provision", f"line.{self.line}")
            yield 0, words.say(_SAYS, "share_of", base=base, share=value_text(self.share, words))
        for field, names in (("not_beside", self.instead_of), ("only_beyond", self.beyond)):
            if names:
                yield 0, words.say(_SAYS, field, names=words.listed(words.known("provision", one) for one in names))

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """Why it is due or not, and how much."""
        if self.when is not None:
            yield from lines_of(self.when, self.of, steps, words, "when")
        for other in self.instead_of:
            if steps[f"beside.{other}"]:
                yield 1, words.say(_SAYS, "instead", name=words.known("provision", other))
        if not steps["met"]:
            return
        if self.in_kind is not None:
            yield 1, words.say(_SAYS, "kind", text=getattr(self.in_kind, words.lang))
            return
        if not steps["known"]:
            return
        if "rate" in steps:
            yield 1, words.say(_SAYS, "base", base=words.money(steps["base"]), rate=words.rate(steps["rate"]))
        if "times" in steps:
            yield 1, words.say(_SAYS, "times", times=steps["times"])
        if "from_others" in steps:
            yield 1, words.say(_SAYS, "excess", amount=words.money(steps["from_others"]))
        amount = words.money(steps["result"])
        if self.per == "once":
            yield 1, words.say(_SAYS, "paid_once", amount=amount)
        else:
            yield 1, words.say(_SAYS, "amount", per=words.say(_SAYS, self.per), amount=amount)
        if self.months is not None:
            yield 1, words.say(_SAYS, "months", months=self.months)
        if self.payers is not None and len(self.payers) > 1:
            parts = [f"{words.known('payer', one)} {words.money(steps[f'payer.{one}'])}" for one in self.payers]
            yield 1, words.say(_SAYS, "payers", payers=words.listed(parts))


#: How often a benefit can be due at once; a larger count is a slip of the pen, and is not worked out.
_MOST_TIMES = 1000
