"""A load reads only the files it needs; what it is told of the others at the margin is what reading them would say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import poverty_policy as pp
from making import rule_file, write
from poverty_policy import documents
from poverty_policy.ruleset.file import read_file, read_heading
from poverty_policy.ruleset.heading import margin_of
from poverty_policy.ruleset.library import OWN_RULES, Library

FILES = sorted((OWN_RULES / "cn").glob("*/*.yaml"))
BASIC = {"layer": "basic", "rate": "70%"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_margin_of_every_rule_file_says_what_reading_it_says(path: Path) -> None:
    margin_of(path.read_text(encoding="utf-8"))  # laid out as usual: it is not read in full to know its days
    assert read_heading(path) == read_file(path).heading


@given(
    flow=st.sampled_from([None, True, False]),
    more=st.fixed_dictionaries(
        {},
        optional={
            "lines": st.just([{"line": "dibao", "per": "month", "amount": "300 元", "source": "notice"}]),
            "change": st.dictionaries(
                st.sampled_from(["health.basic.rate", "line.dibao.amount", "criteria.exit.test"]),
                st.builds(dict, value=st.just("5%"), source=st.just("notice")), min_size=1,
            ),
            "gap_before": st.sampled_from(["不详", "两行\n不详", "valid_from: 2011-01-01"]),
            "supersedes": st.sampled_from(["2018-01-01-plan", "2018-01-01"]),
            "valid_from": st.sampled_from(["2018-01-01", "2018-02-01"]),
            "limitations": st.just(["published: 1999-01-01\n\nlines: []"]),
        },
    ),
)  # fmt: skip
def test_however_a_file_is_laid_out(tmp_path_factory: Any, flow: bool | None, more: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("rules") / "2018-01-01.yaml"
    text = yaml.safe_dump(rule_file(BASIC, **more), allow_unicode=True, default_flow_style=flow, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    assert read_heading(path) == read_file(path).heading


@pytest.mark.parametrize(
    "body",
    [
        "{place: '410000', health: []}",
        "'place': '410000'\n",
        "- a\n",
        "  place: '410000'\n",
        "place: a\nplace: b\n",
        "place: >\nfree\n",
    ],
)
def test_what_is_laid_out_otherwise_is_read_in_full(body: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        margin_of(body)


def test_a_load_reads_only_the_files_that_hold_on_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for year in range(2001, 2020):
        days = {"valid_from": f"{year}-01-01", "valid_to": f"{year}-12-31", "published": f"{year}-01-01"}
        write(tmp_path / "cn" / "41-henan" / f"{year}-01-01.yaml", rule_file(BASIC, **days))
        place = {"place": "420000", "title": {"zh": "坏", "en": "broken"}}
        broken = tmp_path / "cn" / "42-hubei" / f"{year}-01-01.yaml"
        write(broken, rule_file({"layer": "basic", "rate": "80"}, **days, **place))
    read: list[str] = []
    whole = documents.read

    def counted(path: Any, error: Any) -> Any:
        read.append(f"{Path(path).parent.name}/{Path(path).name}")
        return whole(path, error)

    monkeypatch.setattr(documents, "read", counted)
    Library([tmp_path]).load("henan", read_heading(FILES[0]).valid_from.replace(year=2018))
    assert read == ["41-henan/2018-01-01.yaml"]


def test_a_file_that_seems_to_be_another_is_refused(tmp_path: Path) -> None:
    """libyaml lets what stands in braces go on at the margin; nobody writes so by accident."""
    folder = tmp_path / "cn" / "41-henan"
    write(folder / "2018-01-01.yaml", rule_file(BASIC))
    text = (folder / "2018-01-01.yaml").read_text(encoding="utf-8")
    (folder / "2018-01-01.yaml").write_text(text + "limitations: [\na,\nlines: ]\n", encoding="utf-8")
    with pytest.raises(pp.RuleError):
        pp.load("henan", on="2018-06-01", folders=[tmp_path])
