"""A rule set in words, for people: each entry with its conditions, values, formulas and source."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from poverty_policy.errors import Lang
from poverty_policy.formula.text import words
from poverty_policy.money import Money
from poverty_policy.policy.entry import Entry
from poverty_policy.policy.provision import HEALTH
from poverty_policy.policy.values import VARY, Leaf, leaves
from poverty_policy.policy.wording import CascadeWording, belongs_to, formulas
from poverty_policy.policy.words import Words
from poverty_policy.ruleset.citing import Citation
from poverty_policy.ruleset.diff import Difference, Side
from poverty_policy.ruleset.file import TARGETS
from poverty_policy.ruleset.resolved import Resolved, Span, StatedEntry
from poverty_policy.terms import GRADES, SECTIONS, STATUSES, Vocabulary

_SAYS = {
    "known": ("来源显示 {first} 至 {last} 有效{end}", "known to hold from {first} to {last}{end}"),
    "end": ("（此后的规定不详）", " (what follows is not known)"),
    "inherited": ("　〔承自{place}〕", "  [from {place}]"),
    "named": ("（{name}）", " ({name})"),
    "graded": ("（{status}；{grade}）", " ({status}; {grade})"),
    "source": ("依据", "source"),
    "reading": ("读法", "reading"),
    "note": ("说明", "note"),
    "values": ("数值", "values"),
    "formulas": ("算法", "formulas"),
    "applies": ("适用", "applies where"),
    "always": ("所有情形", "always"),
    "unspecified": ("未定", "unspecified"),
    "unlimited": ("不封顶", "no cap"),
    "nothing": ("这一天没有这一部分的规定", "nothing is stated of this on this day"),
    "limitations": ("规则的局限", "limitations"),
    "extrapolated": ("注意：按要求沿用到有记载的日期之后", "note: extrapolated beyond what is known, as asked"),
    "composite": ("拼合的规则", "joined from several documents"),
    "disagrees": (
        "另一来源：{value} 为 {says}（{source}；{grade}）",
        "another source: {value} is {says} ({source}; {grade})",
    ),
    "changes": ("假设方案", "what-if"),
    "same": ("两套规则没有不同的数值", "no value differs"),
    "only_in": ("只有 {mark} 有此项", "in {mark} only"),
    "order": ("结算的先后", "order of settlement"),
    "missing": ("缺", "missing"),
    "aside": ("用不上（缺 {wanted}）：{name}", "cannot be used, as {wanted} is missing: {name}"),
}


_DIMENSIONS = tuple(dict.fromkeys(dimension for by in VARY.values() for dimension in by))


def show(rules: Resolved, lang: Lang, only: str | None = None) -> Iterator[str]:
    """The lines of a description of the rules; ``only`` names one part, ``health`` or a section."""
    say = functools.partial(_say, lang)
    if only not in (None, TARGETS, *rules.sections):
        why = rules.missing.get(str(only))
        yield f"{rules.place.text(lang)} {rules.on}　{SECTIONS[str(only)].text(lang)}"
        yield say("nothing") if why is None else attrs.evolve(why, at=()).text(lang)
        return
    title = rules.files[0].declared.title
    yield f"{rules.place.text(lang)}　{title.zh if lang == 'zh' else title.en}"
    end = "" if rules.end_known else say("end")
    yield say("known", first=rules.valid_from, last=rules.valid_to, end=end)
    if rules.extrapolated:
        yield say("extrapolated")
    for change in rules.changes:
        yield f"{say('changes')}: {change.name}: {change.before} → {change.after}"
    if only in (None, HEALTH):
        yield from _health(rules, lang)
    if only not in (HEALTH, TARGETS):
        yield from _household(rules, lang, only)
    if only in (None, TARGETS):
        yield from _targets(rules, lang)
    composites = [loaded.declared.composite for loaded in rules.files if loaded.declared.composite]
    if composites:
        yield ""
        yield from (f"{say('composite')}: {text}" for text in composites)
    limitations = rules.limitations(only)
    if limitations:
        yield ""
        yield say("limitations")
        yield from (f"  · {text}" for text in limitations)


def _say(lang: Lang, key: str, **facts: object) -> str:
    return _SAYS[key][0 if lang == "zh" else 1].format(**facts)


def _health(rules: Resolved, lang: Lang) -> Iterator[str]:
    """The health programme, entry by entry."""
    say = functools.partial(_say, lang)
    for number, stated in enumerate(rules.entries, 1):
        entry = stated.entry
        yield ""
        inherited = stated.origin is not rules.files[0]
        tail = say("inherited", place=stated.origin.place.text(lang)) if inherited else ""
        label = rules.cascade.label(entry.name).text(lang)
        yield f"{number}. {label}" + say("named", name=f"health.{entry.name}") + tail
        yield f"   {say('source')}: {_citation(stated, lang)}"
        wording = CascadeWording(rules.cascade, entry.name)
        yield f"   {say('applies')}: {words(rules.program, f'health.{entry.name}.applies', wording, lang)}"
        for key, text in (("reading", entry.readings), ("note", entry.note)):
            if text:
                yield f"   {say(key)}: {text}"
        yield from disagreement_lines(stated, lang)
        values = list(_values(stated, rules.vocabulary, lang))
        if values:
            yield f"   {say('values')}:"
            yield from (f"     {line}" for line in values)
        yield f"   {say('formulas')}:"
        for step in formulas(rules.cascade, rules.program, entry.name):
            written = words(rules.program, step, wording, lang).replace("\n", "\n       ")
            yield f"     {wording.step(step, lang)} = {written}"


def _household(rules: Resolved, lang: Lang, only: str | None) -> Iterator[str]:
    """The provisions of household support, and what is missing of the rules."""
    say = functools.partial(_say, lang)
    section = ""
    for number, stated in enumerate(rules.provisions, len(rules.entries) + 1):
        entry = stated.entry
        if only not in (None, entry.SECTION):
            continue
        yield ""
        if section != entry.SECTION:
            section = entry.SECTION
            yield from _heading(section, rules.sections[section], lang)
            yield ""
        inherited = stated.origin.place != rules.place
        tail = say("inherited", place=stated.origin.place.text(lang)) if inherited else ""
        label = rules.scheme.label(stated.full_name).text(lang)
        yield f"{number}. {label}" + say("named", name=stated.full_name) + tail
        yield f"   {say('source')}: {_citation(stated, lang)}"
        for key, text in (("reading", entry.readings), ("note", entry.note)):
            if text:
                yield f"   {say(key)}: {text}"
        yield from disagreement_lines(stated, lang)
        values = list(_values(stated, rules.vocabulary, lang))
        if values:
            yield f"   {say('values')}:"
            yield from (f"     {line}" for line in values)
        for depth, text in entry.in_words(Words(lang, rules.scheme.vocabulary)):
            yield "   " + "  " * depth + text
    if only is None and (rules.missing or rules.set_aside):
        yield ""
        yield say("missing")
        yield from (f"  · {part}: {attrs.evolve(fault, at=()).text(lang)}" for part, fault in rules.missing.items())
        for name, wanted in rules.set_aside.items():
            yield f"  · {say('aside', name=name, wanted=wanted)}"


def disagreement_lines(stated: StatedEntry[Any], lang: Lang) -> Iterator[str]:
    """What other sources give for values of an entry."""
    for one, citation in stated.disagreements():
        source, grade = citation.text(lang), GRADES[citation.source.grade].text(lang)
        yield f"   {_say(lang, 'disagrees', value=one.value, says=one.says, source=source, grade=grade)}"


def _targets(rules: Resolved, lang: Lang) -> Iterator[str]:
    """What was aimed at, budgeted or reported; the nearest place's first."""
    if not rules.targets:
        return
    yield ""
    yield SECTIONS[TARGETS].text(lang)
    for one in rules.targets:
        tail = _say(lang, "inherited", place=one.place.text(lang)) if one.place != rules.place else ""
        yield f"  · {one.text(lang)}{_say(lang, 'named', name=f'target.{one.name}')}{tail}"
        yield f"    {_say(lang, 'source')}: {cited(one.citation, lang)}"
        for key, text in (("reading", one.target.readings), ("note", one.target.note)):
            if text:
                yield f"    {_say(lang, key)}: {text}"


def _heading(section: str, span: Span, lang: Lang) -> Iterator[str]:
    end = "" if span.end_known else _say(lang, "end")
    yield f"{SECTIONS[section].text(lang)}: {_say(lang, 'known', first=span.valid_from, last=span.valid_to, end=end)}"
    if span.extrapolated:
        yield _say(lang, "extrapolated")


def _citation(stated: StatedEntry[Any], lang: Lang) -> str:
    return cited(stated.citation(), lang)


def cited(citation: Citation, lang: Lang) -> str:
    """A citation with its status, its grade and where it can be read."""
    status, grade = STATUSES[citation.source.status].text(lang), GRADES[citation.source.grade].text(lang)
    where = f" <{citation.source.url}>" if citation.source.url else ""
    return f"{citation.text(lang)}{_SAYS['graded'][0 if lang == 'zh' else 1].format(status=status, grade=grade)}{where}"


def _values(stated: StatedEntry[Any], vocabulary: Vocabulary, lang: Lang) -> Iterator[str]:
    for name, text, who in value_rows(stated, vocabulary, lang):
        yield f"{name} = {text}" + (f"　{who}" if who else "")


def value_rows(stated: StatedEntry[Any], vocabulary: Vocabulary, lang: Lang) -> Iterator[tuple[str, str, str]]:
    """Every value: the name under which a reform changes it, the value, and for whom it holds."""
    written = stated.entry.model_fields_set
    for name, value in stated.entry.values():
        if name.split(".")[0] in written:
            for path, leaf in leaves(value):
                of = belongs_to(stated.entry, name, vocabulary, lang) if isinstance(stated.entry, Entry) else ""
                cases = (of, *(_case(part, vocabulary, lang) for part in path))
                who = ("，" if lang == "zh" else ", ").join(case for case in cases if case)
                points = name.split(".")[-1] in ("uplift", "points")
                full = f"{stated.full_name}.{'.'.join((name, *path))}"
                yield full, leaf_text(leaf, lang, points=points), who


def _case(part: str, vocabulary: Vocabulary, lang: Lang) -> str:
    if part == "default":
        return "其余" if lang == "zh" else "all others"
    named = []
    for name in part.split(", "):
        dimension = vocabulary.dimension_of(name, _DIMENSIONS)
        named.append(vocabulary.text(dimension, name, lang) if dimension else name)
    return ("或" if lang == "zh" else " or ").join(named)


def leaf_text(leaf: Leaf, lang: Lang, *, points: bool = False) -> str:
    """A value as people read it, with how it came about."""
    place = 0 if lang == "zh" else 1
    if leaf.unlimited:
        return _SAYS["unlimited"][place]
    if leaf.value is None:
        return _SAYS["unspecified"][place]
    if points:
        return str(leaf.value).replace("%", " 个百分点" if lang == "zh" else " points")
    unit = (" 元" if lang == "zh" else " yuan") if isinstance(leaf.value, Money) else ""
    if leaf.share is not None:
        return f"{leaf.value}{unit} = {leaf.share} × {leaf.of} ({leaf.index or ''}; {leaf.rounding})"
    return f"{leaf.value}{unit}"


def show_diff(before: Resolved, after: Resolved, found: Sequence[Difference], lang: Lang) -> Iterator[str]:
    """The lines of a comparison: entry by entry, each value on both sides, and both sources."""
    say = functools.partial(_say, lang)
    for mark, rules in (("A", before), ("B", after)):
        title = rules.files[0].declared.title
        named = title.zh if lang == "zh" else title.en
        reform = f"　{say('changes')} {rules.title or ''}".rstrip() if rules.changes else ""
        yield f"{mark}  {rules.place.text(lang)} {rules.on}　{named}{reform}"
    if not found:
        yield ""
        yield say("same")
    for entry, group in itertools.groupby(found, key=lambda one: one.entry):
        differences = list(group)
        yield ""
        yield f"{_entry_label(before, after, entry, lang)}{say('named', name=entry)}"
        sources = [_cited_by([one.before for one in differences], before, lang)]
        sources.append(_cited_by([one.after for one in differences], after, lang))
        yield from (f"  {mark}  {text}" for mark, text in zip("AB", sources, strict=True) if text)
        if not differences[0].value:
            yield f"  {say('only_in', mark='A' if differences[0].after is None else 'B')}"
        yield from (f"    {line}" for line in _changed_values(differences, _merged(before, after), lang))


def _merged(before: Resolved, after: Resolved) -> Vocabulary:
    """The terms of both sides."""
    own = [rules.vocabulary.own for rules in (before, after)]
    return Vocabulary({one: {**own[0].get(one, {}), **own[1].get(one, {})} for one in {*own[0], *own[1]}})


def _entry_label(before: Resolved, after: Resolved, entry: str, lang: Lang) -> str:
    programme, _, name = entry.partition(".")
    for rules in (after, before):
        if programme == HEALTH:
            if any(stated.entry.name == name for stated in rules.entries):
                return rules.cascade.label(name).text(lang)
        elif any(stated.full_name == entry for stated in rules.provisions):
            return rules.scheme.label(entry).text(lang)
    return _say(lang, "order")


def _changed_values(differences: Sequence[Difference], vocabulary: Vocabulary, lang: Lang) -> Iterator[str]:
    """A line for each value; names that say the same on both sides share one."""
    rows: dict[tuple[str, str], list[str]] = {}
    known = functools.partial(_case, vocabulary=vocabulary, lang=lang)
    for one in differences:
        if one.value:
            sides = ["—" if side is None else side.text(lang, known) for side in (one.before, one.after)]
            in_one = not differences[0].value  # the whole entry is: there is nothing to set its values against
            text = sides[one.before is None] if in_one else " → ".join(sides)
            above, _, last = one.value.rpartition(".")
            rows.setdefault((above, text), []).append(last)
    names = [f"{above}.{', '.join(last)}".lstrip(".").removesuffix(".default") for (above, _), last in rows.items()]
    width = max(map(len, names), default=0)
    for name, ((_, text), parts) in zip(names, rows.items(), strict=True):
        who = [] if parts == ["default"] else [_case(one, vocabulary, lang) for one in parts]
        said = ("、" if lang == "zh" else ", ").join(who) if who != parts else ""
        yield f"{name:<{width}}  {text}" + (f"　{said}" if said else "")


def _cited_by(sides: Sequence[Side | None], rules: Resolved, lang: Lang) -> str:
    """The sources of one side of what differs, in a row; what a reform changed has none but the reform."""
    made = f"{_say(lang, 'changes')} {rules.title or ''}".rstrip()
    texts = [
        cited(side.citation, lang) if side.citation is not None else made
        for side in sides
        if side is not None and (side.citation is not None or rules.changes)
    ]
    return ("；" if lang == "zh" else "; ").join(dict.fromkeys(texts))
