"""Administrative procedures as a rule file states them: ordered steps, their authorities, notices and deadlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, WithJsonSchema, model_validator

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Fault, invalid, unknown
from poverty_policy.formula import graph as g
from poverty_policy.policy.entry import Label, Name, Names, wrong
from poverty_policy.policy.provision import Provision
from poverty_policy.policy.register import Register
from poverty_policy.policy.words import Phrases, Words

_MOST_DAYS = 3_660
Days = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _MOST_DAYS})]

_SAYS: Phrases = {
    "notice": ("公示 {days} 日", "notice of {days} days"),
    "within": ("{days} 日内", "within {days} days"),
    "optional": ("非必经", "optional"),
}


class Step(Declaration):
    """One step of a procedure."""

    step: Name
    """Its name, unique in the procedure."""
    label: Label
    """What it is called."""
    authority: Label | None = None
    """Who takes it: the household, the village committee, the township, the county's civil affairs, …."""
    notice_days: Days | None = None
    """It is a public notice that lasts so many days; the day of posting does not count."""
    within_days: Days | None = None
    """It is to be done within so many days (a notice: to be posted)."""
    within_from: str | None = None
    """The step from whose completion they are counted; the last of the steps it follows, if not stated."""
    clock_stops_for: Names = ()
    """Earlier steps whose duration does not count towards the deadline: a notice's days, the days of any other."""
    evidence: dict[Name, Label] = Field(default={}, max_length=100)
    """The documents it needs: name -> what they are called."""
    after: Names | None = None
    """The earlier steps it follows; the one listed before it, if not stated; ``[]`` if it may be done at any time.
    What follows an optional step that is not taken follows what that step follows."""
    optional: bool = False
    """It need not be taken, unless a step it follows directly met with an objection."""
    source: str | None = Field(default=None, max_length=300)
    """A source of its own, then the place in it."""
    note: str | None = Field(default=None, max_length=2000)
    """What a reader should know."""


class Procedure(Provision):
    """Ordered steps from an application (or a proposal) to what decides on it.

    Every reference points to a step listed earlier, so every step can be reached.
    """

    KIND: ClassVar[str] = "procedure"
    SECTION: ClassVar[str] = "procedures"

    procedure: Name
    """Its name."""
    of: Literal["person", "household", "village", "township", "county"] = "household"
    """Whose procedure it is."""
    steps: tuple[Step, ...] = Field(max_length=100, json_schema_extra={"minItems": 2})
    """Its steps; each stands after those it follows."""
    decided_by: str | None = None
    """The step that decides, where others come after the decision; completion decides, if not stated."""
    effective: Literal["decision", "month_of_decision", "month_after_decision"] | None = None
    """From when the decision takes effect: its day, the first of its month, the first of the month after it."""

    @property
    def subject(self) -> g.Entity:
        """Whom it is about."""
        return self.of

    def describe(self, register: Register) -> None:
        """Nothing: a course is told by its days, not calculated."""

    def in_words(self, words: Words) -> Iterator[tuple[int, str]]:
        """The steps, by whom, and their days."""
        for number, one in enumerate(self.steps, 1):
            facts = [getattr(one.authority, words.lang)] if one.authority else []
            if one.notice_days is not None:
                facts.append(words.say(_SAYS, "notice", days=one.notice_days))
            if one.within_days is not None:
                facts.append(words.say(_SAYS, "within", days=one.within_days))
            if one.optional:
                facts.append(words.say(_SAYS, "optional"))
            text = getattr(one.label, words.lang)
            yield 0, f"{number}. {text}" + (words.bracketed(words.listed(facts)) if facts else "")

    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """Nothing: ``course_report`` tells how far a course has come."""
        return iter(())

    def followed(self) -> dict[str, tuple[str, ...]]:
        """Each step, and the steps that it follows directly."""
        found: dict[str, tuple[str, ...]] = {}
        before: tuple[str, ...] = ()
        for step in self.steps:
            found[step.step] = before if step.after is None else step.after
            before = (step.step,)
        return found

    @model_validator(mode="after")
    def _sound(self) -> Procedure:
        faults = list(self._faults())
        if faults:
            raise wrong(*faults)
        return self

    def _faults(self) -> Iterator[Fault]:
        every = [step.step for step in self.steps]
        for place, step in enumerate(self.steps):
            faults = _step_faults(step, every[:place], every)
            yield from (fault.under("steps", place) for fault in faults)
        if len(every) < 2:  # said here, because pydantic says it again of steps that are wrong in themselves
            yield invalid("程序至少应有两个步骤", "a procedure has at least two steps", "steps")
        elif all(step.optional for step in self.steps):
            yield invalid("至少应有一个必经步骤", "at least one step must be required", "steps")
        if self.decided_by is not None:
            if self.decided_by not in every:
                yield unknown("step", self.decided_by, every, "decided_by")
            elif next(step for step in self.steps if step.step == self.decided_by).optional:
                zh, en = "作出决定的步骤不能是非必经步骤", "the step that decides cannot be optional"
                yield invalid(zh, en, "decided_by")
            if self.effective is None:
                yield invalid("未写 effective，不必写 decided_by", "says nothing without `effective`", "decided_by")


def _step_faults(step: Step, earlier: Sequence[str], every: Sequence[str]) -> Iterator[Fault]:
    if step.step in earlier:
        yield invalid(f"步骤“{step.step}”出现两次", f"step {step.step!r} stands twice", "step")
    for field in ("notice_days", "within_days"):
        days = getattr(step, field)
        if days is not None and not 0 <= days <= _MOST_DAYS:
            zh, en = f"天数应在 0 至 {_MOST_DAYS} 之间，不能是 {days}", f"days are 0 to {_MOST_DAYS}, not {days}"
            yield invalid(zh, en, field)
    references: list[tuple[tuple[str | int, ...], str]] = []
    for field, names in (("after", step.after or ()), ("clock_stops_for", step.clock_stops_for)):
        references += [((field, place), name) for place, name in enumerate(names)]
    if step.within_from is not None:
        references.append((("within_from",), step.within_from))
    for at, name in references:
        if name not in every:
            yield unknown("step", name, earlier, *at)
        elif name not in earlier:
            yield invalid(f"“{name}”应列在本步骤之前", f"{name!r} must be listed before this step", *at)
    if step.within_days is None:
        for field in ("within_from", "clock_stops_for"):
            if getattr(step, field):
                yield invalid(f"未写 within_days，不必写 {field}", "says nothing without `within_days`", field)
    elif step.within_from is None and (step.after == () or not earlier):
        zh, en = "请用 within_from 写明期限从哪一步起算", "say with `within_from` from which step it is counted"
        yield invalid(zh, en, "within_days")
