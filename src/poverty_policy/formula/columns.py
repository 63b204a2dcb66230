"""The columns reader: runs a program over data frames through narwhals, to the same integers as the Python reader.

Frames stay lazy; only what must be refused (nulls, amounts out of range, orphans, …) is looked for at once.
"""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs
import narwhals as nw
from narwhals.typing import IntoFrame, IntoLazyFrame

from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import prove
from poverty_policy.formula.frames import Frame, Keys, Source, sources
from poverty_policy.formula.writing import WINDOWS, Loop, Window, in_turn, loops_of
from poverty_policy.money import RoundingMode

_KEYS = Keys()


def evaluate(
    program: g.Program,
    frames: Mapping[g.Entity, IntoFrame],
    *,
    keys: Keys = _KEYS,
    names: Iterable[str] | None = None,
    checked: bool = False,
    hold: Hold | None = None,
) -> dict[g.Entity, IntoLazyFrame]:
    """Run a program over frames.

    Args:
        program: the program.
        frames: for each entity its key, the key of the entity above, and a column for each of its inputs.
            Claims have the person and the order of settlement in any case.
        keys: what the key columns are called.
        names: the steps and refusals wanted; the program's results and all refusals if not stated.
        checked: whether the rows have been looked over already; else they are, in a pass of its own.
        hold: keeps a native frame that is about to be read several times, so that it is calculated once. Without it, a
            lazy plan repeats what goes down to members and up again each time that is read, and grows with every such
            turn: where there are many rules, planning takes longer than calculating.

    Returns:
        For each entity its keys and the values wanted, in a lazy frame of the kind that came in.

    Raises:
        InputError: a frame or column is missing, or holds what cannot be calculated with; with every fault.
        RuleError: a formula could leave the range in which it is exact.
    """
    wanted = program.wanted(names)
    return _Reader(wanted, sources(wanted, frames, keys, checked), keys).finish(hold)


Hold = Callable[[Any], Any]
_DEEPEST = 30  # engines walk expressions recursively


@attrs.frozen
class _Value:
    """An expression, the first stage in which it can be read, how deep it is, and its name if it is a column."""

    expr: nw.Expr
    stage: int = 0
    depth: int = 0
    name: str = ""


class _Reader:
    """Calculates entity by entity, and each entity's columns in stages: one big select is many times slower.

    A node is a column of its entity's frame if it is read more than once, elsewhere, or by a window; any other
    is written where it is read. A total is complete only after the loop over its members, so whatever depends
    on it waits for a later loop.
    """

    def __init__(self, wanted: Mapping[str, g.Node], sources: Mapping[g.Entity, Source], keys: Keys) -> None:
        self.wanted, self.sources, self.keys = wanted, sources, keys
        self.bounds = prove(wanted.values())
        self.order = [node for node in g.walk(wanted.values()) if node.entity is not None]
        self.names: dict[g.Node, str] = {}
        self.frames: dict[g.Entity, Frame] = {}
        self.made = 0
        for entity, source in sources.items():
            inputs = [_typed(one).alias(self._name(one)) for one in source.inputs]
            self.frames[entity] = source.frame.select(*source.keys, *inputs)
        self.loop, self.summed = loops_of(self.order)
        uses = Counter(child for node in self.order for child in node.children)
        self.kept = {node for node, times in uses.items() if times > 1} | set(wanted.values())
        for node in self.order:
            reader = self.summed.get(node, self.loop[node])
            self.kept |= {child for child in node.children if self.loop.get(child) != reader}
        self.brought: set[tuple[g.Entity, g.Node]] = set()
        self._start()

    def _start(self) -> None:
        """Forget what only the last loop could read."""
        self.values: dict[g.Node, _Value] = {}
        self.running: dict[tuple[str, tuple[g.Input, ...]], _Value] = {}
        self.stages: list[dict[str, nw.Expr]] = []

    def finish(self, hold: Hold | None) -> dict[g.Entity, IntoLazyFrame]:
        """Run every loop, and keep what was asked for."""
        ordered = in_turn({*self.loop.values(), *self.summed.values()})
        for place, loop in enumerate(ordered):
            self._run(loop)
            if hold is not None:
                self._hold(loop[1], set(ordered[place + 1 :]), hold)
        found: dict[g.Entity, IntoLazyFrame] = {}
        for entity, source in self.sources.items():
            here = {name: node for name, node in self.wanted.items() if g.entity_of(node) == entity}
            values = [self._read(node).expr.alias(name) for name, node in here.items()]
            found[entity] = self.frames[entity].select(*source.keys, *values).to_native()
        return found

    def _hold(self, entity: g.Entity, later: set[Loop], hold: Hold) -> None:
        """Keep an entity's columns that are read in later loops, or asked for; the others are let go."""
        live = {self.names[node] for node in self.wanted.values() if node in self.names}
        for node in self.order:
            if self.summed.get(node, self.loop[node]) in later:
                live |= {self.names[child] for child in node.children if child in self.names}
        frame = self.frames[entity]
        columns = [name for name in frame.collect_schema() if not name.startswith("#") or name in live]
        self.frames[entity] = nw.from_native(hold(frame.select(*columns).to_native())).lazy()

    def _run(self, loop: Loop) -> None:
        """Calculate an entity's columns, and sum up those that totals are made of."""
        _, entity = loop
        nodes = [n for n in self.order if self.loop[n] == loop and not isinstance(n, g.Input | g.Total)]
        totals = [n for n in self.order if isinstance(n, g.Total) and self.summed[n] == loop]
        self._bring_down(entity, dict.fromkeys(child for node in (*nodes, *totals) for child in node.children))
        for node in nodes:
            value = self._window(node) if isinstance(node, WINDOWS) else self._computed(node)
            if value.name:
                self.names[node] = value.name
            elif node in self.kept or value.depth >= _DEEPEST:
                value = self._put(value, self._name(node))
            self.values[node] = value
        amounts = {total: self._column(total.amount).name for total in totals}
        for stage in self.stages:
            self.frames[entity] = self.frames[entity].with_columns(**stage)
        self._start()
        for above in dict.fromkeys(g.entity_of(total) for total in totals):
            self._sum_up(entity, above, {t: name for t, name in amounts.items() if t.entity == above})

    def _bring_down(self, entity: g.Entity, nodes: Iterable[g.Node]) -> None:
        """Join what is read of higher entities."""
        place = g.ENTITIES.index(entity)
        wanted = [n for n in nodes if _rank(n) > place and (entity, n) not in self.brought]
        if not wanted:
            return
        upper = g.ENTITIES[place + 1]
        self._bring_down(upper, wanted)
        key = self.keys.of(upper)
        columns = self.frames[upper].select(key, *(self.names[node] for node in wanted))
        self.frames[entity] = self.frames[entity].join(columns, on=key, how="left")
        self.brought |= {(entity, node) for node in wanted}

    def _sum_up(self, below: g.Entity, above: g.Entity, amounts: Mapping[g.Node, str]) -> None:
        """Sum columns over members, step by step up to an entity; one without members has 0."""
        renamed = [nw.col(name).alias(self._name(total)) for total, name in amounts.items()]
        names = [self.names[total] for total in amounts]
        way = [self.keys.of(one) for one in g.ENTITIES[g.ENTITIES.index(below) : g.ENTITIES.index(above) + 1]]
        sums = self.frames[below].select(way[1], *renamed)
        for entity, key in zip(g.ENTITIES[g.ENTITIES.index(below) + 1 :], way[1:], strict=False):
            sums = sums.group_by(key).agg(nw.col(*names).sum())
            if entity != above:
                up = self.keys.of(g.ENTITIES[g.ENTITIES.index(entity) + 1])
                sums = sums.join(self.frames[entity].select(key, up), on=key, how="inner").drop(key)
        filled = nw.col(*names).fill_null(_literal(0))
        self.frames[above] = self.frames[above].join(sums, on=way[-1], how="left").with_columns(filled)

    # --- values -------------------------------------------------------------------------------------------

    def _name(self, node: g.Node | None = None) -> str:
        """A new column's name; no key is called so."""
        self.made += 1
        name = f"#{self.made}"
        if node is not None:
            self.names[node] = name
        return name

    def _put(self, value: _Value, name: str = "") -> _Value:
        """Make a column, in the first stage in which that can be done."""
        name = name or self._name()
        while len(self.stages) <= value.stage:
            self.stages.append({})
        self.stages[value.stage][name] = value.expr
        return _Value(nw.col(name), value.stage + 1, name=name)

    def _read(self, node: g.Node) -> _Value:
        if node.entity is None:
            return self._computed(node)
        return self.values.get(node) or _Value(nw.col(self.names[node]), name=self.names[node])

    def _column(self, node: g.Node) -> _Value:
        """A node that is read more than once here, or by a window, as a column."""
        value = self._read(node)
        if not value.name:
            value = self.values[node] = self._put(value)
        return value

    def _computed(self, node: g.Node) -> _Value:
        often = self._read_often(node)
        parts = [self._column(one) if one in often else self._read(one) for one in node.children]
        stage = max((part.stage for part in parts), default=0)
        depth = 1 + max((part.depth for part in parts), default=0)
        return _Value(self._expression(node, [part.expr for part in parts]), stage, depth)

    def _read_often(self, node: g.Node) -> tuple[g.Node, ...]:
        """Those children that the node's expression reads more than once."""
        match node:
            case g.Slice(low=low, high=high) | g.Bands(low=low, high=high):
                often: tuple[g.Node, ...] = (low, high)
            case g.Round(amount=amount) if self.bounds[amount][0] < 0:
                often = (amount,)
            case g.Divide(amount=amount, by=by):
                often = (amount, by) if self.bounds[amount][0] < 0 else (by,)
            case _:
                often = ()
        return tuple(one for one in often if one.entity is not None)

    def _expression(self, node: g.Node, read: Sequence[nw.Expr]) -> nw.Expr:
        match node:
            case g.Const(value=value):
                return _literal(value)
            case g.Add():
                return functools.reduce(operator.add, read)
            case g.Sub():
                return read[0] - read[1]
            case g.Mul():
                return read[0] * read[1]
            case g.Min():
                return nw.min_horizontal(*read)
            case g.Max():
                return nw.max_horizontal(*read)
            case g.Compare(sign=sign):
                compared: nw.Expr = _SIGNS[sign](read[0], read[1])
                return compared
            case g.Is(options=options):
                named = [read[0] == nw.lit(option, dtype=nw.String) for option in options]
                return functools.reduce(operator.or_, named)  # several times faster than is_in
            case g.All():
                return functools.reduce(operator.and_, read)
            case g.AnyOf():
                return functools.reduce(operator.or_, read)
            case g.Not():
                return ~read[0]
            case g.Choose():
                return nw.when(read[0]).then(read[1]).otherwise(read[2])
            case g.Slice(start=start, stop=stop):
                return self._stretch(node.low, read[0], read[1], start, stop)
            case g.Bands(edges=edges):
                low, high, *rates = read
                slices = [
                    self._stretch(node.low, low, high, start, stop) * rate
                    for start, stop, rate in zip(edges, (*edges[1:], None), rates, strict=True)
                ]
                return functools.reduce(operator.add, slices)
            case g.Round(amount=amount, scale=scale, unit=unit, mode=mode):
                size = _rounded(read[0], scale * unit, mode, self.bounds[amount][0] >= 0)
                return size if unit == 1 else size * _literal(unit)
            case g.Divide(amount=amount, unit=unit, mode=mode):
                divisor = read[1] if unit == 1 else read[1] * _literal(unit)
                size = _divided(read[0], divisor, mode, self.bounds[amount][0] >= 0)
                return size if unit == 1 else size * _literal(unit)
        raise TypeError(f"the columns reader does not know {type(node).__name__}")

    def _stretch(self, low_node: g.Node, low: nw.Expr, high: nw.Expr, start: int, stop: int | None) -> nw.Expr:
        """How much of low to high lies between start and stop."""
        upper = high if stop is None else nw.min_horizontal(high, _literal(stop))
        lower = low if self.bounds[low_node][0] >= start else nw.max_horizontal(low, _literal(start))
        return nw.max_horizontal(upper - lower, _literal(0))

    # --- windows ------------------------------------------------------------------------------------------

    def _window(self, node: Window) -> _Value:
        amount = self._column(node.amount)
        total = self._year_to_date(amount, node.by)
        match node:
            case g.Running():
                return total
            case g.Within():
                return self._within(node, amount)
            case g.Accrual(scale=scale, mode=mode):
                safe = self.bounds[node.amount][0] >= 0
                before = total.expr - amount.expr
                return _Value(
                    _rounded(total.expr, scale, mode, safe) - _rounded(before, scale, mode, safe), total.stage, 2
                )
            case g.Peak(scale=scale, mode=mode):
                # the sums before each claim: the first is 0, so their highest is never below it
                earlier = self._put(_Value(total.expr - amount.expr, total.stage))
                highest = self._put(_Value(self._over(earlier.expr.cum_max(), node.by), earlier.stage))
                now = nw.max_horizontal(highest.expr, total.expr)
                added = _rounded(now, scale, mode, True) - _rounded(highest.expr, scale, mode, True)
                return _Value(added, highest.stage, 2)

    def _within(self, node: g.Within, amount: _Value) -> _Value:
        """What fits under each level in turn.

        Let ``u`` be what was used. For the level ``l``, ``min(u, l)`` grows by a claim's whole amount where its
        limit is ``l`` or more, and by what fits under the next lower level where it is less; so under each level
        it is a running sum, cut off at the level.
        """
        part = amount
        for place, level in enumerate(node.levels):
            if place:
                limit = self._column(node.limit)
                chosen = nw.when(limit.expr >= _literal(level)).then(amount.expr).otherwise(part.expr)
                part = self._put(_Value(chosen, max(limit.stage, part.stage)))
            total, line = self._year_to_date(part, node.by), _literal(level)
            before = nw.min_horizontal(total.expr - part.expr, line)
            part = self._put(_Value(nw.min_horizontal(total.expr, line) - before, total.stage))
        return part

    def _year_to_date(self, amount: _Value, by: tuple[g.Input, ...]) -> _Value:
        known = self.running.get((amount.name, by))
        if known is None:
            known = self._put(_Value(self._over(amount.expr.cum_sum(), by), amount.stage))
            self.running[amount.name, by] = known
        return known

    def _over(self, window: nw.Expr, by: tuple[g.Input, ...]) -> nw.Expr:
        return window.over(self.keys.person, *(self.names[one] for one in by), order_by=self.keys.order)


_SIGNS = {"<": operator.lt, "<=": operator.le, "==": operator.eq}


def _rank(node: g.Node) -> int:
    return -1 if node.entity is None else g.ENTITIES.index(node.entity)


def _typed(one: g.Input) -> nw.Expr:
    column = nw.col(one.name)
    return column if one.kind == "truth" else column.cast(nw.Int64 if one.kind == "integer" else nw.String)


def _literal(value: int | bool) -> nw.Expr:
    """A constant of a stated type: engines give untyped ones the smallest that fits, and wrap."""
    return nw.lit(value, dtype=nw.Boolean if isinstance(value, bool) else nw.Int64)


def _rounded(amount: nw.Expr, divisor: int, mode: RoundingMode, never_negative: bool) -> nw.Expr:
    """``money.quotient`` over columns.

    Only sizes are divided: Polars and pandas floor a quotient, PyArrow, DuckDB and Spark cut it toward zero, and
    some divide as float64; of operands from 0 to 2^53 all of them make the same whole number.
    """
    if divisor == 1:
        return amount
    size = amount if never_negative else amount.abs()
    more = {"half_up": divisor // 2, "up": divisor - 1, "down": 0}[mode]
    quotient = (size + _literal(more)) // _literal(divisor)
    return quotient if never_negative else _signed(quotient, amount)


def _divided(amount: nw.Expr, divisor: nw.Expr, mode: RoundingMode, never_negative: bool) -> nw.Expr:
    """The same with a divisor that differs from row to row, at least 1; again only sizes up to 2^53 are divided."""
    size = amount if never_negative else amount.abs()
    if mode == "half_up":  # doubled, because half an odd divisor is no whole number
        size, divisor = size * _literal(2) + divisor, divisor * _literal(2)
    elif mode == "up":
        size = size + (divisor - _literal(1))
    quotient = size // divisor
    return quotient if never_negative else _signed(quotient, amount)


def _signed(size: nw.Expr, like: nw.Expr) -> nw.Expr:
    """A size with the sign of another number."""
    return nw.when(like < _literal(0)).then(-size).otherwise(size)
