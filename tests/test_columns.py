"""The columns reader: the integers of the Python reader for any rule and any year, and what it refuses."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from poverty_policy.errors import InputError, RuleError
from poverty_policy.formula import graph as g
from poverty_policy.formula.columns import Keys, evaluate
from poverty_policy.formula.python import compile_program
from poverty_policy.money import ROUNDING_MODES, RoundingMode, quotient
from poverty_policy.policy.cascade import describe
from poverty_policy.policy.reimbursement import Cascade, Guarantee, Layer
from strategies import MOST, Row, Year, cascades, program_of, years

KEYS: dict[g.Entity, dict[str, Any]] = {
    "claim": {"claim": pl.String, "person": pl.String, "order": pl.Int64},
    "person": {"person": pl.String, "household": pl.String},
    "household": {"household": pl.String},
}
TYPES = {"integer": pl.Int64, "truth": pl.Boolean, "category": pl.String}


def frames_of(program: g.Program, year: Year) -> dict[g.Entity, pl.DataFrame]:
    rows = {"claim": year.claims, "person": year.persons, "household": year.households}
    return {
        entity: pl.DataFrame(
            rows[entity],
            {**keys, **{one.name: TYPES[one.kind] for one in program.inputs() if one.entity == entity}},
        )
        for entity, keys in KEYS.items()
    }


def one_by_one(program: g.Program, year: Year) -> dict[g.Entity, dict[str, Row]]:
    """What the Python reader makes of it: entity -> key -> name -> value."""
    runner = compile_program(program, traced=True)
    claims = [claim for person in year.persons for claim in year.of_person(person["person"])]
    persons = [person["person"] for person in year.persons]
    households = [home["household"] for home in year.households]
    found = runner(
        {
            "claim": [tuple(claim[name] for name in runner.inputs["claim"]) for claim in claims],
            "person": [tuple(person[name] for name in runner.inputs["person"]) for person in year.persons],
            "household": [tuple(home[name] for name in runner.inputs["household"]) for home in year.households],
        },
        {
            "claim": [persons.index(claim["person"]) for claim in claims],
            "person": [households.index(person["household"]) for person in year.persons],
        },
    )
    keys = {"claim": [claim["claim"] for claim in claims], "person": persons, "household": households}
    return {
        entity: {
            key: dict(zip(runner.names[entity], values, strict=True))
            for key, values in zip(keys[entity], rows, strict=True)
        }
        for entity, rows in found.items()
    }


def in_columns(program: g.Program, year: Year, **how: Any) -> dict[g.Entity, dict[str, Row]]:
    """The same from the columns reader."""
    found: dict[g.Entity, dict[str, Row]] = {}
    for entity, frame in evaluate(program, frames_of(program, year), **how).items():
        rows = frame.collect().to_dicts()
        found[entity] = {row[entity]: {name: row[name] for name in row if name not in KEYS[entity]} for row in rows}
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_columns_hold_the_integers_of_the_python_reader(data: st.DataObject) -> None:
    cascade = data.draw(cascades())
    program = program_of(cascade)
    year = data.draw(years(cascade, program))
    expected = one_by_one(program, year)
    assert in_columns(program, year, names=[*program.steps, *program.refusals]) == expected


# --- programs beyond what a cascade makes ----------------------------------------------------------------

COST = g.whole("cost", "claim", -(10**6), 10**6)
PLACE = g.category("place", "claim", ("near", "far"))
AGE = g.whole("age", "person", 0, 120)
POOR = g.truth("poor", "household")
INCOME = g.whole("income", "household", -(10**5), 10**5)


def across_entities() -> g.Program:
    """Values that go up to groups, down to members and up again; amounts below zero; sums of constants."""
    spent = g.total(COST, "household", "claim")
    burden = g.add(COST, g.mul(INCOME, g.const(3)), spent)
    late = g.running(burden, PLACE)
    adult = g.negate(g.compare("<", AGE, g.const(18)))
    size = g.greatest(g.ZERO, COST)
    heads = g.greatest(g.const(1), g.total(g.const(1), "household", "person"))
    limit = g.choose(POOR, g.const(40_000), g.choose(g.is_one_of(PLACE, ["far"]), g.const(90_000), g.const(7)))
    steps: dict[str, g.Node] = {
        "seven": g.const(7),
        "always": g.TRUE,
        "slice of constants": g.slice_of(g.ZERO, g.const(500), 100, 300),
        "spent": spent,
        "burden": burden,
        "late": late,
        "late again": g.total(late, "person", "claim"),
        "adults": g.count(adult, "household", "person"),
        "members": g.total(g.const(1), "household", "person"),
        "claims": g.total(g.const(1), "household", "claim"),
        "ages, once for each claim": g.total(AGE, "household", "claim"),
        "any far": g.any_of(g.is_one_of(PLACE, ["far"]), "person", "claim"),
        "age or income": g.choose(adult, AGE, INCOME),
        "number": g.running(g.const(1)),
        "within": g.within(size, limit, PLACE),
        "within, for each age": g.within(size, g.const(100_000), AGE),
        "all of it": g.all_hold(POOR, adult, g.compare("==", COST, g.least(COST, g.const(99)))),
        "bands": g.bands(g.ZERO, size, [10, 99, 5000], [g.const(3), AGE, g.choose(POOR, g.const(9), g.ZERO)]),
    }
    for mode in ("half_up", "up", "down"):
        for scale, unit in ((1, 100), (7, 1), (10_000, 1), (3, 5)):
            steps[f"{mode} {scale} {unit}"] = g.rounded(COST, mode, scale=scale, unit=unit)
        steps[f"per head {mode}"] = per_head = g.divided(INCOME, heads, mode)
        steps[f"over that, and below zero {mode}"] = g.divided(burden, g.greatest(g.const(1), per_head), mode, unit=10)
        steps[f"never below zero {mode}"] = g.divided(g.add(size, AGE), g.add(AGE, g.const(1)), mode)
        steps[f"constant over heads {mode}"] = g.divided(g.const(-1_001), heads, mode, unit=2)
        steps[f"accrual {mode}"] = g.accrual(COST, PLACE, scale=7, mode=mode)
        steps[f"peak {mode}"] = g.peak(COST, scale=10, mode=mode)
    return g.Program(steps, tuple(steps))


def three_homes(seed: int) -> Year:
    """Households with members and claims, in no particular order."""
    chance, year = Random(seed), Year([], [], [])
    for h in range(3):
        year.households.append({"household": f"h{h}", "poor": h == 0, "income": chance.randint(-(10**5), 10**5)})
        for p in range(chance.randint(0, 3)):
            person = f"h{h}p{p}"
            year.persons.append({"person": person, "household": f"h{h}", "age": chance.choice([0, 17, 18, 120])})
            for place in range(chance.randint(0, 6)):
                cost = chance.choice([chance.randint(-(10**6), 10**6), chance.randint(-15, 15)])
                where = chance.choice(PLACE.options)
                keys = {"claim": f"{person}c{place}", "person": person, "order": 10 - place}
                year.claims.append({**keys, "cost": cost, "place": where})
    for rows in (year.claims, year.persons, year.households):
        chance.shuffle(rows)
    return year


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_values_go_up_to_groups_and_down_to_members(seed: int) -> None:
    program, year = across_entities(), three_homes(seed)
    assert in_columns(program, year) == one_by_one(program, year)


def test_a_calculation_asks_only_for_the_frames_that_it_reads() -> None:
    program = g.Program({"half": g.rounded(INCOME, scale=2)}, ("half",))
    made = evaluate(program, {"household": pl.DataFrame({"household": [2, 1], "income": [-3, 3]})})
    assert list(made) == ["household"]
    assert made["household"].collect().sort("household").rows() == [(1, 2), (2, -2)]


# --- quotients, and townships -----------------------------------------------------------------------------

WIDE = 2**52 - 50_000


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, WIDE) | st.integers(0, 60), st.integers(1, 1_000) | st.integers(1, 9)), min_size=1
    ),
    st.sampled_from(ROUNDING_MODES),
    st.sampled_from([1, 2, 7, 100]),
    st.booleans(),
)
def test_a_quotient_is_that_of_money(pairs: list[tuple[int, int]], mode: RoundingMode, unit: int, below: bool) -> None:
    if below:
        pairs = [(-amount if place % 2 else amount, by) for place, (amount, by) in enumerate(pairs)]
    income = g.whole("income", "household", -WIDE if below else 0, WIDE)
    node = g.divided(income, g.whole("heads", "household", 1, 1_000), mode, unit=unit)
    frame = pl.DataFrame(
        [(place, amount, by) for place, (amount, by) in enumerate(pairs)],
        {"household": pl.Int64, "income": pl.Int64, "heads": pl.Int16},
        orient="row",
    )
    made = evaluate(g.Program({"it": node}, ("it",)), {"household": frame})["household"].collect()
    assert made.schema["it"] == pl.Int64
    expected = {place: quotient(amount, by * unit, mode) * unit for place, (amount, by) in enumerate(pairs)}
    assert dict(made.rows()) == expected


def test_a_divisor_that_may_be_zero_is_refused() -> None:
    heads = g.whole("heads", "household", 0, 50)
    frame = pl.DataFrame({"household": [1], "income": [1], "heads": [1]})
    with pytest.raises(RuleError, match="the divisor of a rule can be zero"):
        evaluate(g.Program({"it": g.divided(INCOME, heads)}, ("it",)), {"household": frame})


def up_to_counties() -> tuple[g.Program, dict[g.Entity, pl.DataFrame]]:
    """Totals of townships and counties, and what goes down again from them."""
    area = g.whole("area", "township", 0, 99)
    spent = g.total(INCOME, "township", "household")
    homes = g.total(g.const(1), "county", "household")
    steps: dict[str, g.Node] = {
        "spent": spent,
        "homes": homes,
        "villages": g.total(g.const(1), "township", "village"),
        "areas": g.total(area, "county", "township"),
        "each": g.divided(g.total(spent, "county", "township"), g.greatest(g.const(1), homes), unit=10),
        "beside": g.sub(g.mul(INCOME, homes), spent),
    }
    frames: dict[g.Entity, pl.DataFrame] = {
        "household": pl.DataFrame({"household": [0, 1, 2], "village": [0, 1, 3], "income": [-70, 9, 1_000]}),
        "village": pl.DataFrame({"village": [0, 1, 2, 3], "township": [0, 2, 0, 1]}),
        "township": pl.DataFrame({"township": [0, 1, 2], "county": [0, 1, 0], "area": [3, 5, 7]}),
        "county": pl.DataFrame({"county": [0, 1, 2]}),
    }
    return g.Program(steps, tuple(steps)), frames


def test_townships_lie_between_villages_and_counties() -> None:
    program, frames = up_to_counties()
    made = {entity: frame.collect().sort(entity) for entity, frame in evaluate(program, frames).items()}
    assert made["township"].rows() == [(0, 0, -70, 2), (1, 1, 1_000, 1), (2, 0, 9, 1)]
    assert made["county"].rows() == [(0, 2, 10, -30), (1, 1, 5, 1_000), (2, 0, 0, 0)]
    assert made["household"]["beside"].to_list() == [-70, 9, 0]
    runner = compile_program(program, traced=False)
    chain: tuple[g.Entity, ...] = ("household", "village", "township", "county")
    rows = {
        entity: frames[entity].select(runner.inputs[entity]).rows() or [()] * len(frames[entity]) for entity in chain
    }
    found = runner(rows, {low: frames[low][high].to_list() for low, high in itertools.pairwise(chain)})
    for entity, values in found.items():
        assert made[entity].select(runner.names[entity]).rows() == values


def test_townships_have_their_own_key_and_limit() -> None:
    program, frames = up_to_counties()
    frames["village"] = frames["village"].rename({"township": "town"})
    frames["township"] = frames["township"].rename({"township": "town"})
    made = evaluate(program, frames, keys=Keys(township="town"))["township"].collect()
    assert made.columns[:2] == ["town", "county"]
    program, frames = up_to_counties()
    frames["village"] = pl.DataFrame({"village": range(101), "township": [0] * 101})
    assert "village: 101 rows have one township, 100 is the most proved exact" in refused(program, frames)
    assert "'township' is missing" in refused(program, {**frames, "village": frames["village"].drop("township")})


def test_who_asks_for_no_township_needs_none() -> None:
    _, frames = up_to_counties()
    frames = {"household": frames["household"], "village": frames["village"].drop("township")}
    made = evaluate(g.Program({"it": g.total(INCOME, "village", "household")}, ("it",)), frames)
    assert sorted(made["village"].collect().rows()) == [(0, -70), (1, 9), (2, 0), (3, 1_000)]


# --- a year that can be followed by hand -----------------------------------------------------------------


def small_rules() -> g.Program:
    basic = Layer(layer="basic", rate={"registered_poor": "75%", "default": "70%"}, deductible="500 元")
    bands = {"measured_from": "zero", "edges": [{"up_to": "50000 元", "rate": "50%"}, {"rate": "60%"}]}
    critical = Layer(layer="critical_illness", per="year", deductible="15000 元", bands=bands)
    return describe(Cascade([basic, critical, Guarantee(guarantee="floor", ceiling="20000 元", per="year")]), MOST)


CLAIMS: list[dict[str, Any]] = [
    # settled second: what is left after 70 % above 500 yuan is 30,350 yuan
    {"claim": "b", "person": "Li", "order": 2, "cost.in_scope": 10_000_000, "group.registered_poor": False},
    # settled first: 10,350 yuan are left
    {"claim": "a", "person": "Li", "order": 1, "cost.in_scope": 3_333_333, "group.registered_poor": False},
    {"claim": "c", "person": "Wang", "order": 1, "cost.in_scope": 60_001, "group.registered_poor": True},
]


def small_frames() -> dict[g.Entity, pl.DataFrame]:
    facts = {"cost.other": 0, "benefit_year": 2018}
    return {
        "claim": pl.DataFrame([{**claim, **facts} for claim in CLAIMS]),
        "person": pl.DataFrame({"person": ["Li", "Wang", "Zhao"], "household": [1, 1, 2]}),
        "household": pl.DataFrame({"household": [1, 2]}),
    }


def test_a_year_that_can_be_followed_by_hand() -> None:
    names = [f"health.{name}" for name in ("basic", "critical_illness", "floor", "out_of_pocket")]
    made = evaluate(small_rules(), small_frames(), names=[*names, "person:health.paid", "household:health.paid"])
    expected = pl.DataFrame(
        {
            "claim": ["a", "b", "c"],
            "person": ["Li", "Li", "Wang"],
            "order": [1, 2, 1],
            # 70 % of 32,833.33 = 22,983.331; 70 % of 99,500; 75 % of 100.01 = 75.0075
            names[0]: [2_298_333, 6_965_000, 7_501],
            # 10,350.00 + 30,350.00 reach 40,700.00: half of the 25,700.00 above 15,000
            names[1]: [0, 1_285_000, 0],
            # 10,350.00 + 17,500.00 are 7,850.00 more than 20,000
            names[2]: [0, 785_000, 0],
            names[3]: [1_035_000, 965_000, 52_500],
        }
    )
    assert_frame_equal(made["claim"].collect().sort("claim"), expected)
    assert sorted(made["person"].collect().rows()) == [
        ("Li", 1, 2_298_333 + 6_965_000 + 1_285_000 + 785_000),
        ("Wang", 1, 7_501),
        ("Zhao", 2, 0),
    ]
    assert sorted(made["household"].collect().rows()) == [(1, 11_340_834), (2, 0)]


def test_results_and_refusals_are_what_comes_if_nothing_is_named() -> None:
    program = describe(Cascade([Layer(layer="basic", rate={"dibao": "unspecified", "default": "50%"})]), MOST)
    claims = pl.DataFrame(
        {"claim": [1, 2], "person": [1, 1], "order": [1, 2], "cost.in_scope": [100, 101], "cost.other": [0, 0],
         "group.dibao": [False, True]}
    )  # fmt: skip
    frames = {"claim": claims, "person": pl.DataFrame({"person": [1], "household": [1]})}
    made = evaluate(program, {**frames, "household": pl.DataFrame({"household": [1]})})
    claim = made["claim"].collect().sort("claim")
    (refusal,) = program.refusals
    assert claim["health.basic"].to_list()[0] == 50
    assert claim[refusal].to_list() == [False, True]
    assert claim["health.basic.applies"].to_list() == [True, True]


def test_lazy_frames_other_types_and_other_keys_will_do() -> None:
    frames = small_frames()
    small = frames["claim"].with_columns(pl.col("cost.in_scope", "benefit_year", "order").cast(pl.Int32))
    keys = Keys(claim="bill", person="whose", order="day")
    renamed = {"claim": "bill", "person": "whose", "order": "day"}
    lazy = {
        "claim": small.rename(renamed).lazy(),
        "person": frames["person"].rename({"person": "whose"}).lazy(),
        "household": frames["household"].lazy(),
    }
    expected = evaluate(small_rules(), frames)
    for entity, frame in evaluate(small_rules(), lazy, keys=keys).items():
        back = {new: old for old, new in renamed.items() if new in frame.collect_schema()}
        found = frame.collect().rename(back).with_columns(pl.col("^order$").cast(pl.Int64))
        assert_frame_equal(found, expected[entity].collect(), check_row_order=False)


# --- refusals --------------------------------------------------------------------------------------------


def refused(program: g.Program, frames: Mapping[g.Entity, pl.DataFrame]) -> str:
    with pytest.raises(InputError) as caught:
        evaluate(program, frames)
    assert caught.value.text("zh")
    return caught.value.text("en")


@pytest.mark.parametrize(
    ("entity", "changes", "words"),
    [
        ("claim", {"cost.in_scope": [1, None, None]}, "claim.cost.in_scope: 2 rows have no value"),
        ("claim", {"person": ["Li", None, "Wang"]}, "claim.person: 1 rows have no value"),
        ("claim", {"order": [1, None, 1]}, "claim.order: 1 rows have no value"),
        ("claim", {"cost.in_scope": [-1, 0, 1]}, "claim.cost.in_scope: -1 is outside the range proved exact"),
        ("claim", {"cost.in_scope": [0, 1, MOST + 1]}, f"claim.cost.in_scope: {MOST + 1} is outside"),
        ("claim", {"cost.in_scope": [0.0, 1.5, 2.0]}, "claim.cost.in_scope: a column of Float64 will not do"),
        ("claim", {"group.registered_poor": [0, 1, 0]}, "claim.group.registered_poor: a column of Int64"),
        ("claim", {"person": ["Li", "Li", "Lee"]}, "claim: 1 persons are unknown, such as Lee"),
        ("claim", {"claim": ["a", "a", "c"]}, "claim: 1 keys stand in several rows, such as claim a"),
        ("claim", {"order": [2, 2, 1]}, "claim: 1 keys stand in several rows, such as person Li, order 2"),
        ("claim", {"person": [1, 1, 2]}, "claim: person is Int64 here and String in person"),
        ("person", {"person": ["Li", "Wang", "Li"]}, "person: 1 keys stand in several rows, such as person Li"),
        ("person", {"household": [1, 1, 9]}, "person: 1 households are unknown, such as 9"),
        ("household", {"household": [1, None]}, "household.household: 1 rows have no value"),
    ],
)
def test_what_cannot_be_calculated_with_is_refused(entity: g.Entity, changes: dict[str, Any], words: str) -> None:
    frames = small_frames()
    frames[entity] = frames[entity].with_columns(**{name: pl.Series(values) for name, values in changes.items()})
    assert words in refused(small_rules(), frames)


def test_an_unknown_category_is_named_with_the_known_ones() -> None:
    rate = {"township": "80%", "default": "60%"}
    program = describe(Cascade([Layer(layer="basic", rate=rate)]), MOST)
    frames = small_frames()
    for dtype in (pl.String, pl.Categorical):
        levels = pl.Series(["township", "county", "hospital"], dtype=dtype)
        frames["claim"] = frames["claim"].with_columns(facility_level=levels)
        assert "claim.facility_level: 'hospital' is none of city, county, " in refused(program, frames)


def test_all_faults_are_reported_together() -> None:
    frames = small_frames()
    frames["claim"] = frames["claim"].drop("group.registered_poor", "order").with_columns(
        pl.lit(10**12).alias("cost.in_scope"), pl.lit(None, pl.Int64).alias("benefit_year")
    )  # fmt: skip
    frames["person"] = frames["person"].drop("household")
    text = refused(small_rules(), frames)
    assert text.splitlines() == [
        "claim: 'order' is missing",
        "claim: 'group.registered_poor' is missing",
        "claim.benefit_year: 3 rows have no value",
        f"claim.cost.in_scope: {10**12} is outside the range proved exact (0 to {MOST})",
        "person: 'household' is missing",
    ]


def test_missing_frames_and_unknown_names_are_refused() -> None:
    frames = small_frames()
    assert refused(small_rules(), {"claim": frames["claim"]}).splitlines() == [
        "frames: 'person' is missing",
        "frames: 'household' is missing",
    ]
    with pytest.raises(InputError, match=r"'health.basics'; did you mean .*'health.basic'"):
        evaluate(small_rules(), frames, names=["health.basics"])


def test_more_members_than_the_range_was_proved_for_are_refused() -> None:
    frames = small_frames()
    many = frames["claim"].head(1).join(pl.DataFrame({"n": range(367)}), how="cross").with_columns(
        claim=pl.col("n").cast(pl.String), order=pl.col("n")
    )  # fmt: skip
    frames["claim"] = many.drop("n")
    assert "claim: 367 rows have one person, 366 is the most proved exact" in refused(small_rules(), frames)


def test_a_rule_that_could_pass_the_exact_range_is_refused() -> None:
    huge = g.whole("cost", "claim", 0, 2**52)
    frames = {"claim": pl.DataFrame({"claim": [1], "person": [1], "order": [1], "cost": [1]})}
    with pytest.raises(RuleError, match=r"beyond 2\^53"):
        evaluate(g.Program({"sum": g.running(huge)}, ("sum",)), frames)
