"""The pages about the rules: made from the files alone, alike in both languages, with every value and source."""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path

import pytest
import rule_pages
import worked_cases

import poverty_policy as pp
from poverty_policy.policy.values import leaves
from poverty_policy.ruleset.show import leaf_text

DOCS = Path(__file__).parents[1] / "docs"


@functools.cache
def pages(lang: str) -> dict[str, str]:
    made: dict[str, str] = rule_pages.render_pages(lang)
    return made


def test_both_languages_have_the_same_pages() -> None:
    assert pages("zh").keys() == pages("en").keys()


def test_every_file_has_a_page_and_every_day_of_it_just_one() -> None:
    for code in rule_pages.library().codes():
        found = rule_pages.periods(code)
        for one in rule_pages.library().headings(code):
            days = [one.valid_from, one.last_day]
            for day in days:
                of_day = [period for period in found if period.first <= day <= period.last]
                assert len(of_day) == 1, (one.path, day)
        assert all(before.last < after.first for before, after in itertools.pairwise(found))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_value_and_source_of_a_file_is_on_its_page(lang: str) -> None:
    escape = rule_pages.md
    for code in rule_pages.library().codes():
        for period in rule_pages.periods(code):
            page = pages(lang)[period.path]
            for file in period.files:
                for source in file.declared.sources.values():
                    assert escape(source.title) in page
                assert all(escape(text) in page for text in file.declared.limitations)
            rules = rule_pages._rules(period).resolved
            for stated in (*rules.entries, *rules.provisions):
                if stated.origin.path in {file.path for file in period.files}:
                    written = stated.entry.model_fields_set
                    for name, value in stated.entry.values():
                        if name.split(".")[0] in written:
                            for path, leaf in leaves(value):
                                full = f"{stated.full_name}.{'.'.join((name, *path))}"
                                points = name.split(".")[-1] in ("uplift", "points")
                                text = escape(leaf_text(leaf, lang, points=points))  # type: ignore[arg-type]
                                assert re.search(rf"^\| {re.escape(text)} \|.*`{re.escape(full)}` \|$", page, re.M), (
                                    full
                                )


def test_the_worked_case_and_the_chart_are_what_the_library_calculates() -> None:
    page = pages("zh")["410000-henan/2018-01-01.md"]
    assert "24,500.00 × 80% = 19,600.00" in page  # (80,000 × 40 % − 7,500) × 80 %
    assert "| 150,000.00 | 90,000.00 | 42,500.00 | 7,100.00 | 10,400.00 |" in page
    for row in re.findall(r"^\| ([\d,]+\.\d\d) \| (.*) \|$", page, re.M):
        whole, parts = pp.Money(row[0]), [pp.Money(part) for part in row[1].split(" | ")]
        assert sum(parts, pp.Money(0)) == whole


def test_no_share_of_any_bill_is_lost() -> None:
    seen = 0
    for code in rule_pages.library().codes():
        for period in rule_pages.periods(code):
            rules = rule_pages._rules(period)
            if "health" in rules.resolved.missing:
                continue
            found = worked_cases.shares_along_the_bill(rules, period.first, period.last)
            if found is not None:
                seen += 1
                for place, cost in enumerate(found.costs):
                    assert sum(amounts[place] for amounts in found.shares.values()) == cost
    assert seen


def test_what_changed_stands_on_the_later_page() -> None:
    page = pages("zh")["410000-henan/2018-01-01.md"]
    changed = page.partition("## 与前一时期相比")[2]
    assert "15,000.00 元（其余） → 7,500.00 元" in changed
    assert "procedure" not in changed  # what the nation changed stands on the nation's pages


def test_pages_are_the_same_whenever_they_are_made() -> None:
    of_day = {str(found.first): found for found in rule_pages.periods("410000")}
    before, one = of_day["2017-01-01"], of_day["2018-01-01"]
    again = rule_pages._Page(one, before, "zh")
    assert again.text() == pages("zh")["410000-henan/2018-01-01.md"]
    for path, drawn in again.charts.items():
        assert drawn == pages("zh")[path]
        assert "<dc:date>" not in drawn
        assert drawn.isascii()  # no word in it needs a font


def test_text_from_files_is_no_markup() -> None:
    assert rule_pages.md("a|b <script> [x](y) *z* `c`") == "a\\|b &lt;script&gt; \\[x\\](y) \\*z\\* \\`c\\`"
