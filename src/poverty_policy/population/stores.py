"""Where tables come from and go to: files and databases, in memory where they are small, else on disk as Parquet."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from poverty_policy.errors import InputError, invalid
from poverty_policy.population.files import encodings, frame_of, not_text, read_tables
from poverty_policy.population.layout import FRAMES

if TYPE_CHECKING:
    import polars as pl

#: Files up to this size are read whole.
READ_WHOLE = 256 * 1024 * 1024
_BLOCK = 16 * 1024 * 1024
_BATCH = 500_000
_ADDRESS = re.compile(r"^(duckdb|postgres|postgresql)://")


@attrs.frozen
class Stored:
    """One input.

    Attributes:
        label: what to call it in the record of a run; without a password.
        digest: the SHA-256 of the file, or of the rows as a database gave them.
        tables: frame name -> its rows, on disk where they are many.
    """

    label: str
    digest: str
    tables: Mapping[str, pl.LazyFrame]


def is_address(text: str) -> bool:
    """Whether a text is the address of a database."""
    return bool(_ADDRESS.match(text))


def open_store(text: str, work: Path) -> Stored:
    """The tables that an input names.

    Args:
        text: a file, or a database with a table (``duckdb:///data/county.db#bills``), each with the frame before it if
            its name is not the frame's: ``claims=bills.csv``.
        work: a folder for what does not fit into memory.

    Raises:
        InputError: it cannot be read, or it is not said which frame it holds.
    """
    frame, sign, rest = text.partition("=")
    named = frame if sign and frame in FRAMES.values() else None
    place = rest if named is not None else text
    if is_address(place):
        return _from_database(place, named, work)
    path = Path(place)
    try:
        size = path.stat().st_size
    except OSError:
        size = 0  # said by who reads it
    if size <= READ_WHOLE or path.suffix.lower() not in (".csv", ".parquet"):
        read = read_tables(path, named)
        return Stored(path.name, read.digest, {name: table.lazy() for name, table in read.tables.items()})
    name = frame_of(path, named)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Stored(path.name, digest, {name: _scan(path, name, work)})


def _scan(path: Path, name: str, work: Path) -> pl.LazyFrame:
    """A large file's rows, left on disk."""
    import polars as pl

    made = work / f"{name}.parquet"
    try:
        if path.suffix.lower() == ".parquet":
            found = pl.scan_parquet(path)
            found.collect_schema()
            return found
        text = _as_utf8(path, work)
        pl.scan_csv(text, infer_schema=False).sink_parquet(made)
        if text != path:
            text.unlink()
    except (pl.exceptions.PolarsError, OSError) as failure:
        words = str(failure).splitlines()[0]
        zh, en = f"{path}：不是整齐的表（{words}）", f"{path}: not a regular table ({words})"
        raise InputError(invalid(zh, en)) from None
    return pl.scan_parquet(made)


def _as_utf8(path: Path, work: Path) -> Path:
    """The same text in UTF-8: the file itself where it is so already."""
    with path.open("rb") as file:
        begins = file.read(2)
    for encoding in encodings(begins):
        try:
            if encoding.startswith("utf-8"):
                for _ in _decoded(path, encoding):
                    pass
                return path
            made = work / f"{path.stem}.utf8.csv"
            with made.open("w", encoding="utf-8", newline="") as target:
                target.writelines(_decoded(path, encoding))
        except UnicodeDecodeError:
            continue
        return made
    raise not_text(path)


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    """A file's text, block by block."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


# --- databases ----------------------------------------------------------------------------------------------


class _Database(ABC):
    """A database: a few statements, said to each in its own way."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    @abstractmethod
    def tables(self) -> list[str]:
        """The names of its tables."""

    @abstractmethod
    def copy_out(self, table: str, folder: Path) -> None:
        """Write a table's rows into a folder, as Parquet."""

    @abstractmethod
    def copy_in(self, table: str, folder: Path) -> None:
        """Make a table of the Parquet files of a folder."""

    @abstractmethod
    def tell(self, statement: str) -> None:
        """Run a statement that gives nothing back."""

    @abstractmethod
    def close(self) -> None:
        """Let it go."""


class _DuckDB(_Database):
    def tables(self) -> list[str]:
        return [name for (name,) in self.connection.execute("SHOW TABLES").fetchall()]

    def copy_out(self, table: str, folder: Path) -> None:
        self.tell(f"COPY {_name(table)} TO {_text(folder / '000000.parquet')} (FORMAT parquet)")

    def copy_in(self, table: str, folder: Path) -> None:
        self.tell(f"CREATE TABLE {_name(table)} AS SELECT * FROM read_parquet({_text(folder / '*.parquet')})")

    def tell(self, statement: str) -> None:
        self.connection.execute(statement)

    def close(self) -> None:
        self.connection.close()


class _PostgreSQL(_Database):
    def tables(self) -> list[str]:
        return list(self.connection.list_tables())

    def copy_out(self, table: str, folder: Path) -> None:
        import polars as pl

        for number, batch in enumerate(self.connection.table(table).to_pyarrow_batches(chunk_size=_BATCH)):
            rows = pl.from_arrow(batch)
            assert isinstance(rows, pl.DataFrame)
            rows.write_parquet(folder / f"{number:06}.parquet")

    def copy_in(self, table: str, folder: Path) -> None:
        import polars as pl
        from ibis import memtable

        for number, file in enumerate(sorted(folder.glob("*.parquet"))):
            rows = pl.read_parquet(file).to_arrow()
            if number == 0:
                self.connection.create_table(table, schema=memtable(rows).schema())
            if rows.num_rows:
                self.connection.insert(table, rows)

    def tell(self, statement: str) -> None:
        self.connection.raw_sql(statement).close()

    def close(self) -> None:
        self.connection.disconnect()


def _name(table: str) -> str:
    """A table's name within a statement."""
    quoted = table.replace('"', '""')
    return f'"{quoted}"'


def _text(path: Path) -> str:
    """A path within a statement."""
    quoted = str(path).replace("'", "''")
    return f"'{quoted}'"


def _connect(address: str) -> _Database:
    """A connection to a database.

    Raises:
        InputError: the extra ``[sql]`` is not installed, or the database cannot be reached.
    """
    shown = label_of(address)
    try:
        if address.startswith("duckdb://"):
            import duckdb

            return _DuckDB(duckdb.connect(address.removeprefix("duckdb://")))
        import ibis

        return _PostgreSQL(ibis.connect(address))
    except ImportError:
        zh = "读写数据库需要：pip install 'poverty-policy[sql]'"
        raise InputError(invalid(zh, "databases need: pip install 'poverty-policy[sql]'")) from None
    except Exception as failure:  # each database has errors of its own
        words = _first_line(failure)
        raise InputError(invalid(f"连不上 {shown}：{words}", f"cannot connect to {shown}: {words}")) from None


def _first_line(failure: Exception) -> str:
    return (str(failure).strip().splitlines() or [type(failure).__name__])[0]


def label_of(address: str) -> str:
    """An address without the password in it."""
    return re.sub(r"(//[^/@:]*):[^/@]*@", r"\1@", address)


def _from_database(address: str, named: str | None, work: Path) -> Stored:
    """A table of a database, copied to disk: what is settled does not change on the way."""
    import polars as pl

    url, _, table = address.partition("#")
    shown = label_of(url)
    name = named or table.lower()
    if not table or name not in FRAMES.values():
        zh = f"{shown}：请写成 claims=地址#表名"
        raise InputError(invalid(zh, f"{shown}: write claims=ADDRESS#TABLE"))
    file = url.removeprefix("duckdb://")
    if file != url and not Path(file).exists():
        raise InputError(invalid(f"没有文件 {file}", f"there is no file {file}"))
    database = _connect(url)
    try:
        tables = database.tables()
        if table not in tables:
            listed = ", ".join(sorted(tables))
            zh = f"{shown} 里没有表 {table}（有 {listed}）"
            raise InputError(invalid(zh, f"no table {table} in {shown} (there are {listed})"))
        folder = work / f"{name}-rows"
        folder.mkdir(parents=True)
        database.copy_out(table, folder)
    finally:
        database.close()
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise InputError(invalid(f"表 {table} 是空的", f"the table {table} is empty"))
    digest = hashlib.sha256()
    for one in files:
        digest.update(pl.read_parquet(one).write_csv().encode())
    return Stored(label_of(address), digest.hexdigest(), {name: pl.scan_parquet(files)})


def into_database(address: str, tables: Mapping[str, Path], record: str) -> None:
    """Write tables, and the record of the run, into a database: all of them or none.

    Args:
        address: the database, with what the names of the tables begin with behind ``#``.
        tables: name -> a folder of Parquet files.
        record: the record, as JSON.

    Raises:
        InputError: a table is there already, or the database refuses.
    """
    import polars as pl

    url, _, prefix = address.partition("#")
    if not re.fullmatch(r"[A-Za-z_]\w{0,40}|", prefix, re.ASCII):
        zh, en = f"表名前缀“{prefix}”应是字母、数字和下划线", f"a prefix is letters, digits and _, not {prefix!r}"
        raise InputError(invalid(zh, en, "output"))
    database, shown = _connect(url), label_of(url)
    made: list[str] = []
    try:
        names = {name: f"{prefix}_{name}" if prefix else name for name in (*tables, "run")}
        there = ", ".join(sorted(set(names.values()) & set(database.tables())))
        if there:
            zh, en = f"已经有表 {there}：请换一个前缀", f"there are tables {there}: choose another prefix"
            raise InputError(invalid(zh, en, "output"))
        with tempfile.TemporaryDirectory() as folder:
            pl.DataFrame({"record": [record]}).write_parquet(Path(folder) / "run.parquet")
            for name, rows in {**tables, "run": Path(folder)}.items():
                made.append(f"{names[name]}__part")
                database.copy_in(made[-1], rows)
        # both databases rename within one transaction
        renamed = [f"ALTER TABLE {_name(part)} RENAME TO {_name(part.removesuffix('__part'))};" for part in made]
        database.tell(f"BEGIN; {' '.join(renamed)} COMMIT;")
    except InputError:
        raise
    except Exception as failure:
        with contextlib.suppress(Exception):
            database.tell("ROLLBACK;")
        for part in made:
            database.tell(f"DROP TABLE IF EXISTS {_name(part)};")
        words = _first_line(failure)
        raise InputError(invalid(f"写不进 {shown}：{words}", f"cannot write to {shown}: {words}", "output")) from None
    finally:
        database.close()


def batches(frame: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    """A frame's rows, so many at a time."""
    import polars as pl

    many = frame.select(pl.len()).collect().item()
    for start in range(0, many, rows):
        yield frame.slice(start, rows).collect()


def clear(folder: Path) -> None:
    """Take a folder away, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)
