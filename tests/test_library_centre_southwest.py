"""Hubei, Hunan, Guizhou and Yunnan, and the places below them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy import face
from poverty_policy.errors import RuleError, UnspecifiedError

BASIC, CI = "health.basic", "health.critical_illness"
MA, TILT = "health.medical_assistance", "health.tilt_assistance"
COEFFICIENTS = ("high_medical_cost", "chronic_severe", "grade_listed", "secondary_student", "single_parent")
AT_GRADE_3 = {"facility_grade": "grade_3", "paid": {}}
BASIC_CAP, MA_CAP = f"{BASIC}.caps.1.amount", f"{MA}.caps.1.amount"
CODES = (
    "420000", "420100", "420200", "420500", "429005", "430000", "430100", "430500", "430521", "430600", "431100",
    "520000", "520100", "522300", "522729", "530000", "532328", "532900",
)  # fmt: skip
FILES = [one for code in CODES for one in face.library().files(code)]


def bill(on: str, in_scope: str, **facts: Any) -> dict[str, Any]:
    return {"date": on, "kind": "inpatient", "cost": {"in_scope": in_scope}, **facts}


def settled(
    place: str, on: str, in_scope: str, *groups: str, reform: Mapping[str, Any] | None = None, **facts: Any
) -> pp.Outcome:
    """One inpatient bill of a resident; what is observed paid nothing unless said otherwise."""
    return several(place, [bill(on, in_scope, **{"paid": {"basic": "0"}, **facts})], *groups, reform=reform)


def several(
    place: str,
    bills: list[dict[str, Any]],
    *groups: str,
    reform: Mapping[str, Any] | None = None,
    insurance: str = "resident",
    **facts: Any,
) -> pp.Outcome:
    rules = pp.load(place, on=bills[0]["date"])
    case = {"insurance": insurance, "groups": list(groups), "claims": bills, **facts}
    return (rules.reform(reform) if reform else rules).assess(case)


def home(on: str, income: str = "0", heads: int = 1, residence: str = "rural", **more: Any) -> dict[str, Any]:
    """Persons of whom the first got one transfer in the month before."""
    count = int(on[:4]) * 12 + int(on[5:7]) - 1
    last, first = (f"{(count - n) // 12}-{(count - n) % 12 + 1:02}" for n in (1, 12))
    members: list[dict[str, Any]] = [{"id": f"{n}", "groups": [], "birth_date": "1980-01-01"} for n in range(heads)]
    members[0]["income"] = [{"item": "transfer", "amount": income, "from": last, "to": last}]
    records = {"from": first, "to": last}
    return {"on": on, "residence": residence, "records_complete": records, "members": members, **more}


def text(value: Any) -> str | None:
    return None if value is None else str(value)


def line(code: str, on: str, name: str, residence: str = "rural", **more: Any) -> str | None:
    value = pp.load(code, on=on, health=False).assess(home(on, residence=residence, **more))[f"line.{name}"]
    return None if isinstance(value, pp.Unknown) else text(value)


def decision(out: pp.Outcome, name: str) -> Any:
    (found,) = [one for one in out.decisions if one.name == name]
    return found.result


# --- the files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", FILES, ids=lambda one: f"{one.place.code}/{one.stem}")
def test_each_file_holds_on_its_first_and_last_day_and_not_beside_them(one: Any) -> None:
    first, last = one.declared.valid_from, one.last_day
    for day, inside in ((first, True), (last, True), (first - dt.timedelta(1), False), (last + dt.timedelta(1), False)):
        try:
            rules = pp.load(one.place.code, on=day, health=inside and "health" in one.parts)
        except RuleError:
            assert not inside
            continue
        if set(one.parts) == {"targets"}:
            names = {target["target"] for target in one.declared.targets}
            assert (names <= {target.target.target for target in rules.targets}) is inside
        elif inside:
            replaced = any(other.declared.supersedes == one.stem for other in face.library().files(one.place.code))
            assert replaced or one.path in {loaded.path for loaded in rules.resolved.files}
        else:
            assert one.path not in {loaded.path for loaded in rules.resolved.files}


# --- Hubei ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "groups", "in_scope", "paid"),
    [
        ("2015-12-31", [], "8000", "0.00"),  # the deductible of 2013 to 2015
        ("2016-06-01", [], "150000", "92,900.00"),  # 18,000 × 55% + 70,000 × 65% + 50,000 × 75%
        ("2018-06-01", ["registered_poor"], "150000", "104,000.00"),  # 25,000 × 60% + 70,000 × 70% + 50,000 × 80%
        ("2022-01-01", [], "150000", "93,800.00"),  # 18,000 × 60% + 70,000 × 65% + 50,000 × 75%
        ("2022-01-01", [], "11999.99", "0.00"),
        ("2022-01-01", [], "12000", "0.00"),
        ("2022-01-01", [], "12000.01", "0.01"),  # 0.006
    ],
)
def test_hubei_critical_illness(on: str, groups: list[str], in_scope: str, paid: str) -> None:
    assert text(settled("hubei", on, in_scope, *groups)[CI]) == paid


def test_hubei_2013_knows_no_bands() -> None:
    with pytest.raises(UnspecifiedError, match="critical_illness"):
        settled("hubei", "2015-06-01", "8000.01")


@pytest.mark.parametrize(
    ("deductible", "rate", "meets"), [(100, "70%", True), (101, "70%", False), (100, "69%", False)]
)
def test_hubei_what_a_tariff_for_the_poor_must_reach(deductible: int, rate: str, meets: bool) -> None:
    facts = {
        "first_grade_deductible": f"{deductible}", "first_grade_rate": "90%", "second_grade_rate": "80%",
        "third_grade_rate": rate,
    }  # fmt: skip
    rules = pp.load("hubei", on="2020-12-31", health=False)
    out = rules.assess({"level": "county", "on": "2020-12-31", "facts": facts})
    assert out["criteria.poor_inpatient_tariff"] is meets


@pytest.mark.parametrize(
    ("income", "marginal"),
    [("9360", False), ("9360.01", True), ("14039.99", True), ("14040", False)],  # 780 and 1,170 a month, twelve times
)
def test_hubei_marginal_families_are_above_the_line_and_below_one_and_a_half(income: str, marginal: bool) -> None:
    facts = {"property_within_rule": True, "marginal_assets": True, "marginal_vehicle": True}
    rules = pp.load("hubei", on="2024-08-19", health=False).reform({"line.dibao.amount": "780 元"})
    out = rules.assess(home("2024-08-19", income, facts=facts))
    assert out["allowance.marginal"] is marginal
    poorer = rules.assess(home("2024-08-19", "10000", facts={**facts, "marginal_vehicle": False}))
    assert poorer["allowance.marginal"] is False


@pytest.mark.parametrize(("cost", "due"), [("40000", False), ("40000.01", True)])
def test_hubei_2025_impoverished_by_illness(cost: str, due: bool) -> None:
    facts = {
        "insured": True, "own_cost_12_months": cost, "disposable_income_before": "40000", "illness_property": True,
        "basic_living_hard": True,
    }  # fmt: skip
    case = home("2025-09-09")
    case["members"][0]["facts"] = facts
    case["facts"] = {"basic_living_hard": True}
    out = pp.load("hubei", on="2025-09-09", health=False).assess(case)
    assert decision(out, "criteria.impoverished_by_illness") is due
    case["members"][0]["groups"] = ["dibao"]
    out = pp.load("hubei", on="2025-09-09", health=False).assess(case)
    assert decision(out, "criteria.impoverished_by_illness") is False


def test_hubei_2023_monitoring_line() -> None:
    assert line("hubei", "2023-12-31", "monitoring") == "7,600.00"
    assert line("hubei", "2024-01-01", "monitoring") is None


# --- Wuhan ------------------------------------------------------------------------------------------------


def test_wuhan_second_stay_at_half_the_deductible() -> None:
    stays = [
        bill("2023-05-01", "10800", facility_grade="grade_3"),
        bill("2023-06-01", "10800", facility_grade="grade_3"),
    ]
    out = several("wuhan", stays, reform={BASIC_CAP: "15 万元"})
    # (10,800 − 800) × 60% + (10,800 − 400) × 60%
    assert text(out[BASIC]) == "12,240.00"
    first = several("wuhan", [{**stays[0], "facility_grade": "grade_1"}, stays[1]], reform={
        BASIC_CAP: "15 万元", "health.basic_first_grade.caps.1.amount": "15 万元"})  # fmt: skip
    assert text(first[BASIC]) == "6,000.00"  # a stay at grade I is no first stay
    assert text(first["health.basic_first_grade"]) == "9,540.00"  # (10,800 − 200) × 90%


@pytest.mark.parametrize(
    ("groups", "paid"),
    [
        (["dibao"], "6,480.00"),  # no deductible: 10,800 × 60%
        (["dibao", "disabled"], "6,696.00"),  # 10,800 × 62%
        (["disabled"], "6,000.00"),
        (["disabled_no_work"], "6,480.00"),
    ],
)
def test_wuhan_groups_without_a_deductible(groups: list[str], paid: str) -> None:
    out = settled("wuhan", "2022-01-01", "10800", *groups, reform={BASIC_CAP: "15 万元"}, **AT_GRADE_3)
    assert text(out[BASIC]) == paid


def test_wuhan_does_not_know_the_cap_of_basic_insurance() -> None:
    with pytest.raises(UnspecifiedError, match="basic"):
        settled("wuhan", "2022-01-01", "10800", **AT_GRADE_3)


@pytest.mark.parametrize(
    ("on", "group", "in_scope", "paid"),
    [
        ("2018-07-31", "dibao", "10000", "7,000.00"),
        ("2018-08-01", "dibao", "10000", "8,000.00"),
        ("2018-07-31", "low_income", "10000", "6,000.00"),
        ("2018-08-01", "low_income", "10000", "7,000.00"),
        ("2018-07-31", "impoverished_by_illness", "10000", "5,000.00"),
        ("2018-08-01", "impoverished_by_illness", "10000", "6,000.00"),
        # critical illness leaves 200,000 − 9,900 − 45,500 − 75,000 = 69,600; × 80% = 55,680
        ("2018-08-01", "dibao", "200000", "55,680.00"),
        ("2018-07-31", "dibao", "200000", "48,720.00"),  # × 70%
        ("2018-08-01", "low_income", "200000", "40,000.00"),  # × 70% = 48,720, capped
    ],
)
def test_wuhan_medical_assistance_before_and_from_august_2018(on: str, group: str, in_scope: str, paid: str) -> None:
    assert text(settled("wuhan", on, in_scope, group)[MA]) == paid


@pytest.mark.parametrize(
    ("on", "urban", "rural"),
    [
        ("2016-07-31", "580.00", "320.00"), ("2016-08-01", "600.00", "360.00"), ("2020-04-01", "830.00", "680.00"),
        ("2022-03-31", "870.00", "730.00"), ("2022-04-01", "910.00", "780.00"), ("2023-06-13", "910.00", "780.00"),
        ("2023-06-14", "940.00", "820.00"), ("2020-03-31", None, None),
    ],
)  # fmt: skip
def test_wuhan_standards(on: str, urban: str | None, rural: str | None) -> None:
    assert (line("wuhan", on, "dibao", "urban"), line("wuhan", on, "dibao")) == (urban, rural)


def test_wuhan_2023_tekun_is_above_the_nations_floor() -> None:
    assert line("wuhan", "2023-06-14", "tekun", "urban") == "1,880.00"  # 2.0, not 1.3, times 940


def test_wuhan_2020_half_of_the_earnings_from_july_count() -> None:
    facts = {"property_within_rule": True, "urban_dibao": True}
    case = home("2020-10-15", residence="urban", facts=facts)
    case["members"][0]["facts"] = {"still_hard": False, "very_old": False, "bachelor_student": False}
    case["members"][0]["income"] = [
        {"item": "resumed_work_spring", "each_month": "1000", "from": "2020-04", "to": "2020-06"},
        {"item": "resumed_work_autumn", "each_month": "1000", "from": "2020-07", "to": "2020-09"},
    ]
    out = pp.load("wuhan", on="2020-10-15", health=False).assess(case)
    assert text(out["account.income"]) == "1,500.00"  # 3,000 × 50%
    assert text(out["allowance.dibao"]) == "705.00"  # 830 − 1,500 ÷ 12
    case["members"][0]["facts"] = {"still_hard": True, "very_old": True, "bachelor_student": False}
    out = pp.load("wuhan", on="2020-10-15", health=False).assess(case)
    assert text(out["allowance.dibao"]) == "871.00"  # and 830 × 20% = 166


def test_wuhan_coefficients_lower_the_income() -> None:
    case = home("2020-10-15", "72000", 4, "urban", facts={"property_within_rule": True})
    for member in case["members"]:
        member["facts"] = dict.fromkeys(COEFFICIENTS, False)
    case["members"][1]["birth_date"] = "1940-10-15"  # 80 on the day
    case["members"][2]["facts"]["grade_listed"] = True
    rules = pp.load("wuhan", on="2020-10-15", health=False).reform({"line.low_income.amount": "670 元"})
    out = rules.assess(case)
    # 72,000 − 830 × 2 × 12 − 830 × 2 × 12 = 32,160 a year, 670 a head and month
    assert text(out["account.low_income"]) == "32,160.00"
    assert out["criteria.low_income_family"] is True
    case["members"][1]["birth_date"] = "1940-11-15"
    assert rules.assess(case)["criteria.low_income_family"] is False


# --- Huangshi, Yichang, Qianjiang ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "urban", "rural", "tekun"),
    [("420202", "815.00", "685.00", "1,365.00"), ("420281", "815.00", "711.00", "1,365.00"),
     ("420222", "750.00", "575.00", "1,030.00")],
)  # fmt: skip
def test_huangshi_standards_by_zone(code: str, urban: str, rural: str, tekun: str) -> None:
    on = "2025-07-01"
    assert line(code, on, "dibao", "urban", place=code) == urban
    assert line(code, on, "dibao", place=code) == rural
    assert line(code, on, "tekun", place=code) == tekun


def test_huangshi_marginal_line_is_twice_the_standard() -> None:
    assert line("420281", "2025-07-01", "marginal", place="420281") == "1,422.00"


def test_huangshi_dibao_pays_the_gap() -> None:
    case = home("2025-07-15", "6000", 2, place="420281", facts={"property_within_rule": True})
    out = pp.load("420281", on="2025-07-15", health=False).assess(case)
    assert text(out["allowance.dibao"]) == "922.00"  # (711 − 250) × 2


@pytest.mark.parametrize(
    ("group", "in_scope", "paid"),
    [
        ("dibao", "6000", "900.00"),  # (6,000 − 5,000) × 90%
        ("dibao", "10000", "2,340.00"),  # critical illness pays (10,000 − 6,000) × 60% first: 7,600 are left
        ("dibao", "5000", "0.00"),
        ("dibao", "5000.01", "0.01"),  # 0.009
        ("tekun", "6000", "1,000.00"),
        ("monitored", "10000", "3,500.00"),
        ("dibao_marginal", "10000", "2,100.00"),  # (10,000 − 7,000) × 70%
        ("impoverished_by_illness", "10000", "1,500.00"),
    ],
)
def test_yichang_tilt_assistance(group: str, in_scope: str, paid: str) -> None:
    facts = {"referral": "referred", "area": "in_prefecture", "paid": {"basic": "0", "medical_assistance": "0"}}
    assert text(settled("yichang", "2023-06-01", in_scope, group, **facts)[TILT]) == paid
    assert settled("yichang", "2023-06-01", in_scope, group, **{**facts, "referral": "not_referred"})[TILT] is None


def test_qianjiang_2017() -> None:
    assert line("429005", "2017-03-31", "dibao") == "317.00"
    assert line("429005", "2017-04-01", "dibao") == "349.00"
    assert line("429005", "2017-04-01", "low_income") == "524.00"
    assert line("429005", "2017-04-01", "low_income", "urban") == "795.00"


# --- Hunan ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "in_scope", "paid"),
    [
        (None, "16000", "0.00"),
        (None, "16000.01", "0.01"),  # 0.006
        (None, "200000", "131,900.00"),  # 30,000 × 60% + 50,000 × 65% + 70,000 × 75% + 34,000 × 85%
        ("returned_to_poverty", "100000", "64,100.00"),  # 30,000 × 65% + 50,000 × 70% + 12,000 × 80%
        (None, "900000", "400,000.00"),  # capped
        ("returned_to_poverty", "900000", "778,300.00"),  # 19,500 + 35,000 + 56,000 + 742,000 × 90%, no cap
    ],
)
def test_hunan_2025_critical_illness(group: str | None, in_scope: str, paid: str) -> None:
    out = settled("hunan", "2025-06-01", in_scope, *([group] if group else []))
    assert text(out[CI]) == paid


def test_hunan_2022_leaves_the_deductible_to_the_city() -> None:
    with pytest.raises(UnspecifiedError, match="deductible"):
        settled("hunan", "2022-06-01", "50000")


@pytest.mark.parametrize(
    ("groups", "in_scope", "paid"),
    [
        ([], "11000", "0.00"), ([], "11000.01", "0.01"),
        ([], "50000", "23,850.00"),  # 30,000 × 60% + 9,000 × 65%
        (["returned_to_poverty"], "50000", "29,650.00"),  # 30,000 × 65% + 14,500 × 70%
    ],
)  # fmt: skip
def test_shaoyang_2022(groups: list[str], in_scope: str, paid: str) -> None:
    assert text(settled("430500", "2022-12-31", in_scope, *groups)[CI]) == paid


@pytest.mark.parametrize(
    ("level", "grade", "in_scope", "paid"),
    [
        ("township", "ungraded", "1200", "850.00"),  # (1,200 − 200) × 85%
        ("city", "grade_1", "1500", "820.00"),
        ("city", "grade_2", "1800", "800.00"),
        ("city", "grade_3", "21200", "13,000.00"),  # (21,200 − 1,200) × 65%
        ("province", "grade_3", "102000", "60,000.00"),
        ("city", "grade_3", "1199.99", "0.00"),
        ("city", "grade_3", "1200.01", "0.01"),  # 0.0065
    ],
)
def test_changsha_inpatients(level: str, grade: str, in_scope: str, paid: str) -> None:
    out = several("430100", [bill("2025-03-01", in_scope, facility_grade=grade, facility_level=level)])
    assert text(out[BASIC]) == paid


def test_changsha_end_to_end_and_repeated_stays() -> None:
    where = {"facility_grade": "grade_3", "facility_level": "province"}
    one = several("430100", [bill("2025-03-01", "102000", **where)])
    assert text(one[CI]) == "15,600.00"  # (42,000 − 16,000) × 60%
    stay = bill("2025-03-01", "21200", facility_grade="grade_3", facility_level="city")
    two = several("430100", [stay, {**stay, "date": "2025-04-01"}])
    assert text(two[BASIC]) == "26,390.00"  # 13,000 + (21,200 − 600) × 65%


def test_changsha_deductibles_of_a_year_add_up_to_3000_at_most() -> None:
    first = bill("2025-03-01", "12000", facility_grade="grade_3",
                 facility_level="province")  # fmt: skip
    second = bill("2025-04-01", "11000", facility_grade="grade_3", facility_level="city")
    out = several("430100", [first, second])
    assert text(out[BASIC]) == "12,500.00"  # (12,000 − 2,000) × 60% + (11,000 − 1,000) × 65%


@pytest.mark.parametrize(("cost", "reached"), [("19999.99", False), ("20000", True), ("20000.01", True)])
def test_changsha_half_of_the_income(cost: str, reached: bool) -> None:
    case = home("2022-06-15")
    case["members"][0]["facts"] = {
        "own_cost_yearly": cost, "family_income_yearly": "40000", "low_disposable_income": False,
        "property_falls_short": False,
    }  # fmt: skip
    for place in ("430100", "430600"):
        out = pp.load(place, on="2022-06-15", health=False).assess(case)
        assert decision(out, "criteria.impoverished_by_illness") is reached


def test_changsha_2022_needs_the_deductible() -> None:
    stay = [bill("2022-05-01", "10500", facility="charge_class_3")]
    with pytest.raises(UnspecifiedError, match="deductible"):
        several("430100", stay)
    out = several("430100", stay, reform={f"{BASIC}.deductible": "500 元"})
    assert text(out[BASIC]) == "7,000.00"


@pytest.mark.parametrize(
    ("group", "area", "in_scope", "paid"),
    [
        ("tekun", "in_county", "10000", "10,000.00"), ("tekun", "in_prefecture", "10000", "7,000.00"),
        ("dibao", "in_county", "6000", "4,200.00"), ("dibao", "in_county", "10000", "5,000.00"),
        ("dibao", "in_province", "9999.98", "4,999.99"), ("dibao", "in_province", "10000.02", "5,000.00"),
    ],
)  # fmt: skip
def test_shaodong_2017(group: str, area: str, in_scope: str, paid: str) -> None:
    paid_before = {"basic": "0", "critical_illness": "0"}
    out = several("430521", [bill("2017-06-01", in_scope, area=area, paid=paid_before)], group, birth_date="1980-01-01")
    assert text(out[MA]) == paid


def test_yongzhou_and_yueyang_2020_add_ten_points_to_a_rate_that_has_to_be_given() -> None:
    for place in ("431100", "430600"):
        with pytest.raises(UnspecifiedError, match="basic"):
            settled(place, "2020-06-01", "10500", "registered_poor", paid={})
        given = {
            f"{BASIC}.deductible": "500 元", f"{BASIC}.rate": "70%", BASIC_CAP: "none", f"{CI}.rate": "60%",
            f"{CI}.deductible.registered_poor": "6000 元",
        }  # fmt: skip
        if place == "431100":
            given[MA_CAP] = "none"
        out = settled(place, "2020-06-01", "10500", "registered_poor", reform=given, paid={})
        assert text(out[BASIC]) == "8,000.00"  # (10,500 − 500) × 80%


@pytest.mark.parametrize(
    ("on", "urban", "rural"),
    [
        ("2014-06-01", "330.00", "165.00"), ("2016-12-31", "420.00", "220.00"), ("2017-06-01", None, "3,026.00"),
        ("2018-06-01", None, "3,200.00"), ("2019-06-30", "5,640.00", "3,480.00"),
        ("2019-07-01", "6,000.00", "3,700.00"),
        ("2020-10-31", "6,000.00", "4,000.00"), ("2020-11-01", "6,600.00", "4,000.00"),
        ("2021-01-01", "6,600.00", "4,300.00"),
    ],
)  # fmt: skip
def test_hunan_guide_standards(on: str, urban: str | None, rural: str) -> None:
    assert (line("hunan", on, "dibao", "urban"), line("hunan", on, "dibao")) == (urban, rural)


def test_hunan_2021_dibao_end_to_end() -> None:
    rules = pp.load("hunan", on="2021-08-15", health=False)
    case = home("2021-08-15", "6000", 3, facts={"property_within_rule": True})
    assert text(rules.assess(case)["allowance.dibao"]) == "575.00"  # (4,300 × 3 − 6,000) ÷ 12


@pytest.mark.parametrize(("income", "out"), [("3699.99", False), ("3700", False), ("3700.01", True)])
def test_hunan_2019_exit_is_above_3700(income: str, out: bool) -> None:
    facts = dict.fromkeys(("food", "clothing", "compulsory_education", "basic_medical", "safe_housing"), True)
    rules = pp.load("hunan", on="2019-12-15", health=False)
    assert rules.assess(home("2019-12-15", income, facts=facts))["criteria.exit"] is out


def test_hunan_2018_cost_that_is_taken_off() -> None:
    case = home("2019-08-15", facts={"property_within_rule": True, "urban_dibao": False})
    months = {"from": "2019-07", "to": "2019-07"}
    case["members"][0]["income"] = [{"item": "wage", "amount": "5000", **months}]
    case["members"][0]["spending"] = [
        {"item": "work_cost", "amount": "1000", **months},
        {"item": "hardship_medical", "amount": "2000", **months},
    ]
    out = pp.load("hunan", on="2019-08-15", health=False).assess(case)
    assert text(out["account.income"]) == "2,000.00"
    assert text(out["allowance.dibao"]) == "141.67"  # (3,700 − 2,000) ÷ 12 = 141.666…


def test_yongzhou_2023_tekun() -> None:
    assert line("431100", "2023-01-01", "tekun") == "6,500.00"  # 5,000 × 1.3
    assert line("431100", "2022-12-31", "dibao") == "4,600.00"


# --- Guizhou ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "assistance"),
    [
        ("tekun", "40,800.00"), ("dibao", "28,560.00"),  # what critical illness leaves of 120,000, and 70% of it
        ("dibao_marginal", "23,880.00"),  # (40,800 − 1,000) × 60%
        ("impoverished_by_illness", "19,400.00"),  # (40,800 − 2,000) × 50%
        ("retired", None),
    ],
)  # fmt: skip
def test_qianxinan_2025_end_to_end(group: str, assistance: str | None) -> None:
    out = settled("522300", "2025-06-01", "120000", group)
    assert text(out[CI]) == "79,200.00"  # 47,000 × 60% + 50,000 × 70% + 20,000 × 80%
    assert text(out[MA]) == assistance


@pytest.mark.parametrize(("in_scope", "paid"), [("2999.99", "0.00"), ("3000", "0.00"), ("3000.01", "0.01")])
def test_qianxinan_2025_deductible(in_scope: str, paid: str) -> None:
    assert text(settled("522300", "2025-06-01", in_scope)[CI]) == paid


@pytest.mark.parametrize(("area", "filled"), [("in_county", "1,500.00"), ("out_of_province", "500.00")])
def test_qianxinan_2018_guarantee(area: str, filled: str) -> None:
    paid = {"basic": "6000", "critical_illness": "1500", "medical_assistance": "1000"}
    out = settled("522300", "2018-06-01", "10000", "registered_poor", area=area, paid=paid)
    assert text(out["health.bottom_line"]) == filled


@pytest.mark.parametrize(
    ("facility", "level", "grade", "in_scope", "paid"),
    [
        ("other", "township", "ungraded", "5100", "4,000.00"),  # (5,100 − 100) × 80%
        ("other", "county", "grade_1", "5100", "3,850.00"),  # 77%
        ("other", "city", "grade_2", "4400", "3,000.00"),  # (4,400 − 400) × 75%
        ("other", "county", "grade_3", "10800", "6,000.00"),
        ("other", "city", "grade_3", "11000", "6,000.00"),
        ("provincial_four", "province", "grade_3", "21400", "12,000.00"),
    ],
)
def test_guiyang_2024(facility: str, level: str, grade: str, in_scope: str, paid: str) -> None:
    given = {f"{CI}.deductible": "7000 元", f"{CI}.rate": "60%"}
    stay = bill("2024-06-01", in_scope, facility=facility, facility_level=level, facility_grade=grade)
    assert text(several("520100", [stay], reform=given)[BASIC]) == paid


def test_guiyang_knows_only_the_cap_of_critical_illness() -> None:
    stay = bill("2024-06-01", "11000", facility="other", facility_level="city", facility_grade="grade_3")
    with pytest.raises(UnspecifiedError, match="critical_illness"):
        several("520100", [stay])


def test_guizhou_2026_assistance_is_open() -> None:
    paid = {"basic": "0", "critical_illness": "0"}
    with pytest.raises(UnspecifiedError, match="medical_assistance"):
        settled("guizhou", "2026-03-10", "100", "near_poverty", paid=paid)
    assert settled("guizhou", "2026-03-10", "100", paid=paid)[MA] is None


def test_changshun_the_county_pays_what_three_layers_leave() -> None:
    stay = bill(
        "2018-06-01", "100000", area="out_of_province", referral="referred", facility_level="city", paid={"basic": "0"}
    )
    with pytest.raises(UnspecifiedError, match="medical_assistance"):
        several("changshun", [stay], "registered_poor", insurance="ncms")
    out = several("changshun", [stay], "registered_poor", insurance="ncms", reform={MA_CAP: "none"})
    assert text(out[CI]) == "69,500.00"  # 35,000 × 60% + 35,000 × 70% + 30,000 × 80%
    assert text(out[MA]) == "21,350.00"  # 30,500 × 70%
    assert text(out["health.county_fund"]) == "9,150.00"
    assert text(out["health.out_of_pocket"]) == "0.00"
    capped = several("changshun", [stay], "registered_poor", insurance="ncms", reform={MA_CAP: "1 万元"})
    assert text(capped["health.out_of_pocket"]) == "0.00"


def test_changshun_outpatients_and_beyond_the_last_band() -> None:
    visit = {"date": "2018-06-01", "kind": "outpatient", "facility_level": "village", "cost": {"in_scope": "100"},
             "area": "in_county", "referral": "referred"}  # fmt: skip
    out = several("changshun", [visit], "registered_poor", insurance="ncms", reform={MA_CAP: "none"})
    assert text(out["health.village_outpatient"]) == "65.00"
    for in_scope, known in (("140000", True), ("140000.01", False)):
        stay = bill(
            "2018-06-01", in_scope, area="in_province", referral="referred", facility_level="city", paid={"basic": "0"}
        )
        if known:  # 21,000 + 24,500 + 56,000
            out = several("changshun", [stay], "registered_poor", insurance="ncms", reform={MA_CAP: "none"})
            assert text(out[CI]) == "101,500.00"
        else:
            with pytest.raises(UnspecifiedError):
                several("changshun", [stay], "registered_poor", insurance="ncms", reform={MA_CAP: "none"})


def test_changshun_family_planning_households_get_half_beside_assistance() -> None:
    stay = bill(
        "2018-06-01", "7000", area="in_county", referral="referred", facility_level="county", paid={"basic": "0"}
    )
    groups = ("registered_poor", "family_planning_poor")
    out = several("changshun", [stay], *groups, insurance="ncms", reform={MA_CAP: "none"})
    assert text(out[CI]) == "0.00"  # 7,000 is the deductible
    assert text(out[MA]) == "4,900.00"
    assert text(out["health.family_planning_assistance"]) == "2,100.00"  # 3,500, of which 2,100 are left
    assert text(out["health.county_fund"]) == "0.00"


# --- Yunnan -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "urban", "rural", "tekun"),
    [
        ("2019-07-01", "7,320.00", "4,200.00", "732.00"), ("2020-05-31", "7,320.00", "4,200.00", "732.00"),
        ("2020-06-01", "7,680.00", "4,500.00", "832.00"), ("2021-07-01", "7,920.00", "4,770.00", "858.00"),
        ("2023-07-01", "8,736.00", "6,038.00", "947.00"),
    ],
)  # fmt: skip
def test_yunnan_guide_standards(on: str, urban: str, rural: str, tekun: str) -> None:
    assert (line("yunnan", on, "dibao", "urban"), line("yunnan", on, "dibao")) == (urban, rural)
    assert line("yunnan", on, "tekun") == tekun


def test_yunnan_2023_dibao_end_to_end() -> None:
    case = home("2023-08-15", "6038", 2, facts={"property_within_rule": True})
    rules = pp.load("yunnan", on="2023-08-15", health=False)
    assert text(rules.assess(case)["allowance.dibao"]) == "503.17"  # 6,038 ÷ 12 = 503.166…


@pytest.mark.parametrize(
    ("grade", "in_scope", "outside", "basic", "critical", "rest"),
    [
        ("grade_3", "100000", "5000", "70,000.00", "21,500.00", "8,500.00"),  # 20,000 × 70% + 10,000 × 75%
        ("grade_1", "10000", "300", "9,000.00", "700.00", "300.00"),
    ],
)
def test_dali_leaves_the_poor_nothing(
    grade: str, in_scope: str, outside: str, basic: str, critical: str, rest: str
) -> None:
    stay = bill(
        "2017-11-01", in_scope, facility_grade=grade, facility_level="county", area="in_prefecture", disease="肺炎"
    )
    stay["cost"]["out_of_catalogue"] = outside
    out = several("dali", [stay], "registered_poor", reform={BASIC_CAP: "none"})
    assert (text(out[BASIC]), text(out[CI]), text(out["health.supplementary"])) == (basic, critical, rest)
    assert text(out["health.out_of_pocket"]) == "0.00"
    with pytest.raises(UnspecifiedError, match="basic"):
        several("dali", [{**stay, "area": "out_of_province"}], "registered_poor", reform={BASIC_CAP: "none"})


@pytest.mark.parametrize(("disease", "paid"), [("终末期肾病", "900.00"), ("高血压", "800.00")])
def test_dali_chronic_outpatients(disease: str, paid: str) -> None:
    visit = {"date": "2018-03-01", "kind": "outpatient_chronic", "disease": disease, "cost": {"in_scope": "1000"},
             "facility_level": "county", "facility_grade": "grade_2", "area": "in_county"}  # fmt: skip
    assert text(several("dali", [visit], "registered_poor")["health.chronic_outpatient"]) == paid


def test_yuanmou_2022_assistance() -> None:
    given = {MA_CAP: "none", f"{TILT}.deductible": "8050 元", f"{TILT}.rate": "50%"}
    paid = {"basic": "0", "critical_illness": "0"}
    for group, amount in (("dibao", "7,000.00"), ("impoverished_by_illness", "5,000.00")):
        assert text(settled("532328", "2022-06-01", "10000", group, reform=given, paid=paid)[MA]) == amount


@pytest.mark.parametrize(
    ("income", "risk", "entered"),
    [("24149.99", True, True), ("24149.99", False, False), ("24150", True, False)],  # 8,050 × 3
)
def test_yuanmou_2023_monitoring_needs_a_risk(income: str, risk: bool, entered: bool) -> None:
    facts = dict.fromkeys(("home_unsafe", "water_failed", "school_burden", "shock"), False)
    case = home("2023-06-15", income, 3, facts={**facts, "medical_burden": risk})
    out = pp.load("532328", on="2023-06-15", health=False).assess(case)
    assert out["criteria.county_monitoring"] is entered


@pytest.mark.parametrize(("poor", "leaves"), [(299, True), (300, False), (301, False)])
def test_yunnan_counties_leave_below_3_percent(poor: int, leaves: bool) -> None:
    facts = {
        "poor_persons": poor, "rural_population": 10000, "growth_above_province": True, "poor_villages_left": 9,
        "poor_villages": 10, "households_helped": 100, "registered_households": 100, "education_balanced": True,
    }  # fmt: skip
    rules = pp.load("yunnan", on="2019-06-01", health=False)
    assert rules.assess({"level": "county", "on": "2019-06-01", "facts": facts})["criteria.county_exit"] is leaves


@pytest.mark.parametrize(
    ("missed", "unrepaired", "enrolled", "over"),
    [
        (0, 0, "2025-06-15", True), (0, 0, "2025-06-16", False),  # three months
        (2, 2, "2025-04-15", True), (2, 2, "2025-04-16", False),  # five
        (5, 0, "2025-03-15", True), (5, 0, "2025-03-16", False),  # six at least
        (5, 5, "2025-01-15", True), (5, 5, "2025-01-16", False),  # eight
    ],
)  # fmt: skip
def test_yunnan_2025_waiting_period(missed: int, unrepaired: int, enrolled: str, over: bool) -> None:
    case = home("2025-09-15")
    case["members"][0]["facts"] = {
        "missed_years": missed, "unrepaired_years": unrepaired, "enrolled_on": enrolled, "enrolled_in_season": False,
        "exempt_from_waiting": False,
    }  # fmt: skip
    rules = pp.load("yunnan", on="2025-09-15", health=False)
    assert decision(rules.assess(case), "criteria.waiting_over") is over


@pytest.mark.parametrize(
    ("place", "on", "where", "limit"),
    [
        ("430100", "2025-03-01", {"facility_grade": "grade_3", "facility_level": "city"}, "150,000.00"),
        ("520100", "2024-06-01", {"facility_grade": "grade_2", "facility_level": "city", "facility": "other"},
         "250,000.00"),
    ],
)  # fmt: skip
def test_the_limit_of_basic_insurance_is_yearly(place: str, on: str, where: dict[str, str], limit: str) -> None:
    given = {f"{CI}.deductible": "7000 元", f"{CI}.rate": "60%"} if place == "520100" else {}
    stays = [bill(on, "200000", **where), bill(on, "200000", **where)]
    assert text(several(place, stays, reform=given)[BASIC]) == limit
