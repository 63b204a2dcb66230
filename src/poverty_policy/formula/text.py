"""The text reader: a named step of a program in words (Chinese, English) and as a LaTeX formula.

What steps, inputs and options are called comes from a ``Wording``. Whether a number is money, a rate or a
plain number is worked out from the inputs it stands with.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from poverty_policy.formula import graph as g
from poverty_policy.formula.measures import (
    NO_LIMIT,
    NUMBER,
    RATE,
    TRUTH,
    Measure,
    Reading,
    Sign,
    Wording,
    counted,
    powers,
)
from poverty_policy.money import RATE_ONE, RoundingMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poverty_policy.errors import Lang


def words(program: g.Program, name: str, wording: Wording, lang: Lang) -> str:
    """The formula of a step in words.

    Steps inside it are called by their names, everything else is written out; what is long and stands there
    more than once is given a letter and a line of its own below. Inputs and constants always speak for
    themselves. Conditions and tables of constants can be equal by chance, so the names they bear below one step
    (``a.b`` below ``a``) are not used in the formulas of another.

    Args:
        program: where the step is defined.
        name: the step.
        wording: what things are called.
        lang: the language.

    Raises:
        KeyError: the program has no such step.
    """
    return _Reader(program, name, wording, lang).formula()


def latex(program: g.Program, name: str, wording: Wording, lang: Lang = "zh") -> str:
    r"""The formula of a step in LaTeX that KaTeX and MathJax understand, without ``\[`` around it.

    ``k`` is this claim, ``j`` one of the person's claims of the year up to it, in the order of settlement, and
    ``i`` one of those up to ``j``. A band is the length of what two intervals share.
    Roundings carry what they round to as an index; amounts below zero are rounded like those above.

    Args:
        program: where the step is defined.
        name: the step.
        wording: what things are called.
        lang: the language of the names.

    Raises:
        KeyError: the program has no such step.
    """
    return _Reader(program, name, wording, lang, tex=True).formula()


# --- words and LaTeX --------------------------------------------------------------------------------------

_SIGNS: Mapping[Sign, tuple[str, str, str]] = {
    "<": ("小于", " is below ", " < "), "<=": ("不超过", " is at most ", r" \le "),
    "==": ("等于", " equals ", " = "), ">": ("大于", " is above ", " > "),
    ">=": ("不低于", " is at least ", r" \ge "), "!=": ("不等于", " differs from ", r" \ne "),
}  # fmt: skip
_OPPOSITE: Mapping[Sign, Sign] = {"<": ">=", "<=": ">", "==": "!="}
_MIRRORED: Mapping[Sign, Sign] = {"<": ">", "<=": ">=", "==": "==", ">": "<", ">=": "<=", "!=": "!="}
_ROUNDED: Mapping[RoundingMode, tuple[str, str]] = {
    "half_up": ("四舍五入到", "rounded half up to "), "up": ("进到", "rounded up to "),
    "down": ("舍到", "rounded down to "),
}  # fmt: skip
_BRACKETS: Mapping[RoundingMode, tuple[str, str]] = {
    "half_up": (r"\operatorname{round}@\left(", r"\right)"),
    "up": (r"\left\lceil ", r" \right\rceil@"),
    "down": (r"\left\lfloor ", r" \right\rfloor@"),
}
_ROUND_TO: Mapping[int, tuple[str, str]] = {
    1: ("分", "the fen"), 10: ("角", "the jiao"), 100: ("元", "the yuan"), 1_000: ("十元", "ten yuan"),
    10_000: ("百元", "a hundred yuan"),
}  # fmt: skip
_GROUP: Mapping[g.Entity, tuple[str, str]] = {
    "claim": ("本笔", "claim"), "person": ("本人", "person"), "household": ("全家", "household"),
    "village": ("全村", "village"), "township": ("全乡镇", "township"), "county": ("全县", "county"),
}  # fmt: skip
_MEMBERS: Mapping[g.Entity, tuple[str, str, str]] = {
    "claim": ("各笔费用", "费用笔数", "claims"), "person": ("各人", "人数", "persons"),
    "household": ("各户", "户数", "households"), "village": ("各村", "村数", "villages"),
    "township": ("各乡镇", "乡镇数", "townships"), "county": ("各县", "县数", "counties"),
}  # fmt: skip
#: Inside ``\text`` KaTeX and MathJax differ on escapes, so these stand outside of it.
_ESCAPED = {sign: "\\" + sign for sign in "{}$&#_%"} | {"\\": r"\backslash", "~": r"\sim", "^": r"\wedge"}

_CLAIMS = "kjihgfedcba"
"""In LaTeX: this claim, one of those summed up for it, one of those summed up for that one, …"""

#: How tightly a piece holds together; what is looser than its place asks for stands in brackets.
_CHOICE, _CLAUSE, _OR, _AND, _COMPARISON, _SUM, _SIGMA, _PRODUCT, _ATOM = range(9)


class _Reader(Reading):
    """Writes a formula in Chinese words, in English words, or in LaTeX."""

    def __init__(self, program: g.Program, name: str, wording: Wording, lang: Lang, *, tex: bool = False) -> None:
        super().__init__(program, name, wording, lang)
        self.tex = tex
        self.depth = 0
        self.uses = self._uses()
        self.labels: dict[tuple[g.Node, Measure], str] = {}
        self.definitions: list[tuple[str, str]] = []
        # what LaTeX encloses in brackets of its own may be loose inside and is tight outside
        self.inner, self.outer = (_CHOICE, _ATOM) if tex else (_PRODUCT, _CLAUSE)
        self.sigma = _SIGMA if tex else _ATOM

    def _uses(self) -> Counter[g.Node]:
        """How often each node would be written out."""
        uses: Counter[g.Node] = Counter()
        rest, seen = [self.root], {self.root}
        while rest:
            node = rest.pop()
            # LaTeX writes these as differences and sums, in which their parts stand again
            again = self.tex and isinstance(node, g.Bands | g.Within | g.Accrual | g.Peak)
            for child in node.children:
                if self._named(child) is None and not isinstance(child, g.Const | g.Input):
                    uses[child] += 2 if again else 1
                    if child not in seen:
                        seen.add(child)
                        rest.append(child)
        return uses

    def formula(self) -> str:
        """The formula, and below it what was long and stands in it more than once."""
        main = self.text(self.root, self.measure)
        if not self.definitions:
            return main
        if self.tex:
            rows = r" \\ & ".join(f"{label} = {text}" for label, text in self.definitions)
            return rf"\begin{{aligned}} & {main} \\ & {rows} \end{{aligned}}"
        lines = "\n".join(self.say(f"{label} ＝ {text}", f"{label} = {text}") for label, text in self.definitions)
        return self.say(f"{main}，其中\n{lines}", f"{main}, where\n{lines}")

    def say(self, zh: str, en: str, tex: str | None = None) -> str:
        return tex if self.tex and tex is not None else zh if self.lang == "zh" else en

    def text(self, node: g.Node, want: Measure = TRUTH, least: int = _CHOICE) -> str:
        """A node, in brackets if it is looser than ``least``; ``want`` is what constants in it are."""
        name = self._named(node)
        if name is not None:
            return self.called(self.wording.step(name, self.lang))
        measure = self.known[node] or want
        if self.uses[node] > 1 and self.label(node, measure):
            return self.labels[node, measure]
        text, level = self.piece(node, measure)
        return text if level >= least else self.say(f"（{text}）", f"({text})", rf"\left({text}\right)")

    def label(self, node: g.Node, measure: Measure) -> str:
        """A letter for what is too long to be written twice; empty for what is not."""
        key = (node, measure)
        if key not in self.labels:
            depth, self.depth = self.depth, 0
            text, _ = self.piece(node, measure)
            self.depth = depth
            self.labels[key] = ""
            if len(text) > int(self.say("20", "60", "90")):
                letters = self.say("甲乙丙丁戊己庚辛壬癸", "ABCDEFGH", "ABCDEFGH")
                row, place = divmod(len(self.definitions), len(letters))
                letter, number = letters[place], str(row + 1)
                numbered = self.say(letter + number, letter + number, f"{{{letter}_{{{number}}}}}")
                self.labels[key] = numbered if row else letter
                self.definitions.append((self.labels[key], text))
        return self.labels[key]

    def piece(self, node: g.Node, measure: Measure) -> tuple[str, int]:
        """A node written out, and how tightly it holds together."""
        match node:
            case g.Open():
                return self.called(self.say("未定", "unspecified", "unspecified")), _ATOM
            case g.Const(value=value):
                return self.figure(value, measure), _COMPARISON if value < 0 else _ATOM
            case g.Input():
                return self.called(self.wording.fact(node, self.lang)), _ATOM
            case g.Add(terms=terms):
                return self.say(" ＋ ", " + ", " + ").join(self.text(t, measure, _SUM) for t in terms), _SUM
            case g.Sub(whole=whole, part=part):
                minus = self.say(" − ", " − ", " - ")
                return self.text(whole, measure, _SUM) + minus + self.text(part, measure, _SIGMA), _SUM
            case g.Mul():
                sides = zip(node.children, self._sides(node, measure), strict=True)
                shown = [(n, m) for n, m in sides if n is not g.const(RATE_ONE) or m != RATE]  # × 100 %
                times = self.say(" × ", " × ", r" \times ")
                return times.join(self.text(n, m, _PRODUCT) for n, m in shown), _PRODUCT
            case g.Min(terms=terms) | g.Max(terms=terms):
                listed = [self.text(term, measure, self.inner) for term in terms]
                zh, en, tex = _extreme(isinstance(node, g.Min), len(listed) == 2)
                both = f"the {en} of {_listing(listed, ' and ')}"
                several = r",\; ".join(listed)
                tex = rf"\{tex}\left({several}\right)"
                return self.say(f"{_listing(listed, '与', '、')}中的{zh}", both, tex), self.outer
            case g.Compare():
                return self.comparison(node, True), _COMPARISON
            case g.Is():
                return self.being(node, True), _COMPARISON
            case g.All(terms=terms):
                sign = self.say(" 且 ", " and ", r" \land ")
                return sign.join(self.text(term, least=_AND) for term in terms), _AND
            case g.AnyOf(terms=terms):
                sign = self.say(" 或 ", " or ", r" \lor ")
                return sign.join(self.text(term, least=_OR) for term in terms), _OR
            case g.Not(term=g.Compare() as compared) if self._named(compared) is None:
                return self.comparison(compared, False), _COMPARISON
            case g.Not(term=g.Is() as being) if self._named(being) is None:
                return self.being(being, False), _COMPARISON
            case g.Not(term=term):
                return self.say("并非", "not ", r"\lnot ") + self.text(term, least=_ATOM), _ATOM
            case g.Choose():
                return self.choice(node, measure), _CHOICE
            case g.Slice():
                stretch = self.stretch(node.low, node.high, node.start, node.stop, measure)
                where = self.between(node.low, node.high, measure)
                return self.say(where + stretch, f"{stretch} {where}", stretch), self.outer
            case g.Bands():
                return self.slices(node, Measure(measure.unit, measure.power - 1))
            case g.Round(unit=unit, mode=mode):
                divided = self.divided(node, measure, _CHOICE if self.tex else _OR)
                return self.rounded(divided, mode, unit, measure, self.say("，", ", ")), self.outer
            case g.Divide(unit=unit, mode=mode):
                return self.rounded(self.share(node, measure), mode, unit, measure, self.say("，", ", ")), self.outer
            case g.Running():
                return self.running(node, measure), self.sigma
            case g.Within():
                return self.within(node, measure), _SUM if self.tex else _CLAUSE
            case g.Accrual() | g.Peak():
                return self.added(node, measure), _SUM if self.tex else _CLAUSE
            case g.Total():
                return self.total(node, measure), self.sigma
        raise TypeError(f"the text reader does not know {type(node).__name__}")

    # --- figures ------------------------------------------------------------------------------------------

    def called(self, name: str) -> str:
        return _quoted(name) if self.tex else name

    def figure(self, value: int | bool, measure: Measure) -> str:
        """A constant with its unit."""
        if isinstance(value, bool):
            return self.called(self.say("是", "yes") if value else self.say("否", "no"))
        if value >= NO_LIMIT:
            return self.say("不封顶", "no cap", r"\infty")
        yuan = ("元", " yuan", self.say(r"\,\text{元}", r"\,\text{yuan}"))
        units = {"money": yuan, "rate": ("%", "%", r"\%")}
        return self.number(value, measure) + self.say(*units.get(measure.unit, ("", "", "")))

    def number(self, value: int, measure: Measure) -> str:
        """A constant without its unit: yuan, per cent, or the number itself."""
        exact = Decimal(abs(value)).scaleb(-4 * measure.power - (0 if measure.unit == "number" else 2))
        whole, _, rest = f"{exact.normalize():,f}".partition(".")
        if rest and measure.unit == "money":
            rest = f"{rest:0<2}"
        sign = self.say("−", "−", "-") if value < 0 else ""
        text = f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"
        return text.replace(",", "{,}") if self.tex else text

    def rounded(self, text: str, mode: RoundingMode, unit: int, measure: Measure, comma: str) -> str:
        """A text and what it is rounded to."""
        if measure == ("money", 0) and unit in _ROUND_TO:
            to = self.say(*_ROUND_TO[unit])
        elif measure == NUMBER and unit == 1:
            to = self.say("整数", "a whole number")
        else:
            yuan = self.say("元", " yuan") if measure.unit == "money" else ""
            figure = self.number(unit, measure).replace("{,}", ",") + yuan
            figure += "%" if measure.unit == "rate" else ""
            to = self.say(f"{figure}的整数倍", f"a multiple of {figure}")
        if self.tex:
            opening, closing = _BRACKETS[mode]
            index = f"_{{{_quoted(to)}}}"
            return opening.replace("@", index) + text + closing.replace("@", index)
        return text + comma + self.say(*_ROUNDED[mode]) + to

    def divided(self, node: g.Round | g.Accrual | g.Peak, measure: Measure, least: int) -> str:
        """What is rounded, over the part of its scale that does more than turn products with rates back."""
        inside = self._inside(node, measure)
        divisor = node.scale // RATE_ONE ** min(inside.power, powers(node.scale))
        if divisor == 1:
            return self.text(node.amount, inside, least)
        number = self.number(divisor, NUMBER)
        if self.tex:
            return rf"{{\frac{{{self.text(node.amount, inside)}}}{{{number}}}}}"
        return f"{self.text(node.amount, inside, _PRODUCT)} ÷ {number}"

    def share(self, node: g.Divide, measure: Measure) -> str:
        """An amount over a divisor that is a formula itself."""
        inside, by = self._parts(node, measure)
        if self.tex:
            return rf"{{\frac{{{self.text(node.amount, inside)}}}{{{self.text(node.by, by)}}}}}"
        return f"{self.text(node.amount, inside, _PRODUCT)} ÷ {self.text(node.by, by, _ATOM)}"

    # --- conditions and cases -----------------------------------------------------------------------------

    def comparison(self, node: g.Compare, holds: bool) -> str:
        """A comparison as people put it, the constant last."""
        left, sign, right = node.left, node.sign if holds else _OPPOSITE[node.sign], node.right
        if isinstance(left, g.Const):
            left, sign, right = right, _MIRRORED[sign], left
        measure = self._compared(node)
        return self.text(left, measure, _SUM) + self.say(*_SIGNS[sign]) + self.text(right, measure, _SUM)

    def being(self, node: g.Is, holds: bool) -> str:
        fact = self.called(self.wording.fact(node.category, self.lang))
        options = [self.called(self.wording.option(node.category, one, self.lang)) for one in node.options]
        if self.tex:
            among = r",\; ".join(options)
            one, several = ("=", r"\in") if holds else (r"\ne", r"\notin")
            if len(options) == 1:
                return f"{fact} {one} {among}"
            return rf"{fact} {several} \left\{{{among}\right\}}"
        zh, en = _listing(options, "或", "、"), _listing(options, " or ")
        return fact + (self.say(f"为{zh}", f" is {en}") if holds else self.say(f"不为{zh}", f" is not {en}"))

    def choice(self, node: g.Choose, measure: Measure) -> str:
        """The cases of a choice and of those it goes on to, and what holds otherwise."""
        arms, rest = [(node.test, node.yes)], node.no
        while isinstance(rest, g.Choose) and self._named(rest) is None and self.uses[rest] < 2:
            arms.append((rest.test, rest.yes))
            rest = rest.no
        least = _CHOICE if self.tex else _CLAUSE
        cases = [(self.text(test), self.text(value, measure, least)) for test, value in arms]
        last = self.text(rest, measure, least)
        if self.tex:
            start, end = _quoted(self.say("若", "if")), _quoted(self.say("否则", "otherwise"))
            rows = "".join(rf"{value} & {start}\ {test} \\ " for test, value in cases)
            return rf"\begin{{cases}} {rows}{last} & {end} \end{{cases}}"
        if self.lang == "zh":
            return "；否则".join(f"若 {test}：{value}" for test, value in cases) + f"；否则：{last}"
        return "; otherwise, ".join(f"if {test}: {value}" for test, value in cases) + f"; otherwise: {last}"

    # --- bands --------------------------------------------------------------------------------------------

    def slices(self, node: g.Bands, measure: Measure) -> tuple[str, int]:
        """A schedule, band by band; ``measure`` is that of the stretch."""
        least = _PRODUCT if self.tex else _ATOM
        made = []
        for start, stop, rate in zip(node.edges, (*node.edges[1:], None), node.rates, strict=True):
            part = self.stretch(node.low, node.high, start, stop, measure)
            share = self.text(rate, RATE, least)
            made.append(self.say(f"{part}×{share}", f"{share} × {part}", rf"{share} \times {part}"))
        if self.tex:
            rows = r" \\ & + ".join(made)
            aligned = rf"\begin{{aligned}} & {rows} \end{{aligned}}"
            return (aligned, _OR) if len(made) > 1 else (rows, _PRODUCT)
        where = self.between(node.low, node.high, measure)
        return self.say(f"{where}，{' ＋ '.join(made)}", f"{where}: {' + '.join(made)}"), _CLAUSE

    def between(self, low: g.Node, high: g.Node, measure: Measure) -> str:
        top, bottom = self.text(high, measure, _PRODUCT), self.text(low, measure, _PRODUCT)
        if low is g.ZERO:
            return self.say(f"{top}中", f"of {top}")
        return self.say(f"从{bottom}到{top}的一段中", f"of the stretch from {bottom} to {top}")

    def stretch(self, low: g.Node, high: g.Node, start: int, stop: int | None, measure: Measure) -> str:
        """The part between two edges; in LaTeX the length of what two intervals share."""
        first = self.figure(start, measure)
        last = None if stop is None else self.figure(stop, measure)
        if self.tex:
            whole = rf"\left({self.text(low, measure)},\; {self.text(high, measure)}\right]"
            end = r"\infty\right)" if last is None else rf"{last}\right]"
            return rf"\left|{whole} \cap \left({first},\; {end}\right|"
        if last is None:
            return self.say(f"{first}以上部分", f"the part above {first}")
        first = self.number(start, measure)
        return self.say(f"{first}至{last}部分", f"the part from {first} to {last}")

    # --- years and members --------------------------------------------------------------------------------

    def year(self, by: Iterable[g.Input]) -> tuple[str, str]:
        """The year's claims that belong together; the whole number among ``by`` is the year itself."""
        same = [self.wording.fact(node, self.lang) for node in by if node.kind != "integer"]
        if not same:
            return "本年", "this year"
        return f"本年同一{'、'.join(same)}", f"this year for the same {_listing(same, ' and ')}"

    def of_claim(self, amount: g.Node, measure: Measure, least: int = _ATOM) -> str:
        """An amount as it is for one of the claims summed up."""
        self.depth += 1  # in LaTeX: that claim is j, and those before it are i
        text = self.text(amount, measure, least)
        self.depth -= 1
        return text

    def so_far(self, amount: str, by: Iterable[g.Input], sign: str = r"\le ", last: str | None = None) -> str:
        """The sum over the year's claims up to this one (in LaTeX also up to another, or before it)."""
        zh, en = self.year(by)
        this, one = last or _CLAIMS[self.depth], _CLAIMS[self.depth + 1]
        which = f"{one}{sign}{this}"
        if zh != "本年":
            which = rf"\substack{{{which} \\ {_quoted(self.say(zh.removeprefix('本年'), en[10:]))}}}"
        sigma = rf"\sum_{{{which}}} {amount}_{{{one}}}"
        return self.say(f"{zh}累计（{amount}）", f"sum so far {en} ({amount})", sigma)

    def running(self, node: g.Running, measure: Measure) -> str:
        condition = counted(node.amount)
        if condition is None:
            least = _ATOM if self.tex else _CHOICE
            return self.so_far(self.of_claim(node.amount, measure, least), node.by)
        met, (zh, en) = self.of_claim(condition, TRUTH, _CHOICE), self.year(node.by)
        tex = self.so_far(rf"\left[{met}\right]", node.by)
        return self.say(f"{zh}符合“{met}”的次数", f"number of claims {en} where ({met})", tex)

    def within(self, node: g.Within, measure: Measure) -> str:
        part, limit = self.of_claim(node.amount, measure), self.text(node.limit, measure)
        if self.tex:
            sums = [self.so_far(part, node.by, sign) for sign in (r"\le ", "<")]
            return " - ".join(rf"\min\left({one},\; {limit}\right)" for one in sums)
        zh, en = self.year(node.by)
        en = f"the part of {part} within the limit {en} ({limit})"
        return self.say(f"{part}在{zh}限额（{limit}）内的部分", en)

    def total(self, node: g.Total, measure: Measure) -> str:
        (group, whose), (each, number, members) = _GROUP[node.entity or "person"], _MEMBERS[node.of]
        sigma = rf"\sum_{{{_quoted(self.say(each, members))}}} "
        condition = counted(node.amount)
        if condition is not None:
            met = self.text(condition)
            en = f"number of the {whose}'s {members} where ({met})"
            return self.say(f"{group}符合“{met}”的{number}", en, rf"{sigma}\left[{met}\right]")
        if node.amount is g.const(1):
            return self.say(f"{group}的{number}", f"number of the {whose}'s {members}", f"{sigma}1")
        one = self.text(node.amount, measure, _SIGMA if self.tex else _ATOM)
        en = f"sum of {one} over the {whose}'s {members}"
        return self.say(f"{group}{each}的{one}之和", en, sigma + one)

    def added(self, node: g.Accrual | g.Peak, measure: Measure) -> str:
        """What this claim adds to a rounded sum, or to the highest it has been."""
        self.depth += 1
        amount = self.divided(node, measure, _ATOM if self.tex else _CHOICE)
        self.depth -= 1
        highest = isinstance(node, g.Peak)
        if self.tex:
            sums = [self.so_far(amount, node.by, sign) for sign in (r"\le ", "<")]
            if highest:
                this, total = _CLAIMS[self.depth], self.so_far(amount, node.by, last="m")
                sums = [rf"\max_{{0\le m{sign}{this}}} {total}" for sign in (r"\le ", "<")]
            return " - ".join(self.rounded(one, node.mode, 1, measure, "") for one in sums)
        total = self.so_far(amount, node.by)
        if highest:
            total = self.say(f"{total}历次最高值（最低为0）", f"highest {total}, at least 0,")
        total = self.rounded(total, node.mode, 1, measure, self.say("", " "))
        en = f"{total}, less the same figure before this claim"
        return self.say(f"{total}后，减去本次之前的同一数", en)


def _extreme(least: bool, two: bool) -> tuple[str, str, str]:
    if least:
        return ("较小者", "lesser", "min") if two else ("最小者", "least", "min")
    return ("较大者", "greater", "max") if two else ("最大者", "greatest", "max")


def _listing(parts: list[str], last: str, comma: str = ", ") -> str:
    return comma.join(parts[:-1]) + last + parts[-1] if len(parts) > 1 else parts[0]


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
