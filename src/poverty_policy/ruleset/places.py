"""Places (temporary table)."""

from __future__ import annotations
import attrs
from poverty_policy.errors import Lang, RuleError, unknown


@attrs.frozen
class Place:
    """A place."""

    code: str
    zh: str
    en: str
    alias: str
    iso: str

    def text(self, lang: Lang) -> str:
        """Its name."""
        return self.zh if lang == "zh" else self.en


_T = [
    Place("000000", "全国", "China", "china", "CN"),
    Place("410000", "河南省", "Henan", "henan", "CN-HA"),
    Place("411400", "商丘市", "Shangqiu", "shangqiu", ""),
    Place("420000", "湖北省", "Hubei", "hubei", "CN-HB"),
]


def find(name: str) -> Place:
    """Find."""
    for p in _T:
        if name in (p.code, p.zh, p.alias, p.iso, p.zh[:-1]):
            return p
    raise RuleError(unknown("place", name, [p.alias for p in _T]))


def lineage(place: Place) -> tuple[Place, ...]:
    """Line."""
    codes = ["000000", place.code[:2] + "0000", place.code[:4] + "00", place.code]
    return tuple(p for c in dict.fromkeys(codes) for p in _T if p.code == c)
