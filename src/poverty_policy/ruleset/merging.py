"""Files of a place and of the places above it, merged: what holds, and what must be set aside.

The health programme of the nearest place replaces those above, but for what it inherits. Of provisions, everything
above holds as well, unless a nearer place states a provision of the same name.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from poverty_policy.errors import Fault, RuleError, invalid, unknown
from poverty_policy.policy.provision import HEALTH, SECTIONS, Provision
from poverty_policy.policy.reimbursement import Entry
from poverty_policy.ruleset.entries import read_entry, read_provision, with_indices
from poverty_policy.ruleset.file import LoadedFile, part_of
from poverty_policy.ruleset.stated import StatedEntry, once, owner, state, with_changes

Provisions = Mapping[str, StatedEntry[Provision]]


def merge(chain: Sequence[LoadedFile]) -> tuple[StatedEntry[Entry], ...]:
    """The entries of the health programme, given the files from the nearest place to the nation.

    Raises:
        RuleError: with every fault of the files read.
    """
    nearest, above = chain[0], chain[1:]
    faults: list[Fault] = []
    found: list[StatedEntry[Entry]] = []
    if nearest.declared.health is None:
        if not above:
            zh = "上级没有规则可继承，文件应写出 health"
            en = "there is nothing above to inherit from: the file must state health"
            raise RuleError(nearest.document.locate(invalid(zh, en, "change")))
        found.extend(merge(above))
    else:
        inherited: dict[str, StatedEntry[Entry]] = {}
        if above and any("inherit" in data for data in nearest.declared.health):
            inherited = {stated.entry.name: stated for stated in merge(above)}
        for place, data in enumerate(nearest.declared.health):
            at = (HEALTH, place)
            if "inherit" in data:
                stated = inherited.get(str(data["inherit"]))
                if stated is None or len(data) > 1:
                    fault = unknown("entry to inherit", str(data["inherit"]), inherited, *at, "inherit")
                    faults.append(nearest.document.locate(fault))
                else:
                    found.append(stated)
                continue
            try:
                found.append(state(data, nearest, at, read_entry))
            except RuleError as error:
                faults.extend(error.faults)
    if faults:
        raise RuleError(faults)
    return tuple(with_changes(once(found), HEALTH, nearest).values())


def merge_sections(
    sections: Mapping[str, Sequence[LoadedFile]], missing: Mapping[str, Fault], stretched: Collection[str] = ()
) -> tuple[Provisions, frozenset[str]]:
    """The provisions of all sections by full name, and what a file would change but nobody states on this day.

    Args:
        sections: section -> its files, from the nearest place to the nation.
        missing: sections of which some place's files say nothing for the day.
        stretched: sections with files that are used beyond their last day; what they would change may be no more.

    Raises:
        RuleError: with every fault of the files read.
    """
    found: dict[str, StatedEntry[Provision]] = {}
    unfounded: set[str] = set()
    faults: list[Fault] = []
    for section, files in sections.items():
        try:
            merged, absent = _merged(section, files, section in missing or section in stretched, section in stretched)
        except RuleError as error:
            faults.extend(error.faults)
        else:
            found |= merged
            unfounded |= absent
    if faults:
        raise RuleError(faults)
    return found, frozenset(unfounded)


def _merged(
    section: str, files: Sequence[LoadedFile], incomplete: bool, stretched: bool
) -> tuple[dict[str, StatedEntry[Provision]], set[str]]:
    own = _all_read(section, files)
    found: dict[str, StatedEntry[Provision]] = {}
    unfounded: set[str] = set()
    faults: list[Fault] = []
    for loaded, provisions in reversed(list(zip(files, own, strict=True))):
        found |= provisions
        changed = {owner(dotted) for dotted in loaded.declared.change if part_of(dotted) == section}
        absent = changed - found.keys() if incomplete else set()
        unfounded |= absent
        try:
            found = with_changes(found, section, loaded, absent, stretched)
        except RuleError as error:
            faults.extend(error.faults)
    if faults:
        raise RuleError(faults)
    return found, unfounded - found.keys()  # a nearer place may state in full what one above would only change


def _all_read(section: str, files: Sequence[LoadedFile]) -> list[dict[str, StatedEntry[Provision]]]:
    """What each file states in the section, by full name."""
    read = functools.partial(read_provision, section)
    made: list[dict[str, StatedEntry[Provision]]] = []
    faults: list[Fault] = []
    for loaded in files:
        found: list[StatedEntry[Provision]] = []
        for place, data in enumerate(getattr(loaded.declared, section) or ()):
            try:
                found.append(state(data, loaded, (section, place), read))
            except RuleError as error:
                faults.extend(error.faults)
        try:
            made.append(once(found))
        except RuleError as error:
            faults.extend(error.faults)
    if faults:
        raise RuleError(faults)
    return made


def set_aside(
    provisions: Provisions, missing: Mapping[str, Fault], unfounded: frozenset[str], stretched: bool = False
) -> dict[str, str]:
    """The provisions that cannot be worked out, each with the name that it needs, directly or not, and that is absent.

    Only what belongs to a part that is known to be missing may be absent, or anything, where files are used beyond
    their last day (``stretched``); any other unknown name is a fault.
    """
    found = {name: name for name in unfounded}
    while True:
        more = {
            name: lacking
            for name, stated in provisions.items()
            if name not in found
            and (lacking := _lacking(stated.entry, provisions, missing, found, stretched)) is not None
        }
        if not more:
            return found
        found |= more


def _lacking(
    provision: Provision,
    provisions: Provisions,
    missing: Mapping[str, Fault],
    aside: Mapping[str, str],
    stretched: bool,
) -> str | None:
    for _, wanted in provision.references():
        if wanted in aside:
            return aside[wanted]
        if wanted not in provisions and (part_of(wanted) in missing or (stretched and wanted != HEALTH)):
            return wanted
    return None


def contents(sections: Mapping[str, Sequence[LoadedFile]]) -> Iterator[tuple[str, Any, list[Any]]]:
    """What files say about provisions, without reading it in full: name, data, sources; for a digest."""
    for section, files in sections.items():
        kind = SECTIONS[section]
        nearer: set[str] = set()
        for loaded in files:
            stated = {f"{kind}.{data.get(kind)}": data for data in getattr(loaded.declared, section) or ()}
            changed = {name: one for name, one in loaded.declared.change.items() if part_of(name) == section}
            for name, data in sorted({**stated, **changed}.items()):
                if owner(name) not in nearer:  # else it is replaced as a whole
                    yield content(name, data, loaded)
            nearer |= stated.keys()


def content(name: str, data: Any, loaded: LoadedFile) -> tuple[str, Any, list[Any]]:
    """What one piece of a file says, with the figures and sources that it names."""
    sources = [loaded.declared.sources[key].model_dump() for key in _cited(data) if key in loaded.declared.sources]
    return name, _with_text_keys(with_indices(data, loaded.declared.indices)), sources


def _cited(data: Any) -> Iterator[str]:
    """The keys of the sources that a piece of a file names."""
    if isinstance(data, Mapping):
        if isinstance(data.get("source"), str):
            yield data["source"].partition(" ")[0]
        for inner in data.values():
            yield from _cited(inner)
    elif isinstance(data, list | tuple):
        for inner in data:
            yield from _cited(inner)


def _with_text_keys(data: Any) -> Any:
    """The same data with text for keys: years and words cannot be put in one order."""
    if isinstance(data, Mapping):
        return {str(key): _with_text_keys(inner) for key, inner in data.items()}
    return [_with_text_keys(inner) for inner in data] if isinstance(data, list | tuple) else data
