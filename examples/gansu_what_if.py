"""Gansu's plan of 2015: 5 points more for the poor in hospital, and a deductible of 3,000 instead of 5,000 yuan.

The plan expects the second to raise what critical-illness insurance really pays for the poor by 3 points or more. This
script asks a synthetic population, under rules with assumptions of its own (``gansu-plan.yaml``). Run it from any
folder: ``python examples/gansu_what_if.py [PERSONS]``.
"""

import sys
from pathlib import Path

import polars as pl

import poverty_policy as pp

PLAN = Path(__file__).with_name("gansu-plan.yaml")
POOR = "registered_poor"
POINTS = {f"health.basic.uplift.{POOR}": "5 points"}
DEDUCTIBLE = {f"health.critical_illness.deductible.{POOR}": "3000 元"}


def really_paid(rules: pp.RuleSet, population: pp.Population) -> float:
    """What critical-illness insurance pays of the in-scope cost that basic insurance leaves, in percent.

    Of the poor for whom that is more than 3,000 yuan in the year.
    """
    poor = population.persons.filter(pl.col("groups").cast(pl.String).str.contains(POOR))["id"]
    frames = rules.assess_frame(**population.frames(), money=population.money)
    bills = population.claims.select("id", "person", "cost.in_scope").join(frames.claims.drop("person"), on="id")
    years = (
        bills.filter(pl.col("person").is_in(poor.implode()))
        .with_columns(left=pl.col("cost.in_scope") - pl.col("health.basic"))
        .group_by("person")
        .agg(pl.col("left", "health.critical_illness").sum())
        .filter(pl.col("left") > 3_000_00)
    )
    return 100 * years["health.critical_illness"].sum() / years["left"].sum()


def main(persons: int = 100_000) -> None:
    """Print what each measure costs, and what it does for the poor."""
    rules = pp.load_file(PLAN)
    population = pp.synthetic(rules, persons, income={"rural": "6936 元"}, groups={POOR: 0.2})
    before = really_paid(rules, population)
    print(f"{'':26}{'costs (yuan)':>16}{'rate of the poor':>18}{'critical illness really pays':>30}")
    for title, changes in (("5 points more", POINTS), ("3,000 yuan", DEDUCTIBLE), ("both", POINTS | DEDUCTIBLE)):
        reform = rules.reform(changes, title)
        found = pp.compare(rules, reform, population)
        (poor,) = (part for part in found.groups if part.name == POOR)
        now, then = (rate / 100 for rate in poor.bills.rate if rate is not None)
        after = really_paid(reform, population)
        cost = pp.Money.of_fen(found.paid.change)
        print(f"{title:26}{cost:>16}{f'{now:.2f} -> {then:.2f}%':>18}{f'{before:.2f} -> {after:.2f}%':>30}")
    gained = really_paid(rules.reform(DEDUCTIBLE), population) - before
    print(f"\nThe plan expects 3 points or more of the lower deductible; here it is {gained:.2f} points.")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
