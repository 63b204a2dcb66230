"""The kernel: the integers of the Python reader, compiled, for any rule and any year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from poverty_policy.errors import InputError
from poverty_policy.formula import arrays, kernel
from poverty_policy.formula import graph as g
from poverty_policy.money import ROUNDING_MODES
from strategies import Row, Year, cascades, program_of, years
from test_columns import (
    CLAIMS,
    COST,
    INCOME,
    KEYS,
    PLACE,
    across_entities,
    frames_of,
    one_by_one,
    small_frames,
    small_rules,
    three_homes,
    up_to_counties,
)

#: without shrinking: each example is code that is made and run
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def in_arrays(program: g.Program, year: Year, **how: Any) -> dict[g.Entity, dict[str, Row]]:
    """What the kernel makes of it."""
    found: dict[g.Entity, dict[str, Row]] = {}
    for entity, frame in arrays.evaluate(program, frames_of(program, year), **how).items():
        rows = frame.to_dicts()
        found[entity] = {row[entity]: {name: row[name] for name in row if name not in KEYS[entity]} for row in rows}
    return found


def totals_of(found: dict[g.Entity, dict[str, Row]]) -> dict[str, int]:
    """Each value's sum."""
    totals: dict[str, int] = {}
    for rows in found.values():
        for row in rows.values():
            for name, value in row.items():
                totals[name] = totals.get(name, 0) + value
    return totals


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The generated source run by Python itself: many rules in little time, and NumPy tells when a number wraps."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    kernel._functions.clear()
    kernel._helpers.cache_clear()
    yield
    kernel._functions.clear()
    kernel._helpers.cache_clear()


def drawn(data: st.DataObject) -> tuple[g.Program, Year]:
    cascade = data.draw(cascades())
    program = program_of(cascade)
    return program, data.draw(years(cascade, program))


@pytest.mark.usefixtures("uncompiled")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(st.data(), st.sampled_from([1, 3, kernel.BLOCK]))
def test_the_source_holds_the_integers_of_the_python_reader(data: st.DataObject, block: int) -> None:
    program, year = drawn(data)
    expected = one_by_one(program, year)
    whole, kernel.BLOCK = kernel.BLOCK, block
    try:
        assert in_arrays(program, year, names=[*program.steps, *program.refusals]) == expected
        names = [*program.steps, *program.refusals]
        made = arrays.sums(program, frames_of(program, year), names=names)
    finally:
        kernel.BLOCK = whole
    totals = totals_of(expected)
    assert made == {name: totals.get(name, 0) for name in made}


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(st.data())
def test_compiled_it_holds_the_integers_of_the_python_reader(data: st.DataObject) -> None:
    program, year = drawn(data)
    assert in_arrays(program, year, names=[*program.steps, *program.refusals]) == one_by_one(program, year)


def test_values_go_up_to_groups_and_down_to_members_compiled() -> None:
    program = across_entities()
    for seed in range(40):  # one source, compiled once
        year = three_homes(seed)
        expected = one_by_one(program, year)
        assert in_arrays(program, year) == expected
        totals = totals_of(expected)
        made = arrays.sums(program, frames_of(program, year))
        assert made == {name: totals.get(name, 0) for name in made}


def test_townships_and_counties() -> None:
    program, frames = up_to_counties()
    made = arrays.evaluate(program, frames)
    assert made["township"].rows() == [(0, 0, -70, 2), (1, 1, 1_000, 1), (2, 0, 9, 1)]
    assert made["county"].rows() == [(0, 2, 10, -30), (1, 1, 5, 1_000), (2, 0, 0, 0)]
    assert made["household"]["beside"].to_list() == [-70, 9, 0]


def test_rows_come_back_in_the_order_in_which_they_came() -> None:
    made = arrays.evaluate(small_rules(), small_frames(), names=["health.basic", "person:health.paid"])
    assert made["claim"]["claim"].to_list() == [claim["claim"] for claim in CLAIMS] == ["b", "a", "c"]
    # 70 % of 32,833.33 = 22,983.331; 70 % of 99,500; 75 % of 100.01 = 75.0075
    assert made["claim"]["health.basic"].to_list() == [6_965_000, 2_298_333, 7_501]
    assert made["person"]["person"].to_list() == ["Li", "Wang", "Zhao"]


def test_claims_alone_have_a_year_to_date_without_their_persons() -> None:
    names = ["health.basic", "health.critical_illness"]
    frames = {"claim": small_frames()["claim"]}
    made = arrays.evaluate(small_rules(), frames, names=names)
    assert list(made) == ["claim"]
    assert made["claim"]["health.critical_illness"].to_list() == [1_285_000, 0, 0]
    mixed = {"claim": pl.concat([frames["claim"][0], frames["claim"][2], frames["claim"][1]])}
    again = arrays.evaluate(small_rules(), mixed, names=names)["claim"]
    assert again.sort("claim").rows() == made["claim"].sort("claim").rows()


def test_a_rule_that_differs_in_its_numbers_alone_is_not_compiled_again() -> None:
    def within(limit: int, rate: int) -> g.Program:
        paid = g.within(g.rounded(g.mul(g.greatest(g.ZERO, COST), g.const(rate))), g.const(limit), PLACE)
        return g.Program({"paid": paid}, ("paid",))

    frame = pl.DataFrame(
        {"claim": [1, 2], "person": [1, 1], "order": [1, 2], "cost": [9_000, 9_001], "place": ["far"] * 2}
    )
    one, other = (kernel.compile_kernel(within(*numbers)) for numbers in ((6_000, 4_000), (7_000, 5_000)))
    assert one.writing.text == other.writing.text
    assert [set(made.writing.numbers) for made in (one, other)] == [{4_000, 6_000}, {5_000, 7_000}]
    assert arrays.evaluate(within(6_000, 4_000), {"claim": frame})["claim"]["paid"].to_list() == [3_600, 2_400]
    assert other.is_compiled
    assert arrays.evaluate(within(7_000, 5_000), {"claim": frame})["claim"]["paid"].to_list() == [4_500, 2_500]


@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_quotients_near_whole_numbers_are_exact_up_to_the_limit(mode: Any) -> None:
    from poverty_policy.money import quotient

    most = 2**52
    wide = g.whole("income", "household", 0, most)
    for scale in (2, 3, 7, 10_000, 9_999_991):
        near = [whole * scale + off for whole in (1, 2, most // scale - 1) for off in (-1, 0, 1)]
        near += [whole * scale + scale // 2 + off for whole in (0, most // scale - 2) for off in (-1, 0, 1)]
        amounts = [amount for amount in near if 0 <= amount <= most]
        frame = pl.DataFrame({"household": range(len(amounts)), "income": amounts})
        program = g.Program({"it": g.rounded(wide, mode, scale=scale)}, ("it",))
        made = arrays.evaluate(program, {"household": frame})["household"]["it"].to_list()
        assert made == [quotient(amount, scale, mode) for amount in amounts]


def test_sums_beyond_64_bits_are_whole_numbers_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "BLOCK", 256)
    wide = g.whole("income", "household", 0, 2**53)
    frame = pl.DataFrame({"household": range(30_000), "income": [2**53] * 30_000})
    made = arrays.sums(g.Program({"it": wide}, ("it",)), {"household": frame}, threads=1)
    assert made == {"it": 30_000 * 2**53}
    assert made["it"] > 2**63


def test_any_number_of_threads_gives_the_same() -> None:
    many = 30_000
    chance = np.random.default_rng(3)
    frames = {
        "claim": pl.DataFrame(
            {"claim": range(many), "person": chance.integers(0, 9_000, many), "order": range(many),
             "cost": chance.integers(-10_000, 90_000, many), "place": chance.choice(PLACE.options, many)}
        ),
        "person": pl.DataFrame(
            {"person": range(9_000), "household": chance.integers(0, 3_000, 9_000), "age": [40] * 9_000}
        ),
        "household": pl.DataFrame(
            {"household": range(3_000), "poor": [True, False, False] * 1_000, "income": range(3_000)}
        ),
    }  # fmt: skip
    program = across_entities()
    first, *others = (arrays.evaluate(program, frames, threads=threads) for threads in (1, 2, 5))
    for other in others:
        assert all(other[entity].equals(first[entity]) for entity in first)


def test_nobody_is_no_fault() -> None:
    none = {entity: frame.clear() for entity, frame in small_frames().items()}
    assert arrays.evaluate(small_rules(), none)["claim"].height == 0
    assert set(arrays.sums(small_rules(), none).values()) == {0}
    homes = {**none, "household": small_frames()["household"]}
    made = arrays.evaluate(small_rules(), homes)["household"]
    assert made["household:health.paid"].to_list() == [0, 0]


def test_what_the_columns_reader_refuses_is_refused() -> None:
    frames = small_frames()
    wrong = {**frames, "claim": frames["claim"].with_columns(pl.lit("Nobody").alias("person"))}
    with pytest.raises(InputError, match="1 persons are unknown, such as Nobody"):
        arrays.evaluate(small_rules(), wrong)
    with pytest.raises(InputError, match="'helth'"):
        arrays.evaluate(small_rules(), frames, names=["helth"])


def test_an_amount_below_zero_is_rounded_by_its_size() -> None:
    program = g.Program({mode: g.rounded(INCOME, mode, scale=2) for mode in ROUNDING_MODES}, ROUNDING_MODES)
    made = arrays.evaluate(program, {"household": pl.DataFrame({"household": [1, 2], "income": [-3, 3]})})
    assert made["household"].select(ROUNDING_MODES).rows() == [(-2, -2, -1), (2, 2, 1)]
