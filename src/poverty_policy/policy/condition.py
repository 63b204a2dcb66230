"""Conditions: indicators held against thresholds, combined by all, any, none, enough of them, or their weights.

One shape serves exit criteria, property tests, exclusions, groups and the conditions of benefits. An indicator
whose facts are not known is neither met nor failed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import attrs
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Fault, InputError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.money import RATE_ONE, Money, Rate
from poverty_policy.policy import known as k
from poverty_policy.policy.entry import Label, Name, Names, known, wrong
from poverty_policy.policy.provision import At
from poverty_policy.policy.register import FactKind, Register
from poverty_policy.policy.values import Leaf, Varied, leaves, name_faults, parse
from poverty_policy.terms import Dimension, Vocabulary

Sign = Literal["at_least", "above", "at_most", "below", "equals"]
_SIGNS: tuple[Sign, ...] = ("at_least", "above", "at_most", "below", "equals")
_COMBINED = ("all", "any", "none", "some", "any_member", "every_member", "no_member")
_LEAVES = ("fact", "income", "amount", "group", "result", "months_since", "residence", "age_from", "age_below")
Level = Literal["person", "household", "village", "township", "county"]
#: What steps beside an indicator are called; no indicator goes by these.
RESERVED = ("met", "failed", "known", "value", "threshold", "distance", "result")


def _threshold(raw: Any) -> Any:
    """``3000 元``, ``2%``, ``6``, ``2016-01-01``, ``true``, the name of a line, or a mapping of the first two."""
    if isinstance(raw, bool | dt.date | Leaf | Varied):
        return raw
    if type(raw) is int:
        if raw < 0:
            raise wrong(invalid("计数不能小于零", "a count is not below zero"))
        return raw
    if isinstance(raw, str) and raw[:1].isalpha() and raw.isascii() and raw not in ("unspecified", "none"):
        return raw  # a line
    text = str(next(iter(raw.values())) if isinstance(raw, dict) and raw else raw)
    try:
        return parse(raw, Rate if text.endswith(("%", "points")) else Money)
    except InputError as error:
        raise wrong(*error.faults) from None


_SCHEMA = {
    "description": "an amount, a rate, a count, a date, or the name of a line; or a mapping from zones, … to such",
    "anyOf": [{"type": "number"}, {"type": "string"}, {"type": "object"}],
}
Threshold = Annotated[Any, BeforeValidator(_threshold), WithJsonSchema(_SCHEMA)]


class Condition(Declaration):
    """An indicator with its threshold, or conditions combined."""

    indicator: Name | None = None
    """What it goes by in results; by default the name of what it looks at."""
    label: Label | None = None
    """What it is called, where the standard term does not fit."""
    source: str | None = Field(default=None, max_length=300)
    """Where it is stated, if elsewhere than the whole."""
    note: str | None = Field(default=None, max_length=2000)
    """What a reader should know."""
    weight: int | None = Field(default=None, ge=1, le=10_000)
    """How much it weighs among ``some``; one, if not stated."""

    all_: tuple[Condition, ...] | None = Field(default=None, alias="all", min_length=1)
    """All of these must be met."""
    any_: tuple[Condition, ...] | None = Field(default=None, alias="any", min_length=1)
    """At least one of these must be met."""
    none_: tuple[Condition, ...] | None = Field(default=None, alias="none", min_length=1)
    """None of these may be met: any one excludes."""
    some: tuple[Condition, ...] | None = Field(default=None, min_length=1)
    """Enough of these must be met: together they must weigh ``least``."""
    least: int | None = Field(default=None, ge=1)
    """How much those met among ``some`` must weigh; how many, where they have no weights."""
    any_member: Condition | None = None
    """Some member of the household meets this."""
    every_member: Condition | None = None
    """Every member of the household meets this."""
    no_member: Condition | None = None
    """No member of the household meets this."""

    fact: Name | None = None
    """A fact that the case states."""
    share_of: Name | None = None
    """Another fact, of which the first is a share: poor persons of all persons. The threshold is a rate."""
    per: Name | None = None
    """Another fact, a count, by which the first, an amount, is divided. The threshold is an amount."""
    income: str | None = None
    """The income per head of an account; the threshold is a line."""
    amount: str | None = None
    """The yearly amount of an account, a benefit, …, by full name."""
    per_member: bool = False
    """Whether a household's amount is taken per member before it is compared."""
    in_money: bool = False
    """Whether a fact and what it is a share of are amounts of money; counts otherwise."""
    group: Names | None = None
    """The groups, to one of which the person, or a member of the household, must belong."""
    result: str | None = None
    """The full name of a criterion, an allowance, …: whether it is met."""
    months_since: Name | None = None
    """A fact that is a day: full months from it to the day of the assessment."""
    residence: Names | None = None
    """Where the household lives: urban, rural."""
    age_from: int | None = Field(default=None, ge=0, le=150)
    """Youngest age in full years."""
    age_below: int | None = Field(default=None, ge=0, le=150)
    """First age in full years that is too old."""

    is_: bool | None = Field(default=None, alias="is")
    """What a fact or a result must be, where it is true or false."""
    one_of: Names | None = None
    """What a fact must be, where it is one of ``choices``."""
    choices: Names | None = None
    """All that the fact can be."""
    at_least: Threshold = None
    """It reaches this."""
    above: Threshold = None
    """It is more than this."""
    at_most: Threshold = None
    """It does not pass this."""
    below: Threshold = None
    """It is less than this."""
    equals: Threshold = None
    """It is exactly this."""

    @model_validator(mode="after")
    def _whole(self) -> Condition:
        faults = list(self._shape())
        if faults:
            raise wrong(*faults)
        return self

    def _shape(self) -> Iterator[Fault]:
        what = [name for name in (*_COMBINED, *_LEAVES) if getattr(self, _field(name)) is not None]
        if set(what) <= {"age_from", "age_below"} and what:
            what = ["age"]
        if len(what) != 1:
            names = ", ".join((*_COMBINED, *_LEAVES))
            zh = f"条件须写且只写 {names} 中的一项"
            yield invalid(zh, f"a condition states exactly one of {names}", *what[1:2])
            return
        kind = what[0]
        signs = [sign for sign in _SIGNS if getattr(self, sign) is not None]
        tests = len(signs) + (self.is_ is not None) + (self.one_of is not None)
        if kind == "result" and self.is_ is not None:
            tests -= 1  # it may say so, and is meant to be met otherwise
        wanted = 1 if kind in ("fact", "income", "amount", "months_since") else 0
        if tests != wanted or (self.is_ is not None and kind not in ("fact", "result")):
            zh = f"{kind} 须写{'一' if wanted else '零'}个比较（{', '.join(_SIGNS)}、is 或 one_of）"
            en = f"{kind} takes {'one comparison' if wanted else 'no comparison'} ({', '.join(_SIGNS)}, is or one_of)"
            yield invalid(zh, en)
        if self.indicator in RESERVED:
            yield invalid(f"“{self.indicator}”另有所指", f"{self.indicator!r} means something else", "indicator")
        if (self.one_of is None) != (self.choices is None) or set(self.one_of or ()) - set(self.choices or ()):
            zh = "one_of 须与 choices 一起写，且都在 choices 之中"
            yield invalid(zh, "one_of goes with choices, and names some of them", "one_of")
        if (self.some is None) != (self.least is None):
            yield invalid("some 与 least 须一起写", "some and least go together", "least")
        elif self.some is not None and self.least is not None:
            most = sum(one.weight or 1 for one in self.some)
            if self.least > most:
                zh, en = f"最多只能达到 {most}", f"together they weigh {most} only"
                yield invalid(zh, en, "least")
        ratios = [self.share_of is not None, self.per is not None, self.per_member]
        if any(ratios) and (self.fact is None or sum(ratios) > 1):
            zh = "share_of、per、per_member 只写一项，与 fact 一起写"
            yield invalid(zh, "one of share_of, per and per_member goes with fact")
        if signs and tests == 1:
            yield from self._threshold_faults(kind, signs[0])

    def _threshold_faults(self, kind: str, sign: Sign) -> Iterator[Fault]:
        threshold = getattr(self, sign)
        left_open = isinstance(threshold, Leaf) and threshold.value is None and not threshold.unlimited
        if left_open and kind != "income":
            return  # a figure that the sources leave open may be of any kind
        found = "unspecified" if left_open else kind_of(threshold)
        allowed: tuple[str, ...] = ("money", "rate", "count", "date")
        if kind == "income":
            allowed = ("line",)
        elif kind == "amount":
            allowed = ("money", "line")
        elif kind == "months_since":
            allowed = ("count",)
        elif self.share_of is not None:
            allowed = ("rate",)
        elif self.per is not None:
            allowed = ("money",)
        elif kind == "fact":
            allowed = ("money", "line") if self.per_member else (*allowed, "line")
        if found not in allowed:
            zh = f"这里的界限应是 {'、'.join(allowed)}，不是 {found}"
            yield invalid(zh, f"the threshold must be of kind {', '.join(allowed)} here, not {found}", sign)

    @property
    def sign(self) -> Sign:
        """How it is compared; ``equals``, where nothing is."""
        return next((sign for sign in _SIGNS if getattr(self, sign) is not None), "equals")

    @property
    def threshold(self) -> Any:
        """What it is compared with, if anything."""
        return getattr(self, self.sign)

    def parts(self) -> Iterator[tuple[At, Condition]]:
        """The conditions combined in it, and where they stand."""
        for name in ("all", "any", "none", "some"):
            for place, one in enumerate(getattr(self, _field(name)) or ()):
                yield (name, place), one
        for name in ("any_member", "every_member", "no_member"):
            if getattr(self, name) is not None:
                yield (name,), getattr(self, name)

    @property
    def of_members(self) -> bool:
        """Whether what is combined in it is about members."""
        return any(getattr(self, name) is not None for name in ("any_member", "every_member", "no_member"))

    def default_name(self) -> str:
        """What it goes by, if nothing else is said."""
        if self.indicator is not None:
            return self.indicator
        found = self.fact or self.months_since or self.income or self.amount or self.result
        if found is not None:
            return found.replace(".", "_")
        if self.group is not None:
            return "_or_".join(self.group)
        if self.residence is not None:
            return "residence"
        if self.age_from is not None or self.age_below is not None:
            return "age"
        return next(name for name in _COMBINED if getattr(self, _field(name)) is not None)

    def references(self) -> Iterator[tuple[At, str]]:
        """The provisions that it looks at."""
        if self.income is not None:
            yield ("income",), f"account.{self.income}"
        for field in ("amount", "result"):
            if getattr(self, field) is not None:
                yield (field,), getattr(self, field)
        for sign in _SIGNS:
            if isinstance(getattr(self, sign), str):
                yield (sign,), f"line.{getattr(self, sign)}"
        for at, one in self.parts():
            yield from (((*at, *inner), name) for inner, name in one.references())

    def options(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Facts that are one of several options, and all of these."""
        if self.fact is not None and self.choices is not None:
            yield self.fact, self.choices
        for _, one in self.parts():
            yield from one.options()

    def groups(self) -> Iterator[str]:
        """The groups that it asks for."""
        yield from self.group or ()
        for _, one in self.parts():
            yield from one.groups()

    def name_faults(self, vocabulary: Vocabulary, level: g.Entity) -> Iterator[Fault]:
        """Names that nobody knows, or that make no sense for those it is about."""
        for field, dimension in (("fact", "fact"), ("share_of", "fact"), ("per", "fact"), ("months_since", "fact")):
            name = getattr(self, field)
            if name is not None:
                yield from known(dimension, [name], vocabulary, field)  # type: ignore[arg-type]  # it is a dimension
        named: tuple[tuple[str, Dimension], ...] = (("group", "group"), ("residence", "residence"))
        for field, dimension in named:
            yield from known(dimension, getattr(self, field) or (), vocabulary, field)
        if level not in ("person", "household"):
            for field in ("group", "residence", "income", "amount"):
                if getattr(self, field) is not None:
                    zh = f"{field} 只用于人或户的条件"
                    yield invalid(zh, f"{field} goes with conditions of persons and households only", field)
        if level != "person" and (self.age_from is not None or self.age_below is not None):
            zh = "年龄条件只用于人：请放在 any_member 等之内"
            yield invalid(zh, "an age condition is about persons: put it inside any_member", "age_from")
        if level != "household" and self.per_member:
            zh = "per_member 只用于户的条件"
            yield invalid(zh, "per_member goes with conditions of households only", "per_member")
        if level != "household" and self.of_members:
            zh = "any_member 等只用于户的条件"
            yield invalid(zh, "any_member and the like go with conditions of households only")
        for sign in _SIGNS:
            value = getattr(self, sign)
            if isinstance(value, Leaf | Varied):
                yield from name_faults(value, vocabulary, sign, level=level)
        for at, one in self.parts():
            for fault in one.name_faults(vocabulary, "person" if self.of_members else level):
                yield fault.under(*at)


def _field(name: str) -> str:
    return f"{name}_" if name in ("all", "any", "none") else name


def kind_of(threshold: Any) -> str:
    """What a threshold is: money, rate, count, date, or the name of a line."""
    if isinstance(threshold, str):
        return "line"
    if isinstance(threshold, dt.date):
        return "date"
    if isinstance(threshold, int):
        return "count"
    values = [leaf.value for _, leaf in leaves(threshold) if leaf.value is not None]
    return "rate" if any(isinstance(value, Rate) for value in values) else "money"


@attrs.frozen
class Outlined:
    """A condition with the name that its steps go by.

    Attributes:
        condition: as declared.
        name: the name of its steps, below the provision.
        at: where it stands below the whole condition, as values are named: ``all.1``.
        level: whom it is about.
        parts: the conditions combined in it.
    """

    condition: Condition
    name: str
    at: str
    level: g.Entity
    parts: tuple[Outlined, ...] = ()

    def every(self) -> Iterator[Outlined]:
        """It and all within it."""
        yield self
        for one in self.parts:
            yield from one.every()


def outlined(condition: Condition, level: g.Entity, prefix: str = "") -> Outlined:
    """A condition and all within it, each under a name of its own."""
    taken: set[str] = set()

    def named(one: Condition, of: g.Entity, at: At) -> Outlined:
        wanted = name = one.default_name()
        number = 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        inside: g.Entity = "person" if one.of_members else of
        parts = tuple(named(part, inside, (*at, *path)) for path, part in one.parts())
        dotted = ".".join(str(step + 1) if isinstance(step, int) else step for step in at)
        return Outlined(one, f"{prefix}.{name}" if prefix else name, dotted, of, parts)

    return named(condition, level, ())


# --- meaning ----------------------------------------------------------------------------------------------


def describe(condition: Condition, register: Register, full_name: str, level: g.Entity, prefix: str = "") -> k.Verdict:
    """Write a condition and all within it into the register."""
    return _Describing(register, full_name).of(outlined(condition, level, prefix))


@attrs.frozen
class _Describing:
    register: Register
    full_name: str

    def of(self, outline: Outlined) -> k.Verdict:
        name = f"{self.full_name}.{outline.name}"
        if outline.parts:
            verdict = self._combined(outline.condition, [self.of(part) for part in outline.parts])
        else:
            verdict = self._leaf(outline.condition, name, outline.level)
        return self.register.verdict(name, verdict)

    @staticmethod
    def _combined(condition: Condition, verdicts: list[k.Verdict]) -> k.Verdict:
        if condition.all_ is not None:
            return k.all_met(verdicts)
        if condition.any_ is not None:
            return k.any_met(verdicts)
        if condition.none_ is not None:
            return k.any_met(verdicts).opposite()
        if condition.some is not None:
            assert condition.least is not None
            return k.enough_met(verdicts, [one.weight or 1 for one in condition.some], condition.least)
        (verdict,) = verdicts
        if condition.every_member is not None:
            return k.any_member(verdict.opposite(), "household", "person").opposite()
        some = k.any_member(verdict, "household", "person")
        return some.opposite() if condition.no_member is not None else some

    def _leaf(self, condition: Condition, name: str, level: g.Entity) -> k.Verdict:
        register = self.register
        facts = register.facts[level]
        if condition.group is not None:
            return k.any_met(register.belongs(level, one) for one in condition.group)
        if condition.residence is not None:
            return k.stated(k.Known(g.is_one_of(facts.category("residence"), condition.residence)))
        if condition.result is not None:
            verdict = register.verdict_of(condition.result)
            return verdict.opposite() if condition.is_ is False else verdict
        if condition.age_from is not None or condition.age_below is not None:
            return self._age(condition)
        if condition.income is not None:
            return self._income(condition, name, f"account.{condition.income}")
        if condition.one_of is not None:
            assert condition.fact is not None
            chosen = [register.choice(level, condition.fact, option) for option in condition.one_of]
            return k.any_met(k.stated(one) for one in chosen)
        if condition.is_ is not None:
            assert condition.fact is not None
            verdict = k.stated(register.fact(level, condition.fact, "truth"))
            return verdict if condition.is_ else verdict.opposite()
        return self._compared(condition, name, level)

    def _age(self, condition: Condition) -> k.Verdict:
        age = self.register.age()
        verdicts: list[k.Verdict] = []
        if condition.age_from is not None:
            youngest = g.const(condition.age_from)
            verdicts.append(k.judged(lambda years: g.compare("<=", youngest, years), age))
        if condition.age_below is not None:
            too_old = g.const(condition.age_below)
            verdicts.append(k.judged(lambda years: g.compare("<", years, too_old), age))
        return k.all_met(verdicts)

    def _compared(self, condition: Condition, name: str, level: g.Entity) -> k.Verdict:
        """A number held against a threshold, by cross-multiplying where it is a ratio."""
        register, threshold = self.register, condition.threshold
        whole: k.Known | None = None
        scale = 1
        if condition.amount is not None:
            part = register.yearly(condition.amount)
        elif condition.months_since is not None:
            part = register.months_since(level, condition.months_since)
        else:
            assert condition.fact is not None
            kind = fact_kind(condition)
            part = register.fact(level, condition.fact, kind)
            if condition.share_of is not None:
                whole = register.fact(level, condition.share_of, kind)
                scale = RATE_ONE
            elif condition.per is not None:
                whole = register.fact(level, condition.per, "count")
            elif condition.per_member:
                whole = k.Known(g.total(g.const(1), "household", "person"))
        if isinstance(threshold, str):
            limit = register.yearly(f"line.{threshold}")
        elif isinstance(threshold, dt.date):
            limit = k.Known(g.const(threshold.toordinal()))
        elif isinstance(threshold, int):
            limit = k.Known(g.const(threshold))
        else:
            limit = register.value(level, f"{name}.{condition.sign}", threshold, "high")
        return self._held_against(condition.sign, name, part, whole, limit, scale)

    def _held_against(
        self, sign: Sign, name: str, part: k.Known, whole: k.Known | None, limit: k.Known, scale: int
    ) -> k.Verdict:
        register = self.register
        given = [part, limit] if whole is None else [part, limit, whole]
        known = g.all_hold(*(one.known for one in given))
        value, edge = part.value, limit.value
        if whole is not None:  # of nothing there is no share
            known = g.all_hold(known, g.compare("<", g.ZERO, whole.value))
            edge = g.mul(limit.value, whole.value)
            register.step(
                f"{name}.value",
                g.divided(g.mul(value, g.const(scale)), g.greatest(whole.value, g.const(1))),
            )
        else:
            register.step(f"{name}.value", value)
        register.step(f"{name}.value.known", g.all_hold(part.known, whole.known if whole is not None else g.TRUE))
        register.step(f"{name}.threshold", limit.value)
        register.step(f"{name}.threshold.known", limit.known)
        return self._against(sign, name, (value, edge), known, scale)

    def _income(self, condition: Condition, name: str, account: str) -> k.Verdict:
        register = self.register
        line_name = f"line.{condition.threshold}"
        income, members = register.amounts[account], register.amounts[f"{account}.members"]
        line = register.amounts[line_name]
        months = 12 if register.periods[line_name] == "month" else 1
        rounded = register.amounts.get(f"{account}.per_head")
        if rounded is not None:  # the place rounds the income per head before it is compared
            theirs = 12 if register.periods[f"{account}.per_head"] == "month" else 1
            both = (g.mul(rounded.value, g.const(theirs)), g.mul(line.value, g.const(months)))
            register.step(f"{name}.value", rounded.value)
            verdict = self._against(condition.sign, name, both, g.all_hold(rounded.known, line.known))
        else:
            heads = g.mul(members.value, g.const(months))
            register.step(f"{name}.value", g.divided(income.value, g.greatest(heads, g.const(1))))
            both = (income.value, g.mul(line.value, heads))
            some = g.compare("<", g.ZERO, members.value)
            verdict = self._against(condition.sign, name, both, g.all_hold(income.known, line.known, some))
        register.step(f"{name}.value.known", income.known)
        register.step(f"{name}.threshold", line.value)
        register.step(f"{name}.threshold.known", line.known)
        return verdict

    def _against(self, sign: Sign, name: str, both: tuple[g.Node, g.Node], known: g.Node, scale: int = 1) -> k.Verdict:
        """Whether a value passes, and by how much it would have to move for that to change."""
        value, edge = both
        last_in, first_out = _edges(sign, edge, scale)
        holds = g.compare("<=", last_in, value) if sign in ("at_least", "above") else g.compare("<=", value, last_in)
        if sign == "equals":
            holds = g.compare("==", g.mul(value, g.const(scale)), edge)
        self.register.step(f"{name}.distance", g.sub(g.choose(holds, first_out, last_in), value))
        return k.Verdict(g.all_hold(known, holds), g.all_hold(known, g.negate(holds)))


def _edges(sign: Sign, edge: g.Node, scale: int) -> tuple[g.Node, g.Node]:
    """The last number that passes, and the first that does not, going away from it; the edge is times ``scale``."""
    one = g.const(1)
    floor = g.rounded(edge, "down", scale=scale)
    ceiling = g.rounded(edge, "up", scale=scale)
    match sign:
        case "at_least":
            return ceiling, g.sub(ceiling, one)
        case "above":
            return g.add(floor, one), floor
        case "at_most":
            return floor, g.add(floor, one)
        case "below":
            return g.sub(ceiling, one), ceiling
        case _:
            return floor, g.add(floor, one)


def fact_kind(condition: Condition) -> FactKind:
    """What kind of fact a condition looks at, by what it is held against."""
    if condition.months_since is not None:
        return "date"
    if condition.one_of is not None:
        return "choice"
    if condition.is_ is not None:
        return "truth"
    if condition.share_of is not None:
        return "money" if condition.in_money else "count"
    kind = kind_of(condition.threshold)
    return "money" if kind == "line" else kind  # type: ignore[return-value]  # all others are kinds of facts
