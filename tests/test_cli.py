"""The command line, as a person and as a program use it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from making import case, claim, rule_file, write
from poverty_policy.cli import main

EXAMPLE = str(Path(__file__).parents[1] / "examples/henan-2018.yaml")
RULES = "henan@2018-07-01"


def test_assess_prints_a_settlement_in_either_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", EXAMPLE, "--rules", RULES, "--lang", "zh"]) == 0
    sheet = capsys.readouterr().out
    for line in (
        "医疗费用结算说明",
        "起付线 7,500.00，本次扣除 7,500.00",
        "0.00 至 50,000.00 部分：4,500.00 × 80% = 3,600.00",
    ):
        assert line in sheet
    assert main(["assess", EXAMPLE, "--rules", RULES, "--lang", "en"]) == 0
    assert "deductible 7,500.00, taken now 7,500.00" in capsys.readouterr().out


def test_json_is_one_object_of_the_promised_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", EXAMPLE, "--rules", RULES, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["rules"]) == {"place", "date", "hash", "version"}
    assert found["results"]["health.critical_illness"] == "38200.31"
    assert all(value is None or value.replace(".", "", 1).isdigit() for value in found["results"].values())
    assert found["steps"]
    assert found["warnings"] == []


def test_a_spreadsheet_holds_exact_numbers_and_no_formula(tmp_path: Path) -> None:
    bad = case(claim(100, id="=1+1", paid={"basic": 0}), id="=cmd|'/c calc'!A1", insurance="resident")
    path = write(tmp_path / "case.yaml", bad)
    out = tmp_path / "out.xlsx"
    assert main(["assess", str(path), "--rules", RULES, "--format", "xlsx", "--output", str(out)]) == 0
    book = openpyxl.load_workbook(io.BytesIO(out.read_bytes()))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "=cmd|'/c calc'!A1" in [cell.value for cell in cells]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_faults_go_to_standard_error_with_their_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("groups: [dibaoo]\nclaims:\n  - date: 2018-05-01\n    kind: inpatient\n    cost: {in_scope: -1}\n")
    assert main(["assess", str(path), "--rules", RULES, "--lang", "en"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{path}:5:" in shown.err
    path.write_text(path.read_text().replace("-1", "1"))
    assert main(["assess", str(path), "--rules", RULES, "--lang", "zh"]) == 1
    assert "是不是 dibao" in capsys.readouterr().err


def test_nothing_is_half_written(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("before")
    broken = write(tmp_path / "case.yaml", {"groups": []})
    broken.write_text("claims: 3")
    assert main(["assess", str(broken), "--rules", RULES, "--output", str(out)]) == 1
    assert out.read_text() == "before"
    assert main(["assess", EXAMPLE, "--rules", RULES, "--output", str(tmp_path / "none/out.json")]) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "henan"], "state the date"),
        (["show", "hennan@2018-07-01"], "henan"),
        (["show", "henan@2018-13-01"], "no date"),
        (["show", "henan@2019-12-31"], None),
        (["show", "henan@2050-01-01"], "not known|known up to"),
        (["assess", "none.yaml", "--rules", RULES], "cannot read"),
        (["assess", EXAMPLE, "--rules", RULES, "--format", "xlsx"], "--output"),
        (["check", "none.yaml"], "cannot read"),
    ],
)
def test_exit_status_and_message(arguments: list[str], says: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    status = main([*arguments, "--lang", "en"])
    shown = capsys.readouterr()
    if says is None:
        assert status == 0
        return
    assert status == 1
    assert any(word in shown.err for word in says.split("|"))


def test_wrong_usage_is_status_2() -> None:
    for arguments in ([], ["assess"], ["frobnicate"], ["show", "x", "--lang", "fr"]):
        with pytest.raises(SystemExit) as error:
            main(arguments)
        assert error.value.code == 2


def test_list_marks_what_is_planned_and_superseded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--files", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "planned; superseded by 2018-01-01" in shown
    assert "\x1b" not in shown  # colours on a terminal only


def test_show_writes_rules_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "raohe@2016-05-01", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    for line in ("〔承自黑龙江省双鸭山市〕", "health.basic.rate = 未定", "= 5 个百分点", "0至"[:1]):
        assert line in shown
    assert main(["show", RULES, "--lang", "en"]) == 0
    assert "50,000 yuan" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "lang", "row"),
    [
        ("lanzhou@2022-06-15", "zh", "critical_illness.bands.1.edges.1.rate = 60%　0.00 至 10,000.00 元，从起付线算起"),
        ("lanzhou@2022-06-15", "en", "bands.1.edges.5.rate = 80%　above 100,000.00 yuan, counted from the deductible"),
        ("henan@2018-07-01", "zh", "critical_illness.bands.1.edges.3.rate.default = 70%　100,000.00 元以上，其余"),
        ("341524@2020-06-15", "zh", "bands.2.edges.1.rate = 50%　村卫生室或乡镇卫生院"),
        ("341524@2020-06-15", "zh", "caps.1.amount.five_guarantees, tekun = 不封顶　每次结算，五保供养对象或特困人员"),
        ("341524@2020-06-15", "zh", "适用条件（分段2） = 医疗机构级别为村卫生室或乡镇卫生院"),
        ("haerbin@2020-06-15", "zh", "basic.cuts.1.points = 5 个百分点　省内市外或省外，按规定转诊"),
        ("haerbin@2020-06-15", "en", "basic.caps.1.amount = 180,000.00 yuan　per year"),
    ],
)
def test_show_says_where_a_value_belongs(place: str, lang: str, row: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", place, "--only", "health", "--lang", lang]) == 0
    assert any(line.endswith(row) for line in capsys.readouterr().out.splitlines())


def test_check_of_a_file_and_of_the_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path / "good.yaml", rule_file({"layer": "basic", "rate": "50%"}))
    assert main(["check", str(good), "--lang", "en"]) == 0
    assert "no faults" in capsys.readouterr().out
    bad = write(tmp_path / "bad.yaml", rule_file({"layer": "basic", "rate": "x"}, {"layer": "b", "rat": 1}))
    assert main(["check", str(good), str(bad), "--lang", "en"]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) >= 2
    assert main(["check", "--quiet", "--lang", "zh"]) == 0


def test_a_part_that_is_not_there_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "guizhou@2017-06-15", "--only", "health", "--lang", "en"]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 2
    assert "Guizhou are known from" in lines[1]


def test_check_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path), "--lang", "zh"]) == 1
    assert "文件夹里没有规则文件" in capsys.readouterr().err
    write(tmp_path / "one.yaml", rule_file({"layer": "basic", "rate": "50%"}))
    write(tmp_path / "below" / "two.yaml", rule_file({"layer": "basic", "rate": "60%"}))
    assert main(["check", str(tmp_path), "--lang", "en"]) == 0
    assert "2 rule files checked" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "three.yaml"), "--lang", "zh"]) == 1
    assert "没有这个文件" in capsys.readouterr().err


def test_a_case_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(Path(EXAMPLE).read_text()))
    assert main(["assess", "-", "--rules", RULES, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"]["health.cost"] == "164000.37"


@pytest.mark.parametrize(("locale", "word"), [("zh_CN.UTF-8", "代码"), ("en_US.UTF-8", "code"), ("C.UTF-8", "code")])
def test_the_language_follows_the_locale(
    locale: str, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert main(["list"]) == 0
    assert word in capsys.readouterr().out


def test_a_reader_that_stops_early_is_no_fault() -> None:
    command = [sys.executable, "-m", "poverty_policy.cli", "schema", "rules"]
    shell = shutil.which("bash")
    assert shell
    line = " ".join(f"'{part}'" for part in command) + " | head -1; exit ${PIPESTATUS[0]}"
    shown = subprocess.run([shell, "-c", line], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")


RUN = ("run", "claims=x.csv", "out", "--rules", "henan@2018-07-01")
WHATIF = ("whatif", EXAMPLE.replace("henan-2018", "henan-lower"), "--rules", "henan@2018-07-01")


@pytest.mark.parametrize(
    ("missing", "command"),
    [("narwhals", RUN), *((one, (*WHATIF, "--population", "synthetic:9")) for one in ("narwhals", "polars", "numpy"))],
)
def test_without_the_extra_for_frames_it_says_what_to_install(missing: str, command: tuple[str, ...]) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from poverty_policy.cli import main; sys.exit(main())"
    told = [sys.executable, "-c", code, *command, "--lang", "en"]
    ran = subprocess.run(told, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        f"this command needs {missing}; install it with: pip install 'poverty-policy[frames]'"
    ]
