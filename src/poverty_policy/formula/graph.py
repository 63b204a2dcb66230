"""The formula graph: what a rule's calculation consists of. A node says what it means, never how it is run.

Nodes are made by the functions below the classes (``add``, ``choose``, …), which fold constants and return
the same object for the same formula, so that what is shared in a rule is one node in its graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar
from weakref import WeakValueDictionary

import attrs

from poverty_policy.errors import InputError
from poverty_policy.errors import unknown as unknown_name
from poverty_policy.money import RATE_ONE, RoundingMode, quotient

Entity = Literal["claim", "person", "household", "village", "township", "county"]
ENTITIES: tuple[Entity, ...] = ("claim", "person", "household", "village", "township", "county")
Kind = Literal["integer", "truth", "category"]


@attrs.frozen(eq=False, repr=False)
class Node:
    """A formula.

    Attributes:
        entity: the lowest entity it depends on; ``None`` for what holds everywhere.
        children: the formulas it is made of, in order.
    """

    entity: Entity | None = attrs.field(default=None, kw_only=True)
    children: tuple[Node, ...] = attrs.field(default=(), kw_only=True)

    def __repr__(self) -> str:
        parts = (getattr(self, field.name) for field in attrs.fields(type(self)) if field.name not in _OWN)
        return f"{type(self).__name__}({', '.join(map(repr, parts))})"


@attrs.frozen(eq=False, repr=False)
class Const(Node):
    """A whole number, or a truth."""

    value: int | bool


@attrs.frozen(eq=False, repr=False)
class Open(Const):
    """A figure that is not known. Its ``value`` only stands in for it: whoever needs it is refused beforehand."""

    about: str


@attrs.frozen(eq=False, repr=False)
class Input(Node):
    """A fact of the case. Whole numbers lie in ``low`` to ``high``; categories are one of ``options``."""

    name: str
    kind: Kind
    low: int = 0
    high: int = 0
    options: tuple[str, ...] = ()


@attrs.frozen(eq=False, repr=False)
class Add(Node):
    """The sum of the terms."""

    terms: tuple[Node, ...]


@attrs.frozen(eq=False, repr=False)
class Sub(Node):
    """``whole`` less ``part``."""

    whole: Node
    part: Node


@attrs.frozen(eq=False, repr=False)
class Mul(Node):
    """The product."""

    left: Node
    right: Node


@attrs.frozen(eq=False, repr=False)
class Min(Node):
    """The least of the terms."""

    terms: tuple[Node, ...]


@attrs.frozen(eq=False, repr=False)
class Max(Node):
    """The greatest of the terms."""

    terms: tuple[Node, ...]


@attrs.frozen(eq=False, repr=False)
class Compare(Node):
    """Whether ``left`` is below (``<``), at most (``<=``) or equal to (``==``) ``right``."""

    sign: Literal["<", "<=", "=="]
    left: Node
    right: Node


@attrs.frozen(eq=False, repr=False)
class Is(Node):
    """Whether a category is one of the options."""

    category: Input
    options: tuple[str, ...]


@attrs.frozen(eq=False, repr=False)
class All(Node):
    """Whether every term holds."""

    terms: tuple[Node, ...]


@attrs.frozen(eq=False, repr=False)
class AnyOf(Node):
    """Whether at least one term holds."""

    terms: tuple[Node, ...]


@attrs.frozen(eq=False, repr=False)
class Not(Node):
    """Whether the term does not hold."""

    term: Node


@attrs.frozen(eq=False, repr=False)
class Choose(Node):
    """``yes`` where ``test`` holds, else ``no``."""

    test: Node
    yes: Node
    no: Node


@attrs.frozen(eq=False, repr=False)
class Slice(Node):
    """How much of the stretch from ``low`` to ``high`` lies between ``start`` and ``stop`` (``None``: no end)."""

    low: Node
    high: Node
    start: int
    stop: int | None


@attrs.frozen(eq=False, repr=False)
class Bands(Node):
    """The stretch from ``low`` to ``high``, each slice of it times its band's rate (in 1/10,000).

    Band ``i`` runs from ``edges[i]`` to ``edges[i + 1]``, the last one without end.
    """

    low: Node
    high: Node
    edges: tuple[int, ...]
    rates: tuple[Node, ...]


@attrs.frozen(eq=False, repr=False)
class Round(Node):
    """``amount / scale``, rounded to a multiple of ``unit``."""

    amount: Node
    scale: int
    unit: int
    mode: RoundingMode


@attrs.frozen(eq=False, repr=False)
class Divide(Node):
    """``amount / by``, rounded to a multiple of ``unit``. A rule in which ``by`` could be below 1 is refused."""

    amount: Node
    by: Node
    unit: int
    mode: RoundingMode


@attrs.frozen(eq=False, repr=False)
class Running(Node):
    """The year-to-date sum over a person's claims, this one included, among those equal in ``by``."""

    amount: Node
    by: tuple[Input, ...]


@attrs.frozen(eq=False, repr=False)
class Within(Node):
    """How much of this claim's ``amount`` still fits under a yearly ``limit``.

    With ``used`` the parts of the year's earlier claims: ``min(amount, max(0, limit - used))``. The limit may
    differ from claim to claim (by hospital level, by group); it is one of ``levels``, which rise.
    """

    amount: Node
    limit: Node
    by: tuple[Input, ...]
    levels: tuple[int, ...]


@attrs.frozen(eq=False, repr=False)
class Accrual(Node):
    """What this claim adds to the year's rounded sum.

    With ``T`` the running sum: ``round(T / scale) - round((T - amount) / scale)``. Over a year this adds up to
    the rounded annual figure, whichever way the year is cut into claims.
    """

    amount: Node
    by: tuple[Input, ...]
    scale: int
    mode: RoundingMode


@attrs.frozen(eq=False, repr=False)
class Peak(Node):
    """What this claim adds to the year's rounded highest running sum, never below zero.

    With ``T`` the running sum and ``P`` the highest ``T`` so far, or zero: ``round(P / scale)`` less the same
    before this claim.
    """

    amount: Node
    by: tuple[Input, ...]
    scale: int
    mode: RoundingMode


@attrs.frozen(eq=False, repr=False)
class Total(Node):
    """The sum over the members of kind ``of`` (claims of a person, persons of a household, …)."""

    amount: Node
    of: Entity


@attrs.frozen
class Program:
    """Named formulas that are calculated together.

    Attributes:
        steps: every named formula, in the order in which a person would follow them.
        results: the names of those that are asked for when no reasons are wanted.
        refusals: name -> the truth that must not hold for any claim; the policy that named it words the error.
    """

    steps: Mapping[str, Node]
    results: tuple[str, ...]
    refusals: Mapping[str, Node] = attrs.field(factory=dict)

    def wanted(self, names: Iterable[str] | None = None) -> dict[str, Node]:
        """The steps and refusals of those names; the results and all refusals if none are stated.

        Raises:
            InputError: there are no such steps; with every name.
        """
        known = {**self.steps, **self.refusals}
        asked = (*self.results, *self.refusals) if names is None else tuple(names)
        faults = [unknown_name("result", name, known) for name in asked if name not in known]
        if faults:
            raise InputError(faults)
        return {name: known[name] for name in asked}

    def inputs(self) -> tuple[Input, ...]:
        """Every input that any formula reads, in order of first use."""
        found = {node: None for node in walk(self.all_nodes()) if isinstance(node, Input)}
        return tuple(found)

    def all_nodes(self) -> tuple[Node, ...]:
        """The named formulas and the refusals."""
        return (*self.steps.values(), *self.refusals.values())


def walk(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node below the roots, once each, children before parents."""
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready or not node.children:
            seen.add(node)
            yield node
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node.children) if child not in seen)


def entity_of(node: Node) -> Entity:
    """Over whose members a formula is calculated; what holds everywhere goes with the claims."""
    return node.entity or "claim"


_OWN = ("entity", "children")

# --- making nodes -----------------------------------------------------------------------------------------

N = TypeVar("N", bound=Node)
_made: WeakValueDictionary[tuple[Any, ...], Node] = WeakValueDictionary()


def _make(cls: type[N], *parts: Any, entity: Entity | None = None) -> N:
    """The node of that class and those parts: the same object each time."""
    key = (cls, entity, *((type(part), part) for part in parts))  # the types keep 1 and True apart
    known = _made.get(key)
    if known is not None:
        return known  # type: ignore[return-value]  # the key holds the class
    children: list[Node] = []
    for part in parts:
        if isinstance(part, Node):
            children.append(part)
        elif isinstance(part, tuple):
            children.extend(one for one in part if isinstance(one, Node))
    if entity is None and children:
        among = [ENTITIES.index(child.entity) for child in children if child.entity is not None]
        entity = ENTITIES[min(among)] if among else None
    node = cls(*parts, entity=entity, children=tuple(children))
    _made[key] = node
    return node


def const(value: int | bool) -> Const:
    """A constant."""
    return _make(Const, value)


def unknown(about: str, stand_in: int) -> Open:
    """A figure that is not known."""
    return _make(Open, stand_in, about)


ZERO, TRUE, FALSE = const(0), const(True), const(False)


def whole(name: str, entity: Entity, low: int, high: int) -> Input:
    """An input that is a whole number from ``low`` to ``high``."""
    return _make(Input, name, "integer", low, high, (), entity=entity)


def truth(name: str, entity: Entity) -> Input:
    """An input that is true or false."""
    return _make(Input, name, "truth", 0, 1, (), entity=entity)


def category(name: str, entity: Entity, options: Iterable[str]) -> Input:
    """An input that is one of the options."""
    return _make(Input, name, "category", 0, 0, tuple(options), entity=entity)


def add(*terms: Node) -> Node:
    """The sum."""
    known = sum(term.value for term in terms if type(term) is Const)
    rest = [term for term in terms if type(term) is not Const]
    if known or not rest:
        rest.append(const(known))
    return rest[0] if len(rest) == 1 else _make(Add, tuple(rest))


def sub(whole: Node, part: Node) -> Node:
    """``whole`` less ``part``."""
    if type(whole) is Const and type(part) is Const:
        return const(whole.value - part.value)
    if whole is part:
        return ZERO
    return whole if part is ZERO else _make(Sub, whole, part)


def mul(left: Node, right: Node) -> Node:
    """The product."""
    if type(left) is Const and type(right) is Const:
        return const(left.value * right.value)
    for one, other in ((left, right), (right, left)):
        if type(one) is Const and one.value in (0, 1):
            return ZERO if one.value == 0 else other
    return _make(Mul, left, right)


def _extreme(cls: type[Min] | type[Max], pick: Any, terms: tuple[Node, ...]) -> Node:
    flat = [one for term in terms for one in (term.terms if isinstance(term, cls) else (term,))]
    known = [term.value for term in flat if type(term) is Const]
    rest = list(dict.fromkeys(term for term in flat if type(term) is not Const))
    if known:
        rest.append(const(pick(known)))
    return rest[0] if len(rest) == 1 else _make(cls, tuple(rest))


def least(*terms: Node) -> Node:
    """The least of the terms."""
    return _extreme(Min, min, terms)


def greatest(*terms: Node) -> Node:
    """The greatest of the terms."""
    return _extreme(Max, max, terms)


def compare(sign: Literal["<", "<=", "=="], left: Node, right: Node) -> Node:
    """A comparison."""
    if type(left) is Const and type(right) is Const:
        a, b = left.value, right.value
        return const(a < b if sign == "<" else a <= b if sign == "<=" else a == b)
    return _make(Compare, sign, left, right)


def is_one_of(category: Input, options: Iterable[str]) -> Node:
    """Whether a category is one of the options; an option that does not exist is a mistake of the caller."""
    wanted = tuple(dict.fromkeys(options))
    strange = set(wanted) - set(category.options)
    if strange:
        raise ValueError(f"{category.name} is never {sorted(strange)}")
    if set(wanted) == set(category.options):
        return TRUE
    return _make(Is, category, wanted) if wanted else FALSE


def all_hold(*terms: Node) -> Node:
    """Whether every term holds."""
    rest = tuple(dict.fromkeys(term for term in terms if term is not TRUE))
    if FALSE in rest:
        return FALSE
    return TRUE if not rest else rest[0] if len(rest) == 1 else _make(All, rest)


def any_holds(*terms: Node) -> Node:
    """Whether at least one term holds."""
    rest = tuple(dict.fromkeys(term for term in terms if term is not FALSE))
    if TRUE in rest:
        return TRUE
    return FALSE if not rest else rest[0] if len(rest) == 1 else _make(AnyOf, rest)


def negate(term: Node) -> Node:
    """Whether the term does not hold."""
    if type(term) is Const:
        return const(not term.value)
    return term.term if isinstance(term, Not) else _make(Not, term)


def choose(test: Node, yes: Node, no: Node) -> Node:
    """``yes`` where ``test`` holds, else ``no``."""
    if type(test) is Const:
        return yes if test.value else no
    return yes if yes is no else _make(Choose, test, yes, no)


def slice_of(low: Node, high: Node, start: int, stop: int | None) -> Node:
    """The part of a stretch between two edges."""
    return _make(Slice, low, high, start, stop)


def bands(low: Node, high: Node, edges: Iterable[int], rates: Iterable[Node]) -> Node:
    """A stretch, slice by slice, times the rates. Edges rise from the first band's start; as many rates as edges."""
    starts, factors = tuple(edges), tuple(rates)
    if len(starts) != len(factors) or list(starts) != sorted(set(starts)):
        raise ValueError(f"bands need rising edges and as many rates: {starts}, {len(factors)} rates")
    return _make(Bands, low, high, starts, factors)


def rounded(amount: Node, mode: RoundingMode = "half_up", *, scale: int = RATE_ONE, unit: int = 1) -> Node:
    """``amount / scale`` rounded to a multiple of ``unit``."""
    if type(amount) is Const:
        return const(quotient(amount.value, scale * unit, mode) * unit)
    return amount if scale == unit == 1 else _make(Round, amount, scale, unit, mode)


def divided(amount: Node, by: Node, mode: RoundingMode = "half_up", *, unit: int = 1) -> Node:
    """``amount / by`` rounded to a multiple of ``unit``."""
    if type(by) is not Const:
        return _make(Divide, amount, by, unit, mode)
    if by.value < 1:
        raise ValueError(f"a divisor is at least 1, not {by.value}")
    return rounded(amount, mode, scale=by.value, unit=unit)


def running(amount: Node, *by: Input) -> Node:
    """The year-to-date sum."""
    return _make(Running, amount, by, entity="claim")


def within(amount: Node, limit: Node, *by: Input) -> Node:
    """What still fits under a yearly limit that is a constant, or a choice among constants."""
    steps = levels(limit)
    if steps is None:
        raise ValueError("a yearly limit must be a choice among constants")
    if amount is ZERO or steps == (0,):
        return ZERO
    return _make(Within, amount, limit, by, steps, entity="claim")


_MOST_LEVELS = 64


def levels(node: Node) -> tuple[int, ...] | None:
    """The constants a formula chooses among, rising; ``None`` if it is more than a choice among constants."""
    if isinstance(node, Const):
        return (int(node.value),)
    if isinstance(node, Choose):
        parts = node.children[1:]
    elif isinstance(node, Min | Max):
        parts = node.children
    elif isinstance(node, Add):  # amounts of several groups, added up
        sums = {0}
        for term in node.terms:
            more = levels(term)
            if more is None or len(sums) * len(more) > _MOST_LEVELS:
                return None
            sums = {one + other for one in sums for other in more}
        return tuple(sorted(sums))
    else:
        return None
    found: set[int] = set()
    for part in parts:
        inner = levels(part)
        if inner is None:
            return None
        found.update(inner)
    return tuple(sorted(found))


def accrual(amount: Node, *by: Input, scale: int = RATE_ONE, mode: RoundingMode = "half_up") -> Node:
    """This claim's part of the year's rounded sum."""
    return ZERO if amount is ZERO else _make(Accrual, amount, by, scale, mode, entity="claim")


def peak(amount: Node, *by: Input, scale: int = RATE_ONE, mode: RoundingMode = "half_up") -> Node:
    """This claim's part of the year's rounded highest running sum."""
    return _make(Peak, amount, by, scale, mode, entity="claim")


def total(amount: Node, entity: Entity, of: Entity) -> Node:
    """The sum over an entity's members of kind ``of``; what is the same for all members counts for each."""
    at = ENTITIES.index(amount.entity or of)
    if not at >= ENTITIES.index(of) < ENTITIES.index(entity):
        raise ValueError(f"a {entity} has no {of} for which this could be summed ({amount.entity})")
    return _make(Total, amount, of, entity=entity)


def count(condition: Node, entity: Entity, of: Entity) -> Node:
    """How many members meet a condition."""
    return total(choose(condition, const(1), ZERO), entity, of)


def any_of(condition: Node, entity: Entity, of: Entity) -> Node:
    """Whether any member meets a condition."""
    return compare("<", ZERO, count(condition, entity, of))
