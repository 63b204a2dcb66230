"""Accounts: what counts as a household's income (or spending), item by item, over a stretch of months.

Everything is carried per year and in whole fen: each item is rounded once, where a share of it is taken, as on
the sheet that a clerk fills in; the lines of the sheet add up to its total.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from poverty_policy.declaration import DAY_PATTERN, Declaration
from poverty_policy.errors import Fault, InputError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.money import RATE_ONE, Rate
from poverty_policy.policy import condition as c
from poverty_policy.policy.condition import Condition
from poverty_policy.policy.entry import Label, Name, Names, full, known, wrong
from poverty_policy.policy.explaining import in_words, value_text
from poverty_policy.policy.known import Known
from poverty_policy.policy.line import Per
from poverty_policy.policy.provision import At, Provision, unnamed
from poverty_policy.policy.register import Register
from poverty_policy.policy.values import (
    FactorField,
    MoneyField,
    RateField,
    Rounding,
    RoundingField,
    name_faults,
    parse,
)
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.terms import Vocabulary

#: Windows that divide a year, so that carrying an item per year rounds nothing.
Months = Literal[1, 2, 3, 4, 6, 12]
LEVELS: tuple[g.Entity, ...] = ("person", "household")

_SAYS: Phrases = {
    "window": ("核算期：申请前 {months} 个月，至上月末", "window: {months} months, up to the end of the month before"),
    "window_to": ("核算期：{months} 个月，至 {ends}", "window: {months} months, up to {ends}"),
    "counted": ("计入", "counted"),
    "left_out": ("不计入", "not counted"),
    "share": ("按 {share} 计入", "{share} counted"),
    "months": ("看 {months} 个月", "over {months} months"),
    "net": ("扣除成本", "net of costs"),
    "deemed": ("成本按收入的 {share} 计", "costs deemed to be {share} of it"),
    "free": ("每人每月 {amount} 以内不计", "{amount} per person and month are free"),
    "others_counted": ("其他收入：计入", "other items: counted"),
    "others_left_out": ("其他收入：不计入", "other items: not counted"),
    "others_unsaid": (
        "其他收入：未规定，有此项时不能核算",
        "other items: not said, not told if there are any",
    ),
    "except": ("不计入家庭成员：{names}", "not counted as members: {names}"),
    "per_head_rounded": ("人均收入{rounding}后使用", "the income per head is used {rounding}"),
    "deducted": ("扣减{name}", "less {name}"),
    "unused": ("可扣减 {all}，收入不足，实扣 {taken}", "{all} could be deducted, the income allows {taken}"),
    "total": ("全家全年合计 {total}，{members} 人", "in all {total} a year, {members} members"),
    "per_head": ("人均按规定取整为 {amount}", "per head, rounded as the rule says: {amount}"),
    "unknown": ("收入情况不全，无法核算", "the records are not complete: it cannot be worked out"),
}


def _read_item(raw: Any) -> Any:
    """``counted``, ``left_out``, or a mapping."""
    return {"share": "100%"} if raw == "counted" else {"share": "0%"} if raw == "left_out" else raw


def _cost(raw: Any) -> Any:
    if raw is None or raw == "stated":
        return raw
    try:
        return parse(raw, Rate, high=RATE_ONE)
    except InputError as error:
        raise wrong(*error.faults) from None


CostField = Annotated[
    Any,
    BeforeValidator(_cost),
    WithJsonSchema(
        {"description": "stated, or a rate: 40%, unspecified", "anyOf": [{"type": "string"}, {"type": "object"}]}
    ),
]


class Item(Declaration):
    """How one item of income counts."""

    share: RateField = Field(default_factory=full)
    """The share of it that counts; ``0%`` where it does not."""
    months: Months | None = None
    """Its own window, where it differs from the account's."""
    cost: CostField = None
    """``stated``: net of the costs in the records; a rate: net of costs deemed to be that share of it."""
    losses: Literal["zero", "count"] | None = None
    """Where costs pass what came in: counts as zero, or makes other items less. Needed with ``cost: stated``."""
    free: MoneyField = None
    """Of each person's records, this much per month does not count."""

    @model_validator(mode="after")
    def _whole(self) -> Item:
        if self.cost != "stated" and self.losses is not None:
            raise wrong(invalid("losses 只与 cost: stated 一起写", "losses goes with cost: stated", "losses"))
        return self


class Deduction(Declaration):
    """What is taken off the income: expenses, or an amount for each member of some kind."""

    deduction: Name
    """Its name."""
    label: Label | None = None
    """What it is called."""
    items: Names | None = None
    """Items of expense that the case states."""
    health: bool = False
    """Whether it is what the household itself bore of its claims in the window."""
    result: str | None = None
    """The full name of a provision whose yearly amount it is."""
    amount: MoneyField = None
    """A fixed amount per month, for each member who meets ``when``."""
    times: FactorField = None
    """How many times a line, for each member who meets ``when``."""
    line: str | None = None
    """Which line."""
    when: Condition | None = None
    """For which members a fixed amount is deducted."""
    months: Months | None = None
    """Its own window, where it differs from the account's."""
    above: MoneyField = None
    """Only what passes this in a year."""
    at_most: MoneyField = None
    """Never more than this in a year."""
    source: str | None = Field(default=None, max_length=300)
    """Where it is stated, if elsewhere than the account."""

    @model_validator(mode="after")
    def _whole(self) -> Deduction:
        kinds = [self.items is not None, self.health, self.result is not None]
        kinds += [self.amount is not None, self.times is not None]
        if sum(kinds) != 1:
            zh = "items、health、result、amount、times 须写且只写一项"
            raise wrong(invalid(zh, "state exactly one of items, health, result, amount and times"))
        if (self.times is None) != (self.line is None):
            raise wrong(invalid("times 与 line 须一起写", "times and line go together", "line"))
        if self.when is not None and self.amount is None and self.times is None:
            raise wrong(invalid("when 只与 amount 或 times 一起写", "when goes with amount or times", "when"))
        return self


def _day_of_year(raw: str) -> str:
    try:
        dt.date(2023, int(raw[:2]), int(raw[3:]))
    except ValueError:
        raise wrong(invalid("没有这一天", "there is no such day in every year")) from None
    return raw


class Account(Provision):
    """What counts, over which months, of whom; its amount is per year and for the whole household."""

    KIND: ClassVar[str] = "account"
    SECTION: ClassVar[str] = "accounts"

    account: Name
    """Its name."""
    months: Months
    """The window: so many months, up to the end of the month before the assessment."""
    ends: Annotated[str, Field(pattern=DAY_PATTERN), AfterValidator(_day_of_year)] | None = None
    """Month and day on which the window ends each year, where it does not move with the assessment."""
    items: dict[str, Annotated[Item, BeforeValidator(_read_item)]] = Field(min_length=1)
    """Item -> how it counts."""
    results: dict[str, Annotated[Item, BeforeValidator(_read_item)]] = Field(default={}, validate_default=False)
    """Full name of a benefit or allowance -> how what it comes to in a year counts."""
    others: Literal["counted", "left_out"] | None = None
    """How items count that are not named; a household that has any is not worked out, if nothing is said."""
    deductions: tuple[Deduction, ...] = ()
    """What is taken off, as far as there is income."""
    except_groups: Names = ()
    """Members of these groups are not counted as members, nor is their income."""
    per_head: RoundingField = None
    """To what the income per head is rounded before it is used, where the place does so."""
    per: Per = "year"
    """Whether the rounded income per head is per month or per year."""

    def conditions(self) -> Iterator[tuple[At, Condition, g.Entity]]:
        """For which members fixed amounts are deducted."""
        for place, one in enumerate(self.deductions):
            if one.when is not None:
                yield ("deductions", place, "when"), one.when, "person"

    def references(self) -> Iterator[tuple[At, str]]:
        """The results, lines and health layers it goes by."""
        yield from super().references()
        for name in self.results:
            yield ("results", name), name
        for place, one in enumerate(self.deductions):
            if one.health:
                yield ("deductions", place, "health"), "health"
            if one.result is not None:
                yield ("deductions", place, "result"), one.result
            if one.line is not None:
                yield ("deductions", place, "line"), f"line.{one.line}"

    def groups(self) -> Iterator[str]:
        """The groups that it tells apart."""
        yield from super().groups()
        yield from self.except_groups

    def name_faults(self, vocabulary: Vocabulary) -> Iterator[Fault]:
        """Items and groups that nobody knows."""
        yield from super().name_faults(vocabulary)
        for name in self.items:
            yield from known("item", [name], vocabulary, "items", name)
        yield from known("group", self.except_groups, vocabulary, "except_groups")
        for at, value in self.values():
            household = at.startswith("deductions") and at.rpartition(".")[2] in ("above", "at_most", "times")
            level: g.Entity = "household" if household else "person"
            yield from name_faults(value, vocabulary, *at.split("."), level=level)
        for place, one in enumerate(self.deductions):
            yield from known("item", one.items or (), vocabulary, "deductions", place, "items")
            if one.label is None and vocabulary.dimension_of(one.deduction, ("item",)) is None:
                yield unnamed(one.deduction, "deductions", place, "deduction")

    def window(self, months: int | None) -> str:
        """The name of a window, as inputs go by it."""
        count = months or self.months
        return f"{count}" if self.ends is None else f"{count}_to_{self.ends.replace('-', '')}"

    def windows(self) -> Iterator[tuple[str, int, str | None]]:
        """Every window that it looks at: name, months, the day on which it ends."""
        every = {self.months, *(one.months for one in self.items.values())}
        every |= {one.months for one in self.deductions}
        for months in sorted(one for one in every if one is not None):
            yield self.window(months), months, self.ends

    # --- meaning ---------------------------------------------------------------------------------------------

    def describe(self, register: Register) -> None:
        """Each item per year, for persons and for the household; less deductions; and how many members."""
        name = self.full_name
        facts = register.facts["person"]
        left_out = g.any_holds(*(facts.group(one) for one in self.except_groups))
        member = register.step(f"{name}.member", g.negate(left_out))
        members = g.count(member, "household", "person")
        register.amount(f"{name}.members", Known(members))
        known = [register.history(window) for window, _, _ in self.windows()]
        own: list[g.Node] = []
        common: list[g.Node] = []
        for item, how in self.items.items():
            for level, into in zip(LEVELS, (own, common), strict=True):
                into.append(self._item(register, level, item, how, known))
            of_persons = g.total(g.choose(member, own[-1], g.ZERO), "household", "person")
            register.step(f"{name}.item.{item}", g.add(of_persons, common[-1]))
        for level, into in zip(LEVELS, (own, common), strict=True):
            stated = register.others(level, self.account)
            if self.others == "counted":
                into.append(stated)
            elif self.others is None:
                none = g.compare("==", stated, g.ZERO)
                if level == "person":
                    none = g.negate(g.any_of(g.negate(none), "household", "person"))
                register.leave_open(f"{name}.others", g.negate(none), f"{name}.others.{level}")
                known.append(none)
        for result, how in self.results.items():
            known.append(self._result(register, result, how, own, common, member))
        of_person = register.step(f"{name}.own", g.choose(member, g.add(*own), g.ZERO))
        counted = register.step(f"{name}.counted", g.add(g.total(of_person, "household", "person"), *common))
        taken = self._deductions(register, member, known)
        counted_known = g.all_hold(*known)
        deducted: g.Node = g.ZERO
        if taken:
            register.step(f"{name}.deductible", g.add(*taken))
            # income does not fall below zero: what cannot be taken off any more is shown, not lost
            deducted = register.step(f"{name}.deducted", g.least(g.add(*taken), g.greatest(counted, g.ZERO)))
        register.amount(name, Known(g.greatest(g.sub(counted, deducted), g.ZERO), counted_known), "year")
        if self.per_head is not None:
            rounding: Rounding = self.per_head
            months = 12 if self.per == "month" else 1
            heads = g.mul(g.greatest(members, g.const(1)), g.const(months))
            total = register.amounts[name].value
            head = g.divided(total, heads, rounding.mode, unit=rounding.unit)
            register.amount(f"{name}.per_head", Known(head, counted_known), self.per)

    def _item(self, register: Register, level: g.Entity, item: str, how: Item, known: list[g.Node]) -> g.Node:
        """One item of one person, or of the household, per year."""
        window = self.window(how.months)
        months = how.months or self.months
        name = f"{self.full_name}.items.{item}"
        amount = register.items(level, item, window)
        if how.cost == "stated":
            net: g.Node = g.sub(amount, register.spent(level, item, window))
            if how.losses == "count":
                amount = net
            else:
                amount = g.greatest(net, g.ZERO)
                if how.losses is None:
                    loss = g.compare("<", net, g.ZERO)
                    if level == "person":
                        loss = g.any_of(loss, "household", "person")
                    self._open(register, f"{name}.losses", level, loss, known)
        elif how.cost is not None:
            cost = register.value("person", f"{name}.cost", how.cost, "low")
            self._open(register, f"{name}.cost", level, g.negate(cost.known), known)
            amount = g.sub(amount, g.rounded(g.mul(amount, cost.value)))
        if how.free is not None and level == "person":
            free = register.value("person", f"{name}.free", how.free)
            known.append(_whole_household(free.known))
            amount = g.greatest(g.ZERO, g.sub(amount, g.mul(free.value, g.const(months))))
        share = register.value("person", f"{name}.share", how.share, "low")
        if share.value is not g.const(RATE_ONE):
            if level == "household":
                # what belongs to the household belongs to nobody of a group
                share = register.value("household", f"{name}.share", how.share, "low")
            known.append(_whole_household(share.known))
            amount = g.rounded(g.mul(amount, share.value))
        return g.mul(amount, g.const(12 // months))

    @staticmethod
    def _open(register: Register, about: str, level: g.Entity, where: g.Node, known: list[g.Node]) -> None:
        if where is g.FALSE:
            return
        register.leave_open(about, where, f"{about}.{level}")
        known.append(g.negate(where))

    def _result(
        self, register: Register, result: str, how: Item, own: list[g.Node], common: list[g.Node], member: g.Node
    ) -> g.Node:
        """What a benefit or an allowance comes to in a year."""
        found = register.yearly(result)
        share = register.value("household", f"{self.full_name}.results.{result}.share", how.share, "low")
        amount = g.rounded(g.mul(found.value, share.value))
        if found.value.entity == "person":
            own.append(amount)
            shown: g.Node = g.total(g.choose(member, amount, g.ZERO), "household", "person")
        else:
            common.append(amount)
            shown = amount
        register.step(f"{self.full_name}.result.{result}", shown)
        return g.all_hold(_whole_household(found.known), share.known)

    def _deductions(self, register: Register, member: g.Node, known: list[g.Node]) -> list[g.Node]:
        found: list[g.Node] = []
        for place, one in enumerate(self.deductions, 1):
            at = f"{self.full_name}.deductions.{place}"
            amount = self._deduction(register, one, at, member, known)
            if one.above is not None:
                above = register.value("household", f"{at}.above", one.above, "low")
                known.append(above.known)
                amount = g.greatest(g.ZERO, g.sub(amount, above.value))
            if one.at_most is not None:
                most = register.value("household", f"{at}.at_most", one.at_most)
                known.append(most.known)
                amount = g.least(amount, most.value)
            found.append(register.step(f"{self.full_name}.deduction.{one.deduction}", amount))
        return found

    def _deduction(self, register: Register, one: Deduction, at: str, member: g.Node, known: list[g.Node]) -> g.Node:
        window, months = self.window(one.months), one.months or self.months
        if one.items is not None:
            spent = [register.items("person", item, window) for item in one.items]
            of_persons = g.total(g.choose(member, g.add(*spent), g.ZERO), "household", "person")
            common = [register.items("household", item, window) for item in one.items]
            return g.mul(g.add(of_persons, *common), g.const(12 // months))
        if one.health:
            inside = g.truth(f"claim.within.{window}", "claim")
            borne = g.choose(inside, register.steps["health.out_of_pocket"], g.ZERO)
            of_person = g.total(borne, "person", "claim")
            total = g.total(g.choose(member, of_person, g.ZERO), "household", "person")
            return g.mul(total, g.const(12 // months))
        if one.result is not None:
            found = register.yearly(one.result)
            known.append(_whole_household(found.known))
            if found.value.entity == "person":
                return g.total(g.choose(member, found.value, g.ZERO), "household", "person")
            return found.value
        applies = member
        if one.when is not None:
            verdict = c.describe(one.when, register, self.full_name, "person", f"deduction.{one.deduction}.when")
            applies = g.all_hold(member, verdict.met)
            known.append(_whole_household(verdict.known))
        if one.amount is not None:
            each = register.value("person", f"{at}.amount", one.amount)
            known.append(_whole_household(each.known))
            return g.total(g.choose(applies, g.mul(each.value, g.const(12)), g.ZERO), "household", "person")
        line = register.yearly(f"line.{one.line}")
        times = register.value("household", f"{at}.times", one.times)
        known += [line.known, times.known]
        each_year = g.rounded(g.mul(line.value, times.value))
        return g.mul(g.count(applies, "household", "person"), each_year)

    # --- explanation -----------------------------------------------------------------------------------------

    def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
        """The window, how each item counts, and what is deducted."""
        if self.ends is None:
            yield 0, words.say(_SAYS, "window", months=self.months)
        else:
            yield 0, words.say(_SAYS, "window_to", months=self.months, ends=self.ends)
        for name, how in {**self.items, **self.results}.items():
            called = words.known("provision" if name in self.results else "item", name)
            yield 1, words.labelled(called, words.listed(self._how(how, words)))
        if self.others is not None:
            yield 1, words.say(_SAYS, f"others_{self.others}")
        else:
            yield 1, words.say(_SAYS, "others_unsaid")
        for one in self.deductions:
            label = getattr(one.label, words.lang) if one.label else words.known("item", one.deduction)
            yield 0, words.say(_SAYS, "deducted", name=label)
            if one.when is not None:
                yield from ((depth + 1, text) for depth, text in in_words(one.when, words))
        if self.except_groups:
            names = words.listed(words.known("group", one) for one in self.except_groups)
            yield 0, words.say(_SAYS, "except", names=names)
        if self.per_head is not None:
            rounding = words.rounding(self.per_head.to, self.per_head.mode)
            yield 0, words.say(_SAYS, "per_head_rounded", rounding=rounding)

    @staticmethod
    def _how(how: Item, words: Words) -> Iterator[str]:
        share = value_text(how.share, words)
        yield words.say(_SAYS, {"100%": "counted", "0%": "left_out"}.get(share, "share"), share=share)
        if how.months is not None:
            yield words.say(_SAYS, "months", months=how.months)
        if how.cost == "stated":
            yield words.say(_SAYS, "net")
        elif how.cost is not None:
            yield words.say(_SAYS, "deemed", share=value_text(how.cost, words))
        if how.free is not None:
            yield words.say(_SAYS, "free", amount=value_text(how.free, words))

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """The sheet: each item that there is, deductions, the total and the members."""
        for name, value in steps.items():
            kind, _, rest = name.partition(".")
            if kind == "item" and value:
                yield 1, words.labelled(words.known("item", rest), words.money(value))
            elif kind == "result" and rest and value:
                yield 1, words.labelled(words.known("provision", rest), words.money(value))
        for one in self.deductions:
            taken = steps[f"deduction.{one.deduction}"]
            if taken:
                label = getattr(one.label, words.lang) if one.label else words.known("item", one.deduction)
                yield 1, words.labelled(words.say(_SAYS, "deducted", name=label), f"−{words.money(taken)}")
        if self.deductions and steps["deductible"] > steps["deducted"]:
            facts = {"all": words.money(steps["deductible"]), "taken": words.money(steps["deducted"])}
            yield 1, words.say(_SAYS, "unused", **facts)
        if not steps["known"]:
            yield 1, words.say(_SAYS, "unknown")
            return
        yield 1, words.say(_SAYS, "total", total=words.money(steps["result"]), members=steps["members"])
        if "per_head" in steps:
            yield 1, words.say(_SAYS, "per_head", amount=words.money(steps["per_head"]))


def _whole_household(known: g.Node) -> g.Node:
    """Whether something is known of every member."""
    return g.negate(g.any_of(g.negate(known), "household", "person")) if known.entity == "person" else known
