"""The national frame: figures worked out by hand from the law, around each threshold and on each edge of its days.

Xizang (in the west) and Guangdong (elsewhere) state nothing of their own here, so what they give is the nation's.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy import face
from poverty_policy.policy.procedure import Procedure
from poverty_policy.policy.provision import SECTIONS

NATION = face.library().files("000000")
EXIT_FACTS = ("food", "clothing", "compulsory_education", "basic_medical", "safe_housing")
DAY = dt.timedelta(days=1)


def load(on: str, place: str = "taiwan", **lines: str) -> pp.RuleSet:
    """The nation's rules on a day, with lines that the nation leaves open."""
    rules = pp.load(place, on=on, health=False)
    return rules.reform({f"line.{name}.amount": amount for name, amount in lines.items()}) if lines else rules


def window(on: str) -> dict[str, str]:
    """The twelve months up to the end of the month before."""
    last = dt.date.fromisoformat(on).replace(day=1) - DAY
    first = last.replace(day=1, year=last.year - (last.month < 12), month=last.month % 12 + 1)
    return {"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}"}


def home(on: str, *income: Mapping[str, Any], heads: int = 1, **more: Any) -> dict[str, Any]:
    """A household whose first member has the records, each over the twelve months if nothing else is said."""
    person = {"id": "a", "groups": [], **more.pop("person", {})}
    person["income"] = [{**window(on), **one} for one in income]
    person["spending"] = [{**window(on), **one} for one in more.pop("spending", ())]
    others = [{"id": f"b{place}", "groups": []} for place in range(1, heads)]
    return {"on": on, "records_complete": window(on), "members": [person, *others], **more}


def year(amount: str, item: str = "transfer") -> dict[str, str]:
    return {"item": item, "amount": amount}


def shown(value: Any) -> Any:
    return "unknown" if isinstance(value, pp.Unknown) else str(value) if isinstance(value, pp.Money) else value


def missing(value: Any) -> set[str]:
    assert isinstance(value, pp.Unknown), value
    return {one.what for one in value.missing}


def leaving(on: str, income: str, heads: int = 1, **facts: Any) -> dict[str, Any]:
    return home(on, year(income), heads=heads, facts={**dict.fromkeys(EXIT_FACTS, True), **facts})


def area(level: str, on: str, **facts: Any) -> dict[str, Any]:
    return {"level": level, "on": on, "facts": facts}


def recognised(outcome: pp.Outcome, name: str) -> Any:
    (one,) = [one for one in outcome.decisions if one.name == name]
    return one.steps["met"], one.steps["failed"]


YES, NO, OPEN = (True, False), (False, True), (False, False)


# --- its days ---------------------------------------------------------------------------------------------


def test_every_section_is_without_gaps_to_the_last_day_known() -> None:
    for section in SECTIONS:
        files = sorted((one for one in NATION if section in one.parts), key=lambda one: one.declared.valid_from)
        for before, after in itertools.pairwise(files):
            assert after.declared.valid_from == before.last_day + DAY, (section, after.stem)
        if files:
            assert files[-1].last_day == dt.date(2026, 11, 22), section
    firsts = {section: min(one.declared.valid_from for one in NATION if section in one.parts)
              for section in SECTIONS if section != "groups"}  # fmt: skip
    assert max(firsts.items(), key=lambda pair: pair[1]) == ("criteria", dt.date(2016, 4, 1))
    assert all(day <= dt.date(2014, 5, 1) for section, day in firsts.items() if section != "criteria")


def test_no_group_follows_from_a_result() -> None:
    assert not any("groups" in one.parts for one in NATION)  # so no circle with the health layers of a province


def test_nothing_here_takes_part_in_settling_a_claim() -> None:
    alone = pp.load("henan", on="2018-07-01")
    person = {"id": "p", "insurance": "resident", "groups": ["dibao"]}
    bill = {"id": "1", "date": "2018-07-01", "kind": "inpatient", "cost": {"in_scope": "35000 元"}, "total": "35000 元"}
    outcome = alone.assess({**person, "claims": [{**bill, "paid": {"basic": "0"}}]})
    assert str(outcome["health.critical_illness"]) == "22,000.00"  # (35,000 − 7,500) × 80 %
    assert {name for name in outcome if name.startswith("health.")} == set(outcome)


@pytest.mark.parametrize(
    ("name", "last", "first"),
    [
        ("line.tekun", "2015-12-31", "2016-01-01"),
        ("criteria.exit", "2016-03-31", "2016-04-01"),
        ("line.monitoring", "2020-03-19", "2020-03-20"),
        ("criteria.near_poverty", "2020-03-19", "2020-03-20"),
        ("line.marginal", "2020-06-30", "2020-07-01"),
        ("allowance.marginal", "2020-06-30", "2020-07-01"),
        ("criteria.sudden_hardship", "2021-05-15", "2021-05-16"),
        ("criteria.risk_cleared", "2021-05-15", "2021-05-16"),
        ("account.tekun_income", "2021-06-30", "2021-07-01"),
        ("procedure.tekun", "2021-06-30", "2021-07-01"),
        ("allowance.rigid_expenditure", "2024-12-31", "2025-01-01"),
    ],
)
def test_first_days(name: str, last: str, first: str) -> None:
    def stated(on: str) -> bool:
        return name in {one.full_name for one in load(on).resolved.provisions}

    assert (stated(last), stated(first), stated("2020-12-31"), stated("2026-11-22")) == (
        False, True, first <= "2020-12-31", name != "criteria.exit",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["line.poverty", "criteria.exit", "criteria.county_exit", "procedure.county_exit"])
def test_the_exit_mechanism_ends_with_2020(name: str) -> None:
    names = [{one.full_name for one in load(on).resolved.provisions} for on in ("2020-12-31", "2021-01-01")]
    assert [name in one for one in names] == [True, False]


# --- figures by year --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2014-12-31", "2,800.00"), ("2015-01-01", "2,855.00"), ("2016-06-01", "2,952.00"), ("2017-06-01", "unknown"),
        ("2018-06-01", "2,995.00"), ("2019-12-31", "3,218.00"), ("2020-01-01", "4,000.00"),
    ],
)  # fmt: skip
def test_the_poverty_line_of_the_year(on: str, expected: str) -> None:
    assert shown(load(on).assess(home(on))["line.poverty"]) == expected


def series(name: str, on: str = "2026-06-01") -> Any:
    (found,) = [one for one in load(on).resolved.provisions if one.full_name == f"series.{name}"]
    return found


def test_each_figure_has_a_source_and_a_grade_of_its_own() -> None:
    line = series("poverty_line")
    assert 2017 not in line.entry.figures
    grades = {made: line.citation(f"figures.{made}").source.grade for made in line.entry.figures}
    assert {made for made, grade in grades.items() if grade == "one_report"} == {2010, 2011, 2012, 2016, 2018}
    assert {made for made, grade in grades.items() if grade == "two_reports"} == {2013, 2014, 2015, 2019, 2020}
    base = series("base_line")
    assert {made: str(leaf.value) for made, leaf in base.entry.figures.items()} == {
        1986: "206.00", 2001: "865.00", 2011: "2,300.00",
    }  # fmt: skip
    assert base.citation("figures.2011").source.grade == "official_page"
    assert "2010年价格" in base.entry.basis.zh


@pytest.mark.parametrize(
    ("name", "made", "amount", "grade"),
    [
        ("disposable_income", 2016, "23,821.00", "two_reports"),
        ("disposable_income", 2023, "39,218.00", "official_page"),
        ("disposable_income", 2025, "43,377.00", "one_report"),
        ("rural_disposable_income", 2015, "11,422.00", "one_report"),
        ("rural_disposable_income", 2020, "17,131.00", "two_reports"),
        ("rural_disposable_income", 2024, "23,119.00", "two_reports"),
        ("consumption", 2019, "21,559.00", "two_reports"),
    ],
)
def test_incomes(name: str, made: int, amount: str, grade: str) -> None:
    found = series(name)
    assert str(found.entry.figures[made].value) == amount
    assert found.citation(f"figures.{made}").source.grade == grade


def test_both_files_of_figures_say_the_same_of_the_same_year() -> None:
    for name in ("poverty_line", "base_line", "disposable_income", "rural_disposable_income", "consumption"):
        before, after = series(name, "2020-06-01").entry.figures, series(name).entry.figures
        assert {made: after[made].value for made in before} == {made: leaf.value for made, leaf in before.items()}
    for name, years in (("disposable_income", 6), ("poverty_line", 10)):
        assert len(series(name, "2020-06-01").entry.figures) == years
        assert max(series(name, "2020-06-01").entry.figures) == 2020  # nothing that was not known then


# --- lines ------------------------------------------------------------------------------------------------


def test_what_provinces_set_is_open_and_named() -> None:
    outcome = load("2023-06-15").assess(home("2023-06-15"))
    for name in ("line.dibao", "line.tekun", "line.marginal"):
        assert missing(outcome[name]) == {"line.dibao.amount"}, name
    assert missing(outcome["line.monitoring"]) == {"line.monitoring.amount"}


def test_tekun_and_marginal_follow_dibao() -> None:
    outcome = load("2023-06-15", dibao="511.50 元").assess(home("2023-06-15"))
    assert str(outcome["line.tekun"]) == "664.95"  # 511.50 × 1.3
    assert str(outcome["line.marginal"]) == "767.25"  # 511.50 × 1.5


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2020-03-20", "6,000.00"), ("2020-12-31", "6,000.00"), ("2021-12-31", "6,000.00"), ("2022-01-01", "unknown")],
)
def test_the_monitoring_line(on: str, expected: str) -> None:
    assert shown(load(on).assess(home(on))["line.monitoring"]) == expected  # 4,000 × 1.5, then 6,000, then local


# --- income -----------------------------------------------------------------------------------------------


def income(on: str, *records: Mapping[str, Any], account: str = "income", **more: Any) -> Any:
    return load(on).assess(home(on, *records, **more))[f"account.{account}"]


def test_what_is_taken_off_the_income_for_dibao() -> None:
    wages, crops = year("24000", "wage"), {**year("9000", "farming"), "cost": "3500"}
    spending = [{"item": "transfer_paid", "amount": "1200"}, {"item": "work_cost", "amount": "2400"}]
    # 24,000 + 9,000 − 3,500 − 1,200; from July 2021 less the cost of working as well
    assert str(income("2021-06-30", wages, crops, spending=spending[:1])) == "28,300.00"
    assert str(income("2021-07-01", wages, crops, spending=spending)) == "25,900.00"


@pytest.mark.parametrize(
    "item", ["veterans", "dibao", "tekun", "temporary_aid", "family_planning_award", "scholarship"]
)
def test_what_does_not_count_from_july_2021(item: str) -> None:
    records = (year("24000", "wage"), year("1600", item))
    assert missing(income("2021-06-30", *records)) == {"account.income.others"}  # nobody says so before
    assert str(income("2021-07-01", *records)) == "24,000.00"


@pytest.mark.parametrize(
    ("on", "expected"), [("2021-06-30", "unknown"), ("2025-12-31", "0.00"), ("2026-01-01", "unknown")]
)
def test_the_basic_pension_is_left_out_in_the_years_of_one_plan_only(on: str, expected: str) -> None:
    assert shown(income(on, year("1600", "basic_pension"))) == expected


@pytest.mark.parametrize("item", ["elderly_subsidy", "disability_subsidy", "farm_subsidy", "award"])
def test_what_the_text_does_not_name_is_not_counted_silently(item: str) -> None:
    assert missing(income("2023-06-15", year("100", item))) == {"account.income.others"}


def test_a_loss_is_not_provided_for() -> None:
    loss = {**year("1000", "livestock"), "cost": "1000.01"}
    assert missing(income("2023-06-15", loss)) == {"account.income.items.livestock.losses"}
    assert str(income("2023-06-15", {**loss, "cost": "1000"})) == "0.00"


def test_a_prisoner_is_no_member() -> None:
    case = home("2023-06-15", year("12000", "wage"), heads=2, facts={"property_within_rule": True})
    case["members"].append({"id": "c", "groups": ["prisoner"], "income": [{**year("900"), **window("2023-06-15")}]})
    outcome = load("2023-06-15", dibao="600 元").assess(case)
    assert str(outcome["account.income"]) == "12,000.00"
    assert str(outcome["allowance.dibao"]) == "200.00"  # 600 × 2 − 12,000 ÷ 12; three members would get 800


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("pension", "1,600.00"), ("remittance", "1,600.00"), ("dibao", "unknown"), ("basic_pension", "unknown"),
        ("farm_subsidy", "unknown"),
    ],
)  # fmt: skip
def test_net_income_for_exit(item: str, expected: str) -> None:
    assert shown(income("2018-06-15", year("1600", item), account="exit_income")) == expected


# --- dibao ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", ["2014-05-01", "2018-07-01", "2020-07-01", "2021-07-01", "2022-10-20", "2026-11-22"])
@pytest.mark.parametrize(
    ("total", "expected"),
    [("12000", "500.00"), ("17999.88", "0.01"), ("17999.99", "0.00"), ("18000", None), ("18000.01", None)],
)
def test_the_gap(on: str, total: str, expected: str | None) -> None:
    # three members, 500 a month: (18,000 − income) ÷ 12; just the standard is too much
    case = home(on, year(total, "wage"), heads=3, facts={"property_within_rule": True})
    assert shown(load(on, dibao="500 元").assess(case)["allowance.dibao"]) == expected


def test_property_and_what_is_open_decide_as_well() -> None:
    on = "2023-06-15"
    rules, case = load(on, dibao="500 元"), home(on, year("12000", "wage"), heads=3)
    assert "property_within_rule" in missing(rules.assess(case)["allowance.dibao"])
    assert rules.assess({**case, "facts": {"property_within_rule": False}})["allowance.dibao"] is None
    fits = {**case, "facts": {"property_within_rule": True}}
    assert "line.dibao.amount" in missing(load(on).assess(fits)["allowance.dibao"])


def single(on: str, total: str, *groups: str) -> Any:
    case = home(on, year(total, "wage"), heads=2, person={"groups": list(groups)}, facts={"property_within_rule": True})
    return load(on, dibao="500 元").assess(case)["allowance.dibao"]


@pytest.mark.parametrize(
    ("total", "alone"), [("12000", True), ("17999.99", True), ("18000", False), ("18000.01", False)]
)
def test_a_member_may_be_covered_alone_below_one_and_a_half_times(total: str, alone: bool) -> None:
    found = single("2021-07-01", total, "severely_disabled")  # 500 × 1.5 × 2 × 12 = 18,000
    assert ("allowance.dibao.single.amount" in missing(found)) if alone else (found is None)


@pytest.mark.parametrize(
    ("on", "group", "alone"),
    [
        ("2020-06-30", "severely_disabled", False), ("2020-07-01", "severely_disabled", True),
        ("2020-07-01", "seriously_ill", True), ("2021-06-30", "mentally_disabled_3", False),
        ("2021-07-01", "mentally_disabled_3", True), ("2021-07-01", "seriously_ill", True),
        ("2021-07-01", "disabled", False), ("2021-07-01", "clergy_resident", False),
    ],
)  # fmt: skip
def test_who_may_be_covered_alone(on: str, group: str, alone: bool) -> None:
    assert shown(single(on, "15000", group)) == ("unknown" if alone else None)


@pytest.mark.parametrize(
    ("on", "facts", "tapers"),
    [
        ("2018-06-30", {"urban_dibao": False}, False), ("2018-07-01", {"urban_dibao": False}, True),
        ("2018-07-01", {"urban_dibao": True}, False), ("2021-06-30", {"urban_dibao": False}, True),
        ("2021-07-01", {"over_line_by_work": True}, True), ("2021-07-01", {"over_line_by_work": False}, False),
        ("2022-10-20", {"over_line_by_work": True}, True),
    ],
)  # fmt: skip
def test_tapering_is_of_unsaid_length(on: str, facts: dict[str, bool], tapers: bool) -> None:
    since = (dt.date.fromisoformat(on) - dt.timedelta(days=40)).isoformat()
    stated = {"property_within_rule": True, "over_line_since": since, **facts}
    case = home(on, year("30000", "wage"), person={"groups": ["dibao"]}, facts=stated)
    found = load(on, dibao="500 元").assess(case)["allowance.dibao"]
    if tapers:
        assert "allowance.dibao.tapering.months" in missing(found)
    else:
        assert found is None


@pytest.mark.parametrize(
    ("on", "facts", "groups", "labour", "months"),
    [
        ("2014-05-01", {"urban_dibao": True, "stable_income": False}, [], True, "2014-06-01"),
        ("2014-05-01", {"urban_dibao": False, "stable_income": False}, [], True, "2014-08-01"),
        ("2014-05-01", {"urban_dibao": True, "stable_income": True}, [], True, "2014-11-01"),
        ("2021-06-30", {"urban_dibao": True, "stable_income": True}, ["seriously_ill"], False, "2022-06-30"),
        ("2021-07-01", {"stable_income": True}, ["seriously_ill"], False, "2022-07-01"),
        ("2021-07-01", {"stable_income": False}, [], False, "2022-01-01"),
        ("2021-07-01", {"stable_income": True}, [], True, "2022-01-01"),
    ],
)
def test_reviews(on: str, facts: dict[str, bool], groups: list[str], labour: bool, months: str) -> None:
    person = {"groups": groups, "facts": {"has_labour": labour}}
    case = home(on, year("1200", "wage"), person=person, facts={"property_within_rule": True, **facts})
    outcome = load(on, dibao="500 元").assess(case)
    (dibao,) = [one for one in outcome.decisions if one.name == "allowance.dibao"]
    assert (str(dibao.result), str(dibao.next_review)) == ("400.00", months)


@pytest.mark.parametrize(
    ("total", "expected"), [("5999.99", False), ("6000", True), ("8999.99", True), ("9000", False), ("9000.01", False)]
)
@pytest.mark.parametrize("on", ["2020-07-01", "2021-07-01", "2025-01-01"])
def test_marginal_families(on: str, total: str, expected: bool) -> None:
    facts = {"property_within_rule": True, "marginal_property": True}
    rules, case = load(on, dibao="500 元"), home(on, year(total, "wage"), facts=facts)
    assert recognised(rules.assess(case), "allowance.marginal") == (YES if expected else NO)
    case["facts"] = {**facts, "marginal_property": False}
    assert recognised(rules.assess(case), "allowance.marginal") == NO


# --- tekun and rigid expenditure --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth", "group", "expected"),
    [("1959-06-15", [], YES), ("1959-06-16", [], NO), ("1980-01-01", ["disabled"], YES), ("2003-06-16", [], YES),
     ("2003-06-15", [], NO)],
)  # fmt: skip
def test_tekun_by_order_649(birth: str, group: list[str], expected: tuple[bool, bool]) -> None:
    person = {"birth_date": birth, "groups": group, "facts": {"has_labour": False}}
    facts = {"no_income_source": True, "no_supporter": True}
    case, rules = home("2019-06-15", person=person, facts=facts), load("2019-06-15")
    assert recognised(rules.assess(case), "allowance.tekun") == expected  # 60 years; not yet 16
    case["facts"] = {**facts, "no_supporter": False}
    assert recognised(rules.assess(case), "allowance.tekun") == NO


@pytest.mark.parametrize(
    ("total", "facts", "expected"),
    [
        ("5999.99", {}, YES), ("6000", {}, NO), ("0", {"no_supporter": False}, NO),
        ("0", {"tekun_property": False}, NO), ("0", {"no_supporter": None}, OPEN),
    ],
)  # fmt: skip
def test_tekun_since_july_2021(total: str, facts: dict[str, Any], expected: tuple[bool, bool]) -> None:
    on = "2023-06-15"  # a standard of 500 a month; an old-age allowance and the basic pension do not count
    records = [year(total), year("3000", "elderly_subsidy"), year("1600", "basic_pension")]
    stated = {"tekun_property": True, "no_supporter": True, **facts}
    case = home(on, *records, person={"birth_date": "1950-01-01"}, facts=stated)
    assert recognised(load(on, dibao="500 元").assess(case), "allowance.tekun") == expected


@pytest.mark.parametrize(
    ("birth", "expected"), [("1963-06-15", YES), ("1963-06-16", NO), ("2007-06-16", YES), ("2007-06-15", NO)]
)
def test_ages_that_count_as_no_ability_to_work(birth: str, expected: tuple[bool, bool]) -> None:
    person = {"birth_date": birth, "facts": {"listed_disability": False}}  # 60 and older, or not yet 16
    case = home("2023-06-15", person=person, facts={"tekun_property": True, "no_supporter": True})
    assert recognised(load("2023-06-15", dibao="500 元").assess(case), "allowance.tekun") == expected


def test_disabilities_that_count_as_no_ability_to_work() -> None:
    on = "2023-06-15"
    for listed, expected in ((True, YES), (False, NO)):
        person = {"birth_date": "1980-01-01", "groups": ["severely_disabled"], "facts": {"listed_disability": listed}}
        case = home(on, person=person, facts={"tekun_property": True, "no_supporter": True})
        assert recognised(load(on, dibao="500 元").assess(case), "allowance.tekun") == expected


@pytest.mark.parametrize(
    ("groups", "facts", "expected"),
    [
        ([], {}, YES), (["dibao"], {}, NO), (["tekun"], {}, NO), (["dibao_marginal"], {}, NO),
        ([], {"income_below_disposable": False}, NO), ([], {"rigid_property": False}, NO),
        ([], {"rigid_share_reached": False}, NO), ([], {"rigid_share_reached": None}, OPEN),
    ],
)  # fmt: skip
def test_rigid_expenditure(groups: list[str], facts: dict[str, Any], expected: tuple[bool, bool]) -> None:
    stated = {"income_below_disposable": True, "rigid_property": True, "rigid_share_reached": True, **facts}
    case = home("2025-01-01", person={"groups": groups}, facts=stated)
    assert recognised(load("2025-01-01").assess(case), "allowance.rigid_expenditure") == expected


# --- exit from poverty ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("income", "leaves"), [("5989.99", False), ("5990", False), ("5990.01", True)])
def test_a_household_leaves_above_the_line(income: str, leaves: bool) -> None:
    assert load("2018-06-15").assess(leaving("2018-06-15", income, 2))["criteria.exit"] is leaves  # 2,995 × 2


@pytest.mark.parametrize("fact", EXIT_FACTS)
def test_every_condition_must_be_met(fact: str) -> None:
    rules = load("2018-06-15")
    assert rules.assess(leaving("2018-06-15", "9000", **{fact: False}))["criteria.exit"] is False
    assert missing(rules.assess(leaving("2018-06-15", "9000", 1, **{fact: None}))["criteria.exit"]) == {fact}


def test_without_a_line_nobody_is_told() -> None:
    assert shown(load("2017-06-15").assess(leaving("2017-06-15", "90000"))["criteria.exit"]) == "unknown"
    assert load("2017-06-15").assess(leaving("2017-06-15", "90000", food=False))["criteria.exit"] is False


def test_wrong_exits_and_entries_and_re_entry() -> None:
    rules = load("2018-06-15")

    def told(income: str, **facts: bool) -> list[Any]:
        outcome = rules.assess(leaving("2018-06-15", income, **facts))
        return [outcome[f"criteria.{name}"] for name in ("wrong_exit", "wrong_entry", "re_entry")]

    assert told("2995.01", exited=True, registered=True) == [False, None, False]
    assert told("2995", exited=True, registered=True) == [True, None, True]
    assert told("2995.01", exited=False, registered=True) == [None, True, None]
    assert told("2995", exited=False, registered=True) == [None, False, None]


PASSED = {"missed": 20, "sampled_unregistered": 1000, "wrongly_exited": 20, "sampled_exited": 1000,
          "approving": 900, "asked": 1000}  # fmt: skip


@pytest.mark.parametrize("level", ["village", "county"])
@pytest.mark.parametrize(
    ("place", "poor", "leaves"),
    [("xizang", 299, True), ("xizang", 300, False), ("xizang", 301, False),
     ("guangdong", 199, True), ("guangdong", 200, False), ("guangdong", 201, False)],
)  # fmt: skip
def test_incidence(level: str, place: str, poor: int, leaves: bool) -> None:
    for on in ("2016-04-01", "2020-12-31"):
        case = area(level, on, poor_persons=poor, rural_population=10_000, **(PASSED if level == "county" else {}))
        assert load(on, place).assess(case)[f"criteria.{level}_exit"] is leaves


@pytest.mark.parametrize("code", ["15", "45", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65"])
def test_the_west(code: str) -> None:
    case = area("village", "2017-06-01", poor_persons=25, rural_population=1000)
    assert face.library().load(f"{code}0000", dt.date(2017, 6, 1), health=False).files  # the nation's at least
    (stated,) = [one for one in load("2017-06-01").resolved.provisions if one.full_name == "criteria.village_exit"]
    assert code in stated.origin.declared.zones["west"].places
    if code in ("45", "54", "64", "65"):  # these state no rules of their own
        assert load("2017-06-01", f"{code}0000").assess(case)["criteria.village_exit"] is True
    assert load("2017-06-01", "440000").assess(case)["criteria.village_exit"] is False


@pytest.mark.parametrize(
    ("changed", "passes"),
    [
        ({}, True), ({"missed": 21}, False), ({"wrongly_exited": 21}, False), ({"approving": 899}, False),
        ({"missed": 19}, True), ({"approving": 901}, True),
    ],
)  # fmt: skip
def test_the_assessment_vetoes_a_county(changed: dict[str, int], passes: bool) -> None:
    case = area("county", "2018-07-01", poor_persons=1, rural_population=1000, **{**PASSED, **changed})
    outcome = load("2018-07-01").assess(case)
    assert outcome["criteria.county_assessment"] is passes  # the limits of 2 %, 2 % and 90 % belong to it
    assert outcome["criteria.county_exit"] is passes


def test_a_county_is_not_told_before_its_assessment() -> None:
    rules = load("2018-07-01", "xizang")  # in the west: below 3 %
    case = area("county", "2018-07-01", poor_persons=29, rural_population=1000)
    assert shown(rules.assess(case)["criteria.county_exit"]) == "unknown"
    assert (
        rules.assess(area("county", "2018-07-01", poor_persons=30, rural_population=1000))["criteria.county_exit"]
        is False
    )


# --- monitoring -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", ["2020-03-20", "2021-05-15"])
def test_monitoring_in_2020(on: str) -> None:
    rules = load(on)

    def told(income: str, group: str, **facts: bool) -> list[Any]:
        stated = {"rigid_over_income": False, "income_fell": False, **facts}
        outcome = rules.assess(home(on, year(income), person={"groups": [group] if group else []}, facts=stated))
        return [outcome[f"criteria.{name}"] for name in ("unstable_after_poverty", "near_poverty")]

    assert told("5999.99", "escaped_poverty") == [True, None]
    assert told("6000", "escaped_poverty") == [False, None]
    assert told("5999.99", "") == [None, True]
    assert told("6000", "") == [None, False]
    assert told("60000", "", rigid_over_income=True) == [None, True]
    assert told("60000", "escaped_poverty", income_fell=True) == [True, None]
    assert told("100", "registered_poor") == [None, None]  # on the register already


def test_sudden_hardship_is_above_any_line() -> None:
    on = "2024-06-15"
    facts = {"sudden_shock": True, "basic_living_hard": True}
    assert load(on).assess(home(on, year("90000"), facts=facts))["criteria.sudden_hardship"] is True
    for name in facts:
        case = home(on, year("0"), facts={**facts, name: False})
        assert load(on).assess(case)["criteria.sudden_hardship"] is False
    kinds = load(on, monitoring="7000 元").assess(home(on, year("6999.99")))
    assert kinds["criteria.near_poverty"] is True
    assert missing(load(on).assess(home(on, year("1")))["criteria.near_poverty"]) >= {"line.monitoring.amount"}


SOLVED = dict.fromkeys(
    ("rigid_spending_solved", "compulsory_education", "basic_medical", "safe_housing", "safe_water", "has_labour"), True
)


@pytest.mark.parametrize(
    ("income", "since", "facts", "cleared"),
    [
        ("7000.01", "2023-12-15", {}, True), ("7000.01", "2023-12-16", {}, False), ("7000", "2023-12-15", {}, False),
        *(("7000.01", "2023-12-15", {name: False}, False) for name in SOLVED),
    ],
)  # fmt: skip
def test_when_a_risk_is_cleared(income: str, since: str, facts: dict[str, bool], cleared: bool) -> None:
    stated = {**SOLVED, "risk_ended_on": since, **facts}
    case = home("2024-06-15", year(income), person={"groups": ["monitored"]}, facts=stated)
    rules = load("2024-06-15", monitoring="7000 元")
    assert rules.assess(case)["criteria.risk_cleared"] is cleared
    case["members"][0]["groups"] = []
    assert rules.assess(case)["criteria.risk_cleared"] is None


def test_re_entry_from_2021() -> None:
    rules = load("2024-06-15", monitoring="7000 元")
    held = dict.fromkeys(("compulsory_education", "basic_medical", "safe_housing", "safe_water"), True)

    def told(income: str, **facts: bool) -> Any:
        case = home("2024-06-15", year(income), person={"groups": ["escaped_poverty"]}, facts={**held, **facts})
        return rules.assess(case)["criteria.re_entry"]

    assert [told("6999.99"), told("7000"), told("7000", safe_water=False)] == [True, False, True]


# --- procedures -------------------------------------------------------------------------------------------


def course(on: str, name: str, *steps: tuple[str, str], kind: str = "allowance", **facts: Any) -> Any:
    case = home(on, facts={"property_within_rule": True, **facts})
    case["procedures"] = {name: [{"step": step, "date": day} for step, day in steps]}
    if name not in ("dibao", "tekun"):
        kind = "criteria"
    (one,) = [one for one in load(on).assess(case).decisions if one.name == f"{kind}.{name}"]
    assert one.progress is not None
    return one.progress


def upcoming(progress: Any) -> list[tuple[str, str]]:
    return [(one.step.step, str(one.first_day)) for one in progress.next if not one.step.optional]


def test_dibao_before_july_2021_has_two_notices_of_seven_days() -> None:
    steps = [("application", "2021-03-01"), ("verification", "2021-03-05"), ("appraisal", "2021-03-09")]
    found = course("2021-03-20", "dibao", *steps, ("notice", "2021-03-10"))
    assert upcoming(found) == [("opinion", "2021-03-20")]  # 7 days from 10 March: 11th to 17th; the day asked about
    found = course("2021-04-10", "dibao", *steps, ("notice", "2021-03-10"), ("opinion", "2021-03-18"),
                   ("county_notice", "2021-03-19"), ("decision", "2021-03-29"))  # fmt: skip
    assert not [fault for step in found.steps for fault in step.faults]
    early = course("2021-04-10", "dibao", *steps, ("notice", "2021-03-10"), ("opinion", "2021-03-17"))
    (fault,) = [fault for step in early.steps for fault in step.faults]
    assert (fault.kind, fault.step, fault.days) == ("too_early", "opinion", 1)


def test_dibao_from_july_2021_has_one_notice_and_takes_effect_the_month_after() -> None:
    steps = [("application", "2023-03-01"), ("acceptance", "2023-03-01"), ("verification", "2023-03-03"),
             ("notice", "2023-03-10")]  # fmt: skip
    assert upcoming(course("2023-03-10", "dibao", *steps)) == [("confirmation", "2023-03-18")]
    done = course("2023-04-10", "dibao", *steps, ("confirmation", "2023-03-31"))
    assert upcoming(done)[0][0] == "publication"
    published = course("2023-04-10", "dibao", *steps, ("confirmation", "2023-03-31"), ("publication", "2023-04-03"))
    assert str(published.effective_from) == "2023-04-01"


def test_exit_procedures_by_level() -> None:
    def steps(on: str, name: str) -> list[str]:
        (stated,) = [one for one in load(on).resolved.provisions if one.full_name == f"procedure.{name}"]
        assert isinstance(stated.entry, Procedure)
        assert all(step.notice_days is None for step in stated.entry.steps)  # the opinion gives no days
        return [step.step for step in stated.entry.steps]

    assert steps("2017-12-31", "exit") == ["appraisal", "verification", "consent", "notice", "announcement"]
    assert steps("2017-12-31", "village_exit") == ["notice", "announcement"]
    assert steps("2017-12-31", "county_exit") == [
        "proposal", "first_review", "verification", "notice", "report", "assessment", "approval",
    ]  # fmt: skip
    assert steps("2018-01-01", "county_exit") == [
        "proposal", "first_review", "assessment", "notice", "approval", "sample",
    ]  # fmt: skip


# --- premiums ---------------------------------------------------------------------------------------------


def premium(on: str, *groups: str, **person: Any) -> Any:
    one = {"id": "a", "groups": list(groups), "facts": {"premium": "320 元"}, **person}
    return load(on).assess({"on": on, "members": [one]})["benefit.premium"]


@pytest.mark.parametrize(
    ("on", "group", "expected"),
    [
        ("2014-05-01", "dibao", "unknown"), ("2014-05-01", "tekun", "unknown"), ("2021-10-27", "tekun", "unknown"),
        ("2021-10-28", "tekun", "320.00"), ("2021-10-28", "dibao", "unknown"),
        ("2021-10-27", "returned_to_poverty", None), ("2021-10-28", "returned_to_poverty", "unknown"),
        ("2021-10-28", "monitored", None), ("2021-10-28", "orphan", None),
    ],
)  # fmt: skip
def test_premiums(on: str, group: str, expected: str | None) -> None:
    found = premium(on, group, birth_date="1980-01-01")
    assert shown(found) == expected
    if expected == "unknown":
        assert all(one.startswith("benefit.premium.share") for one in missing(found))


@pytest.mark.parametrize(("birth", "due"), [("1962-06-15", True), ("1962-06-16", False), ("2004-06-16", True),
                                            ("2004-06-15", False)])  # fmt: skip
def test_premiums_of_low_income_families(birth: str, due: bool) -> None:
    found = premium("2022-06-15", "low_income", birth_date=birth)  # 60 and older, or under 18
    assert shown(found) == ("unknown" if due else None)
    assert premium("2022-06-15", birth_date=birth) is None


def test_premiums_of_the_disabled_who_cannot_work() -> None:
    assert shown(premium("2022-06-15", "disabled", "no_work_ability")) == "unknown"
    assert premium("2022-06-15", "disabled") is None


# --- words ------------------------------------------------------------------------------------------------


def test_a_statement_tells_the_source_and_what_is_open() -> None:
    on = "2023-06-15"
    case = home(on, year("12000", "wage"), heads=3, facts={"property_within_rule": True})
    known = load(on, dibao="500 元").assess(case).statement("zh")
    for text in ("每月 500.00 元", "社会救助暂行办法", "第九条、第十二条"):
        assert text in "".join(known.split("\n")), text
    assert "规则未给出标准" in load(on).assess(case).statement("zh")
