"""Small rule sets of provisions and households, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import poverty_policy as pp
from poverty_policy.policy.provision import Provision
from poverty_policy.policy.scheme import KINDS

YEAR = {"from": "2020-06", "to": "2021-05"}
SOURCE = pp.Source(title="办法", status="in_force", grade="official_page")
LINE = {"line": "dibao", "per": "month", "amount": "500 元"}
ACCOUNT = {"account": "income", "months": 12, "items": {"wage": "counted"}}
ALLOWANCE = {"allowance": "dibao", "line": "dibao", "account": "income", "pays": "gap"}
_BY_KIND = {kind.KIND: kind for kind in KINDS}


def provision(data: Mapping[str, Any]) -> Provision:
    """The provision that data declares."""
    kind = next(name for name in data if name in _BY_KIND)  # an allowance names its line too, but later
    return _BY_KIND[kind].read({"source": "一", **data})


def rules_of(*stated: Mapping[str, Any], cascade: pp.Cascade | None = None, **how: Any) -> pp.RuleSet:
    """A rule set of provisions, for the year 2021."""
    return pp.compose(
        cascade, [provision(one) for one in stated], place="540000", valid_from="2021-01-01", valid_to="2021-12-31",
        source=SOURCE, title="练习", **how,
    )  # fmt: skip


def dibao(account: Mapping[str, Any] | None = None, **settings: Any) -> pp.RuleSet:
    """A line of 500 yuan, an account of wages, an allowance by the gap; with changed settings."""
    return rules_of(LINE, {**ACCOUNT, **(account or {})}, {**ALLOWANCE, **settings})


def person(name: str, wage: Any = None, **facts: Any) -> dict[str, Any]:
    """A person with a wage each month of the year to May 2021."""
    income = [] if wage is None else [{"item": "wage", "each_month": wage, **YEAR}]
    return {"id": name, "groups": [], "income": income, **facts}


def home(*members: Mapping[str, Any], **facts: Any) -> dict[str, Any]:
    """A household assessed on 15 June 2021, with complete records."""
    return {"on": "2021-06-15", "records_complete": YEAR, "members": [dict(one) for one in members], **facts}


def decision(outcome: pp.Outcome, name: str, subject: str | None = None) -> pp.Decision:
    """The one decision of that name."""
    (found,) = [one for one in outcome.decisions if one.name == name and subject in (None, one.subject)]
    return found
