"""What went wrong, where, why and what to do: the errors of this library and the sentences they speak.

Every message lives in ``MESSAGES`` once, in Chinese and in English. A fault never speaks for itself
anywhere else; readers of files add the file and the line, readers of frames the row and the column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import attrs

Lang = Literal["zh", "en"]

#: code -> (Chinese, English). Braces are filled from the fault's facts.
MESSAGES: Mapping[str, tuple[str, str]] = {
    "unknown_name": (
        "没有“{name}”这个{what_zh}{nearest_zh}",
        "there is no {what} called {name!r}{nearest_en}",
    ),
    "unknown_key": (
        "“{name}”不是这里可以写的项目{nearest_zh}",
        "{name!r} is not a key known here{nearest_en}",
    ),
    "cut_text": (
        "“{name}”成了单独的一项：花括号里的文字若含逗号或冒号，请加引号",
        "{name!r} became a key of its own: inside braces, put text with a comma or a colon in quotes",
    ),
    "missing": ("缺少“{name}”", "{name!r} is missing"),
    "invalid": ("{zh}", "{en}"),
    "not_money": (
        "“{value}”不是金额：请写成 7500、“7500 元”或“0.75 万元”",
        "{value!r} is not an amount of money: write 7500, '7500 元' or '0.75 万元'",
    ),
    "not_fen": (
        "金额 {value} 不是整分：请按分写准，程序不替你舍入",
        "{value} is not a whole number of fen: state it exactly, nothing is rounded for you",
    ),
    "not_rate": (
        "“{value}”不是比例：请写成“80%”“5 个百分点”或 0.8，最细到万分之一",
        "{value!r} is not a rate: write '80%', '5 points' or 0.8, no finer than 1/10,000",
    ),
    "out_of_range": (
        "{value} 超出可保证精确的范围（{low} 至 {high}）",
        "{value} is outside the range proved exact ({low} to {high})",
    ),
}


@attrs.frozen
class Fault:
    """One thing that is wrong.

    Attributes:
        code: a key of ``MESSAGES``.
        facts: what fills the message.
        at: the path inside the input, e.g. ``("health", 1, "deductible")``; numbers are places in lists, from 0.
        file: the file, where the input came from one.
        line: its line, counted from 1.
        column: its column, counted from 1.
    """

    code: str
    facts: Mapping[str, object] = attrs.field(factory=dict)
    at: tuple[str | int, ...] = ()
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def where(self) -> str:
        """The place of the fault: ``file:line:column`` and the path inside the input, lists counted from 1."""
        path = ".".join(str(part + 1 if isinstance(part, int) else part) for part in self.at)
        if self.file is None:
            return path
        spot = self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"
        return f"{spot}: {path}" if path else spot

    def text(self, lang: Lang = "en") -> str:
        """The fault as one sentence, led by its place."""
        template = MESSAGES[self.code][0 if lang == "zh" else 1]
        sentence = template.format(**self.facts)
        where = self.where()
        return f"{where}: {sentence}" if where else sentence

    def under(self, *prefix: str | int) -> Fault:
        """The same fault seen from an enclosing input."""
        return attrs.evolve(self, at=(*prefix, *self.at))


class PolicyError(Exception):
    """Base of every error this library raises on purpose; ``faults`` holds all that was found."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        found = (faults,) if isinstance(faults, Fault) else tuple(faults)
        # what is wrong with a person shows again in each of its claims: it is said once
        self.faults: tuple[Fault, ...] = tuple({fault.text("zh"): fault for fault in found}.values())
        super().__init__(self.text("en"))

    def text(self, lang: Lang = "en") -> str:
        """All faults, one line each."""
        return "\n".join(fault.text(lang) for fault in self.faults)

    def __reduce__(self) -> tuple[type[PolicyError], tuple[tuple[Fault, ...]]]:
        return (type(self), (self.faults,))


class RuleError(PolicyError):
    """A rule file, a rule set or a reform is wrong, or nothing is known for a place and date."""


class UnspecifiedError(RuleError):
    """A rule was needed whose figure the sources leave open."""


class InputError(PolicyError):
    """The facts of a case are wrong, incomplete, or outside the range proved exact."""


def nearest(name: str, known: Iterable[str], labels: Mapping[str, str] | None = None) -> dict[str, object]:
    """Facts for a message about an unknown name: the nearest known ones.

    Args:
        name: the unknown name.
        known: the known ones.
        labels: what people call known names -> the names: who writes 低保对象 is told of ``dibao``.
    """
    import difflib  # only who makes a mistake pays for it

    labels = labels or {}
    found = difflib.get_close_matches(name, sorted({*known, *labels}), n=6, cutoff=0.5)
    close = list(dict.fromkeys(labels.get(one, one) for one in found))[:3]
    if not close:
        return {"nearest_zh": "", "nearest_en": ""}
    listed: Sequence[str] = [repr(one) for one in close]
    return {
        "nearest_zh": "，是不是 " + "、".join(close) + "？",
        "nearest_en": "; did you mean " + " or ".join(listed) + "?",
    }


#: What may be unknown, in Chinese; the English word is the key.
THINGS: Mapping[str, str] = {
    "amount of an earlier layer": "前面各层的金额",
    "area": "就医地",
    "charge": "收费项目",
    "component": "费用项目",
    "dimension": "口径",
    "document": "材料",
    "earlier layer": "前面的层",
    "entry": "保障层",
    "entry to inherit": "可继承的保障层",
    "facility": "医疗机构",
    "facility grade": "医疗机构等级",
    "facility level": "医疗机构级别",
    "group": "人群",
    "insurance": "参保类型",
    "kind": "就医类别",
    "name to tell cases apart": "区分情形的名称",
    "fact": "情况项目",
    "item": "收支项目",
    "observed layer": "取自账单的层",
    "option": "选项",
    "payer": "支付方",
    "place": "地区",
    "provision": "规定项目",
    "referral": "转诊情况",
    "residence": "户籍类别",
    "result": "结果项目",
    "source": "来源",
    "step": "步骤",
    "target": "目标",
    "unit to round to": "舍入单位",
    "value": "数值",
    "way of combining groups": "多重身份的处理办法",
    "way of rounding": "舍入办法",
    "zone": "分区",
}


def unknown(what: str, name: str, known: Iterable[str], *at: str | int) -> Fault:
    """A fault naming something unknown (one of ``THINGS``) and the nearest that is known."""
    facts = {"what": what, "what_zh": THINGS[what], "name": name, **nearest(name, known)}
    return Fault("unknown_name", facts, at)


def invalid(zh: str, en: str, *at: str | int) -> Fault:
    """A fault whose sentence belongs to one place in the code only."""
    return Fault("invalid", {"zh": zh, "en": en}, at)
