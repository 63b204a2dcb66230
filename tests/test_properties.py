"""What must hold for whole cases and for reforms; ``test_invariants.py`` holds what must hold bill by bill.

Where a property has exceptions that the rules themselves make, an example below it shows each of them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import poverty_policy as pp
from poverty_policy.formula import graph as g
from poverty_policy.formula.python import compile_program
from poverty_policy.money import Money, Rate
from poverty_policy.policy.reimbursement import Cascade, Entry, Guarantee, Layer, Waiver
from poverty_policy.policy.values import Leaf, Value, Varied, leaves
from strategies import GROUPS, MOST, Row, Year, cascades, guarantees, layers, program_of, waivers, years

some = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
SOURCE = pp.Source(title="练习", status="planned", grade="one_report")


def composed(*entries: Entry) -> pp.RuleSet:
    return pp.compose(
        Cascade(entries), place="henan", valid_from="2018-01-01", valid_to="2020-12-31", source=SOURCE, title="练习"
    )


def one_bill(in_scope: Any, **facts: Any) -> dict[str, Any]:
    return {"date": "2018-05-01", "kind": "inpatient", **facts, "cost": {"in_scope": in_scope}}


def own(rules: pp.RuleSet, *bills: Mapping[str, Any], groups: Sequence[str] = ()) -> str:
    """What the person bears of a year of bills."""
    borne = rules.assess({"groups": list(groups), "claims": list(bills)})["health.out_of_pocket"]
    assert isinstance(borne, Money)
    return borne.plain()


def settle(program: g.Program, claims: Sequence[Row]) -> list[Row]:
    """One person's claims in their order, every step by its name."""
    runner = compile_program(program, traced=True)
    rows = [tuple(claim[name] for name in runner.inputs["claim"]) for claim in claims]
    found = runner({"claim": rows, "person": [()], "household": [()]}, {"claim": [0] * len(rows), "person": [0]})
    return [dict(zip(runner.names["claim"], row, strict=True)) for row in found["claim"]]


def out_of_pocket(settled: Sequence[Row]) -> int:
    return sum(row["health.out_of_pocket"] for row in settled)


def some_claims(data: st.DataObject, cascade: Cascade, program: g.Program) -> list[Row]:
    year: Year = data.draw(years(cascade, program))
    claims = max((year.of_person(person["person"]) for person in year.persons), key=len, default=[])
    assume(claims)
    return claims


# --- parts and wholes -------------------------------------------------------------------------------------


@some
@given(st.data())
def test_persons_are_their_claims_and_households_their_persons(data: st.DataObject) -> None:
    """And the short way gives what the long way gives."""
    cascade = data.draw(cascades())
    program = program_of(cascade)
    year: Year = data.draw(years(cascade, program))
    home = {row["household"]: place for place, row in enumerate(year.households)}
    person = {row["person"]: place for place, row in enumerate(year.persons)}
    claims = [claim for row in year.persons for claim in year.of_person(row["person"])]
    up = {"claim": [person[c["person"]] for c in claims], "person": [home[p["household"]] for p in year.persons]}
    found: list[dict[str, dict[str, list[int]]]] = []
    for traced in (True, False):
        runner = compile_program(program, traced=traced)
        rows = {
            "claim": [tuple(claim[name] for name in runner.inputs["claim"]) for claim in claims],
            "person": [()] * len(person),
            "household": [()] * len(home),
        }
        back = runner(rows, up)
        found.append({e: {n: [row[k] for row in back[e]] for k, n in enumerate(runner.names[e])} for e in back})
    traced_values, plain = found
    for entity, columns in plain.items():
        assert {name: traced_values[entity][name] for name in columns} == columns
    for name, of_persons in plain["person"].items():
        of_claims = plain["claim"][name.removeprefix("person:")]
        assert of_persons == [
            sum(value for value, above in zip(of_claims, up["claim"], strict=True) if above == place)
            for place in range(len(person))
        ]
    for name, of_homes in plain["household"].items():
        of_persons = plain["person"]["person:" + name.removeprefix("household:")]
        assert of_homes == [
            sum(value for value, above in zip(of_persons, up["person"], strict=True) if above == place)
            for place in range(len(home))
        ]


# --- one fen more -----------------------------------------------------------------------------------------


def per_claim(layer: Layer) -> bool:
    """Whether a layer pays each claim by itself, but for yearly deductibles and limits, and without jumps."""
    if layer.observed or layer.per == "year" or layer.repeat is not None or layer.rounding.unit != 1:
        return False
    return all(schedule.mode == "marginal" for schedule in layer.bands or ())


@some
@given(st.data())
def test_of_one_layer_out_of_pocket_of_a_year_never_falls_when_one_of_its_bills_grows(data: st.DataObject) -> None:
    layer = data.draw(layers("layer", [], []))
    assume(per_claim(layer))
    cascade = Cascade([layer])
    program = program_of(cascade)
    claims = some_claims(data, cascade, program)
    place = data.draw(st.integers(0, len(claims) - 1))
    grown = data.draw(st.sampled_from([name for name in claims[place] if name.startswith("cost.")]))
    assume(claims[place][grown] < MOST)
    more = [*claims[:place], {**claims[place], grown: claims[place][grown] + 1}, *claims[place + 1 :]]
    assert out_of_pocket(settle(program, more)) >= out_of_pocket(settle(program, claims))


def test_one_fen_more_may_be_a_relief_where_a_whole_amount_changes_its_rate() -> None:
    edges = [pp.Band(up_to="100 元", rate="50%"), pp.Band(rate="60%")]
    rules = composed(Layer(layer="a", bands=pp.Schedule(measured_from="zero", mode="whole_amount", edges=edges)))
    assert (own(rules, one_bill("100.00")), own(rules, one_bill("100.01"))) == ("50.00", "40.00")


def test_one_fen_more_may_be_a_relief_where_payments_are_whole_yuan() -> None:
    rules = composed(Layer(layer="a", rate="100%", rounding="yuan"))
    assert (own(rules, one_bill("0.49")), own(rules, one_bill("0.50"))) == ("0.49", "0.00")


def test_one_fen_more_may_be_a_relief_where_two_layers_pay_for_the_same_fen() -> None:
    edges = [pp.Band(up_to="100 元", rate="0%"), pp.Band(rate="100%")]
    steep = pp.Schedule(measured_from="zero", edges=edges)
    rules = composed(Layer(layer="a", bands=steep), Layer(layer="b", after=[], bands=steep))
    assert (own(rules, one_bill("100.00")), own(rules, one_bill("100.01"))) == ("100.00", "99.99")


def test_one_fen_more_may_be_a_relief_where_it_makes_the_next_stay_the_second() -> None:
    rules = composed(Layer(layer="a", rate="100%", deductible="100 元", repeat=pp.Repeat(factors=["100%", "50%"])))
    stay = one_bill(500)
    assert (own(rules, one_bill(0), stay), own(rules, one_bill("0.01"), stay)) == ("100.00", "50.01")


def test_one_fen_more_may_be_a_relief_where_it_lifts_another_bill_into_a_better_band() -> None:
    edges = [
        pp.Band(up_to="100 元", rate={"township": "100%", "default": "0%"}),
        pp.Band(rate="100%"),
    ]
    rules = composed(Layer(layer="a", per="year", bands=pp.Schedule(measured_from="zero", edges=edges)))
    stay = one_bill(200, facility_level="county")
    with_less, with_more = (one_bill(cost, facility_level="township") for cost in ("50.00", "50.01"))
    assert (own(rules, with_less, stay), own(rules, with_more, stay)) == ("50.00", "49.99")


# --- one group more ---------------------------------------------------------------------------------------


def most_favourable(value: Value) -> bool:
    if isinstance(value, Leaf):
        return True
    inner = [one for _, one in value.cases] + ([value.default] if value.default is not None else [])
    return value.several == "most_favourable" and all(most_favourable(one) for one in inner)


def no_jumps(entry: Entry) -> bool:
    """What the examples below except from the property."""
    if entry.rounding.unit != 1:
        return False
    if not isinstance(entry, Layer):
        return True
    schedules = entry.bands or ()
    if any(one.mode != "marginal" or one.when.groups is not None for one in schedules):
        return False
    return not entry.observed and entry.after is None and not entry.less


@some
@given(st.data())
def test_one_more_group_never_makes_a_bill_dearer(data: st.DataObject) -> None:
    """For one bill, through any chain of waivers, layers and guarantees."""
    entries: list[Entry] = [data.draw(waivers("waiver"))] if data.draw(st.booleans()) else []
    for number in range(data.draw(st.integers(1, 3))):
        kind = layers(f"layer_{number}", [], []) if data.draw(st.integers(0, 2)) else guarantees(f"guarantee_{number}")
        entries.append(data.draw(kind.filter(no_jumps)))
    assume(all(no_jumps(entry) and all(most_favourable(v) for _, v in entry.values()) for entry in entries))
    cascade = Cascade(entries)
    program = program_of(cascade)
    claim = some_claims(data, cascade, program)[0]
    groups = [name for name in claim if name.startswith("group.")]
    assume(groups)
    joined = data.draw(st.sampled_from(groups))
    (without,), (within,) = settle(program, [{**claim, joined: False}]), settle(program, [{**claim, joined: True}])
    assume(not any(row[name] for row in (without, within) for name in program.refusals))
    assert within["health.out_of_pocket"] <= without["health.out_of_pocket"]


def test_a_group_may_cost_where_the_file_says_that_the_first_listed_holds() -> None:
    rules = composed(Layer(layer="a", rate={"several": "first", "dibao": "50%", "tekun": "90%"}))
    assert own(rules, one_bill(100), groups=["tekun"]) == "10.00"
    assert own(rules, one_bill(100), groups=["tekun", "dibao"]) == "50.00"


def test_a_group_may_cost_where_it_has_a_schedule_of_its_own() -> None:
    poor = pp.Schedule(when=pp.When(groups="dibao"), measured_from="zero", edges=[pp.Band(rate="40%")])
    others = pp.Schedule(measured_from="zero", edges=[pp.Band(rate="50%")])
    rules = composed(Layer(layer="a", bands=[poor, others]))
    assert own(rules, one_bill(100)) == "50.00"
    assert own(rules, one_bill(100), groups=["dibao"]) == "60.00"


def test_a_group_may_cost_where_what_a_cap_cut_off_is_not_counted_again() -> None:
    rules = composed(
        Layer(layer="a", rate={"dibao": "90%", "default": "80%"}, per="claim", cap="2000 元"),
        Layer(layer="b", rate="50%", less=["a.over_cap"]),
    )
    assert own(rules, one_bill(5000)) == "2500.00"  # 2,000 cut off, 1,000 of 3,000 left count
    assert own(rules, one_bill(5000), groups=["dibao"]) == "2750.00"  # 2,500 cut off, 500 of 3,000 left count


def test_a_group_may_cost_where_a_guarantee_looks_at_each_bill_but_a_cap_at_the_year() -> None:
    bills = [one_bill(400), one_bill(300), one_bill(200)]
    layer = Layer(layer="a", rate={"dibao": "50%", "default": "25%"}, caps=[pp.Cap(amount="200 元", per="year")])
    rules = composed(layer, Guarantee(guarantee="b", ceiling="210 元"))
    assert own(rules, *bills) == "595.00"  # 300, 225 and 175 left: 210 + 210 + 175
    assert own(rules, *bills, groups=["dibao"]) == "610.00"  # 200, 300 and 200 left: 200 + 210 + 200


# --- cases under the rules that ship ----------------------------------------------------------------------

SHIPPED = ("henan@2018-07-01", "henan@2022-07-01", "anhui@2018-07-01", "hubei@2022-07-01", "230521@2016-07-01")
LEVELS = ("township", "county", "city", "province")


def shipped(name: str) -> pp.RuleSet:
    place, _, day = name.partition("@")
    return pp.load(place, on=day)


@st.composite
def households(draw: st.DrawFn, rules: pp.RuleSet, identity: str) -> dict[str, Any]:
    """A household whose bills state all that a rule may ask for, each on a day of its own."""
    year = rules.resolved.on.year
    members = []
    for number in range(draw(st.integers(1, 3))):
        bills = []
        days = draw(st.lists(st.integers(120, 300), max_size=5, unique=True))
        for place, day in enumerate(days):
            cost = {one: draw(st.integers(0, 9_000_000)) for one in ("in_scope", "out_of_catalogue")}
            bill: dict[str, Any] = {
                "id": f"b{place}",
                "date": (dt.date(year, 1, 1) + dt.timedelta(day)).isoformat(),
                "kind": draw(st.sampled_from(["inpatient", "outpatient", "outpatient_chronic"])),
                "facility_level": draw(st.sampled_from(LEVELS)),
                "facility_grade": "grade_2",
                "facility": "other",
                "area": draw(st.sampled_from(["in_county", "in_province", "out_of_province"])),
                "referral": "referred",
                "disease": "白血病",
                "cost": {name: Money.of_fen(fen).plain() for name, fen in cost.items()},
                "charges": {},
            }
            bills.append(bill)
        groups = draw(st.lists(st.sampled_from(GROUPS), unique=True))
        person = {"id": f"p{number}", "birth_date": "1950-01-01", "insurance": "resident", "groups": groups}
        members.append({**person, "claims": bills})
    return {"id": identity, "members": members}


def with_payments(rules: pp.RuleSet, household: dict[str, Any]) -> dict[str, Any]:
    """The household with the payments of observed layers, where these apply."""
    observed = [entry for entry in rules.cascade.entries if entry.needs_paid]
    for person in household["members"]:
        for bill in person["claims"]:
            for entry in observed:
                when = entry.when
                if (when.kinds is None or bill["kind"] in when.kinds) and (
                    when.groups is None or set(person["groups"]) & set(when.groups)
                ):
                    bill["paid"] = {**bill.get("paid", {}), entry.name: "0.00"}
    return household


def assessed(rules: pp.RuleSet, case: Any) -> pp.Outcome:
    """The outcome; a case that needs what the sources leave open is no example."""
    try:
        return rules.assess(case)
    except pp.UnspecifiedError:
        assume(False)
        raise


def bills_of(outcome: pp.Outcome) -> dict[tuple[str, str, str | None], Mapping[str, Any]]:
    return {(one.placed.household.id, one.placed.person.id, one.placed.claim.id): one.trace for one in outcome.claims}


@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_how_a_case_is_written_does_not_change_its_outcome(name: str, data: st.DataObject) -> None:
    rules = shipped(name)
    village = [with_payments(rules, data.draw(households(rules, f"h{n}"))) for n in range(2)]
    together = assessed(rules, {"households": village})
    # one household at a time
    apart = [rules.assess(household) for household in village]
    assert bills_of(together) == {key: one for outcome in apart for key, one in bills_of(outcome).items()}
    for result in together.names[:-1]:
        values = [outcome[result] for outcome in apart]
        stated = [value for value in values if isinstance(value, Money)]
        assert together[result] == (sum(stated, Money(0)) if stated else None)
    # everything the other way round: bills have days, so their order in the file is nothing
    turned = [
        {**home, "members": [{**p, "claims": p["claims"][::-1]} for p in home["members"][::-1]]}
        for home in village[::-1]
    ]
    again = rules.assess({"households": turned})
    assert bills_of(again) == bills_of(together)
    assert dict(again) == dict(together)
    # as JSON, and as objects
    assert rules.assess(json.loads(json.dumps({"households": village}))).to_json() == together.to_json()
    assert rules.assess(pp.Village.read({"households": village})).to_json() == together.to_json()


@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_was_settled_in_spring_stays_when_autumn_is_known(name: str, data: st.DataObject) -> None:
    rules = shipped(name)
    household = with_payments(rules, data.draw(households(rules, "h")))
    whole = assessed(rules, household)
    day = data.draw(st.sampled_from([one.placed.claim.date for one in whole.claims] or [dt.date(2018, 1, 1)]))
    early = {
        **household,
        "members": [
            {**p, "claims": [c for c in p["claims"] if c["date"] <= day.isoformat()]} for p in household["members"]
        ],
    }
    before, after = bills_of(rules.assess(early)), bills_of(whole)
    assert before == {key: after[key] for key in before}


# --- reforms ----------------------------------------------------------------------------------------------


def value_names(cascade: Cascade) -> Iterator[tuple[str, Leaf]]:
    """Every value of a cascade, by the name under which a reform reaches it."""
    for entry in cascade.entries:
        for at, value in entry.values():
            if at.split(".")[0] in entry.model_fields_set:
                for path, leaf in leaves(value):
                    yield ".".join(("health", entry.name, at, *path)), leaf


def another(leaf: Leaf, number: int) -> Money | Rate:
    """Some other value of the same kind."""
    if leaf.unlimited or isinstance(leaf.value, Money):
        return Money.of_fen(1_234_567 + number)
    assert leaf.value is not None
    return Rate.of_parts(leaf.value.parts - 1 if leaf.value.parts == 10_000 else leaf.value.parts + 1)


def same(one: pp.RuleSet, other: pp.RuleSet) -> bool:
    return one.hash == other.hash and one.cascade.entries == other.cascade.entries


@some
@given(st.data())
def test_reforms_stand_apart_from_what_they_reform_and_add_up(data: st.DataObject) -> None:
    """Every value is reached by its dotted name; no reform touches another; two in a row are both at once."""
    cascade = data.draw(cascades())
    program_of(cascade)
    names = dict(value_names(cascade))
    assume(len(names) > 1)
    rules = composed(*cascade.entries)
    a, b = data.draw(st.lists(st.sampled_from(sorted(names)), min_size=2, max_size=2, unique=True))
    change_a, change_b = ({name: another(names[name], place)} for place, name in enumerate((a, b)))
    before = [entry.model_dump() for entry in rules.cascade.entries]
    digest = rules.hash
    with_a, with_b = rules.reform(change_a), rules.reform(change_b)
    both, turned = rules.reform(change_a | change_b), rules.reform(change_b | change_a)
    assert [entry.model_dump() for entry in rules.cascade.entries] == before
    assert rules.hash == digest
    assert not rules.changes
    assert len({rules.hash, with_a.hash, with_b.hash, both.hash}) == 4
    assert same(with_a.reform(change_b), both)
    assert same(with_b.reform(change_a), both)
    assert same(turned, both)
    assert [change.name for change in both.changes] == [a, b]
    for name, changed in (change_a | change_b).items():
        (found,) = [leaf for at, leaf in value_names(both.cascade) if at == name]
        assert found.value == changed


@pytest.mark.parametrize("name", SHIPPED[:-1])
def test_a_reform_never_touches_the_baseline(name: str) -> None:
    """Not even where both run by turns."""
    rules = shipped(name)
    person = {"birth_date": "1950-01-01", "insurance": "resident", "groups": ["registered_poor"]}
    bills = [
        {
            "id": level, "date": f"{rules.resolved.on.year}-08-0{place}", "kind": "inpatient", "referral": "referred",
            "facility": "other", "facility_level": level, "facility_grade": "grade_2", "area": "in_county",
            "disease": "白血病", "cost": {"in_scope": 50_000}, "charges": {},
        }
        for place, level in enumerate(LEVELS, 1)
    ]  # fmt: skip
    case = with_payments(rules, {"members": [{**person, "claims": bills}]})
    amounts = {at: leaf for at, leaf in value_names(rules.cascade) if isinstance(leaf.value, Money | Rate)}
    before = rules.assess(case).to_json()
    different = 0
    for number, (at, leaf) in enumerate(amounts.items()):
        reform = rules.reform({at: another(leaf, number)})
        reformed = reform.assess(case).to_json()
        assert rules.assess(case).to_json() == before
        assert reform.assess(case).to_json() == reformed
        different += json.loads(reformed)["results"] != json.loads(before)["results"]
    assert different


# --- the helpers ------------------------------------------------------------------------------------------


def test_the_helpers_tell_what_they_are_asked() -> None:
    assert per_claim(Layer(layer="x", rate="50%"))
    assert not per_claim(Layer(layer="x", rate="50%", per="year"))
    first = Layer(layer="x", rate={"several": "first", "dibao": "50%"}).rate
    assert isinstance(first, Varied)
    assert not most_favourable(first)
    assert not no_jumps(Layer(layer="x", rate="50%", rounding="yuan"))
    assert no_jumps(Waiver(waiver="x", charges={"bed": "50%"}))
