"""The facts a policy may ask about: claims, persons, households, villages. Facts only; no rule stands here.

Names (groups, kinds, facility levels, …) may be given by their key or by their Chinese term. Whether a place
knows a name is said when its rules are applied.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar

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


class Person(_Fact):
    """A person, the groups the person belongs to and the year's claims."""

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


class Household(_Fact):
    """A household."""

    id: Identity = "1"
    """The household's identifier in this case."""
    place: Word | None = None
    """Code of the place where it is insured, for claims that state the place of care."""
    members: Annotated[tuple[Person, ...], Field(min_length=1, max_length=MEMBERS["household"])]
    """Its members."""


class Village(_Fact):
    """A village, or any other set of households that is looked at together."""

    id: Identity = "1"
    """Its identifier."""
    households: Annotated[tuple[Household, ...], Field(min_length=1, max_length=MEMBERS["village"])]
    """Its households."""


Case = Village | Household | Person


def read_case(data: Any) -> Case:
    """The case that data declares: a village, a household, or a single person.

    Args:
        data: a mapping with ``households``, ``members`` or ``claims``; or one of the classes above.

    Raises:
        InputError: with every fault and its path.
    """
    if isinstance(data, Village | Household | Person):
        return data
    if not isinstance(data, dict):
        en = "a case is a mapping with `households`, `members` or `claims`"
        raise InputError(invalid("案例应含有 households、members 或 claims", en))
    kind = Village if "households" in data else Household if "members" in data else Person
    return kind.read(data)


def households(case: Case) -> tuple[tuple[tuple[str | int, ...], Household], ...]:
    """The households of a case, each with its path in it; a single person is a household of one."""
    if isinstance(case, Village):
        return tuple((("households", place), household) for place, household in enumerate(case.households))
    if isinstance(case, Person):
        case = Household.model_construct(id="1", place=None, members=(case,))
    return (((), case),)
