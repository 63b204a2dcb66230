"""The text reader: a named step of a program in words (Chinese, English) and as a LaTeX formula.

What steps, inputs and options are called comes from a ``Wording``. Whether a number is money, a rate or a plain
number is worked out from the inputs it stands with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from poverty_policy.errors import Lang
from poverty_policy.formula import graph as g
from poverty_policy.money import RATE_ONE, RoundingMode

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
        """The same for a step made of constants alone, which may be used nowhere; ``None``: see where it is used."""


def words(program: g.Program, name: str, wording: Wording, lang: Lang) -> str:
    """The formula of a step in words.

    Steps inside it are called by their names, everything else is written out. Inputs and constants always speak
    for themselves. Conditions and tables of constants can be equal by chance, so the names they bear below one
    step (``a.b`` below ``a``) are not used in the formulas of another.

    Args:
        program: where the step is defined.
        name: the step.
        wording: what things are called.
        lang: the language.

    Raises:
        KeyError: the program has no such step.
    """
    return _Words(program, name, wording, lang).formula()


def latex(program: g.Program, name: str, wording: Wording, lang: Lang = "zh") -> str:
    r"""The formula of a step in LaTeX that KaTeX and MathJax understand, without ``\[`` around it.

    ``k`` is this claim, ``j`` one of the person's claims of the year up to it. ``round``, floor and ceiling carry
    what they round to as an index; amounts below zero are rounded like those above.

    Args:
        program: where the step is defined.
        name: the step.
        wording: what things are called.
        lang: the language of the names.

    Raises:
        KeyError: the program has no such step.
    """
    return _Latex(program, name, wording, lang).formula()


# --- units ------------------------------------------------------------------------------------------------


class _Measure(NamedTuple):
    """A unit, and how often it was multiplied by 10,000: a product of fen and 1/10,000 is (money, 1)."""

    unit: Unit | Literal["truth"]
    power: int = 0


_RATE, _NUMBER, _TRUTH = _Measure("rate"), _Measure("number"), _Measure("truth")
_Truth = g.Compare | g.Is | g.All | g.AnyOf | g.Not


def _product(a: _Measure, b: _Measure) -> _Measure:
    units = (a.unit, b.unit)
    unit: Unit = "money" if "money" in units else "rate" if "rate" in units else "number"
    return _Measure(unit, a.power + b.power + ("rate" in units and "number" not in units))


def _factor(product: _Measure, a: _Measure) -> _Measure:
    """What ``a`` was multiplied with."""
    more = product.power - a.power
    if a.unit == "number":
        return _Measure(product.unit, more)
    if a.unit == product.unit:
        return _Measure("rate", more - 1) if more else _NUMBER
    return _Measure(product.unit, max(0, more - 1))


def _powers(scale: int) -> int:
    return 0 if scale % RATE_ONE else 1 + _powers(scale // RATE_ONE)


def _count(node: g.Node) -> g.Node | None:
    """The condition, where a node is 1 or 0 as the condition holds or not."""
    one_or_none = isinstance(node, g.Choose) and node.yes is g.const(1) and node.no is g.ZERO
    return node.test if one_or_none and isinstance(node, g.Choose) else None


class _Reading:
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
        self.known: dict[g.Node, _Measure | None] = {}
        guessed: dict[g.Node, _Measure | None] = {}
        for node in order:
            if self._is_table(node):
                self.tables.add(node)
            self.known[node] = self._measure(node, self.known) or self._hint(node)
            guessed[node] = self.known[node] or self._measure(node, guessed, guess=True)
        wanted: dict[g.Node, set[_Measure]] = {node: set() for node in order}
        for node in reversed(order):
            only = next(iter(wanted[node])) if len(wanted[node]) == 1 else None
            measure = self.known[node] or only or guessed[node] or _NUMBER
            for child, want in self._wants(node, measure):
                wanted[child].add(want)
            if node is self.root:
                hint = wording.step_unit(name) if self.known[node] is None else None
                self.measure = _Measure(hint) if hint else measure

    def _is_table(self, node: g.Node) -> bool:
        match node:
            case g.Input(kind=kind):
                return kind != "integer"
            case g.Choose() | g.Add() | g.Sub() | g.Mul() | g.Min() | g.Max() | g.Round():
                return all(child in self.tables for child in node.children)
        return isinstance(node, g.Const | _Truth)

    def _hint(self, node: g.Node) -> _Measure | None:
        if isinstance(node, g.Const) or node not in self.tables:
            return None  # one constant stands for many things
        hints = {self.wording.step_unit(name) for name in self.names.get(node, ())} - {None}
        hint = hints.pop() if len(hints) == 1 else None
        return _Measure(hint) if hint else None

    def _measure(
        self, node: g.Node, of: Mapping[g.Node, _Measure | None], *, guess: bool = False
    ) -> _Measure | None:
        """What a node is, by what it is made of; constants are whatever they stand with."""
        match node:
            case g.Const(value=bool()) | g.Input(kind="truth"):
                return _TRUTH
            case g.Input(kind="integer"):
                return _Measure(self.wording.unit(node))
            case g.Mul(left=left, right=right):
                a, b = of[left], of[right]
                if guess and (a or b):
                    other = _NUMBER if (a or b) == _NUMBER else _RATE
                    a, b = a or other, b or other
                return _product(a, b) if a and b else None
            case g.Bands(low=low, high=high):
                stretch = of[low] or of[high]
                return _Measure(stretch.unit, stretch.power + 1) if stretch else None
            case (
                g.Round(amount=amount, scale=scale)
                | g.Accrual(amount=amount, scale=scale)
                | g.Peak(amount=amount, scale=scale)
            ):
                inner = of[amount]
                return _Measure(inner.unit, max(0, inner.power - _powers(scale))) if inner else None
            case g.Running(amount=amount) | g.Total(amount=amount):
                return of[amount] if _count(amount) is None else _NUMBER
            case g.Add() | g.Sub() | g.Min() | g.Max() | g.Slice():
                alike: tuple[g.Node, ...] = node.children
            case g.Choose(yes=yes, no=no):
                alike = (yes, no)
            case g.Within(amount=amount, limit=limit):
                alike = (amount, limit)
            case _:
                return _TRUTH if isinstance(node, _Truth) else None
        return next((of[child] for child in alike if of[child]), None)

    def _wants(self, node: g.Node, measure: _Measure) -> Iterable[tuple[g.Node, _Measure]]:
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
            case g.Compare(left=left, right=right):
                return [(left, self._compared(node)), (right, self._compared(node))]
            case g.Bands(low=low, high=high, rates=rates):
                stretch = _Measure(measure.unit, measure.power - 1)
                return [(low, stretch), (high, stretch), *((rate, _RATE) for rate in rates)]
            case g.Round() | g.Accrual() | g.Peak():
                return [(node.amount, self._inside(node, measure))]
        return []

    def _sides(self, node: g.Mul, measure: _Measure) -> tuple[_Measure, _Measure]:
        left, right = self.known[node.left], self.known[node.right]
        if left is None:
            left = _factor(measure, right or (_RATE if measure.power else _NUMBER))
        return left, right or _factor(measure, left)

    def _compared(self, node: g.Compare) -> _Measure:
        return (
            self.known[node.left]
            or self.known[node.right]
            or self._measure(node.left, self.known, guess=True)
            or self._measure(node.right, self.known, guess=True)
            or _NUMBER
        )

    def _inside(self, node: g.Round | g.Accrual | g.Peak, measure: _Measure) -> _Measure:
        return self.known[node.amount] or _Measure(measure.unit, measure.power + _powers(node.scale))

    def _divisor(self, node: g.Round | g.Accrual | g.Peak, inside: _Measure) -> int:
        """What a rounding divides by, beyond turning a product with a rate into an amount again."""
        return int(node.scale // RATE_ONE ** min(inside.power, _powers(node.scale)))

    # --- names --------------------------------------------------------------------------------------------

    def _family(self, name: str) -> str:
        """The step that a step belongs to by its dotted name; totals (``person:``) belong where their parts do."""
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
            if len(names) > 1 and not isinstance(node, _Truth):
                return None  # the same figures twice: which of the two is meant, nobody knows
        return max(
            names,
            key=lambda name: (self.place[name] < here, self._family(name) == family, self.place[name]),
            default=None,
        )

    # --- pieces -------------------------------------------------------------------------------------------

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def number(self, value: int, measure: _Measure) -> str:
        """A constant without its unit: yuan, per cent, or the number itself."""
        exact = Decimal(abs(value)).scaleb(-4 * measure.power - (0 if measure.unit == "number" else 2))
        plain = f"{exact.normalize():,f}"
        whole, _, rest = plain.partition(".")
        text = f"{whole}.{rest:0<2}" if rest and measure.unit == "money" else plain
        return f"−{text}" if value < 0 else text

    def unit(self, mode: RoundingMode, unit: int, measure: _Measure) -> str:
        """What a rounding rounds to."""
        if measure == ("money", 0) and unit in _ROUND_TO:
            return self.say(*_ROUND_TO[unit])
        if measure == _NUMBER and unit == 1:
            return self.say("整数", "whole number")
        figure = self.number(unit, measure) + {"money": self.say("元", " yuan"), "rate": "%"}.get(
            measure.unit, ""
        )
        return (
            figure
            if measure.unit == "rate" and unit == 1
            else self.say(f"{figure}的整数倍", f"multiple of {figure}")
        )

    def same(self, by: Iterable[g.Input]) -> list[str]:
        """What claims must have in common to be summed up; the whole number among them is the year itself."""
        return [self.wording.fact(node, self.lang) for node in by if node.kind != "integer"]

    def comparison(self, node: g.Compare, holds: bool = True) -> tuple[g.Node, Sign, g.Node]:
        """A comparison as people put it, the constant last."""
        sign: Sign = node.sign if holds else _OPPOSITE[node.sign]
        if isinstance(node.left, g.Const):
            return node.right, _MIRRORED[sign], node.left
        return node.left, sign, node.right

    def arms(self, node: g.Choose) -> tuple[list[tuple[g.Node, g.Node]], g.Node]:
        """The cases of a choice and of those it goes on to, and what holds otherwise."""
        arms, rest = [(node.test, node.yes)], node.no
        while isinstance(rest, g.Choose) and self._named(rest) is None:
            arms.append((rest.test, rest.yes))
            rest = rest.no
        return arms, rest


_ROUND_TO = {
    1: ("分", "fen"), 10: ("角", "jiao"), 100: ("元", "yuan"), 1_000: ("十元", "ten yuan"),
    10_000: ("百元", "hundred yuan"),
}  # fmt: skip
_OPPOSITE: Mapping[Sign, Sign] = {"<": ">=", "<=": ">", "==": "!=", ">": "<=", ">=": "<", "!=": "=="}
_MIRRORED: Mapping[Sign, Sign] = {"<": ">", "<=": ">=", "==": "==", ">": "<", ">=": "<=", "!=": "!="}

#: How tightly a piece of text holds together; looser pieces inside tighter ones stand in brackets.
_CHOICE, _CLAUSE, _OR, _AND, _COMPARISON, _SUM, _SIGMA, _PRODUCT, _ATOM = range(9)
_Piece = tuple[str, int]

# --- words ------------------------------------------------------------------------------------------------

_SIGN_WORDS: Mapping[Sign, tuple[str, str]] = {
    "<": ("小于", " is below "), "<=": ("不超过", " is at most "), "==": ("等于", " equals "),
    ">": ("大于", " is above "), ">=": ("不低于", " is at least "), "!=": ("不等于", " differs from "),
}  # fmt: skip
_ROUNDED: Mapping[RoundingMode, tuple[str, str]] = {
    "half_up": ("四舍五入到", "half up"), "up": ("进到", "up"), "down": ("舍到", "down"),
}  # fmt: skip
_GROUP: Mapping[g.Entity, tuple[str, str]] = {
    "claim": ("本笔", "claim"), "person": ("本人", "person"), "household": ("全家", "household"),
    "village": ("全村", "village"), "county": ("全县", "county"),
}  # fmt: skip
_MEMBERS: Mapping[g.Entity, tuple[str, str, str]] = {
    "claim": ("各笔费用", "费用笔数", "claims"), "person": ("各人", "人数", "persons"),
    "household": ("各户", "户数", "households"), "village": ("各村", "村数", "villages"),
    "county": ("各县", "县数", "counties"),
}  # fmt: skip


class _Words(_Reading):
    def formula(self) -> str:
        return self.text(self.root, self.measure)

    def text(self, node: g.Node, want: _Measure = _TRUTH, least: int = _CHOICE) -> str:
        """A node in words, in brackets if it is looser than ``least``; ``want`` is what constants in it are."""
        name = self._named(node)
        if name is not None:
            return self.wording.step(name, self.lang)
        text, level = self.piece(node, self.known[node] or want)
        return text if level >= least else self.say(f"（{text}）", f"({text})")

    def piece(self, node: g.Node, measure: _Measure) -> _Piece:
        match node:
            case g.Const(value=value):
                return self.figure(value, measure), _COMPARISON if value < 0 else _ATOM
            case g.Input():
                return self.wording.fact(node, self.lang), _ATOM
            case g.Add(terms=terms):
                return self.say(" ＋ ", " + ").join(self.text(t, measure, _SUM) for t in terms), _SUM
            case g.Sub(whole=whole, part=part):
                return f"{self.text(whole, measure, _SUM)} − {self.text(part, measure, _SIGMA)}", _SUM
            case g.Mul():
                parts = zip(node.children, self._sides(node, measure), strict=True)
                shown = [(n, m) for n, m in parts if not _is_one(n, m)]
                least = _PRODUCT if len(shown) > 1 else _SUM
                return " × ".join(self.text(n, m, least) for n, m in shown), least
            case g.Min(terms=terms) | g.Max(terms=terms):
                few, smaller = len(terms) == 2, isinstance(node, g.Min)
                listed = [self.text(term, measure, _PRODUCT) for term in terms]
                zh = ("较" if few else "最") + ("小者" if smaller else "大者")
                en = ("lesser" if few else "least") if smaller else ("greater" if few else "greatest")
                both = self.say("与".join(listed) if few else "、".join(listed), _listing(listed, "and"))
                return self.say(f"{both}中的{zh}", f"the {en} of {both}"), _CLAUSE
            case g.Compare():
                left, sign, right = self.comparison(node)
                m = self._compared(node)
                return (
                    f"{self.text(left, m, _SUM)}{self.say(*_SIGN_WORDS[sign])}{self.text(right, m, _SUM)}",
                    _COMPARISON,
                )
            case g.Is():
                return self.being(node, "为", " is "), _COMPARISON
            case g.All(terms=terms):
                return self.say(" 且 ", " and ").join(self.text(t, least=_AND) for t in terms), _AND
            case g.AnyOf(terms=terms):
                return self.say(" 或 ", " or ").join(self.text(t, least=_OR) for t in terms), _OR
            case g.Not(term=g.Compare() as term) if self._named(term) is None:
                left, sign, right = self.comparison(term, holds=False)
                m = self._compared(term)
                return (
                    f"{self.text(left, m, _SUM)}{self.say(*_SIGN_WORDS[sign])}{self.text(right, m, _SUM)}",
                    _COMPARISON,
                )
            case g.Not(term=g.Is() as term) if self._named(term) is None:
                return self.being(term, "不为", " is not "), _COMPARISON
            case g.Not(term=term):
                return self.say("并非", "not ") + self.text(term, least=_ATOM), _ATOM
            case g.Choose():
                arms, rest = self.arms(node)
                first, then, last = self.say("若 |否则若 |否则：", "if |otherwise, if |otherwise: ").split(
                    "|"
                )
                colon, end = self.say("：|；", ": |; ").split("|")
                cases = [self.text(test) + colon + self.text(value, measure, _CLAUSE) for test, value in arms]
                chain = end.join((then if place else first) + case for place, case in enumerate(cases))
                return chain + end + last + self.text(rest, measure, _CLAUSE), _CHOICE
            case g.Slice(low=low, high=high, start=start, stop=stop):
                part = self.stretch(start, stop, measure)
                return self.say(
                    f"{self.between(low, high, measure)}{part}", f"{part} {self.between(low, high, measure)}"
                ), _CLAUSE
            case g.Bands(low=low, high=high, edges=edges, rates=rates):
                inner = _Measure(measure.unit, measure.power - 1)
                stops = (*edges[1:], None)
                slices = [
                    self.say("{0}×{1}", "{1} × {0}").format(
                        self.stretch(start, stop, inner), self.text(rate, _RATE, _ATOM)
                    )
                    for start, stop, rate in zip(edges, stops, rates, strict=True)
                ]
                where = self.between(low, high, inner)
                return self.say(
                    f"{where}，" + " ＋ ".join(slices), f"{where}: " + " + ".join(slices)
                ), _CLAUSE
            case g.Round(unit=unit, mode=mode):
                return (
                    f"{self.divided(node, measure)}{self.say('，', ', ')}{self.rounding(mode, unit, measure)}",
                    _CLAUSE,
                )
            case g.Running(amount=amount, by=by):
                condition = _count(amount)
                if condition is not None:
                    met = self.text(condition)
                    zh = f"{self.year(by)}符合“{met}”的次数"
                    return self.say(zh, f"number of claims {self.year(by)} where ({met})"), _ATOM
                return self.so_far(self.text(amount, measure), by), _ATOM
            case g.Within(amount=amount, limit=limit, by=by):
                part, most = self.text(amount, measure, _ATOM), self.text(limit, measure)
                zh = f"{part}在{self.year(by)}限额（{most}）内的部分"
                return self.say(zh, f"the part of {part} within the limit {self.year(by)} ({most})"), _CLAUSE
            case g.Accrual(by=by, mode=mode):
                total = self.so_far(self.divided(node, measure, _CHOICE), by)
                return self.added(total, mode, measure), _CLAUSE
            case g.Peak(by=by, mode=mode):
                total = self.so_far(self.divided(node, measure, _CHOICE), by)
                highest = self.say(f"{total}的最高值（最低为0）", f"highest {total} so far, at least 0")
                return self.added(highest + self.say("", ","), mode, measure), _CLAUSE
            case g.Total(amount=amount, of=of, entity=entity):
                condition = _count(amount)
                group = self.say(*_GROUP[entity or "person"])
                each, number, members = _MEMBERS[of]
                if condition is not None:
                    met = self.text(condition)
                    return self.say(
                        f"{group}符合“{met}”的{number}", f"number of the {group}'s {members} where ({met})"
                    ), _ATOM
                summed = self.text(amount, measure, _ATOM)
                return self.say(
                    f"{group}{each}的{summed}之和", f"sum of {summed} over the {group}'s {members}"
                ), _ATOM
        raise TypeError(f"the text reader does not know {type(node).__name__}")

    def figure(self, value: int | bool, measure: _Measure) -> str:
        if isinstance(value, bool):
            return self.say("是", "yes") if value else self.say("否", "no")
        if value >= NO_LIMIT:
            return self.say("不封顶", "no cap")
        return self.number(value, measure) + {"money": self.say("元", " yuan"), "rate": "%"}.get(
            measure.unit, ""
        )

    def being(self, node: g.Is, zh: str, en: str) -> str:
        options = [self.wording.option(node.category, option, self.lang) for option in node.options]
        return self.wording.fact(node.category, self.lang) + self.say(
            zh + _listing(options, "或", "、"), en + _listing(options, "or")
        )

    def divided(self, node: g.Round | g.Accrual | g.Peak, measure: _Measure, least: int = _OR) -> str:
        inside = self._inside(node, measure)
        divisor = self._divisor(node, inside)
        if divisor == 1:
            return self.text(node.amount, inside, least)
        return f"{self.text(node.amount, inside, _PRODUCT)} ÷ {divisor:,}"

    def rounding(self, mode: RoundingMode, unit: int, measure: _Measure) -> str:
        zh, en = _ROUNDED[mode]
        what = self.unit(mode, unit, measure)
        article = "a " if what.startswith(("whole", "multiple")) else "" if what[0].isdigit() else "the "
        return self.say(zh + what, f"rounded {en} to {article}{what}")

    def year(self, by: Iterable[g.Input]) -> str:
        same = self.same(by)
        if not same:
            return self.say("本年", "this year")
        return self.say(f"本年同一{'、'.join(same)}", f"this year for the same {_listing(same, 'and')}")

    def so_far(self, amount: str, by: Iterable[g.Input]) -> str:
        """The sum over this year's claims up to this one."""
        same = self.same(by)
        alike = f" for the same {_listing(same, 'and')}" if same else ""
        return self.say(f"{self.year(by)}累计（{amount}）", f"year-to-date sum{alike} ({amount})")

    def added(self, total: str, mode: RoundingMode, measure: _Measure) -> str:
        """What this claim adds to a rounded total."""
        return self.say(
            f"{total}{self.rounding(mode, 1, measure)}后，减去本次之前的同一数",
            f"{total} {self.rounding(mode, 1, measure)}, less the same figure before this claim",
        )

    def between(self, low: g.Node, high: g.Node, measure: _Measure) -> str:
        top = self.text(high, measure, _PRODUCT)
        if low is g.ZERO:
            return self.say(f"{top}中", f"of {top}")
        bottom = self.text(low, measure, _PRODUCT)
        return self.say(f"从{bottom}到{top}的一段中", f"of the stretch from {bottom} to {top}")

    def stretch(self, start: int, stop: int | None, measure: _Measure) -> str:
        low = self.number(start, measure)
        if stop is None:
            return self.say(
                f"{self.figure(start, measure)}以上部分", f"the part above {self.figure(start, measure)}"
            )
        high = self.figure(stop, measure)
        return self.say(f"{low}至{high}部分", f"the part from {low} to {high}")


def _is_one(node: g.Node, measure: _Measure) -> bool:
    """Whether a factor is 100 %, which nobody writes."""
    return isinstance(node, g.Const) and node.value == RATE_ONE and measure == _RATE


def _listing(parts: list[str], last: str, comma: str = ", ") -> str:
    if len(parts) < 2:
        return "".join(parts)
    space = " " if comma == ", " else ""
    return f"{comma.join(parts[:-1])}{space}{last}{space}{parts[-1]}"


# --- LaTeX ------------------------------------------------------------------------------------------------

_SIGNS: Mapping[Sign, str] = {
    "<": "<", "<=": r"\le", "==": "=", ">": ">", ">=": r"\ge", "!=": r"\ne",
}  # fmt: skip
#: Inside ``\text`` KaTeX and MathJax differ on escapes, so these stand outside of it.
_ESCAPED = {sign: "\\" + sign for sign in "{}$&#_%"} | {"\\": r"\backslash", "~": r"\sim", "^": r"\wedge"}
_BRACKETS: Mapping[RoundingMode, tuple[str, str]] = {
    "half_up": (r"\operatorname{round}_{%s}\left(", r"\right)"),
    "up": (r"\left\lceil ", r" \right\rceil_{%s}"),
    "down": (r"\left\lfloor ", r" \right\rfloor_{%s}"),
}


class _Latex(_Reading):
    def formula(self) -> str:
        return self.text(self.root, self.measure)

    def text(self, node: g.Node, want: _Measure = _TRUTH, least: int = _CHOICE) -> str:
        """A node in LaTeX, in brackets if it is looser than ``least``."""
        name = self._named(node)
        if name is not None:
            return _quoted(self.wording.step(name, self.lang))
        text, level = self.piece(node, self.known[node] or want)
        return text if level >= least else rf"\left({text}\right)"

    def piece(self, node: g.Node, measure: _Measure) -> _Piece:
        match node:
            case g.Const(value=value):
                return self.figure(value, measure), _COMPARISON if value < 0 else _ATOM
            case g.Input():
                return _quoted(self.wording.fact(node, self.lang)), _ATOM
            case g.Add(terms=terms):
                return " + ".join(self.text(term, measure, _SUM) for term in terms), _SUM
            case g.Sub(whole=whole, part=part):
                return f"{self.text(whole, measure, _SUM)} - {self.text(part, measure, _SIGMA)}", _SUM
            case g.Mul():
                parts = zip(node.children, self._sides(node, measure), strict=True)
                shown = [(n, m) for n, m in parts if not _is_one(n, m)]
                least = _PRODUCT if len(shown) > 1 else _SUM
                return r" \times ".join(self.text(n, m, least) for n, m in shown), least
            case g.Min(terms=terms) | g.Max(terms=terms):
                listed = r",\; ".join(self.text(term, measure) for term in terms)
                return rf"\{'min' if isinstance(node, g.Min) else 'max'}\left({listed}\right)", _ATOM
            case g.Compare():
                return self.comparing(node, True), _COMPARISON
            case g.Is():
                return self.being(node, "=", r"\in"), _COMPARISON
            case g.All(terms=terms):
                return r" \land ".join(self.text(term, least=_AND) for term in terms), _AND
            case g.AnyOf(terms=terms):
                return r" \lor ".join(self.text(term, least=_OR) for term in terms), _OR
            case g.Not(term=g.Compare() as term) if self._named(term) is None:
                return self.comparing(term, False), _COMPARISON
            case g.Not(term=g.Is() as term) if self._named(term) is None:
                return self.being(term, r"\ne", r"\notin"), _COMPARISON
            case g.Not(term=term):
                return rf"\lnot {self.text(term, least=_ATOM)}", _ATOM
            case g.Choose():
                arms, rest = self.arms(node)
                if_, otherwise = self.say("若 |否则", "if |otherwise").split("|")
                rows = [
                    rf"{self.text(value, measure)} & \text{{{if_}}}{self.text(test)}" for test, value in arms
                ]
                rows.append(rf"{self.text(rest, measure)} & \text{{{otherwise}}}")
                return rf"\begin{{cases}} {r' \\ '.join(rows)} \end{{cases}}", _CHOICE
            case g.Slice(low=low, high=high, start=start, stop=stop):
                return self.overlap(low, high, start, stop, measure), _ATOM
            case g.Bands(low=low, high=high, edges=edges, rates=rates):
                inner = _Measure(measure.unit, measure.power - 1)
                slices = [
                    rf"{self.text(rate, _RATE, _PRODUCT)} \times {self.overlap(low, high, start, stop, inner)}"
                    for start, stop, rate in zip(edges, (*edges[1:], None), rates, strict=True)
                ]
                if len(slices) == 1:
                    return slices[0], _PRODUCT
                return rf"\begin{{aligned}} & {r' \\ & + '.join(slices)} \end{{aligned}}", _OR
            case g.Round(unit=unit, mode=mode):
                return self.rounded(self.divided(node, measure, _CHOICE), mode, unit, measure), _ATOM
            case g.Running(amount=amount, by=by):
                return self.sigma(self.of_claim(amount, measure), by), _SIGMA
            case g.Within(amount=amount, limit=limit, by=by):
                each, most = self.of_claim(amount, measure), self.text(limit, measure)
                now, before = self.sigma(each, by), self.sigma(each, by, "j<k")
                return rf"\min\left({now},\; {most}\right) - \min\left({before},\; {most}\right)", _SUM
            case g.Accrual(by=by, mode=mode):
                each = self.indexed(self.divided(node, measure, _ATOM))
                now, before = self.sigma(each, by), self.sigma(each, by, "j<k")
                return (
                    f"{self.rounded(now, mode, 1, measure)} - {self.rounded(before, mode, 1, measure)}",
                    _SUM,
                )
            case g.Peak(by=by, mode=mode):
                total = self.sigma(self.indexed(self.divided(node, measure, _ATOM)), by, r"j\le i")
                now, before = rf"\max_{{0\le i\le k}} {total}", rf"\max_{{0\le i<k}} {total}"
                return (
                    f"{self.rounded(now, mode, 1, measure)} - {self.rounded(before, mode, 1, measure)}",
                    _SUM,
                )
            case g.Total(amount=amount, of=of):
                members = _quoted(self.say(_MEMBERS[of][0], _MEMBERS[of][2]))
                condition = _count(amount)
                each = (
                    rf"\left[{self.text(condition)}\right]"
                    if condition
                    else self.text(amount, measure, _SIGMA)
                )
                return rf"\sum_{{{members}}} {each}", _SIGMA
        raise TypeError(f"the text reader does not know {type(node).__name__}")

    def figure(self, value: int | bool, measure: _Measure) -> str:
        if isinstance(value, bool):
            return rf"\text{{{self.say('是', 'yes') if value else self.say('否', 'no')}}}"
        if value >= NO_LIMIT:
            return r"\infty"
        number = self.number(value, measure).replace("−", "-").replace(",", "{,}")
        yuan = self.say("元", "yuan")
        return number + {"money": rf"\,\text{{{yuan}}}", "rate": r"\%"}.get(measure.unit, "")

    def comparing(self, node: g.Compare, holds: bool) -> str:
        left, sign, right = self.comparison(node, holds)
        measure = self._compared(node)
        return f"{self.text(left, measure, _SUM)} {_SIGNS[sign]} {self.text(right, measure, _SUM)}"

    def being(self, node: g.Is, one: str, several: str) -> str:
        options = [_quoted(self.wording.option(node.category, o, self.lang)) for o in node.options]
        fact = _quoted(self.wording.fact(node.category, self.lang))
        if len(options) == 1:
            return f"{fact} {one} {options[0]}"
        return rf"{fact} {several} \left\{{{r',\; '.join(options)}\right\}}"

    def divided(self, node: g.Round | g.Accrual | g.Peak, measure: _Measure, least: int) -> str:
        inside = self._inside(node, measure)
        divisor = self._divisor(node, inside)
        if divisor == 1:
            return self.text(node.amount, inside, least)
        number = self.number(divisor, _NUMBER).replace(",", "{,}")
        return rf"{{\frac{{{self.text(node.amount, inside)}}}{{{number}}}}}"

    def rounded(self, text: str, mode: RoundingMode, unit: int, measure: _Measure) -> str:
        opening, closing = _BRACKETS[mode]
        to = _quoted(self.unit(mode, unit, measure))
        return opening.replace("%s", to) + text + closing.replace("%s", to)

    def of_claim(self, amount: g.Node, measure: _Measure) -> str:
        condition = _count(amount)
        if condition is not None:
            return rf"\left[{self.text(condition)}\right]_{{j}}"
        return self.indexed(self.text(amount, measure, _ATOM))

    def indexed(self, text: str) -> str:
        return f"{text}_{{j}}"

    def sigma(self, each: str, by: Iterable[g.Input], which: str = r"j\le k") -> str:
        same = self.same(by)
        if same:
            alike = self.say(f"同一{'、'.join(same)}", f"same {_listing(same, 'and')}")
            which = rf"\substack{{{which} \\ {_quoted(alike)}}}"
        return rf"\sum_{{{which}}} {each}"

    def overlap(self, low: g.Node, high: g.Node, start: int, stop: int | None, measure: _Measure) -> str:
        stretch = rf"\left({self.text(low, measure)},\; {self.text(high, measure)}\right]"
        top = rf"{self.figure(stop, measure)}\right]" if stop is not None else r"\infty\right)"
        return rf"\left|{stretch} \cap \left({self.figure(start, measure)},\; {top}\right|"


def _quoted(text: str) -> str:
    """A name as LaTeX text."""
    pieces = [""]
    for sign in " ".join(text.split()):
        if sign in _ESCAPED:
            pieces += [_ESCAPED[sign], ""]
        else:
            pieces[-1] += sign
    shown = [rf"\text{{{piece}}}" if place % 2 == 0 else piece for place, piece in enumerate(pieces) if piece]
    return shown[0] if len(shown) == 1 else "{" + " ".join(shown) + "}"
