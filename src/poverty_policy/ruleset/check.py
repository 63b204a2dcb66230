"""Looking rule files over: what is wrong, what is weak, and where a rule makes a person lose by costing more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs

from poverty_policy.errors import Fault, Lang, RuleError, unknown
from poverty_policy.formula.bounds import prove
from poverty_policy.policy.provision import HEALTH
from poverty_policy.ruleset import places
from poverty_policy.ruleset.dead import dead_values
from poverty_policy.ruleset.entries import entry_names, read_entry
from poverty_policy.ruleset.file import LoadedFile, read_file
from poverty_policy.ruleset.library import Library
from poverty_policy.ruleset.pitfalls import open_values, pitfalls
from poverty_policy.ruleset.resolved import Resolved, StatedEntry
from poverty_policy.ruleset.stated import change, state
from poverty_policy.ruleset.targets import Targets


@attrs.frozen
class Remark:
    """Something that is not wrong but that a reader should know."""

    file: str
    zh: str
    en: str

    def text(self, lang: Lang) -> str:
        """The remark, led by its file."""
        return f"{self.file}: {self.zh if lang == 'zh' else self.en}"


@attrs.frozen
class Report:
    """What a look found.

    Attributes:
        files: how many files were read.
        faults: what is wrong.
        remarks: what is weak: evidence, open values, readings, cliffs.
    """

    files: int
    faults: tuple[Fault, ...]
    remarks: tuple[Remark, ...]


def check_library(library: Library, thorough: bool = False) -> Report:
    """Every file of a library, alone and together with what it inherits.

    Args:
        library: the library.
        thorough: whether to look for values that change nothing, which takes a second or so for each file.
    """
    faults: list[Fault] = []
    remarks: list[Remark] = []
    count = 0
    for code in library.codes():
        try:
            files = library.files(code)
        except RuleError as error:
            faults.extend(error.faults)
            continue
        count += len(files)
        for one in files:
            _look(library, one, faults, remarks, thorough)
    return Report(count, _once(faults), tuple(remarks))


def check_files(library: Library, paths: Iterable[Path]) -> Report:
    """Single files, each with what it inherits from the library."""
    faults: list[Fault] = []
    remarks: list[Remark] = []
    count = 0
    for path in paths:
        count += 1
        try:
            _look(library, read_file(path), faults, remarks, True)
        except RuleError as error:
            faults.extend(error.faults)
    return Report(count, _once(faults), tuple(remarks))


def _once(faults: list[Fault]) -> tuple[Fault, ...]:
    """A fault of a file that others inherit from is said once."""
    return tuple({fault.text("zh"): fault for fault in faults}.values())


def _look(library: Library, one: LoadedFile, faults: list[Fault], remarks: list[Remark], thorough: bool) -> None:
    try:
        resolved = library.resolve(one.place, one, one.declared.valid_from, None, False)
        if HEALTH in one.parts:
            _ = resolved.plain  # proves the bounds
        prove(resolved.whole.program.all_nodes())
        _ = Targets([one])
        faults.extend(_disagreement_faults(one, resolved))
        faults.extend(_names_of_nothing(library, one, resolved))
    except RuleError as error:
        faults.extend(error.faults)
        faults.extend(_faults_of_entries(one))
        if one.parts - {HEALTH}:  # what is wrong with the other sections is said in the same report
            try:
                _ = library.resolve(one.place, one, one.declared.valid_from, None, False, health=False).provisions
            except RuleError as more:
                faults.extend(more.faults)
        return
    remarks.extend(_remarks(one, resolved))
    if thorough:
        if HEALTH in one.parts:
            remarks.extend(Remark(one.document.file, zh, en) for zh, en in pitfalls(resolved, one))
        for name in dead_values(resolved, one):
            zh = f"{name} 改了也没有改变任何试算例的结果：是否用得上"
            remarks.append(Remark(one.document.file, zh, f"{name} changed no result of any trial case: is it in use?"))


def _faults_of_entries(one: LoadedFile) -> Iterator[Fault]:
    """What is wrong with the health entries of a file, each by itself: nothing need be known above it."""
    for place, data in enumerate(one.declared.health or ()):
        if "inherit" not in data:
            try:
                state(data, one, (HEALTH, place), read_entry)
            except RuleError as error:
                yield from error.faults


def _every(resolved: Resolved) -> Iterator[StatedEntry[Any]]:
    yield from resolved.entries
    yield from resolved.provisions


def _disagreement_faults(one: LoadedFile, resolved: Resolved) -> Iterator[Fault]:
    """What another source says must be a value that could stand in the better one's place, and differ from it."""
    for stated in _every(resolved):
        if stated.origin is not one:
            continue
        for place, other in enumerate(stated.entry.disagreements):
            try:
                change({stated.full_name: stated}, f"{stated.full_name}.{other.value}", other.says)
            except RuleError as error:
                at = (*stated.at, "disagreements", place)
                yield from (one.document.locate(attrs.evolve(fault, at=at, file=None)) for fault in error.faults)


def _names_of_nothing(library: Library, one: LoadedFile, resolved: Resolved) -> Iterator[Fault]:
    """References that no file of the place or above ever states: a slip of the pen, not something of another day."""
    aside = [stated for stated in resolved.stated_aside() if stated.origin is one]
    if not aside:
        return
    above = (
        library.read(heading, place.code)
        for place in places.lineage(one.place)
        for heading in library.headings(place.code)
    )
    names = {name for loaded in (one, *above) for name in entry_names(loaded.declared)}
    for stated in aside:
        for at, wanted in stated.entry.references():
            if wanted != HEALTH and wanted not in names:
                yield one.document.locate(unknown("provision", wanted, names, *stated.at, *at))


def _remarks(one: LoadedFile, resolved: Resolved) -> Iterator[Remark]:
    name = one.document.file
    for key, source in one.declared.sources.items():
        if source.grade == "one_report":
            yield Remark(
                name,
                f"来源 {key} 仅有一处报道：《{source.title}》",
                f"source {key} rests on one report: {source.title}",
            )
        if source.status == "planned":
            yield Remark(
                name, f"来源 {key} 是拟定的：《{source.title}》", f"source {key} is planned only: {source.title}"
            )
    if one.declared.composite:
        yield Remark(name, f"拼合的规则：{one.declared.composite}", f"a composite: {one.declared.composite}")
    own = [stated for stated in _every(resolved) if stated.origin is one]
    for stated in own:
        if stated.entry.readings:
            known_as = stated.full_name.removeprefix(f"{HEALTH}.")
            yield Remark(name, f"{known_as} 采用一种读法：{stated.entry.readings}", f"{known_as} is a reading")
    for stated in own:
        for other, citation in stated.disagreements():
            value = f"{stated.full_name}.{other.value}"
            yield Remark(
                name,
                f"来源不一致：{value}，{citation.text('zh')}作 {other.says}",
                f"sources disagree: {value} is {other.says} in {citation.text('en')}",
            )
    for stated in own:
        for dotted in open_values(stated):
            yield Remark(name, f"{dotted} 未定（unspecified）", f"{dotted} is unspecified")
    for stated in resolved.entries:
        if stated.origin is one:
            for zh, en in stated.entry.cliffs():
                yield Remark(name, zh, en)
            called = stated.entry.name
            if resolved.cascade.label(called).zh == called:
                yield Remark(
                    name,
                    f"{stated.full_name} 没有写 label，说明上会印出 {called}",
                    f"{stated.full_name} has no label for people to read",
                )
    ours = {name for name in entry_names(one.declared) if name in resolved.set_aside}
    for aside in sorted(ours):
        wanted = resolved.set_aside[aside]
        yield Remark(
            name,
            f"{aside} 在 {one.declared.valid_from} 用不上：缺 {wanted}",
            f"{aside} cannot be used on {one.declared.valid_from}: {wanted} is missing",
        )
