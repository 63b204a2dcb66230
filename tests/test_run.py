"""Whole files through a rule set: what a file says is taken as it stands, and all is written or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook, load_workbook

import poverty_policy as pp
from poverty_policy.cli import main
from poverty_policy.population.files import read_tables, write_table

BILLS = pl.DataFrame({
    "id": ["001", "002", "003"],
    "person": ["甲", "甲", "乙"],
    "date": ["2018-03-05", "2018-07-20", "2018-05-30"],
    "insurance": ["城乡居民基本医保"] * 3,
    "groups": ["建档立卡贫困人口", "建档立卡贫困人口", ""],
    "kind": ["住院"] * 3,
    "cost.in_scope": ["30000.00", "8000.00", "60000.50"],
    "paid.basic": ["18000.00", "5200.00", "33000.00"],
})  # fmt: skip
#: 30,000 - 18,000 - 7,500 = 4,500 at 80 %; then 8,000 - 5,200 at 80 %; 60,000.50 - 33,000 - 15,000 at 50 %.
CRITICAL = {"001": "3600.00", "002": "2240.00", "003": "6000.25"}
NAMES = "claims: {住院号: id}\n"


def run(*arguments: str | Path) -> int:
    return main(["run", *map(str, arguments), "--rules", "henan@2018-12-31", "--lang", "zh"])


def results(folder: Path, name: str = "claims") -> dict[str, dict[str, str]]:
    rows = pl.read_csv(folder / f"{name}.csv", infer_schema=False).to_dicts()
    return {row["id"]: row for row in rows}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_in_any_encoding_that_is_met(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(BILLS.write_csv().encode(encoding))
    assert run(path, tmp_path / "out") == 0
    assert {id_: row["health.critical_illness"] for id_, row in results(tmp_path / "out").items()} == CRITICAL
    assert "health.critical_illness            11840.25" in capsys.readouterr().out


def test_the_record_tells_what_made_the_results(tmp_path: Path) -> None:
    path = tmp_path / "账单.csv"
    path.write_bytes(BILLS.rename({"id": "住院号"}).write_csv().encode("gbk"))
    (tmp_path / "names.yaml").write_text(NAMES, encoding="utf-8")
    assert run(f"claims={path}", tmp_path / "out", "--columns", tmp_path / "names.yaml") == 0
    record = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert record["rules"] == pp.load("henan", on="2018-12-31").resolved.identity
    assert record["inputs"][0] | {"sha256": "…"} == {"file": "账单.csv", "sha256": "…", "rows": {"claims": 3}}
    assert len(record["inputs"][0]["sha256"]) == 64
    assert record["rows"] == {"claims": 3}
    assert record["totals"]["claims"]["health.critical_illness"] == "11840.25"


def test_a_workbook_of_bills_people_and_households(tmp_path: Path) -> None:
    book = Workbook()
    tables = {
        "claims": BILLS.drop("insurance", "groups").with_columns(
            pl.Series("cost.in_scope", [30000.0, 8000.0, 60000.5])
        ),
        "persons": pl.DataFrame({
            "id": ["甲", "乙"], "household": ["一", "二"], "groups": ["建档立卡贫困人口", None],
            "insurance": ["resident"] * 2, "birth_date": ["1950-01-01"] * 2,
        }),
        "households": pl.DataFrame({"id": ["一", "二"], "residence": ["rural"] * 2, "records_complete": ["是", "否"],
                                    "facts.safe_housing": ["是", None]}),
    }  # fmt: skip
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.append(table.columns)
        for row in table.iter_rows():
            sheet.append(row)
    book.save(tmp_path / "全县.xlsx")
    assert run(tmp_path / "全县.xlsx", tmp_path / "out", "--format", "xlsx") == 0
    sheet = load_workbook(tmp_path / "out" / "claims.xlsx").active
    rows = list(sheet.iter_rows(values_only=True))
    place = rows[0].index("health.critical_illness")
    assert {row[0]: f"{row[place]:.2f}" for row in rows[1:]} == CRITICAL
    assert (tmp_path / "out" / "households.xlsx").exists()


def test_parquet_in_and_out_keeps_fen(tmp_path: Path) -> None:
    amounts = [pl.col("cost.in_scope", "paid.basic").str.to_decimal(scale=2)]
    BILLS.with_columns(*amounts).write_parquet(tmp_path / "claims.parquet")
    assert run(tmp_path / "claims.parquet", tmp_path / "out", "--format", "parquet") == 0
    made = pl.read_parquet(tmp_path / "out" / "claims.parquet")
    assert dict(zip(made["id"], map(str, made["health.critical_illness"]), strict=True)) == CRITICAL


def test_rows_that_are_wrong_stop_the_run_or_come_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = BILLS.with_columns(pl.Series("cost.in_scope", ["30000.005", "8000", "60000.5"]))
    (tmp_path / "claims.csv").write_bytes(bad.write_csv().encode())
    assert run(tmp_path / "claims.csv", tmp_path / "out") == 1
    assert "claims.cost.in_scope: 应是 0 至 5,000,000.00 元、最多两位小数：1 行" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["claims.csv"]  # nothing is written, nor left half-written
    assert run(tmp_path / "claims.csv", tmp_path / "out", "--collect") == 0
    assert list(results(tmp_path / "out")) == ["003"]
    assert set(results(tmp_path / "out", "rejected")) == {"001", "002"}
    assert run(tmp_path / "claims.csv", tmp_path / "out", "--collect") == 1
    assert "已经有了" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("bills.csv", b"id\n1\n", "请写明是哪张表，如 claims="),
        ("claims.txt", b"id\n1\n", "只读 .csv, .parquet, .xlsx"),
        ("claims.csv", b"\xff\xff\x00", "不是 UTF-8、GB 18030 或 UTF-16 编码"),
        ("claims.csv", b"id,person\n1,2,3\n", "不是整齐的 CSV"),
        ("claims.parquet", b"PAR1", "不是 Parquet"),
        ("claims.xlsx", b"PK", "不是 xlsx"),
        ("claims.csv", b"id,person\n1,2\n", "缺少“date”列"),
        ("missing.csv", None, "读不了文件"),
    ],
)
def test_files_that_cannot_be_read(
    name: str, content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert run(path, tmp_path / "out") == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_rules_used_beyond_their_days_are_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = BILLS.with_columns(pl.lit("2021-02-01").alias("date"), pl.lit("丙").alias("person")).head(1)
    (tmp_path / "claims.csv").write_bytes(late.write_csv().encode())
    arguments = ["run", str(tmp_path / "claims.csv"), str(tmp_path / "out"), "--rules", "shandong@2021-06-01"]
    assert main(arguments) == 1  # what Shandong pays after 2020 is not known
    assert main([*arguments, "--extrapolate", "--lang", "en"]) == 0
    assert "extrapolated to 2021-06-01 on request" in capsys.readouterr().out
    (warning,) = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["warnings"]
    assert "2020-12-31" in warning


def test_one_frame_in_two_files_and_values_supplied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("claims.csv", "more.csv"):
        (tmp_path / name).write_bytes(BILLS.write_csv().encode())
    assert run(tmp_path / "claims.csv", f"claims={tmp_path / 'more.csv'}", tmp_path / "out") == 1
    assert "claims 有两份" in capsys.readouterr().err
    change = "health.critical_illness.deductible.registered_poor=5000 元"
    assert run(tmp_path / "claims.csv", tmp_path / "out", "--set", change) == 0
    assert results(tmp_path / "out")["001"]["health.critical_illness"] == "5600.00"  # (12,000 - 5,000) x 80 %


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_text_from_outside_never_becomes_a_formula(kind: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["=1+1", "@x", "-2", "plain"], "n": [1, 2, 3, 4]})
    write_table(frame, tmp_path / f"it{kind}")
    if kind == ".csv":
        assert (tmp_path / "it.csv").read_text("utf-8-sig").splitlines()[1:] == ["'=1+1,1", "'@x,2", "'-2,3", "plain,4"]
        return
    cells = [row[0] for row in load_workbook(tmp_path / "it.xlsx").active.iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in frame["id"]]


def test_cells_are_taken_as_they_stand(tmp_path: Path) -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["id", "cost.in_scope", "date", None])
    sheet.append(["0012", 30000.1, "2018-05-01", "beside"])
    sheet.append([])
    sheet.append([7, 30000.0, None])
    book.save(tmp_path / "any.xlsx")
    table = read_tables(tmp_path / "any.xlsx", "claims").tables["claims"]
    assert table.rows() == [("0012", "30000.1", "2018-05-01"), ("7", "30000", None)]
