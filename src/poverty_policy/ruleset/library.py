"""Finding the rules of a place at a date, as they were known on a date, in the library's and users' folders."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from poverty_policy.errors import Fault, RuleError, invalid, nearest
from poverty_policy.ruleset import places
from poverty_policy.ruleset.file import LoadedFile, entry_name, read_file
from poverty_policy.ruleset.places import Place
from poverty_policy.ruleset.resolved import Resolved, merge

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
            for folder in sorted(base.iterdir()):
                match = _FOLDER.fullmatch(folder.name)
                if folder.is_dir() and match is not None:
                    found.setdefault(match["code"].ljust(6, "0"), []).append(folder)
        return found

    def codes(self) -> tuple[str, ...]:
        """The codes of the places that have files."""
        return tuple(sorted(self._places))

    @functools.cache  # noqa: B019 - libraries are few and live as long as the process
    def files(self, code: str) -> tuple[LoadedFile, ...]:
        """Every file of a place, by first day, checked against each other.

        Raises:
            RuleError: a file is wrong, lies in another place's folder, overlaps another, or leaves a gap unsaid.
        """
        loaded: list[LoadedFile] = []
        faults: list[Fault] = []
        for folder in self._places.get(code, ()):
            for path in sorted(folder.glob("*.yaml")):
                try:
                    one = read_file(path)
                except RuleError as error:
                    faults.extend(error.faults)
                    continue
                loaded.append(one)
                faults.extend(_misplaced(one, code))
        if faults:
            raise RuleError(faults)
        loaded.sort(key=lambda one: (one.declared.valid_from, one.declared.published))
        faults = [*_overlaps(loaded), *_gaps(loaded)]
        if faults:
            raise RuleError(faults)
        return tuple(loaded)

    def find(
        self, place: Place, on: dt.date, known: dt.date | None, extrapolate: bool
    ) -> tuple[LoadedFile | None, bool]:
        """The file of just this place for a day, and whether it was extrapolated to.

        Raises:
            RuleError: the place has files, but none says anything for that day.
        """
        files = [one for one in self.files(place.code) if known is None or one.declared.published <= known]
        if not files:
            return None, False
        covering = [one for one in files if one.covers(on)]
        superseded = {one.declared.supersedes for one in covering}
        for one in covering:
            if one.stem not in superseded:
                return one, False
        if on > files[-1].last_day and extrapolate:
            return files[-1], True
        raise RuleError(_nothing(place, on, files))

    def load(
        self, place: str | int, on: dt.date, known: dt.date | None = None, *, extrapolate: bool = False
    ) -> Resolved:
        """The rules of a place on a date.

        Args:
            place: code, Chinese name, pinyin or ISO 3166-2.
            on: the date.
            known: see only what was published by then.
            extrapolate: beyond the last day for which something is known, use the last rules; every outcome says so.

        Raises:
            RuleError: nothing is known for the place or the date.
        """
        found = places.find(str(place))
        return self.resolve(found, None, on, known, extrapolate)

    def resolve(
        self, place: Place, own: LoadedFile | None, on: dt.date, known: dt.date | None, extrapolate: bool
    ) -> Resolved:
        """The rules of a place, given the place's own file or to be found."""
        chain: list[LoadedFile] = []
        extrapolated = False
        for one in reversed(places.lineage(place)):
            loaded, beyond = (
                (own, False) if own is not None and one == place else self.find(one, on, known, extrapolate)
            )
            if loaded is None:
                continue
            extrapolated = extrapolated or beyond
            chain.append(loaded)
            if loaded.declared.health is not None and not any("inherit" in data for data in loaded.declared.health):
                break  # complete by itself: what lies above is not even read
        if not chain:
            raise RuleError(self._unknown_place(place, known))
        last = min(chain, key=lambda one: one.last_day)
        return Resolved(
            place=place,
            on=on,
            known=known,
            valid_from=max(one.declared.valid_from for one in chain),
            valid_to=last.last_day,
            end_known=last.declared.valid_to is not None,
            extrapolated=extrapolated,
            files=tuple(chain),
            entries=merge(chain),
        )

    def _unknown_place(self, place: Place, known: dt.date | None) -> Fault:
        names = [places.find(code).zh for code in self.codes()]
        facts = nearest(place.zh, names)
        zh = f"没有{place.text('zh')}的规则" + (f"（截至 {known} 所知）" if known else "") + str(facts["nearest_zh"])
        en = f"no rules are known for {place.text('en')}" + (f" as of {known}" if known else "")
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
    names = [entry_name(data) or "?" for data in declared.health or ()]
    names += sorted({key.split(".")[1] for key in declared.change if key.count(".")})
    return CatalogueEntry(
        place=one.place,
        valid_from=declared.valid_from,
        valid_to=one.last_day,
        end_known=declared.valid_to is not None,
        published=declared.published,
        title=declared.title.zh,
        title_en=declared.title.en,
        entries=tuple(names),
        planned=any(source.status == "planned" for source in declared.sources.values()),
        superseded_by=next((other.stem for other in files if other.declared.supersedes == one.stem), None),
        grades=tuple(sorted({source.grade for source in declared.sources.values()})),
        path=one.path,
    )


def _misplaced(one: LoadedFile, code: str) -> Iterable[Fault]:
    match = _FILE.fullmatch(one.path.name)
    if one.place.code != code:
        zh = f"文件写的是{one.place.zh}（{one.place.code}），却放在 {code} 的文件夹"
        en = f"the file is about {one.place.en} ({one.place.code}) but lies in the folder of {code}"
        yield one.document.locate(invalid(zh, en, "place"))
    if match is None or match["date"] != one.declared.valid_from.isoformat():
        zh = f"文件名应以起始日 {one.declared.valid_from} 开头"
        en = f"the file's name must start with its first day, {one.declared.valid_from}"
        yield one.document.locate(invalid(zh, en, "valid_from"))


def _overlaps(files: Sequence[LoadedFile]) -> Iterable[Fault]:
    stems = {one.stem for one in files}
    for place, one in enumerate(files):
        if one.declared.supersedes is not None and one.declared.supersedes not in stems - {one.stem}:
            zh, en = f"没有文件 {one.declared.supersedes}", f"there is no file {one.declared.supersedes}"
            yield one.document.locate(invalid(zh, en, "supersedes"))
        for other in files[place + 1 :]:
            both = {(one.declared.supersedes, other.stem), (other.declared.supersedes, one.stem)}
            replaced = any(named == stem for named, stem in both)
            if other.declared.valid_from <= one.last_day and one.declared.valid_from <= other.last_day and not replaced:
                zh = f"与 {one.path.name} 的有效期重叠；若取代它，请写 supersedes: {one.stem}"
                en = f"overlaps {one.path.name}; if it replaces that one, say supersedes: {one.stem}"
                yield other.document.locate(invalid(zh, en, "valid_from"))


def _gaps(files: Sequence[LoadedFile]) -> Iterable[Fault]:
    reached: dt.date | None = None
    for one in files:
        start = one.declared.valid_from
        if reached is not None and start > reached + dt.timedelta(days=1) and one.declared.gap_before is None:
            zh = f"{reached} 之后到 {start} 之前没有规则；若确实不详，请写 gap_before 说明"
            en = f"nothing is said between {reached} and {start}; if nothing is known, say why in gap_before"
            yield one.document.locate(invalid(zh, en, "valid_from"))
        reached = one.last_day if reached is None else max(reached, one.last_day)


def _nothing(place: Place, on: dt.date, files: Sequence[LoadedFile]) -> Fault:
    first, last = files[0], files[-1]
    if on < first.declared.valid_from:
        zh = f"{place.zh}的规则自 {first.declared.valid_from} 起才有记载，{on} 之前不详"
        en = f"rules of {place.en} are known from {first.declared.valid_from} only, nothing for {on}"
    elif on > last.last_day:
        zh = (
            f"{place.zh}的规则只知道到 {last.last_day}，{on} 不详；"
            f"如要沿用，请加 extrapolate=True（命令行 --extrapolate），结果会注明"
        )
        en = (
            f"rules of {place.en} are known up to {last.last_day}, nothing for {on}; to use them beyond, "
            f"say extrapolate=True (--extrapolate), and every outcome will say so"
        )
    else:
        after = next(one for one in files if one.declared.valid_from > on)
        zh = f"{place.zh}在 {on} 的规则不详：{after.declared.gap_before}"
        en = f"rules of {place.en} are not known for {on}: {after.declared.gap_before}"
    return invalid(zh, en)
