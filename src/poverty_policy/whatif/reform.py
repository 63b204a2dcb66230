"""Reforms in files: a title, and the values that change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from poverty_policy import documents
from poverty_policy.declaration import Declaration
from poverty_policy.errors import PolicyError, RuleError
from poverty_policy.face import RuleSet


class Reform(Declaration):
    """What a reform file states."""

    title: str | None = Field(default=None, min_length=1, max_length=200)
    """What it is called."""
    changes: dict[str, Any] = Field(min_length=1)
    """Dotted name of a value -> what it becomes."""


def read_reform(path: str | Path, rules: RuleSet) -> RuleSet:
    """The rules that a reform file makes of others.

    Args:
        path: a YAML or JSON file.
        rules: the rules that it changes.

    Raises:
        RuleError: the file is malformed, a name is unknown, or a change changes nothing; each with its line.
    """
    document = documents.read(path, RuleError)
    try:
        stated = Reform.read(document.data)
    except PolicyError as error:
        raise document.raise_from(error) from None
    try:
        return rules.reform(stated.changes, stated.title)
    except RuleError as error:
        raise document.raise_from(RuleError(fault.under("changes") for fault in error.faults)) from None
