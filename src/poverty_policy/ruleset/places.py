"""The places of China: found by code, Chinese name, pinyin, English name or ISO 3166-2, and what lies above them.

The table ``places.tsv`` holds the present divisions and, with a note, those abolished or recoded since 2003.
It is read once; provinces and codes are looked up straight in its text, other names in an index made on demand.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from poverty_policy.errors import RuleError, invalid, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poverty_policy.errors import Lang

Level = Literal["nation", "province", "prefecture", "county"]

NATION = "000000"
_LEVELS: tuple[Level, ...] = ("nation", "province", "prefecture", "county")
_TABLE = Path(__file__).with_name("places.tsv")
_TOP_ROWS = re.compile(r"\n(\d\d0000\t[^\n]*)")
_DIGITS = re.compile(r"\d{2}|\d{4}|\d{6}", re.ASCII)
_SEPARATORS = re.compile(r"[\s'’·-]+")
_LONGEST_NAME = 60

_PEOPLES = (
    "各|壮|回|藏|白|苗|侗|彝|满|傣|瑶|黎|土|水|羌|佤|畲|怒|蒙古|朝鲜|维吾尔|哈萨克|柯尔克孜|塔吉克|锡伯|土家|布依|"
    "哈尼|傈僳|拉祜|纳西|景颇|布朗|普米|独龙|撒拉|东乡|保安|裕固|达斡尔|鄂温克|仡佬|仫佬|毛南"
)
#: What stands behind the name proper, at least two characters being left: 自治州, 土家族苗族自治州, 市, 县, ...
#: Kept as part of the name: 左旗, 右旗, 前旗, 中旗, 后旗 and 矿区, which tell neighbours apart.
_SUFFIX = (
    rf"(?<=..)(?:族?(?:(?:{_PEOPLES})族|维吾尔|哈萨克|蒙古|锡伯|塔吉克|柯尔克孜)*自治[区州县旗]"
    rf"|(?:(?:{_PEOPLES})族)+区|特别行政区|地区|(?<=神农架)林区|特区|新区|联合旗|[省市县盟]|(?<!矿)区|(?<![左右前中后])旗)$"
)  # compiled when a name is first looked up in the index, not at import


@attrs.frozen
class Place:
    """A place of China.

    Attributes:
        code: the six digits of GB/T 2260; ``000000`` for the nation.
        zh: the full Chinese name, e.g. 商丘市.
        en: the English name without what kind of place it is, e.g. Shangqiu.
        alias: the name in pinyin, lower case, in one word, e.g. shangqiu.
        iso: the code of ISO 3166-2, of the nation and the provinces only.
        note: for a division that is no more, what became of it, e.g. "abolished 2020".
    """

    code: str
    zh: str
    en: str
    alias: str
    iso: str = ""
    note: str = ""

    @property
    def level(self) -> Level:
        """Nation, province, prefecture or county; a county may lie directly under its province."""
        return _LEVELS[_depth(self.code)]

    def text(self, lang: Lang) -> str:
        """The full path: 河南省商丘市, or Shangqiu, Henan."""
        path = lineage(self)[1:] or (self,)
        if lang == "zh":
            return "".join(place.zh for place in path)
        return ", ".join(place.en for place in reversed(path))


@functools.lru_cache(maxsize=4096)
def find(name: str | int) -> Place:
    """The place of that name.

    Of several places with the name, a present one goes before an abolished one, and the highest level wins
    if only one place stands there: ``jilin`` is the province, not the city.

    Args:
        name: a code (``410000``, ``41``), a Chinese name, full or short, alone or behind the places it lies in
            (河南, 商丘市, 江西芦溪县), pinyin (``henan``), an English name (``Inner Mongolia``), any of these
            behind slashes (``jiangxi/luxi``), or ISO 3166-2 (``CN-HA``).

    Returns:
        The place.

    Raises:
        RuleError: no place has the name, or several do and none goes before the others.
    """
    wanted = str(name).strip()
    if _DIGITS.fullmatch(wanted):
        return _by_code(wanted)
    place = _tops().get(_key(wanted))
    if place is not None:
        return place
    codes = _by_path(wanted) if "/" in wanted else _by_name(wanted)
    return _choose(wanted, codes)


def lineage(place: Place) -> tuple[Place, ...]:
    """The place and all it lies in, the nation first; a level the place does not have is left out."""
    return tuple(one for code in _codes_down_to(place.code) if (one := _at(code)) is not None)


def _depth(code: str) -> int:
    """The place of a code's level in ``_LEVELS``."""
    if code == NATION:
        return 0
    if code.endswith("0000"):
        return 1
    return 2 if code.endswith("00") else 3


def _codes_down_to(code: str) -> tuple[str, ...]:
    """The codes of the nation, the province, the prefecture and the place, whether or not each exists."""
    return tuple(dict.fromkeys((NATION, f"{code[:2]}0000", f"{code[:4]}00", code)))


@functools.cache
def _table() -> str:
    """The whole table as text."""
    return _TABLE.read_text(encoding="utf-8")


def _rows() -> Iterable[list[str]]:
    """All rows as cells, without the comment and the header."""
    return (row.split("\t") for row in _table().splitlines()[2:])


@functools.cache
def _at(code: str) -> Place | None:
    """The place with that six-digit code."""
    table = _table()
    start = table.find(f"\n{code}\t") + 1
    if start == 0:
        return None
    return Place(*table[start : table.index("\n", start)].split("\t"))


@functools.cache
def _tops() -> Mapping[str, Place]:
    """The nation and the provinces under every name they have."""
    tops: dict[str, Place] = {}
    for row in _TOP_ROWS.findall(_table()):
        place = Place(*row.split("\t"))
        for name in (place.zh, _short(place.zh), place.alias, _key(place.en), _key(place.iso)):
            tops[name] = place
    tops["中国"] = tops["全国"]
    return tops


@functools.cache
def _index() -> Mapping[str, tuple[str, ...]]:
    """The codes of all places under each name."""
    index: dict[str, dict[str, None]] = {}
    for code, zh, en, alias, *_ in _rows():
        for name in (zh, _short(zh), alias, _key(en)):
            index.setdefault(name, {})[code] = None
    return {name: tuple(codes) for name, codes in index.items()}


@functools.cache
def _full_names() -> Mapping[str, tuple[str, ...]]:
    """The codes of all places under their full Chinese names alone."""
    full: dict[str, list[str]] = {}
    for code, zh, *_ in _rows():
        full.setdefault(zh, []).append(code)
    return {name: tuple(codes) for name, codes in full.items()}


def _short(zh: str) -> str:
    """A Chinese name without what kind of place it is: 河南 for 河南省, 易县 for 易县."""
    return re.sub(_SUFFIX, "", zh)


def _key(name: str) -> str:
    """A name as it stands in the indexes: lower case, without spaces, hyphens and apostrophes."""
    return _SEPARATORS.sub("", name).lower().replace("ü", "v")


def _by_code(digits: str) -> Place:
    code = digits.ljust(6, "0")
    place = _at(code)
    if place is None:
        raise RuleError(unknown("place", digits, (row[0] for row in _rows())))
    return place


def _by_name(name: str) -> tuple[str, ...]:
    """The codes a name without slashes may mean; a full name goes before a short one."""
    key = _key(name)
    return _full_names().get(key) or _index().get(key) or _by_chinese_path(key)


def _by_chinese_path(name: str) -> tuple[str, ...]:
    """The codes of a Chinese name with the places it lies in written before it, such as 江西芦溪县."""
    if name.isascii() or len(name) > _LONGEST_NAME:
        return ()
    for cut in range(1, len(name)):
        below = _full_names().get(name[cut:]) or _index().get(name[cut:])
        above = below and (_index().get(name[:cut]) or _by_chinese_path(name[:cut]))
        if below and above and (found := _within(below, above)):
            return found
    return ()


def _by_path(path: str) -> tuple[str, ...]:
    """The codes of a name with the places it lies in before it, parted by slashes."""
    found: tuple[str, ...] = ()
    above = ""
    for part in (one.strip() for one in path.split("/")):
        here = (_by_code(part).code,) if _DIGITS.fullmatch(part) else _any_level(part)
        if not here:
            raise RuleError(unknown("place", part, _names_like(part)))
        inside = _within(here, found) if above else here
        if not inside:
            zh, en = _listed(here)
            raise RuleError(
                invalid(
                    f"“{above}”之内没有“{part}”；叫这个名称的有：{zh}",
                    f"there is no {part!r} in {above!r}; places of that name: {en}",
                )
            )
        found = inside
        above = f"{above}/{part}" if above else part
    return found


def _any_level(name: str) -> tuple[str, ...]:
    """The codes a part of a path may mean, the nation and provinces by ISO code included."""
    top = _tops().get(_key(name))
    codes = _by_name(name)
    return (top.code, *(code for code in codes if code != top.code)) if top else codes


def _within(codes: Iterable[str], above: Iterable[str]) -> tuple[str, ...]:
    """Those of the codes that lie in one of the places above."""
    enclosing = frozenset(above)
    return tuple(code for code in codes if not enclosing.isdisjoint(set(_codes_down_to(code)) - {code}))


def _choose(name: str, codes: Iterable[str]) -> Place:
    """The one place the codes mean: present before abolished, then the highest level."""
    places = [place for code in codes if (place := _at(code)) is not None]
    if not places:
        raise RuleError(unknown("place", name, _names_like(name)))
    places = [place for place in places if not place.note] or places
    top = min(_depth(place.code) for place in places)
    highest = [place for place in places if _depth(place.code) == top]
    if len(highest) == 1:
        return highest[0]
    zh, en = _listed(place.code for place in highest)
    first = highest[0]
    path = "/".join(place.alias for place in lineage(first)[1:])
    raise RuleError(
        invalid(
            f"叫“{name}”的地方不止一处：{zh}；请写代码或全称，如 {first.code} 或“{first.text('zh')}”",
            f"{name!r} is the name of several places: {en}; write the code or the path, "
            f"such as {first.code} or {path!r}",
        )
    )


def _listed(codes: Iterable[str]) -> tuple[str, str]:
    """The places as a list for a message, in Chinese and in English."""
    places = [place for code in codes if (place := _at(code)) is not None]
    return (
        "、".join(f"{place.code} {place.text('zh')}" for place in places),
        "; ".join(f"{place.code} {place.text('en')}" for place in places),
    )


def _names_like(name: str) -> Iterable[str]:
    """The known names in the same script, to look for near ones among."""
    ascii_only = name.isascii()
    return [known for known in _index() if known.isascii() == ascii_only]
