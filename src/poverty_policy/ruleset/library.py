"""Finding the rules of a place at a date, as they were known on a date, in the library's and users' folders."""

from __future__ import annotations

import datetime as dt
import functools
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from poverty_policy.errors import Fault, RuleError, invalid, nearest
from poverty_policy.policy.provision import HEALTH
from poverty_policy.ruleset import places
from poverty_policy.ruleset.entries import entry_names
from poverty_policy.ruleset.file import PARTS, SECTION_KEYS, TARGETS, LoadedFile, part_of, read_file, read_heading
from poverty_policy.ruleset.heading import Heading
from poverty_policy.ruleset.merging import merge
from poverty_policy.ruleset.places import Place
from poverty_policy.ruleset.resolved import Resolved, Span

OWN_RULES = Path(__file__).parent.parent / "rules"
ENTRY_POINTS = "poverty_policy.rules"
_FOLDER = re.compile(r"(?P<code>\d{1,6})-[\w-]+")
_FILE = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})(-[\w-]+)?\.yaml")


@functools.cache
def installed_folders() -> tuple[Path, ...]:
    """Folders that installed packages offer under the entry point group ``poverty_policy.rules``.

    An entry point names a folder, or something with a ``__path__`` (a package), that holds ``cn/…``.
    """
    from importlib.metadata import entry_points

    found: list[Path] = []
    for point in entry_points(group=ENTRY_POINTS):
        offered = point.load()
        paths = getattr(offered, "__path__", [offered])
        found.extend(Path(str(path)) for path in paths)
    return tuple(found)


@attrs.frozen
class CatalogueEntry:
    """One file of the library."""

    place: Place
    valid_from: dt.date
    valid_to: dt.date
    end_known: bool
    published: dt.date
    title: str
    title_en: str
    entries: tuple[str, ...]
    planned: bool
    superseded_by: str | None
    grades: tuple[str, ...]
    path: Path


#: A file, whether it was extrapolated to, and why there is none.
_Found = tuple[LoadedFile | None, bool, Fault | None]


@attrs.frozen
class _Way:
    """How to look for rules.

    Attributes:
        lineage: the place and all it lies in, nearest first.
        own: a file given for the first of them, which goes before the library's for what it states.
        on, known, extrapolate: as for ``Library.load``.
    """

    lineage: tuple[Place, ...]
    own: LoadedFile | None
    on: dt.date
    known: dt.date | None
    extrapolate: bool

    def given(self, place: Place, part: str) -> _Found | None:
        """The file given, if it is of the place and states the part."""
        if self.own is None or place != self.own.place or part not in self.own.parts:
            return None
        return self.own, self.on > self.own.last_day, None

    def sees(self, heading: Heading) -> bool:
        """Whether a file was known by the date of knowledge."""
        return self.known is None or heading.published <= self.known

    @property
    def own_places(self) -> tuple[Place, ...]:
        """The place and those above it, without the nation, unless that is the place."""
        return self.lineage[:-1] or self.lineage


class Library:
    """Rule files in folders. Later folders add to earlier ones; where days overlap, ``supersedes`` must say so."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = tuple(folders)

    @functools.cached_property
    def _places(self) -> dict[str, list[Path]]:
        """Code -> the folders that hold files of that place."""
        found: dict[str, list[Path]] = {}
        for root in self.folders:
            base = root / "cn"
            if not base.is_dir():
                zh, en = f"文件夹 {root} 里没有 cn/", f"the folder {root} holds no cn/"
                raise RuleError(attrs.evolve(invalid(zh, en), file=str(root)))
            with os.scandir(base) as listing:  # thousands of folders: nothing is asked of the disk but their names
                names = sorted(one.name for one in listing if one.is_dir())
            for name in names:
                match = _FOLDER.fullmatch(name)
                if match is not None:
                    found.setdefault(match["code"].ljust(6, "0"), []).append(base / name)
        return found

    def codes(self) -> tuple[str, ...]:
        """The codes of the places that have files."""
        return tuple(sorted(self._places))

    @functools.cache  # noqa: B019 - libraries are few and live as long as the process
    def headings(self, code: str) -> tuple[Heading, ...]:
        """What every file of a place is about, by first day, checked against each other.

        Raises:
            RuleError: a file's name is not its first day, it overlaps another, or it leaves a gap unsaid.
        """
        found: list[Heading] = []
        faults: list[Fault] = []
        for folder in self._places.get(code, ()):
            for path in sorted(folder.glob("*.yaml")):
                try:
                    found.append(read_heading(path))
                except RuleError as error:
                    faults.extend(error.faults)
        if faults:
            raise RuleError(faults)
        found.sort(key=lambda one: (one.valid_from, one.published))
        faults = [*_misnamed(found), *_overlaps(found), *_gaps(found)]
        if faults:
            raise RuleError(faults)
        return tuple(found)

    @functools.cache  # noqa: B019 - libraries are few and live as long as the process
    def read(self, heading: Heading, code: str) -> LoadedFile:
        """The file of a heading, read in full.

        Raises:
            RuleError: the file is wrong, or lies in another place's folder.
        """
        loaded = read_file(heading.path)
        if loaded.place.code != code:
            zh = f"文件写的是{loaded.place.zh}（{loaded.place.code}），却放在 {code} 的文件夹"
            en = f"the file is about {loaded.place.en} ({loaded.place.code}) but lies in the folder of {code}"
            raise RuleError(loaded.document.locate(invalid(zh, en, "place")))
        if loaded.heading != heading:  # cleverly laid out: it cannot be trusted to be found when it is needed
            zh = "各项的键应从行首写起，每项一行开头"
            raise RuleError(loaded.document.locate(invalid(zh, "each key must start its line, at the left margin")))
        return loaded

    def files(self, code: str) -> tuple[LoadedFile, ...]:
        """Every file of a place, by first day, read in full.

        Raises:
            RuleError: with every fault of the files.
        """
        found: list[LoadedFile] = []
        faults: list[Fault] = []
        headings: Iterable[Heading] = ()
        try:
            headings = self.headings(code)
        except RuleError as error:
            faults.extend(error.faults)
        for heading in headings:
            try:
                found.append(self.read(heading, code))
            except RuleError as error:
                faults.extend(error.faults)
        if faults:
            raise RuleError(faults)
        return tuple(found)

    def load(
        self,
        place: str | int,
        on: dt.date,
        known: dt.date | None = None,
        *,
        extrapolate: bool = False,
        health: bool = True,
    ) -> Resolved:
        """The rules of a place on a date.

        Args:
            place: code, Chinese name, pinyin or ISO 3166-2.
            on: the date.
            known: see only what was published by then.
            extrapolate: beyond the last day for which something is known, use the last rules; every outcome says so.
            health: whether the health programme is wanted; without it, household support can be had for days on
                which nothing is known of health.

        Raises:
            RuleError: nothing is known for the place or the date.
        """
        found = places.find(str(place))
        return self.resolve(found, None, on, known, extrapolate, health)

    def resolve(
        self,
        place: Place,
        own: LoadedFile | None,
        on: dt.date,
        known: dt.date | None,
        extrapolate: bool,
        health: bool = True,
    ) -> Resolved:
        """The rules of a place, given one of the place's own files or to be found.

        Raises:
            RuleError: nothing is known for the place or the date.
        """
        way = _Way(places.lineage(place)[::-1], own, on, known, extrapolate)
        sections: dict[str, Span] = {}
        missing: dict[str, Fault] = {}
        for part in PARTS if health else SECTION_KEYS:
            chain, beyond, why = self._chain(way, part)
            if chain:
                sections[part] = Span.of(chain, beyond)
            if why is not None:
                missing[part] = why
        if not health:
            missing[HEALTH] = _LEFT_OUT
        elif HEALTH not in sections:
            if own is not None and HEALTH in own.parts and HEALTH in missing:
                raise RuleError(_nothing_above(own, missing[HEALTH]))
            stated = any(one.place in way.own_places for span in sections.values() for one in span.files)
            missing[HEALTH] = self._no_health(way, missing.get(HEALTH), bool(sections), stated)
        if not sections:
            raise RuleError(
                [why for part, why in missing.items() if part != HEALTH] or self._unknown_place(way, health)
            )
        entries = merge(sections[HEALTH].files) if HEALTH in sections else ()
        return Resolved(
            place=place, on=on, known=known, sections=sections, entries=entries, missing=missing,
            aims=tuple(self._aims(way)),
        )  # fmt: skip

    def _aims(self, way: _Way) -> Iterable[LoadedFile]:
        """The files with targets for the day, nearest first; several documents of one place may set targets at once."""
        for place in way.lineage:
            if way.own is not None and way.own.place == place and TARGETS in way.own.parts:
                yield way.own
                continue
            known = [one for one in self.headings(place.code) if one.covers(way.on) and way.sees(one)]
            superseded = {one.supersedes for one in known}
            for one in known:
                if TARGETS in one.parts and one.stem not in superseded:
                    yield self.read(one, place.code)

    def _chain(self, way: _Way, part: str) -> tuple[list[LoadedFile], bool, Fault | None]:
        """The files of a part, nearest first; whether any was extrapolated to; and what is missing on the way."""
        chain: list[LoadedFile] = []
        extrapolated = False
        missing: Fault | None = None
        for place in way.lineage:
            loaded, beyond, why = way.given(place, part) or self._find(way, place, part)
            missing = missing or why
            if part == HEALTH and missing is not None:
                return [], False, missing  # a health programme with a hole in it is none
            if loaded is None:
                continue
            extrapolated = extrapolated or beyond
            chain.append(loaded)
            if part == HEALTH and _complete(loaded):
                break
        return chain, extrapolated, missing

    def _find(self, way: _Way, place: Place, part: str) -> _Found:
        """The file of just this place and part, whether it was extrapolated to, or why there is none."""
        every = [one for one in self.headings(place.code) if part in one.parts]
        files = [one for one in every if way.sees(one)]
        if not files:
            # of health, what was not known then is as if it were not there: the place above is looked at
            return None, False, _not_yet(place, part, way.known) if every and part != HEALTH else None
        covering = [one for one in files if one.covers(way.on)]
        superseded = {one.supersedes for one in covering}
        for one in covering:
            if one.stem not in superseded:
                return self.read(one, place.code), False, None
        if way.on > files[-1].last_day and way.extrapolate:
            return self.read(files[-1], place.code), True, None
        return None, False, _nothing(place, part, way.on, files)

    def _no_health(self, way: _Way, why: Fault | None, anything: bool, stated: bool) -> Fault:
        """Why there is no health programme, where one can do without: whoever settles a claim is told.

        Raises:
            RuleError: the place has health rules, but not for the day, and states nothing else for it; or nothing of
                the place itself is known.
        """
        unseen = self._unseen(way)
        if unseen is not None:
            raise RuleError([unseen] if why is None else [unseen, why])
        if why is not None:
            if stated or (way.own is not None and HEALTH not in way.own.parts):
                return why
            zh, en = "；如不需要医疗报销规则", "; to go on without the health rules"
            raise RuleError(_advised(why, zh, en) if anything else why)
        if way.own is None and not any(self._stated(way, place) for place in way.own_places):
            zh, en = "；如只用全国的规则", "; for the national rules alone"
            fault = self._unknown_place(way, True)
            raise RuleError(_advised(fault, zh, en) if anything else fault)
        place = way.lineage[0]
        until = f"（截至 {way.known} 所知）" if way.known else "", f" as of {way.known}" if way.known else ""
        zh = f"没有{place.text('zh')}的医疗报销规则" + until[0]
        return invalid(zh, f"no health rules are known for {place.text('en')}{until[1]}")

    def _unseen(self, way: _Way) -> Fault | None:
        """That the place has health rules for the day, which became known only later."""
        for place in way.own_places:
            for one in self.headings(place.code):
                if HEALTH in one.parts and one.covers(way.on) and not way.sees(one):
                    zh = f"{place.zh}的规则到 {one.published} 才公布，截至 {way.known} 还不知道"
                    en = f"the rules of {place.en} became known on {one.published}, not by {way.known}"
                    return invalid(zh, en)
        return None

    def _stated(self, way: _Way, place: Place) -> bool:
        """Whether anything was known of a place."""
        return any(way.sees(one) for one in self.headings(place.code))

    def _unknown_place(self, way: _Way, health: bool) -> Fault:
        place, known = way.lineage[0], way.known
        names = [places.find(code).zh for code in self.codes()]
        facts = nearest(place.zh, names)
        but_zh, but_en = ("", "") if health else ("除医疗报销外，", " besides those of health")
        zh = f"{but_zh}没有{place.text('zh')}的规则" + (f"（截至 {known} 所知）" if known else "")
        en = f"no rules{but_en} are known for {place.text('en')}" + (f" as of {known}" if known else "")
        zh += str(facts["nearest_zh"])
        return invalid(
            zh + "；poverty-policy list 可列出已有的规则", en + "; `poverty-policy list` shows what there is"
        )

    def catalogue(self) -> tuple[CatalogueEntry, ...]:
        """Every file of the library.

        Raises:
            RuleError: any file is wrong.
        """
        return tuple(_catalogued(one, self.files(code)) for code in self.codes() for one in self.files(code))


def _catalogued(one: LoadedFile, files: Sequence[LoadedFile]) -> CatalogueEntry:
    declared = one.declared
    return CatalogueEntry(
        place=one.place,
        valid_from=declared.valid_from,
        valid_to=one.last_day,
        end_known=declared.valid_to is not None,
        published=declared.published,
        title=declared.title.zh,
        title_en=declared.title.en,
        entries=tuple(entry_names(declared)),
        planned=any(source.status == "planned" for source in declared.sources.values()),
        superseded_by=next((other.stem for other in files if other.declared.supersedes == one.stem), None),
        grades=tuple(sorted({source.grade for source in declared.sources.values()})),
        path=one.path,
    )


def _at(heading: Heading, fault: Fault) -> Fault:
    """A fault at its line, for which the file is read in full."""
    return read_file(heading.path).document.locate(fault)


def _misnamed(files: Sequence[Heading]) -> Iterable[Fault]:
    for one in files:
        match = _FILE.fullmatch(one.path.name)
        if match is None or match["date"] != one.valid_from.isoformat():
            zh = f"文件名应以起始日 {one.valid_from} 开头"
            yield _at(
                one, invalid(zh, f"the file's name must start with its first day, {one.valid_from}", "valid_from")
            )


def _overlaps(files: Sequence[Heading]) -> Iterable[Fault]:
    for place, one in enumerate(files):
        named = one.supersedes
        if named is not None and not any(
            other.stem == named and one.parts & other.parts for other in files if other is not one
        ):
            zh = f"没有写了同样部分的文件 {named}"
            yield _at(one, invalid(zh, f"there is no file {named} that states the same parts", "supersedes"))
        for other in files[place + 1 :]:
            both = {(one.supersedes, other.stem), (other.supersedes, one.stem)}
            replaced = any(named == stem for named, stem in both)
            shared = ", ".join(part for part in PARTS if part in one.parts & other.parts)
            meet = other.valid_from <= one.last_day and one.valid_from <= other.last_day
            if shared and meet and not replaced:
                zh = f"与 {one.path.name} 的有效期重叠（{shared}）；若取代它，请写 supersedes: {one.stem}"
                en = f"overlaps {one.path.name} in {shared}; if it replaces that one, say supersedes: {one.stem}"
                yield _at(other, invalid(zh, en, "valid_from"))


def _gaps(files: Sequence[Heading]) -> Iterable[Fault]:
    for part in PARTS:
        reached: dt.date | None = None
        for one in files:
            if part not in one.parts:
                continue
            start = one.valid_from
            if reached is not None and start > reached + dt.timedelta(days=1) and not one.explains_gap:
                zh = f"{part}：{reached} 之后到 {start} 之前没有规则；若确实不详，请写 gap_before 说明"
                en = (
                    f"of {part}, nothing is said between {reached} and {start}; "
                    f"if nothing is known, say why in gap_before"
                )
                yield _at(one, invalid(zh, en, "valid_from"))
            reached = one.last_day if reached is None else max(reached, one.last_day)


def _complete(loaded: LoadedFile) -> bool:
    """Whether a file states a health programme that needs nothing from above."""
    health = loaded.declared.health
    return health is not None and not any("inherit" in data for data in health)


_LEFT_OUT = invalid("按要求没有载入医疗报销规则", "the health rules were left out on request")


def _nothing_above(own: LoadedFile, why: Fault) -> list[Fault]:
    """Why what a file inherits or changes of the health rules above is not there, at each line that does."""
    because_zh, because_en = why.facts.get("why_zh", why.facts["zh"]), why.facts.get("why_en", why.facts["en"])
    zh = f"上级没有可用的规定：{because_zh}；请在 health 里写全各层，没有待遇表的写 observed: true，支付额取自账单"
    en = (
        f"there is nothing above to use: {because_en}; state every layer in full under health, or, where there is "
        f"no tariff, write observed: true and the bill says what was paid"
    )
    inherited = [(HEALTH, at, "inherit") for at, data in enumerate(own.declared.health or ()) if "inherit" in data]
    changed = [("change", name) for name in own.declared.change if part_of(name) == HEALTH]
    return [own.document.locate(invalid(zh, en, *at)) for at in (*inherited, *changed)]


def _advised(fault: Fault, zh: str, en: str) -> Fault:
    """The same fault, and how to go on without the health programme."""
    zh = f"{fault.facts['zh']}{zh}，请加 health=False（命令行 --without-health）"
    return attrs.evolve(fault, facts={"zh": zh, "en": f"{fault.facts['en']}{en}, say health=False (--without-health)"})


def _not_yet(place: Place, part: str, known: dt.date | None) -> Fault:
    zh = f"没有{place.text('zh')}的规则（截至 {known} 所知）"
    return invalid(zh, f"no rules are known for {place.text('en')} as of {known}", part)


def _nothing(place: Place, part: str, on: dt.date, files: Sequence[Heading]) -> Fault:
    first, last = files[0], files[-1]
    advice_zh = advice_en = ""
    if on < first.valid_from:
        zh = f"{place.zh}的规则自 {first.valid_from} 起才有记载，{on} 之前不详"
        en = f"rules of {place.en} are known from {first.valid_from} only, nothing for {on}"
    elif on > last.last_day:
        zh, en = (
            f"{place.zh}的规则只知道到 {last.last_day}，{on} 不详",
            f"rules of {place.en} are known up to {last.last_day}, nothing for {on}",
        )
        advice_zh = "；如要沿用，请加 extrapolate=True（命令行 --extrapolate），结果会注明"
        advice_en = "; to use them beyond, say extrapolate=True (--extrapolate), and every outcome will say so"
    else:
        after = next(one for one in files if one.valid_from > on)
        why = read_file(after.path).declared.gap_before
        zh = f"{place.zh}在 {on} 的规则不详：{why}"
        en = f"rules of {place.en} are not known for {on}: {why}"
    # whoever cannot follow the advice is told the reason alone
    facts = {"zh": zh + advice_zh, "en": en + advice_en, "why_zh": zh, "why_en": en}
    return Fault("invalid", facts, () if part == HEALTH else (part,))
