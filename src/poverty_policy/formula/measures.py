"""What a formula's numbers are (money, rates, counts), and which steps go by their names inside which others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, Protocol

from poverty_policy.errors import Lang
from poverty_policy.formula import graph as g
from poverty_policy.money import RATE_ONE

Unit = Literal["money", "rate", "number"]
Sign = Literal["<", "<=", "==", ">", ">=", "!="]

NO_LIMIT = 10**15
"""A constant this large stands for "no limit"."""


class Wording(Protocol):
    """What the names of a program mean to its readers."""

    def step(self, name: str, lang: Lang) -> str:
        """What a named step is called inside another step's formula."""

    def fact(self, node: g.Input, lang: Lang) -> str:
        """What an input is called; for a truth, what holds (``registered poor``)."""

    def option(self, node: g.Input, option: str, lang: Lang) -> str:
        """What one option of a category is called."""

    def unit(self, node: g.Input) -> Unit:
        """Whether a whole-number input is in fen, in 1/10,000 or a plain number."""

    def step_unit(self, name: str) -> Unit | None:
        """The same for a step that picks among constants; ``None``: as its use in the program suggests."""


class Measure(NamedTuple):
    """A unit, and how often it was multiplied by 10,000: a product of fen and 1/10,000 is (money, 1)."""

    unit: Unit | Literal["truth"]
    power: int = 0


RATE, NUMBER, TRUTH = Measure("rate"), Measure("number"), Measure("truth")
Truth = g.Compare | g.Is | g.All | g.AnyOf | g.Not


def product_of(a: Measure, b: Measure) -> Measure:
    """The measure of a product."""
    units = (a.unit, b.unit)
    unit: Unit = "money" if "money" in units else "rate" if "rate" in units else "number"
    return Measure(unit, a.power + b.power + ("rate" in units and "number" not in units))


def factor_of(product: Measure, a: Measure) -> Measure:
    """What ``a`` was multiplied with."""
    more = product.power - a.power
    if a.unit == "number":
        return Measure(product.unit, more)
    if a.unit == product.unit:
        return Measure("rate", more - 1) if more else NUMBER
    return Measure(product.unit, max(0, more - 1))


def powers(scale: int) -> int:
    """How often a number divides by 10,000."""
    return 0 if scale % RATE_ONE else 1 + powers(scale // RATE_ONE)


def counted(node: g.Node) -> g.Node | None:
    """The condition, where a node is 1 or 0 as the condition holds or not."""
    one_or_none = isinstance(node, g.Choose) and node.yes is g.const(1) and node.no is g.ZERO
    return node.test if one_or_none and isinstance(node, g.Choose) else None


class Reading:
    """What both languages and LaTeX share: the measure of every node, and the name it goes by."""

    def __init__(self, program: g.Program, name: str, wording: Wording, lang: Lang) -> None:
        self.program, self.name, self.wording, self.lang = program, name, wording, lang
        self.root = program.steps[name]
        self.place = {step: place for place, step in enumerate(program.steps)}
        self.names: dict[g.Node, list[str]] = {}
        for step, node in program.steps.items():
            self.names.setdefault(node, []).append(step)
        order = list(g.walk(program.all_nodes()))
        self.tables: set[g.Node] = set()
        self.known: dict[g.Node, Measure | None] = {}
        guessed: dict[g.Node, Measure | None] = {}
        for node in order:
            if self._is_table(node):
                self.tables.add(node)
            self.known[node] = self._measure(node, self.known) or self._hint(node)
            guessed[node] = self.known[node] or self._measure(node, guessed, guess=True)
        wanted: dict[g.Node, set[Measure]] = {node: set() for node in order}
        for node in reversed(order):
            only = next(iter(wanted[node])) if len(wanted[node]) == 1 else None
            measure = self.known[node] or only or guessed[node] or NUMBER
            for child, want in self._wants(node, measure):
                wanted[child].add(want)
            if node is self.root:
                hint = wording.step_unit(name) if self.known[node] is None else None
                self.measure = Measure(hint) if hint else measure

    def _is_table(self, node: g.Node) -> bool:
        match node:
            case g.Input(kind=kind):
                return kind != "integer"
            case g.Choose() | g.Add() | g.Sub() | g.Mul() | g.Min() | g.Max() | g.Round() | g.Divide():
                return all(child in self.tables for child in node.children)
            case g.Running(amount=amount) | g.Total(amount=amount):
                return amount in self.tables
        return isinstance(node, g.Const | Truth)

    def _hint(self, node: g.Node) -> Measure | None:
        if isinstance(node, g.Const) or node not in self.tables:
            return None  # one constant stands for many things
        hints = {self.wording.step_unit(name) for name in self.names.get(node, ())} - {None}
        hint = hints.pop() if len(hints) == 1 else None
        return Measure(hint) if hint else None

    def _measure(self, node: g.Node, of: Mapping[g.Node, Measure | None], *, guess: bool = False) -> Measure | None:
        """What a node is, by what it is made of; constants are whatever they stand with."""
        match node:
            case g.Const(value=bool()) | g.Input(kind="truth"):
                return TRUTH
            case g.Input(kind="integer"):
                return Measure(self.wording.unit(node))
            case g.Mul(left=left, right=right):
                a, b = of[left], of[right]
                if guess and (a or b):
                    other = NUMBER if (a or b) == NUMBER else RATE
                    a, b = a or other, b or other
                return product_of(a, b) if a and b else None
            case g.Divide(amount=amount, by=by):
                a, b = of[amount], of[by] or (NUMBER if guess else None)
                return factor_of(a, b) if a and b else None
            case g.Bands(low=low, high=high):
                stretch = of[low] or of[high]
                return Measure(stretch.unit, stretch.power + 1) if stretch else None
            case (
                g.Round(amount=amount, scale=scale)
                | g.Accrual(amount=amount, scale=scale)
                | g.Peak(amount=amount, scale=scale)
            ):
                inner = of[amount]
                return Measure(inner.unit, max(0, inner.power - powers(scale))) if inner else None
            case g.Running(amount=amount) | g.Total(amount=amount):
                return of[amount] if counted(amount) is None else NUMBER
            case g.Add() | g.Sub() | g.Min() | g.Max() | g.Slice():
                alike: tuple[g.Node, ...] = node.children
            case g.Choose(yes=yes, no=no):
                alike = (yes, no)
            case g.Within(amount=amount, limit=limit):
                alike = (amount, limit)
            case _:
                return TRUTH if isinstance(node, Truth) else None
        return next((of[child] for child in alike if of[child]), None)

    def _wants(self, node: g.Node, measure: Measure) -> Iterable[tuple[g.Node, Measure]]:
        """What a node of that measure takes its parts to be."""
        match node:
            case g.Add() | g.Sub() | g.Min() | g.Max() | g.Slice():
                return [(child, measure) for child in node.children]
            case g.Choose(yes=yes, no=no):
                return [(yes, measure), (no, measure)]
            case g.Within(amount=amount, limit=limit):
                return [(amount, measure), (limit, measure)]
            case g.Running(amount=amount) | g.Total(amount=amount):
                return [(amount, measure)]
            case g.Mul():
                return list(zip(node.children, self._sides(node, measure), strict=True))
            case g.Divide():
                return list(zip(node.children, self._parts(node, measure), strict=True))
            case g.Compare(left=left, right=right):
                return [(left, self._compared(node)), (right, self._compared(node))]
            case g.Bands(low=low, high=high, rates=rates):
                stretch = Measure(measure.unit, measure.power - 1)
                return [(low, stretch), (high, stretch), *((rate, RATE) for rate in rates)]
            case g.Round() | g.Accrual() | g.Peak():
                return [(node.amount, self._inside(node, measure))]
        return []

    def _sides(self, node: g.Mul, measure: Measure) -> tuple[Measure, Measure]:
        left, right = self.known[node.left], self.known[node.right]
        if left is None:
            left = factor_of(measure, right or (RATE if measure.power else NUMBER))
        return left, right or factor_of(measure, left)

    def _parts(self, node: g.Divide, measure: Measure) -> tuple[Measure, Measure]:
        """What is divided, and by what, where the quotient is of that measure."""
        amount, by = self.known[node.amount], self.known[node.by]
        if by is None:
            by = factor_of(amount, measure) if amount else NUMBER
        return amount or product_of(measure, by), by

    def _compared(self, node: g.Compare) -> Measure:
        return (
            self.known[node.left]
            or self.known[node.right]
            or self._measure(node.left, self.known, guess=True)
            or self._measure(node.right, self.known, guess=True)
            or NUMBER
        )

    def _inside(self, node: g.Round | g.Accrual | g.Peak, measure: Measure) -> Measure:
        return self.known[node.amount] or Measure(measure.unit, measure.power + powers(node.scale))

    def _divisor(self, node: g.Round | g.Accrual | g.Peak, inside: Measure) -> int:
        """What a rounding divides by, beyond turning a product with a rate into an amount again."""
        return int(node.scale // RATE_ONE ** min(inside.power, powers(node.scale)))

    # --- names --------------------------------------------------------------------------------------------

    def _family(self, name: str) -> str:
        """The step that a step belongs to by its dotted name; ``person:a.b`` belongs where ``a.b`` does."""
        parts = name.rpartition(":")[2].split(".")
        heads = (".".join(parts[:length]) for length in range(1, len(parts)))
        return next((head for head in heads if head in self.program.steps), ".".join(parts))

    def _named(self, node: g.Node) -> str | None:
        """The step by whose name a node is called here."""
        if isinstance(node, g.Const | g.Input):
            return None
        here, family = self.place[self.name], self._family(self.name)
        names = [name for name in self.names.get(node, ()) if name != self.name]
        if node is self.root:
            names = [] if node in self.tables else [name for name in names if self.place[name] < here]
        elif node in self.tables:
            names = [name for name in names if self._family(name) in (family, name)]
            if len(names) > 1 and not isinstance(node, Truth):
                return None  # the same figures twice: which of the two is meant, nobody knows
        return max(
            names,
            key=lambda name: (self.place[name] < here, self._family(name) == family, self.place[name]),
            default=None,
        )
