"""Which reader runs a program over frames: the kernel where that is sooner done, the columns reader anywhere."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from narwhals.typing import IntoFrame

from poverty_policy.formula import columns
from poverty_policy.formula import graph as g

log = logging.getLogger("poverty_policy")
#: From this many rows on, the seconds that compiling takes are won back.
ROWS_WORTH_COMPILING = 1_000_000


def calculate(
    program: g.Program,
    frames: Mapping[g.Entity, IntoFrame],
    names: Sequence[str],
    *,
    rows: int | None,
    hold: columns.Hold,
) -> Mapping[g.Entity, Any]:
    """The steps that are asked for, of rows that were looked over.

    Args:
        program: the program.
        frames: for each entity its keys and inputs.
        names: the steps and refusals wanted.
        rows: how many rows there are in memory; ``None`` for frames that are lazy, and stay so.
        hold: keeps a frame that is read several times.

    Returns:
        For each entity its keys and those steps, in a frame.
    """
    why_not = _why_no_kernel(program, names, rows)
    if why_not:
        log.info("the columns reader is used, not the kernel: %s", why_not)
        return columns.evaluate(program, frames, names=names, checked=True, hold=hold)
    from poverty_policy.formula import arrays

    log.info("the kernel is used: %d rows", rows)
    return arrays.evaluate(program, frames, names=names, checked=True)


def _why_no_kernel(program: g.Program, names: Sequence[str], rows: int | None) -> str:
    """Why the kernel does not apply; nothing where it does."""
    if rows is None:
        return "the frames are lazy"
    if importlib.util.find_spec("numba") is None:
        return "numba is not installed (poverty-policy[fast])"
    if rows < ROWS_WORTH_COMPILING:
        from poverty_policy.formula.kernel import compile_kernel

        if not compile_kernel(program, names).is_compiled:
            return f"{rows} rows, and it is not compiled yet; from {ROWS_WORTH_COMPILING} rows on it is"
    return ""
