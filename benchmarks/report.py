"""Figures, and the table they are printed in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

import attrs


@attrs.frozen
class Figure:
    """One figure.

    Attributes:
        group: the heading it stands under.
        name: what was timed.
        seconds: how long it took.
        against: what it is compared with.
        baseline: how long that took, in the same run.
        goal: the goal, if there is one.
        goal_on: what the goal is about: the ratio, the seconds, the difference in seconds, or how many times
            faster than the baseline it is.
        note: what else a reader should know.
    """

    group: str
    name: str
    seconds: float
    against: str
    baseline: float
    goal: float | None = None
    goal_on: Literal["ratio", "seconds", "difference", "faster"] = "ratio"
    note: str = ""

    @property
    def ratio(self) -> float:
        """The time over the baseline's."""
        return self.seconds / self.baseline

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; ``None`` without one."""
        if self.goal is None:
            return None
        if self.goal_on == "faster":
            return 1 / self.ratio >= self.goal
        if self.goal_on == "difference":
            return self.seconds - self.baseline <= self.goal
        return (self.ratio if self.goal_on == "ratio" else self.seconds) <= self.goal

    def goal_text(self) -> str:
        """The goal and whether it is met."""
        if self.goal is None:
            return ""
        wanted = {
            "ratio": f"≤ {self.goal:g} ×",
            "seconds": f"≤ {duration(self.goal)}",
            "difference": f"≤ +{duration(self.goal)}",
            "faster": f"≥ {self.goal:g} × faster",
        }[self.goal_on]
        return f"{wanted}: {'met' if self.met else 'NOT MET'}"

    def ratio_text(self) -> str:
        """The ratio; ``1/25`` where it is the baseline that is slower by far."""
        return f"1/{1 / self.ratio:,.1f}" if self.ratio < 0.5 else f"{self.ratio:,.2f}"

    def to_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**attrs.asdict(self), "ratio": self.ratio, "met": self.met}


@attrs.frozen
class Skipped:
    """What could not be measured, and why."""

    group: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """For machines."""
        return {**attrs.asdict(self), "skipped": True}


Line = Figure | Skipped


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def table(lines: Iterable[Line]) -> str:
    """Everything as text, group by group."""
    text: list[str] = []
    group = ""
    cells: list[tuple[str, ...]] = []
    for line in lines:
        if line.group != group:
            text += [*_aligned(cells), *([""] if text else []), line.group]
            cells = [("", "time", "ratio", "against", "", "goal", "")]
            group = line.group
        if isinstance(line, Skipped):
            text.append(f"  skipped: {line.reason}")
            cells = []
            continue
        cells.append(
            (line.name, duration(line.seconds), line.ratio_text(), line.against, duration(line.baseline),
             line.goal_text(), line.note)
        )  # fmt: skip
    return "\n".join([*text, *_aligned(cells)])


def _aligned(cells: list[tuple[str, ...]]) -> list[str]:
    if not cells:
        return []
    widths = [max(_width(row[place]) for row in cells) for place in range(len(cells[0]))]
    return ["  " + "  ".join(one + " " * (w - _width(one)) for one, w in zip(row, widths, strict=True)).rstrip()
            for row in cells]  # fmt: skip


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
