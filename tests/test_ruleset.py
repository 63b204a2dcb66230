"""Rules of a place at a date, as they were known: files, inheritance, sources, and what is refused on reading."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

import poverty_policy as pp
from making import SOURCE, case, claim, rule_file, write
from poverty_policy import face
from poverty_policy.ruleset.check import check_files
from poverty_policy.ruleset.library import installed_folders
from poverty_policy.ruleset.schema import case_schema, rules_schema

BASIC = {"layer": "basic", "rate": {"dibao": "80%", "default": "70%"}, "deductible": 500}
CII = {"layer": "critical_illness", "rate": "50%", "deductible": 1000, "per": "year"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A province with two layers, in a place of which the library has no rules."""
    write(tmp_path / "cn/65-xinjiang/2018-01-01.yaml", rule_file(BASIC, CII, place="650000"))
    return tmp_path


def basic(rules: pp.RuleSet, cost: Any = 10500, **more: Any) -> str:
    return str(rules.assess(case(claim(cost, **more)))["health.basic"])


@pytest.mark.parametrize("name", ["410000", "41", "河南省", "河南", "henan", "Henan", "CN-HA", 410000])
def test_a_place_by_any_of_its_names(name: str | int) -> None:
    assert pp.load(name, on="2018-07-01").place.code == "410000"


def test_a_county_inherits_and_says_from_where(folder: Path) -> None:
    changed = {"health.basic.rate.dibao": {"value": "90%", "source": "own 三"}}
    own = {"own": {"title": "县里的通知", "status": "in_force", "grade": "official_page"}}
    path = write(
        folder / "cn/650121-urumqi-county/2018-01-01.yaml",
        rule_file(place="650121", change=changed, sources=own),
    )
    rules = pp.load("650121", on="2018-05-01", folders=[folder])
    poor = case(claim(10500), groups=["dibao"])
    outcome = rules.assess(poor)
    assert str(outcome["health.basic"]) == "9,000.00"
    assert basic(rules) == "7,000.00"
    stated = rules.resolved.stated("basic")
    assert stated.citation("rate.dibao").source.title == "县里的通知"
    assert (Path(stated.citation("rate.dibao").file), stated.citation("rate.dibao").line > 1) == (path, True)
    assert stated.citation("deductible").source.title == "通知"
    assert "县里的通知" in outcome.statement()


def test_a_county_may_take_some_entries_and_state_others(folder: Path) -> None:
    entries = [{"inherit": "basic"}, {"layer": "medical_assistance", "rate": "100%", "when": {"groups": ["local"]}}]
    terms = {"group": {"local": {"zh": "县定对象", "en": "local group"}}}
    write(folder / "cn/6501-urumqi/2018-01-01.yaml", rule_file(*entries, place="650100", terms=terms))
    rules = pp.load("650100", on="2018-05-01", folders=[folder])
    outcome = rules.assess(case(claim(10500), groups=["县定对象"]))
    assert [str(outcome[f"health.{name}"]) for name in ("basic", "medical_assistance")] == ["7,000.00", "3,500.00"]
    assert "health.critical_illness" not in outcome


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"change": {"health.basic.rates": {"value": "1%", "source": "notice"}}}, "rate"),
        ({"change": {"health.basic.rate.dibao": {"value": "80%", "source": "notice"}}}, "changes nothing"),
        ({"change": {"health.basic.rate.dibao": {"value": "90%"}}}, "'source' is missing"),
        ({"health": [{"inherit": "basicc"}]}, "did you mean 'basic'"),
        ({"health": [{"inherit": "basic", "rate": "50%"}]}, "entry to inherit"),
        ({}, "states no rule"),
    ],
)
def test_what_a_county_gets_wrong_is_said_with_its_line(folder: Path, more: dict[str, Any], says: str) -> None:
    write(folder / "cn/6501-urumqi/2018-01-01.yaml", rule_file(place="650100", **more))
    with pytest.raises(pp.RuleError, match=says) as error:
        pp.load("650100", on="2018-05-01", folders=[folder])
    assert all(fault.file and fault.line for fault in error.value.faults)


def test_what_was_known_when(folder: Path) -> None:
    old = rule_file(BASIC, place="650200", published="2017-12-01")
    new = rule_file(BASIC | {"deductible": 300}, place="650200", published="2018-03-10", supersedes="2018-01-01")
    write(folder / "cn/6502-karamay/2018-01-01.yaml", old)
    write(folder / "cn/6502-karamay/2018-01-01-b.yaml", new)

    def deductible(known: str | None) -> str:
        return basic(pp.load("650200", on="2018-05-01", known=known, folders=[folder]), 500)

    assert [deductible(day) for day in ("2018-03-09", "2018-03-10", "2018-03-11", None)] == [
        "0.00",
        "140.00",
        "140.00",
        "140.00",
    ]
    with pytest.raises(pp.RuleError, match="as of 2017-11-30"):
        pp.load("650200", on="2018-05-01", known="2017-11-30", folders=[folder])


def test_days_at_the_edges(folder: Path) -> None:
    assert pp.load("xinjiang", on="2018-01-01", folders=[folder])
    assert pp.load("xinjiang", on="2018-12-31", folders=[folder])
    for day, says in (("2017-12-31", "from 2018-01-01 only"), ("2019-01-01", "up to 2018-12-31")):
        with pytest.raises(pp.RuleError, match=says):
            pp.load("xinjiang", on=day, folders=[folder])
    with pytest.raises(pp.RuleError, match="no date"):
        pp.load("xinjiang", on="2018-13-01", folders=[folder])


@pytest.mark.parametrize(
    ("name", "more", "says"),
    [
        ("2018-06-01", {"valid_from": "2018-06-01", "valid_to": "2019-12-31"}, "overlaps 2018-01-01.yaml"),
        ("2020-01-01", {"valid_from": "2020-01-01", "valid_to": "2020-12-31"}, "nothing is said between"),
        (
            "2019-01-01",
            {"valid_from": "2019-02-01", "valid_to": "2019-12-31", "gap_before": "x"},
            "first day, 2019-02-01",
        ),
        ("2019-01-01", {"place": "640000", "valid_from": "2019-01-01", "valid_to": "2019-12-31"}, "lies in the folder"),
        ("2019-01-01", {"valid_from": "2019-01-01", "valid_to": "2019-12-31", "supersedes": "2017"}, "no file 2017"),
    ],
)
def test_files_of_a_place_must_fit_together(folder: Path, name: str, more: dict[str, Any], says: str) -> None:
    write(folder / f"cn/65-xinjiang/{name}.yaml", rule_file(BASIC, **{"place": "650000", **more}))
    with pytest.raises(pp.RuleError, match=says):
        pp.load("xinjiang", on="2018-05-01", folders=[folder])


def test_a_declared_gap_is_told_when_asked(folder: Path) -> None:
    later = {"valid_from": "2020-01-01", "valid_to": "2020-12-31", "gap_before": "没有查到 2019 年的规定"}
    write(folder / "cn/65-xinjiang/2020-01-01.yaml", rule_file(BASIC, place="650000", **later))
    assert pp.load("xinjiang", on="2020-06-01", folders=[folder])
    with pytest.raises(pp.RuleError, match="没有查到 2019 年的规定"):
        pp.load("xinjiang", on="2019-06-01", folders=[folder])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"layer": "basic", "rat": "50%"}, "did you mean 'rate'"),
        ({"layer": "basic", "rate": "50%", "source": "notise 二"}, "did you mean 'notice'"),
        ({"layer": "basic", "rate": "50%", "source": None}, "'source' is missing"),
        ({"layer": "basic", "rate": "150%"}, "outside 0% to 100%"),
        ({"layer": "basic", "rate": "50%", "deductible": "-1"}, "outside 0.00"),
        ({"layer": "basic", "rate": {"dibaoo": "50%", "default": "40%"}}, "did you mean 'dibao'"),
        ({"layer": "basic", "rate": {"dibao": "50%", "county": "40%"}}, "one dimension"),
        ({"layer": "basic", "rate": "50%", "counts": "in_scop"}, "did you mean 'in_scope'"),
        ({"layer": "basic", "rate": "50%", "after": ["critical_illness"]}, "earlier layer"),
        ({"layer": "basic", "rate": "50%", "payers": {"fund": "50%"}}, "add up to 100%"),
        ({"layer": "basic", "rate": "50%", "when": {"groups": ["poor"]}}, "there is no group"),
        ({"layer": "Basic!", "rate": "50%"}, "pattern"),
        ({"guarantee": "x", "fill_to": "50%", "ceiling": 3}, "exactly one of fill_to and ceiling"),
        ({"layer": "basic", "observed": True, "deductible": 3}, "take out deductible"),
        ({"layer": "basic", "waiver": "basic"}, "exactly one of"),
    ],
)
def test_a_wrong_entry_is_refused_with_file_and_line(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    path = write(tmp_path / "county.yaml", rule_file({**change}))
    with pytest.raises(pp.RuleError, match=says) as error:
        pp.load_file(path)
    fault = error.value.faults[0]
    assert (fault.file, (fault.line or 0) > 10) == (str(path), True)
    assert error.value.text("zh")


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    edges = [{"up_to": 200, "rate": "50%"}, {"up_to": 100, "rate": "60%"}, {"up_to": 300, "rate": "x"}]
    layer = {"layer": "basic", "bands": {"measured_from": "zero", "edges": edges}, "deductible": "一百"}
    path = write(tmp_path / "county.yaml", rule_file(layer, {"layer": "b", "rate": 80}))
    with pytest.raises(pp.RuleError) as error:
        pp.load_file(path)
    assert len(error.value.faults) >= 3
    lines = [fault.line for fault in error.value.faults]
    assert len(set(lines)) >= 3


def test_an_end_must_be_known_or_said_to_be_unknown(tmp_path: Path) -> None:
    both = rule_file(BASIC, known_to="2018-12-31")
    neither = {key: value for key, value in rule_file(BASIC).items() if key != "valid_to"}
    for data in (both, neither):
        with pytest.raises(pp.RuleError, match="exactly one of valid_to"):
            pp.load_file(write(tmp_path / "county.yaml", data))


def test_a_text_cut_by_a_comma_is_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "county.yaml", rule_file(BASIC))
    path.write_text(
        path.read_text().replace("title:\n  zh: 例\n  en: example", "title: {zh: 例, en: Henan, from 2018}")
    )
    with pytest.raises(pp.RuleError, match="quotes"):
        pp.load_file(path)


def test_the_hash_knows_content_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", rule_file(BASIC))
    one = pp.load_file(path).hash
    path.write_text("# a comment\n" + path.read_text())
    assert pp.load_file(path).hash == one
    assert pp.load_file(write(tmp_path / "elsewhere/b.yaml", rule_file(BASIC))).hash == one
    assert pp.load_file(write(tmp_path / "c.yaml", rule_file(BASIC | {"deductible": 501}))).hash != one
    other = {"notice": SOURCE["notice"] | {"grade": "one_report"}}
    assert pp.load_file(write(tmp_path / "d.yaml", rule_file(BASIC, sources=other))).hash != one


@pytest.fixture
def offered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package that offers the folder under the entry point group."""
    point = SimpleNamespace(load=lambda: SimpleNamespace(__path__=[str(folder)]))
    found = {"poverty_policy.rules": [point]}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: found.get(group, []))
    caches = (installed_folders, face._library, face._loaded)
    for cache in caches:
        cache.cache_clear()
    yield folder
    for cache in caches:
        cache.cache_clear()


def test_installed_packages_may_offer_rules(offered: Path) -> None:
    assert basic(pp.load("xinjiang", on="2018-05-01")) == "7,000.00"
    assert any(one.place.code == "650000" for one in pp.catalogue())


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pp.RuleError, match="holds no cn/"):
        pp.load("xinjiang", on="2018-05-01", folders=[tmp_path])


def test_checking_names_cliffs_open_values_and_weak_evidence(tmp_path: Path) -> None:
    edges = [{"up_to": 10000, "rate": "80%"}, {"rate": "50%"}]
    bands = {"measured_from": "zero", "mode": "whole_amount", "edges": edges}
    weak = {"notice": SOURCE["notice"] | {"grade": "one_report", "status": "planned"}}
    layer = {"layer": "basic", "bands": bands, "deductible": "unspecified", "reading": "读作按次"}
    path = write(tmp_path / "county.yaml", rule_file(layer, sources=weak))
    report = check_files(face.library(), [path])
    assert not report.faults
    text = "\n".join(remark.text("en") for remark in report.remarks)
    for says in (
        "falls by about 3,000.00 where the cost passes 10,000.00",
        "one report",
        "planned",
        "unspecified",
        "reading",
    ):
        assert says in text


def test_every_shipped_file_is_sound_and_fits_its_schema() -> None:
    schema = jsonschema.Draft202012Validator(rules_schema())
    for one in pp.catalogue():
        data = json.loads(json.dumps(one.path.read_text()))
        assert data
        from poverty_policy import documents

        plain = json.loads(json.dumps(documents.read(one.path, pp.RuleError).data, default=str))
        assert [error.message for error in schema.iter_errors(plain)] == []


def test_the_case_schema_takes_the_example_and_refuses_nonsense() -> None:
    from poverty_policy import documents

    schema = jsonschema.Draft202012Validator(case_schema())
    example = documents.read(Path(__file__).parents[1] / "examples/henan-2018.yaml", pp.InputError).data
    plain = json.loads(json.dumps(example, default=str))
    assert [error.message for error in schema.iter_errors(plain)] == []
    assert not schema.is_valid({"members": []})


def test_rules_composed_in_python_reform_like_those_of_a_file() -> None:
    from making import from_python

    rules = from_python(pp.Layer(layer="basic", rate={"dibao": "80%", "default": "70%"}, cap=9000))
    poor = case(claim(10000), groups=["dibao"])
    reform = rules.reform({"health.basic.rate.dibao": "95%", "health.basic.caps.1.amount": 9200})
    assert [str(one.assess(poor)["health.basic"]) for one in (rules, reform)] == ["8,000.00", "9,200.00"]
