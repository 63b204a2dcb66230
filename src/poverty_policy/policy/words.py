"""Words for explanations: amounts, rates and names in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from poverty_policy.errors import Lang
from poverty_policy.money import Money, Rate
from poverty_policy.terms import ROUND_TO_WORDS, ROUNDING, Dimension, Vocabulary

Phrases = Mapping[str, tuple[str, str]]


@attrs.frozen
class Words:
    """How a statement speaks.

    Attributes:
        lang: the language.
        vocabulary: the names known.
    """

    lang: Lang
    vocabulary: Vocabulary

    def say(self, phrases: Phrases, key: str, **facts: object) -> str:
        """A phrase, filled in."""
        return phrases[key][0 if self.lang == "zh" else 1].format(**facts)

    def known(self, dimension: Dimension, name: str) -> str:
        """The term for a name, which a case may have given in any of its ways."""
        for one in self.vocabulary.names(dimension):
            if name in (one, self.vocabulary.text(dimension, one, "zh"), self.vocabulary.text(dimension, one, "en")):
                return self.vocabulary.text(dimension, one, self.lang)
        return name

    def listed(self, texts: Iterable[str]) -> str:
        """Several things in a row."""
        return ("、" if self.lang == "zh" else ", ").join(texts)

    def either(self, texts: Iterable[str]) -> str:
        """One of several things."""
        return ("或" if self.lang == "zh" else " or ").join(texts)

    def bracketed(self, text: str) -> str:
        """An aside."""
        return f"（{text}）" if self.lang == "zh" else f" ({text})"

    def labelled(self, label: str, text: object) -> str:
        """``label: text``."""
        return f"{label}：{text}" if self.lang == "zh" else f"{label}: {text}"

    def rounding(self, to: str, mode: str) -> str:
        """``100 yuan up`` as people say it."""
        unit, way = ROUND_TO_WORDS[to].text(self.lang), ROUNDING[mode].text(self.lang)
        return f"{way}到{unit}" if self.lang == "zh" else f"{way} to {unit}"

    @staticmethod
    def money(fen: int) -> str:
        """An amount in fen as people read it."""
        return str(Money.of_fen(fen))

    @staticmethod
    def rate(parts: int) -> str:
        """A rate in 1/10,000 as people read it."""
        return str(Rate.of_parts(parts))

    def product(self, amount: int, rate: int) -> str:
        """``27,500.00 × 80% = 22,000.00``; a product finer than the fen is shown in full."""
        exact = amount * rate
        fine = f"{Decimal(f'{exact}e-6'):,f}".rstrip("0")
        result = self.money(exact // 10_000) if exact % 10_000 == 0 else fine
        return f"{self.money(amount)} × {self.rate(rate)} = {result}"
