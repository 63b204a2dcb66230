"""Whatever comes in, what comes out is a result or an error of ours that says what is wrong."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import poverty_policy as pp
from making import case, claim, rule_file
from poverty_policy import documents
from poverty_policy.ruleset.file import from_document
from poverty_policy.ruleset.resolved import merge

SEED_RULES = rule_file(
    {"waiver": "fee_waiver", "charges": {"bed": "20%"}},
    {
        "layer": "basic",
        "rate": {"dibao": "80%", "default": "70%"},
        "deductible": 500,
        "caps": [{"amount": 5, "per": "year"}],
    },
    {
        "layer": "critical_illness",
        "per": "year",
        "bands": {"measured_from": "zero", "edges": [{"up_to": 9, "rate": "5%"}, {"rate": 1}]},
    },
    {
        "guarantee": "bottom_line",
        "ceiling": {"county": 1000, "default": 3000},
        "payers": {"fund": "50%", "town": "50%"},
    },
)
SEED_CASE = {
    "id": "h",
    "place": "411422",
    "members": [case(claim(100, charges={"in_scope": {"bed": 3}}, facility_level="county"), groups=["dibao"], id="p")],
}
RULES = pp.load("henan", on="2018-07-01")
DEEP: Any = []
for _ in range(100):
    DEEP = [DEEP]
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**20, 10**60),
    st.floats(),
    st.text(max_size=12),
    st.builds(dict),
    st.builds(list),
    st.builds(lambda: copy.deepcopy(DEEP)),
    st.sampled_from(["unspecified", "none", "all", "80%", "2018-01-01", "=1+1", "a, b", "age < 9", "__class__"]),
    st.dictionaries(st.text(max_size=5), st.integers(0, 3), max_size=2),
    st.binary(max_size=3),
)


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in plain data."""
    found = [at] if at else []
    if len(at) > 12:  # what was put in deep is not looked into again
        return found
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, inner in items:
        found += places(inner, (*at, key))
    return found


@st.composite
def mutated(draw: st.DrawFn, seed: dict[str, Any]) -> Any:
    """The seed with one to three things dropped, replaced, renamed or added."""
    made = copy.deepcopy(seed)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(places(made) or [("x",)]))
        inner = made
        for key in above:
            inner = inner[key]
        what = draw(st.sampled_from(["drop", "replace", "replace", "rename", "add"]))
        if what == "replace":
            inner[last] = draw(junk)
        elif what == "drop":
            inner.pop(last, None) if isinstance(inner, dict) else inner.pop(last)
        elif isinstance(inner, dict):
            inner[draw(st.text(max_size=6))] = inner.pop(last, None) if what == "rename" else draw(junk)
        else:
            inner.append(draw(junk))
    return made


many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(mutated(SEED_RULES))
def test_rule_files_are_read_or_refused(data: Any) -> None:
    try:
        entries = merge([from_document(documents.Document(data, "fuzz.yaml"), Path("fuzz.yaml"))])
        rules = pp.compose(
            pp.Cascade([stated.entry for stated in entries]),
            place="410000",
            valid_from="2018-01-01",
            valid_to="2018-12-31",
            source=pp.Source(title="x", status="planned", grade="one_report"),
            title="x",
        )
        outcome = rules.assess(SEED_CASE)
        assert outcome["health.paid"] <= outcome["health.cost"]
    except pp.PolicyError as error:
        assert error.faults
        assert error.text("zh")
        assert error.text("en")


@many
@given(mutated(SEED_CASE))
def test_cases_are_settled_or_refused(data: Any) -> None:
    try:
        outcome = RULES.assess(data)
        assert outcome.statement("zh")
        assert outcome.to_json()
    except pp.PolicyError as error:
        assert error.faults
        assert error.text("zh")


@many
@given(
    st.text(max_size=60)
    | st.sampled_from(["&", "*a", "!!x", "{", "[", ": :", "- -", "a: |", "%YAML 9", "\t", "\x00", "---"])
)
def test_any_text_is_read_or_refused(text: str) -> None:
    for file in ("it.yaml", "it.json"):
        try:
            documents.parse(text, file, pp.InputError)
        except pp.InputError as error:
            assert error.faults[0].file == file


@many
@given(
    st.dictionaries(
        st.text(max_size=30) | st.sampled_from(["health.basic", "health.critical_illness.deductible"]), junk, max_size=2
    )
)
def test_reforms_are_made_or_refused(changes: Any) -> None:
    before = RULES.hash
    try:
        assert RULES.reform(changes).hash != before
    except pp.PolicyError as error:
        assert error.faults
    assert RULES.hash == before
