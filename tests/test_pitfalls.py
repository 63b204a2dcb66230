"""Where a file may not mean what its author meant: single files are told, each pitfall once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp
from making import rule_file, write
from poverty_policy.ruleset.pitfalls import pitfalls


def told(folder: Path, *entries: dict[str, Any]) -> list[str]:
    path = write(folder / "cn" / "54-xizang" / "2018-01-01.yaml", rule_file(*entries, place="540000"))
    rules = pp.load_file(path)
    return [en for _, en in pitfalls(rules.resolved, rules.resolved.files[0])]


LAYER: dict[str, Any] = {"layer": "basic", "when": {"groups": ["dibao", "tekun"]}, "rate": "70%"}


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ({"rate": {"dibao": "70%", "tekun": "80%"}}, None),  # nobody else is paid at all
        ({"rate": {"dibao": "70%"}}, "health.basic.rate"),
        ({"rate": {"dibao": "70%", "default": "50%"}}, None),
        ({"rate": {"dibao": {"county": "70%"}, "default": "50%"}}, "health.basic.rate.dibao"),
        ({"rate": {"in_county": "70%", "in_prefecture": "60%"}}, "health.basic.rate"),
        ({"uplift": {"dibao": "5 points"}}, None),  # nobody else has any
        ({"cap": {"tekun": "none"}, "per": "year"}, "health.basic.caps.1.amount"),
    ],
)
def test_cases_that_a_value_forgets(changed: dict[str, Any], value: str | None, tmp_path: Path) -> None:
    wanted = [] if value is None else [f"{value} says nothing of all others"]
    assert [text.partition(":")[0] for text in told(tmp_path, {**LAYER, **changed})] == wanted


@pytest.mark.parametrize(
    ("changed", "mixed"),
    [
        ({"deductible": {"dibao": "0 元", "tekun": "500 元"}, "rate": {"dibao": "60%", "tekun": "90%"}}, True),
        ({"deductible": {"dibao": "500 元", "tekun": "0 元"}, "rate": {"dibao": "60%", "tekun": "90%"}}, False),
        ({"deductible": {"dibao": "0 元", "tekun": "500 元", "several": "first"},
          "rate": {"dibao": "60%", "tekun": "90%", "several": "first"}}, False),
        ({"rate": {"dibao": "60%", "tekun": "90%"}, "cap": {"dibao": "none", "tekun": "1 万元"}, "per": "year"}, True),
        ({"deductible": {"dibao": "0 元", "tekun": "500 元"}, "rate": {"dibao": "unspecified", "tekun": "90%"}}, False),
        ({"deductible": {"dibao": "0 元", "default": "500 元"}, "rate": {"tekun": "90%", "default": "50%"}}, True),
    ],
)  # fmt: skip
def test_classes_of_which_each_is_better_off_by_another_table(
    changed: dict[str, Any], mixed: bool, tmp_path: Path
) -> None:
    found = told(tmp_path, {**LAYER, **changed})
    assert ["who is both" in text for text in found] == [True] * mixed
    if "deductible" in changed and mixed:  # of dibao it is 0, of tekun the rate is higher
        assert "has deductible of the first and rate of the second" in found[0]


def test_what_is_inherited_and_open(tmp_path: Path) -> None:
    data = rule_file({"inherit": "basic"}, {"inherit": "critical_illness"}, place="341524")
    data |= {"valid_from": "2020-06-01", "valid_to": "2020-12-31"}
    path = write(tmp_path / "cn" / "341524-jinzhai" / "2020-06-01.yaml", data)
    rules = pp.load_file(path)
    said = [en for _, en in pitfalls(rules.resolved, rules.resolved.files[0])]
    assert any(text.startswith("health.critical_illness.deductible.default, inherited from Anhui") for text in said)
