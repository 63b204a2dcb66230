"""Provisions of Gansu, Qinghai, Anhui and Guizhou and of places in them: figures worked out by hand from sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp

EXAMPLES = Path(__file__).parent.parent / "examples"


def load(place: str, on: str) -> pp.RuleSet:
    return pp.load(place, on=on, health=False)


def shown(value: Any) -> Any:
    return "unknown" if isinstance(value, pp.Unknown) else str(value) if isinstance(value, pp.Money) else value


def missing(value: Any) -> list[str]:
    assert isinstance(value, pp.Unknown)
    return [one.what for one in value.missing]


def household(on: str, income: str = "0", heads: int = 2, **more: Any) -> dict[str, Any]:
    """Some persons, who got one transfer in the twelve months before."""
    year, month = int(on[:4]), int(on[5:7])
    last = f"{year}-{month - 1:02}" if month > 1 else f"{year - 1}-12"
    window = {"from": f"{year - 1}-{month:02}", "to": last}
    record = {"item": "transfer", "amount": income, "from": last, "to": last}
    members: list[dict[str, Any]] = [{"id": f"{n}", "groups": []} for n in range(heads)]
    members[0]["income"] = [record]
    case = {"on": on, "residence": "rural", "records_complete": window, "members": members}
    return {**case, **more}


# --- Gansu ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cls", "paid"), [("class_1", "670.00"), ("class_2", "636.00")])
def test_gansu_2019_pays_rural_households_by_class(cls: str, paid: str) -> None:
    facts = {"property_within_rule": True, "dibao_class": cls}
    # 335 × 12 × 2 = 8,040 a year is the line of two persons
    outcome = load("gansu", "2019-06-15").assess(household("2019-06-15", "8039.99", facts=facts))
    assert shown(outcome["allowance.dibao_rural"]) == paid  # 335 × 2, 318 × 2
    assert outcome["allowance.dibao"] is None  # that of towns


@pytest.mark.parametrize(("income", "paid"), [("8039.99", "670.00"), ("8040", None), ("8040.01", None)])
def test_gansu_2019_rural_line(income: str, paid: str | None) -> None:
    facts = {"property_within_rule": True, "dibao_class": "class_1"}
    found = load("gansu", "2019-06-15").assess(household("2019-06-15", income, facts=facts))["allowance.dibao_rural"]
    assert shown(found) == paid


@pytest.mark.parametrize(
    ("income", "paid"), [("12575.99", "0.00"), ("12575.87", "0.01"), ("0", "1,048.00"), ("12576", None)]
)
def test_gansu_2019_pays_urban_households_the_gap(income: str, paid: str | None) -> None:
    # 524 × 12 × 2 = 12,576; a twelfth of what is lacking, rounded to the fen
    case = household("2019-06-15", income, residence="urban", facts={"property_within_rule": True})
    outcome = load("gansu", "2019-06-15").assess(case)
    assert shown(outcome["allowance.dibao"]) == paid
    assert outcome["allowance.dibao_rural"] is None


def test_gansu_2019_does_not_know_what_classes_3_and_4_get() -> None:
    facts = {"property_within_rule": True, "dibao_class": "class_3"}
    found = load("gansu", "2019-06-15").assess(household("2019-06-15", facts=facts))["allowance.dibao_rural"]
    assert "allowance.dibao_rural.classes.class_3" in missing(found)


@pytest.mark.parametrize(("residence", "tekun"), [("urban", "8,174.00"), ("rural", "5,226.00")])
def test_gansu_2019_tekun(residence: str, tekun: str) -> None:
    outcome = load("gansu", "2019-12-31").assess(household("2019-12-31", residence=residence))
    assert shown(outcome["line.tekun"]) == tekun


def leaving(on: str, income: str) -> dict[str, Any]:
    held = ("food", "clothing", "compulsory_education", "basic_medical", "safe_housing", "safe_water")
    case = household(on, income, heads=3, facts={**dict.fromkeys(held[:-1], True)})
    case["members"][0]["groups"] = ["registered_poor"]
    return case


@pytest.mark.parametrize(("income", "leaves"), [("10499.99", False), ("10500", False), ("10500.01", True)])
def test_gansu_2016_leaves_above_3500(income: str, leaves: bool) -> None:
    outcome = load("gansu", "2016-12-01").assess(leaving("2016-12-01", income))  # 3,500 × 3
    assert outcome["criteria.exit"] is leaves


def test_gansu_2017_the_indexed_line_is_not_known() -> None:
    outcome = load("gansu", "2017-12-01").assess(leaving("2017-12-01", "90000"))
    assert missing(outcome["criteria.exit"]) == ["line.poverty.amount"]
    assert "lines" in load("gansu", "2018-01-01").resolved.missing  # nothing of its own any more


# --- temporary assistance ---------------------------------------------------------------------------------


def aided(place: str | None, months: int, heads: int = 3) -> dict[str, Any]:
    case = household("2021-06-15", heads=heads)
    for member in case["members"]:
        member["facts"] = {"aided": True, "aid_months": months}
    return case if place is None else {**case, "place": place}


def total_aid(outcome: Any) -> Any:
    return [shown(one["benefit.temporary"]) for one in outcome.persons]


def test_gansu_temporary_assistance_goes_by_persons_and_months() -> None:
    rules = load("gansu", "2021-06-15")
    assert total_aid(rules.assess(aided(None, 3))) == ["1,869.00"] * 3  # 623 × 3; 5,607 in all
    assert total_aid(rules.assess(aided(None, 6))) == ["3,738.00"] * 3
    assert total_aid(rules.assess(aided(None, 7))) == [None] * 3  # six months at most
    assert total_aid(rules.assess(aided(None, 0))) == [None] * 3


@pytest.mark.parametrize(("place", "each"), [("620111", "2,538.00"), ("620123", "1,908.00")])
def test_lanzhou_temporary_assistance_by_zone(place: str, each: str) -> None:
    outcome = load("lanzhou", "2021-06-15").assess(aided(place, 3))  # 846 × 3, 636 × 3
    assert total_aid(outcome) == [each] * 3


@pytest.mark.parametrize(("stated", "paid"), [("799.99", "799.99"), ("800", "800.00"), ("800.01", "800.00")])
def test_gansu_small_assistance_is_800_at_most(stated: str, paid: str) -> None:
    rules = load("gansu", "2021-06-15")
    case = household("2021-06-15", heads=1, facts={"small_aid": f"{stated} 元"})
    case["members"][0]["facts"] = {"aided": False}
    assert shown(rules.assess(case)["benefit.temporary_small"]) == paid
    case["members"][0]["facts"] = {"aided": True, "aid_months": 1}
    assert rules.assess(case)["benefit.temporary_small"] is None  # not beside the other


# --- Lanzhou ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "place", "urban", "rural"),
    [
        ("2020-12-31", "620102", "783.00", "369.00"), ("2020-12-31", "620121", "589.00", "369.00"),
        ("2021-01-01", "620105", "846.00", "399.00"), ("2021-12-31", "620122", "636.00", "399.00"),
        ("2022-01-01", "620111", "914.00", "439.00"), ("2022-12-31", "620123", "687.00", "439.00"),
        ("2023-01-01", "620104", "920.00", "465.00"), ("2023-12-31", "620121", "700.00", "465.00"),
    ],
)  # fmt: skip
def test_lanzhou_standards_by_year_and_zone(on: str, place: str, urban: str, rural: str) -> None:
    rules = load("lanzhou", on)
    for residence, expected in (("urban", urban), ("rural", rural)):
        outcome = rules.assess({**household(on, residence=residence), "place": place})
        assert shown(outcome["line.dibao"]) == expected


def test_lanzhou_tekun_of_the_three_counties_is_not_known() -> None:
    rules = load("lanzhou", "2021-06-15")
    found = {
        (place, residence): shown(
            rules.assess({**household("2021-06-15", residence=residence), "place": place})["line.tekun"]
        )
        for place in ("620102", "620121")
        for residence in ("urban", "rural")
    }
    assert found == {
        ("620102", "urban"): "13,198.00", ("620102", "rural"): "6,224.00",
        ("620121", "urban"): "unknown", ("620121", "rural"): "6,224.00",
    }  # fmt: skip


@pytest.mark.parametrize(("income", "below"), [("17199.99", True), ("17200", False), ("17200.01", False)])
def test_lanzhou_new_area_monitors_below_8600(income: str, below: bool) -> None:
    rules = load("lanzhou", "2025-06-15")
    name = "criteria.below_monitoring_new_area"
    case = {**household("2025-06-15", income, facts={"in_new_area": True}), "place": "620121"}
    assert rules.assess(case)[name] is below  # 8,600 × 2
    case["facts"] = {"in_new_area": False}
    outcome = rules.assess(case)
    assert outcome[name] is None  # it is not the line of the city
    assert shown(outcome["line.monitoring"]) == "unknown"


def test_lanzhou_new_area_line_starts_on_the_day_of_the_notice() -> None:
    assert "line.monitoring_new_area" in {one.full_name for one in load("lanzhou", "2025-03-07").resolved.provisions}
    before = load("lanzhou", "2025-03-06").resolved
    assert "line.monitoring_new_area" not in {one.full_name for one in before.provisions}


def test_the_example_of_lanzhou() -> None:
    outcome = load("lanzhou", "2021-06-15").assess_file(EXAMPLES / "lanzhou-household.yaml")
    assert str(outcome["account.income"]) == "7,800.00"  # 5,200 − 2,200 + 4,800
    assert str(outcome["allowance.dibao_rural"]) == "1,134.00"  # 378 × 3
    assert outcome["allowance.dibao"] is None
    assert [shown(one["benefit.temporary"]) for one in outcome.persons] == ["1,272.00", None, None]  # 636 × 2
    sheet = "".join(line.strip() for line in outcome.statement("zh").splitlines())
    for text in ("每月 1,134.00 元", "一次性 1,272.00 元", "人均收入低于低保标准 399.00 元：每人每月 216.67 元"):
        assert text in sheet, text


# --- Anhui ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "paid"),
    [("tekun", "320.00"), ("monitored", "160.00"), ("dibao", "unknown"), ("returned_to_poverty", "unknown"),
     ("low_income", "unknown"), ("dibao_marginal", None), ("impoverished_by_illness", None)],
)  # fmt: skip
def test_anhui_premiums_of_2022(group: str, paid: str | None) -> None:
    person = {"id": "a", "birth_date": "1950-01-01", "groups": [group], "facts": {"premium": "320 元"}}
    case = {"on": "2022-06-15", "residence": "rural", "members": [person]}
    assert shown(load("anhui", "2022-06-15").assess(case)["benefit.premium"]) == paid


def test_anhui_counts_the_twelve_months_before_the_month_of_identification() -> None:
    case = household("2020-09-15", heads=1)
    months = {"2019-08": "1", "2019-09": "10", "2020-08": "100", "2020-09": "1000"}
    records = [{"item": "transfer", "amount": amount, "from": month, "to": month} for month, amount in months.items()]
    case["members"][0]["income"] = records
    case["records_complete"] = {"from": "2019-08", "to": "2020-09"}
    outcome = load("anhui", "2020-09-15").assess(case)
    assert str(outcome["account.exit_income"]) == "110.00"  # from 1 September 2019 to 31 August 2020
    assert "上年当月初" in outcome.statement("zh").replace("\n", "").replace(" ", "")


@pytest.mark.parametrize(("residence", "line"), [("urban", "725.00"), ("rural", "708.00")])
def test_huainan_and_its_counties(residence: str, line: str) -> None:
    rules = load("huainan", "2022-07-01")
    case = household("2022-07-01", residence=residence, facts={"property_within_rule": True})
    assert shown(rules.assess({**case, "place": "340405"})["line.dibao"]) == line
    outcome = rules.assess({**case, "place": "340421"})  # Fengtai sets its own
    assert missing(outcome["line.dibao"]) == [f"line.dibao.amount.{residence}.default"]


# --- Guizhou ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "place", "urban", "rural"),
    [
        # 5,316 ÷ 12 = 443, 5,280 ÷ 12 = 440; Guiyang has one standard for town and country
        ("2022-04-01", "520181", "725.00", "725.00"), ("2022-04-01", "520121", "705.00", "705.00"),
        ("2022-12-31", "522635", "705.00", "443.00"), ("2022-12-31", "522729", "660.00", "440.00"),
        ("2022-06-15", "520201", "705.00", "443.00"), ("2022-06-15", "520203", "unknown", "unknown"),
        # 6,852 ÷ 12 = 571, 6,804 ÷ 12 = 567
        ("2024-04-01", "520121", "827.00", "unknown"), ("2024-04-01", "522635", "808.00", "571.00"),
        ("2024-12-31", "522729", "756.00", "567.00"), ("2024-12-31", "520302", "unknown", "unknown"),
    ],
)  # fmt: skip
def test_guizhou_standards_by_zone(on: str, place: str, urban: str, rural: str) -> None:
    rules = load("guizhou", on)
    for residence, expected in (("urban", urban), ("rural", rural)):
        outcome = rules.assess({**household(on, residence=residence), "place": place})
        assert shown(outcome["line.dibao"]) == expected


@pytest.mark.parametrize("on", ["2022-03-31", "2023-01-01", "2024-03-31"])
def test_guizhou_between_its_files_is_not_known(on: str) -> None:
    rules = load("guizhou", on)
    stated = rules.resolved.provision("line.dibao")
    assert stated.origin.place.code == "000000"  # the nation's, which leaves the amount to places
    assert shown(rules.assess(household(on))["line.dibao"]) == "unknown"


def test_every_county_of_guizhou_is_in_one_zone_at_most() -> None:
    for on in ("2022-06-15", "2024-06-15"):
        (stated,) = [one for one in load("guizhou", on).resolved.provisions if one.full_name == "line.dibao"]
        places = [code for zone in stated.origin.declared.zones.values() for code in zone.places]
        assert len(places) == len(set(places)) == 82  # of 88; which kind six districts are of is not known


@pytest.mark.parametrize(
    ("income", "paid"), [("10559.99", "0.00"), ("10559.93", "0.01"), ("10560", None), ("0", "880.00")]
)
def test_changshun_rural_household_under_the_standard_of_guizhou(income: str, paid: str | None) -> None:
    case = household("2022-06-15", income, facts={"property_within_rule": True})  # 440 × 12 × 2 = 10,560
    outcome = load("changshun", "2022-06-15").assess({**case, "place": "522729"})
    assert shown(outcome["allowance.dibao"]) == paid


# --- Changshun --------------------------------------------------------------------------------------------

CLEAR = {
    "safe_water": True, "has_patient": False, "four_layers": True, "homeless": False, "housing_grade": "A",
    "renovated": False, "housing_area": 9, "needs_relocation": False, "relocated": False, "identified_this_year": False,
    "has_help_measure": True,
}  # fmt: skip


def poor(on: str, income: str, person: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    case = household(on, income, heads=3, facts={**CLEAR, **facts})
    for member in case["members"]:
        member["facts"] = {"dropout": False, "nine_years_missed": False, "unaided_study": False}
    case["members"][2]["facts"].update(person or {})
    return case


@pytest.mark.parametrize(("income", "leaves"), [("10004.99", False), ("10005", True), ("10005.01", True)])
def test_changshun_2017_line_of_3335(income: str, leaves: bool) -> None:
    outcome = load("changshun", "2017-12-01").assess(poor("2017-12-01", income))  # 3,335 × 3
    assert outcome["criteria.exit"] is leaves  # only what is below it cannot leave


def test_changshun_has_no_line_of_its_own_from_2018() -> None:
    outcome = load("changshun", "2018-01-01").assess(poor("2018-01-01", "8985"))  # 2,995 × 3
    assert str(outcome["line.poverty"]) == "2,995.00"
    assert outcome["criteria.exit"] is True


@pytest.mark.parametrize(
    ("facts", "leaves"),
    [
        ({}, True), ({"safe_water": False}, False), ({"identified_this_year": True}, False),
        ({"has_help_measure": False}, False), ({"four_layers": False}, True),  # nobody is ill
        ({"four_layers": False, "has_patient": True}, False), ({"has_patient": True}, True),
        ({"homeless": True}, False), ({"housing_grade": "B"}, True), ({"housing_grade": "C"}, False),
        ({"housing_grade": "D"}, False), ({"renovated": True, "housing_area": 12}, False),
        ({"renovated": True, "housing_area": 13}, True), ({"housing_area": 1}, True),  # asked of renovated homes only
        ({"needs_relocation": True}, False), ({"needs_relocation": True, "relocated": True}, True),
        ({"safe_water": None}, "unknown"), ({"homeless": None}, "unknown"), ({"relocated": None}, True),
    ],
)  # fmt: skip
def test_changshun_seven_grounds(facts: dict[str, Any], leaves: Any) -> None:
    stated = {name: value for name, value in {**CLEAR, **facts}.items() if value is not None}
    case = {**poor("2017-12-01", "30000"), "facts": stated}
    assert shown(load("changshun", "2017-12-01").assess(case)["criteria.exit"]) == leaves


@pytest.mark.parametrize("ground", ["dropout", "nine_years_missed", "unaided_study"])
def test_changshun_education_of_any_member(ground: str) -> None:
    case = poor("2017-12-01", "30000", {ground: True})
    assert load("changshun", "2017-12-01").assess(case)["criteria.exit"] is False


def test_changshun_wrong_and_forced_exits() -> None:
    rules = load("changshun", "2017-12-01")
    left = {"exited": True, "knows_of_exit": True, "knows_rules": True, "consents": True}
    sound = rules.assess(poor("2017-12-01", "30000", **left))
    assert (sound["criteria.wrong_exit"], sound["criteria.forced_exit"]) == (False, False)
    for fact in ("knows_of_exit", "knows_rules", "consents"):
        found = rules.assess(poor("2017-12-01", "30000", **{**left, fact: False}))
        assert (found["criteria.wrong_exit"], found["criteria.forced_exit"]) == (False, True)
    for worse in ({"homeless": True}, {"housing_grade": "C"}, {"safe_water": False}, {"identified_this_year": True}):
        found = rules.assess(poor("2017-12-01", "30000", **{**left, **worse}))
        assert (found["criteria.wrong_exit"], found["criteria.forced_exit"]) == (True, False)
    assert rules.assess(poor("2017-12-01", "10004.99", **left))["criteria.wrong_exit"] is True
    # a home that is too small stands against the exit, but is not among what makes it wrong
    small = rules.assess(poor("2017-12-01", "30000", **{**left, "renovated": True}))
    assert (small["criteria.exit"], small["criteria.wrong_exit"]) == (False, False)
    assert rules.assess(poor("2017-12-01", "1", **{**left, "exited": False}))["criteria.wrong_exit"] is None


@pytest.mark.parametrize(
    ("fact", "last"), [("wrongly_entered", 10), ("missed", 10), ("wrongly_exited", 20), ("approving", 900)]
)
def test_changshun_two_rates_and_recognition(fact: str, last: int) -> None:
    facts = {
        "wrongly_entered": 0, "sampled_registered": 1000, "missed": 0, "sampled_unregistered": 1000,
        "wrongly_exited": 0, "sampled_exited": 1000, "approving": 1000, "asked": 1000,
    }  # fmt: skip
    rules = load("changshun", "2018-06-15")
    beyond = last - 1 if fact == "approving" else last + 1
    for value, passes in ((last, True), (beyond, False)):
        case = {"level": "county", "on": "2018-06-15", "facts": {**facts, fact: value}}
        assert rules.assess(case)["criteria.assessment"] is passes


def test_the_village_of_changshun() -> None:
    rules = load("changshun", "2018-11-20")
    outcome = rules.assess_file(EXAMPLES / "changshun-village.yaml")
    assert outcome["criteria.village_exit"] is True
    (leaving,) = [one for one in outcome.decisions if one.name == "criteria.village_exit"]
    sheet = outcome.statement("zh")
    for text in ("贫困发生率：2.93%（不超过 3%）", "111.33%（不低于 110%）", "60.17%（不低于 60%）"):
        assert text in sheet, text
    assert leaving.progress is not None
    assert str(leaving.progress.earliest_completion) == "2018-11-21"  # the township's notice ends on 20 November


def test_changshun_three_notices_of_seven_days() -> None:
    (stated,) = [
        one for one in load("changshun", "2018-06-15").resolved.provisions if one.full_name == "procedure.exit"
    ]
    notices = {one.step: one.notice_days for one in stated.entry.steps if one.notice_days}  # type: ignore[attr-defined]
    assert notices == {"village_notice": 7, "township_notice": 7, "county_notice": 7}


# --- corrections in Gansu, Lanzhou, Qinghai ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "on", "line"),
    [("gansu", "2020-07-15", "8856"), ("gansu", "2021-08-15", "9576"), ("620121", "2022-11-15", "10536"),
     ("620121", "2023-06-15", "11160")],
)  # fmt: skip
def test_a_rural_household_on_dibao_is_no_marginal_family(place: str, on: str, line: str) -> None:
    facts = {"property_within_rule": True, "marginal_property": True, "dibao_class": "class_1"}
    rules = load(place, on)
    more = {} if place == "gansu" else {"place": place}
    below = rules.assess({**household(on, f"{int(line) - 1}", facts=facts), **more})  # the line of two, twelve months
    assert isinstance(below["allowance.dibao_rural"], pp.Money)
    assert below["allowance.marginal"] is False or below["allowance.marginal"] is None
    above = rules.assess({**household(on, line, facts=facts), **more})
    assert above["allowance.dibao_rural"] is None
    assert above["allowance.marginal"] is True


def test_gansu_before_july_2020_knows_no_marginal_families() -> None:
    rules = load("gansu", "2020-06-30")
    assert "allowance.marginal" not in {one.full_name for one in rules.resolved.provisions}
    facts = {"property_within_rule": True, "dibao_class": "class_2"}
    outcome = rules.assess(household("2020-06-30", facts=facts))
    assert str(outcome["allowance.dibao_rural"]) == "700.00"  # 350 × 2
    assert load("gansu", "2020-07-01").resolved.set_aside == rules.resolved.set_aside


@pytest.mark.parametrize(
    ("on", "urban", "rural"), [("2022-06-15", "1,189.00", "571.00"), ("2023-06-15", "14,352.00", "7,260.00")]
)
def test_lanzhou_tekun(on: str, urban: str, rural: str) -> None:
    rules = load("lanzhou", on)
    for residence, expected in (("urban", urban), ("rural", rural)):
        outcome = rules.assess({**household(on, residence=residence), "place": "620102"})
        assert shown(outcome["line.tekun"]) == expected


@pytest.mark.parametrize(
    ("residence", "groups", "paid"),
    [("rural", ["dibao"], "120.00"), ("urban", ["dibao"], "unknown"), ("rural", [], None),
     ("rural", ["disabled", "no_work_ability"], "unknown")],
)  # fmt: skip
def test_qinghai_pays_the_premium_of_rural_recipients(residence: str, groups: list[str], paid: str | None) -> None:
    case = {"on": "2016-06-15", "residence": residence, "members": [{"id": "a", "groups": groups}]}
    assert shown(load("qinghai", "2016-06-15").assess(case)["benefit.premium"]) == paid


@pytest.mark.parametrize(("items", "leaves"), [(5, False), (6, True), (None, "unknown")])
def test_qinghai_six_items_of_village_exit(items: int | None, leaves: Any) -> None:
    facts = {} if items is None else {"village_items": items}
    case = {"level": "village", "on": "2016-06-15", "facts": facts}
    assert shown(load("qinghai", "2016-06-15").assess(case)["criteria.village_exit"]) == leaves
