"""What differs between two rule sets is listed value by value, with both sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import poverty_policy as pp
from making import from_python, rule_file, write
from poverty_policy.cli import main

BASE: dict[str, Any] = {
    "layer": "critical_illness", "per": "year", "deductible": {"dibao": "5000 元", "default": "1 万元"},
    "bands": {"measured_from": "zero", "edges": [{"up_to": "5 万元", "rate": "50%"}, {"rate": "60%"}]},
}  # fmt: skip


def layer(**changed: Any) -> pp.RuleSet:
    return from_python(pp.Layer(**{**BASE, **changed}))


def told(one: pp.RuleSet, other: pp.RuleSet) -> dict[str, tuple[str | None, str | None]]:
    return {
        found.name.removeprefix("health.critical_illness."): (
            found.before.text("en") if found.before else None, found.after.text("en") if found.after else None,
        )
        for found in one.diff(other)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {}),
        ({"note": "x", "reading": "y", "label": {"zh": "甲", "en": "a"}}, {}),
        ({"payers": None, "rounding": "fen half_up"}, {}),  # said or left to the default: the same rule
        ({"per": "claim"}, {"per": ("year", "claim")}),
        ({"deductible": {"dibao": "5000 元", "default": "12000 元"}},
         {"deductible.default": ("10,000.00 yuan", "12,000.00 yuan")}),
        ({"deductible": {"dibao, tekun": "5000 元", "default": "1 万元"}},
         {"deductible.tekun": ("10,000.00 yuan (all others)", "5,000.00 yuan")}),
        ({"deductible": {"dibao, tekun": "1 万元", "default": "1 万元"}},
         {"deductible.dibao": ("5,000.00 yuan", "10,000.00 yuan")}),
        ({"deductible": "1 万元"}, {"deductible.dibao": ("5,000.00 yuan", "10,000.00 yuan (all others)")}),
        ({"deductible": {"dibao": "unspecified", "default": "1 万元"}},
         {"deductible.dibao": ("5,000.00 yuan", "unspecified")}),
        ({"cap": "none"}, {"caps.1.amount.default": (None, "no cap"), "caps.1.on": (None, "payment"),
                           "caps.1.per": (None, "year")}),
        ({"when": {"groups": ["dibao"]}}, {"when.groups": (None, "dibao")}),
    ],
)  # fmt: skip
def test_each_difference_is_listed_once(changed: dict[str, Any], expected: dict[str, Any]) -> None:
    assert told(layer(), layer(**changed)) == expected
    back = {name: (after, before) for name, (before, after) in expected.items()}
    assert told(layer(**changed), layer()) == back


def test_entries_that_one_side_lacks_and_the_order_in_which_they_settle() -> None:
    one, two = pp.Layer(layer="basic", rate="70%"), pp.Layer(layer="supplementary", rate="50%")
    (order,) = from_python(one, two).diff(from_python(two, one))
    assert order.to_dict() == {
        "name": "health.order", "before": "basic → supplementary", "after": "supplementary → basic",
        "sources": [None, None],
    }  # fmt: skip
    found = from_python(one, two).diff(from_python(one))
    assert [each.name for each in found] == [
        "health.supplementary", "health.supplementary.rate.default",
    ]  # fmt: skip
    assert all(each.after is None for each in found)


@given(st.fixed_dictionaries({}, optional={
    "deductible": st.sampled_from(["1 元", "0 元", {"dibao": "5 元", "default": "1 元"}]),
    "per": st.sampled_from(["year", "claim"]),
    "uplift": st.sampled_from(["5 points", {"tekun": "3 points"}]),
    "cap": st.sampled_from(["9 万元", "none", {"tekun": "none", "default": "1 万元"}]),
}))  # fmt: skip
def test_rule_sets_without_a_difference_settle_alike(changed: Mapping[str, Any]) -> None:
    before, after = layer(), layer(**changed)
    if not before.diff(after):
        for groups in ([], ["dibao"], ["tekun"]):
            claim = {"date": "2018-05-01", "kind": "inpatient", "cost": {"in_scope": "7 万元"}}
            case = {"groups": groups, "claims": [claim, claim]}
            assert before.assess(case).to_dict()["results"] == after.assess(case).to_dict()["results"]
    assert {one.name for one in before.diff(after)} == {one.name for one in after.diff(before)}


def test_what_a_reform_changed_is_exactly_what_differs() -> None:
    rules = pp.load("henan", on="2018-07-01")
    name = "health.critical_illness.deductible.default"
    (found,) = rules.diff(rules.reform({name: "1 万元"}, title="降低起付线"))
    assert found.name == name
    assert found.before is not None
    assert found.before.citation is not None
    assert found.after is not None
    assert found.after.citation is None  # no document says so


def test_a_layer_paid_as_billed_is_not_one_without_a_deductible() -> None:
    tariff = pp.Layer(layer="basic", rate="70%", deductible="500 元")
    billed = pp.Layer(layer="basic", observed=True)
    found = {one.value: (one.before, one.after) for one in from_python(tariff).diff(from_python(billed))}
    assert set(found) == {"rate.default", "deductible.default", "observed"}
    assert found["deductible.default"][1] is None  # nothing is said of it, rather than 0
    assert found["observed"][1] is not None


def test_what_one_side_tells_apart_further() -> None:
    one = pp.Layer(layer="basic", rate={"tekun": {"county": "90%", "default": "80%"}, "default": "50%"})
    two = pp.Layer(layer="basic", rate={"tekun": "85%", "default": "50%", "several": "first"})
    found = {
        each.value: tuple(None if side is None else side.text("zh") for side in (each.before, each.after))
        for each in from_python(one).diff(from_python(two))
    }
    assert found == {
        "rate.tekun.county": ("90%", "85%（其余）"),
        "rate.tekun.default": ("80%", "85%"),
        "rate.several": (None, "取先列的"),
    }


def test_the_command_shows_both_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "henan@2017-07-01", "henan@2018-07-01", "--only", "health", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    for text in ("deductible.registered_poor, dibao, tekun", "15,000.00 元（其余） → 7,500.00 元", "  A  《", "  B  《",
                 "建档立卡贫困人口、低保对象、特困人员"):  # fmt: skip
        assert text in shown
    change = "health.critical_illness.deductible.default=1 万元"
    assert main(["diff", "henan@2018-07-01", "--set", change, "--format", "json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["differences"]
    assert (one["name"], one["after"], one["sources"][1]) == (change.split("=")[0], "10,000.00 yuan", None)
    assert main(["diff", "henan@2018-07-01", "henan@2018-07-02", "--lang", "en"]) == 0
    assert "no value differs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["henan@2018-07-01"], "--set"),
        (["henan@2018-07-01", "--set", "health.basic"], "NAME=VALUE"),
        (["henan@2018-07-01", "--set", "health.critical_ilness.deductible=1 元"], "critical_illness"),
    ],
)
def test_wrong_use_of_the_command(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *arguments, "--lang", "en"]) == 1
    told = capsys.readouterr()
    assert says in told.err
    assert not told.out


def test_a_file_can_be_set_against_the_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "mine.yaml", rule_file({"layer": "basic", "rate": "50%"}))
    assert main(["diff", "henan@2018-01-01", str(path), "--only", "health", "--lang", "en"]) == 0
    assert "in A only" in capsys.readouterr().out
