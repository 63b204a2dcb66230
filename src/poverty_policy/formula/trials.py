"""Trial populations: rows of inputs for a program, drawn around the numbers that the program itself compares with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import attrs

from poverty_policy.formula import graph as g

#: How many of each entity a population of size one has: claims of persons of households of villages …
_MANY: Mapping[g.Entity, int] = {
    "claim": 24, "person": 12, "household": 8, "village": 8, "township": 8, "county": 8,
}  # fmt: skip
_USUAL = (0, 100, 10_000, 100_000, 500_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000, 400_000_000)
#: Inputs that say whether a fact is known, and inputs of which most households have nothing.
_MOSTLY_KNOWN = (".knows.", ".history.")
_MOSTLY_NOTHING = (".item.", ".spent.", ".others.")
#: What a bill says was paid; often nothing, so that what is left is as drawn.
_PAID = "observed."
_ANYTHING: Mapping[str, Sequence[Any]] = {}
_COUNT = ".count."
_CHOICE = ".choice."


@attrs.frozen
class Trials:
    """Rows of inputs and who belongs to whom, as a compiled program takes them."""

    rows: Mapping[g.Entity, Sequence[tuple[Any, ...]]]
    parents: Mapping[g.Entity, Sequence[int]]


def draw(
    program: g.Program, size: int, seed: int, year: int, true: float, focus: Mapping[str, Sequence[Any]] = _ANYTHING
) -> Trials:
    """A population for a program; the same for the same program, size and seed.

    Args:
        program: what will be run on it; its results are among what it calculates from ``inputs``.
        size: how large it is; one has 24 claims and 8 households.
        seed: another one gives another population.
        year: the year it lives in.
        true: how often a fact that is true or false is true.
        focus: inputs that are drawn from these alone.
    """
    chance = Random(seed)
    counts = {entity: max(1, many * size) for entity, many in _MANY.items()}
    edges = sorted({
        node.value for node in program.all_nodes() if isinstance(node, g.Const) and not isinstance(node.value, bool)
    })  # fmt: skip
    by_entity: dict[g.Entity, list[g.Input]] = {entity: [] for entity in g.ENTITIES}
    for one in program.inputs():
        by_entity[g.entity_of(one)].append(one)
    rows = {
        entity: [_row(inputs, edges, chance, year, true, focus) for _ in range(counts[entity])]
        for entity, inputs in by_entity.items()
    }
    parents: dict[g.Entity, Sequence[int]] = {}
    for below, above in zip(g.ENTITIES, g.ENTITIES[1:], strict=False):
        parents[below] = sorted(chance.randrange(counts[above]) for _ in range(counts[below]))
    return Trials(rows, parents)


def _row(
    inputs: Sequence[g.Input],
    edges: Sequence[int],
    chance: Random,
    year: int,
    true: float,
    focus: Mapping[str, Sequence[Any]],
) -> tuple[Any, ...]:
    """One row; of the options of a choice, one is true."""
    options: dict[str, list[str]] = {}
    for one in inputs:
        if _CHOICE in one.name:
            options.setdefault(one.name.rpartition(".")[0], []).append(one.name)
    chosen = {chance.choice(names) for names in options.values()}
    return tuple(
        one.name in chosen
        if _CHOICE in one.name
        else chance.choice(focus[one.name])
        if one.name in focus
        else _drawn(one, edges, chance, year, true)
        for one in inputs
    )


def _drawn(one: g.Input, edges: Sequence[int], chance: Random, year: int, true: float) -> Any:
    if one.kind == "truth":
        return chance.random() < (0.98 if any(sign in one.name for sign in _MOSTLY_KNOWN) else true)
    if one.kind == "category":
        return chance.choice(one.options) if one.options else ""
    if one.name.endswith("year"):
        return max(one.low, min(one.high, year))
    way = chance.random()
    if _COUNT in one.name and way < 0.9 and edges:  # shares of ten thousand fall on both sides of any rate
        found = 10_000 if way < 0.4 else chance.choice(edges) + chance.choice((-1, 0, 1))
        found = chance.randint(0, 5) if way > 0.75 else found
        return max(one.low, min(one.high, found))
    nothing = 0.9 if any(sign in one.name for sign in _MOSTLY_NOTHING) else 0.7 if one.name.startswith(_PAID) else 0.35
    if way < nothing:
        found = 0
    elif chance.random() < 0.25 and edges:  # a little beyond an edge: a band may be reached for a short while only
        edge = chance.choice(edges)
        found = edge + chance.randint(0, max(1, edge // 4))
    elif way < 0.95 and chance.random() < 0.5 and edges:
        found = chance.choice(edges) * chance.choice((1, 1, 1, 2, 12)) + chance.choice((-1, 0, 1, 100))
    else:
        found = chance.randint(0, chance.choice(_USUAL) + 10)
    return max(one.low, min(one.high, found))
