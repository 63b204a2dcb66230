"""The chain of four entries as an OpenFisca tax-benefit system, run in an environment that has OpenFisca.

Reads cases as JSON from standard input (money in fen), writes timings and answers as JSON. Imports nothing of ours.
"""

# ruff: noqa: N801, N805 - OpenFisca names its variables like this, and gives formulas their entity first
from __future__ import annotations

import gc
import json
import sys
import time
from importlib.metadata import version

import numpy
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import YEAR
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2018"
SINCE = "2018-01-01"

Person = build_entity(key="person", plural="persons", label="A person", is_person=True)
Household = build_entity(
    key="household", plural="households", label="A household", roles=[{"key": "member", "plural": "members"}]
)


class Level(Enum):
    village = "village"
    township = "township"
    county = "county"
    city = "city"
    province = "province"


def fen(amount):
    """Half-up to the fen, as far as float32 goes."""
    return numpy.floor(amount * 100 + 0.5) / 100


def poor(person, period):
    return person("registered_poor", period) + person("dibao", period) + person("tekun", period)


def by_level(person, period, values):
    level = person("facility_level", period)
    tests = [level == Level.township, level == Level.county]
    return numpy.select(tests, [values.township, values.county], values.other)


class in_scope(Variable):
    value_type = float
    entity = Person
    definition_period = YEAR


class other_cost(Variable):
    value_type = float
    entity = Person
    definition_period = YEAR


class facility_level(Variable):
    value_type = Enum
    possible_values = Level
    default_value = Level.city
    entity = Person
    definition_period = YEAR


class registered_poor(Variable):
    value_type = bool
    entity = Person
    definition_period = YEAR


class dibao(Variable):
    value_type = bool
    entity = Person
    definition_period = YEAR


class tekun(Variable):
    value_type = bool
    entity = Person
    definition_period = YEAR


class basic(Variable):
    value_type = float
    entity = Person
    definition_period = YEAR

    def formula(person, period, parameters):
        p = parameters(period).basic
        rate = by_level(person, period, p.rate)
        rate = numpy.maximum(rate, numpy.minimum(p.ceiling, rate + poor(person, period) * p.uplift))
        payable = numpy.maximum(0, person("in_scope", period) - by_level(person, period, p.deductible))
        return numpy.minimum(fen(payable * rate), p.cap)


class critical_illness(Variable):
    value_type = float
    entity = Person
    definition_period = YEAR

    def formula(person, period, parameters):
        p = parameters(period).critical_illness
        left = person("in_scope", period) - person("basic", period)
        line = numpy.where(poor(person, period), p.deductible.poor, p.deductible.other)
        return fen(p.bands.calc(numpy.maximum(0, left - line)))


class medical_assistance(Variable):
    value_type = float
    entity = Person
    definition_period = YEAR

    def formula(person, period, parameters):
        p = parameters(period).medical_assistance
        left = person("in_scope", period) - person("basic", period) - person("critical_illness", period)
        groups = [person("tekun", period), person("dibao", period), person("registered_poor", period)]
        rate = numpy.select(groups, [p.rate.tekun, p.rate.dibao, p.rate.registered_poor], 0)
        cap = numpy.select(groups, [numpy.inf, p.cap.dibao, p.cap.registered_poor], 0)
        return numpy.minimum(numpy.minimum(fen(left * rate), cap), left)


class bottom_line(Variable):
    value_type = float
    entity = Person
    definition_period = YEAR

    def formula(person, period, parameters):
        share = parameters(period).bottom_line.fill_to
        counted = person("in_scope", period)
        paid = person("basic", period) + person("critical_illness", period) + person("medical_assistance", period)
        gap = numpy.minimum(numpy.maximum(0, fen(counted * share) - paid), counted - paid)
        return gap * person("registered_poor", period)


class out_of_pocket(Variable):
    value_type = float
    entity = Household
    definition_period = YEAR

    def formula(household, period):
        cost = household.members("in_scope", period) + household.members("other_cost", period)
        layers = ("basic", "critical_illness", "medical_assistance", "bottom_line")
        return household.sum(cost - sum(household.members(name, period) for name in layers))


ANSWERS = ("basic", "critical_illness", "medical_assistance", "bottom_line", "out_of_pocket")


def value(number):
    return {"values": {SINCE: {"value": number}}}


def values(**numbers):
    return {name: value(number) for name, number in numbers.items()}


def system():
    """The whole system."""
    made = TaxBenefitSystem([Person, Household])
    made.parameters = ParameterNode(
        "",
        data={
            "basic": {
                "deductible": values(township=100, county=400, other=1000),
                "rate": values(township=0.85, county=0.75, other=0.60),
                **values(uplift=0.05, ceiling=0.90, cap=150_000),
            },
            "critical_illness": {
                "deductible": values(poor=7_500, other=15_000),
                "bands": {
                    "brackets": [
                        {"threshold": {SINCE: {"value": start}}, "rate": {SINCE: {"value": rate}}}
                        for start, rate in ((0, 0.60), (50_000, 0.65), (100_000, 0.70))
                    ]
                },
            },
            "medical_assistance": {
                "rate": values(tekun=1.0, dibao=0.7, registered_poor=0.6),
                "cap": values(dibao=50_000, registered_poor=30_000),
            },
            "bottom_line": values(fill_to=0.95),
        },
    )
    made.add_variables(
        in_scope, other_cost, facility_level, registered_poor, dibao, tekun,
        basic, critical_illness, medical_assistance, bottom_line, out_of_pocket,
    )  # fmt: skip
    return made


def described(case):
    """A case as OpenFisca wants it stated."""
    person = {
        "in_scope": {PERIOD: case["in_scope"] / 100},
        "other_cost": {PERIOD: case["other"] / 100},
        "facility_level": {PERIOD: case["facility_level"]},
        **{name: {PERIOD: case[name]} for name in ("registered_poor", "dibao", "tekun")},
    }
    return {"persons": {"1": person}, "households": {"1": {"members": ["1"]}}}


def settle(made, case, trace=False):
    """The answers for one case."""
    simulation = SimulationBuilder().build_from_entities(made, case)
    simulation.trace = trace
    return [float(simulation.calculate(name, PERIOD)[0]) for name in ANSWERS]


def best(call, rounds=40, number=10):
    """Seconds per call, the best of many rounds."""
    call()
    found = float("inf")
    gc.disable()
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(number):
            call()
        found = min(found, (time.perf_counter() - start) / number)
        gc.collect()
    gc.enable()
    return found


def main():
    cases = json.load(sys.stdin)
    start = time.perf_counter()
    made = system()
    built = time.perf_counter() - start
    first = described(cases[0])
    json.dump(
        {
            "version": version("openfisca-core"),
            "system": built,
            "household": best(lambda: settle(made, first)),
            "traced": best(lambda: settle(made, first, trace=True)),
            "answers": [dict(zip(ANSWERS, settle(made, described(case)), strict=True)) for case in cases],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
