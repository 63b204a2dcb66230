"""What may not be known: values and verdicts that say so, instead of passing for zero or for no.

A verdict is met, or failed, or neither: then it is unknown. What follows from verdicts is met where it holds
whatever the unknown ones turn out to be, and failed where it fails whatever they turn out to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from poverty_policy.formula import graph as g


@attrs.frozen
class Known:
    """A value, and whether it is known; where it is not, the value means nothing."""

    value: g.Node
    known: g.Node = g.TRUE


@attrs.frozen
class Verdict:
    """Whether something surely holds (``met``) or surely does not (``failed``)."""

    met: g.Node
    failed: g.Node

    @property
    def known(self) -> g.Node:
        """Whether it is one or the other."""
        return g.any_holds(self.met, self.failed)

    def opposite(self) -> Verdict:
        """Met where this one failed."""
        return Verdict(self.failed, self.met)


MET, FAILED = Verdict(g.TRUE, g.FALSE), Verdict(g.FALSE, g.TRUE)


def worked_out(formula: Callable[..., g.Node], *parts: Known) -> Known:
    """A value worked out from others; known where all of them are."""
    return Known(formula(*(part.value for part in parts)), g.all_hold(*(part.known for part in parts)))


def judged(test: Callable[..., g.Node], *parts: Known) -> Verdict:
    """Whether a test of values holds; unknown where one of them is."""
    found = worked_out(test, *parts)
    return Verdict(g.all_hold(found.known, found.value), g.all_hold(found.known, g.negate(found.value)))


def stated(truth: Known) -> Verdict:
    """The verdict of a truth that may not be known."""
    return judged(lambda value: value, truth)


def all_met(verdicts: Iterable[Verdict]) -> Verdict:
    """Met where all are."""
    every = tuple(verdicts)
    return Verdict(g.all_hold(*(one.met for one in every)), g.any_holds(*(one.failed for one in every)))


def any_met(verdicts: Iterable[Verdict]) -> Verdict:
    """Met where at least one is."""
    return all_met(one.opposite() for one in verdicts).opposite()


def enough_met(verdicts: Sequence[Verdict], weights: Sequence[int], least: int) -> Verdict:
    """Met where those that are met weigh at least ``least``; failed where those that may yet be met weigh less."""

    def weight(truths: Iterable[g.Node]) -> g.Node:
        return g.add(*(g.choose(truth, g.const(w), g.ZERO) for truth, w in zip(truths, weights, strict=True)))

    surely = weight(one.met for one in verdicts)
    at_best = weight(g.negate(one.failed) for one in verdicts)
    return Verdict(g.compare("<=", g.const(least), surely), g.compare("<", at_best, g.const(least)))


def any_member(verdict: Verdict, entity: g.Entity, of: g.Entity) -> Verdict:
    """Met where some member's is; failed where every member's is."""
    some = g.any_of(g.negate(verdict.failed), entity, of)
    return Verdict(g.any_of(verdict.met, entity, of), g.negate(some))
