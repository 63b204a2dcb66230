"""What-ifs: every number against sums done by hand or row by row, and what must hold for any of them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from openpyxl import load_workbook

import poverty_policy as pp
from homes import ACCOUNT, ALLOWANCE, LINE, rules_of
from poverty_policy.cli import main
from poverty_policy.whatif.indicators import Both, Comparison, Part
from poverty_policy.whatif.reform import read_reform

EXAMPLES = Path(__file__).parent.parent / "examples"
LOWER = {"health.critical_illness.deductible.registered_poor": "5000 元"}


def henan() -> pp.RuleSet:
    return pp.load("henan", on="2018-12-31")


def bills(**more: Any) -> pl.DataFrame:
    """Two bills of a poor person, one of somebody else, one of a poor person below any deductible."""
    return pl.DataFrame({
        "id": ["1", "2", "3", "4"],
        "person": ["甲", "甲", "乙", "丙"],
        "date": ["2018-03-05", "2018-07-20", "2018-05-30", "2018-06-01"],
        "insurance": ["resident"] * 4,
        "groups": ["registered_poor", "registered_poor", "", "registered_poor"],
        "kind": ["inpatient"] * 4,
        "cost.in_scope": ["30000.00", "8000.00", "60000.50", "900.00"],
        "cost.out_of_catalogue": ["100.00", "0", "0", "0"],
        "paid.basic": ["18000.00", "5200.00", "33000.00", "500.00"],
        **more,
    })  # fmt: skip


def test_bills_alone_by_hand() -> None:
    rules = henan()
    found = pp.compare(rules, rules.reform(LOWER, "五千"), pp.Population(claims=bills()))
    # 甲 before: 30,000 - 18,000 - 7,500 = 4,500 at 80 %, 2,800 at 80 %; after: 7,000 and 2,800 at 80 %
    # 乙: 60,000.50 - 33,000 - 15,000 at 50 %, untouched
    critical = found.payment("health.critical_illness")
    assert critical.amount == Both(360000 + 224000 + 600025, 560000 + 224000 + 600025)
    assert (critical.receiving, critical.unknown) == (Both(3, 3), Both(0, 0))
    # supplementary: of what is left, 30 % from 3,000 to 5,000 and 40 % above in the year:
    # before 8,400, then 560 more; after 6,400, then 560 more
    before, after = 60000 + 136000 + 22400, 60000 + 56000 + 22400
    assert found.payment("health.supplementary").amount == Both(before, after)
    assert found.payment("health.basic").amount == Both(5670000, 5670000)
    assert found.paid == Both(5670000 + 1184025 + before, 5670000 + 1384025 + after)
    everybody = found.everybody
    assert (everybody.persons, everybody.gaining, everybody.losing, everybody.same) == (3, 1, 0, 2)
    assert everybody.change == 200000 - 80000
    assert everybody.bills.cost == Both(9900050, 9900050)
    assert everybody.bills.out_of_pocket == Both(9900050 - found.paid.before, 9900050 - found.paid.after)
    shares = [Fraction(paid, 9900050) * 10_000 for paid in (found.paid.before, found.paid.after)]
    assert everybody.bills.rate == tuple(int(share + Fraction(1, 2)) for share in shares)
    poor, others = found.groups
    assert (poor.name, poor.persons, poor.gaining, poor.same) == ("registered_poor", 2, 1, 1)
    assert (others.name, others.persons, others.gaining, others.bills.cost.before) == ("none", 1, 0, 6000050)
    assert (found.deciles, found.poverty, found.verdicts) == ((), None, ())
    assert [one.name for one in found.changes] == ["health.critical_illness.deductible.registered_poor"]


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "arrow"])
def test_any_kind_of_frame_and_headers_of_ones_own(kind: str) -> None:
    rules = henan()
    reform = rules.reform(LOWER)
    own = bills().rename({"id": "住院号", "cost.in_scope": "费用"})
    frames = {"polars": own, "lazy": own.lazy(), "pandas": own.to_pandas(), "arrow": own.to_arrow()}
    columns = {"claims": {"住院号": "id", "费用": "cost.in_scope"}}
    found = pp.compare(rules, reform, pp.Population(claims=frames[kind], columns=columns))
    assert found.to_dict() == pp.compare(rules, reform, pp.Population(claims=bills())).to_dict()


def test_weights_count_rows_as_often_and_exactly() -> None:
    rules = henan()
    reform = rules.reform(LOWER)
    weighted = pp.Population(claims=bills(weight=["2.5", "2.5", "1", "0.3333"]))
    found = pp.compare(rules, reform, weighted, weight="weight")
    assert found.weighted
    critical = found.payment("health.critical_illness")
    assert critical.amount == Both(1460000 + 600025, 1960000 + 600025)
    assert critical.receiving == Both(6, 6)  # 2.5 + 2.5 + 1
    # 400.00 of 丙's bill are left, a third of it
    assert found.everybody.bills.cost == Both(
        (3810000 * 5) // 2 + 6000050 + 29997, (3810000 * 5) // 2 + 6000050 + 29997
    )
    assert found.everybody.persons == 4  # 2.5 + 1 + 0.3333
    twice = pp.compare(rules, reform, pp.Population(claims=bills(weight=[2, 2, 2, 2])), weight="weight")
    once = pp.compare(rules, reform, pp.Population(claims=bills()))
    assert twice.paid == Both(2 * once.paid.before, 2 * once.paid.after)


@pytest.mark.parametrize(
    ("how", "more", "message"),
    [
        ({"weight": "wieght"}, {"weight": [1] * 4}, "'wieght'; did you mean 'weight'"),
        ({"weight": "weight"}, {"weight": [1.0, 2.0, 1.0, 1.0]}, "bills of one person have different weights"),
        ({"weight": "weight"}, {"weight": [1.0, 1.0, -1.0, None]}, "2 rows"),
        ({"weight": "weight"}, {"weight": ["a", "b", "c", "d"]}, "4 rows"),
        ({"income": "income"}, {}, "without households nothing can go by income"),
        ({"line": "line.povrty"}, {}, "line.poverty"),
    ],
)
def test_what_cannot_be_is_refused(how: dict[str, Any], more: dict[str, Any], message: str) -> None:
    rules = henan()
    with pytest.raises(pp.InputError) as error:
        pp.compare(rules, rules.reform(LOWER), pp.Population(claims=bills(**more)), **how)
    assert message in error.value.text("en")


def test_a_population_needs_claims_or_households_and_persons_with_them() -> None:
    rules = henan()
    persons = pl.DataFrame({"id": ["a"], "household": ["h"], "insurance": ["resident"], "groups": [""]})
    with pytest.raises(pp.InputError, match="needs claims or households"):
        pp.compare(rules, rules.reform(LOWER), pp.Population(persons=persons))
    homes = pl.DataFrame({"id": ["h"], "residence": ["rural"], "place": ["410000"], "records_complete": [True]})
    with pytest.raises(pp.InputError, match="need persons beside them"):
        pp.compare(rules, rules.reform(LOWER), pp.Population(households=homes))


# --- a synthetic population, row by row ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def people() -> pp.Population:
    return pp.synthetic(pp.load("henan", on="2018-07-01"), 3_000, seed=11, rural=0.7)


CHANGES = {
    "health.critical_illness.deductible.default": "12000 元",
    "health.supplementary.deductible": "5000 元",
    "line.dibao.amount.urban": "900 元",
}


@pytest.fixture(scope="module")
def both(people: pp.Population) -> tuple[pp.RuleSet, pp.RuleSet, Comparison]:
    rules = pp.load("henan", on="2018-07-01")
    reform = rules.reform(CHANGES, "各项")
    return rules, reform, pp.compare(rules, reform, people)


def rows_of(rules: pp.RuleSet, people: pp.Population) -> dict[str, list[dict[str, Any]]]:
    found = rules.assess_frame(**people.frames(), money="fen")
    return {name: getattr(found, name).to_dicts() for name in ("claims", "persons", "households")}


def test_every_number_is_the_sum_of_its_rows(
    people: pp.Population, both: tuple[pp.RuleSet, pp.RuleSet, Comparison]
) -> None:
    rules, reform, found = both
    sides = [rows_of(one, people) for one in (rules, reform)]
    home_of = dict(people.persons.select("id", "household").rows())
    for name in ("basic", "critical_illness", "supplementary"):
        sums = [sum(row[f"health.{name}"] or 0 for row in side["claims"]) for side in sides]
        assert found.payment(f"health.{name}").amount == Both(*sums)
        many = [sum((row[f"health.{name}"] or 0) > 0 for row in side["claims"]) for side in sides]
        assert found.payment(f"health.{name}").receiving == Both(*many)
    dibao = [[12 * (row["allowance.dibao"] or 0) for row in side["households"]] for side in sides]
    assert found.payment("allowance.dibao").amount == Both(*map(sum, dibao))
    assert dibao[0] != dibao[1]
    # what each household has, and who lives there
    have: list[dict[int, int]] = []
    unknown: set[int] = set()
    for side in sides:
        had = {row["id"]: 12 * (row["allowance.dibao"] or 0) for row in side["households"]}
        unknown |= {row["id"] for row in side["households"] if row["allowance.dibao.unknown"]}
        for row in side["claims"]:
            had[home_of[row["person"]]] += row["health.paid"] + row["health.waived"]
        have.append(had)
    gain = {home: have[1][home] - have[0][home] for home in have[0]}
    for part, who in ((found.everybody, set(home_of)), *members(people, found)):
        known = {person for person in who if home_of[person] not in unknown}
        assert part.persons == len(who)
        assert part.unknown == len(who) - len(known)
        assert part.gaining == sum(gain[home_of[person]] > 0 for person in known)
        assert part.losing == sum(gain[home_of[person]] < 0 for person in known)
        assert part.gaining + part.losing + part.same + part.unknown == part.persons
        assert part.change == sum(gain[home] for home in {home_of[person] for person in known})
        own = [sum(row["health.out_of_pocket"] for row in side["claims"] if row["person"] in who) for side in sides]
        assert part.bills.out_of_pocket == Both(*own)
    assert found.everybody.losing
    assert found.everybody.gaining
    verdict = next(one for one in found.verdicts if one.name == "allowance.dibao")
    assert verdict.met == Both(
        *(sum(row["allowance.dibao"] is not None for row in side["households"]) for side in sides)
    )
    assert verdict.unknown.before == sum(row["allowance.dibao.unknown"] for row in sides[0]["households"])


def members(people: pp.Population, found: Comparison) -> list[tuple[Part, set[int]]]:
    texts = dict(people.persons.select("id", pl.col("groups").cast(pl.String)).rows())
    named = {person: set(text.split(", ")) - {""} for person, text in texts.items()}
    return [
        (part, {one for one, groups in named.items() if (part.name in groups if part.name != "none" else not groups)})
        for part in found.groups
    ]


def test_tenths_are_of_the_same_size_and_rise(people: pp.Population, both: Any) -> None:
    rules, _, found = both
    income = {row["id"]: row["account.income"] for row in rows_of(rules, people)["households"]}
    sizes = dict(people.persons.group_by("household").len().rows())
    assert [part.name for part in found.deciles] == [str(number) for number in range(1, 11)]
    assert sum(part.persons for part in found.deciles) == 3_000
    largest = max(sizes.values())
    assert all(abs(part.persons - 300) <= largest for part in found.deciles)
    ranked = sorted(income, key=lambda home: Fraction(income[home], sizes[home]))
    poorest: list[int] = []
    while sum(sizes[home] for home in poorest) + sizes[ranked[len(poorest)]] / 2 <= 300:
        poorest.append(ranked[len(poorest)])
    assert found.deciles[0].persons == sum(sizes[home] for home in poorest)
    for name in ("persons", "gaining", "losing", "same", "unknown", "change"):
        assert sum(getattr(part, name) for part in found.deciles) == getattr(found.everybody, name)


def test_who_is_poor_row_by_row(people: pp.Population, both: Any) -> None:
    rules, reform, found = both
    sides = [rows_of(one, people) for one in (rules, reform)]
    sizes = dict(people.persons.group_by("household").len().rows())
    home_of = dict(people.persons.select("id", "household").rows())
    lacking: list[dict[int, tuple[int, bool]]] = []
    for side in sides:
        left = dict.fromkeys(sizes, 0)
        for row in side["claims"]:
            left[home_of[row["person"]]] += row["health.out_of_pocket"]
        lacking.append({})
        for row in side["households"]:
            if row["allowance.dibao.unknown"] or any(
                one["benefit.premium.unknown"] for one in side["persons"] if one["household"] == row["id"]
            ):
                continue
            has = row["account.income"] + 12 * (row["allowance.dibao"] or 0)
            needs = row["line.poverty"] * sizes[row["id"]]
            lacking[-1][row["id"]] = needs - has + left[row["id"]], has >= needs
    known = set(lacking[0]) & set(lacking[1])
    assert found.poverty is not None
    assert found.poverty.known == sum(sizes[home] for home in known)
    poor = [{home for home in known if side[home][0] > 0} for side in lacking]
    assert found.poverty.persons == Both(*(sum(sizes[home] for home in one) for one in poor))
    assert found.poverty.gap == Both(
        *(sum(side[home][0] for home in one) for side, one in zip(lacking, poor, strict=True))
    )
    assert found.poverty.by_bills == Both(
        *(sum(sizes[home] for home in one if side[home][1]) for side, one in zip(lacking, poor, strict=True))
    )
    assert found.poverty.persons.before > 0


def test_a_line_and_an_income_of_ones_own(people: pp.Population, both: Any) -> None:
    rules, reform, _ = both
    homes = people.households.with_columns(pl.lit(400_000).alias("人均收入"))
    found = pp.compare(rules, reform, attrs.evolve(people, households=homes), income="人均收入", line="3900 元")
    assert found.poverty is not None
    assert found.poverty.line == 390_000
    assert found.income is not None
    assert "按人均收入分十等份（人均收入）" in found.report("zh")
    # whoever pays more than 100 yuan per head for care, less what is received, is below
    assert 0 < found.poverty.persons.before < 3_000
    assert found.poverty.by_bills == found.poverty.persons
    at_the_line = pp.compare(rules, reform, attrs.evolve(people, households=homes), income="人均收入", line="4000 元")
    assert at_the_line.poverty is not None
    assert at_the_line.poverty.by_bills == at_the_line.poverty.persons  # nobody is below it before any bill
    rich = pp.compare(rules, reform, attrs.evolve(people, households=homes), income="人均收入", line="0 元")
    assert rich.poverty is not None
    assert rich.poverty.persons.before < found.poverty.persons.before
    with pytest.raises(pp.InputError, match="'人均收人'; did you mean '人均收入'"):
        pp.compare(rules, reform, attrs.evolve(people, households=homes), income="人均收人")
    with pytest.raises(pp.InputError, match=r"did you mean 'account\.income'"):
        pp.compare(rules, reform, people, income="account.incom")


def test_support_that_an_account_counts_is_not_added_again() -> None:
    counts = {"items": {"wage": "counted"}, "results": {"allowance.dibao": "counted"}}
    exits = {"account": "exit_income", "months": 12, **counts, "label": {"zh": "退出收入", "en": "income for exit"}}
    rules = rules_of(LINE, ACCOUNT, ALLOWANCE, exits)
    reform = rules.reform({"line.dibao.amount": "600 元"})
    homes = pl.DataFrame({"id": ["h"], "residence": ["rural"], "records_complete": [True], "income.wage": ["1200"]})
    persons = pl.DataFrame({"id": ["p"], "household": ["h"], "groups": [""]})
    people = pp.Population(persons=persons, households=homes)
    # a wage of 100 and an allowance of 400 (then 500) a month are 6,000 (7,200) a year, whoever counts the allowance
    expected = {
        "6000 元": (Both(0, 0), Both(0, 0)),
        "7000 元": (Both(1, 0), Both(100_000, 0)),
        "7200.01 元": (Both(1, 1), Both(120_001, 1)),
    }
    for income in ("account.income", "account.exit_income"):
        for line, poor in expected.items():
            found = pp.compare(rules, reform, people, income=income, line=line).poverty
            assert found is not None
            assert (found.persons, found.gap) == poor, (income, line)


def test_the_other_way_round_everything_is_the_other_way_round(people: pp.Population, both: Any) -> None:
    rules, reform, there = both
    back = pp.compare(reform, rules, people)
    assert back.paid == Both(there.paid.after, there.paid.before)
    assert (back.everybody.gaining, back.everybody.losing) == (there.everybody.losing, there.everybody.gaining)
    assert back.everybody.change == -there.everybody.change
    assert [one.amount.change for one in back.payments] == [-one.amount.change for one in there.payments]
    same = pp.compare(rules, rules, people)
    assert (same.paid.change, same.everybody.same + same.everybody.unknown) == (0, 3_000)
    assert same.everybody.unknown == 0  # what is worked out alike under both is no gain, even where it is not known
    assert same.changes == ()


# --- as text, spreadsheet, JSON, on the command line ----------------------------------------------------------


def test_the_report_in_both_languages_and_as_a_spreadsheet(both: Any) -> None:
    _, _, found = both
    for lang, words in (
        ("zh", ("支出", "实际报销比例", "低保对象", "最低", "贫困线")),
        ("en", ("payments", "actual reimbursement rate", "the poorest", "poverty line")),
    ):
        text = found.report(lang)
        assert all(word in text for word in words)
        assert str(pp.Money.of_fen(found.paid.change)) in text
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in found.report("en").replace("各项", ""))
    book = load_workbook(io.BytesIO(found.to_xlsx("zh")))
    assert book.sheetnames == ["规则比较", "支出", "负担", "人群", "收入十等份", "认定", "贫困"]
    cells = {row[0].value: row[2].value for row in book["支出"].iter_rows(min_row=3)}
    assert cells["大病保险"] == pytest.approx(found.payment("health.critical_illness").amount.after / 100)
    counts = {row[0].value: row[1].value for row in book["人群"].iter_rows(min_row=3)}
    assert counts["全体"] == 3_000


def test_a_title_never_becomes_a_formula(people: pp.Population) -> None:
    rules = pp.load("henan", on="2018-07-01")
    found = pp.compare(rules, rules.reform(LOWER, "=1+1"), people)
    book = load_workbook(io.BytesIO(found.to_xlsx()))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def whatif(*arguments: str | Path) -> int:
    return main(["whatif", *map(str, arguments), "--rules", "henan@2018-07-01", "--lang", "zh"])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lower = EXAMPLES / "henan-lower.yaml"
    assert whatif(lower, "--population", "synthetic:2000:5") == 0
    told = capsys.readouterr().out
    assert told.startswith("规则比较：贫困人口大病保险起付线降为 5000 元，第一段提高到 85%\n")
    assert "7,500.00 元 → 5,000.00 元" in told
    rules = pp.load("henan", on="2018-07-01")
    found = pp.compare(rules, read_reform(lower, rules), pp.synthetic(rules, 2_000, seed=5))
    assert told == found.report("zh")
    assert whatif(lower, "--population", "synthetic:2000:5", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == found.to_dict()
    sheet = tmp_path / "out.xlsx"
    assert whatif(lower, "--population", "synthetic:2000:5", "--format", "xlsx", "--output", sheet) == 0
    assert load_workbook(sheet).sheetnames[0] == "规则比较"


def test_the_command_reads_files_and_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(bills().write_csv().encode("gbk"))
    lower = EXAMPLES / "henan-lower.yaml"
    assert whatif(lower, "--population", path, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["payments"][1]["before"] == "11840.25"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("title: 试\nchanges:\n  health.critical_ilness.deductible.default: 1 元\n", encoding="utf-8")
    assert whatif(wrong, "--population", path) == 1
    told = capsys.readouterr().err
    assert f"{wrong}:3:" in told
    assert "critical_illness" in told
    wrong.write_text("titel: 试\nchanges: {}\n", encoding="utf-8")
    assert whatif(wrong, "--population", path) == 1
    assert "title" in capsys.readouterr().err
    for population in ("synthetic:", "synthetic:many", "synthetic:10:x"):
        assert whatif(lower, "--population", population) == 1
        assert "synthetic:人数" in capsys.readouterr().err
    assert whatif(lower, "--population", path, "--format", "xlsx") == 1
    assert "--output" in capsys.readouterr().err


def script(name: str, *arguments: str | Path) -> list[str]:
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout.splitlines()


def test_the_example_of_henan(tmp_path: Path) -> None:
    told = script("henan_what_if.py", "2000", tmp_path / "henan.xlsx")
    assert told[0] == "规则比较"
    assert "15,000.00 元 → 7,500.00 元" in "\n".join(told)
    assert load_workbook(tmp_path / "henan.xlsx").sheetnames[1] == "支出"


def test_the_example_of_gansu() -> None:
    told = script("gansu_what_if.py", "5000")
    costs = [int(line[26:42].replace(",", "").replace(".", "")) for line in told[1:4]]
    assert 0 < max(costs[:2]) < costs[2] < costs[0] + costs[1]  # what one pays, the other no longer does
    assert told[-1].startswith("The plan expects 3 points or more of the lower deductible; here it is ")


def test_the_rules_behind_the_example_of_gansu() -> None:
    rules = pp.load_file(EXAMPLES / "gansu-plan.yaml")
    bill = {"date": "2015-06-01", "kind": "inpatient", "facility_level": "county", "cost": {"in_scope": "40000"}}
    found = rules.assess({"insurance": "ncms", "groups": [], "claims": [bill]})
    assert found["health.basic"] == pp.Money("28000")  # 70 %
    assert found["health.critical_illness"] == pp.Money("4200")  # of 12,000, 7,000 at 60 %
