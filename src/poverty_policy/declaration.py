"""The base of everything that is declared from outside: rules, cases, reforms.

pydantic validates; what it finds is turned into this library's faults, with nearest names, all together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from poverty_policy.errors import Fault, PolicyError, RuleError, nearest

#: What the names of entries, groups and facts are made of: they stand in formulas, reforms and columns.
NAME_PATTERN = r"^[a-z][a-z0-9_]*$"


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
    """pydantic's findings in this library's words."""
    return [fault for found in failure.errors(include_url=False) for fault in _faults(found, model)]


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
    if kind == "string_pattern_mismatch" and found["ctx"]["pattern"] == NAME_PATTERN:
        zh = "名称用小写英文字母、数字和下划线，如 further_assistance；中文写在 label 里"
        en = "a name is lower-case letters, digits and _, like further_assistance; what people read goes into label"
        return [Fault("invalid", {"zh": zh, "en": en}, at)]
    words = str(found["msg"])
    return [Fault("invalid", {"zh": _zh(kind, found) or f"写法不对（{words}）", "en": words}, at)]


def _zh(kind: str, found: Any) -> str | None:
    if kind == "literal_error":
        return f"只能是 {found['ctx']['expected'].replace(' or ', ' 或 ')}"
    if kind.startswith("date"):
        return "不是日期，请写成 2018-07-01"
    for name, words in (
        ("string", "应是文字"),
        ("list", "应是列表"),
        ("tuple", "应是列表"),
        ("bool", "应是 true 或 false"),
        ("int", "应是整数"),
        ("dict", "应是键值对照"),
        ("model", "应是键值对照"),
        ("mapping", "应是键值对照"),
    ):
        if kind.startswith(name):
            return words
    return None


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
