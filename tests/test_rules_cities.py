"""Provisions of Chongqing, Zhejiang and Shanghai: figures worked out by hand from their sources."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy import face

EXAMPLES = Path(__file__).parent.parent / "examples"
CODES = ("500000", "330000", "310000")
FILES = [one for code in CODES for one in face.library().files(code) if one.parts - {"health", "targets"}]


def load(place: str, on: str) -> pp.RuleSet:
    return pp.load(place, on=on, health=False)


def shown(value: Any) -> Any:
    return "unknown" if isinstance(value, pp.Unknown) else str(value) if isinstance(value, pp.Money) else value


def missing(value: Any) -> list[str]:
    assert isinstance(value, pp.Unknown)
    return [one.what for one in value.missing]


def back(on: str, months: int) -> str:
    """The month so many before that of a day: ``2021-05``."""
    count = int(on[:4]) * 12 + int(on[5:7]) - 1 - months
    return f"{count // 12}-{count % 12 + 1:02}"


def household(on: str, income: str = "0", heads: int = 2, **more: Any) -> dict[str, Any]:
    """Persons of whom the first got one transfer in the month before."""
    last = back(on, 1)
    record = {"item": "transfer", "amount": income, "from": last, "to": last}
    members: list[dict[str, Any]] = [{"id": f"{n}", "groups": []} for n in range(heads)]
    members[0]["income"] = [record]
    case = {"on": on, "residence": "rural", "records_complete": {"from": back(on, 12), "to": last}, "members": members}
    return {**case, **more}


def decision(outcome: pp.Outcome, name: str) -> Any:
    return next(one for one in outcome.decisions if one.name == name)


@pytest.mark.parametrize("one", FILES, ids=lambda one: f"{one.place.code}/{one.stem}")
def test_what_each_file_states_holds_on_its_first_and_last_day_and_not_the_day_before(one: Any) -> None:
    first = one.declared.valid_from
    for day in (first, one.last_day):
        rules = pp.load(one.place.code, on=day, health=False)
        assert one.path in {loaded.path for loaded in rules.resolved.files}
        assert not rules.resolved.set_aside
        _ = rules.resolved.whole
    before = pp.load(one.place.code, on=first - dt.timedelta(days=1), health=False)
    assert one.path not in {loaded.path for loaded in before.resolved.files}
    assert one.declared.limitations
    assert one.declared.checked_with


# --- Chongqing: lines ---------------------------------------------------------------------------------------

MET = {"local_household": True, "property_within_rule": True, "work_refusals": 0, "cooperates": True,
       "renounces_income": False}  # fmt: skip


def cq(on: str, income: str = "0", heads: int = 2, facts: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return household(on, income, heads, facts={**MET, **(facts or {})}, **more)


@pytest.mark.parametrize(
    ("on", "urban", "rural", "tekun"),
    [
        ("2017-04-01", "500.00", "350.00", "650.00"), ("2017-12-31", "500.00", "350.00", "650.00"),
        ("2020-09-01", "620.00", "496.00", "806.00"), ("2021-08-31", "620.00", "496.00", "806.00"),
        ("2021-09-01", "636.00", "515.00", "827.00"), ("2022-08-31", "636.00", "515.00", "827.00"),
        ("2022-09-01", "717.00", "581.00", "932.00"), ("2023-08-31", "717.00", "581.00", "932.00"),
        ("2023-09-01", "735.00", "600.00", "955.00"), ("2024-08-31", "735.00", "600.00", "955.00"),
        ("2024-09-01", "750.00", "610.00", "975.00"), ("2025-06-30", "750.00", "610.00", "975.00"),
        ("2025-07-01", "770.00", "630.00", "1,001.00"), ("2025-12-31", "770.00", "630.00", "1,001.00"),
    ],
)  # fmt: skip
def test_chongqing_standards_on_their_edges(on: str, urban: str, rural: str, tekun: str) -> None:
    rules = load("chongqing", on)
    for residence, standard in (("urban", urban), ("rural", rural)):
        outcome = rules.assess(cq(on, heads=1, residence=residence))
        assert [str(outcome[name]) for name in ("line.dibao", "line.tekun")] == [standard, tekun]
        assert str(outcome["allowance.dibao"]) == standard  # one person without income


@pytest.mark.parametrize("on", ["2017-03-31", "2018-01-01", "2020-08-31", "2026-01-01"])
def test_chongqing_days_without_a_standard(on: str) -> None:
    rules = load("chongqing", on)
    assert "lines" in rules.resolved.missing
    if on > "2025":  # nor is it known whether the regulation still holds
        assert {"accounts", "allowances", "procedures"} <= set(rules.resolved.missing)
        return
    outcome = rules.assess(cq(on))
    assert missing(outcome["line.dibao"]) == ["line.dibao.amount"]
    assert "line.dibao.amount" in missing(outcome["allowance.dibao"])


@pytest.mark.parametrize(
    ("on", "residence", "income", "paid"),
    [
        # two persons: the income of one month is held against twice the standard
        ("2017-06-15", "rural", "699.99", "0.01"), ("2017-06-15", "rural", "700", None),
        ("2021-06-15", "urban", "1239.99", "0.01"), ("2021-06-15", "urban", "1240", None),
        ("2021-06-15", "urban", "1240.01", None), ("2022-01-15", "rural", "1029.99", "0.01"),
        ("2022-01-15", "rural", "1030", None), ("2025-10-15", "rural", "260", "1,000.00"),  # 630 × 2 − 260
    ],
)  # fmt: skip
def test_chongqing_pays_the_gap_below_the_standard(on: str, residence: str, income: str, paid: str | None) -> None:
    outcome = load("chongqing", on).assess(cq(on, income, residence=residence))
    assert shown(outcome["allowance.dibao"]) == paid


# --- Chongqing: income --------------------------------------------------------------------------------------


def test_chongqing_looks_at_one_month_of_wages_and_twelve_of_farming() -> None:
    on = "2021-06-15"
    rules = load("chongqing", on)
    case = cq(on)
    case["members"][0]["income"] = [
        {"item": "wage", "each_month": "300", "from": "2020-06", "to": "2021-04"},  # over by then
        {"item": "wage", "each_month": "120.50", "from": "2021-05", "to": "2021-05"},
        {"item": "farming", "amount": "3000", "cost": "1800", "from": "2020-06", "to": "2020-11"},
        {"item": "forestry", "amount": "900", "cost": "300", "from": "2021-03", "to": "2021-03"},
        {"item": "award", "amount": "5000", "from": "2020-12", "to": "2020-12"},  # not in the month before
    ]
    outcome = rules.assess(case)
    assert str(outcome["account.income"]) == "3,246.00"  # 120.50 × 12 + 1,200 + 600
    assert str(outcome["allowance.dibao"]) == "721.50"  # (496 × 12 × 2 − 3,246) ÷ 12


def test_chongqing_does_not_say_how_awards_and_losses_count() -> None:
    on = "2021-06-15"
    rules = load("chongqing", on)
    case = cq(on)
    case["members"][0]["income"] = [{"item": "award", "amount": "1", "from": "2021-05", "to": "2021-05"}]
    assert "account.income.others" in missing(rules.assess(case)["allowance.dibao"])
    case["members"][0]["income"] = [
        {"item": "farming", "amount": "100", "cost": "100", "from": "2020-06", "to": "2021-05"}
    ]
    assert str(rules.assess(case)["allowance.dibao"]) == "992.00"
    case["members"][0]["income"][0]["cost"] = "100.01"
    assert "account.income.items.farming.losses" in missing(rules.assess(case)["allowance.dibao"])


def test_chongqing_needs_records_of_twelve_months_for_farming() -> None:
    on = "2021-06-15"
    case = cq(on, records_complete={"from": "2021-05", "to": "2021-05"})
    assert shown(load("chongqing", on).assess(case)["allowance.dibao"]) == "unknown"


@pytest.mark.parametrize("group", ["soldier", "unmarried_soldier", "clergy_away", "prisoner"])
def test_chongqing_counts_neither_such_members_nor_their_income(group: str) -> None:
    on = "2021-06-15"
    case = cq(on, "600", heads=3)
    case["members"][0]["groups"] = [group]  # the one who has the income
    outcome = load("chongqing", on).assess(case)
    assert str(outcome["account.income"]) == "0.00"
    assert str(outcome["allowance.dibao"]) == "992.00"  # 496 × 2


@pytest.mark.parametrize("item", ["basic_pension", "scholarship", "family_planning_award", "veterans", "temporary_aid"])
def test_chongqing_leaves_such_income_out_from_july_2021(item: str) -> None:
    for on, expected in (("2021-06-30", "unknown"), ("2021-07-01", "992.00")):
        case = cq(on)
        case["members"][0]["income"][0] |= {"item": item, "amount": "100"}
        assert shown(load("chongqing", on).assess(case)["allowance.dibao"]) == expected


def test_chongqing_deducts_social_security_and_from_july_2021_the_cost_of_working() -> None:
    for on, expected in (("2021-06-30", "10,800.00"), ("2021-07-01", "9,600.00")):
        case = cq(on, "1000")
        last = back(on, 1)
        case["members"][0]["spending"] = [
            {"item": item, "amount": "100", "from": last, "to": last} for item in ("transfer_paid", "work_cost")
        ]
        # (1,000 − 100) × 12, then (1,000 − 200) × 12
        assert str(load("chongqing", on).assess(case)["account.income"]) == expected


# --- Chongqing: conditions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "paid"),
    [
        ({"local_household": False}, None), ({"property_within_rule": False}, None), ({"work_refusals": 2}, "992.00"),
        ({"work_refusals": 3}, None), ({"cooperates": False}, None), ({"renounces_income": True}, None),
        ({"property_within_rule": None}, "unknown"), ({"cooperates": None}, "unknown"),
    ],
)  # fmt: skip
def test_chongqing_conditions(facts: dict[str, Any], paid: str | None) -> None:
    outcome = load("chongqing", "2021-06-15").assess(cq("2021-06-15", facts=facts))
    assert shown(outcome["allowance.dibao"]) == paid


def test_chongqing_grounds_for_cutting_are_of_recipients_and_four() -> None:
    rules = load("chongqing", "2021-06-15")

    def told(groups: list[str], **facts: Any) -> Any:
        case = cq("2021-06-15", facts={"skips_service": False, **facts})
        case["members"][1]["groups"] = groups
        return rules.assess(case)["criteria.dibao_sanction"]

    assert told([], skips_service=True) is None
    assert told(["dibao"]) is False
    grounds: tuple[dict[str, Any], ...] = (
        {"skips_service": True}, {"work_refusals": 3}, {"cooperates": False}, {"renounces_income": True},
    )  # fmt: skip
    assert [told(["dibao"], **one) for one in grounds] == [True] * 4
    assert shown(told(["dibao"], skips_service=None)) == "unknown"


@pytest.mark.parametrize(
    ("residence", "group", "stable", "unemployed", "months"),
    [
        ("rural", "severely_disabled", True, True, 12), ("urban", "seriously_ill", True, False, 12),
        ("rural", "severely_disabled", False, True, 3), ("urban", "seriously_ill", False, True, 1),
        ("urban", None, True, True, 6), ("rural", None, True, False, 6), ("urban", None, False, True, 1),
        ("rural", None, False, True, 3), ("rural", None, False, False, None),
    ],
)  # fmt: skip
def test_chongqing_reviews(residence: str, group: str | None, stable: bool, unemployed: bool, months: int) -> None:
    case = cq("2021-06-15", facts={"stable_income": stable}, residence=residence)
    for member in case["members"]:
        member["facts"] = {"unemployed_able": False}
    case["members"][0] |= {"groups": [group] if group else [], "facts": {"unemployed_able": unemployed}}
    found = decision(load("chongqing", "2021-06-15").assess(case), "allowance.dibao").next_review
    due = {None: None, 1: "2021-07-15", 3: "2021-09-15", 6: "2021-12-15", 12: "2022-06-15"}
    assert (found and str(found)) == due[months]


@pytest.mark.parametrize(
    ("on", "group", "income", "found"),
    [
        # 515 × 2 = 1,030 is the line of two persons, 772.50 × 2 = 1,545 that of marginal families
        ("2022-01-15", "severely_disabled", "1030", "unknown"), ("2022-01-15", "severely_disabled", "1545", None),
        ("2022-01-15", "severely_disabled", "1544.99", "unknown"), ("2022-01-15", "disabled", "1030", None),
        ("2022-01-15", "mentally_disabled_3", "1030", "unknown"), ("2021-06-15", "mentally_disabled_3", "1000", None),
        ("2021-06-15", "seriously_ill", "1000", "unknown"), ("2017-06-15", "severely_disabled", "700", None),
    ],
)  # fmt: skip
def test_chongqing_covers_single_members_of_marginal_families(
    on: str, group: str, income: str, found: str | None
) -> None:
    case = cq(on, income, heads=2)
    case["members"][1]["groups"] = [group]
    value = load("chongqing", on).assess(case)["allowance.dibao"]
    assert shown(value) == found
    if found:
        assert "allowance.dibao.single.amount" in missing(value)


def test_chongqing_tapering_is_for_a_time_that_is_not_said() -> None:
    def told(on: str, **more: Any) -> Any:
        facts = {"over_line_since": "2021-05-01"} | ({"over_line_by_work": True} if on >= "2021-07" else {})
        case = cq(on, "2000", facts=facts, **more)
        case["members"][0]["groups"] = ["dibao"]
        return load("chongqing", on).assess(case)["allowance.dibao"]

    assert "allowance.dibao.tapering.months" in missing(told("2021-06-15"))
    assert told("2021-06-15", residence="urban") is None  # of rural households until July 2021
    assert "allowance.dibao.tapering.months" in missing(told("2021-07-01", residence="urban"))


# --- Chongqing: top-ups -------------------------------------------------------------------------------------


def test_chongqing_top_up_of_2017() -> None:
    rules = load("chongqing", "2017-06-15")
    outcome = rules.assess(cq("2017-06-15", heads=4, facts={"key_children": 2, "key_persons": 1}))
    assert str(outcome["allowance.dibao"]) == "1,400.00"  # 350 × 4, whatever the top-up is
    assert str(outcome["benefit.key_children"]) == "200.00"  # 100 × 2
    assert missing(outcome["benefit.key_support"]) == ["benefit.key_support.amount"]
    outcome = rules.assess(cq("2017-06-15", heads=4, facts={"key_children": 0, "key_persons": 0}))
    assert (outcome["benefit.key_children"], outcome["benefit.key_support"]) == (None, None)
    outcome = rules.assess(cq("2017-06-15", "1400", heads=4, facts={"key_children": 2}))
    assert outcome["benefit.key_children"] is None  # no dibao, no top-up


@pytest.mark.parametrize("on", ["2016-05-01", "2017-03-31", "2018-01-01", "2021-06-15", "2025-12-31"])
def test_chongqing_top_up_of_other_days_is_not_known(on: str) -> None:
    rules = load("chongqing", on)
    assert "benefit.key_support.amount" in missing(
        rules.assess(cq(on, facts={"key_persons": 1}))["benefit.key_support"]
    )
    assert "benefit.key_children" not in rules.assess(cq(on))
    if on == "2021-06-15":  # as soon as somebody supplies it
        known = rules.reform({"benefit.key_support.amount": "80 元"}, title="增发数额")
        assert str(known.assess(cq(on, facts={"key_persons": 2}))["benefit.key_support"]) == "160.00"


# --- Chongqing: procedures ----------------------------------------------------------------------------------

COURSE = [("application", "06-01"), ("acceptance", "06-03"), ("survey", "06-07"), ("appraisal", "06-09"),
          ("notice", "06-10")]  # fmt: skip


def course(on: str, *more: dict[str, Any], objection: bool = False) -> Any:
    taken: list[dict[str, Any]] = [{"step": step, "date": f"2021-{day}"} for step, day in COURSE]
    if objection:
        taken[-1]["result"] = "objection"
    case = cq(on, procedures={"dibao": [*taken, *more]})
    return decision(load("chongqing", on).assess(case), "allowance.dibao").progress


def following(found: Any) -> list[tuple[str, str, str]]:
    return [
        (one.step.step, str(one.first_day), str(one.deadline)) for one in found.next if not one.step.optional
    ]  # fmt: skip


def test_chongqing_decides_after_seven_days_and_within_thirty_and_those_of_the_notice() -> None:
    # accepted on 3 June: 30 days end on 3 July; 7 days of notice and the day of the appraisal do not count
    assert following(course("2021-06-15")) == [("decision", "2021-06-18", "2021-07-11")]
    early = course("2021-06-18", {"step": "decision", "date": "2021-06-17"})
    assert [fault.step for fault in early.faults] == ["decision"]
    assert course("2021-06-18", {"step": "decision", "date": "2021-06-18"}).faults == ()
    last = course("2021-07-12", {"step": "decision", "date": "2021-07-11"})
    late = course("2021-07-12", {"step": "decision", "date": "2021-07-12"})
    assert (len(last.faults), len(late.faults)) == (0, 1)


def test_chongqing_second_notice_of_three_days_after_an_objection() -> None:
    found = course("2021-06-20", objection=True)
    assert [one.step.step for one in found.next] == ["second_notice"]
    again = course("2021-06-25", {"step": "second_notice", "date": "2021-06-21"}, objection=True)
    ((step, first, deadline),) = following(again)
    assert (step, first) == ("decision", "2021-06-25")  # 22, 23, 24 June
    assert deadline == "2021-07-14"  # 3 days more do not count


def test_chongqing_pays_from_the_month_of_the_decision() -> None:
    steps = ({"step": "decision", "date": "2021-06-30"}, {"step": "publication", "date": "2021-07-02"})
    assert str(course("2021-07-05", *steps).effective_from) == "2021-06-01"


@pytest.mark.parametrize(("on", "own"), [("2018-12-31", False), ("2019-01-01", True), ("2020-12-31", True)])
def test_chongqing_county_exit_of_2019_and_2020(on: str, own: bool) -> None:
    procedure: Any = load("chongqing", on).resolved.provision("procedure.county_exit").entry
    steps = [one.step for one in procedure.steps]
    assert (steps == ["proposal", "assessment", "notice", "approval"]) is own
    assert procedure.of == "county"


def test_the_example_of_chongqing() -> None:
    outcome = load("chongqing", "2021-06-15").assess_file(EXAMPLES / "chongqing-household.yaml")
    assert str(outcome["account.income"]) == "15,600.00"  # 800 × 12 + 4,500 + 1,500; the bonus of December is over
    assert str(outcome["account.exit_income"]) == "10,600.00"  # 800 × 5 + 600 + 4,500 + 1,500
    assert str(outcome["allowance.dibao"]) == "188.00"  # (496 × 12 × 3 − 15,600) ÷ 12
    assert "benefit.key_support.amount" in missing(outcome["benefit.key_support"])
    sheet = "".join(line.strip() for line in outcome.statement("zh").splitlines())
    for text in ("每月 188.00 元", "下次复核：2022-06-15 前", "重点救助对象增发", "应在2021年7月11日以前"):
        assert text in sheet, text
    assert "188.00" in outcome.statement("en")


# --- Shanghai -----------------------------------------------------------------------------------------------

SH = {"local_household": True, "property_within_rule": True, "income_below_disposable": True, "marginal_property": True}


def sh(on: str, income: str = "0", heads: int = 2, facts: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return household(on, income, heads, facts={**SH, **(facts or {})}, residence="urban", **more)


def spending(case: dict[str, Any], **items: str) -> dict[str, Any]:
    last = case["records_complete"]["to"]
    case["members"][0]["spending"] = [
        {"item": item, "amount": amount, "from": last, "to": last} for item, amount in items.items()
    ]
    return case


@pytest.mark.parametrize(
    ("on", "standard"),
    [
        ("2020-07-01", "1,240.00"), ("2021-06-30", "1,240.00"), ("2021-07-01", "1,330.00"), ("2022-06-30", "1,330.00"),
        ("2022-07-01", "1,420.00"), ("2023-06-30", "1,420.00"), ("2023-07-01", "1,510.00"), ("2023-12-31", "1,510.00"),
    ],
)  # fmt: skip
def test_shanghai_standards(on: str, standard: str) -> None:
    for residence in ("urban", "rural"):
        outcome = load("shanghai", on).assess({**sh(on, heads=1), "residence": residence})
        assert str(outcome["line.dibao"]) == standard
        assert str(outcome["allowance.dibao"]) == standard
        assert missing(outcome["line.marginal"]) == ["line.marginal.amount"]  # set by the city, not 1.5 times


@pytest.mark.parametrize("on", ["2020-06-30", "2024-01-01"])
def test_shanghai_days_without_a_standard(on: str) -> None:
    rules = load("shanghai", on)
    assert "lines" in rules.resolved.missing
    assert "line.dibao.amount" in missing(rules.assess(sh(on))["allowance.dibao"])


@pytest.mark.parametrize(
    ("income", "paid"), [("34079.99", "0.00"), ("34079.88", "0.01"), ("34080", None), ("34080.01", None)]
)
def test_shanghai_pays_the_gap_below_1420(income: str, paid: str | None) -> None:
    on = "2022-09-15"  # 1,420 × 12 × 2 = 34,080; a twelfth of what is lacking, rounded to the fen
    assert shown(load("shanghai", on).assess(sh(on, income))["allowance.dibao"]) == paid
    assert load("shanghai", on).assess(sh(on, income, facts={"local_household": False}))["allowance.dibao"] is None


@pytest.mark.parametrize(
    ("medical", "education", "paid"),
    [
        ("20000", "10000", "340.00"),  # (34,080 − 30,000) ÷ 12
        ("25920", "0", None),  # 34,080 are left: not below
        ("25920.12", "0", "0.01"),
        ("60000", "0", "2,840.00"),  # nothing is left
        ("50000", "20000", "2,840.00"),  # more than the income: the whole standard, 1,420 × 2
    ],
)
def test_shanghai_pays_what_is_lacking_after_necessary_spending(medical: str, education: str, paid: str | None) -> None:
    on = "2022-09-15"
    rules = load("shanghai", on)
    case = spending(sh(on, "60000"), medical=medical, education=education)
    outcome = rules.assess(case)
    assert outcome["allowance.dibao"] is None
    assert shown(outcome["allowance.rigid_expenditure"]) == paid
    for name in SH:
        if name != "property_within_rule":
            case["facts"] = {**SH, name: False}
            assert rules.assess(case)["allowance.rigid_expenditure"] is None, name


def test_shanghai_deducts_social_security_and_from_july_2021_the_cost_of_working() -> None:
    for on, expected in (("2021-06-30", "11,900.00"), ("2021-07-01", "11,650.00")):
        case = spending(sh(on, "12000"), transfer_paid="100", work_cost="250")
        # 12,000 − 100, then 12,000 − 100 − 250
        assert str(load("shanghai", on).assess(case)["account.residual"]) == expected


def test_shanghai_pays_no_living_aid_beside_dibao() -> None:
    outcome = load("shanghai", "2022-09-15").assess(spending(sh("2022-09-15", "12000"), medical="12000"))
    assert str(outcome["allowance.dibao"]) == "1,840.00"  # (34,080 − 12,000) ÷ 12
    assert outcome["allowance.rigid_expenditure"] is None


def test_shanghai_does_not_say_which_share_of_medical_spending_counts() -> None:
    on = "2022-09-15"
    rules = load("shanghai", on)
    facts = {"medical_spending": "30000 元", "disposable_year": "60000 元"}
    found = rules.assess(spending(sh(on, "60000", facts=facts), medical="25920"))
    assert [name.rpartition(".")[2] for name in missing(found["criteria.rigid_household"])] == ["at_least"]
    left = rules.assess(spending(sh(on, "60000", facts=facts), medical="25920.01"))
    assert left["criteria.rigid_household"] is True  # by what is left
    known = rules.reform({"criteria.rigid_household.test.all.4.any.2.at_least": "50%"}, title="比例")
    for amount, met in (("30000 元", True), ("29999.99 元", False)):
        case = sh(on, "60000", facts={**facts, "medical_spending": amount})
        outcome = known.assess(spending(case, medical="25920"))
        assert outcome["criteria.rigid_household"] is met
        assert outcome["allowance.rigid_expenditure"] is None  # recognised, but no money


def test_shanghai_does_not_say_how_much_of_a_wage_is_free() -> None:
    on = "2022-09-15"
    rules = load("shanghai", on)
    case = sh(on)
    case["members"][0]["income"][0] |= {"item": "wage", "amount": "2590"}
    assert str(rules.assess(case)["account.income"]) == "2,590.00"
    case["members"][0]["groups"] = ["minimum_wage_earner"]
    outcome = rules.assess(case)
    for account in ("income", "residual"):
        name = f"account.{account}.items.wage.free.minimum_wage_earner"
        assert missing(outcome[f"account.{account}"]) == [name]


def test_shanghai_stops_the_dibao_of_recipients_only() -> None:
    on = "2022-09-15"
    rules = load("shanghai", on)
    held = {"cooperates": True, "high_consumption": False, "refuses_work": False}
    for name, value in (("cooperates", False), ("high_consumption", True), ("refuses_work", True)):
        case = sh(on, facts={**held, name: value})
        assert str(rules.assess(case)["allowance.dibao"]) == "2,840.00"
        case["members"][0]["groups"] = ["dibao"]
        assert rules.assess(case)["allowance.dibao"] is None, name


def test_shanghai_gives_more_to_some_in_a_way_that_is_not_said() -> None:
    on = "2022-09-15"
    rules = load("shanghai", on)
    for born, found in (
        ("1962-09-15", "unknown"),
        ("1962-09-16", None),
        ("2004-09-16", "unknown"),
        ("2004-09-15", None),
    ):
        case = sh(on)
        for member in case["members"]:
            member["birth_date"] = "1990-01-01"
        case["members"][0]["birth_date"] = born  # from 60 on, below 18
        value = rules.assess(case)["benefit.dibao_care"]
        assert shown(value) == found, born
        if found:
            assert "benefit.dibao_care.amount" in missing(value)


def test_shanghai_tekun() -> None:
    on = "2022-09-15"
    rules = load("shanghai", on)

    def told(income: str = "0", **member: Any) -> Any:
        case = sh(on, income, heads=1, facts={"no_supporter": True})
        case["members"][0] |= {"birth_date": "1950-01-01", "facts": {"has_labour": False}, **member}
        return rules.assess(case)["allowance.tekun"]

    assert told("17039.99") is True  # 1,420 × 12 = 17,040
    assert told("17040") is False
    assert told(facts={"has_labour": True}) is False
    assert told(birth_date="1990-01-01") is False
    assert told(birth_date="1990-01-01", groups=["disabled"]) is True
    assert told(birth_date="2006-09-16") is True  # not yet 16
    assert told(birth_date="2006-09-15") is False


@pytest.mark.parametrize(("months", "paid"), [(0, None), (1, "1,420.00"), (3, "4,260.00"), (4, None)])
def test_shanghai_temporary_aid_is_of_three_months_at_most(months: int, paid: str | None) -> None:
    case = sh("2022-09-15", heads=1)
    case["members"][0]["facts"] = {"aided": True, "aid_months": months}
    (person,) = load("shanghai", "2022-09-15").assess(case).persons
    assert shown(person["benefit.temporary"]) == paid


def test_shanghai_single_members_from_july_2021() -> None:
    for on, found in (("2021-06-30", None), ("2021-07-01", "unknown")):
        case = sh(on, "40000")
        case["members"][1]["groups"] = ["severely_disabled"]
        value = load("shanghai", on).assess(case)["allowance.dibao"]
        assert shown(value) == found
        if found:
            assert "line.marginal.amount" in missing(value)


@pytest.mark.parametrize(
    ("labour", "stable", "due"), [(True, True, "2023-03-15"), (False, False, "2023-03-15"), (False, True, "2023-09-15")]
)
def test_shanghai_reviews(labour: bool, stable: bool, due: str) -> None:
    case = sh("2022-09-15", heads=1, facts={"stable_income": stable})
    case["members"][0]["facts"] = {"has_labour": labour}
    found = decision(load("shanghai", "2022-09-15").assess(case), "allowance.dibao").next_review
    assert str(found) == due


# --- Zhejiang -----------------------------------------------------------------------------------------------

ON = "2022-05-20"
ZJ = {"property_within_rule": True, "marginal_property": True, "local_household": True}


def zj(income: str = "0", heads: int = 2, facts: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return household(ON, income, heads, facts={**ZJ, **(facts or {})}, residence="urban", **more)


def zj_rules(dibao: str = "1000 元", wage: str = "2280 元") -> pp.RuleSet:
    """With the two figures that localities set."""
    return load("zhejiang", ON).reform({"line.dibao.amount": dibao, "line.minimum_wage.amount": wage}, title="当地数值")


def test_zhejiang_leaves_the_standard_to_localities() -> None:
    outcome = load("zhejiang", ON).assess(zj())
    assert missing(outcome["line.dibao"]) == ["line.dibao.amount"]
    assert set(missing(outcome["line.marginal"])) == {"line.dibao.amount", "line.minimum_wage.amount"}
    assert "line.dibao.amount" in missing(outcome["allowance.dibao"])


@pytest.mark.parametrize(
    ("dibao", "wage", "marginal"),
    [
        ("1000 元", "2280 元", "1,500.00"), ("1520 元", "2280 元", "2,280.00"), ("1519.99 元", "2280 元", "2,279.99"),
        ("1520.01 元", "2280 元", "2,280.00"), ("1600 元", "2280 元", "2,280.00"),
    ],
)  # fmt: skip
def test_zhejiang_marginal_line_never_passes_the_minimum_wage(dibao: str, wage: str, marginal: str) -> None:
    assert str(zj_rules(dibao, wage).assess(zj())["line.marginal"]) == marginal  # 1.5 times, rounded to the fen


@pytest.mark.parametrize(
    ("income", "paid", "is_marginal"),
    [
        ("23999.88", "0.01", False), ("24000", None, True), ("24000.01", None, True),  # 1,000 × 12 × 2
        ("35999.99", None, True), ("36000", None, True), ("36000.01", None, False),  # 1,500 itself belongs to it
    ],
)  # fmt: skip
def test_zhejiang_dibao_and_marginal_families(income: str, paid: str | None, is_marginal: bool) -> None:
    outcome = zj_rules().assess(zj(income))
    assert shown(outcome["allowance.dibao"]) == paid
    assert outcome["allowance.marginal"] is is_marginal


def test_zhejiang_stops_the_dibao_of_who_refuses_work_three_times() -> None:
    rules = zj_rules()
    case = zj("6000", facts={"cooperates": True, "false_declaration": False})
    for refusals, paid in ((2, "1,500.00"), (3, "750.00")):  # (24,000 − 6,000) ÷ 12, half of it
        case["members"][0] |= {"groups": ["dibao"], "facts": {"refusals_in_six_months": refusals}}
        case["members"][1] |= {"groups": ["dibao"], "facts": {"refusals_in_six_months": 0}}
        assert str(rules.assess(case)["allowance.dibao"]) == paid
    case["members"][0]["groups"] = case["members"][1]["groups"] = []  # who only applies
    assert str(rules.assess(case)["allowance.dibao"]) == "1,500.00"


def test_zhejiang_stops_where_checks_are_refused_or_declarations_false() -> None:
    rules = zj_rules()
    for facts in ({"cooperates": False, "false_declaration": False}, {"cooperates": True, "false_declaration": True}):
        case = zj(facts=facts)
        assert str(rules.assess(case)["allowance.dibao"]) == "2,000.00"
        for member in case["members"]:
            member |= {"groups": ["dibao"], "facts": {"refusals_in_six_months": 0}}
        assert rules.assess(case)["allowance.dibao"] is None


def test_zhejiang_does_not_say_how_much_of_new_wages_is_free() -> None:
    rules = zj_rules()
    case = zj()
    last = back(ON, 1)
    case["members"][0]["income"] = [{"item": "wage", "each_month": "2000", "from": back(ON, 3), "to": last}]
    assert str(rules.assess(case)["account.income"]) == "6,000.00"
    case["members"][0]["groups"] = ["newly_employed"]
    name = "account.income.items.wage.free.newly_employed"
    assert missing(rules.assess(case)["account.income"]) == [name]
    # three times the standard, for the twelve months of the account
    known = rules.reform({name: "3000 元"}, title="扣减数额")
    assert str(known.assess(case)["account.income"]) == "0.00"


def test_zhejiang_living_aid_is_of_an_unknown_amount() -> None:
    rules = load("zhejiang", ON)
    found = rules.assess(zj(facts={"hit_by_spending": True}))["benefit.living_aid"]
    assert missing(found) == ["benefit.living_aid.amount"]
    assert rules.assess(zj(facts={"hit_by_spending": False}))["benefit.living_aid"] is None


@pytest.mark.parametrize(
    ("multiple", "hard", "paid"),
    [(0, True, None), (6, False, "6,000.00"), (7, False, None), (7, True, "7,000.00"), (12, True, "12,000.00"),
     (13, True, None)],
)  # fmt: skip
def test_zhejiang_temporary_aid_is_of_six_or_twelve_standards_at_most(
    multiple: int, hard: bool, paid: str | None
) -> None:
    case = zj(heads=1)
    case["members"][0]["facts"] = {"aided": True, "aid_multiple": multiple, "special_hardship": hard}
    (person,) = zj_rules().assess(case).persons
    assert shown(person["benefit.temporary"]) == paid


def test_zhejiang_pays_from_the_month_after_approval() -> None:
    days = {
        "application": "04-01",
        "verification": "04-20",
        "notice": "04-21",
        "decision": "04-29",
        "publication": "05-04",
    }
    taken = [{"step": step, "date": f"2022-{day}"} for step, day in days.items()]
    found = decision(zj_rules().assess(zj(procedures={"dibao": taken})), "allowance.dibao").progress
    assert found.faults == ()
    assert str(found.effective_from) == "2022-05-01"
    taken[3]["date"] = "2022-04-28"  # the notice runs from 22 to 28 April
    found = decision(zj_rules().assess(zj(procedures={"dibao": taken})), "allowance.dibao").progress
    assert [one.step for one in found.faults] == ["decision"]


@pytest.mark.parametrize(("on", "own"), [("2020-09-23", False), ("2020-09-24", True), ("2025-12-31", True)])
def test_zhejiang_from_its_first_day(on: str, own: bool) -> None:
    names = {one.full_name for one in load("zhejiang", on).resolved.provisions}
    assert ({"line.minimum_wage", "benefit.living_aid"} <= names) is own
