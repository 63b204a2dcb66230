"""Sections of household support: found by place, day and part; merged by name; set aside where something is missing."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy import cli, face
from poverty_policy.policy.line import Line, Series
from poverty_policy.policy.provision import SECTIONS
from poverty_policy.policy.scheme import KIND_OF
from poverty_policy.policy.words import Words
from poverty_policy.ruleset.check import check_files, check_library
from poverty_policy.ruleset.file import PARTS, RuleFile, Zone
from poverty_policy.ruleset.library import Library
from poverty_policy.ruleset.resolved import Resolved
from poverty_policy.ruleset.schema import rules_schema
from poverty_policy.ruleset.show import show
from poverty_policy.ruleset.stated import change

SOURCES = (
    "{notice: {title: 通知, status: in_force, grade: primary}, plan: {title: 方案, status: planned, grade: one_report}}"
)
PLACES = {
    "china": ("000000-china", "全国"),
    "xizang": ("54-xizang", "西藏"),
    "lhasa": ("5401-lhasa", "拉萨市"),
    "linzhou": ("540121-linzhou", "540121"),
}
HEALTH = "health: [{layer: basic, source: notice 一, rate: 70%}]\n"


def write(folder: Path, of: str, body: str, name: str = "2018-01-01", **facts: Any) -> Path:
    """A rule file of one of the places in a library of its own."""
    at, place = PLACES[of]
    known = {
        "place": f'"{place}"', "title": "{zh: 练习, en: exercise}", "valid_from": name[:10], "known_to": "2018-12-31",
        "published": name[:10], "sources": SOURCES, **facts,
    }  # fmt: skip
    path = folder / "cn" / at / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "".join(f"{key}: {value}\n" for key, value in known.items() if value is not None)
    path.write_text(head + body, encoding="utf-8")
    return path


def lines(**stated: str) -> str:
    """A section of lines: name -> what is said of it."""
    named = "label: {zh: 线, en: line}"
    listed = [f"  - {{line: {name}, {named}, source: notice, per: month, {said}}}\n" for name, said in stated.items()]
    return f"lines:\n{''.join(listed)}"


def load(folder: Path, place: str = "xizang", on: str = "2018-06-01", known: str | None = None, **how: Any) -> Resolved:
    seen = None if known is None else dt.date.fromisoformat(known)
    return Library([folder]).load(place, dt.date.fromisoformat(on), seen, **how)


def amounts(rules: Resolved) -> dict[str, str]:
    """The lines that hold, each with its amount or what it is a multiple of."""
    found = {}
    for stated in rules.provisions:
        entry = stated.entry
        assert isinstance(entry, Line)
        found[entry.name] = str(entry.amount) if entry.of is None else entry.of
    return found


def faults(error: pytest.ExceptionInfo[pp.RuleError]) -> list[str]:
    """Each fault by the file's place, its line and its sentence."""
    return [
        f"{Path(str(fault.file)).parent.name}:{fault.line}: {fault.text('en').split(': ', 2)[-1]}"
        for fault in error.value.faults
    ]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that stands for the library's own rules."""

    def forget() -> None:
        face._library.cache_clear()
        face._loaded.cache_clear()

    (tmp_path / "cn").mkdir()
    monkeypatch.setattr(face, "OWN_RULES", tmp_path)
    forget()
    yield tmp_path
    forget()


def test_the_sections_are_keys_of_a_file_and_each_kind_has_one() -> None:
    assert set(PARTS) <= set(RuleFile.model_fields)
    assert {section: kind.KIND for section, kind in KIND_OF.items()} == dict(SECTIONS)


# --- merging ----------------------------------------------------------------------------------------------


def test_what_is_stated_above_holds_unless_it_is_stated_again(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元", poverty="amount: 200 元"))
    write(tmp_path, "xizang", lines(dibao="amount: 350 元", local="times: 150%, of: dibao"))
    write(tmp_path, "lhasa", lines(poverty="amount: 250 元"))
    assert amounts(load(tmp_path, "china")) == {"dibao": "300.00", "poverty": "200.00"}
    assert amounts(load(tmp_path)) == {"dibao": "350.00", "poverty": "200.00", "local": "dibao"}
    rules = load(tmp_path, "540121")
    assert amounts(rules) == {"dibao": "350.00", "poverty": "250.00", "local": "dibao"}
    assert [stated.origin.place.en for stated in rules.provisions] == ["Tibet", "Lhasa", "Tibet"]
    assert rules.provision("line.poverty").citation().file.endswith("5401-lhasa/2018-01-01.yaml")
    assert [one.place.en for one in rules.sections["lines"].files] == ["Lhasa", "Tibet", "China"]
    assert rules.scheme.order.index("line.dibao") < rules.scheme.order.index("line.local")
    with pytest.raises(pp.RuleError, match=r"no provision called 'line\.dibo'; did you mean 'line\.dibao'"):
        rules.provision("line.dibo")


def test_a_national_folder_may_be_named_in_short(tmp_path: Path) -> None:
    path = write(tmp_path, "china", lines(dibao="amount: 300 元"))
    path.parent.rename(path.parent.with_name("00-china"))
    assert amounts(load(tmp_path, "china")) == {"dibao": "300.00"}


def test_single_values_are_changed_level_by_level(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: {urban: 400 元, rural: 300 元}", poverty="amount: 200 元"))
    one = "change:\n  line.dibao.amount.urban: {value: 450 元, source: notice 二}\n"
    two = "change:\n  line.dibao.amount.rural: {value: 350 元, source: plan}\n"
    write(tmp_path, "xizang", one)
    write(tmp_path, "lhasa", two)
    rules = load(tmp_path, "lhasa")
    stated = rules.provision("line.dibao")
    assert isinstance(stated.entry, Line)
    assert {names: str(leaf) for names, leaf in stated.entry.amount.cases} == {
        ("urban",): "450.00",
        ("rural",): "350.00",
    }
    assert stated.citation("amount.urban").text() == "《通知》二"
    assert stated.citation("amount.rural").text() == "《方案》"
    assert stated.citation().file.endswith("000000-china/2018-01-01.yaml")
    assert [len(load(tmp_path, place).sections["lines"].files) for place in ("china", "xizang", "lhasa")] == [1, 2, 3]


def test_what_is_stated_anew_leaves_changes_above_behind(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元"))
    write(tmp_path, "xizang", "change:\n  line.dibao.amount.default: {value: 350 元, source: notice}\n")
    write(tmp_path, "lhasa", lines(dibao="amount: 500 元"))
    assert amounts(load(tmp_path, "lhasa")) == {"dibao": "500.00"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("lines: [{inherit: line.dibao}]\n", "needs no inherit here: entries of the place above hold"),
        ("lines: [{line: a, source: notice, per: month}]\n", "state exactly one of amount and of"),
        ("lines: [{source: notice, per: month, amount: 1 元}]\n", "'line' is missing"),
        ("lines: [{line: a, per: month, amount: 1 元}]\n", "'source' is missing"),
        ("lines: [{line: a, source: notic, per: month, amount: 1 元}]\n", "did you mean 'notice'"),
        (
            lines(a="amount: 1 元", b="amount: 1 元", a_="amount: 2 元").replace("a_", "a"),
            "'line.a' stands twice",
        ),
        ("change:\n  line.dibo.amount.urban: {value: 1 元, source: notice}\n", "did you mean 'line.dibao'"),
        ("change:\n  line.dibao.amont: {value: 1 元, source: notice}\n", "no value called|not a key known here"),
        ("change:\n  line.dibao.line: {value: x, source: notice}\n", "no value called 'line.dibao.line'"),
        ("change:\n  lien.dibao.amount: {value: 1 元, source: notice}\n", "'lien' is not a key .* did you mean 'line'"),
        ("change:\n  line.dibao.amount.default: {value: 300 元, source: notice}\n", "it is 300 元 already"),
        ("change:\n  line.dibao.amount.urban: {value: much, source: notice}\n", "'much' is not an amount"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(body: str, says: str, tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元"))
    path = write(tmp_path, "xizang", body)
    with pytest.raises(pp.RuleError) as caught:
        _ = load(tmp_path).scheme
    (fault,) = caught.value.faults
    assert fault.file == str(path)
    assert fault.line in (7, 8, 10)
    assert re.search(says, fault.text("en"))


def test_faults_of_all_sections_and_places_come_together(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: much", other="amount: 1 元, rate: 5%"))
    write(tmp_path, "xizang", "series: [{series: income, source: notice, figures: {}}]\n" + lines(low="amount: -1 元"))
    with pytest.raises(pp.RuleError) as caught:
        _ = load(tmp_path).scheme
    assert {found.split(":")[0] for found in faults(caught)} == {"000000-china", "54-xizang"}
    assert {fault.line for fault in caught.value.faults} == {7, 8, 9}
    assert len(caught.value.faults) == 4


def test_unknown_references_are_named_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元", local="times: 150%, of: dibo", low="amount: {nobody: 1 元}"))
    with pytest.raises(pp.RuleError) as caught:
        _ = load(tmp_path, "china").scheme
    text = str(caught.value)
    assert "no provision called 'line.dibo'; did you mean 'line.dibao'" in text
    assert "'nobody'" in text
    assert [fault.line for fault in caught.value.faults] == [9, 10]


def test_a_circle_is_named_at_each_of_its_lines(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(a="times: 150%, of: b", c="amount: 1 元"))
    write(tmp_path, "xizang", lines(b="times: 150%, of: a"))
    with pytest.raises(pp.RuleError) as caught:
        _ = load(tmp_path).scheme
    found = sorted((Path(str(fault.file)).parent.name, fault.line) for fault in caught.value.faults)
    assert found == [("000000-china", 8), ("54-xizang", 8)]
    assert re.search(r"line\.(a → line\.b → line\.a|b → line\.a → line\.b)", str(caught.value))


# --- parts and their days ---------------------------------------------------------------------------------


def test_files_of_a_place_may_state_different_parts_for_the_same_days(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH, known_to="2018-06-30")
    write(tmp_path, "xizang", lines(dibao="amount: 300 元"), "2018-03-01-lines")
    rules = load(tmp_path)
    assert set(rules.sections) == {"health", "lines"}
    assert (rules.valid_from, rules.valid_to) == (dt.date(2018, 1, 1), dt.date(2018, 6, 30))
    assert rules.sections["lines"].valid_from == dt.date(2018, 3, 1)
    assert [one.stem for one in rules.files] == ["2018-01-01", "2018-03-01-lines"]
    assert not rules.missing


def test_a_part_overlaps_itself_only(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH + lines(dibao="amount: 300 元"), known_to="2018-06-30")
    write(tmp_path, "xizang", lines(dibao="amount: 350 元"), "2018-06-01-lines")
    with pytest.raises(pp.RuleError, match=r"2018-06-01-lines\.yaml:3:1: .*overlaps 2018-01-01\.yaml in lines;"):
        load(tmp_path)
    write(tmp_path, "xizang", lines(dibao="amount: 350 元"), "2018-06-01-lines", supersedes='"2018-01-01"')
    rules = load(tmp_path)  # the newer file goes before the older one for lines, not for health
    assert amounts(rules) == {"dibao": "350.00"}
    assert rules.sections["health"].files[0].stem == "2018-01-01"
    assert amounts(load(tmp_path, on="2018-05-31")) == {"dibao": "300.00"}


def test_a_change_counts_as_stating_what_it_changes(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元"))
    write(tmp_path, "xizang", HEALTH)
    change = "change:\n  line.dibao.amount.default: {value: 350 元, source: notice}\n"
    write(tmp_path, "xizang", change, "2018-02-01-lines")
    assert amounts(load(tmp_path)) == {"dibao": "350.00"}
    write(tmp_path, "xizang", lines(other="amount: 1 元"), "2018-03-01-lines")
    with pytest.raises(pp.RuleError, match="in lines"):
        load(tmp_path)


def test_what_replaces_a_file_must_state_some_of_the_same_parts(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH)
    write(tmp_path, "xizang", lines(dibao="amount: 300 元"), "2018-02-01-lines", supersedes='"2018-01-01"')
    with pytest.raises(pp.RuleError, match="there is no file 2018-01-01 that states the same parts"):
        load(tmp_path)


def test_a_gap_is_a_gap_of_a_part(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH)
    write(tmp_path, "xizang", lines(dibao="amount: 300 元"), "2018-02-01-lines", known_to="2018-03-31")
    write(tmp_path, "xizang", lines(dibao="amount: 350 元"), "2018-06-01-lines")
    with pytest.raises(pp.RuleError, match="of lines, nothing is said between 2018-03-31 and 2018-06-01"):
        load(tmp_path)
    write(tmp_path, "xizang", lines(dibao="amount: 350 元"), "2018-06-01-lines", gap_before="没有查到")
    rules = load(tmp_path, on="2018-05-01")
    assert "lines: rules of Tibet are not known for 2018-05-01: 没有查到" in rules.missing["lines"].text("en")
    assert amounts(load(tmp_path)) == {"dibao": "350.00"}


def test_a_file_must_state_something(tmp_path: Path) -> None:
    write(tmp_path, "xizang", "zones: {lhasa_city: {zh: 拉萨, en: Lhasa, places: [540100]}}\n")
    with pytest.raises(pp.RuleError, match=r"the file states no rule \(health, series, lines"):
        load(tmp_path)


# --- what is missing --------------------------------------------------------------------------------------


def test_what_is_missing_is_recorded_and_what_needs_it_set_aside(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元"), "2018-09-01")
    body = lines(a="times: 150%, of: dibao", b="times: 150%, of: a", c="amount: 1 元", d="times: 200%, of: c")
    write(tmp_path, "xizang", body)
    rules = load(tmp_path)
    assert amounts(rules) == {"c": "1.00", "d": "c"}
    assert rules.set_aside == {"line.a": "line.dibao", "line.b": "line.dibao"}
    assert "China are known from 2018-09-01 only, nothing for 2018-06-01" in rules.missing["lines"].text("en")
    assert rules.scheme.order.index("line.c") < rules.scheme.order.index("line.d")
    with pytest.raises(pp.RuleError, match=r"line\.b cannot be used: line\.dibao is missing \(lines: rules of China"):
        rules.provision("line.b")
    with pytest.raises(pp.RuleError, match=r"line\.b cannot be used"):
        rules.reform({"line.b.times": "200%"})
    assert amounts(load(tmp_path, on="2018-09-01")) == {
        "dibao": "300.00",
        "a": "dibao",
        "b": "a",
        "c": "1.00",
        "d": "c",
    }


def test_only_what_belongs_to_a_missing_part_may_be_absent(tmp_path: Path) -> None:
    series = "series: [{series: income, source: notice, figures: {2017: 10000 元}}]\n"
    write(tmp_path, "china", series, "2018-09-01")
    write(tmp_path, "xizang", lines(a="times: 50%, of: series.income", b="times: 150%, of: nothing"))
    with pytest.raises(pp.RuleError, match=r"2018-01-01\.yaml:9:\d+: .*no provision called 'line\.nothing'"):
        _ = load(tmp_path).scheme
    write(tmp_path, "xizang", lines(a="times: 50%, of: series.income", b="times: 150%, of: a"))
    assert load(tmp_path).set_aside == {"line.a": "series.income", "line.b": "series.income"}
    assert not load(tmp_path, on="2018-10-01").set_aside


def test_a_change_of_what_is_missing_is_set_aside(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元"), "2018-09-01")
    change = "change:\n  line.dibao.amount.default: {value: 350 元, source: notice}\n"
    write(tmp_path, "xizang", lines(a="times: 150%, of: dibao") + change)
    assert load(tmp_path).set_aside == {"line.dibao": "line.dibao", "line.a": "line.dibao"}
    assert load(tmp_path).provisions == ()
    assert amounts(load(tmp_path, on="2018-09-01")) == {"dibao": "350.00", "a": "dibao"}
    write(tmp_path, "lhasa", lines(dibao="amount: 400 元"))
    assert amounts(load(tmp_path, "lhasa")) == {"a": "dibao", "dibao": "400.00"}


def test_what_was_not_known_yet_is_missing(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元"), published="2018-05-01")
    write(tmp_path, "xizang", lines(a="times: 150%, of: dibao"))
    rules = load(tmp_path, known="2018-04-30")
    assert rules.set_aside == {"line.a": "line.dibao"}
    assert rules.missing["lines"].text("en") == "lines: no rules are known for China as of 2018-04-30"
    assert not load(tmp_path, known="2018-05-01").missing.get("lines")
    with pytest.raises(pp.RuleError, match="no rules are known for Tibet as of 2017-12-31"):
        load(tmp_path, known="2017-12-31")


def test_each_part_is_extrapolated_by_itself(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH, known_to="2019-12-31")
    write(tmp_path, "xizang", lines(dibao="amount: 300 元"), "2018-01-01-lines")
    assert "extrapolate=True" in load(tmp_path, on="2019-06-01").missing["lines"].text("en")
    rules = load(tmp_path, on="2019-06-01", extrapolate=True)
    assert not rules.missing
    assert not rules.extrapolated
    assert rules.sections["lines"].extrapolated


# --- with and without health ------------------------------------------------------------------------------


def test_a_place_may_have_no_health_rules(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(poverty="amount: 200 元"), known_to="2018-10-31")
    write(tmp_path, "xizang", lines(dibao="amount: 300 元"), "2018-02-01", known_to=None, valid_to="2018-12-31")
    rules = load(tmp_path, "lhasa")
    assert rules.missing["health"].text("en") == "no health rules are known for Lhasa, Tibet"
    assert (rules.valid_from, rules.valid_to) == (dt.date(2018, 2, 1), dt.date(2018, 10, 31))
    assert not rules.end_known
    assert rules.entries == ()
    assert "dibao" in list(rules.vocabulary.names("group"))
    assert amounts(rules) == {"poverty": "200.00", "dibao": "300.00"}
    with pytest.raises(pp.RuleError, match="no health rules are known for Lhasa"):
        _ = rules.cascade
    with pytest.raises(pp.RuleError, match="no health rules are known for Lhasa"):
        rules.reform({"health.basic.rate": "80%"})


def test_health_that_is_missing_for_the_day_stops_who_settles_claims(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH, "2018-07-01")
    write(tmp_path, "xizang", lines(dibao="amount: 300 元"))
    without = load(tmp_path)
    assert amounts(without) == {"dibao": "300.00"}
    with pytest.raises(pp.RuleError, match=r"known from 2018-07-01 only"):
        _ = without.cascade
    claim = {"date": "2018-06-01", "kind": "inpatient", "cost": {"in_scope": "100 元"}}
    with pytest.raises(pp.RuleError, match=r"known from 2018-07-01 only"):
        pp.RuleSet(without).assess({"groups": [], "claims": [claim]})
    rules = load(tmp_path, health=False)
    assert rules.missing["health"].text("en") == "the health rules were left out on request"
    assert amounts(rules) == {"dibao": "300.00"}
    assert "health" not in load(tmp_path, on="2018-08-01", health=False).sections
    with pytest.raises(pp.RuleError) as caught:
        load(tmp_path, on="2017-08-01")
    assert "health=False" not in str(caught.value)  # it would not help
    with pytest.raises(pp.RuleError, match="lines: rules of Tibet are known from 2018-01-01 only"):
        load(tmp_path, on="2017-08-01", health=False)


def test_national_rules_alone_must_be_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(poverty="amount: 200 元"))
    with pytest.raises(pp.RuleError, match=r"no rules are known for Tibet.* national rules alone, say health=False"):
        load(tmp_path)
    assert amounts(load(tmp_path, health=False)) == {"poverty": "200.00"}
    assert amounts(load(tmp_path, "中国")) == {"poverty": "200.00"}
    with pytest.raises(pp.RuleError, match=r"no rules are known for Tibet(?!.*health=False)"):
        load(tmp_path, known="2017-01-01")


def test_without_health_there_must_be_something_else(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH)
    with pytest.raises(pp.RuleError, match="no rules besides those of health are known for Tibet"):
        load(tmp_path, health=False)


ACCOUNT = """\
accounts:
  - account: income
    source: notice
    months: 12
    items: {wage: counted, farming: {share: 50%, months: 6}}
    results: {benefit.tekun: counted}
    deductions: [{deduction: medical, health: true}]
benefits: []
"""


def test_a_provision_that_needs_health_is_set_aside_without_it(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH + ACCOUNT.replace("    results: {benefit.tekun: counted}\n", ""))
    assert load(tmp_path).set_aside == {}
    assert load(tmp_path, health=False).set_aside == {"account.income": "health"}


def test_a_circle_may_lead_through_health(tmp_path: Path) -> None:
    groups = "groups: [{group: dibao, of: household, source: notice, when: {income: income, below: dibao}}]\n"
    account = ACCOUNT.replace("    results: {benefit.tekun: counted}\n", "")
    health = HEALTH.replace("rate: 70%", "rate: {dibao: 80%, default: 70%}")
    write(tmp_path, "china", lines(dibao="amount: 300 元") + groups + account)
    write(tmp_path, "xizang", HEALTH)
    assert load(tmp_path).scheme.order.index("health") < load(tmp_path).scheme.order.index("group.dibao")
    write(tmp_path, "xizang", health)
    with pytest.raises(pp.RuleError, match=r"health → group\.dibao|group\.dibao → account\.income") as caught:
        _ = load(tmp_path).scheme
    assert {fault.line for fault in caught.value.faults} == {9, 15}


def test_a_reform_goes_by_names_that_a_file_writes_in_short(tmp_path: Path) -> None:
    write(tmp_path, "xizang", HEALTH + ACCOUNT, "2018-01-01")
    (stated,) = load(tmp_path).provisions
    for dotted, value in {
        "account.income.items.wage.share": "90%",
        "account.income.items.farming.share": "60%",
        "account.income.results.benefit.tekun.share": "0%",
        "account.income.results.benefit.tekun": "left_out",
    }.items():
        changed, made = change({stated.full_name: stated}, dotted, value)
        assert changed.entry != stated.entry
        assert made.name == dotted
    with pytest.raises(pp.RuleError, match=r"items\.wage\.share: 1000% is outside"):
        change({stated.full_name: stated}, "account.income.items.wage.share", "1000%")


def test_who_needs_health_alone_does_not_read_the_provisions(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(poverty="amount: much"))
    write(tmp_path, "xizang", HEALTH)
    rules = face.RuleSet(load(tmp_path))
    assert rules.cascade.entries[0].name == "basic"
    assert rules.reform({"health.basic.rate": "80%"}).hash != rules.hash
    with pytest.raises(pp.RuleError, match="'much' is not an amount"):
        _ = rules.resolved.provisions


# --- zones ------------------------------------------------------------------------------------------------


def test_zones_are_names_by_which_values_differ(tmp_path: Path) -> None:
    zones = (
        "zones:\n  west: {zh: 西部, en: the west, places: [54, 青海省]}\n  east: {zh: 东部, en: east, places: [11]}\n"
    )
    write(tmp_path, "china", zones + lines(poverty="amount: {west: 300 元, default: 200 元}"))
    write(tmp_path, "xizang", HEALTH + "zones: {east: {zh: 藏东, en: eastern Tibet, places: [昌都市, 5404]}}\n")
    rules = load(tmp_path)
    assert rules.zones == {"east": ("540300", "540400"), "west": ("540000", "630000")}
    assert rules.vocabulary.text("zone", "west", "zh") == "西部"
    assert rules.vocabulary.text("zone", "east", "zh") == "藏东"
    assert rules.scheme.by_name["line.poverty"].full_name == "line.poverty"


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (
            {"zones": "{west: {zh: 西部, en: west, places: [西天]}}"},
            "zones.west.places.1: there is no place called '西天'",
        ),
        ({"zones": "{west: {zh: 西部, en: west, places: []}}"}, "at least 1 item"),
        ({"zones": "{West: {zh: 西部, en: west, places: [54]}}"}, "a name is lower-case"),
        ({"zones": "{rural: {zh: 农村, en: rural, places: [54]}}"}, "'rural' is another term already"),
        ({"terms": "{zone: {west: {zh: 西部, en: west}}}"}, "zones are declared under `zones`"),
        (
            {"zones": "{west: {zh: 西, en: w, places: [54]}}", "terms": "{group: {west: {zh: 西, en: w}}}"},
            "zones.west: 'west' is another term already",
        ),
    ],
)
def test_wrong_zones_are_refused(facts: dict[str, str], says: str, tmp_path: Path) -> None:
    path = write(tmp_path, "china", lines(poverty="amount: 200 元"), **facts)
    with pytest.raises(pp.RuleError, match=re.escape(says)) as caught:
        load(tmp_path, "china")
    assert {fault.file for fault in caught.value.faults} == {str(path)}


def test_a_zone_must_not_have_the_name_of_a_term_of_another_file(tmp_path: Path) -> None:
    zones = "zones: {west: {zh: 西部, en: west, places: [54]}}\n"
    write(tmp_path, "china", lines(poverty="amount: 200 元"), terms="{group: {west: {zh: 西部人, en: westerners}}}")
    path = write(tmp_path, "xizang", zones + lines(dibao="amount: 200 元"))
    with pytest.raises(pp.RuleError, match="'west' is another term already") as caught:
        _ = load(tmp_path).vocabulary
    assert caught.value.faults[0].file == str(path)


# --- reforms ----------------------------------------------------------------------------------------------


def test_a_reform_reaches_into_provisions(tmp_path: Path) -> None:
    series = "series: [{series: income, source: notice, figures: {2016: 9000 元, 2017: 10000 元}}]\n"
    body = series + lines(dibao="amount: {urban: 600 元, rural: 400 元}", low="times: 150%, of: dibao")
    write(tmp_path, "xizang", HEALTH + body)
    rules = load(tmp_path)
    before = rules.hash
    changes = {
        "line.dibao.amount.urban": "620 元",
        "series.income.figures.2017": "10001 元",
        "series.income.figures.2018": "12000 元",
        "line.low.times": "200%",
        "health.basic.rate": "80%",
    }
    reform = rules.reform(changes, title="提高")
    dibao, income = reform.provision("line.dibao").entry, reform.provision("series.income").entry
    assert isinstance(dibao, Line)
    assert isinstance(income, Series)
    assert [str(leaf) for _, leaf in dibao.amount.cases] == ["620.00", "400.00"]
    assert {year: str(leaf) for year, leaf in income.figures.items()} == {
        2016: "9,000.00",
        2017: "10,001.00",
        2018: "12,000.00",
    }
    assert [(one.name, str(one.before)) for one in reform.changes] == [
        ("line.dibao.amount.urban", "600 元"),
        ("series.income.figures.2017", "10000 元"),
        ("series.income.figures.2018", "None"),
        ("line.low.times", "150%"),
        ("health.basic.rate", "70%"),
    ]
    assert reform.scheme.by_name["line.dibao"] is dibao
    assert reform.hash != before == rules.hash == load(tmp_path).hash
    again = reform.reform({"line.dibao.amount.urban": "600 元"})
    assert again.provision("series.income").entry == income
    assert (
        rules.reform({"health.basic.rate": "80%"}).provision("line.dibao").entry == rules.provision("line.dibao").entry
    )


def test_a_reform_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    write(
        tmp_path, "xizang", HEALTH + lines(dibao="amount: {urban: 600 元, rural: 400 元}", low="times: 200%, of: dibao")
    )
    rules = load(tmp_path)
    with pytest.raises(pp.RuleError) as caught:
        rules.reform(
            {
                "line.dibao.amount.urban": "600 元",
                "line.dibao.amount.rural": "some",
                "line.dibo.amount": "1 元",
                "line.dibao.amounts.urban": "1 元",
                "lien.dibao.amount.urban": "1 元",
                "line.dibao.line": "x",
            }
        )
    said = {str(fault.at[0]): fault.text("en") for fault in caught.value.faults}
    assert "changes nothing: it is 600 元 already" in said["line.dibao.amount.urban"]
    assert "'some' is not an amount" in said["line.dibao.amount.rural"]
    assert "did you mean 'line.dibao'" in said["line.dibo.amount"]
    assert (
        "no value called 'line.dibao.amounts.urban'; did you mean 'line.dibao.amount'"
        in said["line.dibao.amounts.urban"]
    )
    assert (
        "no value called 'lien.dibao.amount.urban'; did you mean 'line.dibao.amount'" in said["lien.dibao.amount.urban"]
    )
    assert "no value called 'line.dibao.line'" in said["line.dibao.line"]
    with pytest.raises(pp.RuleError, match="did you mean 'urban'"):
        rules.reform({"line.dibao.amount.urbam": "1 元"})
    with pytest.raises(pp.RuleError, match=r"line\.low\.of: .*in a circle"):
        rules.reform({"line.low.of": "low"})


# --- the digest -------------------------------------------------------------------------------------------


def test_the_hash_covers_provisions_where_there_are_any(tmp_path: Path) -> None:
    digest: dict[str, str] = {}

    def of(name: str, china: str | None, tibet: str, **facts: Any) -> str:
        folder = tmp_path / name
        if china is not None:
            write(folder, "china", china, **facts)
        write(folder, "xizang", tibet)
        digest[name] = load(folder).hash
        return digest[name]

    national = lines(a="amount: 300 元", b="amount: 200 元")
    first = of("first", national, HEALTH)
    assert of("again", national.replace("notice,", "notice,   "), HEALTH) == first
    assert of("titles", national, HEALTH, limitations="[没有]") == first
    assert of("unused_source", national, HEALTH, sources=SOURCES.replace("方案", "计划")) == first
    of("none", None, HEALTH)
    of("amount", national.replace("200", "201"), HEALTH)
    of("locator", national.replace("source: notice", "source: notice 二", 1), HEALTH)
    of("source", national, HEALTH, sources=SOURCES.replace("通知", "通告"))
    of("days", national, HEALTH, known_to="2018-12-30")
    of("changed", national, HEALTH + "change: {line.a.amount.default: {value: 1 元, source: notice}}\n")
    of("replaced", national, HEALTH + lines(a="amount: 1 元"))
    of("zones", national + "zones: {west: {zh: 西部, en: west, places: [54]}}\n", HEALTH)
    index = "indices: {i: {value: 100 元, year: 2017, source: notice}}\n"
    of("index", index + lines(a="amount: {share: 10%, of: i}"), HEALTH)
    of("index2", (index + lines(a="amount: {share: 10%, of: i}")).replace("100 元", "101 元"), HEALTH)
    same = ("first", "again", "titles", "unused_source")
    assert len(set(digest.values())) == len(digest) - len(same) + 1
    replaced = lines(a="amount: 301 元", b="amount: 200 元")  # what is replaced as a whole does not matter
    assert of("replaced2", replaced, HEALTH + lines(a="amount: 1 元")) == digest["replaced"]


# --- one file, and Python ---------------------------------------------------------------------------------


def test_a_file_of_one_section_is_loaded_with_what_the_library_has(home: Path, tmp_path: Path) -> None:
    write(home, "china", lines(dibao="amount: 300 元"))
    write(home, "xizang", HEALTH)
    own = write(tmp_path / "own", "lhasa", lines(local="times: 150%, of: dibao"))
    rules = pp.load_file(own)
    assert amounts(rules.resolved) == {"dibao": "300.00", "local": "dibao"}
    assert [entry.name for entry in rules.cascade.entries] == ["basic"]
    assert pp.load_file(own, health=False).resolved.missing.keys() == {"health"}
    with pytest.raises(pp.RuleError, match="holds from 2018-01-01 to 2018-12-31, not on 2019-01-01"):
        pp.load_file(own, on="2019-01-01")
    beyond = pp.load_file(own, on="2019-01-01", extrapolate=True).resolved
    assert beyond.sections["lines"].extrapolated
    write(tmp_path / "own", "lhasa", lines(local="times: 150%, of: dibo"))
    with pytest.raises(pp.RuleError, match=r"did you mean 'line\.dibao'"):
        pp.load_file(own)


def test_a_file_without_health_does_not_need_any(home: Path, tmp_path: Path) -> None:
    own = write(tmp_path / "own", "lhasa", lines(local="amount: 1 元"))
    assert pp.load_file(own).resolved.missing["health"].text("zh") == "没有西藏自治区拉萨市的医疗报销规则"
    write(home, "xizang", HEALTH, "2018-07-01")
    face._library.cache_clear()
    assert "known from 2018-07-01 only" in pp.load_file(own).resolved.missing["health"].text("en")


def test_loading_by_name(home: Path) -> None:
    write(home, "china", lines(dibao="amount: 300 元"))
    rules = pp.load("xizang", on="2018-06-01", health=False)
    assert amounts(rules.resolved) == {"dibao": "300.00"}
    assert rules.reform({"line.dibao.amount.urban": "400 元"}) != rules
    with pytest.raises(pp.RuleError, match="left out on request"):
        _ = rules.cascade


def test_provisions_are_composed_in_python() -> None:
    source = pp.Source(title="练习", status="planned", grade="one_report")
    days: dict[str, Any] = {"place": "xizang", "valid_from": "2018-01-01", "valid_to": "2018-12-31"}
    how = {**days, "source": source, "title": "练习"}
    dibao = Line(line="dibao", per="month", amount={"west": "300 元", "default": "200 元"}, source="一")
    low = Line(line="low", label=pp.Label(zh="线", en="line"), per="month", times="150%", of="dibao")
    zones = {"west": Zone(zh="西部", en="west", places=["54"])}
    rules = pp.compose(provisions=[low, dibao], zones=zones, **how)
    assert rules.resolved.scheme.order == ("line.dibao", "line.low")
    assert rules.resolved.provision("line.dibao").citation().text() == "《练习》一"
    assert rules.resolved.zones == {"west": ("540000",)}
    assert rules.hash != pp.compose(provisions=[dibao], zones=zones, **how).hash
    reform = rules.reform({"line.dibao.amount.west": "310 元"})
    assert "310.00" in "\n".join(show(reform.resolved, "zh"))
    with pytest.raises(pp.RuleError, match="no health rules were composed"):
        _ = rules.cascade
    cascade = pp.Cascade([pp.Layer(layer="basic", rate="70%")])
    both = pp.compose(cascade, [low, dibao], zones=zones, **how)
    assert set(both.resolved.sections) == {"health", "lines"}
    assert [entry.name for entry in both.cascade.entries] == ["basic"]
    with pytest.raises(pp.RuleError, match="neither a cascade nor a provision"):
        pp.compose(**how)
    with pytest.raises(pp.RuleError, match=r"'line\.dibao' stands twice"):
        pp.compose(provisions=[dibao, dibao], zones=zones, **how)
    with pytest.raises(pp.RuleError, match=r"no provision called 'line\.dibao'"):
        pp.compose(provisions=[low], **how)


# --- looking ----------------------------------------------------------------------------------------------


def test_the_catalogue_names_provisions_with_their_kind(tmp_path: Path) -> None:
    body = HEALTH + lines(a="amount: 1 元") + "change: {line.b.amount.urban: {value: 1 元, source: notice}}\n"
    write(tmp_path, "xizang", body)
    (entry,) = Library([tmp_path]).catalogue()
    assert entry.entries == ("basic", "line.a", "line.b")


def test_a_look_says_what_is_weak_and_what_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: 300 元"), "2018-09-01")
    body = lines(a="amount: {urban: unspecified, rural: 1 元}, reading: 一种", b="times: 150%, of: dibao")
    path = write(tmp_path, "xizang", body)
    report = check_library(Library([tmp_path]))
    assert report.faults == ()
    said = [remark.en for remark in report.remarks if remark.file == str(path)]
    assert said == [
        "source plan rests on one report: 方案",
        "source plan is planned only: 方案",
        "line.a is a reading",
        "line.a.amount.urban is unspecified",
        "line.b cannot be used on 2018-01-01: line.dibao is missing",
    ]
    write(tmp_path, "xizang", lines(a="times: 150%, of: a"))
    assert "in a circle" in check_files(Library([tmp_path]), [path]).faults[0].text("en")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_provisions_are_shown_after_the_health_programme(lang: Any, tmp_path: Path) -> None:
    write(tmp_path, "china", lines(dibao="amount: {urban: 300 元, rural: unspecified}, note: 说明文字"), "2018-02-01")
    write(tmp_path, "xizang", HEALTH)
    text = "\n".join(show(load(tmp_path), lang))
    assert text.index("health.basic") < text.index("line.dibao")
    assert "line.dibao.amount.urban = 300.00" in text
    assert "说明文字" in text
    assert "《通知》" in text.partition("line.dibao")[2]
    earlier = "\n".join(show(load(tmp_path, on="2018-01-15"), lang))
    assert "2018-02-01" in earlier
    assert "line.dibao" not in earlier


def test_a_provision_may_say_in_words_what_it_states() -> None:
    class Told(Line):
        def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
            yield 0, words.labelled(self.name, "first")
            yield 1, "then"

    source = pp.Source(title="练习", status="planned", grade="one_report")
    days: dict[str, Any] = {"place": "xizang", "valid_from": "2018-01-01", "valid_to": "2018-12-31"}
    told = Told(line="dibao", per="month", amount="1 元", source="一")
    rules = pp.compose(provisions=[told], source=source, title="练习", **days)
    assert "   dibao: first\n     then" in "\n".join(show(rules.resolved, "en"))


def test_the_command_line_can_do_without_health(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "china", lines(dibao="amount: 300 元"))
    assert cli.main(["show", "xizang@2018-06-01", "--lang", "en"]) == 1
    assert "--without-health" in capsys.readouterr().err
    assert cli.main(["show", "xizang@2018-06-01", "--lang", "en", "--without-health"]) == 0
    shown = capsys.readouterr().out
    assert "1. " in shown
    assert "the health rules were left out on request" in shown
    assert cli.main(["list", "--files", "--lang", "en"]) == 0
    assert "line.dibao" in capsys.readouterr().out


def test_the_schema_describes_each_section() -> None:
    schema = rules_schema()
    for section, kind in KIND_OF.items():
        assert schema["properties"][section]["items"] == {"$ref": f"#/$defs/{kind.__name__}"}
        assert kind.KIND in schema["$defs"][kind.__name__]["properties"]
        assert schema["properties"][section]["description"]
    assert schema["$defs"]["Line"]["properties"]["amount"]["description"]
    assert json.dumps(schema)
