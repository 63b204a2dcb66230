"""What every provision of household support has: lines, accounts, groups, benefits, allowances, criteria, procedures.

A kind of provision is one module: its declaration, its meaning as formulas (``describe``) and its explanation
(``explain``). ``scheme.KINDS`` lists the kinds. Provisions refer to one another by dotted names (``line.dibao``);
the order in which they are worked out follows from these references alone.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from poverty_policy.errors import Fault, invalid
from poverty_policy.policy.entry import Stated
from poverty_policy.policy.values import Value, Varied
from poverty_policy.terms import Vocabulary

if TYPE_CHECKING:
    from poverty_policy.formula import graph as g
    from poverty_policy.policy.condition import Condition
    from poverty_policy.policy.register import Register
    from poverty_policy.policy.words import Words

At = tuple[str | int, ...]
#: The name under which provisions refer to the health layers.
HEALTH = "health"
#: The sections of a rule file -> the kind of provision that each lists; ``scheme.KINDS`` holds the kinds themselves.
SECTIONS: Mapping[str, str] = {
    "series": "series",
    "lines": "line",
    "accounts": "account",
    "groups": "group",
    "benefits": "benefit",
    "allowances": "allowance",
    "criteria": "criteria",
    "procedures": "procedure",
}


def _names(value: Value) -> Iterator[str]:
    if isinstance(value, Varied):
        for names, inner in value.cases:
            yield from names
            yield from _names(inner)
        if value.default is not None:
            yield from _names(value.default)


def unnamed(name: str, *at: str | int) -> Fault:
    """A fault of what people could not read: a name that is no standard term, without a label."""
    zh = f"“{name}”不是标准用语：请写 label: {{zh: …, en: …}}"
    return invalid(zh, f"{name!r} is no standard term: give it a label {{zh: …, en: …}}", *at)


class Provision(Stated):
    """Something a place provides for, outside the health cascade."""

    #: The part of a rule file that lists provisions of this kind.
    SECTION: ClassVar[str]

    @property
    def full_name(self) -> str:
        """Its name among all provisions: ``line.dibao``."""
        return f"{self.KIND}.{self.name}"

    @property
    def subject(self) -> g.Entity:
        """Whom it is about."""
        return "household"

    def conditions(self) -> Iterator[tuple[At, Condition, g.Entity]]:
        """Every condition in it: where it stands and whom it is about."""
        return iter(())

    def references(self) -> Iterator[tuple[At, str]]:
        """The provisions it needs: where it names them, and their full names; ``health`` for the health layers."""
        for at, one, _ in self.conditions():
            yield from (((*at, *inner), name) for inner, name in one.references())

    def groups(self) -> Iterator[str]:
        """The names it tells apart; a group among them may be the result of another provision."""
        for _, value in self.values():
            yield from _names(value)
        for _, one, _ in self.conditions():
            yield from one.groups()

    def choices(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Facts that are one of several options, and all of these."""
        for _, one, _ in self.conditions():
            yield from one.options()

    def name_faults(self, vocabulary: Vocabulary) -> Iterator[Fault]:
        """Names in it that nobody knows, with their paths."""
        for at, one, level in self.conditions():
            yield from (fault.under(*at) for fault in one.name_faults(vocabulary, level))

    @abstractmethod
    def describe(self, register: Register) -> None:
        """Write what it means into the register."""

    def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
        """What it says, for people who read rules: (depth, text)."""
        return iter(())

    @abstractmethod
    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """The lines that say how its result came about: (depth, text)."""
