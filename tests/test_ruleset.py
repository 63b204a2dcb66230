"""Rule sets: finding them by place, day and knowledge; inheriting; refusing what is wrong with its line."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy import face
from poverty_policy.ruleset import library as library_module
from poverty_policy.ruleset.check import check_files
from poverty_policy.ruleset.library import Library

SOURCES = (
    "{notice: {title: 通知, status: in_force, grade: primary}, plan: {title: 方案, status: planned, grade: one_report}}"
)
HEALTH = """\
health:
  - layer: basic
    source: notice 第一条
    deductible: {registered_poor: 300 元, default: 500 元}
    rate: 70%
  - layer: critical_illness
    source: plan 第二条
    rate: 50%
    per: claim
    cap: 1000 元
"""


def write(
    folder: Path,
    name: str = "2018-01-01",
    body: str = HEALTH,
    *,
    at: str = "54-xizang",
    place: str = "西藏",
    **facts: Any,
) -> Path:
    """A rule file in a library of its own; of Tibet, of which the shipped library says nothing."""
    known = {
        "place": place,
        "title": "{zh: 练习, en: exercise}",
        "valid_from": name[:10],
        "known_to": "2018-12-31",
        "published": name[:10],
        "sources": SOURCES,
        **facts,
    }
    path = folder / "cn" / at / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "".join(f"{key}: {value}\n" for key, value in known.items() if value is not None)
    path.write_text(head + body, encoding="utf-8")
    return path


def load(folder: Path, place: str = "xizang", on: str = "2018-06-01", **how: Any) -> pp.RuleSet:
    return pp.load(place, on=on, folders=[folder], **how)


def bill(in_scope: Any, date: str = "2018-06-01", **facts: Any) -> dict[str, Any]:
    return {"date": date, "kind": "inpatient", "cost": {"in_scope": in_scope}, **facts}


def pays(rules: pp.RuleSet, layer: str, *bills: dict[str, Any], groups: tuple[str, ...] = ()) -> str | None:
    value = rules.assess({"groups": list(groups), "claims": list(bills)})[f"health.{layer}"]
    return None if value is None else str(value)


# --- by place ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["540000", "54", 54, 540000, "西藏自治区", "西藏", "xizang", "Xizang", "CN-XZ", "cn-xz"]
)
def test_a_place_goes_by_many_names(name: Any, tmp_path: Path) -> None:
    write(tmp_path)
    assert load(tmp_path, name) == load(tmp_path, "540000")
    assert load(tmp_path, name).place.zh == "西藏自治区"


@pytest.mark.parametrize("name", ["410000", "河南省", "河南", "henan", "CN-HA"])
def test_shipped_rules_go_by_many_names(name: str) -> None:
    assert pp.load(name, on="2018-07-01") == pp.load("henan", on=dt.date(2018, 7, 1))


def test_a_place_that_is_not_known_is_told_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(pp.RuleError, match=r"did you mean .*'henan'"):
        pp.load("hennan", on="2018-07-01")
    with pytest.raises(pp.RuleError, match="no rules are known for Taiwan"):
        pp.load("taiwan", on="2018-07-01")


@pytest.mark.parametrize("day", ["2018-13-01", "1 May 2018", "", 2018, None, dt.datetime(2018, 1, 1)])
def test_a_day_that_is_none_is_refused(day: Any) -> None:
    with pytest.raises(pp.RuleError, match=r"on: .* is no date"):
        pp.load("henan", on=day)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pp.RuleError, match="holds no cn/"):
        load(tmp_path)
    with pytest.raises(pp.RuleError, match="holds no cn/"):
        load(tmp_path / "nowhere")


def test_a_file_must_lie_where_it_belongs(tmp_path: Path) -> None:
    write(tmp_path, at="71-taiwan")
    with pytest.raises(pp.RuleError, match=r"Tibet \(540000\) but lies in the folder of 710000"):
        load(tmp_path, "taiwan")
    write(tmp_path / "b", "2018-02-02", valid_from="2018-01-01")
    with pytest.raises(pp.RuleError, match="must start with its first day, 2018-01-01"):
        load(tmp_path / "b")


# --- inheriting -------------------------------------------------------------------------------------------

COUNTY = {"at": "5401-lhasa", "place": "拉萨市"}


def test_a_place_without_rules_has_those_of_the_place_above(tmp_path: Path) -> None:
    write(tmp_path)
    lhasa = load(tmp_path, "lhasa")
    assert pays(lhasa, "basic", bill(1500)) == "700.00"
    assert lhasa.place.code == "540100"
    assert lhasa.resolved.files[0].place.code == "540000"


def test_a_county_changes_single_values(tmp_path: Path) -> None:
    write(tmp_path)
    change = """\
change:
  health.basic.deductible.default: {value: 100 元, source: notice 第九条}
  health.basic.rate: {value: {dibao: 90%, default: 75%}, source: plan}
"""
    write(tmp_path, body=change, **COUNTY)
    county = load(tmp_path, "540100")
    assert pays(county, "basic", bill(1100)) == "750.00"
    assert pays(county, "basic", bill(1100), groups=("dibao",)) == "900.00"
    assert pays(load(tmp_path), "basic", bill(1100)) == "420.00"
    stated = county.resolved.stated("basic")
    assert stated.citation("deductible.default").text() == "《通知》第九条"
    assert stated.citation("deductible.default").file.endswith("5401-lhasa/2018-01-01.yaml")
    assert stated.citation("rate").text() == "《方案》"
    assert stated.citation("deductible.registered_poor").text() == "《通知》第一条"
    assert stated.citation("deductible.registered_poor").file.endswith("54-xizang/2018-01-01.yaml")


def test_a_county_inherits_entries_between_its_own(tmp_path: Path) -> None:
    write(tmp_path)
    body = """\
health:
  - inherit: critical_illness
  - layer: town_assistance
    source: notice
    when: {groups: [city_poor]}
    rate: 100%
  - inherit: basic
change:
  health.critical_illness.caps.1.amount: {value: 2000 元, source: notice}
"""
    group = "city_poor: {zh: 本市困难户, en: the city's poor}"
    terms = f"{{group: {{{group}}}, layer: {{town_assistance: {{zh: 镇级救助, en: town assistance}}}}}}"
    write(tmp_path, body=body, terms=terms, **COUNTY)
    county = load(tmp_path, "540100")
    assert [entry.name for entry in county.cascade.entries] == ["critical_illness", "town_assistance", "basic"]
    assert pays(county, "critical_illness", bill(5000)) == "2,000.00"
    assert pays(county, "town_assistance", bill(5000)) is None
    outcome = county.assess({"groups": ["本市困难户"], "claims": [bill(5000)]})
    assert str(outcome["health.town_assistance"]) == "3,000.00"
    assert "镇级救助" in outcome.statement("zh")
    with pytest.raises(pp.InputError, match="no group called 'city_poor'"):
        load(tmp_path).assess({"groups": ["city_poor"], "claims": []})


def test_inheritance_goes_through_the_levels(tmp_path: Path) -> None:
    write(tmp_path)
    one = "change:\n  health.basic.rate: {value: 75%, source: notice}\n"
    two = "change:\n  health.basic.deductible.default: {value: 0 元, source: notice}\n"
    write(tmp_path, body=one, **COUNTY)
    write(tmp_path, body=two, at="540121-linzhou", place="540121")
    county = load(tmp_path, "540121")
    assert pays(county, "basic", bill(1000)) == "750.00"
    files = county.resolved.sections["health"].files
    assert [one.place.code for one in files] == ["540121", "540100", "540000"]


def test_a_county_that_states_everything_needs_nothing_above(tmp_path: Path) -> None:
    write(tmp_path, body="health: [{layer: basic}]\n")  # malformed, but of health nothing is taken from there
    write(tmp_path, **COUNTY)
    assert pays(load(tmp_path, "540100"), "basic", bill(1500)) == "700.00"
    with pytest.raises(pp.RuleError):
        load(tmp_path)


def test_merged_rules_hold_on_the_days_of_all_their_files(tmp_path: Path) -> None:
    write(tmp_path, known_to=None, valid_to="2018-10-31")
    change = "change:\n  health.basic.rate: {value: 75%, source: notice}\n"
    write(tmp_path, "2018-03-01", body=change, **COUNTY)
    resolved = load(tmp_path, "540100").resolved
    assert (resolved.valid_from, resolved.valid_to) == (dt.date(2018, 3, 1), dt.date(2018, 10, 31))
    assert resolved.end_known
    with pytest.raises(pp.RuleError, match="up to 2018-10-31, nothing for 2018-11-01"):
        load(tmp_path, "540100", on="2018-11-01")


def test_the_benefit_year_comes_from_the_file_that_states_the_programme(tmp_path: Path) -> None:
    write(tmp_path, benefit_year='"10-01"')
    write(tmp_path, body="change:\n  health.basic.rate: {value: 75%, source: notice}\n", **COUNTY)
    assert load(tmp_path, "540100").cascade.benefit_year == (10, 1)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("health: [{inherit: basics}]\n", "no entry to inherit called 'basics'; did you mean 'basic'"),
        ("health: [{inherit: basic, rate: 5%}]\n", "no entry to inherit called 'basic'"),
        ("change:\n  health.basic.rat: {value: 5%, source: notice}\n", "did you mean 'rate'"),
        (
            "change:\n  health.basics.rate: {value: 5%, source: notice}\n",
            "no entry called 'basics'; did you mean 'basic'",
        ),
        ("change:\n  health.basic.rate: {value: 70%, source: notice}\n", "changes nothing: it is 70% already"),
        ("change:\n  health.basic.rate: {value: 700%, source: notice}\n", "outside 0% to 100%"),
        ("change:\n  health.basic.rate: {value: 5%}\n", "'source' is missing"),
        (
            "change:\n  health.basic.rate: {value: 5%, source: notices}\n",
            "no source called 'notices'; did you mean 'notice'",
        ),
        ("change:\n  health.basic.rate: 5%\n", "must be {value: …, source: …}"),
        ("change:\n  health.basic.rate: {valeu: 5%, source: notice}\n", "must be {value: …, source: …}"),
    ],
)
def test_what_cannot_be_inherited_is_refused_with_its_line(body: str, says: str, tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, body=body, **COUNTY)
    with pytest.raises(pp.RuleError, match=re.escape(says)) as caught:
        load(tmp_path, "540100")
    (fault,) = caught.value.faults
    assert fault.file is not None
    assert fault.file.endswith("5401-lhasa/2018-01-01.yaml")
    assert fault.line in (7, 8)


def test_there_must_be_something_to_inherit(tmp_path: Path) -> None:
    write(tmp_path, body="change:\n  health.basic.rate: {value: 5%, source: notice}\n")
    with pytest.raises(pp.RuleError, match=r"2018-01-01\.yaml:7:1: change: there is nothing above to inherit from"):
        load(tmp_path)
    write(tmp_path, body="")
    with pytest.raises(pp.RuleError, match="the file states no rule"):
        load(tmp_path)


# --- by day and knowledge ---------------------------------------------------------------------------------


def rate(percent: int) -> str:
    return f"health: [{{layer: basic, source: notice, rate: {percent}%}}]\n"


def test_each_day_has_its_file(tmp_path: Path) -> None:
    write(tmp_path, "2017-01-01", rate(50), known_to=None, valid_to="2017-12-31")
    write(tmp_path, "2018-01-01", rate(60), known_to="2018-12-31")
    for day, percent in (("2017-01-01", 50), ("2017-12-31", 50), ("2018-01-01", 60), ("2018-12-31", 60)):
        assert pays(load(tmp_path, on=day), "basic", bill(100, day)) == f"{percent}.00"


def test_what_was_known_on_a_day(tmp_path: Path) -> None:
    write(tmp_path, "2018-01-01-plan", rate(50), published="2017-12-01")
    write(tmp_path, "2018-01-01", rate(60), published="2018-05-30", supersedes="2018-01-01-plan")
    for known, percent in ((None, 60), ("2018-05-30", 60), ("2018-05-29", 50), (dt.date(2017, 12, 1), 50)):
        assert pays(load(tmp_path, known=known), "basic", bill(100)) == f"{percent}.00"
    with pytest.raises(pp.RuleError, match="the rules of Tibet became known on 2017-12-01, not by 2017-11-30"):
        load(tmp_path, known="2017-11-30")
    assert {one.superseded_by for one in Library([tmp_path]).catalogue()} == {"2018-01-01", None}


def test_a_file_may_supersede_another_for_some_of_its_days(tmp_path: Path) -> None:
    write(tmp_path, "2018-01-01", rate(50), known_to="2018-12-31")
    write(tmp_path, "2018-06-01", rate(60), known_to="2018-12-31", supersedes='"2018-01-01"')
    assert pays(load(tmp_path, on="2018-05-31"), "basic", bill(100, "2018-05-31")) == "50.00"
    assert pays(load(tmp_path, on="2018-06-01"), "basic", bill(100, "2018-06-01")) == "60.00"


def test_days_that_overlap_or_are_missing_must_be_explained(tmp_path: Path) -> None:
    write(tmp_path, "2018-01-01", rate(50), known_to="2018-06-30")
    write(tmp_path, "2018-06-30", rate(60), known_to="2018-12-31")
    with pytest.raises(pp.RuleError, match=r"2018-06-30\.yaml:3:1: valid_from: overlaps 2018-01-01\.yaml"):
        load(tmp_path)
    write(tmp_path, "2018-06-30", rate(60), known_to="2018-12-31", supersedes="2018-01-02")
    with pytest.raises(pp.RuleError, match="there is no file 2018-01-02") as caught:
        load(tmp_path)
    assert len(caught.value.faults) == 2  # and the overlap still
    (tmp_path / "cn" / "54-xizang" / "2018-06-30.yaml").unlink()
    write(tmp_path, "2018-07-02", rate(60), known_to="2018-12-31")
    with pytest.raises(pp.RuleError, match="nothing is said between 2018-06-30 and 2018-07-02"):
        load(tmp_path)
    write(tmp_path, "2018-07-02", rate(60), known_to="2018-12-31", gap_before="那一天没有查到")
    with pytest.raises(pp.RuleError, match="not known for 2018-07-01: 那一天没有查到"):
        load(tmp_path, on="2018-07-01")
    assert load(tmp_path, on="2018-07-02").resolved.files[0].stem == "2018-07-02"


def test_beyond_the_last_day_only_when_asked(tmp_path: Path) -> None:
    path = write(tmp_path)
    with pytest.raises(pp.RuleError, match="extrapolate=True"):
        load(tmp_path, on="2019-01-01")
    rules = load(tmp_path, on="2019-01-01", extrapolate=True)
    assert rules.resolved.extrapolated
    assert "extrapolated" in rules.assess({"groups": [], "claims": [bill(1, "2019-01-01")]}).warnings[0]
    assert not load(tmp_path, extrapolate=True).resolved.extrapolated
    with pytest.raises(pp.RuleError, match="holds from 2018-01-01 to 2018-12-31, not on 2019-01-01"):
        pp.load_file(path, on="2019-01-01")
    assert pp.load_file(path, on="2019-01-01", extrapolate=True).resolved.extrapolated
    with pytest.raises(pp.RuleError, match="not on 2017-12-31"):
        pp.load_file(path, on="2017-12-31", extrapolate=True)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"valid_to": "2018-12-31"}, "exactly one of valid_to"),
        ({"known_to": None}, "exactly one of valid_to"),
        ({"known_to": "2017-12-31"}, "ends on 2017-12-31, before it starts"),
        ({"valid_from": "2018"}, "valid_from"),
        ({"valid_from": "2018-02-30"}, "2018-02-30 is no date"),
        ({"benefit_year": '"02-29"'}, "no such day in every year"),
        ({"benefit_year": '"13-01"'}, "no such day in every year"),
        ({"benefit_year": "10-1"}, "must be month and day, like 01-01"),
        ({"place": "河西省"}, "no place called '河西省'"),
        ({"terms": "{groups: {x: {zh: 甲, en: x}}}"}, "no dimension called 'groups'; did you mean 'group'"),
        ({"terms": "{group: {dibao: {zh: 甲, en: x}}}"}, "'dibao' is a standard term already"),
        ({"indices": "{income: {value: 1 元, year: 2016, source: book}}"}, "no source called 'book'"),
        ({"sources": "{notice: {title: 通知, status: in_force, grade: best}}"}, "grade"),
        ({"titel": "x"}, "'titel' is not a key known here; did you mean 'title'"),
        ({"title": "{zh: 练习, from 2018, en: x}"}, "put text with a comma or a colon in quotes"),
    ],
)
def test_the_head_of_a_file_is_checked(facts: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = write(tmp_path, **facts)
    with pytest.raises(pp.RuleError, match=re.escape(says)) as caught:
        pp.load_file(path)
    assert all(fault.file == str(path) and fault.line is not None for fault in caught.value.faults)


# --- sources ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "'source' is missing"),
        ("    source: noticed 第一条\n", "no source called 'noticed'; did you mean 'notice'"),
        ("    source: notice\n    rate_source: x\n", "'rate_source' is not a key known here"),
    ],
)
def test_a_value_without_a_source_is_refused(line: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(pp.RuleError, match=re.escape(says)) as caught:
        pp.load_file(write(tmp_path, body=f"health:\n  - layer: basic\n{line}    rate: 70%\n"))
    assert caught.value.faults[0].line in (8, 9, 10)


def test_a_value_may_have_a_source_of_its_own(tmp_path: Path) -> None:
    body = """\
health:
  - layer: basic
    source: notice 一
    rate: {dibao: {value: 90%, source: plan 二}, default: 70%}
"""
    stated = pp.load_file(write(tmp_path, body=body)).resolved.stated("basic")
    assert stated.citation("rate.dibao").text() == "《方案》二"
    assert stated.citation("rate.default").text() == "《通知》一"
    with pytest.raises(pp.RuleError, match=r":10:\d+: .*no source called 'plam'; did you mean 'plan'"):
        pp.load_file(write(tmp_path, body=body.replace("plan 二", "plam 二")))


# --- what is open -----------------------------------------------------------------------------------------


def test_an_unspecified_figure_is_asked_for_only_where_it_is_needed(tmp_path: Path) -> None:
    body = """\
health:
  - layer: basic
    source: notice 第一条
    deductible: 500 元
    rate: {registered_poor: 90%, default: unspecified}
"""
    rules = pp.load_file(write(tmp_path, body=body))
    assert pays(rules, "basic", bill(500)) == "0.00"  # nothing above the deductible
    assert pays(rules, "basic", bill(600), groups=("registered_poor",)) == "90.00"
    with pytest.raises(pp.UnspecifiedError) as caught:
        rules.assess({"groups": [], "claims": [bill(600), bill(700)]})
    (fault,) = caught.value.faults
    assert "health.basic.rate.default is unspecified: 《通知》第一条 gives no figure" in fault.text("en")
    assert 'rules.reform({"health.basic.rate.default": …})' in fault.text("en")
    assert "未定" in fault.text("zh")
    supplied = rules.reform({"health.basic.rate.default": "60%"})
    assert pays(supplied, "basic", bill(600)) == "60.00"


# --- identity ---------------------------------------------------------------------------------------------


def test_the_hash_follows_the_content_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path)
    digest = pp.load_file(path).hash
    text = path.read_text(encoding="utf-8")

    def after(old: str, new: str, folder: str = "b") -> str:
        other = tmp_path / folder / path.name
        other.parent.mkdir(exist_ok=True)
        assert old in text
        other.write_text(text.replace(old, new), encoding="utf-8")
        return pp.load_file(other).hash

    assert after("rate: 70%", "rate: 70%  # 第一条") == digest
    assert after("health:\n", "\n# 注\n\nhealth:\n") == digest
    assert after("西藏", '"540000"') == digest
    different = {
        after("rate: 70%", "rate: 71%"),
        after("第一条", "第三条"),
        after("title: 通知", "title: 通告"),
        after("2018-12-31", "2018-12-30"),
        after("primary", "two_reports"),
        after("health:\n", 'benefit_year: "10-01"\nhealth:\n'),
        after("300 元", "300.01 元"),
        after("    cap: 1000 元\n", ""),
    }
    assert len(different | {digest}) == 9
    reform = pp.load_file(path).reform({"health.basic.rate": "71%"})
    assert reform.hash not in (digest, *different - {after("rate: 70%", "rate: 71%")})


def test_rule_sets_are_equal_where_their_rules_and_days_are(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert pp.load_file(path) == load(tmp_path, on="2018-01-01")
    assert load(tmp_path, on="2018-01-01") != load(tmp_path, on="2018-01-02")
    assert len({load(tmp_path), load(tmp_path), pp.load_file(path)}) == 2
    assert repr(load(tmp_path)) == "RuleSet('Tibet', on='2018-06-01')"


def test_an_outcome_says_which_rules_made_it(tmp_path: Path) -> None:
    rules = pp.load_file(write(tmp_path))
    stated = rules.assess({"groups": [], "claims": [bill(1000)]}).to_dict()["rules"]
    assert stated == {"place": "540000", "date": "2018-01-01", "hash": rules.hash, "version": pp.__version__}
    reform = rules.reform({"health.basic.rate": "80%"}, title="提高")
    stated = reform.assess({"groups": [], "claims": [bill(1000)]}).to_dict()["rules"]
    assert stated["hash"] == reform.hash
    assert stated["reform"] == {
        "title": "提高",
        "changes": [{"name": "health.basic.rate", "before": "70%", "after": "80%"}],
    }


# --- folders and packages ---------------------------------------------------------------------------------


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    write(tmp_path)
    first = load(tmp_path)
    assert load(tmp_path) is first
    path = write(tmp_path, body=HEALTH.replace("70%", "75%"))
    assert pays(load(tmp_path), "basic", bill(1500)) == "750.00"
    assert pays(first, "basic", bill(1500)) == "700.00"
    path.unlink()
    with pytest.raises(pp.RuleError):
        _ = load(tmp_path).cascade


def test_folders_add_to_the_library(tmp_path: Path) -> None:
    write(tmp_path)
    assert load(tmp_path, "henan", "2018-07-01") == pp.load("henan", on="2018-07-01")
    write(tmp_path, at="41-henan", place="河南省", known_to="2019-12-31")
    with pytest.raises(pp.RuleError, match="overlaps"):
        load(tmp_path, "henan", "2018-07-01")


@pytest.fixture
def fresh() -> Iterator[None]:
    """Nothing remembered of installed packages, before and after."""

    def forget() -> None:
        for cached in (library_module.installed_folders, face._library, face._loaded):
            cached.cache_clear()

    forget()
    yield
    forget()


@pytest.mark.usefixtures("fresh")
def test_packages_add_rules_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "as_folder")
    write(tmp_path / "as_package", at="65-xinjiang", place="新疆")

    def entry_points(*, group: str) -> list[Any]:
        assert group == "poverty_policy.rules"
        package = SimpleNamespace(__path__=[str(tmp_path / "as_package")])
        return [
            SimpleNamespace(load=lambda: str(tmp_path / "as_folder")),
            SimpleNamespace(load=lambda: package),
        ]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    assert pays(pp.load("xizang", on="2018-06-01"), "basic", bill(1500)) == "700.00"
    assert pays(pp.load("新疆", on="2018-06-01"), "basic", bill(1500)) == "700.00"
    assert {"540000", "650000", "410000"} <= {one.place.code for one in pp.catalogue()}


def test_the_catalogue_lists_every_file(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, body="change:\n  health.basic.rate: {value: 75%, source: notice}\n", **COUNTY)
    found = {one.place.code: one for one in pp.catalogue([tmp_path]) if one.path.is_relative_to(tmp_path)}
    assert found["540000"].entries == ("basic", "critical_illness")
    assert found["540100"].entries == ("basic",)
    assert found["540000"].grades == ("one_report", "primary")
    assert found["540000"].planned
    assert not found["540000"].end_known


# --- wrong bands, several faults --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edges", "says", "line"),
    [
        (["{up_to: 2 元, rate: 1%}", "{up_to: 1 元, rate: 2%}", "{rate: 3%}"], "out of order: 1.00 after 2.00", 14),
        (["{up_to: 2 元, rate: 1%}", "{up_to: 2 元, rate: 2%}", "{rate: 3%}"], "the edge 2.00 is given twice", 14),
        (["{up_to: 0 元, rate: 1%}", "{rate: 3%}"], "out of order: 0.00 after 0.00", 13),
        (["{up_to: 2 元, rate: 1%}", "{rate: 2%}", "{rate: 3%}"], "only the last band may be open", 14),
        (["{up_to: 2 元, rate: 1%}", "{up_to: 3 元, rate: 2%}"], "the last band must be open", 14),
        (["{up_to: 2 元}", "{rate: 2%}"], "'rate' is missing", 13),
        (["{upto: 2 元, rate: 1%}", "{rate: 2%}"], "did you mean 'up_to'", 13),
        ([], "at least 1 item", 12),
    ],
)
def test_wrong_bands_are_named_with_their_line(edges: list[str], says: str, line: int, tmp_path: Path) -> None:
    listed = "".join(f"        - {edge}\n" for edge in edges) or "        []\n"
    body = (
        "health:\n  - layer: basic\n    source: notice\n    bands:\n      measured_from: zero\n      edges:\n" + listed
    )
    path = write(tmp_path, body=body)
    with pytest.raises(pp.RuleError, match=re.escape(says)) as caught:
        pp.load_file(path)
    assert (str(path), line) in [(fault.file, fault.line) for fault in caught.value.faults if says in fault.text("en")]


def test_several_faults_are_reported_together(tmp_path: Path) -> None:
    body = """\
health:
  - layer: basic
    source: notice
    deductible: {county: "1,5 元", default: many}
    rate: 80
    payers: {fund: 90%}
  - layer: critical_illness
    sorce: notice
    rate: 50%
  - guarantee: bottom_line
    source: nothing
    ceiling: 3000 元
  - layers: x
"""
    path = write(tmp_path, body=body)
    with pytest.raises(pp.RuleError) as caught:
        pp.load_file(path)
    found = {fault.line for fault in caught.value.faults}
    text = str(caught.value)
    for line, says in (
        (10, "'1,5 元' is not an amount"),
        (10, "'many' is not an amount"),
        (11, "80 is not a rate"),
        (14, "'sorce' is not a key known here; did you mean 'source'"),
        (17, "no source called 'nothing'"),
        (19, "each entry is exactly one of"),
    ):
        assert line in found
        assert says in text
    assert all(line.startswith(f"{path}:") for line in text.splitlines())


def test_faults_of_several_files_are_reported_together(tmp_path: Path) -> None:
    write(tmp_path, "2017-01-01", "health: [{layer: basic}]\n", known_to="2017-12-31", published="x")
    write(tmp_path, "2018-01-01", "helth: []\n")
    with pytest.raises(pp.RuleError) as caught:
        load(tmp_path)
    assert {Path(str(fault.file)).stem for fault in caught.value.faults} == {"2017-01-01", "2018-01-01"}


def test_what_is_to_be_inherited_where_nothing_is_known_is_named_line_by_line(tmp_path: Path) -> None:
    inherits = "health:\n  - inherit: basic\n  - inherit: critical_illness\n"
    path = write(tmp_path, "2025-01-01", inherits, at="370302-zichuan", place="370302", known_to="2025-12-31")
    with pytest.raises(pp.RuleError) as caught:  # Shandong's rules are known up to 2020
        pp.load_file(path)
    assert [(fault.line, fault.at) for fault in caught.value.faults] == [
        (8, ("health", 0, "inherit")),
        (9, ("health", 1, "inherit")),
    ]
    text = str(caught.value)
    assert "there is nothing above to use: rules of Shandong are known up to 2020-12-31" in text
    assert "extrapolate" not in text  # who writes a file cannot follow that advice
    changes = "change:\n  health.critical_illness.rate: {value: 70%, source: notice}\n"
    path = write(tmp_path, "2025-01-01", changes, at="370302-zichuan", place="370302", known_to="2025-12-31")
    with pytest.raises(
        pp.RuleError, match=r"yaml:8:\d+: change\.health\.critical_illness\.rate: there is nothing above"
    ):
        pp.load_file(path)


def test_faults_of_entries_are_said_beside_those_of_what_is_inherited(tmp_path: Path) -> None:
    body = "health:\n  - inherit: basic\n  - {layer: more, source: notice, rat: 70%}\n"
    path = write(tmp_path, "2025-01-01", body, at="370302-zichuan", place="370302", known_to="2025-12-31")
    report = check_files(face.library(), [path])
    assert [fault.line for fault in report.faults] == [8, 9]


def test_a_file_is_not_known_before_it_is_published(tmp_path: Path) -> None:
    path = write(tmp_path, published="2018-03-01")
    assert pp.load_file(path, known="2018-03-01").place.code == "540000"
    with pytest.raises(pp.RuleError, match="became known on 2018-03-01, not by 2018-02-28"):
        pp.load_file(path, known="2018-02-28")
    with pytest.raises(pp.RuleError, match="the rules of Tibet became known on 2018-03-01, not by 2018-02-28"):
        load(tmp_path, known="2018-02-28")


def test_a_share_of_a_figure_that_is_open_is_open(tmp_path: Path) -> None:
    income = "{income: {value: unspecified, year: 2017, source: notice}}"
    body = HEALTH.replace("registered_poor: 300 元", "registered_poor: {share: 25%, of: income}")
    rules = pp.load_file(write(tmp_path, body=body, indices=income))
    with pytest.raises(pp.UnspecifiedError, match=r"deductible\.registered_poor"):
        pays(rules, "basic", bill(10_000), groups=("registered_poor",))
    supplied = rules.reform({"health.basic.deductible.registered_poor": "100 元"})
    assert pays(supplied, "basic", bill(10_000), groups=("registered_poor",)) == "6,930.00"


def test_a_layer_must_not_stand_twice(tmp_path: Path) -> None:
    body = HEALTH + "  - layer: basic\n    source: notice\n    rate: 5%\n"
    with pytest.raises(pp.RuleError, match=r"2018-01-01\.yaml:17:\d+: health\.3: 'health\.basic' stands twice"):
        pp.load_file(write(tmp_path, body=body))


def test_references_between_entries_are_checked_when_a_file_is_loaded(tmp_path: Path) -> None:
    body = HEALTH + "    after: [basics]\n    when: {groups: [dibo]}\n"
    with pytest.raises(pp.RuleError) as caught:
        pp.load_file(write(tmp_path, body=body))
    assert {fault.line for fault in caught.value.faults} == {17, 18}
    assert "did you mean 'basic'" in str(caught.value)
    assert "did you mean 'dibao'" in str(caught.value)


# --- reforms by name --------------------------------------------------------------------------------------


def test_a_reform_reaches_shorthands_and_joint_names(tmp_path: Path) -> None:
    body = """\
health:
  - layer: basic
    source: notice
    deductible: {"dibao, tekun": 100 元, default: 500 元}
    bands: {measured_from: zero, edges: [{up_to: 1000 元, rate: 50%}, {rate: 60%}]}
    per: claim
    cap: 1000 元
    payers: {fund: 60%, government: 40%}
"""
    rules = pp.load_file(write(tmp_path, body=body))
    changes = {
        "health.basic.deductible.dibao": "0 元",
        "health.basic.deductible.monitored": "200 元",
        "health.basic.bands.1.edges.1.rate": "70%",
        "health.basic.caps.1.amount": "2000 元",
    }
    reform = rules.reform(changes)
    line = reform.cascade.entries[0].deductible  # type: ignore[attr-defined]
    assert {names: str(leaf) for names, leaf in line.cases} == {
        ("tekun",): "100.00",
        ("dibao",): "0.00",
        ("monitored",): "200.00",
    }
    assert pays(reform, "basic", bill(1000), groups=("dibao",)) == "700.00"
    assert pays(reform, "basic", bill(1000), groups=("tekun",)) == "630.00"
    assert pays(rules, "basic", bill(5000)) == "1,000.00"
    assert pays(reform, "basic", bill(5000)) == "2,000.00"


def test_a_reform_names_what_it_cannot_do(tmp_path: Path) -> None:
    rules = pp.load_file(write(tmp_path))
    with pytest.raises(pp.RuleError) as caught:
        rules.reform(
            {
                "health.basic.rate": "170%",
                "health.basic.deductible.dibo": "1 元",
                "health.critical_illness.caps.2.amount": "1 元",
                "health.critical_illness.bands.1.edges.1.rate": "1%",
                "health.bottom_line.rate": "1%",
                "income.dibao.standard": "1 元",
            }
        )
    named = {str(fault.at[0]) for fault in caught.value.faults}
    assert named >= {
        "health.basic.rate",
        "health.critical_illness.caps.2.amount",
        "health.critical_illness.bands.1.edges.1.rate",
        "health.bottom_line.rate",
        "income.dibao.standard",
    }
    with pytest.raises(pp.RuleError, match="did you mean 'dibao'"):
        rules.reform({"health.basic.deductible.dibo": "1 元"})
