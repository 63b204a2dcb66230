"""The entries of a rule file: their kinds and names, and their reading into policy objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from poverty_policy import documents
from poverty_policy.errors import RuleError, invalid
from poverty_policy.policy.provision import HEALTH, SECTIONS, Provision
from poverty_policy.policy.reimbursement import KINDS, Entry
from poverty_policy.ruleset.file import TARGETS, Index, RuleFile

if TYPE_CHECKING:
    from poverty_policy.policy.target import Target

ENTRY_KINDS: Mapping[str, type[Entry]] = {kind.KIND: kind for kind in KINDS}


def entry_heads(declared: RuleFile) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """What a file states, as far as can be told without reading it in full: kind, name, what is written."""
    for data in declared.health or ():
        kind = next((key for key in (*ENTRY_KINDS, "inherit") if key in data), "?")
        yield kind, str(data.get(kind, "?")), data
    for section, kind in {**SECTIONS, TARGETS: "target"}.items():
        for data in getattr(declared, section) or ():
            yield kind, str(data.get(kind, "?")), data


def entry_names(declared: RuleFile) -> Iterator[str]:
    """What a file states, by name, as far as can be told without reading it in full: ``basic``, ``line.dibao``."""
    for kind, name, _ in entry_heads(declared):
        yield name if kind in (*ENTRY_KINDS, "inherit") else f"{kind}.{name}"
    changed = {tuple(dotted.split(".")[:2]) for dotted in declared.change if "." in dotted}
    yield from sorted(name if kind == HEALTH else f"{kind}.{name}" for kind, name in changed)


def read_entry(data: Mapping[str, Any], indices: Mapping[str, Index], at: tuple[str | int, ...] = ()) -> Entry:
    """The policy object that an entry declares.

    Raises:
        RuleError: with every fault, its path under ``at``.
    """
    kinds = [kind for kind in ENTRY_KINDS if kind in data]
    if len(kinds) != 1:
        names = ", ".join(ENTRY_KINDS)
        zh, en = f"每一项须写且只写 {names} 中的一个", f"each entry is exactly one of {names}"
        raise RuleError(invalid(zh, en, *at))
    return ENTRY_KINDS[kinds[0]].read(with_indices(data, indices), *at)


def read_provision(
    section: str, data: Mapping[str, Any], indices: Mapping[str, Index], at: tuple[str | int, ...] = ()
) -> Provision:
    """The policy object that an entry of a section declares.

    Raises:
        RuleError: with every fault, its path under ``at``.
    """
    if "inherit" in data:
        zh = "这里不必写 inherit：上级的各项本来有效，除非本级写了同名的一项"
        en = "needs no inherit here: entries of the place above hold unless one of the same name is stated"
        raise RuleError(invalid(zh, en, *at, "inherit"))
    from poverty_policy.policy.scheme import KIND_OF  # who only settles claims does not pay for the kinds

    return KIND_OF[section].read(with_indices(data, indices), *at)


def read_target(data: Mapping[str, Any], indices: Mapping[str, Index], at: tuple[str | int, ...] = ()) -> Target:
    """The target that an entry declares.

    Raises:
        RuleError: with every fault, its path under ``at``.
    """
    from poverty_policy.policy.target import Target  # no calculation needs it

    return Target.read(data, *at)


def with_indices(data: Any, indices: Mapping[str, Index], depth: int = 0) -> Any:
    """The same data with the figures of indices in place of their names.

    Raises:
        RuleError: the data, which need not come from a file, is nested too deep.
    """
    if depth > documents.DEEPEST:
        raise RuleError(invalid("嵌套过深", "nested too deep"))
    if isinstance(data, Mapping):
        changed = {key: with_indices(inner, indices, depth + 1) for key, inner in data.items()}
        if "share" in changed and isinstance(changed.get("of"), str) and changed["of"] in indices:
            name = changed["of"]
            changed |= {"of": indices[name].value, "index": name}
        return changed
    if isinstance(data, list | tuple):
        return [with_indices(inner, indices, depth + 1) for inner in data]
    return data
