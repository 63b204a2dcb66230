"""Groups by result: who counts as belonging to a group because the rules say so, without a status on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from poverty_policy.errors import Fault
from poverty_policy.formula import graph as g
from poverty_policy.policy import condition as c
from poverty_policy.policy.condition import Condition
from poverty_policy.policy.entry import Name, known
from poverty_policy.policy.explaining import in_words, lines_of
from poverty_policy.policy.provision import At, Provision
from poverty_policy.policy.register import Register
from poverty_policy.policy.words import Words
from poverty_policy.terms import Vocabulary


class Group(Provision):
    """A group to which whoever meets a condition belongs, besides those who hold the status."""

    KIND: ClassVar[str] = "group"
    SECTION: ClassVar[str] = "groups"

    group: Name
    """The group, one of the known groups or of the file's own terms."""
    of: Literal["person", "household"] = "household"
    """Whether persons are classified, or households with all their members."""
    when: Condition
    """Who belongs to it; where that is not known, only the status counts."""

    @property
    def subject(self) -> g.Entity:
        """Whom it is about."""
        return self.of

    def conditions(self) -> Iterator[tuple[At, Condition, g.Entity]]:
        """Who belongs to it."""
        yield ("when",), self.when, self.of

    def name_faults(self, vocabulary: Vocabulary) -> Iterator[Fault]:
        """Names that nobody knows."""
        yield from known("group", [self.group], vocabulary, "group")
        yield from super().name_faults(vocabulary)

    def describe(self, register: Register) -> None:
        """The result stands in for the status."""
        verdict = register.verdict(self.full_name, c.describe(self.when, register, self.full_name, self.of, "when"))
        register.groups[self.group] = verdict.met

    def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
        """Who belongs to it."""
        return in_words(self.when, words)

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """Each indicator, and how it came out."""
        return lines_of(self.when, self.of, steps, words, "when")
