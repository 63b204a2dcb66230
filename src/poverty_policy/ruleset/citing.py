"""Where values come from: the document, the place in it, and the file and line that state them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from poverty_policy.errors import Fault, Lang, RuleError, invalid
from poverty_policy.policy.entry import Stated
from poverty_policy.policy.values import leaves
from poverty_policy.ruleset.file import LoadedFile, Source, source_faults


@attrs.frozen
class Citation:
    """Where a value comes from.

    Attributes:
        source: the document.
        locator: the place in it.
        file: the rule file that states the value.
        line: the line in that file.
    """

    source: Source
    locator: str
    file: str
    line: int

    def to_dict(self) -> dict[str, str | int]:
        """The citation for machines."""
        status, grade = self.source.status, self.source.grade
        found: dict[str, str | int] = {"text": self.text(), "locator": self.locator, "status": status, "grade": grade}
        return {**found, "file": Path(self.file).name, "line": self.line}

    def text(self, lang: Lang = "zh") -> str:
        """The citation as a person writes it."""
        number = self.source.number or ""
        if number:
            number = f"（{number}）" if lang == "zh" else f" ({number})"
        locator = self.locator if lang == "zh" or not self.locator else f" {self.locator}"
        return f"《{self.source.title}》{number}{locator}"


def citations(
    entry: Stated, data: Mapping[str, Any], at: tuple[str | int, ...], loaded: LoadedFile
) -> dict[str, Citation]:
    """The citation of an entry (under ``""``) and of the values that have their own.

    Raises:
        RuleError: the entry has no source, or names one that the file does not list.
    """
    found: dict[str, Citation] = {}
    faults: list[Fault] = []
    wanted: list[tuple[str, str | None, tuple[str | int, ...]]] = [("", entry.source, (*at, "source"))]
    for dotted, value in entry.values():
        for path, leaf in leaves(value):
            if leaf.source is not None:
                where = (*at, *_path(data, dotted.split(".")), *path, "source")
                wanted.append((".".join((dotted, *path)), leaf.source, where))
    for dotted, inner in entry.sources():
        wanted.append((dotted, inner, (*at, *_path(data, dotted.split(".")), "source")))
    for name, source, where in wanted:
        if source is None:
            faults.append(Fault("missing", {"name": "source"}, at))
            continue
        faults.extend(source_faults(source, loaded.declared.sources, *where))
        key, _, locator = source.partition(" ")
        if key in loaded.declared.sources:
            line = loaded.document.locate(invalid("", "", *where)).line or 1
            found[name] = Citation(loaded.declared.sources[key], locator.strip(), loaded.document.file, line)
    if faults:
        raise RuleError(faults)
    return found


def _path(data: Any, parts: Iterable[str]) -> Iterator[str | int]:
    """Where in the data a dotted name leads: places of a list count from 1 in names and from 0 in paths."""
    for part in parts:
        if isinstance(data, Mapping):
            key = next((key for key in data if str(key) == part), None)
            if key is not None:  # years are numbers
                yield key
                data = data[key]
                continue
        yield int(part) - 1 if part.isdigit() else part
        if isinstance(data, list | tuple) and part.isdigit():
            data = data[int(part) - 1]
