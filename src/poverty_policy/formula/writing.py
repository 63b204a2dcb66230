"""What the readers that generate source share: in which loop a formula is calculated, and how it is written there.

A node is calculated in one loop, over the members of its entity. A total is complete only after the loop over its
members, so whatever depends on it waits for a later phase.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence

from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MEMBERS, Interval, prove
from poverty_policy.money import RoundingMode

Loop = tuple[int, g.Entity]
"""A phase, and the entity over whose members it goes."""
Window = g.Running | g.Within | g.Accrual | g.Peak
WINDOWS = (g.Running, g.Within, g.Accrual, g.Peak)
_DEEPEST = 30  # parsers nest parentheses only so far


def loops_of(nodes: Sequence[g.Node]) -> tuple[dict[g.Node, Loop], dict[g.Node, Loop]]:
    """In which loop each node is calculated, and in which each total is summed up.

    Args:
        nodes: children before parents, without what holds everywhere.
    """
    loop: dict[g.Node, Loop] = {}
    summed: dict[g.Node, Loop] = {}
    for node in nodes:
        phase = max((loop[child][0] for child in node.children if child in loop), default=0)
        if isinstance(node, g.Total):
            summed[node] = (phase, node.of)
            phase += 1
        loop[node] = (phase, g.entity_of(node))
    return loop, summed


def in_turn(loops: set[Loop]) -> list[Loop]:
    """Loops in the order in which they run: phase by phase, from the top down."""
    return sorted(loops, key=lambda at: (at[0], -g.ENTITIES.index(at[1])))


class Writer(ABC):
    """Writes formulas as source, a line or an expression each.

    What is read more than once, or in another loop, has a name; everything else stands where it is read.
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
        self.loop, self.summed = loops_of(self.order)
        uses = Counter(child for node in nodes for child in node.children)
        self.uses = uses + Counter(wanted.values())
        self.kept = self.kept_nodes()
        #: what windows remember, one list of numbers for each person and year (or whatever they go by)
        self.years: dict[tuple[g.Input, ...], int] = {}
        self.slot: dict[g.Node, tuple[int, int]] = {}
        self.slots: Counter[int] = Counter()
        self.place: dict[g.Node, int] = {}
        self.totals: Counter[g.Entity] = Counter()
        for node in self.order:
            if isinstance(node, g.Total):
                self.place[node] = self.totals[g.entity_of(node)]
                self.totals[g.entity_of(node)] += 1
            elif isinstance(node, WINDOWS):
                number = self.years.setdefault(node.by, len(self.years))
                self.slot[node] = (number, self.slots[number])
                self.slots[number] += 2 if isinstance(node, g.Peak) else 1  # its peak, beside its sum
        self.depth: dict[g.Node, int] = {}
        self.lines: list[str] = []
        self.indent = 1

    # --- what each language says in its own way -------------------------------------------------------------

    def kept_nodes(self) -> set[g.Node]:
        """Nodes needed in another loop than their own."""
        kept: set[g.Node] = set()
        for node in self.order:
            reader = self.summed.get(node) or self.loop[node]
            kept |= {c for c in node.children if c in self.loop and self.loop[c] != reader}
        return {node for node in kept if not isinstance(node, g.Input | g.Total)}

    @abstractmethod
    def keep(self, node: g.Node) -> str:
        """The line that keeps a node's value for other loops."""

    @abstractmethod
    def number(self, value: int) -> str:
        """A number of the rule."""

    @abstractmethod
    def total(self, node: g.Total) -> str:
        """A total that is complete."""

    @abstractmethod
    def remembered(self, number: int, place: int) -> str:
        """What a window remembers of the year so far."""

    @abstractmethod
    def is_one_of(self, read: str, node: g.Is) -> str:
        """Whether a category is one of the options."""

    @abstractmethod
    def joined(self, terms: Sequence[str], every: bool) -> str:
        """Whether every term holds, or any."""

    @abstractmethod
    def rounded(self, amount: str, divisor: int | str, mode: RoundingMode, reach: Interval) -> str:
        """A quotient of an amount that lies in an interval."""

    # --- nodes ------------------------------------------------------------------------------------------------

    def write_node(self, node: g.Node, inline: dict[g.Node, str]) -> None:
        """Write a node: as lines with its name, or as text to be read where it is used."""
        read = [self.read(child, inline) for child in node.children]
        name = self.name[node]
        match node:
            case g.Min() | g.Max():
                sign = "<" if isinstance(node, g.Min) else ">"
                atoms = [self.atom(child, inline) for child in node.children]
                self.line(f"{name} = {atoms[0]} if {atoms[0]} {sign} {atoms[1]} else {atoms[1]}")
                for atom in atoms[2:]:
                    self.line(f"if {atom} {sign} {name}: {name} = {atom}")
            case g.Slice(start=start, stop=stop):
                low, high = self.atom(node.low, inline), self.atom(node.high, inline)
                self.line(f"{name} = {self.stretch(node.low, low, high, start, stop)}")
                self.line(f"if {name} < 0: {name} = 0")
            case g.Bands():
                self.write_bands(node, inline)
            case g.Running() | g.Within() | g.Accrual() | g.Peak():
                self._write_window(node, read, inline)
            case _:
                if isinstance(node, g.Divide):  # to round a half up, its divisor is read twice
                    read[1] = self.atom(node.by, inline)
                text = self._expression(node, read)
                deep = 1 + max((self.depth.get(child, 0) for child in node.children), default=0)
                if self.uses[node] == 1 and node not in self.kept and deep < _DEEPEST:
                    inline[node] = text  # used once: read where it stands
                    self.depth[node] = deep
                    return
                self.line(f"{name} = {text}")
        if node in self.kept:
            self.line(self.keep(node))

    def _write_window(self, node: Window, read: Sequence[str], inline: dict[g.Node, str]) -> None:
        name = self.name[node]
        number, place = self.slot[node]
        sofar = self.remembered(number, place)
        match node:
            case g.Running():
                self.line(f"{sofar} = {name} = {sofar} + {read[0]}")
            case g.Within():
                amount = self.atom(node.amount, inline)
                self.line(f"{name} = 0")
                self.line(f"if {amount}:")
                self.line(f"    t0 = {sofar}")
                self.line(f"    {name} = {self.read(node.limit, inline)} - t0")
                self.line(f"    if {name} > {amount}: {name} = {amount}")
                if len(node.levels) > 1:  # what was used under a higher limit may pass a lower one
                    self.line(f"    if {name} < 0: {name} = 0")
                self.line(f"    {sofar} = t0 + {name}")
            case g.Accrual(scale=scale, mode=mode):
                amount, reach = self.atom(node.amount, inline), self._year_of(node.amount)
                self.line(f"{name} = 0")
                self.line(f"if {amount}:")
                self.line(f"    t0 = {sofar}")
                self.line(f"    {sofar} = t1 = t0 + {amount}")
                now, before = (self.rounded(sum_, scale, mode, reach) for sum_ in ("t1", "t0"))
                self.line(f"    {name} = {now} - {before}")
            case g.Peak(scale=scale, mode=mode):
                highest, reach = self.remembered(number, place + 1), (0, self._year_of(node.amount)[1])
                self.line(f"p0 = {highest}")
                self.line(f"{sofar} = p1 = {sofar} + {read[0]}")
                self.line("if p1 < p0: p1 = p0")
                self.line(f"{highest} = p1")
                now, before = (self.rounded(peak, scale, mode, reach) for peak in ("p1", "p0"))
                self.line(f"{name} = {now} - {before}")

    def _year_of(self, amount: g.Node) -> Interval:
        """Between what a year's sum of an amount lies."""
        low, high = self.bounds[amount]
        return low * MEMBERS["person"], high * MEMBERS["person"]

    def write_bands(self, node: g.Bands, inline: dict[g.Node, str]) -> None:
        """Band inside band: a stretch that ends in one never looks at those above."""
        name = self.name[node]
        low, high = self.atom(node.low, inline), self.atom(node.high, inline)
        self.line(f"{name} = 0")
        self.line(f"if {high} > {low}:")
        outer = self.indent
        self.indent += 1
        stops: list[int | None] = [*node.edges[1:], None]
        for start, stop, rate in zip(node.edges, stops, node.rates, strict=True):
            if start > 0:
                self.line(f"if {high} > {self.number(start)}:")
                self.indent += 1
            sure = stop is None or self.bounds[node.low][1] < stop
            where = "" if sure or stop is None else f"if {low} < {self.number(stop)}: "
            stretch = self.stretch(node.low, low, high, start, stop)
            self.line(f"{where}{name} += ({stretch}) * {self.read(rate, inline)}")
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
            case g.Is():
                return self.is_one_of(read[0], node)
            case g.All():
                return self.joined(read, every=True)
            case g.AnyOf():
                return self.joined(read, every=False)
            case g.Not():
                return f"(not {read[0]})"
            case g.Choose():
                return f"({read[1]} if {read[0]} else {read[2]})"
            case g.Round(amount=amount, scale=scale, unit=unit, mode=mode):
                text = self.rounded(read[0], scale * unit, mode, self.bounds[amount])
                return text if unit == 1 else f"({text} * {unit})"
            case g.Divide(amount=amount, unit=unit, mode=mode):
                divisor = read[1] if unit == 1 else f"({read[1]} * {unit})"
                text = self.rounded(read[0], divisor, mode, self.bounds[amount])
                return text if unit == 1 else f"({text} * {unit})"
        raise TypeError(f"no source is written for {type(node).__name__}")

    def stretch(self, low_node: g.Node, low: str, high: str, start: int, stop: int | None) -> str:
        """``min(high, stop) - max(low, start)``, shorter where the bounds already say which."""
        if stop is None:
            upper = high
        else:
            end = self.number(stop)
            upper = f"({high} if {high} < {end} else {end})"
        if isinstance(low_node, g.Const):
            begin = max(int(low_node.value), start)
            return f"{upper} - {self.number(begin)}" if begin else upper
        if self.bounds[low_node][0] >= start:
            return f"{upper} - {low}"
        begin_text = self.number(start)
        return f"{upper} - ({low} if {low} > {begin_text} else {begin_text})"

    def read(self, node: g.Node, inline: Mapping[g.Node, str]) -> str:
        """A node where it is read."""
        if isinstance(node, g.Const):
            return repr(node.value) if isinstance(node.value, bool) else self.number(node.value)
        if isinstance(node, g.Total):
            return self.total(node)
        return inline.get(node) or self.name[node]

    def atom(self, node: g.Node, inline: dict[g.Node, str]) -> str:
        """A name for a node that is read more than once here."""
        if node in inline:
            self.line(f"{self.name[node]} = {inline.pop(node)}")
        return self.read(node, inline)

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.indent + text)
