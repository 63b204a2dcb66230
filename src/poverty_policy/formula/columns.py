"""The columns reader: runs a program over data frames through narwhals, to the same integers as the Python reader.

Frames stay lazy; only what must be refused (nulls, amounts out of range, orphans, …) is looked for at once.
"""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import narwhals as nw
from narwhals.typing import IntoFrame, IntoLazyFrame

from poverty_policy.errors import Fault, InputError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MEMBERS, prove
from poverty_policy.money import RoundingMode

Frame = nw.LazyFrame[Any]


@attrs.frozen
class Keys:
    """The names of the columns that say which row is whose.

    Attributes:
        claim, person, household, village, county: what tells the rows of an entity apart.
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
    names: Iterable[str] | None = None,
) -> dict[g.Entity, IntoLazyFrame]:
    """Run a program over frames.

    Args:
        program: the program.
        frames: for each entity its key, the key of the entity above, and a column for each of its inputs.
            Claims have the person and the order of settlement in any case.
        keys: what the key columns are called.
        names: the steps and refusals wanted; the program's results and all refusals if not stated.

    Returns:
        For each entity its keys and the values wanted, in a lazy frame of the kind that came in.

    Raises:
        InputError: a frame or column is missing, or holds what cannot be calculated with; with every fault.
        RuleError: a formula could leave the range in which it is exact.
    """
    known = {**program.steps, **program.refusals}
    asked = (*program.results, *program.refusals) if names is None else tuple(names)
    faults = [unknown("result", name, known) for name in asked if name not in known]
    if faults:
        raise InputError(faults)
    wanted = {name: known[name] for name in asked}
    return _Reader(wanted, _sources(wanted, frames, keys), keys).finish()


# --- what came in -----------------------------------------------------------------------------------------


@attrs.frozen
class _Source:
    """An entity's frame: its own key first, then the other keys, and its inputs."""

    entity: g.Entity
    frame: Frame
    keys: tuple[str, ...]
    inputs: tuple[g.Input, ...]
    schema: nw.Schema

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the columns, then with what they hold (one small query)."""
        dtypes = {one: self.schema.get(one.name) for one in self.inputs}
        for name in (*self.keys, *(one.name for one in self.inputs)):
            if name not in self.schema:
                yield Fault("missing", {"name": name}, (self.entity,))
        for one, dtype in dtypes.items():
            if dtype is not None and not _fits(one, dtype):
                zh, en = f"列的类型是 {dtype}，应为 {one.kind}", f"the column is {dtype}, not {one.kind}"
                yield invalid(zh, en, self.entity, one.name)
        inputs = [one for one, dtype in dtypes.items() if dtype is not None and _fits(one, dtype)]
        keys = [key for key in self.keys if key in self.schema]
        query = {"rows": nw.len()}
        for name in (*keys, *(one.name for one in inputs)):
            query[f"nulls {name}"] = nw.col(name).is_null().sum()
        for one in inputs:
            query |= _extremes(one)
        found = self.frame.select(**query).collect().rows(named=True)[0]
        for name in (*keys, *(one.name for one in inputs)):
            if found[f"nulls {name}"]:
                zh, en = f"有 {found[f'nulls {name}']} 行为空", f"{found[f'nulls {name}']} rows are null"
                yield invalid(zh, en, self.entity, name)
        for one in inputs:
            yield from _beyond(one, found, self.entity)
        for unique in {self.keys[:1], self.keys[1:] if self.entity == "claim" else self.keys[:1]}:
            if set(unique) <= set(keys):
                yield from self._twice(unique)

    def _twice(self, unique: tuple[str, ...]) -> Iterator[Fault]:
        """Rows that no one could tell apart."""
        twice = self.frame.group_by(*unique).agg(nw.len().alias("#rows")).filter(nw.col("#rows") > 1)
        count, *example = twice.select(nw.len().alias("#len"), nw.col(*unique).min()).collect().row(0)
        if count:
            shown = ", ".join(f"{name} {value}" for name, value in zip(unique, example, strict=True))
            zh, en = f"{count} 组行的键重复，例如 {shown}", f"{count} keys stand in several rows, such as {shown}"
            yield invalid(zh, en, self.entity)


def _fits(one: g.Input, dtype: nw.dtypes.DType) -> bool:
    if one.kind == "integer":
        return dtype.is_integer()
    return dtype == nw.Boolean if one.kind == "truth" else dtype in (nw.String, nw.Categorical, nw.Enum)


def _extremes(one: g.Input) -> dict[str, nw.Expr]:
    """What to look up about an input's values."""
    column = nw.col(one.name)
    if one.kind == "integer":
        return {f"low {one.name}": column.min(), f"high {one.name}": column.max()}
    text = column.cast(nw.String)
    strange = nw.when(~text.is_in(one.options)).then(text).min()
    return {f"strange {one.name}": strange} if one.options else {}


def _beyond(one: g.Input, found: Mapping[str, Any], entity: g.Entity) -> Iterator[Fault]:
    for value in (found.get(f"low {one.name}"), found.get(f"high {one.name}")):
        if value is not None and not one.low <= value <= one.high:
            facts = {"name": one.name, "value": value, "low": one.low, "high": one.high}
            yield Fault("out_of_range", facts, (entity,))
    strange = found.get(f"strange {one.name}")
    if strange is not None:
        zh = f"“{strange}”不是可取的值：{'、'.join(one.options)}"
        yield invalid(zh, f"{strange!r} is none of {', '.join(one.options)}", entity, one.name)


def _sources(wanted: Mapping[str, g.Node], frames: Mapping[g.Entity, IntoFrame], keys: Keys) -> dict[g.Entity, _Source]:
    """The frames that a calculation needs, from the lowest entity upward, once nothing is wrong with them."""
    nodes = list(g.walk(wanted.values()))
    below = [node.of for node in nodes if isinstance(node, g.Total)]
    places = [g.ENTITIES.index(entity) for entity in (*map(_entity, (*nodes, *wanted.values())), *below)]
    chain = g.ENTITIES[min(places, default=0) : max(places, default=0) + 1]
    faults = [Fault("missing", {"name": entity}, ("frames",)) for entity in chain if entity not in frames]
    if faults:
        raise InputError(faults)
    sources: dict[g.Entity, _Source] = {}
    for place, entity in enumerate(chain):
        own = [keys.of(one) for one in chain[place : place + 2]]
        if entity == "claim":
            own = [keys.claim, keys.person, keys.order]
        inputs = tuple(n for n in nodes if isinstance(n, g.Input) and n.entity == entity)
        frame = nw.from_native(frames[entity]).lazy()
        sources[entity] = _Source(entity, frame, tuple(own), inputs, frame.collect_schema())
    for source in sources.values():
        faults.extend(source.faults())
    for low, high in zip(chain, chain[1:], strict=False):
        faults.extend(_loose(sources[low], sources[high], keys.of(high)))
    if faults:
        raise InputError(faults)
    return sources


def _loose(below: _Source, above: _Source, key: str) -> Iterator[Fault]:
    """Members of nothing, and groups with more members than the range was proved for."""
    kinds = [source.schema.get(key) for source in (below, above)]
    if None in kinds:
        return
    if kinds[0] != kinds[1]:
        zh, en = f"类型不同：{kinds[0]} 与 {kinds[1]}", f"of two kinds: {kinds[0]} and {kinds[1]}"
        yield invalid(zh, en, below.entity, key)
        return
    members = below.frame.filter(~nw.col(key).is_null()).group_by(key).agg(nw.len().alias("#members"))
    groups = above.frame.select(key, nw.lit(True, dtype=nw.Boolean).alias("#known"))
    lost = nw.when(nw.col("#known").is_null())
    (orphans, example, most), = members.join(groups, on=key, how="left").select(
        lost.then(nw.col("#members")).sum(), lost.then(nw.col(key)).min().alias("#lost"),
        nw.col("#members").max().alias("#most"),
    ).collect().rows()  # fmt: skip
    if orphans:
        zh, en = (
            f"{orphans} 行的 {key} 不在其中，例如 {example}",
            f"{orphans} rows have an unknown {key}, such as {example}",
        )
        yield invalid(zh, en, below.entity)
    limit = MEMBERS[above.entity]
    if (most or 0) > limit:
        facts = {"name": f"{below.entity}s of one {above.entity}", "value": most, "low": 0, "high": limit}
        yield Fault("out_of_range", facts, (below.entity,))


# --- calculating ------------------------------------------------------------------------------------------

_Loop = tuple[int, g.Entity]
_WINDOWS = (g.Running, g.Within, g.Accrual, g.Peak)
_DEEPEST = 30  # engines walk expressions recursively


@attrs.frozen
class _Value:
    """An expression, the first stage in which it can be read, and how deep it is."""

    expr: nw.Expr
    stage: int = 0
    depth: int = 0


class _Reader:
    """Calculates entity by entity, and each entity's columns in stages.

    A node is a column of its entity's frame if it is read more than once, elsewhere, or by a window; any other
    is written where it is read. A total is complete only after the loop over its members, so whatever depends
    on it waits for a later loop.
    """

    def __init__(self, wanted: Mapping[str, g.Node], sources: Mapping[g.Entity, _Source], keys: Keys) -> None:
        self.wanted, self.keys, self.sources = wanted, keys, sources
        self.bounds = prove(wanted.values())
        self.order = [node for node in g.walk(wanted.values()) if node.entity is not None]
        self.names: dict[g.Node, str] = {}
        self.frames: dict[g.Entity, Frame] = {}
        for entity, source in sources.items():
            inputs = [_typed(one).alias(self._name(one)) for one in source.inputs]
            self.frames[entity] = source.frame.select(*source.keys, *inputs)
        self.loop: dict[g.Node, _Loop] = {}
        self.summed: dict[g.Node, _Loop] = {}
        for node in self.order:
            phase = max((self.loop[child][0] for child in node.children if child in self.loop), default=0)
            if isinstance(node, g.Total):
                self.summed[node] = (phase, node.of)
                phase += 1
            self.loop[node] = (phase, _entity(node))
        uses = Counter(child for node in self.order for child in node.children)
        self.kept = {node for node, times in uses.items() if times > 1} | set(wanted.values())
        for node in self.order:
            reader = self.summed.get(node, self.loop[node])
            self.kept |= {child for child in node.children if self.loop.get(child) != reader}
        self.brought: set[tuple[g.Entity, g.Node]] = set()
        self.values: dict[g.Node, _Value] = {}
        self.stages: list[dict[str, nw.Expr]] = []

    def finish(self) -> dict[g.Entity, IntoLazyFrame]:
        """The frames asked for."""
        loops = {*self.loop.values(), *self.summed.values()}
        for loop in sorted(loops, key=lambda at: (at[0], -g.ENTITIES.index(at[1]))):
            self._run(loop)
        made: dict[g.Entity, IntoLazyFrame] = {}
        for entity, source in self.sources.items():
            here = {name: node for name, node in self.wanted.items() if _entity(node) == entity}
            values = [self._read(node).expr.alias(name) for name, node in here.items()]
            made[entity] = self.frames[entity].select(*source.keys, *values).to_native()
        return made

    def _run(self, loop: _Loop) -> None:
        """Calculate one entity's columns, and sum up what its members contribute to totals."""
        entity = loop[1]
        nodes = [n for n in self.order if self.loop[n] == loop and not isinstance(n, g.Input | g.Total)]
        totals = [n for n in self.order if isinstance(n, g.Total) and self.summed[n] == loop]
        read = {child for node in (*nodes, *totals) for child in node.children}
        if totals:
            read = read  # amounts are children
        self._bring_down(entity, read)
        self.values, self.stages = {}, []
        ...
