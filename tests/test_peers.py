"""What goes wrong elsewhere in the field, each with the test that it cannot happen here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import poverty_policy as pp
from making import case, claim, from_python, rule_file, write

BANDS = {
    "measured_from": "zero",
    "edges": [{"up_to": 10000, "rate": "50%"}, {"up_to": 20000, "rate": "60%"}, {"rate": "70%"}],
}
LAYER = {"layer": "basic", "deductible": {"dibao": 500, "default": 1000}, "bands": BANDS, "per": "year"}


@pytest.fixture
def rules(tmp_path: Path) -> pp.RuleSet:
    return pp.load_file(write(tmp_path / "rules.yaml", rule_file(LAYER)))


def test_a_misspelt_reform_key_is_refused_and_the_nearest_is_named(rules: pp.RuleSet) -> None:
    for misspelt in ("health.basic.deductable", "health.basc.deductible", "health.basic.bands.edges.1.rat"):
        with pytest.raises(pp.RuleError, match=r"deductible|basic|rate"):
            rules.reform({misspelt: "50%"})
    with pytest.raises(pp.RuleError, match="dibao"):
        rules.reform({"health.basic.deductible.dibaoo": 300})
    with pytest.raises(pp.RuleError, match="'basic'"):
        rules.reform({"health.baisc.deductible": 300})


def test_a_reform_that_changes_nothing_is_refused(rules: pp.RuleSet) -> None:
    with pytest.raises(pp.RuleError, match="changes nothing"):
        rules.reform({"health.basic.deductible.default": "0.1 万元"})
    with pytest.raises(pp.RuleError, match="no change"):
        rules.reform({})


def test_a_missing_fact_is_no_zero(rules: pp.RuleSet) -> None:
    with pytest.raises(pp.InputError, match="cost"):
        rules.assess({"groups": [], "claims": [{"date": "2018-05-01", "kind": "inpatient"}]})
    with pytest.raises(pp.InputError, match="groups"):
        rules.assess({"claims": [claim(100)]})
    by_level = rules.reform({"health.basic.deductible": {"county": 400, "default": 800}})
    with pytest.raises(pp.InputError, match="facility_level is missing"):
        by_level.assess(case(claim(100)))


def test_a_category_that_does_not_exist_does_not_compute(rules: pp.RuleSet) -> None:
    by_level = rules.reform({"health.basic.deductible": {"county": 400, "default": 800}})
    for level in ("7", "level_7", "countyy"):
        with pytest.raises(pp.InputError, match="facility level"):
            by_level.assess(case(claim(100, facility_level=level)))
    with pytest.raises(pp.InputError, match="did you mean 'dibao'"):
        rules.assess(case(claim(100), groups=["diabo"]))


@pytest.mark.parametrize(
    ("cost", "slices"), [("9999.99", 1), ("10000", 1), ("10000.01", 2), ("20000", 2), ("20000.01", 3)]
)
def test_a_value_on_a_threshold_falls_on_the_right_side(rules: pp.RuleSet, cost: str, slices: int) -> None:
    trace = rules.assess(case(claim(cost))).claims[0].trace
    reached = [number for number in (1, 2, 3) if trace[f"health.basic.bands.1.slice.{number}"] > 0]
    assert max(reached) == slices


def test_two_bands_with_one_threshold_are_refused_not_added(tmp_path: Path) -> None:
    edges = [{"up_to": 10000, "rate": "50%"}, {"up_to": 10000, "rate": "60%"}, {"rate": "70%"}]
    with pytest.raises(pp.RuleError, match=r"rules\.yaml:\d+:\d+.*given twice"):
        pp.load_file(write(tmp_path / "rules.yaml", rule_file(LAYER | {"bands": BANDS | {"edges": edges}})))


def test_a_rate_beside_bands_is_refused_not_dropped(tmp_path: Path) -> None:
    with pytest.raises(pp.RuleError, match="exactly one of rate and bands"):
        pp.load_file(write(tmp_path / "rules.yaml", rule_file(LAYER | {"rate": "50%"})))


def test_large_amounts_are_exact_and_too_large_ones_refused(rules: pp.RuleSet) -> None:
    outcome = rules.assess(case(claim("4999999.99")))
    # 9,000 at 50 %, 10,000 at 60 %, 4,979,999.99 at 70 %: half of the last fen goes up
    assert str(outcome["health.basic"]) == "3,496,499.99"
    assert str(outcome["health.cost"]) == "4,999,999.99"
    with pytest.raises(pp.InputError, match="outside the range"):
        rules.assess(case(claim("5000000.01")))
    with pytest.raises(pp.InputError):
        rules.assess(case(claim(0.1 + 0.2)))


def test_a_date_beyond_what_is_known_is_refused_unless_asked_for() -> None:
    with pytest.raises(pp.RuleError, match="known up to 2023-12-31"):
        pp.load("henan", on="2030-01-01")
    rules = pp.load("henan", on="2030-01-01", extrapolate=True)
    bill = claim(20000, date="2030-01-01", paid={"basic": 0})
    outcome = rules.assess(case(bill, insurance="resident"))
    assert "extrapolated" in outcome.warnings[0]
    assert "extrapolated" in outcome.statement("en")
    assert outcome.to_dict()["warnings"]


def test_a_date_within_a_month_takes_effect_on_that_day(tmp_path: Path) -> None:
    for first, last, rate in (("2018-01-01", "2018-05-14", "50%"), ("2018-05-15", "2018-12-31", "60%")):
        entry = {"layer": "basic", "rate": rate}
        write(
            tmp_path / f"cn/411422-suixian/{first}.yaml",
            rule_file(entry, place="411422", valid_from=first, valid_to=last),
        )
    found = [
        str(pp.load("411422", on=day, folders=[tmp_path]).assess(case(claim(100, date=day)))["health.basic"])
        for day in ("2018-05-14", "2018-05-15", "2018-05-16")
    ]
    assert found == ["50.00", "60.00", "60.00"]


def test_a_claim_outside_the_rules_days_is_refused(rules: pp.RuleSet) -> None:
    for day in ("2017-12-31", "2019-01-01"):
        with pytest.raises(pp.InputError, match="outside the rules' days"):
            rules.assess(case(claim(100, date=day)))


def test_reforms_never_touch_the_baseline_nor_each_other(rules: pp.RuleSet) -> None:
    bill = case(claim(30000), groups=["dibao"])
    before = rules.assess(bill).to_json()
    one = rules.reform({"health.basic.deductible.dibao": 0}, title="一")
    two = one.reform({"health.basic.bands.edges.1.rate": "55%"}, title="二")
    both = rules.reform({"health.basic.deductible.dibao": 0, "health.basic.bands.edges.1.rate": "55%"})
    amounts = [str(each.assess(bill)["health.basic"]) for each in (rules, one, two, both)]
    assert amounts == ["17,750.00", "18,000.00", "18,500.00", "18,500.00"]
    assert rules.assess(bill).to_json() == before
    assert two.hash == both.hash != one.hash != rules.hash
    assert [change.name for change in two.changes] == [
        "health.basic.deductible.dibao",
        "health.basic.bands.edges.1.rate",
    ]


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "cn/411422-suixian/2018-01-01.yaml"
    for rate, expected in (("50%", "50.00"), ("65.5%", "65.50")):
        write(path, rule_file({"layer": "basic", "rate": rate}, place="411422"))
        rules = pp.load("411422", on="2018-05-01", folders=[tmp_path])
        assert str(rules.assess(case(claim(100)))["health.basic"]) == expected


def test_results_do_not_depend_on_the_order_of_questions(rules: pp.RuleSet) -> None:
    one, two = case(claim(30000)), case(claim(12000), claim(8000))
    first = (rules.assess(one).to_json(), rules.assess(two).to_json())
    second = (rules.assess(two).to_json(), rules.assess(one).to_json())
    assert first == second[::-1]


def test_a_null_in_a_name_names_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "rules.yaml", rule_file({"layer": None, "rate": "50%"}))
    with pytest.raises(pp.RuleError, match=r"rules\.yaml:\d+"):
        pp.load_file(path)


def test_zero_is_shown_as_zero_and_not_entitled_as_nothing() -> None:
    rules = from_python(
        pp.Layer(layer="basic", rate="0%"), pp.Layer(layer="medical_assistance", rate="70%", when={"groups": ["dibao"]})
    )
    results = rules.assess(case(claim(100))).to_dict()["results"]
    assert results["health.basic"] == "0.00"
    assert results["health.medical_assistance"] is None


def test_the_trace_names_the_band_the_rate_and_the_clause(rules: pp.RuleSet) -> None:
    outcome = rules.assess(case(claim(15000)))
    step = outcome.steps()[0]
    assert step["values"]["bands.1.slice.2"] == "5000.00"
    assert step["values"]["bands.1.rate.2"] == "60%"
    assert (step["source"]["text"], step["source"]["locator"]) == ("《通知》一", "一")
    sheet = outcome.statement("zh")
    assert "10,000.00 至 20,000.00 部分：5,000.00 × 60% = 3,000.00" in sheet
    assert "《通知》一" in sheet


def test_nothing_heavy_is_imported() -> None:
    heavy = "numpy", "pandas", "polars", "narwhals", "yaml"
    code = f"import sys, poverty_policy; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
