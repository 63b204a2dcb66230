"""Frames as the kernel takes them: sorted, their keys as places, their columns as arrays; and back again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl
from narwhals.typing import IntoFrame

from poverty_policy.formula import graph as g
from poverty_policy.formula.frames import Keys, Source, sources
from poverty_policy.formula.kernel import Array, Kernel, Rows, compile_kernel

_KEYS = Keys()


def evaluate(
    program: g.Program,
    frames: Mapping[g.Entity, IntoFrame],
    *,
    keys: Keys = _KEYS,
    names: Iterable[str] | None = None,
    checked: bool = False,
    threads: int | None = None,
) -> dict[g.Entity, pl.DataFrame]:
    """Run a program over frames by its kernel; see ``columns.evaluate``.

    Args:
        program, frames, keys, names, checked: as there.
        threads: how many blocks are run at once; as many as there are processors if not stated.

    Returns:
        For each entity its keys and the values wanted, in Polars, in the order in which the rows came.

    Raises:
        InputError, RuleError: as there.
        ImportError: numba is not installed.
    """
    kernel = compile_kernel(program, names)
    tables = _sorted(program, kernel, frames, keys, checked)
    values = kernel.run({entity: table.rows for entity, table in tables.items()}, threads=threads)
    return {
        entity: tables[entity].back({name: values[name] for name in kernel.names.get(entity, ())})
        for entity in tables
        if tables[entity].keys.width
    }


def sums(
    program: g.Program,
    frames: Mapping[g.Entity, IntoFrame],
    *,
    keys: Keys = _KEYS,
    names: Iterable[str] | None = None,
    checked: bool = False,
    threads: int | None = None,
) -> dict[str, int]:
    """The sum of each value over all rows (of a truth, how many hold), without writing any of them.

    Args:
        program, frames, keys, names, checked, threads: as for ``evaluate``.
    """
    kernel = compile_kernel(program, names)
    tables = _sorted(program, kernel, frames, keys, checked)
    return kernel.sums({entity: table.rows for entity, table in tables.items()}, threads=threads)


class _Table:
    """One entity's rows, sorted by what they belong to.

    Attributes:
        keys: the key columns, as they came; none for an entity that only other rows name.
        rows: what the kernel takes.
        sorting: where each sorted row came from; ``None`` if they came sorted.
    """

    def __init__(self, keys: pl.DataFrame, rows: Rows, sorting: Array | None) -> None:
        self.keys, self.rows, self.sorting = keys, rows, sorting

    def back(self, values: Mapping[str, Array]) -> pl.DataFrame:
        """Values beside the keys, in the order in which the rows came."""
        made = pl.DataFrame({name: values[name] for name in values})
        if self.sorting is not None and made.width:
            places = np.empty_like(self.sorting)
            places[self.sorting] = np.arange(len(places), dtype=places.dtype)
            made = made[places]
        return self.keys.hstack(made) if made.width else self.keys


def _sorted(
    program: g.Program, kernel: Kernel, frames: Mapping[g.Entity, IntoFrame], keys: Keys, checked: bool
) -> dict[g.Entity, _Table]:
    """The rows of every entity that the kernel needs, from the top down."""
    wanted = program.wanted(name for names in kernel.names.values() for name in names)
    given = sources(wanted, frames, keys, checked)
    tables: dict[g.Entity, _Table] = {}
    above: pl.Series | None = None  # the keys of the rows above, in the order in which they are sorted
    for entity in reversed(kernel.entities):
        parent = above if tables else None
        if entity not in given:  # persons that only their claims name
            assert entity == "person"
            continue
        source = given[entity]
        frame = _columns(source)
        up, sorting = None, None
        if entity != kernel.entities[-1]:
            up = _places(frame[source.keys[1]], parent)
            sorting = _sorting(up, frame[source.keys[2]] if entity == "claim" else None)
            if sorting is not None:
                up = up[sorting]
        ordered = frame if sorting is None else frame[sorting]
        inputs = {one.name: _array(ordered[f"#{one.name}"], one) for one in source.inputs}
        tables[entity] = _Table(frame.select(source.keys), Rows(inputs, up, frame.height), sorting)
        above = ordered[source.keys[0]]
    if "person" in kernel.entities and "person" not in tables:
        up = tables["claim"].rows.up
        assert up is not None
        tables["person"] = _Table(pl.DataFrame(), Rows({}, None, int(up.max(initial=-1)) + 1), None)
    return tables


def _columns(source: Source) -> pl.DataFrame:
    """A frame's keys, and its inputs under names that no key has."""
    inputs = [(one.name, f"#{one.name}") for one in source.inputs]
    frame: pl.DataFrame = source.frame.select(*source.keys, *(name for name, _ in inputs)).collect("polars").to_native()
    return frame.rename(dict(inputs)).rechunk()


def _array(column: pl.Series, one: g.Input) -> Array:
    """An input's values; those of a category as places in the list of its options."""
    if one.kind == "integer":
        return column.cast(pl.Int64).to_numpy()
    if one.kind == "truth":
        return column.to_numpy()
    kind: Any = pl.Enum(one.options) if one.options else pl.Categorical
    return column.cast(pl.String).cast(kind).to_physical().cast(pl.Int32).to_numpy()


def _places(column: pl.Series, above: pl.Series | None) -> Array:
    """For each row, the place of the row above that it names; without rows above, any number for each name."""
    # rows that stand group by group, in the order of the groups, are told by where the key changes
    starts = (column != column.shift(1)).fill_null(value=True)
    firsts = column.filter(starts)
    if above is None:
        in_groups = firsts.n_unique() == len(firsts)
        above = firsts if in_groups else column.unique(maintain_order=True)
    else:
        in_groups = len(firsts) == len(above) and bool((firsts == above).all())
    if in_groups:
        return starts.cum_sum().cast(pl.Int64).to_numpy() - 1
    name = column.name
    known = pl.DataFrame({name: above, "#place": np.arange(len(above), dtype=np.int64)})
    return column.to_frame().join(known, on=name, how="left", maintain_order="left")["#place"].to_numpy()


def _sorting(up: Array, order: pl.Series | None) -> Array | None:
    """How to sort rows by what they belong to, claims then by their settlement; ``None`` if they are so already."""
    rises = up[1:] > up[:-1]
    if order is None:
        if bool((rises | (up[1:] == up[:-1])).all()):
            return None
        return np.argsort(up, kind="stable")
    settled = order.to_numpy()
    if bool((rises | ((up[1:] == up[:-1]) & (settled[1:] > settled[:-1]))).all()):
        return None
    both = pl.DataFrame({"up": up, "order": order})
    return both.select(pl.arg_sort_by("up", "order")).to_series().cast(pl.Int64).to_numpy()
