"""Small rule sets and cases for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import poverty_policy as pp

SOURCE = {"notice": {"title": "通知", "status": "in_force", "grade": "official_page"}}


def rule_file(*entries: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What a rule file says; every entry has a source unless it says otherwise."""
    stated = [{"source": "notice 一", **entry} if "inherit" not in entry else dict(entry) for entry in entries]
    health = {"health": stated} if entries else {}
    return {
        "place": "410000", "title": {"zh": "例", "en": "example"}, "valid_from": "2018-01-01", "valid_to": "2018-12-31",
        "published": "2018-01-01", "sources": SOURCE, **health, **more,
    }  # fmt: skip


def write(path: Path, data: Mapping[str, Any]) -> Path:
    """A rule file on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def from_python(*entries: Any) -> pp.RuleSet:
    """A rule set composed of policy objects."""
    source = pp.Source(title="通知", status="in_force", grade="official_page")
    return pp.compose(
        pp.Cascade(entries), place="410000", valid_from="2018-01-01", valid_to="2018-12-31", source=source, title="例"
    )


def claim(in_scope: Any, **more: Any) -> dict[str, Any]:
    """A claim of 2018."""
    cost = more.pop("cost", {"in_scope": in_scope})
    return {"date": "2018-05-01", "kind": "inpatient", "cost": cost, **more}


def case(*claims: Mapping[str, Any], groups: Any = (), **more: Any) -> dict[str, Any]:
    """A person with claims."""
    return {"groups": list(groups), "claims": [dict(one) for one in claims], **more}
