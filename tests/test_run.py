"""Whole files through a rule set: what a file says is taken as it stands, and all is written or nothing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import duckdb
import ibis
import polars as pl
import pytest
from openpyxl import Workbook, load_workbook

import poverty_policy as pp
from poverty_policy.cli import main
from poverty_policy.population import stores
from poverty_policy.population.files import read_tables, write_table
from poverty_policy.population.progress import Progress
from poverty_policy.population.run import run_files

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


# --- larger than memory, and databases ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def county() -> pp.Population:
    """600 persons with bills, of a county that does not fit into memory."""
    drawn = pp.synthetic(pp.load("henan", on="2018-07-01"), 600, seed=2)
    return attrs.evolve(drawn, villages=None)  # of a village, no part is made


def files_of(people: pp.Population, folder: Path) -> list[str]:
    paths = []
    for name, frame in people.frames().items():
        path = folder / f"{name}.parquet"
        frame.sample(fraction=1, shuffle=True, seed=3).write_parquet(path)
        paths.append(str(path))
    return paths


def in_parts(inputs: Sequence[str], output: str | Path, at_once: int, *more: str) -> int:
    rules = ("--rules", "henan@2018-07-01", "--money", "fen", "--lang", "zh")
    return main(["run", *inputs, str(output), *rules, "--at-once", str(at_once), *more])


def sorted_rows(folder: Path, name: str, kind: str = "parquet") -> list[tuple[Any, ...]]:
    path = folder / f"{name}.{kind}"
    frame = pl.read_parquet(path) if kind == "parquet" else pl.read_csv(path, infer_schema=False)
    return frame.sort("id").rows()


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_in_parts_it_is_the_same(kind: str, county: pp.Population, tmp_path: Path) -> None:
    inputs = files_of(county, tmp_path)
    assert in_parts(inputs, tmp_path / "whole", 10_000_000, "--format", kind) == 0
    for at_once in (97, 400):
        assert in_parts(inputs, tmp_path / f"parts-{at_once}", at_once, "--format", kind) == 0
        for name in ("claims", "persons", "households"):
            whole, parts = (sorted_rows(tmp_path / one, name, kind) for one in ("whole", f"parts-{at_once}"))
            assert parts == whole
        record = [(tmp_path / one / "run.json").read_text("utf-8") for one in ("whole", f"parts-{at_once}")]
        assert record[0] == record[1]
    assert not list(tmp_path.glob(".*"))


def test_bills_alone_in_parts(tmp_path: Path) -> None:
    named = [(pl.col("id") + f"-{n}", pl.col("person") + f"{n}") for n in range(9)]
    many = pl.concat([BILLS.with_columns(*both) for both in named])
    (tmp_path / "claims.csv").write_bytes(many.write_csv().encode("gb18030"))
    assert run(tmp_path / "claims.csv", tmp_path / "out", "--at-once", "5") == 0
    assert {row["id"]: row["health.critical_illness"] for row in results(tmp_path / "out").values()} == {
        f"{id_}-{n}": amount for id_, amount in CRITICAL.items() for n in range(9)
    }


def test_large_files_stay_on_disk(county: pp.Population, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "READ_WHOLE", 0)
    inputs = files_of(county, tmp_path)
    for name in county.frames():  # text in an encoding of its own
        text = pl.read_parquet(tmp_path / f"{name}.parquet").with_columns(pl.lit("备注").alias("remark"))
        encoding = {"persons": "gb18030", "claims": "utf-16", "households": "utf-8-sig"}[name]
        (tmp_path / f"{name}.csv").write_bytes(text.write_csv().encode(encoding))
        inputs = [one.replace(f"{name}.parquet", f"{name}.csv") for one in inputs]
    assert in_parts(inputs, tmp_path / "out", 300, "--format", "parquet") == 0
    monkeypatch.undo()
    assert in_parts(files_of(county, tmp_path), tmp_path / "whole", 10**7, "--format", "parquet") == 0
    for name in ("claims", "persons", "households"):
        told = [[tuple(map(str, row)) for row in sorted_rows(tmp_path / one, name)] for one in ("out", "whole")]
        assert sorted(told[0]) == sorted(told[1])


def test_wrong_rows_of_all_parts_are_said_together(
    county: pp.Population, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong_cost = pl.when(pl.col("id") % 10 == 0).then(-1).otherwise("cost.in_scope").alias("cost.in_scope")
    claims = county.claims.with_columns(wrong_cost)
    inputs = files_of(attrs.evolve(county, claims=claims), tmp_path)
    wrong = claims.filter(pl.col("cost.in_scope") < 0).height
    assert in_parts(inputs, tmp_path / "out", 100) == 1
    assert f"{wrong} 行" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert in_parts(inputs, tmp_path / "parts", 100, "--collect", "--format", "parquet") == 0
    assert in_parts(inputs, tmp_path / "whole", 10**7, "--collect", "--format", "parquet") == 0
    for name in ("claims", "rejected"):
        parts, whole = (sorted(map(str, sorted_rows(tmp_path / one, name))) for one in ("parts", "whole"))
        assert parts == whole


def test_ids_differ_among_all_parts(county: pp.Population, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = county.claims.with_columns(pl.when(pl.col("id") < 40).then(7).otherwise("id").alias("id"))
    assert in_parts(files_of(attrs.evolve(county, claims=twice), tmp_path), tmp_path / "out", 50) == 1
    assert "编号重复：1 个，例如 7" in capsys.readouterr().err
    lost = county.claims.drop("person")
    assert in_parts(files_of(attrs.evolve(county, claims=lost), tmp_path), tmp_path / "out", 50, "--collect") == 1
    assert "person" in capsys.readouterr().err


def test_progress_is_told(county: pp.Population, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    rules = pp.load("henan", on="2018-07-01")
    run_files(
        rules.resolved, files_of(county, tmp_path), str(tmp_path / "out"), columns={}, money="fen", on_error="raise",
        kind="parquet", at_once=200, tell=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    total = sum(frame.height for frame in county.frames().values())
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((0, total), (total, total))
    assert len(told) > 4


def test_duckdb_in_and_out(county: pp.Population, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = tmp_path / "county.db"
    with duckdb.connect(str(held)) as connection:
        for name, frame in county.frames().items():
            connection.register("it", frame.with_columns(pl.col(pl.Enum).cast(pl.String)).to_arrow())
            connection.execute(f"CREATE TABLE bills_{name} AS SELECT * FROM it")
            connection.unregister("it")
    inputs = [f"{name}=duckdb://{held}#bills_{name}" for name in county.frames()]
    out = f"duckdb://{tmp_path / 'out.db'}#settled"
    assert in_parts(inputs, out, 500) == 0
    assert in_parts(files_of(county, tmp_path), tmp_path / "whole", 10**7, "--format", "parquet") == 0
    with duckdb.connect(str(tmp_path / "out.db")) as connection:
        tables = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        assert tables == {"settled_claims", "settled_persons", "settled_households", "settled_run"}
        made = pl.from_arrow(connection.sql("SELECT * FROM settled_claims ORDER BY id").to_arrow_table())
        assert [tuple(row) for row in made.rows()] == sorted_rows(tmp_path / "whole", "claims")
        record = json.loads(connection.execute("SELECT record FROM settled_run").fetchone()[0])  # type: ignore[index]
    assert record["rows"]["persons"] == 600
    capsys.readouterr()
    assert in_parts(inputs, out, 500) == 1
    assert "已经有表 settled_claims" in capsys.readouterr().err
    for wrong, says in (
        (f"claims=duckdb://{tmp_path / 'none.db'}#it", "没有文件"),
        (f"claims=duckdb://{held}#it", "没有表 it（有 bills_claims"),
        (f"claims=duckdb://{held}", "claims=地址#表名"),
        (f"duckdb://{held}#bills_claims", "claims=地址#表名"),
    ):
        assert in_parts([wrong], tmp_path / "no", 500) == 1
        assert says in capsys.readouterr().err


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of its own; its address."""
    found = shutil.which("initdb") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), None)
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    programs = Path(found).resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    as_user = []
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([*as_user, str(programs / "initdb"), "-D", str(data), "-U", "official", "-A", "trust"], **quiet)
    server = [*as_user, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    subprocess.run([*server, "-o", f"-p {port} -k {folder} -c listen_addresses=127.0.0.1", "start"], **quiet)
    yield f"postgresql://official:secret@127.0.0.1:{port}/postgres"
    subprocess.run([*server, "-m", "immediate", "stop"], **quiet)
    shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_in_and_out(
    postgres: str, county: pp.Population, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = ibis.connect(postgres)
    for name, frame in county.frames().items():
        connection.create_table(f"bills_{name}", frame.with_columns(pl.col(pl.Enum).cast(pl.String)).to_arrow())
    inputs = [f"{name}={postgres}#bills_{name}" for name in county.frames()]
    assert in_parts(inputs, f"{postgres}#settled", 500) == 0
    assert "secret" not in capsys.readouterr().out
    assert in_parts(files_of(county, tmp_path), tmp_path / "whole", 10**7, "--format", "parquet") == 0
    for name in ("claims", "households"):
        made = connection.table(f"settled_{name}").to_polars().sort("id")
        assert made.rows() == sorted_rows(tmp_path / "whole", name)
    (record,) = connection.table("settled_run").to_polars()["record"]
    assert "secret" not in record
    assert json.loads(record)["inputs"][0]["file"].startswith("postgresql://official@127.0.0.1:")
    # yuan are exact decimals there
    connection.create_table("claims", BILLS.with_columns(pl.col("cost.in_scope").cast(pl.Decimal(18, 2))).to_arrow())
    assert run(f"{postgres}#claims", tmp_path / "yuan") == 0
    assert {id_: row["health.critical_illness"] for id_, row in results(tmp_path / "yuan").items()} == CRITICAL
    connection.disconnect()


def test_bills_in_postgresql_are_settled_there(postgres: str) -> None:
    rules = pp.load("henan", on="2018-12-31")
    connection = ibis.connect(postgres)
    decimals = BILLS.with_columns(pl.col("cost.in_scope", "paid.basic").str.to_decimal(scale=2))
    for name, frame in (("texts", BILLS), ("decimals", decimals)):
        connection.create_table(name, frame.to_arrow())
        settled = rules.assess_frame(claims=connection.table(name)).claims
        assert isinstance(settled, ibis.expr.types.Table)
        rows = settled.to_polars()
        assert {row["id"]: str(row["health.critical_illness"]) for row in rows.to_dicts()} == CRITICAL
        wrong = connection.table(name).mutate(insurance=ibis.literal("none such"))
        with pytest.raises(pp.InputError, match="3 rows"):
            rules.assess_frame(claims=wrong)
    connection.disconnect()


def test_a_terminal_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    progress = Progress("zh")
    progress(0, 3_000_000)
    progress(1_500_000, 3_000_000)
    progress(3_000_000, 3_000_000)
    start, half, end = capsys.readouterr().err.split("\r")[1:]
    assert start.endswith(f"[{'.' * 30}] 0 / 3,000,000 行")
    assert f"[{'#' * 15}{'.' * 15}] 1,500,000 / 3,000,000 行，每秒 " in half
    assert half.endswith(" 秒")
    assert end == "\x1b[K"
    quiet = Progress("en")
    quiet.shown = False
    quiet(1, 2)
    assert capsys.readouterr().err == ""
