"""Entries as files state them: each with its source, and with values that files below and reforms may change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Fault, RuleError, invalid, unknown
from poverty_policy.policy.entry import Disagreement, Entry, Stated
from poverty_policy.policy.provision import HEALTH
from poverty_policy.policy.values import LEAF_KEYS, Varied
from poverty_policy.ruleset.citing import Citation, citations
from poverty_policy.ruleset.entries import with_indices
from poverty_policy.ruleset.file import Index, LoadedFile, part_of

_DISAGREEMENTS = "disagreements."

At = tuple[str | int, ...]
S = TypeVar("S", bound=Stated)


@attrs.frozen(eq=False)
class StatedEntry(Generic[S]):
    """An entry of the health programme or a provision, as stated.

    Attributes:
        entry: the policy object.
        data: what the file says, plain; reforms change this.
        origin: the file.
        at: the path in it.
        citations: ``""`` for the entry, dotted names for values with a citation of their own.
    """

    entry: S
    data: Mapping[str, Any]
    origin: LoadedFile
    at: At
    citations: Mapping[str, Citation]

    @property
    def full_name(self) -> str:
        """Its name among all that a place states: ``health.basic``, ``line.dibao``, ``target.coverage``."""
        programme = HEALTH if isinstance(self.entry, Entry) else self.entry.KIND
        return f"{programme}.{self.entry.name}"

    def citation(self, value: str = "") -> Citation:
        """The citation of a value, or of the entry if the value has none of its own."""
        while value and value not in self.citations:
            value = value.rpartition(".")[0]
        return self.citations[value]

    def value_citations(self) -> Iterator[tuple[str, Citation]]:
        """The values and records inside that have a citation of their own."""
        return ((name, one) for name, one in self.citations.items() if name and not name.startswith(_DISAGREEMENTS))

    def disagreements(self) -> Iterator[tuple[Disagreement, Citation]]:
        """What other sources give for values of the entry, and where."""
        for place, one in enumerate(self.entry.disagreements, 1):
            yield one, self.citations[f"{_DISAGREEMENTS}{place}"]

    def value_names(self) -> Iterator[str]:
        """The full names of its values."""
        return (f"{self.full_name}.{at}" for at, _ in self.entry.values())


@attrs.frozen
class Change:
    """A value that a reform changed: its dotted name, what it was and what it is."""

    name: str
    before: Any
    after: Any


def state(
    data: Mapping[str, Any],
    origin: LoadedFile,
    at: At,
    read: Callable[[Mapping[str, Any], Mapping[str, Index], At], S],
) -> StatedEntry[S]:
    """Read one entry of a file.

    Raises:
        RuleError: with every fault and its line.
    """
    try:
        entry = read(data, origin.declared.indices, at)
        return StatedEntry(entry, data, origin, at, citations(entry, data, at, origin))
    except RuleError as error:
        raise origin.document.raise_from(error) from None


def once(found: Iterable[StatedEntry[S]]) -> dict[str, StatedEntry[S]]:
    """The entries by full name.

    Raises:
        RuleError: a name stands twice; the fault has the line of the second.
    """
    named: dict[str, StatedEntry[S]] = {}
    faults: list[Fault] = []
    for stated in found:
        if stated.full_name in named:
            zh, en = f"“{stated.full_name}”出现两次", f"{stated.full_name!r} stands twice"
            faults.append(stated.origin.document.locate(invalid(zh, en, *stated.at)))
        named[stated.full_name] = stated
    if faults:
        raise RuleError(faults)
    return named


def with_changes(
    entries: Mapping[str, StatedEntry[S]],
    part: str,
    nearest: LoadedFile,
    unfounded: Iterable[str] = (),
    stretched: bool = False,
) -> dict[str, StatedEntry[S]]:
    """The entries with the single values of a part that a file changes.

    Args:
        entries: full name -> entry.
        part: ``health`` or a section.
        nearest: the file.
        unfounded: full names of entries of which it is known that they are missing; what would change them is left.
        stretched: files are used beyond their last day; the place above may since say what this one changed.

    Raises:
        RuleError: a name is unknown, a value is malformed, or a change changes nothing.
    """
    result, left = dict(entries), frozenset(unfounded)
    faults: list[Fault] = []
    for dotted, stated_value in nearest.declared.change.items():
        if part_of(dotted) != part or owner(dotted) in left:
            continue
        try:
            changed, _ = change(result, dotted, stated_value["value"], same=stretched)
        except RuleError as error:
            faults.extend(
                nearest.document.locate(attrs.evolve(f, at=("change", dotted), file=None)) for f in error.faults
            )
            continue
        key, _, locator = str(stated_value["source"]).partition(" ")
        line = nearest.document.marks.get(("change", dotted), (1, 1))[0]
        citation = Citation(nearest.declared.sources[key], locator.strip(), nearest.document.file, line)
        value = dotted.split(".", 2)[2]
        result[changed.full_name] = attrs.evolve(changed, citations={**changed.citations, value: citation})
    if faults:
        raise RuleError(faults)
    return result


def owner(dotted: str) -> str:
    """The full name of the entry that a dotted name leads into: ``line.dibao`` of ``line.dibao.amount.urban``."""
    return ".".join(dotted.split(".")[:2])


def change(
    entries: Mapping[str, StatedEntry[S]], dotted: str, value: Any, *, same: bool = False
) -> tuple[StatedEntry[S], Change]:
    """The entry that a dotted name leads to, with a new value there; with ``same``, it may be what stands there.

    Raises:
        RuleError: there is no such entry or value, the value is malformed, or it is what stands there already.
    """
    parts = dotted.split(".")
    kind = parts[0]
    same_kind = [name for name in entries if name.partition(".")[0] == kind]
    if len(parts) < 3 or not same_kind:
        raise RuleError(unknown("value", dotted, [name for one in entries.values() for name in one.value_names()]))
    stated = entries.get(owner(dotted))
    if stated is None and kind == HEALTH:
        raise RuleError(unknown("entry", parts[1], [name.partition(".")[2] for name in same_kind]))
    if stated is None:
        raise RuleError(unknown("provision", owner(dotted), same_kind))
    try:
        data, before, entry = _changed(stated, stated.data, parts, value)
    except RuleError:  # a file may write in short what the name leads into; what it was read as spells it out
        data, before, entry = _changed(stated, plain(stated.entry), parts, value)
    if entry == stated.entry and not same:
        zh, en = (
            f"改动没有改变任何东西：原来就是 {before}",
            f"the change changes nothing: it is {before} already",
        )
        raise RuleError(invalid(zh, en))
    if entry.name != stated.entry.name:  # a name is no value
        raise RuleError(unknown("value", dotted, stated.value_names()))
    return attrs.evolve(stated, entry=entry, data=data), Change(dotted, before, value)


def _changed(stated: StatedEntry[S], data: Any, parts: Sequence[str], value: Any) -> tuple[Any, Any, S]:
    """The data of an entry with a new value, what stood there, and the entry that this makes."""
    dotted = ".".join(parts)
    try:
        data, before = _put(data, parts[2:], value)
    except KeyError:
        raise RuleError(unknown("value", dotted, stated.value_names())) from None
    try:
        return data, before, type(stated.entry).read(with_indices(data, stated.origin.declared.indices))
    except RuleError as error:
        # the dotted name says where already; what the fault adds is a place inside the new value
        inner = [fault for fault in error.faults if fault.at and str(fault.at[-1]) != parts[-1]]
        raise RuleError(
            attrs.evolve(fault, at=(dotted, *fault.at[-1:]) if fault in inner else (dotted,)) for fault in error.faults
        ) from None


def plain(found: Any) -> Any:
    """What an object declares, as a file would state it, so that reforms find their way in it."""
    if isinstance(found, Declaration):
        return {
            name: plain(getattr(found, name)) for name in type(found).model_fields if name in found.model_fields_set
        }
    if isinstance(found, Varied):
        cases = {", ".join(names): plain(value) for names, value in found.cases}
        default = {} if found.default is None else {"default": plain(found.default)}
        return {"several": found.several, **cases, **default}
    if isinstance(found, Mapping):
        return {name: plain(value) for name, value in found.items()}
    return [plain(one) for one in found] if isinstance(found, tuple) else found


def _put(data: Any, path: Sequence[str], value: Any) -> tuple[Any, Any]:
    """Plain data with a value put at a path, and what stood there. ``default`` of a single value is that value."""
    if not path:
        return value, data
    key, rest = path[0], path[1:]
    if key == "1" and isinstance(data, Mapping) and "edges" in data:
        return _put(data, rest, value)  # one schedule may stand without a list
    if [*path[:3]] == ["caps", "1", "amount"] and isinstance(data, Mapping) and "cap" in data:
        return _put(data, ["cap", *path[3:]], value)
    if isinstance(data, list | tuple):
        if not key.isdigit() or not 1 <= int(key) <= len(data):
            raise KeyError(key)
        inner, before = _put(data[int(key) - 1], rest, value)
        return [*data[: int(key) - 1], inner, *data[int(key) :]], before
    if not isinstance(data, Mapping) or "value" in data or _is_share(data):
        if key == "default" and not rest:
            return value, data
        if rest or data is None:
            raise KeyError(key)
        return {"default": data, key: value}, data  # one case more than the rule has had so far
    joint = next((known for known in data if key in _names(known)), None)
    if joint is None and rest and any(str(known).startswith(f"{key}.") for known in data):
        return _put(data, [f"{key}.{rest[0]}", *rest[1:]], value)  # the key is a full name, such as benefit.dibao
    if joint is None:
        if rest:
            raise KeyError(key)
        return {**data, key: value}, None
    inner, before = _put(data[joint], rest, value)
    if str(joint) == key:
        return {**data, joint: inner}, before
    others = ", ".join(name for name in _names(joint) if name != key)
    return {**{others if known == joint else known: one for known, one in data.items()}, key: inner}, before


def _is_share(data: Mapping[str, Any]) -> bool:
    """Whether data is one value, a share of an index; a benefit may have a share too, and say whose it is."""
    return {"share", "of"} <= data.keys() <= LEAF_KEYS


def _names(key: Any) -> list[str]:
    """The names that share a key; a year is a number and stands alone."""
    return [name.strip() for name in str(key).split(",")]
