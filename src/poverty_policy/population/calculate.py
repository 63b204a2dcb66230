"""Which reader runs a program over frames: the kernel where that is sooner done, the columns reader anywhere."""

from __future__ import annotations

import importlib.util
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from narwhals.typing import IntoFrame

from poverty_policy.formula import columns
from poverty_policy.formula import graph as g

log = logging.getLogger("poverty_policy")
#: From this many rows on, the seconds that compiling takes are won back.
ROWS_WORTH_COMPILING = 1_000_000
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


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
    if not why_not:
        import numba
        from numba.core.errors import NumbaError

        from poverty_policy.formula import arrays

        log.info("the kernel is used, by numba %s: %d rows", numba.__version__, rows)
        try:
            return arrays.evaluate(program, frames, names=names, checked=True)
        except NumbaError as failure:  # a version of numba that cannot compile what others can
            why_not = _COLOUR.sub("", str(failure)).strip().partition("\n")[0]
    log.info("the columns reader is used, not the kernel: %s", why_not)
    return columns.evaluate(program, frames, names=names, checked=True, hold=hold)


def _why_no_kernel(program: g.Program, names: Sequence[str], rows: int | None) -> str:
    """Why the kernel does not apply; nothing where it does."""
    if rows is None:
        return "the frames are lazy"
    if importlib.util.find_spec("numba") is None:
        return "numba is not installed (poverty-policy[fast])"
    if rows < ROWS_WORTH_COMPILING:
        from poverty_policy.formula.kernel import anything_compiled, compile_kernel

        if not (anything_compiled() and compile_kernel(program, names).is_compiled):
            return f"{rows} rows, and it is not compiled yet; from {ROWS_WORTH_COMPILING} rows on it is"
    try:
        import numba  # noqa: F401
    except Exception as failure:  # one that does not go with the NumPy that is installed says so in many ways
        return f"numba cannot be loaded: {failure}"
    return ""
