"""The shipped provisions: figures worked out by hand from their sources, around each threshold, on each edge."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy import face
from poverty_policy.policy.provision import SECTIONS

EXAMPLES = Path(__file__).parent.parent / "examples"
FILES = [one for code in face.library().codes() for one in face.library().files(code) if one.parts & set(SECTIONS)]
YEAR = {"from": "2020-06", "to": "2021-05"}


def load(place: str, on: str) -> pp.RuleSet:
    return pp.load(place, on=on, health=False)


def shown(value: Any) -> Any:
    return "unknown" if isinstance(value, pp.Unknown) else str(value) if isinstance(value, pp.Money) else value


#: What a file cannot work out on its first or last day, because its place states nothing of what it needs then.
SET_ASIDE = {("420100", "2021-01-01-income", "2021-01-01"): {"criteria.low_income_family"}}


@pytest.mark.parametrize("one", FILES, ids=lambda one: f"{one.place.code}/{one.stem}")
def test_every_file_says_what_it_lacks_and_loads_on_its_first_and_last_day(one: Any) -> None:
    assert one.declared.limitations
    for source in one.declared.sources.values():
        assert source.url or source.grade in ("primary", "one_report"), source.title
    for day in (one.declared.valid_from, one.last_day):
        if day < dt.date(2014, 5, 1):
            continue  # nothing else is known before Order 649
        rules = pp.load(one.place.code, on=day, health=False)
        assert one.path in {loaded.path for loaded in rules.resolved.files}
        assert set(rules.resolved.set_aside) == SET_ASIDE.get((one.place.code, one.stem, str(day)), set())
        _ = rules.resolved.whole


# --- Chongqing --------------------------------------------------------------------------------------------


def cq(wage: str, on: str = "2021-06-15", **more: Any) -> dict[str, Any]:
    facts = {
        "local_household": True, "property_within_rule": True, "work_refusals": 0, "cooperates": True,
        "renounces_income": False, **more.pop("facts", {}),
    }  # fmt: skip
    member: dict[str, Any] = {"id": "a", "groups": [], "facts": more.pop("person", {"unemployed_able": False})}
    last = dt.date.fromisoformat(on).replace(day=1) - dt.timedelta(days=1)
    month = f"{last:%Y-%m}"
    wages = [{"item": "wage", "each_month": wage, "from": month, "to": month}]
    complete = {"from": f"{last.year - 1}-01", "to": month}
    return {
        "on": on, "residence": "rural", "records_complete": complete, "facts": facts,
        "members": [{**member, "income": wages}, {**member, "id": "b"}], **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wage", "expected"), [("991.99", "0.01"), ("992", None), ("992.01", None), ("0", "992.00"), ("392", "600.00")]
)
def test_chongqing_around_the_rural_standard_of_496(wage: str, expected: str | None) -> None:
    assert shown(load("chongqing", "2021-06-15").assess(cq(wage))["allowance.dibao"]) == expected


@pytest.mark.parametrize(
    ("on", "urban", "rural", "tekun"),
    [
        ("2017-04-01", "500.00", "350.00", "650.00"), ("2020-09-01", "620.00", "496.00", "806.00"),
        ("2021-08-31", "620.00", "496.00", "806.00"), ("2021-09-01", "636.00", "515.00", "827.00"),
        ("2022-09-01", "717.00", "581.00", "932.00"), ("2023-09-01", "735.00", "600.00", "955.00"),
        ("2024-09-01", "750.00", "610.00", "975.00"), ("2025-07-01", "770.00", "630.00", "1,001.00"),
    ],
)  # fmt: skip
def test_chongqing_standards_by_year(on: str, urban: str, rural: str, tekun: str) -> None:
    rules = load("chongqing", on)
    for residence, expected in (("urban", urban), ("rural", rural)):
        outcome = rules.assess({**cq("0", on), "residence": residence})
        assert str(outcome["line.dibao"]) == expected
        assert str(outcome["line.tekun"]) == tekun
        assert str(outcome["line.marginal"] if on >= "2020-09" else "") == (
            str(pp.Money.of_fen(pp.Money(expected.replace(",", "")).fen * 3 // 2)) if on >= "2020-09" else ""
        )


def test_chongqing_2019_is_not_known() -> None:
    rules = load("chongqing", "2019-06-15")
    assert "lines" in rules.resolved.missing
    found = rules.assess(cq("0", "2019-06-15"))["allowance.dibao"]
    assert isinstance(found, pp.Unknown)
    assert [one.what for one in found.missing] == ["line.dibao.amount"]  # the national frame leaves it open


def test_chongqing_farming_is_of_twelve_months_and_wages_of_one() -> None:
    rules = load("chongqing", "2021-06-15")
    case = cq("500")
    crops = {"item": "farming", "amount": "6000", "cost": "3600", **YEAR}
    case["members"][0]["income"].append(crops)
    case["records_complete"] = YEAR
    outcome = rules.assess(case)
    assert str(outcome["account.income"]) == "8,400.00"  # 500 × 12 + 2,400
    assert str(outcome["allowance.dibao"]) == "292.00"  # (11,904 − 8,400) ÷ 12


def test_chongqing_grounds_reviews_and_the_procedure() -> None:
    rules = load("chongqing", "2021-06-15")
    assert shown(rules.assess(cq("0", facts={"work_refusals": 3}))["allowance.dibao"]) is None
    assert shown(rules.assess(cq("0", facts={"work_refusals": 2}))["allowance.dibao"]) == "992.00"
    outcome = rules.assess_file(EXAMPLES / "chongqing-household.yaml")
    assert str(outcome["allowance.dibao"]) == "188.00"  # (5,952 × 3 − 9,600 − 4,500 − 1,500) ÷ 12
    (dibao,) = [one for one in outcome.decisions if one.name == "allowance.dibao"]
    assert str(dibao.next_review) == "2022-06-15"
    assert dibao.progress is not None
    (following,) = [one for one in dibao.progress.next if not one.step.optional]
    assert (following.step.step, str(following.first_day), str(following.deadline)) == (
        "decision", "2021-06-18", "2021-07-11",
    )  # fmt: skip
    sheet = "".join(line.strip() for line in outcome.statement("zh").splitlines())
    for text in ("每月 188.00 元", "下次复核：2022-06-15 前", "公示至2021年6月17日", "第十二条"):
        assert text in sheet, text


def test_the_example_of_changshun() -> None:
    outcome = load("changshun", "2018-11-20").assess_file(EXAMPLES / "changshun-household.yaml")
    assert str(outcome["account.exit_income"]) == "11,890.50"  # 9,200 − 3,150 + 640.50 + 520 × 10
    assert outcome["criteria.exit"] is True  # 3,963.50 a head, above 2,995; nothing stands against it
    (leaving,) = [one for one in outcome.decisions if one.name == "criteria.exit"]
    assert leaving.progress is not None
    assert str(leaving.progress.earliest_completion) == "2018-12-06"  # notices from 20 and 28 November, then removal
    assert [str(one.first_day) for one in leaving.progress.next] == ["2018-11-20"]


def test_the_example_of_luxi() -> None:
    outcome = load("360323", "2015-06-15").assess_file(EXAMPLES / "luxi-household.yaml")
    assert outcome["group.development_household"] is True
    assert outcome["group.no_labour_household"] is False
    (fund,) = [one for one in outcome.decisions if one.name == "benefit.cadre_fund"]
    assert (str(fund.result), fund.steps["payer.government"], fund.steps["payer.cadre"]) == ("2,000.00", 10**5, 10**5)
    father, son = outcome.persons
    assert str(father["benefit.training"]) == "2,000.00"
    assert (str(son["benefit.vocational"]), son["benefit.training"]) == ("2,000.00", None)


# --- the nation -------------------------------------------------------------------------------------------


def leaving(income: str, **facts: Any) -> dict[str, Any]:
    year = {"from": "2018-06", "to": "2019-05"}
    held = {"food": True, "clothing": True, "compulsory_education": True, "basic_medical": True, "safe_housing": True}
    record = {"item": "transfer", "amount": income, **year}
    return {
        "on": "2019-06-15", "residence": "rural", "records_complete": year, "facts": {**held, **facts},
        "members": [{"id": "a", "groups": [], "income": [record]}, {"id": "b", "groups": []}],
    }  # fmt: skip


@pytest.mark.parametrize(("income", "leaves"), [("6436", False), ("6436.01", True), ("6435.99", False)])
def test_exit_is_above_the_line_of_the_year(income: str, leaves: bool) -> None:
    rules = load("xizang", "2019-06-15")  # 3,218 × 2
    outcome = rules.assess(leaving(income))
    assert outcome["criteria.exit"] is leaves
    assert shown(rules.assess(leaving(income, safe_housing=None))["criteria.exit"]) == ("unknown" if leaves else False)
    assert rules.assess(leaving(income, safe_housing=False))["criteria.exit"] is False
    gone = rules.assess(leaving(income, exited=True))
    assert gone["criteria.wrong_exit"] is (not leaves)
    assert rules.assess(leaving(income, exited=False))["criteria.wrong_exit"] is None


def test_a_year_without_a_line_is_not_told() -> None:
    case = {**leaving("9000"), "on": "2017-06-15", "records_complete": {"from": "2016-06", "to": "2017-05"}}
    case["members"] = [{"id": "a", "groups": []}]
    outcome = load("xizang", "2017-06-15").assess(case)
    assert shown(outcome["line.poverty"]) == "unknown"
    assert shown(outcome["criteria.exit"]) == "unknown"


@pytest.mark.parametrize(("place", "poor", "leaves"), [
    ("xizang", 29, True), ("xizang", 30, False), ("henan", 19, True), ("henan", 20, False),
])  # fmt: skip
def test_village_exit_in_the_west_and_elsewhere(place: str, poor: int, leaves: bool) -> None:
    case = {"level": "village", "on": "2018-07-01", "facts": {"poor_persons": poor, "rural_population": 1000}}
    assert load(place, "2018-07-01").assess(case)["criteria.village_exit"] is leaves


def test_error_rates_veto_a_county() -> None:
    facts = {
        "missed": 20, "sampled_unregistered": 1000, "wrongly_exited": 20, "sampled_exited": 1000,
        "approving": 900, "asked": 1000,
    }  # fmt: skip

    def passes(**changed: int) -> Any:
        case = {"level": "county", "on": "2018-07-01", "facts": {**facts, **changed}}
        return load("henan", "2018-07-01").assess(case)["criteria.county_assessment"]

    assert passes() is True  # the limits belong to it
    assert [passes(missed=21), passes(wrongly_exited=21), passes(approving=899)] == [False, False, False]


def test_monitoring_and_the_end_of_a_risk() -> None:
    year = {"from": "2020-06", "to": "2021-05"}

    def told(income: str, groups: list[str], **facts: Any) -> pp.Outcome:
        record = {"item": "transfer", "amount": income, **year}
        member = {"id": "a", "groups": groups, "income": [record]}
        case = {"on": "2021-06-15", "residence": "rural", "records_complete": year, "facts": facts, "members": [member]}
        return load("xizang", "2021-06-15").assess(case)

    assert told("5999.99", ["escaped_poverty"])["criteria.unstable_after_poverty"] is True
    assert shown(told("6000", ["escaped_poverty"])["criteria.unstable_after_poverty"]) == "unknown"
    assert told("6000", ["escaped_poverty"], unstable=False)["criteria.unstable_after_poverty"] is False
    assert told("6000", [], unstable=False)["criteria.unstable_after_poverty"] is None
    assert told("5999.99", [])["criteria.near_poverty"] is True
    hit = told("90000", [], sudden_shock=True, basic_living_hard=True)
    assert hit["criteria.sudden_hardship"] is True  # though far above the line
    solved = {
        "rigid_spending_solved": True, "compulsory_education": True, "basic_medical": True, "safe_housing": True,
        "safe_water": True, "has_labour": True,
    }  # fmt: skip
    for day, cleared in (("2020-12-15", True), ("2020-12-16", False)):
        assert told("6000.01", ["monitored"], risk_ended_on=day, **solved)["criteria.risk_cleared"] is cleared
    assert told("6000", ["monitored"], risk_ended_on="2020-01-01", **solved)["criteria.risk_cleared"] is False
    assert (
        told("9000", ["monitored"], risk_ended_on="2020-01-01", **{**solved, "has_labour": False})[
            "criteria.risk_cleared"
        ]
        is False
    )


def test_premiums_are_graduated_from_2021() -> None:
    person = {"id": "a", "groups": ["tekun"], "facts": {"premium": "320 元"}}
    case = {"on": "2022-01-15", "residence": "rural", "members": [person]}
    rules = load("xizang", "2022-01-15")
    assert str(rules.assess(case)["benefit.premium"]) == "320.00"
    assert shown(rules.assess({**case, "members": [{**person, "groups": ["dibao"]}]})["benefit.premium"]) == "unknown"
    assert rules.assess({**case, "members": [{**person, "groups": []}]})["benefit.premium"] is None


# --- other places -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "amount"), [("class_1", "798.00"), ("class_2", "756.00"), ("class_4", "116.00")])
def test_gansu_rural_classes(group: str, amount: str) -> None:
    case = cq("0", person={})
    case["facts"] = {"property_within_rule": True, "dibao_class": group}
    outcome = load("gansu", "2021-06-15").assess(case)
    assert str(outcome["allowance.dibao_rural"]) == amount  # a month for each of two
    assert outcome["allowance.dibao"] is None  # that of towns


def test_lanzhou_by_zone() -> None:
    rules = load("lanzhou", "2022-06-15")
    for place, expected in (("620102", "914.00"), ("620121", "687.00")):
        case = {**cq("0", "2022-06-15", person={}), "residence": "urban", "place": place}
        case["facts"] = {"property_within_rule": True}
        assert str(rules.assess(case)["line.dibao"]) == expected
    with pytest.raises(pp.InputError, match="place is missing"):
        rules.assess({**cq("0", "2022-06-15", person={}), "residence": "urban", "facts": {}})


def test_qinghai_premium_and_line() -> None:
    case = {"on": "2016-06-15", "residence": "rural", "members": [{"id": "a", "groups": ["dibao"]}]}
    outcome = load("qinghai", "2016-06-15").assess(case)
    assert (str(outcome["benefit.premium"]), str(outcome["line.poverty"])) == ("120.00", "2,970.00")


def test_shiquan_grace() -> None:
    year = {"from": "2014-06", "to": "2015-05"}
    member = {"id": "a", "groups": ["dibao"], "facts": {"has_labour": True}}
    wages = [{"item": "wage", "each_month": "400", **year}]
    case: dict[str, Any] = {"on": "2015-06-15", "residence": "rural", "records_complete": year}
    case |= {"members": [{**member, "income": wages}]}
    rules = load("shiquan", "2015-06-15").reform({"line.dibao.amount": "2500 元"})

    def entitled(since: str, **facts: Any) -> tuple[bool, bool]:
        stated = {"over_line_since": since, "stable_income": False, "property_within_rule": True, **facts}
        outcome = rules.assess({**case, "facts": stated})
        (one,) = [one for one in outcome.decisions if one.name == "allowance.dibao"]
        return one.steps["met"], one.steps["failed"]

    assert entitled("2014-06-16") == (True, False)  # eleven full months
    assert entitled("2014-06-15") == (False, True)
    assert entitled("2014-06-16", stable_income=True) == (False, True)
    ill = {**case, "members": [{**case["members"][0], "groups": ["dibao", "disabled"]}]}
    longer = rules.assess({**ill, "facts": {"over_line_since": "2014-06-15", "stable_income": False,
                                            "property_within_rule": True}})["allowance.dibao"]  # fmt: skip
    assert isinstance(longer, pp.Unknown)
    assert "allowance.dibao.tapering.extended.1.months" in [one.what for one in longer.missing]


def test_shiquan_needs_old_age_security_and_shangzhou_does_not() -> None:
    for place, wanted in (("shiquan", True), ("610924", True), ("shangzhou", False)):
        (stated,) = [one for one in load(place, "2015-06-15").resolved.provisions if one.full_name == "criteria.exit"]
        names = {part.fact for _, part in stated.entry.test.parts()}  # type: ignore[attr-defined]
        assert ("old_age_security" in names) is wanted


def test_changshun() -> None:
    rules = load("changshun", "2018-06-15")
    village = {
        "poor_persons": 30, "rural_population": 1000, "collective_income": "33000 元",
        "collective_income_before": "30000 元", "main_industries": 1, "industry_covers": 60, "poor_households": 100,
        "group_roads": True, "tap_water": True, "no_dangerous_homes": True, "broadband": True, "clinic_works": True,
        "service_desk": True,
    }  # fmt: skip
    case = {"level": "village", "on": "2018-06-15"}
    assert rules.assess({**case, "facts": village})["criteria.village_exit"] is True
    for name, worse in (("poor_persons", 31), ("collective_income", "32999.99 元"), ("industry_covers", 59)):
        assert rules.assess({**case, "facts": {**village, name: worse}})["criteria.village_exit"] is False, name
    town = {
        "level": "township",
        "on": "2018-06-15",
        "facts": {"incidence_drop": "4.3%", "income_per_head": "10000 元", "average_income": "10000 元"},
    }
    assert rules.assess(town)["criteria.township_exit"] is True
    for name, worse in (("incidence_drop", "4.29%"), ("income_per_head", "9999.99 元")):
        assert rules.assess({**town, "facts": {**town["facts"], name: worse}})["criteria.township_exit"] is False, name


def test_anhui_2022_and_shaanxi_county() -> None:
    shares = {
        "poor_persons": 29, "rural_population": 1000, "income_per_head": "7000 元", "provincial_income": "10000 元",
        "villages_paved": 97, "villages": 100, "tap_water_households": 90, "households": 100, "power_households": 100,
        "safe_households": 97, "insured_poor": 29, "registered_poor_persons": 29,
    }  # fmt: skip
    case = {"level": "county", "on": "2018-07-01"}
    rules = load("shaanxi", "2018-07-01")
    assert rules.assess({**case, "facts": shares})["criteria.county_exit"] is True
    worse = {"poor_persons": 30, "income_per_head": "6999.99 元", "villages_paved": 96, "insured_poor": 28}
    for name, value in worse.items():
        assert rules.assess({**case, "facts": {**shares, name: value}})["criteria.county_exit"] is False, name
    anhui = load("anhui", "2018-07-01")
    rates = {"poor_persons": 19, "rural_population": 1000, "wrongly_exited": 19, "sampled_exited": 1000, "missed": 19,
             "sampled_unregistered": 1000, "approving": 901, "asked": 1000, "exited_villages": 9, "poor_villages": 9,
             "income_grows_faster": True, "facilities": True, "services_near_average": True}  # fmt: skip
    assert anhui.assess({**case, "facts": rates})["criteria.county_exit"] is True
    assert anhui.assess({**case, "facts": {**rates, "approving": 900}})["criteria.county_exit"] is False
    assert anhui.assess({**case, "facts": {**rates, "exited_villages": 8}})["criteria.county_exit"] is False


def test_shanghai_pays_the_whole_standard_where_spending_passes_income() -> None:
    case = cq("2000", "2021-06-15", person={})
    case["residence"] = "urban"
    case["facts"] = {
        "property_within_rule": True, "income_below_disposable": True, "marginal_property": True,
        "local_household": True,
    }  # fmt: skip
    months = {"from": "2020-06", "to": "2021-05"}
    case["members"][0]["income"] = [{"item": "wage", "each_month": "3000", **months}]
    case["members"][0]["spending"] = [{"item": "medical", "amount": "30000", **months}]
    case["records_complete"] = months
    rules = load("shanghai", "2021-06-15")
    outcome = rules.assess(case)
    assert outcome["allowance.dibao"] is None  # 1,500 a head, above 1,240
    assert str(outcome["allowance.rigid_expenditure"]) == "1,980.00"  # 1,240 × 2 − (36,000 − 30,000) ÷ 12
    case["members"][0]["spending"][0]["amount"] = "50000"
    assert str(rules.assess(case)["allowance.rigid_expenditure"]) == "2,480.00"
