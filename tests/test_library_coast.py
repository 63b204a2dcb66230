"""The east and the south (but Anhui), worked by hand from the figures of the sources."""

from __future__ import annotations

from typing import Any

import pytest

import poverty_policy as pp


def stay(place: str, on: str, left: str, *groups: str, grade: str = "grade_2", **more: Any) -> pp.Outcome:
    """A stay in hospital of which basic insurance leaves an amount, all of it in scope."""
    rules = more.pop("rules", None) or pp.load(place, on=on)
    paid = {stated.entry.name: "0" for stated in rules.resolved.entries if stated.entry.needs_paid}
    claim = {
        "date": on, "kind": "inpatient", "facility_level": "county", "facility_grade": grade, "area": "in_county",
        "referral": "referred", "cost": {"in_scope": left}, "paid": paid, **more,
    }  # fmt: skip
    return rules.assess({"insurance": "resident", "groups": list(groups), "claims": [claim]})


def illness(*case: Any, **more: Any) -> str:
    return str(stay(*case, **more)["health.critical_illness"])


@pytest.mark.parametrize(
    ("place", "on", "left", "groups", "paid"),
    [
        ("beijing", "2019-06-01", "30404.00", (), "0.00"),
        ("beijing", "2019-06-01", "30404.01", (), "0.01"),  # 0.006 rounds up
        ("beijing", "2019-06-01", "80404", (), "30,000.00"),  # 50,000 × 60 %
        ("beijing", "2019-06-01", "100404", (), "44,000.00"),  # + 20,000 × 70 %
        ("beijing", "2019-06-01", "45202", ("dibao",), "19,500.00"),  # (45,202 − 15,202) × 65 %
        ("xuzhou", "2020-06-01", "120000", (), "64,400.00"),  # 84,000 × 60 % + 20,000 × 70 %
        ("xuzhou", "2020-06-01", "120000", ("tekun",), "80,400.00"),  # 92,000 × 70 % + 20,000 × 80 %
        ("xuzhou", "2024-06-01", "120000", (), "63,200.00"),  # 82,000 × 60 % + 14,000
        ("shandong", "2015-06-01", "150000", (), "74,000.00"),  # 88,000 × 50 % + 50,000 × 60 %
        ("shandong", "2017-06-01", "350000", (), "211,500.00"),  # 44,000 + 60,000 + 70,000 + 37,500
        ("shandong", "2017-06-01", "150000", ("registered_poor",), "84,200.00"),  # 94,000 × 55 % + 50,000 × 65 %
        ("371302", "2019-06-01", "150000", ("registered_poor",), "99,250.00"),  # 95,000 × 65 % + 50,000 × 75 %
    ],
)
def test_critical_illness(place: str, on: str, left: str, groups: tuple[str, ...], paid: str) -> None:
    assert illness(place, on, left, *groups) == paid


def test_the_yearly_limit_of_shandong() -> None:
    assert illness("shandong", "2015-06-01", "2000000") == "300,000.00"
    assert illness("shandong", "2017-06-01", "2000000") == "400,000.00"
    assert illness("shandong", "2017-06-01", "2000000", "registered_poor") == "500,000.00"


@pytest.mark.parametrize(
    ("groups", "grade", "on", "paid"),
    [
        (("registered_poor",), "grade_2", "2019-06-01", "3,325.00"),  # (20,000 − 5,250 − 10,000) × 70 %
        (("registered_poor",), "grade_2", "2020-06-01", "7,175.00"),  # (20,000 − 9,750) × 70 %; 5,000 × … below
        (("tekun",), "grade_2", "2019-06-01", "10,000.00"),  # all of it, up to the limit
        (("tekun",), "grade_3", "2019-06-01", "7,175.00"),
    ],
)
def test_assistance_in_lanshan(groups: tuple[str, ...], grade: str, on: str, paid: str) -> None:
    outcome = stay("371302", on, "20000", *groups, grade=grade)
    assert str(outcome["health.critical_illness"]) == "9,750.00"  # 15,000 × 65 %
    left = pp.Money("10250")
    expected = {
        ("registered_poor", "2019-06-01"): pp.Rate("70%").of(left - pp.Money("10000")),
        ("registered_poor", "2020-06-01"): pp.Rate("70%").of(left),
    }.get((groups[0], on))
    assert outcome["health.medical_assistance"] == (expected or pp.Money(paid))


@pytest.mark.parametrize(
    ("left", "group", "first", "again"),
    [
        ("20000", "dibao", "15,000.00", "0.00"),  # 20,000 × 75 %; 5,000 left is no more than 5,000
        ("20000.04", "dibao", "15,000.03", "0.01"),  # one fen left above 5,000: 0.7 of a fen
        ("60000", "dibao", "30,000.00", "17,500.00"),  # the limit; (30,000 − 5,000) × 70 %
        ("3000", "dibao_marginal", "0.00", "0.00"),
        ("23000", "dibao_marginal", "10,000.00", "2,100.00"),  # 20,000 × 50 %; (13,000 − 10,000) × 70 %
    ],
)
def test_assistance_twice_over_in_zichuan(left: str, group: str, first: str, again: str) -> None:
    outcome = stay("370302", "2025-06-01", left, group)
    assert (str(outcome["health.medical_assistance"]), str(outcome["health.tilt_assistance"])) == (first, again)


@pytest.mark.parametrize(
    ("left", "group", "paid"),
    [("20000", "dibao", "16,000.00"), ("20000", "dibao_marginal", "11,900.00"), ("3000", "dibao_marginal", "0.00"),
     ("3000.02", "dibao_marginal", "0.01"), ("200000", "tekun", "90,000.00")],
)  # fmt: skip
def test_assistance_in_suqian(left: str, group: str, paid: str) -> None:
    outcome = stay("suqian", "2024-06-01", left, group)
    assert str(outcome["health.medical_assistance"]) == paid
    assert outcome["health.outpatient_assistance"] is None


def test_guilin_needs_its_limit() -> None:
    with pytest.raises(pp.UnspecifiedError, match=r"critical_illness\.caps"):
        stay("guilin", "2020-06-01", "72000")
    rules = pp.load("guilin", on="2020-06-01").reform({"health.critical_illness.caps.1.amount": "50 万元"})
    assert illness("guilin", "2020-06-01", "72000", rules=rules) == "38,000.00"  # 40,000 × 60 % + 20,000 × 70 %
    assert illness("guilin", "2020-06-01", "73000", "registered_poor", rules=rules) == "53,000.00"


@pytest.mark.parametrize(("grade", "paid"), [("grade_1", "9,500.00"), ("grade_2", "8,000.00"), ("grade_3", "6,500.00")])
def test_basic_insurance_of_the_poor_in_guangxi(grade: str, paid: str) -> None:
    illness_open = {
        f"health.critical_illness.{name}": value for name, value in (("deductible", "5000 元"), ("rate", "60%"))
    }
    rules = pp.load("guangxi", on="2018-12-01").reform(illness_open)
    outcome = stay("guangxi", "2018-12-01", "10000", "registered_poor", grade=grade, rules=rules)
    assert str(outcome["health.basic"]) == paid


def test_lines() -> None:
    assert str(pp.load("dehua", on="2024-06-01", health=False).assess({"on": "2024-06-01", "residence": "rural",
               "members": [{"id": "a", "groups": []}]})["line.monitoring"]) == "19,560.00"  # fmt: skip
    for area, amount in (("area_class_1", "1,165.00"), ("area_class_4", "600.00")):
        home = {"on": "2023-06-01", "residence": "rural", "place": "441402", "members": [{"id": "a", "groups": [area]}]}
        assert str(pp.load("guangdong", on="2023-06-01", health=False).assess(home)["line.dibao"]) == amount
    home = {"on": "2017-06-01", "residence": "rural", "members": [{"id": "a", "groups": []}]}
    rules = pp.load("guangdong", on="2017-06-01", health=False)
    assert str(rules.assess(home)["line.poverty"]) == "6,883.00"
    jiangsu = pp.load("jiangsu", on="2020-11-01", health=False).reform({"line.dibao.amount": "1000 元"})
    assert str(jiangsu.assess({**home, "on": "2020-11-01"})["line.marginal"]) == "2,000.00"


def test_targets() -> None:
    targets = pp.load("haikou", on="2020-06-01").targets
    assert targets["premium"].target.equals == pp.Figure.of("70 元")
    (checked,) = pp.load("guangxi", on="2018-12-01").targets.check({"effective_rate": "89.99%"})
    assert checked.met is False
