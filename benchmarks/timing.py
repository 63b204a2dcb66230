"""Timing: candidates in turn, many times over, the best of each."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any


def best(
    candidates: Mapping[str, Callable[[], Any]], *, rounds: int = 150, at_least: float = 0.001
) -> dict[str, float]:
    """Seconds per call of each candidate: the best of many rounds, in each of which all take their turn.

    Args:
        candidates: name -> what to call.
        rounds: how many rounds.
        at_least: how long, in seconds, a candidate runs in a round.
    """
    numbers = {name: _number(call, at_least) for name, call in candidates.items()}
    found = dict.fromkeys(candidates, float("inf"))
    order = list(candidates)
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name in order:
                found[name] = min(found[name], _timed(candidates[name], numbers[name]))
            order.reverse()
    finally:
        if was_enabled:
            gc.enable()
    return found


def _timed(call: Callable[[], Any], number: int) -> float:
    turns = range(number)
    start = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - start) / number


def _number(call: Callable[[], Any], at_least: float) -> int:
    """How many calls take that long."""
    call()
    number = 1
    while (took := _timed(call, number) * number) < at_least:
        number = max(2 * number, int(number * at_least / max(took, 1e-9)))
    return number
