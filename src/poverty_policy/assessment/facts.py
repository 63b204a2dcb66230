"""From a case to the rows a program runs on: names made known, dates turned into years and ages, order set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from poverty_policy.cases import Case, Claim, Household, Person, households
from poverty_policy.errors import Fault, InputError, RuleError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.policy.book import OTHER
from poverty_policy.ruleset import places
from poverty_policy.ruleset.resolved import Resolved
from poverty_policy.terms import STANDARD, Dimension

At = tuple[str | int, ...]


@attrs.define
class _Bill:
    """A claim with its names made known."""

    claim: Claim
    person: Person
    at: At
    cost: Mapping[str, int]
    groups: frozenset[str]
    words: Mapping[Dimension, str | None]
    year: int
    age: int | None
    faults: list[Fault]


@attrs.frozen
class Placed:
    """A claim, whose it is, and where it stood in the case."""

    household: Household
    person: Person
    claim: Claim
    person_index: int
    household_index: int
    at: At
    words: Mapping[Dimension, str | None]
    year: int
    cost: Mapping[str, int]


@attrs.frozen
class Gathered:
    """Rows for a program, and what each claim row stands for."""

    rows: Mapping[g.Entity, Sequence[tuple[Any, ...]]]
    parents: Mapping[g.Entity, Sequence[int]]
    claims: tuple[Placed, ...]
    persons: tuple[Person, ...]
    households: tuple[Household, ...]
    warnings: tuple[str, ...]


_Getter = Callable[[_Bill], Any]
#: Facts whose inputs go by other names.
_INPUTS: Mapping[str, tuple[str, ...]] = {"birth_date": ("age",), "disease": ("disease", "disease_name")}
_CLAIM_WORDS: tuple[Dimension, ...] = (
    "kind",
    "facility_level",
    "facility_grade",
    "facility",
    "area",
    "referral",
)


class Gatherer:
    """Reads cases for one rule set. Made once a rule set; what each input needs is decided then."""

    def __init__(self, rules: Resolved) -> None:
        self.rules = rules
        self.vocabulary = rules.cascade.vocabulary
        self.known: dict[Dimension, dict[str, str]] = {dimension: self._names(dimension) for dimension in STANDARD}
        self.components = rules.cascade.components()
        self.diseases = frozenset(rules.cascade.diseases())
        self.observed = frozenset(entry.name for entry in rules.cascade.entries if entry.needs_paid)
        inputs = {one.name: one for one in rules.program.inputs()}
        self.read = frozenset(inputs)
        self.claim_getters = [self._getter(inputs[name]) for name in rules.traced.inputs["claim"]]

    def _names(self, dimension: Dimension) -> dict[str, str]:
        """Every way of writing a name: its key, its Chinese term, its English term."""
        found: dict[str, str] = {}
        for name in self.vocabulary.names(dimension):
            for lang in ("zh", "en"):
                found.setdefault(self.vocabulary.text(dimension, name, lang), name)
            found[name] = name
        return found

    def gather(self, case: Case) -> Gathered:
        """The rows of a case.

        Raises:
            InputError: with every fault and its path.
        """
        faults: list[Fault] = []
        bills: list[tuple[_Bill, int, int, Household]] = []
        persons: list[Person] = []
        up_person: list[int] = []
        homes = households(case)
        for h, (at_household, household) in enumerate(homes):
            home = self._place(household.place, (*at_household, "place"), faults)
            for p, person in enumerate(household.members):
                at_person = () if isinstance(case, Person) else (*at_household, "members", p)
                index = len(persons)
                persons.append(person)
                up_person.append(h)
                own = [self._bill(c, claim, person, home, at_person, faults) for c, claim in enumerate(person.claims)]
                if not own:  # otherwise said with each bill
                    for number, one in enumerate(person.groups):
                        self._word("group", one.group, (*at_person, "groups", number), faults)
                    if person.insurance is not None:
                        self._word("insurance", person.insurance, (*at_person, "insurance"), faults)
                own.sort(key=lambda bill: bill.claim.date)  # stable: same-day claims keep their order
                bills.extend((bill, index, h, household) for bill in own)
                _once([c.id for c in person.claims if c.id is not None], "claim", at_person, faults)
            _once([person.id for person in household.members], "person", at_household, faults)
        _once([household.id for _, household in homes], "household", (), faults)
        rows = [self._row(bill) for bill, *_ in bills]
        if faults:
            raise InputError(faults)
        placed = tuple(
            Placed(household, bill.person, bill.claim, index, h, bill.at, bill.words, bill.year, bill.cost)
            for bill, index, h, household in bills
        )
        return Gathered(
            rows={"claim": rows, "person": [()] * len(persons), "household": [()] * len(homes)},
            parents={"claim": [index for _, index, _, _ in bills], "person": up_person},
            claims=placed,
            persons=tuple(persons),
            households=tuple(household for _, household in homes),
            warnings=tuple(self._warnings(placed)),
        )

    def _row(self, bill: _Bill) -> tuple[Any, ...]:
        return tuple([get(bill) for get in self.claim_getters])

    def _bill(
        self, place: int, claim: Claim, person: Person, home: str | None, at_person: At, faults: list[Fault]
    ) -> _Bill:
        at = (*at_person, "claims", place)
        date = claim.date
        rules = self.rules
        if date < rules.valid_from or (date > rules.valid_to and not rules.extrapolated):
            zh = f"结算日 {date} 不在规则的有效期 {rules.valid_from} 至 {rules.valid_to} 之内，请载入那一天的规则"
            en = (
                f"{date} is outside the rules' days, {rules.valid_from} to {rules.valid_to}: load the rules of that day"
            )
            faults.append(invalid(zh, en, *at, "date"))
        month, day = rules.cascade.benefit_year
        cost: dict[str, int] = {}
        for name, money in claim.cost.items():
            key = self._word("component", name, (*at, "cost"), faults)
            if key is not None:
                cost[key] = cost.get(key, 0) + money.fen
        groups = frozenset(
            key
            for number, one in enumerate(person.groups)
            if (key := self._word("group", one.group, (*at_person, "groups", number), faults)) is not None
            and one.on(date)
        )
        words: dict[Dimension, str | None] = {
            dimension: self._word(dimension, stated, (*at, dimension), faults)
            for dimension in _CLAIM_WORDS
            if (stated := getattr(claim, dimension)) is not None
        }
        if person.insurance is not None:
            words["insurance"] = self._word("insurance", person.insurance, (*at_person, "insurance"), faults)
        if claim.area is None and claim.place is not None:
            words["area"] = self._area(claim.place, home, at, faults)
        for name in claim.paid:
            if name not in self.observed:
                faults.append(self._not_observed(name, *at, "paid", name))
        age = None
        if person.birth_date is not None:
            born = person.birth_date
            age = date.year - born.year - ((date.month, date.day) < (born.month, born.day))
            if not 0 <= age <= 150:
                zh, en = f"出生日期 {born} 与结算日 {date} 不符", f"born on {born}, treated on {date}"
                faults.append(invalid(zh, en, *at_person, "birth_date"))
        year = date.year - ((date.month, date.day) < (month, day))
        return _Bill(claim, person, at, cost, groups, words, year, age, faults)

    def _not_observed(self, name: str, *at: str | int) -> Fault:
        if name in {entry.name for entry in self.rules.cascade.entries}:
            zh = f"“{name}”由规则计算，账单里不必给出它的支付额"
            return invalid(zh, f"{name!r} is calculated by the rules; a stated payment would be ignored", *at)
        return unknown("observed layer", name, self.observed, *at)

    def _word(self, dimension: Dimension, stated: str, at: At, faults: list[Fault]) -> str | None:
        key = self.known[dimension].get(stated)
        if key is None:
            faults.append(unknown(dimension.replace("_", " "), stated, self.known[dimension], *at))
        return key

    def _place(self, stated: str | None, at: At, faults: list[Fault]) -> str | None:
        if stated is None:
            return None
        try:
            return places.find(stated).code
        except RuleError as error:
            faults.extend(fault.under(*at) for fault in error.faults)
            return None

    def _area(self, stated: str, home: str | None, at: At, faults: list[Fault]) -> str | None:
        """Where the place of care lies, seen from the household's place."""
        there: str | None = self._place(stated, (*at, "place"), faults)
        if home is None:
            zh, en = (
                "写了就医地 place，还须写家庭的参保地 place",
                "a place of care needs the household's place",
            )
            faults.append(invalid(zh, en, *at, "place"))
        if there is None or home is None:
            return None
        if there[:2] != home[:2]:
            return "out_of_province"
        if there[:4] != home[:4]:
            return "in_province"
        return "in_county" if there == home else "in_prefecture"

    def _needed(self, name: str, bill: _Bill) -> None:
        by = "、".join(self._readers(name))
        zh, en = f"缺少 {name}：规则按它区分（{by}）", f"{name} is missing: the rules go by it ({by})"
        bill.faults.append(invalid(zh, en, *bill.at))

    def _readers(self, name: str) -> list[str]:
        """The entries whose formulas read a fact."""
        program = self.rules.program
        inputs = _INPUTS.get(name, (name,))
        found: list[str] = []
        for entry in self.rules.cascade.entries:
            prefix = f"health.{entry.name}"
            nodes = [node for step, node in program.steps.items() if step == prefix or step.startswith(prefix + ".")]
            if any(isinstance(node, g.Input) and node.name in inputs for node in g.walk(nodes)):
                found.append(entry.name)
        return found[:1]

    def _getter(self, node: g.Input) -> _Getter:
        """How one input is read from a bill."""
        name = node.name
        kind, _, rest = name.partition(".")
        if name == f"cost.{OTHER}":
            counted = self.components
            return lambda bill: sum(bill.cost.values()) - sum(bill.cost.get(one, 0) for one in counted)
        if kind == "cost":
            return lambda bill: bill.cost.get(rest, 0)
        if kind == "group":
            return lambda bill: rest in bill.groups
        if kind == "observed":
            return lambda bill: bill.claim.paid[rest].fen if rest in bill.claim.paid else 0
        if kind == "charge":
            return self._charge(*rest.split("."))
        if name == "benefit_year":
            return lambda bill: bill.year
        if name == "age":
            return lambda bill: self._required(bill, "birth_date", bill.age, 0)
        if name == "disease":
            return self._disease
        if name == "disease_name":
            return lambda bill: self._required(bill, "disease", bill.claim.disease, "")
        dimension: Dimension = name  # type: ignore[assignment]  # every other input is a dimension
        return lambda bill: self._required(bill, name, bill.words.get(dimension), "")

    def _required(self, bill: _Bill, name: str, found: Any, instead: Any) -> Any:
        if found is None:
            stated = getattr(bill.claim, name, None) or getattr(bill.person, name, None)
            if stated is None:  # a name that is stated but not known has its own fault already
                self._needed(name, bill)
            return instead
        return found

    def _disease(self, bill: _Bill) -> str:
        disease: str = self._required(bill, "disease", bill.claim.disease, OTHER)
        return disease if disease in self.diseases else OTHER

    def _charge(self, component: str, charge: str) -> _Getter:
        def get(bill: _Bill) -> int:
            found = 0
            for name, charges in (bill.claim.charges or {}).items():
                key = self.known["component"].get(name)
                if key == component or (component == OTHER and key not in self.components):
                    found += sum(money.fen for one, money in charges.items() if self.known["charge"].get(one) == charge)
            return found

        return get

    def _warnings(self, claims: Sequence[Placed]) -> list[str]:
        rules = self.rules
        found: list[str] = []
        if rules.extrapolated:
            found.append(
                f"规则只知道到 {rules.valid_to}，本结果按调用者要求沿用至 {rules.on} / "
                f"rules are known up to {rules.valid_to} only; extrapolated to {rules.on} on request"
            )
        if "disease" in self.read:
            strange = sorted({p.claim.disease for p in claims if p.claim.disease} - self.diseases - {OTHER})
            found.extend(
                f"“{name}”不在规则的病种名单上 / {name!r} is on no disease list of the rules" for name in strange
            )
        return found


def _once(names: Sequence[str], what: str, at: At, faults: list[Fault]) -> None:
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        zh = f"编号重复：{'、'.join(twice)}"
        faults.append(invalid(zh, f"{what} identifiers given twice: {', '.join(twice)}", *at))
