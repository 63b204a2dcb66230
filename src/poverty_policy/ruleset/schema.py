"""JSON Schema of rule files and cases, so that editors complete and check while somebody writes."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import sys
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from poverty_policy.cases import County, Household, Person, Township, Village
from poverty_policy.declaration import Declaration
from poverty_policy.policy.layer import Layer
from poverty_policy.policy.reimbursement import KINDS
from poverty_policy.policy.scheme import KIND_OF
from poverty_policy.policy.target import Target
from poverty_policy.ruleset.file import TARGETS, RuleFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rules_schema() -> dict[str, Any]:
    """The schema of a rule file: layers, guarantees and waivers, and what each section lists."""
    schema = RuleFile.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    kinds: list[dict[str, Any]] = []
    for kind in KINDS:
        own = kind.model_json_schema()
        definitions |= own.pop("$defs", {})
        if kind is Layer:
            _shorthands(own)
        definitions[kind.__name__] = own
        kinds.append({"$ref": f"#/$defs/{kind.__name__}"})
    definitions["Inherit"] = {
        "type": "object",
        "description": "An entry as in the place above.",
        "properties": {"inherit": {"type": "string"}},
        "required": ["inherit"],
        "additionalProperties": False,
    }
    kinds.append({"$ref": "#/$defs/Inherit"})
    schema["properties"]["health"] = {
        "type": "array",
        "items": {"anyOf": kinds},
    }
    for section, provision in KIND_OF.items():
        own = provision.model_json_schema()
        definitions |= own.pop("$defs", {})
        definitions[provision.__name__] = own
        schema["properties"][section] = {"type": "array", "items": {"$ref": f"#/$defs/{provision.__name__}"}}
    own = Target.model_json_schema()
    definitions |= own.pop("$defs", {})
    definitions["Target"] = own
    schema["properties"][TARGETS] = {"type": "array", "items": {"$ref": "#/$defs/Target"}}
    return {"$schema": _DIALECT, **_described(schema, RuleFile)}


def _described(schema: dict[str, Any], root: type[BaseModel]) -> dict[str, Any]:
    """The schema with the docstrings of fields as their descriptions.

    pydantic can collect them itself, but reads every class's source when the library is imported to do so.
    """
    for name, one in [(root.__name__, schema), *schema["$defs"].items()]:
        for field, text in _docstrings().get(name, {}).items():
            if field in one.get("properties", {}):
                one["properties"][field].setdefault("description", text)
    return schema


@functools.cache
def _docstrings() -> dict[str, dict[str, str]]:
    """Class -> field -> docstring, from the modules that declare records."""
    found: dict[str, dict[str, str]] = {}
    records: tuple[type[BaseModel], ...] = (County, RuleFile, Target, *KINDS, *KIND_OF.values())
    every = {inner for record in records for inner in _records_in(record)}
    for module in {base.__module__ for record in every for base in record.mro() if issubclass(base, Declaration)}:
        for node in ast.parse(inspect.getsource(sys.modules[module])).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = dict(_fields(node))
    return found


def _records_in(found: Any, seen: tuple[type[BaseModel], ...] = ()) -> Iterator[type[BaseModel]]:
    """A record and those within its fields, or within a type."""
    if isinstance(found, type) and issubclass(found, BaseModel):
        if found not in seen:  # conditions hold conditions
            yield found
            for field in found.model_fields.values():
                yield from _records_in(field.annotation, (*seen, found))
        return
    for inner in get_args(found):
        yield from _records_in(inner, seen)


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The keys of a record with their docstrings; ``is_`` stands for the key ``is``, which Python keeps for itself."""
    for field, text in itertools.pairwise(node.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            yield field.target.id.rstrip("_"), inspect.cleandoc(str(ast.literal_eval(text.value)))


def _shorthands(layer: dict[str, Any]) -> None:
    """A layer may write one schedule without a list, and one cap as ``cap``."""
    properties = layer["properties"]
    properties["bands"] = {"anyOf": [{"$ref": "#/$defs/Schedule"}, properties["bands"]]}
    properties["cap"] = {
        "description": "One limit on the payment, over the layer's period.",
        "anyOf": [{"type": "number"}, {"type": "string"}, {"type": "object"}],
    }
    layer["dependentRequired"] = {**layer.get("dependentRequired", {}), "cap": ["per"]}


def case_schema() -> dict[str, Any]:
    """The schema of a case: a county, a township, a village, a household, or a single person."""
    definitions: dict[str, Any] = {}
    choices: list[dict[str, Any]] = []
    for kind in (County, Township, Village, Household, Person):
        own = kind.model_json_schema()
        definitions |= own.pop("$defs", {})
        definitions[kind.__name__] = own
        choices.append({"$ref": f"#/$defs/{kind.__name__}"})
    schema = {"title": "Case", "anyOf": choices, "$defs": definitions}
    return {"$schema": _DIALECT, **_described(schema, County)}
