"""Tables in files: CSV in the encodings that are met, xlsx, Parquet. What a cell holds is taken as it stands, as text.

Nothing is guessed from a file but its encoding: an identity number keeps its zeros, an amount its digits.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from poverty_policy.errors import InputError, invalid
from poverty_policy.population.layout import FRAMES

if TYPE_CHECKING:
    import polars as pl

#: What is tried in turn; GB 18030 holds GBK and GB 2312.
_ENCODINGS = ("utf-8-sig", "gb18030")
FORMATS = (".csv", ".parquet", ".xlsx")
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MOST_ROWS_OF_A_SHEET = 1_048_575


@attrs.frozen
class Read:
    """A file that was read.

    Attributes:
        path: where it is.
        digest: its SHA-256.
        tables: frame name (``claims``, …) -> its table.
    """

    path: Path
    digest: str
    tables: Mapping[str, pl.DataFrame]


def read_tables(path: Path, frame: str | None) -> Read:
    """The tables of a file: one, or of a workbook each sheet that is called as a frame.

    Args:
        path: a .csv, .parquet or .xlsx file.
        frame: which frame it holds; by its name, or that of its sheets, if not stated.

    Raises:
        InputError: the file cannot be read, or it is not said what it holds.
    """
    try:
        content = path.read_bytes()
    except OSError as failure:
        zh, en = f"读不了文件 {path}：{failure.strerror}", f"cannot read {path}: {failure.strerror}"
        raise InputError(invalid(zh, en)) from None
    digest = hashlib.sha256(content).hexdigest()
    kind = path.suffix.lower()
    if kind not in FORMATS:
        listed = ", ".join(FORMATS)
        raise InputError(invalid(f"{path}：只读 {listed}", f"{path}: only {listed} can be read"))
    if kind == ".xlsx":
        return Read(path, digest, dict(_sheets(path, content, frame)))
    name = frame_of(path, frame)
    return Read(path, digest, {name: _csv(path, content) if kind == ".csv" else _parquet(path, content)})


def frame_of(path: Path, stated: str | None) -> str:
    """Which frame a file holds: the one stated, or that of its name.

    Raises:
        InputError: neither tells.
    """
    name = stated or path.stem.lower()
    if name not in FRAMES.values():
        listed = "、".join(FRAMES.values())
        zh = f"{path}：请写明是哪张表，如 claims={path}（{listed}）"
        raise InputError(invalid(zh, f"{path}: say which frame it holds, like claims={path} ({listed})"))
    return name


def encodings(begins: bytes) -> tuple[str, ...]:
    """What a text that begins so may be in, in the order in which to try; UTF-16 is told by its first bytes."""
    return ("utf-16",) if begins[:2] in (b"\xff\xfe", b"\xfe\xff") else _ENCODINGS


def not_text(path: Path) -> InputError:
    """What to raise about a file in none of these."""
    zh, en = f"{path}：不是 UTF-8、GB 18030 或 UTF-16 编码", f"{path}: not UTF-8, GB 18030 or UTF-16"
    return InputError(invalid(zh, en))


def _csv(path: Path, content: bytes) -> pl.DataFrame:
    import polars as pl

    text = None
    for encoding in encodings(content):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        raise not_text(path)
    try:
        return pl.read_csv(io.BytesIO(text.encode()), infer_schema=False)
    except pl.exceptions.PolarsError as failure:
        words = str(failure).splitlines()[0]
        zh, en = f"{path}：不是整齐的 CSV（{words}）", f"{path}: not a regular CSV ({words})"
        raise InputError(invalid(zh, en)) from None


def _parquet(path: Path, content: bytes) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as failure:
        words = str(failure).splitlines()[0]
        raise InputError(invalid(f"{path}：不是 Parquet（{words}）", f"{path}: no Parquet ({words})")) from None


def _sheets(path: Path, content: bytes, frame: str | None) -> Iterator[tuple[str, pl.DataFrame]]:
    import polars as pl

    try:
        from openpyxl import load_workbook
    except ImportError:
        zh = "读写 xlsx 需要 openpyxl：pip install 'poverty-policy[whatif]'"
        raise InputError(invalid(zh, "xlsx needs openpyxl: pip install 'poverty-policy[whatif]'")) from None
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as failure:
        raise InputError(invalid(f"{path}：不是 xlsx（{failure}）", f"{path}: no xlsx ({failure})")) from None
    wanted = [name for name in book.sheetnames if name.lower() in FRAMES.values()]
    if frame is not None:
        wanted = book.sheetnames[:1]
    if not wanted:
        listed = "、".join(FRAMES.values())
        zh, en = f"{path}：没有叫 {listed} 的工作表", f"{path}: no sheet is called {listed}"
        raise InputError(invalid(zh, en))
    for name in wanted:
        rows = [[_cell(value) for value in row] for row in book[name].iter_rows(values_only=True)]
        rows = [row for row in rows if any(value is not None for value in row)]
        head, *body = rows or [[]]
        columns = [str(one) for one in head if one is not None]
        if len(set(columns)) != len(columns):
            raise InputError(invalid(f"{path}：{name} 的表头有重复", f"{path}: {name} has a header twice"))
        places = {column: place for place, column in enumerate(head) if column is not None}
        data = {column: [row[place] if place < len(row) else None for row in body] for column, place in places.items()}
        yield frame or name.lower(), pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))


def _cell(value: Any) -> str | None:
    """A cell's text; a number as the shortest text that stands for it, a day without its hour."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write one table; text from outside never becomes a formula.

    Raises:
        InputError: the format is not known, or a sheet would have too many rows.
    """
    import polars as pl

    kind = path.suffix.lower()
    if kind == ".parquet":
        frame.write_parquet(path)
    elif kind == ".csv":
        texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
        guarded = [
            pl.when(pl.col(name).str.contains(_FORMULA.pattern))
            .then(pl.lit("'") + pl.col(name))
            .otherwise(pl.col(name))
            .alias(name)
            for name in texts
        ]
        path.write_bytes(b"\xef\xbb\xbf" + frame.with_columns(guarded).write_csv().encode())
    elif kind == ".xlsx":
        _write_sheet(frame, path)
    else:
        listed = ", ".join(FORMATS)
        raise InputError(invalid(f"只写 {listed}", f"only {listed} can be written"))


def write_parts(parts: list[Path], path: Path) -> None:
    """Write the rows of several Parquet files, one after another, as one table; see ``write_table``."""
    import polars as pl

    if len(parts) == 1 or path.suffix.lower() == ".xlsx":
        write_table(pl.read_parquet(parts), path)
    elif path.suffix.lower() == ".parquet":
        pl.scan_parquet(parts).sink_parquet(path)
    else:
        with path.open("wb") as file:
            for number, part in enumerate(parts):
                one = path.with_name(f"{path.stem}.one.csv")
                write_table(pl.read_parquet(part), one)
                lines = one.read_bytes()
                file.write(lines if number == 0 else lines.partition(b"\n")[2])
                one.unlink()


def _write_sheet(frame: pl.DataFrame, path: Path) -> None:
    from decimal import Decimal

    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    if frame.height > _MOST_ROWS_OF_A_SHEET:
        zh = f"一张工作表放不下 {frame.height} 行，请写 csv 或 parquet"
        en = f"{frame.height} rows do not fit a sheet: write csv or parquet"
        raise InputError(invalid(zh, en))
    book = Workbook(write_only=True)
    sheet = book.create_sheet(path.stem[:31])
    for row in [frame.columns, *frame.iter_rows()]:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet)
            if isinstance(value, Decimal):
                cell.value, cell.number_format = value, "0.00"
            elif isinstance(value, bool | int):
                cell.value = value
            elif value is not None:
                cell.value = _NOT_IN_XML.sub("", str(value))
                cell.data_type = "s"  # "=1+1" stays the four characters it is
            cells.append(cell)
        sheet.append(cells)
    book.save(path)
