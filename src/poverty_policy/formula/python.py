"""The Python reader: one generated function that runs a program over the claims, persons, … of a case.

The function is plain Python over whole numbers. Plain, it keeps the program's results; traced, every step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import Interval, prove
from poverty_policy.money import RoundingMode, quotient

Row = tuple[Any, ...]
Rows = Mapping[g.Entity, Sequence[Row]]
Parents = Mapping[g.Entity, Sequence[int]]


@attrs.frozen
class Runner:
    """A compiled program.

    Attributes:
        inputs: for each entity, the names of the inputs in the order in which rows state them.
        names: for each entity, the names of the values in the order in which rows come back.
        source: the generated Python, for reading.
    """

    inputs: Mapping[g.Entity, tuple[str, ...]]
    names: Mapping[g.Entity, tuple[str, ...]]
    source: str
    _function: Callable[[Rows, Parents], dict[g.Entity, list[Row]]]

    def __call__(self, rows: Rows, parents: Parents) -> dict[g.Entity, list[Row]]:
        """Run the program.

        Args:
            rows: for each entity, a row of inputs for each member. A person's claims stand in the order of
                their settlement.
            parents: for each entity, the index of the next higher entity that each member belongs to.

        Returns:
            For each entity, a row of values for each member, in the order of ``names``.
        """
        return self._function(rows, parents)


def compile_program(program: g.Program, *, traced: bool) -> Runner:
    """Generate the function that runs a program; refusals come back with the results of their entity."""
    wanted = dict(program.steps) if traced else {name: program.steps[name] for name in program.results}
    wanted |= program.refusals
    return _Writer(wanted, program.inputs()).finish()


_Loop = tuple[int, g.Entity]
_WINDOWS = (g.Running, g.Within, g.Accrual, g.Peak)


class _Writer:
    """Writes the function, loop by loop.

    A node is calculated in one loop, over the members of its entity. A total is complete only after the loop
    over its members, so whatever depends on it waits for a later phase.
    """

    def __init__(self, wanted: Mapping[str, g.Node], inputs: Sequence[g.Input]) -> None:
        self.wanted = wanted
        self.bounds: Mapping[g.Node, Interval] = prove(wanted.values())
        nodes = [n for n in g.walk(wanted.values()) if not isinstance(n, g.Const)]
        #: what holds everywhere is calculated once, before any loop
        self.fixed = [node for node in nodes if node.entity is None]
        self.order = [node for node in nodes if node.entity is not None]
        self.inputs: dict[g.Entity, list[g.Input]] = {}
        for one in inputs:
            self.inputs.setdefault(g.entity_of(one), []).append(one)
        self.name = {node: f"v{number}" for number, node in enumerate(nodes)}
        for group in self.inputs.values():
            for one in group:
                self.name.setdefault(one, f"i{len(self.name)}")
        self.loop: dict[g.Node, _Loop] = {}
        self.summed: dict[g.Node, _Loop] = {}
        for node in self.order:
            phases = [self.loop[c][0] for c in node.children if c in self.loop]
            if isinstance(node, g.Total):
                # the loop over the members, in which it is summed, then the phase in which it is complete
                self.summed[node] = (max(phases, default=0), node.of)
                phases = [self.summed[node][0] + 1]
            self.loop[node] = (max(phases, default=0), g.entity_of(node))
        self.last: dict[g.Entity, _Loop] = {}
        for node in wanted.values():
            entity = g.entity_of(node)
            here = self.loop.get(node, (0, entity))
            self.last[entity] = max(self.last.get(entity, here), here)
        uses = Counter(child for node in nodes for child in node.children)
        self.uses = uses + Counter(wanted.values())
        self.kept = self._kept()
        #: what windows remember, one list of numbers for each person and year (or whatever they go by)
        self.years: dict[tuple[g.Input, ...], int] = {}
        self.slot: dict[g.Node, str] = {}
        self.slots: Counter[int] = Counter()
        self.totals: Counter[g.Entity] = Counter()
        for node in self.order:
            if isinstance(node, g.Total):
                # read whole by its name, summed up in a list
                self.slot[node] = f"{g.entity_of(node)}_{self.totals[g.entity_of(node)]}"
                self.totals[g.entity_of(node)] += 1
            elif isinstance(node, _WINDOWS):
                number = self.years.setdefault(node.by, len(self.years))
                self.slot[node] = f"y{number}[{self.slots[number]}]"
                self.slots[number] += 1
                if isinstance(node, g.Peak):
                    self.slots[number] += 1  # its peak, beside its sum
        self.depth: dict[g.Node, int] = {}
        self.lines: list[str] = []
        self.indent = 1

    def _kept(self) -> set[g.Node]:
        """Nodes needed in another loop than their own: these are kept in lists."""
        kept: set[g.Node] = set()
        for node in self.order:
            reader = self.summed.get(node) or self.loop[node]
            kept |= {c for c in node.children if c in self.loop and self.loop[c] != reader}
        kept |= {n for n in self.wanted.values() if n in self.loop and self.loop[n] != self.last[g.entity_of(n)]}
        return {node for node in kept if not isinstance(node, g.Input | g.Total)}

    def finish(self) -> Runner:
        names = {
            entity: tuple(name for name, node in self.wanted.items() if g.entity_of(node) == entity)
            for entity in g.ENTITIES
        }
        every = {*self.loop.values(), *self.summed.values(), *self.last.values()}
        loops = sorted(every, key=lambda at: (at[0], -g.ENTITIES.index(at[1])))
        entities = [e for e in g.ENTITIES if any(at[1] == e for at in loops)]
        for entity in entities:
            self._line(f"rows_{entity} = rows[{entity!r}]")
        # the way up may lead through entities that have no loop of their own
        used = [g.ENTITIES.index(one) for one in (*entities, *(["person"] if self.years else []))]
        for entity in g.ENTITIES[min(used, default=0) : max(used, default=0)]:
            self._line(f"up_{entity} = parents[{entity!r}]")
        for entity, many in self.totals.items():
            self._line(f"totals_{entity} = [[0] * {many} for _ in rows[{entity!r}]]")
        for node in self.order:
            if node in self.kept:
                self._line(f"all_{self.name[node]} = []")
        for number in range(len(self.years)):
            self._line(f"years_{number} = {{}}")
        for entity in entities:
            self._line(f"out_{entity} = []")
        inline: dict[g.Node, str] = {}
        for node in self.fixed:
            self._write_node(node, inline)
            self._atom(node, inline)
        for loop in loops:
            self._write_loop(loop)
        self._line("return {" + ", ".join(f"{e!r}: out_{e}" for e in entities) + "}")
        source = "def run(rows, parents):\n" + "\n".join(self.lines) + "\n"
        scope: dict[str, Any] = {"quotient": quotient}
        exec(compile(source, "<rule>", "exec"), scope)  # the source is made here, of names v0, v1, … and numbers
        inputs = {e: tuple(one.name for one in self.inputs.get(e, ())) for e in g.ENTITIES}
        return Runner(inputs, names, source, scope["run"])

    def _write_loop(self, loop: _Loop) -> None:
        _, entity = loop
        inputs = self.inputs.get(entity, [])
        unpacked = "(" + "".join(f"{self.name[one]}, " for one in inputs) + ")" if inputs else "_"
        self._line(f"for n_{entity}, {unpacked} in enumerate(rows_{entity}):")
        self.indent += 1
        start = len(self.lines)
        body = [node for node in self.order if self.loop[node] == loop and not isinstance(node, g.Input)]
        totals = [node for node, at in self.summed.items() if at == loop]
        complete = [node for node in body if isinstance(node, g.Total)]
        fetched = {c for n in body if n not in complete for c in n.children} | set(complete)
        fetched |= {node.children[0] for node in totals}
        if loop == self.last.get(entity):
            fetched |= {n for n in self.wanted.values() if g.entity_of(n) == entity}
        ups = {g.entity_of(node) for node in fetched if node in self.loop and self.loop[node] != loop}
        ups |= {g.entity_of(node) for node in totals}
        windows = {node.by for node in body if isinstance(node, _WINDOWS)}
        ups |= {"person"} if windows else set()
        reached = f"n_{entity}"
        below = entity
        for above in self._above(entity):
            if not ups & set(self._above(below)):
                break
            self._line(f"n_{above} = up_{below}[{reached}]")
            reached, below = f"n_{above}", above
        for at in g.ENTITIES:
            if any(g.entity_of(node) == at for node in totals):
                self._line(f"total_{at} = totals_{at}[n_{at}]")
            if any(g.entity_of(node) == at for node in fetched if isinstance(node, g.Total)):
                every = "".join(f"{at}_{place}, " for place in range(self.totals[at]))
                self._line(f"({every}) = totals_{at}[n_{at}]")
        for node in self.order:
            at = g.entity_of(node)
            if node not in fetched or self.loop[node] == loop or isinstance(node, g.Total):
                continue
            if not isinstance(node, g.Input):
                self._line(f"{self.name[node]} = all_{self.name[node]}[n_{at}]")
            elif at != entity:
                self._line(f"{self.name[node]} = rows_{at}[n_{at}][{self.inputs[at].index(node)}]")
        for by, number in self.years.items():
            if by in windows:
                self._line(
                    "k = (" + "".join(f"{part}, " for part in ("n_person", *(self.name[one] for one in by))) + ")"
                )
                self._line(f"y{number} = years_{number}.get(k)")
                self._line(f"if y{number} is None: y{number} = years_{number}[k] = [0] * {self.slots[number]}")
        inline: dict[g.Node, str] = {}
        for node in body:
            if not isinstance(node, g.Total):
                self._write_node(node, inline)
        for node in totals:
            if node.children[0] is not g.ZERO:
                place = self.slot[node].rpartition("_")[2]
                self._line(f"total_{g.entity_of(node)}[{place}] += {self._read(node.children[0], inline)}")
        if loop == self.last.get(entity):
            values = [self._read(node, inline) for node in self.wanted.values() if g.entity_of(node) == entity]
            self._line(f"out_{entity}.append(({''.join(f'{one}, ' for one in values)}))")
        elif len(self.lines) == start:
            self._line("pass")
        self.indent -= 1

    def _write_node(self, node: g.Node, inline: dict[g.Node, str]) -> None:
        read = [self._read(child, inline) for child in node.children]
        name = self.name[node]
        match node:
            case g.Min() | g.Max():
                sign = "<" if isinstance(node, g.Min) else ">"
                atoms = [self._atom(child, inline) for child in node.children]
                self._line(f"{name} = {atoms[0]} if {atoms[0]} {sign} {atoms[1]} else {atoms[1]}")
                for atom in atoms[2:]:
                    self._line(f"if {atom} {sign} {name}: {name} = {atom}")
            case g.Slice(start=start, stop=stop):
                low, high = self._atom(node.low, inline), self._atom(node.high, inline)
                self._line(f"{name} = {self._stretch(node.low, low, high, start, stop)}")
                self._line(f"if {name} < 0: {name} = 0")
            case g.Bands():
                self._write_bands(node, inline)
            case g.Running():
                self._line(f"{self.slot[node]} = {name} = {self.slot[node]} + {read[0]}")
            case g.Within():
                amount = self._atom(node.amount, inline)
                self._line(f"{name} = 0")
                self._line(f"if {amount}:")
                self._line(f"    t0 = {self.slot[node]}")
                self._line(f"    {name} = {self._read(node.limit, inline)} - t0")
                self._line(f"    if {name} > {amount}: {name} = {amount}")
                if len(node.levels) > 1:  # what was used under a higher limit may pass a lower one
                    self._line(f"    if {name} < 0: {name} = 0")
                self._line(f"    {self.slot[node]} = t0 + {name}")
            case g.Accrual(scale=scale, mode=mode):
                amount, safe = self._atom(node.amount, inline), self.bounds[node.amount][0] >= 0
                self._line(f"{name} = 0")
                self._line(f"if {amount}:")
                self._line(f"    t0 = {self.slot[node]}")
                self._line(f"    {self.slot[node]} = t1 = t0 + {amount}")
                self._line(f"    {name} = {_rounded('t1', scale, mode, safe)} - {_rounded('t0', scale, mode, safe)}")
            case g.Peak(scale=scale, mode=mode):
                highest = self._next(self.slot[node])
                self._line(f"p0 = {highest}")
                self._line(f"{self.slot[node]} = p1 = {self.slot[node]} + {read[0]}")
                self._line("if p1 < p0: p1 = p0")
                self._line(f"{highest} = p1")
                self._line(f"{name} = {_rounded('p1', scale, mode, True)} - {_rounded('p0', scale, mode, True)}")
            case _:
                if isinstance(node, g.Divide):  # to round a half up, its divisor is read twice
                    read[1] = self._atom(node.by, inline)
                text = self._expression(node, read)
                deep = 1 + max((self.depth.get(child, 0) for child in node.children), default=0)
                if self.uses[node] == 1 and node not in self.kept and deep < 30:
                    inline[node] = text  # used once: read where it stands
                    self.depth[node] = deep
                    return
                self._line(f"{name} = {text}")
        if node in self.kept:
            self._line(f"all_{name}.append({name})")

    def _write_bands(self, node: g.Bands, inline: dict[g.Node, str]) -> None:
        """Band inside band: a stretch that ends in one never looks at those above."""
        name = self.name[node]
        low, high = self._atom(node.low, inline), self._atom(node.high, inline)
        self._line(f"{name} = 0")
        self._line(f"if {high} > {low}:")
        outer = self.indent
        self.indent += 1
        stops: list[int | None] = [*node.edges[1:], None]
        for start, stop, rate in zip(node.edges, stops, node.rates, strict=True):
            if start > 0:
                self._line(f"if {high} > {start}:")
                self.indent += 1
            sure = stop is None or self.bounds[node.low][1] < stop
            where = "" if sure else f"if {low} < {stop}: "
            stretch = self._stretch(node.low, low, high, start, stop)
            self._line(f"{where}{name} += ({stretch}) * {self._read(rate, inline)}")
        self.indent = outer

    def _expression(self, node: g.Node, read: Sequence[str]) -> str:
        match node:
            case g.Add():
                return "(" + " + ".join(read) + ")"
            case g.Sub():
                return f"({read[0]} - {read[1]})"
            case g.Mul():
                return f"({read[0]} * {read[1]})"
            case g.Compare(sign=sign):
                return f"({read[0]} {sign} {read[1]})"
            case g.Is(options=options):
                return f"({read[0]} == {options[0]!r})" if len(options) == 1 else f"({read[0]} in {options!r})"
            case g.All():
                return "(" + " and ".join(read) + ")"
            case g.AnyOf():
                return "(" + " or ".join(read) + ")"
            case g.Not():
                return f"(not {read[0]})"
            case g.Choose():
                return f"({read[1]} if {read[0]} else {read[2]})"
            case g.Round(amount=amount, scale=scale, unit=unit, mode=mode):
                text = _rounded(read[0], scale * unit, mode, self.bounds[amount][0] >= 0)
                return text if unit == 1 else f"({text} * {unit})"
            case g.Divide(amount=amount, unit=unit, mode=mode):
                divisor = read[1] if unit == 1 else f"({read[1]} * {unit})"
                text = _rounded(read[0], divisor, mode, self.bounds[amount][0] >= 0)
                return text if unit == 1 else f"({text} * {unit})"
        raise TypeError(f"the Python reader does not know {type(node).__name__}")

    def _stretch(self, low_node: g.Node, low: str, high: str, start: int, stop: int | None) -> str:
        """``min(high, stop) - max(low, start)``, shorter where the bounds already say which."""
        upper = high if stop is None else f"({high} if {high} < {stop} else {stop})"
        if isinstance(low_node, g.Const):
            begin = max(int(low_node.value), start)
            return f"{upper} - {begin}" if begin else upper
        if self.bounds[low_node][0] >= start:
            return f"{upper} - {low}"
        return f"{upper} - ({low} if {low} > {start} else {start})"

    @staticmethod
    def _next(slot: str) -> str:
        """The slot after one: ``y0[3]`` after ``y0[2]``."""
        name, _, place = slot.rstrip("]").partition("[")
        return f"{name}[{int(place) + 1}]"

    def _read(self, node: g.Node, inline: Mapping[g.Node, str]) -> str:
        if isinstance(node, g.Const):
            return repr(node.value) if isinstance(node.value, bool) or node.value >= 0 else f"({node.value})"
        if isinstance(node, g.Total):
            return self.slot[node]
        return inline.get(node) or self.name[node]

    def _atom(self, node: g.Node, inline: dict[g.Node, str]) -> str:
        """A name for a node that is read more than once here."""
        if node in inline:
            self._line(f"{self.name[node]} = {inline.pop(node)}")
        return self._read(node, inline)

    def _above(self, entity: g.Entity) -> tuple[g.Entity, ...]:
        return g.ENTITIES[g.ENTITIES.index(entity) + 1 :]

    def _line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)


def _rounded(amount: str, divisor: int | str, mode: RoundingMode, never_negative: bool) -> str:
    if divisor == 1:
        return amount
    if not never_negative:
        return f"quotient({amount}, {divisor}, {mode!r})"
    if mode == "half_up":
        if isinstance(divisor, int) and divisor % 2 == 0:
            return f"(({amount} + {divisor // 2}) // {divisor})"
        return f"((2 * {amount} + {divisor}) // (2 * {divisor}))"
    return f"({amount} // {divisor})" if mode == "down" else f"(-(-{amount} // {divisor}))"
