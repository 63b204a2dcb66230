"""What an assessment of frames gives back."""

from __future__ import annotations

from typing import Any, Literal

import attrs

#: What to do about rows that cannot be calculated with.
OnError = Literal["raise", "collect"]


@attrs.frozen
class Frames:
    """What an assessment of frames gives: frames of the kind that came in, lazy where that was lazy.

    Every row has the ``id`` and the parent's id it came with. Amounts are in the unit that was asked for; an amount
    is null where there is no entitlement, and where it is not known, which ``….unknown`` tells.

    Attributes:
        claims, persons, households, villages, townships, counties: the results of each that came in.
        rejected: with ``on_error="collect"``, the rows left out and why, once for each reason: ``frame``, ``id``,
            ``column``, ``reason_zh``, ``reason_en``.
        warnings: what a reader of every result must know: rules that are used beyond the days for which they are known.
    """

    claims: Any = None
    persons: Any = None
    households: Any = None
    villages: Any = None
    townships: Any = None
    counties: Any = None
    rejected: Any = None
    warnings: tuple[str, ...] = ()
