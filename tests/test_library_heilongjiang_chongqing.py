"""Heilongjiang, Chongqing, Sichuan and places in them: figures worked by hand from the sources."""

from __future__ import annotations

from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy.errors import InputError, RuleError, UnspecifiedError

HARBIN, DAOLI, BINXIAN, CHONGQING, YUBEI = "230100", "230102", "230125", "500000", "500112"
LOCAL = {"area": "in_prefecture", "referral": "referred", "facility": "other"}


def bill(date: str, in_scope: str, **facts: Any) -> dict[str, Any]:
    cost = {"in_scope": in_scope, **facts.pop("cost", {})}
    return {"date": date, "kind": "inpatient", "cost": cost, **facts}


def settle(rules: pp.RuleSet, *bills: dict[str, Any], groups: tuple[str, ...] = (), **person: Any) -> pp.Outcome:
    facts = {"insurance": "resident", "birth_date": "1980-01-01", **person}
    return rules.assess({**facts, "groups": list(groups), "claims": list(bills)})


def paid(outcome: pp.Outcome, layer: str) -> list[str]:
    return [one[f"health.{layer}"].plain() for one in outcome.claims]


def back(on: str, months: int) -> str:
    count = int(on[:4]) * 12 + int(on[5:7]) - 1 - months
    return f"{count // 12}-{count % 12 + 1:02}"


def home(on: str, income: str = "0", heads: int = 1, **more: Any) -> dict[str, Any]:
    """Persons of whom the first got one transfer in the month before the day."""
    members: list[dict[str, Any]] = [{"id": f"{n}", "groups": []} for n in range(heads)]
    last = back(on, 1)
    members[0]["income"] = [{"item": "transfer", "amount": income, "from": last, "to": last}]
    window = {"from": back(on, 24), "to": last}
    return {"on": on, "residence": "rural", "records_complete": window, "members": members, **more}


def shown(value: Any) -> Any:
    return "unknown" if isinstance(value, pp.Unknown) else str(value) if isinstance(value, pp.Money) else value


# --- Harbin -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grade", "person", "cost", "basic"),
    [
        ("grade_3", {}, "719.99", "0.00"),
        ("grade_3", {}, "720.00", "0.00"),
        ("grade_3", {}, "720.02", "0.01"),  # 0.02 × 65 % = 0.013
        ("grade_3", {}, "10720", "6500.00"),  # 10,000 × 65 %
        ("grade_3", {"birth_date": "2010-01-01"}, "10720", "8000.00"),  # a child: 80 %
        ("grade_2", {}, "10480", "8000.00"),  # 10,000 × 80 %
        ("grade_1", {}, "1240", "900.00"),  # 1,000 × 90 %
        ("ungraded", {}, "1100", "900.00"),
    ],
)
def test_harbin_basic_table(grade: str, person: dict[str, Any], cost: str, basic: str) -> None:
    outcome = settle(
        pp.load(HARBIN, on="2020-06-01"), bill("2020-06-01", cost, facility_grade=grade, **LOCAL), **person
    )
    assert paid(outcome, "basic") == [basic]


def test_harbin_second_stay_and_the_four_hospitals() -> None:
    rules = pp.load(HARBIN, on="2020-06-01")
    bills = [bill(f"2020-06-0{day}", "10480", facility_grade="grade_2", **LOCAL) for day in (1, 2, 3)]
    # 10,000 × 80 %; then 10,480 − 480 × 85 % = 10,072, × 80 % = 8,057.60, and the same again
    assert paid(settle(rules, *bills), "basic") == ["8000.00", "8057.60", "8057.60"]
    top = bill("2020-06-01", "10720", facility_grade="grade_3", **{**LOCAL, "facility": "hmu_1"})
    assert paid(settle(rules, top), "basic") == ["6200.00"]  # 65 − 3 = 62 %


@pytest.mark.parametrize(
    ("where", "cost", "basic"),
    [
        ({}, "10720", "6500.00"),
        ({"area": "in_province"}, "10720", "6000.00"),  # referred: 65 − 5 = 60 %
        ({"area": "in_province", "referral": "emergency"}, "10720", "5500.00"),  # 65 − 10 = 55 %
        ({"facility": "psychiatric_specialist"}, "10000", "8500.00"),  # no deductible, 85 %
        ({"facility": "infectious_specialist"}, "10000", "7000.00"),
        ({}, "277643.06", "179999.99"),  # 276,923.06 × 65 % = 179,999.989
        ({}, "277643.08", "180000.00"),  # 276,923.08 × 65 % = 180,000.002
        ({}, "300720", "180000.00"),  # 195,000, capped
    ],
)
def test_harbin_basic_insurance_of_2023(where: dict[str, str], cost: str, basic: str) -> None:
    paid_by_others = {"critical_illness": "0", "medical_assistance": "0"}
    one = bill("2023-06-01", cost, facility_grade="grade_3", paid=paid_by_others, **{**LOCAL, **where})
    assert paid(settle(pp.load(HARBIN, on="2023-06-01"), one), "basic") == [basic]


def test_harbin_outpatients_of_2023_get_500_a_year() -> None:
    bills = [{**bill("2023-06-01", "500", facility_grade="grade_1", **LOCAL), "kind": "outpatient"} for _ in range(2)]
    for one in bills:
        one["paid"] = {"critical_illness": "0", "medical_assistance": "0"}
    assert paid(settle(pp.load(HARBIN, on="2023-06-01"), *bills), "outpatient_pooling") == ["350.00", "150.00"]


def test_harbin_critical_illness_away_from_home_is_not_known() -> None:
    rules = pp.load(HARBIN, on="2020-06-01")
    away = bill("2020-06-01", "10720", facility_grade="grade_3", **{**LOCAL, "area": "in_province"})
    with pytest.raises(UnspecifiedError, match="deductible"):
        settle(rules, away)


@pytest.mark.parametrize(
    ("groups", "burden", "expected"),
    [
        ((), "12000.00", "0.00"),
        ((), "12000.01", "0.01"),  # 0.6 fen
        ((), "162000", "90000.00"),  # 150,000 × 60 %
        ((), "262000", "157500.00"),  # 90,000 + 50,000 × 65 % + 50,000 × 70 %
        (("dibao",), "6000.00", "0.00"),
        (("dibao",), "116000", "71500.00"),  # 110,000 × 65 %
        (("registered_poor",), "116000", "71500.00"),
    ],
)
def test_harbin_critical_illness_of_plan_one_in_2019(groups: tuple[str, ...], burden: str, expected: str) -> None:
    one = bill("2019-06-01", burden, area="in_county", paid={"basic": "0"})
    outcome = settle(pp.load(HARBIN, on="2019-06-01"), one, groups=groups, insurance="resident_plan_1")
    assert paid(outcome, "critical_illness") == [expected]


def test_harbin_plan_two_in_2019_pays_60_percent_up_to_600000() -> None:
    rules = pp.load(HARBIN, on="2019-06-01")
    for burden, expected in (("262000", "150000.00"), ("1012000", "600000.00"), ("1012001", "600000.00")):
        one = bill("2019-06-01", burden, area="in_county", paid={"basic": "0"})
        assert paid(settle(rules, one, insurance="resident_plan_2"), "critical_illness") == [expected]


def test_harbin_as_it_was_known_in_march_2019_has_no_rates() -> None:
    rules = pp.load(HARBIN, on="2019-06-01", known="2019-03-01")
    with pytest.raises(UnspecifiedError, match=r"health\.critical_illness\.rate"):
        settle(rules, bill("2019-06-01", "20000", paid={"basic": "0"}))
    known = rules.reform({"health.critical_illness.rate": "50%"})
    outcome = settle(known, bill("2019-06-01", "20000", paid={"basic": "0"}))
    assert paid(outcome, "critical_illness") == ["3000.00"]  # (20,000 − 14,000) × 50 %
    outcome = settle(known, bill("2019-06-01", "20000", paid={"basic": "0"}), groups=("dibao",))
    assert paid(outcome, "critical_illness") == ["6500.00"]  # (20,000 − 7,000) × 50 %


@pytest.mark.parametrize(
    ("on", "place", "residence", "dibao"),
    [
        ("2020-06-15", DAOLI, "urban", "732.00"),
        ("2020-06-15", DAOLI, "rural", "367.00"),  # 4,404 ÷ 12
        ("2020-06-15", BINXIAN, "urban", "unknown"),
        ("2021-06-15", DAOLI, "urban", "783.00"),
        ("2021-06-15", BINXIAN, "urban", "637.00"),
        ("2022-06-15", DAOLI, "rural", "625.00"),
        ("2022-06-15", BINXIAN, "rural", "441.00"),
        ("2018-06-15", DAOLI, "urban", "unknown"),  # the provincial standard is not Harbin's
        ("2018-06-15", "230500", "urban", "556.00"),
        ("2019-06-15", "230500", "rural", "334.75"),  # 4,017 ÷ 12
        ("2017-06-15", "230500", "rural", "315.00"),  # 3,780 ÷ 12
        ("2022-06-15", "230500", "rural", "441.00"),
        ("2024-08-15", "230500", "urban", "710.00"),
        ("2024-08-15", DAOLI, "urban", "unknown"),
    ],
)
def test_standards_of_heilongjiang_and_harbin(on: str, place: str, residence: str, dibao: str) -> None:
    outcome = pp.load(place, on=on, health=False).assess(home(on, residence=residence, place=place))
    assert shown(outcome["line.dibao"]) == dibao


@pytest.mark.parametrize(
    ("place", "groups", "year"),
    [
        ("230500", ["tekun_institution"], "15,420.00"),
        ("230500", ["tekun_home"], "10,800.00"),
        (DAOLI, ["tekun_home"], "unknown"),
    ],
)
def test_heilongjiang_tekun_of_2018(place: str, groups: list[str], year: str) -> None:
    case = home("2018-06-15", residence="urban", place=place)
    case["members"][0]["groups"] = groups
    assert shown(pp.load(place, on="2018-06-15", health=False).assess(case)["line.tekun"]) == year


@pytest.mark.parametrize(("income", "gap"), [("1249.99", "0.01"), ("1250.00", None), ("1250.01", None)])
def test_harbin_districts_pay_the_gap_of_2022(income: str, gap: str | None) -> None:
    on = "2022-11-15"
    case = home(on, heads=2, place=DAOLI, facts={"property_within_rule": True})
    case["members"][0]["income"] = [
        {"item": "wage", "each_month": income, "from": back(on, 12), "to": back(on, 1)},
    ]
    assert shown(pp.load(DAOLI, on=on, health=False).assess(case)["allowance.dibao"]) == gap  # 625 × 2


# --- Heilongjiang -----------------------------------------------------------------------------------------


def test_heilongjiang_2017_assistance_by_group_once_the_city_tariff_is_supplied() -> None:
    rules = pp.load("230000", on="2017-08-01").reform(
        {
            "health.critical_illness.deductible": {"default": "14000 元", "registered_poor, dibao, tekun": "7000 元"},
            "health.critical_illness.rate": "50%",
        }
    )
    one = bill("2017-08-01", "27000", area="in_county", disease="胃癌", paid={"basic": "0"})
    # (27,000 − 7,000) × 55 % = 11,000; 16,000 are left
    for group, assisted in (("tekun", "16000.00"), ("dibao", "11200.00"), ("registered_poor", "8000.00")):
        outcome = settle(rules, one, groups=(group,))
        assert paid(outcome, "critical_illness") == ["11000.00"]
        assert paid(outcome, "medical_assistance") == [assisted]
    much = {**one, "cost": {"in_scope": "107000"}}
    outcome = settle(rules, much, groups=("tekun",))
    assert paid(outcome, "medical_assistance") == ["30000.00"]  # 107,000 − 55,000 = 52,000, the limit per disease


def test_heilongjiang_2020_registered_poor() -> None:
    rules = pp.load("230000", on="2020-06-01")
    with pytest.raises(UnspecifiedError, match="medical_assistance"):
        settle(rules, bill("2020-06-01", "50000", paid={"basic": "0"}), groups=("registered_poor",))
    rules = rules.reform({"health.medical_assistance.caps.1.amount": "3 万元"})
    for burden, insured, assisted in (
        ("6000.00", "0.00", "3000.00"),
        ("6000.01", "0.01", "3000.00"),
        ("50000", "24200.00", "12900.00"),  # 44,000 × 55 %; 25,800 × 50 %
        ("400000", "200000.00", "30000.00"),  # 216,700, capped
    ):
        outcome = settle(rules, bill("2020-06-01", burden, paid={"basic": "0"}), groups=("registered_poor",))
        assert (paid(outcome, "critical_illness"), paid(outcome, "medical_assistance")) == ([insured], [assisted])


@pytest.mark.parametrize(("income", "leaves"), [("3549.99", False), ("3550.00", False), ("3550.01", True)])
def test_heilongjiang_2018_leaves_above_3550_with_dibao_counted(income: str, leaves: bool) -> None:
    on = "2018-11-15"
    facts = {"food": True, "clothing": True, "compulsory_education": True, "basic_medical": True, "safe_housing": True}
    case = home(on, facts=facts, place="230500")
    case["members"][0]["income"] = [{"item": "dibao", "amount": income, "from": "2018-03", "to": "2018-03"}]
    case["records_complete"] = {"from": "2017-10", "to": "2018-09"}  # the year of income, not the months before the day
    outcome = pp.load("230000", on=on, health=False).assess(case)
    assert outcome["criteria.exit"] is leaves


def test_heilongjiang_single_disabled_adult_of_2023_counts_alone() -> None:
    on = "2023-06-15"
    rules = pp.load("230500", on=on, health=False).reform({"line.dibao.amount.rural": "441 元"})
    case = home(on, facts={"property_within_rule": True})
    case["members"][0].update(groups=["severely_disabled"], birth_date="1990-01-01", facts={"unemployed": True})
    assert shown(rules.assess(case)["allowance.dibao_single"]) == "441.00"
    case["members"][0]["birth_date"] = "2010-01-01"
    assert rules.assess(case)["allowance.dibao_single"] is None


@pytest.mark.parametrize(("since", "receives"), [("2018-10-15", True), ("2018-10-14", True), ("2018-09-15", False)])
def test_heilongjiang_tapers_rural_dibao_of_the_registered_poor_for_12_months(since: str, receives: bool) -> None:
    on = "2019-09-20"
    facts = {"property_within_rule": True, "urban_dibao": False, "over_line_since": since}
    case = home(on, place="230500", facts=facts)
    case["members"][0].update(groups=["registered_poor", "dibao"])
    case["members"][0]["income"] = [{"item": "wage", "each_month": "400", "from": back(on, 12), "to": back(on, 1)}]
    found = pp.load("230500", on=on, health=False).assess(case)["allowance.dibao"]  # over 334.75 a month
    assert (shown(found) == "unknown") is receives  # how much is not said


@pytest.mark.parametrize(
    ("group", "belongs"), [("monitored", True), ("rigid_expenditure", True), ("other_difficult", True), (None, False)]
)
def test_heilongjiang_low_income_population_has_six_groups(group: str | None, belongs: bool) -> None:
    on = "2025-06-15"
    case = home(on)
    case["members"][0]["groups"] = [group] if group else []
    outcome = pp.load("230000", on=on, health=False).assess(case)
    assert outcome["group.low_income_population"] is belongs


def test_heilongjiang_2020_premium() -> None:
    case = home("2020-03-15")
    case["members"][0].update(groups=["registered_poor"], facts={"premium": "280 元"})
    outcome = pp.load("230000", on="2020-03-15", health=False).assess(case)
    assert shown(outcome["benefit.premium"]) == "168.00"  # 280 × 60 %


# --- Shuangyashan and its counties ------------------------------------------------------------------------


def shuangyashan(place: str = "230500", **person: Any) -> pp.Outcome:
    case = home("2016-06-15")
    case["members"][0].update(person)
    return pp.load(place, on="2016-06-15").assess(case)


@pytest.mark.parametrize(
    ("weeks", "blood", "free"), [(2, False, False), (3, False, True), (0, True, True), (4, True, True)]
)
def test_shuangyashan_checks_for_tuberculosis(weeks: int, blood: bool, free: bool) -> None:
    outcome = shuangyashan(facts={"in_poor_area": True, "cough_weeks": weeks, "haemoptysis": blood})
    assert outcome["benefit.tb_check"] is free


def test_shuangyashan_premiums() -> None:
    whole = shuangyashan(groups=["dibao"], facts={"premium": "150 元"})
    assert shown(whole["benefit.premium"]) == "150.00"
    poor = shuangyashan(groups=["registered_poor"], facts={"premium": "150 元", "premium_subsidised_here": True})
    assert (poor["benefit.premium"], shown(poor["benefit.premium_poor"])) == (None, "unknown")


def test_shuangyashan_targets() -> None:
    targets = pp.load("230500", on="2016-06-15").targets
    assert {"impoverished_by_illness", "support_team_months", "vaccination_rate"} <= {one.name for one in targets}
    for reached, met in (("79.99%", False), ("80%", True), ("80.01%", True)):
        (checked,) = targets.check({"doctor_signup_2016": reached})
        assert checked.met is met


def test_jixian_and_raohe_do_not_say_what_the_year_end_pays() -> None:
    for place, name in (("230521", "year_end_compensation"), ("230524", "second_compensation")):
        outcome = shuangyashan(place, groups=["registered_poor"], facts={"fund_surplus": True})
        assert shown(outcome[f"benefit.{name}"]) == "unknown"
        outcome = shuangyashan(place, groups=["registered_poor"], facts={"fund_surplus": False})
        assert outcome[f"benefit.{name}"] is None


# --- Chongqing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("burden", "expected"),
    [
        ("12917.00", "0.00"),
        ("12917.02", "0.01"),  # 0.8 fen
        ("100000", "34833.20"),  # 87,083 × 40 %
        ("150000", "59833.20"),  # + 50,000 × 50 %
        ("400000", "200000.00"),  # 34,833.20 + 50,000 + 120,000 = 204,833.20, capped
    ],
)
def test_chongqing_critical_illness_of_2016(burden: str, expected: str) -> None:
    outcome = settle(pp.load(CHONGQING, on="2016-06-01"), bill("2016-06-01", burden, paid={"basic": "0"}))
    assert paid(outcome, "critical_illness") == [expected]


def test_chongqing_2018_deductible_is_not_known() -> None:
    with pytest.raises(UnspecifiedError, match=r"critical_illness\.deductible"):
        settle(pp.load(CHONGQING, on="2018-06-01"), bill("2018-06-01", "1", paid={"basic": "0"}))


@pytest.mark.parametrize(
    ("left", "fund"),
    [
        ("999.99", "0.00"),
        ("1000.00", "0.00"),
        ("1000.01", "0.01"),  # 0.7 fen
        ("10000.00", "6300.00"),  # 9,000 × 70 %
        ("10000.01", "6300.01"),  # 0.85 fen
        ("60000", "49800.00"),  # 6,300 + 40,000 × 85 % + 10,000 × 95 %
        ("300000", "200000.00"),  # 40,300 + 250,000 × 95 % = 277,800, capped
    ],
)
def test_chongqing_health_fund_of_2018(left: str, fund: str) -> None:
    rules = pp.load(CHONGQING, on="2018-06-01").reform(
        {"health.critical_illness.deductible": "1000 万元", "health.hardship_fund.rate": "0%"}
    )
    one = bill("2018-06-01", left, paid={"basic": "0", "medical_assistance": "0"})
    assert paid(settle(rules, one, groups=("registered_poor",)), "health_poverty_fund") == [fund]
    assert settle(rules, one)["health.health_poverty_fund"] is None


@pytest.mark.parametrize(
    ("on", "groups", "expected"),
    [
        ("2018-06-01", ("registered_poor",), "200000.00"),
        ("2019-06-01", (), "200000.00"),
        ("2019-06-01", ("registered_poor",), "300000.00"),
        ("2020-06-01", ("registered_poor",), "627250.00"),  # 195,000 × 55 % + 800,000 × 65 %
    ],
)
def test_chongqing_caps_of_critical_illness(on: str, groups: tuple[str, ...], expected: str) -> None:
    rules = pp.load(CHONGQING, on=on).reform(
        {"health.critical_illness.deductible": "5000 元", "health.hardship_fund.rate": "0%"}
    )
    one = bill(on, "1000000", paid={"basic": "0", "medical_assistance": "0"})
    assert paid(settle(rules, one, groups=groups), "critical_illness") == [expected]


@pytest.mark.parametrize(
    ("plan", "grade", "person", "cost", "basic"),
    [
        ("resident_plan_1", "grade_1", {}, "99.99", "0.00"),
        ("resident_plan_1", "grade_1", {}, "100.01", "0.01"),  # 0.8 fen
        ("resident_plan_1", "grade_2", {}, "10300", "7000.00"),
        ("resident_plan_1", "grade_3", {}, "10800", "5000.00"),
        ("resident_plan_2", "grade_3", {}, "10800", "5500.00"),  # its text, not 60 % as its table prints
        ("resident_plan_2", "grade_2", {}, "10300", "7500.00"),
        ("resident_plan_1", "grade_3", {"birth_date": "2010-01-01"}, "10800", "5500.00"),
        ("resident_plan_1", "grade_3", {}, "200800", "80000.00"),  # 100,000, capped
        ("resident_plan_2", "grade_3", {}, "300800", "120000.00"),  # 165,000, capped
    ],
)
def test_chongqing_basic_insurance_of_2023(
    plan: str, grade: str, person: dict[str, Any], cost: str, basic: str
) -> None:
    rules = pp.load(CHONGQING, on="2023-06-01")
    outcome = settle(rules, bill("2023-06-01", cost, facility_grade=grade), insurance=plan, **person)
    assert paid(outcome, "basic") == [basic]


def test_chongqing_2023_from_end_to_end() -> None:
    rules = pp.load(CHONGQING, on="2023-06-01")
    one = bill("2023-06-01", "100800", facility_grade="grade_3", paid={"medical_assistance": "0"})
    outcome = settle(rules, one, insurance="resident_plan_1")
    assert paid(outcome, "critical_illness") == ["20339.40"]  # (50,800 − 16,901) × 60 %
    assert outcome["health.out_of_pocket"].plain() == "30460.60"
    outcome = settle(rules, one, insurance="resident_plan_1", groups=("dibao",))
    assert paid(outcome, "critical_illness") == ["27527.18"]  # (50,800 − 8,450.50) × 65 % = 27,527.175


def test_chongqing_needs_to_know_the_plan() -> None:
    with pytest.raises((InputError, RuleError, UnspecifiedError)):
        settle(pp.load(CHONGQING, on="2023-06-01"), bill("2023-06-01", "10300", facility_grade="grade_2"))


def test_chongqing_outpatients_of_2023() -> None:
    rules = pp.load(CHONGQING, on="2023-06-01")

    def visits(grade: str, *costs: str) -> list[str]:
        bills = [{**bill("2023-06-01", cost, facility_grade=grade), "kind": "outpatient"} for cost in costs]
        return paid(settle(rules, *bills, insurance="resident_plan_1"), "outpatient_pooling")

    assert visits("grade_1", "100", "500") == ["60.00", "240.00"]  # 300 a year
    assert visits("grade_2", "200", "100") == ["0.00", "40.00"]
    third = settle(rules, {**bill("2023-06-01", "1000", facility_grade="grade_3"), "kind": "outpatient"},
                   insurance="resident_plan_1")  # fmt: skip
    assert third["health.outpatient_pooling"] is None  # not covered there, which is not the same as 0


def test_chongqing_assistance_groups_of_2023() -> None:
    case = home("2023-06-15")
    for group, belongs in (("impoverished_by_illness", True), ("orphan", True), ("student", False)):
        case["members"][0]["groups"] = [group]
        outcome = pp.load(CHONGQING, on="2023-06-15", health=False).assess(case)
        assert outcome["group.assistance_target"] is belongs


@pytest.mark.parametrize(("group", "paid_by_aid"), [("dibao", "140.00"), ("other_assisted", "98.00"), (None, None)])
def test_chongqing_premiums_of_2017(group: str | None, paid_by_aid: str | None) -> None:
    case = home("2017-06-15")
    case["members"][0].update(groups=[group] if group else [], facts={"premium_plan_1": "140 元"})
    outcome = pp.load(CHONGQING, on="2017-06-15", health=False).assess(case)
    found = outcome["benefit.premium"] or outcome["benefit.premium_other"]
    assert shown(found) == paid_by_aid  # 140; 140 × 70 %


@pytest.mark.parametrize(("standard", "good"), [("1799.99", True), ("1800.00", False), ("1800.01", False)])
def test_chongqing_standard_lies_below_the_minimum_wage(standard: str, good: bool) -> None:
    facts = {"dibao_standard": standard, "minimum_wage": "1800", "adjusted_on": "2020-09-01"}
    case = {"level": "county", "on": "2021-09-30", "facts": facts}
    outcome = pp.load(CHONGQING, on="2021-09-30", health=False).assess(case)
    assert outcome["criteria.dibao_standard"] is good


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (("dibao", "large_amount_case"), "17454.62"),  # 23,272.82 × 75 % = 17,454.615
        (("dibao_marginal", "large_amount_case"), "21322.42"),  # 30,460.60 × 70 %
        (("dibao", "monitored", "large_amount_case"), "17454.62"),  # the better of the two
        (("dibao",), None),
    ],
)
def test_yubei_large_amounts(groups: tuple[str, ...], expected: str | None) -> None:
    one = bill("2023-11-01", "100800", facility_grade="grade_3", paid={"medical_assistance": "0"})
    outcome = settle(pp.load(YUBEI, on="2023-11-01"), one, insurance="resident_plan_1", groups=groups)
    assert shown(outcome["health.large_amount"]) == (expected and f"{expected[:-6]},{expected[-6:]}")


def test_zhong_county_takes_critical_illness_from_the_municipality() -> None:
    given = {"basic": "20000", "medical_assistance": "5000", "commercial": "1000"}
    one = bill("2016-08-01", "50000", paid=given)
    outcome = settle(pp.load("500233", on="2016-08-01"), one, groups=("registered_poor",))
    assert paid(outcome, "critical_illness") == ["6833.20"]  # (30,000 − 12,917) × 40 %
    assert outcome["health.out_of_pocket"].plain() == "17166.80"


# --- Sichuan ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "urban", "rural", "tekun"),
    [
        ("2015-07-01", "370.00", "190.00", None),
        ("2021-12-01", "615.00", "415.00", "540.00"),
        ("2022-06-30", "615.00", "415.00", "540.00"),
        ("2022-07-01", "680.00", "480.00", "624.00"),
        ("2024-06-30", "740.00", "533.00", "693.00"),
        ("2025-07-01", "826.00", "620.00", "806.00"),
    ],
)
def test_sichuan_minimum_standards(on: str, urban: str, rural: str, tekun: str | None) -> None:
    rules = pp.load("510000", on=on, health=False)
    assert shown(rules.assess(home(on, residence="urban"))["line.dibao"]) == urban
    outcome = rules.assess(home(on))
    assert shown(outcome["line.dibao"]) == rural
    if tekun is not None:
        assert shown(outcome["line.tekun"]) == tekun


@pytest.mark.parametrize(
    ("groups", "burden", "expected"),
    [
        ((), "14502.00", "0.00"),
        ((), "14502.01", "0.01"),  # 0.6 fen
        ((), "120000", "69798.80"),  # 35,498 × 60 % + 50,000 × 65 % + 20,000 × 80 %
        (("dibao",), "7251.00", "0.00"),
        (("dibao",), "120000", "79786.85"),  # 42,749 × 65 % + 50,000 × 70 % + 20,000 × 85 %
        (("orphan",), "120000", "79786.85"),
        (("registered_poor",), "120000", "69798.80"),  # not among those named
    ],
)
def test_dazhou_critical_illness(groups: tuple[str, ...], burden: str, expected: str) -> None:
    outcome = settle(pp.load("511700", on="2024-06-01"), bill("2024-06-01", burden, paid={"basic": "0"}), groups=groups)
    assert paid(outcome, "critical_illness") == [expected]


@pytest.mark.parametrize(("place", "before", "first"), [("511700", "2024-03-31", "2024-04-01")])
def test_first_days(place: str, before: str, first: str) -> None:
    pp.load(place, on=first)
    with pytest.raises(RuleError):
        _ = pp.load(place, on=before).cascade


LIMITS = {"sampled_exited": 100, "sampled_unregistered": 100, "asked": 100, "rural_population": 1000}
PASSED = {**LIMITS, "poor_persons": 29, "missed": 1, "wrongly_exited": 1, "approving": 91}
BUILT = {"township_schools": True, "township_clinics": True, "township_services": True}


@pytest.mark.parametrize(
    ("changed", "leaves"),
    [
        ({}, True),
        ({"poor_persons": 30}, False),  # 3 %
        ({"missed": 2}, False),  # 2 %
        ({"wrongly_exited": 2}, False),
        ({"approving": 90}, False),  # 90 %
        ({"township_clinics": False}, False),
    ],
)
def test_sichuan_county_exit(changed: dict[str, Any], leaves: bool) -> None:
    case = {"level": "county", "on": "2018-07-01", "facts": {**PASSED, **BUILT, **changed}}
    assert pp.load("510000", on="2018-07-01", health=False).assess(case)["criteria.county_exit"] is leaves
