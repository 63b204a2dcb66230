"""The shipped rules: worked amounts that can be followed by hand, edges to the fen, days, knowledge, open figures."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy.errors import InputError, RuleError, UnspecifiedError
from poverty_policy.face import library
from poverty_policy.ruleset.check import check_library

Claim = Mapping[str, Any]

HENAN, SHANGQIU, GANSU, HUBEI, XINGTAI = "410000", "411400", "620000", "420000", "130500"
LUXI, SHUANGYASHAN, RAOHE, JIXIAN, ANHUI, SHANXI = "360323", "230500", "230524", "230521", "340000", "140000"

#: place -> (first day, last day, file), and the days between them on which nothing is known.
FILES: Sequence[tuple[str, str, str, str]] = (
    (XINGTAI, "2018-01-01", "2018-12-31", "2018-01-01"),
    (XINGTAI, "2022-01-01", "2022-12-31", "2022-01-01"),
    (SHANXI, "2017-01-01", "2021-12-31", "2017-01-01"),
    (SHUANGYASHAN, "2016-01-01", "2016-12-31", "2016-01-01"),
    (JIXIAN, "2016-01-01", "2016-12-31", "2016-01-01"),
    (RAOHE, "2016-01-01", "2016-12-31", "2016-01-01"),
    (ANHUI, "2017-01-01", "2019-06-30", "2017-01-01"),
    (ANHUI, "2019-07-01", "2019-12-31", "2019-07-01"),
    (ANHUI, "2020-01-01", "2020-12-31", "2020-01-01"),
    (LUXI, "2014-01-01", "2014-12-31", "2014-01-01"),
    (LUXI, "2015-01-01", "2015-12-31", "2015-01-01"),
    (HENAN, "2017-01-01", "2017-12-31", "2017-01-01"),
    (HENAN, "2018-01-01", "2019-12-31", "2018-01-01"),
    (HENAN, "2022-05-01", "2023-12-31", "2022-05-01"),
    (SHANGQIU, "2018-01-01", "2018-12-31", "2018-01-01"),
    (HUBEI, "2013-01-01", "2015-12-31", "2013-01-01"),
    (HUBEI, "2016-01-01", "2017-12-31", "2016-01-01"),
    (HUBEI, "2018-01-01", "2018-12-31", "2018-01-01"),
    (HUBEI, "2022-01-01", "2024-12-31", "2022-01-01"),
    (GANSU, "2015-01-01", "2015-12-31", "2015-01-01"),
    (GANSU, "2017-01-01", "2017-12-31", "2017-01-01"),
    (GANSU, "2022-01-01", "2024-12-31", "2022-01-01"),
)
ONLY_WHEN_ASKED_WHAT_WAS_KNOWN = {(HENAN, "2018-01-01-plan")}


@functools.cache
def rules(place: str, on: str) -> pp.RuleSet:
    return pp.load(place, on=on)


def claim(date: str, in_scope: str = "0", /, **facts: Any) -> dict[str, Any]:
    """An inpatient bill; its basic insurance paid nothing, so that the cost is the burden of the later layers."""
    cost = {"in_scope": in_scope, **facts.pop("cost", {})}
    return {"date": date, "kind": "inpatient", "cost": cost, "paid": {"basic": "0"}, **facts}


def settle(of: pp.RuleSet, claims: Claim | Sequence[Claim], *groups: str, insurance: str = "resident") -> pp.Outcome:
    bills = [claims] if isinstance(claims, Mapping) else list(claims)
    return of.assess({"groups": list(groups), "insurance": insurance, "claims": bills})


def paid(outcome: pp.Outcome, layer: str) -> list[str | None]:
    """What a layer paid at each settlement; None where it does not apply."""
    values = [one[f"health.{layer}"] for one in outcome.claims]
    return [None if value is None else value.plain() for value in values]


def total(outcome: pp.Outcome, name: str) -> str | None:
    value = outcome[f"health.{name}"]
    return None if value is None else value.plain()


# --- all files --------------------------------------------------------------------------------------------


def test_every_file_is_sound_and_known_here() -> None:
    report = check_library(library())
    assert [fault.text("en") for fault in report.faults] == []
    shipped = {(code, one.stem) for code in library().codes() for one in library().files(code) if "health" in one.parts}
    known = {(code, stem) for code, _, _, stem in FILES} | ONLY_WHEN_ASKED_WHAT_WAS_KNOWN
    ours = {code for code, _ in known}
    assert {one for one in shipped if one[0] in ours} == known


@pytest.mark.parametrize("code", sorted({code for code, *_ in FILES}))
def test_every_file_says_what_it_lacks_and_cites_documents(code: str) -> None:
    for one in library().files(code):
        if "health" not in one.parts:
            continue
        assert one.declared.limitations, one.path
        assert one.declared.checked_with, one.path
        for source in one.declared.sources.values():
            national = source.number in ("国务院令第649号", "主席令第35号")
            assert source.grade != "primary" or national, "no statutory text of the place was seen for these files"
            # an official page is something a reader can open
            assert source.url is not None or source.grade == "one_report", one.path


@pytest.mark.parametrize(("code", "first", "last", "stem"), FILES)
def test_first_and_last_day(code: str, first: str, last: str, stem: str) -> None:
    for day in (first, last):
        assert pp.load(code, on=day).resolved.files[0].stem == stem
    for day in (dt.date.fromisoformat(first) - dt.timedelta(1), dt.date.fromisoformat(last) + dt.timedelta(1)):
        neighbour = [s for c, f, t, s in FILES if c == code and f <= day.isoformat() <= t]
        if neighbour:
            assert pp.load(code, on=day).resolved.files[0].stem == neighbour[0] != stem
        else:
            with pytest.raises(RuleError, match=str(day)):
                _ = pp.load(code, on=day).cascade


def test_gaps_are_explained() -> None:
    with pytest.raises(RuleError, match=r"1\.1 万元"):
        _ = pp.load(HENAN, on="2021-06-01").cascade
    with pytest.raises(RuleError, match="2016年没有查到来源"):
        _ = pp.load(GANSU, on="2016-06-01").cascade


OPEN: Mapping[tuple[str, str], set[str]] = {
    (XINGTAI, "2022-01-01"): {"medical_assistance.caps.1.amount", "outpatient_assistance.caps.1.amount"},
    (SHANGQIU, "2018-01-01"): {"chronic_outpatient.rate.default", "major_outpatient.rate.default"},
    (GANSU, "2015-01-01"): {"critical_illness.bands.1.edges.1.rate"},
    (HUBEI, "2013-01-01"): {"critical_illness.bands.1.edges.1.rate", "critical_illness.caps.1.amount"},
    (ANHUI, "2017-01-01"): {"assistance_outside.rate"},
    (ANHUI, "2019-07-01"): {
        "basic.deductible.out_of_province", "critical_illness.deductible", "assistance_outside.rate",
        *(f"critical_illness.caps.1.amount.{at}" for at in ("in_county", "in_prefecture", "in_province")),
        "critical_illness.caps.1.amount.out_of_province",
    },
    (ANHUI, "2020-01-01"): {
        "basic.deductible.out_of_province", "critical_illness.deductible.default",
        "critical_illness.deductible.tekun, dibao, registered_poor", "critical_illness.caps.1.amount.default",
        "assistance_outside.rate",
    },
    (LUXI, "2014-01-01"): {"basic.deductible", "basic.rate"},
    (LUXI, "2015-01-01"): {
        "basic.deductible.default", "basic.deductible.county.default", "basic.rate",
        "critical_illness.deductible.default", "critical_illness.deductible.dibao, five_guarantees",
    },
    (SHUANGYASHAN, "2016-01-01"): {
        "basic.deductible", "basic.rate", "outpatient_pooling.deductible", "outpatient_pooling.rate",
    },
    (RAOHE, "2016-01-01"): {
        "basic.deductible", "basic.rate", "basic.caps.1.amount.default",
        "outpatient_pooling.deductible", "outpatient_pooling.rate", "outpatient_pooling.caps.1.amount.default",
    },
    (JIXIAN, "2016-01-01"): {
        "basic.deductible", "basic.rate", "outpatient_pooling.deductible", "outpatient_pooling.rate",
        "critical_illness.deductible", "critical_illness.bands.1.edges.1.rate",
    },
}  # fmt: skip


@pytest.mark.parametrize(("code", "first", "last", "stem"), FILES)
def test_figures_that_the_sources_leave_open(code: str, first: str, last: str, stem: str) -> None:
    found = {name for name, _ in rules(code, first).cascade.open_values()}
    assert found == OPEN.get((code, stem), set())


@pytest.mark.parametrize(
    ("code", "day", "group", "costs"),
    [
        (HENAN, "2017-07-01", None, ["14000", "40000", "60000"]),
        (HENAN, "2017-07-01", "dibao", ["14000", "40000", "60000"]),
        (HENAN, "2018-07-01", "dibao", ["5000", "40000", "60000"]),
        (HENAN, "2022-07-01", None, ["9000", "80000"]),
        (HENAN, "2022-07-01", None, ["9000", "80000", "400000", "400000"]),
        (HUBEI, "2016-07-01", None, ["10000", "10000", "60000", "300000", "300000"]),
        (HUBEI, "2018-07-01", None, ["10000", "60000"]),
        (HUBEI, "2018-07-01", "registered_poor", ["4000", "60000"]),
        (HUBEI, "2018-07-01", "registered_poor", ["4000", "20000", "60000", "300000", "300000"]),
        (HUBEI, "2022-07-01", None, ["10000", "10000", "60000", "80000"]),
        (GANSU, "2022-07-01", "dibao", ["2000", "9000", "30000", "60000", "400000", "400000"]),
    ],
)
def test_a_year_pays_the_same_however_its_bills_are_split(
    code: str, day: str, group: str | None, costs: list[str]
) -> None:
    of, groups = rules(code, day), () if group is None else (group,)
    together = settle(of, claim(day, str(sum(int(cost) for cost in costs))), *groups)
    split = settle(of, [claim(day, cost) for cost in costs], *groups)
    assert {name: split[name] for name in split} == {name: together[name] for name in together}
    assert settle(of, claim(day, costs[0]), *groups)["health.critical_illness"] == pp.Money(0)


def test_a_bill_of_another_file_is_refused() -> None:
    with pytest.raises(InputError, match="2017-12-31"):
        settle(rules(HENAN, "2018-01-01"), claim("2017-12-31", "20000"))


# --- Henan ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("burden", "ordinary", "poor"),
    [
        ("7499.99", "0.00", "0.00"),
        ("7500.00", "0.00", "0.00"),
        ("7500.01", "0.00", "0.01"),  # 0.8 fen
        ("14999.99", "0.00", "5999.99"),  # 7499.99 x 80 % = 5999.992
        ("15000.00", "0.00", "6000.00"),
        ("15000.01", "0.01", "6000.01"),  # half a fen goes up; 0.8 fen
        ("49999.99", "17500.00", "33999.99"),  # 17499.995; 33999.992
        ("50000.00", "17500.00", "34000.00"),
        ("50000.01", "17500.01", "34000.01"),  # 0.6 fen; 0.85 fen
        ("50100.00", "17560.00", "34085.00"),
        ("99999.99", "47499.99", "76499.99"),  # 47499.994; 76499.9915
        ("100000.00", "47500.00", "76500.00"),
        ("100000.01", "47500.01", "76500.01"),  # 0.7 fen; 0.95 fen
        ("100100.00", "47570.00", "76595.00"),
        ("300000.00", "187500.00", "266500.00"),
    ],
)
def test_henan_2018_critical_illness(burden: str, ordinary: str, poor: str) -> None:
    of, bill = rules(HENAN, "2018-07-01"), claim("2018-07-01", burden)
    assert total(settle(of, bill), "critical_illness") == ordinary
    for group in ("registered_poor", "dibao", "tekun"):
        assert total(settle(of, bill, group), "critical_illness") == poor


@pytest.mark.parametrize(
    ("burden", "expected"),
    [
        ("2999.99", "0.00"),
        ("3000.00", "0.00"),
        ("3000.02", "0.01"),  # 0.6 fen
        ("5000.00", "600.00"),
        ("5100.00", "640.00"),
        ("10000.00", "2600.00"),
        ("10100.00", "2650.00"),
        ("15000.00", "5100.00"),
        ("15100.00", "5180.00"),
        ("50000.00", "33100.00"),
        ("50100.00", "33190.00"),
        ("100000.00", "78100.00"),
    ],
)
@pytest.mark.parametrize("year", ["2017", "plan", "2018"])
@pytest.mark.parametrize("group", ["registered_poor", "dibao", "tekun"])
def test_henan_supplementary(group: str, year: str, burden: str, expected: str) -> None:
    # critical-illness insurance is for residents only, so an employee's whole burden reaches the supplement
    of = pp.load(HENAN, on="2018-07-01", known="2018-05-29") if year == "plan" else rules(HENAN, f"{year}-07-01")
    outcome = settle(of, claim(of.resolved.on.isoformat(), burden), group, insurance="employee")
    assert total(outcome, "critical_illness") is None
    assert total(outcome, "supplementary") == expected


def test_henan_2018_whole_chain() -> None:
    bill = claim("2018-07-01", "130000", cost={"out_of_catalogue": "8000"}, paid={"basic": "30000"})
    outcome = settle(rules(HENAN, "2018-07-01"), bill, "registered_poor")
    # 100,000 left by basic; 76,500; 23,500 left: 600 + 2,000 + 2,500 + 8,500 x 80 %; 8,000 out of the catalogue
    assert total(outcome, "critical_illness") == "76500.00"
    assert total(outcome, "supplementary") == "11900.00"
    assert total(outcome, "out_of_pocket") == "19600.00"
    assert total(settle(rules(HENAN, "2018-07-01"), bill), "supplementary") is None
    for group in ("dibao", "tekun"):
        assert total(settle(rules(HENAN, "2018-07-01"), bill, group), "supplementary") == "11900.00"


def test_henan_2018_counts_the_year() -> None:
    bills = [claim("2018-02-01", "30000"), claim("2018-09-01", "30000")]
    outcome = settle(rules(HENAN, "2018-07-01"), bills, "registered_poor")
    assert paid(outcome, "critical_illness") == ["18000.00", "24500.00"]  # 22,500 x 80 %; 20,000 x 80 % + 10,000 x 85 %
    next_year = [claim("2018-12-31", "30000"), claim("2019-01-01", "30000")]
    outcome = settle(rules(HENAN, "2018-07-01"), next_year, "registered_poor")
    assert paid(outcome, "critical_illness") == ["18000.00", "18000.00"]


@pytest.mark.parametrize(
    ("burden", "expected"),
    [
        ("14999.99", "0.00"),
        ("15000.00", "0.00"),
        ("15000.01", "0.01"),
        ("50000.00", "17500.00"),
        ("100000.00", "47500.00"),
        ("100100.00", "47570.00"),
    ],
)
def test_henan_2017_has_one_schedule_for_all(burden: str, expected: str) -> None:
    of = rules(HENAN, "2017-07-01")
    for groups in ((), ("registered_poor",), ("dibao", "tekun")):
        assert total(settle(of, claim("2017-07-01", burden), *groups), "critical_illness") == expected


@pytest.mark.parametrize(
    ("burden", "ordinary", "tilted"),
    [
        ("5499.99", "0.00", "0.00"),
        ("5500.00", "0.00", "0.00"),
        ("5500.01", "0.00", "0.01"),
        ("10999.99", "0.00", "3574.99"),  # 5499.99 x 65 % = 3574.9935
        ("11000.00", "0.00", "3575.00"),
        ("11000.01", "0.01", "3575.01"),
        ("99999.99", "53399.99", "61424.99"),
        ("100000.00", "53400.00", "61425.00"),
        ("100000.01", "53400.01", "61425.01"),
        ("110000.00", "60400.00", "68925.00"),
        ("595142.85", "400000.00", "432782.14"),  # 53,400 + 495,142.85 x 70 % = 399,999.995
        ("595142.86", "400000.00", "432782.15"),  # 400,000.002
        ("700000.00", "400000.00", "511425.00"),  # the general cap; none for the tilt
    ],
)
def test_henan_2022(burden: str, ordinary: str, tilted: str) -> None:
    of = rules(HENAN, "2022-05-01")
    assert total(settle(of, claim("2022-05-01", burden)), "critical_illness") == ordinary
    bill = claim("2022-05-01", burden, paid={"basic": "0", "medical_assistance": "0"})
    for group in ("tekun", "dibao", "returned_to_poverty"):
        assert total(settle(of, bill, group), "critical_illness") == tilted


@pytest.mark.parametrize(
    "group",
    ["tekun", "orphan", "dibao", "returned_to_poverty", "dibao_marginal", "monitored", "impoverished_by_illness"],
)
def test_henan_2022_assistance_is_taken_from_the_bill(group: str) -> None:
    of = rules(HENAN, "2022-05-01")
    with pytest.raises(InputError, match=r"paid\.medical_assistance is missing"):
        settle(of, claim("2022-05-01", "1000"), group)
    bill = claim("2022-05-01", "1000", paid={"basic": "0", "medical_assistance": "600"})
    assert total(settle(of, bill, group), "out_of_pocket") == "400.00"
    with pytest.raises(InputError, match="does not apply"):
        settle(of, bill)


def test_henan_2022_cites_each_figure() -> None:
    stated = rules(HENAN, "2022-05-01").resolved.stated("critical_illness")
    assert stated.citation("deductible.default").source.grade == "two_reports"
    assert "开封" in stated.citation("deductible.default").source.title
    assert stated.citation("deductible").source.number == "豫政办〔2022〕26号"


# what was known of 2018 -----------------------------------------------------------------------------------


def test_henan_2018_as_known_before_the_plan() -> None:
    with pytest.raises(RuleError, match="2017-12-31"):
        _ = pp.load(HENAN, on="2018-03-01", known="2018-05-28").cascade
    of = pp.load(HENAN, on="2018-03-01", known="2018-05-28", extrapolate=True)
    outcome = settle(of, claim("2018-03-01", "20000"), "registered_poor")
    assert total(outcome, "critical_illness") == "2500.00"  # 5,000 x 50 %, as in 2017
    assert any("2017-12-31" in warning for warning in outcome.warnings)


def test_henan_2018_as_planned_and_as_decided() -> None:
    plan = pp.load(HENAN, on="2018-03-01", known="2018-05-29")
    decided = pp.load(HENAN, on="2018-03-01", known="2018-05-30")
    today = pp.load(HENAN, on="2018-03-01")
    assert plan.resolved.stated("critical_illness").citation().source.status == "planned"
    assert decided.resolved.stated("critical_illness").citation().source.status == "in_force"
    stated = [[one.data for one in of.resolved.entries] for of in (plan, decided, today)]
    assert stated[0] != stated[1] == stated[2]
    bill = claim("2018-03-01", "20000")
    for of in (plan, decided):
        assert total(settle(of, bill, "registered_poor"), "critical_illness") == "10000.00"  # 12,500 x 80 %
    # the plan named the rural poor only; the notice took dibao and tekun in
    assert total(settle(plan, bill, "dibao"), "critical_illness") == "2500.00"
    assert total(settle(decided, bill, "dibao"), "critical_illness") == "10000.00"


@pytest.mark.parametrize(
    ("burdens", "ordinary", "poor"),
    [
        (["7500"], ["0.00"], ["0.00"]),
        (["50100"], ["17560.00"], ["34085.00"]),
        (["100000"], ["47500.00"], ["76500.00"]),
        (["100100"], ["47570.00"], ["76595.00"]),
        (["30000", "30000"], ["7500.00", "16000.00"], ["18000.00", "24500.00"]),
    ],
)
def test_henan_2018_planned_figures(burdens: list[str], ordinary: list[str], poor: list[str]) -> None:
    plan = pp.load(HENAN, on="2018-03-01", known="2018-05-29")
    bills = [claim("2018-03-01", burden) for burden in burdens]
    assert paid(settle(plan, bills), "critical_illness") == ordinary
    assert paid(settle(plan, bills, "registered_poor"), "critical_illness") == poor
    supplement = settle(plan, [claim("2018-03-01", "4000"), claim("2018-03-02", "4000")], "dibao", insurance="employee")
    assert paid(supplement, "supplementary") == ["300.00", "1500.00"]  # 600 + 3,000 x 40 % in the year


def test_the_plan_says_nothing_of_2019() -> None:
    with pytest.raises(RuleError, match="2019-01-01"):
        pp.load(HENAN, on="2019-01-01", known="2018-05-29")


# --- Shangqiu ---------------------------------------------------------------------------------------------


def test_shangqiu_inherits_from_henan() -> None:
    of = rules(SHANGQIU, "2018-07-01")
    assert [entry.name for entry in of.cascade.entries] == [
        "basic", "chronic_outpatient", "major_outpatient", "critical_illness", "supplementary",
    ]  # fmt: skip
    outcome = settle(of, claim("2018-07-01", "100000"), "registered_poor")
    assert total(outcome, "critical_illness") == "76500.00"
    assert total(outcome, "supplementary") == "11900.00"


@pytest.mark.parametrize(("kind", "layer"), [("chronic", "chronic_outpatient"), ("major", "major_outpatient")])
def test_shangqiu_outpatient_of_the_poor(kind: str, layer: str) -> None:
    bill = claim("2018-07-01", "2000.01", kind=f"outpatient_{kind}", paid={})
    outcome = settle(rules(SHANGQIU, "2018-07-01"), bill, "registered_poor")
    assert total(outcome, layer) == "1700.01"  # 1700.0085
    assert total(outcome, "out_of_pocket") == "300.00"
    assert total(outcome, "basic") is None


def test_shangqiu_rate_of_others_is_open_and_can_be_supplied() -> None:
    of = rules(SHANGQIU, "2018-07-01")
    bill = claim("2018-07-01", "2000", kind="outpatient_chronic", paid={})
    with pytest.raises(UnspecifiedError, match=r"health\.chronic_outpatient\.rate\.default.*全市深化医改"):
        settle(of, bill)
    known = of.reform({"health.chronic_outpatient.rate.default": "65%"})
    assert total(settle(known, bill), "chronic_outpatient") == "1300.00"
    assert total(settle(known, bill, "registered_poor"), "chronic_outpatient") == "1700.00"


# --- Gansu ------------------------------------------------------------------------------------------------


def test_gansu_2015_needs_the_rate_and_takes_it() -> None:
    of = rules(GANSU, "2015-06-01")
    bill = claim("2015-06-01", "10000")
    with pytest.raises(UnspecifiedError, match=r"health\.critical_illness\.bands\.1\.edges\.1\.rate"):
        settle(of, bill, "registered_poor", insurance="ncms")
    known = of.reform({"health.critical_illness.bands.1.edges.1.rate": "50%"})
    assert total(settle(known, bill, "registered_poor", insurance="ncms"), "critical_illness") == "3500.00"
    assert total(settle(known, bill, insurance="ncms"), "critical_illness") == "2500.00"
    edges = {"measured_from": "deductible", "edges": [{"up_to": "1000 元", "rate": "50%"}, {"rate": "60%"}]}
    banded = of.reform({"health.critical_illness.bands": edges})
    assert total(settle(banded, bill, insurance="ncms"), "critical_illness") == "2900.00"  # 500 + 4,000 x 60 %


def test_gansu_2015_is_certain_below_the_deductible() -> None:
    of = rules(GANSU, "2015-06-01")
    outcome = settle(of, claim("2015-06-01", "3000.00"), "registered_poor", insurance="ncms")
    assert total(outcome, "critical_illness") == "0.00"
    with pytest.raises(UnspecifiedError):
        settle(of, claim("2015-06-01", "3000.01"), "registered_poor", insurance="ncms")


def test_gansu_2015_deductible_is_yearly_and_outside_the_bands() -> None:
    edges = {"health.critical_illness.bands.edges": [{"up_to": "1000 元", "rate": "50%"}, {"rate": "60%"}]}
    known = rules(GANSU, "2015-06-01").reform(edges)
    bills = [claim("2015-06-01", "2000"), claim("2015-07-01", "3000")]
    outcome = settle(known, bills, "registered_poor", insurance="ncms")
    assert paid(outcome, "critical_illness") == ["0.00", "1100.00"]  # 1,000 x 50 % + 1,000 x 60 %


def test_gansu_2015_needs_nothing_where_basic_paid_all() -> None:
    bill = claim("2015-06-01", "1000", paid={"basic": "1000"})
    assert total(settle(rules(GANSU, "2015-06-01"), bill, insurance="ncms"), "critical_illness") == "0.00"


def test_gansu_2017_bottom_line() -> None:
    of = rules(GANSU, "2017-06-01")

    def bill(date: str, cost: str) -> dict[str, Any]:
        return claim(date, cost, paid={"basic": "0", "critical_illness": "0"})

    bills = [
        bill("2017-02-01", "2000"),
        bill("2017-03-01", "1000"),
        bill("2017-04-01", "0.01"),
        bill("2017-05-01", "4000"),
    ]
    assert paid(settle(of, bills, "registered_poor"), "bottom_line") == ["0.00", "0.00", "0.01", "4000.00"]
    assert paid(settle(of, bills), "bottom_line") == [None] * 4
    together = settle(of, bill("2017-06-01", "2999.99"), "registered_poor")
    assert total(together, "bottom_line") == "0.00"


@pytest.mark.parametrize(
    ("burden", "ordinary", "tilted"),
    [
        ("2499.99", "0.00", "0.00"),
        ("2500.00", "0.00", "0.00"),
        ("2500.01", "0.00", "0.01"),  # 0.65 fen
        ("4999.99", "0.00", "1624.99"),  # 1624.9935
        ("5000.00", "0.00", "1625.00"),
        ("5000.01", "0.01", "1625.01"),  # 0.6 fen
        ("12499.99", "4499.99", "6499.99"),  # tilted bands end at 12,500, 22,500, ...
        ("12500.00", "4500.00", "6500.00"),
        ("12600.00", "4560.00", "6570.00"),
        ("14999.99", "5999.99", "8249.99"),
        ("15000.00", "6000.00", "8250.00"),
        ("15100.00", "6065.00", "8320.00"),
        ("25000.00", "12500.00", "15375.00"),  # + 2,500 x 75 %
        ("25100.00", "12570.00", "15450.00"),
        ("55000.00", "33500.00", "38000.00"),
        ("55100.00", "33575.00", "38080.00"),
        ("105000.00", "71000.00", "78125.00"),
        ("105100.00", "71080.00", "78210.00"),
        ("120000.00", "83000.00", "90875.00"),
    ],
)
def test_gansu_2022_critical_illness(burden: str, ordinary: str, tilted: str) -> None:
    of, bill = rules(GANSU, "2022-07-01"), claim("2022-07-01", burden)
    assert total(settle(of, bill), "critical_illness") == ordinary
    for group in ("dibao", "tekun", "orphan", "returned_to_poverty"):
        assert total(settle(of, bill, group), "critical_illness") == tilted
    assert total(settle(of, bill, "dibao", "tekun", "orphan"), "critical_illness") == tilted  # once, not the sum
    assert total(settle(of, bill, "monitored"), "critical_illness") == ordinary


def test_gansu_2022_bands_and_deductible_run_over_the_year() -> None:
    bills = [claim("2022-02-01", "8000"), claim("2022-03-01", "12000"), claim("2023-03-01", "8000")]
    outcome = settle(rules(GANSU, "2022-07-01"), bills)
    # 3,000 x 60 %; 7,000 x 60 % + 5,000 x 65 %; a new year, a new deductible
    assert paid(outcome, "critical_illness") == ["1800.00", "7450.00", "1800.00"]


@pytest.mark.parametrize(
    ("group", "burden", "assistance", "own"),
    [
        ("orphan", "20000", "8250.00", "0.00"),
        ("tekun", "20000", "8250.00", "0.00"),  # 20,000 - (6,500 + 7,500 x 70 %) in full
        ("dibao", "120000", "20387.50", "8737.50"),  # 29,125 x 70 %
        ("returned_to_poverty", "20000", "5775.00", "2475.00"),
        ("monitored", "20000", "6450.00", "4300.00"),  # (20,000 - 9,250) x 60 %
        ("dibao", "500000", "50000.00", "36125.00"),  # 86,125 x 70 % = 60,287.50, capped
    ],
)
def test_gansu_2022_medical_assistance(group: str, burden: str, assistance: str, own: str) -> None:
    outcome = settle(rules(GANSU, "2022-07-01"), claim("2022-07-01", burden), group)
    assert total(outcome, "medical_assistance") == assistance
    assert total(outcome, "out_of_pocket") == own


def test_gansu_2022_assistance_is_not_for_everybody() -> None:
    of, bill = rules(GANSU, "2022-07-01"), claim("2022-07-01", "20000")
    assert total(settle(of, bill), "medical_assistance") is None
    assert total(settle(of, bill, "escaped_poverty"), "medical_assistance") is None


# --- Hubei ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("burden", "in_2016", "poor_2018", "in_2022", "protected_2022"),
    [
        ("4999.99", "0.00", "0.00", "0.00", "0.00"),
        ("5000.00", "0.00", "0.00", "0.00", "0.00"),
        ("5000.01", "0.00", "0.01", "0.00", "0.00"),
        ("5999.99", "0.00", "599.99", "0.00", "0.00"),
        ("6000.00", "0.00", "600.00", "0.00", "0.00"),
        ("6000.01", "0.00", "600.01", "0.00", "0.01"),
        ("11999.99", "0.00", "4199.99", "0.00", "3599.99"),
        ("12000.00", "0.00", "4200.00", "0.00", "3600.00"),
        ("12000.01", "0.01", "4200.01", "0.01", "3600.01"),
        ("29999.99", "9899.99", "14999.99", "10799.99", "14399.99"),
        ("30000.00", "9900.00", "15000.00", "10800.00", "14400.00"),
        ("30000.01", "9900.01", "15000.01", "10800.01", "14400.01"),
        ("30100.00", "9965.00", "15070.00", "10865.00", "14465.00"),
        ("100000.00", "55400.00", "64000.00", "56300.00", "59900.00"),
        ("100100.00", "55475.00", "64080.00", "56375.00", "59975.00"),
        ("150000.00", "92900.00", "104000.00", "93800.00", "97400.00"),
        ("426133.33", "300000.00", "324906.66", "300900.00", "304500.00"),
        ("500000.00", "300000.00", "350000.00", "356300.00", "359900.00"),  # the least caps that the notices allow
    ],
)
def test_hubei(burden: str, in_2016: str, poor_2018: str, in_2022: str, protected_2022: str) -> None:
    def of(year: str, *groups: str) -> str | None:
        return total(settle(rules(HUBEI, f"{year}-07-01"), claim(f"{year}-07-01", burden), *groups), "critical_illness")

    assert of("2016") == of("2018") == in_2016
    assert of("2016", "registered_poor") == in_2016
    assert of("2018", "registered_poor") == poor_2018
    assert of("2022") == in_2022
    for group in ("tekun", "dibao", "returned_to_poverty"):
        assert of("2022", group) == protected_2022


def test_hubei_published_example() -> None:
    """A burden of 150,000 gives 93,800: 18,000 at 60 %, 70,000 at 65 %, 50,000 at 75 %."""
    outcome = settle(rules(HUBEI, "2024-03-04"), claim("2024-03-04", "150000"))
    assert total(outcome, "critical_illness") == "93800.00"
    slices = [outcome.claims[0].trace[f"health.critical_illness.bands.1.slice.{n}"] for n in (1, 2, 3)]
    assert slices == [18_000_00, 70_000_00, 50_000_00]


def test_hubei_2018_as_known_before_the_poor_got_a_schedule_of_their_own() -> None:
    bill = claim("2018-03-01", "30000")
    before = pp.load(HUBEI, on="2018-03-01", known="2018-07-10")
    after = pp.load(HUBEI, on="2018-03-01", known="2018-07-11")
    assert total(settle(before, bill, "registered_poor"), "critical_illness") == "9900.00"
    assert total(settle(after, bill, "registered_poor"), "critical_illness") == "15000.00"


# --- Xingtai ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_scope", "other", "basic", "bottom_line", "own"),
    [
        ("15000", "5000", "15000", "4000.00", "1000.00"),
        ("20000", "0", "18999.99", "0.01", "1000.00"),
        ("20000", "0", "19000", "0.00", "1000.00"),
        ("20000", "0", "19000.01", "0.00", "999.99"),
        ("333.33", "0", "0", "316.66", "16.67"),  # 316.6635
    ],
)
def test_xingtai_fills_to_95_percent(in_scope: str, other: str, basic: str, bottom_line: str, own: str) -> None:
    bill = claim(
        "2018-07-01", in_scope, cost={"out_of_catalogue": other},
        paid={"basic": basic, "critical_illness": "0", "medical_assistance": "0"},
    )  # fmt: skip
    outcome = settle(rules(XINGTAI, "2018-07-01"), bill, "registered_poor")
    assert total(outcome, "bottom_line") == bottom_line
    assert total(outcome, "out_of_pocket") == own


def test_xingtai_guarantees_the_registered_poor_only() -> None:
    bill = claim("2018-07-01", "1000", paid={"basic": "0", "critical_illness": "0"})
    assert total(settle(rules(XINGTAI, "2018-07-01"), bill), "bottom_line") is None


# --- Luxi -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "expected"), [("2014", ["2000.00", "1000.00"]), ("2015", ["3000.00", "1000.00"])])
def test_luxi_chronic_outpatient_before_and_after(year: str, expected: list[str]) -> None:
    costs = ("5000", "4000")
    bills = [claim(f"{year}-0{n}-01", cost, kind="outpatient_chronic", paid={}) for n, cost in enumerate(costs, 3)]
    for one in bills:
        one["facility_level"] = "township"
    assert paid(settle(rules(LUXI, f"{year}-06-01"), bills, insurance="ncms"), "chronic_outpatient") == expected


def test_luxi_cap_to_the_fen() -> None:
    of = rules(LUXI, "2015-06-01")
    for cost, expected in (("6666.66", "4000.00"), ("6666.65", "3999.99"), ("6666.67", "4000.00"), ("9000", "4000.00")):
        bill = claim("2015-06-01", cost, kind="outpatient_chronic", paid={}, facility_level="county")
        assert total(settle(of, bill, insurance="ncms"), "chronic_outpatient") == expected


def test_luxi_county_hospital_without_deductible() -> None:
    of = rules(LUXI, "2015-06-01")
    bill = claim("2015-06-01", "10000", paid={}, facility_level="county")
    with pytest.raises(UnspecifiedError) as poor:
        settle(of, bill, "dibao", insurance="ncms")
    assert "health.basic.rate" in str(poor.value)
    assert "health.basic.deductible" not in str(poor.value)  # it is zero for them, and zero is a value
    with pytest.raises(UnspecifiedError, match=r"health\.basic\.deductible\.county\.default"):
        settle(of, bill, insurance="ncms")
    known = of.reform({"health.basic.rate": "60%", "health.critical_illness.deductible": "1000 元"})
    for group in ("dibao", "five_guarantees"):
        outcome = settle(known, bill, group, insurance="ncms")
        assert total(outcome, "basic") == "6000.00"
        assert total(outcome, "critical_illness") == "1500.00"  # (4,000 - 1,000) x 50 %
    with pytest.raises(UnspecifiedError, match=r"health\.basic\.deductible\.default"):
        settle(known, {**bill, "facility_level": "city"}, "dibao", insurance="ncms")


@pytest.mark.parametrize(
    ("lefts", "expected"),
    [
        (["61000"], ["31000.00"]),  # 50,000 x 50 % + 10,000 x 60 %
        (["51000"], ["25000.00"]),
        (["51100"], ["25060.00"]),
        (["101000"], ["55000.00"]),
        (["101100"], ["55070.00"]),
        (["400000"], ["250000.00"]),
        (["800", "300"], ["0.00", "50.00"]),
        (["300000", "200000"], ["194300.00", "55700.00"]),
    ],
)
def test_luxi_critical_illness_once_the_deductible_is_known(lefts: list[str], expected: list[str]) -> None:
    known = rules(LUXI, "2015-06-01").reform(
        {"health.basic.rate": "0%", "health.basic.deductible": "0 元", "health.critical_illness.deductible": "1000 元"}
    )
    bills = [claim("2015-06-01", left, paid={}, facility_level="county") for left in lefts]
    assert paid(settle(known, bills, "dibao", insurance="ncms"), "critical_illness") == expected


# --- Shuangyashan, Raohe, Jixian --------------------------------------------------------------------------

POOR_2016 = {"critical_illness": "0", "medical_assistance": "0"}


def bill_2016(in_scope: str, **facts: Any) -> dict[str, Any]:
    where = {"facility_level": "county", "facility_grade": "grade_2", "facility": "other", "area": "in_county"}
    return claim("2016-07-01", in_scope, **{"paid": POOR_2016, "charges": {}, **where, **facts})


CHARGES = {"registration": "10", "consultation": "20", "bed": "1000", "large_equipment": "600", "intervention": "2000"}


@pytest.mark.parametrize(
    ("facility", "grade", "expected"),
    [
        ("city_peoples_hospital", "grade_3", "590.00"),  # 10 + 20 + 300 + 60 + 200
        ("双鸭山市人民医院", "grade_3", "590.00"),
        ("other", "grade_2", "490.00"),  # the bed fee by 20 %
        ("other", "grade_1", None),  # the notice is for hospitals of grade II and above
    ],
)
@pytest.mark.parametrize("place", [SHUANGYASHAN, RAOHE, JIXIAN])
def test_fee_waiver(place: str, facility: str, grade: str, expected: str | None) -> None:
    of = rules(place, "2016-07-01")
    bill = bill_2016(
        "5000", facility=facility, facility_grade=grade, charges={"in_scope": CHARGES}, paid={"medical_assistance": "0"}
    )
    outcome = settle(of, bill, "registered_poor", insurance="employee")
    assert total(outcome, "fee_waiver") == expected
    assert total(outcome, "out_of_pocket") == pp.Money(f"{5000 - float(expected or 0):.2f}").plain()
    not_poor = {**bill, "paid": {}}
    assert total(settle(of, not_poor, insurance="employee"), "fee_waiver") is None


@pytest.mark.parametrize("place", [SHUANGYASHAN, RAOHE, JIXIAN])
def test_the_basic_tariff_is_open(place: str) -> None:
    bill = bill_2016("10300", paid={"medical_assistance": "0"} if place == JIXIAN else POOR_2016)
    with pytest.raises(UnspecifiedError) as error:
        settle(rules(place, "2016-07-01"), bill, "registered_poor", insurance="ncms")
    for text in (error.value.text("en"), error.value.text("zh")):
        assert "health.basic.rate" in text
        assert "health.basic.deductible" in text
        assert 'rules.reform({"health.basic.rate": …})' in text
    assert "《" in error.value.text("zh")  # the document that leaves it open


def test_shuangyashan_with_the_tariff_supplied() -> None:
    of = rules(SHUANGYASHAN, "2016-07-01")
    known = of.reform({"health.basic.rate": {"county": "80%", "default": "60%"}, "health.basic.deductible": "300 元"})
    poor = settle(known, bill_2016("10300"), "registered_poor", insurance="ncms")
    assert total(poor, "basic") == "8500.00"  # 10,000 x (80 + 5) %
    other = settle(known, bill_2016("10300", paid={"critical_illness": "0"}), insurance="ncms")
    assert total(other, "basic") == "8000.00"
    city = settle(known, bill_2016("10300", facility_level="city"), "registered_poor", insurance="ncms")
    assert total(city, "basic") == "6500.00"
    at_most = known.reform({"health.basic.rate.county": "98%"})
    full = settle(at_most, bill_2016("10300"), "registered_poor", insurance="ncms")
    assert total(full, "basic") == "10000.00"  # never more than 100 %


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        (["12064.69"], ["9999.99"]),  # 11,764.69 x 85 % = 9,999.9865
        (["12064.72"], ["10000.00"]),  # 10,000.012
        (["20300"], ["10000.00"]),
        (["10300", "10300"], ["8500.00", "1500.00"]),
    ],
)
def test_raohe_county_inpatient_cap(costs: list[str], expected: list[str]) -> None:
    known = rules(RAOHE, "2016-07-01").reform({"health.basic.rate": "80%", "health.basic.deductible": "300 元"})
    outcome = settle(known, [bill_2016(cost) for cost in costs], "registered_poor", insurance="ncms")
    assert paid(outcome, "basic") == expected


def test_raohe_other_caps_are_open() -> None:
    known = rules(RAOHE, "2016-07-01").reform({"health.basic.rate": "80%", "health.basic.deductible": "300 元"})
    city = bill_2016("10300", facility_level="city")
    with pytest.raises(UnspecifiedError, match=r"health\.basic\.caps\.1\.amount\.default"):
        settle(known, city, "registered_poor", insurance="ncms")
    more = known.reform({"health.basic.caps.1.amount.default": "none"})
    assert total(settle(more, city, "registered_poor", insurance="ncms"), "basic") == "8500.00"


def test_raohe_township_outpatient_cap() -> None:
    known = rules(RAOHE, "2016-07-01").reform(
        {"health.outpatient_pooling.rate": "50%", "health.outpatient_pooling.deductible": "0 元"}
    )
    bills = [
        bill_2016(cost, kind="outpatient", facility_level="township") for cost in ("1000", "399.99", "0.02", "100")
    ]
    outcome = settle(known, bills, "registered_poor", insurance="ncms")
    assert paid(outcome, "outpatient_pooling") == ["500.00", "200.00", "0.00", "0.00"]


@pytest.mark.parametrize(
    ("level", "area", "expected"),
    [
        ("township", "in_county", "7500.00"),
        ("county", "in_county", "8000.00"),
        ("county", "in_prefecture", "7500.00"),
        ("city", "in_prefecture", "7500.00"),
        ("province", "out_of_province", "7500.00"),
    ],
)
def test_jixian_uplift(level: str, area: str, expected: str) -> None:
    known = rules(JIXIAN, "2016-07-01").reform(
        {
            "health.basic.rate": "70%",
            "health.basic.deductible": "0 元",
            "health.critical_illness.deductible": "10000 元",
            "health.critical_illness.bands.1.edges.1.rate": "50%",
        }
    )
    bill = bill_2016("10000", facility_level=level, area=area, paid={"medical_assistance": "0"})
    assert total(settle(known, bill, "registered_poor", insurance="ncms"), "basic") == expected
    assert total(settle(known, {**bill, "paid": {}}, insurance="ncms"), "basic") == "7000.00"
    large = bill_2016("2000000", facility_level="province", area="out_of_province", paid={"medical_assistance": "0"})
    outcome = settle(known, large, "registered_poor", insurance="ncms")
    assert total(outcome, "critical_illness") == "200000.00"  # (500,000 - 10,000) x 50 % = 245,000, capped
    twice = settle(known, [large, large], "registered_poor", insurance="ncms")
    assert paid(twice, "critical_illness") == ["200000.00", "0.00"]


# --- Anhui ------------------------------------------------------------------------------------------------

NOTHING = {"basic": "0", "critical_illness": "0", "medical_assistance": "0"}


def stay(date: str, level: str, in_scope: str, **facts: Any) -> dict[str, Any]:
    return claim(date, in_scope, **{"facility_level": level, "area": "in_province", "paid": NOTHING, **facts})


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ([("county", "2999.99")], ["0.00"]),
        ([("county", "3000.00")], ["0.00"]),
        ([("county", "3000.01")], ["0.01"]),
        ([("township", "3500")], ["500.00"]),
        ([("city", "5000.01")], ["0.01"]),
        ([("province", "10000.01")], ["0.01"]),
        ([("county", "2000"), ("county", "2500"), ("county", "100")], ["0.00", "1500.00", "100.00"]),
        # 3,000 are used up when the provincial hospital's ceiling of 10,000 comes in
        ([("county", "2000"), ("county", "2500"), ("province", "9000")], ["0.00", "1500.00", "2000.00"]),
        # and 10,000 used up leave nothing under the county's
        ([("province", "12000"), ("county", "500"), ("city", "0.01")], ["2000.00", "500.00", "0.01"]),
        ([("city", "4000"), ("county", "100"), ("city", "1500")], ["0.00", "100.00", "500.00"]),
    ],
)
def test_anhui_ceilings_are_carried_over_the_year(stays: list[tuple[str, str]], expected: list[str]) -> None:
    bills = [stay(f"2018-0{n}-01", level, cost) for n, (level, cost) in enumerate(stays, 1)]
    assert paid(settle(rules(ANHUI, "2018-07-01"), bills, "registered_poor"), "bottom_line") == expected


def test_anhui_ceiling_starts_again_in_the_new_year() -> None:
    bills = [stay("2018-12-31", "county", "4000"), stay("2019-01-01", "county", "4000")]
    outcome = settle(rules(ANHUI, "2018-07-01"), bills, "registered_poor")
    assert paid(outcome, "bottom_line") == ["1000.00", "1000.00"]


def test_anhui_reported_case_of_huangshan() -> None:
    """Two stays in a provincial hospital in 2017: 10,000 paid at the first, nothing more at the second."""
    first = stay("2017-05-01", "province", "26000", paid={**NOTHING, "basic": "13000"})
    second = stay("2017-08-01", "province", "88404.89", paid={**NOTHING, "basic": "50000", "critical_illness": "20000"})
    outcome = settle(rules(ANHUI, "2017-07-01"), [first, second], "registered_poor")
    assert paid(outcome, "out_of_pocket") == ["10000.00", "0.00"]
    assert paid(outcome, "bottom_line") == ["3000.00", "18404.89"]


def test_anhui_180() -> None:
    bills = [stay(f"2018-0{n}-01", "county", "2000.01", kind="outpatient_chronic") for n in (1, 2)]
    outcome = settle(rules(ANHUI, "2018-07-01"), bills, "registered_poor")
    assert paid(outcome, "bottom_line") == ["0.00", "1000.02"]  # 4,000.02 in the year, 3,000 borne
    assert paid(outcome, "chronic_outpatient") == ["1600.01", "799.99"]  # 1,600.008; 999.99 x 80 % = 799.992
    assert total(settle(rules(ANHUI, "2018-07-01"), stay("2018-01-01", "county", "900"), "registered_poor"),
                 "chronic_outpatient") is None  # fmt: skip


def test_anhui_nothing_of_it_outside_the_province() -> None:
    away = stay("2018-01-01", "province", "50000", area="out_of_province", paid={"basic": "0", "critical_illness": "0"})
    outcome = settle(rules(ANHUI, "2018-07-01"), away, "registered_poor")
    assert total(outcome, "bottom_line") is None
    assert total(outcome, "out_of_pocket") == "50000.00"
    assert (
        total(settle(rules(ANHUI, "2018-07-01"), {**away, "paid": NOTHING}, "registered_poor"), "bottom_line") is None
    )
    with pytest.raises(InputError, match="medical_assistance"):
        settle(rules(ANHUI, "2018-07-01"), {**away, "paid": NOTHING | {"medical_assistance": "1"}}, "registered_poor")


# --- Shanxi -----------------------------------------------------------------------------------------------


def yonghe(date: str, in_scope: str, basic: str, critical_illness: str = "0", **facts: Any) -> dict[str, Any]:
    paid_before = {"basic": basic, "critical_illness": critical_illness}
    return claim(date, in_scope, **{"facility_level": "county", "paid": paid_before, **facts})


def test_shanxi_reported_case_of_yonghe() -> None:
    """County hospital: 1,000 by the ceiling, 300 after assistance; a further stay in the year costs nothing."""
    bills = [yonghe("2018-03-01", "20000", "14000", "2000"), yonghe("2018-09-01", "5000", "3750")]
    outcome = settle(rules(SHANXI, "2018-07-01"), bills, "registered_poor")
    assert paid(outcome, "bottom_line") == ["3000.00", "1250.00"]
    assert paid(outcome, "medical_assistance") == ["700.00", "0.00"]
    assert paid(outcome, "out_of_pocket") == ["300.00", "0.00"]


@pytest.mark.parametrize(
    ("level", "left", "borne"),
    [
        ("county", "999.99", "999.99"),
        ("county", "1000.00", "1000.00"),
        ("county", "1000.01", "1000.00"),
        ("township", "1500", "1000.00"),
        ("city", "3000.01", "3000.00"),
        ("province", "6000.01", "6000.00"),
    ],
)
def test_shanxi_ceilings(level: str, left: str, borne: str) -> None:
    outcome = settle(
        rules(SHANXI, "2018-07-01"), yonghe("2018-03-01", left, "0", facility_level=level), "registered_poor"
    )
    own, assistance = outcome["health.out_of_pocket"], outcome["health.medical_assistance"]
    assert isinstance(own, pp.Money)
    assert isinstance(assistance, pp.Money)
    assert (own + assistance).plain() == borne


def test_shanxi_what_is_outside_the_catalogue() -> None:
    bill = yonghe("2018-03-01", "20000", "16000", cost={"out_of_catalogue": "1000", "category_b_first": "500"})
    outcome = settle(rules(SHANXI, "2018-07-01"), bill, "registered_poor")
    assert total(outcome, "bottom_line") == "3500.00"  # 4,000 + 500 - 1,000
    assert total(outcome, "out_of_catalogue_supplement") == "850.00"
    assert total(outcome, "medical_assistance") == "805.00"  # (1,000 + 150) x 70 %
    assert total(outcome, "out_of_pocket") == "345.00"


@pytest.mark.parametrize(("group", "late", "grant"), [("registered_poor", True, "5,000.00"), ("student", True, "None")])
def test_shanxi_grant_and_premium(group: str, late: bool, grant: str) -> None:
    patient = {"groups": [group], "facts": {"late_stage_listed": late, "premium": "180"}}
    outcome = rules(SHANXI, "2018-07-01").assess({"on": "2018-07-01", "members": [patient]})
    assert str(outcome["benefit.late_stage_grant"]) == grant
    if grant != "None":
        assert str(outcome["benefit.premium"]) == "180.00"


def test_shanxi_ceiling_is_carried_across_levels() -> None:
    bills = [yonghe("2018-03-01", "5000", "0"), yonghe("2018-04-01", "5000", "0", facility_level="city")]
    outcome = settle(rules(SHANXI, "2018-07-01"), bills, "registered_poor")
    assert paid(outcome, "bottom_line") == ["4000.00", "3000.00"]  # 1,000 borne, then 2,000 up to the city's 3,000


def test_shanxi_is_for_the_registered_poor_and_stays() -> None:
    of = rules(SHANXI, "2018-07-01")
    assert total(settle(of, yonghe("2018-03-01", "5000", "0")), "bottom_line") is None
    visit = yonghe("2018-03-01", "5000", "0", kind="outpatient")
    assert total(settle(of, visit, "registered_poor"), "bottom_line") is None
