"""The rules that hold at a place on a date: files merged from the nation down, each value with its citation."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from poverty_policy._version import __version__
from poverty_policy.errors import Fault, RuleError, invalid, unknown
from poverty_policy.formula.bounds import MOST
from poverty_policy.formula.graph import Program
from poverty_policy.policy.cascade import PROGRAMME, describe
from poverty_policy.policy.reimbursement import Cascade, Entry
from poverty_policy.ruleset.file import Citation, LoadedFile, citations, read_entry, vocabulary_of
from poverty_policy.ruleset.places import Place

if TYPE_CHECKING:
    from poverty_policy.formula.python import Runner


@attrs.frozen(eq=False)
class StatedEntry:
    """An entry of a programme, as stated.

    Attributes:
        entry: the policy object.
        data: what the file says, plain; reforms change this.
        origin: the file.
        at: the path in it.
        citations: ``""`` for the entry, dotted names for values with a citation of their own.
    """

    entry: Entry
    data: Mapping[str, Any]
    origin: LoadedFile
    at: tuple[str | int, ...]
    citations: Mapping[str, Citation]

    def citation(self, value: str = "") -> Citation:
        """The citation of a value, or of the entry if the value has none of its own."""
        while value and value not in self.citations:
            value = value.rpartition(".")[0]
        return self.citations[value]


@attrs.frozen
class Change:
    """A value that a reform changed: its dotted name, what it was and what it is."""

    name: str
    before: Any
    after: Any


@attrs.frozen(eq=False, slots=False)
class Resolved:
    """The rules of a place at a date.

    Attributes:
        place: the place asked for.
        on: the date asked for.
        known: the date of knowledge asked for, if any.
        valid_from, valid_to: the days for which all files behind it say something.
        end_known: whether ``valid_to`` is the rules' end, or the last day a source shows them in force.
        extrapolated: whether ``on`` lies beyond ``valid_to`` and the caller asked for it.
        files: the files, nearest first.
        entries: the health programme, in its order.
        changes: what a reform changed.
        title: the reform's title.
    """

    place: Place
    on: dt.date
    known: dt.date | None
    valid_from: dt.date
    valid_to: dt.date
    end_known: bool
    extrapolated: bool
    files: tuple[LoadedFile, ...]
    entries: tuple[StatedEntry, ...]
    changes: tuple[Change, ...] = ()
    title: str | None = None

    @functools.cached_property
    def cascade(self) -> Cascade:
        """The health programme."""
        try:
            return Cascade(
                tuple(stated.entry for stated in self.entries),
                benefit_year=self._benefit_year(),
                vocabulary=vocabulary_of(self.files),
            )
        except RuleError as error:
            raise RuleError(self._placed(fault) for fault in error.faults) from None

    @functools.cached_property
    def program(self) -> Program:
        """What the rules calculate."""
        try:
            return describe(self.cascade, MOST)
        except RuleError as error:  # it is about an entry, which it names
            names = [stated.entry.name for stated in self.entries]
            raise RuleError(
                self._placed(attrs.evolve(fault, at=(names.index(str(fault.at[0])), *fault.at[1:])))
                for fault in error.faults
            ) from None

    @functools.cached_property
    def plain(self) -> Runner:
        """The function that calculates results."""
        from poverty_policy.formula.python import compile_program  # rules can be read and compared without it

        return compile_program(self.program, traced=False)

    @functools.cached_property
    def traced(self) -> Runner:
        """The function that calculates every step."""
        from poverty_policy.formula.python import compile_program

        return compile_program(self.program, traced=True)

    @functools.cached_property
    def step_names(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Entry -> its steps of a claim: name within the entry (``payment`` for the entry itself), full name."""
        found: dict[str, list[tuple[str, str]]] = {stated.entry.name: [] for stated in self.entries}
        for full in self.traced.names["claim"]:
            programme, _, rest = full.partition(".")
            entry, _, step = rest.partition(".")
            if programme == PROGRAMME and entry in found:
                found[entry].append((step or "payment", full))
        return found

    @functools.cached_property
    def hash(self) -> str:
        """A digest of everything that can change a result or its explanation."""
        content = {
            "place": self.place.code,
            "from": self.valid_from,
            "to": self.valid_to,
            "benefit_year": self._benefit_year(),
            "entries": [(stated.data, self._authority(stated)) for stated in self.entries],
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=_plain)
        import hashlib  # loaded when a result is first identified, not at import

        return hashlib.sha256(text.encode()).hexdigest()

    @staticmethod
    def _authority(stated: StatedEntry) -> list[tuple[str, dict[str, Any], str]]:
        """Sources and places in them; where a file lies on this machine is no part of the rules."""
        return [(name, one.source.model_dump(), one.locator) for name, one in sorted(stated.citations.items())]

    @functools.cached_property
    def identity(self) -> Mapping[str, str]:
        """What is needed to reproduce a result."""
        return {
            "place": self.place.code,
            "date": self.on.isoformat(),
            "hash": self.hash,
            "version": __version__,
        }

    def stated(self, name: str) -> StatedEntry:
        """The entry of that name."""
        for stated in self.entries:
            if stated.entry.name == name:
                return stated
        raise RuleError(unknown("entry", name, [stated.entry.name for stated in self.entries]))

    def limitations(self) -> list[str]:
        """What the files say they do not hold, nearest first."""
        return list(dict.fromkeys(text for loaded in self.files for text in loaded.declared.limitations))

    def reform(self, changes: Mapping[str, Any], title: str | None = None) -> Resolved:
        """The same rules with values changed; the baseline stays as it is.

        Args:
            changes: dotted name -> new value, e.g. ``{"health.critical_illness.deductible.default": "5000 元"}``.
                Places in lists count from 1.
            title: what the reform is called.

        Raises:
            RuleError: a name is unknown, a value is malformed, or a change changes nothing.
        """
        entries = {stated.entry.name: stated for stated in self.entries}
        faults: list[Fault] = []
        made: list[Change] = []
        if not changes:
            faults.append(invalid("没有写任何改动", "names no change"))
        for dotted, value in changes.items():
            try:
                name, changed, change = _changed(entries, dotted, value)
            except RuleError as error:
                faults.extend(fault if fault.at[:1] == (dotted,) else fault.under(dotted) for fault in error.faults)
                continue
            entries[name] = changed
            made.append(change)
        if faults:
            raise RuleError(faults)
        reformed = attrs.evolve(self, entries=tuple(entries.values()), changes=(*self.changes, *made), title=title)
        try:
            _ = reformed.cascade  # names and references are checked now, not at the first case
        except RuleError as error:  # the fault is the reform's, not the file's
            raise RuleError(
                attrs.evolve(fault, at=tuple(changes), file=None, line=None, column=None) for fault in error.faults
            ) from None
        return reformed

    def _benefit_year(self) -> tuple[int, int]:
        """Of the file that states the programme: a county that changes single values keeps the year above it."""
        for loaded in self.files:
            if loaded.declared.health is not None:
                month, day = loaded.declared.benefit_year.split("-")
                return int(month), int(day)
        return 1, 1

    def _placed(self, fault: Fault) -> Fault:
        """A fault found in the whole programme, at the line of the entry it is about."""
        place, *rest = fault.at
        if not isinstance(place, int):
            return fault
        stated = self.entries[place]
        return stated.origin.document.locate(attrs.evolve(fault, at=(*stated.at, *rest)))


def _plain(value: Any) -> str:
    return str(value)


def state(data: Mapping[str, Any], origin: LoadedFile, at: tuple[str | int, ...]) -> StatedEntry:
    """Read one entry of a file.

    Raises:
        RuleError: with every fault and its line.
    """
    try:
        entry = read_entry(data, origin.declared.indices, at)
        return StatedEntry(entry, data, origin, at, citations(entry, at, origin))
    except RuleError as error:
        raise origin.document.raise_from(error) from None


def merge(chain: Sequence[LoadedFile]) -> tuple[StatedEntry, ...]:
    """The entries that hold, given the files from the nearest place to the nation.

    Raises:
        RuleError: with every fault of the files read.
    """
    nearest, above = chain[0], chain[1:]
    faults: list[Fault] = []
    found: list[StatedEntry] = []
    if nearest.declared.health is None:
        if not above:
            zh = "上级没有规则可继承，文件应写出 health"
            en = "there is nothing above to inherit from: the file must state health"
            raise RuleError(nearest.document.locate(invalid(zh, en, "change")))
        found.extend(merge(above))
    else:
        inherited: dict[str, StatedEntry] = {}
        if above and any("inherit" in data for data in nearest.declared.health):
            inherited = {stated.entry.name: stated for stated in merge(above)}
        for place, data in enumerate(nearest.declared.health):
            at = ("health", place)
            if "inherit" in data:
                stated = inherited.get(str(data["inherit"]))
                if stated is None or len(data) > 1:
                    fault = unknown("entry to inherit", str(data["inherit"]), inherited, *at, "inherit")
                    faults.append(nearest.document.locate(fault))
                else:
                    found.append(stated)
                continue
            try:
                found.append(state(data, nearest, at))
            except RuleError as error:
                faults.extend(error.faults)
    if faults:
        raise RuleError(faults)
    return _with_changes(found, nearest)


def _with_changes(found: Iterable[StatedEntry], nearest: LoadedFile) -> tuple[StatedEntry, ...]:
    """The entries with the single values that a file changes."""
    entries = {stated.entry.name: stated for stated in found}
    faults: list[Fault] = []
    for dotted, stated_value in nearest.declared.change.items():
        try:
            name, changed, _ = _changed(entries, dotted, stated_value["value"])
        except RuleError as error:
            faults.extend(
                nearest.document.locate(attrs.evolve(f, at=("change", dotted), file=None)) for f in error.faults
            )
            continue
        key, _, locator = str(stated_value["source"]).partition(" ")
        line = nearest.document.marks.get(("change", dotted), (1, 1))[0]
        citation = Citation(nearest.declared.sources[key], locator.strip(), nearest.document.file, line)
        value = dotted.split(".", 2)[2]
        entries[name] = attrs.evolve(changed, citations={**changed.citations, value: citation})
    if faults:
        raise RuleError(faults)
    return tuple(entries.values())


def _changed(entries: Mapping[str, StatedEntry], dotted: str, value: Any) -> tuple[str, StatedEntry, Change]:
    """The entry that a dotted name leads to, with a new value there."""
    parts = dotted.split(".")
    if parts[0] != PROGRAMME or len(parts) < 3:
        known = [f"{PROGRAMME}.{name}.{at}" for name, stated in entries.items() for at, _ in stated.entry.values()]
        raise RuleError(unknown("value", dotted, known))
    stated = entries.get(parts[1])
    if stated is None:
        raise RuleError(unknown("entry", parts[1], entries))
    try:
        data, before = _put(stated.data, parts[2:], value)
    except KeyError:
        raise RuleError(unknown("value", dotted, _names(stated))) from None
    try:
        entry = read_entry(data, stated.origin.declared.indices)
    except RuleError as error:
        # the dotted name says where already; what the fault adds is a place inside the new value
        inner = [fault for fault in error.faults if fault.at and str(fault.at[-1]) != parts[-1]]
        raise RuleError(
            attrs.evolve(fault, at=(dotted, *fault.at[-1:]) if fault in inner else (dotted,)) for fault in error.faults
        ) from None
    if entry == stated.entry:
        zh, en = (
            f"改动没有改变任何东西：原来就是 {before}",
            f"the change changes nothing: it is {before} already",
        )
        raise RuleError(invalid(zh, en))
    return parts[1], attrs.evolve(stated, entry=entry, data=data), Change(dotted, before, value)


def _names(stated: StatedEntry) -> list[str]:
    return [f"{PROGRAMME}.{stated.entry.name}.{at}" for at, _ in stated.entry.values()]


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
    if not isinstance(data, Mapping) or "value" in data or "share" in data:
        if key == "default" and not rest:
            return value, data
        if rest or data is None:
            raise KeyError(key)
        return {"default": data, key: value}, data  # one case more than the rule has had so far
    joint = next((known for known in data if key in [name.strip() for name in known.split(",")]), None)
    if joint is None:
        if rest:
            raise KeyError(key)
        return {**data, key: value}, None
    inner, before = _put(data[joint], rest, value)
    if joint == key:
        return {**data, key: inner}, before
    others = ", ".join(name.strip() for name in joint.split(",") if name.strip() != key)
    return {**{others if known == joint else known: one for known, one in data.items()}, key: inner}, before
