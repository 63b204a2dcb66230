"""The ledger says where every record of the founding texts and of public law went; it and the rule files agree."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poverty_policy.policy.provision import HEALTH
from poverty_policy.policy.values import leaves
from poverty_policy.ruleset.entries import read_entry, read_provision, read_target
from poverty_policy.ruleset.file import SECTION_KEYS, TARGETS, read_file
from poverty_policy.ruleset.library import OWN_RULES
from poverty_policy.ruleset.stated import StatedEntry, state
from poverty_policy.yaml_reader import read_yaml

ROOT = Path(__file__).parents[1]
LEDGER = ROOT / "ledger"
RULES = OWN_RULES / "cn"
FILES = sorted(LEDGER.glob("*/*.yaml"))
WAYS = ("value", "open", "target", "overruled", "left_out")
KEYS = {
    "seeds": {"id", "says", "seed", "at_line", "as", "at", "why", "corrected"},
    "law": {"id", "says", "place", "confidence", "as", "at", "why", "corrected"},
}


def records(path: Path) -> list[dict[str, Any]]:
    found, _ = read_yaml(path.read_text(encoding="utf-8"), path.name, ValueError)  # type: ignore[arg-type]
    return list(found)


def homes(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The files and the names in them that a record leads to."""
    at = record.get("at", [])
    for one in [at] if isinstance(at, str) else at:
        file, _, name = one.partition(" ")
        yield file, name


@functools.cache
def entries(file: str) -> tuple[StatedEntry[Any], ...]:
    """Everything that a rule file states."""
    loaded = read_file(ROOT / file if file.startswith("examples/") else RULES / file)
    found = []
    for part in (HEALTH, *SECTION_KEYS, TARGETS):
        read: Any = {HEALTH: read_entry, TARGETS: read_target}.get(part, functools.partial(read_provision, part))
        for place, data in enumerate(getattr(loaded.declared, part) or ()):
            if "inherit" not in data:
                found.append(state(data, loaded, (part, place), read))
    return tuple(found)


def values(stated: StatedEntry[Any]) -> Iterator[str]:
    """The names of all values of an entry, below the entry."""
    for name, value in stated.entry.values():
        if name.split(".")[0] in stated.entry.model_fields_set:
            yield from (".".join((name, *path)) for path, _ in leaves(value))


@functools.cache
def names(file: str) -> frozenset[str]:
    """Every name in a rule file that a record may lead to."""
    changed = read_file(ROOT / file if file.startswith("examples/") else RULES / file).declared.change
    found = set(changed)
    for stated in entries(file):
        found.add(stated.full_name)
        for name in values(stated):
            parts = name.split(".")
            found.update(f"{stated.full_name}.{'.'.join(parts[:size])}" for size in range(1, len(parts) + 1))
    return frozenset(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_record_has_a_home_that_exists(path: Path) -> None:
    wrong = []
    for record in records(path):
        way, told = record.get("as"), record["id"]
        if way not in WAYS or set(record) - KEYS[path.parent.name]:
            wrong.append(f"{told}: {way} {sorted(set(record) - KEYS[path.parent.name])}")
            continue
        if way == "left_out":
            if not record.get("why") or "at" in record:
                wrong.append(f"{told}: left out without a reason, or with a home")
            continue
        found = list(homes(record))
        if not found:
            wrong.append(f"{told}: no home")
        for file, name in found:
            if not (ROOT / file if file.startswith("examples/") else RULES / file).is_file():
                wrong.append(f"{told}: no file {file}")
            elif name not in names(file):
                wrong.append(f"{told}: no {name} in {file}")
            elif way == "target" and not name.startswith("target."):
                wrong.append(f"{told}: {name} is no target")
            elif way == "overruled" and not any(
                name.startswith(stated.full_name) and stated.entry.disagreements for stated in entries(file)
            ):
                wrong.append(f"{told}: {name} in {file} names no disagreement")
        if way == "open" and not any(_open(file, name) for file, name in found):
            wrong.append(f"{told}: nothing is left open there")
    assert not wrong, "\n".join(wrong)


def _open(file: str, name: str) -> bool:
    """Whether something is unspecified at a name."""
    for stated in entries(file):
        for at, value in stated.entry.values():
            for path, leaf in leaves(value):
                full = ".".join((stated.full_name, at, *path))
                if leaf.value is None and not leaf.unlimited and (full == name or full.startswith(f"{name}.")):
                    return True
    return False


def test_every_record_stands_once() -> None:
    for kind in KEYS:
        found = [record["id"] for path in FILES if path.parent.name == kind for record in records(path)]
        assert len(found) == len(set(found))


def test_what_was_only_recalled_is_in_no_file() -> None:
    for path in FILES:
        for record in records(path):
            if record.get("confidence") == "recalled_only":
                assert record["as"] == "left_out", record["id"]


@pytest.mark.parametrize("path", sorted(RULES.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_value_of_a_founding_text_is_in_the_ledger(path: Path) -> None:
    file = f"{path.parent.name}/{path.name}"
    covered = {name for there, name in _seed_homes() if there == file}
    missing = []
    for stated in entries(file):
        for name in list(values(stated)) or [""]:
            if stated.citation(name).source.seed is None:
                continue
            full = f"{stated.full_name}.{name}" if name else stated.full_name
            parts = full.split(".")
            if not any(".".join(parts[:size]) in covered for size in range(2, len(parts) + 1)):
                missing.append(full)
    assert not missing, "\n".join(missing)


@functools.cache
def _seed_homes() -> frozenset[tuple[str, str]]:
    found = (home for path in FILES if path.parent.name == "seeds" for one in records(path) for home in homes(one))
    return frozenset(found)
