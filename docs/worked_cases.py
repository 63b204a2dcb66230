"""The case that each rule page works through: an ordinary one, which the rules at hand are asked about."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

import poverty_policy as pp
from poverty_policy.errors import Lang, PolicyError
from poverty_policy.ruleset.places import find, lineage

#: What a first layer is taken to pay where it is paid as the bill says: an assumption, and said to be one. Later layers
#: that the bill would tell are taken to pay nothing: what is left for them depends on the earlier ones.
OBSERVED = pp.Rate("60%")
_POOR = ("registered_poor", "dibao", "tekun", "returned_to_poverty", "monitored")
_STEPS = 60
_SHOWN = (6, 12, 30, 60)


@attrs.frozen
class Worked:
    """A case that was worked out, or why none could be.

    Attributes:
        outcome: the result, if there is one.
        why: the error, if there is none.
        facts: what the case says, in a few words.
    """

    outcome: pp.Outcome | None
    why: PolicyError | None = None
    facts: tuple[str, str] = ("", "")

    def text(self, lang: Lang) -> str:
        """What the case says."""
        return self.facts[0 if lang == "zh" else 1]


def _day(first: dt.date, last: dt.date) -> dt.date:
    """A day some months into a period."""
    return min(last, first + dt.timedelta(days=120))


def _insurance(rules: pp.RuleSet) -> str:
    wanted = [
        name for stated in rules.resolved.entries for _, when in stated.entry.whens() for name in when.insurance or ()
    ]
    return next((one for one in ("resident", "ncms", "employee") if one in wanted), "resident")


def _groups(rules: pp.RuleSet) -> list[str]:
    known = set(rules.resolved._health_groups())
    return [name for name in _POOR if name in known][:1]


def _case(rules: pp.RuleSet, day: dt.date, cost: pp.Money, groups: Sequence[str]) -> dict[str, Any]:
    """A person of fifty-odd, in hospital in the own county, sent there as the rules want."""
    paid = {
        stated.entry.name: (OBSERVED.of(cost) if place == 0 else pp.Money(0)).plain()
        for place, stated in enumerate(rules.resolved.entries)
        if stated.entry.needs_paid
    }
    claim: dict[str, Any] = {
        "date": str(day), "kind": "inpatient", "facility_level": "county", "facility_grade": "grade_2",
        "area": "in_county", "referral": "referred", "facility": "other", "cost": {"in_scope": cost.plain()},
    }  # fmt: skip
    if paid:
        claim["paid"] = paid
    if any(stated.entry.needs_charges for stated in rules.resolved.entries):
        claim["charges"] = {}
    birth = day.replace(year=day.year - 56, day=1)
    return {"insurance": _insurance(rules), "groups": list(groups), "birth_date": str(birth), "claims": [claim]}


def _settled(
    rules: pp.RuleSet, day: dt.date, cost: pp.Money
) -> tuple[pp.Outcome | None, PolicyError | None, list[str]]:
    """The case of a poor person; where the rules leave a figure open for them, of anybody else."""
    why: PolicyError | None = None
    for groups in (_groups(rules), []):
        try:
            outcome = rules.assess(_case(rules, day, cost, groups))
            _ = outcome["health.out_of_pocket"]
        except PolicyError as error:
            why = why or error
        else:
            return outcome, None, groups
    return None, why, []


def health_case(rules: pp.RuleSet, first: dt.date, last: dt.date) -> Worked | None:
    """A stay in hospital with 80,000 yuan in scope."""
    day, cost = _day(first, last), pp.Money("80000")
    outcome, why, groups = _settled(rules, day, cost)
    if outcome is None:
        return Worked(None, why)
    names = [rules.resolved.vocabulary.text("group", one, lang) for one in groups for lang in ("zh", "en")]
    zh, en = names or ("没有特殊身份的参保人", "an insured person of no group")
    assumed = _assumed(rules)
    return Worked(outcome, None, (
        f"{zh}，{day} 经转诊在县级医院住院，政策范围内费用 {cost} 元{assumed[0]}。",
        f"{en}, in a county hospital on {day}, referred, {cost} yuan in scope{assumed[1]}.",
    ))  # fmt: skip


def _assumed(rules: pp.RuleSet) -> tuple[str, str]:
    """What the case takes for layers that are paid as the bill says, in words."""
    first, *later = [stated.entry for stated in rules.resolved.entries]
    label = rules.resolved.cascade.label
    zh = en = ""
    if first.needs_paid:
        zh = f"；{label(first.name).text('zh')}取自账单，假定付 {OBSERVED}"
        en = f"; {label(first.name).text('en')}, paid as the bill says, is assumed to pay {OBSERVED}"
    names = [label(one.name) for one in later if one.needs_paid]
    if names:
        zh += f"；{'、'.join(one.text('zh') for one in names)}取自账单，假定不付"
        en += f"; {', '.join(one.text('en') for one in names)}: paid as the bill says, assumed to pay nothing"
    return zh, en


@attrs.frozen
class Shares:
    """Who pays along the bill, in fen.

    Attributes:
        costs: the in-scope cost.
        shares: entry -> what it pays; under the empty name, what is left to the person.
        shown: the places that a table shows.
    """

    costs: tuple[int, ...]
    shares: Mapping[str, tuple[int, ...]]
    shown: tuple[int, ...]


def shares_along_the_bill(rules: pp.RuleSet, first: dt.date, last: dt.date) -> Shares | None:
    """Payments as the in-scope cost goes from nothing to 300,000 yuan."""
    day = _day(first, last)
    costs = tuple(place * 500_000 for place in range(_STEPS + 1))
    names = [stated.entry.name for stated in rules.resolved.entries]
    found: dict[str, list[int]] = {name: [] for name in (*names, "")}
    for cost in costs:
        outcome, _, _ = _settled(rules, day, pp.Money.of_fen(cost))
        if outcome is None:
            return None
        for name in names:
            paid = outcome[f"health.{name}"]
            found[name].append(paid.fen if isinstance(paid, pp.Money) else 0)
        own = outcome["health.out_of_pocket"]
        assert isinstance(own, pp.Money)
        found[""].append(own.fen)
    kept = {name: tuple(amounts) for name, amounts in found.items() if any(amounts) or not name}
    return Shares(costs, kept, _SHOWN)


# --- a household --------------------------------------------------------------------------------------------

_ALLOWANCES = ("allowance.dibao", "allowance.dibao_rural")
#: What a fact that is asked for may be, tried in this order until it fits and does not exclude the household.
_TRIED: tuple[Any, ...] = (True, False, 0, "0 元", 1)


def household_case(rules: pp.RuleSet, first: dt.date, last: dt.date) -> Worked | None:
    """Two people who live on little; what the rules ask of them is answered as an entitled household would."""
    names = {stated.full_name for stated in rules.resolved.provisions}
    allowances = [one for one in _ALLOWANCES if one in names]
    days = (_day(first, last), first)  # some national part may end within the period
    for name, day, residence in itertools.product(allowances, days, ("rural", "urban")):
        worked = _answered(rules, name, residence, day)
        if worked is not None:
            return worked
    return None


def _answered(rules: pp.RuleSet, name: str, residence: str, day: dt.date) -> Worked | None:
    case = _home(rules, residence, day)
    try:
        for missing in _asked(rules, case, name):
            _answer(rules, case, name, *missing)
        outcome = rules.assess(case)
    except PolicyError:
        return None
    result = outcome[name]
    if not isinstance(result, pp.Money) or not result:
        return None
    zh, en = ("农村", "the country") if residence == "rural" else ("城市", "town")
    place = case.get("place", rules.place.code)
    if place != rules.place.code:  # the rules differ from county to county
        zh, en = f"{find(place).zh}{zh}", f"{en}, {find(place).en}"
    return Worked(outcome, None, (
        f"{zh}一户两人，一人每月工资 200 元，{day} 核定；规则问到的其他情况都按有资格的写。",
        f"A household of two in {en}, one with a wage of 200 yuan a month, assessed on {day}; what else the rules ask "
        "is answered as by a household that is entitled.",
    ))  # fmt: skip


def narrowest(rules: pp.RuleSet) -> str:
    """A place that the rules can tell the zone of: one that they name, where they differ within their own place."""
    zoned = (find(code) for zone in rules.resolved.zones.values() for code in zone)
    return min((one.code for one in zoned if rules.place in lineage(one)[:-1]), default=rules.place.code)


def _home(rules: pp.RuleSet, residence: str, day: dt.date) -> dict[str, Any]:
    end = day.replace(day=1) - dt.timedelta(days=1)
    months = {"from": f"{end.year - 2}-{end.month:02}", "to": f"{end:%Y-%m}"}
    wage = {"item": "wage", "each_month": "200 元", **months}
    place = narrowest(rules)
    members = [
        {"id": "甲", "groups": [], "birth_date": f"{day.year - 56}-01-01", "income": [wage], "facts": {}},
        {"id": "乙", "groups": [], "birth_date": f"{day.year - 54}-01-01", "facts": {}},
    ]
    home: dict[str, Any] = {
        "on": str(day),
        "residence": residence,
        "records_complete": months,
        "facts": {},
        "members": members,
    }
    if not place.endswith("0000"):  # a province's lines hang on no county
        home["place"] = place
    return home


def _asked(rules: pp.RuleSet, case: dict[str, Any], name: str) -> Iterator[tuple[str, str | None]]:
    """The facts that are still missing, one after another."""
    seen: set[tuple[str, str | None]] = set()
    for _ in range(40):
        result = rules.assess(case)[name]
        if not isinstance(result, pp.Unknown):
            return
        left = [(one.what, one.whose) for one in result.missing if (one.what, one.whose) not in seen]
        if not left:
            return
        seen.add(left[0])
        yield left[0]


def _answer(rules: pp.RuleSet, case: dict[str, Any], name: str, what: str, whose: str | None) -> None:
    """Put an answer into the case that fits the fact and leaves the household entitled, if one does."""
    facts = case["facts"] if whose is None else next(one for one in case["members"] if one["id"] == whose)["facts"]
    fits: list[Any] = []
    for tried in _TRIED:
        facts[what] = tried
        try:
            result = rules.assess(case)[name]
        except PolicyError:
            continue
        if result is not None:
            return
        fits.append(tried)
    facts.pop(what)
    if fits:
        facts[what] = fits[0]
