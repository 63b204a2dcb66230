"""An allowance and an exit check: the generated function beside the same written by hand, and whole decisions."""

from __future__ import annotations

import random
from typing import Any

from pydantic import TypeAdapter, create_model

import poverty_policy as pp
from benchmarks.generated import DifferentError
from benchmarks.report import Figure
from benchmarks.timing import best
from poverty_policy.formula.python import Runner, compile_program

GOAL = 1.15
ASSESS_GOAL = 1e-3
_PERSON = ("person.item.farming.12", "person.spent.farming.12", "person.item.wage.12", "person.group.severely_disabled")
_HOUSEHOLD = (
    "residence", "household.history.12", "household.item.farming.12", "household.spent.farming.12",
    "household.item.wage.12", "household.knows.cars", "household.count.cars", "household.knows.safe_housing",
    "household.truth.safe_housing",
)  # fmt: skip
_RESULTS = (
    "account.income", "allowance.dibao", "allowance.dibao.known", "allowance.dibao.met", "allowance.dibao.failed",
    "criteria.exit.met", "criteria.exit.failed",
)  # fmt: skip

Row = tuple[Any, ...]


def ruleset() -> pp.RuleSet:
    """A standard by residence, an account, an allowance by the gap with a supplement, and an exit check."""
    source = pp.Source(title="benchmark", status="planned", grade="one_report")
    marked = {"source": "1"}
    amount = {"urban": "620 元", "rural": "496 元"}
    line = pp.Line.read({**marked, "line": "dibao", "per": "month", "amount": amount})
    items = {"wage": "counted", "farming": {"cost": "stated", "losses": "zero"}}
    account = pp.Account.read({**marked, "account": "income", "months": 12, "items": items, "others": "left_out"})
    dibao = pp.Allowance.read({
        **marked, "allowance": "dibao", "line": "dibao", "account": "income", "pays": "gap",
        "excludes": [{"fact": "cars", "above": 0}],
        "supplements": [{"supplement": "dibao", "when": {"group": "severely_disabled"}, "share": "50%"}],
    })  # fmt: skip
    test = {"all": [{"income": "income", "above": "dibao"}, {"fact": "safe_housing", "is": True}]}
    leaves = pp.Criteria.read({**marked, "criteria": "exit", "test": test})
    return pp.compose(
        provisions=[line, account, dibao, leaves], place="410000", valid_from="2021-01-01", valid_to="2021-12-31",
        source=source, title="benchmark",
    )  # fmt: skip


def by_hand(persons: list[Row], households: list[Row], up: list[int]) -> list[Row]:
    """The same rules written by hand, for speed."""
    count, income, ill = ([0] * len(households) for _ in range(3))
    for (farming, spent, wage, disabled), home in zip(persons, up, strict=True):
        count[home] += 1
        income[home] += (farming - spent if farming > spent else 0) + wage
        ill[home] += disabled
    found: list[Row] = []
    for n, (residence, history, farming, spent, wage, knows, cars, told, safe) in enumerate(households):
        month = 62_000 if residence == "urban" else 49_600
        total = income[n] + (farming - spent if farming > spent else 0) + wage
        line = month * 12 * count[n]
        poor = history and total < line
        met = poor and knows and cars == 0
        failed = (history and not poor) or (knows and cars > 0)
        gap = (2 * (line - total) + 12) // 24 if total < line else 0
        amount = gap + ill[n] * (month // 2) if met else 0
        above = history and total > line
        leaves = above and told and safe
        stays = (history and not above) or (told and not safe)
        known = (met and history) or failed
        found.append((total, amount, known, met, failed, leaves, stays))
    return found


def rows(draw: random.Random, homes: int) -> tuple[list[Row], list[Row], list[int]]:
    """Random households of one to five, some with unknown facts, some just at the line."""
    persons: list[Row] = []
    households: list[Row] = []
    up: list[int] = []
    for home in range(homes):
        size = draw.randint(1, 5)
        month = draw.choice([62_000, 49_600])
        for _ in range(size):
            wage = month * 12 + draw.randint(-1, 1) if draw.random() < 0.3 else draw.randint(0, 1_200_000)
            persons.append((draw.randint(0, 300_000), draw.randint(0, 200_000), wage, draw.random() < 0.1))
            up.append(home)
        residence = "urban" if month == 62_000 else "rural"
        knows, told = draw.random() < 0.9, draw.random() < 0.9
        facts = (knows, draw.randint(0, 1) if knows else 0, told, told and draw.random() < 0.8)
        households.append((residence, draw.random() < 0.95, 0, 0, 0, *facts))
    return persons, households, up


def run(runner: Runner, persons: list[Row], households: list[Row], up: list[int]) -> list[Row]:
    """The generated function on the same rows."""
    made = {
        "claim": [], "person": _ordered(persons, _PERSON, runner.inputs["person"]),
        "household": _ordered(households, _HOUSEHOLD, runner.inputs["household"]),
    }  # fmt: skip
    found = runner(made, {"claim": [], "person": up})["household"]  # type: ignore[arg-type]  # these are entities
    order = [runner.names["household"].index(name) for name in _RESULTS]
    return [tuple(row[place] for place in order) for row in found]


def _ordered(listed: list[Row], names: tuple[str, ...], wanted: tuple[str, ...]) -> list[Row]:
    order = [names.index(name) for name in wanted]
    return [tuple(row[place] for place in order) for row in listed]


def check(runner: Runner, cases: int = 300) -> None:
    """Compare both on random households, many of them just at the line.

    Raises:
        DifferentError: anything differs.
    """
    draw = random.Random(20210615)
    for _ in range(cases):
        made = rows(draw, draw.randint(1, 20))
        ours, theirs = run(runner, *made), by_hand(*made)
        if ours != theirs:
            raise DifferentError(f"allowance and exit: {ours} is not {theirs}")


def case() -> dict[str, Any]:
    """A household of three, as data."""
    year = {"from": "2020-06", "to": "2021-05"}
    farming = {"item": "farming", "amount": "9000 元", "cost": "3500 元", **year}
    return {
        "on": "2021-06-15", "residence": "rural", "records_complete": year, "facts": {"cars": 0, "safe_housing": True},
        "members": [
            {"id": "1", "groups": [], "income": [farming]},
            {"id": "2", "groups": ["severely_disabled"]},
            {"id": "3", "groups": [], "income": [{"item": "wage", "each_month": "300 元", **year}]},
        ],
    }  # fmt: skip


def _plain_model() -> Any:
    person = create_model("Person", id=(str, ...), groups=(list[str], ...), income=(list[dict[str, str]], []))
    return create_model(
        "Household", on=(str, ...), residence=(str, ...), records_complete=(dict[str, str], ...),
        facts=(dict[str, bool | int], ...), members=(list[person], ...),  # type: ignore[valid-type]  # a model made here
    )  # fmt: skip


def measure() -> list[Figure]:
    """The function without steps per household; then a whole assessment, its decisions and its sheet."""
    rules = ruleset()
    runner = compile_program(rules.resolved.whole.program, traced=False)
    check(runner)
    persons, households, up = rows(random.Random(1), 1_000)
    ordered = {
        "claim": [], "person": _ordered(persons, _PERSON, runner.inputs["person"]),
        "household": _ordered(households, _HOUSEHOLD, runner.inputs["household"]),
    }  # fmt: skip
    parents = {"claim": [], "person": up}
    one = case()
    plain = TypeAdapter(_plain_model()).validate_python
    took = best(
        {
            "generated": lambda: runner(ordered, parents),  # type: ignore[arg-type]  # these are entities
            "by hand": lambda: by_hand(persons, households, up),
            "pydantic": lambda: plain(one),
            "assess": lambda: rules.assess(one),
            "decisions": lambda: rules.assess(one).decisions,
            "statement": lambda: rules.assess(one).statement("zh"),
        },
        rounds=60,
    )
    group = "allowance and exit"
    read = "pydantic reading plain fields"
    return [
        Figure(group, "generated function, 1,000 households, per household", took["generated"] / 1_000,
               "by hand, per household", took["by hand"] / 1_000, GOAL, "ratio"),
        Figure(group, "assess, a household of three, from a mapping", took["assess"], read, took["pydantic"],
               ASSESS_GOAL, "seconds"),
        Figure(group, "  with outcome.decisions", took["decisions"], read, took["pydantic"]),
        Figure(group, "  with the statement", took["statement"], read, took["pydantic"]),
    ]  # fmt: skip
