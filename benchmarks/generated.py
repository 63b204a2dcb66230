"""The generated function beside the same rule written by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import attrs

import poverty_policy as pp
from benchmarks import cascade_by_hand, rules
from benchmarks.report import Figure
from benchmarks.timing import best
from poverty_policy.formula.python import Runner, compile_program

GOAL = 1.15


class DifferentError(Exception):
    """The two do not calculate the same."""


@attrs.frozen
class Pair:
    """A rule set and its double."""

    name: str
    ruleset: pp.RuleSet
    by_hand: Callable[[Any, Any], dict[str, list[tuple[Any, ...]]]]
    inputs: tuple[str, ...]
    amounts: tuple[str, ...]
    applies: tuple[str, ...]
    refusals: tuple[str, ...]

    def names(self, entity: str) -> tuple[str, ...]:
        """What each place of a row by hand is called."""
        if entity == "claim":
            return (*self.amounts, *self.applies, *self.refusals)
        return tuple(f"{entity}:{name}" for name in (*self.amounts, *self.applies))


def pairs() -> list[Pair]:
    """What is compared."""
    hand = cascade_by_hand
    return [
        Pair(
            "annual layers with bands (Henan 2018)", rules.year(), hand.year,
            hand.YEAR_INPUTS, hand.YEAR_AMOUNTS, hand.YEAR_APPLIES, hand.YEAR_REFUSALS,
        ),
        Pair(
            "chain of four entries, claim by claim", rules.chain(), hand.chain,
            hand.CHAIN_INPUTS, hand.CHAIN_AMOUNTS, hand.CHAIN_APPLIES, hand.CHAIN_REFUSALS,
        ),
    ]  # fmt: skip


def plain(pair: Pair) -> Runner:
    """The generated function, without the steps."""
    return compile_program(pair.ruleset.resolved.program, traced=False)


def check(pair: Pair, runner: Runner, cases: int = 400) -> int:
    """Compare both on random claims, half of them next to edges; returns how many claims.

    Raises:
        DifferentError: anything differs.
    """
    draw = random.Random(20180101)
    compared = 0
    for _ in range(cases):
        found = rules.members(draw, draw.randint(1, 4), draw.randint(1, 4), draw.randint(1, 6), kinks=True)
        ours = runner(*rules.rows_of(found, runner.inputs["claim"]))
        theirs = pair.by_hand(*rules.rows_of(found, pair.inputs))
        for entity, listed in theirs.items():
            names = runner.names[entity]  # type: ignore[index]  # the entities by hand are entities
            if sorted(names) != sorted(pair.names(entity)):
                raise DifferentError(f"{pair.name}: {entity} gives {_only(names, pair.names(entity))} on one side only")
            order = [names.index(name) for name in pair.names(entity)]
            got = [tuple(row[place] for place in order) for row in ours[entity]]  # type: ignore[index]  # as above
            if got != listed:
                at = next(place for place, row in enumerate(got) if row != listed[place])
                raise DifferentError(f"{pair.name}: {entity} {at}: generated {got[at]}, by hand {listed[at]}")
        compared += len(found["claims"])
    return compared


def _only(one: Sequence[str], other: Sequence[str]) -> str:
    return ", ".join(sorted(set(one) ^ set(other)))


def measure() -> list[Figure]:
    """One household at a time, and many at once."""
    found: list[Figure] = []
    draw = random.Random(7)
    for pair in pairs():
        runner = plain(pair)
        compared = check(pair, runner)
        for size, shape in (("1 person, 1 claim", (1, 1, 1)), ("1 person, 5 claims", (1, 1, 5)),
                            ("200 persons, 5 claims each", (100, 2, 5))):  # fmt: skip
            many = shape[0] > 1
            # a single case is drawn many times over, so that no one path through the branches decides
            drawn = [rules.members(draw, *shape) for _ in range(1 if many else 100)]
            ours = [rules.rows_of(one, runner.inputs["claim"]) for one in drawn]
            theirs = [rules.rows_of(one, pair.inputs) for one in drawn]
            took = best(
                {"generated": _each(runner, ours), "by hand": _each(pair.by_hand, theirs)},
                rounds=300,
            )
            claims = len(drawn) * len(drawn[0]["claims"])
            found.append(
                Figure(
                    group="generated function / the same by hand",
                    name=f"{pair.name}: {size}",
                    seconds=took["generated"] / claims,
                    against="by hand, per claim",
                    baseline=took["by hand"] / claims,
                    goal=GOAL,
                    goal_on="ratio",
                    note=f"equal on {compared:,} random claims",
                )
            )
    return found


def _each(function: Callable[[Any, Any], Any], cases: Sequence[tuple[Any, Any]]) -> Callable[[], None]:
    def call() -> None:
        for rows, parents in cases:
            function(rows, parents)

    return call
