"""One rule file: its shape, and its reading into entries that know where they come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import attrs
from pydantic import BeforeValidator, Field

from poverty_policy import documents
from poverty_policy.declaration import Declaration
from poverty_policy.documents import Document
from poverty_policy.errors import Fault, Lang, RuleError, invalid, unknown
from poverty_policy.policy.reimbursement import KINDS, Entry, Label
from poverty_policy.policy.values import leaves
from poverty_policy.ruleset import places
from poverty_policy.terms import STANDARD, Dimension, Term, Vocabulary

ENTRY_KINDS: Mapping[str, type[Entry]] = {kind.KIND: kind for kind in KINDS}
Grade = Literal["primary", "official_page", "two_reports", "one_report"]
Status = Literal["in_force", "planned", "reported"]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Code = Annotated[
    str, BeforeValidator(lambda raw: str(raw) if type(raw) is int else raw, json_schema_input_type=str | int)
]
#: A date, as precisely as it is known; YAML has read 2018 as a number and 2018-05-30 as a date.
Written = Annotated[
    Text,
    BeforeValidator(lambda raw: str(raw) if isinstance(raw, int | dt.date) else raw, json_schema_input_type=str | int),
]


class Source(Declaration):
    """A document that states a value."""

    title: Text
    """Its title."""
    number: Written | None = None
    """Its number, such as 豫政办〔2022〕26号."""
    issuer: Text | None = None
    """Who issued it."""
    date: Written | None = None
    """When, as precisely as is known: 2018, 2018-05 or 2018-05-30."""
    url: Text | None = None
    """Where it can be read."""
    status: Status
    """in_force, planned, or reported (an outcome or a practice that was reported)."""
    grade: Grade
    """How good the evidence is: primary, official_page, two_reports, one_report."""
    note: Text | None = None
    """What a reader should know of it."""


class Index(Declaration):
    """A published figure that amounts are shares of."""

    value: Annotated[str | int, Field()]
    """The figure, an amount of money."""
    year: int
    """The year of its data."""
    source: Text
    """Where it is from."""


class RuleFile(Declaration):
    """The rules of one place from one date."""

    place: Code
    """GB/T 2260 code or name of the place."""
    title: Label
    """What the file holds, in a few words."""
    valid_from: dt.date
    """First day on which it holds."""
    valid_to: dt.date | None = None
    """Last day on which it holds, if its end is known."""
    known_to: dt.date | None = None
    """If its end is not known: the last day for which a source shows it in force."""
    published: dt.date
    """When it became known; a load that asks what was known earlier does not see it."""
    supersedes: Written | None = None
    """The stem of another file of this place for the same days, which this one replaces."""
    gap_before: Text | None = None
    """Why nothing is known between the file before and this one."""
    sources: dict[str, Source]
    """The documents, by a short key."""
    limitations: tuple[Text, ...] = ()
    """What the file does not hold, or holds with doubt."""
    checked_with: tuple[Text, ...] = ()
    """What it was checked against."""
    terms: dict[str, dict[str, Label]] = Field(default={}, validate_default=False)
    """Names of the place's own: dimension -> name -> words."""
    indices: dict[str, Index] = Field(default={}, validate_default=False)
    """Published figures that amounts are shares of."""
    benefit_year: Annotated[str, Field(pattern=r"^\d{2}-\d{2}$")] = "01-01"
    """Month and day on which the benefit year starts."""
    health: tuple[dict[str, Any], ...] | None = None
    """Waivers, layers and guarantees in the order in which they settle; absent: as in the place above."""
    change: dict[str, Any] = Field(default={}, validate_default=False)
    """Single values that differ from the place above: dotted name -> {value, source}."""


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


@attrs.frozen(eq=False)
class LoadedFile:
    """A rule file that was read and found sound by itself."""

    path: Path
    document: Document
    declared: RuleFile
    place: places.Place

    @property
    def last_day(self) -> dt.date:
        """The last day for which the file says something."""
        last = self.declared.valid_to or self.declared.known_to
        assert last is not None
        return last

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    def covers(self, day: dt.date) -> bool:
        """Whether the file says something for that day."""
        return self.declared.valid_from <= day <= self.last_day


def read_file(path: str | Path) -> LoadedFile:
    """Read one rule file.

    Raises:
        RuleError: with every fault and its line.
    """
    return from_document(documents.read(path, RuleError), Path(path))


def from_document(document: Document, path: Path) -> LoadedFile:
    """The rule file that a document holds."""
    try:
        declared = RuleFile.read(document.data)
        faults = list(_faults(declared))
        place = None
        try:
            place = places.find(declared.place)
        except RuleError as error:
            faults.extend(fault.under("place") for fault in error.faults)
        if faults or place is None:
            raise RuleError(faults)
    except RuleError as error:
        raise document.raise_from(error) from None
    return LoadedFile(path, document, declared, place)


def _faults(declared: RuleFile) -> Iterator[Fault]:
    if (declared.valid_to is None) == (declared.known_to is None):
        zh = "valid_to（已知的截止日）与 known_to（来源显示仍有效的最后一天）须写且只写一项"
        en = "state exactly one of valid_to (the end is known) and known_to (last day a source shows it in force)"
        yield invalid(zh, en, "valid_from")
    else:
        last = declared.valid_to or declared.known_to
        if last is not None and last < declared.valid_from:
            yield invalid(f"截止日 {last} 早于起始日", f"ends on {last}, before it starts", "valid_from")
    for dimension, labels in declared.terms.items():
        standard = next((terms for name, terms in STANDARD.items() if name == dimension), None)
        if standard is None:
            yield unknown("dimension", dimension, STANDARD, "terms", dimension)
        for name in labels:
            if standard is not None and name in standard:
                zh, en = f"“{name}”已是标准用语", f"{name!r} is a standard term already"
                yield invalid(zh, en, "terms", dimension, name)
    for key, index in declared.indices.items():
        yield from _source_faults(index.source, declared.sources, "indices", key, "source")
    month, day = (int(part) for part in declared.benefit_year.split("-"))
    try:
        dt.date(2023, month, day)
    except ValueError:
        yield invalid("没有这一天", "there is no such day in every year", "benefit_year")
    if declared.health is None and not declared.change:
        zh, en = "文件没有写任何规则（health 或 change）", "the file states no rule (health or change)"
        yield invalid(zh, en)
    for name, entry in declared.change.items():
        if not isinstance(entry, dict) or set(entry) - {"source", "note"} != {"value"}:
            zh, en = "应写成 {value: …, source: …}", "must be {value: …, source: …}"
            yield invalid(zh, en, "change", name)
        elif "source" not in entry:
            yield Fault("missing", {"name": "source"}, ("change", name))
        else:
            yield from _source_faults(entry["source"], declared.sources, "change", name, "source")


def _source_faults(source: Any, known: Mapping[str, Source], *at: str | int) -> Iterator[Fault]:
    key = str(source).split(maxsplit=1)[0] if source else ""
    if key not in known:
        yield unknown("source", key, known, *at)


def entry_name(data: Mapping[str, Any]) -> str | None:
    """The name of an entry or of what it inherits; ``None`` if it says neither."""
    return next((str(data[key]) for key in (*ENTRY_KINDS, "inherit") if key in data), None)


def read_entry(data: Mapping[str, Any], indices: Mapping[str, Index], at: tuple[str | int, ...] = ()) -> Entry:
    """The policy object that an entry declares.

    Raises:
        RuleError: with every fault, its path under ``at``.
    """
    kinds = [kind for kind in ENTRY_KINDS if kind in data]
    if len(kinds) != 1:
        names = ", ".join(ENTRY_KINDS)
        zh, en = f"每一项须写且只写 {names} 中的一个", f"each entry is exactly one of {names}"
        raise RuleError(invalid(zh, en, *at))
    return ENTRY_KINDS[kinds[0]].read(with_indices(data, indices), *at)


def with_indices(data: Any, indices: Mapping[str, Index], depth: int = 0) -> Any:
    """The same data with the figures of indices in place of their names.

    Raises:
        RuleError: the data, which need not come from a file, is nested too deep.
    """
    if depth > documents.DEEPEST:
        raise RuleError(invalid("嵌套过深", "nested too deep"))
    if isinstance(data, Mapping):
        changed = {key: with_indices(inner, indices, depth + 1) for key, inner in data.items()}
        if "share" in changed and isinstance(changed.get("of"), str) and changed["of"] in indices:
            name = changed["of"]
            changed |= {"of": indices[name].value, "index": name}
        return changed
    if isinstance(data, list | tuple):
        return [with_indices(inner, indices, depth + 1) for inner in data]
    return data


def citations(entry: Entry, at: tuple[str | int, ...], loaded: LoadedFile) -> dict[str, Citation]:
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
                inside = (int(part) - 1 if part.isdigit() else part for part in dotted.split("."))
                wanted.append((".".join((dotted, *path)), leaf.source, (*at, *inside, *path, "source")))
    for name, source, where in wanted:
        if source is None:
            faults.append(Fault("missing", {"name": "source"}, at))
            continue
        faults.extend(_source_faults(source, loaded.declared.sources, *where))
        key, _, locator = source.partition(" ")
        if key in loaded.declared.sources:
            line = loaded.document.locate(invalid("", "", *where)).line or 1
            found[name] = Citation(loaded.declared.sources[key], locator.strip(), loaded.document.file, line)
    if faults:
        raise RuleError(faults)
    return found


def vocabulary_of(files: Iterable[LoadedFile]) -> Vocabulary:
    """The standard terms and those that the files declare."""
    own: dict[Dimension, dict[str, Term]] = {}
    for dimension in STANDARD:
        for loaded in files:
            for name, label in loaded.declared.terms.get(dimension, {}).items():
                own.setdefault(dimension, {}).setdefault(name, Term(label.zh, label.en))
    return Vocabulary(own)
