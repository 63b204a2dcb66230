"""Verdicts that may be unknown: met and failed exactly where every completion of the unknowns agrees."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest

from poverty_policy.formula import graph as g
from poverty_policy.formula.python import compile_program
from poverty_policy.policy import known as k

STATES = (True, False, None)
COMBINED: dict[str, tuple[Callable[[Sequence[k.Verdict]], k.Verdict], Callable[[Sequence[bool]], bool]]] = {
    "all": (k.all_met, all),
    "any": (k.any_met, any),
    "none": (lambda parts: k.any_met(parts).opposite(), lambda values: not any(values)),
    "two of three": (lambda parts: k.enough_met(parts, [1, 1, 1], 2), lambda values: sum(values) >= 2),
    "weighted": (
        lambda parts: k.enough_met(parts, [1, 2, 3], 4),
        lambda values: sum(w for w, v in zip([1, 2, 3], values, strict=True) if v) >= 4,
    ),
}


def inputs(number: int) -> list[k.Verdict]:
    return [
        k.stated(k.Known(g.truth(f"value{n}", "household"), g.truth(f"known{n}", "household"))) for n in range(number)
    ]


@pytest.mark.parametrize("name", COMBINED)
def test_met_and_failed_where_every_completion_agrees(name: str) -> None:
    combine, meaning = COMBINED[name]
    verdict = combine(inputs(3))
    program = g.Program({"met": verdict.met, "failed": verdict.failed}, ("met", "failed"))
    runner = compile_program(program, traced=False)
    order = runner.inputs["household"]
    for states in itertools.product(STATES, repeat=3):
        facts = {f"known{n}": state is not None for n, state in enumerate(states)}
        facts |= {f"value{n}": bool(state) for n, state in enumerate(states)}
        row = tuple(facts[one] for one in order)
        ((met, failed),) = runner({"household": [row]}, {})["household"]
        choices = [(state,) if state is not None else (True, False) for state in states]
        outcomes = {meaning(values) for values in itertools.product(*choices)}
        assert (met, failed) == (outcomes == {True}, outcomes == {False}), (name, states)


@pytest.mark.parametrize("states", list(itertools.product(STATES, repeat=3)))
def test_some_member(states: tuple[bool | None, ...]) -> None:
    value, known = g.truth("value", "person"), g.truth("known", "person")
    verdict = k.any_member(k.stated(k.Known(value, known)), "household", "person")
    program = g.Program({"met": verdict.met, "failed": verdict.failed}, ("met", "failed"))
    runner = compile_program(program, traced=False)
    rows = [{"known": state is not None, "value": bool(state)} for state in states]
    made = [tuple(row[name] for name in runner.inputs["person"]) for row in rows]
    ((met, failed),) = runner({"person": made, "household": [()]}, {"person": [0, 0, 0]})["household"]
    assert met == (True in states)
    assert failed == (set(states) == {False})
