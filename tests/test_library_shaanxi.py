"""Shaanxi, its cities and counties: health, income, exit, support and targets, worked by hand from the sources."""

from __future__ import annotations

from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy.errors import RuleError, UnspecifiedError


def settled(rules: pp.RuleSet, cost: str, *groups: str, outside: str = "0", **bill: Any) -> pp.Outcome:
    """One inpatient bill in the county; what observed layers paid is zero unless it is stated."""
    paid = {one: bill.pop(one, "0") for one in bill.pop("observed", ("basic", "critical_illness"))}
    claim = {
        "date": rules.resolved.on.isoformat(), "kind": "inpatient", "area": "in_county",
        "cost": {"in_scope": cost, "out_of_catalogue": outside}, "paid": paid, **bill,
    }  # fmt: skip
    return rules.assess({"groups": list(groups), "insurance": "resident", "claims": [claim]})


def family(rules: pp.RuleSet, income: str, heads: int = 1, residence: str = "rural", **more: Any) -> pp.Outcome:
    """Persons who got one wage in the twelve months before the month of the rules' day."""
    day = rules.resolved.on
    last = f"{day.year}-{day.month - 1:02}"
    member: dict[str, Any] = {"groups": [], **more.pop("member", {})}
    members: list[dict[str, Any]] = [{"id": str(n), **member} for n in range(heads)]
    members[0]["income"] = [{"item": "wage", "amount": income, "from": last, "to": last}]
    window = {"from": f"{day.year - 1}-{day.month:02}", "to": last}
    case = {"on": day.isoformat(), "residence": residence, "records_complete": window, "members": members}
    return rules.assess({**case, **more})


def load(place: str, on: str) -> pp.RuleSet:
    return pp.load(place, on=on, health=False)


def person(on: str, *groups: str, residence: str = "rural", home: Any = None, **facts: Any) -> dict[str, Any]:
    member = {"id": "a", "groups": list(groups), "facts": facts}
    return {"on": on, "residence": residence, "members": [member], "facts": home or {}}


def plain(value: Any) -> Any:
    return value.plain() if isinstance(value, pp.Money) else value


def open_at(value: Any) -> list[str]:
    assert isinstance(value, pp.Unknown)
    return [one.what for one in value.missing]


# --- health -----------------------------------------------------------------------------------------------


def test_shiquan_pays_all_of_a_stay_in_the_county() -> None:
    rules = pp.load("shiquan", on="2015-06-15")
    three = ("basic", "critical_illness", "medical_assistance")
    stay = settled(rules, "9000", "health_certificate", outside="1000", basic="6000", observed=three)
    # 10,000 in all, 6,000 from the insurance: the rest of 4,000, the 1,000 outside the catalogue with it
    assert (plain(stay["health.bottom_line"]), plain(stay["health.out_of_pocket"])) == ("4000.00", "0.00")
    away = settled(
        rules, "9000", "health_certificate", outside="1000", basic="6000", observed=three, area="in_prefecture"
    )
    assert plain(away["health.out_of_pocket"]) == "4000.00"
    without = settled(rules, "9000", "registered_poor", outside="1000", basic="6000", observed=three)
    assert plain(without["health.out_of_pocket"]) == "4000.00"


def test_ziyang_assists_the_poor_by_rules_that_are_not_known() -> None:
    rules = pp.load("610924", on="2015-06-15")
    assert plain(settled(rules, "10000", basic="6000")["health.out_of_pocket"]) == "4000.00"
    with pytest.raises(UnspecifiedError, match=r"health\.medical_assistance"):
        settled(rules, "10000", "registered_poor", basic="6000")
    with pytest.raises(UnspecifiedError, match=r"health\.medical_assistance"):
        settled(rules, "10000", "dibao", basic="6000")


@pytest.mark.parametrize(
    ("groups", "cost", "paid"),
    [
        (["dibao", "within_ci_line"], "20000", "14000.00"),  # 20,000 × 70 %
        (["dibao", "within_ci_line"], "21428.56", "14999.99"),  # × 70 % = 14,999.992
        (["dibao", "within_ci_line"], "21428.57", "15000.00"),  # × 70 % = 14,999.999
        (["dibao", "within_ci_line"], "30000", "15000.00"),  # 21,000, at most 15,000
        (["dibao", "over_ci_line"], "30000", "21000.00"),
        (["dibao", "over_ci_line"], "50000", "30000.00"),  # 35,000, at most 30,000
        (["registered_poor", "within_ci_line"], "30000", "12000.00"),  # 15,000, at most 12,000
        (["registered_poor", "over_ci_line"], "30000", "15000.00"),
        (["low_income", "over_ci_line"], "50000", "20000.00"),  # 25,000, at most 20,000
        (["impoverished_by_illness"], "10000", "0.00"),
        (["impoverished_by_illness"], "10000.02", "0.01"),  # 0.02 × 30 % = 0.006
        (["impoverished_by_illness"], "40000", "9000.00"),  # 30,000 × 30 %
        (["impoverished_by_illness"], "70000", "15000.00"),  # 18,000, at most 15,000
        (["impoverished_by_illness", "dibao", "over_ci_line"], "20000", "14000.00"),  # no deductible for dibao
        (["tekun"], "50000", "50000.00"),
        (["orphan"], "0.01", "0.01"),
        ([], "50000", None),
    ],
)
def test_pingli_assistance_before_the_reform(groups: list[str], cost: str, paid: str | None) -> None:
    outcome = settled(pp.load("pingli", on="2020-06-15"), cost, *groups)
    assert plain(outcome["health.medical_assistance"]) == paid


def test_pingli_asks_on_which_side_of_the_critical_illness_deductible_the_cost_lies() -> None:
    with pytest.raises(UnspecifiedError, match=r"caps\.1\.amount\.dibao"):
        settled(pp.load("pingli", on="2020-06-15"), "20000", "dibao")


def test_pingli_one_off_aid() -> None:
    rules = load("pingli", "2020-06-15")
    assert plain(
        rules.assess(person("2020-06-15", "dibao", rest_over_mean_stay=True))["benefit.one_off_medical_aid"]
    ) == ("2000.00")
    assert rules.assess(person("2020-06-15", "dibao", rest_over_mean_stay=False))["benefit.one_off_medical_aid"] is None


def test_shaanxi_2018_deductible_of_the_poor() -> None:
    rules = pp.load("shaanxi", on="2018-06-15")
    rate, bill = "health.critical_illness.bands.1.edges.1.rate", {"observed": ["basic"]}
    for cost in ("2999.99", "3000"):
        assert plain(settled(rules, cost, "registered_poor", **bill)["health.critical_illness"]) == "0.00"
    with pytest.raises(UnspecifiedError, match=r"health\.critical_illness\.bands\.1\.edges\.1\.rate"):
        settled(rules, "3000.01", "registered_poor", **bill)
    known = rules.reform({rate: "60%"})
    # (13,000 − 3,000) × 60 %
    assert plain(settled(known, "13000", "registered_poor", **bill)["health.critical_illness"]) == "6000.00"
    with pytest.raises(UnspecifiedError, match=r"health\.critical_illness\.deductible says nothing"):
        settled(known, "13000", **bill)
    for group in ("dibao", "tekun"):  # they are assisted by law, at a rate that is not known
        with pytest.raises(UnspecifiedError, match=r"health\.medical_assistance\.rate"):
            settled(known, "13000", group, **bill)
        assisted = known.reform(
            {"health.medical_assistance.rate": "70%", "health.medical_assistance.caps.1.amount": "1 万元"}
        )
        outcome = settled(assisted, "13000", group, **bill)
        # 6,000 from the insurer; of the other 7,000 70 %
        assert plain(outcome["health.medical_assistance"]) == "4900.00"


def test_xianyang_2023_assistance_as_far_as_it_is_known() -> None:
    rules = pp.load("xianyang", on="2023-06-15")
    with pytest.raises(UnspecifiedError, match=r"health\.medical_assistance\.caps\.1\.amount\.default"):
        settled(rules, "12500", "dibao_marginal")
    known = rules.reform({"health.medical_assistance.caps.1.amount.default": "30000 元"})
    for cost, paid in (("2500", "0.00"), ("2500.01", "0.01"), ("12500", "6000.00")):  # (12,500 − 2,500) × 60 %
        assert plain(settled(known, cost, "dibao_marginal")["health.medical_assistance"]) == paid
    with pytest.raises(UnspecifiedError, match="rate"):
        settled(rules, "100", "dibao")
    whole = rules.reform({"health.medical_assistance.rate.default": "100%"})
    assert plain(settled(whole, "70000.01", "dibao")["health.medical_assistance"]) == "70000.00"
    with pytest.raises(UnspecifiedError, match="deductible"):
        settled(whole, "100", "tekun")


# --- income -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "standard"),
    [("2014-10-01", "2250.00"), ("2014-12-31", "2250.00"), ("2015-12-31", "2500.00"), ("2016-09-30", "2500.00"),
     ("2016-10-01", "3015.00"), ("2016-12-31", "3015.00"), ("2020-01-01", "4827.00"), ("2020-12-31", "4827.00")],
)  # fmt: skip
def test_shaanxi_rural_standard(on: str, standard: str) -> None:
    rules = load("shaanxi", on)
    case = {"on": on, "residence": "rural", "members": [{"id": "a", "groups": []}]}
    assert plain(rules.assess(case)["line.dibao"]) == standard
    assert "line.dibao.amount.urban" in open_at(rules.assess({**case, "residence": "urban"})["line.dibao"])


@pytest.mark.parametrize("on", ["2014-09-30", "2015-01-01", "2015-12-30", "2017-01-01", "2019-12-31"])
def test_shaanxi_rural_standard_is_not_known_on_other_days(on: str) -> None:
    outcome = load("shaanxi", on).assess({"on": on, "residence": "rural", "members": [{"id": "a", "groups": []}]})
    assert isinstance(outcome["line.dibao"], pp.Unknown)


@pytest.mark.parametrize(
    ("income", "paid"), [("9029.99", "1.25"), ("9044.99", "0.00"), ("9045", None), ("0", "753.75")]
)
def test_shaanxi_pays_the_gap(income: str, paid: str | None) -> None:
    # 3,015 × 3 = 9,045 a year; a twelfth of what is lacking: 15.01 / 12 = 1.25
    found = family(load("shaanxi", "2016-10-15"), income, heads=3, facts={"property_within_rule": True})
    assert plain(found["allowance.dibao"]) == paid


@pytest.mark.parametrize(
    ("on", "urban", "rural"),
    [("2019-10-01", "700.00", "500.00"), ("2020-09-30", "700.00", "500.00"),
     ("2020-10-01", "740.00", "560.00"), ("2020-12-31", "740.00", "560.00")],
)  # fmt: skip
def test_xian_standards(on: str, urban: str, rural: str) -> None:
    for residence, standard in (("urban", urban), ("rural", rural)):
        case = {"on": on, "residence": residence, "members": [{"id": "a", "groups": []}]}
        assert plain(load("xian", on).assess(case)["line.dibao"]) == standard


def test_xian_2019_pays_the_gap_and_2020_rural_classes_where_they_are_used() -> None:
    facts: dict[str, Any] = {"property_within_rule": True}
    # (700 × 12 − 6,000) / 12 = 200
    assert (
        plain(family(load("xian", "2020-09-15"), "6000", residence="urban", facts=facts)["allowance.dibao"]) == "200.00"
    )
    rules = load("xian", "2020-11-15")
    gap = family(rules, "6000", facts={**facts, "paid_by_class": False})
    assert plain(gap["allowance.dibao"]) == "60.00"  # (560 × 12 − 6,000) / 12
    assert gap["allowance.dibao_by_class"] is None
    for name, paid in (("class_380", "760.00"), ("class_460", "920.00"), ("class_540", "1080.00")):
        by_class = family(rules, "6000", heads=2, facts={**facts, "paid_by_class": True, "dibao_class": name})
        assert plain(by_class["allowance.dibao_by_class"]) == paid
        assert by_class["allowance.dibao"] is None
    town = family(rules, "8879.99", residence="urban", facts={**facts, "paid_by_class": True})
    assert plain(town["allowance.dibao"]) == "0.00"  # a fen a year below 740 × 12 = 8,880
    assert family(rules, "8880", residence="urban", facts=facts)["allowance.dibao"] is None


def test_fuping_says_who_is_seriously_ill() -> None:
    rules = load("610528", "2024-07-15").reform({"line.dibao.amount": "500 元"})

    def single(income: str, **facts: bool) -> Any:
        facts = {"listed_disease": True, "serious_illness_aid": True, "labour_lost": False, **facts}
        outcome = family(rules, income, heads=2, facts={"property_within_rule": True}, member={"facts": facts})
        return outcome["allowance.dibao"]

    # single cover up to 500 × 150 % × 12 × 2 = 18,000; the amount is open everywhere
    assert "allowance.dibao.single.amount" in open_at(single("17999.99"))
    assert single("18000") is None
    assert "allowance.dibao.single.amount" in open_at(single("17999.99", serious_illness_aid=False, labour_lost=True))
    assert single("17999.99", serious_illness_aid=False) is None
    assert single("17999.99", listed_disease=False) is None


@pytest.mark.parametrize(("income", "met"), [("5999.99", True), ("6000", False), ("6000.01", False)])
def test_jingbian_monitoring_line(income: str, met: bool) -> None:
    rules = load("jingbian", "2021-06-15")
    member = {"groups": ["escaped_poverty"]}
    assert family(rules, income, member=member, facts={"unstable": False})["criteria.unstable_after_poverty"] is met
    (course,) = [one for one in rules.resolved.provisions if one.full_name == "procedure.monitoring"]
    assert len(course.entry.steps) == 9  # type: ignore[attr-defined]


# --- exit -------------------------------------------------------------------------------------------------

SECURED = dict.fromkeys(("food", "clothing", "compulsory_education", "basic_medical", "safe_housing"), True)


@pytest.mark.parametrize(("income", "met"), [("8849.99", False), ("8850", False), ("8850.01", True)])
def test_qindu_line_of_2950(income: str, met: bool) -> None:
    # 2,950 × 3 = 8,850; the head's share is compared exactly
    outcome = family(load("qindu", "2016-06-15"), income, heads=3, facts=SECURED)
    assert outcome["criteria.exit"] is met


def test_qindu_housing() -> None:
    rules = load("qindu", "2016-06-15")
    for homes, residence, given in ((0, "urban", True), (1, "urban", False), (0, "rural", False)):
        case = person("2016-06-15", residence=residence, home={"homes": homes, "housing_hardship": True})
        assert rules.assess(case)["benefit.urban_housing"] is given


def test_shiquan_exit_asks_for_six_fields_and_an_open_line() -> None:
    rules = load("shiquan", "2015-06-15")
    facts = {**SECURED, "old_age_security": True, "facilities": True}
    assert "line.dibao.amount" in open_at(family(rules, "2500.01", facts=facts)["criteria.exit"])
    known = rules.reform({"line.dibao.amount": "2500 元"})
    assert family(known, "2500.01", facts=facts)["criteria.exit"] is True
    assert family(known, "2500", facts=facts)["criteria.exit"] is False
    for name in facts:
        assert family(known, "2500.01", facts={**facts, name: False})["criteria.exit"] is False, name


def test_shaanxi_exit_of_2017_does_not_take_the_national_line() -> None:
    rules = load("shaanxi", "2018-06-15")
    facts = {"safe_housing": True, "safe_water": True}
    member = {"facts": {"insured": True, "insured_critical_illness": True, "dropout": False}}
    assert "line.poverty.amount" in open_at(family(rules, "5000", facts=facts, member=member)["criteria.exit"])
    known = rules.reform({"line.poverty.amount": "3070 元"})
    for income, met in (("3069.99", False), ("3070", False), ("3070.01", True)):
        assert family(known, income, facts=facts, member=member)["criteria.exit"] is met
    assert family(known, "5000", facts={**facts, "safe_water": False}, member=member)["criteria.exit"] is False


def test_shaanxi_exit_of_villages_and_counties() -> None:
    rules = load("shaanxi", "2018-06-15")
    village = {
        "poor_persons": 29, "rural_population": 1000, "income_share_rising": True, "has_collective_economy": True,
        "paved_road": True, "safe_water": True, "clinic": True, "power_households": 200, "households": 200,
    }  # fmt: skip
    case = {"level": "village", "on": "2018-06-15"}
    assert rules.assess({**case, "facts": village})["criteria.village_exit"] is True
    for name, worse in (("poor_persons", 30), ("power_households", 199), ("has_collective_economy", False)):
        assert rules.assess({**case, "facts": {**village, name: worse}})["criteria.village_exit"] is False, name
    county = {
        "poor_persons": 29, "rural_population": 1000, "income_per_head": "7000 元", "provincial_income": "10000 元",
        "villages_paved": 97, "villages": 100, "tap_water_households": 900, "households": 1000,
        "power_households": 1000, "safe_households": 970, "insured_poor": 29, "registered_poor_persons": 29,
    }  # fmt: skip
    case["level"] = "county"
    assert rules.assess({**case, "facts": county})["criteria.county_exit"] is True
    worse = {"poor_persons": 30, "income_per_head": "6999.99 元", "villages_paved": 96, "tap_water_households": 899,
             "power_households": 999, "safe_households": 969, "insured_poor": 28}  # fmt: skip
    for name, value in worse.items():
        assert rules.assess({**case, "facts": {**county, name: value}})["criteria.county_exit"] is False, name


def test_ziyang_town_that_misses_its_task() -> None:
    rules = load("610924", "2015-06-15")
    for done in (True, False):
        case = {"level": "township", "on": "2015-06-15", "facts": {"exit_task_done": done}}
        assert rules.assess(case)["criteria.town_assessment"] is done


# --- support ----------------------------------------------------------------------------------------------


def test_ziyang_pupils_and_students() -> None:
    rules = load("610924", "2015-06-15")
    facts = {"grade_one_to_senior_high": True, "tuition": "1600 元", "in_vocational_education": False}
    pupil = rules.assess(person("2015-06-15", "registered_poor", **facts))
    assert plain(pupil["benefit.tuition"]) == "1600.00"  # the whole tuition
    assert pupil["benefit.vocational"] is None
    student = rules.assess(person("2015-06-15", "registered_poor", **{**facts, "in_vocational_education": True}))
    assert plain(student["benefit.vocational"]) == "3000.00"
    other = rules.assess(person("2015-06-15", **{**facts, "in_vocational_education": True}))
    assert (other["benefit.tuition"], other["benefit.vocational"]) == (None, None)
    nursing = rules.assess(person("2015-06-15", "severely_disabled"))["benefit.disabled_nursing"]
    assert open_at(nursing) == ["benefit.disabled_nursing.amount"]


def test_shiquan_examination_and_a_subsidy_without_figure() -> None:
    outcome = load("shiquan", "2015-06-15").assess(person("2015-06-15", "registered_poor", in_school=True))
    assert outcome["benefit.free_examination"] is True
    assert open_at(outcome["benefit.pupil_living_subsidy"]) == ["benefit.pupil_living_subsidy.amount"]


@pytest.mark.parametrize(
    ("loan", "paid"),
    [("9999.75 元", "399.99"), ("10000 元", "400.00"), ("10000.01 元", "400.00"), ("5000 元", "200.00")],
)
def test_pingli_housing_loan_counts_up_to_10000(loan: str, paid: str) -> None:
    rules = load("pingli", "2017-06-15")
    case = person("2017-06-15", "registered_poor", home={"safe_housing_loan": True, "loan": loan})
    assert open_at(rules.assess(case)["benefit.housing_loan"]) == ["benefit.housing_loan.share"]
    known = rules.reform({"benefit.housing_loan.share": "4%"})
    assert plain(known.assess(case)["benefit.housing_loan"]) == paid  # at most 10,000 × 4 %


def test_pingli_keeps_its_policy_after_exit() -> None:
    rules = load("pingli", "2017-06-15")
    kept = rules.assess(person("2017-06-15", "escaped_poverty", home={"exited": False}))["benefit.policy_kept"]
    assert kept is True
    assert rules.assess(person("2017-06-15", home={"exited": False}))["benefit.policy_kept"] is False


# --- targets ----------------------------------------------------------------------------------------------


def test_targets() -> None:
    found = {}
    for place, on in (("shiquan", "2015-06-15"), ("610924", "2015-06-15"), ("qindu", "2016-06-15"),
                      ("pingli", "2017-06-15"), ("ankang", "2019-06-15")):  # fmt: skip
        rules = load(place, on).resolved
        found[place] = {one.name: one for one in rules.targets if one.place == rules.place}
    assert [len(found[place]) for place in found] == [19, 20, 9, 28, 3]
    persons = found["610924"]["exit_persons"]
    assert persons.target.figure.amount == 12900 + 12900 + 12400 + 19000 + 38000 == 95200
    funds = found["pingli"]["funds_2016"]  # 4,000 + 8,500 + 14,400 + 27,000 + 14,500 = 68,400 (10,000 yuan)
    assert (funds.target.kind, funds.target.figure.plain()) == ("reported", "684000000.00")
    assert [one.met for one in load("ankang", "2019-06-15").targets.check({"key_technologies_most": 2})] == [True]
    assert [one.met for one in load("ankang", "2019-06-15").targets.check({"key_technologies_most": 3})] == [False]
    (share,) = load("shiquan", "2015-06-15").targets.check({"wage_income_share": "49.99%"})
    assert share.met is False


def test_days_at_the_edges() -> None:
    for place, first, last in (("shiquan", "2015-01-01", "2015-12-31"), ("xianyang", "2023-01-01", "2023-12-31")):
        assert pp.load(place, on=first).resolved.files[0].stem == pp.load(place, on=last).resolved.files[0].stem
    for place, day in (("shiquan", "2014-12-31"), ("xianyang", "2022-12-31"), ("pingli", "2021-01-01")):
        with pytest.raises(RuleError, match=day):
            _ = pp.load(place, on=day).cascade
