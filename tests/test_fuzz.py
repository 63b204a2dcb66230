"""Whatever comes in, what comes out is a result or an error of ours that says what is wrong."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
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


# --- files as text ----------------------------------------------------------------------------------------

TEXT = """\
place: "540000"
title: {zh: 练习, en: exercise}
valid_from: 2018-01-01
known_to: 2018-12-31
published: 2018-01-01
sources:
  notice: {title: 通知, status: in_force, grade: primary}
indices:
  income: {value: 11697 元, year: 2016, source: notice}
terms:
  facility: {first_hospital: {zh: 第一医院, en: First Hospital}}
benefit_year: "10-01"
health:
  - waiver: fee_waiver
    source: notice 一
    charges: {bed: 20%}
  - layer: basic
    source: notice 二
    when: {kinds: [inpatient], age_from: 1}
    deductible: {share: 10%, of: income, rounding: yuan}
    repeat: {factors: [100%, 50%], counted: all, yearly_ceiling: 3000 元}
    rate: {several: first, dibao: 80%, default: {township: 70%, default: 60%}}
    uplift: {tekun: 5 points}
    uplift_ceiling: 90%
    cuts: [{when: {referrals: [not_referred]}, points: 5 points}]
    per: claim
    cap: 15 万元
  - layer: critical_illness
    source: notice 三
    per: year
    less: [basic.over_cap]
    deductible: 1.5 万元
    bands:
      measured_from: zero
      edges: [{up_to: 5 万元, rate: 50%}, {rate: 60%}]
    payers: {insurer: 60%, government: 40%}
  - guarantee: bottom_line
    source: notice 四
    per: year
    ceiling: {county: 3000 元, default: none}
"""
LINES = TEXT.splitlines(keepends=True)
WORDS = ["null", "0", "-1", "1e9", "9" * 20, "0.00001", "100.01%", "nan", "2018-02-30", "元", "- ", "&a ", "!!x "]
scraps = st.sampled_from([*WORDS, *"{}[]:&*!'#|>%,~\"\t\n\x00\u202e\ufeff\U0001f600"])


@st.composite
def misprinted(draw: st.DrawFn) -> str:
    """The file with lines dropped, doubled or swapped, and scraps of text put in or taken out."""
    lines = list(LINES)
    for _ in range(draw(st.integers(0, 2))):
        here, there = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        what = draw(st.sampled_from(["drop", "double", "swap", "indent"]))
        if what == "drop" and len(lines) > 1:
            del lines[here]
        elif what == "double":
            lines.insert(there, lines[here])
        elif what == "swap":
            lines[here], lines[there] = lines[there], lines[here]
        else:
            lines[here] = "  " + lines[here]
    text = "".join(lines)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(scraps) + text[at + draw(st.integers(0, 4)) :]
    return text


def tried(path: Path) -> pp.Outcome | None:
    """A file loaded and used; nothing, if it is refused in words."""
    try:
        rules = pp.load_file(path)
        bill = claim(100_000, facility_level="county", referral="referred", facility="other", charges={})
        return rules.assess(case(bill, groups=["dibao"], birth_date="1950-01-01"))
    except pp.PolicyError as error:
        assert error.faults
        assert all(fault.text("zh") and fault.text("en") for fault in error.faults)
        return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def test_the_file_that_is_misprinted_is_sound(folder: Path) -> None:
    path = folder / "sound.yaml"
    path.write_text(TEXT, encoding="utf-8")
    outcome = tried(path)
    assert outcome is not None
    assert str(outcome["health.bottom_line"]) == "14,968.00"  # 100,000 - 79,064 - 2,968 - 3,000


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=misprinted())
def test_misprinted_files_are_read_or_refused(folder: Path, text: str) -> None:
    path = folder / "it.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    outcome = tried(path)
    if outcome is not None:
        assert outcome["health.cost"] == pp.Money(100_000)
        parts = [outcome["health.paid"], outcome["health.waived"], outcome["health.out_of_pocket"]]
        assert sum(part for part in parts if isinstance(part, pp.Money)) == pp.Money(100_000)
        assert outcome.statement("en")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=80), at=st.integers(0, len(TEXT)))
def test_files_of_any_bytes_are_read_or_refused(folder: Path, data: bytes, at: int) -> None:
    for name, content in (
        ("any.yaml", data),
        ("in.yaml", TEXT.encode()[:at] + data + TEXT.encode()[at:]),
        ("a.json", data),
    ):
        (folder / name).write_bytes(content)
        tried(folder / name)


@many
@given(st.text(max_size=45) | st.decimals() | st.floats() | st.integers() | st.fractions() | st.none() | st.booleans())
def test_amounts_and_rates_are_read_or_refused(value: Any) -> None:
    for kind in (pp.Money, pp.Rate):
        try:
            found = kind(value)
        except pp.InputError as error:
            assert error.faults
        else:
            assert len(str(found)) > 40 or kind(str(found)) == found


@many
@given(st.text(max_size=30) | st.integers())
def test_places_are_found_or_refused(name: Any) -> None:
    try:
        assert pp.load(name, on="2018-07-01").place.code
    except pp.PolicyError as error:
        assert error.faults
