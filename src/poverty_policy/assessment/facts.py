"""From a case to the rows a program runs on: names made known, dates turned into years and ages, order set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from poverty_policy.assessment.circumstances import Circumstances, Seen, window_of
from poverty_policy.cases import Case, Claim, Household, Person, areas, households
from poverty_policy.errors import Fault, InputError, RuleError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.formula.python import Runner
from poverty_policy.policy.book import OTHER
from poverty_policy.policy.provision import HEALTH
from poverty_policy.ruleset import places
from poverty_policy.ruleset.resolved import Resolved
from poverty_policy.terms import SECTIONS, STANDARD, Dimension

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
    on: dt.date
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
    seen: Mapping[g.Entity, Sequence[Seen]]


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
    """Reads cases for one program of a rule set. Made once; what each input needs is decided then.

    Args:
        rules: the rule set.
        program: the program whose inputs are wanted: that of the health layers, or of everything.
        runner: the same, compiled.
        provisions: whether provisions are worked out too, and persons, households and areas have inputs.
    """

    def __init__(self, rules: Resolved, program: g.Program, runner: Runner, *, provisions: bool = False) -> None:
        self.rules = rules
        self.program = program
        self.vocabulary = rules.vocabulary
        self.known: dict[Dimension, dict[str, str]] = {dimension: self._names(dimension) for dimension in STANDARD}
        self.cascade = None if HEALTH in rules.missing else rules.cascade
        self.components = self.cascade.components() if self.cascade else ()
        self.diseases = frozenset(self.cascade.diseases() if self.cascade else ())
        self.observed = (
            frozenset(entry.name for entry in self.cascade.entries if entry.needs_paid) if self.cascade else ()
        )
        inputs = {one.name: one for one in program.inputs()}
        self.read = frozenset(inputs)
        self.inputs = runner.inputs
        self.claim_getters = [self._getter(inputs[name]) for name in runner.inputs["claim"]]
        self.circumstances = self._circumstances(runner) if provisions else None

    def _circumstances(self, runner: Runner) -> Circumstances:
        from poverty_policy.policy.account import Account  # who only settles claims does not pay for it

        stated = [one.entry for one in self.rules.provisions]
        choices: dict[str, list[str]] = {}
        for provision in stated:
            for fact, options in provision.choices():
                choices.setdefault(fact, []).extend(options)
        above: dict[g.Entity, Sequence[str]] = {e: names for e, names in runner.inputs.items() if e != "claim"}
        return Circumstances(
            above,
            self.vocabulary,
            [one for one in stated if isinstance(one, Account)],
            self.rules.zones,
            self.rules.place.code,
            self.known,
            choices,
        )

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
        seen_persons: list[Seen] = []
        seen_households: list[Seen] = []
        for h, (at_household, household) in enumerate(homes):
            home = self._place(household.place, (*at_household, "place"), faults)
            on = household.on or self.rules.on
            if self.circumstances is not None:
                self._check_day(on, (*at_household, "on"), faults)
                seen_households.append(self.circumstances.see(household, at_household, on, faults, home))
            for p, person in enumerate(household.members):
                at_person = () if isinstance(case, Person) else (*at_household, "members", p)
                index = len(persons)
                persons.append(person)
                up_person.append(h)
                if person.claims and self.cascade is None:
                    faults.append(self.rules.missing[HEALTH].under(*at_person, "claims"))
                    continue
                own = [
                    self._bill(c, claim, person, home, at_person, on, faults) for c, claim in enumerate(person.claims)
                ]
                if self.circumstances is not None:
                    seen_persons.append(self.circumstances.see(person, at_person, on, faults, home))
                elif not own:  # otherwise said with each bill
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
        seen: dict[g.Entity, Sequence[Seen]] = {"person": seen_persons, "household": seen_households}
        parents: dict[g.Entity, Sequence[int]] = {"claim": [index for _, index, _, _ in bills], "person": up_person}
        if self.circumstances is not None:
            self._above(case, seen, parents, faults)
        above = self._rows_above(seen, len(persons), len(homes), faults)
        if faults:
            raise InputError(faults)
        placed = tuple(
            Placed(household, bill.person, bill.claim, index, h, bill.at, bill.words, bill.year, bill.cost)
            for bill, index, h, household in bills
        )
        return Gathered(
            rows={"claim": rows, **above},
            parents=parents,
            claims=placed,
            persons=tuple(persons),
            households=tuple(household for _, household in homes),
            warnings=tuple(self._warnings(placed, seen)),
            seen=seen,
        )

    def _rows_above(
        self, seen: Mapping[g.Entity, Sequence[Seen]], persons: int, homes: int, faults: list[Fault]
    ) -> dict[g.Entity, Sequence[tuple[Any, ...]]]:
        """The rows of persons, households and areas; empty ones where only claims are read."""
        if self.circumstances is None:
            return {"person": [()] * persons, "household": [()] * homes}
        found: dict[g.Entity, Sequence[tuple[Any, ...]]] = {}
        for entity, subjects in seen.items():
            for one in subjects:
                faults.extend(self.circumstances.needed(one, entity, self.inputs.get(entity, ())))
            found[entity] = self.circumstances.rows(entity, subjects, faults)
        return found

    def _above(
        self,
        case: Case,
        seen: dict[g.Entity, Sequence[Seen]],
        parents: dict[g.Entity, Sequence[int]],
        faults: list[Fault],
    ) -> None:
        """The villages, townships and counties of a case, and which of them the others belong to."""
        assert self.circumstances is not None
        found: dict[str, list[Seen]] = {"village": [], "township": [], "county": []}
        places_of: dict[tuple[str | int, ...], int] = {}
        up: dict[str, list[int]] = {"household": [], "village": [], "township": []}
        for at, area in areas(case):
            on = area.on or self.rules.on
            self._check_day(on, (*at, "on"), faults)
            places_of[at] = len(found[area.level])
            place = self._place(area.place, (*at, "place"), faults)
            found[area.level].append(self.circumstances.see(area, at, on, faults, place))
            if at:
                up[area.level].append(places_of[at[:-2]])
        for at, _ in households(case):
            up["household"].append(places_of.get(at[:-2], 0))
        for level in ("village", "township", "county"):
            seen[level] = found[level]
        for level, listed in up.items():
            parents[level] = listed  # type: ignore[index]  # these are entities

    def _check_day(self, on: dt.date, at: At, faults: list[Fault]) -> None:
        """The rules must be known for the day of the assessment."""
        for part, span in self.rules.sections.items():
            if part != HEALTH and not (span.valid_from <= on and (on <= span.valid_to or span.extrapolated)):
                zh = f"{part} 的规则只适用于 {span.valid_from} 至 {span.valid_to}，不适用于 {on}：请载入那一天的规则"
                en = f"{part} holds from {span.valid_from} to {span.valid_to}, not on {on}: load the rules of that day"
                faults.append(invalid(zh, en, *at))

    def _row(self, bill: _Bill) -> tuple[Any, ...]:
        return tuple([get(bill) for get in self.claim_getters])

    def _bill(
        self,
        place: int,
        claim: Claim,
        person: Person,
        home: str | None,
        at_person: At,
        on: dt.date,
        faults: list[Fault],
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
        assert self.cascade is not None
        month, day = self.cascade.benefit_year
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
        return _Bill(claim, person, at, cost, groups, words, year, age, on, faults)

    def _not_observed(self, name: str, *at: str | int) -> Fault:
        if name in {entry.name for entry in (self.cascade.entries if self.cascade else ())}:
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
        program = self.program
        inputs = _INPUTS.get(name, (name,))
        found: list[str] = []
        for entry in self.cascade.entries if self.cascade else ():
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
        if kind == "claim":  # claim.within.<window>
            return lambda bill: _within(bill, rest.partition(".")[2])
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

    def _warnings(self, claims: Sequence[Placed], seen: Mapping[g.Entity, Sequence[Seen]]) -> list[str]:
        found: list[str] = []
        if self.circumstances is not None:
            found.extend(self.circumstances.unread(seen))
        found.extend(self.stretched())
        if "disease" in self.read:
            strange = sorted({p.claim.disease for p in claims if p.claim.disease} - self.diseases - {OTHER})
            found.extend(
                f"“{name}”不在规则的病种名单上 / {name!r} is on no disease list of the rules" for name in strange
            )
        return found

    def stretched(self) -> list[str]:
        """That rules are used beyond the last day for which they are known, where they are."""
        rules = self.rules
        found: list[str] = []
        stretched: dict[dt.date, list[str]] = {}
        for part, span in rules.sections.items():
            if span.extrapolated:
                stretched.setdefault(span.valid_to, []).append(part)
        for last, parts in stretched.items():
            zh, en = "规则", "rules"
            if len(parts) < len(rules.sections):  # else all of them are meant
                zh = f"规则（{'、'.join(SECTIONS[part].zh for part in parts)}）"
                en = f"rules ({', '.join(SECTIONS[part].en for part in parts)})"
            found.append(
                f"{zh}只知道到 {last}，本结果按调用者要求沿用至 {rules.on} / "
                f"{en} are known up to {last} only; extrapolated to {rules.on} on request"
            )
        return found


def _within(bill: _Bill, window: str) -> bool:
    since, to = window_of(window, bill.on)
    return since <= bill.claim.date <= to


def _once(names: Sequence[str], what: str, at: At, faults: list[Fault]) -> None:
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        zh = f"编号重复：{'、'.join(twice)}"
        faults.append(invalid(zh, f"{what} identifiers given twice: {', '.join(twice)}", *at))
