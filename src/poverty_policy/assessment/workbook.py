"""An outcome as a spreadsheet: one sheet of amounts, one of steps. Text from outside never becomes a formula."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from poverty_policy.assessment.results import Unknown
from poverty_policy.errors import InputError, Lang, invalid
from poverty_policy.money import Money
from poverty_policy.policy.words import Words

if TYPE_CHECKING:
    from poverty_policy.assessment.outcome import Outcome

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def workbook(outcome: Outcome, lang: Lang) -> bytes:
    """The bytes of an xlsx file.

    Raises:
        InputError: the extra ``whatif``, which brings the writer of spreadsheets, is not installed.
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        zh = "写 xlsx 需要 openpyxl：pip install 'poverty-policy[whatif]'"
        raise InputError(invalid(zh, "writing xlsx needs openpyxl: pip install 'poverty-policy[whatif]'")) from None
    book = Workbook(write_only=True)
    sheet = book.create_sheet("结果" if lang == "zh" else "results")
    append_row(sheet, ["规则" if lang == "zh" else "rules", *outcome.rules.identity.values()])
    if outcome.health_names:
        append_row(sheet, ["参保人" if lang == "zh" else "person", *outcome.health_names])
        for person, amounts in zip(outcome.gathered.persons, outcome.persons, strict=True):
            append_row(sheet, [person.id, *(amounts[name] for name in outcome.health_names)])
        append_row(sheet, ["合计" if lang == "zh" else "total", *(outcome[name] for name in outcome.health_names)])
        _settlement(book, outcome, lang)
    if outcome.engine.whole is not None:
        _decisions(book, outcome, lang)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _settlement(book: Any, outcome: Outcome, lang: Lang) -> None:
    """Every step of every claim."""
    cascade = outcome.rules.cascade
    steps = book.create_sheet("步骤" if lang == "zh" else "steps")
    append_row(steps, ["person", "claim", "date", "entry", "step", "value", "source", "locator", "status", "grade"])
    for one in outcome.steps():
        source = one["source"]
        label = cascade.label(one["entry"].split(".")[1]).text(lang)
        for step, value in one["values"].items():
            cells = [one["person"], one["claim"], one["date"], label, step, value]
            append_row(steps, [*cells, source["text"], source["locator"], source["status"], source["grade"]])


def _decisions(book: Any, outcome: Outcome, lang: Lang) -> None:
    """One sheet of decisions, one of the indicators behind them."""
    words = Words(lang, outcome.rules.scheme.vocabulary)
    sheet = book.create_sheet("判定" if lang == "zh" else "decisions")
    append_row(sheet, ["level", "subject", "date", "name", "label", "result", "missing", "source", "locator", "grade"])
    tests = book.create_sheet("指标" if lang == "zh" else "indicators")
    append_row(tests, ["level", "subject", "name", "indicator", "label", "met", "value", "threshold", "distance"])
    for one in outcome.decisions:
        citation = one.citation
        whose = [one.level, one.subject]
        told = "unknown" if isinstance(one.result, Unknown) else one.result
        missing = "; ".join(part.text(lang) for part in one.missing)
        source = [citation.text(lang), citation.locator, citation.source.grade]
        label = words.known("provision", one.name)
        append_row(sheet, [*whose, one.on.isoformat(), one.name, label, told, missing, *source])
        for test in one.indicators(words):
            met = {True: "met", False: "not met", None: "unknown"}[test["met"]]
            numbers = [test.get(key) for key in ("value", "threshold", "distance")]
            append_row(tests, [*whose, one.name, test["name"], test["label"], met, *numbers])


def append_row(sheet: Any, values: list[Any]) -> None:
    """Append a row: money as exact decimal numbers, everything else as text that is never calculated."""
    from openpyxl.cell import WriteOnlyCell

    cells = []
    for value in values:
        cell = WriteOnlyCell(sheet)
        if isinstance(value, Money):
            cell.value = value.yuan
            cell.number_format = "#,##0.00"
        elif isinstance(value, int) and not isinstance(value, bool):
            cell.value = value
            cell.number_format = "#,##0"
        elif value is not None:
            cell.value = _NOT_IN_XML.sub("", str(value))
            cell.data_type = "s"  # "=1+1" stays the four characters it is
        cells.append(cell)
    sheet.append(cells)
