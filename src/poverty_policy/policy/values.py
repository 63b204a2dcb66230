"""Values of a rule that differ by group, facility, area, age …: how they are written and what they mean.

A value is a leaf (``7500 元``, ``80%``, ``unspecified``, ``none``) or a mapping from names to values. The names
of one mapping belong to one dimension; mappings nest where a value differs by two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

import attrs
from pydantic import GetPydanticSchema, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from poverty_policy.errors import Fault, InputError, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.money import ROUNDING_MODES, Money, Rate, RoundingMode
from poverty_policy.terms import STANDARD, Dimension, Vocabulary

Several = Literal["most_favourable", "first", "sum"]
Better = Literal["low", "high"]

#: Stands for "no cap" in a formula: more than any amount a case can reach.
UNLIMITED = 10**15
#: Stands in for a figure that is open, where low is better: more than any amount, and exact when multiplied.
_WORST = 10**11
VARY_BY: tuple[Dimension, ...] = (
    "group", "facility_level", "facility_grade", "facility", "area", "referral", "kind", "insurance",
)  # fmt: skip
#: By what a value may differ, seen from whom it is about.
VARY: Mapping[g.Entity, tuple[Dimension, ...]] = {
    "claim": VARY_BY,
    "person": ("group", "insurance", "residence", "zone"),
    "household": ("group", "residence", "zone"),
    "village": ("zone",),
    "township": ("zone",),
    "county": ("zone",),
}
_AGE = re.compile(r"age\s*(?P<sign><|>=)\s*(?P<years>\d{1,3})")
#: What one value may be written with.
LEAF_KEYS = frozenset({"value", "share", "of", "index", "rounding", "source", "note"})
_DEEPEST = 4
ROUND_TO: Mapping[str, int] = {"fen": 1, "jiao": 10, "yuan": 100, "10 yuan": 1_000, "100 yuan": 10_000}
"""What an amount may be rounded to, in fen."""


@attrs.frozen
class Rounding:
    """To what an amount is rounded, and which way."""

    to: str = "fen"
    mode: RoundingMode = "half_up"

    @property
    def unit(self) -> int:
        """The unit in fen."""
        return ROUND_TO[self.to]

    def __str__(self) -> str:
        return f"{self.to} {self.mode}"


@attrs.frozen
class Leaf:
    """One value.

    Attributes:
        value: the amount or rate; ``None`` where the sources leave the figure open.
        unlimited: there is no cap.
        share, of, index, rounding: where the amount is a share of an index, how it came about.
        source: a source of its own, where it differs from its layer's.
        note: what a reader should know.
    """

    value: Money | Rate | None
    unlimited: bool = False
    share: Rate | None = None
    of: Money | None = None
    index: str | None = None
    rounding: Rounding | None = None
    source: str | None = None
    note: str | None = None

    @property
    def number(self) -> int:
        """The value in fen or 1/10,000."""
        if self.unlimited:
            return UNLIMITED
        if isinstance(self.value, Money):
            return self.value.fen
        assert isinstance(self.value, Rate)
        return self.value.parts

    def __str__(self) -> str:
        return "none" if self.unlimited else "unspecified" if self.value is None else str(self.value)


@attrs.frozen
class Varied:
    """A value that differs by what the case is.

    Attributes:
        cases: the names (any one of them) and what then holds.
        default: what holds for all others; ``None`` where nothing is said about them.
        several: what happens when a person belongs to several of the groups.
    """

    cases: tuple[tuple[tuple[str, ...], Value], ...]
    default: Value | None = None
    several: Several = "most_favourable"


Value = Leaf | Varied


def leaves(value: Value, *at: str) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    """Every single value inside, with the path that leads to it."""
    if isinstance(value, Leaf):
        yield at, value
        return
    if value.default is not None:
        yield from leaves(value.default, *at, "default")
    for names, inner in value.cases:
        yield from leaves(inner, *at, ", ".join(names))


# --- reading ----------------------------------------------------------------------------------------------


class _ValueFaultsError(Exception):
    def __init__(self, *faults: Fault) -> None:
        self.faults = faults


def parse(raw: Any, unit: type[Money] | type[Rate], *, low: int = 0, high: int | None = None) -> Value:
    """The value that a rule file or a caller wrote.

    Args:
        raw: a scalar, a mapping as described above, or a value already read.
        unit: whether amounts or rates are meant.
        low, high: the range allowed, in fen or 1/10,000.

    Raises:
        InputError: with every fault, each with its path inside the value.
    """
    try:
        return _parse(raw, unit, low, high, 0)
    except _ValueFaultsError as wrong:
        raise InputError(wrong.faults) from None


def _parse(raw: Any, unit: type[Money] | type[Rate], low: int, high: int | None, depth: int) -> Value:
    if isinstance(raw, Leaf | Varied):
        return raw
    if isinstance(raw, Mapping):
        if depth >= _DEEPEST:
            raise _ValueFaultsError(invalid(f"嵌套超过 {_DEEPEST} 层", f"nested deeper than {_DEEPEST} levels"))
        if any(key in raw for key in ("value", "share")):
            return _leaf(raw, unit, low, high)
        return _varied(raw, unit, low, high, depth)
    if raw == "unspecified":
        return Leaf(None)
    if raw == "none" and unit is Money:
        return Leaf(None, unlimited=True)
    try:
        value = unit(raw)
    except InputError as error:
        raise _ValueFaultsError(*error.faults) from None
    number = value.fen if isinstance(value, Money) else value.parts
    if number < low or (high is not None and number > high):
        limits = (
            f"{unit.__name__.lower()}",
            str(_shown(unit, low)),
            "…" if high is None else str(_shown(unit, high)),
        )
        zh = f"{value} 不在允许的范围（{limits[1]} 至 {limits[2]}）"
        raise _ValueFaultsError(invalid(zh, f"{value} is outside {limits[1]} to {limits[2]}"))
    return Leaf(value)


def _shown(unit: type[Money] | type[Rate], number: int) -> Money | Rate:
    return Money.of_fen(number) if unit is Money else Rate.of_parts(number)


def _leaf(raw: Mapping[Any, Any], unit: type[Money] | type[Rate], low: int, high: int | None) -> Leaf:
    faults = [
        Fault("unknown_key", {"name": key, "nearest_zh": "", "nearest_en": ""}, (str(key),))
        for key in raw if key not in LEAF_KEYS
    ]  # fmt: skip
    for key in ("source", "note", "index"):
        if key in raw and not isinstance(raw[key], str):
            faults.append(invalid("应是文字", "must be text", key))
    leaf = Leaf(None)
    try:
        if "value" in raw:
            inner = _parse(raw["value"], unit, low, high, _DEEPEST)
            assert isinstance(inner, Leaf)
            leaf = inner
        else:
            leaf = _share(raw, unit)
    except _ValueFaultsError as wrong:
        faults.extend(wrong.faults)
    if faults:
        raise _ValueFaultsError(*faults)
    return attrs.evolve(leaf, source=raw.get("source"), note=raw.get("note"))


def _share(raw: Mapping[Any, Any], unit: type[Money] | type[Rate]) -> Leaf:
    """A share of an index, rounded as the text says: 10 % of last year's income per head, to the yuan."""
    if unit is not Money:
        raise _ValueFaultsError(
            invalid("只有金额可以是指数的一定比例", "only an amount can be a share of an index", "share")
        )
    if "of" not in raw:
        raise _ValueFaultsError(Fault("missing", {"name": "of"}))
    try:
        share = Rate(raw["share"])
        if raw["of"] == "unspecified":  # the share is known, the figure of the index is not
            return Leaf(None, share=share, index=raw.get("index"))
        of = Money(raw["of"])
        rounding = read_rounding(raw.get("rounding", "fen"))
    except InputError as error:
        raise _ValueFaultsError(*error.faults) from None
    fen = g.rounded(g.const(share.parts * of.fen), rounding.mode, unit=rounding.unit)
    assert isinstance(fen, g.Const)
    return Leaf(Money.of_fen(fen.value), share=share, of=of, index=raw.get("index"), rounding=rounding)


def _slip_of_the_pen(key: str, inner: Any) -> Fault | None:
    """Names that were to share a value and do not, by the comma between them."""
    if inner is None:  # {tekun, dibao: 70%}: YAML takes tekun for a name of its own, without a value
        zh = f'“{key}”没有数值：几个名称共用一个数值时，名称一起加引号，如 "tekun, dibao": …'
        en = f'{key!r} has no value: names that share one stand together in quotes, like "tekun, dibao": …'
        return invalid(zh, en, key)
    if "，" in key:
        return invalid(f"“{key}”：名称之间用英文逗号", f"{key!r}: write a plain comma between names", key)
    return None


def _varied(raw: Mapping[Any, Any], unit: type[Money] | type[Rate], low: int, high: int | None, depth: int) -> Varied:
    faults: list[Fault] = []
    cases: list[tuple[tuple[str, ...], Value]] = []
    default: Value | None = None
    several = raw.get("several", "most_favourable")
    if several not in get_args(Several):
        faults.append(unknown("way of combining groups", str(several), get_args(Several), "several"))
    named: set[str] = set()
    for key, inner in raw.items():
        if key == "several":
            continue
        if not isinstance(key, str):
            faults.append(invalid(f"名称应是文字，不是 {key!r}", f"a name must be text, not {key!r}"))
            continue
        slip = _slip_of_the_pen(key, inner)
        if slip is not None:
            faults.append(slip)
            continue
        try:
            value = _parse(inner, unit, low, high, depth + 1)
        except _ValueFaultsError as wrong:
            faults.extend(fault.under(key) for fault in wrong.faults)
            continue
        names = tuple(part.strip() for part in key.split(","))
        for name in names:
            if name in named:
                faults.append(invalid(f"“{name}”写了两次", f"{name!r} is given twice", key))
            named.add(name)
        if names == ("default",):
            default = value
        else:
            cases.append((names, value))
    if several == "sum" and high is not None:
        most = [max((leaf.number for _, leaf in leaves(one) if leaf.value), default=0) for _, one in cases]
        if sum(most) > high:
            limit, reached = _shown(unit, high), _shown(unit, sum(most))
            faults.append(
                invalid(f"相加可达 {reached}，超过 {limit}", f"together {reached}, more than {limit}", "several")
            )
    if not cases and not faults:
        zh = "没有写任何情形：只有一个数值时不写 default，直接写数值"
        faults.append(invalid(zh, "names no case: a value that holds for all is written without `default`"))
    if faults:
        raise _ValueFaultsError(*faults)
    return Varied(tuple(cases), default, several)


def read_rounding(raw: Any) -> Rounding:
    """``yuan``, ``yuan up``, ``{to: 10 yuan, mode: up}``.

    Raises:
        InputError: it says something else.
    """
    if isinstance(raw, Rounding):
        return raw
    if isinstance(raw, Mapping) and set(raw) <= {"to", "mode"}:
        to, mode = raw.get("to", "fen"), raw.get("mode", "half_up")
    else:
        words = str(raw).split()
        mode = words.pop() if words and words[-1] in ROUNDING_MODES else "half_up"
        to = " ".join(words)
    if to not in ROUND_TO:
        raise InputError(unknown("unit to round to", str(to), ROUND_TO))
    if mode not in ROUNDING_MODES:
        raise InputError(unknown("way of rounding", str(mode), ROUNDING_MODES))
    return Rounding(to, mode)


def _field(read: Callable[[Any], Any], schema: dict[str, Any]) -> Any:
    """The annotation of a pydantic field that is read by one of our functions."""

    def validate(raw: Any) -> Any:
        try:
            return read(raw)
        except InputError as error:
            raise PydanticCustomError("fault", "{text}", {"text": str(error), "faults": error.faults}) from None

    return Annotated[
        Any,
        GetPydanticSchema(lambda _source, _handler: core_schema.no_info_plain_validator_function(validate)),
        WithJsonSchema(schema),
    ]


def _varied_schema(what: str) -> dict[str, Any]:
    return {
        "description": f"{what}; or a mapping from groups, facility levels, … (and `default`) to such values",
        "anyOf": [{"type": "number"}, {"type": "string"}, {"type": "object"}],
    }


MoneyField = _field(lambda raw: parse(raw, Money), _varied_schema("an amount: 7500 元, 0.75 万元, unspecified, none"))
RateField = _field(lambda raw: parse(raw, Rate, high=10_000), _varied_schema("a rate: 80%, unspecified"))
FactorField = _field(lambda raw: parse(raw, Rate, high=1_000_000), _varied_schema("a factor: 130%, 1.3, unspecified"))
PointsField = _field(lambda raw: parse(raw, Rate, high=10_000), _varied_schema("percentage points: 5 points"))
RoundingField = _field(
    read_rounding,
    {"type": "string", "description": "fen | jiao | yuan | 10 yuan | 100 yuan, then half_up | up | down"},
)


# --- meaning ----------------------------------------------------------------------------------------------


@attrs.define
class Facts:
    """The inputs a rule set's formulas may read, and the refusals they ask for.

    Attributes:
        vocabulary: the names known here.
        refusals: what must not hold for any claim, and why: name -> (truth, what it is about).
        level: whom the formulas are about.
        results: groups for which a result of the rules may stand in for the status: name -> whether it does.
        worst: what stands in for a figure that is open, where low is better.
    """

    vocabulary: Vocabulary
    most: int
    refusals: dict[str, g.Node] = attrs.field(factory=dict)
    level: g.Entity = "claim"
    results: Mapping[str, g.Node] = attrs.field(factory=dict)
    worst: int = _WORST

    def group(self, name: str) -> g.Node:
        """Whether the person belongs to the group on the day of the claim (of the assessment, beside claims).

        A household belongs to a group if any of its members does.
        """
        if self.level == "claim":
            stated: g.Node = g.truth(f"group.{name}", "claim")
        else:
            stated = g.truth(f"person.group.{name}", "person")
        held = g.any_holds(stated, self.results.get(name, g.FALSE))
        return g.any_of(held, "household", "person") if self.level == "household" and held.entity == "person" else held

    def category(self, dimension: Dimension) -> g.Input:
        """What a claim, or a person or household, states about one of the dimensions."""
        options = sorted(set(self.vocabulary.names(dimension)))
        if dimension == "residence":
            return g.category("residence", "household", options)
        if self.level == "claim":
            return g.category(dimension, "claim", options)
        return g.category(f"person.{dimension}", "person", options)

    def zone(self, name: str) -> g.Node:
        """Whether the place lies in a zone."""
        level: g.Entity = "household" if self.level in ("claim", "person") else self.level
        return g.truth(f"{level}.zone.{name}", level)

    def age(self) -> g.Node:
        """Age in full years on the day of the claim (of the assessment, beside claims)."""
        if self.level == "claim":
            return g.whole("age", "claim", 0, 150)
        return g.whole("person.age", "person", 0, 150)

    def is_named(self, name: str) -> tuple[str, g.Node]:
        """The dimension a name belongs to, and whether it holds."""
        age = _AGE.fullmatch(name)
        if age:
            young = g.compare("<", self.age(), g.const(int(age["years"])))
            return "age", young if age["sign"] == "<" else g.negate(young)
        dimension = self.vocabulary.dimension_of(name, VARY[self.level])
        assert dimension is not None, name  # names are checked before anything is described
        if dimension == "group":
            return "group", self.group(name)
        if dimension == "zone":
            return "zone", self.zone(name)
        return dimension, g.is_one_of(self.category(dimension), [name])

    def refuse(self, name: str, when: g.Node) -> None:
        """Refuse any claim for which ``when`` holds."""
        if when is not g.FALSE:
            self.refusals[name] = g.any_holds(self.refusals.get(name, g.FALSE), when)


def name_faults(value: Value, vocabulary: Vocabulary, *at: str | int, level: g.Entity = "claim") -> Iterable[Fault]:
    """Names that are not known to those it is about, and mappings that mix dimensions."""
    if isinstance(value, Leaf):
        return
    vary_by = VARY[level]
    ages = level in ("claim", "person")
    dimensions: set[str] = set()
    for names, inner in value.cases:
        for name in names:
            found = "age" if ages and _AGE.fullmatch(name) else vocabulary.dimension_of(name, vary_by)
            if found is None:
                more = ("default", "several")
                yield vocabulary.unknown("name to tell cases apart", name, vary_by, *at, more=more)
            else:
                dimensions.add(found)
        yield from name_faults(inner, vocabulary, *at, ", ".join(names), level=level)
    if value.default is not None:
        yield from name_faults(value.default, vocabulary, *at, "default", level=level)
    if len(dimensions) > 1:
        both = "、".join(sorted(dimensions))
        yield invalid(
            f"一个对照表只能按一种口径区分，这里混用了 {both}；请分层书写",
            f"one mapping tells cases apart by one dimension, here are {both}; nest them",
            *at,
        )


def formula(
    value: Value, facts: Facts, better: Better, about: str, where: g.Node, otherwise: int | None = None
) -> g.Node:
    """The formula of a value.

    Args:
        value: what the rule says.
        facts: the inputs.
        better: which is the more favourable for the person.
        about: the value's dotted name, for refusals.
        where: under which circumstances the value matters.
        otherwise: what holds for those not named, where the meaning of the value says so (no uplift is 0 points).

    Returns:
        A formula in fen or 1/10,000. Where the sources leave the value open, ``facts`` gains a refusal.
    """
    if isinstance(value, Leaf):
        if value.value is None and not value.unlimited:
            facts.refuse(f"unspecified:{about}", where)
            # nothing is less favourable, so that it never wins over a figure that is stated
            return g.unknown(about, facts.worst if better == "low" else 0)
        return g.const(value.number)
    tests: list[tuple[g.Node, g.Node]] = []
    dimension = ""
    for names, inner in value.cases:
        found = [facts.is_named(name) for name in names]
        dimension = found[0][0]
        test = g.any_holds(*(truth for _, truth in found))
        path = f"{about}.{', '.join(names)}"
        tests.append((test, formula(inner, facts, better, path, g.all_hold(where, test), otherwise)))
    named = g.any_holds(*(test for test, _ in tests))
    none_named = g.all_hold(where, g.negate(named))
    if value.default is not None:
        default = formula(value.default, facts, better, f"{about}.default", none_named, otherwise)
    elif otherwise is not None:
        default = g.const(otherwise)
    else:
        # exhaustive mappings leave nobody out: a category is always one of its options
        if dimension in STANDARD and dimension not in ("group", "zone") and _exhaustive(value, facts, dimension):
            default = tests.pop()[1]
        else:
            facts.refuse(f"unstated:{about}", none_named)
            default = None
    if dimension == "group" and value.several == "sum":
        summed = g.add(*(g.choose(test, node, g.ZERO) for test, node in tests))
        return summed if default is None else g.choose(named, summed, default)
    if dimension == "group" and value.several == "most_favourable":
        return _best(tests, default, better)
    node = tests.pop()[1] if default is None else default
    for test, inner_node in reversed(tests):
        node = g.choose(test, inner_node, node)
    return node


def _exhaustive(value: Varied, facts: Facts, dimension: str) -> bool:
    named = {name for names, _ in value.cases for name in names}
    return named >= set(facts.vocabulary.names(dimension))  # type: ignore[arg-type]  # it is in STANDARD


def _best(tests: list[tuple[g.Node, g.Node]], default: g.Node | None, better: Better) -> g.Node:
    """The most favourable of what holds; belonging to a group never takes away what everybody has."""
    pick = g.least if better == "low" else g.greatest
    if all(isinstance(node, g.Const) for _, node in tests) and (default is None or isinstance(default, g.Const)):
        ranked = sorted(tests, key=lambda one: _number(one[1]), reverse=better == "high")
        if default is not None:
            ranked = [(test, node) for test, node in ranked if pick(node, default) is not default]
        node = ranked.pop()[1] if default is None else default
        for test, inner in reversed(ranked):
            node = g.choose(test, inner, node)
        return node
    held, best = tests[0]
    if default is not None:
        held, best = g.TRUE, default
    for test, node in tests if default is not None else tests[1:]:
        best = g.choose(test, g.choose(held, pick(node, best), node), best)
        held = g.any_holds(held, test)
    return best


def _number(node: g.Node) -> int:
    assert isinstance(node, g.Const)
    return node.value
