"""A rule file to begin with: an empty one, or one that starts from what another place or date says.

What is copied is a start and no statement: its sources are left open, and the file is refused until every one of them
names a document of the new place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from poverty_policy.errors import RuleError, invalid
from poverty_policy.policy.provision import HEALTH
from poverty_policy.ruleset.file import OPEN_SOURCE, SECTION_KEYS, TO_FILL_IN, LoadedFile
from poverty_policy.ruleset.places import Place
from poverty_policy.ruleset.resolved import Resolved

#: What explains another place's text.
_THEIRS = ("note", "reading", "alternatives", "disagreements", "source")
_COPIED = ("terms", "zones", "indices")

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
# 下面三种写法任选，用不到的删去。全部写法见文档“规则文件”。
# Choose from the three below and delete the rest; the reference "Rule files" has everything.
change:                                  # 只改上级的个别数值 / single values that differ from the place above
  health.critical_illness.deductible.default: {value: 待填, source: todo 第几条}
health:                                  # 医疗各层，按结算的先后 / health layers in the order in which they settle
  - layer: basic
    source: todo 第几条
    observed: true                       # 支付额取自账单；有待遇表就改写 deductible、rate / paid as the bill says
    payers: {fund: 100%}
  - inherit: critical_illness            # 照上级的 / as in the place above
lines:                                   # 低保等标准 / standards
  - {line: dibao, per: month, amount: {urban: 待填, rural: 待填}, source: todo 第几条}
"""


def begin(place: Place, day: dt.date, start: Resolved | None, schema: str) -> str:
    """The text of a new rule file.

    Args:
        place: whose rules it will hold.
        day: its first day.
        start: the rules to start from, if any.
        schema: where an editor finds the JSON Schema, as seen from the file.

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
        zh = f"从{origin}的规则开始。数值都要逐个核对：source 还是 {OPEN_SOURCE}，check 会逐处指出。"
        en = "Started from the rules of another place or date: every value must be looked at and given a source."
    head = _HEAD.format(
        schema=schema, zh=zh, en=en, code=place.code, name_zh=place.text("zh"), name_en=place.text("en"),
        year=day.year, day=day.isoformat(), open=TO_FILL_IN,
    )  # fmt: skip
    return head + (_EMPTY if start is None else _copied(start))


def _copied(start: Resolved) -> str:
    import yaml

    parts = dict(_parts(start))
    if not parts:
        zh = f"{start.place.text('zh')}在 {start.on} 没有自己的规则可以抄"
        raise RuleError(invalid(zh, f"{start.place.text('en')} states nothing of its own on {start.on}"))
    return "".join(
        yaml.dump(
            {key: value}, Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
        )
        for key, value in parts.items()
    )


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
    return {kind: name, **opened} if kind == "inherit" else {kind: name, "source": OPEN_SOURCE, **opened}


def _open(data: Any) -> Any:
    """The same data with every source to be filled in, and without words about another place's text."""
    if isinstance(data, Mapping):
        kept = {key: _open(value) for key, value in data.items() if key not in _THEIRS}
        return {**kept, "source": OPEN_SOURCE} if "source" in data else kept
    return [_open(one) for one in data] if isinstance(data, list | tuple) else data


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes decimals as they are read, and no anchors, which a rule file may not have."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def decimal(dumper: Any, value: Decimal) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))

    Dumper.add_representer(Decimal, decimal)
    return Dumper
