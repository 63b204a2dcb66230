"""The chain of six as an OpenFisca or PolicyEngine tax-benefit system over arrays, in an environment of its own.

``python fisca_scale.py openfisca_core ARRAYS.npz ANSWERS.npz``, or ``policyengine_core``; see ``turns.py`` for what it
is told to do. Imports nothing of ours.
"""

from __future__ import annotations

import importlib
import sys

import numpy
from turns import serve

FISCA = sys.argv[1]


def of(module, name):
    return getattr(importlib.import_module(f"{FISCA}.{module}"), name)


build_entity = of("entities", "build_entity")
Variable = of("variables", "Variable")
ParameterNode = of("parameters", "ParameterNode")
SimulationBuilder = of("simulations", "SimulationBuilder")
TaxBenefitSystem = of("taxbenefitsystems", "TaxBenefitSystem")
YEAR = of("periods", "YEAR")
Enum = of("indexed_enums" if FISCA == "openfisca_core" else "enums", "Enum")

PERIOD, SINCE = "2018", "2018-01-01"
Person = build_entity(key="person", plural="persons", label="A person", is_person=True)


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
    return person("registered_poor", period) | person("dibao", period) | person("tekun", period)


def by_level(person, period, values):
    level = person("facility_level", period)
    tests = [level == Level.township, level == Level.county]
    return numpy.select(tests, [values.township, values.county], values.other)


def variable(name, kind, formula=None, **more):
    facts = {"value_type": kind, "entity": Person, "definition_period": YEAR, "label": name, **more}
    if formula is not None:
        facts["formula"] = formula
    return type(name, (Variable,), facts)


def basic(person, period, parameters):
    p = parameters(period).basic
    rate = by_level(person, period, p.rate)
    rate = numpy.maximum(rate, numpy.minimum(p.ceiling, rate + poor(person, period) * p.uplift))
    payable = numpy.maximum(0, person("in_scope", period) - by_level(person, period, p.deductible))
    return numpy.minimum(fen(payable * rate), p.cap)


def critical_illness(person, period, parameters):
    p = parameters(period).critical_illness
    left = person("in_scope", period) - person("basic", period)
    line = numpy.where(poor(person, period), p.deductible.poor, p.deductible.other)
    return fen(p.bands.calc(numpy.maximum(0, left - line)))


def medical_assistance(person, period, parameters):
    p = parameters(period).medical_assistance
    left = person("in_scope", period) - person("basic", period) - person("critical_illness", period)
    groups = [person("tekun", period), person("dibao", period), person("registered_poor", period)]
    rate = numpy.select(groups, [p.rate.tekun, p.rate.dibao, p.rate.registered_poor], 0)
    cap = numpy.select(groups, [numpy.inf, p.cap.dibao, p.cap.registered_poor], 0)
    return numpy.minimum(numpy.minimum(fen(left * rate), cap), left)


def bottom_line(person, period, parameters):
    share = parameters(period).bottom_line.fill_to
    counted = person("in_scope", period)
    paid = person("basic", period) + person("critical_illness", period) + person("medical_assistance", period)
    gap = numpy.minimum(numpy.maximum(0, fen(counted * share) - paid), counted - paid)
    return gap * person("registered_poor", period)


def dibao_gap(person, period, parameters):
    return numpy.maximum(0, parameters(period).dibao.line - person("income", period))


def exits(person, period, parameters):
    paid = sum(person(name, period) for name in ("basic", "critical_illness", "medical_assistance", "bottom_line"))
    own = person("in_scope", period) + person("other_cost", period) - paid
    year = 12 * (person("income", period) + person("dibao_gap", period))
    return year - own > parameters(period).dibao.poverty


ANSWERS = {
    "basic": basic, "critical_illness": critical_illness, "medical_assistance": medical_assistance,
    "bottom_line": bottom_line, "dibao_gap": dibao_gap, "exits": exits,
}  # fmt: skip


def value(number):
    return {"values": {SINCE: {"value": number}}}


def values(**numbers):
    return {name: value(number) for name, number in numbers.items()}


def system():
    """The whole system."""
    made = TaxBenefitSystem([Person])
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
            "dibao": values(line=400, poverty=2_995),
        },
    )
    inputs = [variable(name, float) for name in ("in_scope", "other_cost", "income")]
    inputs += [variable(name, bool) for name in ("registered_poor", "dibao", "tekun")]
    inputs.append(variable("facility_level", Enum, possible_values=Level, default_value=Level.city))
    outputs = [variable(name, bool if name == "exits" else float, formula) for name, formula in ANSWERS.items()]
    made.add_variables(*inputs, *outputs)
    return made


MADE = system()


def prepare(arrays):
    """Inputs as it takes them: float32 yuan, truths, encoded categories."""
    amounts = {"in_scope": "cost.in_scope", "other_cost": "cost.other", "income": "income"}
    floats = {name: (arrays[key] / 100).astype(numpy.float32) for name, key in amounts.items()}
    truths = {name: arrays[f"group.{name}"] for name in ("registered_poor", "dibao", "tekun")}
    names = numpy.array(["village", "township", "county", "city", "province"])
    return {**floats, **truths, "facility_level": Level.encode(names[arrays["facility_level"]])}


def settle(inputs):
    """Every answer for every row."""
    simulation = SimulationBuilder().build_default_simulation(MADE, len(inputs["in_scope"]))
    for name, array in inputs.items():
        simulation.set_input(name, PERIOD, array)
    return {name: simulation.calculate(name, PERIOD) for name in ANSWERS}


def in_fen(answers):
    """Answers as whole fen, rounded to the nearest."""
    names = {"dibao_gap": "gap", "exits": "exit"}
    return {
        names.get(name, name): values
        if values.dtype == bool
        else numpy.rint(values.astype(float) * 100).astype("int64")
        for name, values in answers.items()
    }


if __name__ == "__main__":
    serve(FISCA.replace("_", "-"), *sys.argv[2:4], prepare, settle, in_fen)
