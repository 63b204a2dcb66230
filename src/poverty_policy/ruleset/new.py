"""A rule file to begin with: an empty one, or one that starts from what another place or date says.

What is copied is a start and no statement: its sources are left open, and the file is refused until every one of them
names a document of the new place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from poverty_policy.errors import RuleError, invalid
from poverty_policy.policy.provision import HEALTH
from poverty_policy.ruleset import places
from poverty_policy.ruleset.file import OPEN_SOURCE, SECTION_KEYS, TO_FILL_IN, LoadedFile
from poverty_policy.ruleset.library import Library
from poverty_policy.ruleset.places import Place
from poverty_policy.ruleset.resolved import Resolved

#: What explains another place's text.
_THEIRS = ("note", "reading", "alternatives", "disagreements", "source")
_COPIED = ("terms", "zones", "indices")
_WIDTH = 96

_HEAD = """\
# yaml-language-server: $schema={schema}
# {zh}
# {en}
place: "{code}"
title: {{zh: {name_zh}规定（{year}年）, en: "{name_en}, rules of {year}"}}
valid_from: {day}
known_to: {open}        # 来源显示仍有效的最后一天；截止日已知就改写 valid_to / last day a source shows it in force
published: {open}       # 何时为人所知 / when it became known
sources:
  notice:
    title: {open}
    number: {open}       # 文号，没有就删去 / delete what there is not
    issuer: {open}
    date: "{open}"
    url: {open}
    status: in_force   # in_force 现行，planned 拟定，reported 报道
    grade: {open}        # primary 原文，official_page 官方网页，two_reports 两处报道，one_report 一处报道
limitations:
  - {open}：没有写什么，哪里存疑
checked_with:
  - {open}：用哪个公布的算例核对过
"""
_EMPTY = """\
# 下面几种写法任选，用不到的删去。全部写法见文档“规则文件”。
# Choose from what is below and delete the rest; the reference "Rule files" has everything.
{change}health:                                  # 医疗各层，按结算的先后 / layers in the order in which they settle
  - layer: basic
    source: todo 第几条
    observed: true                       # 支付额取自账单；有待遇表就改写 deductible、rate / paid as the bill says
    payers: {{fund: 100%}}
{inherit}lines:                                   # 低保等标准 / standards
  - {{line: dibao, per: month, amount: {{urban: 待填, rural: 待填}}, source: todo 第几条}}
"""
#: Where the place above has health rules on that day, they can be changed and inherited.
_CHANGE = """\
change:                                  # 只改上级的个别数值 / single values that differ from the place above
  {value}: {{value: 待填, source: todo 第几条}}
"""
_INHERIT = """\
  - inherit: {last:<29}# 照上级的，有 {names} / as in the place above
"""
_NOTHING_ABOVE = """\
  # 上级在这一天没有已知的医疗规定，各层都要自己写 / nothing is known above on this day: state every layer
  - {layer: critical_illness, source: todo 第几条, observed: true, payers: {insurer: 100%}}
"""


def begin(
    library: Library, place: Place, day: dt.date, schema: str, start: Resolved | None = None, only: str | None = None
) -> str:
    """The text of a new rule file.

    Args:
        library: where the rules above the place are looked up.
        place: whose rules it will hold.
        day: its first day.
        schema: where an editor finds the JSON Schema, as seen from the file.
        start: the rules to start from, if any.
        only: the one part of them that is wanted: ``health`` or a section; all if not stated.

    Raises:
        RuleError: the rules to start from state nothing of their own.
    """
    if start is None:
        zh, en = (
            "新的规则文件：把“待填”逐处填上，再运行 check。",
            "A new rule file: fill in every 待填, then run check.",
        )
    else:
        origin = f"{start.place.text('zh')} {start.on}"
        zh = f"从{origin}的规则开始。数值都要逐个核对：source 还是 {OPEN_SOURCE}，check 会逐处指出。说明和读法没有抄。"
        en = "Started from other rules: look at every value and name its source. Their notes and readings are left out."
    head = _HEAD.format(
        schema=schema, zh=zh, en=en, code=place.code, name_zh=place.text("zh"), name_en=place.text("en"),
        year=day.year, day=day.isoformat(), open=TO_FILL_IN,
    )  # fmt: skip
    return head + (_empty(library, place, day) if start is None else _copied(library, start, only))


def _empty(library: Library, place: Place, day: dt.date) -> str:
    """Examples of what can be written; of inheriting and changing only where there is something above."""
    try:
        above = library.resolve(places.lineage(place)[-2], None, day, None, False).entries
    except (RuleError, IndexError):  # nothing is known above, or it is the nation
        above = ()
    if not above:
        return _EMPTY.format(change="", inherit=_NOTHING_ABOVE)
    names = [stated.entry.name for stated in above]
    value = next((name for stated in above for name in stated.value_names() if not name.endswith("ceiling")), None)
    return _EMPTY.format(
        change=_CHANGE.format(value=value) if value else "",
        inherit=_INHERIT.format(last=names[-1], names="、".join(names)),
    )


def _copied(library: Library, start: Resolved, only: str | None) -> str:
    import yaml

    parts = dict(_parts(start))
    if only is not None:
        wanted = {key: value for key, value in parts.items() if key == only or (key, only) == ("benefit_year", HEALTH)}
        used = set(_words(wanted))
        for key in _COPIED if wanted else ():
            wanted[key] = _used(parts.get(key, {}), used, key == "terms")
        parts = {key: wanted[key] for key in parts if wanted.get(key)}
    if not parts:
        place = start.place
        days = [
            f"{one.valid_from}—{one.last_day}"
            for one in library.headings(place.code)
            if only is None or only in one.parts
        ]
        zh = f"{place.text('zh')}在 {start.on} 没有自己的规则可以抄" + (f"；有的是 {'、'.join(days)}" if days else "")
        en = f"{place.text('en')} states nothing of its own on {start.on}"
        raise RuleError(invalid(zh, en + (f"; it does for {', '.join(days)}" if days else "")))
    return "".join(
        yaml.dump({key: value}, Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=10_000)
        for key, value in parts.items()
    )


def _words(data: Any) -> Iterator[str]:
    """Every name in some data; several may stand in one text."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _words(key)
            yield from _words(value)
    elif isinstance(data, list | tuple):
        for one in data:
            yield from _words(one)
    else:
        yield from str(data).replace(" ", "").split(",")


def _used(found: Mapping[str, Any], used: Collection[str], by_dimension: bool) -> dict[str, Any]:
    """What is used of terms, which stand by dimension, or of zones or indices."""
    if not by_dimension:
        return {name: one for name, one in found.items() if name in used}
    kept = {dimension: _used(terms, used, False) for dimension, terms in found.items()}
    return {dimension: terms for dimension, terms in kept.items() if terms}


def _parts(start: Resolved) -> Iterator[tuple[str, Any]]:
    """What the place itself states on the day; of health, what applies there."""
    own = [loaded for loaded in start.files if loaded.place == start.place]
    for key in _COPIED:
        found: dict[str, Any] = {}
        for loaded in own:
            for name, one in loaded.document.data.get(key, {}).items():
                found[name] = {**found.get(name, {}), **one}  # each file may have terms of one dimension
        if found:
            yield key, _open(found)
    if HEALTH in start.sections:
        health = next((one for one in start.sections[HEALTH].files if one.declared.health is not None), None)
        if health is not None:
            if health.declared.benefit_year != "01-01":
                yield "benefit_year", health.declared.benefit_year
            yield HEALTH, [_entry(data) for data in health.declared.health or ()]
    for section in SECTION_KEYS:
        listed = [data for loaded in own for data in _of(loaded, start, section)]
        if listed:
            yield section, [_entry(data) for data in listed]


def _of(loaded: LoadedFile, start: Resolved, section: str) -> Iterator[Mapping[str, Any]]:
    if section in start.sections and loaded in start.sections[section].files:
        yield from getattr(loaded.declared, section) or ()


def _entry(data: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with its source to be filled in right behind its name."""
    (kind, name), *rest = data.items()
    opened = {key: _open(value) for key, value in rest if key not in _THEIRS}
    return _Entry({kind: name, **opened} if kind == "inherit" else {kind: name, "source": OPEN_SOURCE, **opened})


class _Entry(dict[str, Any]):
    """An entry of a section: each of its keys has a line."""


def _open(data: Any) -> Any:
    """The same data with every source to be filled in, and without words about another place's text."""
    if isinstance(data, Mapping):
        kept = {key: _open(value) for key, value in data.items() if key not in _THEIRS}
        return {**kept, "source": OPEN_SOURCE} if "source" in data else kept
    return [_open(one) for one in data] if isinstance(data, list | tuple) else data


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes decimals and words as they are read, short records in one line, and no anchors."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

        def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
            short = len(str(mapping)) < _WIDTH and not any(isinstance(one, list) for one in mapping.values())
            return super().represent_mapping(tag, mapping, flow_style=short and not isinstance(mapping, _Entry))

        def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
            of_records = any(isinstance(one, dict) for one in sequence)
            return super().represent_sequence(tag, sequence, flow_style=not of_records)

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            return super().increase_indent(flow, False)

    def decimal(dumper: Any, value: Decimal) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))

    def entry(dumper: Any, value: _Entry) -> Any:
        return dumper.represent_mapping("tag:yaml.org,2002:map", value)

    # ``on`` and ``no`` are words to whoever reads the file
    Dumper.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if first in "tf" or not tag.endswith(":bool")]
        for first, found in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }
    Dumper.add_representer(Decimal, decimal)
    Dumper.add_representer(_Entry, entry)
    return Dumper
