"""Interval analysis: between which numbers a formula lies, proved before anything runs.

A rule whose intermediate values could pass 2^53 is refused, because beyond it engines that calculate in
float64 stop being exact, and int64 engines wrap without a word a little later.
"""

from __future__ import annotations

from collections.abc import Iterable

from poverty_policy.errors import RuleError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.money import quotient

LIMIT = 2**53
MOST = 500_000_000
"""The most that one component of one claim's cost may be, in fen (5 million yuan): up to here all is exact."""
MEMBERS = {"person": 366, "household": 50, "village": 20_000, "township": 100, "county": 30}
"""The most members one group may have. A person's claims in one benefit year count as members too."""

Interval = tuple[int, int]


def prove(roots: Iterable[g.Node]) -> dict[g.Node, Interval]:
    """The interval of every whole-number formula below the roots.

    Raises:
        RuleError: a formula can pass 2^53, or divide by zero.
    """
    found: dict[g.Node, Interval] = {}
    for node in g.walk(roots):
        interval = _interval(node, found)
        if interval is None:
            continue
        _require(node, interval)
        if isinstance(node, g.Within | g.Accrual | g.Peak):  # what they sum up on the way must be exact too
            _require(node, _times(found[node.amount], MEMBERS["person"]))
        found[node] = interval
    return found


def _require(node: g.Node, interval: Interval) -> None:
    reach = max(-interval[0], interval[1])
    if reach > LIMIT:
        name = type(node).__name__
        raise RuleError(
            invalid(
                f"规则中的算式（{name}）可能达到 {reach}，超过 2^53，不能保证精确",
                f"a formula of this rule ({name}) can reach {reach}, beyond 2^53, and would not be exact",
            )
        )


def _interval(node: g.Node, known: dict[g.Node, Interval]) -> Interval | None:
    match node:
        case g.Const(value=value):
            return None if isinstance(value, bool) else (value, value)
        case g.Input(kind="integer", low=low, high=high):
            return low, high
        case g.Add(terms=terms):
            return sum(known[t][0] for t in terms), sum(known[t][1] for t in terms)
        case g.Sub(whole=a, part=b):
            # x - min(x, ...) and x - within(x, ...) never fall below zero nor pass x
            if (isinstance(b, g.Min) and a in b.terms) or (isinstance(b, g.Within) and b.amount is a):
                return 0, known[a][1] - min(known[b][0], 0)
            return known[a][0] - known[b][1], known[a][1] - known[b][0]
        case g.Mul(left=a, right=b):
            products = [x * y for x in known[a] for y in known[b]]
            return min(products), max(products)
        case g.Min(terms=terms):
            return min(known[t][0] for t in terms), min(known[t][1] for t in terms)
        case g.Max(terms=terms):
            return max(known[t][0] for t in terms), max(known[t][1] for t in terms)
        case g.Choose(yes=a, no=b) if a in known and b in known:
            return min(known[a][0], known[b][0]), max(known[a][1], known[b][1])
        case g.Slice(low=low, high=high):
            return 0, _length(low, high, known)
        case g.Bands(low=low, high=high, rates=rates):
            # slices do not overlap, so together they are no longer than the stretch
            return 0, _length(low, high, known) * max(known[r][1] for r in rates)
        case g.Round(amount=a, scale=scale, unit=unit, mode=mode):
            low, high = (quotient(x, scale * unit, mode) * unit for x in known[a])
            return low, high
        case g.Divide(amount=a, by=by):
            return _quotients(node, known[a], known[by])
        case g.Running(amount=a):
            return _times(known[a], MEMBERS["person"])
        case g.Within(amount=a, limit=limit):
            return 0, max(0, min(known[a][1], known[limit][1]))
        case g.Accrual(amount=a, scale=scale) | g.Peak(amount=a, scale=scale):
            return 0, max(0, -(-known[a][1] // scale))
        case g.Total(amount=a, of=below, entity=entity) if entity is not None:
            return _times(known[a], _members(below, entity))
        case _:
            return None


def _quotients(node: g.Divide, amount: Interval, by: Interval) -> Interval:
    """Between which numbers a quotient lies, found at the corners: along each side it only rises or only falls."""
    if by[0] < 1:
        raise RuleError(
            invalid(
                f"规则中的除数可能为零或更小（最小 {by[0]}），除数须不小于 1",
                f"the divisor of a rule can be zero or less (as low as {by[0]}); it must be at least 1",
            )
        )
    size, divisor = max(-amount[0], amount[1]), by[1] * node.unit
    _require(node, (0, max(2 * size + divisor, 2 * divisor)))  # what readers divide, to round a half up
    corners = [quotient(a, b * node.unit, node.mode) * node.unit for a in amount for b in by]
    return min(corners), max(corners)


def _length(low: g.Node, high: g.Node, known: dict[g.Node, Interval]) -> int:
    """How long a stretch can be; one that ends where a sum stands is as long as what was added last."""
    if isinstance(low, g.Sub) and low.whole is high:
        return max(0, known[low.part][1])
    return max(0, known[high][1] - min(0, known[low][0]))


def _members(below: g.Entity, entity: g.Entity) -> int:
    times = 1
    for step in g.ENTITIES[g.ENTITIES.index(below) + 1 : g.ENTITIES.index(entity) + 1]:
        times *= MEMBERS[step]
    return times


def _times(interval: Interval, times: int) -> Interval:
    low, high = interval
    return min(0, low * times), max(0, high * times)
