"""What holds on a day, and what was known on a day: at every date at which any file begins, ends or becomes known.

The library's answer is held against the files' own words, looked at one by one.
"""

from __future__ import annotations

import datetime as dt

import pytest

import poverty_policy as pp
from poverty_policy.policy.provision import HEALTH
from poverty_policy.ruleset import places
from poverty_policy.ruleset.file import PARTS, LoadedFile
from poverty_policy.ruleset.library import OWN_RULES, Library
from poverty_policy.ruleset.resolved import Resolved


def _counties() -> list[str]:
    """The codes of all counties, in order."""
    table = (OWN_RULES.parent / "ruleset" / "places.tsv").read_text(encoding="utf-8")
    return [row[:6] for row in table.splitlines()[2:] if not row[:6].endswith("00")]


LIBRARY = Library([OWN_RULES])
DAY = dt.timedelta(days=1)
PLACES = LIBRARY.codes()


def around(days: set[dt.date]) -> list[dt.date]:
    return sorted({near for day in days for near in (day - DAY, day, day + DAY)})


def stated(code: str, part: str, on: dt.date, known: dt.date | None) -> LoadedFile | None:
    """The one file of a place that states a part on a day, by what the files say of themselves."""
    covering = [
        one
        for one in LIBRARY.files(code)
        if one.declared.valid_from <= on <= (one.declared.valid_to or one.declared.known_to or on)
        and (known is None or one.declared.published <= known)
        and part in one.parts
    ]
    left = [one for one in covering if not any(other.declared.supersedes == one.stem for other in covering)]
    assert len(left) <= 1
    return left[0] if left else None


def loaded(code: str, on: dt.date, known: dt.date | None) -> Resolved | None:
    """The rules of a place, with health where there is any."""
    for health in (True, False):
        try:
            return LIBRARY.load(code, on, known, health=health)
        except pp.RuleError:
            continue
    return None


def agree(code: str, on: dt.date, known: dt.date | None) -> None:
    lineage = [place.code for place in reversed(places.lineage(places.find(code)))]
    rules = loaded(code, on, known)
    for part in PARTS:
        expected = [one.path for one in (stated(above, part, on, known) for above in lineage) if one is not None]
        found = [] if rules is None or part not in rules.sections else [one.path for one in rules.sections[part].files]
        if part == HEALTH:
            # a programme that needs nothing from above is read alone; one with a hole below it is none
            assert found == expected[: len(found)], (code, on, known, part)
            if rules is not None and HEALTH not in rules.sections:
                assert expected == [] or HEALTH in rules.missing
        else:
            assert found == expected, (code, on, known, part)


@pytest.mark.parametrize("code", PLACES)
def test_around_every_first_and_last_day(code: str) -> None:
    files = LIBRARY.headings(code)
    for on in around({one.valid_from for one in files} | {one.last_day for one in files}):
        agree(code, on, None)


@pytest.mark.parametrize("code", PLACES)
def test_around_every_day_on_which_something_became_known(code: str) -> None:
    files = LIBRARY.headings(code)
    for one in files:
        for known in around({one.published}):
            agree(code, one.valid_from, known)
            agree(code, one.last_day, known)


@pytest.mark.parametrize("code", PLACES)
def test_beyond_the_last_day_only_on_request_and_said_in_every_outcome(code: str) -> None:
    last = max(one.last_day for one in LIBRARY.headings(code))
    beyond = last + dt.timedelta(days=40)
    try:
        rules = pp.load(code, on=beyond, extrapolate=True)
    except pp.RuleError:
        rules = pp.load(code, on=beyond, extrapolate=True, health=False)
    own = [part for part in PARTS if any(part in one.parts and one.last_day == last for one in LIBRARY.headings(code))]
    if not own:  # targets are of their years
        assert not [one for one in rules.targets if one.place.code == code]
        return
    for part in own:
        if part in rules.resolved.sections:
            assert rules.resolved.sections[part].extrapolated, part
    assert any(span.extrapolated for span in rules.resolved.sections.values())
    member = {"id": "a", "insurance": "resident", "groups": [], "birth_date": "1970-01-01", "facts": {}}
    home = {"on": str(beyond), "residence": "rural", "members": [member]}
    county = next(place for place in _counties() if place.startswith(code.rstrip("0") or "1101"))
    if code != "000000":
        home["place"] = county
    outcome = rules.assess(home)
    assert any("extrapolated" in text for text in outcome.warnings), outcome.warnings
    assert outcome.to_dict()["warnings"]
    assert "沿用" in outcome.statement("zh")
