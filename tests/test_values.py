"""Values that differ by group, facility, age …: how they are written, which one holds, and when none does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poverty_policy as pp
from poverty_policy.errors import InputError
from poverty_policy.money import Money, Rate
from poverty_policy.policy.values import Leaf, Rounding, Varied, leaves, parse, read_rounding

SOURCE = pp.Source(title="通知", status="in_force", grade="primary")


def rules_with(**stated: Any) -> pp.RuleSet:
    """One layer with these settings."""
    layer = pp.Layer(layer="basic", **({} if "bands" in stated else {"rate": "100%"}) | stated)
    return pp.compose(
        pp.Cascade([layer]), place="henan", valid_from="2018-01-01", valid_to="2018-12-31", source=SOURCE, title="练习"
    )


def deductible(written: Any, groups: tuple[str, ...] = (), **facts: Any) -> str:
    """The deductible that holds for somebody."""
    person = {name: facts.pop(name) for name in ("birth_date", "insurance") if name in facts}
    claim = {"date": "2018-07-01", "kind": "inpatient", "cost": {"in_scope": 1_000_000}, **facts}
    outcome = rules_with(deductible=written).assess({"groups": list(groups), **person, "claims": [claim]})
    return Money.of_fen(outcome.claims[0].trace["health.basic.deductible_line"]).plain()


def rate(written: Any, *groups: str) -> str:
    """The rate that holds for somebody."""
    claim = {"date": "2018-07-01", "kind": "inpatient", "cost": {"in_scope": 100}}
    outcome = rules_with(rate=written).assess({"groups": list(groups), "claims": [claim]})
    return str(Rate.of_parts(outcome.claims[0].trace["health.basic.rate"]))


# --- one value, and values by case ------------------------------------------------------------------------


def test_one_value_holds_for_all() -> None:
    assert deductible("500 元") == "500.00"
    assert deductible(500, groups=("dibao",)) == "500.00"


def test_default_holds_for_those_who_are_not_named() -> None:
    by_level = {"township": 200, "county": 500, "default": 1000}
    assert deductible(by_level, facility_level="township") == "200.00"
    assert deductible(by_level, facility_level="province") == "1000.00"


def test_several_names_share_a_value() -> None:
    by_level = {"township ,village": 200, "county": 500, "city,province": 1000}
    assert deductible(by_level, facility_level="village") == "200.00"
    assert deductible(by_level, facility_level="province") == "1000.00"


def test_of_a_mapping_in_which_all_are_named_the_order_is_nothing() -> None:
    by_level = {"village": 1, "township": 2, "county": 3, "city": 4, "province": 5}
    for level, amount in by_level.items():
        assert deductible(by_level, facility_level=level) == f"{amount}.00"
        assert deductible(dict(reversed(by_level.items())), facility_level=level) == f"{amount}.00"


@pytest.mark.parametrize(
    ("written", "facts", "holds"),
    [
        ({"in_county": 1, "default": 2}, {"area": "in_county"}, "1.00"),
        ({"grade_3": 1, "default": 2}, {"facility_grade": "grade_3"}, "1.00"),
        ({"referred": 1, "default": 2}, {"referral": "not_referred"}, "2.00"),
        ({"inpatient": 1, "default": 2}, {}, "1.00"),
        ({"employee": 1, "default": 2}, {"insurance": "employee"}, "1.00"),
        ({"age<18": 1, "default": 2}, {"birth_date": "2000-07-02"}, "1.00"),
        ({"age<18": 1, "default": 2}, {"birth_date": "2000-07-01"}, "2.00"),
        ({"age >= 60": 1, "default": 2}, {"birth_date": "1958-07-01"}, "1.00"),
        ({"age >= 60": 1, "default": 2}, {"birth_date": "1958-07-02"}, "2.00"),
        ({"age<6": 1, "age<18": 2, "default": 3}, {"birth_date": "2015-01-01"}, "1.00"),
    ],
)
def test_cases_are_told_apart_by_one_thing(written: Mapping[str, Any], facts: dict[str, Any], holds: str) -> None:
    assert deductible(written, **facts) == holds


def test_where_a_value_differs_by_two_things_they_are_nested() -> None:
    nested = {"dibao": {"township": 0, "default": 100}, "default": {"township": 200, "default": 500}}
    assert deductible(nested, groups=("dibao",), facility_level="township") == "0.00"
    assert deductible(nested, groups=("dibao",), facility_level="city") == "100.00"
    assert deductible(nested, facility_level="township") == "200.00"
    assert deductible(nested, facility_level="city") == "500.00"


# --- several groups at once -------------------------------------------------------------------------------


def test_the_most_favourable_is_the_lowest_deductible_and_the_highest_rate() -> None:
    low = {"dibao": 300, "tekun": 100, "monitored": 200, "default": 500}
    assert deductible(low, groups=("dibao", "tekun", "monitored")) == "100.00"
    high = {"dibao": "60%", "tekun": "90%", "default": "50%"}
    assert rate(high, "tekun", "dibao") == "90%"
    assert rate({**high, "several": "most_favourable"}, "dibao", "tekun") == "90%"


def test_belonging_to_a_group_never_takes_away_what_everybody_has() -> None:
    assert deductible({"dibao": 600, "default": 500}, groups=("dibao",)) == "500.00"
    assert rate({"dibao": "40%", "default": "50%"}, "dibao") == "50%"
    assert rate({"several": "first", "dibao": "40%", "default": "50%"}, "dibao") == "40%"


def test_the_first_listed_holds_where_the_file_says_so() -> None:
    first = {"several": "first", "dibao": "60%", "tekun": "90%", "default": "50%"}
    assert rate(first, "tekun", "dibao") == "60%"
    assert rate(first, "tekun") == "90%"
    assert rate(first) == "50%"


def test_values_add_up_where_the_file_says_so() -> None:
    added = {"several": "sum", "dibao": "60%", "tekun": "30%", "default": "50%"}
    assert rate(added, "dibao", "tekun") == "90%"
    assert rate(added, "dibao") == "60%"
    assert rate(added) == "50%"


def test_the_most_favourable_of_nested_values_is_the_one_that_holds_here() -> None:
    nested = {"dibao": {"township": 0, "default": 400}, "tekun": 100, "default": 500}
    assert deductible(nested, groups=("dibao", "tekun"), facility_level="township") == "0.00"
    assert deductible(nested, groups=("dibao", "tekun"), facility_level="city") == "100.00"


@settings(deadline=None, max_examples=40)
@given(
    held=st.lists(st.sampled_from(["dibao", "tekun", "monitored", "orphan"]), unique=True),
    amounts=st.lists(st.integers(0, 900), min_size=4, max_size=4),
    default=st.integers(0, 900),
)
def test_the_most_favourable_is_the_minimum(held: list[str], amounts: list[int], default: int) -> None:
    written = dict(zip(["dibao", "tekun", "monitored", "orphan"], amounts, strict=True))
    best = min([default, *(written[group] for group in held)])
    assert deductible({**written, "default": default}, groups=tuple(held)) == f"{best}.00"


# --- what is not said -------------------------------------------------------------------------------------


def test_who_is_not_named_is_refused_where_it_matters_only() -> None:
    rules = rules_with(deductible={"dibao": 100, "tekun": 0})
    claim = {"date": "2018-07-01", "kind": "inpatient", "cost": {"in_scope": 1_000}}
    nothing = {**claim, "cost": {"out_of_catalogue": 1_000}}
    assert str(rules.assess({"groups": ["dibao"], "claims": [claim]})["health.basic"]) == "900.00"
    assert str(rules.assess({"groups": [], "claims": [nothing]})["health.basic"]) == "0.00"
    with pytest.raises(pp.UnspecifiedError, match=r"health\.basic\.deductible says nothing of other cases"):
        rules.assess({"groups": [], "claims": [claim]})


def test_an_unspecified_case_is_refused_for_those_whom_it_concerns_only() -> None:
    written = {"dibao": "unspecified", "tekun": "0 元", "default": "500 元"}
    assert deductible(written) == "500.00"
    assert deductible(written, groups=("tekun",)) == "0.00"
    with pytest.raises(pp.UnspecifiedError, match=r"health\.basic\.deductible\.dibao is unspecified"):
        deductible(written, groups=("dibao",))
    with pytest.raises(pp.UnspecifiedError):  # which of the two is the better, nobody knows
        deductible({**written, "tekun": "10 元"}, groups=("dibao", "tekun"))


def test_a_rate_is_asked_for_where_something_lies_in_its_band_only() -> None:
    bands = pp.Schedule(measured_from="zero", edges=[pp.Band(up_to="1000 元", rate="50%"), pp.Band(rate="unspecified")])
    rules = rules_with(bands=bands)
    claim = {"date": "2018-07-01", "kind": "inpatient", "cost": {"in_scope": 1_000}}
    assert str(rules.assess({"groups": [], "claims": [claim]})["health.basic"]) == "500.00"
    with pytest.raises(pp.UnspecifiedError, match=r"bands\.1\.edges\.2\.rate is unspecified"):
        rules.assess({"groups": [], "claims": [{**claim, "cost": {"in_scope": "1000.01"}}]})


def test_no_cap_is_no_open_figure() -> None:
    rules = rules_with(caps=[pp.Cap(amount={"dibao": "none", "default": 100})])
    claim = {"date": "2018-07-01", "kind": "inpatient", "cost": {"in_scope": 5_000_000}}
    assert str(rules.assess({"groups": ["dibao"], "claims": [claim]})["health.basic"]) == "5,000,000.00"
    assert str(rules.assess({"groups": [], "claims": [claim]})["health.basic"]) == "100.00"
    assert parse("none", Money) == Leaf(None, unlimited=True)


# --- shares of an index -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ({"share": "10%", "of": "11697 元"}, "1169.70"),
        ({"share": "10%", "of": "11697 元", "rounding": "yuan"}, "1170.00"),
        ({"share": "10%", "of": "11697 元", "rounding": "yuan down"}, "1169.00"),
        ({"share": "10%", "of": "11697 元", "rounding": "10 yuan up"}, "1170.00"),
        ({"share": "10%", "of": "11697 元", "rounding": "100 yuan"}, "1200.00"),
        ({"share": "10%", "of": "11697 元", "rounding": {"to": "jiao", "mode": "up"}}, "1169.70"),
        ({"share": "33.33%", "of": "0.01 元"}, "0.00"),
        ({"share": "50%", "of": "0.01 元"}, "0.01"),
    ],
)
def test_an_amount_may_be_a_share_of_an_index(written: dict[str, Any], amount: str) -> None:
    assert deductible(written) == amount
    assert deductible({"dibao": 0, "default": {**written, "index": "rural_income"}}) == amount


def test_a_share_remembers_how_it_came_about() -> None:
    leaf = parse({"share": "10%", "of": 11697, "rounding": "yuan", "index": "income", "note": "x"}, Money)
    assert leaf == Leaf(
        Money(1170), share=Rate("10%"), of=Money(11697), index="income", rounding=Rounding("yuan"), note="x"
    )


# --- how they are written ---------------------------------------------------------------------------------


def test_reading_keeps_the_shape() -> None:
    value = parse({"several": "first", "a, b": {"c": 1, "default": 2}, "default": {"value": 3, "note": "n"}}, Money)
    assert isinstance(value, Varied)
    assert value.several == "first"
    assert [(path, str(leaf)) for path, leaf in leaves(value)] == [
        (("default",), "3.00"),
        (("a, b", "default"), "2.00"),
        (("a, b", "c"), "1.00"),
    ]
    assert parse(value, Money) is value


@pytest.mark.parametrize(
    ("raw", "unit", "says"),
    [
        ({}, Money, "names no case"),
        ({"default": 1}, Money, "names no case"),
        ({"several": "first"}, Money, "names no case"),
        ({"several": "best", "a": 1}, Money, "no way of combining groups called 'best'"),
        ({"a": 1, "b, a": 2}, Money, "'a' is given twice"),
        ({"several": "sum", "a": "60%", "b": "50%"}, Rate, "several: together 110%, more than 100%"),
        ({1: 1}, Money, "a name must be text, not 1"),
        ({"a": {"b": {"c": {"d": {"e": 1}}}}}, Money, "nested deeper than 4 levels"),
        ({"a": None}, Money, "stand together in quotes"),
        ({"a": [1]}, Money, "a: [1] is not an amount of money"),
        ({"a": -1}, Money, "a: -1.00 is outside 0.00 to …"),
        ({"value": 1, "vlaue": 2}, Money, "'vlaue' is not a key known here"),
        ({"value": 1, "note": 5}, Money, "note: must be text"),
        ({"share": "10%"}, Money, "'of' is missing"),
        ({"share": "10%", "of": "income"}, Money, "'income' is not an amount"),
        ({"share": 10, "of": 5}, Money, "10 is not a rate"),
        ({"share": "10%", "of": 5, "rounding": "12 yuan"}, Money, "no unit to round to called '12 yuan'"),
        (
            {"share": "10%", "of": 5, "rounding": {"to": "yuan", "mode": "even"}},
            Money,
            "no way of rounding called 'even'",
        ),
        ({"share": "10%", "of": 5}, Rate, "only an amount can be a share of an index"),
        ("none", Rate, "not a rate"),
        ({"value": {"a": 1, "b": 2}}, Money, "nested deeper"),
        (True, Money, "True is not an amount"),
    ],
)
def test_what_is_written_wrongly_is_refused(raw: Any, unit: Any, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        parse(raw, unit, high=10_000 if unit is Rate else None)


def test_all_faults_of_a_value_are_found_together() -> None:
    with pytest.raises(InputError) as caught:
        parse({"a": "x", "b": {"c": "y", "default": 1}, "several": "z", "d": 1}, Money)
    assert [fault.at for fault in caught.value.faults] == [("several",), ("a",), ("b", "c")]


def test_one_mapping_goes_by_one_dimension() -> None:
    for mixed in ({"dibao": 1, "county": 2}, {"age<18": 1, "dibao": 2}, {"dibao": {"county": 1, "referred": 2}}):
        with pytest.raises(pp.RuleError, match="one mapping tells cases apart by one dimension"):
            rules_with(deductible=mixed)


def test_names_must_be_known() -> None:
    with pytest.raises(pp.RuleError, match=r"deductible: there is no name .*called 'countie'; did you mean 'county'"):
        rules_with(deductible={"countie": 1, "default": 2})
    with pytest.raises(pp.RuleError, match="'age > 60'"):
        rules_with(deductible={"age > 60": 1, "default": 2})


@pytest.mark.parametrize(
    ("written", "unit", "mode"),
    [
        ("fen", 1, "half_up"), ("yuan", 100, "half_up"), ("10 yuan up", 1_000, "up"), ("jiao down", 10, "down"),
        ({"to": "100 yuan"}, 10_000, "half_up"), ({"mode": "down"}, 1, "down"), (Rounding("yuan", "up"), 100, "up"),
    ],
)  # fmt: skip
def test_roundings_are_read(written: Any, unit: int, mode: str) -> None:
    found = read_rounding(written)
    assert (found.unit, found.mode) == (unit, mode)


@pytest.mark.parametrize("written", ["", "up", "yuan even", "5 yuan", None, 10, {"to": "yuan", "way": "up"}, ["yuan"]])
def test_other_roundings_are_refused(written: Any) -> None:
    with pytest.raises(InputError):
        read_rounding(written)
