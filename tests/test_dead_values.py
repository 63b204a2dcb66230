"""A value that changes nothing is pointed out; a value that matters is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp
from making import rule_file, write
from poverty_policy.formula.trials import draw
from poverty_policy.ruleset.check import check_files
from poverty_policy.ruleset.dead import dead_values
from poverty_policy.ruleset.library import OWN_RULES, Library

LIBRARY = Library([OWN_RULES])


def dead(folder: Path, *entries: dict[str, Any], **sections: Any) -> list[str]:
    path = write(folder / "cn" / "54-xizang" / "2018-01-01.yaml", rule_file(*entries, place="540000", **sections))
    rules = pp.load_file(path, health=bool(entries))
    return list(dead_values(rules.resolved, rules.resolved.files[0]))


LAYER: dict[str, Any] = {"layer": "basic", "when": {"groups": ["dibao"]}, "rate": "70%"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"rate": {"dibao": "70%", "tekun": "80%", "default": "5%"}}, ["health.basic.rate.default"]),
        ({"uplift": {"tekun": "5 points"}}, []),  # a person may be in both groups
        ({"deductible": "6 万元", "rate": None,
          "bands": {"measured_from": "zero", "edges": [{"up_to": "5 万元", "rate": "50%"}, {"rate": "60%"}]}},
         ["health.basic.bands.1.edges.1.rate"]),
        ({"rate": "100%", "uplift": {"dibao": "5 points"}}, ["health.basic.uplift.dibao"]),
        ({"deductible": "0 元", "cap": "none", "per": "claim"}, []),
        ({"caps": [{"amount": "1 万元", "per": "claim"}, {"amount": "2 万元", "per": "claim"}]},
         ["health.basic.caps.2.amount"]),
        ({"rate": {"dibao": "unspecified", "default": "50%"}}, []),  # whoever is on dibao gets no less than others
    ],
)  # fmt: skip
def test_values_that_nobody_meets(changed: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    entry = {key: value for key, value in {**LAYER, **changed}.items() if value is not None}
    assert dead(tmp_path, entry) == expected


def test_what_depends_on_an_open_value_is_not_called_dead(tmp_path: Path) -> None:
    assert dead(tmp_path, {"layer": "basic", "rate": "unspecified", "deductible": "500 元"}) == []


def test_amounts_of_households_that_no_household_gets(tmp_path: Path) -> None:
    never = {"all": [{"age_from": 60}, {"age_below": 18}]}
    grants = [
        {"benefit": "paid", "label": {"zh": "甲", "en": "a"}, "amount": "10 元", "source": "notice"},
        {"benefit": "never", "label": {"zh": "乙", "en": "b"}, "amount": "10 元", "source": "notice", "when": never},
    ]
    assert dead(tmp_path, benefits=grants) == ["benefit.never.amount"]


def test_a_check_of_a_file_points_them_out(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.yaml", rule_file({**LAYER, "rate": {"dibao": "70%", "default": "5%"}}))
    report = check_files(LIBRARY, [path])
    assert [one.en for one in report.remarks if "trial case" in one.en] == [
        "health.basic.rate.default changed no result of any trial case: is it in use?"
    ]


def test_a_population_is_the_same_whenever_it_is_drawn() -> None:
    program = pp.load("henan", on="2018-07-01").resolved.program
    one, again = (draw(program, 3, 7, 2018, 0.5) for _ in range(2))
    assert one == again
    assert one != draw(program, 3, 8, 2018, 0.5)


#: Values whose conditions are so narrow that no trial household meets them all; examples by hand show that they matter.
NARROW = {
    "benefit.vocational.amount",  # the test below
    "benefit.key_children.amount",  # test_rules_cities: children of households on dibao
}
FILES = [(code, one) for code in LIBRARY.codes() for one in LIBRARY.headings(code)]


@pytest.mark.parametrize(("code", "heading"), FILES, ids=lambda one: getattr(one, "stem", one))
def test_every_value_of_the_library_matters_to_somebody(code: str, heading: Any) -> None:
    one = LIBRARY.read(heading, code)
    rules = LIBRARY.resolve(one.place, one, one.declared.valid_from, None, False)
    assert set(dead_values(rules, one)) <= NARROW


@pytest.mark.parametrize(("year", "paid"), [(0, None), (1, "2,000.00"), (2, "2,000.00"), (3, None)])
def test_a_grant_for_two_years_of_school(year: int, paid: str | None) -> None:
    rules = pp.load("360323", on="2015-06-01")
    pupil = {"groups": ["registered_poor"], "facts": {"secondary_year": year, "higher_year": 0}}
    found = rules.assess({"on": "2015-06-01", "members": [pupil]})["benefit.vocational"]
    assert (None if found is None else str(found)) == paid
