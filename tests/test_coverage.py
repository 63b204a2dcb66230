"""What the library holds, as a table made from the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from making import rule_file, write
from poverty_policy.cli import main
from poverty_policy.ruleset.coverage import coverage, table
from poverty_policy.ruleset.library import Library
from poverty_policy.terms import PROGRAMMES


def held(folder: Path) -> dict[str, str]:
    """The cells of the one place in a library."""
    ((_, cells),) = table(coverage(Library([folder])), "zh")
    return dict(cells)


def test_programmes_years_and_the_weakest_grade(tmp_path: Path) -> None:
    folder = tmp_path / "cn" / "41-henan"
    weak = {"title": "报道", "status": "planned", "grade": "one_report"}
    sources = {"notice": {"title": "通知", "status": "in_force", "grade": "primary"}, "news": weak}
    basic, illness = {"layer": "basic", "rate": "50%"}, {"layer": "critical_illness", "rate": "50%"}
    line = {"line": "dibao", "per": "month", "amount": "300 元", "source": "notice"}
    for year in (2016, 2017, 2019):
        days = {"valid_from": f"{year}-01-01", "valid_to": f"{year}-12-31", "published": f"{year}-01-01"}
        gap = {"gap_before": "不详"} if year == 2019 else {}
        source = "news" if year == 2019 else "notice"
        write(
            folder / f"{year}-01-01.yaml",
            rule_file(basic, {**illness, "source": source}, lines=[line], sources=sources, **days, **gap),
        )
    assert held(tmp_path) == {
        "basic": "2016–2017原 2019原", "critical_illness": "2016–2017原 2019单拟", "dibao": "2016–2017原 2019原",
    }  # fmt: skip
    replaced = rule_file(
        {"layer": "supplementary", "rate": "1%"}, valid_from="2017-07-01", supersedes="2017-01-01",
        valid_to="2017-12-31", published="2017-06-01",
    )  # fmt: skip
    write(folder / "2017-07-01.yaml", replaced)
    assert held(tmp_path)["supplementary"] == "2017官"


def test_every_programme_of_the_library_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    for how in ([], ["--coverage"]):
        assert main(["list", *how, "--lang", "en"]) == 0
        assert "critical-illness insurance" in capsys.readouterr().out
    assert main(["list", "gansu", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "甘肃省兰州市" in shown
    assert "河南省" not in shown
    assert all(term.zh and term.en for term in PROGRAMMES.values())


def test_an_unknown_place_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "gansuu", "--lang", "en"]) == 1
    assert "gansu" in capsys.readouterr().err
