"""Henan and Hebei: what came after the first health files, worked by hand from the figures of the sources."""

from __future__ import annotations

from typing import Any

import pytest

import poverty_policy as pp


def claim(place: str, on: str, *groups: str, rules: pp.RuleSet | None = None, **more: Any) -> pp.Outcome:
    """One claim of a person; what bills must state is nothing."""
    found = rules or pp.load(place, on=on)
    paid = {stated.entry.name: "0" for stated in found.resolved.entries if stated.entry.needs_paid}
    bill = {"date": on, "kind": "inpatient", "facility_level": "county", "facility_grade": "grade_2",
            "area": "in_county", "referral": "referred", "paid": paid, **more}  # fmt: skip
    return found.assess({"insurance": "resident", "groups": list(groups), "claims": [bill]})


def home(on: str, residence: str, **facts: Any) -> dict[str, Any]:
    member = {"id": "a", "groups": [], "birth_date": "1970-01-01"}
    return {"on": on, "residence": residence, "facts": facts, "members": [member]}


@pytest.mark.parametrize(
    ("place", "on", "residence", "line", "amount"),
    [
        ("henan", "2018-06-01", "urban", "dibao", "470.00"),
        ("henan", "2018-06-01", "rural", "dibao", "287.50"),  # 3,450 ÷ 12
        ("henan", "2018-06-01", "urban", "tekun", "611.00"),  # 470 × 1.3
        ("henan", "2020-06-01", "rural", "dibao", "355.00"),  # 4,260 ÷ 12
        ("henan", "2021-06-30", "urban", "dibao", "570.00"),
        ("henan", "2021-07-01", "urban", "dibao", "590.00"),
        ("henan", "2021-12-31", "rural", "dibao", "377.00"),
        ("henan", "2022-01-01", "rural", "dibao", "420.00"),
        ("henan", "2023-06-01", "rural", "dibao", "440.00"),
        ("shijiazhuang", "2017-06-01", "urban", "dibao", "6,600.00"),
        ("shijiazhuang", "2020-06-01", "rural", "dibao", "5,760.00"),
        ("hebei", "2023-06-01", "rural", "monitoring", "8,300.00"),
    ],
)
def test_lines(place: str, on: str, residence: str, line: str, amount: str) -> None:
    assert str(pp.load(place, on=on).assess(home(on, residence))[f"line.{line}"]) == amount


def test_what_nobody_knows_of_2019_stays_unknown() -> None:
    outcome = pp.load("henan", on="2019-06-01").assess(home("2019-06-01", "rural"))
    assert "line.dibao" not in outcome or isinstance(outcome["line.dibao"], pp.Unknown)


def test_health_and_income_of_henan_in_one_run() -> None:
    case = home("2022-06-01", "rural", property_within_rule=True)
    case["records_complete"] = {"from": "2021-01", "to": "2022-05"}
    bill = {"date": "2022-06-01", "kind": "inpatient", "cost": {"in_scope": "50000"},
            "paid": {"basic": "20000", "medical_assistance": "0"}}  # fmt: skip
    case["members"][0] |= {"insurance": "resident", "groups": ["dibao"], "income": [], "claims": [bill]}
    outcome = pp.load("henan", on="2022-06-01").assess(case)
    assert str(outcome["allowance.dibao"]) == "420.00"
    assert str(outcome["health.critical_illness"]) == "15,925.00"  # (30,000 − 5,500) × 65 %


@pytest.mark.parametrize(("left", "paid"), [("2400", "0.00"), ("2400.02", "0.01"), ("12400", "6,500.00")])
def test_xinyang(left: str, paid: str) -> None:
    rules = pp.load("xinyang", on="2022-06-01")
    with pytest.raises(pp.UnspecifiedError, match="caps"):
        claim("xinyang", "2022-06-01", "monitored", cost={"in_scope": "20000"})
    rules = rules.reform({"health.medical_assistance.caps.1.amount": "5 万元"})
    outcome = claim("xinyang", "2022-06-01", "monitored", rules=rules, cost={"in_scope": left})
    assert str(outcome["health.medical_assistance"]) == paid


@pytest.mark.parametrize(
    ("group", "left", "paid"),
    [("tekun", "20000", "16,000.00"), ("dibao", "20000", "14,000.00"), ("dibao", "50000", "30,000.00"),
     ("tekun", "37500", "30,000.00"), ("tekun", "37500.02", "30,000.00")],
)  # fmt: skip
def test_handan(group: str, left: str, paid: str) -> None:
    assert str(claim("handan", "2022-06-01", group, cost={"in_scope": left})["health.medical_assistance"]) == paid


@pytest.mark.parametrize(
    ("kind", "cost", "entry", "paid"),
    [("outpatient", "1000", "outpatient_pooling", "500.00"), ("outpatient", "700", "outpatient_pooling", "490.00"),
     ("outpatient_chronic", "10000", "chronic_outpatient", "6,000.00"),
     ("outpatient_chronic", "8000", "chronic_outpatient", "6,000.00"),
     ("outpatient_chronic", "7999.99", "chronic_outpatient", "5,999.99"),
     ("outpatient_major", "100000", "major_outpatient", "90,000.00")],
)  # fmt: skip
def test_the_poor_of_hebei_as_outpatients(kind: str, cost: str, entry: str, paid: str) -> None:
    outcome = claim("hebei", "2017-06-01", "registered_poor", kind=kind, cost={"in_scope": cost})
    assert str(outcome[f"health.{entry}"]) == paid


@pytest.mark.parametrize(
    ("on", "area", "grade", "level", "paid"),
    [
        ("2020-12-25", "in_county", "grade_1", "township", "8,910.00"),  # 9,900 × 90 %
        ("2020-12-26", "in_county", "grade_1", "township", "9,108.00"),  # 9,900 × 92 %
        ("2020-12-25", "in_prefecture", "grade_2", "city", "6,440.00"),  # 9,200 × 70 %
        ("2020-12-26", "in_prefecture", "grade_2", "city", "6,900.00"),  # 9,200 × 75 %
        ("2020-12-26", "in_prefecture", "grade_3", "province", "5,100.00"),  # 8,500 × 60 %
        ("2020-12-25", "out_of_province", "grade_3", "province", "3,150.00"),  # 7,000 × 45 %
    ],
)
def test_the_tariff_of_shijiazhuang(on: str, area: str, grade: str, level: str, paid: str) -> None:
    rules = pp.load("shijiazhuang", on=on).reform({"health.basic.caps.1.amount": "15 万元"})
    found = claim("shijiazhuang", on, rules=rules, area=area, facility_grade=grade, facility_level=level,
                  cost={"in_scope": "10000"})  # fmt: skip
    assert str(found["health.basic"]) == paid


@pytest.mark.parametrize(("own", "falls"), [("24999.99", False), ("25000", False), ("25000.01", True)])
def test_impoverished_by_illness(own: str, falls: bool) -> None:
    case = home("2016-06-01", "rural", own_medical_12_months=own, household_income_12_months="50000")
    assert pp.load("hebei", on="2016-06-01").assess(case)["criteria.impoverished_by_illness"] is falls


def test_outpatient_assistance_in_jiaozuo() -> None:
    for cost, paid in (("20000", "2,000.00"), ("50000", "5,000.00"), ("60000", "5,000.00")):
        outcome = claim("jiaozuo", "2019-06-01", "dibao", kind="outpatient_chronic", cost={"in_scope": cost})
        assert str(outcome["health.outpatient_assistance"]) == paid


def test_what_shangqiu_reported_can_be_checked() -> None:
    targets = pp.load("shangqiu", on="2018-08-01").targets
    assert targets["supplementary_gain"].target.figure == pp.Figure.of("10.89 points")
    assert [one.met for one in targets.check({"cost_growth": "21.84%", "chronic_treated": "99.9%"})] == [False, True]
