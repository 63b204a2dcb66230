"""Targets: what a plan aims at, a budget, or an outcome that was reported. Nobody is entitled to one.

A target is no rule and is part of no calculation. It is kept beside the rules, with its source, so that what happened
can be held against what was meant to happen.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

import attrs
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from poverty_policy.errors import Fault, InputError, Lang, invalid
from poverty_policy.money import Money, Rate
from poverty_policy.policy.entry import Label, Name, Stated, wrong

Quality = Literal["money", "rate", "points", "number", "flag"]
BOUNDS = ("equals", "at_least", "at_most", "about")
_NUMBER = re.compile(r"[+-]?(\d{1,15}|\d{1,3}(,\d{3}){1,4})(\.\d{1,8})?", re.ASCII)
_POINTS = ("points", "point", "个百分点", "百分点")


@attrs.frozen
class Figure:
    """A figure of a target: money, a rate, percentage points, a plain number, or yes and no.

    Attributes:
        quality: which of these it is; only figures of one quality can be compared.
        amount: exact: fen, 1/10,000, a decimal number, or 0 and 1.
    """

    quality: Quality
    amount: Decimal

    @classmethod
    def of(cls, raw: Any) -> Figure:
        """The figure that is written as ``75%``, ``10.89 points``, ``90 万元``, ``5``, ``"12.5"`` or ``true``.

        Raises:
            InputError: it is none of these.
        """
        if isinstance(raw, Figure):
            return raw
        if isinstance(raw, bool):
            return cls("flag", Decimal(raw))
        if isinstance(raw, Money):
            return cls("money", Decimal(raw.fen))
        if isinstance(raw, Rate):
            return cls("rate", Decimal(raw.parts))
        if isinstance(raw, str):
            text = raw.strip()
            if text.endswith(_POINTS):
                return cls("points", Decimal(Rate(text).parts))
            if text.endswith(("%", "％")):
                return cls("rate", Decimal(Rate(text).parts))
            if text.endswith(("元", "分", "角", "yuan")):
                return cls("money", Decimal(Money(text).fen))
            raw = _number(text)
        if isinstance(raw, int | Decimal) and Decimal(raw).is_finite():
            return cls("number", Decimal(raw))
        raise InputError(
            invalid(
                "不是数值：可写 75%、10.89 points、90 万元、5、“12.5”或 true",
                'no figure: write 75%, 10.89 points, 90 万元, 5, "12.5" or true',
            )
        )

    @property
    def value(self) -> Money | Rate | Decimal | bool:
        """The figure as money, a rate (points too), a number or a truth."""
        if self.quality == "money":
            return Money.of_fen(int(self.amount))
        if self.quality in ("rate", "points"):
            return Rate.of_parts(int(self.amount))
        return bool(self.amount) if self.quality == "flag" else self.amount

    def text(self, lang: Lang, unit: Label | None = None) -> str:
        """The figure as people read it."""
        zh = lang == "zh"
        if self.quality == "money":
            return f"{self.value}{' 元' if zh else ' yuan'}"
        if self.quality == "points":
            return str(self.value).replace("%", " 个百分点" if zh else " points")
        if self.quality == "flag":
            return ("是" if zh else "yes") if self.amount else ("否" if zh else "no")
        shown = str(self.value) if self.quality == "rate" else f"{self.amount:,f}"
        return f"{shown} {unit.zh if zh else unit.en}" if unit is not None else shown

    def plain(self) -> str | bool:
        """The figure for machines: money in yuan with two decimals, other figures as written."""
        if self.quality == "flag":
            return bool(self.amount)
        if isinstance(self.value, Money):
            return self.value.plain()
        return f"{self.amount:f}" if self.quality == "number" else self.text("en")

    def __sub__(self, other: Figure) -> Figure:
        return Figure("points" if self.quality == "rate" else self.quality, self.amount - other.amount)


def _number(text: str) -> Decimal | None:
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def _figure(raw: Any) -> Figure:
    try:
        return Figure.of(raw)
    except InputError as error:
        raise wrong(*error.faults) from None


FigureField = Annotated[
    Figure,
    BeforeValidator(_figure),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}),
]


class Target(Stated):
    """What a plan aims at, a budget, or an outcome that was reported."""

    KIND: ClassVar[str] = "target"

    target: Name
    """Its name, unique in the place."""
    kind: Literal["target", "reported", "budget"]
    """An aim, an outcome that was reported, or a budget."""
    of: Label | None = None
    """Of whom or of what, where the label does not say it."""
    equals: FigureField | None = None
    """The figure itself. One of ``equals``, ``at_least``, ``at_most`` and ``about`` is stated."""
    at_least: FigureField | None = None
    """The least it should be."""
    at_most: FigureField | None = None
    """The most it should be."""
    about: FigureField | None = None
    """A figure given roughly (some, more than, nearly): nothing can be held against it exactly."""
    unit: Label | None = None
    """What a plain number counts."""
    before: FigureField | None = None
    """What it was before."""
    during: str | None = Field(default=None, max_length=60)
    """The year or period it is about, as text."""
    by: dt.date | None = None
    """The day by which it should be reached."""
    parts: dict[Name, FigureField] = Field(default={}, validate_default=False)
    """What the figure consists of; the parts must add up to it."""
    part_labels: dict[Name, Label] = Field(default={}, validate_default=False)
    """What the parts are called."""

    @property
    def bound(self) -> str:
        """Which of ``equals``, ``at_least``, ``at_most`` and ``about`` is stated."""
        return next(name for name in BOUNDS if getattr(self, name) is not None)

    @property
    def figure(self) -> Figure:
        """The figure that is stated."""
        found: Figure = getattr(self, self.bound)
        return found

    def check(self, raw: Any) -> Checked:
        """What happened, held against the target.

        Args:
            raw: the figure that was reached, written as in a rule file, or a ``Money``, ``Rate`` or number.

        Raises:
            InputError: it is no figure, or of another quality (a number where the target is a rate).
        """
        found = Figure.of(raw)
        if found.quality != self.figure.quality:
            zh = f"应与目标同类（{self.figure.text('zh', self.unit)}）"
            raise InputError(invalid(zh, f"must be comparable to {self.figure.text('en', self.unit)}"))
        distance = found - self.figure
        met: bool | None = None
        if self.bound == "equals":
            met = distance.amount == 0
        elif self.bound != "about":
            met = distance.amount >= 0 if self.bound == "at_least" else distance.amount <= 0
        return Checked(self, found, distance, met)

    @model_validator(mode="after")
    def _sound(self) -> Target:
        faults = list(_faults(self))
        if faults:
            raise wrong(*faults)
        return self


def _faults(target: Target) -> Iterable[Fault]:
    stated = [name for name in BOUNDS if getattr(target, name) is not None]
    if len(stated) != 1:
        listed = ", ".join(BOUNDS)
        yield invalid(f"须写且只写 {listed} 中的一个", f"state exactly one of {listed}")
        return
    figure = target.figure
    if target.label is None:
        yield Fault("missing", {"name": "label"})
    if (figure.quality == "number") != (target.unit is not None):
        zh = "纯数字须写 unit（单位），其他数值不写"
        yield invalid(zh, "`unit` belongs to plain numbers, and to each of them", "unit")
    others = [("before", target.before), *((f"parts.{name}", one) for name, one in target.parts.items())]
    for name, other in others:
        if other is not None and other.quality != figure.quality:
            zh = "应与目标的数值同类"
            yield invalid(zh, "must be a figure of the same kind as the target's", *name.split("."))
            return
    total = sum(one.amount for one in target.parts.values())
    if target.parts and total != figure.amount:
        added = Figure(figure.quality, Decimal(total))
        zh = f"各部分之和是 {added.text('zh', target.unit)}，不是 {figure.text('zh', target.unit)}"
        en = f"the parts add up to {added.text('en', target.unit)}, not to {figure.text('en', target.unit)}"
        yield invalid(zh, en, "parts")
    for name in target.part_labels:
        if name not in target.parts:
            yield invalid("parts 里没有这一项", "there is no such part", "part_labels", name)


@attrs.frozen
class Checked:
    """What happened, held against a target.

    Attributes:
        target: the target.
        reached: what happened.
        distance: what was reached less the target; of rates, in points.
        met: whether the target is met; ``None`` where it is given roughly.
    """

    target: Target
    reached: Figure
    distance: Figure
    met: bool | None

    def to_dict(self) -> Mapping[str, Any]:
        """The comparison for machines."""
        return {
            "target": self.target.name,
            self.target.bound: self.target.figure.plain(),
            "reached": self.reached.plain(),
            "distance": self.distance.plain(),
            "met": self.met,
        }
