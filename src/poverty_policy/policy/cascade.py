"""What a cascade means: its entries' pages of the book, bound into one program.

Totals over a person's claims and a household's persons have the names of the steps with ``person:`` and
``household:`` before them.
"""

from __future__ import annotations

from collections.abc import Mapping

from poverty_policy.formula import graph as g
from poverty_policy.policy.book import OTHER, PROGRAMME, Book
from poverty_policy.policy.reimbursement import Cascade

__all__ = ["OTHER", "PROGRAMME", "describe"]


def describe(cascade: Cascade, most: int, groups: Mapping[str, g.Node] | None = None) -> g.Program:
    """The program of a cascade.

    Args:
        cascade: the entries.
        most: the most that one component of one claim's cost may be, in fen.
        groups: groups for which a result of other rules may stand in for the status.

    Raises:
        RuleError: a multiplied rate is no whole number of 1/10,000.
    """
    book = Book(cascade.vocabulary, cascade.components(), cascade.diseases(), most, groups)
    book.step("cost", g.add(*book.left.values()))
    insurance = [entry for entry in cascade.entries if not entry.BEFORE_INSURANCE]
    for entry in cascade.entries:
        if entry.BEFORE_INSURANCE:
            entry.describe(book)
    book.step("waived", g.add(*book.waived))
    book.begin_insurance()
    for entry in insurance:
        entry.describe(book)
    book.step("paid", g.add(*(book.named(entry.name) for entry in insurance)))
    book.step("out_of_pocket", g.add(*book.left.values()))
    return _with_totals(cascade, book)


def _with_totals(cascade: Cascade, book: Book) -> g.Program:
    names = [f"{PROGRAMME}.{entry.name}" for entry in cascade.entries]
    applies = [f"{name}.applies" for name in names]
    results = [*names, *(f"{PROGRAMME}.{name}" for name in ("cost", "waived", "paid", "out_of_pocket"))]
    totals: list[str] = []
    for name in (*results, *applies):
        of_claim = book.steps[name]
        if name in applies:  # a truth is counted: for how many claims it holds
            of_claim = g.choose(of_claim, g.const(1), g.ZERO)
        of_person = book.steps[f"person:{name}"] = g.total(of_claim, "person", "claim")
        book.steps[f"household:{name}"] = g.total(of_person, "household", "person")
        totals += [f"person:{name}", f"household:{name}"]
    return g.Program(book.steps, (*results, *applies, *totals), book.facts.refusals)
