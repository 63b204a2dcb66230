"""What a case states about persons, households and areas, as the rows of inputs that a program reads.

Days become ages and months, places become zones, records of income become sums over the windows that the rules
look at. A record that a window would cut in two is refused: nothing is spread over months that the case does not
state.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from poverty_policy.cases import Area, FactValue, Household, Person, Record, Span
from poverty_policy.errors import Fault, InputError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MOST
from poverty_policy.money import Money, Rate
from poverty_policy.policy.register import MOST_COUNTED, MOST_PUBLIC
from poverty_policy.ruleset import places
from poverty_policy.terms import Dimension, Vocabulary

if TYPE_CHECKING:
    from poverty_policy.policy.account import Account

At = tuple[str | int, ...]
Subject = Person | Household | Area
_LEVELS: Mapping[type[Any], g.Entity] = {Person: "person", Household: "household"}
#: How many places a message names.
_NAMED = 5
_KINDS = ("truth", "money", "rate", "count", "date")


def level_of(subject: Subject) -> g.Entity:
    """Which entity a subject is."""
    return _LEVELS.get(type(subject)) or subject.level  # type: ignore[union-attr]  # all others are areas


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later (earlier, if negative), or the last day of that month if it has no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def full_months(since: dt.date, to: dt.date) -> int:
    """How many full months have passed from one day to another."""
    months = (to.year - since.year) * 12 + to.month - since.month
    return months - (add_months(since, months) > to)


def window_of(name: str, on: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a window: ``12`` ends with the month before, ``12_to_0930`` on the last 30 September."""
    months, _, ends = name.partition("_to_")
    if ends:
        last = dt.date(on.year, int(ends[:2]), int(ends[2:]))
        if last > on:
            last = last.replace(year=on.year - 1)
    else:
        last = on.replace(day=1) - dt.timedelta(days=1)
    return add_months(last + dt.timedelta(days=1), -int(months)), last


def sum_within(records: Iterable[tuple[At, Record]], since: dt.date, to: dt.date) -> tuple[int, int, list[Fault]]:
    """What the records come to within a window, their costs, and those that it would cut in two."""
    amount = cost = 0
    faults: list[Fault] = []
    for at, one in records:
        if one.to < since or to < one.since:
            continue
        if one.each_month is not None:
            first, last = max(one.since, since), min(one.to, to)
            whole = first.day == 1 and (last + dt.timedelta(days=1)).day == 1
            if whole:
                amount += one.each_month.fen * (full_months(first, last + dt.timedelta(days=1)))
                continue
        elif one.since >= since and one.to <= to:
            assert one.amount is not None
            amount += one.amount.fen
            cost += one.cost.fen
            continue
        zh = f"这笔记录（{one.since} 至 {one.to}）只有一部分在核算期 {since} 至 {to} 之内：请按核算期拆开填写"
        en = f"only a part of this record ({one.since} to {one.to}) lies within {since} to {to}: split it there"
        faults.append(invalid(zh, en, *at))
    return amount, cost, faults


@attrs.define
class Seen:
    """A subject with its names made known.

    Attributes:
        subject: the person, household or area.
        at: where it stands in the case.
        on: the day of the assessment.
        groups: of a person, those it belongs to on that day.
        income, spending: its records by item.
        place: the code of the place where it lies.
        residence: of a household, urban or rural.
        complete: of a household, the stretch for which its records are complete.
    """

    subject: Subject
    at: At
    on: dt.date
    groups: frozenset[str] = frozenset()
    income: dict[str, list[tuple[At, Record]]] = attrs.field(factory=dict)
    spending: dict[str, list[tuple[At, Record]]] = attrs.field(factory=dict)
    place: str | None = None
    residence: str | None = None
    insurance: str | None = None
    complete: Span | None = None
    facts: dict[str, FactValue] = attrs.field(factory=dict)
    known_facts: dict[tuple[str, str], Any] = attrs.field(factory=dict)
    sums: dict[tuple[str, str], tuple[int, int]] = attrs.field(factory=dict)


Getter = Callable[[Seen], Any]


class Circumstances:
    """Reads persons, households and areas for one program.

    Args:
        inputs: for each entity, the inputs that the program reads.
        vocabulary: the names known.
        accounts: the accounts of the rule set.
        zones: zone -> the codes of its places.
        home: the code of the place for which the rules were loaded.
        names: dimension -> every way of writing a name -> the name.
        choices: fact that is one of several options -> all of these.
    """

    def __init__(
        self,
        inputs: Mapping[g.Entity, Sequence[str]],
        vocabulary: Vocabulary,
        accounts: Iterable[Account],
        zones: Mapping[str, Sequence[str]],
        home: str,
        names: Mapping[Dimension, Mapping[str, str]],
        choices: Mapping[str, Iterable[str]],
    ) -> None:
        self.vocabulary = vocabulary
        self.accounts = {one.account: one for one in accounts}
        self.zones = zones
        self.home = home
        self.names = names
        self.choices = {fact: sorted(set(options)) for fact, options in choices.items()}
        #: (level, fact) -> what kind of fact the program reads
        self.kinds: dict[tuple[str, str], str] = {}
        for level, listed in inputs.items():
            for name in listed:
                self._learn(level, name)
        self.getters = {level: [self._getter(level, name) for name in listed] for level, listed in inputs.items()}
        self.items_read = {part for listed in inputs.values() for name in listed for part in _item_of(name)}

    def _learn(self, level: str, name: str) -> None:
        _, _, rest = name.partition(".")
        kind, _, fact = rest.partition(".")
        if kind == "choice":
            fact = fact.rpartition(".")[0]
        elif kind == "months_since":
            kind = "date"
        if kind in (*_KINDS, "choice"):
            self.kinds[level, fact] = kind

    def rows(self, level: g.Entity, seen: Sequence[Seen], faults: list[Fault]) -> list[tuple[Any, ...]]:
        """The rows of inputs of all subjects of an entity; what is wrong joins ``faults``."""
        for one in seen:
            self._read_facts(one, level, faults)
            self._sum_up(one, level, faults)
        if faults:
            return []
        return [tuple([get(one) for get in self.getters.get(level, ())]) for one in seen]

    # --- one subject -----------------------------------------------------------------------------------------

    def see(self, subject: Subject, at: At, on: dt.date, faults: list[Fault], place: str | None) -> Seen:
        """A subject with its names made known."""
        seen = Seen(subject, at, on, place=place)
        if isinstance(subject, Person):
            found = [
                (one, self.word("group", one.group, (*at, "groups", number), faults))
                for number, one in enumerate(subject.groups)
            ]
            seen.groups = frozenset(key for one, key in found if key is not None and one.on(on))
            if subject.insurance is not None:
                seen.insurance = self.word("insurance", subject.insurance, (*at, "insurance"), faults)
        if isinstance(subject, Household):
            if subject.residence is not None:
                seen.residence = self.word("residence", subject.residence, (*at, "residence"), faults)
            seen.complete = subject.records_complete
        if isinstance(subject, Person | Household):
            for field, into in (("income", seen.income), ("spending", seen.spending)):
                for number, record in enumerate(getattr(subject, field)):
                    item = self.word("item", record.item, (*at, field, number, "item"), faults)
                    if item is not None:
                        into.setdefault(item, []).append(((*at, field, number), record))
        for name, value in subject.facts.items():
            fact = self.word("fact", name, (*at, "facts", name), faults)
            if fact is not None:
                seen.facts[fact] = value
        return seen

    def word(self, dimension: Dimension, stated: str, at: At, faults: list[Fault]) -> str | None:
        """The name that is meant; a fault if nobody knows it."""
        found = self.names[dimension].get(stated)
        if found is None:
            faults.append(unknown(dimension, stated, self.names[dimension], *at))
        return found

    def _read_facts(self, seen: Seen, level: g.Entity, faults: list[Fault]) -> None:
        for fact, value in seen.facts.items():
            kind = self.kinds.get((level, fact))
            at = (*seen.at, "facts", fact)
            if kind is None:
                elsewhere = [one for one, name in self.kinds if name == fact]
                if elsewhere:
                    zh = f"规则是按 {'、'.join(elsewhere)} 问这一项的，请写在那里"
                    faults.append(invalid(zh, f"the rules ask this of a {' or '.join(elsewhere)}: state it there", *at))
                continue
            if value is None:
                continue
            try:
                seen.known_facts[level, fact] = self._fact(kind, value, level, fact, seen.on)
            except InputError as error:
                faults.extend(fault.under(*at) for fault in error.faults)

    def _fact(self, kind: str, value: FactValue, level: g.Entity, fact: str, on: dt.date) -> Any:
        if kind == "truth":
            if not isinstance(value, bool):
                raise InputError(invalid(f"应写 true 或 false，不是 {value}", f"must be true or false, not {value}"))
            return value
        if kind == "date":
            return _day(value, on)
        if kind == "choice":
            if str(value) not in self.choices[fact]:
                raise InputError(unknown("option", str(value), self.choices[fact]))
            return str(value)
        if isinstance(value, bool | dt.date):
            raise InputError(invalid(f"应是数值，不是 {value}", f"must be a number, not {value}"))
        if kind == "count":
            if type(value) is not int:
                raise InputError(invalid(f"应是整数，不是 {value}", f"must be a whole number, not {value}"))
            number, most = value, MOST_COUNTED
            shown: tuple[object, object] = (number, most)
        elif kind == "money":
            assert value is not None
            money = Money(value)
            number, most = money.fen, MOST if level in ("person", "household") else MOST_PUBLIC
            shown = (money, Money.of_fen(most))
        else:
            assert value is not None
            rate = Rate(value)
            number, most = rate.parts, 1_000_000
            shown = (rate, Rate.of_parts(most))
        if not 0 <= number <= most:
            raise InputError(Fault("out_of_range", {"value": shown[0], "low": 0, "high": shown[1]}))
        return number

    def _sum_up(self, seen: Seen, level: g.Entity, faults: list[Fault]) -> None:
        for item, window in self.items_read:
            for records in (seen.income.get(item), seen.spending.get(item)):
                if records:
                    amount, cost, cut = sum_within(records, *window_of(window, seen.on))
                    faults.extend(cut)
                    so_far = seen.sums.get((item, window), (0, 0))
                    total = (so_far[0] + amount, so_far[1] + cost)
                    if max(total) > MOST:
                        low, high = Money(0), Money.of_fen(MOST)
                        facts = {"value": Money.of_fen(max(total)), "low": low, "high": high}
                        faults.append(Fault("out_of_range", facts, (*seen.at, "income")))
                    seen.sums[item, window] = total

    # --- inputs ----------------------------------------------------------------------------------------------

    def _getter(self, level: g.Entity, name: str) -> Getter:
        """How one input is read."""
        if name == "residence":
            return lambda seen: seen.residence or ""
        _, _, rest = name.partition(".")
        kind, _, detail = rest.partition(".")
        if kind == "group":
            return lambda seen: detail in seen.groups
        if kind == "zone":
            return lambda seen: self.zone_of(seen, detail)
        if kind == "age":
            return lambda seen: _age(seen)
        if kind == "year":
            return lambda seen: seen.on.year
        if kind == "insurance":
            return lambda seen: seen.insurance or ""
        if kind == "history":
            return lambda seen: seen.complete is not None and seen.complete.covers(*window_of(detail, seen.on))
        if kind in ("item", "spent"):
            item, window = detail.rsplit(".", 1)
            place = 0 if kind == "item" else 1
            return lambda seen: seen.sums.get((item, window), (0, 0))[place]
        if kind == "others":
            return lambda seen: self._others(seen, self.accounts[detail])
        if kind == "knows":
            if detail == "birth_date":
                return lambda seen: isinstance(seen.subject, Person) and seen.subject.birth_date is not None
            return lambda seen: (level, detail) in seen.known_facts
        if kind == "choice":
            fact, _, option = detail.rpartition(".")
            return lambda seen: seen.known_facts.get((level, fact)) == option
        if kind == "months_since":
            return lambda seen: _months_since(seen, seen.known_facts.get((level, detail)))
        if kind == "truth":
            return lambda seen: seen.known_facts.get((level, detail), False)
        if kind == "date":
            return lambda seen: _ordinal(seen.known_facts.get((level, detail)))
        assert kind in _KINDS, name
        return lambda seen: seen.known_facts.get((level, detail), 0)

    def _others(self, seen: Seen, account: Account) -> int:
        """Income under items that an account does not name, per year."""
        total = 0
        named = {*account.items, *(item for one in account.deductions for item in one.items or ())}
        since, to = window_of(account.window(None), seen.on)
        for item, records in seen.income.items():
            if item not in named:
                amount, cost, cut = sum_within(records, since, to)
                if cut:
                    raise InputError(cut)
                total += max(0, amount - cost)
        return total * (12 // account.months)

    def zone_of(self, seen: Seen, zone: str) -> bool:
        """Whether the subject lies in a zone; only called for those whose place tells."""
        place = seen.place or self.home
        return any(_within(place, code) for code in self.zones[zone])

    def needed(self, seen: Seen, level: g.Entity, read: Iterable[str]) -> Iterator[Fault]:
        """What the rules go by and the case does not state."""
        place = seen.place or self.home
        narrower: set[str] = set()
        for name in read:
            _, _, rest = name.partition(".")
            kind, _, detail = rest.partition(".")
            if name == "residence" and seen.residence is None and level == "household":
                yield self._missing("residence", seen)
            elif kind == "insurance" and seen.insurance is None and level == "person":
                yield self._missing("insurance", seen)
            elif kind == "zone" and not self.zone_of(seen, detail):
                narrower.update(code for code in self.zones[detail] if _within(code, place) and code != place)
        if narrower:
            yield self._too_wide(seen, sorted(narrower))

    def unread(self, seen: Mapping[g.Entity, Sequence[Seen]]) -> Iterator[str]:
        """What a case states and no rule looks at, so that nobody thinks it counted."""
        facts = {fact for subjects in seen.values() for one in subjects for fact in one.facts}
        for fact in sorted(facts - {name for _, name in self.kinds}):
            zh, en = (self.vocabulary.text("fact", fact, lang) for lang in ("zh", "en"))
            yield f"规则没有用到“{zh}” / no rule looks at {en!r}"
        items = {item for subjects in seen.values() for one in subjects for item in (*one.income, *one.spending)}
        named = {item for item, _ in self.items_read}
        named |= {item for account in self.accounts.values() for item in account.items}
        for item in sorted(items - named):
            zh, en = (self.vocabulary.text("item", item, lang) for lang in ("zh", "en"))
            yield f"没有一个收入核算单列“{zh}” / no account names {en!r}"

    @staticmethod
    def _too_wide(seen: Seen, codes: Sequence[str]) -> Fault:
        """The rules differ between places within the one that the case states, or that the rules are of."""
        found = [places.find(code) for code in codes[:_NAMED]]
        more_zh, more_en = ("等", " and others") if len(codes) > _NAMED else ("", "")
        zh = f"按地区区分，须写明 place 是哪个县区（规则列出的有{'、'.join(one.zh for one in found)}{more_zh}）"
        listed = ", ".join(f"{one.alias} ({one.code})" for one in found) + more_en
        if seen.place is None:
            zh, en = (
                f"缺少 place：规则{zh}",
                f"place is missing: the rules go by county or district; they name {listed}",
            )
        else:
            name = places.find(seen.place)
            zh = f"place“{name.zh}”太宽：规则{zh}"
            en = f"place {name.alias} is too wide: the rules go by county or district and name {listed}"
        return invalid(zh, en, *seen.at)

    @staticmethod
    def _missing(name: str, seen: Seen) -> Fault:
        return invalid(f"缺少 {name}：规则按它区分", f"{name} is missing: the rules go by it", *seen.at)


def _within(place: str, code: str) -> bool:
    """Whether a place is another one or lies in it."""
    return any(one.code == code for one in places.lineage(places.find(place)))


def _item_of(name: str) -> Iterator[tuple[str, str]]:
    _, _, rest = name.partition(".")
    kind, _, detail = rest.partition(".")
    if kind in ("item", "spent"):
        item, window = detail.rsplit(".", 1)
        yield item, window


def _day(value: FactValue, on: dt.date) -> dt.date:
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError:
            raise InputError(invalid(f"“{value}”不是日期", f"{value!r} is no date: write 2018-07-01")) from None
    if not isinstance(value, dt.date):
        raise InputError(invalid(f"应是日期，不是 {value}", f"must be a date, not {value}"))
    if value > on:
        zh, en = f"{value} 晚于核定日 {on}", f"{value} is after the day of the assessment, {on}"
        raise InputError(invalid(zh, en))
    return value


def _months_since(seen: Seen, day: dt.date | None) -> int:
    return 0 if day is None else full_months(day, seen.on)


def _ordinal(day: dt.date | None) -> int:
    return 0 if day is None else day.toordinal()


def _age(seen: Seen) -> int:
    assert isinstance(seen.subject, Person)
    born = seen.subject.birth_date
    return 0 if born is None else full_months(born, seen.on) // 12
