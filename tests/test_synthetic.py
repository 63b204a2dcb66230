"""Synthetic populations: as many as wanted, like what they are drawn from, and what every rule set asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import poverty_policy as pp
from poverty_policy.population.synthetic import distributions, draw_population


@pytest.fixture(scope="module")
def rules() -> pp.RuleSet:
    return pp.load("henan", on="2018-07-01")


@pytest.fixture(scope="module")
def many(rules: pp.RuleSet) -> pp.Population:
    return pp.synthetic(rules, 200_000, seed=5, rural=0.5)


def test_as_many_persons_as_wanted_and_the_same_again(rules: pp.RuleSet) -> None:
    for persons in (1, 2, 9, 1_000):
        people = pp.synthetic(rules, persons, seed=3)
        assert people.persons.height == persons
        assert people.persons["household"].n_unique() == people.households.height
        again = pp.synthetic(rules, persons, seed=3)
        assert all(again.frames()[name].equals(frame) for name, frame in people.frames().items())
    assert not pp.synthetic(rules, 1_000, seed=4).persons.equals(people.persons)


def test_households_have_the_sizes_of_the_census(many: pp.Population) -> None:
    table = distributions()["household_sizes"]
    sizes = many.persons.group_by("household").len()["len"]
    for members, share in zip(table["members"], table["shares"], strict=True):
        assert float((sizes == members).mean()) == pytest.approx(share / sum(table["shares"]), abs=0.006)


def test_ages_are_those_of_the_census_and_nobody_under_age_lives_alone(many: pp.Population) -> None:
    table = distributions()["ages"]
    on = pl.date(2018, 7, 1)
    years = many.persons.select(((on - pl.col("birth_date")).dt.total_days() / 365.2425).alias("age"))["age"]
    edges = [*table["from"], 200]
    for low, high, share in zip(edges, edges[1:], table["shares"], strict=False):
        assert float(((years >= low) & (years < high)).mean()) == pytest.approx(share / 100, abs=0.006)
    first = many.persons.with_columns(years).group_by("household", maintain_order=True).first()
    assert first["age"].min() >= 18


def test_fifths_of_income_have_the_published_means(many: pp.Population) -> None:
    homes = many.households.join(many.persons.group_by("household").len(), left_on="id", right_on="household")
    items = [name for name in homes.columns if name.startswith("income.")]
    homes = homes.with_columns((pl.sum_horizontal(items) / pl.col("len") / 100).alias("per_head"))
    table = distributions()["incomes"]
    for where in ("rural", "urban"):
        amounts = np.sort(homes.filter(pl.col("residence") == where)["per_head"].to_numpy())
        means = [part.mean() for part in np.array_split(amounts, 5)]
        published = np.array(table[where]["quintiles"]) * table[where]["mean"] / np.mean(table[where]["quintiles"])
        assert means[:4] == pytest.approx(list(published[:4]), rel=0.03)
        assert means[4] == pytest.approx(published[4], rel=0.15)  # its tail is long


def test_admissions_are_as_many_and_cost_as_much(many: pp.Population) -> None:
    table = distributions()
    assert many.claims.height / many.persons.height == pytest.approx(table["admissions"]["rate"] / 100, rel=0.03)
    levels = table["facilities"]["levels"]
    cost = pl.sum_horizontal("cost.in_scope", "cost.category_b_first", "cost.out_of_catalogue") / 100
    means = many.claims.group_by("facility_level").agg(cost.mean().alias("mean"), pl.len())
    for level, mean, count in means.rows():
        share = levels[level]["share"] / sum(one["share"] for one in levels.values())
        assert count / many.claims.height == pytest.approx(share, abs=0.01)
        assert mean == pytest.approx(levels[level]["cost"], rel=0.1)
    born = many.claims.join(many.persons, left_on="person", right_on="id")
    assert (born["date"] >= born["birth_date"]).all()
    assert (born["birth_date"].dt.year() == 2018).any()
    tail = many.claims.select(cost.alias("cost"))["cost"]
    assert tail.quantile(0.99) > 6 * tail.median()


def test_groups_are_as_large_and_the_poor_are_poor(many: pp.Population) -> None:
    table = distributions()["groups"]
    for name, share in {"registered_poor": 0.07, "dibao": 0.04, "tekun": 0.004}.items():
        assert table["poorest"][name] == share
        here = many.persons["groups"].cast(pl.String).str.contains(name)
        assert float(here.mean()) == pytest.approx(share, abs=0.001)
    both = many.persons["groups"].cast(pl.String)
    assert not (both.str.contains("dibao") & both.str.contains("tekun")).any()


def test_means_groups_and_insurance_may_be_told(rules: pp.RuleSet) -> None:
    poor = pp.synthetic(rules, 30_000, income={"rural": "7000 元"}, groups={"低保对象": 0.2}, insurance="employee")
    items = [name for name in poor.households.columns if name.startswith("income.")]
    assert poor.households.select(pl.sum_horizontal(items)).sum().item() / 30_000 / 100 == pytest.approx(
        7_000, rel=0.05
    )
    assert float(poor.persons["groups"].cast(pl.String).str.contains("dibao").mean()) == pytest.approx(0.2, abs=0.002)
    assert set(poor.persons["insurance"]) == {"employee"}


def test_villages_count_who_lives_in_them(many: pp.Population) -> None:
    assert many.villages.height == many.households["village"].n_unique()
    assert many.villages["facts.rural_population"].sum() == many.persons.height
    poor = many.persons["groups"].cast(pl.String).str.contains("registered_poor").sum()
    assert many.villages["facts.poor_persons"].sum() == poor
    sizes = many.households.group_by("village").len()["len"].sort()
    assert sizes.max() <= 500
    assert sizes[1] >= 150  # the last village is what was left


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"persons": 0}, "must be a whole number above 0"),
        ({"rural": 1.5}, "lies between 0 and 1"),
        ({"income": {"country": "1 元"}}, "'country'"),
        ({"groups": {"dibaoo": 0.1}}, "did you mean 'dibao'"),
    ],
)
def test_what_cannot_be_is_refused(rules: pp.RuleSet, how: dict[str, Any], message: str) -> None:
    with pytest.raises(pp.InputError) as error:
        pp.synthetic(rules, **{"persons": 10, **how})
    assert message in error.value.text("en")


def places() -> list[tuple[str, str]]:
    first: dict[str, str] = {}
    for entry in pp.catalogue():
        first.setdefault(entry.place.code, str(entry.valid_from))
    return list(first.items())


@pytest.mark.parametrize(("place", "on"), places())
def test_everything_that_rules_ask_is_there(place: str, on: str) -> None:
    try:
        rules = pp.load(place, on=on)
    except pp.RuleError:
        rules = pp.load(place, on=on, health=False)
    people = draw_population(rules.resolved, 60, seed=1, rural=0.6, income={}, groups={}, insurance=None)
    try:
        found = rules.assess_frame(**people.frames(), money=people.money)
    except pp.UnspecifiedError:
        return  # the sources leave figures open that a population needs
    assert found.persons.height == 60
