"""One rule file: its shape, and its reading into entries that know where they come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import attrs
from pydantic import BeforeValidator, Field

from poverty_policy import documents
from poverty_policy.declaration import DAY_PATTERN, Declaration
from poverty_policy.documents import Document
from poverty_policy.errors import Fault, RuleError, invalid, nearest, unknown
from poverty_policy.policy.entry import Name
from poverty_policy.policy.provision import HEALTH, SECTIONS
from poverty_policy.policy.reimbursement import Label
from poverty_policy.ruleset import places
from poverty_policy.ruleset.heading import Heading, margin_of
from poverty_policy.terms import STANDARD, Dimension, Term, Vocabulary

if TYPE_CHECKING:
    pass

#: The sections of household support, in the order in which they are shown.
SECTION_KEYS = tuple(SECTIONS)
#: What a file may state by itself, each with days of its own.
PARTS = (HEALTH, *SECTION_KEYS)
#: What a file may hold that no calculation uses.
TARGETS = "targets"
Grade = Literal["primary", "official_page", "two_reports", "one_report"]
Status = Literal["in_force", "planned", "reported"]
#: What a new file has in the places that somebody must fill in, and as the key of sources that nobody named yet.
TO_FILL_IN = "待填"
OPEN_SOURCE = "todo"

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
    seed: Annotated[str, Field(pattern=r"^00[0-4]$")] | None = None
    """Which of the library's five founding texts it is, if it is one: the ledger accounts for everything in them."""


class Index(Declaration):
    """A published figure that amounts are shares of."""

    value: Annotated[str | int, Field()]
    """The figure, an amount of money."""
    year: int
    """The year of its data."""
    source: Text
    """Where it is from."""


class Zone(Declaration):
    """A named part of the place, for which values differ: the west, five districts."""

    zh: Annotated[str, Field(max_length=60)]
    """Its Chinese name."""
    en: Annotated[str, Field(max_length=120)]
    """Its English name."""
    places: Annotated[tuple[Code, ...], Field(min_length=1)]
    """The places it consists of: GB/T 2260 codes or names."""


Section = tuple[dict[str, Any], ...] | None


class RuleFile(Declaration):
    """The rules of one place from one date, or some parts of them."""

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
    composite: Text | None = None
    """Said where the file joins documents of several places or times that no place had together: which, and why."""
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
    benefit_year: Annotated[str, Field(pattern=DAY_PATTERN)] = "01-01"
    """Month and day on which the benefit year starts."""
    health: tuple[dict[str, Any], ...] | None = None
    """Waivers, layers and guarantees in the order in which they settle; absent: as in the place above."""
    zones: dict[Name, Zone] = Field(default={}, validate_default=False)
    """Named parts of the place for which values differ: name -> words and places."""
    series: Section = None
    """Figures published year by year. In this and the sections below, every entry of the place above holds too,
    unless one of the same name is stated here."""
    lines: Section = None
    """Amounts per person: standards, poverty lines, monitoring lines."""
    accounts: Section = None
    """What is counted as income, expenditure and property, and how."""
    groups: Section = None
    """Who belongs to which group of people in need."""
    benefits: Section = None
    """What a household or person is paid for being in a group."""
    allowances: Section = None
    """Subsidies and other payments."""
    criteria: Section = None
    """What households, villages and counties must fulfil."""
    procedures: Section = None
    """Steps that must be taken, and by when."""
    targets: Section = None
    """What was aimed at, budgeted or reported. Part of no calculation."""
    change: dict[str, Any] = Field(default={}, validate_default=False)
    """Single values that differ from the place above: dotted name -> {value, source}."""


@attrs.frozen(eq=False)
class LoadedFile:
    """A rule file that was read and found sound by itself."""

    path: Path
    document: Document
    declared: RuleFile
    place: places.Place
    heading: Heading = attrs.field(init=False, repr=False)
    """Its days, and what it states; a change counts as stating the part that it changes."""

    @heading.default
    def _heading(self) -> Heading:
        return _heading_of(self.path, self.declared)

    @property
    def parts(self) -> frozenset[str]:
        """What it states: ``health``, sections, targets."""
        return self.heading.parts

    @property
    def last_day(self) -> dt.date:
        """The last day for which the file says something."""
        return self.heading.last_day

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return self.heading.stem

    def covers(self, day: dt.date) -> bool:
        """Whether the file says something for that day."""
        return self.heading.covers(day)


def _heading_of(path: Path, declared: RuleFile) -> Heading:
    stated = {part for part in (*PARTS, TARGETS) if getattr(declared, part) is not None}
    return Heading(
        path=path,
        valid_from=declared.valid_from,
        valid_to=declared.valid_to,
        known_to=declared.known_to,
        published=declared.published,
        supersedes=declared.supersedes,
        explains_gap=declared.gap_before is not None,
        parts=frozenset(stated | _parts_changed(declared.change)),
    )


def _parts_changed(names: Iterable[str]) -> set[str]:
    return {part for part in map(part_of, names) if part is not None}


def read_heading(path: Path) -> Heading:
    """The heading of a file; the file is read in full only if it is not laid out as usual.

    Raises:
        RuleError: the file had to be read and is wrong.
    """
    try:
        margin = margin_of(path.read_text(encoding="utf-8-sig"))
        valid_from, published = margin.date("valid_from"), margin.date("published")
        valid_to, known_to = margin.date("valid_to"), margin.date("known_to")
        changed = list(margin.names_below("change"))
        stated = {part for part in (*PARTS, TARGETS) if margin.states(part)}
        if (
            valid_from is None
            or published is None
            or (valid_to is None) == (known_to is None)
            or margin.keys.keys() - RuleFile.model_fields.keys()
            or None in map(part_of, changed)
            or not (stated or changed)
        ):
            raise ValueError(path)  # it is wrong: reading it says how
        return Heading(
            path, valid_from, valid_to, known_to, published, margin.word("supersedes"), margin.states("gap_before"),
            frozenset(stated | _parts_changed(changed)),
        )  # fmt: skip
    except (OSError, ValueError):
        return read_file(path).heading


def part_of(dotted: str) -> str | None:
    """The part that a dotted name leads into: ``lines`` for ``line.dibao.amount``, ``health`` for ``health.basic``."""
    programme = dotted.partition(".")[0]
    return HEALTH if programme == HEALTH else _sections().get(programme)


def _sections() -> dict[str, str]:
    """Kind -> the section that lists its entries."""
    return {kind: section for section, kind in SECTIONS.items()}


def read_file(path: str | Path) -> LoadedFile:
    """Read one rule file.

    Raises:
        RuleError: with every fault and its line.
    """
    return from_document(documents.read(path, RuleError), Path(path))


def from_document(document: Document, path: Path) -> LoadedFile:
    """The rule file that a document holds."""
    open_places = {fault.at: fault for fault in _still_open(document.data, ())}
    try:
        declared = RuleFile.read(document.data)
        faults = list(_faults(declared))
        place = None
        try:
            place = places.find(declared.place)
        except RuleError as error:
            faults.extend(fault.under("place") for fault in error.faults)
        if faults or open_places or place is None:
            raise RuleError(faults)
    except RuleError as error:
        others = (fault for fault in error.faults if fault.at not in open_places)
        raise document.raise_from(RuleError((*open_places.values(), *others))) from None
    return LoadedFile(path, document, declared, place)


def _still_open(data: Any, at: tuple[str | int, ...]) -> Iterator[Fault]:
    """The places of a new file that nobody has filled in yet, in every part at once."""
    if isinstance(data, str):
        if data.startswith(TO_FILL_IN):
            yield invalid("还没有填写", "is still to be filled in", *at)
        elif at[-1:] == ("source",) and data.split()[:1] == [OPEN_SOURCE]:
            yield invalid("还没有写出处", "the source is still to be named", *at)
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _still_open(value, (*at, key))


def _faults(declared: RuleFile) -> Iterator[Fault]:
    if (declared.valid_to is None) == (declared.known_to is None):
        zh = "valid_to（已知的截止日）与 known_to（来源显示仍有效的最后一天）须写且只写一项"
        en = "state exactly one of valid_to (the end is known) and known_to (last day a source shows it in force)"
        yield invalid(zh, en, "valid_from")
    else:
        last = declared.valid_to or declared.known_to
        if last is not None and last < declared.valid_from:
            yield invalid(f"截止日 {last} 早于起始日", f"ends on {last}, before it starts", "valid_from")
    yield from _zone_faults(declared)
    for dimension, labels in declared.terms.items():
        standard = next((terms for name, terms in STANDARD.items() if name == dimension), None)
        if standard is None:
            yield unknown("dimension", dimension, STANDARD, "terms", dimension)
        elif dimension == "zone":
            zh, en = "地带请写在 zones，并列出所含地区", "zones are declared under `zones`, with their places"
            yield invalid(zh, en, "terms", dimension)
        for name in labels:
            if standard is not None and name in standard:
                zh, en = f"“{name}”已是标准用语", f"{name!r} is a standard term already"
                yield invalid(zh, en, "terms", dimension, name)
    for key, index in declared.indices.items():
        yield from source_faults(index.source, declared.sources, "indices", key, "source")
    month, day = (int(part) for part in declared.benefit_year.split("-"))
    try:
        dt.date(2023, month, day)
    except ValueError:
        yield invalid("没有这一天", "there is no such day in every year", "benefit_year")
    if not declared.change and all(getattr(declared, part) is None for part in (*PARTS, TARGETS)):
        listed = ", ".join((*PARTS, TARGETS))
        zh, en = f"文件没有写任何规则（{listed} 或 change）", f"the file states no rule ({listed} or change)"
        yield invalid(zh, en)
    for name, entry in declared.change.items():
        programme = name.partition(".")[0]
        if part_of(name) is None:
            facts = {"name": programme, **nearest(programme, (HEALTH, *_sections()))}
            yield Fault("unknown_key", facts, ("change", name))
        if not isinstance(entry, dict) or set(entry) - {"source", "note"} != {"value"}:
            zh, en = "应写成 {value: …, source: …}", "must be {value: …, source: …}"
            yield invalid(zh, en, "change", name)
        elif "source" not in entry:
            yield Fault("missing", {"name": "source"}, ("change", name))
        else:
            yield from source_faults(entry["source"], declared.sources, "change", name, "source")


def _zone_faults(declared: RuleFile) -> Iterator[Fault]:
    """Zones must have names of their own and consist of places that there are."""
    known = {name for terms in STANDARD.values() for name in terms}
    known.update(name for labels in declared.terms.values() for name in labels)
    for name, zone in declared.zones.items():
        if name in known:
            yield _term_twice(name)
        for number, code in enumerate(zone.places):
            try:
                places.find(code)
            except RuleError as error:
                yield from (fault.under("zones", name, "places", number) for fault in error.faults)


def _term_twice(zone: str) -> Fault:
    zh, en = f"“{zone}”已是另一个用语", f"{zone!r} is another term already"
    return invalid(zh, en, "zones", zone)


def source_faults(source: Any, known: Mapping[str, Source], *at: str | int) -> Iterator[Fault]:
    """A fault, if the document that a source names is none of those known."""
    key = str(source).split(maxsplit=1)[0] if source else ""
    if key not in known:
        yield unknown("source", key, known, *at)


def vocabulary_of(files: Sequence[LoadedFile]) -> Vocabulary:
    """The standard terms and those that the files declare; what an earlier file says goes before a later one.

    Raises:
        RuleError: a zone of one file has the name of another file's term.
    """
    own: dict[Dimension, dict[str, Term]] = {}
    for dimension in STANDARD:
        for loaded in files:
            for name, label in loaded.declared.terms.get(dimension, {}).items():
                own.setdefault(dimension, {}).setdefault(name, Term(label.zh, label.en))
    zones: dict[str, Term] = {}
    faults: list[Fault] = []
    for loaded in files:
        for name, zone in loaded.declared.zones.items():
            zones.setdefault(name, Term(zone.zh, zone.en))
            if any(name in terms for terms in own.values()):  # within one file, reading has looked at it
                faults.append(loaded.document.locate(_term_twice(name)))
    if faults:
        raise RuleError(faults)
    if zones:
        own["zone"] = zones
    return Vocabulary(own)
