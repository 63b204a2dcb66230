"""Whole files through a rule set: tables in, tables and a record of the run out, all of them or none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from poverty_policy.errors import InputError, invalid
from poverty_policy.population.assess import assess_frames
from poverty_policy.population.files import FORMATS, Read, read_tables, write_table
from poverty_policy.population.kinds import MoneyUnit
from poverty_policy.population.layout import FRAMES
from poverty_policy.population.results import Frames, OnError
from poverty_policy.ruleset.resolved import Resolved

if TYPE_CHECKING:
    import polars as pl

_RECORD = "run.json"


@attrs.frozen
class Run:
    """What was done.

    Attributes:
        folder: where the results are.
        rows: table -> how many rows it has; ``rejected`` counts the rows left out.
        totals: table -> amount -> its sum, in the unit of the amounts.
        warnings: what a reader of every result must know.
    """

    folder: Path
    rows: Mapping[str, int]
    totals: Mapping[str, Mapping[str, str]]
    warnings: tuple[str, ...]


def run_files(
    rules: Resolved,
    inputs: Sequence[str],
    folder: Path,
    *,
    columns: Mapping[str, Mapping[str, str]],
    money: MoneyUnit,
    on_error: OnError,
    kind: str,
) -> Run:
    """Read tables, settle and decide, and write the results into a new folder.

    Args:
        rules: the rule set.
        inputs: files, each with the frame before it if its name is not the frame's: ``claims=bills.csv``.
        folder: where the results go; it must not be there yet.
        columns, money, on_error: as for ``RuleSet.assess_frame``.
        kind: what to write: ``csv``, ``parquet`` or ``xlsx``.

    Raises:
        InputError: with every fault; nothing is written then.
    """
    if folder.exists():
        zh, en = f"{folder} 已经有了：请换一个名称", f"{folder} is there already: choose another name"
        raise InputError(invalid(zh, en, "output"))
    if f".{kind}" not in FORMATS:
        raise InputError(invalid(f"只写 {', '.join(FORMATS)}", f"only {', '.join(FORMATS)} can be written"))
    read, tables = open_files(inputs, columns)
    frames = {entity: tables[name] for entity, name in FRAMES.items() if name in tables}
    found = assess_frames(rules, frames, names=columns, money=money, on_error=on_error)
    made = {name: frame for name in (*FRAMES.values(), "rejected") if (frame := getattr(found, name)) is not None}
    rows = {name: frame.height for name, frame in made.items()}
    totals = {name: dict(_totals(frame)) for name, frame in made.items() if name != "rejected"}
    record = {
        "rules": dict(rules.identity),
        "inputs": [
            {
                "file": one.path.name,
                "sha256": one.digest,
                "rows": {name: table.height for name, table in one.tables.items()},
            }
            for one in read
        ],
        "money": money,
        "rows": rows,
        "totals": totals,
        "warnings": list(found.warnings),
    }
    _write(folder, made, record, kind)
    return Run(folder, rows, totals, found.warnings)


def open_files(
    inputs: Iterable[str], columns: Mapping[str, Mapping[str, str]]
) -> tuple[list[Read], dict[str, pl.DataFrame]]:
    """The tables that files hold, by the frame that each is.

    Args:
        inputs: files, each with the frame before it if its name is not the frame's: ``claims=bills.csv``.
        columns: frame -> what it calls a column -> what a case calls it.

    Raises:
        InputError: a file cannot be read, or a frame is given twice.
    """
    read = list(_read(inputs))
    tables = {name: table for one in read for name, table in one.tables.items()}
    return read, {name: _groups_told(table, columns.get(name, {})) for name, table in tables.items()}


def _read(inputs: Iterable[str]) -> Iterator[Read]:
    seen: dict[str, Path] = {}
    for text in inputs:
        frame, sign, path = text.partition("=")
        one = read_tables(Path(path), frame) if sign and frame in FRAMES.values() else read_tables(Path(text), None)
        for name in one.tables:
            if name in seen:
                both = f"{seen[name]}, {one.path}"
                raise InputError(invalid(f"{name} 有两份：{both}", f"{name} is given twice: {both}"))
            seen[name] = one.path
        yield one


def _groups_told(table: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """An empty cell of ``groups`` says: none; a file has no other way to say it."""
    import polars as pl

    columns = [column for column in table.columns if names.get(column, column) == "groups"]
    return table.with_columns(pl.col(columns).fill_null("")) if columns else table


def _totals(frame: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """The sums of the amounts."""
    import polars as pl

    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.Decimal) or (dtype == pl.Int64 and "." in name):
            yield name, str(frame[name].cast(pl.Decimal(38, 2) if isinstance(dtype, pl.Decimal) else pl.Int64).sum())


def _write(folder: Path, made: Mapping[str, Any], record: Mapping[str, Any], kind: str) -> None:
    """Write a whole folder or none: under a name of its own first, then moved into place."""
    part = folder.with_name(f".{folder.name}.part")
    try:
        if part.exists():
            shutil.rmtree(part)
        part.mkdir(parents=True)
        for name, frame in made.items():
            write_table(frame, part / f"{name}.{kind}")
        (part / _RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        part.replace(folder)
    except OSError as failure:
        shutil.rmtree(part, ignore_errors=True)
        zh, en = f"写不了 {folder}：{failure.strerror}", f"cannot write {folder}: {failure.strerror}"
        raise InputError(invalid(zh, en, "output")) from None
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


__all__ = ["Frames", "Run", "run_files"]
