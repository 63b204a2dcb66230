"""Northern provinces, and the speeches of Shangzhou, Zhouqu, Songyuan, Qinghai, Aohan and of no named place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy import face
from poverty_policy.errors import RuleError, UnspecifiedError

EXAMPLES = Path(__file__).parent.parent / "examples"
CI = "health.critical_illness"
MA = "health.medical_assistance"
CI_CAP, MA_CAP = f"{CI}.caps.1.amount", f"{MA}.caps.1.amount"
CODES = (
    "150000", "150100", "150200", "150600", "150900", "150430", "210000", "220000", "220700", "540000", "611002",
    "623023", "630000", "640000", "640100", "640200", "640300", "640400", "640500", "652900", "653226",
)  # fmt: skip
FILES = [one for code in CODES for one in face.library().files(code)]


def settled(
    place: str, on: str, in_scope: str, *groups: str, reform: Mapping[str, Any] | None = None, **facts: Any
) -> pp.Outcome:
    """One inpatient bill of a resident; its basic insurance paid nothing unless said otherwise."""
    rules = pp.load(place, on=on)
    bill = {"date": on, "kind": "inpatient", "cost": {"in_scope": in_scope}, "paid": {"basic": "0"}, **facts}
    case = {"insurance": "resident", "groups": list(groups), "claims": [bill]}
    return (rules.reform(reform) if reform else rules).assess(case)


def household(on: str, income: str = "0", heads: int = 1, **more: Any) -> dict[str, Any]:
    """Persons of whom the first got one transfer in the month before."""
    count = int(on[:4]) * 12 + int(on[5:7]) - 1
    last, first = (f"{(count - n) // 12}-{(count - n) % 12 + 1:02}" for n in (1, 12))
    members: list[dict[str, Any]] = [{"id": f"{n}", "groups": [], "birth_date": "1980-01-01"} for n in range(heads)]
    members[0]["income"] = [{"item": "transfer", "amount": income, "from": last, "to": last}]
    return {"on": on, "residence": "rural", "records_complete": {"from": first, "to": last}, "members": members, **more}


def lone(on: str, *groups: str, income: str = "0", facts: Mapping[str, Any] | None = None, **more: Any) -> Any:
    case = household(on, income, **more)
    case["members"][0].update(groups=list(groups), facts=dict(facts or {}))
    return case


def text(value: Any) -> str | None:
    return None if value is None else str(value)


def missing(value: Any) -> set[str]:
    assert isinstance(value, pp.Unknown), value
    return {one.what for one in value.missing}


# --- the files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", FILES, ids=lambda one: f"{one.place.code}/{one.stem}")
def test_what_each_file_states_holds_on_its_first_and_last_day_and_not_beside_them(one: Any) -> None:
    first, last = one.declared.valid_from, one.last_day
    for day in (first, last):
        rules = pp.load(one.place.code, on=day, health="health" in one.parts)
        assert one.declared.limitations
        if set(one.parts) == {"targets"}:
            names = {target["target"] for target in one.declared.targets}
            assert names <= {target.target.target for target in rules.targets}
        else:
            assert one.path in {loaded.path for loaded in rules.resolved.files}
    for day in (first - dt.timedelta(days=1), last + dt.timedelta(days=1)):
        try:
            rules = pp.load(one.place.code, on=day, health=False)
        except RuleError:
            continue
        assert one.path not in {loaded.path for loaded in rules.resolved.files}


# --- Inner Mongolia ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "paid"),
    [("tekun", "10000.00"), ("dibao", "7000.00"), ("registered_poor", "7000.00")],  # 100%, 70%, 70% of 10,000
)
def test_inner_mongolia_2017_assistance_at_the_least_rates(group: str, paid: str) -> None:
    paid_before = {"basic": "8000", "critical_illness": "2000"}
    out = settled("neimenggu", "2017-11-01", "20000", group, reform={MA_CAP: "3 万元"}, paid=paid_before)
    assert str(out[MA]).replace(",", "") == paid


def test_inner_mongolia_2017_leaves_the_cap_and_the_others_deductible_open() -> None:
    paid_before = {"basic": "0", "critical_illness": "0"}
    with pytest.raises(UnspecifiedError, match="caps"):
        settled("neimenggu", "2019-01-01", "100", "dibao", paid=paid_before)
    with pytest.raises(UnspecifiedError, match="deductible"):
        settled("neimenggu", "2019-01-01", "100", "low_income", reform={MA_CAP: "none"}, paid=paid_before)


@pytest.mark.parametrize(
    ("in_scope", "paid"),
    [("13999.99", "0.00"), ("14000", "0.00"), ("14000.01", "0.01"), ("114000", "60,000.00")],
)
def test_baotou_2021_above_14000_at_60_percent_without_a_cap(in_scope: str, paid: str) -> None:
    # 0.01 × 60% = 0.006, half up to the fen; (114,000 − 14,000) × 60% = 60,000
    assert text(settled("baotou", "2021-01-01", in_scope)[CI]) == paid


def test_the_region_has_no_cap_that_is_known() -> None:
    with pytest.raises(UnspecifiedError, match="caps"):
        settled("neimenggu", "2020-10-28", "34000")
    out = settled("neimenggu", "2020-10-28", "34000", reform={CI_CAP: "none"})
    assert text(out[CI]) == "12,000.00"  # (34,000 − 14,000) × 60%


def test_averages_of_the_region_are_no_line() -> None:
    rules = pp.load("neimenggu", on="2022-06-01", health=False)
    assert missing(rules.assess(household("2022-06-01"))["line.dibao"]) == {"line.dibao.amount"}
    shown = {one.target.target: str(one.target.figure.value) for one in rules.targets}
    assert shown["urban_dibao_2022"] == "813.00"
    assert shown["rural_dibao_2022"] == "7,320.00"


@pytest.mark.parametrize(("poor", "leaves"), [(299, True), (300, False), (301, False)])
def test_a_banner_leaves_below_3_percent(poor: int, leaves: bool) -> None:
    facts = {
        "poor_persons": poor, "rural_population": 10000, "missed": 2, "sampled_unregistered": 100, "wrongly_exited": 2,
        "sampled_exited": 100, "approving": 90, "asked": 100, "growth_above_nation": True,
    }  # fmt: skip
    rules = pp.load("neimenggu", on="2020-03-04", health=False)
    assert rules.assess({"level": "county", "on": "2020-03-04", "facts": facts})["criteria.banner_exit"] is leaves
    worse = {**facts, "wrongly_exited": 3}
    assert rules.assess({"level": "county", "on": "2020-03-04", "facts": worse})["criteria.banner_exit"] is False


# --- Liaoning, Jilin --------------------------------------------------------------------------------------


def test_liaoning_2022_monitoring_line() -> None:
    out = pp.load("liaoning", on="2022-12-31", health=False).assess(household("2022-12-31"))
    assert text(out["line.monitoring"]) == "7,260.00"
    before = pp.load("liaoning", on="2021-12-31", health=False).assess(household("2021-12-31"))["line.monitoring"]
    assert text(before) == "6,000.00"  # the nation's; that of the province is not known


@pytest.mark.parametrize(
    ("group", "income", "covered"),
    [
        ("seriously_ill", "30000", True), ("seriously_ill", "30000.01", False),  # 500 × 5 × 12
        ("severely_disabled", "18000", True), ("severely_disabled", "18000.01", False),  # 500 × 3 × 12
    ],
)  # fmt: skip
def test_liaoning_2020_covers_one_person_up_to_5_and_3_times_the_standard(
    group: str, income: str, covered: bool
) -> None:
    rules = pp.load("liaoning", on="2020-09-15", health=False)
    rules = rules.reform({"line.dibao.amount": "500 元", "allowance.dibao.single.amount": "full"})
    facts = {"property_within_rule": True, "urban_dibao": True, "stable_income": True, "marginal_property": True}
    case = lone("2020-09-15", group, income=income, facts={"own_income_below": True}, heads=1)
    out = rules.assess({**case, "facts": facts})
    found = out["allowance.dibao"]
    assert (text(found) == "500.00") is covered


def test_jilin_2026_bands_count_from_zero() -> None:
    with pytest.raises(UnspecifiedError, match="deductible"):
        settled("jilin", "2026-02-01", "250000")
    deductible = {f"{CI}.deductible.default": "2 万元", f"{CI}.deductible.dibao": "1 万元"}
    assistance = {f"{MA}.rate": "70%", MA_CAP: "none"}
    out = settled("jilin", "2026-02-01", "250000", reform=deductible)
    assert text(out[CI]) == "158,000.00"  # 80,000 × 60% + 100,000 × 70% + 50,000 × 80%
    out = settled("jilin", "2026-02-01", "250000", "dibao", reform={**deductible, **assistance})
    assert text(out[CI]) == "176,000.00"  # 90,000 × 65% + 100,000 × 75% + 50,000 × 85% = 58,500 + 75,000 + 42,500
    out = settled("jilin", "2026-02-01", "600000", reform=deductible)
    assert text(out[CI]) == "400,000.00"  # 48,000 + 70,000 + 320,000 = 438,000, capped


# --- Qinghai ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grade", "in_scope", "basic", "critical"),
    [
        ("grade_1", "100", "0.00", "0.00"), ("grade_1", "1100", "900.00", "0.00"),  # 1,000 × 90%
        ("grade_2", "20600", "16,000.00", "0.00"),  # 20,000 × 80%
        ("grade_3", "101500", "70,000.00", "15,600.00"),  # 100,000 × 70%; (31,500 − 12,000) × 80%
        ("grade_3", "201500", "100,000.00", "71,600.00"),  # 140,000, capped; (101,500 − 12,000) × 80%
    ],
)  # fmt: skip
def test_qinghai_2023(grade: str, in_scope: str, basic: str, critical: str) -> None:
    out = settled("qinghai", "2023-05-10", in_scope, facility_grade=grade, paid={})
    assert (text(out["health.basic"]), text(out[CI])) == (basic, critical)


@pytest.mark.parametrize(
    ("place", "on", "facts"),
    [("qinghai", "2023-06-01", {"facility_grade": "grade_2", "paid": {}}), ("653226", "2021-06-01", {})],
)
@pytest.mark.parametrize("group", ["dibao", "tekun"])
def test_medical_assistance_that_the_law_grants_is_open_and_not_nil(
    place: str, on: str, facts: dict[str, Any], group: str
) -> None:
    with pytest.raises(UnspecifiedError, match="medical_assistance"):
        settled(place, on, "5000", group, **facts)
    assert settled(place, on, "5000", **facts)[MA] is None


def test_qinghai_2016_names_three_kinds_of_assistance_without_figures() -> None:
    before = {"basic": "5000", "critical_illness": "0"}
    assert text(settled("qinghai", "2016-06-01", "9000", paid=before)["health.out_of_pocket"]) == "4,000.00"
    with pytest.raises(UnspecifiedError, match="inpatient_assistance"):
        settled("qinghai", "2016-06-01", "9000", "dibao", paid=before)


def test_qinghai_2016_pays_120_yuan_for_rural_dibao() -> None:
    rules = pp.load("qinghai", on="2016-12-31", health=False)
    assert text(rules.assess(lone("2016-12-31", "dibao"))["benefit.premium"]) == "120.00"
    urban = rules.assess(lone("2016-12-31", "dibao", residence="urban"))["benefit.premium"]
    assert missing(urban) == {"benefit.premium.amount.urban"}


# --- Ningxia ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "deductible"),
    [("yinchuan", 10000), ("shizuishan", 10000), ("640300", 9500), ("guyuan", 8500), ("zhongwei", 9500)],
)
def test_ningxia_2019_deductible_of_each_city(place: str, deductible: int) -> None:
    more = {f"{CI}.rate": "50%", CI_CAP: "none"}  # the rates of 2019 are not known
    with pytest.raises(UnspecifiedError, match="rate"):
        settled(place, "2019-06-01", "20000")
    assert text(settled(place, "2019-06-01", str(deductible), reform=more)[CI]) == "0.00"
    assert text(settled(place, "2019-06-01", str(deductible + 1000), reform=more)[CI]) == "500.00"
    assert text(settled(place, "2019-06-01", "4000", "registered_poor", reform=more)[CI]) == "500.00"  # 3,000


def test_ningxia_2013_knows_the_first_band_and_the_last() -> None:
    none = {CI_CAP: "none"}
    assert text(settled("ningxia", "2013-06-01", "6000", reform=none)[CI]) == "0.00"
    assert text(settled("ningxia", "2013-06-01", "26000", reform=none)[CI]) == "10,000.00"  # 20,000 × 50%
    with pytest.raises(UnspecifiedError, match="bands"):
        settled("ningxia", "2013-06-01", "26000.01", reform=none)


def test_yinchuan_takes_medical_cost_and_the_carers_minimum_wage_off() -> None:
    rules = pp.load("yinchuan", on="2017-06-15", health=False).reform({"line.minimum_wage.amount": "1480 元"})
    case = household("2017-06-15", "30000", heads=2)
    window = {"from": "2016-06", "to": "2017-05"}
    case["members"][0]["spending"] = [{"item": "medical", "amount": "6000 元", **window}]
    for member in case["members"]:
        member["facts"] = {"sole_carer": False}
    assert text(rules.assess(case)["account.income"]) == "24,000.00"  # 30,000 − 6,000
    case["members"][1]["facts"] = {"sole_carer": True}
    assert text(rules.assess(case)["account.income"]) == "6,240.00"  # 24,000 − 1,480 × 12


# --- Xinjiang, Tibet --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "in_scope", "paid"),
    [
        ((), "6269", "0.00"), ((), "6269.02", "0.01"), ((), "56269", "27,500.00"),  # 50,000 × 55%
        ((), "126269", "75,000.00"),  # 27,500 + 32,500 + 20,000 × 75%
        (("registered_poor",), "123135", "81,000.00"),  # 30,000 + 35,000 + 20,000 × 80%
    ],
)  # fmt: skip
def test_yutian_2021(groups: tuple[str, ...], in_scope: str, paid: str) -> None:
    assert text(settled("653226", "2021-06-12", in_scope, *groups, reform={CI_CAP: "none"})[CI]) == paid
    if paid == "0.00":  # nothing is due, so that no cap is asked for
        assert text(settled("653226", "2021-06-12", in_scope, *groups)[CI]) == paid
        return
    with pytest.raises(UnspecifiedError, match="caps"):
        settled("653226", "2021-06-12", in_scope, *groups)


def test_aksu_2023() -> None:
    known = {f"{CI}.rate": "60%", CI_CAP: "none", MA_CAP: "none"}
    out = settled("652900", "2023-06-01", "27500", "dibao", reform=known)
    # (27,500 − 7,500) × 65% = 13,000; 14,500 × 85% = 12,325
    assert (text(out[CI]), text(out[MA])) == ("13,000.00", "12,325.00")
    assert text(settled("652900", "2023-06-01", "27500", reform=known)[CI]) == "7,500.00"  # (27,500 − 15,000) × 60%
    with pytest.raises(UnspecifiedError, match="rate"):
        settled("652900", "2023-06-01", "27500")


@pytest.mark.parametrize(
    ("residence", "income", "paid"),
    [
        ("rural", "4712.99", "0.00"), ("rural", "4713", None), ("rural", "0", "392.75"),  # 4,713 ÷ 12
        ("urban", "10163.99", "0.00"), ("urban", "10164", None), ("urban", "0", "847.00"),  # 847 × 12 = 10,164
    ],
)  # fmt: skip
def test_tibet_2020(residence: str, income: str, paid: str | None) -> None:
    facts = {"property_within_rule": True, "urban_dibao": residence == "urban", "stable_income": False}
    case = lone("2020-05-15", income=income, residence=residence, facts={"has_labour": True})
    out = pp.load("xizang", on="2020-05-15", health=False).assess({**case, "facts": facts})
    assert text(out["allowance.dibao"]) == paid
    assert text(out["line.dibao"]) == {"rural": "4,713.00", "urban": "10,164.00"}[residence]


# --- the speeches -----------------------------------------------------------------------------------------


def test_shangzhou_medical_help_of_the_poor_is_open_and_of_others_is_not() -> None:
    before = {"basic": "5000", "critical_illness": "0"}
    assert text(settled("shangzhou", "2015-06-01", "9000", paid=before)["health.out_of_pocket"]) == "4,000.00"
    with pytest.raises(UnspecifiedError, match="medical_assistance"):
        settled("shangzhou", "2015-06-01", "9000", "registered_poor", paid=before)


def test_shangzhou_support() -> None:
    rules = pp.load("shangzhou", on="2015-06-15", health=False)
    facts = {
        "premium": "90 元", "in_central_support": True, "support_shortfall": "6500 元", "in_thirteen_years": True,
        "in_special_school": False, "in_vocational_education": False, "of_relocated_household": False,
        "counts_as_elderly": False, "in_senior_high": False, "in_university_or_secondary_vocational": False,
    }  # fmt: skip
    out = rules.assess(lone("2015-06-15", "registered_poor", "disabled", "no_work_ability", facts=facts))
    assert text(out["benefit.premium"]) == "90.00"  # the whole of it
    assert text(out["benefit.central_support"]) == "6,500.00"  # 100% of what donations leave
    assert out["criteria.five_groups"] is True
    assert missing(out["benefit.student_living"]) == {"benefit.student_living.amount"}
    fewer = rules.assess(lone("2015-06-15", "dibao", facts=facts))
    assert missing(fewer["benefit.premium"]) == {"benefit.premium.share.default"}
    assert fewer["criteria.five_groups"] is None  # of the registered poor alone


@pytest.mark.parametrize(("slope", "back"), [(24, False), (25, True), (26, True)])
def test_shangzhou_slopes_of_25_degrees(slope: int, back: bool) -> None:
    out = pp.load("shangzhou", on="2015-06-15", health=False).assess(household("2015-06-15", facts={"slope": slope}))
    assert out["criteria.farmland_to_forest"] is back


def test_shangzhou_targets_add_up() -> None:
    targets = {one.target.target: one.target for one in pp.load("shangzhou", on="2015-06-15", health=False).targets}
    assert str(targets["total_funds"].figure.value) == "850,000,000.00"  # 5 + 0.5 + 1 + 1 + 1 亿
    assert str(targets["poverty_budget"].figure.value) == "50,000,000.00"
    assert targets["exit_persons"].figure.value == 28200 + 36900 + 35200 + 13900


@pytest.mark.parametrize("no", ["food", "basic_medical", "safe_housing"])
def test_zhouqu_census_fails_at_any_no(no: str) -> None:
    rules = pp.load("zhouqu", on="2020-07-15", health=False)
    facts = dict.fromkeys(("food", "clothing", "compulsory_education", "basic_medical", "safe_housing"), True)
    assert rules.assess(household("2020-07-15", facts=facts))["criteria.census_main_indicators"] is True
    failed = rules.assess(household("2020-07-15", facts={**facts, no: False}))
    assert failed["criteria.census_main_indicators"] is False


@pytest.mark.parametrize("agrees", [True, False, None])
def test_zhouqu_guide_answers_only_where_the_household_agrees(agrees: bool | None) -> None:
    facts = {
        "cannot_answer": True,
        "enumerator_agrees": True,
        **({} if agrees is None else {"household_agrees": agrees}),
    }
    found = pp.load("zhouqu", on="2020-07-15", health=False).assess(household("2020-07-15", facts=facts))
    answer = found["criteria.guide_may_answer"]
    assert isinstance(answer, pp.Unknown) if agrees is None else answer is agrees


def test_songyuan_and_aohan() -> None:
    rules = pp.load("songyuan", on="2016-12-15", health=False)
    facts = {"development_loan": True, "loan_interest": "435 元", "newly_poor": True}
    out = rules.assess(household("2016-12-15", facts=facts))
    assert missing(out["benefit.loan_interest_subsidy"]) == {"benefit.loan_interest_subsidy.share"}
    assert out["criteria.relapse_entry"] is True
    aohan = pp.load("aohan", on="2018-06-15", health=False)
    out = aohan.assess(lone("2018-06-15", "registered_poor", facts={"chronic_patient": False}))
    assert out["benefit.yearly_examination"] is True
    assert out["benefit.medicine_delivery"] is False


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"cars": 1}, True), ({"commercial_vehicles": 1}, True), ({"cars": 0}, False)],
)
def test_dibao_exclusions_decide_without_the_standard(changed: Mapping[str, Any], reason: bool) -> None:
    rules = pp.load_file(EXAMPLES / "dibao-exclusions.yaml", health=False, on="2016-06-15")
    person = {"died": False, "moved_away": False, "fixed_business_income": False, "pension": False}
    facts = {"property_within_rule": True, "cars": 0, "commercial_vehicles": 0, **changed}
    out = rules.assess({**lone("2016-06-15", facts=person), "facts": facts})
    if reason:
        assert out["allowance.dibao"] is None
    else:
        assert "line.dibao.amount" in missing(out["allowance.dibao"])


def test_those_who_died_are_not_paid_for_and_a_pension_excludes() -> None:
    rules = pp.load_file(EXAMPLES / "dibao-exclusions.yaml", health=False, on="2016-06-15")
    rules = rules.reform({"line.dibao.amount": "250 元"})
    case = household("2016-06-15", heads=2, facts={"property_within_rule": True, "cars": 0, "commercial_vehicles": 0})
    still = {"died": False, "moved_away": False, "fixed_business_income": False, "pension": False}
    case["members"][0]["facts"], case["members"][1]["facts"] = dict(still), {**still, "died": True}
    assert text(rules.assess(case)["allowance.dibao"]) == "250.00"  # one person, not two
    case["members"][1]["facts"] = dict(still)
    assert text(rules.assess(case)["allowance.dibao"]) == "500.00"
    case["members"][1]["facts"] = {**still, "pension": True}
    assert rules.assess(case)["allowance.dibao"] is None


def test_the_example_case_is_what_its_head_says() -> None:
    rules = pp.load_file(EXAMPLES / "dibao-exclusions.yaml", health=False, on="2016-06-15")
    assert rules.assess_file(EXAMPLES / "dibao-exclusions-case.yaml")["allowance.dibao"] is None


@pytest.mark.parametrize(("items", "leaves"), [(6, False), (7, True)])
def test_seven_items_of_a_household(items: int, leaves: bool) -> None:
    rules = pp.load_file(EXAMPLES / "education-exit.yaml", health=False, on="2018-06-15")
    assert rules.assess(household("2018-06-15", facts={"household_items": items}))["criteria.exit"] is leaves
    village = {"level": "village", "on": "2018-06-15", "facts": {"village_items": items + 8}}
    assert rules.assess(village)["criteria.village_exit"] is leaves  # 14, 15


def test_disability_subsidies_have_no_amount() -> None:
    rules = pp.load_file(EXAMPLES / "disability-support.yaml", health=False, on="2018-06-15")
    facts = {"hardship_disabled": True, "school_age_not_enrolled": False}
    out = rules.assess(lone("2018-06-15", "severely_disabled", facts=facts))
    assert missing(out["benefit.disability_living"]) == {"benefit.disability_living.amount"}
    assert missing(out["benefit.disability_nursing"]) == {"benefit.disability_nursing.amount"}
    assert rules.assess(lone("2018-06-15", facts=facts))["benefit.disability_nursing"] is None


def test_national_targets_for_the_disabled() -> None:
    found = {one.target.target: one.target for one in pp.load("000000", on="2018-06-15", health=False).targets}
    assert str(found["device_fitting"].figure.value) == "80%"
    assert found["disabled_poor"].figure.value == 281
