"""Random rule sets and random years of claims, for tests of what must hold for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import attrs
from hypothesis import assume
from hypothesis import strategies as st

from poverty_policy.errors import RuleError
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import prove
from poverty_policy.money import Money, Rate
from poverty_policy.policy.cascade import describe
from poverty_policy.policy.reimbursement import Cascade, Entry, Guarantee, Layer, Schedule, Waiver
from poverty_policy.policy.values import leaves

MOST = 5 * 10**8
GROUPS = ("dibao", "tekun", "registered_poor")
LEVELS = ("township", "county", "city", "province")
COMPONENTS = ("in_scope", "category_b_first", "out_of_catalogue")
CHARGES = ("registration", "bed")
DISEASES = ("uraemia", "leukaemia")

Draw = Callable[[st.SearchStrategy[Any]], Any]
Row = dict[str, Any]

#: Few amounts, small and large, so that several rules of a set share their thresholds now and then.
AMOUNTS = (0, 1, 99, 20_000, 50_001, 150_000, 1_000_000, 1_500_000, 5_000_000, 10_000_000, 30_000_000)
moneys = st.sampled_from(AMOUNTS).map(Money.of_fen)
percents = st.integers(0, 100).map(lambda percent: Rate.of_parts(100 * percent))
rates = percents | st.integers(0, 10_000).map(Rate.of_parts)
points = st.integers(0, 20).map(lambda percent: Rate.of_parts(100 * percent))
limits = moneys | st.just("none")
roundings = st.sampled_from(["fen"] * 3 + ["yuan", "yuan down", "10 yuan up", "fen up", "fen down"])


def some(names: Sequence[str], least: int = 1) -> st.SearchStrategy[list[str]]:
    """Some of the names, in any order."""
    return st.lists(st.sampled_from(names), min_size=least, max_size=len(names), unique=True)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly nothing."""
    return st.none() | st.none() | strategy


@st.composite
def values(draw: Draw, leaf: st.SearchStrategy[Any], depth: int = 2) -> Any:
    """A value that is the same for all, or differs by group, facility level or age, or by two of them."""
    by = draw(st.sampled_from(["nothing", "group", "level", "age"])) if depth else "nothing"
    if by == "nothing":
        return draw(leaf)
    names = {"group": GROUPS, "level": LEVELS, "age": ("age < 18", "age >= 60")}[by]
    made = {name: draw(values(leaf, depth - 1)) for name in draw(some(names))}
    if by == "group":
        made["several"] = draw(st.sampled_from(["most_favourable", "first"]))
    if draw(st.integers(0, 9)):  # without a default, whoever is not named is refused
        made["default"] = draw(values(leaf, depth - 1))
    return made


whens = st.fixed_dictionaries(
    {},
    optional={
        "groups": some(GROUPS),
        "facility_levels": some(LEVELS, 2),
        "areas": some(("in_county", "in_province", "out_of_province"), 2),
        "diseases": some(DISEASES),
        "age_from": st.integers(0, 60),
    },
).map(lambda when: dict(list(when.items())[:2]))

caps = st.fixed_dictionaries(
    {"amount": values(limits), "per": st.sampled_from(["claim", "year", "disease_year"])},
    optional={"on": st.sampled_from(["payment", "base"])},
)
payment_caps = st.fixed_dictionaries(
    {"amount": values(limits), "per": st.sampled_from(["claim", "year", "disease_year"])}
)
payers = st.integers(1, 99).map(lambda share: {"fund": f"{share}%", "government": f"{100 - share}%"})


@st.composite
def schedules(draw: Draw, rate: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Bands."""
    tops = sorted(draw(st.lists(st.sampled_from(AMOUNTS[3:]), max_size=3, unique=True)))
    edges = [{"up_to": Money.of_fen(top), "rate": draw(values(rate, 1))} for top in tops]
    made = {
        "measured_from": draw(st.sampled_from(["zero", "deductible"])),
        "mode": draw(st.sampled_from(["marginal", "marginal", "whole_amount"])),
        "upper_edge": draw(st.sampled_from(["inclusive", "exclusive"])),
        "restart": draw(st.booleans()),
        "edges": [*edges, {"rate": draw(values(rate, 1))}],
    }
    if draw(maybe(st.just(True))):
        made["when"] = draw(whens)
    return made


@st.composite
def cuts(draw: Draw, ways: Sequence[str]) -> dict[str, Any]:
    """A reduction without referral."""
    way = draw(st.sampled_from(ways))
    kinds = {"points": points, "rate": percents, "payment": rates, "base": rates}
    return {"when": {"referrals": ["not_referred"]}, way: draw(values(kinds[way], 1))}


@st.composite
def layers(draw: Draw, name: str, earlier: Sequence[str], stated: Sequence[str]) -> Layer:
    """A layer.

    Args:
        draw: hypothesis's.
        name: its name.
        earlier: the entries before it.
        stated: those of them that are layers with a tariff.
    """
    counts = st.just({"all": "100%"}) | some(COMPONENTS).map(lambda names: dict.fromkeys(names, "100%"))
    made: dict[str, Any] = {"layer": name, "counts": draw(counts), "when": draw(maybe(whens)) or {}}
    if draw(st.integers(0, 5)) == 0:
        return Layer(**made, observed=True)
    whole_percents = draw(st.booleans())
    rate = percents if whole_percents else rates
    made["counts"] = {one: draw(st.sampled_from(["100%", "50%", "33.33%"])) for one in made["counts"]}
    made["per"] = draw(st.sampled_from(["claim", "year"]))
    made["deductible"] = draw(values(moneys))
    made["rounding"] = draw(roundings)
    optional = {
        "deductible_per": st.sampled_from(["claim", "year"]),
        "payers": payers,
        "caps": st.lists(caps, min_size=1, max_size=2),
    }
    if earlier:
        optional["after"] = some(earlier, 0)
    if stated:
        optional["less"] = some([f"{one}.{what}" for one in stated for what in ("deductible", "over_cap", "over_base")])
    made |= {key: found for key, strategy in optional.items() if (found := draw(maybe(strategy))) is not None}
    if draw(st.booleans()):
        made["rate"] = draw(values(rate))
    else:
        made["bands"] = draw(st.lists(schedules(rate), min_size=1, max_size=2))
    if draw(st.booleans()):
        made["uplift"] = draw(values(points, 1))
        made["uplift_ceiling"] = draw(percents)
        made |= draw(st.just({}) | st.just({"age_uplift": {"over": 60, "per_year": "1%"}}))
    exact = whole_percents and "uplift" not in made
    made["cuts"] = draw(st.lists(cuts(["points", "payment", "base"]), max_size=2))
    if exact and not any("points" in cut for cut in made["cuts"]):
        made["cuts"] += draw(st.lists(cuts(["rate"]), max_size=1))
    if made.get("deductible_per", made["per"]) == "claim" and draw(st.booleans()):
        made["repeat"] = {
            "factors": draw(st.lists(percents, min_size=1, max_size=3)),
            "counted": draw(st.sampled_from(["all", "same_facility_level"])),
            **draw(st.just({}) | st.fixed_dictionaries({"yearly_ceiling": values(moneys, 1)})),
        }
    return Layer(**made)


@st.composite
def guarantees(draw: Draw, name: str) -> Guarantee:
    """A guarantee, up to a share or down to a ceiling."""
    aim = draw(st.sampled_from(["fill_to", "ceiling"]))
    return Guarantee(
        guarantee=name,
        counts=draw(some(COMPONENTS) | st.just(["all"])),
        per=draw(st.sampled_from(["claim", "year"])),
        when=draw(maybe(whens)) or {},
        rounding=draw(roundings),
        caps=draw(st.lists(payment_caps, max_size=1)),
        **{aim: draw(values(rates if aim == "fill_to" else moneys))},
        **draw(st.fixed_dictionaries({}, optional={"pays": values(rates, 1), "payers": payers})),
    )


@st.composite
def waivers(draw: Draw, name: str) -> Waiver:
    """A waiver of some charges."""
    charges = {charge: draw(values(rates, 1)) for charge in draw(some(CHARGES))}
    return Waiver(waiver=name, charges=charges, when=draw(maybe(whens)) or {}, rounding=draw(roundings))


@st.composite
def cascades(draw: Draw) -> Cascade:
    """Up to two waivers, then one to four layers and guarantees."""
    entries: list[Entry] = [draw(waivers(f"waiver_{n}")) for n in range(draw(st.sampled_from([0, 0, 1, 2])))]
    earlier: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        if draw(st.integers(0, 3)) == 0:
            entry: Entry = draw(guarantees(f"guarantee_{number}"))
        else:
            stated = [e.name for e in entries if isinstance(e, Layer) and not e.observed]
            entry = draw(layers(f"layer_{number}", earlier, stated))
        entries.append(entry)
        earlier.append(entry.name)
    return Cascade(entries)


def program_of(cascade: Cascade) -> g.Program:
    """What it means; a rule set that could leave the range in which it is exact is skipped."""
    try:
        program = describe(cascade, MOST)
        prove(program.all_nodes())
    except RuleError:
        assume(False)
    return program


# --- years of claims --------------------------------------------------------------------------------------


@attrs.frozen
class Year:
    """Households, their members, and their claims in two benefit years: rows of column name -> value."""

    claims: list[Row]
    persons: list[Row]
    households: list[Row]

    def of_person(self, person: str) -> list[Row]:
        """A person's claims in the order of settlement."""
        own = [claim for claim in self.claims if claim["person"] == person]
        return sorted(own, key=lambda claim: int(claim["order"]))


def thresholds(cascade: Cascade) -> list[int]:
    """The amounts at which something changes, one fen less, and one fen more."""
    edges = {0, 1}
    for entry in cascade.entries:
        found = [leaf.value for _, value in entry.values() for _, leaf in leaves(value)]
        schedules: Iterable[Schedule] = getattr(entry, "bands", None) or ()
        found += [band.up_to for schedule in schedules for band in schedule.edges]
        edges.update(money.fen + step for money in found if isinstance(money, Money) for step in (-1, 0, 1))
    return sorted(edge for edge in edges if 0 <= edge <= MOST)


def claim_row(chance: Random, inputs: Iterable[g.Input], edges: Sequence[int]) -> Row:
    """What a claim states; charges are never more than the component of cost that they belong to."""
    row: Row = {}
    left: Row = {}
    for one in sorted(inputs, key=lambda one: one.name.startswith("charge.")):
        kind, _, rest = one.name.partition(".")
        amount = chance.choice([chance.choice(edges), chance.randint(0, 10**6), chance.randint(0, MOST)])
        if kind == "charge":
            component = rest.partition(".")[0]
            row[one.name] = min(amount, left.get(component, 0))
            left[component] = left.get(component, 0) - row[one.name]
        elif one.name == "benefit_year":
            row[one.name] = chance.choice([2017, 2018])
        elif one.name == "age":
            row[one.name] = chance.choice([0, 17, 18, 59, 60, 61, 100])
        elif one.kind == "integer":
            row[one.name] = left[rest] = amount
        elif one.kind == "truth":
            row[one.name] = chance.random() < 0.3
        else:
            row[one.name] = chance.choice(one.options or DISEASES)
    return row


@st.composite
def years(draw: Draw, cascade: Cascade, program: g.Program) -> Year:
    """Up to three households of up to three persons with up to eight claims each, in no particular order.

    A year hangs on one seed: hypothesis, left to draw so many facts one by one, mostly draws empty years.
    """
    edges, inputs = thresholds(cascade), program.inputs()
    chance = Random(draw(st.integers(0, 10**6)))
    year = Year([], [], [])
    for home in range(chance.randint(1, 3)):
        year.households.append({"household": f"h{home}"})
        for member in range(chance.randint(0, 3)):
            person = f"h{home}p{member}"
            year.persons.append({"person": person, "household": f"h{home}"})
            for place in range(chance.randint(0, 8)):
                keys = {"claim": f"{person}c{place}", "person": person, "order": (place * 5) % 11}
                year.claims.append({**keys, **claim_row(chance, inputs, edges)})
    chance.shuffle(year.claims)
    return year
