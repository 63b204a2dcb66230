"""Targets: what was aimed at, budgeted or reported, kept beside the rules and never part of a calculation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy.cli import main
from poverty_policy.ruleset.check import check_files
from poverty_policy.ruleset.library import OWN_RULES, Library

RATE = """\
  - target: rate
    label: {zh: 政策范围内报销比例, en: rate within scope}
    of: {zh: 贫困人口, en: the poor}
    kind: target
    at_least: 90%
    before: 85.5%
    by: 2015-12-31
    source: plan 三（第7行）
"""


def written(folder: Path, targets: str, more: str = "", name: str = "2015-01-01-goals.yaml") -> Path:
    place = folder / "cn" / "710000-taiwan"
    place.mkdir(parents=True, exist_ok=True)
    path = place / name
    path.write_text(
        'place: "710000"\ntitle: {zh: 目标, en: goals}\nvalid_from: 2015-01-01\nknown_to: 2015-12-31\n'
        "published: 2015-01-01\nsources:\n  plan: {title: 方案, status: planned, grade: one_report}\n"
        f"  news: {{title: 报道, status: reported, grade: one_report}}\n{more}targets:\n{targets}",
        encoding="utf-8",
    )
    return path


def target(**given: Any) -> pp.Target:
    return pp.Target(**{"target": "x", "label": {"zh": "甲", "en": "a"}, "kind": "target", **given})


@pytest.mark.parametrize(
    ("raw", "quality", "amount", "zh", "en"),
    [
        ("75%", "rate", 7500, "75%", "75%"),
        ("10.89 points", "points", 1089, "10.89 个百分点", "10.89 points"),
        ("10.89 个百分点", "points", 1089, "10.89 个百分点", "10.89 points"),
        ("90 万元", "money", 90_000_000, "900,000.00 元", "900,000.00 yuan"),
        (12, "number", 12, "12 人", "12 persons"),
        ("12.5", "number", Decimal("12.5"), "12.5 人", "12.5 persons"),
        ("-3", "number", -3, "-3 人", "-3 persons"),
        ("1,200", "number", 1200, "1,200 人", "1,200 persons"),
        (True, "flag", 1, "是", "yes"),
        (pp.Money("5"), "money", 500, "5.00 元", "5.00 yuan"),
        (pp.Rate("5%"), "rate", 500, "5%", "5%"),
    ],
)
def test_a_figure_is_exact_and_has_a_quality(raw: Any, quality: str, amount: Any, zh: str, en: str) -> None:
    figure, unit = pp.Figure.of(raw), pp.Label(zh="人", en="persons")
    assert (figure.quality, figure.amount) == (quality, amount)
    assert figure.text("zh", unit if quality == "number" else None) == zh
    assert figure.text("en", unit if quality == "number" else None) == en


@pytest.mark.parametrize("raw", ["", "many", "1,2", "5..1", None, [], "７a", "0.123 分", "5²"])
def test_what_is_no_figure_is_refused(raw: Any) -> None:
    with pytest.raises(pp.InputError):
        pp.Figure.of(raw)


@pytest.mark.parametrize(
    ("bound", "reached", "met"),
    [
        ("at_least", "89.99%", False), ("at_least", "90%", True), ("at_least", "90.01%", True),
        ("at_most", "89.99%", True), ("at_most", "90%", True), ("at_most", "90.01%", False),
        ("equals", "89.99%", False), ("equals", "90%", True), ("equals", "90.01%", False),
        ("about", "90%", None),
    ],
)  # fmt: skip
def test_a_target_is_met_or_not_on_either_side_of_its_figure(bound: str, reached: str, met: bool | None) -> None:
    checked = target(**{bound: "90%"}).check(reached)
    assert checked.met is met
    assert checked.distance.text("en") == f"{Decimal(reached[:-1]) - 90:f} points".replace("0.00 ", "0 ")


def test_a_figure_of_another_kind_cannot_be_held_against_a_target() -> None:
    with pytest.raises(pp.InputError, match=r"90%"):
        target(equals="90%").check(90)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "exactly one of"),
        ({"equals": "5%", "about": "5%"}, "exactly one of"),
        ({"equals": 5}, "unit"),
        ({"equals": "5%", "unit": {"zh": "人", "en": "persons"}}, "unit"),
        ({"equals": "5%", "before": "5 元"}, "same kind"),
        ({"equals": "3 元", "parts": {"a": "1 元", "b": "1.99 元"}}, "add up to 2.99 yuan, not to 3.00 yuan"),
        ({"equals": "3 元", "part_labels": {"a": {"zh": "甲", "en": "a"}}}, "no such part"),
        ({"equals": "3 元", "label": None}, "label"),
    ],
)
def test_a_target_that_says_too_little_or_too_much_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(pp.RuleError) as caught:
        target(**given)
    assert says in caught.value.text("en")


def test_the_parts_of_a_budget_add_up() -> None:
    made = target(kind="budget", equals="3 元", parts={"county": "1 元", "town": "2 元"})
    assert made.parts["county"].value == pp.Money("1")


def test_targets_stand_beside_the_rules_and_change_no_result(tmp_path: Path) -> None:
    written(tmp_path, RATE)
    rules = pp.load("710000", on="2015-06-01", folders=[tmp_path])
    without = pp.load("taiwan", on="2015-06-01", health=False)
    (one,) = [each for each in rules.targets if each.place.code == "710000"]
    assert (one.name, one.place.code, one.citation.locator) == ("rate", "710000", "三（第7行）")
    assert one.text("zh") == "政策范围内报销比例（贫困人口）：至少 90%（目标，2015-12-31 前，原为 85.5%）"
    assert one.text("en") == ("rate within scope (the poor): at least 90% (target, by 2015-12-31, before: 85.5%)")
    assert one.target.by == dt.date(2015, 12, 31)
    assert [p.full_name for p in rules.resolved.provisions] == [p.full_name for p in without.resolved.provisions]
    (checked,) = rules.targets.check({"rate": "91%"})
    assert checked.to_dict() == {
        "target": "rate", "at_least": "90%", "reached": "91%", "distance": "1 points", "met": True,
    }  # fmt: skip
    with pytest.raises(pp.InputError, match="ratio"):
        rules.targets.check({"ratio": "91%", "rate": 5})


def test_documents_of_one_place_may_set_targets_at_once(tmp_path: Path) -> None:
    written(tmp_path, RATE)
    written(tmp_path, RATE.replace("90%", "95%"), name="2015-01-01-more.yaml")
    found = pp.load("710000", on="2015-06-01", folders=[tmp_path]).targets
    assert len([one for one in found if one.place.code == "710000"]) == 2
    later = pp.load("710000", on="2016-06-01", folders=[tmp_path], health=False).targets
    assert not [one for one in later if one.place.code == "710000"]


def test_a_name_may_stand_once_in_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, RATE + RATE)
    report = check_files(Library([OWN_RULES]), [path])
    assert [fault.line for fault in report.faults] == [18]


def test_what_was_known_later_is_not_seen(tmp_path: Path) -> None:
    written(tmp_path, RATE)
    (tmp_path / "cn" / "710000-taiwan" / "2015-01-01-goals.yaml").write_text(
        written(tmp_path, RATE).read_text(encoding="utf-8").replace("published: 2015-01-01", "published: 2015-03-01"),
        encoding="utf-8",
    )
    assert pp.load("710000", on="2015-06-01", known="2015-03-01", folders=[tmp_path]).targets["rate"]
    with pytest.raises(pp.RuleError):
        pp.load("710000", on="2015-06-01", known="2015-02-28", folders=[tmp_path])


def test_show_lists_targets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, RATE)
    assert main(["show", "710000@2015-06-01", "--only", "targets", "--folder", str(tmp_path), "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "rate within scope (the poor): at least 90%" in shown
    assert "one report only" in shown


# --- readings and disagreements ---------------------------------------------------------------------------

LINES = """\
lines:
  - line: dibao
    label: {zh: 低保标准, en: dibao standard}
    per: month
    amount: {urban: 500 元, rural: 300 元}
    source: plan
    reading: 按每月。
    alternatives: [按每年, 按每季]
    disagreements:
      - {value: amount.rural, says: %s, source: news 第二段}
"""


def test_a_reading_is_shown_with_its_alternatives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, RATE, LINES % "310 元")
    rules = pp.load("710000", on="2015-06-01", folders=[tmp_path])
    stated = rules.resolved.provision("line.dibao")
    assert stated.entry.readings == "按每月；另一种读法：按每年；另一种读法：按每季。"
    assert main(["show", "710000@2015-06-01", "--only", "lines", "--folder", str(tmp_path), "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "另一来源：amount.rural 为 310 元（《报道》第二段；仅一处报道）" in shown
    assert "另一种读法：按每年" in shown
    report = check_files(Library([OWN_RULES]), [path])
    assert not report.faults
    assert any("line.dibao.amount.rural" in one.zh and "不一致" in one.zh for one in report.remarks)


@pytest.mark.parametrize("says", ["300 元", "many"])
def test_a_disagreement_must_disagree(tmp_path: Path, says: str) -> None:
    report = check_files(Library([OWN_RULES]), [written(tmp_path, RATE, LINES % says)])
    assert [fault.line for fault in report.faults] == [18]


def test_alternatives_need_a_reading() -> None:
    with pytest.raises(pp.RuleError, match="reading"):
        pp.Layer(layer="basic", rate="70%", alternatives=["other"])


def test_a_composite_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, RATE, "composite: 两处文件拼合。\n" + LINES % "310 元")
    report = check_files(Library([OWN_RULES]), [path])
    assert any("拼合" in one.zh for one in report.remarks)
    assert main(["show", "710000@2015-06-01", "--folder", str(tmp_path), "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "拼合的规则: 两处文件拼合。" in shown
