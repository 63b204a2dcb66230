"""What differs between two rule sets (places, dates, a baseline and its reform): every value, both sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Lang
from poverty_policy.money import Money
from poverty_policy.policy.entry import Label, Stated
from poverty_policy.policy.layer import Layer
from poverty_policy.policy.provision import HEALTH
from poverty_policy.policy.values import Leaf, Varied
from poverty_policy.ruleset.citing import Citation
from poverty_policy.ruleset.resolved import Resolved
from poverty_policy.ruleset.stated import StatedEntry

#: What explains a rule and changes no result.
_WORDS = ("label", "source", "note", "reading", "alternatives", "disagreements")
_SAYS = {
    "unspecified": ("未定", "unspecified"),
    "unlimited": ("不封顶", "no cap"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "yuan": (" 元", " yuan"),
    "others": ("（其余）", " (all others)"),
}
#: What a rule file says by a word of the format, in Chinese; in English the word itself.
_CHOSEN = {
    "claim": "每次",
    "month": "每月",
    "year": "每年",
    "disease_year": "每病每年",
    "payment": "支付额",
    "base": "计入费用",
    "zero": "零",
    "deductible": "起付线",
    "marginal": "各段分别计算",
    "whole_amount": "全额按所在段计算",
    "inclusive": "含上限",
    "exclusive": "不含上限",
    "most_favourable": "取最有利的",
    "first": "取先列的",
    "sum": "相加",
}


@attrs.frozen
class Side:
    """What one rule set says of a name.

    Attributes:
        value: the value, typed; nothing where the rule set does not state it.
        of_others: whether it is what holds for all who are not named.
        citation: where it is from; nothing where a reform made it.
    """

    value: Any
    of_others: bool
    citation: Citation | None

    def text(self, lang: Lang, known: Callable[[str], str] = str) -> str:
        """The value as people read it; ``known`` gives the words for names in it."""
        value = (
            tuple(known(one) if isinstance(one, str) else one for one in self.value)
            if (isinstance(self.value, tuple))
            else self.value
        )
        return _text(value, lang) + (_say("others", lang) if self.of_others else "")


@attrs.frozen
class Difference:
    """A value that two rule sets state differently.

    Attributes:
        entry: the full name of the entry, such as ``health.critical_illness``; ``health`` itself for the order.
        value: the name of the value within the entry; empty where the entry as a whole is meant.
        before, after: what each of the two says; nothing where it says nothing.
    """

    entry: str
    value: str
    before: Side | None
    after: Side | None

    @property
    def name(self) -> str:
        """The full dotted name."""
        return f"{self.entry}.{self.value}" if self.value else self.entry

    def to_dict(self) -> dict[str, Any]:
        """The difference for machines; money in yuan, both texts in English."""
        return {
            "name": self.name,
            "before": None if self.before is None else self.before.text("en"),
            "after": None if self.after is None else self.after.text("en"),
            "sources": [
                None if side is None or side.citation is None else side.citation.to_dict()
                for side in (self.before, self.after)
            ],
        }


def diff(before: Resolved, after: Resolved) -> tuple[Difference, ...]:
    """Every value in which two rule sets differ, in the order of the first, then of the second.

    Explanations (labels, notes, readings) are no values; neither are sources, where the value is the same.
    """
    entries = [{stated.full_name: stated for stated in _entries(rules)} for rules in (before, after)]
    found: list[Difference] = []
    orders = [[stated.entry.name for stated in rules.entries] for rules in (before, after)]
    shared = [[name for name in order if name in set(orders[0]) & set(orders[1])] for order in orders]
    if shared[0] != shared[1]:
        sides = [Side(" → ".join(order), False, None) for order in shared]
        found.append(Difference(HEALTH, "order", *sides))
    for name in dict.fromkeys((*entries[0], *entries[1])):
        one, other = entries[0].get(name), entries[1].get(name)
        found.extend(_of_entry(name, one, other, before, after))
    return tuple(found)


def _entries(rules: Resolved) -> Sequence[StatedEntry[Any]]:
    return (*rules.entries, *rules.provisions)


def _of_entry(
    name: str, one: StatedEntry[Any] | None, other: StatedEntry[Any] | None, before: Resolved, after: Resolved
) -> Iterator[Difference]:
    if one is None or other is None:
        sides = [
            None if stated is None else Side(_named(stated.entry), False, stated.citation()) for stated in (one, other)
        ]
        yield Difference(name, "", sides[0], sides[1])
    if one is not None and other is not None and one.entry == other.entry:
        return
    # what a file leaves to the defaults is set against what the other says, if both say it of the same kind of thing
    whole = one is not None and other is not None and _observed(one.entry) == _observed(other.entry)
    values = [{} if stated is None else dict(flat(stated.entry, unsaid=whole)) for stated in (one, other)]
    values = [_told_apart(known, against) for known, against in zip(values, reversed(values), strict=True)]
    reformed = [{change.name for change in rules.changes} for rules in (before, after)]
    for value in dict.fromkeys((*values[0], *values[1])):
        sides = [
            _side(value, known, stated, changed)
            for known, stated, changed in zip(values, (one, other), reformed, strict=True)
        ]
        if (None if sides[0] is None else sides[0].value) != (None if sides[1] is None else sides[1].value):
            yield Difference(name, value, sides[0], sides[1])


def _observed(entry: Stated) -> bool:
    """Whether an entry pays what the bill says; what it leaves to the defaults then means nothing."""
    return isinstance(entry, Layer) and entry.observed


def _told_apart(known: Mapping[str, Any], against: Mapping[str, Any]) -> dict[str, Any]:
    """The same values; what the other side tells apart further stands for all others."""
    finer = {
        name for name in known if any(one.startswith(f"{name}.") for one in against) and f"{name}.default" not in known
    }
    return {f"{name}.default" if name in finer else name: value for name, value in known.items()}


def _side(value: str, known: Mapping[str, Any], stated: StatedEntry[Any] | None, changed: set[str]) -> Side | None:
    if stated is None:
        return None
    name = next((one for one in _general(value) if one in known), None)
    if name is None:
        return None
    full = f"{stated.full_name}.{name}"
    made = any(full in (one, f"{one}.default") or full.startswith(f"{one}.") for one in changed)
    return Side(known[name], name != value, None if made else stated.citation(name))


def _general(name: str) -> Iterator[str]:
    """A name, and the more general ones that stand for it where it is not stated: ``a.b``, ``a.default``."""
    yield name
    parts = name.split(".")
    if parts[-1] == "several":  # a way of choosing among values, and no value
        return
    for size in range(len(parts) - 1, 0, -1):
        yield ".".join((*parts[:size], "default"))
        yield ".".join(parts[:size])


def _named(entry: Stated) -> Label | str:
    return entry.label or entry.name


def flat(found: Any, at: str = "", *, unsaid: bool = True) -> Iterator[tuple[str, Any]]:
    """Everything that an entry states and that can change a result: dotted name -> value.

    What holds for several names stands under each of them, so that two rules that say the same agree. With
    ``unsaid``, what the entry leaves to the defaults is there as well.
    """
    if isinstance(found, Varied):
        yield from _varied(found, at)
    elif isinstance(found, Leaf):
        yield f"{at}.default", _bare(found)
    elif isinstance(found, Label):
        return
    elif isinstance(found, Declaration):
        for field, info in type(found).model_fields.items():
            if field not in (*_WORDS, getattr(found, "KIND", None)) and (unsaid or field in found.model_fields_set):
                name = info.alias or field
                yield from flat(getattr(found, field), f"{at}.{name}" if at else name, unsaid=unsaid)
    elif isinstance(found, Mapping):
        for key, inner in found.items():
            yield from flat(inner, f"{at}.{key}", unsaid=unsaid)
    elif isinstance(found, tuple) and found and not all(isinstance(one, str | int) for one in found):
        for place, inner in enumerate(found, 1):
            yield from flat(inner, f"{at}.{place}", unsaid=unsaid)
    elif found is not None and found != ():
        yield at, found


def _varied(value: Varied, at: str) -> Iterator[tuple[str, Any]]:
    if value.several != "most_favourable":
        yield f"{at}.several", value.several
    cases = [(name, inner) for names, inner in value.cases for name in names]
    for name, inner in (*cases, *([("default", value.default)] if value.default is not None else ())):
        if isinstance(inner, Varied):
            yield from _varied(inner, f"{at}.{name}")
        else:
            yield f"{at}.{name}", _bare(inner)


def _bare(leaf: Leaf) -> Leaf:
    return attrs.evolve(leaf, source=None, note=None)


def _say(key: str, lang: Lang) -> str:
    return _SAYS[key][0 if lang == "zh" else 1]


def _text(value: Any, lang: Lang) -> str:
    if isinstance(value, Label):
        return value.zh if lang == "zh" else value.en
    if isinstance(value, bool):
        return _say("yes" if value else "no", lang)
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(map(str, value))
    if isinstance(value, Money):
        return f"{value}{_say('yuan', lang)}"
    if not isinstance(value, Leaf):
        return _CHOSEN.get(value, value) if lang == "zh" and isinstance(value, str) else str(value)
    if value.unlimited:
        return _say("unlimited", lang)
    if value.value is None:
        return _say("unspecified", lang)
    return _text(value.value, lang)
