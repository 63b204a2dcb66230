"""Synthetic populations: villages, households, persons and claims drawn from published distributions.

They are for trying rules out and for measuring, and stand for no real place. What they are drawn from is stated in
``distributions.yaml``, with sources, and with what is only assumed marked so.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np
import polars as pl
import yaml

from poverty_policy.assessment.circumstances import Circumstances, Seen
from poverty_policy.assessment.engine import Engine
from poverty_policy.cases import Household
from poverty_policy.errors import InputError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MOST
from poverty_policy.money import Money
from poverty_policy.policy.book import OTHER
from poverty_policy.policy.provision import HEALTH
from poverty_policy.population.people import Population
from poverty_policy.ruleset.resolved import Resolved

Array = np.ndarray[Any, np.dtype[Any]]
_YEAR = 365.2425


def distributions() -> dict[str, Any]:
    """What is drawn from, with sources; a copy."""
    text = resources.files("poverty_policy.population").joinpath("distributions.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def draw_population(
    rules: Resolved,
    persons: int,
    *,
    seed: int,
    rural: float,
    income: Mapping[str, Any],
    groups: Mapping[str, float],
    insurance: str | None,
) -> Population:
    """A population for a rule set; see ``poverty_policy.synthetic``."""
    if type(persons) is not int or not 0 < persons <= 2_000_000_000:
        raise InputError(invalid("人数应是正整数", "the number of persons must be a whole number above 0", "persons"))
    if not 0 <= rural <= 1:
        raise InputError(invalid("农村人口比例应在 0 与 1 之间", "the rural share lies between 0 and 1", "rural"))
    strange = sorted(set(income) - {"rural", "urban"})
    if strange:
        raise InputError([unknown("residence", one, ("rural", "urban"), "income") for one in strange])
    return _Draw(rules, persons, np.random.default_rng(seed), rural, income, groups, insurance).finish()


class _Draw:
    """One drawing, table by table from the villages down."""

    def __init__(
        self,
        rules: Resolved,
        many: int,
        chance: np.random.Generator,
        rural: float,
        income: Mapping[str, Any],
        groups: Mapping[str, float],
        insurance: str | None,
    ) -> None:
        self.rules, self.many, self.chance, self.rural = rules, many, chance, rural
        self.tables = distributions()
        self.engine = Engine.of_everything(rules) if rules.provisions else Engine.of_health(rules)
        self.gatherer = self.engine.gatherer
        self.circumstances: Circumstances | None = self.gatherer.circumstances
        self.inputs = {one.name: one for one in self.engine.program.inputs()}
        self.means = {where: float(self.tables["incomes"][where]["mean"]) for where in ("rural", "urban")}
        self.means |= {where: Money(amount).fen / 100 for where, amount in income.items()}
        listed = self.tables["groups"]
        self.shares: dict[str, float] = {**listed["poorest"], **listed["anybody"]}
        known = self.gatherer.known["group"]
        faults = [unknown("group", name, known, "groups") for name in groups if name not in known]
        if faults:
            raise InputError(faults)
        self.shares |= {known[name]: share for name, share in groups.items()}
        self.insurance = insurance if insurance is not None else self._insurance()

    def finish(self) -> Population:
        """Draw every table."""
        sizes = self._sizes()
        homes = len(sizes)
        self.home_of = np.repeat(np.arange(homes, dtype=np.int64), sizes)
        village_of, rural = self._villages(homes)
        per_head = self._incomes(rural)
        ages = self._ages(np.concatenate([[True], self.home_of[1:] != self.home_of[:-1]]))
        belongs = self._groups(per_head)
        born = self._birth_dates(ages)
        persons = pl.DataFrame(
            {
                "id": np.arange(self.many, dtype=np.int64),
                "household": self.home_of,
                "birth_date": pl.Series(born).cast(pl.Date),
                "insurance": self._named(np.zeros(self.many, np.uint8), [self.insurance]),
                "groups": belongs,
                **dict(self._facts("person", self.many)),
            }
        )
        places = self._places(int(village_of[-1]) + 1)
        households = pl.DataFrame(
            {
                "id": np.arange(homes, dtype=np.int64),
                "village": village_of,
                "place": places.gather(village_of),
                "residence": self._named((~rural).astype(np.uint8), ["rural", "urban"]),
                "records_complete": np.ones(homes, np.bool_),
                **dict(self._items(per_head, sizes, rural)),
                **dict(self._facts("household", homes)),
            }
        )
        claims = None if HEALTH in self.rules.missing else self._claims(ages, born)
        if not self.rules.provisions:  # nothing is asked of households
            return Population(claims=claims, persons=persons, money="fen")
        villages = self._village_table(places, village_of, persons) if self._asks("village") else None
        return Population(claims=claims, persons=persons, households=households, villages=villages, money="fen")

    def _insurance(self) -> str:
        """The insurance of everybody: residents', or in years before it the rural scheme, whichever the rules name."""
        nodes = g.walk(self.engine.program.all_nodes())
        tests = [node for node in nodes if isinstance(node, g.Is) and node.category.name == "insurance"]
        named = {option for test in tests for option in test.options}
        return "ncms" if "ncms" in named and "resident" not in named else "resident"

    # --- households and persons -----------------------------------------------------------------------------

    def _sizes(self) -> Array:
        """How many members each household has; together as many as wanted."""
        table = self.tables["household_sizes"]
        members, shares = np.array(table["members"], np.int64), _shares(table["shares"])
        mean = float((members * shares).sum())
        sizes: Array = members[:0]
        while sizes.sum() < self.many:
            missing = self.many - int(sizes.sum())
            more = members[_draw(self.chance, shares, int(missing / mean * 1.01) + 20)]
            sizes = np.concatenate([sizes, more])
        ends = np.cumsum(sizes)
        last = int(np.searchsorted(ends, self.many))
        sizes = sizes[: last + 1].copy()
        sizes[last] -= int(ends[last]) - self.many
        return sizes

    def _villages(self, homes: int) -> tuple[Array, Array]:
        """In which village each household lives, and whether it is rural."""
        table = self.tables["households_of_a_village"]
        low, high = int(table["from"]), int(table["to"])
        sizes = self.chance.integers(low, high + 1, homes // low + 1)
        village = np.searchsorted(np.cumsum(sizes), np.arange(homes), side="right").astype(np.int64)
        rural = self.chance.random(len(sizes)) < self.rural
        return village, rural[village]

    def _ages(self, first: Array) -> Array:
        """Everybody's age in years; the first member of a household is grown up."""
        table = self.tables["ages"]
        starts, shares = np.array([*table["from"], table["last"]], float), _shares(table["shares"])
        grown = shares.copy()
        grown[0] = 0.0
        grown[1] *= (60 - 18) / (60 - 15)
        grown = grown / grown.sum()
        heads = first.mean()
        others = np.maximum(shares - heads * grown, 0.0)
        stretch = np.empty(self.many, np.int64)
        stretch[first] = _draw(self.chance, grown, int(first.sum()))
        stretch[~first] = _draw(self.chance, others / others.sum(), int((~first).sum()))
        part = self.chance.random(self.many)
        oldest = stretch == len(shares) - 1
        part[oldest] = 1 - np.sqrt(1 - part[oldest])  # falls in a straight line
        low = starts[stretch]
        low = np.where(first & (stretch == 1), 18.0, low)
        ages: Array = low + part * (starts[stretch + 1] - low)
        return ages

    def _birth_dates(self, ages: Array) -> Array:
        today = (self.rules.on - dt.date(1970, 1, 1)).days
        return (today - np.ceil(ages * _YEAR)).astype(np.int32)

    def _groups(self, per_head: Array) -> pl.Series:
        """The groups that each person belongs to, as one text."""
        table, known = self.tables["groups"], self.gatherer.known["group"]
        sizes = np.bincount(self.home_of)
        order = np.argsort(per_head, kind="stable")
        poorer = np.empty(len(sizes))  # the share of persons in households that are poorer
        poorer[order] = (np.cumsum(sizes[order]) - sizes[order]) / self.many
        code = np.zeros(self.many, np.int64)
        names = [name for name, share in self.shares.items() if name in known and share > 0]
        for place, name in enumerate(names):
            share = self.shares[name]
            if name in table["poorest"]:
                start = self.shares[table["after"][name]] if name in table["after"] else 0.0
                mine = ((poorer >= start) & (poorer < start + share))[self.home_of]
            else:
                mine = self.chance.random(self.many) < share
            code |= mine.astype(np.int64) << place
        used, places = np.unique(code, return_inverse=True)
        texts = [", ".join(name for place, name in enumerate(names) if one >> place & 1) for one in used]
        return self._named(places, texts)

    def _incomes(self, rural: Array) -> Array:
        """Each household's income per head and year, in yuan."""
        found = np.empty(len(rural))
        for where, here in (("rural", rural), ("urban", ~rural)):
            quintiles = np.array(self.tables["incomes"][where]["quintiles"], float)
            quintiles *= self.means[where] / quintiles.mean()
            found[here] = _from_quintiles(self.chance, quintiles, int(here.sum()))
        return found

    def _items(self, per_head: Array, sizes: Array, rural: Array) -> Iterator[tuple[str, Array]]:
        """Income by item, for each window that the rules look at, in fen."""
        if self.circumstances is None:
            return
        table = self.tables["income_items"]
        names = ("wage", "business", "property", "transfer")
        parts = np.stack([np.full(len(sizes), float(table[name])) for name in names])
        parts *= np.exp(self.chance.normal(0.0, float(table["spread"]), parts.shape))
        yearly = parts / parts.sum(axis=0) * (per_head * sizes * 100)
        amounts = dict(zip(names, yearly, strict=True))
        amounts["farming"] = np.where(rural, amounts["business"], 0.0)
        amounts["business"] = np.where(rural, 0.0, amounts["business"])
        for item, window in sorted(self.circumstances.items_read):
            if item in amounts:
                months = int(window.partition("_")[0])
                yield f"income.{item}.{window}", np.minimum(amounts[item] / 12 * months, MOST).astype(np.int64)

    def _facts(self, entity: g.Entity, many: int) -> Iterator[tuple[str, Any]]:
        """What else the rules ask; facts with days, and choices, are left unknown."""
        if self.circumstances is None:
            return
        table = self.tables["facts"]
        for (level, fact), kind in sorted(self.circumstances.kinds.items()):
            if level != entity or kind not in ("truth", "money", "count", "rate"):
                continue
            if kind == "truth":
                yield f"facts.{fact}", self.chance.random(many) < table["true_of"].get(fact, table["other"])
            elif kind == "rate":
                yield f"facts.{fact}", np.zeros(many)
            else:
                yield f"facts.{fact}", np.full(many, table["amounts"].get(fact, 0), np.int64)

    def _asks(self, entity: g.Entity) -> bool:
        """Whether anything is decided of an entity, or asked of it."""
        stated = any(one.entry.subject == entity for one in self.rules.provisions)
        return stated or any(one.entity == entity for one in self.inputs.values())

    def _village_table(self, places: pl.Series, village_of: Array, persons: pl.DataFrame) -> pl.DataFrame:
        """What is asked of villages; how many live there, and how many are registered as poor, is counted."""
        many = len(places)
        poor = persons["groups"].cast(pl.String).str.contains("registered_poor").to_numpy()
        village = village_of[self.home_of]
        homes = np.unique(self.home_of[poor])
        counted = {
            "rural_population": np.bincount(village, minlength=many),
            "poor_persons": np.bincount(village[poor], minlength=many),
            "households": np.bincount(village_of, minlength=many),
            "poor_households": np.bincount(village_of[homes], minlength=many),
        }
        facts = dict(self._facts("village", many))
        facts |= {f"facts.{name}": values for name, values in counted.items() if f"facts.{name}" in facts}
        return pl.DataFrame({"id": np.arange(many, dtype=np.int64), "place": places, **facts})

    def _places(self, villages: int) -> pl.Series:
        """Where each village lies: where the rules hold; if that is too wide, in a place of the zones they name."""
        home = self.rules.place.code
        listed = [home]
        if self.circumstances is not None:
            zones = [name for name in self.inputs if name.startswith(("household.zone.", "village.zone."))]
            seen = Seen(Household.model_construct(id="1", members=()), (), self.rules.on, place=home)
            if any(True for _ in self.circumstances.needed(seen, "household", zones)):
                listed = sorted({code for codes in self.circumstances.zones.values() for code in codes})
        return self._named(self.chance.integers(0, len(listed), villages), listed)

    # --- claims -------------------------------------------------------------------------------------------------

    def _claims(self, ages: Array, born: Array) -> pl.DataFrame:
        """Admissions to hospital within the year of the rules."""
        table, facilities = self.tables["admissions"], self.tables["facilities"]
        shape = float(table["shape"])
        rate = float(table["rate"]) / 100 * np.where(ages >= 60, table["from_60"], table["below_60"])
        times = self.chance.poisson(rate * self.chance.gamma(shape, 1 / shape, self.many))
        times = np.minimum(times, table["most"])
        person = np.repeat(np.arange(self.many, dtype=np.int64), times)
        many = len(person)
        starts = np.cumsum(times) - times
        number = np.arange(many, dtype=np.int64) - np.repeat(starts, times)
        names = list(facilities["levels"])
        levels = [facilities["levels"][name] for name in names]
        level = _draw(self.chance, _shares([one["share"] for one in levels]), many)
        total = self._costs(levels, level)
        outside = self._part(facilities["out_of_catalogue"], names, level, total)
        first_paid = self._part(facilities["category_b_first"], names, level, total)
        in_scope = total - outside - first_paid
        first, last = self._year()
        # a person's admissions are in the order of their days
        days = np.sort(person * 1000 + self.chance.integers(0, (last - first).days + 1, many)) % 1000
        day = np.maximum((first - dt.date(1970, 1, 1)).days + days, born[person])
        columns: dict[str, Any] = {
            "id": np.arange(many, dtype=np.int64),
            "person": person,
            "date": pl.Series(day.astype(np.int32)).cast(pl.Date),
            "order": number,
            "kind": self._named(np.zeros(many, np.uint8), ["inpatient"]),
            "facility_level": self._named(level, names),
            "facility_grade": self._named(level, [one["grade"] for one in levels]),
            "area": self._chosen(facilities["areas"], names, level),
            "referral": self._chosen(facilities["referrals"], names, level),
            "cost.in_scope": in_scope,
            "cost.category_b_first": first_paid,
            "cost.out_of_catalogue": outside,
        }
        if "facility" in self.inputs:
            columns["facility"] = self._named(np.zeros(many, np.uint8), ["other"])
        if {"disease", "disease_name"} & set(self.inputs):
            listed = sorted(self.gatherer.diseases)
            ill = self.chance.random(many) < facilities["listed_disease"]
            which = self.chance.integers(0, max(1, len(listed)), many) + 1
            columns["disease"] = self._named(np.where(ill & bool(listed), which, 0), [OTHER, *listed])
        for name in self.gatherer.observed:
            share = np.array([facilities["basic_paid"][one] for one in names])[level] if name == "basic" else 0.0
            columns[f"paid.{name}"] = np.floor(in_scope * share).astype(np.int64)
        for name in self.inputs:
            head, _, rest = name.partition(".")
            if head == "charge" and rest.startswith("in_scope."):
                columns[f"charges.{rest}"] = np.floor(in_scope * facilities["charge"]).astype(np.int64)
        return pl.DataFrame(columns)

    def _costs(self, levels: Sequence[Mapping[str, Any]], level: Array) -> Array:
        """What each admission costs in fen: a lognormal around the level's mean."""
        mean = np.array([float(one["cost"]) for one in levels])[level]
        spread = np.array([float(one["spread"]) for one in levels])[level]
        drawn = mean * np.exp(spread * self.chance.standard_normal(len(level)) - spread * spread / 2)
        least = float(self.tables["facilities"]["least"])
        costs: Array = np.clip(drawn * 100, least * 100, MOST).astype(np.int64)
        return costs

    def _part(self, table: Mapping[str, float], names: Sequence[str], level: Array, total: Array) -> Array:
        """A part of each bill, between nothing and twice the usual share."""
        share = np.array([float(table[name]) for name in names])[level]
        part: Array = np.floor(total * share * 2 * self.chance.random(len(level))).astype(np.int64)
        return part

    def _chosen(self, table: Mapping[str, Mapping[str, float]], names: Sequence[str], level: Array) -> pl.Series:
        """A name for each claim, by the chances of its level."""
        words = list(dict.fromkeys(word for name in names for word in table[name]))
        found = np.zeros(len(level), np.int64)
        for place, name in enumerate(names):
            here = level == place
            shares = _shares([table[name].get(word, 0.0) for word in words])
            found[here] = _draw(self.chance, shares, int(here.sum()))
        return self._named(found, words)

    def _year(self) -> tuple[dt.date, dt.date]:
        """The days of the rules' year on which they hold."""
        on = self.rules.on
        first, last = dt.date(on.year, 1, 1), dt.date(on.year, 12, 31)
        return max(first, self.rules.valid_from), min(last, self.rules.valid_to)

    @staticmethod
    def _named(codes: Array, words: Sequence[str]) -> pl.Series:
        """Texts, from places in a list of them."""
        listed = list(dict.fromkeys(words))
        return pl.Series(words, dtype=pl.Enum(listed)).gather(codes)


def _shares(parts: Sequence[float]) -> Array:
    """Parts as shares of 1."""
    found = np.array(parts, float)
    shares: Array = found / found.sum()
    return shares


def _draw(chance: np.random.Generator, shares: Array, many: int) -> Array:
    """Places in a list of shares."""
    found = np.searchsorted(np.cumsum(shares)[:-1], chance.random(many), side="right")
    return found.astype(np.int64)


def _from_quintiles(chance: np.random.Generator, means: Array, many: int) -> Array:
    """Amounts whose fifths have the stated means.

    Fifths meet halfway between their means. Within each but the last, an amount is ``low + (high - low) * u ** a`` of
    a uniform ``u``, with the ``a`` that gives the mean; above the last edge lies a Pareto tail with the mean left.
    """
    edges = [0.0, *(float(one) for one in (means[1:] + means[:-1]) / 2)]
    fifth = chance.integers(0, 5, many)
    part = chance.random(many)
    found = np.empty(many)
    for place, (low, mean) in enumerate(zip(edges, means, strict=True)):
        here = fifth == place
        if place < 4:
            high = edges[place + 1]
            found[here] = low + (high - low) * part[here] ** ((high - low) / (mean - low) - 1)
        else:
            tail = mean / (mean - low)
            found[here] = low * (1 - part[here]) ** (-1 / tail)
    return found


@functools.cache
def described() -> tuple[tuple[str, str, str], ...]:
    """What is drawn from: table, source, and what is assumed."""
    return tuple((name, table.get("source", ""), table.get("assumed", "")) for name, table in distributions().items())
