"""Frames as they come, read into the inputs of a program; what cannot be read is found first, all of it.

Every table stays lazy. A problem is a set of rows and a reason; whoever wants counts and examples asks for those,
whoever wants the other rows only leaves these out.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import narwhals as nw
from narwhals.typing import IntoFrame

from poverty_policy.errors import Fault, InputError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MEMBERS
from poverty_policy.population import days
from poverty_policy.population.kinds import DAY, MOST_NAMES, Names, no, number_of, one_or_zero, whole
from poverty_policy.population.layout import FRAMES, Column, Layout, read_as

Lazy = nw.LazyFrame[Any]
#: A claim's place among the claims of its person: the day, then the order that is stated for one day.
_ORDER = "@settled"
_A_DAY = 1_000_000
#: How many of the texts of a column that nobody knows are named.
_NAMED = 5


@attrs.frozen
class Problem:
    """Rows that cannot be calculated with, and why.

    Attributes:
        entity: whose rows.
        column: the column, as the frame calls it; empty where it is about the row.
        zh, en: what is wrong.
        where: which rows of the table, where that shows in the row itself.
        rows: else a frame with the ``id`` of each such row.
        value: what to show of an example.
    """

    entity: g.Entity
    column: str
    zh: str
    en: str
    where: nw.Expr | None = None
    rows: Lazy | None = None
    value: nw.Expr | None = None

    def fault(self, count: int, example: str, value: str | None) -> Fault:
        """What is said of it, with how many rows it is about and one of them."""
        shown_zh, shown_en = ("", "") if value is None else (f"，值为“{value}”", f", {value!r}")
        zh = f"{self.zh}：{count} 行，例如 {example}{shown_zh}"
        en = f"{self.en}: {count} rows, such as {example}{shown_en}"
        at = (FRAMES[self.entity], self.column) if self.column else (FRAMES[self.entity],)
        return invalid(zh, en, *at)


@attrs.define
class Table:
    """One entity's rows.

    Attributes:
        entity: which one.
        frame: its columns as a case calls them, and as they were read, with ``@`` before the name.
        columns: what is known of them.
        parent: the entity to which its rows belong, if that is told.
        given: all the columns that the frame has.
        order: the ids, in the order in which they came.
        strange: column -> a text in it that nobody knows -> what is said of it, of the first few.
    """

    entity: g.Entity
    frame: Lazy
    columns: dict[str, Column]
    parent: g.Entity | None
    given: tuple[str, ...]
    order: Lazy
    strange: dict[str, dict[str, Fault]] = attrs.field(factory=dict)

    def schema(self) -> nw.Schema:
        """The types of its columns."""
        return self.frame.collect_schema()


def chain_of(given: Mapping[g.Entity, object]) -> tuple[g.Entity, ...]:
    """The entities from the lowest that is given to the highest."""
    places = sorted(g.ENTITIES.index(entity) for entity in given)
    return g.ENTITIES[places[0] : places[-1] + 1]


def open_tables(
    layout: Layout, frames: Mapping[g.Entity, IntoFrame], names: Mapping[str, Mapping[str, str]]
) -> dict[g.Entity, Table]:
    """The tables that the frames hold, with every column read.

    Args:
        layout: what the rules ask.
        frames: one of each entity.
        names: frame -> what it calls a column -> what a case calls it.

    Raises:
        InputError: columns are missing, of no use, or hold names that nobody knows; with every fault.
    """
    chain = chain_of(frames)
    faults = [Fault("missing", {"name": FRAMES[entity]}) for entity in chain if entity not in frames]
    tables: dict[g.Entity, Table] = {}
    for place, entity in enumerate(chain):
        if entity in frames:
            parent = chain[place + 1] if place + 1 < len(chain) else "person" if entity == "claim" else None
            tables[entity] = _opened(layout, entity, parent, frames[entity], names.get(FRAMES[entity], {}), faults)
    if faults:
        raise InputError(faults)
    for table in tables.values():
        _look_names_up(table, faults)
    if faults:
        raise InputError(faults)
    for table in tables.values():
        read = _read(layout, table)
        if read:  # of a table with nothing but keys, nothing is
            table.frame = table.frame.with_columns(**read)
    if "claim" in tables:
        _bring_to_claims(tables)
    return tables


def _opened(
    layout: Layout,
    entity: g.Entity,
    parent: g.Entity | None,
    frame: IntoFrame,
    names: Mapping[str, str],
    faults: list[Fault],
) -> Table:
    lazy = nw.from_native(frame).lazy()
    empty = [name for name, dtype in lazy.collect_schema().items() if dtype == nw.Unknown]
    if empty:  # a column without any value has no type; as text it can be looked over like any other
        lazy = lazy.with_columns(nw.col(*empty).cast(nw.String))
    schema = lazy.collect_schema()
    at = FRAMES[entity]
    lost = [name for name in names if name not in schema]
    faults.extend(invalid(f"没有“{name}”这一列", f"there is no column {name!r}", at) for name in lost)
    given: dict[str, str] = {}
    for column in schema:
        name = names.get(column, column)
        if name in given:
            zh, en = f"{given[name]} 与 {column} 都是 {name}", f"{given[name]} and {column} are both {name}"
            faults.append(invalid(zh, en, at))
        given[name] = column
    columns = layout.columns(entity, given, faults)
    for known in columns.values():
        dtype = schema[known.given]
        if not known.kind.fits(dtype):
            zh, en = f"列的类型 {dtype} 不合用：{known.kind.zh}", f"a column of {dtype} will not do: {known.kind.en}"
            faults.append(invalid(zh, en, at, known.given))
    for name in filter(None, ("id", parent, "date" if entity == "claim" else None)):
        if name not in columns:
            zh, en = f"缺少“{name}”列", f"the column {name!r} is missing"
            faults.append(invalid(zh, en, at))
    named = lazy.select(*(nw.col(one.given).alias(one.name) for one in columns.values()))
    return Table(entity, named, columns, parent, tuple(schema), named.select("id"))


def _look_names_up(table: Table, faults: list[Fault]) -> None:
    """Look up each different text of the columns that hold names; what nobody knows joins ``faults``."""
    for name, column in list(table.columns.items()):
        if column.means is None:
            continue
        texts = table.frame.select(column.raw.cast(nw.String).alias("text")).unique()
        listed = texts.filter(~nw.col("text").is_null()).sort("text").head(MOST_NAMES + 1).collect()["text"].to_list()
        if len(listed) > MOST_NAMES:
            zh, en = f"不同的写法超过 {MOST_NAMES} 种", f"holds more than {MOST_NAMES} different texts"
            faults.append(invalid(zh, en, FRAMES[table.entity], column.given))
            continue
        meaning: dict[str, Any] = {}
        for text in listed:
            try:
                meaning[text] = column.means(text)
            except InputError as error:
                if len(table.strange.setdefault(name, {})) < _NAMED:
                    table.strange[name][text] = error.faults[0]
        assert isinstance(column.kind, Names)
        table.columns[name] = attrs.evolve(column, kind=attrs.evolve(column.kind, meaning=meaning))


def _read(layout: Layout, table: Table) -> dict[str, nw.Expr]:
    """The columns as they are read, and one for each group and zone that the program asks for."""
    schema = table.schema()
    found: dict[str, nw.Expr] = {}
    inputs = [one.name for entity in layout.inputs for one in layout.inputs[entity]]
    for name, column in table.columns.items():
        if name == "groups":
            assert isinstance(column.kind, Names)
            wanted = {one.rpartition("group.")[2] for one in inputs if one.startswith(("group.", "person.group."))}
            for group in sorted(wanted):
                found[f"@groups.{group}"] = column.kind.where(column.raw, functools.partial(_names_group, group))
        elif name not in ("id", table.parent):
            value = column.kind.read(column.raw, schema[name])
            found[read_as(name)] = value if column.needed else nw.when(~column.raw.is_null()).then(value)
    place = table.columns.get("place")
    if place is not None and layout.circumstances is not None:
        assert isinstance(place.kind, Names)
        zones = {one.partition("zone.")[2] for one in inputs if one.startswith(f"{table.entity}.zone.")}
        for zone in sorted(zones):
            found[f"@zone.{zone}"] = place.kind.where(place.raw, functools.partial(layout.lies_in, zone))
    if table.entity == "claim" and "date" in table.columns:
        within = nw.col("order").cast(nw.Int64) if "order" in table.columns else whole(0)
        date = table.columns["date"].kind.read(nw.col("date"), schema["date"])
        found[_ORDER] = date * whole(_A_DAY) + within
    return found


def _names_group(group: str, means: frozenset[str]) -> bool:
    return group in means


def _bring_to_claims(tables: Mapping[g.Entity, Table]) -> None:
    """What is stated of persons, and where their households lie, beside each claim."""
    claims, persons = tables["claim"], tables.get("person")
    if persons is None:
        return
    stated = {name.partition(".")[0] for name in claims.columns}  # beside a bill it is stated for that bill's day
    brought = [
        name for name in persons.schema()
        for what in ("groups", "birth_date", "insurance")
        if name.startswith(f"@{what}") and what not in stated
    ]  # fmt: skip
    frame = persons.frame
    households = tables.get("household")
    if households is not None and "place" in households.columns and "place" in claims.columns:
        homes = households.frame.select(nw.col("id").alias("#home"), nw.col("@place").alias("@home"))
        frame = frame.join(homes, left_on="household", right_on="#home", how="left")
        brought.append("@home")
        claims.columns["home"] = households.columns["place"]
    known = frame.select(nw.col("id").alias("#person"), *(nw.col(name) for name in brought))
    claims.frame = claims.frame.join(known, left_on="person", right_on="#person", how="left")
    for name, column in persons.columns.items():
        what = name.partition(".")[0]
        if what in ("birth_date", "insurance", "groups") and what not in stated:
            claims.columns[name] = column


# --- what is wrong with rows --------------------------------------------------------------------------------


def problems(layout: Layout, tables: Mapping[g.Entity, Table]) -> Iterator[Problem]:
    """Everything that may be wrong with the rows."""
    for table in tables.values():
        yield from _values(table)
        yield from _twice(table)
        above = tables.get(table.parent) if table.parent is not None else None
        if above is not None:
            yield from _orphans(table, above)
        if table.parent is not None:
            yield from _crowds(table, table.parent)
    if "claim" in tables:
        yield from _of_claims(layout, tables["claim"])
    yield from _not_yet(layout, tables)


def _values(table: Table) -> Iterator[Problem]:
    """Values that cannot be read, and values that are not there."""
    schema = table.schema()
    for name, column in table.columns.items():
        if name not in schema:
            continue  # it is brought from another table, where it is looked at
        read = nw.col(read_as(name)) if read_as(name) in schema else None
        bad = no(column.kind.good(column.raw, schema[name], read)) & ~column.raw.is_null()
        for text, fault in table.strange.get(name, {}).items():
            here = column.raw.cast(nw.String) == nw.lit(text)
            bad = bad & ~here
            words = [attrs.evolve(fault, at=()).text(lang) for lang in ("zh", "en")]
            yield Problem(table.entity, column.given, words[0], words[1], here)
        yield Problem(table.entity, column.given, column.kind.zh, column.kind.en, bad, value=column.raw)
        if column.needed:
            yield Problem(table.entity, column.given, "没有值", "no value", column.raw.is_null())


def _twice(table: Table) -> Iterator[Problem]:
    twice = table.frame.group_by("id").agg(nw.len().alias("#rows")).filter(nw.col("#rows") > 1).select("id")
    yield Problem(table.entity, "id", "编号重复", "stands in several rows", rows=twice)
    if table.entity == "claim" and _ORDER in table.schema():
        clash = table.frame.group_by("person", _ORDER).agg(nw.len().alias("#rows"), nw.col("id").max().alias("id"))
        zh = "同一人同一天有几次结算，须有 order 列写明先后"
        en = "several claims of one person on one day: a column `order` must tell which was settled first"
        yield Problem("claim", "date", zh, en, rows=clash.filter(nw.col("#rows") > 1).select("id"))


def _orphans(table: Table, above: Table) -> Iterator[Problem]:
    key = above.entity
    here, there = table.schema()[key], above.schema()["id"]
    if here != there:
        zh, en = (
            f"{key} 的类型是 {here}，而 {FRAMES[key]} 的 id 是 {there}",
            f"{key} is {here}, and {FRAMES[key]} have ids of {there}",
        )
        raise InputError(invalid(zh, en, FRAMES[table.entity], key))
    known = above.frame.select(nw.col("id").alias("#known"))
    lost = table.frame.join(known, left_on=key, right_on="#known", how="anti").filter(~nw.col(key).is_null())
    zh, en = f"在 {FRAMES[key]} 里查不到", f"is not among the {FRAMES[key]}"
    yield Problem(table.entity, table.columns[key].given, zh, en, rows=lost.select("id"))


def _crowds(table: Table, parent: g.Entity) -> Iterator[Problem]:
    """Groups with more members than the range was proved for."""
    limit = MEMBERS[parent]
    sizes = table.frame.group_by(parent).agg(nw.len().alias("#rows"), nw.col("id").min().alias("id"))
    zh = f"同一 {parent} 的行数多于可保证精确的 {limit} 行"
    en = f"one {parent} has more rows than the {limit} that are proved exact"
    yield Problem(table.entity, parent, zh, en, rows=sizes.filter(nw.col("#rows") > limit).select("id"))


def _of_claims(layout: Layout, table: Table) -> Iterator[Problem]:
    rules, columns = layout.rules, table.columns
    if "date" in columns:
        dated = columns["date"].kind.good(nw.col("date"), table.schema()["date"], nw.col("@date"))
        early = nw.col("@date") < whole(number_of(rules.valid_from))
        late = nw.col("@date") > whole(number_of(rules.valid_to))
        zh = f"不在规则的有效期 {rules.valid_from} 至 {rules.valid_to} 之内，请载入那一天的规则"
        en = f"outside the rules' days, {rules.valid_from} to {rules.valid_to}: load the rules of that day"
        yield Problem(
            "claim",
            columns["date"].given,
            zh,
            en,
            dated & (early if rules.extrapolated else early | late),
            value=nw.col("date"),
        )
    costs = [nw.col(read_as(name)) for name in columns if name.startswith("cost.")]
    if "total" in columns and costs:
        differs = functools.reduce(lambda one, other: one + other, costs) != nw.col("@total")
        zh, en = "各项费用合计不等于 total", "the components do not add up to the total"
        yield Problem("claim", columns["total"].given, zh, en, differs, value=nw.col("total"))
    charged: dict[str, list[str]] = {}
    for name in columns:
        if name.startswith("charges."):
            charged.setdefault(name.split(".")[1], []).append(name)
    for component, names in charged.items():
        within = nw.col(f"@cost.{component}") if f"cost.{component}" in columns else whole(0)
        charges = functools.reduce(lambda one, other: one + other, [nw.col(read_as(name)) for name in names])
        zh, en = "所列收费超过该项费用", "the charges exceed that component"
        yield Problem("claim", columns[names[0]].given, zh, en, charges > within)
    if "birth_date" in columns and any(one.name == "age" for one in layout.inputs.get("claim", ())):
        yield Problem("claim", columns["birth_date"].given, "没有值", "no value", nw.col("@birth_date").is_null())
    if {"birth_date", "date"} <= columns.keys():
        age = days.age_on(nw.col("@birth_date"), nw.col("@date"))
        zh, en = "出生日期与结算日不符", "born after the claim, or more than 150 years before"
        yield Problem("claim", columns["birth_date"].given, zh, en, (age < whole(0)) | (age > whole(150)))


def _not_yet(layout: Layout, tables: Mapping[g.Entity, Table]) -> Iterator[Problem]:
    """Days that are stated as facts lie before the day of the assessment."""
    on = layout.rules.on
    for table in tables.values():
        for name, column in table.columns.items():
            of_person = name == "birth_date" and table.entity == "person"
            if of_person or (name.startswith("facts.") and column.kind is DAY):
                later = (nw.col(read_as(name)) > whole(number_of(on))).fill_null(nw.lit(False, dtype=nw.Boolean))
                zh, en = f"晚于核定日 {on}", f"after the day of the assessment, {on}"
                yield Problem(table.entity, column.given, zh, en, later, value=column.raw)


def faults_of(tables: Mapping[g.Entity, Table], found: Sequence[Problem]) -> Iterator[Fault]:
    """Each problem that there is, with how many rows it is about and an example; one query for each table."""
    for entity, table in tables.items():
        here = [one for one in found if one.entity == entity and one.where is not None]
        query: dict[str, nw.Expr] = {}
        for place, one in enumerate(here):
            assert one.where is not None
            bad = one.where.fill_null(nw.lit(False, dtype=nw.Boolean))
            query[f"{place} rows"] = one_or_zero(bad).sum()
            query[f"{place} id"] = nw.when(bad).then(nw.col("id").cast(nw.String)).min()
            if one.value is not None:
                query[f"{place} value"] = nw.when(bad).then(one.value.cast(nw.String)).min()
        if query:
            told = table.frame.select(**query).collect().rows(named=True)[0]
            for place, one in enumerate(here):
                if told[f"{place} rows"]:
                    yield one.fault(told[f"{place} rows"], told[f"{place} id"], told.get(f"{place} value"))
    for one in found:
        if one.rows is not None:
            told = (
                one.rows.select(nw.len().alias("rows"), nw.col("id").cast(nw.String).min())
                .collect()
                .rows(named=True)[0]
            )
            if told["rows"]:
                yield one.fault(told["rows"], told["id"], None)
