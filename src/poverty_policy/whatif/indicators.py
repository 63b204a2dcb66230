"""What a comparison says: amounts before and after, who gains and who loses, and how many are poor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from poverty_policy.errors import Lang
from poverty_policy.money import Money, quotient
from poverty_policy.ruleset.diff import Difference
from poverty_policy.terms import Term

#: In how many parts a weight of 1 is counted.
WHOLE = 10_000


@attrs.frozen
class Both:
    """A number under the baseline and under the reform."""

    before: int
    after: int

    @property
    def change(self) -> int:
        """How much more it is under the reform."""
        return self.after - self.before

    @classmethod
    def weighted(cls, before: int, after: int) -> Both:
        """Of sums in which each row counts with its weight in 1/10,000; half a unit is rounded up."""
        return cls(unweighted(before), unweighted(after))


def unweighted(total: int) -> int:
    """A sum in which each row counts with its weight in 1/10,000."""
    return quotient(total, WHOLE, "half_up")


def share(part: int, of: int) -> int | None:
    """A part as a rate in 1/10,000; ``None`` of nothing."""
    return quotient(part * 10_000, of, "half_up") if of > 0 else None


@attrs.frozen
class Payment:
    """What a layer, an allowance or a benefit pays, all together.

    Attributes:
        name: its full name.
        term: what it is called.
        entity: to whom it is paid: a claim, a person, a household, an area.
        amount: in fen, for a year; what is paid by month counts twelve times.
        receiving: how many of them receive something.
        unknown: of how many it is not known; they are not in the amount.
    """

    name: str
    term: Term
    entity: str
    amount: Both
    receiving: Both
    unknown: Both


@attrs.frozen
class Bills:
    """All bills together, in fen.

    Attributes:
        cost: what the care cost.
        paid: what waivers and layers took off it.
        out_of_pocket: what was left.
    """

    cost: Both
    paid: Both
    out_of_pocket: Both

    @property
    def rate(self) -> tuple[int | None, int | None]:
        """The actual reimbursement rate before and after, in 1/10,000 of the cost."""
        return share(self.paid.before, self.cost.before), share(self.paid.after, self.cost.after)


@attrs.frozen
class Part:
    """A part of the population.

    Attributes:
        name: a group's name, a decile's number, ``all``, ``none`` (in no group) or ``unknown``.
        term: what it is called.
        persons: how many they are.
        gaining, losing, same, unknown: how many of them live in households (of bills alone: are persons) that have
            more or less under the reform, the same, or of which that is not known.
        change: what the households in which they live have more in a year, in fen, each household counted once; of
            those of which it is known.
        bills: their own bills.
    """

    name: str
    term: Term
    persons: int
    gaining: int
    losing: int
    same: int
    unknown: int
    change: int
    bills: Bills


@attrs.frozen
class Poverty:
    """How many are poor.

    Attributes:
        line: per head and year, in fen; ``None`` where it is one of the rules' lines, which may differ by household.
        term: what the line is called.
        persons: those in households whose income, less what they pay for care, and with what they receive, is below it.
        gap: what they lack in a year, all together, in fen.
        by_bills: those of them who are below it only because of what they pay for care.
        known: in how many persons' households all of this is known under both.
    """

    line: int | None
    term: Term
    persons: Both
    gap: Both
    by_bills: Both
    known: int


@attrs.frozen
class Verdict:
    """How many meet a condition: an allowance, a benefit, a criterion.

    Attributes:
        name: its full name.
        term: what it is called.
        entity: of whom it is asked.
        met: of how many it is true.
        unknown: of how many it is not known.
    """

    name: str
    term: Term
    entity: str
    met: Both
    unknown: Both


@attrs.frozen
class Comparison:
    """Two rule sets on one population. Every number is a whole number of fen, of persons or of claims.

    Attributes:
        baseline, reform: what identifies each rule set: place, date, hash, version.
        places: where each holds.
        title: what the reform is called.
        changes: in what they differ.
        weighted: whether rows have weights.
        rows: how many claims, persons and households there are, without weights.
        persons: how many persons they stand for.
        payments: each layer, allowance and benefit.
        everybody: the whole population as one part, with all bills.
        groups: its parts by group; who is in several counts in each.
        income: the account or column that deciles and poverty go by; ``None`` where no income is known.
        deciles: its parts by income per head, from the poorest tenth on; empty where no income is known.
        verdicts: who meets what.
        poverty: how many are poor; ``None`` where no income or no line is known.
        warnings: what a reader of every result must know.
    """

    baseline: dict[str, Any]
    reform: dict[str, Any]
    places: tuple[Term, Term]
    title: str
    changes: tuple[Difference, ...]
    weighted: bool
    rows: dict[str, int]
    persons: int
    payments: tuple[Payment, ...]
    everybody: Part
    groups: tuple[Part, ...]
    income: Term | None
    deciles: tuple[Part, ...]
    verdicts: tuple[Verdict, ...]
    poverty: Poverty | None
    warnings: tuple[str, ...]

    def payment(self, name: str) -> Payment:
        """One of the payments, by its full name.

        Raises:
            KeyError: there is none of that name.
        """
        for one in self.payments:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def paid(self) -> Both:
        """All payments together, in fen and for a year: what the reform costs is its ``change``."""
        return Both(sum(one.amount.before for one in self.payments), sum(one.amount.after for one in self.payments))

    def report(self, lang: Lang = "zh") -> str:
        """Everything as text, in Chinese (``zh``) or English (``en``)."""
        from poverty_policy.whatif.report import report

        return report(self, lang)

    def to_xlsx(self, lang: Lang = "zh") -> bytes:
        """The bytes of a spreadsheet with a sheet for each table.

        Raises:
            InputError: the extra ``[whatif]`` is not installed.
        """
        from poverty_policy.whatif.report import workbook

        return workbook(self, lang)

    def to_dict(self) -> dict[str, Any]:
        """Everything for machines: amounts in yuan as text with two decimals, counts as whole numbers."""
        return {
            "baseline": self.baseline,
            "reform": {**self.reform, "title": self.title},
            "changes": [one.to_dict() for one in self.changes],
            "weighted": self.weighted,
            "rows": self.rows,
            "persons": self.persons,
            "payments": [
                {
                    "name": one.name, "label": one.term.zh, "label_en": one.term.en, "of": one.entity,
                    **_yuan(one.amount), "receiving_before": one.receiving.before,
                    "receiving_after": one.receiving.after,
                    "unknown_before": one.unknown.before, "unknown_after": one.unknown.after,
                }
                for one in self.payments
            ],
            "everybody": _part(self.everybody),
            "groups": [_part(one) for one in self.groups],
            "income": None if self.income is None else {"label": self.income.zh, "label_en": self.income.en},
            "deciles": [_part(one) for one in self.deciles],
            "verdicts": [
                {
                    "name": one.name, "label": one.term.zh, "label_en": one.term.en, "of": one.entity,
                    "met_before": one.met.before, "met_after": one.met.after,
                    "unknown_before": one.unknown.before, "unknown_after": one.unknown.after,
                }
                for one in self.verdicts
            ],
            "poverty": None if self.poverty is None else dict(_poverty(self.poverty)),
            "warnings": list(self.warnings),
        }  # fmt: skip


def _text(fen: int) -> str:
    return Money.of_fen(fen).plain()


def _yuan(amount: Both) -> dict[str, str]:
    return {"before": _text(amount.before), "after": _text(amount.after), "change": _text(amount.change)}


def _part(part: Part) -> dict[str, Any]:
    return {
        "name": part.name, "label": part.term.zh, "label_en": part.term.en, "persons": part.persons,
        "gaining": part.gaining, "losing": part.losing, "same": part.same, "unknown": part.unknown,
        "change": _text(part.change), "cost": _text(part.bills.cost.before), "paid": _yuan(part.bills.paid),
        "out_of_pocket": _yuan(part.bills.out_of_pocket),
        "rate_before": part.bills.rate[0], "rate_after": part.bills.rate[1],
    }  # fmt: skip


def _poverty(found: Poverty) -> Iterator[tuple[str, Any]]:
    yield "line", None if found.line is None else _text(found.line)
    yield "label", found.term.zh
    yield "label_en", found.term.en
    for name in ("persons", "by_bills"):
        both: Both = getattr(found, name)
        yield name, {"before": both.before, "after": both.after, "change": both.change}
    yield "gap", _yuan(found.gap)
    yield "known", found.known
