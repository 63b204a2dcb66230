"""A new rule file: a start that is refused until somebody has looked at every value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import poverty_policy as pp
from poverty_policy.cli import main
from poverty_policy.ruleset.file import read_file
from poverty_policy.ruleset.library import OWN_RULES, Library

STARTS = ("henan@2018-07-01", "gansu@2023-01-01", "lanzhou@2022-06-01", "changshun@2017-06-01", "360323@2015-06-01",
          "chongqing@2021-12-01", "shanghai@2021-12-01", "anhui@2017-06-01", "raohe@2016-06-01")  # fmt: skip


def begun(folder: Path, *arguments: str) -> Path:
    assert main(["new", *arguments, "--into", str(folder), "--lang", "zh"]) == 0
    (path,) = folder.glob("cn/*/*.yaml")
    return path


def filled(path: Path) -> Path:
    """The file as somebody who knows everything would fill it in."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("known_to: 待填", "known_to: 2029-12-31").replace("published: 待填", "published: 2029-01-01")
    text = (
        text.replace("grade: 待填", "grade: primary").replace("待填", "甲").replace("source: todo", "source: notice 一")
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_every_place_that_is_open_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = begun(tmp_path, "411422", "2019-01-01", "--from", "henan@2018-07-01")
    assert path.relative_to(tmp_path) == Path("cn/411422-suixian/2019-01-01.yaml")
    lines = path.read_text(encoding="utf-8").splitlines()
    marks = ("待填", "source: todo")
    open_lines = {number for number, line in enumerate(lines, 1) if line[0] != "#" and any(it in line for it in marks)}
    capsys.readouterr()
    assert main(["check", str(path), "--lang", "zh"]) == 1
    first = {int(found) for found in re.findall(r"\.yaml:(\d+):", capsys.readouterr().err)}
    assert first == open_lines
    text = path.read_text(encoding="utf-8").replace("known_to: 待填", "known_to: 2019-12-31")
    text = text.replace("published: 待填", "published: 2019-01-01").replace("grade: 待填", "grade: primary")
    path.write_text(text.replace("待填", "甲"), encoding="utf-8")
    assert main(["check", str(path), "--lang", "zh"]) == 1
    sources = {int(found) for found in re.findall(r"\.yaml:(\d+):", capsys.readouterr().err)}
    assert sources == {number for number, line in enumerate(lines, 1) if "source: todo" in line}


@pytest.mark.parametrize("start", STARTS)
def test_what_was_started_from_settles_alike_once_it_is_filled_in(start: str, tmp_path: Path) -> None:
    code, date = start.split("@")
    health = True
    try:
        before = pp.load(code, on=date)
    except pp.RuleError:
        before, health = pp.load(code, on=date, health=False), False
    path = filled(begun(tmp_path, before.place.code, date, "--from", start))
    after = pp.load_file(path, health=health)
    own = [stated for stated in before.resolved.provisions if stated.origin.place == before.place]
    for stated in own:
        assert after.resolved.provision(stated.full_name).entry.values
    if "health" not in before.resolved.missing:
        names = [stated.entry.name for stated in before.resolved.entries]
        assert [stated.entry.name for stated in after.resolved.entries] == names
        assert not [one for one in before.diff(after) if one.entry.startswith("health")]
    ours = {stated.full_name for stated in own}
    assert not [one.name for one in before.diff(after) if one.entry in ours]


def test_an_empty_file_names_what_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = begun(tmp_path, "长顺县", "2021-01-01")
    assert (tmp_path / "rules.schema.json").exists()
    assert "$schema=../../rules.schema.json" in path.read_text(encoding="utf-8").splitlines()[0]
    assert main(["check", str(path), "--lang", "zh"]) == 1
    said = capsys.readouterr().err.splitlines()
    lines = path.read_text(encoding="utf-8").splitlines()
    left = {number for number, line in enumerate(lines, 1) if ("待填" in line or "todo" in line) and line[0] != "#"}
    assert {int(one.split(":")[1]) for one in said} == left  # in every part of the file at once
    assert all("还没有" in one for one in said)


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = begun(tmp_path, "411422", "2019-01-01")
    path.write_text("mine", encoding="utf-8")
    assert main(["new", "411422", "2019-01-01", "--into", str(tmp_path), "--lang", "en"]) == 1
    assert "is there already" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "mine"


def test_only_what_can_be_inherited_is_offered(tmp_path: Path) -> None:
    text = begun(tmp_path / "a", "370302", "2019-01-01").read_text("utf-8")
    assert "inherit: medical_assistance" in text
    assert "health.critical_illness.deductible: {value" in text
    text = begun(tmp_path / "b", "370302", "2025-01-01").read_text("utf-8")  # Shandong's are known to 2020
    assert "change:" not in text
    assert "inherit:" not in text
    assert "上级在这一天没有已知的医疗规定" in text


@pytest.mark.parametrize("date", ["2019-01-01", "2025-01-01"])
def test_what_is_offered_is_a_rule_file_once_it_is_filled_in(date: str, tmp_path: Path) -> None:
    path = filled(begun(tmp_path, "370302", date))
    text = (
        path.read_text("utf-8")
        .replace("{value: 甲", "{value: 100 元")
        .replace("urban: 甲, rural: 甲", "urban: 900 元, rural: 800 元")
    )
    path.write_text(text.replace('date: "甲"', 'date: "2029"'), encoding="utf-8")
    if "change:" in text:  # the three ways of writing exclude each other in part: the changed layer must be there
        text = text.replace("inherit: medical_assistance", "inherit: critical_illness")
    path.write_text(text, encoding="utf-8")
    assert pp.load_file(path).resolved.entries[0].entry.name == "basic"


def test_one_part_alone_can_be_copied_with_the_names_it_uses(tmp_path: Path) -> None:
    path = filled(begun(tmp_path, "370302", "2020-01-01", "--from", "anhui@2020-06-01", "--only", "health"))
    assert read_file(path).parts == {"health"}
    assert "income_grows_faster" not in path.read_text("utf-8")
    whole = filled(begun(tmp_path / "all", "370302", "2020-01-01", "--from", "anhui@2020-06-01"))
    assert read_file(whole).parts > {"health", "criteria"}
    assert "'on'" not in whole.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["suixiann", "2019-01-01"], "suixian"),
        (["411422", "2019"], "no date"),
        (["411422", "2019-01-01", "--from", "henan"], "state the date"),
        (["411422", "2019-01-01", "--from", "beijingg@2019-01-01"], "beijing"),
        (["370302", "2025-01-01", "--from", "shandong@2025-01-01"], "it does for 2015-01-01—2015-12-31, 2017-01-01"),
    ],
)
def test_what_cannot_be_started(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", *arguments, "--into", str(tmp_path), "--lang", "en"]) == 1
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_no_shipped_file_has_anything_left_open() -> None:
    library = Library([OWN_RULES])
    assert all("待填" not in one.path.read_text("utf-8") for code in library.codes() for one in library.headings(code))


def test_a_text_that_is_still_open_is_refused(tmp_path: Path) -> None:
    path = filled(begun(tmp_path, "411422", "2019-01-01", "--from", "henan@2018-07-01"))
    assert read_file(path).parts == {"health", "lines"}
    path.write_text(path.read_text("utf-8").replace("title: 甲", "title: 待填"), encoding="utf-8")
    with pytest.raises(pp.RuleError, match=r"还没有填写|filled in"):
        read_file(path)
