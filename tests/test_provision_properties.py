"""What holds for any allowance, criterion and household."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import poverty_policy as pp
from homes import ACCOUNT, ALLOWANCE, LINE, YEAR, decision, home, rules_of
from poverty_policy.formula import graph as g
from poverty_policy.formula.columns import evaluate
from poverty_policy.formula.python import compile_program

relaxed = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FACTS = ("food", "clothing", "safe_housing", "safe_water")
shares = st.sampled_from(["0%", "33.33%", "50%", "100%"])
rounding = st.sampled_from(["fen", "jiao up", "yuan", "10 yuan up", "yuan down"])


@st.composite
def allowances(draw: Any) -> tuple[dict[str, Any], ...]:
    """A line, an account and an allowance by the gap, with settings drawn at random."""
    line = {**LINE, "amount": {"urban": f"{draw(st.integers(1, 90_000)) / 100:.2f}", "default": "500 元"}}
    items = {
        "wage": {"share": draw(shares)},
        "farming": draw(st.sampled_from([{"cost": "stated", "losses": "zero"}, {"cost": "40%"}, "counted"])),
        "award": "left_out",
    }
    account: dict[str, Any] = {**ACCOUNT, "items": items, "others": draw(st.sampled_from(["counted", "left_out"]))}
    if draw(st.booleans()):
        account["deductions"] = [{"deduction": "medical", "items": ["medical"]}]
    settings: dict[str, Any] = {
        "test": draw(st.sampled_from(["below", "at_most"])),
        "rounding": draw(rounding),
        "rounded_per": draw(st.sampled_from(["household", "person"])),
        "excludes": [{"fact": "cars", "above": 0}],
    }
    if draw(st.booleans()):
        settings["minimum_share"] = "20%"
    if draw(st.booleans()):
        settings["supplements"] = [
            {"supplement": "dibao", "when": {"group": "severely_disabled"}, "share": "50%"},
            {"supplement": "tekun", "when": {"age_from": 60}, "amount": "80 元"},
        ]
        settings["several"] = draw(st.sampled_from(["highest", "added"]))
    if draw(st.booleans()):
        settings["uncovered"] = {"group": "student"}
    return line, account, {**ALLOWANCE, **settings}


money = st.integers(0, 2_000_000).map(lambda fen: f"{fen // 100}.{fen % 100:02}")


@st.composite
def persons(draw: Any, name: str) -> dict[str, Any]:
    groups = draw(st.lists(st.sampled_from(["severely_disabled", "student"]), unique=True, max_size=2))
    income = [{"item": "wage", "amount": draw(money), **YEAR}]
    if draw(st.booleans()):
        income.append({"item": "farming", "amount": draw(money), "cost": draw(money), **YEAR})
    income += [{"item": one, "amount": "100", **YEAR} for one in draw(st.lists(st.sampled_from(["award", "gift"])))][:2]
    born = draw(st.sampled_from(["1950-01-01", "1961-06-15", "1990-01-01"]))
    spent = [{"item": "medical", "amount": draw(money), **YEAR}] if draw(st.booleans()) else []
    return {"id": name, "groups": groups, "birth_date": born, "income": income, "spending": spent}


@st.composite
def homes(draw: Any, name: str = "h") -> dict[str, Any]:
    members = [draw(persons(f"{name}{n}")) for n in range(draw(st.integers(1, 4)))]
    facts = {"cars": draw(st.sampled_from([0, 0, 0, 1, None]))}
    complete = {} if draw(st.integers(0, 9)) else {"records_complete": None}
    return home(*members, id=name, residence=draw(st.sampled_from(["urban", "rural"])), facts=facts, **complete)


def shown(value: Any) -> str:
    return "unknown" if isinstance(value, pp.Unknown) else str(value)


@relaxed
@given(stated=allowances(), data=st.data())
def test_a_payment_by_the_gap_lifts_nobody_above_the_standard(stated: tuple[dict[str, Any], ...], data: Any) -> None:
    assume("minimum_share" not in stated[2])
    outcome = rules_of(*stated).assess(data.draw(homes()))
    one = decision(outcome, "allowance.dibao")
    assume(isinstance(one.result, pp.Money))
    assert isinstance(one.result, pp.Money)
    extra = sum(value for name, value in one.steps.items() if name in ("supplement.dibao", "supplement.tekun"))
    unit = {"fen": 1, "jiao up": 10, "yuan": 100, "10 yuan up": 1_000, "yuan down": 100}[stated[2]["rounding"]]
    slack = 12 * unit * max(1, one.steps["covered"])
    standard = one.steps["standard.year"] * one.steps["members"]
    assert one.steps["income.year"] + 12 * (one.result.fen - extra) <= standard + slack
    assert sum(value for name, value in one.steps.items() if name == "base") + extra == one.result.fen


@relaxed
@given(stated=allowances(), data=st.data())
def test_a_fen_more_of_income_never_raises_the_payment(stated: tuple[dict[str, Any], ...], data: Any) -> None:
    assume(all(one.get("of") != "payment" for one in stated[2].get("supplements", ())))
    rules, case = rules_of(*stated), data.draw(homes())
    record = case["members"][0]["income"][0]
    more = {**case, "members": [
        {**case["members"][0], "income": [
            {**record, "amount": str(pp.Money(record["amount"]) + pp.Money.of_fen(data.draw(st.integers(1, 60_000))))
             .replace(",", "")}, *case["members"][0]["income"][1:]]},
        *case["members"][1:],
    ]}  # fmt: skip
    before, after = (rules.assess(one)["allowance.dibao"] for one in (case, more))
    if isinstance(before, pp.Unknown):  # more income may rule out what could not be told before
        assert isinstance(after, pp.Unknown) or after is None
    elif isinstance(after, pp.Unknown):
        raise AssertionError(f"{shown(before)} became unknown by a fen of income")
    else:
        assert (after.fen if isinstance(after, pp.Money) else -1) <= (
            before.fen if isinstance(before, pp.Money) else -1
        )


@relaxed
@given(stated=allowances(), case=homes())
def test_one_exclusion_more_makes_nobody_eligible(stated: tuple[dict[str, Any], ...], case: dict[str, Any]) -> None:
    line, account, allowance = stated
    harder = {**allowance, "excludes": [*allowance["excludes"], {"any_member": {"group": "severely_disabled"}}]}
    before, after = (
        decision(rules_of(line, account, one).assess(case), "allowance.dibao").steps for one in (allowance, harder)
    )
    assert not (after["met"] and not before["met"])
    assert not (before["failed"] and not after["failed"])


@st.composite
def conditions(draw: Any, depth: int = 2) -> dict[str, Any]:
    if depth == 0 or draw(st.booleans()):
        return {"fact": draw(st.sampled_from(FACTS)), "is": draw(st.booleans())}
    parts = [draw(conditions(depth - 1)) for _ in range(draw(st.integers(1, 3)))]
    kind = draw(st.sampled_from(["all", "any", "none", "some"]))
    if kind == "some":
        return {"some": parts, "least": draw(st.integers(1, len(parts)))}
    return {kind: parts}


@relaxed
@given(test=conditions(), values=st.lists(st.sampled_from([True, False, None]), min_size=4, max_size=4), data=st.data())
def test_what_is_not_known_never_turns_yes_into_no(test: dict[str, Any], values: list[Any], data: Any) -> None:
    rules = rules_of({"criteria": "exit", "test": test})
    facts = dict(zip(FACTS, values, strict=True))
    known = shown(rules.assess(home({"id": "a", "groups": []}, facts=facts))["criteria.exit"])
    hidden = {**facts, data.draw(st.sampled_from(FACTS)): None}
    less = shown(rules.assess(home({"id": "a", "groups": []}, facts=hidden))["criteria.exit"])
    assert less in (known, "unknown")


@relaxed
@given(
    sign=st.sampled_from(["at_least", "above", "at_most", "below"]),
    value=st.integers(0, 500),
    threshold=st.integers(1, 400),
    people=st.integers(1, 40),
    ratio=st.booleans(),
)
def test_moving_a_value_by_its_distance_flips_the_result(
    sign: str, value: int, threshold: int, people: int, ratio: bool
) -> None:
    test: dict[str, Any] = {"fact": "poor_persons", sign: threshold}
    if ratio:
        test = {"fact": "poor_persons", "share_of": "population", sign: f"{threshold / 100:.2f}%"}
    rules = rules_of({"criteria": "village_exit", "of": "village", "test": test})

    def told(poor: int) -> tuple[Any, int]:
        case = {"level": "village", "on": "2021-06-15", "facts": {"poor_persons": poor, "population": people}}
        one = decision(rules.assess(case), "criteria.village_exit")
        return one.result, one.steps["test.poor_persons.distance"]

    result, distance = told(value)
    assert distance != 0
    assume(value + distance >= 0)
    assert told(value + distance)[0] is (not result)
    assert told(value + distance - (1 if distance > 0 else -1))[0] is result  # and no smaller move does


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(stated=allowances(), data=st.data())
def test_readers_agree(stated: tuple[dict[str, Any], ...], data: Any) -> None:
    """The plain function, the traced one and columns on Polars give the same for every result and step."""
    village = [data.draw(homes(f"h{n}")) for n in range(data.draw(st.integers(1, 4)))]
    exit_test = {
        "criteria": "exit",
        "test": {"all": [{"income": "income", "above": "dibao"}, {"fact": "food", "is": True}]},
    }
    rules = rules_of(*stated, exit_test)
    outcome = rules.assess({"households": village})
    program = rules.resolved.whole.program
    traced, plain = (compile_program(program, traced=one) for one in (True, False))
    rows, parents = outcome.gathered.rows, outcome.gathered.parents
    every, results = traced(rows, parents), plain(rows, parents)
    frames: dict[Any, Any] = {}
    for entity, above in (("person", "household"), ("household", None)):
        made = pl.DataFrame(list(rows[entity]), schema=list(traced.inputs[entity]), orient="row")  # type: ignore[index]
        keys = {entity: pl.int_range(len(rows[entity]))}  # type: ignore[index]
        if above is not None:
            keys[above] = pl.Series(parents[entity], dtype=pl.Int64)  # type: ignore[index]
        frames[entity] = made.with_columns(**keys)
    steps = {name: node for name, node in program.steps.items() if not isinstance(node, g.Const)}
    columns = evaluate(g.Program(steps, tuple(steps)), frames)
    for entity in ("person", "household"):
        found = columns[entity].collect().sort(entity)  # type: ignore[index]
        names = traced.names[entity]  # type: ignore[index]
        for place, name in enumerate(names):
            assert [row[place] for row in every[entity]] == found[name].to_list(), name  # type: ignore[index]
        for place, name in enumerate(plain.names[entity]):  # type: ignore[index]
            full = names.index(name)
            assert [row[place] for row in results[entity]] == [row[full] for row in every[entity]]  # type: ignore[index]
    # a household alone is what it is in a village
    for number, one in enumerate(village):
        alone = rules.assess(one)
        assert {name: shown(alone[name]) for name in alone.names if name in outcome.households[number]} == {
            name: shown(outcome.households[number][name]) for name in alone.names if name in outcome.households[number]
        }


@relaxed
@given(stated=allowances(), case=homes(), amount=st.integers(1, 99_999))
def test_reform_and_baseline_never_touch_each_other(
    stated: tuple[dict[str, Any], ...], case: dict[str, Any], amount: int
) -> None:
    rules = rules_of(*stated)
    before = rules.assess(case).to_json()
    reform = rules.reform({"line.dibao.amount.default": pp.Money.of_fen(amount + 50_000)})
    reform.assess(case)
    assert rules.assess(case).to_json() == before
    back = reform.reform({"line.dibao.amount.default": "500 元"})
    assert shown(back.assess(case)["allowance.dibao"]) == shown(rules.assess(case)["allowance.dibao"])
    # the order in which things are stated means nothing
    turned = {**case, "members": case["members"][::-1], "facts": dict(reversed(case["facts"].items()))}
    again = rules_of(*stated[::-1]).assess(turned)
    assert shown(again["allowance.dibao"]) == shown(rules.assess(case)["allowance.dibao"])
