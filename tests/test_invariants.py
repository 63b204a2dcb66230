"""What must hold for every rule set and every year of claims, whatever the rules say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from poverty_policy.formula import graph as g
from poverty_policy.formula.python import compile_program
from poverty_policy.policy.reimbursement import Cascade, Entry, Guarantee, Layer, Waiver
from poverty_policy.policy.values import Leaf, Value, Varied
from strategies import (
    COMPONENTS,
    MOST,
    Row,
    Year,
    cascades,
    layers,
    limits,
    moneys,
    points,
    program_of,
    rates,
    schedules,
    values,
    years,
)

many = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def settle(program: g.Program, claims: Sequence[Row]) -> list[Row]:
    """One person's claims in their order, every step by its name."""
    runner = compile_program(program, traced=True)
    rows = [tuple(claim[name] for name in runner.inputs["claim"]) for claim in claims]
    found = runner({"claim": rows, "person": [()], "household": [()]}, {"claim": [0] * len(rows), "person": [0]})
    return [dict(zip(runner.names["claim"], row, strict=True)) for row in found["claim"]]


def total(settled: Sequence[Row], name: str = "health.out_of_pocket") -> int:
    return sum(row[name] for row in settled)


def one_person(year: Year) -> list[Row]:
    longest = max((year.of_person(person["person"]) for person in year.persons), key=len, default=[])
    assume(longest)
    return longest


def alike(claims: Sequence[Row]) -> list[Row]:
    """The same claims, all at one kind of facility, for one disease, in one year, of a person with the same groups."""
    return [
        {**claims[0], **{name: row[name] for name in row if name.startswith(("cost.", "observed."))}} for row in claims
    ]


def refused(program: g.Program, settled: Sequence[Row]) -> bool:
    return any(row[name] for row in settled for name in program.refusals)


# --- parts and wholes -------------------------------------------------------------------------------------


@many
@given(st.data())
def test_parts_sum_to_the_whole_and_nobody_is_paid_more_than_the_cost(data: st.DataObject) -> None:
    cascade = data.draw(cascades())
    program = program_of(cascade)
    claims = one_person(data.draw(years(cascade, program)))
    for claim, row in zip(claims, settle(program, claims), strict=True):
        payments = {entry.name: row[f"health.{entry.name}"] for entry in cascade.entries}
        waived = sum(payments[entry.name] for entry in cascade.entries if isinstance(entry, Waiver))
        assert all(payment >= 0 for payment in payments.values())
        assert row["health.waived"] == waived
        assert row["health.paid"] == sum(payments.values()) - waived
        assert row["health.cost"] == sum(claim[name] for name in claim if name.startswith("cost."))
        assert row["health.out_of_pocket"] >= 0
        assert row["health.waived"] + row["health.paid"] + row["health.out_of_pocket"] == row["health.cost"]
        for entry in cascade.entries:
            parts = [row[name] for name in row if name.startswith(f"health.{entry.name}.payer.")]
            assert not parts or (sum(parts) == payments[entry.name] and min(parts) >= 0)
            for place, schedule in enumerate(getattr(entry, "bands", None) or (), 1):
                if schedule.mode == "marginal":
                    name = f"health.{entry.name}.bands.{place}.slice."
                    assert sum(row[one] for one in row if one.startswith(name)) == row[f"health.{entry.name}.payable"]


@many
@given(st.data())
def test_what_was_settled_stays_settled_when_more_claims_come(data: st.DataObject) -> None:
    cascade = data.draw(cascades())
    program = program_of(cascade)
    claims = one_person(data.draw(years(cascade, program)))
    at_once = settle(program, claims)
    known = data.draw(st.integers(0, len(claims)))
    assert settle(program, claims[:known]) == at_once[:known]


# --- yearly rules -----------------------------------------------------------------------------------------


@st.composite
def yearly_entries(draw: st.DrawFn, name: str) -> Entry:
    """An entry that looks at nothing but the sums of a year.

    A guarantee that fills up to a share is none: it goes by the highest point of the year, because nothing is
    ever taken back. Nor is anything that is rounded, cut or capped at each settlement.
    """
    caps = [{"amount": draw(values(limits)), "per": "year"}] if draw(st.booleans()) else []
    if draw(st.integers(0, 3)) == 0:
        return Guarantee(guarantee=name, per="year", ceiling=draw(values(moneys)), pays=draw(values(rates)), caps=caps)
    made = {
        "layer": name,
        "per": "year",
        "deductible": draw(values(moneys)),
        "caps": caps,
        "uplift": draw(values(points, 1)),
    }
    if draw(st.booleans()):
        return Layer(**made, rate=draw(values(rates)))
    schedule = draw(schedules(rates)) | {"mode": "marginal", "restart": False, "when": {}}
    return Layer(**made, bands=[schedule])


@st.composite
def yearly_cascades(draw: st.DrawFn) -> Cascade:
    """One to three entries that go by the year's sums only, one after another."""
    return Cascade([draw(yearly_entries(f"entry_{number}")) for number in range(draw(st.integers(1, 3)))])


@many
@given(st.data())
def test_the_order_of_claims_does_not_change_what_a_year_gives(data: st.DataObject) -> None:
    cascade = data.draw(yearly_cascades())
    program = program_of(cascade)
    claims = alike(one_person(data.draw(years(cascade, program))))
    other = data.draw(st.permutations(claims))
    one, two = settle(program, claims), settle(program, other)
    for entry in cascade.entries:
        assert total(one, f"health.{entry.name}") == total(two, f"health.{entry.name}")


@many
@given(st.data())
def test_cutting_a_claim_in_two_does_not_change_what_a_year_gives(data: st.DataObject) -> None:
    cascade = data.draw(yearly_cascades())
    program = program_of(cascade)
    claims = alike(one_person(data.draw(years(cascade, program))))
    place = data.draw(st.integers(0, len(claims) - 1))
    part = data.draw(st.integers(0, claims[place]["cost.in_scope"]))
    first = {**claims[place], "cost.in_scope": part, "cost.other": 0}
    second = {**claims[place], "cost.in_scope": claims[place]["cost.in_scope"] - part}
    cut = [*claims[:place], first, second, *claims[place + 1 :]]
    one, two = settle(program, claims), settle(program, cut)
    for entry in cascade.entries:
        assert total(one, f"health.{entry.name}") == total(two, f"health.{entry.name}")


# --- more cost, more groups -------------------------------------------------------------------------------


def smooth(entry: Entry) -> bool:
    """Whether one fen more of cost never makes a payment rise by more than one.

    Whole-amount schedules jump; coarse roundings do too; layers that do not see what others paid (``after``)
    may pay for the same fen twice.
    """
    if entry.rounding.unit != 1:
        return False
    if not isinstance(entry, Layer) or entry.observed:
        return True
    return entry.after is None and all(one.mode == "marginal" for one in entry.bands or ())


def shares(entry: Entry) -> dict[str, int]:
    """The share at which an entry counts each component of cost."""
    if isinstance(entry, Layer):
        counts = {name: rate.parts for name, rate in entry.counts.items()}
    else:
        counts = dict.fromkeys(entry.components(), 10_000)
        if isinstance(entry, Guarantee) and "all" in entry.counts:
            counts["all"] = 10_000
    return {name: counts.get(name, counts.get("all", 0)) for name in (*COMPONENTS, "other")}


def indifferent(entries: Sequence[Entry]) -> bool:
    """Whether it is all the same to every entry which of the components the entries before it have paid.

    An entry that pays one fen more may take it from a component that the next counts less than the one that grew:
    in_scope + category_b 15,000.00 -> 15,000.01, all above 15,000 paid, taken from in_scope; the next counts half of
    in_scope and the whole of category_b, so its base grows though nothing more is left to pay.
    """
    touched: set[str] = set()
    for entry in entries:
        counts = shares(entry)
        if len({counts[name] for name in touched}) > 1:
            return False
        if not isinstance(entry, Waiver):
            touched |= {name for name, share in counts.items() if share}
    return True


@many
@given(st.data())
def test_out_of_pocket_never_falls_when_a_claim_grows(data: st.DataObject) -> None:
    """For one claim through any entries; between several claims, one entry's yearly sums can move a fen from a
    claim that another entry pays in full to one that it does not pay at all."""
    cascade = data.draw(cascades())
    assume(all(smooth(entry) for entry in cascade.entries) and indifferent(cascade.entries))
    program = program_of(cascade)
    claim = one_person(data.draw(years(cascade, program)))[0]
    grown = data.draw(st.sampled_from([name for name in claim if name.startswith("cost.")]))
    assume(claim[grown] < MOST)
    less, more = settle(program, [claim]), settle(program, [{**claim, grown: claim[grown] + 1}])
    assert total(more) >= total(less)


@many
@given(st.data())
def test_out_of_pocket_of_a_year_never_falls_when_a_claim_grows(data: st.DataObject) -> None:
    cascade = data.draw(yearly_cascades())
    program = program_of(cascade)
    claims = alike(one_person(data.draw(years(cascade, program))))
    place = data.draw(st.integers(0, len(claims) - 1))
    assume(claims[place]["cost.in_scope"] < MOST)
    grown = {**claims[place], "cost.in_scope": claims[place]["cost.in_scope"] + 1}
    before, after = settle(program, claims), settle(program, [*claims[:place], grown, *claims[place + 1 :]])
    assert total(after) >= total(before)


def most_favourable(value: object) -> bool:
    if isinstance(value, Varied):
        inner = [one for _, one in value.cases] + ([value.default] if value.default is not None else [])
        return value.several == "most_favourable" and all(most_favourable(one) for one in inner)
    return isinstance(value, Leaf)


@many
@given(st.data())
def test_one_more_group_never_makes_a_person_worse_off(data: st.DataObject) -> None:
    """For one layer; in a chain, an earlier layer's gain can leave a later one under its own deductible."""
    layer = data.draw(layers("layer", [], []))
    assume(smooth(layer) and all(most_favourable(value) for _, value in layer.values()))
    # a schedule or a cut for one group is the rule's own choice, which may well be worse
    assume(all(when.groups is None for at, when in layer.whens() if at != ("when",)))
    cascade = Cascade([layer])
    program = program_of(cascade)
    claim = one_person(data.draw(years(cascade, program)))[0]
    groups = [name for name in claim if name.startswith("group.")]
    assume(groups)
    joined = data.draw(st.sampled_from(groups))
    without, within = settle(program, [{**claim, joined: False}]), settle(program, [{**claim, joined: True}])
    assume(not refused(program, without) and not refused(program, within))
    assert total(within) <= total(without)


# --- yearly limits that differ from claim to claim --------------------------------------------------------


@many
@given(st.lists(st.tuples(st.sampled_from(["county", "city", "province"]), st.integers(0, 9_000_00)), max_size=12))
def test_yearly_ceilings_by_level_follow_what_is_already_borne(stays: list[tuple[str, int]]) -> None:
    """own(k) = max(own(k-1), min(own(k-1) + x(k), C(k))), the way one reads 3,000, 5,000 and 10,000 a year."""
    ceilings = {"county": 3000_00, "city": 5000_00, "province": 10000_00}
    written: dict[str, str] = {"county": "3000 元", "city": "5000 元", "default": "1 万元"}
    cascade = Cascade([Guarantee(guarantee="bottom_line", per="year", ceiling=written)])
    program = program_of(cascade)
    rows = [
        {"cost.in_scope": cost, "cost.other": 0, "facility_level": level, "benefit_year": 2018} for level, cost in stays
    ]
    own, borne = 0, []
    for level, cost in stays:
        now = max(own, min(own + cost, ceilings[level]))
        borne.append(now - own)
        own = now
    assert [row["health.out_of_pocket"] for row in settle(program, rows)] == borne


@pytest.mark.parametrize("value", ["80%", {"dibao": "80%", "default": "70%"}])
def test_the_helper_tells_values(value: object) -> None:
    read: Value = Layer(layer="x", rate=value).rate
    assert most_favourable(read)
    first = Layer(layer="x", rate={"several": "first", "dibao": "80%", "default": "70%"}).rate
    assert not most_favourable(first)
