"""The rule sets that are timed, and random rows for them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import poverty_policy as pp

LEVELS = ("village", "township", "county", "city", "province")
_POOR = "registered_poor, dibao, tekun"
_EDGES = (
    0, 10000, 40000, 100000, 300000, 500000, 750000, 1000000, 1500000, 5000000, 5750000, 6500000, 10000000,
    15000000, 200000000,
)  # fmt: skip

Members = dict[str, Any]


def year() -> pp.RuleSet:
    """The Henan 2018 programme: two annual layers with bands behind what the bill says of basic insurance."""
    return pp.load("henan", on="2018-07-01")


def chain() -> pp.RuleSet:
    """A chain of four entries, each claim by itself."""
    basic = pp.Layer.read(
        {
            "layer": "basic",
            "deductible": {"township": "100 元", "county": "400 元", "default": "1000 元"},
            "rate": {"township": "85%", "county": "75%", "default": "60%"},
            "uplift": {_POOR: "5 points"},
            "uplift_ceiling": "90%",
            "cap": "15 万元",
            "per": "claim",
        }
    )
    critical_illness = pp.Layer.read(
        {
            "layer": "critical_illness",
            "deductible": {"default": "1.5 万元", _POOR: "7500 元"},
            "bands": {
                "measured_from": "deductible",
                "edges": [
                    {"up_to": "5 万元", "rate": "60%"},
                    {"up_to": "10 万元", "rate": "65%"},
                    {"rate": "70%"},
                ],
            },
        }
    )
    assistance = pp.Layer.read(
        {
            "layer": "medical_assistance",
            "when": {"groups": ["registered_poor", "dibao", "tekun"]},
            "rate": {"tekun": "100%", "dibao": "70%", "registered_poor": "60%", "default": "0%"},
            "per": "claim",
            "cap": {"tekun": "none", "dibao": "5 万元", "registered_poor": "3 万元", "default": "0 元"},
        }
    )
    guarantee = pp.Guarantee.read(
        {"guarantee": "bottom_line", "when": {"groups": ["registered_poor"]}, "fill_to": "95%"}
    )
    return pp.compose(
        pp.Cascade([basic, critical_illness, assistance, guarantee]),
        place="henan",
        valid_from="2018-01-01",
        valid_to="2018-12-31",
        source=pp.Source(title="benchmark", status="planned", grade="one_report"),
        title="benchmark",
    )


def members(draw: random.Random, households: int, persons: int, claims: int, *, kinks: bool = False) -> Members:
    """Facts by name for random claims, with their parents.

    Args:
        draw: where chance comes from.
        households: how many households.
        persons: persons in each.
        claims: claims of each person.
        kinks: draw half of the amounts next to edges, mix years and groups, and shuffle the persons' claims.
    """
    of_person = [person for person in range(households * persons) for _ in range(claims)]
    if kinks:
        draw.shuffle(of_person)
    groups = [draw.choice((None, None, "registered_poor", "dibao", "tekun")) for _ in range(households * persons)]
    return {
        "claims": [_claim(draw, groups[person], kinks) for person in of_person],
        "claim": of_person,
        "person": [person // persons for person in range(households * persons)],
        "households": households,
    }


def _claim(draw: random.Random, group: str | None, kinks: bool) -> dict[str, Any]:
    if kinks and draw.random() < 0.5:
        in_scope = max(0, draw.choice(_EDGES) + draw.randint(-2, 2))
    else:
        in_scope = int(draw.lognormvariate(13.8, 1.0))  # median around 9,900 yuan
    billed = draw.randint(0, in_scope) if kinks else in_scope * draw.randint(40, 75) // 100
    member = {name: draw.random() < 0.3 if kinks else name == group for name in ("registered_poor", "dibao", "tekun")}
    return {
        "cost.in_scope": in_scope,
        "cost.other": draw.randint(0, 500000),
        "observed.basic": billed + (draw.random() < 0.1) if kinks else billed,
        "insurance": draw.choice(("resident", "employee")) if kinks else "resident",
        "facility_level": draw.choice(LEVELS),
        "benefit_year": draw.choice((2018, 2019)) if kinks else 2018,
        **{f"group.{name}": held for name, held in member.items()},
    }


def rows_of(found: Members, inputs: Sequence[str]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Rows that state the inputs in that order, and the parents."""
    rows = {
        "claim": [tuple(claim[name] for name in inputs) for claim in found["claims"]],
        "person": [()] * len(found["person"]),
        "household": [()] * found["households"],
    }
    return rows, {"claim": found["claim"], "person": found["person"]}
