"""Worked examples published in China: a rule file and a case file alone give the figures to the fen.

A folder of ``published/`` holds one example: ``rules*.yaml``, ``case*.yaml`` and ``expected.yaml``, whose ``checks``
say what a case must give under a rule file. Its README tells how these are written. No code is about any one example.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

import poverty_policy as pp
from poverty_policy import documents
from poverty_policy.money import Rate
from poverty_policy.policy.provision import SECTIONS

PUBLISHED = Path(__file__).parent / "published"
FOLDERS = sorted(path.parent for path in PUBLISHED.glob("*/expected.yaml"))
VERDICTS = ("agrees", "page_is_wrong")
KEYS = {"case", "rules", "on", "note", "expected", "page", "page_wrong", "expected_ratio", "refused"}


def read(path: Path) -> Any:
    return documents.read(path, pp.InputError).data


def of_claim(outcome: pp.Outcome, number: int) -> Mapping[str, Any]:
    """Every step of a claim as text, by its full name: ``health.basic.base``, ``health.basic`` for the payment."""
    claim = outcome.claims[number - 1]
    entries = len(outcome.rules.entries)
    found = {name: None if claim[name] is None else str(claim[name]) for name in claim.names}
    for step in outcome.steps()[(number - 1) * entries : number * entries]:
        found |= {f"{step['entry']}.{name}": value for name, value in step["values"].items() if name != "payment"}
    return found


def number_of(outcome: pp.Outcome, name: str) -> Decimal | None:
    """The result or step of that name in yuan or as a share; ``claims.2.health.basic`` is that of the second claim."""
    match = re.fullmatch(r"claims\.(\d+)\.(.+)", name)
    if match is not None:
        found = of_claim(outcome, int(match[1]))[match[2]]
    elif name in outcome.names:
        found = None if outcome[name] is None else str(outcome[name])
    elif name.partition(".")[0] in SECTIONS.values():
        found = step_of(outcome, name)
    else:
        assert len(outcome.claims) == 1, f"{name}: say of which claim"
        found = of_claim(outcome, 1)[name]
    if found is None:
        return None
    assert isinstance(found, str), f"{name} is no amount"
    return Decimal(found[:-1]) / 100 if found.endswith("%") else Decimal(found.replace(",", ""))


def step_of(outcome: pp.Outcome, name: str) -> str:
    """A step of a provision in yuan: ``account.exit_income.item.farming``."""
    kind, provision, step = name.split(".", 2)
    (decision,) = [one for one in outcome.decisions if one.name == f"{kind}.{provision}"]
    return str(pp.Money.of_fen(decision.steps[step]))


def amount(outcome: pp.Outcome, expression: str) -> Decimal | None:
    """A result by name, or a sum of products of results: ``a + b × c``."""
    if "+" not in expression and "×" not in expression:
        return number_of(outcome, expression)
    total = Decimal(0)
    for product in expression.split("+"):
        part = Decimal(1)
        for name in product.split("×"):
            factor = number_of(outcome, name.strip())
            assert factor is not None, f"{name} does not apply"
            part *= factor
        total += part
    return total


def check_figures(outcome: pp.Outcome, check: Mapping[str, Any]) -> None:
    expected, page, wrong = (check.get(key, {}) for key in ("expected", "page", "page_wrong"))
    assert expected, "nothing is expected"
    for name, text in expected.items():
        assert text is None or re.fullmatch(r"\d+\.\d\d", text), f"{name}: write yuan with two decimals, as text"
    wanted = {name: None if text is None else Decimal(text) for name, text in expected.items()}
    assert {name: amount(outcome, name) for name in expected} == wanted
    assert set(page) | set(wrong) <= set(expected), "what the page printed must be among what is expected"
    assert {name: Decimal(text) for name, text in page.items()} == {name: wanted[name] for name in page}
    assert [name for name, text in wrong.items() if Decimal(text) == wanted[name]] == [], "the page is not wrong here"


def check_ratio(outcome: pp.Outcome, ratio: Mapping[str, str]) -> None:
    """A share in percent, to as many decimals as the page printed."""
    printed = Decimal(ratio["percent"])
    part, whole = amount(outcome, ratio["of"]), amount(outcome, ratio["to"])
    assert part is not None
    assert whole
    assert (part * 100 / whole).quantize(printed, ROUND_HALF_UP) == printed
    if (ratio["of"], ratio["to"]) == ("health.paid", "health.cost"):
        rate = outcome["health.effective_rate"]
        assert isinstance(rate, Rate)
        assert (Decimal(rate.parts) / 100).quantize(printed, ROUND_HALF_UP) == printed


def check_whole(outcome: pp.Outcome) -> None:
    """Of every claim: nobody pays less than nothing, the parts make up the cost, and no more than the cost is paid."""
    for claim in outcome.claims:
        stated = sum((money.fen for money in claim.placed.claim.cost.values()), 0)
        fen = {name: value.fen for name in claim.names if isinstance(value := claim[name], pp.Money)}
        sums = ("health.cost", "health.waived", "health.paid", "health.out_of_pocket")
        cost, waived, paid, out_of_pocket = (fen[name] for name in sums)
        assert cost == stated
        assert min(fen.values()) >= 0
        assert waived + paid + out_of_pocket == cost
        assert sum(value for name, value in fen.items() if name not in sums) == waived + paid <= cost


def check_allowances(outcome: pp.Outcome) -> None:
    """A payment by the gap lifts nobody above the standard, but for supplements and the rounding of the income."""
    for one in outcome.decisions:
        if not isinstance(one.stated.entry, pp.Allowance) or not isinstance(one.result, pp.Money):
            continue
        extra = sum(one.steps[f"supplement.{each.supplement}"] for each in one.stated.entry.supplements)
        income = one.steps["income.year"]
        standard = one.steps["standard.year"] * one.steps["members"]
        account = outcome.rules.provision(f"account.{one.stated.entry.account}").entry
        slack = 100 * one.steps["members"] * 12 if account.per_head is not None else 12  # type: ignore[attr-defined]
        assert income + 12 * (one.result.fen - extra) <= standard + slack


def check_refusal(rules: pp.RuleSet, case: Any, refused: Mapping[str, Any]) -> None:
    with pytest.raises(getattr(pp, refused["error"])) as caught:
        rules.assess(case)
    assert type(caught.value).__name__ == refused["error"]
    faults = caught.value.faults
    assert len(faults) == len(refused["faults"])
    for fault, wanted in zip(faults, refused["faults"], strict=True):
        assert f".{fault.where()}".endswith(f".{wanted['where']}")  # a case may be a person or a household
        assert wanted["says"] in fault.text("zh")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_published(folder: Path) -> None:
    example = read(folder / "expected.yaml")
    assert set(example) == {"source", "verdict", "checks"}
    assert example["source"]["title"]
    assert example["verdict"] in VERDICTS
    for check in example["checks"]:
        assert set(check) <= KEYS
        rules = pp.load_file(folder / check.get("rules", "rules.yaml"), on=check.get("on"))
        case = read(folder / check["case"])
        if "refused" in check:
            check_refusal(rules, case, check["refused"])
            continue
        outcome = rules.assess(case)
        check_figures(outcome, check)
        for ratio in check.get("expected_ratio", ()):
            check_ratio(outcome, ratio)
        check_whole(outcome)
        check_allowances(outcome)
    wrong = any("page_wrong" in check for check in example["checks"])
    assert example["verdict"] == ("page_is_wrong" if wrong else "agrees")


def test_every_file_is_used_and_every_example_is_listed() -> None:
    rows = r"^\| \[([\w-]+)\]\(\1/\) \| [^|]+ \| [^|]+ \| (\w+) \|"
    listed = re.findall(rows, (PUBLISHED / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == [(folder.name, read(folder / "expected.yaml")["verdict"]) for folder in FOLDERS]
    for folder in FOLDERS:
        checks = read(folder / "expected.yaml")["checks"]
        used = {name for check in checks for name in (check["case"], check.get("rules", "rules.yaml"))}
        assert {path.name for path in folder.iterdir()} == used | {"expected.yaml"}
