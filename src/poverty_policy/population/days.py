"""Days as numbers like 20180510, and what is worked out from them: years, ages, months, ordinals."""

from __future__ import annotations

import calendar
import datetime as dt

import narwhals as nw

from poverty_policy.population.kinds import number_of, one_or_zero, whole


def _year(day: nw.Expr) -> nw.Expr:
    return day // whole(10_000)


def _month(day: nw.Expr) -> nw.Expr:
    return day // whole(100) % whole(100)


def year_from(day: nw.Expr, first: tuple[int, int]) -> nw.Expr:
    """The benefit year of a day, where it begins on that month and day."""
    early = day % whole(10_000) < whole(first[0] * 100 + first[1])
    return _year(day) - one_or_zero(early)


def age_on(born: nw.Expr, day: nw.Expr) -> nw.Expr:
    """Full years from one day to another."""
    early = day % whole(10_000) < born % whole(10_000)
    return _year(day) - _year(born) - one_or_zero(early)


def months_to(since: nw.Expr, to: dt.date) -> nw.Expr:
    """Full months from a day to a day that is the same for all; of a month without such a day, its last is meant."""
    last = calendar.monthrange(to.year, to.month)[1]
    reached = nw.min_horizontal(since % whole(100), whole(last)) > whole(to.day)
    months = (whole(to.year) - _year(since)) * whole(12) + whole(to.month) - _month(since)
    return months - one_or_zero(reached)


def ordinal(day: nw.Expr) -> nw.Expr:
    """The number of days since the first day of the year 1, counted as Python does."""
    year, month, date = _year(day), _month(day), day % whole(100)
    before = year - whole(1)
    leap = (year % whole(4) == whole(0)) & ((year % whole(100) != whole(0)) | (year % whole(400) == whole(0)))
    late = nw.when(month <= whole(2)).then(whole(0)).otherwise(nw.when(leap).then(whole(1)).otherwise(whole(2)))
    days = before * whole(365) + before // whole(4) - before // whole(100) + before // whole(400)
    return days + (whole(367) * month - whole(362)) // whole(12) - late + date


def between(day: nw.Expr, first: dt.date, last: dt.date) -> nw.Expr:
    """Whether a day is one of a stretch."""
    return (day >= whole(number_of(first))) & (day <= whole(number_of(last)))
