"""The formula graph, its bounds, and the Python reader against an interpreter that follows the nodes' definitions."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from poverty_policy.errors import RuleError
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import LIMIT, MEMBERS, MOST, prove
from poverty_policy.formula.python import Runner, compile_program
from poverty_policy.money import ROUNDING_MODES, RoundingMode, quotient

many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

X = g.whole("x", "claim", 0, 1_000)
Y = g.whole("y", "claim", -50, 50)
FLAG = g.truth("flag", "claim")
LEVEL = g.category("level", "claim", ["county", "city", "province"])
YEAR = g.whole("year", "claim", 2017, 2018)
P = g.whole("p", "person", 0, 100)
H = g.whole("h", "household", 0, 100)
T = g.whole("t", "township", 0, 9)
ONE = g.const(1)


# --- one formula, one object ------------------------------------------------------------------------------


def test_the_same_formula_is_the_same_object() -> None:
    assert g.add(X, Y) is g.add(X, Y)
    assert g.add(X, Y) is not g.add(Y, X)
    assert g.whole("x", "claim", 0, 1_000) is X
    assert g.whole("x", "claim", 0, 1_001) is not X
    assert g.whole("x", "person", 0, 1_000) is not X
    one = g.bands(g.ZERO, X, [0, 10], [g.const(5), g.const(6)])
    assert one is g.bands(g.ZERO, X, [0, 10], [g.const(5), g.const(6)])
    assert one is not g.bands(g.ZERO, X, [0, 11], [g.const(5), g.const(6)])
    assert g.rounded(X, "up", scale=7) is not g.rounded(X, "down", scale=7)
    assert g.divided(X, P, "up") is g.divided(X, P, "up")
    assert g.divided(X, P, "up") is not g.divided(P, X, "up")
    assert g.divided(X, P, unit=1) is not g.divided(X, P, unit=10)


def test_one_and_true_are_two_things() -> None:
    assert g.const(1) is not g.const(True)
    assert g.const(0) is not g.const(False)
    assert g.const(True) is g.TRUE
    assert type(g.const(1).value) is int
    assert g.negate(g.const(True)) is g.FALSE
    assert g.slice_of(X, X, 1, None) is not g.slice_of(X, X, 0, None)
    assert g.choose(FLAG, g.const(1), g.ZERO) is not g.choose(FLAG, g.TRUE, g.FALSE)


def test_an_open_figure_is_not_the_figure_that_stands_in_for_it() -> None:
    assert g.unknown("a", 5) is g.unknown("a", 5)
    assert g.unknown("a", 5) is not g.unknown("b", 5)
    assert g.unknown("a", 5) is not g.const(5)
    assert g.add(g.unknown("a", 5), g.const(5)) is not g.const(10)


def test_formulas_nobody_holds_are_forgotten() -> None:
    before = len(g._made)
    kept = g.add(X, g.const(987_654_321))
    assert len(g._made) > before
    del kept
    gc.collect()
    assert len(g._made) <= before


@pytest.mark.parametrize(
    ("made", "simple"),
    [
        (g.add(), g.ZERO),
        (g.add(X), X),
        (g.add(X, g.ZERO), X),
        (g.add(X, g.const(2), g.const(-2)), X),
        (g.add(g.const(2), g.const(3)), g.const(5)),
        (g.sub(X, X), g.ZERO),
        (g.sub(X, g.ZERO), X),
        (g.sub(g.const(2), g.const(5)), g.const(-3)),
        (g.mul(X, g.ZERO), g.ZERO),
        (g.mul(g.const(1), X), X),
        (g.mul(g.const(3), g.const(4)), g.const(12)),
        (g.least(X, X), X),
        (g.least(X, g.least(Y, g.const(5)), g.const(3)), g.least(X, Y, g.const(3))),
        (g.greatest(g.const(1), g.const(2)), g.const(2)),
        (g.compare("<", g.const(1), g.const(1)), g.FALSE),
        (g.compare("<=", g.const(1), g.const(1)), g.TRUE),
        (g.compare("==", g.const(1), g.const(2)), g.FALSE),
        (g.is_one_of(LEVEL, ["county", "city", "province"]), g.TRUE),
        (g.is_one_of(LEVEL, []), g.FALSE),
        (g.is_one_of(LEVEL, ["city", "city"]), g.is_one_of(LEVEL, ["city"])),
        (g.all_hold(), g.TRUE),
        (g.all_hold(FLAG, g.TRUE), FLAG),
        (g.all_hold(FLAG, g.FALSE), g.FALSE),
        (g.any_holds(), g.FALSE),
        (g.any_holds(FLAG, g.FALSE), FLAG),
        (g.any_holds(FLAG, g.TRUE), g.TRUE),
        (g.negate(g.negate(FLAG)), FLAG),
        (g.choose(g.TRUE, X, Y), X),
        (g.choose(g.FALSE, X, Y), Y),
        (g.choose(FLAG, X, X), X),
        (g.rounded(g.const(15), "half_up", scale=10), g.const(2)),
        (g.rounded(g.const(1_455), "up", scale=1, unit=100), g.const(1_500)),
        (g.rounded(X, scale=1), X),
        (g.divided(g.const(-15), g.const(10)), g.const(-2)),
        (g.divided(g.const(1_449), g.const(1), unit=100), g.const(1_400)),
        (g.divided(X, g.const(1)), X),
        (g.divided(X, g.const(7), "up", unit=10), g.rounded(X, "up", scale=7, unit=10)),
        (g.within(g.ZERO, g.const(5)), g.ZERO),
        (g.within(X, g.ZERO), g.ZERO),
        (g.accrual(g.ZERO), g.ZERO),
    ],
)  # fmt: skip
def test_what_is_known_is_worked_out_at_once(made: g.Node, simple: g.Node) -> None:
    assert made is simple


def test_a_formula_belongs_to_the_lowest_entity_it_depends_on() -> None:
    assert g.add(H, P).entity == "person"
    assert g.add(H, P, X).entity == "claim"
    assert g.const(1).entity is None
    assert g.add(g.const(1), H).entity == "household"
    assert g.total(X, "person", "claim").entity == "person"
    assert g.running(P).entity == "claim"
    assert g.divided(H, P).entity == "person"
    assert g.total(T, "county", "township").entity == "county"


def test_mistakes_of_the_caller_are_refused() -> None:
    with pytest.raises(ValueError, match=r"level is never \['village'\]"):
        g.is_one_of(LEVEL, ["village"])
    for edges in ([5, 0], [0, 0], [0]):
        with pytest.raises(ValueError, match="bands need rising edges"):
            g.bands(g.ZERO, X, edges, [g.ZERO, g.ZERO])
    with pytest.raises(ValueError, match="a yearly limit must be a choice among constants"):
        g.within(X, g.add(X, g.const(1)))
    for entity, of in (("claim", "claim"), ("claim", "person"), ("person", "person")):
        with pytest.raises(ValueError, match="has no"):
            g.total(X, entity, of)  # type: ignore[arg-type]  # plain text, as a caller without types gives
    for divisor in (0, -2):
        with pytest.raises(ValueError, match=f"a divisor is at least 1, not {divisor}"):
            g.divided(X, g.const(divisor))
    with pytest.raises(ValueError, match="has no household"):
        g.total(X, "village", "household")  # a claim's value has no one value for its household


def test_walking_meets_every_node_once_children_first() -> None:
    shared = g.add(X, g.const(1))
    root = g.mul(shared, g.choose(FLAG, shared, Y))
    order = list(g.walk([root, shared]))
    assert len(order) == len(set(order))
    assert set(order) == {X, g.const(1), shared, FLAG, Y, g.choose(FLAG, shared, Y), root}
    assert all(order.index(child) < order.index(node) for node in order for child in node.children)


def test_walking_is_not_limited_by_the_stack() -> None:
    deep: g.Node = X
    for number in range(3_000):
        deep = g.choose(g.compare("<", deep, g.const(number)), deep, g.add(deep, Y))
        if number % 2:
            deep = g.least(deep, g.const(10_000))
    assert len(list(g.walk([deep]))) > 3_000


def test_levels_are_the_constants_a_choice_is_made_among() -> None:
    choice = g.choose(FLAG, g.const(5), g.least(g.const(3), g.choose(FLAG, g.const(4), g.const(3))))
    assert g.levels(choice) == (3, 4, 5)
    assert g.levels(g.add(X, g.const(1))) is None


# --- bounds -----------------------------------------------------------------------------------------------


def reaches(node: g.Node) -> tuple[int, int]:
    return prove([node])[node]


def test_bounds_refuse_just_what_is_beyond_two_to_the_53() -> None:
    assert reaches(g.whole("big", "claim", 0, LIMIT)) == (0, LIMIT)
    assert reaches(g.whole("big", "claim", -LIMIT, 0)) == (-LIMIT, 0)
    for low, high in ((0, LIMIT + 1), (-LIMIT - 1, 0)):
        with pytest.raises(RuleError, match=r"can reach 9007199254740993, beyond 2\^53"):
            prove([g.whole("big", "claim", low, high)])
    half = g.whole("half", "claim", 0, LIMIT // 2)
    assert reaches(g.add(half, half)) == (0, LIMIT)
    for beyond in (g.add(half, half, g.const(1)), g.mul(half, g.const(3)), g.sub(g.sub(g.ZERO, half), g.add(half, X))):
        with pytest.raises(RuleError, match="beyond"):
            prove([beyond])


def test_what_is_refused_may_stand_deep_inside() -> None:
    big = g.whole("big", "claim", 0, LIMIT)
    with pytest.raises(RuleError, match=r"\(Add\)"):
        prove([g.least(X, g.add(big, g.const(1)))])
    program = g.Program({"x": g.least(X, g.add(big, g.const(1)))}, ("x",))
    with pytest.raises(RuleError):
        compile_program(program, traced=False)


@pytest.mark.parametrize("window", ["running", "within", "accrual", "peak"])
def test_sums_over_a_year_are_as_long_as_a_year_can_be(window: str) -> None:
    def made(most: int) -> g.Node:
        amount = g.whole("amount", "claim", 0, most)
        if window == "within":
            return g.within(amount, g.const(5), YEAR)
        return {"running": g.running, "accrual": g.accrual, "peak": g.peak}[window](amount, YEAR)  # type: ignore[operator]

    most = LIMIT // MEMBERS["person"]
    assert prove([made(most)])
    with pytest.raises(RuleError, match="beyond"):
        prove([made(most + 1)])


def test_totals_are_as_large_as_groups_can_be() -> None:
    amount = g.whole("amount", "claim", -1, 1)
    assert reaches(g.total(amount, "person", "claim")) == (-366, 366)
    assert reaches(g.total(amount, "household", "claim")) == (-366 * 50, 366 * 50)
    assert reaches(g.total(g.total(amount, "person", "claim"), "household", "person")) == (-366 * 50, 366 * 50)
    assert reaches(g.count(g.truth("t", "person"), "village", "person")) == (0, 50 * 20_000)
    assert reaches(g.count(g.truth("t", "person"), "township", "person")) == (0, 50 * 20_000 * 100)
    assert reaches(g.count(g.truth("t", "person"), "county", "person")) == (0, 50 * 20_000 * 100 * 30)
    assert reaches(g.total(g.count(g.truth("t", "village"), "township", "village"), "county", "township")) == (
        0,
        3_000,
    )


@pytest.mark.parametrize("low", [0, -1, -7])
def test_a_divisor_that_may_be_zero_is_refused(low: int) -> None:
    with pytest.raises(RuleError, match=rf"divisor of a rule can be zero or less \(as low as {low}\)") as caught:
        prove([g.add(X, g.divided(X, g.whole("n", "claim", low, 9)))])
    assert f"规则中的除数可能为零或更小（最小 {low}）" in caught.value.text("zh")
    prove([g.add(X, g.divided(X, g.greatest(ONE, g.whole("n", "claim", low, 9))))])
    with pytest.raises(RuleError, match="divisor"):
        compile_program(g.Program({"it": g.divided(X, g.unknown("heads", low))}, ("it",)), traced=False)


def test_a_household_may_have_no_members_as_far_as_bounds_know() -> None:
    heads = g.total(ONE, "household", "person")
    with pytest.raises(RuleError, match="divisor"):
        prove([g.divided(H, heads)])
    assert reaches(g.divided(H, g.greatest(ONE, heads))) == (0, 100)


@many
@given(st.data())
def test_bounds_of_a_quotient_are_reached_and_never_passed(data: st.DataObject) -> None:
    low, high = sorted(data.draw(st.tuples(*[st.integers(-30, 30)] * 2)))
    least, most = sorted(data.draw(st.tuples(*[st.integers(1, 12)] * 2)))
    unit, mode = data.draw(st.sampled_from([1, 2, 5])), data.draw(st.sampled_from(ROUNDING_MODES))
    node = g.divided(g.whole("a", "claim", low, high), g.whole("n", "claim", least, most), mode, unit=unit)
    found = [quotient(a, n * unit, mode) * unit for a in range(low, high + 1) for n in range(least, most + 1)]
    assert reaches(node) == (min(found), max(found))


def test_what_is_worked_out_for_a_quotient_is_exact() -> None:
    n = g.whole("n", "claim", 1, 1_000)

    def made(amount: int, unit: int = 1) -> g.Node:
        return g.divided(g.whole("a", "claim", min(0, amount), max(0, amount)), n, unit=unit)

    most = (LIMIT - 1_000) // 2
    assert reaches(made(most)) == (0, most)
    assert reaches(made(-most)) == (-most, 0)
    assert prove([made(most - 4_500, 10)])
    for beyond in (made(most + 1), made(-most - 1), made(most - 4_499, 10), made(0, LIMIT // 1_000)):
        with pytest.raises(RuleError, match=r"\(Divide\) can reach \d+, beyond"):
            prove([beyond])


def test_a_year_of_the_largest_bills_at_the_highest_rates_is_exact() -> None:
    cost = g.whole("cost", "claim", 0, MOST)
    running = g.running(cost, YEAR)
    paid = g.accrual(g.bands(g.sub(running, cost), running, [0, 10**6], [g.const(5_000), g.const(10_000)]), YEAR)
    assert reaches(paid)[1] <= MOST


# --- the interpreter --------------------------------------------------------------------------------------

Rows = Mapping[g.Entity, Sequence[Mapping[str, Any]]]
Parents = Mapping[g.Entity, Sequence[int]]
SIGNS: Mapping[str, Callable[[int, int], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
}


class Interpreter:
    """Follows the definitions word by word, member by member, with no thought for speed."""

    def __init__(self, rows: Rows, parents: Parents) -> None:
        self.rows, self.parents = rows, parents
        self.known: dict[tuple[g.Node, g.Entity | None, int], Any] = {}

    def above(self, entity: g.Entity, place: int, wanted: g.Entity) -> int:
        while entity != wanted:
            place = self.parents[entity][place]
            entity = g.ENTITIES[g.ENTITIES.index(entity) + 1]
        return place

    def value(self, node: g.Node, entity: g.Entity, place: int) -> Any:
        """What a formula is for a member: its own value, or that of the group it belongs to."""
        if node.entity is not None:
            place, entity = self.above(entity, place, node.entity), node.entity
        key = (node, node.entity, place if node.entity else 0)
        if key not in self.known:
            self.known[key] = self.find(node, entity, place)
        return self.known[key]

    def year(self, node: Any, place: int) -> list[int]:
        """The claims of the same person, equal in what the window goes by, up to this one."""
        alike = [self.value(one, "claim", place) for one in node.by]
        return [
            other
            for other in range(place + 1)
            if self.parents["claim"][other] == self.parents["claim"][place]
            and [self.value(one, "claim", other) for one in node.by] == alike
        ]

    def find(self, node: g.Node, entity: g.Entity, place: int) -> Any:
        def of(child: g.Node) -> Any:
            return self.value(child, entity, place)

        match node:
            case g.Const(value=value):
                return value
            case g.Input(name=name):
                return self.rows[entity][place][name]
            case g.Add(terms=terms):
                return sum(of(term) for term in terms)
            case g.Sub(whole=whole, part=part):
                return of(whole) - of(part)
            case g.Mul(left=left, right=right):
                return of(left) * of(right)
            case g.Min(terms=terms):
                return min(of(term) for term in terms)
            case g.Max(terms=terms):
                return max(of(term) for term in terms)
            case g.Compare(sign=sign, left=left, right=right):
                return SIGNS[sign](of(left), of(right))
            case g.Is(category=category, options=options):
                return of(category) in options
            case g.All(terms=terms):
                return all(of(term) for term in terms)
            case g.AnyOf(terms=terms):
                return any(of(term) for term in terms)
            case g.Not(term=term):
                return not of(term)
            case g.Choose(test=test, yes=yes, no=no):
                return of(yes) if of(test) else of(no)
            case g.Slice(low=low, high=high, start=start, stop=stop):
                return between(of(low), of(high), start, stop)
            case g.Bands(low=low, high=high, edges=edges, rates=rates):
                stops = [*edges[1:], None]
                return sum(
                    between(of(low), of(high), start, stop) * of(rate)
                    for start, stop, rate in zip(edges, stops, rates, strict=True)
                )
            case g.Round(amount=amount, scale=scale, unit=unit, mode=mode):
                return quotient(of(amount), scale * unit, mode) * unit
            case g.Divide(amount=amount, by=by, unit=unit, mode=mode):
                return quotient(of(amount), of(by) * unit, mode) * unit
            case g.Total(amount=amount, of=member):
                return sum(
                    self.value(amount, member, other)
                    for other in range(len(self.rows[member]))
                    if self.above(member, other, entity) == place
                )
            case g.Running(amount=amount):
                return sum(self.value(amount, "claim", other) for other in self.year(node, place))
            case g.Within(amount=amount, limit=limit):
                used = sum(self.value(node, "claim", other) for other in self.year(node, place)[:-1])
                return min(of(amount), max(0, of(limit) - used))
            case g.Accrual(amount=amount, scale=scale, mode=mode):
                total = sum(self.value(amount, "claim", other) for other in self.year(node, place))
                return quotient(total, scale, mode) - quotient(total - of(amount), scale, mode)
            case g.Peak(amount=amount, scale=scale, mode=mode):
                sums = [0]
                for other in self.year(node, place):
                    sums.append(sums[-1] + self.value(amount, "claim", other))
                return quotient(max(sums), scale, mode) - quotient(max(sums[:-1]), scale, mode)
        raise TypeError(type(node))


def between(low: int, high: int, start: int, stop: int | None) -> int:
    top = high if stop is None else min(high, stop)
    return max(0, top - max(low, start))


# --- random graphs and random cases -----------------------------------------------------------------------


class Maker:
    """Makes formulas of every kind out of those made before."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.numbers: list[g.Node] = [X, Y, P, H, T, g.const(3), g.const(-2), g.ZERO]
        self.truths: list[g.Node] = [FLAG, g.is_one_of(LEVEL, ["city", "province"]), g.truth("poor", "person")]

    def number(self, entity: g.Entity | None = None) -> g.Node:
        recent = self.chance.choice([self.numbers, self.numbers[-6:]])
        fits = [one for one in recent if entity is None or one.entity in (None, *self.from_(entity))]
        return self.chance.choice(fits or [{"person": P, "household": H, "township": T}.get(entity or "claim", X)])

    @staticmethod
    def from_(entity: g.Entity) -> tuple[g.Entity, ...]:
        return g.ENTITIES[g.ENTITIES.index(entity) :]

    def amount(self) -> g.Node:
        """A number that is not below zero."""
        return g.greatest(g.ZERO, self.number())

    def divisor(self) -> g.Node:
        """A number that is never below one."""
        return g.greatest(ONE, self.number())

    def truth(self) -> g.Node:
        return self.chance.choice(self.truths)

    def few(self, make: Callable[[], g.Node]) -> list[g.Node]:
        return [make() for _ in range(self.chance.randint(1, 3))]

    def by(self) -> list[g.Input]:
        return self.chance.choice([[], [YEAR], [YEAR, LEVEL]])

    def limit(self) -> g.Node:
        constants = [g.const(self.chance.randint(0, 500)) for _ in range(3)]
        return self.chance.choice(
            [
                constants[0],
                g.choose(self.truth(), constants[0], g.choose(self.truth(), constants[1], constants[2])),
                g.least(constants[0], g.choose(self.truth(), constants[1], constants[2])),
            ]
        )

    def edges(self) -> list[int]:
        start = self.chance.choice([0, 0, 0, 10])
        return [start, *sorted(self.chance.sample(range(start + 1, 900), self.chance.randint(0, 3)))]

    def step(self) -> g.Node:
        chance, mode = self.chance, self.chance.choice(ROUNDING_MODES)
        scale = chance.choice([1, 2, 3, 7, 100, 10_000])
        kinds: list[Callable[[], g.Node]] = [
            lambda: g.add(*self.few(self.number)),
            lambda: g.sub(self.number(), self.number()),
            lambda: g.mul(self.number(), g.const(chance.choice([-3, 2, 10]))),
            lambda: g.mul(g.least(self.number(), g.const(50)), self.number()),
            lambda: g.least(*self.few(self.number)),
            lambda: g.greatest(*self.few(self.number)),
            lambda: g.choose(self.truth(), self.number(), self.number()),
            lambda: g.slice_of(self.number(), self.number(), chance.randint(-9, 99), chance.choice([None, 200])),
            lambda: self.bands(),
            lambda: g.rounded(self.number(), mode, scale=scale, unit=chance.choice([1, 1, 10])),
            lambda: g.divided(self.number(), self.divisor(), mode, unit=chance.choice([1, 1, 10])),
            lambda: g.divided(self.amount(), self.divisor(), mode),
            lambda: g.running(self.number(), *self.by()),
            lambda: g.within(self.amount(), self.limit(), *self.by()),
            lambda: g.accrual(self.amount(), *self.by(), scale=scale, mode=mode),
            lambda: g.peak(self.number(), *self.by(), scale=scale, mode=mode),
            lambda: g.total(self.number("claim"), chance.choice(g.ENTITIES[1:]), "claim"),
            lambda: g.total(self.number("person"), chance.choice(g.ENTITIES[2:]), "person"),
            lambda: g.total(self.number("household"), chance.choice(g.ENTITIES[3:]), "household"),
            lambda: g.total(self.number("township"), "county", "township"),
            lambda: g.count(chance.choice(self.truths[:2]), "person", "claim"),
        ]
        return chance.choice(kinds)()

    def bands(self) -> g.Node:
        edges = self.edges()
        low, high = self.amount(), self.amount()
        rates = [self.chance.choice([g.const(self.chance.randint(0, 9)), self.amount()]) for _ in edges]
        return g.bands(self.chance.choice([g.ZERO, low, g.sub(high, g.least(low, high))]), high, edges, rates)

    def test(self) -> g.Node:
        kinds: list[Callable[[], g.Node]] = [
            lambda: g.compare(self.chance.choice(["<", "<=", "=="]), self.number(), self.number()),
            lambda: g.all_hold(*self.few(self.truth)),
            lambda: g.any_holds(*self.few(self.truth)),
            lambda: g.negate(self.truth()),
            lambda: g.any_of(self.chance.choice(self.truths[:2]), "person", "claim"),
        ]
        return self.chance.choice(kinds)()

    def program(self) -> g.Program:
        steps: dict[str, g.Node] = {}
        for number in range(self.chance.randint(1, 14)):
            one = self.test() if self.chance.random() < 0.25 else self.step()
            try:
                prove([one])
            except RuleError:
                continue
            truthful = (
                isinstance(one, g.Compare | g.Is | g.All | g.AnyOf | g.Not) or type(getattr(one, "value", 0)) is bool
            )
            (self.truths if truthful or one in self.truths else self.numbers).append(one)
            steps[f"s{number}"] = one
        assume(steps)
        return g.Program(steps, tuple(steps)[-3:])


def random_case(seed: int) -> tuple[Rows, Parents]:
    chance = Random(seed)
    homes = [chance.randrange(2) for _ in range(chance.randint(0, 3))]
    persons = [chance.randrange(len(homes)) for _ in range(chance.randint(0, 4))] if homes else []
    claims = [chance.randrange(len(persons)) for _ in range(chance.randint(0, 9))] if persons else []
    claim_rows = [
        {
            "x": chance.choice([0, 1, 10, 200, 1_000, chance.randint(0, 1_000)]),
            "y": chance.randint(-50, 50),
            "flag": chance.random() < 0.5,
            "level": chance.choice(LEVEL.options),
            "year": chance.choice([2017, 2018]),
        }
        for _ in claims
    ]
    person_rows = [{"p": chance.randint(0, 100), "poor": chance.random() < 0.5} for _ in persons]
    rows: Rows = {
        "claim": claim_rows,
        "person": person_rows,
        "household": [{"h": chance.randint(0, 100)} for _ in homes],
        "village": [{}, {}],
        "township": [{"t": chance.randint(0, 9)} for _ in range(3)],
        "county": [{}, {}],
    }
    parents: Parents = {"claim": claims, "person": persons, "household": homes}
    return rows, {**parents, "village": chance.choice([[0, 0], [2, 0]]), "township": [1, 0, 1]}


def run(runner: Runner, rows: Rows, parents: Parents) -> dict[str, list[Any]]:
    """Every value by its name, for each member of its entity."""
    listed = {entity: [tuple(row[name] for name in runner.inputs[entity]) for row in rows[entity]] for entity in rows}
    found = runner(listed, parents)
    return {
        name: [row[place] for row in found[entity]]
        for entity in found
        for place, name in enumerate(runner.names[entity])
    }


@many
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_python_reader_gives_what_the_definitions_say(of_graph: int, of_case: int) -> None:
    program = Maker(of_graph).program()
    rows, parents = random_case(of_case)
    interpreter = Interpreter(rows, parents)
    expected = {
        name: [interpreter.value(node, node.entity or "claim", k) for k in range(len(rows[node.entity or "claim"]))]
        for name, node in program.steps.items()
    }
    assert run(compile_program(program, traced=True), rows, parents) == expected
    plain = run(compile_program(program, traced=False), rows, parents)
    assert plain == {name: expected[name] for name in program.results}
    bounds = prove(program.all_nodes())
    for node in g.walk(program.all_nodes()):
        if node in bounds:
            low, high = bounds[node]
            for place in range(len(rows[node.entity or "claim"])):
                assert low <= interpreter.value(node, node.entity or "claim", place) <= high


# --- by hand ----------------------------------------------------------------------------------------------


def of_claims(
    node: g.Node, amounts: Sequence[int], persons: Sequence[int] | None = None, **more: Sequence[Any]
) -> list[Any]:
    persons = persons or [0] * len(amounts)
    facts = {"flag": [False] * len(amounts), "year": [2017] * len(amounts), "y": [0] * len(amounts), **more}
    claims = [{"x": amount, **{name: facts[name][k] for name in facts}} for k, amount in enumerate(amounts)]
    people = max(persons, default=-1) + 1
    rows: Rows = {"claim": claims, "person": [{"p": 0}] * people, "household": [{}]}
    runner = compile_program(g.Program({"it": node}, ("it",)), traced=False)
    return run(runner, rows, {"claim": persons, "person": [0] * people})["it"]


def test_running_sums_start_again_with_each_person_and_year() -> None:
    assert of_claims(g.running(X), [1, 2, 3], [0, 1, 0]) == [1, 2, 4]
    assert of_claims(g.running(X, YEAR), [1, 2, 3, 4], year=[2017, 2018, 2017, 2018]) == [1, 2, 4, 6]


def test_within_a_limit_that_changes() -> None:
    assert of_claims(g.within(X, g.const(10)), [4, 5, 6, 0, 1]) == [4, 5, 1, 0, 0]
    limit = g.choose(FLAG, g.const(20), g.const(5))
    assert of_claims(g.within(X, limit), [9, 9, 9, 9], flag=[False, True, False, True]) == [5, 9, 0, 6]


def test_accrual_adds_up_to_the_rounded_sum() -> None:
    assert of_claims(g.accrual(X, scale=10), [4, 1, 5, 4, 1]) == [0, 1, 0, 0, 1]
    assert of_claims(g.accrual(X, scale=10, mode="up"), [1, 9, 1]) == [1, 0, 1]
    assert of_claims(g.accrual(X, scale=10, mode="down"), [9, 1, 9]) == [0, 1, 0]


def test_a_peak_never_falls() -> None:
    assert of_claims(g.peak(Y, scale=1), [0] * 6, y=[5, -3, 1, 4, -9, 9]) == [5, 0, 0, 2, 0, 0]
    assert of_claims(g.peak(Y, scale=10), [0] * 3, y=[-20, 24, 1]) == [0, 0, 1]


def per_head(low: int, pairs: Sequence[tuple[int, int]], mode: RoundingMode, unit: int) -> list[Any]:
    """What the Python reader makes of amounts from ``low`` on, each over its divisor."""
    node = g.divided(g.whole("x", "claim", low, WIDE), g.whole("n", "claim", 1, 1_000), mode, unit=unit)
    rows: Rows = {"claim": [{"x": amount, "n": by} for amount, by in pairs]}
    return run(compile_program(g.Program({"it": node}, ("it",)), traced=False), rows, {})["it"]


WIDE = 2**52 - 50_000


@pytest.mark.parametrize("low", [0, -WIDE])
@pytest.mark.parametrize(
    ("mode", "unit", "expected"),
    [
        ("half_up", 1, [7, 3, 4, 4, 2, 0]),
        ("up", 1, [7, 4, 4, 4, 3, 1]),
        ("down", 1, [7, 3, 4, 3, 2, 0]),
        ("half_up", 5, [5, 5, 5, 5, 0, 0]),
        ("up", 5, [10, 5, 5, 5, 5, 5]),
        ("down", 5, [5, 0, 0, 0, 0, 0]),
    ],
)
def test_quotients(mode: RoundingMode, unit: int, low: int, expected: list[int]) -> None:
    pairs = [(7, 1), (10, 3), (16, 4), (7, 2), (12, 5), (1, 999)]  # 7, 3.33, 4, 3.5, 2.4, nearly nothing
    assert per_head(low, pairs, mode, unit) == expected
    if low < 0:
        below = [(-amount, by) for amount, by in pairs]
        assert per_head(low, below, mode, unit) == [-one for one in expected]


@many
@given(
    st.lists(st.tuples(st.integers(0, WIDE) | st.integers(0, 60), st.integers(1, 1_000) | st.integers(1, 9))),
    st.sampled_from(ROUNDING_MODES),
    st.sampled_from([1, 2, 7, 100]),
    st.booleans(),
)
def test_a_quotient_is_that_of_money(pairs: list[tuple[int, int]], mode: RoundingMode, unit: int, below: bool) -> None:
    if below:
        pairs = [(-amount if place % 2 else amount, by) for place, (amount, by) in enumerate(pairs)]
    expected = [quotient(amount, by * unit, mode) * unit for amount, by in pairs]
    assert per_head(-WIDE if below else 0, pairs, mode, unit) == expected


def test_income_per_head_goes_down_to_persons_and_claims() -> None:
    each = g.divided(H, g.greatest(ONE, g.total(ONE, "household", "person")), "down")
    steps = {"each": each, "person": g.add(P, each), "claim": g.divided(X, g.greatest(ONE, each), "up")}
    rows: Rows = {
        "claim": [{"x": 100}, {"x": 7}],
        "person": [{"p": 1}, {"p": 2}, {"p": 3}, {"p": 4}],
        "household": [{"h": 100}, {"h": 9}, {"h": 50}],
    }
    parents: Parents = {"claim": [0, 3], "person": [0, 0, 0, 1]}
    found = run(compile_program(g.Program(steps, tuple(steps)), traced=False), rows, parents)
    assert found == {"each": [33, 9, 50], "person": [34, 35, 36, 13], "claim": [4, 1]}


def test_townships_lie_between_villages_and_counties() -> None:
    homes = g.total(ONE, "township", "household")
    steps = {
        "homes": homes,
        "h": g.total(H, "county", "household"),
        "villages": g.total(ONE, "county", "village"),
        "t": g.total(g.mul(T, homes), "county", "township"),
        "village": g.add(g.total(H, "village", "household"), T),
    }
    rows: Rows = {
        "household": [{"h": 1}, {"h": 10}, {"h": 100}],
        "village": [{}, {}, {}, {}],
        "township": [{"t": 3}, {"t": 5}, {"t": 7}],
        "county": [{}, {}],
    }
    parents: Parents = {"household": [0, 1, 3], "village": [0, 2, 0, 1], "township": [0, 1, 0]}
    found = run(compile_program(g.Program(steps, tuple(steps)), traced=False), rows, parents)
    assert found == {
        "homes": [1, 1, 1],
        "h": [11, 100],
        "villages": [3, 1],
        "t": [10, 5],
        "village": [4, 17, 3, 105],
    }


def test_who_asks_for_no_township_needs_none() -> None:
    runner = compile_program(g.Program({"it": g.total(H, "village", "household")}, ("it",)), traced=False)
    assert runner({"household": [(1,), (2,)], "village": [(), ()]}, {"household": [0, 0]})["village"] == [(3,), (0,)]


def test_what_a_person_got_in_all_is_known_at_each_claim() -> None:
    """And what is worked out from it may be summed again, over the household."""
    in_all = g.total(X, "person", "claim")
    share = g.choose(g.compare("<", g.const(10), in_all), g.ZERO, X)
    assert of_claims(share, [4, 5, 6, 7], [0, 1, 0, 1]) == [4, 0, 6, 0]
    of_home = g.total(share, "household", "claim")
    rows: Rows = {
        "claim": [{"x": x} for x in (4, 5, 6, 7)],
        "person": [{"p": 1}, {"p": 2}],
        "household": [{"h": 100}],
    }
    parents: Parents = {"claim": [0, 1, 0, 1], "person": [0, 0]}
    steps = {"share": share, "home": of_home, "back": g.add(X, of_home, H), "person": g.add(P, of_home, in_all)}
    found = run(compile_program(g.Program(steps, ("back",)), traced=True), rows, parents)
    assert found == {"share": [4, 0, 6, 0], "home": [10], "back": [114, 115, 116, 117], "person": [21, 24]}


def test_nobody_and_nothing() -> None:
    steps = {"one": X, "sum": g.total(X, "person", "claim"), "constant": g.const(5)}
    runner = compile_program(g.Program(steps, ("sum",)), traced=True)
    assert run(runner, {"claim": [], "person": [{}], "household": [{}]}, {"claim": [], "person": [0]}) == {
        "one": [],
        "sum": [0],
        "constant": [],
    }


def test_refusals_come_back_with_the_results() -> None:
    program = g.Program({"x": X}, ("x",), {"unspecified:x": g.compare("<", g.const(5), X)})
    runner = compile_program(program, traced=False)
    assert runner.names["claim"] == ("x", "unspecified:x")
    assert runner({"claim": [(5,), (6,)]}, {})["claim"] == [(5, False), (6, True)]


def test_runs_do_not_remember_each_other() -> None:
    runner = compile_program(g.Program({"it": g.running(X)}, ("it",)), traced=False)
    for _ in range(2):
        assert runner({"claim": [(1,), (2,)], "person": [()]}, {"claim": [0, 0]})["claim"] == [(1,), (3,)]
