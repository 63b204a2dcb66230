"""Many cases under one rule set: frames in, frames of the same kind out, the same fen as one case at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import narwhals as nw
from narwhals.typing import IntoFrame

from poverty_policy.assessment.engine import Engine, feeds_health
from poverty_policy.assessment.outcome import open_value
from poverty_policy.errors import Fault, InputError, UnspecifiedError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.formula.columns import Hold
from poverty_policy.formula.python import compile_program
from poverty_policy.policy.book import PROGRAMME
from poverty_policy.policy.provision import HEALTH
from poverty_policy.policy.scheme import Whole
from poverty_policy.population.calculate import calculate
from poverty_policy.population.kinds import MoneyUnit, in_yuan, whole
from poverty_policy.population.layout import FRAMES, Layout, read_as
from poverty_policy.population.results import Frames, OnError
from poverty_policy.population.tables import (
    Lazy,
    Problem,
    Table,
    chain_of,
    faults_of,
    open_tables,
    problems,
)
from poverty_policy.ruleset.resolved import Resolved

#: Why a row is left out in which nothing is wrong.
BESIDE = ("同户（同组）的另一行不能计算", "another row of the same group cannot be calculated with")
_TOTALS = ("cost", "waived", "paid", "out_of_pocket")
_STATED = "stated."
_FALSE = nw.lit(False, dtype=nw.Boolean)


def check_frames(
    rules: Resolved,
    frames: Mapping[g.Entity, IntoFrame],
    *,
    names: Mapping[str, Mapping[str, str]],
    money: MoneyUnit,
) -> None:
    """Look the rows of lazy frames over without settling anything; nothing of them is kept.

    Raises:
        InputError: frames or columns are missing, or rows cannot be calculated with; with every fault, and counts.
    """
    engine, hosts = _opened(rules, frames)
    _Run(Layout(engine, money), engine, hosts, names, "raise", money, hold=lambda native: native).look_over()


def assess_frames(
    rules: Resolved,
    frames: Mapping[g.Entity, IntoFrame],
    *,
    names: Mapping[str, Mapping[str, str]],
    money: MoneyUnit,
    on_error: OnError,
    results: MoneyUnit | None = None,
) -> Frames:
    """The results of many cases; see ``RuleSet.assess_frame``. Results may be wanted in another unit of money.

    Raises:
        InputError: frames or columns are missing, or rows cannot be calculated with; with every fault, and counts.
        UnspecifiedError: rows need figures that the sources leave open.
    """
    _require_one_kind(frames)
    if any(nw.from_native(frame).implementation.is_pyspark() for frame in frames.values()):
        from poverty_policy.population.spark import assess_spark

        lazy: Any = frames
        return assess_spark(rules, lazy, names=names, money=money, on_error=on_error)
    engine, hosts = _opened(rules, frames)
    return _Run(Layout(engine, money), engine, hosts, names, on_error, results or money).finish()


def _require_one_kind(frames: Mapping[g.Entity, IntoFrame]) -> None:
    kinds = {nw.get_native_namespace(nw.from_native(frame)).__name__ for frame in frames.values()}
    if len(kinds) > 1 or len({type(frame) for frame in frames.values()}) > 1:
        zh, en = (
            f"各表须是同一种：现有 {', '.join(sorted(kinds))}",
            f"frames of one kind, not {', '.join(sorted(kinds))}",
        )
        raise InputError(invalid(zh, en))


def _opened(rules: Resolved, frames: Mapping[g.Entity, IntoFrame]) -> tuple[Engine, dict[g.Entity, _Host]]:
    """The engine that frames ask for, and the frames as they are calculated with."""
    if not frames:
        raise InputError(invalid("没有给出任何表", "no frame is given"))
    every = any(entity not in ("claim", "person") for entity in frames)
    if "claim" in frames and HEALTH in rules.missing:
        raise InputError(rules.missing[HEALTH])
    if not every and feeds_health(rules):
        zh = "规则按家庭情况认定人群，须同时给出 persons 和 households"
        raise InputError(invalid(zh, "groups follow from households: give persons and households too"))
    engine = Engine.of_everything(rules) if every else Engine.of_health(rules)
    hosts = {entity: _Host.of(frame, every) for entity, frame in frames.items()}
    return engine, hosts


@attrs.frozen
class _Host:
    """A frame that came in, as it is calculated with.

    Eager frames are calculated on Polars, lazy ones where they are. Households on a database are fetched first: what
    goes up to households and down to members several times makes queries that no database plans in time.
    """

    frame: IntoFrame
    eager: nw.Implementation | None
    rows: int | None = None  # how many are in memory

    @classmethod
    def of(cls, frame: IntoFrame, every: bool) -> _Host:
        opened = nw.from_native(frame)
        kind = opened.implementation
        if isinstance(opened, nw.DataFrame):
            return cls(opened.to_polars().lazy(), kind, len(opened))
        if every and (kind.is_duckdb() or kind.is_ibis()):
            fetched = opened.collect(backend="polars")
            return cls(fetched.to_native().lazy(), kind, len(fetched))
        return cls(frame, None)

    def give_back(self, frame: Lazy, in_order: Lazy | None = None) -> Any:
        """A result as the kind of frame that came in, its rows in the order of another frame's ids.

        A lazy frame has no order of its own.
        """
        native = frame.to_native()
        if self.eager is None:
            return native
        if in_order is not None:
            ids = in_order.to_native()
            native = ids.join(native, on="id", how="inner", maintain_order="left")
        made = native.collect()
        if self.eager.is_polars():
            return made
        if self.eager.is_pandas():
            return made.to_pandas(use_pyarrow_extension_array=True)  # numpy has neither decimals nor missing truths
        if self.eager.is_pyarrow():
            return made.to_arrow()
        if self.eager.is_duckdb():
            import duckdb

            return duckdb.from_arrow(made.to_arrow())
        if self.eager.is_ibis():
            import ibis

            return ibis.memtable(made.to_arrow())
        return nw.from_arrow(made, backend=self.eager).to_native()  # type: ignore[arg-type]  # it is an eager one


def _hold_of(host: _Host) -> Hold:
    """How a frame is kept that is read several times.

    What came in memory is calculated there and then; a lazy Polars frame is marked to be calculated once; DuckDB holds
    the rows, Ibis and Spark keep them where they keep what is cached.
    """
    if host.eager is not None:
        return lambda native: native.collect().lazy()
    if nw.from_native(host.frame).implementation.is_polars():
        return lambda native: native.cache()
    return lambda native: native


class _Run:
    """One assessment of frames."""

    def __init__(
        self,
        layout: Layout,
        engine: Engine,
        hosts: Mapping[g.Entity, _Host],
        names: Mapping[str, Mapping[str, str]],
        on_error: OnError,
        unit: MoneyUnit,
        hold: Hold | None = None,
    ) -> None:
        self.layout, self.engine, self.hosts, self.on_error, self.unit = layout, engine, hosts, on_error, unit
        self.hold = hold or _hold_of(next(iter(hosts.values())))
        self.tables = open_tables(layout, {entity: host.frame for entity, host in hosts.items()}, names)
        for entity, frame in self._held({entity: table.frame for entity, table in self.tables.items()}).items():
            self.tables[entity].frame = frame
        self.chain = chain_of(self.tables)
        self.inputs = self._inputs()
        self.asked: dict[g.Entity, set[str]] = {}
        self.wanted = {entity: list(self._results(entity)) for entity in self.chain}
        self.program = self._program()

    def look_over(self) -> None:
        """Raise what is wrong with the rows."""
        faults = list(faults_of(self.tables, list(problems(self.layout, self.tables))))
        if faults:
            raise InputError(faults)

    def finish(self) -> Frames:
        """Look the rows over, calculate, and give back what came of it."""
        rejected: list[Lazy] = []
        if self.on_error == "raise":
            self.look_over()
        else:
            rejected.append(self._reject(list(problems(self.layout, self.tables)), self.tables))
        made = self._evaluate(self.inputs)
        if self.on_error == "raise":
            self._refuse(made, list(self._refusals()))
        else:
            settled = {entity: attrs.evolve(table, frame=made[entity]) for entity, table in self.tables.items()}
            rejected.append(self._reject(list(self._refusals()), settled))
            made = {entity: table.frame for entity, table in settled.items()}
        given: dict[str, Any] = {}
        for entity, host in self.hosts.items():
            keys = [name for name in ("id", self.tables[entity].parent) if name is not None]
            shown = [expression.alias(name) for name, expression in self.wanted[entity]]
            given[FRAMES[entity]] = host.give_back(made[entity].select(*keys, *shown), self.tables[entity].order)
        if self.on_error == "collect":
            given["rejected"] = next(iter(self.hosts.values())).give_back(
                nw.concat(rejected).sort("frame", "id", "column", "reason_en")
            )
        return Frames(**given, warnings=tuple(self.layout.gatherer.stretched()))

    def _held(self, frames: dict[g.Entity, Lazy]) -> dict[g.Entity, Lazy]:
        """Frames that are read many times."""
        return {entity: nw.from_native(self.hold(frame.to_native())).lazy() for entity, frame in frames.items()}

    def _inputs(self) -> dict[g.Entity, Sequence[tuple[str, nw.Expr]]]:
        """Each entity's inputs; columns that are missing are said together."""
        found: dict[g.Entity, Sequence[tuple[str, nw.Expr]]] = {}
        faults: list[Fault] = []
        for entity, table in self.tables.items():
            try:
                found[entity] = list(self.layout.expressions(entity, table.columns, table.given))
            except InputError as error:
                faults.extend(error.faults)
        if faults:
            raise InputError(faults)
        return found

    # --- what is worked out ----------------------------------------------------------------------------------

    def _program(self) -> g.Program:
        """The program, refusing also claims that do not state what observed layers paid or waivers look at."""
        program = self.engine.program
        if "claim" not in self.tables:
            return program
        refusals = dict(program.refusals)
        for entry in self.layout.rules.cascade.entries:
            applies = program.steps[f"{PROGRAMME}.{entry.name}.applies"]
            if entry.needs_paid:
                stated = g.truth(f"{_STATED}{entry.name}", "claim")
                paid = g.truth(f"{_STATED}{entry.name}.more", "claim")
                refusals[f"unpaid:{entry.name}"] = g.all_hold(applies, g.negate(stated))
                refusals[f"beside:{entry.name}"] = g.all_hold(g.negate(applies), paid)
            elif entry.needs_charges:
                refusals[f"uncharged:{entry.name}"] = g.all_hold(
                    applies, g.negate(g.truth(f"{_STATED}charges", "claim"))
                )
        return g.Program(program.steps, program.results, refusals)

    def _stated(self) -> Iterator[tuple[str, nw.Expr]]:
        """What each claim states of the layers that need it."""
        columns = self.tables["claim"].columns
        for name in self.layout.gatherer.observed:
            paid = nw.col(read_as(f"paid.{name}")) if f"paid.{name}" in columns else None
            yield f"{_STATED}{name}", _FALSE if paid is None else ~paid.is_null()
            yield f"{_STATED}{name}.more", _FALSE if paid is None else paid.fill_null(whole(0)) > whole(0)
        charged = any(name.startswith("charges.") for name in columns)
        yield f"{_STATED}charges", nw.lit(charged, dtype=nw.Boolean)

    def _ask(self, entity: g.Entity, step: str) -> nw.Expr:
        """A step beside the rows of an entity: its own, or that of a group above it."""
        node = self.engine.program.steps[step]
        if node.entity is None:
            value = _same_for_all(node)
            return nw.lit(value, dtype=nw.Boolean) if isinstance(value, bool) else whole(value)
        self.asked.setdefault(entity, set()).add(step)
        if g.entity_of(node) != entity:
            self._ask(g.ENTITIES[g.ENTITIES.index(entity) + 1], step)
        return nw.col(step)

    def _results(self, entity: g.Entity) -> Iterator[tuple[str, nw.Expr]]:
        """What is given back of an entity: name -> expression over its steps."""
        if entity in ("claim", "person", "household") and "claim" in self.tables:
            yield from self._of_health(entity)
        whole_program = self.engine.whole
        if whole_program is not None:
            for stated in self.layout.rules.provisions:
                name = stated.full_name
                if stated.entry.subject == entity and name in {*whole_program.amounts, *whole_program.verdicts}:
                    yield from self._of_provision(entity, name, whole_program)

    def _of_health(self, entity: g.Entity) -> Iterator[tuple[str, nw.Expr]]:
        before = "" if entity == "claim" else f"{entity}:"
        for entry in self.layout.rules.cascade.entries:
            name = f"{PROGRAMME}.{entry.name}"
            applies = self._ask(entity, f"{before}{name}.applies")
            entitled = applies if entity == "claim" else applies > whole(0)
            yield name, nw.when(entitled).then(self._money(self._ask(entity, f"{before}{name}")))
        for total in _TOTALS:
            name = f"{PROGRAMME}.{total}"
            yield name, self._money(self._ask(entity, f"{before}{name}"))

    def _of_provision(self, entity: g.Entity, name: str, program: Whole) -> Iterator[tuple[str, nw.Expr]]:
        """An amount or a truth, null where it is not due or not known; and whether it is not known."""
        steps = self.engine.program.steps

        def held(end: str) -> nw.Expr | None:
            node = steps.get(f"{name}.{end}")
            here = node is not None and (
                node.entity is None or g.ENTITIES.index(node.entity) >= g.ENTITIES.index(entity)
            )
            return self._ask(entity, f"{name}.{end}") if here else None

        met, failed, known, outside = (held(end) for end in ("met", "failed", "known", "out_of_scope"))
        not_known: nw.Expr = _FALSE
        if name in program.amounts:
            assert known is not None
            not_known = ~known
        if name in program.verdicts:
            assert met is not None
            assert failed is not None
            undecided = ~met & ~failed
            decided_known = not_known & ~undecided
            not_known = (undecided if outside is None else undecided & ~outside) | decided_known
        told = ~not_known if outside is None else ~not_known & ~outside
        if name in program.amounts:
            amount = self._ask(entity, name)
            due = told if met is None else told & (met | (amount != whole(0)))
            yield name, nw.when(due).then(self._money(amount))
        else:
            assert met is not None
            yield name, nw.when(told).then(met)
        yield f"{name}.unknown", not_known

    def _money(self, fen: nw.Expr) -> nw.Expr:
        return in_yuan(fen) if self.unit == "yuan" else fen

    def _evaluate(self, inputs: Mapping[g.Entity, Sequence[tuple[str, nw.Expr]]]) -> dict[g.Entity, Lazy]:
        """The steps that results are made of, each entity's beside its keys, and those of the groups above it."""
        given: dict[g.Entity, Any] = {}
        for entity, table in self.tables.items():
            keys = [nw.col("id").alias(entity)]
            if table.parent is not None:
                keys.append(nw.col(table.parent))
            if entity == "claim":
                keys.append(nw.col("@settled").alias("order"))
            stated = self._stated() if entity == "claim" else ()
            named = [expression.alias(name) for name, expression in (*inputs[entity], *stated)]
            given[entity] = table.frame.select(*keys, *named).to_native()
        steps = sorted({step for asked in self.asked.values() for step in asked})
        refusals = self.program.refusals if "claim" in self.tables else ()
        many = [host.rows for host in self.hosts.values()]
        rows = None if None in many else sum(filter(None, many))
        found = calculate(self.program, given, [*steps, *refusals], rows=rows, hold=self.hold)
        held = self._held({one: nw.from_native(found.get(one, given[one])).lazy() for one in self.chain})
        made: dict[g.Entity, Lazy] = {}
        for entity in reversed(self.chain):
            frame = held[entity]
            parent = self.tables[entity].parent
            own = set(frame.collect_schema())
            frame = frame.rename({entity: "id"})
            if parent is not None and parent not in own:
                frame = frame.join(self.tables[entity].frame.select("id", parent), on="id", how="left")
            above = sorted(self.asked.get(entity, set()) - own)
            if above and parent is not None:
                lifted = made[parent].select(nw.col("id").alias("#above"), *above)
                frame = frame.join(lifted, left_on=parent, right_on="#above", how="left")
            made[entity] = frame
        return made

    # --- what cannot be settled --------------------------------------------------------------------------------

    def _refusals(self) -> Iterator[Problem]:
        """What the rules refuse about claims, each with the rows that it is about among the results."""
        if "claim" not in self.tables:
            return
        for name in self.program.refusals:
            kind, _, about = name.partition(":")
            column, (zh, en) = self._refused(kind, about)
            yield Problem("claim", column, zh, en, nw.col(name))

    def _refused(self, kind: str, about: str) -> tuple[str, tuple[str, str]]:
        if kind == "unpaid":
            zh, en = (
                "来源没有给出这一层的报销标准，支付额须取自账单",
                "the sources give no tariff: the bill must say what it paid",
            )
            return f"paid.{about}", (f"没有值：{zh}", f"no value: {en}")
        if kind == "beside":
            return f"paid.{about}", (f"“{about}”不适用于这次结算", f"{about!r} does not apply to this claim")
        if kind == "uncharged":
            zh, en = (
                "有减免规则适用，请列出相关收费的列",
                "a waiver applies: give the columns of the charges it looks at",
            )
            return "charges", (zh, en)
        if kind == "observed":
            zh, en = f"账单所列“{about}”支付额超过它面前的费用", f"the bill says that {about!r} paid more than was left"
            return f"paid.{about}", (zh, en)
        return "", open_value(self.layout.rules, kind, about)

    def _refuse(self, made: Mapping[g.Entity, Lazy], refusals: Sequence[Problem]) -> None:
        """Raise what is refused about any claim."""
        if not refusals:
            return
        table = attrs.evolve(self.tables["claim"], frame=made["claim"])
        faults: list[Fault] = []
        open_ones: list[Fault] = []
        for one in refusals:
            (open_ones if not one.column else faults).extend(faults_of({"claim": table}, [one]))
        if faults:
            raise InputError(faults)
        if open_ones:
            raise UnspecifiedError(open_ones)

    # --- rows that are left out ------------------------------------------------------------------------------

    def _reject(self, found: Sequence[Problem], tables: Mapping[g.Entity, Table]) -> Lazy:
        """Take the rows with problems out of the tables, with all of their group; the rows taken out, and why."""
        own: dict[g.Entity, list[Lazy]] = {entity: [] for entity in tables}
        told: list[Lazy] = []
        for one in found:
            frame = tables[one.entity].frame
            rows = one.rows if one.rows is not None else None
            if rows is None:
                assert one.where is not None
                rows = frame.filter(one.where.fill_null(_FALSE)).select("id")
            rows = rows.unique()
            own[one.entity].append(rows)
            told.append(_told(rows, one.entity, one.column, one.zh, one.en))
        tops = {entity: self._tops(tables, entity) for entity in tables}
        wrong = {entity: nw.concat(rows).unique() for entity, rows in own.items() if rows}
        groups = [tops[entity].join(rows, on="id", how="inner").select("#top") for entity, rows in wrong.items()]
        if not groups:
            return _told(tops[self.chain[0]].head(0), self.chain[0], "", "", "")
        lost = nw.concat(groups).filter(~nw.col("#top").is_null()).unique()
        for entity, table in tables.items():
            gone = tops[entity].join(lost, on="#top", how="inner").select("id")
            if entity in wrong:
                gone = nw.concat([gone, wrong[entity]]).unique()
                beside = gone.join(wrong[entity], on="id", how="anti")
            else:
                beside = gone
            told.append(_told(beside, entity, "", *BESIDE))
            table.frame = table.frame.join(gone, on="id", how="anti")
        return nw.concat(told).unique()

    def _tops(self, tables: Mapping[g.Entity, Table], entity: g.Entity) -> Lazy:
        """For each row, the largest group that is looked at, with which it is calculated."""
        place = self.chain.index(entity)
        table = tables[entity]
        if place + 1 == len(self.chain):
            top = table.parent if table.parent is not None else "id"
            return table.frame.select("id", nw.col(top).alias("#top"))
        assert table.parent is not None
        above = self._tops(tables, self.chain[place + 1]).rename({"id": "#above"})
        return table.frame.join(above, left_on=table.parent, right_on="#above", how="left").select("id", "#top")


def _same_for_all(node: g.Node) -> int | bool:
    """The value of a formula that reads nothing."""
    if isinstance(node, g.Const):
        return node.value
    found = compile_program(g.Program({"it": node}, ("it",)), traced=False)({"claim": [()]}, {})
    value: int | bool = found["claim"][0][0]
    return value


def _told(rows: Lazy, entity: g.Entity, column: str, zh: str, en: str) -> Lazy:
    """Rows that are left out, as they are reported."""
    said = {"frame": FRAMES[entity], "column": column, "reason_zh": zh, "reason_en": en}
    texts = [nw.lit(text).alias(name) for name, text in said.items()]
    found = rows.select(nw.col("id").cast(nw.String), *texts)
    return found.select("frame", "id", "column", "reason_zh", "reason_en")
