"""Which columns the frames of a rule set may have, and how the inputs of its program are read from them.

The columns are called as a case calls its facts: ``date``, ``cost.in_scope``, ``paid.basic``, ``facts.cars``,
``income.wage``. Every row has an ``id``, and the id of what it belongs to: ``person``, ``household``, ``village`` …
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import narwhals as nw

from poverty_policy.assessment.circumstances import Circumstances, Seen, window_of
from poverty_policy.assessment.engine import Engine
from poverty_policy.assessment.facts import Gatherer
from poverty_policy.cases import Household
from poverty_policy.errors import Fault, InputError, RuleError, invalid, nearest, unknown
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MOST
from poverty_policy.policy.book import OTHER
from poverty_policy.policy.register import MOST_PUBLIC
from poverty_policy.population import days
from poverty_policy.population.kinds import (
    COUNT,
    DAY,
    SHARE,
    TEXT,
    TRUTH,
    Kind,
    MoneyUnit,
    Names,
    amount,
    groups_in,
    options,
    whole,
)
from poverty_policy.ruleset import places
from poverty_policy.ruleset.resolved import Resolved
from poverty_policy.terms import Dimension

#: Entity -> the frame's name, as ``assess_frame`` takes it.
FRAMES: Mapping[g.Entity, str] = {
    "claim": "claims",
    "person": "persons",
    "household": "households",
    "village": "villages",
    "township": "townships",
    "county": "counties",
}
_WORDS: tuple[Dimension, ...] = ("kind", "facility_level", "facility_grade", "facility", "area", "referral")
#: How the names of columns that carry a name of their own begin.
_PREFIXES = ("cost", "paid", "charges", "groups", "facts", "income", "spending")
_FALSE = nw.lit(False, dtype=nw.Boolean)


@attrs.frozen
class Column:
    """A column of a frame that the rules may look at.

    Attributes:
        name: as a case calls it.
        given: as the frame calls it.
        kind: what it may hold.
        means: where it holds names, what one of them means; an ``InputError`` says that nobody knows it.
        needed: whether every row must have a value.
    """

    name: str
    given: str
    kind: Kind
    means: Callable[[str], Any] | None = None
    needed: bool = True

    @property
    def raw(self) -> nw.Expr:
        """The column as it was given."""
        return nw.col(self.name)

    def at(self) -> str:
        """What to call it in messages: both names, where they differ."""
        return self.given if self.given == self.name else f"{self.given}（{self.name}）"


def read_as(name: str) -> str:
    """The name of a column that has been read."""
    return f"@{name}"


class Layout:
    """What one engine asks of frames.

    Args:
        engine: the program and its gatherer.
        money: what amounts are in.
    """

    def __init__(self, engine: Engine, money: MoneyUnit) -> None:
        self.rules: Resolved = engine.rules
        self.program = engine.program
        self.gatherer: Gatherer = engine.gatherer
        self.circumstances: Circumstances | None = engine.gatherer.circumstances
        self.money = money
        self.inputs: dict[g.Entity, list[g.Input]] = {}
        for one in engine.program.inputs():
            self.inputs.setdefault(g.entity_of(one), []).append(one)

    # --- columns -------------------------------------------------------------------------------------------

    def columns(self, entity: g.Entity, given: Mapping[str, str], faults: list[Fault]) -> dict[str, Column]:
        """The columns of a frame that the rules may look at; what is wrong with their names joins ``faults``.

        Args:
            entity: whose frame it is.
            given: name as a case calls it -> name in the frame.
            faults: what is wrong so far.
        """
        found: dict[str, Column] = {}
        for name, column in given.items():
            try:
                known = self._column(entity, name, column)
            except InputError as error:
                faults.extend(fault.under(FRAMES[entity]) for fault in error.faults)
                continue
            if known is None and name.partition(".")[0] in _PREFIXES:
                close = nearest(name, self.expected(entity))
                faults.append(Fault("unknown_key", {"name": column, **close}, (FRAMES[entity],)))
            elif known is not None:
                found[known.name] = known
        return found

    def expected(self, entity: g.Entity) -> list[str]:
        """The columns that the program may look at, for messages."""
        circumstances = self.circumstances
        names = {"claim": ["person", "date", "order"], "person": ["household"], "household": ["village", "place"]}
        found = ["id", *names.get(entity, ())]
        for one in self.inputs.get(entity, ()):
            kind, _, rest = one.name.partition(".")
            if entity == "claim":
                found.append(
                    {"observed": f"paid.{rest}", "charge": f"charges.{rest}", "group": "groups"}.get(kind, one.name)
                )
            elif circumstances is not None:
                what, _, detail = rest.partition(".")
                found.append(f"income.{detail.rpartition('.')[0]}" if what == "item" else f"facts.{detail}")
        return found

    def _column(self, entity: g.Entity, name: str, given: str) -> Column | None:
        head, _, rest = name.partition(".")
        if rest:
            return self._dotted(entity, head, rest, given)
        if name in ("id", "person", "household", "village", "township", "county"):
            return Column(name, given, TEXT)
        if entity == "claim":
            if name in _WORDS:
                return self._names(name, given, name)
            plain: dict[str, Kind] = {"date": DAY, "order": COUNT, "disease": TEXT, "total": amount(self.money)}
            if name in plain:
                needed = name in ("date", "order") or (name == "disease" and self._reads("disease", "disease_name"))
                return Column(name, given, plain[name], needed=needed)
        if entity in ("claim", "person"):
            if name == "groups":
                known = self.gatherer.known["group"]
                zh, en = "没有这样的人群", "names groups that are not known"
                return Column(name, given, Names(zh, en), lambda text: groups_in(text, known))
            if name == "insurance":
                return self._names("insurance", given, name)
            if name == "birth_date":
                return Column(name, given, DAY, needed=False)
        if entity == "household":
            if name == "residence":
                return self._names("residence", given, name)
            if name == "records_complete":
                return Column(name, given, TRUTH)
        if name == "place" and entity != "person":
            kind = Names("没有这个地区", "is no place that is known")
            zones = any(one.name.startswith(f"{entity}.zone.") for one in self.inputs.get(entity, ()))
            needed = zones or (entity == "claim" and self._reads("area"))
            return Column(name, given, kind, functools.partial(self._place, entity), needed)
        return None

    def _names(self, dimension: Dimension, given: str, name: str) -> Column:
        known = self.gatherer.known[dimension]
        words = "、".join(dict.fromkeys(self.rules.vocabulary.text(dimension, one, "zh") for one in known.values()))
        names = ", ".join(dict.fromkeys(known.values()))
        kind = Names(f"只能是 {words}", f"must be one of {names}")

        def means(text: str) -> str:
            if text not in known:
                raise InputError(unknown(dimension.replace("_", " "), text, known))
            return known[text]

        return Column(name, given, kind, means, self._reads(name, f"person.{name}"))

    def _reads(self, *names: str) -> bool:
        """Whether the program reads one of some inputs."""
        return any(one.name in names for inputs in self.inputs.values() for one in inputs)

    def _dotted(self, entity: g.Entity, head: str, rest: str, given: str) -> Column | None:
        """A column that carries a name of its own: ``cost.in_scope``, ``facts.cars``."""
        money = amount(self.money)
        if entity == "claim" and head == "cost":
            return Column(f"cost.{self._word('component', rest, given)}", given, money)
        if entity == "claim" and head == "paid":
            if rest not in self.gatherer.observed:
                raise InputError(unknown("observed layer", rest, self.gatherer.observed, given))
            return Column(f"paid.{rest}", given, money, needed=False)
        if entity == "claim" and head == "charges":
            component, _, charge = rest.partition(".")
            names = self._word("component", component, given), self._word("charge", charge, given)
            return Column(f"charges.{'.'.join(names)}", given, money)
        if entity in ("claim", "person") and head == "groups":
            return Column(f"groups.{self._word('group', rest, given)}", given, TRUTH)
        if self.circumstances is None:
            return None
        if head == "facts" and entity != "claim":
            return self._fact(entity, rest, given)
        if head in ("income", "spending") and entity in ("person", "household"):
            item, _, more = rest.partition(".")
            return Column(".".join(filter(None, ("income", self._word("item", item, given), more))), given, money)
        return None

    def _word(self, dimension: Dimension, stated: str, given: str) -> str:
        known = self.gatherer.known[dimension]
        if stated not in known:
            raise InputError(unknown(dimension, stated, known, given))
        return known[stated]

    def _fact(self, entity: g.Entity, stated: str, given: str) -> Column | None:
        assert self.circumstances is not None
        fact = self._word("fact", stated, given)
        kind = self.circumstances.kinds.get((entity, fact))
        most = MOST if entity in ("person", "household") else MOST_PUBLIC
        kinds: dict[str, Kind] = {
            "truth": TRUTH,
            "money": amount(self.money, most),
            "rate": SHARE,
            "count": COUNT,
            "date": DAY,
        }
        if kind is None:
            return None
        if kind == "choice":
            listed = self.circumstances.choices[fact]
            return Column(f"facts.{fact}", given, options(listed), needed=False)
        return Column(f"facts.{fact}", given, kinds[kind], needed=False)

    def _place(self, entity: g.Entity, text: str) -> str:
        """The code of a place; one that is too wide to tell which zone it lies in is refused."""
        try:
            code = places.find(text).code
        except RuleError as error:
            raise InputError(error.faults) from None
        if self.circumstances is not None:
            zones = [one.name for one in self.inputs.get(entity, ()) if one.name.startswith(f"{entity}.zone.")]
            faults = list(self.circumstances.needed(self.seen(code), entity, zones))
            if faults:
                raise InputError(faults)
        return code

    def seen(self, place: str | None) -> Seen:
        """Somebody of whom nothing is stated but where they live."""
        return Seen(Household.model_construct(id="1", members=()), (), self.rules.on, place=place)

    def lies_in(self, zone: str, place: str) -> bool:
        """Whether a place lies in a zone."""
        assert self.circumstances is not None
        return self.circumstances.zone_of(self.seen(place), zone)

    # --- inputs --------------------------------------------------------------------------------------------

    def expressions(
        self, entity: g.Entity, columns: Mapping[str, Column], given: Iterable[str]
    ) -> Iterator[tuple[str, nw.Expr]]:
        """The inputs of an entity, by name, over the columns as they were read.

        Args:
            entity: which one.
            columns: what is known of its columns; of claims, what is stated of the person is among them.
            given: all the columns that its frame has, for messages.

        Raises:
            InputError: columns are missing; with every one.
        """
        reader = _Inputs(self, entity, columns)
        if entity == "claim" and not any(name.startswith("cost.") for name in columns):
            reader.missing["cost.in_scope"] = ""
        for one in self.inputs.get(entity, ()):
            yield one.name, reader.read(one)
        if reader.missing:
            faults = []
            for name, about in reader.missing.items():
                close = nearest(name, given)
                zh = f"缺少“{name}”列：规则按它区分{about}{close['nearest_zh']}"
                en = f"the column {name!r} is missing: the rules go by it{about}{close['nearest_en']}"
                faults.append(invalid(zh, en, FRAMES[entity]))
            raise InputError(faults)


class _Inputs:
    """Reads the inputs of one entity from its columns."""

    def __init__(self, layout: Layout, entity: g.Entity, columns: Mapping[str, Column]) -> None:
        self.layout, self.entity, self.columns = layout, entity, columns
        self.missing: dict[str, str] = {}

    def read(self, one: g.Input) -> nw.Expr:
        """The expression of one input."""
        head, _, rest = one.name.partition(".")
        return self._of_claim(one, head, rest) if self.entity == "claim" else self._above(one, rest)

    def _needed(self, name: str, about: str = "") -> nw.Expr:
        if name not in self.columns:
            self.missing[name] = about
            return whole(0)
        return nw.col(read_as(name))

    def _or_zero(self, name: str) -> nw.Expr:
        """An amount; one that is not there is none."""
        return nw.col(read_as(name)).fill_null(whole(0)) if name in self.columns else whole(0)

    # --- claims --------------------------------------------------------------------------------------------

    def _of_claim(self, one: g.Input, head: str, rest: str) -> nw.Expr:
        gatherer = self.layout.gatherer
        if head == "cost" and rest == OTHER:
            counted = {f"cost.{name}" for name in gatherer.components}
            stated = [name for name in self.columns if name.startswith("cost.") and name not in counted]
            return self._sum(stated)
        if head == "cost":
            return self._or_zero(one.name)
        if head == "claim":  # claim.within.<window>
            since, to = window_of(rest.partition(".")[2], self.layout.rules.on)
            return days.between(self._needed("date"), since, to)
        if head == "group":
            return self.group(rest)
        if head == "observed":
            return self._or_zero(f"paid.{rest}")
        if head == "charge":
            component, _, charge = rest.partition(".")
            if component != OTHER:
                return self._or_zero(f"charges.{rest}")
            charges = [name.split(".") for name in self.columns if name.startswith("charges.")]
            return self._sum(
                [".".join(name) for name in charges if name[1] not in gatherer.components and name[2] == charge]
            )
        if one.name == "benefit_year":
            assert gatherer.cascade is not None
            return days.year_from(self._needed("date"), gatherer.cascade.benefit_year)
        if one.name == "age":
            return days.age_on(self._needed("birth_date"), self._needed("date"))
        if one.name == "disease":
            disease = self._needed("disease").cast(nw.String)
            listed = sorted(gatherer.diseases)
            return nw.when(disease.is_in(listed)).then(disease).otherwise(nw.lit(OTHER))
        if one.name == "disease_name":
            return self._needed("disease")
        if one.name == "area" and "area" not in self.columns and "place" in self.columns:
            return self._area()
        return self._needed(one.name)

    def group(self, name: str) -> nw.Expr:
        """Whether a person belongs to a group."""
        if f"groups.{name}" in self.columns:
            return nw.col(read_as(f"groups.{name}"))
        if "groups" in self.columns:
            return nw.col(f"@groups.{name}")
        if not any(column.startswith("groups.") for column in self.columns):
            self.missing["groups"] = ""
        else:
            self.missing[f"groups.{name}"] = ""
        return _FALSE

    def _area(self) -> nw.Expr:
        """Where the place of care lies, seen from the household's place."""
        there, home = self._needed("place"), self._needed("home")
        same = [
            there.cast(nw.String).str.slice(0, size) == home.cast(nw.String).str.slice(0, size) for size in (2, 4, 6)
        ]
        found: nw.Expr = nw.lit("out_of_province")
        for holds, name in zip(same, ("in_province", "in_prefecture", "in_county"), strict=True):
            found = nw.when(holds).then(nw.lit(name)).otherwise(found)
        return found

    def _sum(self, names: Sequence[str]) -> nw.Expr:
        found = whole(0)
        for name in names:
            found = found + self._or_zero(name)
        return found

    # --- persons, households, areas ------------------------------------------------------------------------

    def _above(self, one: g.Input, rest: str) -> nw.Expr:
        layout, on = self.layout, self.layout.rules.on
        assert layout.circumstances is not None
        kind, _, detail = rest.partition(".")
        if one.name == "residence":
            return self._needed("residence")
        if kind == "group":
            return self.group(detail)
        if kind == "insurance":
            return self._needed("insurance")
        if kind == "zone":
            return nw.col(f"@zone.{detail}") if "place" in self.columns else self._zone_of_all(detail)
        if kind == "year":
            return whole(on.year)
        if kind == "age":
            return self._known_or("birth_date", lambda born: days.months_to(born, on) // whole(12))
        if kind == "history":
            return self._needed("records_complete", f"（{detail}）")
        if kind in ("item", "spent"):
            item, window = detail.rsplit(".", 1)
            return self._income(item, window, kind == "spent")
        if kind == "others":
            return self._others(detail)
        if kind == "knows":
            name = detail if detail == "birth_date" else f"facts.{detail}"
            return ~nw.col(read_as(name)).is_null() if name in self.columns else _FALSE
        if kind == "choice":
            fact, _, option = detail.rpartition(".")
            name = f"facts.{fact}"
            return (nw.col(read_as(name)) == nw.lit(option)).fill_null(_FALSE) if name in self.columns else _FALSE
        if kind == "truth":
            name = f"facts.{detail}"
            return nw.col(read_as(name)).fill_null(_FALSE) if name in self.columns else _FALSE
        if kind == "months_since":
            return self._known_or(f"facts.{detail}", lambda day: days.months_to(day, on))
        if kind == "date":
            return self._known_or(f"facts.{detail}", days.ordinal)
        return self._or_zero(f"facts.{detail}")

    def _known_or(self, name: str, made: Callable[[nw.Expr], nw.Expr]) -> nw.Expr:
        """What is worked out from a value, and 0 where there is none."""
        return made(nw.col(read_as(name))).fill_null(whole(0)) if name in self.columns else whole(0)

    def _zone_of_all(self, zone: str) -> nw.Expr:
        """Whether everybody lies in a zone, where no places are stated."""
        assert self.layout.circumstances is not None
        seen = self.layout.seen(None)
        for _ in self.layout.circumstances.needed(seen, self.entity, [f"{self.entity}.zone.{zone}"]):
            self.missing["place"] = ""
        return nw.lit(self.layout.circumstances.zone_of(seen, zone), dtype=nw.Boolean)

    def _income(self, item: str, window: str, cost: bool) -> nw.Expr:
        """What is stated under an item for a window; a column without a window is for the only one that is read."""
        assert self.layout.circumstances is not None
        end = ".cost" if cost else ""
        if f"income.{item}.{window}{end}" in self.columns:
            return nw.col(read_as(f"income.{item}.{window}{end}"))
        windows = {one for name, one in self.layout.circumstances.items_read if name == item}
        if f"income.{item}{end}" in self.columns:
            if len(windows) > 1:
                self.missing[f"income.{item}.{window}{end}"] = f"（{', '.join(sorted(windows))}）"
            return nw.col(read_as(f"income.{item}{end}"))
        return whole(0)

    def _others(self, account: str) -> nw.Expr:
        """Income under items that an account does not name, per year."""
        assert self.layout.circumstances is not None
        rule = self.layout.circumstances.accounts[account]
        named = {*rule.items, *(item for one in rule.deductions for item in one.items or ())}
        stated = {name.split(".")[1] for name in self.columns if name.startswith("income.")}
        found = whole(0)
        for item in sorted(stated - named):
            window = rule.window(None)
            net = self._income(item, window, False) - self._income(item, window, True)
            found = found + nw.max_horizontal(net, whole(0))
        return found * whole(12 // rule.months)
