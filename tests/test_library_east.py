"""Anhui and its cities and counties, and more of the east and south: worked by hand from the figures of the sources."""

from __future__ import annotations

from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy.errors import UnspecifiedError


def bill(on: str, cost: str, level: str = "county", area: str = "in_county", **more: Any) -> dict[str, Any]:
    facts = {"facility_level": level, "area": area, "referral": "referred"}
    return {"date": on, "kind": "inpatient", **facts, "cost": {"in_scope": cost}, **more}


def settled(place: str, groups: tuple[str, ...], *bills: dict[str, Any], reform: Any = None) -> pp.Outcome:
    """Bills of a resident; what is taken from the bill is nothing unless it says so."""
    rules = pp.load(place, on=bills[0]["date"])
    rules = rules.reform(reform) if reform else rules
    needed = [stated.entry for stated in rules.resolved.entries if stated.entry.needs_paid]
    for one in bills:
        taken = {entry.name: "0" for entry in needed if not entry.when.kinds or one["kind"] in entry.when.kinds}
        one["paid"] = {**taken, **one.get("paid", {})}
    return rules.assess({"insurance": "resident", "groups": list(groups), "claims": list(bills)})


def paid(outcome: pp.Outcome, layer: str) -> str | None:
    found = outcome[f"health.{layer}"]
    return None if found is None else str(found)


def home(on: str, income: str = "0", heads: int = 1, residence: str = "rural", **person: Any) -> dict[str, Any]:
    """Persons of whom the first got one transfer in the month before."""
    count = int(on[:4]) * 12 + int(on[5:7]) - 1
    last, first = (f"{(count - n) // 12}-{(count - n) % 12 + 1:02}" for n in (1, 12))
    members: list[dict[str, Any]] = [{"id": f"{n}", "groups": [], "birth_date": "1980-01-01"} for n in range(heads)]
    members[0].update(person)
    members[0]["income"] = [{"item": "transfer", "amount": income, "from": last, "to": last}]
    facts = {"property_within_rule": True}
    window = {"from": first, "to": last}
    return {"on": on, "residence": residence, "records_complete": window, "members": members, "facts": facts}


def assessed(place: str, case: dict[str, Any], reform: Any = None) -> pp.Outcome:
    rules = pp.load(place, on=case["on"], health=False)
    return (rules.reform(reform) if reform else rules).assess(case)


def text(value: Any) -> str | None:
    return None if value is None else "unknown" if isinstance(value, pp.Unknown) else str(value)


# --- Anhui: insurance -------------------------------------------------------------------------------------

AREAS = ("in_county", "in_prefecture", "in_province", "out_of_province")
OPEN = {
    "health.critical_illness.deductible": "15000 元",
    **{f"health.critical_illness.caps.1.amount.{area}": "30 万元" for area in AREAS},
}


@pytest.mark.parametrize(
    ("level", "area", "cost", "expected"),
    [
        ("township", "in_county", "10200", "8,500.00"),  # (10,200 − 200) × 85 %
        ("county", "in_county", "10500", "8,000.00"),  # (10,500 − 500) × 80 %
        ("city", "in_prefecture", "10700", "7,500.00"),  # (10,700 − 700) × 75 %
        ("province", "in_prefecture", "11000", "7,000.00"),  # (11,000 − 1,000) × 70 %
        ("city", "in_province", "11400", "7,000.00"),  # (11,400 − 2 × 700) × (75 − 5) %
        ("province", "in_province", "12000", "6,500.00"),  # (12,000 − 2 × 1,000) × (70 − 5) %
        ("county", "in_county", "500", "0.00"),
        ("county", "in_county", "500.01", "0.01"),  # 0.008
    ],
)
def test_anhui_2019_inpatient(level: str, area: str, cost: str, expected: str) -> None:
    outcome = settled("anhui", (), bill("2019-07-01", cost, level, area), reform=OPEN)
    assert paid(outcome, "basic") == expected


def test_anhui_2019_needs_what_the_cities_set() -> None:
    with pytest.raises(UnspecifiedError, match=r"critical_illness\.deductible"):
        settled("anhui", (), bill("2019-07-01", "10500"))
    with pytest.raises(UnspecifiedError, match=r"basic\.deductible\.out_of_province"):
        settled("anhui", (), bill("2019-07-01", "10500", "province", "out_of_province"), reform=OPEN)
    own = {**OPEN, "health.basic.deductible.out_of_province": "2100 元"}  # 20 % of 10,500
    outcome = settled("anhui", (), bill("2019-07-01", "10500", "province", "out_of_province"), reform=own)
    assert paid(outcome, "basic") == "5,040.00"  # (10,500 − 2,100) × 60 %


def test_anhui_2019_and_2020_critical_illness() -> None:
    # 573,000 in a county hospital leave 500 + 20 % of 572,500, which is 115,000
    outcome = settled("anhui", (), bill("2019-12-31", "573000"), reform=OPEN)
    assert paid(outcome, "critical_illness") == "62,500.00"  # 50,000 × 60 % + 50,000 × 65 %
    half = {f"health.critical_illness.deductible.{name}": value for name, value in (
        ("tekun, dibao, registered_poor", "7500 元"), ("default", "15000 元"))}  # fmt: skip
    # 585,500 leave 117,500: 50,000 × 65 % + 50,000 × 70 % + 10,000 × 80 %
    outcome = settled("anhui", ("dibao",), bill("2020-12-31", "585500"), reform=half)
    assert paid(outcome, "critical_illness") == "75,500.00"
    with pytest.raises(UnspecifiedError, match=r"critical_illness\.caps\.1\.amount\.default"):
        settled("anhui", (), bill("2020-12-31", "585500"), reform=half)


@pytest.mark.parametrize(
    ("on", "file"),
    [("2017-01-01", "2017-01-01"), ("2019-06-30", "2017-01-01"), ("2019-07-01", "2019-07-01"),
     ("2019-12-31", "2019-07-01"), ("2020-01-01", "2020-01-01"), ("2020-12-31", "2020-01-01")],
)  # fmt: skip
def test_anhui_from_day_to_day(on: str, file: str) -> None:
    rules = pp.load("anhui", on=on)
    assert f"34-anhui/{file}.yaml" in {f"{one.path.parent.name}/{one.path.name}" for one in rules.resolved.files}
    assert [stated.entry.name for stated in rules.resolved.entries][-2:] == ["bottom_line", "chronic_outpatient"]


def test_what_two_pages_say_of_anhui_stands_beside_each_other() -> None:
    (basic,) = [one for one in pp.load("anhui", on="2019-07-01").resolved.entries if one.entry.name == "basic"]
    assert [str(one.says) for one in basic.entry.disagreements] == ["70%", "75%"]


@pytest.mark.parametrize(
    ("groups", "level", "cost", "expected"),
    [
        (("hefei_city",), "province", "21000", "15,000.00"),  # (21,000 − 1,000) × 75 %
        (("hefei_city", "hefei_minor"), "province", "20500", "15,000.00"),  # (20,500 − 500) × 75 %
        (("hefei_counties",), "province", "22000", "14,000.00"),  # (22,000 − 2,000) × 70 %
        ((), "county", "60500", "48,000.00"),  # (60,500 − 500) × 80 %
        ((), "county", "375500", "300,000.00"),
        ((), "county", "375500.02", "300,000.00"),  # the limit
    ],
)
def test_hefei_inpatient(groups: tuple[str, ...], level: str, cost: str, expected: str) -> None:
    assert paid(settled("hefei", groups, bill("2020-05-10", cost, level, "in_prefecture")), "basic") == expected


@pytest.mark.parametrize(
    ("groups", "cost", "expected"),
    [
        # in a county hospital 500 + 20 % of what is above 500 are left
        ((), "72999.95", "0.00"),  # 14,999.99 left
        ((), "73000", "0.00"),
        ((), "73000.05", "0.01"),  # 15,000.01 left: 0.006
        (("registered_poor",), "35500", "0.00"),  # 7,500 left
        (("registered_poor",), "60500", "3,250.00"),  # (12,500 − 7,500) × 65 %
    ],
)
def test_hefei_critical_illness(groups: tuple[str, ...], cost: str, expected: str) -> None:
    assert paid(settled("hefei", groups, bill("2020-05-10", cost)), "critical_illness") == expected


def test_hefei_to_the_end() -> None:
    first = settled("hefei", ("registered_poor",), bill("2020-05-10", "60500", paid={"medical_assistance": "1000"}))
    # 60,500 − 48,000 − 3,250 − 1,000 leave 8,250, of which 3,000 are borne
    assert (paid(first, "bottom_line"), str(first["health.out_of_pocket"])) == ("5,250.00", "3,000.00")
    with pytest.raises(UnspecifiedError, match="province"):
        settled("hefei", (), bill("2020-05-10", "60500", "province", "in_prefecture"))  # insured with whom?


# --- Anhui: ceilings and medical assistance ---------------------------------------------------------------


@pytest.mark.parametrize(("cost", "expected"), [("999.99", "0.00"), ("1000", "0.00"), ("1000.01", "0.01")])
def test_yingshang_ceiling(cost: str, expected: str) -> None:
    assert paid(settled("341226", ("registered_poor",), bill("2018-03-01", cost)), "bottom_line") == expected


def test_yingshang_over_the_year() -> None:
    stays = [bill("2018-03-01", "800"), bill("2018-04-01", "900"),
             bill("2018-05-01", "6000", "province", "in_province")]  # fmt: skip
    outcome = settled("341226", ("registered_poor",), *stays)
    assert paid(outcome, "bottom_line") == "2,700.00"  # 0; 1,700 − 1,000; 1,000 + 6,000 − 5,000
    visit = bill("2018-03-01", "2000.01", kind="outpatient_chronic")
    outcome = settled("341226", ("registered_poor",), visit)
    assert paid(outcome, "bottom_line") == "1,000.01"
    assert paid(outcome, "chronic_outpatient") == "800.00"  # 1,000 × 80 %
    with pytest.raises(UnspecifiedError, match="assistance_outside"):
        settled("341226", ("dibao",), bill("2018-03-01", "800", "province", "out_of_province"))


@pytest.mark.parametrize(
    ("place", "on", "groups", "cost", "facts", "layer", "expected"),
    [
        ("bozhou", "2018-06-01", ("tekun",), "20000", {}, "medical_assistance", "16,000.00"),  # 80 %
        ("bozhou", "2018-06-01", ("dibao",), "71428.57", {}, "medical_assistance", "50,000.00"),  # 49,999.999
        ("bozhou", "2018-06-01", ("dibao",), "71428.59", {}, "medical_assistance", "50,000.00"),  # the limit
        ("341524", "2020-06-01", ("dibao",), "8000", {"level": "township"}, "medical_assistance", "4,000.00"),  # 50 %
        ("341524", "2020-06-01", ("dibao",), "10000.01", {"level": "township"}, "medical_assistance", "5,000.00"),
        ("341524", "2020-06-01", ("dibao",), "11000", {}, "medical_assistance", "4,450.00"),  # 4,000 + 1,000 × 45 %
        ("341524", "2020-06-01", ("dibao",), "12222.19", {}, "medical_assistance", "4,999.99"),  # 4,000 + 999.9855
        ("341524", "2020-06-01", ("dibao",), "12223", {}, "medical_assistance", "5,000.00"),  # the limit of one stay
        ("341524", "2020-06-01", ("tekun",), "50000", {}, "medical_assistance", "50,000.00"),
        ("341524", "2020-06-01", ("listed_disease",), "20000", {}, "medical_assistance", "0.00"),
        ("341524", "2020-06-01", ("listed_disease",), "20000.02", {}, "medical_assistance", "0.01"),  # 0.008
        ("341524", "2020-06-01", ("listed_disease",), "24000", {"level": "township"}, "medical_assistance", "2,000.00"),
        ("341022", "2021-06-01", ("tekun",), "20000", {}, "medical_assistance", "18,000.00"),  # 90 %
        ("341022", "2021-06-01", ("tekun",), "30000", {}, "medical_assistance", "20,000.00"),  # the limit
        ("341022", "2021-06-01", ("low_income",), "35000", {}, "medical_assistance", "7,500.00"),  # 15,000 × 50 %
        ("341022", "2021-06-01", ("impoverished_by_illness",), "35000", {}, "medical_assistance", "6,000.00"),
        ("341022", "2021-06-01", ("dibao",), "4000", {"kind": "outpatient"}, "outpatient_assistance", "1,200.00"),
        ("341022", "2021-06-01", ("dibao",), "2000", {"kind": "outpatient"}, "outpatient_assistance", "0.00"),
        ("wuhu", "2025-11-30", ("dibao",), "20000", {}, "medical_assistance", "15,000.00"),  # 75 %
        ("wuhu", "2025-11-30", ("returned_to_poverty",), "20000", {}, "medical_assistance", "12,950.00"),
        ("wuhu", "2025-11-30", ("monitored",), "20000", {}, "medical_assistance", "10,200.00"),  # 17,000 × 60 %
        ("wuhu", "2025-11-30", ("low_income",), "30000", {}, "medical_assistance", "5,000.00"),  # 10,000 × 50 %
        ("341882", "2024-12-04", ("returned_to_poverty",), "21500", {}, "medical_assistance", "14,000.00"),
        ("341882", "2024-12-04", ("returned_to_poverty",), "1500", {}, "medical_assistance", "0.00"),
        ("341882", "2024-12-04", ("returned_to_poverty",), "1500.01", {}, "medical_assistance", "0.01"),  # 0.007
        ("341882", "2024-12-04", ("monitored",), "21500", {}, "medical_assistance", "11,100.00"),  # 18,500 × 60 %
        ("341702", "2019-06-01", ("dibao", "class_1_disease"), "20000", {}, "medical_assistance", "14,000.00"),
        ("341702", "2019-06-01", ("dibao", "class_1_disease"), "30000", {}, "medical_assistance", "15,000.00"),
        ("341702", "2019-06-01", ("dibao",), "5000", {}, "medical_assistance", "3,000.00"),  # 3,500, the limit
        ("341702", "2019-06-01", ("dibao",), "5000", {"kind": "outpatient_chronic"}, "medical_assistance", "0.00"),
        ("341702", "2019-06-01", ("dibao", "class_2_disease"), "5000", {"kind": "outpatient_chronic"},
         "medical_assistance", "3,500.00"),
        ("341702", "2019-06-01", ("low_income",), "25000", {}, "low_income_assistance", "2,000.00"),  # 10,000 × 20 %
        ("341702", "2019-06-01", ("low_income",), "15000.02", {}, "low_income_assistance", "0.00"),  # 0.004
        ("341702", "2019-06-01", ("low_income",), "15000.03", {}, "low_income_assistance", "0.01"),  # 0.006
    ],
)  # fmt: skip
def test_assistance_in_anhui(
    place: str, on: str, groups: tuple[str, ...], cost: str, facts: dict[str, str], layer: str, expected: str
) -> None:
    assert paid(settled(place, groups, bill(on, cost, **facts)), layer) == expected


def test_the_limit_of_the_year_in_jinzhai() -> None:
    stays = [bill(f"2020-0{n}-01", "20000") for n in (3, 4, 5)]  # 5,000 each time, 10,000 in the year
    assert paid(settled("341524", ("dibao",), *stays), "medical_assistance") == "10,000.00"


@pytest.mark.parametrize(
    ("place", "on", "group"),
    [("bozhou", "2018-06-01", "registered_poor"), ("341022", "2021-06-01", "escaped_poverty"),
     ("wuhu", "2025-06-01", "dibao_marginal"), ("bengbu", "2023-06-01", "dibao")],
)  # fmt: skip
def test_assistance_that_is_not_known_is_asked_for(place: str, on: str, group: str) -> None:
    with pytest.raises(UnspecifiedError, match="medical_assistance"):
        settled(place, (group,), bill(on, "80000", "county"))


@pytest.mark.parametrize(
    ("level", "cost", "basic", "floor"),
    [
        ("city", "10800", "7,000.00", "0.00"),  # (10,800 − 800) × 70 %
        ("province", "11200", "6,500.00", "0.00"),  # (11,200 − 1,200) × 65 %
        ("city", "1500", "490.00", "185.00"),  # 700 × 70 %; 1,500 × 45 % = 675
        ("city", "2240", "1,008.00", "0.00"),  # 1,440 × 70 % is just 2,240 × 45 %
        ("city", "2239", "1,007.30", "0.25"),  # 1,007.55 − 1,007.30
    ],
)
def test_bengbu(level: str, cost: str, basic: str, floor: str) -> None:
    outcome = settled("bengbu", (), bill("2023-06-01", cost, level))
    assert (paid(outcome, "basic"), paid(outcome, "floor")) == (basic, floor)


def test_bengbu_elsewhere_is_not_known() -> None:
    away = bill("2023-06-01", "50000", "province", "out_of_province")
    with pytest.raises(UnspecifiedError, match=r"basic\.rate"):
        settled("bengbu", (), away)


# --- Anhui: income ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "on", "residence", "income", "expected"),
    [
        ("bengbu", "2020-06-15", "rural", "0", "1,980.00"),  # 660 × 3
        ("bengbu", "2020-06-15", "urban", "23759.99", "0.00"),  # 660 × 12 × 3 = 23,760
        ("bengbu", "2020-06-15", "urban", "23760", None),
        ("bengbu", "2020-06-15", "urban", "23760.01", None),
        ("chuzhou", "2022-07-15", "rural", "12000", "1,151.00"),  # (717 × 36 − 12,000) ÷ 12
        ("chuzhou", "2022-12-31", "urban", "0", "2,181.00"),  # 727 × 3
        ("341300", "2021-08-15", "rural", "0", "1,980.00"),
    ],
)
def test_dibao_in_anhui(place: str, on: str, residence: str, income: str, expected: str | None) -> None:
    outcome = assessed(place, home(on, income, 3, residence))
    assert text(outcome["allowance.dibao"]) == expected


def test_tekun_in_anhui() -> None:
    assert text(assessed("bengbu", home("2020-06-15"))["line.tekun"]) == "10,470.00"
    assert text(assessed("bengbu", home("2020-06-15", residence="urban"))["line.tekun"]) == "unknown"
    assert text(assessed("chuzhou", home("2022-07-15"))["line.tekun"]) == "970.00"
    assert text(assessed("341300", home("2021-07-15", residence="urban"))["line.tekun"]) == "12,060.00"
    own = {"line.dibao.amount": "700 元"}
    assert text(assessed("anhui", home("2024-01-31"), own)["line.tekun"]) == "910.00"  # 700 × 1.3


@pytest.mark.parametrize(
    ("able", "residence", "partial", "full"),
    [("partial", "rural", "230.00", None), ("none_left", "rural", None, "350.00"),
     ("none_left", "urban", None, "400.00"), ("able", "rural", None, None)],
)  # fmt: skip
def test_care_in_bengbu(able: str, residence: str, partial: str | None, full: str | None) -> None:
    case = home("2020-06-15", residence=residence, groups=["tekun"], facts={"self_care": able})
    outcome = assessed("bengbu", case)
    assert (text(outcome["benefit.care_partial"]), text(outcome["benefit.care_full"])) == (partial, full)


@pytest.mark.parametrize(
    ("group", "expected"), [("tekun", "280.00"), ("dibao", "unknown"), ("registered_poor", "unknown"), ("orphan", None)]
)
def test_premiums_in_anhui_2020(group: str, expected: str | None) -> None:
    case = home("2020-09-15", groups=[group], facts={"premium": "280 元"})
    assert text(assessed("anhui", case)["benefit.premium"]) == expected


def test_what_anhui_aimed_at_in_2020() -> None:
    rules = pp.load("anhui", on="2020-09-15")
    assert rules.targets["fiscal_subsidy"].target.equals == pp.Figure.of("550 元")
    (met,) = list(rules.targets.check({"inpatient_rate": "69.99%"}))
    assert met.met is False


def test_aid_in_advance_in_guichi_has_no_amount() -> None:
    case = home("2019-06-15", facts={"sudden_costly_illness": True})
    assert text(assessed("341702", case)["benefit.advance_aid"]) == "unknown"


# --- Jiangsu and Fujian -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "cost", "expected"),
    [
        (("needy_workers",), "20000", "16,000.00"),  # 80 %
        (("severely_disabled",), "20000", "11,900.00"),  # (20,000 − 3,000) × 70 %
        (("severely_disabled",), "3000", "0.00"),
        (("severely_disabled",), "3000.01", "0.01"),  # 0.007
        (("severely_disabled", "dibao"), "3000", "2,400.00"),  # the better of the two
    ],
)
def test_suqian_has_more_than_the_poor(groups: tuple[str, ...], cost: str, expected: str) -> None:
    assert paid(settled("suqian", groups, bill("2024-06-07", cost)), "medical_assistance") == expected


@pytest.mark.parametrize(
    ("on", "birth", "expected"),
    [
        ("2020-07-01", "1990-01-01", "1,045.00"),
        ("2020-07-01", "1960-07-01", "1,254.00"),  # sixty on the day: 1,045 × 120 %
        ("2020-07-01", "1960-07-02", "1,045.00"),
        ("2020-10-25", "2010-01-01", "1,254.00"),
        ("2020-10-26", "2010-01-01", "1,254.00"),
        ("2020-12-31", "1950-01-01", "1,254.00"),
        ("2025-07-01", "1990-01-01", "1,208.00"),
    ],
)
def test_dibao_in_suzhou(on: str, birth: str, expected: str) -> None:
    case = home(on, birth_date=birth)
    case["facts"]["stable_income"] = True
    assert text(assessed("320500", case)["allowance.dibao"]) == expected


def test_other_lines_in_suzhou() -> None:
    outcome = assessed("320500", home("2020-07-01"))
    assert text(outcome["line.tekun"]) == "1,463.00"  # 1,045 × 140 %
    assert text(outcome["line.marginal_illness"]) == "1,254.00"  # 1,045 × 120 %
    assert text(assessed("320500", home("2025-12-31"))["line.tekun"]) == "1,692.00"
    # someone seriously ill gets 1,254 in full, which a supplement to the gap is not
    assert text(assessed("320500", home("2020-07-01", groups=["seriously_ill"]))["allowance.dibao"]) == "unknown"


@pytest.mark.parametrize(
    ("income", "expected"),
    [("50159.99", "unknown"), ("50160", None), ("50160.01", None)],  # 1,045 × 2 × 24 = 50,160
)
def test_single_persons_in_suzhou(income: str, expected: str | None) -> None:
    case = home("2020-11-15", income, heads=2)
    case["members"][1]["groups"] = ["severely_disabled"]  # has no income of its own
    assert text(assessed("320500", case)["allowance.dibao"]) == expected


def test_overlay_in_fujian() -> None:
    ill = ("registered_poor", "overlay_disease")
    for on in ("2017-07-01", "2019-06-05", "2019-06-06", "2020-12-31", "2021-01-01"):
        outcome = settled("fujian", ill, bill(on, "60000", paid={"basic": "45000", "overlay_first": "5000"}))
        assert paid(outcome, "overlay_second") == "9,000.00"  # 10,000 × 90 %
        assert str(outcome["health.out_of_pocket"]) == "1,000.00"
    for left, needs in (("5000", False), ("5000.01", True)):
        one = bill("2019-06-06", left)
        if needs:
            with pytest.raises(UnspecifiedError, match="overlay_third"):
                settled("fujian", ("registered_poor",), one)
        else:
            assert paid(settled("fujian", ("registered_poor",), one), "overlay_third") == "0.00"
    assert paid(settled("fujian", ("registered_poor",), bill("2018-06-01", "90000")), "overlay_second") is None


@pytest.mark.parametrize(
    ("group", "expected"),
    [("tekun", "350.00"), ("five_olds", "350.00"), ("dibao", "315.00"), ("escaped_poverty", "315.00"),
     ("returned_to_poverty", "unknown"), ("dibao_marginal", None)],
)  # fmt: skip
def test_premiums_in_fujian_2023(group: str, expected: str | None) -> None:
    case = home("2023-01-01", groups=[group], facts={"premium": "350 元"})
    assert text(assessed("fujian", case)["benefit.premium"]) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [("orphan", "9,000.00"), ("special_family", "7,000.00"), ("escaped_poverty", "7,000.00"), ("dibao", "7,000.00")],
)
def test_assistance_in_sanming(group: str, expected: str) -> None:
    own = {"health.medical_assistance.caps.1.amount": "40000 元"}
    assert paid(settled("sanming", (group,), bill("2025-06-01", "10000"), reform=own), "medical_assistance") == expected
    with pytest.raises(UnspecifiedError, match="caps"):
        settled("sanming", (group,), bill("2025-06-01", "10000"))


# --- Shandong, Guangdong and Guangxi ----------------------------------------------------------------------


def test_shandong_from_2019_knows_only_the_poor() -> None:
    for groups, cost, expected in (
        (("registered_poor",), "5000", "0.00"),
        (("registered_poor",), "5000.01", "0.01"),  # 0.0065
        (("dibao",), "150000", "99,250.00"),  # 95,000 × 65 % + 50,000 × 75 %
        (("tekun",), "2000000", "1,656,750.00"),  # 61,750 + 150,000 + 1,700,000 × 85 %: no limit
    ):
        assert paid(settled("shandong", groups, bill("2019-01-01", cost)), "critical_illness") == expected
    with pytest.raises(UnspecifiedError, match="critical_illness"):
        settled("shandong", (), bill("2019-01-01", "50000"))


@pytest.mark.parametrize(
    ("groups", "cost", "expected"),
    [((), "20000", "0.00"), ((), "20000.02", "0.01"), (("registered_poor",), "20000", "8,000.00"),
     ((), "520000.03", "200,000.00")],
)  # fmt: skip
def test_costly_drugs_in_shandong_2017(groups: tuple[str, ...], cost: str, expected: str) -> None:
    one = bill("2017-06-01", "0")
    one["cost"] = {"listed_drug": cost}
    assert paid(settled("shandong", groups, one), "special_drugs") == expected


@pytest.mark.parametrize(
    ("on", "place", "residence", "expected"),
    [
        ("2023-01-01", "440106", "rural", "1,165.00"),
        ("2023-01-01", "440604", "urban", "1,037.00"),
        ("2023-01-01", "440703", "rural", "914.00"),
        ("2023-01-01", "440781", "rural", "unknown"),  # Taishan is not of the third class
        ("2023-01-01", "440205", "urban", "857.00"),
        ("2023-01-01", "440205", "rural", "600.00"),
        ("2023-01-01", "441402", "rural", "unknown"),  # no report names Meizhou
        ("2021-12-31", "440304", "urban", "1,087.00"),
        ("2021-12-31", "440512", "rural", "551.00"),
    ],
)
def test_minimum_standards_of_guangdong(on: str, place: str, residence: str, expected: str) -> None:
    case = {**home(on, residence=residence), "place": place}
    assert text(assessed("guangdong", case)["line.dibao"]) == expected


@pytest.mark.parametrize(("income", "met"), [("6882.99", False), ("6883", True), ("6883.01", True)])
def test_exit_in_guangdong(income: str, met: bool) -> None:
    case = home("2017-12-15", income, facts={"has_labour": True})
    secured = ("food", "clothing", "compulsory_education", "basic_medical", "safe_housing")
    case["facts"].update(dict.fromkeys(secured, True))
    assert assessed("guangdong", case)["criteria.exit"] is met
    case["members"][0]["facts"]["has_labour"] = False
    assert assessed("guangdong", case)["criteria.exit"] is None


@pytest.mark.parametrize(
    ("on", "area", "groups", "cost", "expected"),
    [
        ("2020-04-01", "in_county", (), "72000", "38,000.00"),  # 40,000 × 60 % + 20,000 × 70 %
        ("2020-04-01", "out_of_province", (), "72000", "36,000.00"),  # 60,000 × 60 %
        ("2020-04-01", "out_of_province", ("registered_poor",), "63000", "36,000.00"),
        ("2020-04-01", "in_county", ("registered_poor",), "3000.01", "0.01"),  # 0.007
    ],
)
def test_guilin(on: str, area: str, groups: tuple[str, ...], cost: str, expected: str) -> None:
    own = {"health.critical_illness.caps.1.amount": "50 万元"}
    outcome = settled("guilin", groups, bill(on, cost, area=area), reform=own)
    assert paid(outcome, "critical_illness") == expected


def test_guilin_makes_up_ninety_per_cent_for_the_poor() -> None:
    own = {"health.critical_illness.caps.1.amount": "50 万元"}
    one = bill("2020-04-01", "20000", paid={"basic": "16000"})
    outcome = settled("guilin", ("registered_poor",), one, reform=own)
    # 4,000 left, 700 by critical-illness insurance; 90 % of 20,000 is 18,000
    assert (paid(outcome, "critical_illness"), paid(outcome, "bottom_line")) == ("700.00", "1,300.00")


@pytest.mark.parametrize(
    ("on", "group", "expected"),
    [("2017-06-12", "registered_poor", "90.00"), ("2018-11-09", "registered_poor", "90.00"),
     ("2018-11-10", "registered_poor", "150.00"), ("2018-11-10", "dibao", "unknown")],
)  # fmt: skip
def test_premiums_in_guangxi(on: str, group: str, expected: str) -> None:
    case = home(on, groups=[group], facts={"premium": "150 元"})
    assert text(assessed("guangxi", case)["benefit.premium"]) == expected  # 60 %, later all


def test_assistance_the_law_grants_is_taken_from_the_bill() -> None:
    for place, on in (("xuzhou", "2024-07-22"), ("shandong", "2015-06-01"), ("haikou", "2020-06-01")):
        own = {"health.critical_illness.deductible": "8000 元", "health.critical_illness.rate": "60%"}
        one = bill(on, "5000", paid={"medical_assistance": "1000"})
        outcome = settled(place, ("dibao",), one, reform=own if place == "haikou" else None)
        assert paid(outcome, "medical_assistance") == "1,000.00"
