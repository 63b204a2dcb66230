"""How conditions explain themselves: each indicator with its mark, its value, its threshold and what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from poverty_policy.formula import graph as g
from poverty_policy.money import Money
from poverty_policy.policy.condition import Condition, Outlined, fact_kind, kind_of, outlined
from poverty_policy.policy.values import VARY, Leaf, Value, Varied
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.terms import Dimension

#: Where the steps of members stand among those of a household: a list of (identifier, steps).
MEMBERS = "@members"

_SAYS: Phrases = {
    "met": ("✓", "✓"),
    "failed": ("✗", "✗"),
    "unknown": ("？", "?"),
    "all": ("以下各项均须符合", "all of these"),
    "any": ("以下符合其一即可", "any one of these"),
    "none": ("以下均不得有", "none of these"),
    "some": ("以下合计须达 {least}", "together at least {least} of these"),
    "any_member": ("有成员{inner}", "some member: {inner}"),
    "every_member": ("全体成员{inner}", "every member: {inner}"),
    "no_member": ("没有成员{inner}", "no member: {inner}"),
    "at_least": ("不低于 {threshold}", "at least {threshold}"),
    "above": ("高于 {threshold}", "above {threshold}"),
    "at_most": ("不超过 {threshold}", "at most {threshold}"),
    "below": ("低于 {threshold}", "below {threshold}"),
    "equals": ("等于 {threshold}", "equal to {threshold}"),
    "is_true": ("是", "yes"),
    "is_false": ("否", "no"),
    "case": ("“{told}”：{detail}", "“{told}”: {detail}"),
    "is_case": ("有此情形", "yes"),
    "no_case": ("无此情形", "no"),
    "yuan": (" 元", " yuan"),
    "no_cap": ("不封顶", "no cap"),
    "must": ("要求：{what}", "must be: {what}"),
    "one_of": ("须为 {names}", "must be {names}"),
    "line": ("{name} {amount}", "{name} {amount}"),
    "no_value": ("未提供", "not stated"),
    "no_figure": ("规则未给出数值", "the rule gives no figure"),
    "short": ("还差 {distance}", "short by {distance}"),
    "over": ("超出 {distance}", "over by {distance}"),
    "household": ("全家全年{text}", "whole household and year: {text}"),
    "months": ("{count} 个月", "{count} months"),
    "age_from": ("满 {years} 周岁", "aged {years} or more"),
    "age_below": ("不满 {years} 周岁", "younger than {years}"),
    "residence": ("户籍属于{names}", "living in: {names}"),
    "group": ("属于{names}", "belongs to: {names}"),
    "weight": ("（{weight} 分）", " ({weight} points)"),
    "member": ("成员 {ids}", "member {ids}"),
    "per_head": ("{name}人均", "{name} per head"),
    "per_member": ("人均{part}", "{part} per member"),
    "share": ("{part}占{whole}的比例", "{part} as a share of {whole}"),
    "per": ("{part}（按{whole}平均）", "{part} per {whole}"),
    "since": ("自{name}起的月数", "months since: {name}"),
    "not": ("不属于：{name}", "not: {name}"),
}


def lines_of(
    condition: Condition,
    level: g.Entity,
    steps: Mapping[str, Any],
    words: Words,
    prefix: str,
    *,
    excludes: bool = False,
) -> Iterator[tuple[int, str]]:
    """The lines of a condition; ``steps`` are named below its provision.

    With ``excludes``, it is good that the condition is not met, and the marks say so.
    """
    return _lines(outlined(condition, level, prefix), steps, words, 1, excludes)


_INVERSE = {"met": "failed", "failed": "met", "unknown": "unknown"}


def _lines(
    outline: Outlined, steps: Mapping[str, Any], words: Words, depth: int, excludes: bool
) -> Iterator[tuple[int, str]]:
    mark = state(outline, steps)
    condition = outline.condition
    text = label(condition, words)
    if condition.weight is not None:
        text += words.say(_SAYS, "weight", weight=condition.weight)
    if outline.parts and not condition.of_members:
        detail = ""
    elif excludes:
        detail = _detail_of_exclusion(outline, steps, words, mark)
    else:
        detail = _members(outline, steps, words) if condition.of_members else _detail(outline, steps, words, mark)
    sign = words.say(_SAYS, _INVERSE[mark] if excludes else mark)
    if excludes and detail and condition.label is None:  # what would be the case, then whether it is
        _, told = next(in_words(condition, words))
        yield depth, f"{sign} {words.say(_SAYS, 'case', told=told, detail=detail)}"
    else:
        yield depth, f"{sign} {words.labelled(text, detail) if detail else text}"
    if not condition.of_members:
        inside = excludes != (condition.none_ is not None)
        for part in outline.parts:
            yield from _lines(part, steps, words, depth + 1, inside)


def in_words(condition: Condition, words: Words, depth: int = 0) -> Iterator[tuple[int, str]]:
    """What a condition asks for, line by line."""
    text = label(condition, words)
    if condition.is_ is not None and condition.fact is not None:
        text = words.labelled(text, words.say(_SAYS, "is_true" if condition.is_ else "is_false"))
    elif condition.one_of is not None:
        text = words.labelled(text, words.say(_SAYS, "one_of", names=words.either(condition.one_of)))
    elif condition.threshold is not None:
        text = words.labelled(text, words.say(_SAYS, condition.sign, threshold=_limit(condition, words)))
    elif condition.of_members:
        (_, inner) = next(condition.parts())
        if inner.threshold is not None or inner.is_ is not None or inner.one_of is not None:
            _, told = next(in_words(inner, words))
            name = next(
                one for one in ("any_member", "every_member", "no_member") if getattr(condition, one) is not None
            )
            text = words.say(_SAYS, name, inner=told)
    if condition.weight is not None:
        text += words.say(_SAYS, "weight", weight=condition.weight)
    yield depth, f"· {text}" if depth else text
    if not condition.of_members:
        for _, part in condition.parts():
            yield from in_words(part, words, depth + 1)


def _limit(condition: Condition, words: Words) -> str:
    threshold = condition.threshold
    if isinstance(threshold, str):
        return words.known("provision", f"line.{threshold}")
    if isinstance(threshold, Leaf | Varied):
        return value_text(threshold, words)
    return words.say(_SAYS, "months", count=threshold) if condition.months_since is not None else str(threshold)


def value_text(value: Value, words: Words) -> str:
    """A value in a line: ``2%（西部地区 3%）``."""
    if isinstance(value, Leaf):
        if value.value is None:
            return words.say(_SAYS, "no_cap" if value.unlimited else "no_figure")
        return f"{value.value}{words.say(_SAYS, 'yuan')}" if isinstance(value.value, Money) else str(value.value)
    parts = [
        f"{words.listed(_case(name, words) for name in names)} {value_text(inner, words)}"
        for names, inner in value.cases
    ]
    if value.default is None:
        return words.listed(parts)
    return value_text(value.default, words) + words.bracketed(words.listed(parts))


def _case(name: str, words: Words) -> str:
    dimensions: tuple[Dimension, ...] = tuple(dict.fromkeys(one for many in VARY.values() for one in many))
    dimension = words.vocabulary.dimension_of(name, dimensions)
    return words.known(dimension, name) if dimension else name


def _detail_of_exclusion(outline: Outlined, steps: Mapping[str, Any], words: Words, mark: str) -> str:
    """Whether the case is one that is excluded, and the value that says so."""
    text = words.say(_SAYS, {"met": "is_case", "failed": "no_case", "unknown": "no_value"}[mark])
    name = outline.name
    if mark != "unknown" and f"{name}.threshold" in steps:
        text += words.bracketed(_shown(steps[f"{name}.value"], _kind(outline.condition), words))
    members = _members(outline, steps, words) if outline.condition.of_members else ""
    return text + (words.bracketed(members) if members else "")


def state(outline: Outlined, steps: Mapping[str, Any]) -> str:
    """``met``, ``failed`` or ``unknown``."""
    if steps[f"{outline.name}.met"]:
        return "met"
    return "failed" if steps[f"{outline.name}.failed"] else "unknown"


def label(condition: Condition, words: Words) -> str:
    """What a condition is called."""
    if condition.label is not None:
        return str(getattr(condition.label, words.lang))

    def fact(name: str | None) -> str:
        return words.known("fact", name or "")

    if condition.income is not None:
        return words.say(_SAYS, "per_head", name=words.known("provision", f"account.{condition.income}"))
    if condition.share_of is not None:
        return words.say(_SAYS, "share", part=fact(condition.fact), whole=fact(condition.share_of))
    if condition.per is not None:
        return words.say(_SAYS, "per", part=fact(condition.fact), whole=fact(condition.per))
    if condition.per_member:
        return words.say(_SAYS, "per_member", part=fact(condition.fact))
    if condition.fact is not None:
        return fact(condition.fact)
    if condition.months_since is not None:
        return words.say(_SAYS, "since", name=fact(condition.months_since))
    if condition.amount is not None:
        return words.known("provision", condition.amount)
    if condition.result is not None:
        text = words.known("provision", condition.result)
        return words.say(_SAYS, "not", name=text) if condition.is_ is False else text
    if condition.group is not None:
        return words.say(_SAYS, "group", names=words.either(words.known("group", one) for one in condition.group))
    if condition.residence is not None:
        names = words.either(words.known("residence", one) for one in condition.residence)
        return words.say(_SAYS, "residence", names=names)
    ages = [
        words.say(_SAYS, field, years=years)
        for field, years in (("age_from", condition.age_from), ("age_below", condition.age_below))
        if years is not None
    ]
    if ages:
        return words.listed(ages)
    if condition.of_members:
        (_, inner) = next(condition.parts())
        told = label(inner, words)
        if inner.is_ is False and inner.fact is not None:
            told = words.labelled(told, words.say(_SAYS, "is_false"))
        return words.say(_SAYS, _quantifier(condition), inner=told)
    combined = next(name for name in ("all", "any", "none", "some") if getattr(condition, _field(name)) is not None)
    return words.say(_SAYS, combined, least=condition.least)


def _quantifier(condition: Condition) -> str:
    return next(one for one in ("any_member", "every_member", "no_member") if getattr(condition, one) is not None)


def _field(name: str) -> str:
    return name if name == "some" else f"{name}_"


def _detail(outline: Outlined, steps: Mapping[str, Any], words: Words, mark: str) -> str:
    condition, name = outline.condition, outline.name
    if condition.is_ is not None and condition.fact is not None:
        wanted = words.say(_SAYS, "is_true" if condition.is_ else "is_false")
        if mark == "unknown":
            return f"{words.say(_SAYS, 'no_value')}{words.bracketed(words.say(_SAYS, 'must', what=wanted))}"
        return words.say(_SAYS, "is_true" if condition.is_ == (mark == "met") else "is_false")
    if condition.one_of is not None:
        wanted = words.say(_SAYS, "one_of", names=words.either(condition.one_of))
        return f"{words.say(_SAYS, 'no_value')}{words.bracketed(wanted)}" if mark == "unknown" else wanted
    if f"{name}.threshold" not in steps:
        return ""
    kind = _kind(condition)
    threshold = words.say(_SAYS, "no_figure")
    if steps[f"{name}.threshold.known"]:
        threshold = _shown(steps[f"{name}.threshold"], kind, words)
        if isinstance(condition.threshold, str):
            line = words.known("provision", f"line.{condition.threshold}")
            threshold = words.say(_SAYS, "line", name=line, amount=threshold)
    limit = words.say(_SAYS, condition.sign, threshold=threshold)
    if not steps[f"{name}.value.known"]:
        return f"{words.say(_SAYS, 'no_value')}{words.bracketed(limit)}"
    text = f"{_shown(steps[f'{name}.value'], kind, words)}{words.bracketed(limit)}"
    if mark == "failed":
        text += ("，" if words.lang == "zh" else ", ") + _distance(condition, steps[f"{name}.distance"], kind, words)
    return text


def _distance(condition: Condition, distance: int, kind: str, words: Words) -> str:
    unit = kind
    if condition.share_of is not None:
        unit = "money" if condition.in_money else "count"
    text = words.say(_SAYS, "short" if distance > 0 else "over", distance=_shown(abs(distance), unit, words))
    return words.say(_SAYS, "household", text=text) if condition.income is not None else text


def _kind(condition: Condition) -> str:
    if condition.income is not None or condition.amount is not None:
        return "money"
    if condition.months_since is not None:
        return "months"
    return (
        "rate"
        if condition.share_of is not None
        else kind_of(condition.threshold)
        if condition.per
        else fact_kind(condition)
    )


def _shown(value: int, kind: str, words: Words) -> str:
    if kind == "money":
        return f"{words.money(value)}{' 元' if words.lang == 'zh' else ' yuan'}"
    if kind == "rate":
        return words.rate(value)
    if kind == "months":
        return words.say(_SAYS, "months", count=value)
    if kind == "date" and value > 0:
        return dt.date.fromordinal(value).isoformat()
    return str(value)


def _members(outline: Outlined, steps: Mapping[str, Any], words: Words) -> str:
    """Which members it is, where some decide."""
    (part,) = outline.parts
    found = [one for one, own in steps.get(MEMBERS, ()) if own.get(f"{part.name}.met")]
    return words.say(_SAYS, "member", ids=words.listed(found)) if found else ""
