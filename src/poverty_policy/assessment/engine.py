"""A program of a rule set made ready to run: the health layers alone, or everything with the provisions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from poverty_policy.assessment.facts import Gatherer
from poverty_policy.cases import Area, Case, Household, Person, areas, households
from poverty_policy.formula import graph as g
from poverty_policy.formula.python import Runner, compile_program
from poverty_policy.policy.provision import HEALTH, Provision
from poverty_policy.ruleset.resolved import Resolved

if TYPE_CHECKING:
    from poverty_policy.policy.scheme import Whole


@attrs.frozen(eq=False, slots=False)
class Engine:
    """A program, compiled, and the gatherer of its inputs.

    Attributes:
        rules: the rule set.
        program: what is worked out.
        runner: the same, compiled with every step.
        whole: the provisions' part of it; ``None`` where only health layers are worked out.
    """

    rules: Resolved
    program: g.Program
    runner: Runner
    whole: Whole | None

    @classmethod
    def of_health(cls, rules: Resolved) -> Engine:
        """The health layers alone."""
        return cls(rules, rules.program, rules.traced, None)

    @classmethod
    def of_everything(cls, rules: Resolved) -> Engine:
        """Groups, health layers, accounts, allowances, benefits and criteria."""
        whole = rules.whole
        return cls(rules, whole.program, compile_program(whole.program, traced=True), whole)

    @functools.cached_property
    def gatherer(self) -> Gatherer:
        """Reads cases for this program."""
        return Gatherer(self.rules, self.program, self.runner, provisions=self.whole is not None)

    @functools.cached_property
    def steps_of(self) -> Mapping[str, tuple[str, ...]]:
        """Provision -> the names of its steps below its own; its result is ``""``."""
        found: dict[str, list[str]] = {stated.full_name: [] for stated in self.rules.provisions}
        for name in self.program.steps:
            kind, _, rest = name.partition(".")
            provision = f"{kind}.{rest.partition('.')[0]}"
            if provision in found:
                found[provision].append(name[len(provision) + 1 :])
        return {name: tuple(steps) for name, steps in found.items()}

    @functools.cached_property
    def _needs(self) -> Mapping[str, frozenset[str]]:
        """Provision -> itself and every provision that it goes by."""
        found: dict[str, frozenset[str]] = {}
        for name in self.rules.scheme.order:
            if name == HEALTH:
                continue
            provision: Provision = self.rules.scheme.by_name[name]
            direct = {wanted for _, wanted in provision.references() if wanted != HEALTH}
            direct |= {f"group.{group}" for group in provision.groups()} & set(self.rules.scheme.by_name)
            found[name] = frozenset({name}).union(*(found[one] for one in direct))
        return found

    @functools.cached_property
    def open_steps(self) -> Mapping[str, tuple[str, ...]]:
        """Provision -> the steps that say where it needs a value that the sources leave open."""
        assert self.whole is not None
        return {
            name: tuple(
                step
                for step, about in self.whole.open.items()
                if any(about == one or about.startswith(f"{one}.") for one in needs)
            )
            for name, needs in self._needs.items()
        }

    @functools.cached_property
    def unknowns(self) -> Mapping[str, tuple[g.Input, ...]]:
        """Provision -> the inputs that say whether something it needs is known."""
        assert self.whole is not None
        steps = self.program.steps
        found: dict[str, tuple[g.Input, ...]] = {}
        for name in self._needs:
            roots = [steps[f"{name}.{end}"] for end in ("met", "failed", "known") if f"{name}.{end}" in steps]
            inputs = [node for node in g.walk(roots) if isinstance(node, g.Input)]
            found[name] = tuple(one for one in inputs if one.name.split(".")[1:2] in (["knows"], ["history"]))
        return found


def feeds_health(rules: Resolved) -> bool:
    """Whether a group that health layers tell apart may be the result of a provision."""
    if "groups" not in rules.sections:
        return False
    return any(f"group.{group}" in rules.scheme.by_name for group in rules.scheme.health_groups)


def states_circumstances(case: Case) -> bool:
    """Whether a case states anything that only provisions read; the day of the assessment is enough."""
    if isinstance(case, Person):
        return _of_person(case)
    if isinstance(case, Household):
        return _of_household(case)
    return any(_of_area(area) for _, area in areas(case)) or any(_of_household(one) for _, one in households(case))


def _of_person(person: Person) -> bool:
    return bool(person.facts or person.income or person.spending)


def _of_area(area: Area) -> bool:
    return bool(area.facts or area.on or area.procedures)


def _of_household(home: Household) -> bool:
    own = home.on or home.residence or home.facts or home.income or home.spending
    return bool(own or home.records_complete or home.procedures) or any(map(_of_person, home.members))
