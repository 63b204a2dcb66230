"""The base of everything that is declared from outside: rules, cases, reforms.

pydantic validates; what it finds is turned into this library's faults, with nearest names, all together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from poverty_policy.errors import Fault, PolicyError, RuleError, nearest

#: What the names of entries, groups and facts are made of: they stand in formulas, reforms and columns.
NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
#: A day of every year.
DAY_PATTERN = r"^\d{2}-\d{2}$"

_MAPPING = ("应是键值对照", "must be a mapping: keys, each with a value")
#: How pydantic's name of what is wrong begins -> Chinese and English; braces are filled from what it says.
_SAID: Mapping[str, tuple[str, str]] = {
    f"string_pattern_mismatch {NAME_PATTERN}": (
        "名称用小写英文字母、数字和下划线，如 further_assistance；中文写在 label 里",
        "a name is lower-case letters, digits and _, like further_assistance; what people read goes into label",
    ),
    f"string_pattern_mismatch {DAY_PATTERN}": ("应写成“月-日”，如 01-01", "must be month and day, like 01-01"),
    "string_pattern_mismatch": ("写法不对，应合 {pattern}", "must match {pattern}"),
    "string_too_short": ("不能是空的", "must not be empty"),
    "string_too_long": ("最多 {max_length} 个字符", "must be at most {max_length} characters long"),
    "too_short": ("至少要写 {min_length} 项", "needs at least {min_length} item(s)"),
    "too_long": ("最多 {max_length} 项", "takes at most {max_length} items"),
    "greater_than_equal": ("不能小于 {ge}", "must be {ge} or more"),
    "greater_than": ("应大于 {gt}", "must be more than {gt}"),
    "less_than_equal": ("不能大于 {le}", "must be {le} or less"),
    "less_than": ("应小于 {lt}", "must be less than {lt}"),
    "literal_error": ("只能是 {expected_zh}", "must be {expected}"),
    "date": ("不是日期，请写成 2018-07-01", "is no date: write it like 2018-07-01"),
    "string": ("应是文字", "must be text"),
    "list": ("应是列表", "must be a list"),
    "tuple": ("应是列表", "must be a list"),
    "bool": ("应是 true 或 false", "must be true or false"),
    "int": ("应是整数", "must be a whole number"),
    "dict": _MAPPING,
    "model": _MAPPING,
    "mapping": _MAPPING,
    "": ("写法不对（{msg}）", "{msg}"),
}


class Declaration(BaseModel):
    """A frozen, strict record. Raises its ``error`` (``RuleError`` unless a subclass says otherwise)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,  # importing the library must stay light; a model is built when it is first used
        arbitrary_types_allowed=True,
        populate_by_name=True,
    )
    error: ClassVar[type[PolicyError]] = RuleError

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as failure:
            raise self.error(faults_of(failure, type(self))) from None

    # pydantic calls a subclass's __init__ for nested records too, one by one, unless it is marked as its own;
    # nested ones must be validated together with their parent, so that all faults come in one report.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def read(cls, data: Any, *at: str | int) -> Self:
        """The record that ``data`` (a mapping, or a record already) declares.

        Raises:
            PolicyError: the class's ``error``, with every fault found, each with its path under ``at``.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as failure:
            raise cls.error(fault.under(*at) for fault in faults_of(failure, cls)) from None


def faults_of(failure: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """pydantic's findings in this library's words.

    A list that is too short only because what stands in it is wrong is not said to be short.
    """
    faults = [(found["type"], fault) for found in failure.errors(include_url=False) for fault in _faults(found, model)]
    inside = {fault.at[:depth] for _, fault in faults for depth in range(len(fault.at))}
    return [fault for kind, fault in faults if kind != "too_short" or fault.at not in inside]


def _faults(found: Any, model: type[BaseModel]) -> Iterable[Fault]:
    at = tuple(part for part in found["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    kind: str = found["type"]
    if kind == "fault":
        return [fault.under(*at) for fault in found["ctx"]["faults"]]
    if kind == "extra_forbidden":
        name = str(at[-1])
        if found["input"] is None and len(at) > 1:  # {title: Henan, from 2018}: the comma has cut a text in two
            return [Fault("cut_text", {"name": name}, at)]
        return [Fault("unknown_key", {"name": name, **nearest(name, _keys(model, at[:-1]))}, at)]
    if kind == "missing":
        return [Fault("missing", {"name": at[-1]}, at)]
    if kind == "string_pattern_mismatch":
        kind = f"{kind} {found['ctx']['pattern']}"
    zh, en = next(words for name, words in _SAID.items() if kind.startswith(name))
    facts = {**found.get("ctx", {}), "msg": found["msg"]}
    if "expected" in facts:
        facts["expected_zh"] = facts["expected"].replace(" or ", " 或 ")
    return [Fault("invalid", {"zh": zh.format(**facts), "en": en.format(**facts)}, at)]


def _keys(model: type[BaseModel], at: tuple[str | int, ...]) -> set[str]:
    """The keys a record knows, following the path into nested records as far as it leads."""
    current: type[BaseModel] = model
    for part in at:
        field = current.model_fields.get(part) if isinstance(part, str) else None
        if field is None:
            continue
        inner = _record_in(field.annotation)
        if inner is not None:
            current = inner
    return {field.alias or name for name, field in current.model_fields.items()}


def _record_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _record_in(inner)
        if found is not None:
            return found
    return None
