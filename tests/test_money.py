"""Money and rates: what may be written, what is refused, and arithmetic to the fen."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from poverty_policy.errors import InputError
from poverty_policy.money import RATE_ONE, ROUNDING_MODES, Money, Rate, RoundingMode, quotient

# --- what may be written ----------------------------------------------------------------------------------

AMOUNTS: list[tuple[Any, int]] = [
    (7500, 750_000),
    ("7500", 750_000),
    ("7500 元", 750_000),
    ("7500元", 750_000),
    ("7,500.00", 750_000),
    ("0.75 万元", 750_000),
    ("0.75万", 750_000),
    ("1.5万元", 1_500_000),
    ("1.23456789 亿元", 12_345_678_900),
    ("3 角", 30),
    ("7 分", 7),
    ("12 yuan", 1_200),
    ("12 CNY", 1_200),
    ("¥12.34", 1_234),
    ("￥12.34", 1_234),
    ("１，２３４．５６", 123_456),
    ("７５００　元", 750_000),
    ("1,234.56", 123_456),
    ("12,345,678", 1_234_567_800),
    ("+5", 500),
    ("-5.01", -501),
    (" 5 ", 500),
    ("0", 0),
    ("-0.00", 0),
    (Decimal("7500"), 750_000),
    (Decimal("0.01"), 1),
    (Decimal("7.5E+3"), 750_000),
    (1234.56, 123_456),
    (0.1, 10),
    (0.29, 29),
    (1e15, 10**17),
    (Money("0.01"), 1),
]


@pytest.mark.parametrize(("written", "fen"), AMOUNTS, ids=lambda one: repr(one))
def test_an_amount_may_be_written_so(written: Any, fen: int) -> None:
    assert Money(written).fen == fen
    assert Money(written) == Money.of_fen(fen)


NO_AMOUNTS: list[Any] = [
    "", " ", "元", "many", "1,5", "1,5 元", "1,23,456", ",123", "1,234,5", "1.2.3", "1.", ".5", "1 2 3 x", "5 dollars",
    "80%", "1e3", "--1", "0x10", "nan", "inf", "1" * 41, "1元元", "五百元", "5²", "②", "½", "Ⅷ", "１２％",
    True, False, None, [], {}, b"5", 1 + 0j,
    float("nan"), float("inf"), -float("inf"), Decimal("nan"), Decimal("sNaN"), Decimal("Infinity"), 10**50,
    -(10**50), 1e300, 5e-324, Decimal("1e100"), Rate("5%"), Fraction(1, 2),
]  # fmt: skip


@pytest.mark.parametrize("written", NO_AMOUNTS, ids=lambda one: repr(one)[:40])
def test_what_is_no_amount_is_refused(written: Any) -> None:
    with pytest.raises(InputError, match="is not an amount of money"):
        Money(written)


@pytest.mark.parametrize(
    "written", ["0.001", "0.005 元", "0.5 分", "1.23456789 万元", 0.001, 0.1 + 0.2, Decimal("1.999")]
)
def test_nothing_is_rounded_for_the_caller(written: Any) -> None:
    with pytest.raises(InputError, match="is not a whole number of fen"):
        Money(written)


RATES: list[tuple[Any, int]] = [
    ("80%", 8_000),
    ("80 %", 8_000),
    ("８０％", 8_000),
    ("12.5%", 1_250),
    ("0.01%", 1),
    ("100%", 10_000),
    ("0%", 0),
    ("5 个百分点", 500),
    ("5百分点", 500),
    ("5 points", 500),
    ("1 point", 100),
    ("-5 points", -500),
    ("0.8", 8_000),
    ("1.0", 10_000),
    ("1", 10_000),
    (0, 0),
    (1, 10_000),
    (0.8, 8_000),
    (0.0001, 1),
    (Decimal("0.8"), 8_000),
    (Decimal("0.8500"), 8_500),
    (Rate("5%"), 500),
]


@pytest.mark.parametrize(("written", "parts"), RATES, ids=lambda one: repr(one))
def test_a_rate_may_be_written_so(written: Any, parts: int) -> None:
    assert Rate(written).parts == parts


@pytest.mark.parametrize(
    "written",
    [
        80, 2, -1, "80", "2", "", "%", "5 元", "80%%", "5 pts", "1,5%", "5²%", "eighty", True, None, 10**50,
        "9" * 41, float("nan"),
        "0.001%", "0.00001", 0.00001, Decimal("0.33333"), 1 / 3, "33.333%", Money(1), Decimal("inf"), [],
    ],
    ids=lambda one: repr(one)[:40],
)  # fmt: skip
def test_what_is_no_rate_is_refused(written: Any) -> None:
    with pytest.raises(InputError, match="is not a rate"):
        Rate(written)


# --- arithmetic -------------------------------------------------------------------------------------------

TIES: list[tuple[int, int, int, int, int]] = [
    # amount, divisor, half up, up, down
    (0, 2, 0, 0, 0),
    (1, 2, 1, 1, 0),
    (3, 2, 2, 2, 1),
    (5, 2, 3, 3, 2),  # not 2, as half-even would say
    (-1, 2, -1, -1, 0),
    (-3, 2, -2, -2, -1),
    (-5, 2, -3, -3, -2),
    (1, 3, 0, 1, 0),
    (2, 3, 1, 1, 0),
    (-1, 3, 0, -1, 0),
    (-2, 3, -1, -1, 0),
    (4_999, 10_000, 0, 1, 0),
    (5_000, 10_000, 1, 1, 0),
    (5_001, 10_000, 1, 1, 0),
    (-4_999, 10_000, 0, -1, 0),
    (-5_000, 10_000, -1, -1, 0),
    (7, 1, 7, 7, 7),
    (10**30 + 5, 10, 10**29 + 1, 10**29 + 1, 10**29),
]


@pytest.mark.parametrize(("amount", "divisor", "half_up", "up", "down"), TIES)
def test_quotients_at_ties(amount: int, divisor: int, half_up: int, up: int, down: int) -> None:
    assert [quotient(amount, divisor, mode) for mode in ("half_up", "up", "down")] == [half_up, up, down]


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**12), st.sampled_from(ROUNDING_MODES))
def test_quotients_are_the_nearest_whole_numbers(amount: int, divisor: int, mode: RoundingMode) -> None:
    exact, found = Fraction(amount, divisor), quotient(amount, divisor, mode)
    away, toward = abs(found) >= abs(exact), abs(found) <= abs(exact)
    assert abs(found - exact) < 1
    assert found == 0 or (found > 0) == (amount > 0)
    if mode == "half_up":
        assert abs(found - exact) < Fraction(1, 2) or (abs(found - exact) == Fraction(1, 2) and away)
    else:
        assert away if mode == "up" else toward


@pytest.mark.parametrize(
    ("rate", "amount", "paid"),
    [
        ("80%", "99.99", "79.99"),  # 79.992
        ("50%", "0.07", "0.04"),  # 0.035
        ("100%", "0.07", "0.07"),
        ("10%", "0.07", "0.01"),  # 0.007
        ("7%", "0.07", "0.00"),  # 0.0049
        ("0.01%", "50.00", "0.01"),  # 0.005
        ("0.01%", "49.99", "0.00"),
        ("50%", "-0.01", "-0.01"),
    ],
)
def test_a_share_is_rounded_half_up_to_the_fen(rate: str, amount: str, paid: str) -> None:
    assert Rate(rate).of(Money(amount)) == Money(paid)


def test_a_share_may_be_rounded_otherwise() -> None:
    assert Rate("50%").of(Money("0.07"), "down") == Money("0.03")
    assert Rate("10%").of(Money("0.01"), "up") == Money("0.01")


@given(st.integers(0, RATE_ONE), st.integers(0, 10**12))
def test_a_share_is_exact(parts: int, fen: int) -> None:
    found = Rate.of_parts(parts).of(Money.of_fen(fen)).fen
    assert 0 <= found <= fen
    assert abs(Fraction(fen * parts, RATE_ONE) - found) <= Fraction(1, 2)


@given(st.lists(st.integers(-(10**15), 10**15)))
def test_sums_are_exact(fens: list[int]) -> None:
    assert sum((Money.of_fen(fen) for fen in fens), Money(0)).fen == sum(fens)
    if fens:
        assert sum(Money.of_fen(fen) for fen in fens) == Money.of_fen(sum(fens))


def test_money_adds_to_money_and_is_multiplied_by_counts() -> None:
    assert Money(3) + Money("0.50") - Money(1) == Money("2.50")
    assert Money("0.01") * 3 == 3 * Money("0.01") == Money("0.03")
    assert -Money(3) == Money(-3)
    assert abs(Money(-3)) == Money(3)
    assert not Money(0)
    assert Money("0.01")


@pytest.mark.parametrize("number", [1, 1.0, Decimal(1), True, "1", Rate(1), None])
def test_money_never_mixes_with_numbers(number: Any) -> None:
    money = Money(1)
    assert money != number
    assert (number in (money,)) is False
    for mixed in (
        lambda: money + number,
        lambda: number + money,
        lambda: money - number,
        lambda: number - money,
        lambda: money < number,
        lambda: money >= number,
    ):
        with pytest.raises(TypeError):
            mixed()
    if type(number) is not int:
        with pytest.raises(TypeError):
            money * number
    with pytest.raises(TypeError):
        money / number
    with pytest.raises(TypeError):
        money * money  # type: ignore[operator]
    with pytest.raises(TypeError):
        float(money)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        int(money)  # type: ignore[call-overload]


def test_false_is_no_zero_to_start_a_sum_from() -> None:
    with pytest.raises(TypeError):
        _ = False + Money(1)


# --- looks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fen", "text", "plain"),
    [
        (0, "0.00", "0.00"),
        (1, "0.01", "0.01"),
        (-1, "-0.01", "-0.01"),
        (-12_345, "-123.45", "-123.45"),
        (123_456_789, "1,234,567.89", "1234567.89"),
        (10**19 + 1, "100,000,000,000,000,000.01", "100000000000000000.01"),
        (10**31 + 7, f"{10**29:,}.07", f"{10**29}.07"),
    ],
)
def test_money_looks_so(fen: int, text: str, plain: str) -> None:
    money = Money.of_fen(fen)
    assert (str(money), money.plain(), repr(money)) == (text, plain, f"Money('{plain}')")
    assert f"{money:>40}" == text.rjust(40)
    assert Money(plain) == money
    assert money.yuan == Decimal(plain)


@pytest.mark.parametrize(
    ("parts", "text"), [(0, "0%"), (1, "0.01%"), (1_250, "12.5%"), (10_000, "100%"), (-500, "-5%")]
)
def test_a_rate_looks_so(parts: int, text: str) -> None:
    assert str(Rate.of_parts(parts)) == text
    assert repr(Rate.of_parts(parts)) == f"Rate('{text}')"
    assert Rate(text).parts == parts


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_money_is_ordered_and_hashed_as_its_fen(a: int, b: int) -> None:
    one, other = Money.of_fen(a), Money.of_fen(b)
    assert (one < other, one <= other, one == other, one > other) == (a < b, a <= b, a == b, a > b)
    assert (hash(one) == hash(other)) == (a == b)
    assert eval(repr(one)) == one
    assert Money(str(one)) == one


def test_no_decimal_context_of_the_caller_rounds_anything() -> None:
    with localcontext() as context:
        context.prec = 3
        assert Money("12,345.67").fen == 1_234_567
        assert Money(Decimal("12345.67")).fen == 1_234_567
        assert Rate("12.34%").parts == 1_234
        assert str(Rate("12.34%")) == "12.34%"
        assert str(Money(1234567)) == "1,234,567.00"
        assert str(Money(1234567).yuan) == "1234567.00"
        with pytest.raises(InputError, match="is not a whole number of fen"):
            Money("12345.678")
    assert Money(f"{10**35}.01").fen == 10**37 + 1


def test_rates_are_ordered_and_are_no_money() -> None:
    assert sorted([Rate("5%"), Rate(0), Rate(1)]) == [Rate(0), Rate("5%"), Rate(1)]
    assert len({Rate("50%"), Rate("0.5"), Rate.of_parts(5_000)}) == 1
    assert Rate(1) != Money(100)
    assert Rate(1) != 10_000


@pytest.mark.parametrize("value", [Money("1.23"), Rate("12.5%")])
def test_money_and_rates_travel_and_do_not_change(value: Money | Rate) -> None:
    for copied in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert copied == value
        assert type(copied) is type(value)
    with pytest.raises(AttributeError, match="does not change"):
        value._fen = 5  # type: ignore[union-attr]
    with pytest.raises(AttributeError):
        value.note = "x"  # type: ignore[union-attr]


class Bill(BaseModel):
    cost: Money
    rate: Rate


def test_money_and_rates_in_models_and_json() -> None:
    bill = Bill.model_validate({"cost": "0.75 万元", "rate": 0.8})
    assert bill.cost == Money(7500)
    assert json.loads(bill.model_dump_json()) == {"cost": "7500.00", "rate": "80%"}
    assert Bill.model_validate_json(bill.model_dump_json()) == bill
    assert bill.model_dump() == {"cost": Money(7500), "rate": Rate("80%")}
    assert set(Bill.model_json_schema()["properties"]["cost"]) >= {"anyOf", "description"}
    with pytest.raises(ValueError, match="is not an amount of money"):
        Bill.model_validate({"cost": "x", "rate": 1})
