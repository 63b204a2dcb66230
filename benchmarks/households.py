"""From a mapping to an outcome, with every step; reforms; later loads."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

import poverty_policy as pp
from benchmarks import rules
from benchmarks.report import Figure
from benchmarks.timing import best

ASSESS_GOAL = 60e-6
LOAD_GOAL = 50e-6
REFORM_GOAL = 1e-3

_AMOUNT = "health.critical_illness.deductible.default"


def year_case(claims: int) -> dict[str, Any]:
    """A household with one person and that many claims, as data."""
    stated = [
        {"date": "2018-03-05", "kind": "inpatient", "cost": {"in_scope": "30000.00", "out_of_catalogue": "2000.00"},
         "paid": {"basic": "18000.00"}},
        {"date": "2018-09-18", "kind": "inpatient", "cost": {"in_scope": "90000.37", "out_of_catalogue": "2000.00"},
         "paid": {"basic": "50000.00"}},
    ]  # fmt: skip
    person = {"insurance": "resident", "groups": ["registered_poor"], "claims": stated[:claims]}
    return {"members": [person]}


def chain_case() -> dict[str, Any]:
    """The same for the chain."""
    claim = {"date": "2018-03-05", "kind": "inpatient", "facility_level": "county",
             "cost": {"in_scope": "82345.67", "out_of_catalogue": "2000.00"}}  # fmt: skip
    return {"members": [{"groups": ["registered_poor"], "claims": [claim]}]}


def measure() -> list[Figure]:
    """Time per household, beside pydantic alone reading the same data without any meaning."""
    year, chain = rules.year(), rules.chain()
    one, two, link = year_case(1), year_case(2), chain_case()
    plain = TypeAdapter(_plain_model()).validate_python
    reforms = itertools.count(1)

    def reform(then: Callable[[pp.RuleSet], Any] = lambda made: made) -> Any:
        return then(year.reform({_AMOUNT: pp.Money.of_fen(1_000_000 + next(reforms))}))

    case = pp.Household.read(one)
    took = best(
        {
            "pydantic": lambda: plain(one),
            "pydantic 2": lambda: plain(two),
            "one": lambda: year.assess(one),
            "objects": lambda: year.assess(case),
            "claims": lambda: year.assess(one).claims,
            "steps": lambda: year.assess(one).steps(),
            "two": lambda: year.assess(two),
            "two steps": lambda: year.assess(two).steps(),
            "chain": lambda: chain.assess(link),
            "load": lambda: pp.load("henan", on="2018-07-01"),
            "reform": reform,
            "reform assess": lambda: reform(lambda made: made.assess(one)),
            "floor": _floor,
        },
        rounds=100,
    )
    read = "pydantic reading plain fields"

    def figure(key: str, name: str, goal: float | None = None, against: str = "pydantic") -> Figure:
        return Figure("one household, from a mapping", name, took[key], read, took[against], goal, "seconds")

    def whole(key: str, name: str, against: str, baseline: str, goal: float | None = None) -> Figure:
        return Figure("rule sets in a running process", name, took[key], against, took[baseline], goal, "seconds")

    return [
        figure("one", "assess, Henan 2018, 1 person, 1 claim", ASSESS_GOAL),
        figure("claims", "  with outcome.claims"),
        figure("steps", "  with outcome.steps()"),
        figure("objects", "  given a Household instead of a mapping"),
        figure("two", "assess, Henan 2018, 1 person, 2 claims", None, "pydantic 2"),
        figure("two steps", "  with outcome.steps()", None, "pydantic 2"),
        figure("chain", "assess, chain of four entries, 1 claim", ASSESS_GOAL),
        whole("load", "later load", "a cached function of three arguments", "floor", LOAD_GOAL),
        whole("reform", "reform of one value", "assess, 1 claim", "one", REFORM_GOAL),
        whole("reform assess", "reform, then its first assess", "assess, 1 claim", "one"),
    ]


def _plain_model() -> Any:
    """The same data as plain text fields: what reading it costs at the least."""
    from pydantic import BaseModel

    class Claim(BaseModel):
        date: str
        kind: str
        cost: dict[str, str]
        paid: dict[str, str]

    class Person(BaseModel):
        insurance: str
        groups: list[str]
        claims: list[Claim]

    class Household(BaseModel):
        members: list[Person]

    # the classes are local: resolve what their annotations name
    for model in (Person, Household):
        model.model_rebuild(_types_namespace={"Claim": Claim, "Person": Person})
    return Household


def _floor() -> Any:
    return _cached("henan", "2018-07-01", ())


def _cached_function() -> Any:
    import functools

    return functools.lru_cache(maxsize=512)(lambda *names: names)


_cached = _cached_function()
