"""Allowances: who is entitled to the minimum living allowance or its like, by which tests, and to how much a month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, WithJsonSchema, model_validator

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Fault, invalid
from poverty_policy.formula import graph as g
from poverty_policy.policy import condition as c
from poverty_policy.policy import known as k
from poverty_policy.policy.condition import Condition
from poverty_policy.policy.entry import Label, Name, known, wrong
from poverty_policy.policy.explaining import MEMBERS, in_words, lines_of
from poverty_policy.policy.known import Known, Verdict
from poverty_policy.policy.provision import At, Provision, unnamed
from poverty_policy.policy.register import Register
from poverty_policy.policy.values import MoneyField, RateField, Rounding, RoundingField, name_faults
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.terms import Vocabulary

_SAYS: Phrases = {
    "income": ("人均收入", "income per head"),
    "is_below": ("{mark} 人均收入{sign}{line} {standard} 元：每人每{per} {head} 元", "{mark} income per head {sign} "
                 "{line} {standard} yuan: {head} yuan per head and {per}"),
    "below": ("低于", "below"),
    "at_most": ("不超过", "at most"),
    "over": ("，全家全年超出 {amount} 元", ", over by {amount} yuan for the household and year"),
    "no_income": ("？ 人均收入：收入情况不全", "? income per head: the records are not complete"),
    "no_line": ("？ 人均收入：规则未给出标准", "? income per head: the rule gives no standard"),
    "month": ("月", "month"),
    "year": ("年", "year"),
    "requires": ("须符合的条件", "conditions"),
    "excludes": ("不得享受的情形（有其一即不予保障）", "exclusions (any one excludes)"),
    "uncovered": ("不计入保障人数的成员：{ids}", "members not covered: {ids}"),
    "gap": ("差额：（{standard} × {members} − {income}）", "gap: ({standard} × {members} − {income})"),
    "class": ("分档：{name}，每人每月 {amount} 元 × {members}", "class {name}: {amount} yuan a month × {members}"),
    "full": ("全额：{standard} × {members}", "in full: {standard} × {members}"),
    "base": ("基本保障金 {amount}", "basic amount {amount}"),
    "minimum": ("补足到最低发放额 {amount}", "raised to the minimum payment {amount}"),
    "supplement": ("增发{name} {amount}（成员 {ids}）", "supplement {name} {amount} (member {ids})"),
    "single": ("单人保障：成员 {ids}，{amount}", "covered alone: member {ids}, {amount}"),
    "single_only": ("家庭不符合条件，下列成员可单独纳入", "the household does not qualify; by themselves:"),
    "tapering": ("渐退期内继续保障（已 {months} 个月，期限 {limit} 个月）",
                 "kept on while tapering ({months} months so far, of {limit})"),
    "tapering_amount": ("渐退期的发放数额规则未写明", "the rule does not say how much is paid while tapering"),
    "amount": ("每月发放 {amount} 元", "{amount} yuan a month"),
    "status": ("认定为{name}", "recognised as: {name}"),
    "no_amount": ("数额尚不能确定", "the amount cannot be determined yet"),
    "test": ("{account}人均{sign}{line}", "{account} per head {sign}: {line}"),
    "pays_gap": ("按差额发放", "pays the gap"),
    "pays_class": ("按类别定额发放", "pays an amount by class"),
    "pays_full": ("按标准全额发放", "pays the whole standard"),
    "pays_status": ("只作认定，不发放资金", "a recognition without money"),
    "not_covered": ("下列成员不计入保障人数", "members not paid for"),
    "supplement_for": ("增发：{name}", "supplement: {name}"),
    "single_for": ("家庭人均收入{sign}{line}的，下列成员可单独保障", "covered alone, the household {sign} {line}"),
    "tapering_open": ("收入超过标准后渐退，期限规则未写明", "tapering after the line is passed, for a time not said"),
    "tapering_for": ("收入超过标准后渐退 {months} 个月", "tapering after the line is passed: {months} months"),
    "review": ("{months} 个月后复核", "to be reviewed after {months} months"),
}  # fmt: skip


MonthsField = Annotated[
    int | Literal["unspecified"], Field(), WithJsonSchema({"anyOf": [{"type": "integer"}, {"const": "unspecified"}]})
]


class Supplement(Declaration):
    """What a member of some kind gets on top."""

    supplement: Name
    """Its name."""
    label: Label | None = None
    """What it is called."""
    when: Condition
    """For which members."""
    amount: MoneyField = None
    """So much per month."""
    share: RateField = None
    """Or a share, of ``of``."""
    of: Literal["line", "payment"] = "line"
    """Of the standard, or of what the member's household gets per covered member."""
    source: str | None = Field(default=None, max_length=300)
    """Where it is stated, if elsewhere than the allowance."""

    @model_validator(mode="after")
    def _once(self) -> Supplement:
        if (self.amount is None) == (self.share is None):
            raise wrong(invalid("amount 与 share 须写且只写一项", "state exactly one of amount and share"))
        return self


class Single(Declaration):
    """Members who are covered by themselves, where the household is a little above the line."""

    when: Condition
    """Which members."""
    line: str
    """The line of the household's income per head, up to which they are."""
    test: Literal["below", "at_most"] = "below"
    """Whether that line itself is too much."""
    own_income: Literal["below_line", "any"] = "any"
    """Whether the member's own income must be below the allowance's standard."""
    amount: Literal["full", "own_gap", "unspecified"] = "unspecified"
    """The whole standard; what the member's own income lacks; or not stated."""
    source: str | None = Field(default=None, max_length=300)
    """Where it is stated, if elsewhere than the allowance."""


class Extension(Declaration):
    """A longer time for households of some kind."""

    when: Condition
    """Which households."""
    months: MonthsField
    """How long; ``unspecified`` if the text leaves it open."""


class Tapering(Declaration):
    """Going on for a while after the income has passed the line."""

    months: MonthsField
    """For so many months after the income passed the line."""
    receiving: Name
    """The group whose members receive the allowance now."""
    since: Name
    """The fact that says on which day the income passed the line."""
    when: Condition | None = None
    """For which households."""
    extended: tuple[Extension, ...] = ()
    """Longer for some; the longest that applies."""
    pays: Literal["as_before", "full", "unspecified"] = "unspecified"
    """What was paid before (``before``), the whole standard for each member, or not stated."""
    before: Name | None = None
    """The fact that says what was paid per month before."""
    source: str | None = Field(default=None, max_length=300)
    """Where it is stated, if elsewhere than the allowance."""

    @model_validator(mode="after")
    def _whole(self) -> Tapering:
        if (self.pays == "as_before") != (self.before is not None):
            raise wrong(
                invalid("pays: as_before 与 before 须一起写", "pays: as_before and before go together", "before")
            )
        return self


class Review(Declaration):
    """How often an entitled household is looked at again."""

    months: int = Field(ge=1, le=120)
    """Every so many months."""
    when: Condition | None = None
    """Which households; all that no earlier one is about, if nothing is said."""


class Allowance(Provision):
    """An allowance, or a recognition that brings no money of its own (``pays: status``)."""

    KIND: ClassVar[str] = "allowance"
    SECTION: ClassVar[str] = "allowances"

    allowance: Name
    """Its name."""
    line: str | None = None
    """The standard: a line, per person."""
    account: str | None = None
    """The account of the household's income."""
    test: Literal["below", "at_most", "none"] = "below"
    """Whether an income per head that is just the standard is too much; ``none``: there is no income test."""
    requires: tuple[Condition, ...] = ()
    """What must be met besides."""
    excludes: tuple[Condition, ...] = ()
    """What excludes: any one of these."""
    uncovered: Condition | None = None
    """Members who are not paid for, though the household is entitled."""
    pays: Literal["gap", "class", "full", "status"]
    """The gap to the standard; an amount by class; the whole standard; or nothing but the recognition."""
    classes: dict[str, MoneyField] | None = Field(default=None, min_length=1)
    """For ``pays: class``: class -> amount per covered member and month."""
    class_fact: Name | None = None
    """For ``pays: class``: the fact that says which class the household was put in."""
    minimum: MoneyField = None
    """No covered member gets less than this a month."""
    minimum_share: RateField = None
    """No covered member gets less than this share of the standard."""
    rounding: RoundingField = Field(default_factory=Rounding)
    """To what the payment is rounded."""
    rounded_per: Literal["household", "person"] = "household"
    """Whether the household's payment is rounded, or that of each covered member."""
    supplements: tuple[Supplement, ...] = ()
    """What some members get on top."""
    several: Literal["highest", "added"] = "highest"
    """Where several supplements are due to one member."""
    single: Single | None = None
    """Members who are covered by themselves."""
    tapering: Tapering | None = None
    """Going on after the income has passed the line."""
    review: tuple[Review, ...] = ()
    """When the household is looked at again; the first that applies."""
    procedure: Name | None = None
    """The procedure that goes with it."""

    @model_validator(mode="after")
    def _whole(self) -> Allowance:
        faults: list[Fault] = []
        tested = self.test != "none"
        if tested and (self.line is None or self.account is None):
            zh = "须写 line 与 account，或写 test: none"
            faults.append(invalid(zh, "state line and account, or test: none", "line"))
        if (self.pays == "class") != (self.classes is not None and self.class_fact is not None):
            zh = "pays: class 与 classes、class_fact 须一起写"
            faults.append(invalid(zh, "pays: class, classes and class_fact go together", "classes"))
        if self.pays == "gap" and not tested:
            faults.append(invalid("差额须有 line 与 account", "a gap needs line and account", "pays"))
        needs_line = self.pays == "full" or self.minimum_share is not None or self.single is not None
        needs_line = needs_line or any(one.share is not None and one.of == "line" for one in self.supplements)
        if needs_line and self.line is None:
            faults.append(invalid("须写 line", "it needs a line", "line"))
        if self.pays == "status" and (self.supplements or self.minimum is not None or self.minimum_share is not None):
            zh = "pays: status 不发钱，不能写增发或最低发放额"
            faults.append(invalid(zh, "pays: status brings no money to add to or to raise", "pays"))
        if (self.single or self.tapering) and not tested:
            zh = "单人保障与渐退须有收入核查"
            faults.append(invalid(zh, "covering members alone and tapering need an income test", "test"))
        if self.minimum is not None and self.minimum_share is not None:
            faults.append(invalid("minimum 与 minimum_share 只写一项", "state one of the minima", "minimum"))
        if faults:
            raise wrong(*faults)
        return self

    def conditions(self) -> Iterator[tuple[At, Condition, g.Entity]]:
        """Every condition in it: where it stands and whom it is about."""
        for field in ("requires", "excludes"):
            for place, one in enumerate(getattr(self, field)):
                yield (field, place), one, "household"
        if self.uncovered is not None:
            yield ("uncovered",), self.uncovered, "person"
        for place, supplement in enumerate(self.supplements):
            yield ("supplements", place, "when"), supplement.when, "person"
        if self.single is not None:
            yield ("single", "when"), self.single.when, "person"
        if self.tapering is not None:
            if self.tapering.when is not None:
                yield ("tapering", "when"), self.tapering.when, "household"
            for place, longer in enumerate(self.tapering.extended):
                yield ("tapering", "extended", place, "when"), longer.when, "household"
        for place, review in enumerate(self.review):
            if review.when is not None:
                yield ("review", place, "when"), review.when, "household"

    def references(self) -> Iterator[tuple[At, str]]:
        """The line, the account, and what its conditions look at."""
        if self.line is not None:
            yield ("line",), f"line.{self.line}"
        if self.account is not None:
            yield ("account",), f"account.{self.account}"
        if self.single is not None:
            yield ("single", "line"), f"line.{self.single.line}"
        if self.procedure is not None:
            yield ("procedure",), f"procedure.{self.procedure}"
        yield from super().references()

    def choices(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Facts that are one of several options; the class is one."""
        yield from super().choices()
        if self.class_fact is not None:
            yield self.class_fact, tuple(self.classes or ())

    def name_faults(self, vocabulary: Vocabulary) -> Iterator[Fault]:
        """Names that nobody knows."""
        yield from super().name_faults(vocabulary)
        if self.tapering is not None:
            yield from known("group", [self.tapering.receiving], vocabulary, "tapering", "receiving")
            facts = [self.tapering.since, *([self.tapering.before] if self.tapering.before else [])]
            yield from known("fact", facts, vocabulary, "tapering")
        for place, supplement in enumerate(self.supplements):
            if supplement.label is None and vocabulary.dimension_of(supplement.supplement, ("provision",)) is None:
                yield unnamed(supplement.supplement, "supplements", place, "supplement")
        if self.class_fact is not None:
            yield from known("fact", [self.class_fact], vocabulary, "class_fact")
        for dotted, value in self.values():
            of: g.Entity = "person" if dotted.startswith("supplements") else "household"
            yield from name_faults(value, vocabulary, *dotted.split("."), level=of)

    # --- meaning ---------------------------------------------------------------------------------------------

    def describe(self, register: Register) -> None:
        """Entitlement first, then the amount per month: for covered members, with supplements, or for single ones."""
        _Describing(self, register).write()

    # --- in words --------------------------------------------------------------------------------------------

    def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
        """The tests, the exclusions, and how the amount follows."""
        if self.test != "none":
            line, account = (words.known("provision", f"{kind}.{name}") for kind, name in self._tested())
            yield 0, words.say(_SAYS, "test", account=account, sign=words.say(_SAYS, self.test), line=line)
        for field in ("requires", "excludes"):
            conditions: tuple[Condition, ...] = getattr(self, field)
            if conditions:
                yield 0, words.say(_SAYS, field)
                for one in conditions:
                    yield from ((depth + 1, text) for depth, text in in_words(one, words))
        yield 0, words.say(_SAYS, f"pays_{self.pays}")
        if self.uncovered is not None:
            yield 0, words.say(_SAYS, "not_covered")
            yield from ((depth + 1, text) for depth, text in in_words(self.uncovered, words))
        for supplement in self.supplements:
            name = _called(supplement, words)
            yield 0, words.say(_SAYS, "supplement_for", name=name)
            yield from ((depth + 1, text) for depth, text in in_words(supplement.when, words))
        if self.single is not None:
            line = words.known("provision", f"line.{self.single.line}")
            yield 0, words.say(_SAYS, "single_for", sign=words.say(_SAYS, self.single.test), line=line)
            yield from ((depth + 1, text) for depth, text in in_words(self.single.when, words))
        if self.tapering is not None:
            stated = isinstance(self.tapering.months, int)
            yield 0, words.say(_SAYS, "tapering_for" if stated else "tapering_open", months=self.tapering.months)
        for review in self.review:
            yield 0, words.say(_SAYS, "review", months=review.months)
            if review.when is not None:
                yield from ((depth + 1, text) for depth, text in in_words(review.when, words))

    def _tested(self) -> tuple[tuple[str, str], tuple[str, str]]:
        return ("line", self.line or ""), ("account", self.account or "")

    # --- explanation -----------------------------------------------------------------------------------------

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """The income test, conditions, exclusions; then how the amount came about."""
        if self.test != "none":
            yield self._explain_income(steps, words)
        for field in ("requires", "excludes"):
            conditions: tuple[Condition, ...] = getattr(self, field)
            if conditions:
                yield 1, words.say(_SAYS, field)
            for place, one in enumerate(conditions, 1):
                prefix, excludes = f"{field}.{place}", field == "excludes"
                for depth, line in lines_of(one, "household", steps, words, prefix, excludes=excludes):
                    yield depth + 1, line
        if steps.get("tapering.met"):
            months, limit = steps["tapering.months"], steps["tapering.limit"]
            yield 1, words.say(_SAYS, "tapering", months=months, limit=limit)
        if steps["met"]:
            yield from self._explain_amount(steps, words)
        elif steps.get("single.some"):
            ids = words.listed(one for one, own in steps[MEMBERS] if own["single.met"])
            yield 1, words.say(_SAYS, "single_only")
            amount = words.money(steps["result"]) if steps["known"] else words.say(_SAYS, "no_amount")
            yield 2, words.say(_SAYS, "single", ids=ids, amount=amount)

    def _explain_income(self, steps: Mapping[str, Any], words: Words) -> tuple[int, str]:
        if not steps["line.known"]:
            return 1, words.say(_SAYS, "no_line")
        if not steps["income.known"]:
            return 1, words.say(_SAYS, "no_income")
        per = words.say(_SAYS, "month" if steps["line.monthly"] else "year")
        mark = words.say({"y": ("✓", "✓"), "n": ("✗", "✗")}, "y" if steps["income.met"] else "n")
        text = words.say(
            _SAYS,
            "is_below",
            mark=mark,
            sign=words.say(_SAYS, self.test),
            line=words.known("provision", f"line.{self.line}"),
            standard=words.money(steps["line"]),
            per=per,
            head=words.money(steps["income.per_head"]),
        )
        if steps["income.failed"]:
            text += words.say(_SAYS, "over", amount=words.money(-steps["income.distance"]))
        return 1, text

    def _explain_amount(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        if self.pays == "status":
            return
        if not steps["known"]:
            tapering = steps.get("tapering.met") and self.tapering is not None and self.tapering.pays == "unspecified"
            yield 1, words.say(_SAYS, "tapering_amount" if tapering else "no_amount")
            return
        members = steps["covered"]
        left_out = [one for one, own in steps[MEMBERS] if not own["covered.person"]]
        if left_out:
            yield 1, words.say(_SAYS, "uncovered", ids=words.listed(left_out))
        if not steps.get("tapering.met"):
            if self.pays == "gap":
                facts = {"standard": words.money(steps["standard.year"]), "income": words.money(steps["income.year"])}
                yield (
                    1,
                    words.say(_SAYS, "gap", members=steps["members"], **facts)
                    + (" ÷ 12" if members == steps["members"] else f" ÷ 12 × {members} ÷ {steps['members']}"),
                )
            elif self.pays == "full":
                yield 1, words.say(_SAYS, "full", standard=words.money(steps["standard.month"]), members=members)
            else:
                each = words.money(steps["class.amount"])
                chosen = next((name for name in self.classes or () if steps.get(f"class.{name}.chosen")), "")
                yield 1, words.say(_SAYS, "class", name=chosen, amount=each, members=members)
        yield 1, words.say(_SAYS, "base", amount=words.money(steps["before_minimum"]))
        if steps["base"] > steps["before_minimum"]:
            yield 1, words.say(_SAYS, "minimum", amount=words.money(steps["base"]))
        for one in self.supplements:
            paid = steps[f"supplement.{one.supplement}"]
            if paid:
                ids = words.listed(who for who, own in steps[MEMBERS] if own[f"supplement.{one.supplement}.paid"])
                name = _called(one, words)
                yield 1, words.say(_SAYS, "supplement", name=name, amount=words.money(paid), ids=ids)


def _called(supplement: Supplement, words: Words) -> str:
    if supplement.label is not None:
        return str(getattr(supplement.label, words.lang))
    return words.known("provision", supplement.supplement)


_ONE: g.Node = g.const(1)


class _Describing:
    """Writes one allowance into the register, step by step."""

    def __init__(self, of: Allowance, register: Register) -> None:
        self.of = of
        self.register = register
        self.name = of.full_name
        self.covered: g.Node = g.ZERO
        self.covers: g.Node = g.TRUE
        self.members: g.Node = g.ZERO
        self.month: Known = Known(g.ZERO)

    def write(self) -> None:
        of, register = self.of, self.register
        self._members()
        if of.line is not None:
            self._line(of.line)
        income = self._income() if of.test != "none" else k.MET
        others = [self._condition(one, f"requires.{place}") for place, one in enumerate(of.requires, 1)]
        others += [self._condition(one, f"excludes.{place}").opposite() for place, one in enumerate(of.excludes, 1)]
        besides = k.all_met(others)
        regular = k.all_met([income, besides])
        tapering = self._tapering(of.tapering, income, besides) if of.tapering is not None else k.FAILED
        entitled = register.verdict(self.name, k.any_met([regular, tapering]))
        if of.pays == "status":
            self._single(income, besides, entitled)
            self._review(entitled)
            return
        regular_amount = self._base()
        amount = regular_amount
        if of.tapering is not None:
            kept = self._kept(of.tapering)
            amount = Known(
                g.choose(tapering.met, kept.value, regular_amount.value),
                g.choose(tapering.met, kept.known, regular_amount.known),
            )
        supplements = self._supplements(entitled, amount)
        alone = self._single(income, besides, entitled)
        due = g.choose(entitled.met, g.add(amount.value, supplements.value), alone.value)
        known = g.any_holds(
            g.all_hold(entitled.met, amount.known, supplements.known), g.all_hold(entitled.failed, alone.known)
        )
        register.amount(self.name, Known(due, known), "month")
        self._review(entitled)

    def step(self, name: str, node: g.Node) -> g.Node:
        return self.register.step(f"{self.name}.{name}", node)

    def _condition(self, one: Condition, prefix: str, level: g.Entity = "household") -> Verdict:
        return c.describe(one, self.register, self.name, level, prefix)

    def _members(self) -> None:
        """Who is a member, and who of them is paid for."""
        of, register = self.of, self.register
        member: g.Node = register.steps[f"account.{of.account}.member"] if of.account is not None else g.TRUE
        covers = member
        if of.uncovered is not None:
            uncovered = self._condition(of.uncovered, "uncovered", "person")
            covers = g.all_hold(member, uncovered.failed)
            self.uncovered_known = _everyone(uncovered.known)
        else:
            self.uncovered_known = g.TRUE
        self.covers = self.step("covered.person", covers)
        self.members = self.step("members", _count(member))
        self.covered = self.step("covered", _count(covers))

    def _line(self, line: str) -> None:
        register = self.register
        name = f"line.{line}"
        found = register.amounts[name]
        self.step("line", found.value)
        self.step("line.known", found.known)
        self.monthly = register.periods[name] == "month"
        self.step("line.monthly", g.const(self.monthly))
        self.year = register.yearly(name)
        month = found.value if self.monthly else g.rounded(found.value, scale=12)
        self.month = Known(month, found.known)
        self.step("standard.year", self.year.value)
        self.step("standard.month", month)

    def _income(self) -> Verdict:
        """Whether the income per head is below the line, compared without dividing."""
        of, register = self.of, self.register
        account = f"account.{of.account}"
        income = register.amounts[account]
        self.income = income
        self.step("income.year", income.value)
        self.step("income.known", income.known)
        some = g.compare("<", g.ZERO, self.members)
        months = 12 if self.monthly else 1
        rounded = register.amounts.get(f"{account}.per_head")
        self.rounded_head: g.Node | None = None
        if rounded is not None:  # the place goes by an income per head that it has rounded
            theirs = 12 if register.periods[f"{account}.per_head"] == "month" else 1
            head = g.mul(rounded.value, g.const(theirs))
            self.rounded_head = head
            both = (head, self.year.value)
            shown = rounded.value if theirs == months else g.rounded(head, scale=months)
        else:
            both = (income.value, g.mul(self.year.value, self.members))
            heads = g.mul(g.greatest(self.members, g.const(1)), g.const(months))
            shown = g.divided(income.value, heads)
        self.step("income.per_head", shown)
        holds = g.compare("<" if of.test == "below" else "<=", *both)
        last_in = g.sub(both[1], g.const(1)) if of.test == "below" else both[1]
        self.step("income.distance", g.sub(g.choose(holds, g.add(last_in, g.const(1)), last_in), both[0]))
        known = g.all_hold(income.known, self.year.known, some)
        verdict = Verdict(g.all_hold(known, holds), g.all_hold(known, g.negate(holds)))
        return register.verdict(f"{self.name}.income", verdict)

    def _base(self) -> Known:
        """What covered members get before supplements, per month."""
        of = self.of
        exact: Known
        if of.pays == "gap":
            exact = self._gap()
        elif of.pays == "full":
            exact = k.worked_out(lambda standard: self._rounded_each(standard), self.month)
        else:
            exact = k.worked_out(lambda amount: self._rounded_each(amount), self._class())
        before = self.step("before_minimum", g.choose(self._some(), exact.value, g.ZERO))
        known = g.all_hold(exact.known, self.uncovered_known)
        amount = before
        least = self._least()
        if least is not None:
            amount = g.greatest(before, g.mul(least.value, self.covered))
            known = g.all_hold(known, least.known)
        return Known(self.step("base", amount), known)

    def _some(self) -> g.Node:
        return g.compare("<", g.ZERO, self.covered)

    def _gap(self) -> Known:
        """(standard × members − income) for the covered ones, per month, rounded once."""
        of, mode, unit = self.of, self.of.rounding.mode, self.of.rounding.unit
        known = g.all_hold(self.income.known, self.year.known)
        if self.rounded_head is not None:
            missing, heads = g.sub(self.year.value, self.rounded_head), _ONE
        else:
            missing = g.sub(g.mul(self.year.value, self.members), self.income.value)
            heads = g.greatest(self.members, _ONE)
        missing = g.greatest(g.ZERO, missing)
        months = g.mul(heads, g.const(12))
        if of.rounded_per == "person":
            return Known(g.mul(g.divided(missing, months, mode, unit=unit), self.covered), known)
        if self.rounded_head is None and of.uncovered is None:
            return Known(g.rounded(missing, mode, scale=12, unit=unit), known)
        return Known(g.divided(g.mul(missing, self.covered), months, mode, unit=unit), known)

    def _rounded_each(self, each: g.Node) -> g.Node:
        """An amount for each covered member, rounded as the rule says."""
        mode, unit = self.of.rounding.mode, self.of.rounding.unit
        if self.of.rounded_per == "person":
            return g.mul(g.rounded(each, mode, scale=1, unit=unit), self.covered)
        return g.rounded(g.mul(each, self.covered), mode, scale=1, unit=unit)

    def _class(self) -> Known:
        of, register = self.of, self.register
        assert of.classes is not None
        assert of.class_fact is not None
        node: g.Node = g.ZERO
        known: list[g.Node] = []
        for name, value in of.classes.items():
            amount = register.value("household", f"{self.name}.classes.{name}", value)
            chosen = register.choice("household", of.class_fact, name)
            self.step(f"class.{name}.chosen", g.all_hold(chosen.known, chosen.value))
            node = g.choose(chosen.value, amount.value, node)
            known.append(g.all_hold(chosen.known, chosen.value, amount.known))
        self.step("class.amount", node)
        return Known(node, g.any_holds(*known))

    def _least(self) -> Known | None:
        of, register = self.of, self.register
        if of.minimum is not None:
            return register.value("household", f"{self.name}.minimum", of.minimum)
        if of.minimum_share is not None:
            share = register.value("household", f"{self.name}.minimum_share", of.minimum_share)
            return k.worked_out(lambda standard, rate: g.rounded(g.mul(standard, rate)), self.month, share)
        return None

    def _supplements(self, entitled: Verdict, base: Known) -> Known:
        """For each covered member the highest, or all; summed up over the household."""
        of, register = self.of, self.register
        if not of.supplements:
            return Known(g.ZERO)
        due: list[g.Node] = []
        known: list[g.Node] = []
        for place, one in enumerate(of.supplements, 1):
            verdict = self._condition(one.when, f"supplement.{one.supplement}.when", "person")
            known.append(_everyone(verdict.known))
            at = f"{self.name}.supplements.{place}"
            if one.amount is not None:
                each = register.value("person", f"{at}.amount", one.amount)
            else:
                share = register.value("person", f"{at}.share", one.share)
                of_what = self.month
                if one.of == "payment":
                    heads = g.greatest(self.covered, g.const(1))
                    per_member = g.divided(base.value, heads)
                    of_what = Known(per_member, base.known)
                each = k.worked_out(lambda amount, rate: g.rounded(g.mul(amount, rate)), of_what, share)
            known.append(_everyone(each.known))
            due.append(g.choose(g.all_hold(self.covers, verdict.met), each.value, g.ZERO))
        best: g.Node = g.greatest(*due) if of.several == "highest" else g.ZERO
        taken: g.Node = g.FALSE
        paid: list[g.Node] = []
        for one, amount in zip(of.supplements, due, strict=True):
            if of.several == "highest":  # the first of those that are equal
                wins = g.all_hold(g.negate(taken), g.compare("<", g.ZERO, amount), g.compare("==", amount, best))
                taken = g.any_holds(taken, wins)
                amount = g.choose(wins, amount, g.ZERO)
            self.step(f"supplement.{one.supplement}.paid", g.all_hold(entitled.met, g.compare("<", g.ZERO, amount)))
            total = g.total(amount, "household", "person")
            paid.append(g.choose(entitled.met, total, g.ZERO))
            self.step(f"supplement.{one.supplement}", paid[-1])
        return Known(g.add(*paid), g.all_hold(*known))

    def _single(self, income: Verdict, besides: Verdict, entitled: Verdict) -> Known:
        """Members covered by themselves, where the household as a whole is not entitled."""
        single = self.of.single
        if single is None:
            return Known(g.ZERO)
        register = self.register
        limit = register.yearly(f"line.{single.line}")
        if self.rounded_head is not None:
            both = (self.rounded_head, limit.value)
        else:
            both = (self.income.value, g.mul(limit.value, self.members))
        holds = g.compare("<" if single.test == "below" else "<=", *both)
        near = k.stated(Known(holds, g.all_hold(self.income.known, limit.known)))
        register.verdict(f"{self.name}.single.near", near)
        member = self._condition(single.when, "single.when", "person")
        own = register.steps[f"account.{self.of.account}.own"]
        verdicts = [entitled.opposite(), income.opposite(), besides, near, member]
        if single.own_income == "below_line":
            less = Known(g.compare("<", own, self.year.value), g.all_hold(self.income.known, self.year.known))
            verdicts.append(k.stated(less))
        verdict = k.all_met(verdicts)
        alone = register.verdict(f"{self.name}.single", Verdict(g.all_hold(self.covers, verdict.met), verdict.failed))
        some = self.step("single.some", g.any_of(alone.met, "household", "person"))
        if single.amount == "unspecified":
            register.leave_open(f"{self.name}.single.amount", some)
            return Known(g.ZERO, g.all_hold(g.negate(some), _everyone(verdict.known)))
        each = self.month.value
        if single.amount == "own_gap":
            mode, unit = self.of.rounding.mode, self.of.rounding.unit
            each = g.rounded(g.greatest(g.ZERO, g.sub(self.year.value, own)), mode, scale=12, unit=unit)
        total = g.total(g.choose(alone.met, each, g.ZERO), "household", "person")
        return Known(total, g.all_hold(_everyone(verdict.known), self.month.known))

    def _tapering(self, tapering: Tapering, income: Verdict, besides: Verdict) -> Verdict:
        """Kept on: receiving it, above the line, and not longer than the rule allows."""
        register = self.register
        verdicts = [income.opposite(), besides]
        receives = g.truth(f"person.group.{tapering.receiving}", "person")  # the status on paper, not a result
        verdicts.append(k.stated(Known(g.any_of(receives, "household", "person"))))
        if tapering.when is not None:
            verdicts.append(self._condition(tapering.when, "tapering.when"))
        since = register.months_since("household", tapering.since)
        self.step("tapering.months", since.value)
        limit = self._months(tapering.months, "tapering.months")
        node, known = limit.value, limit.known
        for place, longer in enumerate(tapering.extended, 1):
            extended = self._condition(longer.when, f"tapering.extended.{place}")
            months = self._months(longer.months, f"tapering.extended.{place}.months")
            if isinstance(longer.months, int):
                node = g.choose(extended.met, g.greatest(node, months.value), node)
                known = g.all_hold(known, extended.known)
            else:  # for how long is not said: within the ordinary time it makes no difference
                beyond = g.all_hold(g.negate(extended.failed), g.compare("<=", node, since.value))
                known = g.all_hold(known, g.negate(beyond))
        self.step("tapering.limit", node)
        within = g.compare("<", since.value, node)
        verdicts.append(k.stated(Known(within, g.all_hold(since.known, known))))
        return register.verdict(f"{self.name}.tapering", k.all_met(verdicts))

    def _months(self, months: int | str, at: str) -> Known:
        if isinstance(months, int):
            return Known(g.const(months))
        self.register.leave_open(f"{self.name}.{at}", g.TRUE)
        return Known(g.ZERO, g.FALSE)

    def _kept(self, tapering: Tapering) -> Known:
        """What is paid meanwhile."""
        register = self.register
        if tapering.pays == "full":
            return k.worked_out(lambda standard: self._rounded_each(standard), self.month)
        if tapering.before is not None:
            return register.fact("household", tapering.before, "money")
        register.leave_open(f"{self.name}.tapering.pays", register.verdicts[f"{self.name}.tapering"].met)
        return Known(g.ZERO, g.FALSE)

    def _review(self, entitled: Verdict) -> None:
        if not self.of.review:
            return
        node: g.Node = g.ZERO
        known: g.Node = g.TRUE
        for place, one in reversed(list(enumerate(self.of.review, 1))):
            if one.when is None:
                node, known = g.const(one.months), g.TRUE
            else:
                verdict = self._condition(one.when, f"review.{place}")
                node = g.choose(verdict.met, g.const(one.months), node)
                known = g.any_holds(verdict.met, g.all_hold(verdict.failed, known))
        self.step("review.months", g.choose(entitled.met, node, g.ZERO))
        self.step("review.known", g.all_hold(entitled.met, known))


def _everyone(known: g.Node) -> g.Node:
    """Whether something is known of every member."""
    return g.negate(g.any_of(g.negate(known), "household", "person")) if known.entity == "person" else known


def _count(condition: g.Node) -> g.Node:
    """How many members meet a condition."""
    return g.count(condition, "household", "person")


__all__ = ["Allowance", "Extension", "Review", "Single", "Supplement", "Tapering"]
