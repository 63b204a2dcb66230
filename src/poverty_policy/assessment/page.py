"""What every sheet shares: lines that fold, amounts at the right, citations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import attrs

from poverty_policy.errors import Lang
from poverty_policy.policy.words import Phrases, Words
from poverty_policy.ruleset.citing import Citation
from poverty_policy.ruleset.resolved import Resolved
from poverty_policy.terms import GRADES, STATUSES, Vocabulary

WIDTH = 78
_NUMERALS = "一二三四五六七八九十"

_SAYS: Phrases = {
    "source": ("依据：{text}（{status}；{grade}）", "Source: {text} ({status}; {grade})"),
    "order": ("次序依据：{text}（{status}；{grade}）", "Settled at this place by: {text} ({status}; {grade})"),
    "rules": ("规则", "Rules"),
    "rules_line": (
        "{place}，{on} 适用（来源显示 {first} 至 {last}）",
        "{place}, as of {on} (known for {first} to {last})",
    ),
    "identity": ("规则摘要 {hash}，程序版本 {version}", "rules {hash}, version {version}"),
    "reform": ("假设方案（非现行规定）：{title}", "What-if, not the law: {title}"),
    "change": ("{name}：{before} → {after}", "{name}: {before} → {after}"),
    "warning": ("注意", "Note"),
    "limitations": ("规则的局限", "Limitations of the rules"),
}


def display_width(text: str) -> int:
    """How many columns a text takes on a terminal or in print: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _folded(text: str, indent: str) -> Iterator[str]:
    """A text in lines no wider than the sheet; Chinese may break anywhere, other words at spaces."""
    line = indent
    for piece in re.findall(r"[\x21-\u2e7f]+ ?|.", text):
        too_wide = display_width(line) + display_width(piece.rstrip()) > WIDTH
        if too_wide and line.strip() and piece not in "，。；：、）》”":  # these never start a line
            yield line.rstrip()
            line = indent + "  "
        line += piece
    yield line.rstrip()


@attrs.frozen
class Page:
    """A sheet of a rule set in one language, with the names it knows."""

    rules: Resolved
    lang: Lang
    vocabulary: Vocabulary

    @property
    def colon(self) -> str:
        """What stands between a label and its text."""
        return "：" if self.lang == "zh" else ": "

    @property
    def words(self) -> Words:
        """Words in the sheet's language."""
        return Words(self.lang, self.vocabulary)

    def numbered(self, place: int, text: str) -> str:
        """``一、…`` or ``1. …``; places count from zero."""
        return f"{_NUMERALS[place]}、{text}" if self.lang == "zh" and place < 10 else f"{place + 1}. {text}"

    def centred(self, text: str) -> str:
        """A heading in the middle."""
        return " " * ((WIDTH - display_width(text)) // 2) + text

    def row(self, indent: int, text: str, amount: object = "") -> str:
        """A line with its amount at the right; a text alone goes on over as many lines as it needs."""
        left, right = "  " * indent + text, str(amount)
        if right:
            return left + " " * max(1, WIDTH - display_width(left) - display_width(right)) + right
        return "\n".join(_folded(text, "  " * indent))

    def citation(self, citation: Citation, says: str = "source") -> str:
        """Where something is stated, and how good the evidence is; ``order`` where only its place in the order is."""
        source = citation.source
        known = [citation.text(self.lang), source.issuer, source.date]
        return self.words.say(
            _SAYS,
            says,
            text=("，" if self.lang == "zh" else ", ").join(part for part in known if part),
            status=STATUSES[source.status].text(self.lang),
            grade=GRADES[source.grade].text(self.lang),
        )

    def head(self, title: str, warnings: tuple[str, ...]) -> Iterator[str]:
        """The title, which rules apply, and what a reader must know first."""
        say, rules = self.words.say, self.rules
        yield self.centred(title)
        place = rules.place.text(self.lang)
        facts = {"place": place, "on": rules.on, "first": rules.valid_from, "last": rules.valid_to}
        yield f"{say(_SAYS, 'rules')}{self.colon}{say(_SAYS, 'rules_line', **facts)}"
        yield "  " + say(_SAYS, "identity", hash=rules.hash[:12], version=rules.identity["version"])
        if rules.changes:
            yield "  " + say(_SAYS, "reform", title=rules.title or "")
            for change in rules.changes:
                yield "    " + say(_SAYS, "change", name=change.name, before=change.before, after=change.after)
        for warning in warnings:
            yield f"  {say(_SAYS, 'warning')}{self.colon}{warning}"

    def foot(self, part: str | None = None) -> Iterator[str]:
        """What the rules (one part of them, if it is named) do not hold."""
        limitations = self.rules.limitations(part)
        if limitations:
            yield ""
            yield self.words.say(_SAYS, "limitations")
            for text in limitations:
                yield self.row(1, f"· {text}")
