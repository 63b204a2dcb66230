"""What the columns of a frame may hold, and how each kind is read: exactly, or not at all.

A kind says of a column, whatever engine holds it, where a value cannot be read, and what the others mean.
"""

from __future__ import annotations

import datetime as dt
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import attrs
import narwhals as nw

from poverty_policy.errors import Fault, InputError, unknown
from poverty_policy.formula.bounds import MOST
from poverty_policy.money import Money

MoneyUnit = Literal["yuan", "fen"]
_YUAN = nw.Decimal(20, 2)
#: 12,345.6 and 12345.60: digits, thousands set off or not, up to some decimals and zeros.
_WRITTEN = r"^\s*(\d{1,3}(,\d{3})+|\d{1,13})(\.\d{1,%d}0*)?\s*$"
_WRITTEN_WHOLE = r"^\s*(\d{1,3}(,\d{3})+|\d{1,13})\s*$"
_COUNTED = r"^\s*\d{1,9}\s*$"
_YES = ("true", "True", "TRUE", "1", "是")
_NO = ("false", "False", "FALSE", "0", "否")
_DATED = r"^\s*(\d{4})-(\d{2})-(\d{2})\s*$"
#: How many different names a column may hold.
MOST_NAMES = 20_000


def whole(value: int) -> nw.Expr:
    """A whole number; an untyped one might be int8 and wrap."""
    return nw.lit(value, dtype=nw.Int64)


def one_or_zero(truth: nw.Expr) -> nw.Expr:
    """A truth as a number; PostgreSQL casts none to one."""
    return nw.when(truth).then(whole(1)).otherwise(whole(0))


def no(column: nw.Expr) -> nw.Expr:
    """Where a truth is false or not known."""
    return ~column.fill_null(nw.lit(False, dtype=nw.Boolean))


@attrs.frozen
class Kind:
    """How a column is read.

    Attributes:
        zh, en: what a value must be, for messages.
    """

    zh: str
    en: str

    def fits(self, dtype: nw.dtypes.DType) -> bool:
        """Whether a column of that type can be read at all."""
        return self._fits(dtype)

    def good(self, column: nw.Expr, dtype: nw.dtypes.DType, read: nw.Expr | None = None) -> nw.Expr:
        """Where a value can be read; anything where there is none.

        Args:
            column: the column as it was given.
            dtype: its type.
            read: what it was read as, if that is a column already and need not be worked out again.
        """
        return self._good(column, dtype, self._read(column, dtype) if read is None else read)

    def read(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr:
        """The values; where one cannot be read, anything."""
        return self._read(column, dtype)

    @abstractmethod
    def _fits(self, dtype: nw.dtypes.DType) -> bool: ...

    @abstractmethod
    def _good(self, column: nw.Expr, dtype: nw.dtypes.DType, read: nw.Expr) -> nw.Expr: ...

    @abstractmethod
    def _read(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr: ...


@attrs.frozen
class Amount(Kind):
    """Money or a share: a decimal number, text, a whole number or a float; or whole fen.

    A float is taken where it is the float nearest to an amount of whole fen (or share of 1/10,000), else refused.

    Attributes:
        scale: how many fen a yuan has, how many parts a share of 1; 1 where the column holds fen.
        most: the most that is allowed, in fen or parts.
    """

    scale: int
    most: int

    def _fits(self, dtype: nw.dtypes.DType) -> bool:
        return dtype.is_integer() or dtype == nw.String or (self.scale > 1 and dtype.is_numeric())

    def _good(self, column: nw.Expr, dtype: nw.dtypes.DType, read: nw.Expr) -> nw.Expr:
        if dtype.is_integer():
            return (column >= whole(0)) & (column <= whole(self.most // self.scale))
        stated = self._number(column, dtype)
        if not dtype.is_float():
            return column.cast(nw.String).str.contains(self._written) & self._inside(stated)
        parts = read.cast(nw.Float64)
        # Polars multiplies by 1/100 where it is to divide by a literal, which is another float now and then
        scale = parts * nw.lit(0.0) + nw.lit(float(self.scale))
        return self._inside(stated) & (parts / scale == stated)

    def _read(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr:
        if dtype.is_integer():
            return column.cast(nw.Int64) * whole(self.scale)
        return self._parts(self._number(column, dtype))

    @property
    def _written(self) -> str:
        return _WRITTEN % len(str(self.scale)[1:]) if self.scale > 1 else _WRITTEN_WHOLE

    def _number(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr:
        """The number as a float; decimals are read from their text, which no engine gets wrong."""
        if dtype.is_float():
            return column.cast(nw.Float64)
        text = column.cast(nw.String)
        plain = text.str.replace_all(",", "", literal=True).str.strip_chars()
        readable = nw.when(text.str.contains(self._written)).then(plain)
        return readable.otherwise(nw.lit("0")).cast(nw.Float64)

    def _inside(self, number: nw.Expr) -> nw.Expr:
        return (number >= nw.lit(0.0)) & (number <= nw.lit(self.most / self.scale))

    def _parts(self, number: nw.Expr) -> nw.Expr:
        """The nearest fen, of what is in range: the float 1.1 times 100 is 110.00000000000001."""
        held = nw.when(self._inside(number)).then(number).otherwise(nw.lit(0.0))
        return (held * nw.lit(float(self.scale))).round(0).cast(nw.Int64)


@attrs.frozen
class Whole(Kind):
    """A whole number from 0 up; also a float that is one, as pandas makes of whole numbers where some are missing."""

    most: int = 10_000_000

    def _fits(self, dtype: nw.dtypes.DType) -> bool:
        return dtype.is_integer() or dtype.is_float() or dtype == nw.String

    def _good(self, column: nw.Expr, dtype: nw.dtypes.DType, read: nw.Expr) -> nw.Expr:
        inside = (read >= whole(0)) & (read <= whole(self.most))
        if dtype.is_float():
            return self._inside(column) & (read.cast(nw.Float64) == column.cast(nw.Float64))
        return column.str.contains(_COUNTED) & inside if dtype == nw.String else inside

    def _inside(self, column: nw.Expr) -> nw.Expr:
        return (column >= nw.lit(0.0)) & (column <= nw.lit(float(self.most)))

    def _read(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr:
        if dtype.is_float():
            return nw.when(self._inside(column)).then(column).otherwise(nw.lit(0.0)).cast(nw.Int64)
        if dtype != nw.String:
            return column.cast(nw.Int64)
        readable = nw.when(column.str.contains(_COUNTED)).then(column.str.strip_chars())
        return readable.otherwise(nw.lit("0")).cast(nw.Int64)


@attrs.frozen
class Truth(Kind):
    """True or false; also 1 or 0, and the words for them."""

    def _fits(self, dtype: nw.dtypes.DType) -> bool:
        return dtype == nw.Boolean or dtype.is_integer() or dtype == nw.String

    def _good(self, column: nw.Expr, dtype: nw.dtypes.DType, read: nw.Expr) -> nw.Expr:
        if dtype == nw.Boolean:
            return ~column.is_null()
        if dtype == nw.String:
            return one_of(column.str.strip_chars(), [*_YES, *_NO])
        return (column == whole(0)) | (column == whole(1))

    def _read(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr:
        if dtype == nw.String:
            return one_of(column.str.strip_chars(), _YES)
        return column if dtype == nw.Boolean else column == whole(1)


@attrs.frozen
class Day(Kind):
    """A date, or text like 2018-05-10; read as the number 20180510."""

    def _fits(self, dtype: nw.dtypes.DType) -> bool:
        return dtype in (nw.Date, nw.Datetime, nw.String)

    def _good(self, column: nw.Expr, dtype: nw.dtypes.DType, read: nw.Expr) -> nw.Expr:
        if dtype != nw.String:
            return ~column.is_null()
        year, month, day = read // whole(10_000), read // whole(100) % whole(100), read % whole(100)
        leap = (year % whole(4) == whole(0)) & ((year % whole(100) != whole(0)) | (year % whole(400) == whole(0)))
        short = (month == whole(4)) | (month == whole(6)) | (month == whole(9)) | (month == whole(11))
        february = nw.when(leap).then(whole(29)).otherwise(whole(28))
        others = nw.when(short).then(whole(30)).otherwise(whole(31))
        last = nw.when(month == whole(2)).then(february).otherwise(others)
        of_year = (year >= whole(1)) & (month >= whole(1)) & (month <= whole(12))
        return of_year & (day >= whole(1)) & (day <= last)

    def _read(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr:
        if dtype != nw.String:
            year, month, day = (part.cast(nw.Int64) for part in (column.dt.year(), column.dt.month(), column.dt.day()))
            return year * whole(10_000) + month * whole(100) + day
        digits = column.str.strip_chars().str.replace_all("-", "", literal=True)
        return nw.when(column.str.contains(_DATED)).then(digits).otherwise(nw.lit("0")).cast(nw.Int64)


def number_of(day: dt.date) -> int:
    """A day as ``Day`` reads it."""
    return day.year * 10_000 + day.month * 100 + day.day


@attrs.frozen
class Text(Kind):
    """Any text, as it stands."""

    def _fits(self, dtype: nw.dtypes.DType) -> bool:
        return dtype in (nw.String, nw.Categorical, nw.Enum) or dtype.is_integer()

    def _good(self, column: nw.Expr, dtype: nw.dtypes.DType, read: nw.Expr) -> nw.Expr:
        return ~column.is_null()

    def _read(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr:
        return column.cast(nw.String)


@attrs.frozen
class Names(Kind):
    """One of some names, or several, looked up once for each different text that the column holds.

    Attributes:
        meaning: text that occurs -> what it means; what cannot be read has no place here.
    """

    meaning: Mapping[str, Any] = attrs.field(factory=dict)

    def _fits(self, dtype: nw.dtypes.DType) -> bool:
        return dtype in (nw.String, nw.Categorical, nw.Enum) or dtype.is_integer()

    def _good(self, column: nw.Expr, dtype: nw.dtypes.DType, read: nw.Expr) -> nw.Expr:
        return one_of(column.cast(nw.String), list(self.meaning))

    def _read(self, column: nw.Expr, dtype: nw.dtypes.DType) -> nw.Expr:
        text = column.cast(nw.String)
        if all(stated == meant for stated, meant in self.meaning.items()):
            return text
        found: nw.Expr = nw.lit("")
        for meant in dict.fromkeys(self.meaning.values()):
            named = [stated for stated, means in self.meaning.items() if means == meant]
            found = nw.when(one_of(text, named)).then(nw.lit(meant)).otherwise(found)
        return found

    def where(self, column: nw.Expr, holds: Callable[[Any], bool]) -> nw.Expr:
        """Where something is true of what a text means."""
        return one_of(column.cast(nw.String), [stated for stated, means in self.meaning.items() if holds(means)])


def one_of(text: nw.Expr, options: Sequence[str]) -> nw.Expr:
    """Where a text is one of some; a chain of comparisons is several times faster than ``is_in`` while it is short."""
    if not options:
        return text.is_null() & ~text.is_null()
    if len(options) > 12:
        return text.is_in(options).fill_null(nw.lit(False, dtype=nw.Boolean))
    found = text == nw.lit(options[0])
    for option in options[1:]:
        found = found | (text == nw.lit(option))
    return found.fill_null(nw.lit(False, dtype=nw.Boolean))


_APART = re.compile(r"[,，;；、|\s]+")


def groups_in(text: str, known: Mapping[str, str]) -> frozenset[str]:
    """The groups that a text names: ``dibao, disabled``, ``低保对象、残疾人``; the empty text names none.

    Raises:
        InputError: a name is not known.
    """
    whole_text = known.get(text.strip())
    if whole_text is not None:  # a term may have a space or a sign in it
        return frozenset((whole_text,))
    names = [name for name in _APART.split(text) if name]
    faults: list[Fault] = [unknown("group", name, known) for name in names if name not in known]
    if faults:
        raise InputError(faults)
    return frozenset(known[name] for name in names)


def in_yuan(fen: nw.Expr) -> nw.Expr:
    """An amount in fen as a decimal number of yuan."""
    hundredth = nw.lit(Decimal("0.01"), dtype=_YUAN)
    return (fen.cast(_YUAN) * hundredth).cast(nw.Decimal(18, 2))


def amount(unit: MoneyUnit, most: int = MOST) -> Amount:
    """Money from 0 to some amount."""
    if unit == "fen":
        return Amount(f"应是 0 至 {most} 的整数（分）", f"must be whole fen from 0 to {most}", 1, most)
    top = Money.of_fen(most)
    return Amount(f"应是 0 至 {top} 元、最多两位小数", f"must be yuan from 0 to {top}, to the fen", 100, most)


def weight() -> Amount:
    """For how many a row stands; read in 1/10,000."""
    zh, en = (
        "权数应是 0 至 10 万的数，最多四位小数",
        "a weight is a number from 0 to 100,000, with four decimals at most",
    )
    return Amount(zh, en, 10_000, 1_000_000_000)


def options(names: Iterable[str]) -> Names:
    """One of several options, written as they are."""
    listed = sorted(names)
    words = ", ".join(listed)
    return Names(f"只能是 {words}", f"must be one of {words}", {name: name for name in listed})


TRUTH = Truth("应是真假（true/false、1/0 或 是/否）", "must be true or false (or 1 or 0, 是 or 否)")
DAY = Day("应是日期，如 2018-07-01", "must be a date like 2018-07-01")
TEXT = Text("应是文字", "must be text")
COUNT = Whole("应是不小于 0 的整数", "must be a whole number from 0 up")
SHARE = Amount("应是 0 至 100 的小数，如 0.85", "must be a number from 0 to 100, like 0.85", 10_000, 1_000_000)
