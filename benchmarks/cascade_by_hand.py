"""The same rules as an engineer would write them by hand, for these two cascades and nothing else.

Whole fen, rates in 1/10,000, half-up by ``(x + 5000) // 10000``. Conditional expressions stand where ``min``
and ``max`` would, and what does not apply is not calculated: this is the fast way to write it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Rows = Mapping[str, Sequence[tuple[Any, ...]]]
Parents = Mapping[str, Sequence[int]]
Results = dict[str, list[tuple[Any, ...]]]

_SUMS = ("health.cost", "health.waived", "health.paid", "health.out_of_pocket")
_START = (0, 0, 0, 0, 0, 0)

YEAR_INPUTS = (
    "cost.in_scope", "cost.other", "observed.basic", "insurance", "group.registered_poor", "group.dibao",
    "group.tekun", "benefit_year",
)  # fmt: skip
YEAR_AMOUNTS = ("health.basic", "health.critical_illness", "health.supplementary", *_SUMS)
YEAR_APPLIES = ("health.basic.applies", "health.critical_illness.applies", "health.supplementary.applies")
YEAR_REFUSALS = ("observed:basic",)

CHAIN_INPUTS = (
    "cost.in_scope", "cost.other", "facility_level", "group.registered_poor", "group.dibao", "group.tekun",
)  # fmt: skip
CHAIN_AMOUNTS = (
    "health.basic", "health.critical_illness", "health.medical_assistance", "health.bottom_line", *_SUMS,
)  # fmt: skip
CHAIN_APPLIES = (
    "health.basic.applies", "health.critical_illness.applies", "health.medical_assistance.applies",
    "health.bottom_line.applies",
)  # fmt: skip
CHAIN_REFUSALS: tuple[str, ...] = ()


def year(rows: Rows, parents: Parents) -> Results:
    """Henan 2018: basic as billed, then two annual layers with a deductible and bands."""
    of_person = [[0] * 10 for _ in rows["person"]]
    years: dict[tuple[int, int], tuple[int, ...]] = {}
    claims = []
    for (in_scope, other, billed, insurance, registered, dibao, tekun, benefit_year), person in zip(
        rows["claim"], parents["claim"], strict=True
    ):
        poor = registered or dibao or tekun
        resident = insurance == "resident"
        key = (person, benefit_year)
        burden, taken, earned, burden_2, taken_2, earned_2 = years.get(key, _START)

        basic = billed if billed < in_scope else in_scope
        left = in_scope - basic

        critical = 0
        if resident:
            payable = left
            line = (750000 if poor else 1500000) - taken
            if line > 0:
                deducted = line if line < left else left
                taken += deducted
                payable -= deducted
            burden += left
            if payable:
                low = burden - payable
                before = earned
                rate_1, rate_2, rate_3 = (8000, 8500, 9500) if poor else (5000, 6000, 7000)
                if low < 5000000:
                    earned += ((burden if burden < 5000000 else 5000000) - low) * rate_1
                if burden > 5000000:
                    if low < 10000000:
                        earned += (
                            (burden if burden < 10000000 else 10000000) - (low if low > 5000000 else 5000000)
                        ) * rate_2
                    if burden > 10000000:
                        earned += (burden - (low if low > 10000000 else 10000000)) * rate_3
                critical = (earned + 5000) // 10000 - (before + 5000) // 10000
                if critical > left:
                    critical = left
                left -= critical

        supplementary = 0
        if poor:
            payable = left
            line = 300000 - taken_2
            if line > 0:
                deducted = line if line < left else left
                taken_2 += deducted
                payable -= deducted
            burden_2 += left
            if payable:
                low = burden_2 - payable
                before = earned_2
                if low < 500000:
                    earned_2 += ((burden_2 if burden_2 < 500000 else 500000) - low) * 3000
                if burden_2 > 500000:
                    if low < 1000000:
                        earned_2 += (
                            (burden_2 if burden_2 < 1000000 else 1000000) - (low if low > 500000 else 500000)
                        ) * 4000
                    if burden_2 > 1000000:
                        if low < 1500000:
                            earned_2 += (
                                (burden_2 if burden_2 < 1500000 else 1500000) - (low if low > 1000000 else 1000000)
                            ) * 5000
                        if burden_2 > 1500000:
                            if low < 5000000:
                                earned_2 += (
                                    (burden_2 if burden_2 < 5000000 else 5000000) - (low if low > 1500000 else 1500000)
                                ) * 8000
                            if burden_2 > 5000000:
                                earned_2 += (burden_2 - (low if low > 5000000 else 5000000)) * 9000
                supplementary = (earned_2 + 5000) // 10000 - (before + 5000) // 10000
                if supplementary > left:
                    supplementary = left
                left -= supplementary

        years[key] = (burden, taken, earned, burden_2, taken_2, earned_2)
        cost = in_scope + other
        paid = basic + critical + supplementary
        own = left + other
        total = of_person[person]
        total[0] += basic
        total[1] += critical
        total[2] += supplementary
        total[3] += cost
        total[5] += paid
        total[6] += own
        total[7] += 1
        if resident:
            total[8] += 1
        if poor:
            total[9] += 1
        claims.append(
            (basic, critical, supplementary, cost, 0, paid, own, True, resident, poor, billed > in_scope)
        )  # fmt: skip
    return _with_totals(claims, of_person, rows, parents)


def chain(rows: Rows, parents: Parents) -> Results:
    """Each claim alone: basic, critical illness, assistance, and the guarantee of 95 %."""
    of_person = [[0] * 12 for _ in rows["person"]]
    claims = []
    for (in_scope, other, level, registered, dibao, tekun), person in zip(rows["claim"], parents["claim"], strict=True):
        poor = registered or dibao or tekun
        if level == "township":
            line, rate = 10000, 8500
        elif level == "county":
            line, rate = 40000, 7500
        else:
            line, rate = 100000, 6000
        if poor:
            rate += 500
            if rate > 9000:
                rate = 9000
        basic = 0
        if in_scope > line:
            basic = ((in_scope - line) * rate + 5000) // 10000
            if basic > 15000000:
                basic = 15000000
        left = in_scope - basic

        critical = 0
        over = left - (750000 if poor else 1500000)
        if over > 0:
            if over <= 5000000:
                critical = (over * 6000 + 5000) // 10000
            elif over <= 10000000:
                critical = (30000000000 + (over - 5000000) * 6500 + 5000) // 10000
            else:
                critical = (62500000000 + (over - 10000000) * 7000 + 5000) // 10000
            left -= critical

        assistance = 0
        if poor:
            if tekun:
                assistance = left
            elif dibao:
                assistance = (left * 7000 + 5000) // 10000
                if assistance > 5000000:
                    assistance = 5000000
            else:
                assistance = (left * 6000 + 5000) // 10000
                if assistance > 3000000:
                    assistance = 3000000
            left -= assistance

        guarantee = 0
        if registered:
            gap = (in_scope * 9500 + 5000) // 10000 - (in_scope - left)
            if gap > 0:
                guarantee = gap
                left -= gap

        cost = in_scope + other
        paid = basic + critical + assistance + guarantee
        own = left + other
        total = of_person[person]
        total[0] += basic
        total[1] += critical
        total[2] += assistance
        total[3] += guarantee
        total[4] += cost
        total[6] += paid
        total[7] += own
        total[8] += 1
        if poor:
            total[10] += 1
        if registered:
            total[11] += 1
        claims.append(
            (basic, critical, assistance, guarantee, cost, 0, paid, own, True, True, poor, registered)
        )  # fmt: skip
    for total in of_person:
        total[9] = total[8]
    return _with_totals(claims, of_person, rows, parents)


def _with_totals(claims: list[tuple[Any, ...]], of_person: list[list[int]], rows: Rows, parents: Parents) -> Results:
    """The totals over each household's persons, and everything as rows."""
    households: list[Any] = [None] * len(rows["household"])
    for total, household in zip(of_person, parents["person"], strict=True):
        known = households[household]
        households[household] = total if known is None else [a + b for a, b in zip(known, total, strict=True)]
    return {
        "claim": claims,
        "person": [tuple(total) for total in of_person],
        "household": [tuple(total) for total in households],
    }
