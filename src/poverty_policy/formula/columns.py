"""The columns reader: runs a program over data frames through narwhals, to the same integers as the Python reader.

Frames stay lazy; only what must be refused (nulls, amounts out of range, orphans, …) is looked for at once.
"""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import narwhals as nw
from narwhals.typing import IntoFrame, IntoLazyFrame

from poverty_policy.errors import Fault, InputError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MEMBERS, Interval, prove
from poverty_policy.money import RoundingMode


@attrs.frozen
class Keys:
    """The names of the columns that say which row is whose.

    Attributes:
        claim, person, household, village, county: what tells the rows of one entity apart.
        order: the order in which a person's claims are settled; no two are settled at once.
    """

    claim: str = "claim"
    person: str = "person"
    household: str = "household"
    village: str = "village"
    county: str = "county"
    order: str = "order"

    def of(self, entity: g.Entity) -> str:
        """The column that tells an entity's rows apart."""
        name: str = getattr(self, entity)
        return name


_KEYS = Keys()


def evaluate(
    program: g.Program,
    frames: Mapping[g.Entity, IntoFrame],
    *,
    keys: Keys = _KEYS,
    names: Sequence[str] | None = None,
) -> dict[g.Entity, IntoLazyFrame]:
    """Run a program over frames.

    Args:
        program: the program.
        frames: for each entity, its key, the key of the entity above it, and a column for each of its inputs.
            Claims also have the order in which they are settled.
        keys: what the key columns are called.
        names: the steps or refusals wanted; the program's results and refusals if not stated.

    Returns:
        For each entity, its keys and the values wanted, in a lazy frame of the kind that came in.

    Raises:
        InputError: a frame or column is missing, or holds what cannot be calculated with; with every fault.
        RuleError: the rule could pass the range in which it is exact.
    """
    known = {**program.steps, **program.refusals}
    asked = [*program.results, *program.refusals] if names is None else names
    faults = [unknown("result", name, known) for name in asked if name not in known]
    if faults:
        raise InputError(faults)
    return _Reader({name: known[name] for name in asked}, frames, keys).finish()


# --- refusing what cannot be calculated with --------------------------------------------------------------


@attrs.frozen
class _Source:
    """One entity's frame as it came in."""

    entity: g.Entity
    frame: nw.LazyFrame[Any]
    keys: tuple[str, ...]
    inputs: tuple[g.Input, ...]

    def faults(self) -> Iterator[Fault]:
        """Columns that are missing or of another kind; then what the columns hold."""
        schema = self.frame.collect_schema()
        for name in (*self.keys, *(one.name for one in self.inputs)):
            if name not in schema:
                yield Fault("missing", {"name": name}, (self.entity,))
        present = [one for one in self.inputs if one.name in schema]
        for one in present:
            if not _is_of_kind(schema[one.name], one):
                zh, en = f"{schema[one.name]} 不是所需的类型", f"is {schema[one.name]}"
                yield invalid(zh, f"{en}, where {_KINDS[one.kind]} is needed", self.entity, one.name)
        yield from self._contents([one for one in present if _is_of_kind(schema[one.name], one)], schema)

    def _contents(self, inputs: Sequence[g.Input], schema: Mapping[str, Any]) -> Iterator[Fault]:
        """One small query: nulls, amounts out of range, categories that do not exist, keys that stand twice."""
        query: dict[str, nw.Expr] = {"rows": nw.len()}
        names = [*(key for key in self.keys if key in schema), *(one.name for one in inputs)]
        for name in names:
            query[f"null {name}"] = nw.col(name).is_null().sum()
        for one in inputs:
            column = nw.col(one.name)
            if one.kind == "integer":
                query[f"low {one.name}"], query[f"high {one.name}"] = column.min(), column.max()
            elif one.options:
                text = column.cast(nw.String)
                query[f"strange {one.name}"] = nw.when(~text.is_in(one.options)).then(text).min()
        own = self.keys[0]
        if own in schema:
            query["own"] = nw.col(own).n_unique()
        found = self.frame.select(**query).collect().row(0, named=True)
'''
