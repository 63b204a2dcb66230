"""JSON Schema of rule files and cases, so that editors complete and check while somebody writes."""

from __future__ import annotations

from typing import Any

from poverty_policy.cases import Household, Person, Village
from poverty_policy.policy.reimbursement import Guarantee, Layer, Waiver
from poverty_policy.ruleset.file import RuleFile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rules_schema() -> dict[str, Any]:
    """The schema of a rule file, with layers, guarantees and waivers."""
    schema = RuleFile.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    kinds: list[dict[str, Any]] = []
    for kind in (Layer, Guarantee, Waiver):
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
        "description": schema["properties"]["health"].get("description", ""),
        "type": "array",
        "items": {"anyOf": kinds},
    }
    return {"$schema": _DIALECT, **schema}


def _shorthands(layer: dict[str, Any]) -> None:
    """A layer may write one schedule without a list, and one cap as ``cap``."""
    properties = layer["properties"]
    properties["bands"] = {"anyOf": [{"$ref": "#/$defs/Schedule"}, properties["bands"]]}
    properties["cap"] = {
        "description": "One limit on the payment, over the layer's period.",
        "anyOf": [{"type": "number"}, {"type": "string"}, {"type": "object"}],
    }


def case_schema() -> dict[str, Any]:
    """The schema of a case: a village, a household, or a single person."""
    definitions: dict[str, Any] = {}
    choices: list[dict[str, Any]] = []
    for kind in (Village, Household, Person):
        own = kind.model_json_schema()
        definitions |= own.pop("$defs", {})
        definitions[kind.__name__] = own
        choices.append({"$ref": f"#/$defs/{kind.__name__}"})
    return {"$schema": _DIALECT, "title": "Case", "anyOf": choices, "$defs": definitions}
