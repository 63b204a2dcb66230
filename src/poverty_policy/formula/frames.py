"""The frames that a columns reader is given: which columns they must have, and what is refused in them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import narwhals as nw
from narwhals.typing import IntoFrame

from poverty_policy.errors import Fault, InputError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MEMBERS

Frame = nw.LazyFrame[Any]


@attrs.frozen
class Keys:
    """The names of the columns that say which row is whose.

    Attributes:
        claim, person, household, village, township, county: what tells the rows of an entity apart.
        order: the order in which a person's claims are settled; no two are settled at once.
    """

    claim: str = "claim"
    person: str = "person"
    household: str = "household"
    village: str = "village"
    township: str = "township"
    county: str = "county"
    order: str = "order"

    def of(self, entity: g.Entity) -> str:
        """The column that tells an entity's rows apart."""
        name: str = getattr(self, entity)
        return name


@attrs.frozen
class Source:
    """An entity's frame: its own key first, then the other keys, and its inputs."""

    entity: g.Entity
    frame: Frame
    schema: nw.Schema
    keys: tuple[str, ...]
    inputs: tuple[g.Input, ...]

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the columns, then with what they hold."""
        names = (*self.keys, *(one.name for one in self.inputs))
        for name in names:
            if name not in self.schema:
                yield Fault("missing", {"name": name}, (self.entity,))
        for one in self.inputs:
            if one.name in self.schema and not self._fits(one):
                dtype = self.schema[one.name]
                yield invalid(f"列的类型 {dtype} 不合用", f"a column of {dtype} will not do", self.entity, one.name)
        known = [name for name in names if name in self.schema]
        fitting = [one for one in self.inputs if one.name in known and self._fits(one)]
        query = {f"nulls of {name}": nw.col(name).is_null().sum() for name in known}
        for one in fitting:
            query |= _extremes(one)
        found = self.frame.select(nw.len().alias("rows"), **query).collect().rows(named=True)[0]
        for name in known:
            nulls = found[f"nulls of {name}"]
            if nulls:
                yield invalid(f"有 {nulls} 行没有值", f"{nulls} rows have no value", self.entity, name)
        for one in fitting:
            yield from _beyond(one, found, self.entity)
        for unique in (self.keys[:1], self.keys[1:] if self.entity == "claim" else ()):
            if unique and set(unique) <= set(known):
                yield from self._twice(unique)

    def _fits(self, one: g.Input) -> bool:
        dtype = self.schema[one.name]
        if one.kind == "integer":
            return dtype.is_integer()
        return dtype == nw.Boolean if one.kind == "truth" else dtype in (nw.String, nw.Categorical, nw.Enum)

    def _twice(self, unique: tuple[str, ...]) -> Iterator[Fault]:
        """Rows that cannot be told apart."""
        twice = self.frame.group_by(*unique).agg(nw.len().alias("#rows")).filter(nw.col("#rows") > 1)
        count, *example = twice.select(nw.len().alias("#keys"), nw.col(*unique).min()).collect().row(0)
        if count:
            shown = ", ".join(f"{name} {value}" for name, value in zip(unique, example, strict=True))
            zh, en = f"{shown} 等 {count} 个键不止一行", f"{count} keys stand in several rows, such as {shown}"
            yield invalid(zh, en, self.entity)


def _extremes(one: g.Input) -> dict[str, nw.Expr]:
    """What to look up among an input's values."""
    column = nw.col(one.name)
    if one.kind == "integer":
        return {f"least {one.name}": column.min(), f"most {one.name}": column.max()}
    text = column.cast(nw.String)
    strange = nw.when(~text.is_in(one.options)).then(text).min()
    return {f"strange {one.name}": strange} if one.options and one.kind == "category" else {}


def _beyond(one: g.Input, found: Mapping[str, Any], entity: g.Entity) -> Iterator[Fault]:
    """What was found and cannot be."""
    for value in (found.get(f"least {one.name}"), found.get(f"most {one.name}")):
        if value is not None and not one.low <= value <= one.high:
            facts = {"value": value, "low": one.low, "high": one.high}
            yield Fault("out_of_range", facts, (entity, one.name))
    strange = found.get(f"strange {one.name}")
    if strange is not None:
        zh = f"“{strange}”不是可取的值：{'、'.join(one.options)}"
        yield invalid(zh, f"{strange!r} is none of {', '.join(one.options)}", entity, one.name)


def sources(
    wanted: Mapping[str, g.Node], frames: Mapping[g.Entity, IntoFrame], keys: Keys, checked: bool = False
) -> dict[g.Entity, Source]:
    """The frames that a calculation needs, from the lowest entity upward, once nothing is wrong with them.

    Of frames that were ``checked`` already, only what they are called is looked at.
    """
    nodes = list(g.walk(wanted.values()))
    needed = {g.entity_of(node) for node in wanted.values()} | {node.entity for node in nodes if node.entity}
    needed |= {node.of for node in nodes if isinstance(node, g.Total)}
    places = sorted(map(g.ENTITIES.index, needed))
    chain = g.ENTITIES[places[0] : places[-1] + 1] if places else ()
    faults = [Fault("missing", {"name": entity}, ("frames",)) for entity in chain if entity not in frames]
    if faults:
        raise InputError(faults)
    sources: dict[g.Entity, Source] = {}
    for place, entity in enumerate(chain):
        frame = nw.from_native(frames[entity]).lazy()
        of_claim = (keys.claim, keys.person, keys.order)
        own = of_claim if entity == "claim" else tuple(keys.of(one) for one in chain[place : place + 2])
        inputs = tuple(n for n in nodes if isinstance(n, g.Input) and n.entity == entity)
        sources[entity] = Source(entity, frame, frame.collect_schema(), own, inputs)
    if checked:
        return sources
    for source in sources.values():
        faults.extend(source.faults())
    for low, high in itertools.pairwise(chain):
        faults.extend(_link_faults(sources[low], sources[high], keys.of(high)))
    if faults:
        raise InputError(faults)
    return sources


def _link_faults(below: Source, above: Source, key: str) -> Iterator[Fault]:
    """Members of nothing, and groups with more members than the range was proved for."""
    if key not in below.schema or key not in above.schema:
        return
    here, there = below.schema[key], above.schema[key]
    if here != there:
        zh, en = f"{key} 的类型不同：{here} 与 {there}", f"{key} is {here} here and {there} in {above.entity}"
        yield invalid(zh, en, below.entity)
        return
    members = below.frame.filter(~nw.col(key).is_null()).group_by(key).agg(nw.len().alias("#members"))
    known = above.frame.select(key, nw.lit(True, dtype=nw.Boolean).alias("#known"))
    lost = nw.when(nw.col("#known").is_null()).then(nw.col(key))
    found = members.join(known, on=key, how="left").select(
        lost.count().alias("#lost"), lost.min().alias("#example"), nw.col("#members").max().alias("#most")
    )
    orphans, example, most = found.collect().row(0)
    if orphans:
        zh, en = f"{orphans} 个 {key} 查不到，例如 {example}", f"{orphans} {key}s are unknown, such as {example}"
        yield invalid(zh, en, below.entity)
    limit = MEMBERS[above.entity]
    if (most or 0) > limit:
        zh = f"同一 {key} 有 {most} 行，多于可保证精确的 {limit} 行"
        yield invalid(zh, f"{most} rows have one {key}, {limit} is the most proved exact", below.entity)
