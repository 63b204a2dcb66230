"""Every setting of layers, guarantees, waivers and first payments, by examples that can be followed by hand.

Each example is settled three times: from a rule file, from objects made in Python, and without reasons (plain).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poverty_policy as pp
from poverty_policy import documents
from poverty_policy.declaration import Declaration
from poverty_policy.money import ROUNDING_MODES
from poverty_policy.policy.reimbursement import KINDS
from poverty_policy.policy.values import ROUND_TO
from poverty_policy.terms import Term, Vocabulary

Bill = dict[str, Any]
SOURCE = pp.Source(title="练习", status="planned", grade="one_report")
HEAD = """\
place: 河南省
title: {zh: 练习, en: exercise}
valid_from: 2019-01-01
valid_to: 2022-12-31
published: 2019-01-01
sources:
  notice: {title: 练习, status: planned, grade: one_report}
terms:
  facility:
    first_hospital: {zh: 第一医院, en: First Hospital}
"""


def bill(in_scope: Any = None, **facts: Any) -> Bill:
    """A stay in hospital; ``cost`` where there is more than in-scope cost."""
    cost = facts.pop("cost", {})
    if in_scope is not None:
        cost = {"in_scope": in_scope, **cost}
    return {"kind": "inpatient", **facts, "cost": cost}


@attrs.frozen
class Example:
    """Rules, one person's bills in order, and what each entry pays of each bill (``None``: not entitled)."""

    name: str
    rules: str
    bills: list[Bill]
    pays: dict[str, list[str | None]]
    own: list[str] | None = None
    person: dict[str, Any] = attrs.field(factory=dict)
    benefit_year: str = "01-01"


EXAMPLES: list[Example] = []


def example(
    name: str,
    rules: str,
    bills: list[Bill],
    *,
    own: list[str] | None = None,
    person: dict[str, Any] | None = None,
    benefit_year: str = "01-01",
    **pays: Any,
) -> None:
    EXAMPLES.append(Example(name, rules, bills, pays, own, person or {}, benefit_year))


# --- reading an example -----------------------------------------------------------------------------------


def text_of(rules: str, benefit_year: str = "01-01") -> str:
    """A whole rule file around a list of entries; every entry cites the notice."""
    lines = re.sub(
        r"(?m)^( *)- (layer|guarantee|waiver|first_payment): (.*)$", r"\1- \2: \3\n\1  source: notice", rules
    )
    return f'{HEAD}benefit_year: "{benefit_year}"\nhealth:\n{lines}'


def from_file(folder: Path, rules: str, benefit_year: str = "01-01") -> pp.RuleSet:
    path = folder / "rules.yaml"
    path.write_text(text_of(rules, benefit_year), encoding="utf-8")
    return pp.load_file(path)


#: Which class a key of an entry is written with in Python.
PARTS: Mapping[str, Callable[..., Any]] = {
    "when": pp.When,
    "repeat": pp.Repeat,
    "age_uplift": pp.AgeUplift,
    "label": pp.Label,
}
LISTS: Mapping[str, Callable[..., Any]] = {
    "cuts": pp.Cut,
    "caps": pp.Cap,
    "edges": pp.Band,
    "bands": pp.Schedule,
}


def in_python(data: Any) -> Any:
    """What a file says, as the objects that a caller in Python would write."""
    if not isinstance(data, dict):
        return data
    made: dict[str, Any] = {}
    for key, inner in data.items():
        if key in PARTS:
            made[key] = PARTS[key](**in_python(inner))
        elif key in LISTS:
            many = inner if isinstance(inner, list) else [inner]
            made[key] = [LISTS[key](**in_python(one)) for one in many]
        else:
            made[key] = inner
    return made


def entries_of(rules: str) -> list[Any]:
    kinds = {kind.KIND: kind for kind in KINDS}
    data = documents.parse(rules, "example.yaml", pp.RuleError).data
    return [kinds[next(key for key in kinds if key in one)](**in_python(one)) for one in data]


def from_python(example: Example) -> pp.RuleSet:
    month, day = (int(part) for part in example.benefit_year.split("-"))
    file = documents.parse(text_of(example.rules), "example.yaml", pp.RuleError).data
    own = {"facility": {name: Term(**words) for name, words in file["terms"]["facility"].items()}}
    cascade = pp.Cascade(entries_of(example.rules), benefit_year=(month, day), vocabulary=Vocabulary(own))
    return pp.compose(
        cascade, place="henan", valid_from="2019-01-01", valid_to="2022-12-31", source=SOURCE, title="练习"
    )


def case_of(bills: list[Bill], person: Mapping[str, Any]) -> dict[str, Any]:
    """A person with the bills on consecutive days, unless they say when."""
    first = dt.date(2020, 3, 1)
    dated = [{"date": first + dt.timedelta(place), **one} for place, one in enumerate(bills)]
    return {"groups": [], **person, "claims": dated}


def shown(outcome: pp.Outcome, name: str) -> list[str | None]:
    return [None if (value := one[f"health.{name}"]) is None else value.plain() for one in outcome.claims]


# --- deductibles ------------------------------------------------------------------------------------------

example(
    "what lies above the deductible is paid at a flat rate",
    "- layer: basic\n  deductible: 500 元\n  rate: 70%\n",
    [bill(10500)],
    basic=["7000.00"],
    own=["3500.00"],
)
example(
    "a deductible of zero is a value",
    "- layer: basic\n  deductible: 0 元\n  rate: 70%\n",
    [bill(100)],
    basic=["70.00"],
)
example(
    "per claim: the deductible is taken each time",
    "- layer: basic\n  per: claim\n  deductible: 500 元\n  rate: 70%\n",
    [bill(400), bill(700)],
    basic=["0.00", "140.00"],
)
example(
    "per year: the deductible is taken once",
    "- layer: basic\n  per: year\n  deductible: 500 元\n  rate: 70%\n",
    [bill(400), bill(700)],
    basic=["0.00", "420.00"],  # 600 × 70%
)
example(
    "a new year, a new deductible",
    "- layer: basic\n  per: year\n  deductible: 500 元\n  rate: 70%\n",
    [bill(700, date="2020-12-31"), bill(700, date="2021-01-01")],
    basic=["140.00", "140.00"],
)
example(
    "a benefit year from October to September",
    "- layer: basic\n  per: year\n  deductible: 500 元\n  rate: 70%\n",
    [bill(700, date="2020-09-30"), bill(700, date="2020-10-01"), bill(700, date="2021-09-30")],
    benefit_year="10-01",
    basic=["140.00", "140.00", "490.00"],
)
example(
    "a yearly deductible under a rate per claim",
    "- layer: basic\n  per: claim\n  deductible_per: year\n  deductible: 500 元\n  rate: 70%\n",
    [bill(400), bill(700)],
    basic=["0.00", "420.00"],
)
example(
    "a deductible each time, while the bands run over the year",
    """
- layer: basic
  per: year
  deductible_per: claim
  deductible: 500 元
  bands: {measured_from: deductible, edges: [{up_to: 1000 元, rate: 50%}, {rate: 60%}]}
""",
    [bill(1500), bill(1500)],
    basic=["500.00", "600.00"],  # 1,000 × 50%, then the second 1,000 × 60%
)
example(
    "a yearly deductible, the bands start again at each settlement",
    """
- layer: basic
  per: year
  deductible: 500 元
  bands: {measured_from: deductible, restart: true, edges: [{up_to: 1000 元, rate: 50%}, {rate: 60%}]}
""",
    [bill(1500), bill(1500)],
    basic=["500.00", "800.00"],  # 1,000 × 50%, then 1,000 × 50% + 500 × 60%
)
example(
    "the same without starting again",
    """
- layer: basic
  per: year
  deductible: 500 元
  bands: {measured_from: deductible, edges: [{up_to: 1000 元, rate: 50%}, {rate: 60%}]}
""",
    [bill(1500), bill(1500)],
    basic=["500.00", "900.00"],  # 1,000 × 50%, then 1,500 × 60%
)
example(
    "yearly deductibles by level share what was taken",
    "- layer: basic\n  per: year\n  deductible: {township: 300 元, county: 1000 元, default: 2000 元}\n  rate: 100%\n",
    [
        bill(5000, facility_level="county"),  # 1,000
        bill(5000, facility_level="province"),  # 2,000, of which 1,000 were taken
        bill(5000, facility_level="township"),  # more than 300 were taken already
    ],
    basic=["4000.00", "4000.00", "5000.00"],
)
example(
    "repeat: half the deductible from the second time",
    "- layer: basic\n  deductible: 1000 元\n  repeat: {factors: [100%, 50%]}\n  rate: 100%\n",
    [bill(3000), bill(3000), bill(3000)],
    basic=["2000.00", "2500.00", "2500.00"],
)
example(
    "repeat: a bill with nothing to count is no time",
    "- layer: basic\n  deductible: 1000 元\n  repeat: {factors: [100%, 50%]}\n  rate: 100%\n",
    [bill(0, cost={"out_of_catalogue": 5}), bill(3000), bill(3000)],
    basic=["0.00", "2000.00", "2500.00"],
)
example(
    "repeat: counted at each level and grade by itself",
    """
- layer: basic
  deductible: 1000 元
  repeat: {factors: [100%, 50%], counted: same_facility_level}
  rate: 100%
""",
    [
        bill(3000, facility_level="county", facility_grade="grade_2"),
        bill(3000, facility_level="city", facility_grade="grade_2"),
        bill(3000, facility_level="county", facility_grade="grade_3"),
        bill(3000, facility_level="county", facility_grade="grade_2"),
    ],
    basic=["2000.00", "2000.00", "2000.00", "2500.00"],
)
example(
    "repeat: the year's deductibles stop at a ceiling",
    """
- layer: basic
  deductible: 1000 元
  repeat: {factors: [100%], counted: all, yearly_ceiling: 2500 元}
  rate: 100%
""",
    [bill(3000), bill(3000), bill(3000), bill(3000), bill(3000, date="2021-01-01")],
    basic=["2000.00", "2000.00", "2500.00", "3000.00", "2000.00"],
)
example(
    "a deductible that is a share of an index",
    "- layer: basic\n  rate: 100%\n"
    "  deductible: {share: 10%, of: 14568 元, index: rural_income_2017, rounding: yuan}\n",
    [bill(2000)],
    basic=["543.00"],  # 1,456.80 is 1,457
)

# --- bands ------------------------------------------------------------------------------------------------

BANDS = "edges: [{up_to: 3 万元, rate: 60%}, {up_to: 10 万元, rate: 65%}, {rate: 75%}]"
example(
    "bands measured from zero: the deductible lies inside the first",
    f"- layer: critical_illness\n  per: year\n  deductible: 1.2 万元\n  bands: {{measured_from: zero, {BANDS}}}\n",
    [bill(150_000)],
    critical_illness=["93800.00"],  # 18,000 × 60% + 70,000 × 65% + 50,000 × 75%
)
example(
    "bands measured from the deductible upward",
    f"- layer: critical_illness\n  per: year\n  deductible: 1.2 万元\n"
    f"  bands: {{measured_from: deductible, {BANDS}}}\n",
    [bill(150_000)],
    critical_illness=["92000.00"],  # 30,000 × 60% + 70,000 × 65% + 38,000 × 75%
)
example(
    "bands of a year are the same however the year is cut",
    f"- layer: critical_illness\n  per: year\n  deductible: 1.2 万元\n  bands: {{measured_from: zero, {BANDS}}}\n",
    [bill(10_000), bill(25_000), bill(65_000), bill(50_000)],
    critical_illness=["0.00", "14050.00", "42250.00", "37500.00"],  # 93,800 together
)
WHOLE = "mode: whole_amount, edges: [{up_to: 1 万元, rate: 50%}, {rate: 60%}]"
example(
    "whole amount, edges inclusive: an amount on the edge belongs below",
    f"- layer: basic\n  bands: {{measured_from: zero, {WHOLE}, upper_edge: inclusive}}\n",
    [bill("9999.99"), bill("10000"), bill("10000.01")],
    basic=["5000.00", "5000.00", "6000.01"],
)
example(
    "whole amount, edges exclusive: an amount on the edge belongs above",
    f"- layer: basic\n  bands: {{measured_from: zero, {WHOLE}, upper_edge: exclusive}}\n",
    [bill("9999.99"), bill("10000"), bill("10000.01")],
    basic=["5000.00", "6000.00", "6000.01"],
)
example(
    "whole amount over a year: the rate by the year so far, earlier claims stay as they were",
    f"- layer: basic\n  per: year\n  bands: {{measured_from: zero, {WHOLE}}}\n",
    [bill(8000), bill(4000)],
    basic=["4000.00", "2400.00"],
)
example(
    "several schedules: the first that applies",
    """
- layer: basic
  bands:
    - when: {kinds: [outpatient, outpatient_chronic]}
      measured_from: zero
      edges: [{up_to: 1000 元, rate: 40%}, {rate: 0%}]
    - when: {groups: dibao}
      measured_from: zero
      edges: [{rate: 90%}]
    - measured_from: zero
      edges: [{rate: 70%}]
""",
    [bill(2000, kind="outpatient"), bill(2000)],
    person={"groups": [{"dibao": {"from": "2020-03-02"}}]},
    basic=["400.00", "1800.00"],
)

# --- rates: uplifts and cuts ------------------------------------------------------------------------------

example(
    "an uplift is added in points, for nobody but the groups named",
    "- layer: basic\n  rate: 70%\n  uplift: {registered_poor: 5 points}\n",
    [bill(1000), bill(1000)],
    person={"groups": [{"registered_poor": {"to": "2020-03-01"}}]},
    basic=["750.00", "700.00"],
)
example(
    "uplifts lead no higher than their ceiling",
    "- layer: basic\n  rate: {township: 92%, county: 80%}\n"
    "  when: {facility_levels: [township, county]}\n  uplift: 5 points\n  uplift_ceiling: 95%\n",
    [bill(1000, facility_level="township"), bill(1000, facility_level="county")],
    basic=["950.00", "850.00"],
)
example(
    "a ceiling on uplifts does not take from the rate itself",
    "- layer: basic\n  rate: 98%\n  uplift: 5 points\n  uplift_ceiling: 95%\n",
    [bill(1000)],
    basic=["980.00"],
)
example(
    "a point for each year above sixty",
    "- layer: basic\n  rate: 70%\n  age_uplift: {over: 60, per_year: 1 point}\n",
    [bill(1000, date="2020-06-14"), bill(1000, date="2020-06-15")],
    person={"birth_date": "1955-06-15"},
    basic=["740.00", "750.00"],  # 64, then 65 years old
)
CUT = "when: {{referrals: [not_referred]}}, {}"
for way, paid in {
    "points: 20 points": "400.00",
    "rate: 80%": "448.00",
    "payment: 80%": "448.00",
    "base: 50%": "210.00",
}.items():
    example(
        f"without referral, {way}",
        f"- layer: basic\n  deductible: 200 元\n  rate: 70%\n  cuts: [{{{CUT.format(way)}}}]\n",
        [bill(1000, referral="referred"), bill(1000, referral="not_referred")],
        basic=["560.00", paid],
    )
example(
    "a cut rate meets the cap later",
    f"- layer: basic\n  rate: 70%\n  per: claim\n  cap: 500 元\n  cuts: [{{{CUT.format('rate: 80%')}}}]\n",
    [bill(2000, referral="not_referred")],
    basic=["500.00"],
)
example(
    "a cut payment is cut after the cap",
    f"- layer: basic\n  rate: 70%\n  per: claim\n  cap: 500 元\n  cuts: [{{{CUT.format('payment: 80%')}}}]\n",
    [bill(2000, referral="not_referred")],
    basic=["400.00"],
)
example(
    "cuts take effect in order: (70 − 10) × 50%",
    "- layer: basic\n  rate: 70%\n  cuts: [{when: {}, points: 10 points}, {when: {}, rate: 50%}]\n",
    [bill(1000)],
    basic=["300.00"],
)
example(
    "cuts take effect in order: 70 × 50% − 10",
    "- layer: basic\n  rate: 70%\n  cuts: [{when: {}, rate: 50%}, {when: {}, points: 10 points}]\n",
    [bill(1000)],
    basic=["250.00"],
)
example(
    "points off leave a rate of nothing, not less",
    "- layer: basic\n  rate: 10%\n  cuts: [{when: {}, points: 20 points}]\n",
    [bill(1000)],
    basic=["0.00"],
)

# --- caps -------------------------------------------------------------------------------------------------

example(
    "a cap on the payment of each claim",
    "- layer: basic\n  rate: 50%\n  caps: [{amount: 600 元, on: payment, per: claim}]\n",
    [bill(1000), bill(1300), bill(1300)],
    basic=["500.00", "600.00", "600.00"],
)
example(
    "a cap on the payments of a year",
    "- layer: basic\n  rate: 50%\n  caps: [{amount: 1000 元, per: year}]\n",
    [bill(1000), bill(1300), bill(1300), bill(1300, date="2021-01-01")],
    basic=["500.00", "500.00", "0.00", "650.00"],
)
example(
    "a cap for each disease and year",
    "- layer: basic\n  rate: 50%\n  caps: [{amount: 600 元, per: disease_year}]\n",
    [bill(1000, disease="白血病"), bill(1000, disease="尿毒症"), bill(1000, disease="白血病")],
    basic=["500.00", "500.00", "100.00"],
)
example(
    "a cap on what is counted, before the deductible",
    "- layer: basic\n  deductible: 100 元\n  rate: 50%\n  caps: [{amount: 600 元, on: base, per: claim}]\n",
    [bill(600), bill(5000)],
    basic=["250.00", "250.00"],
)
example(
    "two caps at once",
    "- layer: basic\n  rate: 50%\n  caps: [{amount: 600 元, per: claim}, {amount: 1000 元, per: year}]\n",
    [bill(5000), bill(5000), bill(5000)],
    basic=["600.00", "400.00", "0.00"],
)
example(
    "`cap` is short for one cap over the layer's period: a claim",
    "- layer: basic\n  per: claim\n  rate: 50%\n  cap: 600 元\n",
    [bill(5000), bill(5000)],
    basic=["600.00", "600.00"],
)
example(
    "`cap` is short for one cap over the layer's period: a year",
    "- layer: basic\n  per: year\n  rate: 50%\n  cap: 600 元\n",
    [bill(5000), bill(5000)],
    basic=["600.00", "0.00"],
)
example(
    "no cap for one group",
    "- layer: basic\n  per: claim\n  rate: 50%\n  cap: {registered_poor: none, default: 600 元}\n",
    [bill(5000), bill(5000)],
    person={"groups": [{"registered_poor": {"from": "2020-03-02"}}]},
    basic=["600.00", "2500.00"],
)

# --- what is counted --------------------------------------------------------------------------------------

example(
    "in-scope cost counts, if nothing is said",
    "- layer: basic\n  rate: 50%\n",
    [bill(1000, cost={"category_b_first": 200, "out_of_catalogue": 300})],
    basic=["500.00"],
    own=["1000.00"],
)
example(
    "one component",
    "- layer: out_of_catalogue_supplement\n  counts: out_of_catalogue\n  rate: 50%\n",
    [bill(1000, cost={"out_of_catalogue": 300})],
    out_of_catalogue_supplement=["150.00"],
)
example(
    "several components",
    "- layer: basic\n  counts: [in_scope, category_b_first]\n  rate: 50%\n",
    [bill(1000, cost={"category_b_first": 200, "out_of_catalogue": 300})],
    basic=["600.00"],
)
example(
    "a share of a component",
    "- layer: basic\n  counts: {in_scope: 100%, category_b_first: 50%}\n  rate: 80%\n",
    [bill(1000, cost={"category_b_first": 200})],
    basic=["880.00"],
)
example(
    "the whole cost, whatever it consists of",
    "- layer: basic\n  counts: all\n  rate: 50%\n",
    [bill(1000, cost={"category_b_first": 200, "over_limit": 100, "out_of_catalogue": 300})],
    basic=["800.00"],
)
example(
    "a layer counts what all before it left",
    "- layer: basic\n  rate: 50%\n- layer: critical_illness\n  rate: 50%\n- layer: medical_assistance\n  rate: 30%\n",
    [bill(1000)],
    basic=["500.00"],
    critical_illness=["250.00"],
    medical_assistance=["75.00"],
    own=["175.00"],
)
example(
    "after: only the payments named are taken off first",
    "- layer: basic\n  rate: 50%\n- layer: critical_illness\n  rate: 50%\n"
    "- layer: medical_assistance\n  after: [basic]\n  rate: 30%\n",
    [bill(1000)],
    medical_assistance=["150.00"],  # of the 500 that basic left
    own=["100.00"],
)
example(
    "after: never more than what is left, though",
    "- layer: basic\n  rate: 50%\n- layer: critical_illness\n  rate: 90%\n"
    "- layer: medical_assistance\n  after: basic\n  rate: 30%\n",
    [bill(1000)],
    medical_assistance=["50.00"],  # 150 are due, 50 are left
    own=["0.00"],
)
BASIC = "- layer: basic\n  deductible: 500 元\n  rate: 80%\n"
example(
    "less: the deductible of basic insurance does not count again",
    f"{BASIC}- layer: critical_illness\n  less: basic.deductible\n  rate: 50%\n",
    [bill(5000)],
    basic=["3600.00"],
    critical_illness=["450.00"],  # (1,400 − 500) × 50%
)
example(
    "less: what the cap of basic insurance cut off does not count",
    f"{BASIC}  per: claim\n  cap: 2000 元\n- layer: critical_illness\n  less: [basic.over_cap]\n  rate: 50%\n",
    [bill(5000)],
    basic=["2000.00"],
    critical_illness=["700.00"],  # (3,000 − 1,600) × 50%
)
example(
    "less: what basic insurance could not count does not count either",
    f"{BASIC}  caps: [{{amount: 4000 元, on: base, per: claim}}]\n"
    "- layer: critical_illness\n  less: [basic.over_base, basic.deductible]\n  rate: 50%\n",
    [bill(5000)],
    basic=["2800.00"],
    critical_illness=["350.00"],  # (2,200 − 1,000 − 500) × 50%
)
example(
    "an observed layer pays what the bill says",
    "- layer: basic\n  observed: true\n- layer: critical_illness\n  rate: 50%\n",
    [bill(1000, paid={"basic": "623.45"}), bill(1000, paid={"basic": 0})],
    basic=["623.45", "0.00"],
    critical_illness=["188.28", "500.00"],  # 376.55 × 50% = 188.275
)

# --- rounding ---------------------------------------------------------------------------------------------

ROUNDED = {
    "fen half_up": "1155.56", "fen up": "1155.56", "fen down": "1155.55",
    "jiao half_up": "1155.60", "jiao up": "1155.60", "jiao down": "1155.50",
    "yuan half_up": "1156.00", "yuan up": "1156.00", "yuan down": "1155.00",
    "10 yuan half_up": "1160.00", "10 yuan up": "1160.00", "10 yuan down": "1150.00",
    "100 yuan half_up": "1200.00", "100 yuan up": "1200.00", "100 yuan down": "1100.00",
}  # fmt: skip
for rounding, paid in ROUNDED.items():
    example(
        f"rounded to {rounding}",
        f"- layer: basic\n  rate: 50%\n  rounding: {rounding}\n",
        [bill("2311.11")],  # half of it is 1,155.555
        basic=[paid],
    )
example(
    "rounding as a mapping, and never more than what is left",
    "- layer: basic\n  rate: 99%\n  rounding: {to: 10 yuan, mode: up}\n",
    [bill(1003), bill(5)],
    basic=["1000.00", "5.00"],
)

# --- guarantees -------------------------------------------------------------------------------------------

example(
    "filled up to a share of the cost of each claim",
    "- layer: basic\n  rate: {township: 95%, default: 60%}\n- guarantee: bottom_line\n  fill_to: 80%\n",
    [bill(1000, facility_level="township"), bill(1000, facility_level="county")],
    bottom_line=["0.00", "200.00"],
)
example(
    "filled up over the year: what one claim has above the target counts for the next",
    "- layer: basic\n  rate: {township: 95%, default: 60%}\n- guarantee: bottom_line\n  per: year\n  fill_to: 80%\n",
    [
        bill(1000, facility_level="township"),
        bill(1000, facility_level="county"),
        bill(1000, facility_level="county"),
    ],
    bottom_line=["0.00", "50.00", "200.00"],  # 1,600 − 1,550, then 2,400 − 2,200
)
example(
    "filled up to a share of the whole cost",
    "- layer: basic\n  rate: 60%\n- guarantee: bottom_line\n  counts: all\n  fill_to: 90%\n",
    [bill(1000, cost={"out_of_catalogue": 500})],
    bottom_line=["750.00"],  # 1,350 − 600
    own=["150.00"],
)
example(
    "a share of the gap",
    "- layer: basic\n  rate: 60%\n- guarantee: bottom_line\n  fill_to: 90%\n  pays: 50%\n",
    [bill(1000)],
    bottom_line=["150.00"],
)
example(
    "down to a ceiling on each claim",
    "- guarantee: bottom_line\n  per: claim\n  ceiling: 300 元\n",
    [bill(299), bill(301), bill(1000)],
    bottom_line=["0.00", "1.00", "700.00"],
)
example(
    "down to a ceiling over the year",
    "- guarantee: bottom_line\n  per: year\n  ceiling: 300 元\n",
    [bill(200), bill(200), bill(1000)],
    bottom_line=["0.00", "100.00", "1000.00"],
)
example(
    "a share of the excess over the year is rounded as the year's sum",
    "- guarantee: bottom_line\n  per: year\n  ceiling: 0 元\n  pays: 50%\n",
    [bill("0.01"), bill("0.01"), bill("0.01")],
    bottom_line=["0.01", "0.00", "0.01"],  # half-up of 0.005, 0.01 and 0.015
)
example(
    "ceilings by level, several components, a limit on the payment, two payers",
    """
- guarantee: bottom_line
  counts: [in_scope, category_b_first]
  per: year
  ceiling: {county: 3000 元, city: 5000 元, province: 1 万元, default: none}
  caps: [{amount: 4500 元, per: year}]
  payers: {fund: 50%, government: 50%}
""",
    [
        bill(2000, cost={"category_b_first": 2000}, facility_level="county"),  # 1,000 above 3,000
        bill(6000, facility_level="province"),  # 3,000 + 6,000 are under 10,000
        bill(4000, facility_level="city"),  # 9,000 borne already; 4,000 due, 3,500 left under the limit
        bill(4000, facility_level="township"),  # no ceiling
    ],
    bottom_line=["1000.00", "0.00", "3500.00", "0.00"],
)

example(
    "a guarantee for a group, rounded up to the yuan",
    "- guarantee: bottom_line\n  when: {groups: [dibao]}\n  ceiling: 300 元\n  pays: 50%\n  rounding: yuan up\n",
    [bill("300.02"), bill("300.02", date="2020-04-01")],
    person={"groups": [{"dibao": {"to": "2020-03-01"}}]},
    bottom_line=["1.00", None],  # 0.02 × 50% = 0.01, handed over as a whole yuan
)
example(
    "a first payment for some claims only, rounded to the yuan",
    "- first_payment: category_b_split\n  when: {kinds: inpatient}\n  rates: {category_b: 10%}\n  rounding: yuan\n"
    "- layer: basic\n  rate: 100%\n",
    [bill(0, cost={"category_b": 505}), bill(0, cost={"category_b": 505}, kind="outpatient")],
    category_b_split=["0.00", None],
    basic=["454.00", "0.00"],  # 505 − 51
)

# --- waivers and first payments ---------------------------------------------------------------------------

example(
    "charges are waived before insurance counts",
    "- waiver: fee_waiver\n  charges: {registration: 100%, bed: 20%}\n- layer: basic\n  rate: 70%\n",
    [bill(1000, charges={"in_scope": {"bed": 300, "registration": 8}}), bill(1000, charges={})],
    fee_waiver=["68.00", "0.00"],
    basic=["652.40", "700.00"],  # 932 × 70%
)
example(
    "waivers only for those whom they name",
    "- waiver: fee_waiver\n  when: {groups: [dibao]}\n  charges: {bed: {township: 50%, default: 20%}}\n"
    "  rounding: yuan\n  payers: {hospital: 100%}\n- layer: basic\n  rate: 0%\n",
    [bill(1000, facility_level="county", charges={"in_scope": {"bed": 301}})],
    person={"groups": ["dibao"]},
    fee_waiver=["60.00"],
)
example(
    "of a charge no more is waived than it is",
    "- waiver: fee_waiver\n  charges: {bed: 80%}\n- waiver: poor_waiver\n  charges: {bed: 50%}\n"
    "- layer: basic\n  rate: 0%\n",
    [bill(1000, charges={"in_scope": {"bed": 100}})],
    fee_waiver=["80.00"],
    poor_waiver=["20.00"],
    own=["900.00"],
)
example(
    "bills settle in the order of their days",
    "- layer: basic\n  per: year\n  deductible: 500 元\n  rate: 100%\n",
    [bill(700, date="2020-03-01"), bill(400, date="2020-02-01")],
    basic=["0.00", "600.00"],
)
example(
    "a first payment goes its own way, the rest is in scope",
    "- first_payment: category_b_split\n  rates: {category_b: 10%, special_examination: 20%}\n"
    "- layer: basic\n  rate: 80%\n",
    [bill(1000, cost={"category_b": 500, "special_examination": 100})],
    category_b_split=["0.00"],
    basic=["1224.00"],  # (1,000 + 450 + 80) × 80%
    own=["376.00"],
)
example(
    "a layer may count first payments too",
    "- first_payment: category_b_split\n  rates: {category_b: 10%}\n"
    "- layer: basic\n  rate: 80%\n- layer: supplementary\n  counts: category_b_first\n  rate: 50%\n",
    [bill(1000, cost={"category_b": 500})],
    supplementary=["25.00"],
)

# --- conditions -------------------------------------------------------------------------------------------

CONDITIONS: list[tuple[str, Bill, Bill]] = [
    ("kinds: [outpatient, outpatient_major]", bill(10, kind="outpatient_major"), bill(10)),
    ("facility_levels: township", bill(10, facility_level="township"), bill(10, facility_level="county")),
    (
        "facility_grades: [grade_1, ungraded]",
        bill(10, facility_grade="ungraded"),
        bill(10, facility_grade="grade_2"),
    ),
    ("facilities: [first_hospital]", bill(10, facility="第一医院"), bill(10, facility="other")),
    ("areas: [in_county, in_prefecture]", bill(10, area="in_prefecture"), bill(10, area="in_province")),
    ("referrals: [referred, emergency]", bill(10, referral="emergency"), bill(10, referral="not_referred")),
    ("diseases: [白血病, 尿毒症]", bill(10, disease="尿毒症"), bill(10, disease="感冒")),
    ("groups: [dibao, tekun]", bill(10, date="2020-05-01"), bill(10, date="2020-05-02")),
    ("age_from: 60", bill(10, date="2020-02-29"), bill(10, date="2020-02-28")),
    ("age_below: 60", bill(10, date="2020-02-28"), bill(10, date="2020-02-29")),
]
for condition, inside, outside in CONDITIONS:
    example(
        f"when {condition}",
        f"- layer: basic\n  when: {{{condition}}}\n  rate: 50%\n- layer: critical_illness\n  rate: 0%\n",
        sorted([inside, outside], key=lambda one: str(one.get("date"))),
        person={"groups": [{"dibao": {"to": "2020-05-01"}}], "birth_date": "1960-02-29"},
        basic=[None, "5.00"] if str(inside.get("date")) > str(outside.get("date")) else ["5.00", None],
    )
for insurance, paid in {"resident": "5.00", "employee": None}.items():
    example(
        f"when insurance: [resident], insured as {insurance}",
        "- layer: basic\n  when: {insurance: [resident]}\n  rate: 50%\n",
        [bill(10)],
        person={"insurance": insurance},
        basic=[paid],
    )
example(
    "every condition that is stated must hold",
    "- layer: basic\n  when: {kinds: inpatient, groups: dibao}\n  rate: 50%\n",
    [bill(10), bill(10, kind="outpatient")],
    person={"groups": ["dibao"]},
    basic=["5.00", None],
)

# --- what real rules show ---------------------------------------------------------------------------------

example(
    "real rules: rates that fall with the amount, and a top band of 100%",
    "- layer: basic\n  bands:\n    measured_from: zero\n"
    "    edges: [{up_to: 100 元, rate: 90%}, {up_to: 200 元, rate: 50%}, {rate: 100%}]\n",
    [bill(300)],
    basic=["240.00"],
)
example(
    "real rules: two assistance layers in series, a deductible only on the second, the hospital pays too",
    """
- layer: basic
  rate: 60%
- layer: medical_assistance
  rate: 50%
- layer: tilt_assistance
  deductible: 100 元
  rate: 50%
  payers: {civil_affairs: 60%, hospital: 40%}
""",
    [bill(1000)],
    medical_assistance=["200.00"],
    tilt_assistance=["50.00"],  # (200 − 100) × 50%
)
example(
    "real rules: the same layers in another order",
    """
- layer: basic
  rate: 60%
- layer: tilt_assistance
  deductible: 100 元
  rate: 50%
- layer: medical_assistance
  rate: 50%
""",
    [bill(1000)],
    tilt_assistance=["150.00"],
    medical_assistance=["125.00"],
)
IN = f"{BASIC}- layer: critical_illness\n  deductible: 100 元\n  rate: 50%\n  {{}}\n"
example(
    "real rules: the basic deductible and first payments count (Harbin)",
    IN.format("counts: [in_scope, category_b_first]"),
    [bill(5000, cost={"category_b_first": 300})],
    critical_illness=["800.00"],  # (1,400 + 300 − 100) × 50%
)
example(
    "real rules: the basic deductible and first payments do not count (Gansu)",
    IN.format("less: basic.deductible"),
    [bill(5000, cost={"category_b_first": 300})],
    critical_illness=["400.00"],  # (1,400 − 500 − 100) × 50%
)
example(
    "real rules: halved on repeat with a yearly ceiling (Hunan)",
    "- layer: basic\n  deductible: {county: 500 元, city: 1200 元}\n  when: {facility_levels: [county, city]}\n"
    "  repeat: {factors: [100%, 50%], yearly_ceiling: 1500 元}\n  rate: 100%\n",
    [
        bill(5000, facility_level="city"),  # 1,200
        bill(5000, facility_level="county"),  # 250
        bill(5000, facility_level="city"),  # 600, of which 50 under the ceiling
    ],
    basic=["3800.00", "4750.00", "4950.00"],
)
example(
    "real rules: 15 % less each time (Harbin)",
    "- layer: basic\n  deductible: 1000 元\n  repeat: {factors: [100%, 85%, 72.25%]}\n  rate: 100%\n",
    [bill(5000), bill(5000), bill(5000), bill(5000)],
    basic=["4000.00", "4150.00", "4277.50", "4277.50"],
)
example(
    "real rules: an indexed deductible rounded to the yuan (Baoding) or kept at a decimal (Jiujiang)",
    "- layer: basic\n  deductible: {share: 50%, of: 11697 元, rounding: yuan}\n  rate: 100%\n"
    "- layer: critical_illness\n  deductible: {share: 50%, of: 11697 元}\n  after: []\n  rate: 100%\n",
    [bill(10_000)],
    basic=["4151.00"],  # 10,000 − 5,849
    critical_illness=["4151.50"],  # 10,000 − 5,848.50
)
example(
    "real rules: an uplift in per cent is points",
    "- layer: basic\n  rate: 60%\n  uplift: {tekun: 5%, default: 0 points}\n",
    [bill(1000)],
    person={"groups": ["tekun"]},
    basic=["650.00"],
)
example(
    "real rules: a 30 % cut of the bed fee beside one of 20 %, both of the whole fee",
    "- waiver: fee_waiver\n  charges: {bed: 20%}\n"
    "- waiver: poor_waiver\n  when: {groups: [dibao]}\n  charges: {bed: 30%}\n- layer: basic\n  rate: 0%\n",
    [bill(1000, charges={"in_scope": {"bed": 100}})],
    person={"groups": ["dibao"]},
    fee_waiver=["20.00"],
    poor_waiver=["30.00"],
)
example(
    "real rules: who is in several groups gets the highest treatment once, not the sum",
    "- layer: medical_assistance\n  rate: {tekun: 90%, dibao: 75%, registered_poor: 70%, default: 0%}\n"
    "  deductible: {dibao: 0 元, tekun: 100 元, default: 1000 元}\n",
    [bill(1000)],
    person={"groups": ["registered_poor", "dibao", "tekun"]},
    medical_assistance=["900.00"],
)
example(
    "real rules: a guarantee pays part of the excess (80 %)",
    "- guarantee: bottom_line\n  per: year\n  ceiling: 3000 元\n  pays: 80%\n",
    [bill(2000), bill(2000)],
    bottom_line=["0.00", "800.00"],
)
example(
    "real rules: a group is entitled from a date",
    "- layer: basic\n  rate: {registered_poor: 80%, default: 50%}\n",
    [
        bill(100, date="2020-05-31"),
        bill(100, date="2020-06-01"),
        bill(100, date="2020-12-31"),
        bill(100, date="2021-01-01"),
    ],
    person={"groups": [{"registered_poor": {"from": "2020-06-01", "to": "2020-12-31"}}]},
    basic=["50.00", "80.00", "80.00", "50.00"],
)
example(
    "real rules: each layer is rounded before the next",
    "- layer: basic\n  rate: 50%\n- layer: critical_illness\n  rate: 50%\n- layer: medical_assistance\n  rate: 50%\n",
    [bill("0.05")],
    basic=["0.03"],  # 0.025
    critical_illness=["0.01"],  # 0.02 × 50%
    medical_assistance=["0.01"],  # 0.005
    own=["0.00"],
)
example(
    "real rules: rounded claim by claim, a year is a fen more than its rounded total",
    "- layer: basic\n  rate: 50%\n",
    [bill("0.01"), bill("0.01")],
    basic=["0.01", "0.01"],
)
example(
    "real rules: accrued over the year it is not",
    "- layer: basic\n  per: year\n  rate: 50%\n",
    [bill("0.01"), bill("0.01")],
    basic=["0.01", "0.00"],
)


example(
    "rounded to the yuan once, not by way of the fen",
    "- layer: basic\n  rate: 50%\n  rounding: yuan\n  caps: [{amount: 100 元, per: claim}]\n",
    [bill("10.98"), bill("10.99"), bill("11.00"), bill("500")],
    basic=["5.00", "5.00", "6.00", "100.00"],  # 5.49, 5.495, 5.50
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_example(example: Example, tmp_path: Path) -> None:
    case = case_of(example.bills, example.person)
    rules = from_file(tmp_path, example.rules, example.benefit_year)
    outcome = rules.assess(case)
    for name, pays in example.pays.items():
        assert shown(outcome, name) == pays, name
    if example.own is not None:
        assert shown(outcome, "out_of_pocket") == example.own
    again = from_python(example).assess(case)
    every = {name: shown(outcome, name.removeprefix("health.")) for name in outcome.names[:-1]}
    assert {name: shown(again, name.removeprefix("health.")) for name in again.names[:-1]} == every
    gathered = rules._assessor.gatherer.gather(pp.Person.read(case))
    traced, plain = rules.resolved.traced, rules.resolved.plain
    if traced.inputs == plain.inputs:
        found = plain(gathered.rows, gathered.parents)["claim"]
        for place, one in enumerate(outcome.claims):
            assert {name: one.trace[name] for name in plain.names["claim"]} == dict(
                zip(plain.names["claim"], found[place], strict=True)
            )


def test_each_example_has_a_name_of_its_own() -> None:
    assert len({one.name for one in EXAMPLES}) == len(EXAMPLES)


# --- nothing is left out ----------------------------------------------------------------------------------

WORDS = {"label", "source", "note", "reading", "alternatives", "disagreements"}  # these change statements, no amounts


def records(found: Any) -> Iterator[Declaration]:
    if isinstance(found, Declaration):
        yield found
        for field in found.model_fields_set:
            yield from records(getattr(found, field))
    elif isinstance(found, tuple):
        for one in found:
            yield from records(one)


def choices(annotation: Any) -> set[str]:
    """The words a setting may be."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return {word for inner in get_args(annotation) for word in choices(inner)}


def every_class(kind: type[Declaration]) -> Iterator[type[Declaration]]:
    yield kind
    for field in kind.model_fields.values():
        pending = [field.annotation]
        while pending:
            one = pending.pop()
            if isinstance(one, type) and issubclass(one, Declaration):
                yield from every_class(one)
            pending.extend(get_args(one))


def test_every_setting_and_every_choice_has_an_example() -> None:
    used: set[tuple[str, str]] = set()
    for one in EXAMPLES:
        for record in (inner for entry in entries_of(one.rules) for inner in records(entry)):
            used |= {(type(record).__name__, field) for field in record.model_fields_set}
            used |= {
                (type(record).__name__, f"{field}={getattr(record, field)}") for field in type(record).model_fields
            }
    wanted: set[tuple[str, str]] = set()
    for kind in {inner for entry in KINDS for inner in every_class(entry)} - {pp.Label, pp.Disagreement}:
        for name, field in kind.model_fields.items():
            if name not in WORDS:
                wanted.add((kind.__name__, name))
                wanted |= {(kind.__name__, f"{name}={choice}") for choice in choices(field.annotation)}
    assert sorted(wanted - used) == [("FirstPayment", "payers")]  # it pays nothing


def test_every_way_of_rounding_has_an_example() -> None:
    assert set(ROUNDED) == {f"{unit} {mode}" for unit in ROUND_TO for mode in ROUNDING_MODES}


# --- at each threshold, one fen less, exactly, one fen more -----------------------------------------------

THRESHOLDS: list[tuple[str, str, int, list[str]]] = [
    ("a deductible", "- layer: x\n  deductible: 500 元\n  rate: 100%\n", 500_00, ["0.00", "0.00", "0.01"]),
    (
        "an edge, measured from zero",
        "- layer: x\n  deductible: 100 元\n"
        "  bands: {measured_from: zero, edges: [{up_to: 500 元, rate: 0%}, {rate: 100%}]}\n",
        500_00,
        ["0.00", "0.00", "0.01"],
    ),
    (
        "an edge, measured from the deductible",
        "- layer: x\n  deductible: 100 元\n"
        "  bands: {measured_from: deductible, edges: [{up_to: 500 元, rate: 0%}, {rate: 100%}]}\n",
        600_00,
        ["0.00", "0.00", "0.01"],
    ),
    (
        "an edge of a whole-amount schedule, inclusive",
        "- layer: x\n  bands: {measured_from: zero, mode: whole_amount,"
        " edges: [{up_to: 500 元, rate: 0%}, {rate: 100%}]}\n",
        500_00,
        ["0.00", "0.00", "500.01"],
    ),
    (
        "an edge of a whole-amount schedule, exclusive",
        "- layer: x\n  bands: {measured_from: zero, mode: whole_amount, upper_edge: exclusive,"
        " edges: [{up_to: 500 元, rate: 0%}, {rate: 100%}]}\n",
        500_00,
        ["0.00", "500.00", "500.01"],
    ),
    (
        "a cap on the payment",
        "- layer: x\n  rate: 100%\n  cap: 500 元\n",
        500_00,
        ["499.99", "500.00", "500.00"],
    ),
    (
        "a cap on the base",
        "- layer: x\n  rate: 100%\n  caps: [{amount: 500 元, on: base}]\n",
        500_00,
        ["499.99", "500.00", "500.00"],
    ),
    ("a ceiling", "- guarantee: x\n  ceiling: 500 元\n", 500_00, ["0.00", "0.00", "0.01"]),
    (
        "a share filled up to: 500 × 90% = 450, rounded half up",
        "- guarantee: x\n  fill_to: 90%\n",
        500_00,
        ["449.99", "450.00", "450.01"],
    ),
]


@pytest.mark.parametrize(("rules", "fen", "pays"), [one[1:] for one in THRESHOLDS], ids=[one[0] for one in THRESHOLDS])
@pytest.mark.parametrize("per", ["claim", "year"])
def test_at_a_threshold(rules: str, fen: int, pays: list[str], per: str, tmp_path: Path) -> None:
    settled = from_file(tmp_path, rules + f"  per: {per}\n")
    for step, paid in zip((-1, 0, 1), pays, strict=True):
        cost = pp.Money.of_fen(fen + step)
        assert shown(settled.assess(case_of([bill(cost)], {})), "x") == [paid]
        if per == "year" and "whole_amount" not in rules:  # reached in two steps, it is the same threshold
            outcome = settled.assess(case_of([bill(pp.Money(123)), bill(cost - pp.Money(123))], {}))
            assert str(outcome["health.x"]) == paid


# --- payers, words, objects -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payers", "cost", "parts"),
    [
        ({"fund": "100%"}, "0.05", {}),  # one payer needs no parts
        ({"fund": "60%", "government": "40%"}, "0.05", {"fund": 3, "government": 2}),
        (
            {"fund": "50%", "government": "50%"},
            "0.05",
            {"fund": 3, "government": 2},
        ),  # the last bears the rest
        (
            {"fund": "50%", "government": "30%", "charity": "20%"},
            "0.01",
            {"fund": 1, "government": 0, "charity": 0},
        ),
        (
            {"fund": "40%", "government": "40%", "charity": "20%"},
            "0.02",
            {"fund": 1, "government": 1, "charity": 0},
        ),
        (
            {"fund": "30%", "government": "30%", "insurer": "30%", "charity": "10%"},
            "0.02",
            {"fund": 1, "government": 1, "insurer": 0, "charity": 0},  # three times 0.006 would be 0.03
        ),
    ],
)
def test_payers_share_a_payment_without_a_fen_lost(payers: dict[str, str], cost: str, parts: dict[str, int]) -> None:
    layer = pp.Layer(layer="basic", rate="100%", payers=payers)
    rules = pp.compose(
        pp.Cascade([layer]),
        place="henan",
        valid_from="2020-01-01",
        valid_to="2020-12-31",
        source=SOURCE,
        title="练习",
    )
    (claim,) = rules.assess(case_of([bill(cost)], {})).claims
    assert {n.rpartition(".")[2]: v for n, v in claim.trace.items() if n.startswith("health.basic.payer.")} == parts


def test_payers_must_add_up() -> None:
    with pytest.raises(pp.RuleError, match=r"payers: the payers' shares must add up to 100%"):
        pp.Layer(layer="basic", rate="100%", payers={"fund": "60%", "government": "39.99%"})


def test_words_stand_in_the_statement_and_change_no_amount(tmp_path: Path) -> None:
    plain = "- layer: basic\n  rate: 50%\n"
    worded = f"{plain}  label: {{zh: 新农合统筹, en: rural scheme}}\n  note: 一般规定\n  reading: 按次读\n"
    before = from_file(tmp_path, plain).assess(case_of([bill(100)], {}))
    after = from_file(tmp_path, worded).assess(case_of([bill(100)], {}))
    assert dict(before) == dict(after)
    assert "新农合统筹" in after.statement("zh")
    assert "按次读" in after.statement("zh")
    assert "rural scheme" in after.statement("en")
    assert "《练习》" in after.statement("zh")
    assert "新农合统筹" not in before.statement("zh")


def test_a_layer_written_out_in_python() -> None:
    layer = pp.Layer(
        layer="basic",
        when=pp.When(kinds="inpatient"),
        deductible={"township": "200 元", "default": pp.Money(500)},
        repeat=pp.Repeat(factors=["100%", "50%"], yearly_ceiling="600 元"),
        bands=pp.Schedule(
            measured_from="deductible", edges=[pp.Band(up_to="1000 元", rate="60%"), pp.Band(rate="80%")]
        ),
        uplift={"dibao": "5 points"},
        age_uplift=pp.AgeUplift(over=60, per_year="1%"),
        uplift_ceiling="90%",
        cuts=[pp.Cut(when=pp.When(referrals="not_referred"), points="10 points")],
        caps=[pp.Cap(amount="3000 元", per="year")],
        payers={"fund": "100%"},
        rounding="yuan down",
        label=pp.Label(zh="基本医保", en="basic"),
    )
    rules = pp.compose(
        pp.Cascade([layer]),
        place="henan",
        valid_from="2020-01-01",
        valid_to="2020-12-31",
        source=SOURCE,
        title="练习",
    )
    person = {"groups": ["dibao"], "birth_date": "1957-01-01"}
    first = bill("2500.99", facility_level="county", referral="referred")
    second = bill(2500, facility_level="county", referral="not_referred")
    outcome = rules.assess(case_of([first, second], person))
    # 63 years: 5 + 3 points. 2,000.99 above 500: 1,000 × 68% + 1,000.99 × 88% = 1,560.87, in whole yuan
    # then 100 is what is left under 600: 1,000 × 58% + 1,400 × 78% = 1,672, 1,439.13 of it under 3,000
    assert shown(outcome, "basic") == ["1560.00", "1439.00"]


def test_several_entries_wrong_are_all_named() -> None:
    with pytest.raises(pp.RuleError) as caught:
        pp.Cascade(
            [
                pp.Layer(layer="basic", rate={"dibaо": "50%", "default": "40%"}),  # with a Cyrillic о
                pp.Layer(layer="basic", rate="50%", after=["critical_illness"], less=["basics.deductible"]),
                pp.Waiver(waiver="fee_waiver", charges={"bad": "10%"}),
            ]
        )
    text = str(caught.value)
    for part in (
        "'dibaо'; did you mean 'dibao'",
        "'basic' stands twice",
        "'critical_illness'",
        "'basics'",
        "'bed'",
    ):
        assert part in text
    assert "it comes before insurance: move it up" in text


# --- what cannot be meant is refused ----------------------------------------------------------------------

REFUSED: list[tuple[str, str]] = [
    ("- layer: x\n", "state exactly one of rate and bands"),
    (
        "- layer: x\n  rate: 50%\n  bands: {measured_from: zero, edges: [{rate: 50%}]}\n",
        "exactly one of rate and bands",
    ),
    ("- layer: x\n  bands: {edges: [{rate: 50%}]}\n", "'measured_from' is missing"),
    ("- layer: x\n  observed: true\n  rate: 50%\n", "take out rate"),
    (
        "- layer: x\n  rate: 50%\n  per: year\n  repeat: {factors: [50%]}\n",
        "a yearly deductible has no repetition",
    ),
    ("- layer: x\n  rate: 50%\n  uplift_ceiling: 90%\n", "without an uplift"),
    ("- layer: x\n  rate: 50%\n  cuts: [{when: {}, points: 5%, rate: 5%}]\n", "exactly one of points, rate"),
    ("- layer: x\n  rate: 50%\n  cuts: [{when: {}}]\n", "exactly one of points, rate"),
    ("- layer: x\n  rate: 33.33%\n  cuts: [{when: {}, rate: 33%}]\n", "write it as a cut of the payment"),
    ("- layer: x\n  rate: 100.01%\n", "outside 0% to 100%"),
    ("- layer: x\n  rate: none\n", "not a rate"),
    ("- layer: x\n  rate: 50%\n  deductible: -1 元\n", "outside 0.00"),
    ("- layer: x\n  rate: 50%\n  less: basic.deductible\n", "no earlier layer called 'basic'"),
    (
        "- layer: a\n  rate: 50%\n- layer: x\n  rate: 50%\n  less: a.deductable\n",
        "did you mean 'a.deductible'",
    ),
    (
        "- layer: a\n  observed: true\n- layer: x\n  rate: 50%\n  less: a.deductible\n",
        "has no deductible or cap",
    ),
    ("- layer: a\n  rate: 5%\n- waiver: x\n  charges: {bed: 5%}\n", "it comes before insurance"),
    ("- guarantee: x\n", "exactly one of fill_to and ceiling"),
    ("- guarantee: x\n  fill_to: 90%\n  ceiling: 1 元\n", "exactly one of fill_to and ceiling"),
    (
        "- guarantee: x\n  fill_to: 90%\n  caps: [{amount: 1 元, on: base}]\n",
        "a guarantee's cap limits its payment",
    ),
    ("- first_payment: x\n  rates: {in_scope: 10%}\n- layer: a\n  rate: 5%\n", "it cannot be split"),
    ("- layer: x\n  rate: 50%\n  rounding: 5 yuan\n", "no unit to round to called '5 yuan'"),
    ("- layer: x\n  rate: 50%\n  when: {groups: [dibo]}\n", "no group called 'dibo'; did you mean 'dibao'"),
    ("- layer: x\n  rate: 50%\n  payers: {fond: 100%}\n", "no payer called 'fond'; did you mean 'fund'"),
    ("- layer: x\n  rate: 50%\n  counts: [inscope]\n", "did you mean 'in_scope'"),
    ("- layer: X\n  rate: 50%\n", "a name is lower-case"),
    ("- layer: x\n  rate: 50%\n  cap: 500 元\n", "a cap says for how long"),
    ("- layer: x\n  rate: {tekun, dibao: 50%}\n", "stand together in quotes"),
    ("- layer: x\n  rate: {'tekun，dibao': 50%}\n", "a plain comma between names"),
]


@pytest.mark.parametrize(("rules", "says"), REFUSED)
def test_what_cannot_be_meant_is_refused_with_its_line(rules: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(pp.RuleError, match=re.escape(says)) as caught:
        from_file(tmp_path, rules).assess(case_of([bill(100)], {}))
    first = text_of("").count("\n") + 1
    for fault in caught.value.faults:
        assert fault.file is not None
        assert fault.file.endswith("rules.yaml")
        assert fault.line is not None
        assert fault.line >= first - 1


# --- yearly limits that differ from bill to bill ----------------------------------------------------------

LEVELS = ("township", "county", "city", "province")


@settings(max_examples=40, deadline=None)
@given(
    ceilings=st.lists(st.integers(0, 20_000), min_size=4, max_size=4),
    stays=st.lists(st.tuples(st.sampled_from(LEVELS), st.integers(0, 9_000), st.integers(0, 3)), max_size=12),
)
def test_yearly_ceilings_by_level_go_by_what_was_borne(ceilings: list[int], stays: list[tuple[str, int, int]]) -> None:
    """own(k) = max(own(k-1), min(own(k-1) + x(k), C(k))), from nothing again each year; a deductible likewise."""
    limits = dict(zip(LEVELS, ceilings, strict=True))
    stays = sorted(stays, key=lambda stay: stay[2])
    written = {level: pp.Money.of_fen(fen) for level, fen in limits.items()} | {"default": pp.Money(1)}
    borne: list[int] = []
    own: dict[int, int] = {}
    for level, cost, year in stays:
        before = own.get(year, 0)
        own[year] = max(before, min(before + cost, limits[level]))
        borne.append(own[year] - before)
    bills = [
        bill(pp.Money.of_fen(cost), facility_level=level, date=f"{2019 + year}-01-01") for level, cost, year in stays
    ]
    for entry in (
        pp.Guarantee(guarantee="x", per="year", ceiling=written),
        pp.Layer(layer="x", per="year", deductible=written, rate="100%"),
    ):
        rules = pp.compose(
            pp.Cascade([entry]),
            place="henan",
            valid_from="2019-01-01",
            valid_to="2022-12-31",
            source=SOURCE,
            title="x",
        )
        outcome = rules.assess(case_of(bills, {}))
        assert [one.trace["health.out_of_pocket"] for one in outcome.claims] == borne


def test_what_comes_before_insurance_is_not_split_among_payers() -> None:
    shares = {"hospital": "50%", "town": "50%"}
    with pytest.raises(pp.RuleError, match="not split among payers"):
        pp.Waiver(waiver="fee_waiver", charges={"bed": "20%"}, payers=shares)
    with pytest.raises(pp.RuleError, match="not split among payers"):
        pp.FirstPayment(first_payment="first_payment", rates={"category_b": "10%"}, payers=shares)
    assert pp.Waiver(waiver="fee_waiver", charges={"bed": "20%"}, payers={"hospital": "100%"}).payers
