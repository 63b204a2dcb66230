"""YAML and JSON from outside: read safely, exactly, and with the place of everything.

No tags, no anchors, no duplicate keys, limits on size and depth; decimals stay decimals, dates become dates,
and only ``true`` and ``false`` are truths (so that ``on`` and ``no`` stay words).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from poverty_policy.errors import Fault, PolicyError, invalid

MOST_BYTES = 4_000_000
DEEPEST = 30

At = tuple[str | int, ...]
#: Why a file cannot be read; what the system says otherwise is in its own language.
_CANNOT: Mapping[type[OSError], str] = {
    FileNotFoundError: "没有这个文件",
    IsADirectoryError: "这是文件夹",
    PermissionError: "没有权限",
}


@attrs.frozen
class Document:
    """What a file says, and where it says it.

    Attributes:
        data: plain mappings, lists and scalars.
        file: the file's name for messages.
        marks: path -> (line, column), both from 1.
    """

    data: Any
    file: str
    marks: Mapping[At, tuple[int, int]] = attrs.field(repr=False, factory=dict)

    def locate(self, fault: Fault) -> Fault:
        """The fault with the file and the line of the nearest thing on its path."""
        if fault.file is not None:
            return fault
        if not self.marks:  # JSON keeps no places
            return attrs.evolve(fault, file=self.file)
        path: At = ()
        for part in fault.at:
            found = next((step for step in _written(part) if (*path, *step) in self.marks), None)
            if found is not None:
                path = (*path, *found)
            elif part not in (0, "1"):  # a list of one may be written without the list
                break
        line, column = self.marks.get(path, (1, 1))
        return attrs.evolve(fault, file=self.file, line=line, column=column)

    def raise_from(self, error: PolicyError) -> PolicyError:
        """The same error with places."""
        return type(error)(self.locate(fault) for fault in error.faults)


def _written(part: str | int) -> Iterator[At]:
    """How a part of a path may stand in a file.

    The name of a value counts from one where the file has a list; a value with a source of its own stands below
    ``value``; what may be a list may be written as the only one of it: ``cap`` for ``caps``.
    """
    parts: list[str | int] = [part, int(part) - 1] if isinstance(part, str) and part.isdecimal() else [part]
    for one in parts:
        yield (one,)
        yield ("value", one)
    if isinstance(part, str) and part.endswith("s"):
        yield (part[:-1],)


def read(path: str | Path, error: type[PolicyError]) -> Document:
    """Read a YAML or JSON file.

    Args:
        path: the file; ``.json`` is read as JSON, everything else as YAML.
        error: the kind of error to raise.

    Raises:
        PolicyError: the given kind, with the place: the file is missing, too large, malformed or unsafe.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            zh, en = (
                f"文件有 {size} 字节，超过 {MOST_BYTES}",
                f"the file has {size} bytes, more than {MOST_BYTES}",
            )
            raise error(attrs.evolve(invalid(zh, en), file=str(path)))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as failure:
        zh = f"读不了文件：{_CANNOT.get(type(failure), failure.strerror)}"
        en = f"cannot read the file: {failure.strerror}"
        raise error(attrs.evolve(invalid(zh, en), file=str(path))) from None
    except UnicodeDecodeError:
        zh, en = "文件不是 UTF-8 编码", "the file is not UTF-8 text"
        raise error(attrs.evolve(invalid(zh, en), file=str(path))) from None
    return parse(text, str(path), error)


def parse(text: str, file: str, error: type[PolicyError]) -> Document:
    """Read YAML or JSON text; see ``read``."""
    if len(text) > MOST_BYTES:
        raise error(attrs.evolve(invalid("内容过长", "the text is too long"), file=file))
    if file.endswith(".json"):
        return Document(_json(text, file, error), file)
    from poverty_policy.yaml_reader import read_yaml  # YAML is not loaded by those who never read any

    data, marks = read_yaml(text, file, error)
    return Document(data, file, marks)


def _json(text: str, file: str, error: type[PolicyError]) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            keys = [key for key, _ in found]
            twice = next(key for key in made if keys.count(key) > 1)
            raise error(attrs.evolve(invalid(f"“{twice}”写了两次", f"{twice!r} is given twice"), file=file))
        return made

    def constant(name: str) -> Any:
        raise ValueError(f"{name} is no number")

    try:
        return json.loads(text, parse_float=Decimal, parse_constant=constant, object_pairs_hook=pairs)
    except json.JSONDecodeError as failure:
        fault = invalid(f"不是合法的 JSON：{failure.msg}", f"not valid JSON: {failure.msg}")
        raise error(attrs.evolve(fault, file=file, line=failure.lineno, column=failure.colno)) from None
    except (RecursionError, ValueError):
        raise error(
            attrs.evolve(
                invalid(
                    "JSON 嵌套过深，或含有不是数字的数", "the JSON is nested too deep, or holds a number that is none"
                ),
                file=file,
            )
        ) from None
