"""Where a health entry may not do what its author meant: cases forgotten, classes mixed, figures left open above."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from poverty_policy.formula.python import compile_program
from poverty_policy.formula.trials import draw
from poverty_policy.policy.entry import Entry
from poverty_policy.policy.values import Leaf, Value, Varied, leaves
from poverty_policy.ruleset.file import LoadedFile
from poverty_policy.ruleset.resolved import Resolved, StatedEntry

_UNSTATED = "unstated:"
#: The populations that are tried until one has a case that is forgotten: how large, and how often facts are true there.
_TRIED = ((12, 0.5), (12, 0.1), (60, 0.5))
#: Values of which less is better for the person.
_LOW = ("deductible", "ceiling", "rates")
_BEST = 1 << 62


def pitfalls(rules: Resolved, of: LoadedFile) -> Iterator[tuple[str, str]]:
    """What an author should look at again, in Chinese and English."""
    own = [stated for stated in rules.entries if stated.origin.path == of.path]
    yield from _forgotten(rules, {stated.full_name for stated in own})
    for stated in own:
        yield from _mixed(stated, rules)
    for stated in rules.entries:
        if stated not in own:
            yield from _open_above(stated)


def _forgotten(rules: Resolved, own: set[str]) -> Iterator[tuple[str, str]]:
    """Values that tell cases apart, and say nothing of a case that a claim can be."""
    left = {name for name in rules.program.refusals if name.startswith(_UNSTATED)}
    left = {name for name in left if ".".join(name.removeprefix(_UNSTATED).split(".")[:2]) in own}
    if not left:
        return
    runner = compile_program(rules.program, traced=False)
    found: set[str] = set()
    for seed, (size, true) in enumerate(_TRIED):
        trials = draw(rules.program, size, seed, rules.on.year, true)
        claims = runner(trials.rows, trials.parents)["claim"]
        met = zip(runner.names["claim"], zip(*claims, strict=True), strict=False)
        found |= {name for name, column in met if name in left and any(column)}
        if found == left:
            break
    for name in sorted(found):
        value = name.removeprefix(_UNSTATED)
        yield (
            f"{value} 没有说明其余情形：不属于所列情形的案例不能结算；如有规定，请写 default",
            f"{value} says nothing of all others: their claims are refused; state `default` if the rules say it",
        )


def _mixed(stated: StatedEntry[Entry], rules: Resolved) -> Iterator[tuple[str, str]]:
    """Two classes, of which one is better off by one table and the other by another: who is in both gets the best."""
    tables = {
        at: value
        for at, value in stated.entry.values()
        if isinstance(value, Varied)
        and value.several == "most_favourable"
        and all(rules.vocabulary.dimension_of(name, ("group",)) for names, _ in value.cases for name in names)
    }
    groups = dict.fromkeys(name for value in tables.values() for names, _ in value.cases for name in names)
    for one, other in itertools.combinations(groups, 2):
        better = {at: _better(at, value, one, other) for at, value in tables.items()}
        ours, theirs = ([at for at, sign in better.items() if sign == wanted] for wanted in (1, -1))
        if ours and theirs:
            both = "又是".join(rules.vocabulary.text("group", name, "zh") for name in (one, other))
            yield (
                f"{stated.full_name}：既是{both}的人，{ours[0]} 按前者、{theirs[0]} 按后者，各取最有利的；"
                f"整套只按一类的，在各表里写 several: first",
                f"{stated.full_name}: who is both {one} and {other} has {ours[0]} of the first and {theirs[0]} of the "
                f"second (the best of each); where one class counts as a whole, write `several: first` in every table",
            )
            return


def _better(at: str, value: Varied, one: str, other: str) -> int:
    """1 where the first of two groups is better off, -1 where the second is, else 0."""
    figures = [_figure(value, name) for name in (one, other)]
    if None in figures or figures[0] == figures[1]:
        return 0
    first, second = (figure or 0 for figure in figures)
    low = at.split(".")[0] in _LOW
    return 1 if (first < second) == low else -1


def _figure(value: Varied, name: str) -> int | None:
    """What a table gives a group, if it gives it one figure."""
    inner: Value | None = next((inner for names, inner in value.cases if name in names), value.default)
    if not isinstance(inner, Leaf):
        return None
    return _BEST if inner.unlimited else None if inner.value is None else inner.number


def _open_above(stated: StatedEntry[Any]) -> Iterator[tuple[str, str]]:
    """Figures that what is inherited leaves open."""
    place = stated.origin.place
    for name in open_values(stated):
        zh = f"照{place.text('zh')}的 {name} 未定（unspecified）：用到它的案例不能结算"
        yield zh, f"{name}, inherited from {place.text('en')}, is unspecified: claims that need it are refused"


def open_values(stated: StatedEntry[Any]) -> Iterator[str]:
    """Every value of an entry that the sources leave open, by full name."""
    for at, value in stated.entry.values():
        for path, leaf in leaves(value):
            if leaf.value is None and not leaf.unlimited:
                yield ".".join((stated.full_name, at, *path))
