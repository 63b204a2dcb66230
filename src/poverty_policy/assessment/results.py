"""What comes out: amounts, truths, and what cannot be told yet."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from poverty_policy.errors import Lang
from poverty_policy.money import Money, Rate


class Unknown:
    """A result that cannot be told yet. It is neither true nor false, and no amount.

    Attributes:
        missing: what would have to be known.
    """

    def __init__(self, missing: Sequence[Missing]) -> None:
        self.missing = tuple(missing)

    def __repr__(self) -> str:
        return f"Unknown({', '.join(one.text('en') for one in self.missing)})"

    def __bool__(self) -> bool:
        raise TypeError(f"the result is not known, so it is neither true nor false; missing: {self!r}")


Result = Money | Rate | bool | Unknown | None


@attrs.frozen
class Missing:
    """Something that would have to be known.

    Attributes:
        what: a fact, the records of a window, or the full name of a value that the sources leave open.
        zh, en: the same for people.
        whose: the identifier of the member it is about, if it is about one.
    """

    what: str
    zh: str
    en: str
    whose: str | None = None

    def text(self, lang: Lang) -> str:
        """The same in that language."""
        text = self.zh if lang == "zh" else self.en
        if self.whose is None:
            return text
        return f"成员 {self.whose} 的{text}" if lang == "zh" else f"{text} of member {self.whose}"

    def to_dict(self) -> dict[str, str | None]:
        """The same for machines."""
        return {"what": self.what, "zh": self.zh, "en": self.en, "member": self.whose}


def written(result: Result) -> str | bool | None:
    """A result for machines: yuan as text, true, false, or nothing."""
    if isinstance(result, Unknown):
        return None
    return result.plain() if isinstance(result, Money) else str(result) if isinstance(result, Rate) else result
