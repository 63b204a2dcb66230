"""The course of a procedure: which steps were taken, whether as the rule wants, and what comes next.

How days are counted. A period does not include the day on which it begins (Civil Code, art. 201:
按照年、月、日计算期间的，开始的当日不计入，自下一日开始计算; before 2021, General Principles of Civil Law, art. 154).
So a notice of N days that is posted on day D lasts from D + 1 to D + N; it is over when D + N is over, and what
follows it can be done from D + N + 1. Anything else is complete on the day on which it is done, and what follows it
can be done on that same day. A deadline of N days ends with the N-th counted day after the day from which it runs.
All days are calendar days: working days, and the moving of a last day that is a holiday, are not known here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

import attrs
from pydantic import Field, model_validator

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Fault, InputError, PolicyError, invalid, unknown
from poverty_policy.policy.entry import Names, wrong
from poverty_policy.policy.procedure import Procedure, Step

Result = Literal["passed", "objection", "refused"]
State = Literal["done", "running", "next", "waiting", "missing", "skipped", "not_reached"]
FaultKind = Literal[
    "out_of_order", "too_early", "late", "short_notice", "missing_evidence", "missing_step", "after_refusal",
]  # fmt: skip

_DAY = dt.timedelta(days=1)
#: No date lies beyond it, so that what is added to a date stays a date.
_LAST = dt.date(2999, 12, 31)

Day = Annotated[dt.date, Field(le=_LAST)]


class StepTaken(Declaration):
    """That a step was taken."""

    error: ClassVar[type[PolicyError]] = InputError

    step: str = Field(min_length=1, max_length=100)
    """The step's name."""
    date: Day
    """The day on which it was done; if it took longer, its first day: a notice's day of posting."""
    until: Day | None = None
    """Its last day, if it took longer; of a notice, if that is not the day which the rule implies."""
    evidence: Names | None = None
    """Names of the documents that were there; ``[]`` says: none. Not stated: they are not checked."""
    result: Result = "passed"
    """``objection``: somebody objected. ``refused``: the procedure ends here."""

    @property
    def last_day(self) -> dt.date:
        """Its last day, as far as that was stated."""
        return self.until or self.date

    @model_validator(mode="after")
    def _in_order(self) -> StepTaken:
        if self.until is not None and self.until < self.date:
            zh, en = (
                f"止日 {self.until} 早于起日 {self.date}",
                f"ends on {self.until}, before its first day {self.date}",
            )
            raise wrong(invalid(zh, en, "until"))
        return self


@attrs.frozen
class CourseFault:
    """Where a course departs from its procedure.

    Attributes:
        kind: ``out_of_order`` dated before a step it follows; ``too_early`` before a step it follows was over;
            ``late`` past its deadline; ``short_notice`` a notice that ended too early; ``missing_evidence`` documents
            that were not there; ``missing_step`` not taken though a later step was; ``after_refusal`` taken though
            the procedure had ended.
        step: the step at fault.
        other: the step against which it is at fault.
        day: the day that would have been right: the first possible one, the deadline, a notice's last; or, of
            ``after_refusal``, the day of the refusal.
        days: how many days too early, late or short; for a deadline, days on which its clock stood still are left out.
        evidence: the documents that are missing.
    """

    kind: FaultKind
    step: str
    other: str | None = None
    day: dt.date | None = None
    days: int | None = None
    evidence: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The fault for machines, without what does not concern its kind."""
        found = {"kind": self.kind, "step": self.step, "other": self.other, "day": _iso(self.day), "days": self.days}
        return {key: value for key, value in found.items() if value is not None} | (
            {"evidence": list(self.evidence)} if self.evidence else {}
        )


@attrs.frozen
class StepProgress:
    """How far a step has come.

    Attributes:
        step: the step.
        state: ``done``; ``running`` (its last day is not over); ``next`` (all it waits for has been taken);
            ``waiting``; ``missing`` (required, not taken, though a later step was); ``skipped`` (optional, and passed
            by or past its deadline); ``not_reached`` (the procedure ended before it).
        due: whether it must be taken: it is required, or an objection demands it.
        taken: the last time it was taken.
        history: the earlier times, in order of their dates; they are not judged again.
        complete_on: the day on which it is or will be complete; ``None`` if it was not taken, or must be repeated.
        deadline: its last day, as far as what was taken tells.
        faults: where it departs from the procedure.
    """

    step: Step
    state: State
    due: bool
    taken: StepTaken | None
    history: tuple[StepTaken, ...]
    complete_on: dt.date | None
    deadline: dt.date | None
    faults: tuple[CourseFault, ...]

    def to_dict(self) -> dict[str, Any]:
        """The step's progress for machines."""
        return {
            "step": self.step.step,
            "state": self.state,
            "due": self.due,
            "taken": _fact(self.taken) if self.taken else None,
            "history": [_fact(one) for one in self.history],
            "complete_on": _iso(self.complete_on),
            "deadline": _iso(self.deadline),
            "faults": [fault.to_dict() for fault in self.faults],
        }


@attrs.frozen
class NextStep:
    """A step that can be taken now or next.

    Attributes:
        step: the step.
        first_day: the first day, from the day of the question on, on which it may be taken.
        deadline: the last day, if there is one.
        due: whether it must be taken.
    """

    step: Step
    first_day: dt.date
    deadline: dt.date | None
    due: bool

    def to_dict(self) -> dict[str, Any]:
        """The step for machines."""
        return {
            "step": self.step.step,
            "first_day": _iso(self.first_day),
            "deadline": _iso(self.deadline),
            "due": self.due,
        }


@attrs.frozen
class Progress:
    """How far a course has come on a day.

    Attributes:
        procedure: the procedure.
        on: the day.
        steps: each step's progress, in the procedure's order.
        next: the steps that can be taken now or next; those that must be made up among them.
        refusal: the step that ended the course.
        earliest_completion: the earliest day on which all can be complete, every step still due being taken on the
            first possible day; ``None`` after a refusal.
        completed_on: the day on which all was complete.
        effective_from: when the decision takes effect, once all is complete.
    """

    procedure: Procedure
    on: dt.date
    steps: tuple[StepProgress, ...]
    next: tuple[NextStep, ...]
    refusal: StepTaken | None
    earliest_completion: dt.date | None
    completed_on: dt.date | None
    effective_from: dt.date | None

    @property
    def complete(self) -> bool:
        """Whether every step that is due is done."""
        return self.completed_on is not None

    @property
    def refused(self) -> bool:
        """Whether a refusal has ended the course."""
        return self.refusal is not None

    @property
    def faults(self) -> tuple[CourseFault, ...]:
        """All departures from the procedure, in the order of its steps."""
        return tuple(fault for one in self.steps for fault in one.faults)

    def __getitem__(self, step: str) -> StepProgress:
        for one in self.steps:
            if one.step.step == step:
                return one
        raise InputError(unknown("step", step, [one.step.step for one in self.steps]))

    def to_dict(self) -> dict[str, Any]:
        """One object for machines; days as ``2023-03-01``."""
        return {
            "procedure": self.procedure.name,
            "on": _iso(self.on),
            "complete": self.complete,
            "completed_on": _iso(self.completed_on),
            "refused": self.refused,
            "earliest_completion": _iso(self.earliest_completion),
            "effective_from": _iso(self.effective_from),
            "next": [one.to_dict() for one in self.next],
            "steps": [one.to_dict() for one in self.steps],
        }


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _fact(taken: StepTaken) -> dict[str, Any]:
    return taken.model_dump(mode="json", exclude={"step"}, exclude_none=True)


def progress(procedure: Procedure, taken: Sequence[StepTaken], on: dt.date) -> Progress:
    """How far a course has come.

    A step may be taken several times: the last time counts, the earlier ones are its history. (Its deadline is kept
    if it was taken in time once; its clock stands still each time.) An objection demands the optional steps that
    directly follow the step; where there are none, the step itself must be repeated.

    Args:
        procedure: the procedure.
        taken: what was done, in any order.
        on: the day of the question.

    Raises:
        InputError: a step or document is unknown, a step stands twice on one day, or a date lies after ``on``; with
            every fault found, each with its place in ``taken``.
    """
    faults = list(_fact_faults(procedure, taken, on))
    if faults:
        raise InputError(faults)
    return _Course(procedure, taken, on).progress()


def _fact_faults(procedure: Procedure, taken: Sequence[StepTaken], on: dt.date) -> Iterator[Fault]:
    if on > _LAST:
        yield Fault("out_of_range", {"value": on, "low": dt.date.min, "high": _LAST}, ("on",))
    steps = [step.step for step in procedure.steps]
    documents = {name for step in procedure.steps for name in step.evidence}
    seen: Counter[tuple[str, dt.date]] = Counter()
    for place, one in enumerate(taken):
        if one.step not in steps:
            yield unknown("step", one.step, steps, place, "step")
        for number, name in enumerate(one.evidence or ()):
            if name not in documents:
                yield unknown("document", name, documents, place, "evidence", number)
        if one.date > on:
            zh, en = f"{one.date} 晚于截止日 {on}，尚未发生", f"{one.date} lies after {on}: it has not happened yet"
            yield invalid(zh, en, place, "date")
        seen[one.step, one.date] += 1
        if seen[one.step, one.date] == 2:
            zh, en = f"“{one.step}”在 {one.date} 写了两次", f"{one.step!r} is given twice on {one.date}"
            yield invalid(zh, en, place)


class _Course:
    """What was taken of a procedure, judged on a day."""

    def __init__(self, procedure: Procedure, taken: Sequence[StepTaken], on: dt.date) -> None:
        self.procedure, self.on = procedure, on
        self.step = {step.step: step for step in procedure.steps}
        self.follows = procedure.followed()
        in_order = sorted(taken, key=lambda one: one.date)
        self.attempts = {name: tuple(one for one in in_order if one.step == name) for name in self.step}
        self.last = {name: attempts[-1] for name, attempts in self.attempts.items() if attempts}
        refusals = [one for one in self.last.values() if one.result == "refused"]
        self.refusal = min(refusals, key=lambda one: one.last_day, default=None)
        objected = {name for name, one in self.last.items() if one.result == "objection"}
        self.demanded = {
            name for name, step in self.step.items() if step.optional and objected.intersection(self.follows[name])
        }
        answered = {before for name in self.demanded for before in self.follows[name]}
        self.to_repeat = objected - answered
        self.due = {
            name
            for name, step in self.step.items()
            if not step.optional or name in self.demanded or name in self.to_repeat
        }
        self.complete_on = {
            name: _over(self.step[name], one) for name, one in self.last.items() if name not in self.to_repeat
        }
        #: The steps it follows once those that nobody took are left out: against these, what was done is judged.
        self.after_taken = self._through(lambda name: name not in self.last)
        #: The steps it follows once those that need not be taken are left out: from these its clock runs.
        self.after_due = self._through(lambda name: name not in self.last and name not in self.due)
        self.waits_for = self._waits_for()
        self.passed_by = self._passed_by()

    def _through(self, transparent: Callable[[str], bool]) -> dict[str, tuple[str, ...]]:
        """What each step follows; a transparent step hands on what it follows itself."""
        found: dict[str, tuple[str, ...]] = {}
        for name, before in self.follows.items():
            reached = (one for direct in before for one in (found[direct] if transparent(direct) else (direct,)))
            found[name] = tuple(dict.fromkeys(reached))
        return found

    def _waits_for(self) -> dict[str, tuple[str, ...]]:
        """The steps it follows, and those further back that were left out: they are made up first."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self.step:
            reached = dict.fromkeys(self.after_due[name])
            for before in self.after_due[name]:
                reached |= dict.fromkeys(one for one in found[before] if one not in self.complete_on)
            found[name] = tuple(reached)
        return found

    def _passed_by(self) -> set[str]:
        """The steps that something which was taken follows, directly or by way of others."""
        found: set[str] = set()
        for name in reversed(self.step):
            if name in self.last or name in found:
                found.update(self.follows[name])
        return found

    def progress(self) -> Progress:
        ends, firsts = self._plan()
        steps = tuple(self._step_progress(name) for name in self.step)
        to_take = () if self.refusal else tuple(one for one in steps if self._can_be_next(one))
        complete = not self.refusal and all(one.state == "done" for one in steps if one.due or one.taken)
        completed_on = max(ends.values()) if complete else None
        return Progress(
            procedure=self.procedure,
            on=self.on,
            steps=steps,
            next=tuple(NextStep(one.step, firsts[one.step.step], one.deadline, one.due) for one in to_take),
            refusal=self.refusal,
            earliest_completion=None if self.refusal else max(ends.values()),
            completed_on=completed_on,
            effective_from=self._effective_from(completed_on),
        )

    def _can_be_next(self, one: StepProgress) -> bool:
        return one.state == "next" or (one.state == "missing" and self._ready(one.step.step))

    def _ready(self, name: str) -> bool:
        return all(before in self.complete_on for before in self.waits_for[name])

    def _effective_from(self, completed_on: dt.date | None) -> dt.date | None:
        effective, decided_by = self.procedure.effective, self.procedure.decided_by
        if completed_on is None or effective is None:
            return None
        decision = completed_on if decided_by is None else self.complete_on[decided_by]
        if effective == "decision":
            return decision
        first = decision.replace(day=1)
        if effective == "month_of_decision":
            return first
        return (first + 31 * _DAY).replace(day=1)  # no month is longer, and none so short that one is jumped over

    def _plan(self) -> tuple[dict[str, dt.date], dict[str, dt.date]]:
        """When each step that was taken or is due ends at the earliest, and when each not yet done may be taken."""
        ends: dict[str, dt.date] = dict(self.complete_on)
        firsts: dict[str, dt.date] = {}
        for name, step in self.step.items():
            if name in self.complete_on:
                continue
            possible = [_free(self.step[before], ends[before]) for before in self.waits_for[name]]
            if name in self.last:  # to be repeated: once what was objected to is over, and on another day
                objected = self.last[name]
                possible += [_free(step, _over(step, objected)), objected.date + _DAY]
            firsts[name] = max([self.on, *possible])
            if name in self.due:
                ends[name] = firsts[name] + (step.notice_days or 0) * _DAY
        return ends, firsts

    def _step_progress(self, name: str) -> StepProgress:
        clock = self._clock(name)
        state = self._state(name, clock)
        return StepProgress(
            step=self.step[name],
            state=state,
            due=name in self.due,
            taken=self.last.get(name),
            history=self.attempts[name][:-1],
            complete_on=self.complete_on.get(name),
            deadline=clock.deadline if clock and name not in self.to_repeat else None,
            faults=tuple(self._faults(name, state, clock)),
        )

    def _state(self, name: str, clock: _Clock | None) -> State:
        if name in self.complete_on:
            over = self.on >= _free(self.step[name], self.complete_on[name]) or self.last[name].result == "refused"
            return "done" if over else "running"
        if name in self.passed_by:
            return "missing" if name in self.due else "skipped"
        if self.refusal:
            return "not_reached"
        if name not in self.due and clock and clock.too_many(self.on):
            return "skipped"
        return "next" if self._ready(name) else "waiting"

    def _faults(self, name: str, state: State, clock: _Clock | None) -> Iterator[CourseFault]:
        taken = self.last.get(name)
        if state == "missing":
            yield CourseFault("missing_step", name)
        if taken is not None:
            yield from self._order_faults(taken)
        if clock is not None and (days := clock.too_many(self._done_on(name, clock.base))):
            yield CourseFault("late", name, day=clock.deadline, days=days)
        if taken is not None:
            yield from self._own_faults(taken)

    def _order_faults(self, taken: StepTaken) -> Iterator[CourseFault]:
        if self.refusal is not None and taken.date > self.refusal.last_day:
            yield CourseFault("after_refusal", taken.step, other=self.refusal.step, day=self.refusal.last_day)
        for before in self.after_taken[taken.step]:
            other = self.last[before]
            first = _free(self.step[before], _over(self.step[before], other))
            if taken.date < other.date:
                days = (other.date - taken.date).days
                yield CourseFault("out_of_order", taken.step, other=before, day=other.date, days=days)
            elif taken.date < first:
                days = (first - taken.date).days
                yield CourseFault("too_early", taken.step, other=before, day=first, days=days)

    def _own_faults(self, taken: StepTaken) -> Iterator[CourseFault]:
        step = self.step[taken.step]
        if step.notice_days is not None and taken.until is not None and taken.result != "refused":
            last = taken.date + step.notice_days * _DAY
            if taken.until < last:
                yield CourseFault("short_notice", step.step, day=last, days=(last - taken.until).days)
        if taken.evidence is not None:
            absent = tuple(name for name in step.evidence if name not in taken.evidence)
            if absent:
                yield CourseFault("missing_evidence", step.step, evidence=absent)

    def _done_on(self, name: str, base: dt.date) -> dt.date:
        """The day that a deadline looks at; today, if a step that must still be taken was not."""
        attempts = self.attempts[name]
        if not attempts:
            return self.on if name in self.due and not self.refusal else base
        one = next((one for one in attempts if one.date >= base), attempts[-1])
        return one.date if self.step[name].notice_days is not None else one.last_day

    def _clock(self, name: str) -> _Clock | None:
        """The clock of its deadline, once it has begun to run."""
        step = self.step[name]
        if step.within_days is None:
            return None
        before = self.after_due[name] if step.within_from is None else (step.within_from,)
        if not before or any(one not in self.complete_on for one in before):
            return None
        spans = (_span(self.step[one], taken) for one in step.clock_stops_for for taken in self.attempts[one])
        return _Clock(max(self.complete_on[one] for one in before), step.within_days, tuple(_merged(spans)))


def _over(step: Step, taken: StepTaken) -> dt.date:
    """The day on which a step that was taken is over; a notice that was cut short still lasts its full length."""
    if step.notice_days is None or taken.result == "refused":
        return taken.last_day
    return max(taken.last_day, taken.date + step.notice_days * _DAY)


def _free(step: Step, complete_on: dt.date) -> dt.date:
    """The first day on which what follows a step may be done."""
    return complete_on if step.notice_days is None else complete_on + _DAY


Span = tuple[dt.date, dt.date]


def _span(step: Step, taken: StepTaken) -> Span:
    """A step's duration: first and last day. A notice's day of posting is no day of the notice."""
    if step.notice_days is None:
        return taken.date, taken.last_day
    return taken.date + _DAY, taken.until or taken.date + step.notice_days * _DAY


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The same days in spans that do not overlap, in order."""
    reached = dt.date.min
    for first, last in sorted(spans):
        first = max(first, reached)
        if last >= first:
            yield first, last
            reached = last + _DAY


@attrs.frozen
class _Clock:
    """A deadline: so many counted days after a base day; the days of ``stops`` are not counted."""

    base: dt.date
    days: int
    stops: tuple[Span, ...]

    def _stopped(self) -> Iterator[Span]:
        for first, last in self.stops:
            if last > self.base:
                yield max(first, self.base + _DAY), last

    @property
    def deadline(self) -> dt.date:
        """The last day on which no more than the allowed days have been counted."""
        end = self.base + self.days * _DAY
        for first, last in self._stopped():
            if first <= end + _DAY:
                end += last - first + _DAY
        return end

    def too_many(self, day: dt.date) -> int:
        """How many days more than allowed have been counted on a day."""
        stopped = sum(max(0, (min(last, day) - first).days + 1) for first, last in self._stopped())
        return max(0, (day - self.base).days - stopped - self.days)
