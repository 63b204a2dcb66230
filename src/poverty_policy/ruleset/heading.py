"""What can be told of a rule file without reading it in full: its days, what it supersedes and which parts it states.

A place may have hundreds of files; a load reads in full the few that hold on the day. What stands at the left margin is
looked at line by line; a file that is laid out otherwise (in braces, say) is read in full instead.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path

import attrs

_KEY = re.compile(r"(?P<key>[a-z_]+):(?P<rest>\s.*|)")
_DATE = re.compile(r"""(?P<quote>["']?)(?P<date>\d{4}-\d{2}-\d{2})(?P=quote)""")
_WORD = re.compile(r"""(?P<quote>["']?)(?P<word>[\w-]+)(?P=quote)""")
_CHANGED = re.compile(r"""(?P<quote>["']?)(?P<name>[\w.]+)(?P=quote):(\s.*|)""")
_NOTHING = ("", "null", "~")


@attrs.frozen
class Heading:
    """The days, the precedence and the parts of a rule file.

    Attributes:
        path: the file.
        valid_from, valid_to, known_to, published: as in the file.
        supersedes: the stem of the file that it replaces.
        explains_gap: whether it says why nothing is known before it.
        parts: the names of what it states: ``health``, sections, ``targets``.
    """

    path: Path
    valid_from: dt.date
    valid_to: dt.date | None
    known_to: dt.date | None
    published: dt.date
    supersedes: str | None
    explains_gap: bool
    parts: frozenset[str]

    @property
    def last_day(self) -> dt.date:
        """The last day for which the file says something."""
        last = self.valid_to or self.known_to
        assert last is not None  # one of the two is stated
        return last

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    def covers(self, day: dt.date) -> bool:
        """Whether the file says something for that day."""
        return self.valid_from <= day <= self.last_day


@attrs.frozen
class Margin:
    """What stands at the left margin of a file: each key, what follows it on its line, and the lines below it."""

    keys: dict[str, str]
    below: dict[str, list[str]]

    def date(self, key: str) -> dt.date | None:
        """The date behind a key; nothing, if the key is not stated.

        Raises:
            ValueError: something else stands there.
        """
        text = self.keys.get(key, "")
        if text in _NOTHING:
            return None
        match = _DATE.fullmatch(text)
        if match is None:
            raise ValueError(key)
        return dt.date.fromisoformat(match["date"])

    def word(self, key: str) -> str | None:
        """The single word behind a key.

        Raises:
            ValueError: something else stands there.
        """
        text = self.keys.get(key, "")
        if text in _NOTHING:
            return None
        match = _WORD.fullmatch(text)
        if match is None:
            raise ValueError(key)
        return match["word"]

    def states(self, key: str) -> bool:
        """Whether anything stands behind a key, on its line or below it."""
        return key in self.keys and (self.keys[key] not in _NOTHING or bool(self.below[key]))

    def names_below(self, key: str) -> Iterable[str]:
        """The keys of the mapping that stands below a key.

        Raises:
            ValueError: something else stands there.
        """
        if key not in self.keys:
            return
        if self.keys[key] not in _NOTHING:
            raise ValueError(key)
        margin = None
        for line in self.below[key]:
            indent = len(line) - len(line.lstrip())
            margin = indent if margin is None else margin
            if indent == margin:
                match = _CHANGED.fullmatch(line.strip())
                if match is None:
                    raise ValueError(key)
                yield match["name"]


def margin_of(text: str) -> Margin:
    """What stands at the left margin of a YAML text.

    Raises:
        ValueError: the text is laid out otherwise.
    """
    keys: dict[str, str] = {}
    below: dict[str, list[str]] = {}
    last = ""
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] in " \t" or line.startswith("- "):
            if not last:
                raise ValueError(line)
            below[last].append(line)
            continue
        match = _KEY.fullmatch(line)
        if match is None or match["key"] in keys:
            raise ValueError(line)
        last = match["key"]
        keys[last] = match["rest"].partition(" #")[0].strip()
        below[last] = []
    return Margin(keys, below)
