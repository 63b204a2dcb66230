"""What is wrong with text that is not YAML, in words for people who write YAML twice a year.

A parser reports where it could not go on, which is often a line below the slip, and in words of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

_COLON = (
    "这里是全角冒号，请改成英文冒号，后面空一格",
    "this is a full-width colon: write a plain one, and a space behind it",
)
_COMMA = (
    "这里是全角逗号，请改成英文逗号",
    "this is a full-width comma: write a plain one",
)
_BRACKET = (
    "这里是全角括号，请改成英文的 { } 或 [ ]",
    "this is a full-width bracket: write a plain { } or [ ]",
)
_TAB = (
    "行首用了制表符（Tab），请改成空格",
    "a tab at the start of the line: write spaces",
)
_SPACE = (
    "行首用了全角空格，请改成英文空格",
    "a full-width space at the start of the line: write plain ones",
)
_AFTER_DASH = ("短横（-）后面要空一格", "a space is missing behind the dash")
_AFTER_COLON = ("冒号后面要空一格", "a space is missing behind the colon")
_SIGN = ("以 % @ ` 开头的文字要加引号", "text that begins with %, @ or ` stands in quotes")

_NAME = r"""["']?[A-Za-z0-9_][\w"',. -]*?"""
#: What may be wrong with a line; the group is the sign that is meant.
_IN_LINE: Sequence[tuple[str, tuple[str, str]]] = (
    (rf"^[\s-]*{_NAME}\s*(：)", _COLON),
    (r"\{[^\"'}]*?[A-Za-z_]\w*\s*(：)", _COLON),
    (r"\{[^\"'}]*?(，)\s*[A-Za-z_]\w*\s*[:：]", _COMMA),
    (r"(?::\s|-\s|^\s*)([｛［])", _BRACKET),
    (r"^ *(\t)", _TAB),
    (r"^ *(\u3000)", _SPACE),
    (r"^ *(-)[A-Za-z_]\w*:", _AFTER_DASH),
    (r"^[ -]*[A-Za-z_]\w*(:)[^\s:]", _AFTER_COLON),
    (r":\s+([%@`])", _SIGN),
)
#: What the parser says, whether it is about where something opened, and the same for people.
_SAID: Sequence[tuple[str, bool, tuple[str, str]]] = (
    (
        "quoted scalar",
        True,
        ("这里的引号没有配对", "the quotes that open here are not closed"),
    ),
    (
        "flow (mapping|sequence|node)",
        True,
        ("这里的括号没有配对，或里面缺逗号", "the bracket that opens here is not closed, or lacks a comma"),
    ),
    (
        "mapping values are not allowed",
        False,
        (
            "文字里有冒号加空格的，整段加引号；不是这样，就是缩进与上面的行不齐",
            "text with a colon and a space stands in quotes; if it is not that, the line is indented wrongly",
        ),
    ),
    (
        "simple key",
        True,
        ("这里缺英文冒号，或冒号后面没有空格", "a colon is missing here, or the space behind it"),
    ),
    (
        "block|indent",
        False,
        (
            "这一行的缩进与上面的行不齐：同一级的各行用空格左对齐",
            "the line is indented unlike those above: lines of one level start in the same column",
        ),
    ),
)
#: How many lines with something on them are looked at, from where the parser stopped upwards.
_LOOKED_AT = 2


@attrs.frozen
class Slip:
    """What is wrong, and where: line and column from 1."""

    line: int
    column: int
    zh: str
    en: str


def find_slip(text: str, stopped: tuple[int, int], opened: tuple[int, int] | None, said: str) -> Slip:
    """The likeliest slip in text that a YAML parser refused.

    Args:
        text: the text.
        stopped: line and column, from 1, where the parser stopped.
        opened: where that began which it could not finish, if it says.
        said: what it said.
    """
    lines = text.splitlines()
    for number in _looked_at(lines, stopped[0]):
        for pattern, words in _IN_LINE:
            found = re.search(pattern, lines[number - 1])
            if found is not None:
                return Slip(number, found.start(1) + 1, *words)
    for pattern, where_opened, words in _SAID:
        if re.search(pattern, said):
            return Slip(*(opened if where_opened and opened else stopped), *words)
    return Slip(*stopped, f"不是合法的 YAML（{said}）", f"not valid YAML ({said})")


def _looked_at(lines: Sequence[str], stopped: int) -> Iterator[int]:
    """The last lines with something on them, from where the parser stopped upwards."""
    left = _LOOKED_AT
    for number in range(min(stopped, len(lines)), 0, -1):
        if left and lines[number - 1].strip() and not lines[number - 1].lstrip().startswith("#"):
            left -= 1
            yield number


def slip_in_name(name: str) -> tuple[str, str] | None:
    """What is wrong with a name that stands without quotes, in Chinese and English, if it is a slip."""
    if "：" in name:
        return _COLON
    if name.startswith("\u3000"):
        return _SPACE
    return _AFTER_COLON if re.search(r"\w:\w", name) else None
