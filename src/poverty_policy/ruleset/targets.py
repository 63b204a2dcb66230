"""The targets of a place at a date: what was aimed at, budgeted or reported, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import attrs

from poverty_policy.errors import Fault, InputError, Lang, PolicyError, RuleError, unknown
from poverty_policy.policy.target import Checked, Target
from poverty_policy.ruleset.citing import Citation
from poverty_policy.ruleset.entries import read_target
from poverty_policy.ruleset.file import TARGETS, LoadedFile
from poverty_policy.ruleset.places import Place
from poverty_policy.ruleset.stated import StatedEntry, once, state

_SAYS = {
    "equals": ("{figure}", "{figure}"),
    "at_least": ("至少 {figure}", "at least {figure}"),
    "at_most": ("至多 {figure}", "at most {figure}"),
    "about": ("约 {figure}", "about {figure}"),
    "target": ("目标", "target"),
    "reported": ("报道的结果", "reported"),
    "budget": ("预算", "budget"),
    "by": ("{day} 前", "by {day}"),
    "before": ("原为 {figure}", "before: {figure}"),
    "parts": ("其中：{parts}", "of which: {parts}"),
}


@attrs.frozen
class PlacedTarget:
    """A target of a place.

    Attributes:
        target: what it says.
        place: whose it is.
        citation: where it stands.
    """

    target: Target
    place: Place
    citation: Citation

    @property
    def name(self) -> str:
        """Its name, unique in the place."""
        return self.target.name

    def text(self, lang: Lang) -> str:
        """The target in a line."""
        one, zh = self.target, lang == "zh"
        assert one.label is not None  # a target without a label is refused
        said = _say(lang, one.bound, figure=one.figure.text(lang, one.unit))
        more = [_say(lang, one.kind), *filter(None, (one.during,))]
        if one.by is not None:
            more.append(_say(lang, "by", day=one.by))
        if one.before is not None:
            more.append(_say(lang, "before", figure=one.before.text(lang, one.unit)))
        if one.parts:
            parts = (f"{self._part(name, lang)} {part.text(lang, one.unit)}" for name, part in one.parts.items())
            more.append(_say(lang, "parts", parts=("、" if zh else ", ").join(parts)))
        label = one.label.zh if zh else one.label.en
        if one.of is not None:
            label = f"{label}（{one.of.zh}）" if zh else f"{label} ({one.of.en})"
        joined = ("，" if zh else ", ").join(more)
        return f"{label}：{said}（{joined}）" if zh else f"{label}: {said} ({joined})"

    def _part(self, name: str, lang: Lang) -> str:
        label = self.target.part_labels.get(name)
        return name if label is None else label.zh if lang == "zh" else label.en


def _say(lang: Lang, key: str, **facts: object) -> str:
    return _SAYS[key][0 if lang == "zh" else 1].format(**facts)


class Targets(Sequence[PlacedTarget]):
    """The targets of a place and of those it lies in, the nearest place's first.

    Args:
        files: the files that state them, nearest first.

    Raises:
        RuleError: with every fault of the files.
    """

    def __init__(self, files: Sequence[LoadedFile]) -> None:
        self.stated: tuple[StatedEntry[Target], ...] = tuple(_read(files))

    @overload
    def __getitem__(self, wanted: int) -> PlacedTarget: ...
    @overload
    def __getitem__(self, wanted: slice) -> tuple[PlacedTarget, ...]: ...
    @overload
    def __getitem__(self, wanted: str) -> PlacedTarget: ...
    def __getitem__(self, wanted: int | slice | str) -> PlacedTarget | tuple[PlacedTarget, ...]:
        """The target at a position, or of a name (the nearest place's, if several places have one of that name).

        Raises:
            InputError: there is none of that name.
        """
        if isinstance(wanted, slice):
            return tuple(map(_placed, self.stated[wanted]))
        if isinstance(wanted, int):
            return _placed(self.stated[wanted])
        for stated in self.stated:
            if stated.entry.name == wanted:
                return _placed(stated)
        raise InputError(unknown("target", wanted, [stated.entry.name for stated in self.stated]))

    def __len__(self) -> int:
        return len(self.stated)

    def __iter__(self) -> Iterator[PlacedTarget]:
        return map(_placed, self.stated)

    def check(self, reached: Mapping[str, Any]) -> tuple[Checked, ...]:
        """What happened, held against the targets.

        Args:
            reached: name of a target -> the figure that was reached, written as in a rule file, or a ``Money``,
                ``Rate`` or number.

        Raises:
            InputError: a name is unknown, or a figure cannot be compared with the target's; with every fault.
        """
        found: list[Checked] = []
        faults: list[Fault] = []
        for name, raw in reached.items():
            try:
                found.append(self[name].target.check(raw))
            except PolicyError as error:
                faults.extend(fault.under(name) for fault in error.faults)
        if faults:
            raise InputError(faults)
        return tuple(found)


def _placed(stated: StatedEntry[Target]) -> PlacedTarget:
    return PlacedTarget(stated.entry, stated.origin.place, stated.citation())


def _read(files: Sequence[LoadedFile]) -> Iterator[StatedEntry[Target]]:
    faults: list[Fault] = []
    for loaded in files:
        found: list[StatedEntry[Target]] = []
        for place, data in enumerate(loaded.declared.targets or ()):
            try:
                found.append(state(data, loaded, (TARGETS, place), read_target))
            except RuleError as error:
                faults.extend(error.faults)
        try:
            yield from once(found).values()
        except RuleError as error:
            faults.extend(error.faults)
    if faults:
        raise RuleError(faults)
