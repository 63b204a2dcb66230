"""Money in whole fen and rates in whole 1/10,000: parsing, arithmetic, printing. No float enters.

Rounding rules live here too, because a rounding is a property of money, and every reader needs them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import total_ordering
from typing import TYPE_CHECKING, Any, Literal, get_args

from poverty_policy.errors import Fault, InputError

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

RATE_ONE = 10_000
"""A rate of 100 % is this many parts."""

RoundingMode = Literal["half_up", "up", "down"]
ROUNDING_MODES: tuple[RoundingMode, ...] = get_args(RoundingMode)

_UNITS = {"元": 100, "圆": 100, "块": 100, "yuan": 100, "cny": 100, "rmb": 100, "角": 10, "分": 1, "fen": 1}
_UNITS |= {"万元": 10_000 * 100, "万": 10_000 * 100, "亿元": 10**8 * 100, "亿": 10**8 * 100, "": 100}
_MONEY = re.compile(r"(?P<number>[+-]?\d[\d,]*(?:\.\d+)?)(?P<unit>[^\d.,+-]*)")
_RATE = re.compile(r"(?P<number>[+-]?\d+(?:\.\d+)?)(?P<unit>%|points?|个百分点|百分点|)")
_LONGEST = 40  # no amount or rate needs more characters; longer text is refused before it is parsed


def quotient(amount: int, divisor: int, mode: RoundingMode) -> int:
    """``amount / divisor`` to a whole number, exactly.

    Args:
        amount: any integer.
        divisor: a positive integer.
        mode: ``half_up`` (a half goes away from zero), ``up`` (away from zero), ``down`` (toward zero).
    """
    size = abs(amount)
    if mode == "half_up":
        size = (2 * size + divisor) // (2 * divisor)
    elif mode == "up":
        size = -(-size // divisor)
    else:
        size //= divisor
    return size if amount >= 0 else -size


def _decimal(value: object, code: str) -> Decimal:
    """A number given as int, Decimal or float, as the decimal a person would read.

    A float is read by its shortest decimal form, so 0.1 is one tenth, while 0.1 + 0.2 is not 0.3.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise InputError(Fault(code, {"value": value}))
    if isinstance(value, int) and abs(value) > 10**_LONGEST:
        raise InputError(Fault(code, {"value": "…"}))
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST:
        raise InputError(Fault(code, {"value": value}))
    return number


def _scaled(number: Decimal, scale: int, value: object, code: str) -> int:
    top, bottom = number.as_integer_ratio()  # in whole numbers: no decimal context can round them
    whole, rest = divmod(top * scale, bottom)
    if rest:
        raise InputError(Fault(code, {"value": value}))
    return whole


def _narrow(text: str) -> str:
    """Full-width characters as ordinary ones, no blanks, lower case; nothing, if that would read 5² as 52."""
    if any(unicodedata.category(one) == "No" for one in text):
        return ""
    return unicodedata.normalize("NFKC", text).replace(" ", "").lower()


@total_ordering
class Money:
    """An exact amount of money, a whole number of fen.

    ``Money(7500)``, ``Money("7500 元")``, ``Money("0.75 万元")`` and ``Money(Decimal("7500"))`` are the same
    7,500 yuan. A float is taken only when its shortest decimal form is a whole number of fen.

    Raises:
        InputError: the value is not an amount, or not a whole number of fen.

    Examples:
        >>> Money("1.5万元") + Money("0.01")
        Money('15000.01')
        >>> f"{Money(1234.56)}"
        '1,234.56'
        >>> Money(0.1 + 0.2)
        Traceback (most recent call last):
        poverty_policy.errors.InputError: 0.30000000000000004 is not a whole number of fen: ...
    """

    __slots__ = ("_fen",)
    _fen: int

    def __init__(self, value: Money | int | str | Decimal | float = 0) -> None:
        object.__setattr__(self, "_fen", _parse_money(value))

    @classmethod
    def of_fen(cls, fen: int) -> Money:
        """The amount of that many fen."""
        money = cls.__new__(cls)
        object.__setattr__(money, "_fen", fen)
        return money

    @property
    def fen(self) -> int:
        """The amount in fen."""
        return self._fen

    @property
    def yuan(self) -> Decimal:
        """The amount in yuan, with two decimals."""
        return Decimal(self.plain())

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("money does not change")

    def __reduce__(self) -> tuple[Callable[[int], Money], tuple[int]]:
        return (Money.of_fen, (self._fen,))

    def __add__(self, other: object) -> Money:
        if isinstance(other, Money):
            return Money.of_fen(self._fen + other._fen)
        return self if type(other) is int and other == 0 else NotImplemented

    __radd__ = __add__  # so that sum() works, which starts at the integer 0

    def __sub__(self, other: object) -> Money:
        return Money.of_fen(self._fen - other._fen) if isinstance(other, Money) else NotImplemented

    def __mul__(self, times: object) -> Money:
        if isinstance(times, bool) or not isinstance(times, int):
            return NotImplemented
        return Money.of_fen(self._fen * times)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money.of_fen(-self._fen)

    def __abs__(self) -> Money:
        return Money.of_fen(abs(self._fen))

    def __bool__(self) -> bool:
        return self._fen != 0

    def __eq__(self, other: object) -> bool:
        return self._fen == other._fen if isinstance(other, Money) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._fen < other._fen if isinstance(other, Money) else NotImplemented

    def __hash__(self) -> int:
        return hash(("Money", self._fen))

    def __repr__(self) -> str:
        return f"Money({self.plain()!r})"

    def __str__(self) -> str:
        whole, rest = divmod(abs(self._fen), 100)
        return f"{'-' if self._fen < 0 else ''}{whole:,}.{rest:02d}"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def plain(self) -> str:
        """Yuan with two decimals and no separators, as in JSON: ``1234.56``."""
        whole, rest = divmod(abs(self._fen), 100)
        return f"{'-' if self._fen < 0 else ''}{whole}.{rest:02d}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            _validator(cls),
            serialization=core_schema.plain_serializer_function_ser_schema(Money.plain, when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\s*[+-]?[\d０-９]"}],
            "description": "金额：7500、“7500 元”“0.75 万元” / money in yuan, or with its unit",
        }


@total_ordering
class Rate:
    """An exact rate, a whole number of 1/10,000: ``Rate("80%")``, ``Rate("5 points")``, ``Rate(Decimal("0.8"))``.

    An integer other than 0 and 1 is refused, because ``80`` could be read two ways.

    Examples:
        >>> Rate("80%").of(Money("99.99"))
        Money('79.99')
        >>> print(Rate("12.5%"))
        12.5%
    """

    __slots__ = ("_parts",)
    _parts: int

    def __init__(self, value: Rate | int | str | Decimal | float) -> None:
        object.__setattr__(self, "_parts", _parse_rate(value))

    @classmethod
    def of_parts(cls, parts: int) -> Rate:
        """The rate of that many 1/10,000."""
        rate = cls.__new__(cls)
        object.__setattr__(rate, "_parts", parts)
        return rate

    @property
    def parts(self) -> int:
        """The rate in 1/10,000."""
        return self._parts

    def of(self, money: Money, mode: RoundingMode = "half_up") -> Money:
        """This share of an amount, rounded to the fen."""
        return Money.of_fen(quotient(money.fen * self._parts, RATE_ONE, mode))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a rate does not change")

    def __reduce__(self) -> tuple[Callable[[int], Rate], tuple[int]]:
        return (Rate.of_parts, (self._parts,))

    def __eq__(self, other: object) -> bool:
        return self._parts == other._parts if isinstance(other, Rate) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._parts < other._parts if isinstance(other, Rate) else NotImplemented

    def __hash__(self) -> int:
        return hash(("Rate", self._parts))

    def __repr__(self) -> str:
        return f"Rate({str(self)!r})"

    def __str__(self) -> str:
        whole, rest = divmod(abs(self._parts), 100)
        digits = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
        return f"{'-' if self._parts < 0 else ''}{digits}%"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            _validator(cls),
            serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\s*[+-]?[\d０-９]"}],
            "description": "比例：“80%”“5 个百分点”、0.8 / a rate, no finer than 1/10,000",
        }


def _parse_money(value: object) -> int:
    if isinstance(value, Money):
        return value.fen
    scale = 100
    if isinstance(value, str):
        text = _narrow(value).lstrip("¥")
        match = _MONEY.fullmatch(text) if len(text) <= _LONGEST else None
        if match is None or match["unit"] not in _UNITS or not _grouped(match["number"]):
            raise InputError(Fault("not_money", {"value": value[:_LONGEST]}))
        scale = _UNITS[match["unit"]]
        number = Decimal(match["number"].replace(",", ""))
    else:
        number = _decimal(value, "not_money")
    return _scaled(number, scale, value, "not_fen")


def _grouped(number: str) -> bool:
    """Commas, where there are any, stand at thousands; ``1,5`` is not fifteen."""
    whole = number.lstrip("+-").partition(".")[0]
    return "," not in whole or re.fullmatch(r"\d{1,3}(,\d{3})+", whole) is not None


def _parse_rate(value: object) -> int:
    if isinstance(value, Rate):
        return value.parts
    scale = RATE_ONE
    if isinstance(value, str):
        text = _narrow(value)
        match = _RATE.fullmatch(text) if len(text) <= _LONGEST else None
        if match is None:
            raise InputError(Fault("not_rate", {"value": value[:_LONGEST]}))
        number = Decimal(match["number"])
        if match["unit"]:
            scale //= 100
        elif "." not in match["number"] and number not in (0, 1):
            raise InputError(Fault("not_rate", {"value": value}))
    else:
        number = _decimal(value, "not_rate")
        if isinstance(value, int) and value not in (0, 1):
            raise InputError(Fault("not_rate", {"value": value}))
    return _scaled(number, scale, value, "not_rate")


def _validator(cls: type[Any]) -> Callable[[Any], Any]:
    """A validator for pydantic that keeps our own words for what is wrong."""

    def validate(value: Any) -> Any:
        from pydantic_core import PydanticCustomError

        try:
            return value if type(value) is cls else cls(value)
        except InputError as error:
            raise PydanticCustomError("fault", "{text}", {"text": str(error), "faults": error.faults}) from None

    return validate
