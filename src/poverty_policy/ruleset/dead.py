"""Values that change nothing: a parameter nobody ever meets is a mistake in the file, or hides one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from poverty_policy.errors import RuleError
from poverty_policy.formula import graph as g
from poverty_policy.formula.python import Row, Rows, Runner, compile_program
from poverty_policy.formula.trials import Trials, draw
from poverty_policy.money import Money, Rate
from poverty_policy.policy.entry import Entry
from poverty_policy.policy.values import VARY, Leaf, leaves
from poverty_policy.ruleset.file import LoadedFile
from poverty_policy.ruleset.resolved import Resolved, StatedEntry

#: The populations that are tried until one shows a difference: how large, and how often facts are true there.
_TRIED = ((2, 0.5), (12, 0.9), (12, 0.1), (60, 0.5), (60, 0.97), (60, 0.75), (120, 0.25), (240, 0.9), (480, 0.5))

#: The last one tried for a value, of claims that it is for.
_FOCUSED = (120, 0.5)
_GROUP = "group."
_OFTEN = (True, True, False)
_RARELY = (False,) * 7 + (True,)


def dead_values(rules: Resolved, of: LoadedFile) -> Iterator[str]:
    """The full names of values of a file that changed no result of any trial case when they were changed.

    A value that no trial case met may still matter in a case that none of them is like; so this is a remark, no fault.
    Values that are open are given a figure first: what depends on one could not be seen to change otherwise.
    """
    first = _with_figures(rules, large=False)
    ways = [first] if first is rules else [first, _with_figures(rules, large=True)]
    for health in (True, False):
        entries: list[Any] = [*rules.entries] if health else [*rules.provisions]
        names = [
            _Tried(stated, (at, *path), leaf)
            for stated in entries
            if stated.origin.path == of.path and stated.entry.KIND != "series"  # figures of other years wait for theirs
            for at, value in stated.entry.values()
            if isinstance(stated.entry, Entry) == health and at.split(".")[0] in stated.entry.model_fields_set
            for path, leaf in leaves(value)
            if leaf.value is not None or leaf.unlimited
        ]
        for one in ways:
            names = _dead(one, names, health) if names else []
        yield from (one.name for one in names)


def _with_figures(rules: Resolved, large: bool) -> Resolved:
    """The rules with some figure for every value that is open: small ones, or large ones.

    Of a person's several values the best counts, so a value that the file states shows beside small figures where
    larger ones hide it, and the other way about. Amounts differ from each other, so that one does not hide the next.
    """
    amount = 100_000 if large else 1
    rate = "85%" if large else "5%"
    every: list[StatedEntry[Any]] = [*rules.entries, *rules.provisions]
    for stated in every:
        for at, value in stated.entry.values():
            for path, leaf in leaves(value):
                if leaf.value is None and not leaf.unlimited:
                    full = f"{stated.full_name}.{'.'.join((at, *path))}"
                    above, _, names = full.rpartition(".")
                    for figure in (f"{amount} 元", rate):
                        with contextlib.suppress(RuleError):
                            rules = rules.reform({f"{above}.{name}": figure for name in names.split(", ")})
                            break
                    amount = max(1, amount // 2) if large else amount * 2
    return rules


@attrs.frozen
class _Tried:
    """A value of an entry, and where it stands in it."""

    stated: StatedEntry[Any]
    at: tuple[str, ...]
    leaf: Leaf

    @property
    def name(self) -> str:
        """Its full name."""
        return f"{self.stated.full_name}.{'.'.join(self.at)}"

    @property
    def first_of_each(self) -> str:
        """A name by which a reform finds it, where it stands for several names at once."""
        return ".".join(part.split(", ")[0] for part in self.name.split("."))

    def focus(self, rules: Resolved, program: g.Program) -> dict[str, Sequence[Any]]:
        """What the claims are like that it is for, by its names and by the conditions around it."""
        where = ".".join(self.at)
        wanted: dict[str, Sequence[Any]] = {}
        for at, when in self.stated.entry.whens():
            around = "".join(f"{part + 1 if isinstance(part, int) else part}." for part in at[:-1])
            if where.startswith(around):
                wanted |= {dimension: names for _, dimension, names in when.named()}
        for part in where.split("."):
            names = part.split(", ")
            dimension = rules.vocabulary.dimension_of(names[0], VARY["claim"])
            if dimension is not None:
                wanted[dimension] = names
        groups = wanted.pop("group", ())
        for one in program.inputs():
            if one.name.startswith(_GROUP):
                wanted[one.name] = _OFTEN if one.name.removeprefix(_GROUP) in groups else _RARELY
        return wanted


def _dead(rules: Resolved, tried: Iterable[_Tried], health: bool) -> list[_Tried]:
    search = _Search(rules, health)
    return [one for one in tried if not search.matters(one)]


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


class _Search:
    """Looks for a trial case whose result hangs on a value. Populations are drawn, and run unchanged, once each."""

    def __init__(self, rules: Resolved, health: bool) -> None:
        self.rules = rules
        self.health = health
        self.program = self._program(rules)
        self.runner = compile_program(self.program, traced=False)
        self.drawn: dict[int, tuple[Trials, Any]] = {}

    def _program(self, rules: Resolved) -> g.Program:
        if self.health:
            return rules.program
        whole = rules.whole.program
        told = tuple(name for name in whole.steps if name.endswith(".met") and name not in whole.results)
        return g.Program(whole.steps, (*whole.results, *told), whole.refusals)  # each condition is told with a decision

    def matters(self, one: _Tried) -> bool:
        """Whether another value changes a result; a value in whose place nothing else may stand is not called dead."""
        runners: list[Runner] = []
        for other in _others(one.leaf):
            try:
                changed = self._program(self.rules.reform({one.first_of_each: other}))
            except RuleError:
                continue
            runners.append(compile_program(changed, traced=False))
            if any(self._differs(runners[-1], *self._population(seed)) for seed in range(len(_TRIED))):
                return True
        if not runners or not self.health:
            return not runners
        size, true = _FOCUSED
        focused = draw(self.program, size, 0, self.rules.on.year, true, one.focus(self.rules, self.program))
        expected = _results(self.runner, focused.rows, focused)
        return any(self._differs(runner, focused, expected) for runner in runners)

    def _population(self, seed: int) -> tuple[Trials, Any]:
        """A population, and what the unchanged rules give on it."""
        if seed not in self.drawn:
            size, true = _TRIED[seed]
            trials = draw(self.program, size, seed, self.rules.on.year, true)
            self.drawn[seed] = trials, _results(self.runner, trials.rows, trials)
        return self.drawn[seed]

    def _differs(self, runner: Runner, trials: Trials, expected: Any) -> bool:
        """Whether a program gives something else than the unchanged one, on a population drawn for that one."""
        rows: dict[g.Entity, Sequence[Row]] = dict.fromkeys(g.ENTITIES, ())
        for entity, drawn in trials.rows.items():
            known, wanted = self.runner.inputs.get(entity, ()), runner.inputs.get(entity, ())
            if not set(wanted) <= set(known):
                return True  # it asks for something that the other does not
            places = [known.index(name) for name in wanted]
            rows[entity] = [tuple(row[place] for place in places) for row in drawn]
        return bool(_results(runner, rows, trials) != expected)


def _results(runner: Runner, rows: Rows, trials: Trials) -> Any:
    """What a program comes to for each entity, by name."""
    found = runner(rows, trials.parents)
    return {
        entity: dict(zip(runner.names[entity], zip(*made, strict=True), strict=False)) for entity, made in found.items()
    }
