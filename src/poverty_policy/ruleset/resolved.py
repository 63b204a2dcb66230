"""The rules that hold at a place on a date: files merged from the nation down, each value with its citation."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError
from typing import TYPE_CHECKING, Any

import attrs

from poverty_policy._version import __version__
from poverty_policy.errors import Fault, RuleError, invalid, unknown
from poverty_policy.formula.bounds import MOST
from poverty_policy.formula.graph import Program
from poverty_policy.policy.cascade import PROGRAMME, describe
from poverty_policy.policy.provision import HEALTH, Provision
from poverty_policy.policy.reimbursement import Cascade, Entry
from poverty_policy.policy.values import Value, Varied
from poverty_policy.ruleset import places
from poverty_policy.ruleset.file import TARGETS, LoadedFile, part_of, vocabulary_of
from poverty_policy.ruleset.merging import Provisions, content, contents, merge, merge_sections, set_aside
from poverty_policy.ruleset.places import Place
from poverty_policy.ruleset.stated import Change, StatedEntry, change, owner
from poverty_policy.terms import Vocabulary

if TYPE_CHECKING:
    from poverty_policy.formula.python import Runner
    from poverty_policy.policy.scheme import Scheme, Whole
    from poverty_policy.ruleset.targets import Targets

__all__ = ["Change", "Resolved", "Span", "StatedEntry", "merge"]


@attrs.frozen(eq=False)
class Span:
    """The files behind one part of the rules, and the days for which all of them say something.

    Attributes:
        valid_from, valid_to: the days.
        end_known: whether ``valid_to`` is the part's end, or the last day a source shows it in force.
        extrapolated: whether the date asked for lies beyond ``valid_to`` and the caller asked for it.
        files: the files, nearest first.
    """

    valid_from: dt.date
    valid_to: dt.date
    end_known: bool
    extrapolated: bool
    files: tuple[LoadedFile, ...]

    @classmethod
    def of(cls, files: Sequence[LoadedFile], extrapolated: bool = False) -> Span:
        """The days of some files together."""
        last = min(files, key=lambda one: one.last_day)
        first = max(one.declared.valid_from for one in files)
        return cls(first, last.last_day, last.declared.valid_to is not None, extrapolated, tuple(files))


@attrs.frozen(eq=False, slots=False)
class Resolved:
    """The rules of a place at a date.

    Attributes:
        place: the place asked for.
        on: the date asked for.
        known: the date of knowledge asked for, if any.
        sections: what is in use, and on which days: ``health`` and sections such as ``lines``.
        entries: the health programme, in its order.
        missing: parts of which nothing (or, of places on the way, not everything) is known for the day, and why.
        aims: the files with targets for the day, nearest first.
        given: the provisions, where they are not simply those of the files: composed in Python, or reformed;
            and the names of those that would be changed but that nobody states.
        changes: what a reform changed.
        title: the reform's title.
    """

    place: Place
    on: dt.date
    known: dt.date | None
    sections: Mapping[str, Span]
    entries: tuple[StatedEntry[Entry], ...]
    missing: Mapping[str, Fault] = attrs.field(factory=dict)
    aims: tuple[LoadedFile, ...] = ()
    given: tuple[Provisions, frozenset[str]] | None = None
    changes: tuple[Change, ...] = ()
    title: str | None = None

    @functools.cached_property
    def files(self) -> tuple[LoadedFile, ...]:
        """Every file behind the rules: those of the health programme first, nearest first."""
        health = self.sections[HEALTH].files if HEALTH in self.sections else ()
        others = (one for part, span in self.sections.items() if part != HEALTH for one in span.files)
        return tuple(dict.fromkeys((*health, *_nearest_first(others))))

    @functools.cached_property
    def _days(self) -> Span:
        """Of the health programme; without one, the days on which everything else holds."""
        if HEALTH in self.sections:
            return self.sections[HEALTH]
        return Span.of(self.files, any(span.extrapolated for span in self.sections.values()))

    @property
    def valid_from(self) -> dt.date:
        """The first day on which all files of the health programme (without one: all files) say something."""
        return self._days.valid_from

    @property
    def valid_to(self) -> dt.date:
        """The last such day."""
        return self._days.valid_to

    @property
    def end_known(self) -> bool:
        """Whether ``valid_to`` is the rules' end, or the last day a source shows them in force."""
        return self._days.end_known

    @property
    def extrapolated(self) -> bool:
        """Whether ``on`` lies beyond ``valid_to`` and the caller asked for it."""
        return self._days.extrapolated

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """The standard terms and those of all files; what is said nearer goes first."""
        return vocabulary_of(_nearest_first(self.files))

    @functools.cached_property
    def zones(self) -> Mapping[str, tuple[str, ...]]:
        """The named parts of the country and of the places on the way: name -> codes of the places in them."""
        found: dict[str, tuple[str, ...]] = {}
        for loaded in _nearest_first(self.files):
            for name, zone in loaded.declared.zones.items():
                found.setdefault(name, tuple(places.find(one).code for one in zone.places))
        return found

    @functools.cached_property
    def cascade(self) -> Cascade:
        """The health programme.

        Raises:
            RuleError: there is none; ``missing["health"]`` says why.
        """
        if HEALTH in self.missing:
            raise RuleError(self.missing[HEALTH])
        try:
            return Cascade(
                tuple(stated.entry for stated in self.entries),
                benefit_year=self._benefit_year(),
                vocabulary=self.vocabulary,
            )
        except RuleError as error:
            raise RuleError(self._placed(fault) for fault in error.faults) from None

    @functools.cached_property
    def _merged(self) -> tuple[Provisions, Mapping[str, str], frozenset[str]]:
        """Every provision by full name, those set aside, and the names that would be changed but nobody states."""
        stretched = {part for part, span in self.sections.items() if span.extrapolated}
        found, unfounded = self.given or merge_sections(self._household, self.missing, stretched)
        return found, set_aside(found, self.missing, unfounded, bool(stretched)), unfounded

    @property
    def _household(self) -> Mapping[str, tuple[LoadedFile, ...]]:
        """The files of each section."""
        return {part: span.files for part, span in self.sections.items() if part != HEALTH}

    @functools.cached_property
    def provisions(self) -> tuple[StatedEntry[Provision], ...]:
        """The provisions of household support, section by section; read when they are first asked for."""
        found, aside, _ = self._merged
        return tuple(stated for name, stated in found.items() if name not in aside)

    def stated_aside(self) -> Iterator[StatedEntry[Provision]]:
        """The provisions that cannot be worked out, as they are stated."""
        found, aside, _ = self._merged
        return (stated for name, stated in found.items() if name in aside)

    @property
    def set_aside(self) -> Mapping[str, str]:
        """Provisions that cannot be worked out: full name -> the name that they need and that is missing."""
        return self._merged[1]

    @functools.cached_property
    def scheme(self) -> Scheme:
        """The provisions in the order in which they follow from one another."""
        from poverty_policy.policy.scheme import Scheme  # who only settles claims does not pay for the kinds

        try:
            return Scheme(
                (stated.entry for stated in self.provisions),
                vocabulary=self.vocabulary,
                health_groups=self._health_groups(),
            )
        except RuleError as error:
            raise RuleError(self._in_scheme(error)) from None

    @functools.cached_property
    def whole(self) -> Whole:
        """What the provisions and the health layers calculate together.

        Raises:
            RuleError: a fact is taken for two kinds of things.
        """
        from poverty_policy.policy.scheme import describe as describe_whole

        return describe_whole(self.scheme, None if HEALTH in self.missing else self.cascade, MOST)

    def provision(self, full_name: str) -> StatedEntry[Provision]:
        """The provision of that name, such as ``line.dibao``.

        Raises:
            RuleError: there is none, or it is set aside.
        """
        for stated in self.provisions:
            if stated.full_name == full_name:
                return stated
        if full_name in self.set_aside:
            raise RuleError(self._why_aside(full_name))
        raise RuleError(unknown("provision", full_name, [stated.full_name for stated in self.provisions]))

    def why_missing(self, wanted: str) -> Fault:
        """Why a provision that others need is not there."""
        return self.missing.get(part_of(wanted) or HEALTH, _NO_MORE)

    def _why_aside(self, full_name: str) -> Fault:
        wanted = self.set_aside[full_name]
        why = self.why_missing(wanted)
        zh = f"{full_name} 用不上：缺 {wanted}（{why.text('zh')}）"
        return invalid(zh, f"{full_name} cannot be used: {wanted} is missing ({why.text('en')})")

    @functools.cached_property
    def program(self) -> Program:
        """What the rules calculate."""
        cascade = self.cascade
        try:
            return describe(cascade, MOST)
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
        said: dict[str, Any] = {
            "place": self.place.code,
            "from": self.valid_from,
            "to": self.valid_to,
            "benefit_year": self._benefit_year(),
            "entries": [(stated.data, self._authority(stated)) for stated in self.entries],
        }
        if self._household:
            said["provisions"] = list(self._content())
            said["zones"] = self.zones
            said["days"] = {part: (span.valid_from, span.valid_to) for part, span in self.sections.items()}
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=_plain)
        import hashlib  # loaded when a result is first identified, not at import

        return hashlib.sha256(text.encode()).hexdigest()

    def _content(self) -> Iterator[Any]:
        """What is said about provisions: by the files as they stand, or as composed or reformed."""
        if self.given is None:
            yield from contents(self._household)
        else:
            for name, stated in sorted(self.given[0].items()):
                yield content(name, stated.data, stated.origin), self._authority(stated)

    @staticmethod
    def _authority(stated: StatedEntry[Any]) -> list[tuple[str, dict[str, Any], str]]:
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

    @functools.cached_property
    def targets(self) -> Targets:
        """What was aimed at, budgeted or reported at the place and in those it lies in; part of no calculation."""
        from poverty_policy.ruleset.targets import Targets

        return Targets(self.aims)

    def stated(self, name: str) -> StatedEntry[Entry]:
        """The entry of the health programme of that name."""
        for stated in self.entries:
            if stated.entry.name == name:
                return stated
        raise RuleError(unknown("entry", name, [stated.entry.name for stated in self.entries]))

    def limitations(self, part: str | None = None) -> list[str]:
        """What the files (of one part, if it is named) say they do not hold, nearest first."""
        files = self.files if part is None else self.sections[part].files if part in self.sections else ()
        if part == TARGETS:
            files = self.aims
        return list(dict.fromkeys(text for loaded in files for text in loaded.declared.limitations))

    def reform(self, changes: Mapping[str, Any], title: str | None = None) -> Resolved:
        """The same rules with values changed; the baseline stays as it is.

        Args:
            changes: dotted name -> new value, e.g. ``{"health.critical_illness.deductible.default": "5000 元"}``.
                Places in lists count from 1.
            title: what the reform is called.

        Raises:
            RuleError: a name is unknown, a value is malformed, or a change changes nothing.
        """
        household = any(part_of(dotted) != HEALTH for dotted in changes)
        entries: dict[str, StatedEntry[Any]] = {stated.full_name: stated for stated in self.entries}
        if household:  # else nobody needs the provisions to be read
            entries |= {stated.full_name: stated for stated in self.provisions}
        faults: list[Fault] = []
        made: list[Change] = []
        if not changes:
            faults.append(invalid("没有写任何改动", "names no change"))
        for dotted, value in changes.items():
            try:
                self._check_present(dotted, household)
                changed, one = change(entries, dotted, value)
            except RuleError as error:
                faults.extend(fault if fault.at[:1] == (dotted,) else fault.under(dotted) for fault in error.faults)
                continue
            entries[changed.full_name] = changed
            made.append(one)
        if faults:
            raise RuleError(faults)
        given = self.given
        if household:
            found, _, unfounded = self._merged
            given = ({name: entries.get(name, stated) for name, stated in found.items()}, unfounded)
        health = tuple(entries[stated.full_name] for stated in self.entries)
        reformed = attrs.evolve(self, entries=health, given=given, changes=(*self.changes, *made), title=title)
        try:  # names and references are checked now, not at the first case
            if HEALTH not in self.missing:
                _ = reformed.cascade
            if household:
                _ = reformed.scheme
        except RuleError as error:  # the fault is the reform's, not the file's
            raise RuleError(
                attrs.evolve(fault, at=tuple(changes), file=None, line=None, column=None) for fault in error.faults
            ) from None
        return reformed

    def _check_present(self, dotted: str, household: bool) -> None:
        """Refuse to change what is known to be missing on this day."""
        if part_of(dotted) == HEALTH and HEALTH in self.missing:
            raise RuleError(self.missing[HEALTH])
        if household and owner(dotted) in self.set_aside:
            raise RuleError(self._why_aside(owner(dotted)))

    def _benefit_year(self) -> tuple[int, int]:
        """Of the file that states the programme: a county that changes single values keeps the year above it."""
        for loaded in self.sections[HEALTH].files if HEALTH in self.sections else ():
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

    def _health_groups(self) -> Iterator[str]:
        """The groups that the health programme tells apart."""
        for stated in self.entries:
            for _, when in stated.entry.whens():
                yield from when.groups or ()
            for _, value in stated.entry.values():
                yield from (name for name in _told_apart(value) if self.vocabulary.dimension_of(name, ("group",)))

    def _in_scheme(self, error: RuleError) -> Iterator[Fault]:
        """What is wrong with the scheme, at the lines of the provisions it is about; a circle, at each line of it."""
        named = {stated.full_name: stated for stated in self.provisions}
        circle: list[str] = []
        if isinstance(error.__context__, CycleError):
            circle = list(reversed(error.__context__.args[1]))
        for fault in error.faults:
            spots: list[tuple[str, tuple[str | int, ...]]] = []
            for name, wanted in itertools.pairwise(circle):
                if name in named:  # the health programme, which may be part of a circle, has no one line
                    references = named[name].entry.references()
                    spots.append((name, next((at for at, needed in references if needed == wanted), ())))
            if not circle:
                spots.append((str(fault.at[0]), fault.at[1:]))
            for name, at in spots:
                stated = named[name]
                yield stated.origin.document.locate(attrs.evolve(fault, at=(*stated.at, *at)))


_NO_MORE = invalid(
    "沿用的规则要用，而那一天已没有这一项", "rules used beyond their last day need it, and it is no more"
)


def _nearest_first(files: Iterable[LoadedFile]) -> list[LoadedFile]:
    """Files of one lineage: the code of a place is never less than those of the places it lies in."""
    return sorted(files, key=lambda one: one.place.code, reverse=True)


def _told_apart(value: Value) -> Iterator[str]:
    """The names by which a value differs."""
    if isinstance(value, Varied):
        for names, inner in value.cases:
            yield from names
            yield from _told_apart(inner)
        if value.default is not None:
            yield from _told_apart(value.default)


def _plain(value: Any) -> str:
    return str(value)
