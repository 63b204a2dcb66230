"""Values that change nothing: a parameter nobody ever meets is a mistake in the file, or hides one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from poverty_policy.errors import RuleError
from poverty_policy.formula import graph as g
from poverty_policy.formula.python import compile_program
from poverty_policy.formula.trials import Trials, draw
from poverty_policy.money import Money, Rate
from poverty_policy.policy.entry import Entry
from poverty_policy.policy.values import Leaf, leaves
from poverty_policy.ruleset.file import LoadedFile
from poverty_policy.ruleset.resolved import Resolved, StatedEntry

#: The populations that are tried until one shows a difference: how large, and how often facts are true there.
_TRIED = ((2, 0.5), (12, 0.9), (12, 0.1), (60, 0.5), (60, 0.97), (60, 0.75), (120, 0.25), (240, 0.9), (480, 0.5))


def dead_values(rules: Resolved, of: LoadedFile) -> Iterator[str]:
    """The full names of values of a file that changed no result of any trial case when they were changed.

    A value that no trial case met may still matter in a case that none of them is like; so this is a remark, no fault.
    Values that are open are given a figure first: what depends on one could not be seen to change otherwise.
    """
    first = _with_figures(rules, 10)
    ways = [first] if first is rules else [first, _with_figures(rules, -10)]
    for health in (True, False):
        entries: list[Any] = [*rules.entries] if health else [*rules.provisions]
        names = [
            (f"{stated.full_name}.{'.'.join((at, *path))}", leaf)
            for stated in entries
            if stated.origin.path == of.path and stated.entry.KIND != "series"  # figures of other years wait for theirs
            for at, value in stated.entry.values()
            if isinstance(stated.entry, Entry) == health and at.split(".")[0] in stated.entry.model_fields_set
            for path, leaf in leaves(value)
            if leaf.value is not None or leaf.unlimited
        ]
        if names:
            alive = [set(_dead(one, names, health)) for one in ways]
            yield from (name for name, _ in names if all(name in dead for dead in alive))


def _with_figures(rules: Resolved, factor: int) -> Resolved:
    """The rules with some figure for every value that is open: one larger than the other, or smaller."""
    amount = 1 if factor > 0 else 100_000
    every: list[StatedEntry[Any]] = [*rules.entries, *rules.provisions]
    for stated in every:
        for at, value in stated.entry.values():
            for path, leaf in leaves(value):
                if leaf.value is None and not leaf.unlimited:
                    full = f"{stated.full_name}.{'.'.join((at, *path))}"
                    above, _, names = full.rpartition(".")
                    for figure in (f"{amount} 元", f"{50 + factor}%"):
                        with contextlib.suppress(RuleError):
                            rules = rules.reform({f"{above}.{name}": figure for name in names.split(", ")})
                            break
                    amount = amount * 2 if factor > 0 else max(1, amount // 2)
    return rules


def _dead(rules: Resolved, names: list[tuple[str, Leaf]], health: bool) -> Iterator[str]:
    program = _program(rules, health)
    before: dict[int, tuple[Trials, Any]] = {}  # drawn and run when first needed
    for name, leaf in names:
        if not any(_matters(rules, program, name.split(", ")[0], other, health, before) for other in _others(leaf)):
            yield name


def _program(rules: Resolved, health: bool) -> g.Program:
    if health:
        return rules.program
    whole = rules.whole.program
    told = tuple(name for name in whole.steps if name.endswith(".met") and name not in whole.results)
    return g.Program(whole.steps, (*whole.results, *told), whole.refusals)  # each condition is told with a decision


def _others(leaf: Leaf) -> Iterator[str]:
    """Other values that could stand in a value's place: less, then more."""
    if isinstance(leaf.value, Money):
        step = max(leaf.value.fen // 7, 100)
        for fen in (leaf.value.fen - step, leaf.value.fen + step):
            if fen >= 0:
                yield f"{Money.of_fen(fen).plain()} 元"
    elif isinstance(leaf.value, Rate):
        for parts in (leaf.value.parts - 700, leaf.value.parts + 700):
            if parts >= 0:
                yield str(Rate.of_parts(parts))
    else:
        yield "1 元"


def _matters(
    rules: Resolved, program: g.Program, name: str, other: str, health: bool, before: dict[int, tuple[Trials, Any]]
) -> bool:
    """Whether another value changes a result of some trial case; where none may stand there, the value matters."""
    try:
        changed = _program(rules.reform({name: other}), health)
    except RuleError:
        return False
    for seed, (size, true) in enumerate(_TRIED):
        if seed not in before:
            trials = draw(program, size, seed, rules.on.year, true)
            before[seed] = trials, _run(program, program, trials)
        trials, expected = before[seed]
        if _run(changed, program, trials) != expected:
            return True
    return False


def _run(program: g.Program, drawn_for: g.Program, trials: Trials) -> Any:
    """The results of a program on a population that was drawn for another with the same inputs, by name."""
    runner = compile_program(program, traced=False)
    known = {entity: [one.name for one in drawn_for.inputs() if g.entity_of(one) == entity] for entity in g.ENTITIES}
    if any(name not in known[entity] for entity, wanted in runner.inputs.items() for name in wanted):
        return None  # it asks for something that the other does not
    rows: dict[g.Entity, list[tuple[Any, ...]]] = {}
    for entity, wanted in runner.inputs.items():
        places = [known[entity].index(name) for name in wanted]
        rows[entity] = [tuple(row[place] for place in places) for row in trials.rows[entity]]
    found = runner(
        {**{entity: [()] * len(all_rows) for entity, all_rows in trials.rows.items()}, **rows}, trials.parents
    )
    return {
        entity: dict(zip(runner.names[entity], zip(*made, strict=True), strict=False)) for entity, made in found.items()
    }
