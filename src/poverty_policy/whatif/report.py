"""A comparison for people: tables as text, and as a spreadsheet. Text from outside never becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs

from poverty_policy.assessment.statement import display_width
from poverty_policy.errors import InputError, Lang, invalid
from poverty_policy.money import Money
from poverty_policy.terms import Term
from poverty_policy.whatif.indicators import Both, Comparison, Part

_MOST_CHANGES = 30
_SHEETS = {
    "payments": Term("支出", "payments"),
    "burden": Term("负担", "burden"),
    "who": Term("人群", "who"),
    "deciles": Term("收入十等份", "tenths"),
    "poverty": Term("贫困", "poverty"),
}
_SAYS: dict[str, tuple[str, str]] = {
    "what": ("规则比较", "rules compared"),
    "baseline": ("现行规则", "baseline"),
    "reform": ("改动后", "reform"),
    "population": ("人口", "population"),
    "counted": ("{persons} 人（{rows}）", "{persons} persons ({rows})"),
    "weighted": ("，已加权", ", weighted"),
    "claims": ("结算 {many} 次", "{many} claims"),
    "persons": ("{many} 人", "{many} persons"),
    "households": ("{many} 户", "{many} households"),
    "villages": ("{many} 个村", "{many} villages"),
    "townships": ("{many} 个乡镇", "{many} townships"),
    "counties": ("{many} 个县", "{many} counties"),
    "changes": ("改动", "changes"),
    "more": ("……另有 {many} 处", "… and {many} more"),
    "value": ("数值", "value"),
    "payments": ("支出（一年，元）", "payments (a year, yuan)"),
    "payer": ("项目", "what pays"),
    "before": ("现行", "before"),
    "after": ("改后", "after"),
    "change": ("增减", "change"),
    "percent": ("增减 %", "change %"),
    "receiving": ("受益（现行）", "receiving"),
    "receiving_after": ("受益（改后）", "receiving after"),
    "all": ("合计", "total"),
    "burden": ("医疗费用负担（一年，元）", "the burden of care (a year, yuan)"),
    "cost": ("总费用", "cost"),
    "paid": ("报销和减免", "reimbursed and waived"),
    "left": ("个人自付", "out of pocket"),
    "rate": ("实际报销比例", "actual reimbursement rate"),
    "points": ("{sign}{points} 个百分点", "{sign}{points} points"),
    "who": ("谁受益（人；按所在户计）", "who gains (persons, by their household)"),
    "deciles": ("按人均收入分十等份（{income}）", "by income per head, in tenths ({income})"),
    "part": ("人群", "who"),
    "number": ("人数", "persons"),
    "gaining": ("得益", "gain"),
    "losing": ("受损", "lose"),
    "same": ("不变", "same"),
    "unknown": ("不明", "not known"),
    "more_a_year": ("全户一年增减（元）", "households' change (yuan)"),
    "own_left": ("本人自付 现行", "own out of pocket"),
    "own_after": ("改后", "after"),
    "rate_before": ("报销比例 现行", "rate"),
    "verdicts": ("认定", "who meets what"),
    "verdict": ("项目", "what is asked"),
    "met": ("符合（现行）", "met"),
    "met_after": ("符合（改后）", "met after"),
    "unknown_before": ("不明（现行）", "not known"),
    "unknown_after": ("不明（改后）", "not known after"),
    "poverty": ("贫困：家庭收入加补助、减自付医疗费后，低于“{line}”",
                "poverty: income and support, less own payments for care, below “{line}”"),
    "poor": ("人数", "persons"),
    "by_bills": ("其中因医疗费跌破的", "of them because of bills"),
    "gap": ("缺口（一年，元）", "what they lack (a year, yuan)"),
    "known": ("以上按情况已知的 {known} 人计", "of {known} persons of whom all of this is known"),
    "indicator": ("指标", "indicator"),
    "note": ("注意", "note"),
}  # fmt: skip

#: A cell: an amount, a rate in 1/10,000, a count, or text.
Cell = Any


@attrs.frozen
class _Rate:
    parts: int | None

    def __str__(self) -> str:
        return "—" if self.parts is None else f"{Decimal(self.parts).scaleb(-2):.2f}%"


@attrs.frozen
class _Table:
    """A table as it is shown: a title, a head, rows, and what stands below."""

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    below: str = ""


def report(found: Comparison, lang: Lang) -> str:
    """Every table as text, one below the other."""
    lines = list(_about(found, lang))
    for number, table in enumerate(_tables(found, lang), 1):
        lines += ["", f"{number}. {table.title}" if lang == "en" else f"{number}、{table.title}"]
        lines += _aligned([table.head, *table.rows])
        if table.below:
            lines.append(table.below)
    for warning in found.warnings:
        lines += ["", f"{_say('note', lang)}: {warning}"]
    return "\n".join(lines) + "\n"


def workbook(found: Comparison, lang: Lang) -> bytes:
    """The bytes of an xlsx file: a sheet about what was compared, and one for each table.

    Raises:
        InputError: the extra ``[whatif]`` is not installed.
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        zh = "写 xlsx 需要 openpyxl：pip install 'poverty-policy[whatif]'"
        raise InputError(invalid(zh, "writing xlsx needs openpyxl: pip install 'poverty-policy[whatif]'")) from None
    from poverty_policy.assessment.workbook import append_row

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_say("what", lang))
    for line in _about(found, lang):
        append_row(sheet, [line])
    for warning in found.warnings:
        append_row(sheet, [warning])
    for table in _tables(found, lang):
        sheet = book.create_sheet(table.name)
        for place in range(1, len(table.head) + 1):
            sheet.column_dimensions[_letter(place)].width = 26 if place == 1 else 16
        append_row(sheet, [table.title])
        append_row(sheet, list(table.head))
        for row in table.rows:
            append_row(sheet, [str(cell) if isinstance(cell, _Rate) else cell for cell in row])
        if table.below:
            append_row(sheet, [table.below])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _letter(place: int) -> str:
    return chr(ord("A") + place - 1)


def _about(found: Comparison, lang: Lang) -> Iterator[str]:
    """What was compared, on whom."""
    colon = "：" if lang == "zh" else ": "
    yield f"{_say('what', lang)}{colon}{found.title}" if found.title else _say("what", lang)
    for name, place in zip(("baseline", "reform"), found.places, strict=True):
        rules = getattr(found, name)
        yield f"  {_say(name, lang)}{colon}{place.text(lang)} {rules['date']}  {rules['hash'][:12]}"
    rows = [_say(name, lang, many=f"{many:,}") for name, many in found.rows.items()]
    listed = ("，" if lang == "zh" else ", ").join(rows) + (_say("weighted", lang) if found.weighted else "")
    yield f"  {_say('population', lang)}{colon}{_say('counted', lang, persons=f'{found.persons:,}', rows=listed)}"
    yield f"  {_say('changes', lang)}{colon.rstrip()}"
    for one in found.changes[:_MOST_CHANGES]:
        before, after = (_NOTHING if side is None else side.text(lang) for side in (one.before, one.after))
        yield f"    {one.name}  {before} → {after}"
    if len(found.changes) > _MOST_CHANGES:
        yield f"    {_say('more', lang, many=len(found.changes) - _MOST_CHANGES)}"


_NOTHING = "—"


def _tables(found: Comparison, lang: Lang) -> Iterator[_Table]:
    if found.payments:
        yield _payments(found, lang)
    if found.everybody.bills.cost.before:
        yield _burden(found, lang)
    yield _parts("who", [found.everybody, *found.groups], lang)
    if found.income is not None:
        yield _parts("deciles", found.deciles, lang, income=found.income.text(lang))
    if found.verdicts:
        head = [_say(name, lang) for name in ("verdict", "met", "met_after", "unknown_before", "unknown_after")]
        rows = [
            [one.term.text(lang), one.met.before, one.met.after, one.unknown.before, one.unknown.after]
            for one in found.verdicts
        ]
        yield _Table(_say("verdicts", lang), _say("verdicts", lang), head, rows)
    if found.poverty is not None:
        yield _poverty(found, lang)


def _payments(found: Comparison, lang: Lang) -> _Table:
    words = ["payer", "before", "after", "change", "percent", "receiving", "receiving_after"]
    rows: list[list[Cell]] = [
        [one.term.text(lang), *_amounts(one.amount), one.receiving.before, one.receiving.after]
        for one in found.payments
    ]
    total: list[Cell] = [_say("all", lang), *_amounts(found.paid), "", ""]
    if any(one.unknown != Both(0, 0) for one in found.payments):
        words += ["unknown_before", "unknown_after"]
        for row, one in zip(rows, found.payments, strict=True):
            row += [one.unknown.before, one.unknown.after]
        total += ["", ""]
    head = [_say(word, lang) for word in words]
    return _Table(_sheet("payments", lang), _say("payments", lang), head, [*rows, total])


def _burden(found: Comparison, lang: Lang) -> _Table:
    bills = found.everybody.bills
    head = [_say(name, lang) for name in ("indicator", "before", "after", "change", "percent")]
    rows: list[list[Cell]] = [
        [_say(name, lang), *_amounts(both)]
        for name, both in (("cost", bills.cost), ("paid", bills.paid), ("left", bills.out_of_pocket))
    ]
    before, after = bills.rate
    moved = None if before is None or after is None else after - before
    points = "" if moved is None else _say(
        "points", lang, sign="+" if moved > 0 else "", points=f"{Decimal(moved).scaleb(-2):.2f}"
    )  # fmt: skip
    rows.append([_say("rate", lang), _Rate(before), _Rate(after), points, ""])
    return _Table(_sheet("burden", lang), _say("burden", lang), head, rows)


def _parts(name: str, parts: Sequence[Part], lang: Lang, **facts: object) -> _Table:
    words = ("part", "number", "gaining", "losing", "same", "unknown", "more_a_year", "own_left", "own_after",
             "rate_before", "own_after")  # fmt: skip
    rows = [
        [
            part.term.text(lang), part.persons, part.gaining, part.losing, part.same, part.unknown,
            Money.of_fen(part.change), Money.of_fen(part.bills.out_of_pocket.before),
            Money.of_fen(part.bills.out_of_pocket.after), *(_Rate(rate) for rate in part.bills.rate),
        ]
        for part in parts
    ]  # fmt: skip
    return _Table(_sheet(name, lang), _say(name, lang, **facts), [_say(word, lang) for word in words], rows)


def _poverty(found: Comparison, lang: Lang) -> _Table:
    poverty = found.poverty
    assert poverty is not None
    head = [_say(name, lang) for name in ("indicator", "before", "after", "change")]
    rows: list[list[Cell]] = [
        [_say(name, lang), both.before, both.after, both.change]
        for name, both in (("poor", poverty.persons), ("by_bills", poverty.by_bills))
    ]
    rows.append(
        [_say("gap", lang), *(Money.of_fen(one) for one in (poverty.gap.before, poverty.gap.after, poverty.gap.change))]
    )
    title = _say("poverty", lang, line=poverty.term.text(lang))
    return _Table(_sheet("poverty", lang), title, head, rows, _say("known", lang, known=f"{poverty.known:,}"))


def _amounts(both: Both) -> list[Cell]:
    """Before, after, the difference, and that as a share of before."""
    percent = "" if both.before == 0 else f"{Decimal(both.change * 100) / Decimal(both.before):+.2f}%"
    return [Money.of_fen(both.before), Money.of_fen(both.after), Money.of_fen(both.change), percent]


def _sheet(name: str, lang: Lang) -> str:
    """The short name of a sheet."""
    return _SHEETS[name].text(lang)


def _say(key: str, lang: Lang, /, **facts: object) -> str:
    zh, en = _SAYS[key]
    return (zh if lang == "zh" else en).format(**facts)


def _aligned(rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Rows in columns: the first to the left, numbers to the right."""
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(display_width(row[place]) for row in texts) for place in range(len(texts[0]))]
    for row in texts:
        cells = []
        for place, text in enumerate(row):
            space = " " * (widths[place] - display_width(text))
            cells.append(text + space if place == 0 else space + text)
        yield "  " + "  ".join(cells).rstrip()
