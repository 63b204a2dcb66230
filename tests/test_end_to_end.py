"""One run of one rule set, from the household's income to the hospital bill, in place after place.

Everywhere the household is the same: two people, one of them with a wage of 200 yuan a month and a stay in the county
hospital. What differs is where they live, on what day, and which group the patient is of. Every figure on the right was
worked out by hand from the sources that the rule files cite.
"""

from __future__ import annotations

from typing import Any

import pytest
import worked_cases

import poverty_policy as pp
from poverty_policy.ruleset.library import OWN_RULES, Library

#: What the rules ask about a household that nothing speaks against. Each place is told only what its rules ask for.
NOTHING_AGAINST_IT = {"property_within_rule": True}
AS_A_RESIDENT = {**NOTHING_AGAINST_IT, "local_household": True}
WILLING = {**AS_A_RESIDENT, "work_refusals": 0, "cooperates": True, "renounces_income": False}
CI, MA = "health.critical_illness", "health.medical_assistance"
HOSPITAL = {
    "kind": "inpatient", "facility": "other", "facility_level": "county", "facility_grade": "grade_2",
    "area": "in_county", "referral": "referred",
}  # fmt: skip


def run(
    rules_of: str, on: str, groups: str, bill: dict[str, Any], *, wage: str = "200 元", insurance: str = "resident",
    reform: dict[str, str] | None = None, each: dict[str, Any] | None = None, **home: Any,
) -> pp.Outcome:  # fmt: skip
    """What the rules of a place come to for the household of two."""
    year, month, _ = (int(part) for part in on.split("-"))
    months = {"from": f"{year - 1}-01", "to": f"{year}-{month - 1:02}"}
    patient = {
        "id": "甲", "groups": groups.split(), "insurance": insurance, "birth_date": f"{year - 56}-01-01",
        "income": [{"item": "wage", "each_month": wage, **months}], "claims": [{"date": on, **HOSPITAL, **bill}],
        "facts": each or {},
    }  # fmt: skip
    spouse = {"id": "乙", "groups": [], "birth_date": f"{year - 54}-01-01", "facts": each or {}}
    case = {"on": on, "records_complete": months, "members": [patient, spouse], "facts": NOTHING_AGAINST_IT, **home}
    rules = pp.load(rules_of, on=on)
    return (rules if reform is None else rules.reform(reform)).assess(case)


def scope(cost: str, **paid: str) -> dict[str, Any]:
    """A bill: its in-scope cost, and what it says that layers without a tariff paid."""
    return {"cost": {"in_scope": cost}, **({"paid": paid} if paid else {})}


CASES: dict[str, tuple[tuple[Any, ...], dict[str, Any], dict[str, str]]] = {
    "Henan": (
        ("henan", "2022-06-15", "dibao", scope("80000", basic="48000", medical_assistance="10000")),
        {"residence": "rural"},
        {
            "allowance.dibao": "640.00",  # 420 × 2 − 200
            "health.critical_illness": "17,225.00",  # (32,000 − 5,500) × 65%
            "health.out_of_pocket": "4,775.00",
        },
    ),
    "Henan, Shangqiu": (
        ("shangqiu", "2018-06-15", "registered_poor", scope("80000", basic="48000")),
        {"residence": "rural", "place": "411400"},
        {
            "allowance.dibao": "375.00",  # 3,450 ÷ 12 × 2 − 200
            "health.critical_illness": "19,600.00",  # (32,000 − 7,500) × 80%
            "health.supplementary": "3,800.00",  # 12,400: 2,000 × 30% + 5,000 × 40% + 2,400 × 50%
            "health.out_of_pocket": "8,600.00",
        },
    ),
    "Gansu, Lanzhou": (
        ("lanzhou", "2022-06-15", "dibao", scope("80000", basic="48000")),
        {"residence": "urban", "place": "620102"},
        {
            "allowance.dibao": "1,628.00",  # 914 × 2 − 200
            "health.critical_illness": "20,625.00",  # 29,500: 10,000 × 65% + 10,000 × 70% + 9,500 × 75%
            "health.medical_assistance": "7,962.50",  # 11,375 × 70%
            "health.out_of_pocket": "3,412.50",
        },
    ),
    "Hubei, Qianjiang": (
        ("429005", "2017-06-15", "student", scope("80000", basic="48000")),
        {"residence": "rural", "place": "429005"},
        {
            "allowance.dibao": "498.00",  # 349 × 2 − 200
            "health.critical_illness": "11,200.00",  # 32,000 − 12,000: 18,000 × 55% + 2,000 × 65%
            "health.out_of_pocket": "20,800.00",
        },
    ),
    "Hunan, Shaodong": (
        ("430521", "2017-06-15", "dibao", scope("80000", basic="48000", critical_illness="26000")),
        {"residence": "rural", "place": "430521"},
        {
            "allowance.dibao": "304.33",  # 3,026 ÷ 12 × 2 − 200
            "health.medical_assistance": "4,200.00",  # 6,000 × 70%
            "health.out_of_pocket": "1,800.00",
        },
    ),
    "Chongqing": (
        ("chongqing", "2023-06-15", "dibao",
         scope("100800", medical_assistance="20000") | {"facility_grade": "grade_3"}),
        {"residence": "rural", "facts": WILLING, "insurance": "resident_plan_1"},
        {
            "allowance.dibao": "962.00",  # 581 × 2 − 200
            "health.basic": "50,000.00",  # (100,800 − 800) × 50%
            "health.critical_illness": "27,527.18",  # (50,800 − 8,450.50) × 65%
            "health.out_of_pocket": "3,272.82",
        },
    ),
    "Anhui, Jinzhai": (
        ("341524", "2020-06-15", "registered_poor", scope("80000", basic="48000", critical_illness="16000")),
        {"residence": "rural", "place": "341524", "wage": "670 元", "each": {"dropout": False, "insured": True},
         "facts": {"food": True, "clothing": True, "safe_housing": True}},
        {
            "line.poverty": "4,000.00",
            "account.exit_income": "8,040.00",  # 670 × 12: 4,020 a head
            "criteria.exit": "True",
            "health.bottom_line": "13,000.00",  # all that is left of 16,000 above 3,000 in the county
            "health.out_of_pocket": "3,000.00",
        },
    ),
    "Heilongjiang, Harbin": (
        ("230100", "2020-06-15", "registered_poor", scope("80000")),
        {"residence": "rural", "place": "230102"},
        {
            "allowance.dibao": "534.00",  # 367 × 2 − 200
            "line.monitoring": "6,000.00",
            "health.basic": "63,616.00",  # (80,000 − 480) × 80%
            "health.critical_illness": "6,749.60",  # (16,384 − 6,000) × 65%
            "health.out_of_pocket": "9,634.40",
        },
    ),
    "Guizhou, Changshun": (
        ("522729", "2018-06-15", "registered_poor", scope("80000", basic="48000") | {"area": "in_prefecture"}),
        {"residence": "rural", "place": "522729", "reform": {f"{MA}.caps.1.amount": "5 万元"},
         "each": {"to_be_relocated": True, "old_house_removed": True, "dropout": True}},
        {
            "criteria.exit": "False",  # 1,200 a head, and a child out of school
            "benefit.relocation_housing": "32,000.00",  # 20,000 for the registered member, 12,000 for the other
            "benefit.old_house_award": "30,000.00",  # 15,000 × 2
            "health.critical_illness": "19,200.00",  # 32,000 × 60%
            "health.medical_assistance": "8,960.00",  # 12,800 × 70%
            "health.county_fund": "3,840.00",
            "health.out_of_pocket": "0.00",
        },
    ),
    "Guizhou, Guiyang": (
        ("520100", "2024-06-15", "dibao", scope("80400")),
        {"residence": "urban", "place": "520102", "reform": {
            f"{CI}.deductible": "7000 元", f"{CI}.rate": "60%", f"{MA}.deductible": "0 元", f"{MA}.rate": "70%",
            f"{MA}.caps.1.amount": "5 万元"}},
        {
            "allowance.dibao": "1,454.00",  # 827 × 2 − 200
            "health.basic": "60,000.00",  # (80,400 − 400) × 75%
            "health.critical_illness": "8,040.00",  # (20,400 − 7,000) × 60%
            "health.medical_assistance": "8,652.00",  # 12,360 × 70%
            "health.out_of_pocket": "3,708.00",
        },
    ),
    "Hebei, Shijiazhuang": (
        ("130100", "2020-06-15", "registered_poor", scope("80400")),
        {"residence": "rural", "place": "130100", "reform": {"health.basic.caps.1.amount": "15 万元"}},
        {
            "allowance.dibao": "760.00",  # 5,760 ÷ 12 × 2 − 200
            "health.basic": "64,000.00",  # (80,400 − 400) × 80%
            "health.out_of_pocket": "16,400.00",
        },
    ),
    "Jiangxi, Jiujiang": (
        ("jiujiang", "2023-06-15", "dibao", scope("80000", basic="48000", critical_illness="12000")),
        {"residence": "rural", "place": "360400"},
        {
            "allowance.dibao": "1,120.00",  # 660 × 2 − 200
            "health.medical_assistance": "15,000.00",  # 20,000 × 75%
            "health.tilt_assistance": "3,500.00",  # 5,000 × 70%
            "health.out_of_pocket": "1,500.00",
        },
    ),
    "Shanghai": (
        ("shanghai", "2023-06-15", "student", scope("80000", basic="48000", critical_illness="12000")),
        {"residence": "urban", "facts": AS_A_RESIDENT},
        {
            "allowance.dibao": "2,640.00",  # 1,420 × 2 − 200
            "health.out_of_pocket": "20,000.00",
        },
    ),
    "Shaanxi, Pingli": (
        ("610926", "2020-06-15", "dibao over_ci_line", scope("80000", basic="48000", critical_illness="12000")),
        {"residence": "rural", "place": "610926"},
        {
            "allowance.dibao": "604.50",  # 4,827 ÷ 12 × 2 − 200
            "health.medical_assistance": "14,000.00",  # 20,000 × 70%
            "health.out_of_pocket": "6,000.00",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_income_and_health_in_one_run(name: str) -> None:
    asked, home, expected = CASES[name]
    outcome = run(*asked, **home)
    assert {one: str(outcome[one]) for one in expected} == expected


LIBRARY = Library([OWN_RULES])


@pytest.mark.parametrize("code", LIBRARY.codes())
def test_whatever_is_unknown_says_what_is_missing(code: str) -> None:
    looked_at = 0
    for on in {one.valid_from for one in LIBRARY.headings(code)}:
        try:
            rules = pp.load(code, on=on, health=False)
        except pp.RuleError:
            continue  # health rules alone, or a day of which nothing is known yet
        home: dict[str, Any] = {"on": str(on), "members": [{"id": "甲", "groups": ["registered_poor"]}]}
        for residence in ("rural", "urban"):
            outcome = rules.assess({**home, "residence": residence, "place": worked_cases.narrowest(rules)})
            for one in outcome.decisions:
                assert not isinstance(one.result, pp.Unknown) or one.missing, (on, residence, one.name)
            looked_at += len(outcome.decisions)
    assert looked_at or not any(one.parts - {"health", "targets"} for one in LIBRARY.headings(code))
