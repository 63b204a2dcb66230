"""YAML read safely: no tags, no anchors, no duplicate keys, limited depth, and the place of everything kept."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs
import yaml

from poverty_policy.documents import DEEPEST
from poverty_policy.errors import Fault, PolicyError, invalid

_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"[+-]?(0|[1-9]\d{0,17})\.\d{1,12}")
_NAME = re.compile(r"[\w., -]*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

At = tuple[str | int, ...]
Marks = dict[At, tuple[int, int]]


def read_yaml(text: str, file: str, error: type[PolicyError]) -> tuple[Any, Marks]:
    """The data of a YAML document, and where everything in it stands.

    Raises:
        PolicyError: the given kind, with every fault and its place.
    """
    reader = _Reader(file)
    try:
        loader = _LOADER(text)
        try:
            root = _composed(loader, reader)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as failure:
        from poverty_policy.yaml_slips import find_slip  # only who makes a mistake pays for it

        opened = _spot(failure.context_mark)
        stopped = _spot(failure.problem_mark) or opened or (1, 1)
        found = find_slip(text, stopped, opened, " ".join(filter(None, (failure.context, failure.problem))))
        fault = invalid(found.zh, found.en)
        raise error(attrs.evolve(fault, file=file, line=found.line, column=found.column)) from None
    except (yaml.YAMLError, RecursionError, ValueError) as failure:
        words = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
        raise error(attrs.evolve(invalid(f"不是合法的 YAML：{words}", f"not valid YAML: {words}"), file=file)) from None
    data = reader.value(root, ()) if root is not None else None
    if reader.faults:
        raise error(reader.faults)
    return data, reader.marks


def _spot(mark: Any) -> tuple[int, int] | None:
    """Line and column, from 1, of a place that the parser names."""
    return None if mark is None else (mark.line + 1, mark.column + 1)


def _composed(loader: Any, reader: _Reader) -> Any:
    """The node tree, refused at the first sign of anchors or of too much depth, before any of it is built."""
    depth = 0
    events: list[Any] = []
    while loader.check_event():
        event = loader.get_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            reader.fault(
                event.start_mark,
                "不接受锚点与引用（& 和 *），请直接写出内容",
                "anchors and aliases are not accepted",
            )
            return None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                reader.fault(event.start_mark, f"嵌套超过 {DEEPEST} 层", f"nested deeper than {DEEPEST} levels")
                return None
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent) and any(
            isinstance(e, yaml.DocumentEndEvent) for e in events[-1:]
        ):
            reader.fault(event.start_mark, "一个文件只能有一份文档", "a file holds one document")
            return None
        events.append(event)
    return _tree(iter(events))


@attrs.define
class _Node:
    """A piece of a YAML document: text, a list of nodes, or a list of pairs of nodes."""

    mark: Any
    tag: str | None
    plain: bool = False
    text: str | None = None
    items: list[_Node] | None = None
    pairs: list[tuple[_Node, _Node]] | None = None


def _tree(events: Any) -> _Node | None:
    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            return _Node(event.start_mark, event.tag, plain=bool(event.implicit[0]), text=event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            node = _Node(event.start_mark, event.tag, items=[])
            while (item := _tree(events)) is not None:
                assert node.items is not None
                node.items.append(item)
            return node
        if isinstance(event, yaml.MappingStartEvent):
            node = _Node(event.start_mark, event.tag, pairs=[])
            while (key := _tree(events)) is not None:
                value = _tree(events)
                assert node.pairs is not None
                assert value is not None
                node.pairs.append((key, value))
            return node
        if isinstance(event, yaml.CollectionEndEvent | yaml.DocumentEndEvent):
            return None
    return None


class _Reader:
    """Turns nodes into plain data and remembers where everything stood."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.marks: dict[At, tuple[int, int]] = {}

    def fault(self, mark: Any, zh: str, en: str, at: At = ()) -> None:
        fault = invalid(zh, en, *at)
        self.faults.append(attrs.evolve(fault, file=self.file, line=mark.line + 1, column=mark.column + 1))

    def value(self, node: _Node, at: At) -> Any:
        self.marks.setdefault(at, (node.mark.line + 1, node.mark.column + 1))
        if node.tag is not None and node.tag != "!":
            self.fault(node.mark, f"不接受标签 {node.tag}", f"the tag {node.tag} is not accepted", at)
            return None
        if node.items is not None:
            return [self.value(item, (*at, place)) for place, item in enumerate(node.items)]
        if node.pairs is not None:
            return self._mapping(node.pairs, at)
        text = node.text or ""
        if not node.plain:
            return text
        try:
            return scalar(text)
        except ValueError:
            self.fault(node.mark, f"“{text}”不是存在的日期", f"{text} is no date", at)
            return None

    def _mapping(self, pairs: Iterable[tuple[_Node, _Node]], at: At) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, node in pairs:
            if key.text is None:
                self.fault(key.mark, "键应是文字", "a key must be text", at)
                continue
            if key.plain and not _NAME.fullmatch(key.text):
                from poverty_policy.yaml_slips import slip_in_name  # only who may have made a mistake pays for it

                words = slip_in_name(key.text)
                if words is not None:
                    self.fault(key.mark, *words, (*at, key.text))
                    continue
            if key.text in found:
                self.fault(key.mark, f"“{key.text}”写了两次", f"{key.text!r} is given twice", at)
            self.marks[(*at, key.text)] = (key.mark.line + 1, key.mark.column + 1)
            found[key.text] = self.value(node, (*at, key.text))
        return found


def scalar(text: str) -> str | int | bool | Decimal | dt.date | None:
    """What plain text means: nothing, a truth, a whole number, a decimal, a date, or itself."""
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else text
