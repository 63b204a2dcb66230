"""What the library holds: place × programme × period, with the grade of the evidence. Made from the files alone."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import get_args

import attrs

from poverty_policy.errors import Lang
from poverty_policy.policy.provision import HEALTH
from poverty_policy.ruleset.entries import ENTRY_KINDS, entry_heads
from poverty_policy.ruleset.file import Grade, LoadedFile
from poverty_policy.ruleset.library import Library
from poverty_policy.ruleset.places import Place
from poverty_policy.terms import GRADES, PROGRAMMES

_DAY = dt.timedelta(days=1)
#: From the best to the weakest.
BEST_FIRST: tuple[Grade, ...] = get_args(Grade)
#: The start of a name -> its programme, for provisions of household support; the first that fits.
_STARTS: Mapping[str, str] = {
    "dibao": "dibao", "tekun": "tekun", "marginal": "marginal", "rigid": "marginal", "temporary": "temporary",
    "premium": "premium", "poverty": "exit", "exit": "exit", "base_line": "exit", "monitoring": "monitoring",
    "below_monitoring": "monitoring", "near_poverty": "monitoring", "unstable": "monitoring",
    "sudden": "monitoring", "risk": "monitoring",
}  # fmt: skip
_OF_KIND = {"benefit": "benefits", "criteria": "exit", "procedure": "exit", "target": "targets"}
_OF_HEALTH = {"waiver": "guarantee", "guarantee": "guarantee", "first_payment": "other_health"}


@attrs.frozen
class Held:
    """A part of a programme that one file states.

    Attributes:
        place, programme, grade: whose, what, and how good the evidence is.
        first, last: the days.
        planned: whether it was only planned.
        stem: the file.
    """

    place: Place
    programme: str
    first: dt.date
    last: dt.date
    grade: Grade
    planned: bool
    stem: str


def programme_of(name: str, kind: str) -> str | None:
    """The programme that an entry belongs to; none for figures and accounts, which programmes use.

    Args:
        name: its name without its kind.
        kind: what it is: ``layer``, ``guarantee``, ``line``, ``benefit``, ``target`` …
    """
    if kind in ENTRY_KINDS:
        return _OF_HEALTH.get(kind) or (name if name in PROGRAMMES else "other_health")
    for start, programme in _STARTS.items():
        if name.startswith(start) or f"_{start}" in name:
            return programme if kind != "target" else "targets"
    return _OF_KIND.get(kind)


def held_by(one: LoadedFile) -> Iterator[Held]:
    """What a file states, programme by programme, each at the weakest of its grades."""
    weakest: dict[str, Grade] = {}
    planned: set[str] = set()
    for programme, source_key in _stated(one):
        source = one.declared.sources.get(source_key)
        if programme is None or source is None:
            continue
        known = weakest.get(programme, source.grade)
        weakest[programme] = max(known, source.grade, key=BEST_FIRST.index)
        if source.status == "planned":
            planned.add(programme)
    for programme, grade in weakest.items():
        yield Held(one.place, programme, one.declared.valid_from, one.last_day, grade, programme in planned, one.stem)


def _stated(one: LoadedFile) -> Iterator[tuple[str | None, str]]:
    """Programme and source of everything that a file states."""
    for kind, name, data in entry_heads(one.declared):
        yield programme_of(name, kind), _key(data.get("source"))
    for dotted, data in one.declared.change.items():
        kind, name = dotted.split(".")[:2]
        yield programme_of(name, "layer" if kind == HEALTH else kind), _key(data.get("source"))


def _key(source: object) -> str:
    return str(source or "").partition(" ")[0]


def coverage(library: Library) -> tuple[Held, ...]:
    """What the files of a library state, in the order of places, each on the days on which no other replaces it.

    Raises:
        RuleError: any file is wrong.
    """
    found: list[Held] = []
    for code in library.codes():
        files = library.files(code)
        replaced = {one.declared.supersedes: one.declared.valid_from for one in files}
        for one in files:
            until = replaced.get(one.stem)
            if until is None:
                found.extend(held_by(one))
            elif one.declared.valid_from < until:
                found.extend(attrs.evolve(held, last=min(held.last, until - _DAY)) for held in held_by(one))
    return tuple(found)


def periods(held: Iterable[Held]) -> Iterator[tuple[dt.date, dt.date, Grade, bool]]:
    """First day, last day, grade and whether planned; joined where one period follows another with evidence as good."""
    joined: list[tuple[dt.date, dt.date, Grade, bool]] = []
    for one in sorted(held, key=lambda one: (one.first, one.last)):
        if joined:
            first, last, grade, planned = joined[-1]
            if one.first <= last + _DAY and (grade, planned) == (one.grade, one.planned):
                joined[-1] = (first, max(last, one.last), grade, planned)
                continue
        joined.append((one.first, one.last, one.grade, one.planned))
    yield from joined


MARKS: Mapping[Lang, Mapping[str, str]] = {
    "zh": {"primary": "原", "official_page": "官", "two_reports": "双", "one_report": "单", "planned": "拟"},
    "en": {"primary": " P", "official_page": " O", "two_reports": " T", "one_report": " S", "planned": " (planned)"},
}


def legend(lang: Lang) -> str:
    """What the marks of the table mean."""
    marks = MARKS[lang]
    graded = [f"{marks[name]} {term.text(lang)}" for name, term in GRADES.items()]
    planned = f"{marks['planned']} 拟定" if lang == "zh" else f"{marks['planned']}: planned only"
    return ("；" if lang == "zh" else "; ").join([*graded, planned])


def table(held: Sequence[Held], lang: Lang) -> Iterator[tuple[Place, Mapping[str, str]]]:
    """A row for each place: programme -> its periods in years, each with the mark of its grade."""
    marks = MARKS[lang]
    for place, of_place in itertools.groupby(held, key=lambda one: one.place):
        rows = list(of_place)
        cells: dict[str, str] = {}
        for programme in PROGRAMMES:
            texts = [
                f"{_years(first, last)}{marks[grade]}{marks['planned'] if planned else ''}"
                for first, last, grade, planned in periods(one for one in rows if one.programme == programme)
            ]
            if texts:
                cells[programme] = " ".join(dict.fromkeys(texts))
        yield place, cells


def _years(first: dt.date, last: dt.date) -> str:
    return f"{first.year}" if first.year == last.year else f"{first.year}–{last.year}"
