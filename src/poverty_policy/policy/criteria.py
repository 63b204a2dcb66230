"""Criteria: who may leave the register, which village and county may, who is at risk, who qualifies for a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from poverty_policy.formula import graph as g
from poverty_policy.policy import condition as c
from poverty_policy.policy.condition import Condition, Level
from poverty_policy.policy.entry import Label, Name
from poverty_policy.policy.explaining import in_words, lines_of
from poverty_policy.policy.known import Verdict
from poverty_policy.policy.provision import At, Provision
from poverty_policy.policy.register import Register
from poverty_policy.policy.words import Phrases, Words

_SAYS: Phrases = {"applies": ("适用范围", "applies to")}


class Criteria(Provision):
    """Indicators with thresholds; the result is met, not met, or unknown."""

    KIND: ClassVar[str] = "criteria"
    SECTION: ClassVar[str] = "criteria"

    criteria: Name
    """Its name."""
    of: Level = "household"
    """Whom it is about."""
    applies: Condition | None = None
    """To whom it applies; to others it is neither met nor failed."""
    test: Condition
    """What must be met."""
    met: Label | None = None
    """What it means that it is met: ``可以退出``."""
    failed: Label | None = None
    """What it means that it is not."""
    procedure: Name | None = None
    """The procedure that goes with it."""

    @property
    def subject(self) -> g.Entity:
        """Whom it is about."""
        return self.of

    def conditions(self) -> Iterator[tuple[At, Condition, g.Entity]]:
        """The test, and to whom it applies."""
        yield ("test",), self.test, self.of
        if self.applies is not None:
            yield ("applies",), self.applies, self.of

    def references(self) -> Iterator[tuple[At, str]]:
        """What its conditions and its procedure name."""
        yield from super().references()
        if self.procedure is not None:
            yield ("procedure",), f"procedure.{self.procedure}"

    def describe(self, register: Register) -> None:
        """The verdict of the test, where it applies."""
        verdict = c.describe(self.test, register, self.full_name, self.of, "test")
        if self.applies is not None:
            applies = c.describe(self.applies, register, self.full_name, self.of, "applies")
            register.step(f"{self.full_name}.in_scope", applies.met)
            register.step(f"{self.full_name}.out_of_scope", applies.failed)
            verdict = Verdict(g.all_hold(applies.met, verdict.met), g.all_hold(applies.met, verdict.failed))
        register.verdict(self.full_name, verdict)

    def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
        """What is tested, and for whom."""
        if self.applies is not None:
            yield 0, words.say(_SAYS, "applies")
            yield from ((depth + 1, text) for depth, text in in_words(self.applies, words))
        yield from in_words(self.test, words)

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """Each indicator, and how it came out."""
        return lines_of(self.test, self.of, steps, words, "test")
