"""Looking rule files over: what is wrong, what is weak, and where a rule makes a person lose by costing more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from poverty_policy.errors import Fault, Lang, RuleError
from poverty_policy.ruleset.file import LoadedFile, read_file
from poverty_policy.ruleset.library import Library
from poverty_policy.ruleset.resolved import Resolved


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


def check_library(library: Library) -> Report:
    """Every file of a library, alone and together with what it inherits."""
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
            _look(library, one, faults, remarks)
    return Report(count, _once(faults), tuple(remarks))


def check_files(library: Library, paths: Iterable[Path]) -> Report:
    """Single files, each with what it inherits from the library."""
    faults: list[Fault] = []
    remarks: list[Remark] = []
    count = 0
    for path in paths:
        count += 1
        try:
            _look(library, read_file(path), faults, remarks)
        except RuleError as error:
            faults.extend(error.faults)
    return Report(count, _once(faults), tuple(remarks))


def _once(faults: list[Fault]) -> tuple[Fault, ...]:
    """A fault of a file that others inherit from is said once."""
    return tuple({fault.text("zh"): fault for fault in faults}.values())


def _look(library: Library, one: LoadedFile, faults: list[Fault], remarks: list[Remark]) -> None:
    try:
        resolved = library.resolve(one.place, one, one.declared.valid_from, None, False)
        _ = resolved.plain  # proves the bounds
    except RuleError as error:
        faults.extend(error.faults)
        return
    remarks.extend(_remarks(one, resolved))


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
    own = [stated for stated in resolved.entries if stated.origin is one]
    for stated in own:
        if stated.entry.reading:
            yield Remark(
                name, f"{stated.entry.name} 采用一种读法：{stated.entry.reading}", f"{stated.entry.name} is a reading"
            )
    for dotted, _ in resolved.cascade.open_values():
        if any(dotted.split(".")[0] == stated.entry.name for stated in own):
            yield Remark(name, f"health.{dotted} 未定（unspecified）", f"health.{dotted} is unspecified")
    for stated in own:
        for zh, en in stated.entry.cliffs():
            yield Remark(name, zh, en)
