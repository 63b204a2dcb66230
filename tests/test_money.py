"""Money is whole fen, rates are whole 1/10,000, and what is neither is refused."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from poverty_policy import InputError, Money, Rate
from poverty_policy.money import quotient


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        (7500, 750_000),
        ("7500", 750_000),
        ("7500 元", 750_000),
        ("7,500.00元", 750_000),
        ("0.75 万元", 750_000),
        ("1.5万元", 1_500_000),
        ("１．５万元", 1_500_000),
        ("2亿", 20_000_000_000),
        ("5角", 50),
        ("3 分", 3),
        ("¥12.30", 1_230),
        ("-0.01", -1),
        (Decimal("0.07"), 7),
        (0.1, 10),
        (200_000.01, 20_000_001),  # a 32-bit float would read this back as 200,000.02
        (299_999.99, 29_999_999),
        (Money(3), 300),
    ],
)
def test_amounts_are_read_exactly(written: object, fen: int) -> None:
    assert Money(written).fen == fen  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "元",
        "7500 dollars",
        "1,5",
        "1,2345",
        "12.345",
        "1e3",
        0.1 + 0.2,
        float("nan"),
        float("inf"),
        True,
        None,
        [],
        "9" * 50,
        Decimal("1e999999"),
        "０x10",
        "=1+1",
        "七千五",
    ],
)
def test_what_is_no_amount_is_refused(written: object) -> None:
    with pytest.raises(InputError):
        Money(written)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("80%", 8000),
        ("12.5 %", 1250),
        ("8０％", 8000),
        ("5 points", 500),
        ("5个百分点", 500),
        ("0.8", 8000),
        (1, 10_000),
        (0, 0),
        (Decimal("0.0001"), 1),
        (0.55, 5500),
    ],
)
def test_rates_are_read_exactly(written: object, parts: int) -> None:
    assert Rate(written).parts == parts  # type: ignore[arg-type]


@pytest.mark.parametrize("written", [80, "80", "0.00001", "33.333%", True, "half", None, 0.1 + 0.2])
def test_what_is_no_rate_is_refused(written: object) -> None:
    with pytest.raises(InputError):
        Rate(written)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "half_up", "up", "down"),
    [(5, 1, 1, 0), (4, 0, 1, 0), (15, 2, 2, 1), (-5, -1, -1, 0), (-4, 0, -1, 0), (20, 2, 2, 2)],
)
def test_rounding_a_half_goes_away_from_zero(amount: int, half_up: int, up: int, down: int) -> None:
    assert [quotient(amount, 10, mode) for mode in ("half_up", "up", "down")] == [half_up, up, down]


def test_a_tenth_of_seven_fen_is_one_fen() -> None:
    assert Rate("10%").of(Money("0.07")) == Money("0.01")
    assert Rate("10%").of(Money("0.05")) == Money("0.01")  # half-even would give nothing
    assert Rate("10%").of(Money("0.04")) == Money(0)


def test_money_counts_with_money_only() -> None:
    assert Money("0.10") + Money("0.20") == Money("0.30")
    assert sum([Money(1), Money(2)]) == Money(3)
    assert 3 * Money("0.01") == Money("0.03")
    assert -Money(1) < Money(0) <= abs(-Money(1))
    assert Money(0) != 0
    for wrong in (lambda: Money(1) + 1, lambda: Money(1) * 0.5, lambda: Money(1) < 1, lambda: Money(1) * True):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(AttributeError):
        Money(1)._fen = 2  # type: ignore[misc]


@given(st.integers(-(10**12), 10**12))
def test_what_is_printed_reads_back(fen: int) -> None:
    money = Money.of_fen(fen)
    assert Money(str(money)) == Money(money.plain()) == Money(money.yuan) == eval(repr(money)) == money
    assert pickle.loads(pickle.dumps(money)) == money
    assert hash(Money(money.plain())) == hash(money)


@given(st.integers(0, 10_000))
def test_rates_read_back(parts: int) -> None:
    rate = Rate.of_parts(parts)
    assert Rate(str(rate)) == rate == pickle.loads(pickle.dumps(rate))


def test_json_holds_yuan_as_text() -> None:
    class Bill(BaseModel):
        amount: Money
        share: Rate

    bill = Bill(amount="1.5万元", share="80%")  # type: ignore[arg-type]
    assert json.loads(bill.model_dump_json()) == {"amount": "15000.00", "share": "80%"}
    assert f"{bill.amount:>12}" == "   15,000.00"
