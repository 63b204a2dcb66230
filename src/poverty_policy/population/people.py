"""A population: the tables of many cases, and how they are to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from poverty_policy.population.kinds import MoneyUnit


@attrs.frozen
class Population:
    """Many cases, as ``RuleSet.assess_frame`` takes them.

    Attributes:
        claims, persons, households, villages, townships, counties: the frames there are, of one kind.
        columns: frame -> what it calls a column -> what a case calls it.
        money: whether amounts are in yuan or in whole fen.
    """

    claims: Any = None
    persons: Any = None
    households: Any = None
    villages: Any = None
    townships: Any = None
    counties: Any = None
    columns: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    money: MoneyUnit = "yuan"

    def frames(self) -> dict[str, Any]:
        """The frames that there are, by name."""
        names = ("claims", "persons", "households", "villages", "townships", "counties")
        return {name: frame for name in names if (frame := getattr(self, name)) is not None}
