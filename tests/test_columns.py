"""The columns reader: the integers of the Python reader for any rule and any year, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from poverty_policy.errors import InputError, RuleError
from poverty_policy.formula import graph as g
from poverty_policy.formula.columns import Keys, evaluate
from poverty_policy.formula.python import compile_program
from poverty_policy.policy.cascade import describe
from poverty_policy.policy.reimbursement import Cascade, Guarantee, Layer
from strategies import MOST, Row, Year, cascades, program_of, years

TYPES = {"integer": pl.Int64, "truth": pl.Boolean, "category": pl.String}


def frames_of(program: g.Program, year: Year) -> dict[g.Entity, pl.DataFrame]:
    stated = {one.name: TYPES[one.kind] for one in program.inputs()}
    return {
        "claim": pl.DataFrame(year.claims, {"claim": pl.String, "person": pl.String, "order": pl.Int64, **stated}),
        "person": pl.DataFrame(year.persons, {"person": pl.String, "household": pl.String}),
        "household": pl.DataFrame(year.households, {"household": pl.String}),
    }


def one_by_one(program: g.Program, year: Year) -> dict[g.Entity, dict[str, Row]]:
    """What the Python reader makes of it: entity -> key -> name -> value."""
    runner = compile_program(program, traced=True)
    claims = [claim for person in year.persons for claim in year.of_person(person["person"])]
    persons = [person["person"] for person in year.persons]
    households = [home["household"] for home in year.households]
    found = runner(
        {
            "claim": [tuple(claim[name] for name in runner.inputs["claim"]) for claim in claims],
            "person": [()] * len(persons),
            "household": [()] * len(households),
        },
        {
            "claim": [persons.index(claim["person"]) for claim in claims],
            "person": [households.index(person["household"]) for person in year.persons],
        },
    )
    keys = {"claim": [claim["claim"] for claim in claims], "person": persons, "household": households}
    return {
        entity: {
            key: dict(zip(runner.names[entity], values, strict=True))
            for key, values in zip(keys[entity], rows, strict=True)
        }
        for entity, rows in found.items()
    }


def in_columns(program: g.Program, year: Year, **how: Any) -> dict[g.Entity, dict[str, Row]]:
    """The same from the columns reader."""
    found: dict[g.Entity, dict[str, Row]] = {}
    for entity, frame in evaluate(program, frames_of(program, year), **how).items():
        rows = frame.collect().to_dicts()
        keys = ("claim", "person", "order") if entity == "claim" else ("person", "household")
        found[entity] = {row[entity]: {name: row[name] for name in row if name not in keys} for row in rows}
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_columns_hold_the_integers_of_the_python_reader(data: st.DataObject) -> None:
    cascade = data.draw(cascades())
    program = program_of(cascade)
    year = data.draw(years(cascade, program))
    expected = one_by_one(program, year)
    assert in_columns(program, year, names=[*program.steps, *program.refusals]) == expected
