"""Jiangxi and its places, and Gansu's doctors, worked by hand from the figures of the sources."""

from __future__ import annotations

from typing import Any

import pytest

import poverty_policy as pp


def home(on: str, residence: str, *groups: str, wage: str | None = None, **facts: Any) -> dict[str, Any]:
    """One person, with a year of records."""
    year = {"from": f"{int(on[:4]) - 1}-01", "to": f"{int(on[:4])}-{int(on[5:7]) - 1:02}"}
    income = [] if wage is None else [{"item": "wage", "each_month": wage, **year}]
    member = {"id": "a", "groups": list(groups), "birth_date": "1970-01-01", "income": income, "facts": {}}
    return {"on": on, "residence": residence, "records_complete": year, "facts": facts, "members": [member]}


@pytest.mark.parametrize(
    ("place", "on", "residence", "groups", "line", "amount"),
    [
        ("jiangxi", "2021-06-01", "urban", (), "dibao", "765.00"),
        ("jiangxi", "2022-06-01", "rural", (), "dibao", "600.00"),
        ("jiangxi", "2023-06-01", "rural", (), "dibao", "660.00"),
        ("jiangxi", "2024-06-01", "urban", (), "dibao", "935.00"),
        ("jiangxi", "2022-06-01", "rural", ("tekun",), "tekun", "780.00"),
        ("jiangxi", "2022-06-01", "rural", ("tekun", "not_self_caring"), "tekun", "1,080.00"),
        ("nanchang", "2021-06-01", "rural", (), "dibao", "795.00"),
        ("nanchang", "2023-06-01", "urban", ("tekun",), "tekun", "1,190.00"),
        ("360703", "2024-06-01", "rural", (), "monitoring", "8,500.00"),
    ],
)
def test_lines(place: str, on: str, residence: str, groups: tuple[str, ...], line: str, amount: str) -> None:
    outcome = pp.load(place, on=on).assess(home(on, residence, *groups))
    assert str(outcome[f"line.{line}"]) == amount


def test_the_year_turns_on_its_first_day() -> None:
    for on, amount in (("2021-12-31", "765.00"), ("2022-01-01", "825.00"), ("2022-12-31", "825.00")):
        case = home(on.replace("-01-01", "-02-01"), "urban")
        assert str(pp.load("jiangxi", on=on).assess({**case, "on": on})["line.dibao"]) == amount


@pytest.mark.parametrize(("wage", "paid"), [("0", "855.00"), ("854.99", "0.01"), ("855", None), ("855.01", None)])
def test_dibao_in_nanchang(wage: str, paid: str | None) -> None:
    rules = pp.load("nanchang", on="2022-06-01")
    found = rules.assess(home("2022-06-01", "urban", wage=wage, property_within_rule=True))["allowance.dibao"]
    assert (None if found is None else str(found)) == paid


@pytest.mark.parametrize(
    ("left", "group", "kind", "first", "tilt"),
    [
        ("10000", "tekun", "inpatient", "10,000.00", "0.00"),
        ("10000", "dibao", "inpatient", "7,500.00", "1,750.00"),  # 75 %; 2,500 × 70 %
        ("2875.30", "monitored", "inpatient", "0.00", "2,012.71"),  # at the deductible; all of it × 70 %
        ("2875.32", "monitored", "inpatient", "0.01", "2,012.72"),  # 0.02 × 60 %; 2,875.31 × 70 % = 2,012.717
        ("12875.30", "monitored", "inpatient", "6,000.00", "4,812.71"),  # 10,000 × 60 %; 6,875.30 × 70 %
        ("12875.30", "monitored", "outpatient_chronic", "6,000.00", "4,125.18"),  # 6,875.30 × 60 %
        ("80000", "dibao", "inpatient", "50,000.00", "21,000.00"),  # 60,000 capped; 30,000 × 70 %
        ("17188.25", "rigid_expenditure", "inpatient", "5,000.00", "8,531.78"),  # 10,000 × 50 %; 12,188.25 × 70 %
    ],
)
def test_assistance_in_jiujiang(left: str, group: str, kind: str, first: str, tilt: str) -> None:
    claim = {
        "date": "2023-05-01",
        "kind": kind,
        "cost": {"in_scope": left},
        "paid": {"basic": 0, "critical_illness": 0},
    }
    outcome = pp.load("jiujiang", on="2023-05-01").assess({"groups": [group], "claims": [claim]})
    assert (str(outcome["health.medical_assistance"]), str(outcome["health.tilt_assistance"])) == (first, tilt)


def test_the_rural_scheme_of_2013_needs_its_deductible() -> None:
    claim = {"date": "2014-05-01", "kind": "inpatient", "cost": {"in_scope": "68000"}, "paid": {"basic": 0}}
    case = {"groups": [], "insurance": "ncms", "claims": [claim]}
    rules = pp.load("jiangxi", on="2014-05-01")
    with pytest.raises(pp.UnspecifiedError, match="deductible"):
        rules.assess(case)
    found = rules.reform({"health.critical_illness.deductible": "8000 元"}).assess(case)["health.critical_illness"]
    assert str(found) == "31,000.00"  # 50,000 × 50 % + 10,000 × 60 %


@pytest.mark.parametrize(("served", "paid"), [(999, "400.00"), (1000, None), (1001, None)])
def test_village_doctors_of_small_clinics(served: int, paid: str | None) -> None:
    case = home("2015-06-01", "rural")
    case["members"][0]["facts"] = {
        "village_doctor": True,
        "poor_county_essential_drugs": True,
        "clinic_population": served,
    }
    found = pp.load("gansu", on="2015-06-01").assess(case)["benefit.village_doctor"]
    assert (None if found is None else str(found)) == paid


@pytest.mark.parametrize(("months", "paid"), [(0, "0.00"), (1, "1,000.00"), (6, "6,000.00"), (7, "6,000.00")])
def test_doctors_in_training(months: int, paid: str) -> None:
    case = home("2015-06-01", "rural")
    case["members"][0]["facts"] = {"village_doctor": True, "training_passed": True, "training_months": months}
    assert str(pp.load("gansu", on="2015-06-01").assess(case)["benefit.doctor_training"]) == paid


def test_what_was_aimed_at_can_be_checked() -> None:
    luxi = pp.load("360323", on="2015-06-01").targets
    assert luxi["poor_households"].target.parts["with_labour"].amount == 432
    gansu = pp.load("gansu", on="2015-06-01").targets
    reached = {"clinics": 2964, "illness_rate_gain": "3 points", "multi_site_city": 3000}
    assert [one.met for one in gansu.check(reached)] == [False, True, None]
