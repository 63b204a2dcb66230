"""The kinds of provisions, and the scheme in which a place's provisions stand together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import attrs

from poverty_policy.errors import Fault, Lang, RuleError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.policy.account import Account
from poverty_policy.policy.allowance import Allowance
from poverty_policy.policy.benefit import Benefit
from poverty_policy.policy.cascade import describe as describe_cascade
from poverty_policy.policy.criteria import Criteria
from poverty_policy.policy.group import Group
from poverty_policy.policy.line import Line, Series
from poverty_policy.policy.procedure import Procedure
from poverty_policy.policy.provision import HEALTH, Provision, unnamed
from poverty_policy.policy.register import Register
from poverty_policy.policy.reimbursement import Cascade
from poverty_policy.terms import Dimension, Term, Vocabulary

#: Every kind of provision. A new kind is a module, a place here, and its section in ``provision.SECTIONS``.
KINDS: tuple[type[Provision], ...] = (Series, Line, Account, Group, Benefit, Allowance, Criteria, Procedure)
LANGUAGES: tuple[Lang, Lang] = ("zh", "en")
KIND_OF: Mapping[str, type[Provision]] = {kind.SECTION: kind for kind in KINDS}


class Scheme:
    """Provisions that refer to one another, in an order in which each comes after what it needs.

    Args:
        provisions: lines, accounts, groups, benefits, allowances, criteria and procedures.
        vocabulary: the terms known, the standard ones if not stated.
        health_groups: the groups that health layers tell apart.

    Raises:
        RuleError: names are unknown, twice, or refer to one another in a circle; with every fault, its path led by
            the provision's full name.
    """

    def __init__(
        self,
        provisions: Iterable[Provision],
        *,
        vocabulary: Vocabulary | None = None,
        health_groups: Iterable[str] = (),
    ) -> None:
        self.vocabulary = vocabulary or Vocabulary()
        self.by_name: dict[str, Provision] = {}
        faults: list[Fault] = []
        for provision in provisions:
            if provision.full_name in self.by_name:
                name = provision.full_name
                faults.append(invalid(f"“{name}”出现两次", f"{name!r} stands twice", name))
            self.by_name[provision.full_name] = provision
        self.health_groups = frozenset(health_groups)
        for name, provision in self.by_name.items():
            faults.extend(fault.under(name) for fault in provision.name_faults(self.vocabulary))
            faults.extend(fault.under(name) for fault in _unnamed(provision, self.vocabulary))
            for at, wanted in provision.references():
                if wanted != HEALTH and wanted not in self.by_name:
                    faults.append(unknown("provision", wanted, self.by_name, name, *at))
        if faults:
            raise RuleError(faults)
        self.vocabulary = _with_labels(self.vocabulary, self.by_name)
        self.order: tuple[str, ...] = self._ordered()

    @property
    def provisions(self) -> tuple[Provision, ...]:
        """The provisions, each after what it needs."""
        return tuple(self.by_name[name] for name in self.order if name != HEALTH)

    def label(self, full_name: str) -> Term:
        """What a provision is called."""
        return Term(*(self.vocabulary.text("provision", full_name, lang) for lang in LANGUAGES))

    def _needs(self) -> Iterator[tuple[str, str]]:
        for name, provision in self.by_name.items():
            for _, wanted in provision.references():
                yield name, wanted
            for group in provision.groups():
                if f"group.{group}" in self.by_name:
                    yield name, f"group.{group}"
        for group in sorted(self.health_groups):
            if f"group.{group}" in self.by_name:
                yield HEALTH, f"group.{group}"

    def _ordered(self) -> tuple[str, ...]:
        sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(self.by_name, ()))
        for name, wanted in self._needs():
            sorter.add(name, wanted)
        try:
            return tuple(sorter.static_order())
        except CycleError as error:
            circle = " → ".join(reversed(error.args[1]))
            zh = f"规则互相引用成了圈：{circle}；请去掉其中一处引用"
            en = f"the rules refer to one another in a circle: {circle}; break it in one place"
            raise RuleError(invalid(zh, en, str(error.args[1][0]))) from None


def _unnamed(provision: Provision, vocabulary: Vocabulary) -> Iterator[Fault]:
    """People must be able to read what it is called."""
    dimension: Dimension = "group" if provision.KIND == "group" else "provision"
    if provision.label is None and vocabulary.dimension_of(provision.name, (dimension,)) is None:
        yield unnamed(provision.name, provision.KIND)


def _with_labels(vocabulary: Vocabulary, provisions: Mapping[str, Provision]) -> Vocabulary:
    """The vocabulary, and what each provision is called, by its full name."""
    called: dict[str, Term] = {}
    for name, provision in provisions.items():
        if provision.label is not None:
            called[name] = Term(provision.label.zh, provision.label.en)
        else:
            dimension: Dimension = "group" if provision.KIND == "group" else "provision"
            called[name] = Term(*(vocabulary.text(dimension, provision.name, lang) for lang in LANGUAGES))
    return Vocabulary({**vocabulary.own, "provision": {**vocabulary.own.get("provision", {}), **called}})


@attrs.frozen(eq=False)
class Whole:
    """A scheme and the health layers beside it, as one program.

    Attributes:
        program: everything that is worked out.
        open: the step that says where a value is needed that the sources leave open -> the value.
        periods: full name -> whether its amount is per month or per year.
        amounts: the full names of provisions that come to an amount.
        verdicts: the full names of provisions that are met or not.
    """

    program: g.Program
    open: Mapping[str, str]
    periods: Mapping[str, str]
    amounts: tuple[str, ...]
    verdicts: tuple[str, ...]


def describe(scheme: Scheme, cascade: Cascade | None, most: int) -> Whole:
    """The program of a scheme, with the health layers where its references put them.

    Args:
        scheme: the provisions.
        cascade: the health layers, if there are any.
        most: the most that one component of one claim's cost may be, in fen.

    Raises:
        RuleError: a health layer's multiplied rate is no whole number of 1/10,000; a fact is two kinds of things.
    """
    register = Register(scheme.vocabulary)
    health: g.Program | None = None
    order = scheme.order if HEALTH in scheme.order else (*scheme.order, HEALTH)
    for name in order:
        if name != HEALTH:
            scheme.by_name[name].describe(register)
        elif cascade is not None:
            health = describe_cascade(cascade, most, register.groups)
            register.steps |= health.steps
    if register.faults:
        raise RuleError(register.faults)
    amounts = tuple(name for name in scheme.by_name if name in register.amounts)
    verdicts = tuple(name for name in scheme.by_name if name in register.verdicts)
    results = [*(health.results if health else ())]
    results += [part for name in amounts for part in (name, f"{name}.known")]
    results += [part for name in verdicts for part in (f"{name}.met", f"{name}.failed")]
    program = g.Program(register.steps, tuple(results), health.refusals if health else {})
    return Whole(program, register.open, register.periods, amounts, verdicts)
