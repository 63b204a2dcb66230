"""The facts a policy may ask about: claims, persons, households, villages and above. Facts only; no rule stands here.

Names (groups, kinds, facility levels, …) may be given by their key or by their Chinese term. Whether a place
knows a name is said when its rules are applied.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Fault, InputError, PolicyError, invalid
from poverty_policy.formula.bounds import MEMBERS, MOST
from poverty_policy.money import Money

_MOST = Money.of_fen(MOST)


def _wrong(*faults: Fault) -> PydanticCustomError:
    return PydanticCustomError("fault", "{text}", {"text": str(InputError(faults)), "faults": faults})


def _amount(raw: Any) -> Any:
    try:
        money = raw if type(raw) is Money else Money(raw)
    except InputError as error:
        raise _wrong(*error.faults) from None
    if not 0 <= money.fen <= MOST:
        raise _wrong(Fault("out_of_range", {"value": money, "low": Money(0), "high": _MOST}))
    return money


Amount = Annotated[Money, BeforeValidator(_amount)]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Identity = Annotated[
    str,
    BeforeValidator(lambda raw: str(raw) if type(raw) is int else raw, json_schema_input_type=str | int),
    Field(min_length=1, max_length=100),
]


class _Fact(Declaration):
    error: ClassVar[type[PolicyError]] = InputError


class Claim(_Fact):
    """One settlement: a stay or a visit and its cost."""

    id: Identity | None = None
    """The bill's number, if there is one."""
    date: dt.date
    """The day of settlement (discharge)."""
    kind: Word
    """inpatient, outpatient, outpatient_chronic, outpatient_major."""
    facility_level: Word | None = None
    """village, township, county, city, province."""
    facility_grade: Word | None = None
    """ungraded, grade_1, grade_2, grade_3."""
    facility: Word | None = None
    """The facility, where a rule names it; `other` for one that no rule names."""
    area: Word | None = None
    """in_county, in_prefecture, in_province, out_of_province; or state ``place`` and the household's place."""
    place: Word | None = None
    """Code of the place of care, instead of ``area``."""
    referral: Word | None = None
    """referred, not_referred, emergency."""
    disease: Word | None = None
    """The disease, as the rule's list names it."""
    cost: dict[Word, Amount] = Field(min_length=1, max_length=30)
    """The whole cost by component: in_scope, category_b_first, over_limit, out_of_catalogue, …."""
    total: Amount | None = None
    """The whole cost once more, as a check: the components must add up to it."""
    charges: dict[Word, dict[Word, Amount]] | None = None
    """Of each component, the charges that waivers look at: ``{in_scope: {bed: 300}}``; ``{}`` if none."""
    paid: dict[Word, Amount] = Field(default={}, validate_default=False)
    """What observed layers paid according to the bill."""

    @model_validator(mode="after")
    def _adds_up(self) -> Claim:
        if self.total is not None:
            parts = sum(self.cost.values(), Money(0))
            if parts != self.total:
                zh = f"各项费用合计 {parts}，与 total {self.total} 相差 {self.total - parts}"
                en = f"the components add up to {parts}, not to the total {self.total}: {self.total - parts} is missing"
                raise _wrong(invalid(zh, en, "cost"))
        if self.charges:
            faults: list[Fault] = []
            for component, charges in self.charges.items():
                within = self.cost.get(component, Money(0))
                if sum(charges.values(), Money(0)) > within:
                    zh, en = f"所列收费超过该项费用 {within}", f"the charges exceed that component's {within}"
                    faults.append(invalid(zh, en, "charges", component))
            if faults:
                raise _wrong(*faults)
        return self


def _membership(raw: Any) -> Any:
    """``registered_poor`` or ``{registered_poor: {from: 2016-01-01, to: 2019-12-31}}``."""
    if isinstance(raw, str):
        return {"group": raw}
    if isinstance(raw, dict) and len(raw) == 1 and "group" not in raw:
        ((group, span),) = raw.items()
        return {"group": group, **span} if isinstance(span, dict) else raw
    return raw


class Membership(_Fact):
    """That a person belongs to a group, and when."""

    group: Word
    """The group: registered_poor, dibao, tekun, …."""
    since: dt.date | None = Field(default=None, alias="from")
    """First day; belongs from ever, if not stated."""
    to: dt.date | None = None
    """Last day; still belongs, if not stated."""

    def on(self, date: dt.date) -> bool:
        """Whether the person belongs on that day."""
        return (self.since is None or self.since <= date) and (self.to is None or date <= self.to)


_MONTH = re.compile(r"\d{4}-\d{2}")


def _first_day(raw: Any) -> Any:
    return f"{raw}-01" if isinstance(raw, str) and _MONTH.fullmatch(raw) else raw


def _last_day(raw: Any) -> Any:
    if isinstance(raw, str) and _MONTH.fullmatch(raw):
        year, month = int(raw[:4]), int(raw[5:])
        if 1 <= month <= 12:
            return f"{raw}-{calendar.monthrange(year, month)[1]}"
    return raw


FirstDay = Annotated[dt.date, BeforeValidator(_first_day, json_schema_input_type=str)]
LastDay = Annotated[dt.date, BeforeValidator(_last_day, json_schema_input_type=str)]
#: A fact as written: true or false, an amount, a rate, a count, a day, one of several options; nothing if not known.
FactValue = bool | int | dt.date | str | float | None


class Span(_Fact):
    """A stretch of days; ``2020-06`` stands for its first or its last day."""

    since: FirstDay = Field(alias="from")
    """First day."""
    to: LastDay
    """Last day."""

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.to < self.since:
            raise _wrong(invalid(f"{self.to} 早于 {self.since}", f"{self.to} is before {self.since}", "to"))
        return self

    def covers(self, since: dt.date, to: dt.date) -> bool:
        """Whether it holds every day from one to another."""
        return self.since <= since and to <= self.to


class Record(Span):
    """Income that came in, or money that was spent, over a stretch of days."""

    item: Word
    """What it is: wage, farming, pension, …."""
    amount: Amount | None = None
    """How much over the whole stretch."""
    each_month: Amount | None = None
    """Or how much in each of its months."""
    cost: Amount = Field(default=Money(0), validate_default=False)
    """What it cost to earn it, over the whole stretch."""

    @model_validator(mode="after")
    def _stated_once(self) -> Record:
        faults: list[Fault] = []
        if (self.amount is None) == (self.each_month is None):
            zh = "amount 与 each_month 须写且只写一项"
            faults.append(invalid(zh, "state exactly one of amount and each_month", "amount"))
        if self.each_month is not None:
            whole = self.since.day == 1 and (self.to + dt.timedelta(days=1)).day == 1
            if not whole:
                zh = "写 each_month 时，起止须是整月，例如 2020-06 至 2021-05"
                faults.append(invalid(zh, "each_month needs whole months, such as 2020-06 to 2021-05", "from"))
            if self.cost:
                zh = "写 each_month 时不能写 cost：请改写 amount"
                faults.append(invalid(zh, "each_month takes no cost: state the amount", "cost"))
        if faults:
            raise _wrong(*faults)
        return self


class Person(_Fact):
    """A person, the groups the person belongs to, the year's claims and what else the rules ask."""

    id: Identity = "1"
    """The person's identifier in this case."""
    birth_date: dt.date | None = None
    """For rules that go by age."""
    insurance: Word | None = None
    """resident, ncms, employee, none; for rules that go by it."""
    groups: tuple[Annotated[Membership, BeforeValidator(_membership, json_schema_input_type=str | dict[str, Any])], ...]
    """The groups; ``[]`` says: none."""
    claims: Annotated[tuple[Claim, ...], Field(max_length=MEMBERS["person"])] = ()
    """The claims of one or more benefit years, in any order; same-day claims settle in the order given."""
    facts: dict[Word, FactValue] = Field(default={}, validate_default=False)
    """What rules ask about the person, by name: ``{pension: false}``; ``null`` or absent: not known."""
    income: tuple[Record, ...] = Field(default=(), max_length=1000)
    """The person's own income."""
    spending: tuple[Record, ...] = Field(default=(), max_length=1000)
    """The person's own expenses, where rules deduct them."""


class _Subject(_Fact):
    """Whom procedures are about."""

    on: dt.date | None = None
    """The day of the assessment; the day for which the rules were loaded, if not stated."""
    place: Word | None = None
    """Code or name of the place where it lies."""
    facts: dict[Word, FactValue] = Field(default={}, validate_default=False)
    """What rules ask about it, by name: ``{safe_housing: true, cars: 0}``; ``null`` or absent: not known."""
    procedures: dict[Word, tuple[dict[str, Any], ...]] = Field(default={}, validate_default=False)
    """The steps taken, by procedure: ``{exit: [{step: appraisal, date: 2018-10-01}]}``."""


class Household(_Subject):
    """A household."""

    id: Identity = "1"
    """The household's identifier in this case."""
    members: Annotated[tuple[Person, ...], Field(min_length=1, max_length=MEMBERS["household"])]
    """Its members."""
    residence: Word | None = None
    """urban, rural; for rules that go by it."""
    income: tuple[Record, ...] = Field(default=(), max_length=1000)
    """Income that belongs to the household rather than to one member: from its land, its house."""
    spending: tuple[Record, ...] = Field(default=(), max_length=1000)
    """Expenses of the household, where rules deduct them."""
    records_complete: Span | None = None
    """The stretch for which the records of income and spending are complete; what it does not cover is not known."""


class Village(_Subject):
    """A village, or any other set of households that is looked at together."""

    id: Identity = "1"
    """Its identifier."""
    level: Literal["village"] = "village"
    """Tells villages, townships and counties apart."""
    households: Annotated[tuple[Household, ...], Field(max_length=MEMBERS["village"])] = ()
    """Its households, as far as they are looked at."""


class Township(_Subject):
    """A township."""

    id: Identity = "1"
    """Its identifier."""
    level: Literal["township"]
    """Tells villages, townships and counties apart."""
    villages: Annotated[tuple[Village, ...], Field(max_length=MEMBERS["township"])] = ()
    """Its villages, as far as they are looked at."""


class County(_Subject):
    """A county."""

    id: Identity = "1"
    """Its identifier."""
    level: Literal["county"]
    """Tells villages, townships and counties apart."""
    townships: Annotated[tuple[Township, ...], Field(max_length=MEMBERS["county"])] = ()
    """Its townships, as far as they are looked at."""


Area = Village | Township | County
Case = Area | Household | Person
_AREAS: Mapping[str, type[Village] | type[Township] | type[County]] = {
    "village": Village, "township": Township, "county": County,
}  # fmt: skip


def read_case(data: Any) -> Case:
    """The case that data declares: a county, a township, a village, a household, or a single person.

    Args:
        data: a mapping with ``level``, ``households``, ``members`` or ``claims``; or one of the classes above.

    Raises:
        InputError: with every fault and its path.
    """
    if isinstance(data, County | Township | Village | Household | Person):
        return data
    if not isinstance(data, dict):
        en = "a case is a mapping with `level`, `households`, `members` or `claims`"
        raise InputError(invalid("案例应含有 level、households、members 或 claims", en))
    if "level" in data:
        kind: type[Case] | None = _AREAS.get(str(data["level"]))
        if kind is None:
            names = ", ".join(_AREAS)
            raise InputError(invalid(f"只能是 {names}", f"it is one of {names}", "level"))
    else:
        kind = Village if "households" in data else Household if "members" in data else Person
    return kind.read(data)


Path = tuple[str | int, ...]


def areas(case: Case) -> Iterator[tuple[Path, Area]]:
    """The counties, townships and villages of a case, each with its path in it, the largest first."""
    if isinstance(case, County | Township | Village):
        yield (), case
        if isinstance(case, Village):
            return
        field = "townships" if isinstance(case, County) else "villages"
        for place, inner in enumerate(getattr(case, field)):
            yield from (((field, place, *at), one) for at, one in areas(inner))


def households(case: Case) -> tuple[tuple[Path, Household], ...]:
    """The households of a case, each with its path in it; a single person is a household of one."""
    if isinstance(case, Person):
        return (((), Household.model_construct(id="1", members=(case,))),)
    if isinstance(case, Household):
        return (((), case),)
    return tuple(
        ((*at, "households", place), household)
        for at, one in areas(case)
        if isinstance(one, Village)
        for place, household in enumerate(one.households)
    )
