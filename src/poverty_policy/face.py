"""The objects that users hold: a rule set that assesses and can be reformed, and how to load one."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poverty_policy import documents
from poverty_policy.documents import Document
from poverty_policy.errors import InputError, PolicyError, RuleError, invalid
from poverty_policy.policy.provision import HEALTH, Provision
from poverty_policy.policy.reimbursement import Cascade
from poverty_policy.ruleset.file import Source, Zone, read_file
from poverty_policy.ruleset.library import OWN_RULES, CatalogueEntry, Library, installed_folders
from poverty_policy.ruleset.resolved import Change, Resolved

if TYPE_CHECKING:
    from poverty_policy.assessment.outcome import Assessor, Outcome
    from poverty_policy.formula.graph import Entity
    from poverty_policy.population.kinds import MoneyUnit
    from poverty_policy.population.people import Population
    from poverty_policy.population.results import Frames, OnError
    from poverty_policy.ruleset.diff import Difference
    from poverty_policy.ruleset.places import Place
    from poverty_policy.ruleset.targets import Targets
    from poverty_policy.terms import Vocabulary

Day = dt.date | str


class RuleSet:
    """The rules of a place at a date. It never changes; a reform is another one.

    Made by ``load`` and ``load_file``.
    """

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved

    def __repr__(self) -> str:
        reform = f", reform={self.resolved.title or len(self.resolved.changes)!r}" if self.resolved.changes else ""
        return f"RuleSet({self.place.en!r}, on={self.resolved.on.isoformat()!r}{reform})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleSet) and self.hash == other.hash and self.resolved.on == other.resolved.on

    def __hash__(self) -> int:
        return hash((self.hash, self.resolved.on))

    @property
    def place(self) -> Place:
        """The place."""
        return self.resolved.place

    @property
    def hash(self) -> str:
        """A digest of everything that can change a result or its explanation."""
        return self.resolved.hash

    @property
    def cascade(self) -> Cascade:
        """The health programme as policy objects.

        Raises:
            RuleError: there is none.
        """
        return self.resolved.cascade

    @property
    def targets(self) -> Targets:
        """What was aimed at, budgeted or reported at the place and in those it lies in; part of no calculation.

        Examples:
            >>> import poverty_policy as pp
            >>> rules = pp.load("shangqiu", on="2018-08-01")
            >>> [check.met for check in rules.targets.check({})]
            []
        """
        return self.resolved.targets

    @property
    def changes(self) -> tuple[Change, ...]:
        """What a reform changed."""
        return self.resolved.changes

    @functools.cached_property
    def _assessor(self) -> Assessor:
        from poverty_policy.assessment.outcome import Assessor  # rules can be listed and compared without it

        return Assessor(self.resolved)

    def assess(self, case: Any) -> Outcome:
        """Settle a case: a village, a household or a person, or the mapping that declares one.

        Raises:
            InputError: with every fault of the case.
            UnspecifiedError: the case needs a figure that the sources leave open.
        """
        return self._assessor.assess(case)

    def assess_file(self, path: str | Path) -> Outcome:
        """Settle the case that a YAML or JSON file holds; faults name its lines.

        Raises:
            InputError: with every fault of the file and the case.
            UnspecifiedError: the case needs a figure that the sources leave open.
        """
        return self.assess_document(documents.read(path, InputError))

    def assess_document(self, document: Document) -> Outcome:
        """Settle the case that a document holds; see ``assess_file``."""
        try:
            return self.assess(document.data)
        except PolicyError as error:
            raise document.raise_from(error) from None

    def assess_frame(
        self,
        *,
        claims: Any = None,
        persons: Any = None,
        households: Any = None,
        villages: Any = None,
        townships: Any = None,
        counties: Any = None,
        columns: Mapping[str, Mapping[str, str]] | None = None,
        money: MoneyUnit = "yuan",
        on_error: OnError = "raise",
    ) -> Frames:
        """Settle and decide many cases at once, to the same fen as ``assess`` one by one.

        Frames are of any kind that narwhals knows; results are of the same kind, and lazy where the frames are. What is
        wrong with the rows is looked for at once. Columns are called as a case calls its facts, names within them
        behind a dot: ``date``, ``cost.in_scope``, ``paid.basic``, ``groups`` or ``groups.dibao``, ``facts.cars``,
        ``income.wage``. Every row has an ``id`` and the id of what it belongs to (``person``, ``household``, …).
        Needs the extra ``[frames]``.

        Args:
            claims: bills. Without ``persons``, what is stated of a person stands beside each of its bills.
            persons: the people.
            households: with them, everything that the rules provide for is worked out, not only the health layers.
            villages, townships, counties: the areas in which they lie, one by one upward.
            columns: frame -> what it calls a column -> what a case calls it: ``{"claims": {"出院日期": "date"}}``.
            money: whether amounts are in yuan (decimal, text, whole or float; results are decimal) or in whole fen.
            on_error: ``raise``, or ``collect`` what is wrong into a frame of rejected rows, and go on without all rows
                of the same household (or of the largest group given).

        Returns:
            The results of each frame, ``None`` for those not given.

        Raises:
            InputError: frames or columns are missing, or rows cannot be calculated with; with every fault, how many
                rows it is about, and one of them.
            UnspecifiedError: bills need a figure that the sources leave open.

        Examples:
            >>> import polars as pl
            >>> import poverty_policy as pp
            >>> bills = pl.DataFrame({
            ...     "id": ["b1", "b2"], "person": ["甲", "乙"], "date": ["2018-05-02", "2018-06-01"],
            ...     "insurance": ["城乡居民基本医保"] * 2, "groups": ["建档立卡贫困人口", ""],
            ...     "kind": ["inpatient"] * 2, "cost.in_scope": [30000.0, 30000.5], "paid.basic": [15000, 15000],
            ... })
            >>> frames = pp.load("henan", on="2018-05-30").assess_frame(claims=bills)
            >>> frames.claims["health.critical_illness"].to_list()
            [Decimal('6000.00'), None]
        """
        from poverty_policy.population.assess import assess_frames  # narwhals and Polars are an extra

        given: dict[Entity, Any] = {
            "claim": claims,
            "person": persons,
            "household": households,
            "village": villages,
            "township": townships,
            "county": counties,
        }
        stated = {entity: frame for entity, frame in given.items() if frame is not None}
        return assess_frames(self.resolved, stated, names=columns or {}, money=money, on_error=on_error)

    def reform(self, changes: Mapping[str, Any], title: str | None = None) -> RuleSet:
        """The same rules with values changed; this rule set stays as it is.

        Args:
            changes: dotted name -> new value, e.g. ``{"health.critical_illness.deductible.default": "5000 元"}`` or
                ``{"line.dibao.amount.urban": "620 元"}``. Places in lists count from 1.
            title: what the reform is called.

        Raises:
            RuleError: a name is unknown, a value is malformed, or a change changes nothing.
        """
        return RuleSet(self.resolved.reform(changes, title))

    def diff(self, other: RuleSet) -> tuple[Difference, ...]:
        """Every value in which another rule set differs from this one, with both sources.

        Args:
            other: the rules of another date or place, or a reform of this rule set.

        Examples:
            >>> import poverty_policy as pp
            >>> before, after = (pp.load("henan", on=day) for day in ("2017-07-01", "2018-07-01"))
            >>> [one.name for one in before.diff(after) if one.value.startswith("deductible.registered")]
            ['health.critical_illness.deductible.registered_poor']
        """
        from poverty_policy.ruleset.diff import diff

        return diff(self.resolved, other.resolved)


def day(value: Day, name: str) -> dt.date:
    """A day given as a date or as text.

    Raises:
        RuleError: it is neither.
    """
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value)  # type: ignore[arg-type]  # a wrong type is a wrong value
    except (TypeError, ValueError):
        zh, en = f"{value!r} 不是日期，请写成 2018-07-01", f"{value!r} is no date: write 2018-07-01"
        raise RuleError(invalid(zh, en, name)) from None


@functools.cache
def _library(folders: tuple[Path, ...]) -> Library:
    return Library((OWN_RULES, *installed_folders(), *folders))


def _stamps(folders: tuple[Path, ...]) -> tuple[tuple[str, int, int], ...]:
    """What the files in users' folders look like now, so that an edited file is read again."""
    files = [path for folder in folders for path in sorted((folder / "cn").glob("*/*.yaml"))]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)


@functools.lru_cache(maxsize=512)
def _loaded(
    place: str, on: dt.date, known: dt.date | None, extrapolate: bool, health: bool, folders: tuple[Path, ...],
    stamps: tuple[tuple[str, int, int], ...],
) -> RuleSet:  # fmt: skip
    library = Library((OWN_RULES, *installed_folders(), *folders)) if stamps else _library(folders)
    return RuleSet(library.load(place, on, known, extrapolate=extrapolate, health=health))


def load(
    place: str | int,
    *,
    on: Day,
    known: Day | None = None,
    extrapolate: bool = False,
    health: bool = True,
    folders: Iterable[str | Path] = (),
) -> RuleSet:
    """The rules of a place on a date.

    Args:
        place: GB/T 2260 code, Chinese name, pinyin or ISO 3166-2: ``"410000"``, ``"河南省"``, ``"henan"``, ``"CN-HA"``.
        on: the date for which the rules are wanted.
        known: see only what was published by this date.
        extrapolate: beyond the last day for which something is known, use the last rules; every outcome says so.
        health: whether the rules of medical reimbursement are wanted. Without them, household support can be had
            for days on which nothing is known of them, and for places of which only the national rules are known.
        folders: more folders with rule files (``cn/<code>-<name>/<first day>.yaml``).

    Raises:
        RuleError: nothing is known for the place or the date, or a file is wrong.

    Examples:
        >>> import poverty_policy as pp
        >>> pp.load("henan", on="2018-07-01").place.zh
        '河南省'
    """
    paths = tuple(Path(folder).resolve() for folder in folders)
    wanted = day(on, "on")
    seen = None if known is None else day(known, "known")
    return _loaded(str(place), wanted, seen, extrapolate, health, paths, _stamps(paths) if paths else ())


def synthetic(
    rules: RuleSet,
    persons: int,
    *,
    seed: int = 0,
    rural: float = 1.0,
    income: Mapping[str, Any] | None = None,
    groups: Mapping[str, float] | None = None,
    insurance: str | None = None,
) -> Population:
    """A population that stands for no real place, with everything that a rule set asks: for trying rules out.

    Households, persons and admissions to hospital are drawn from published distributions, which
    ``population/distributions.yaml`` states with their sources, and with what is only assumed. Polars frames, amounts
    in whole fen. Needs the extra ``[frames]``.

    Args:
        rules: the rule set for which the columns are made; claims fall into the year of its date.
        persons: how many persons.
        seed: the same seed gives the same population, on the same versions of NumPy and this library.
        rural: the share of villages, as against urban neighbourhoods.
        income: mean disposable income per head and year, ``{"rural": "13000 元"}``, where the national one will not do.
        groups: group -> the share of persons in it, where the assumed ones will not do.
        insurance: the insurance of everybody; residents' basic insurance, or what the rules name before it.

    Raises:
        InputError: a number is out of range, a name unknown.

    Examples:
        >>> import poverty_policy as pp
        >>> people = pp.synthetic(pp.load("henan", on="2018-07-01"), 1_000)
        >>> people.persons.height, people.households.columns[:4]
        (1000, ['id', 'village', 'place', 'residence'])
    """
    from poverty_policy.population.synthetic import draw_population  # NumPy and Polars are an extra

    return draw_population(
        rules.resolved, persons, seed=seed, rural=rural, income=income or {}, groups=groups or {}, insurance=insurance
    )


def load_file(
    path: str | Path, *, on: Day | None = None, known: Day | None = None, extrapolate: bool = False, health: bool = True
) -> RuleSet:
    """The rules that one file states, with what it inherits from the library.

    What the file does not state (a file may hold sections of household support alone) comes from the library.

    Args:
        path: the rule file.
        on: the date for which the rules are wanted; the file's first day if not stated.
        known: see only what was published by this date.
        extrapolate: allow a date beyond the file's last day; every outcome says so.
        health: whether the rules of medical reimbursement are wanted.

    Raises:
        RuleError: the file is wrong, or says nothing for the date.
    """
    own = read_file(path)
    wanted = own.declared.valid_from if on is None else day(on, "on")
    if not own.covers(wanted) and not (wanted > own.last_day and extrapolate):
        zh = f"文件只适用于 {own.declared.valid_from} 至 {own.last_day}，不适用于 {wanted}"
        en = f"the file holds from {own.declared.valid_from} to {own.last_day}, not on {wanted}"
        raise RuleError(own.document.locate(invalid(zh, en, "valid_from")))
    seen = None if known is None else day(known, "known")
    if seen is not None and own.declared.published > seen:
        zh = f"文件到 {own.declared.published} 才公布，截至 {seen} 还不知道"
        en = f"the file became known on {own.declared.published}, not by {seen}"
        raise RuleError(own.document.locate(invalid(zh, en, "published")))
    resolved = _library(()).resolve(own.place, own, wanted, seen, extrapolate, health)
    # names and references are checked now, not at the first case
    if HEALTH not in resolved.missing:
        _ = resolved.cascade
    if own.parts - {HEALTH}:
        _ = resolved.whole
    return RuleSet(resolved)


def compose(
    cascade: Cascade | None = None,
    provisions: Iterable[Provision] = (),
    *,
    place: str,
    valid_from: Day,
    valid_to: Day,
    source: Source,
    title: str,
    vocabulary: Vocabulary | None = None,
    zones: Mapping[str, Zone] | None = None,
) -> RuleSet:
    """The rule set of a cascade and provisions that were composed in Python.

    Args:
        cascade: waivers, layers and guarantees, if there is a health programme.
        provisions: lines, accounts, groups, benefits, ..., if there is household support.
        place: where it holds: code, name, pinyin or ISO 3166-2.
        valid_from: first day on which it holds.
        valid_to: last day on which it holds.
        source: the document it rests on; an entry's ``source`` says where in it.
        title: what the rules are called.
        vocabulary: the terms known; those of the cascade, or the standard ones, if not stated.
        zones: named parts of the place for which values differ.

    Raises:
        RuleError: nothing is composed, a name stands twice or is unknown, the place is not known, or the days are in
            the wrong order.

    Examples:
        >>> import poverty_policy as pp
        >>> source = pp.Source(title="练习", status="planned", grade="one_report")
        >>> cascade = pp.Cascade([pp.Layer(layer="basic", rate="70%", deductible="500 元")])
        >>> rules = pp.compose(
        ...     cascade, place="henan", valid_from="2020-01-01", valid_to="2020-12-31", source=source, title="练习"
        ... )
        >>> claim = {"date": "2020-05-01", "kind": "inpatient", "cost": {"in_scope": "10500 元"}}
        >>> rules.assess({"groups": [], "claims": [claim]})["health.basic"]
        Money('7000.00')
    """
    from poverty_policy.ruleset.compose import compose as composed

    first, last = day(valid_from, "valid_from"), day(valid_to, "valid_to")
    made = composed(
        cascade, provisions, place=place, valid_from=first, valid_to=last, source=source, title=title,
        vocabulary=vocabulary, zones=zones,
    )  # fmt: skip
    _ = made.whole  # names and references are checked now, not at the first case
    return RuleSet(made)


def library(folders: Iterable[str | Path] = ()) -> Library:
    """The library's own rule files, those of installed packages, and those of the folders."""
    return _library(tuple(Path(folder).resolve() for folder in folders))


def catalogue(folders: Iterable[str | Path] = ()) -> tuple[CatalogueEntry, ...]:
    """Every rule file: place, days, what it holds, how good its evidence is.

    Args:
        folders: more folders with rule files.

    Raises:
        RuleError: any file is wrong.
    """
    return library(folders).catalogue()
