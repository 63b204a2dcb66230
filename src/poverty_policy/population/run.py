"""Whole files and databases through a rule set: tables in, tables and a record of the run out, all or none."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from poverty_policy.errors import InputError, invalid
from poverty_policy.population.files import FORMATS, write_parts
from poverty_policy.population.kinds import MoneyUnit
from poverty_policy.population.parts import Job, Tell
from poverty_policy.population.results import OnError
from poverty_policy.population.stores import Stored, clear, into_database, is_address, label_of, open_store
from poverty_policy.ruleset.resolved import Resolved

if TYPE_CHECKING:
    import polars as pl

_RECORD = "run.json"
#: How many rows are held in memory at a time; a gigabyte or two.
AT_ONCE = 2_000_000


@attrs.frozen
class Run:
    """What was done.

    Attributes:
        output: where the results are.
        rows: table -> how many rows it has; ``rejected`` counts the rows left out.
        totals: table -> amount -> its sum, in the unit of the amounts.
        warnings: what a reader of every result must know.
    """

    output: str
    rows: Mapping[str, int]
    totals: Mapping[str, Mapping[str, str]]
    warnings: tuple[str, ...]


def run_files(
    rules: Resolved,
    inputs: Sequence[str],
    output: str,
    *,
    columns: Mapping[str, Mapping[str, str]],
    money: MoneyUnit,
    on_error: OnError,
    kind: str,
    at_once: int = AT_ONCE,
    tell: Tell = lambda done, total: None,
) -> Run:
    """Read tables, settle and decide, and write the results: all of them or none.

    Args:
        rules: the rule set.
        inputs: files or tables of databases, each with the frame before it if its name is not the frame's:
            ``claims=bills.csv``, ``claims=postgresql://user@host/db#bills``.
        output: a new folder, or a database with what the names of its new tables begin with:
            ``duckdb:///data/county.db#settled``.
        columns, money, on_error: as for ``RuleSet.assess_frame``.
        kind: what to write into a folder: ``csv``, ``parquet`` or ``xlsx``.
        at_once: how many rows are held in memory at a time; what has more is settled in parts, by household.
        tell: told how many rows are done, of how many.

    Raises:
        InputError: with every fault; nothing is written then.
    """
    to_database = is_address(output)
    folder = Path(output)
    if not to_database and folder.exists():
        zh, en = f"{folder} 已经有了：请换一个名称", f"{folder} is there already: choose another name"
        raise InputError(invalid(zh, en, "output"))
    if f".{kind}" not in FORMATS:
        raise InputError(invalid(f"只写 {', '.join(FORMATS)}", f"only {', '.join(FORMATS)} can be written"))
    work = Path(tempfile.mkdtemp(prefix="poverty-policy-")) if to_database else folder.with_name(f".{folder.name}.part")
    try:
        clear(work)
        (work / "results").mkdir(parents=True)
        read = list(_read(inputs, work))
        tables = {
            name: _groups_told(table, columns.get(name, {})) for one in read for name, table in one.tables.items()
        }
        job = Job(rules, tables, columns, money, on_error, at_once, work, tell)
        results = _Results(work / "results")
        for made, warnings in job.parts():
            results.add(made, warnings)
        record = {
            "rules": dict(rules.identity),
            "inputs": [
                {
                    "file": one.label,
                    "sha256": one.digest,
                    "rows": {name: _height(table) for name, table in one.tables.items()},
                }
                for one in read
            ],
            "money": money,
            "rows": dict(results.rows),
            "totals": results.told(),
            "warnings": list(results.warnings),
        }
        text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        if to_database:
            into_database(output, results.folders(), text)
        else:
            ready = work / "ready"
            ready.mkdir()
            for name, rows in results.folders().items():
                write_parts(sorted(rows.glob("*.parquet")), ready / f"{name}.{kind}")
            (ready / _RECORD).write_text(text, encoding="utf-8")
            ready.replace(folder)
        shown = label_of(output) if to_database else str(folder)
        return Run(shown, results.rows, results.told(), tuple(results.warnings))
    except OSError as failure:
        zh, en = f"写不了 {folder}：{failure.strerror}", f"cannot write {folder}: {failure.strerror}"
        raise InputError(invalid(zh, en, "output")) from None
    finally:
        clear(work)


class _Results:
    """What parts come to, kept on disk as they come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self.sums: dict[str, dict[str, Decimal]] = {}
        self.warnings: dict[str, None] = {}
        self.parts = 0

    def add(self, made: Mapping[str, pl.DataFrame], warnings: Sequence[str]) -> None:
        """One more part."""
        for name, frame in made.items():
            place = self.folder / name
            place.mkdir(exist_ok=True)
            frame.write_parquet(place / f"{self.parts:06}.parquet")
            self.rows[name] = self.rows.get(name, 0) + frame.height
            if name != "rejected":
                sums = self.sums.setdefault(name, {})
                for column, total in _totals(frame):
                    sums[column] = sums.get(column, Decimal(0)) + Decimal(total)
        self.warnings |= dict.fromkeys(warnings)
        self.parts += 1

    def told(self) -> dict[str, dict[str, str]]:
        """The totals as text."""
        return {name: {column: str(total) for column, total in sums.items()} for name, sums in self.sums.items()}

    def folders(self) -> dict[str, Path]:
        """Where the rows of each table are."""
        return {name: self.folder / name for name in self.rows}


def open_files(inputs: Iterable[str], columns: Mapping[str, Mapping[str, str]], work: Path) -> dict[str, pl.LazyFrame]:
    """The tables that files and databases hold, by the frame that each is.

    Args:
        inputs: as for ``run_files``.
        columns: frame -> what it calls a column -> what a case calls it.
        work: a folder for what does not fit into memory; it must stay as long as the tables are read.

    Raises:
        InputError: one cannot be read, or a frame is given twice.
    """
    tables = {name: table for one in _read(inputs, work) for name, table in one.tables.items()}
    return {name: _groups_told(table, columns.get(name, {})) for name, table in tables.items()}


def _read(inputs: Iterable[str], work: Path) -> Iterator[Stored]:
    seen: dict[str, str] = {}
    for text in inputs:
        one = open_store(text, work)
        for name in one.tables:
            if name in seen:
                both = f"{seen[name]}, {one.label}"
                raise InputError(invalid(f"{name} 有两份：{both}", f"{name} is given twice: {both}"))
            seen[name] = one.label
        yield one


def _height(table: pl.LazyFrame) -> int:
    import polars as pl

    many: int = table.select(pl.len()).collect().item()
    return many


def _groups_told(table: pl.LazyFrame, names: Mapping[str, str]) -> pl.LazyFrame:
    """An empty cell of ``groups`` says: none; a file has no other way to say it."""
    import polars as pl

    columns = [column for column in table.collect_schema() if names.get(column, column) == "groups"]
    return table.with_columns(pl.col(columns).cast(pl.String).fill_null("")) if columns else table


def _totals(frame: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """The sums of the amounts."""
    import polars as pl

    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.Decimal) or (dtype == pl.Int64 and "." in name):
            yield name, str(frame[name].cast(pl.Decimal(38, 2) if isinstance(dtype, pl.Decimal) else pl.Int64).sum())


__all__ = ["AT_ONCE", "Run", "open_files", "run_files"]
