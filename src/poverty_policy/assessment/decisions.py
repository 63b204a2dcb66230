"""What provisions came to: for each person, household and area, the result, its reasons, and what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from poverty_policy.assessment.circumstances import Seen, add_months, window_of
from poverty_policy.assessment.engine import Engine
from poverty_policy.assessment.facts import Gathered
from poverty_policy.assessment.results import Missing, Result, Unknown, written
from poverty_policy.formula import graph as g
from poverty_policy.formula.python import Row
from poverty_policy.money import Money, Rate
from poverty_policy.policy.condition import Outlined, fact_kind, kind_of, outlined
from poverty_policy.policy.course import Progress, StepTaken, progress
from poverty_policy.policy.explaining import MEMBERS, label, state
from poverty_policy.policy.procedure import Procedure
from poverty_policy.policy.provision import Provision
from poverty_policy.policy.words import Words
from poverty_policy.ruleset.citing import Citation
from poverty_policy.ruleset.stated import StatedEntry


@attrs.frozen(eq=False)
class Decision:
    """What one provision came to for one person, household or area.

    Attributes:
        stated: the provision, as stated.
        level: whether it is about a person, a household, a village, ….
        subject: its identifier in the case.
        index: its place among those of its level.
        household: of a person, the place of the household.
        on: the day of the assessment.
        result: an amount, true, false, ``Unknown``, or ``None`` where nobody is entitled or it does not apply.
        steps: every step below the provision's name; the amount itself is ``result``.
        missing: what would have to be known, where the result is unknown.
        progress: how far its procedure has come.
    """

    stated: StatedEntry[Provision]
    level: g.Entity
    subject: str
    index: int
    household: int | None
    on: dt.date
    result: Result
    steps: Mapping[str, Any]
    missing: tuple[Missing, ...]
    progress: Progress | None = None

    @property
    def name(self) -> str:
        """The provision's full name."""
        return self.stated.full_name

    @property
    def citation(self) -> Citation:
        """Where the provision is stated."""
        return self.stated.citation()

    @property
    def next_review(self) -> dt.date | None:
        """When the household is to be looked at again, where the rule says so."""
        if not self.steps.get("review.known") or not self.steps.get("review.months"):
            return None
        return add_months(self.on, self.steps["review.months"])

    def indicators(self, words: Words) -> Iterator[dict[str, Any]]:
        """Every condition in it: name, label, state, value, threshold and the distance between them."""
        for at, condition, level in self.stated.entry.conditions():
            if level == "person" and self.level != "person":
                continue
            prefix = ".".join(str(part + 1) if isinstance(part, int) else part for part in at)
            for one in outlined(condition, level, prefix).every():
                if one.level == self.level and f"{one.name}.met" in self.steps:
                    citation = self.stated.citation(f"{prefix}.{one.at}" if one.at else prefix)
                    yield {**self._indicator(one, words), "source": citation.to_dict()}

    def _indicator(self, one: Outlined, words: Words) -> dict[str, Any]:
        found: dict[str, Any] = {
            "name": one.name,
            "label": label(one.condition, words),
            "met": {"met": True, "failed": False, "unknown": None}[state(one, self.steps)],
        }
        for part in ("value", "threshold"):
            if f"{one.name}.{part}" in self.steps:
                known = self.steps[f"{one.name}.{part}.known"]
                found[part] = _written(self.steps[f"{one.name}.{part}"], _unit(one)) if known else None
        if f"{one.name}.distance" in self.steps:
            comparable = found["met"] is not None
            found["distance"] = (
                _written(self.steps[f"{one.name}.distance"], _distance_unit(one)) if comparable else None
            )
        return found

    def to_dict(self, words: Words) -> dict[str, Any]:
        """The decision for machines."""
        review = self.next_review
        return {
            "level": self.level,
            "subject": self.subject,
            "name": self.name,
            "date": self.on.isoformat(),
            "result": written(self.result),
            "unknown": isinstance(self.result, Unknown),
            "missing": [one.to_dict() for one in self.missing],
            "indicators": list(self.indicators(words)),
            "steps": {name: _step(name, value) for name, value in self.steps.items() if name != MEMBERS},
            "next_review": review.isoformat() if review else None,
            "procedure": self.progress.to_dict() if self.progress else None,
            "source": self.citation.to_dict(),
            "reading": self.stated.entry.readings,
        }


_COUNTS = ("members", "covered", "months", "limit", "times", "supplements")


def _step(name: str, value: Any) -> Any:
    """A step for machines: truths and counts as they are, rates in percent, all else in yuan."""
    last = name.rpartition(".")[2]
    if isinstance(value, bool) or last in _COUNTS:
        return value
    if last == "rate":
        return str(Rate.of_parts(value))
    return value if last in ("value", "threshold", "distance") else Money.of_fen(value).plain()


def _unit(one: Outlined) -> str:
    condition = one.condition
    if condition.income is not None or condition.amount is not None or condition.per is not None:
        return "money"
    if condition.months_since is not None:
        return "count"
    return "rate" if condition.share_of is not None else fact_kind(condition)


def _distance_unit(one: Outlined) -> str:
    condition = one.condition
    if condition.share_of is not None:
        return "money" if condition.in_money else "count"
    return "days" if kind_of(condition.threshold) == "date" else _unit(one)


def _written(value: int, unit: str) -> str | int:
    if unit == "money":
        return Money.of_fen(value).plain()
    if unit == "rate":
        return str(Rate.of_parts(value))
    return dt.date.fromordinal(value).isoformat() if unit == "date" and value > 0 else value


class Deciding:
    """Turns the rows of a run into decisions."""

    def __init__(self, engine: Engine, gathered: Gathered, rows: Mapping[g.Entity, Sequence[Row]]) -> None:
        assert engine.whole is not None
        self.engine = engine
        self.whole = engine.whole
        self.gathered = gathered
        self.rows = rows
        self.words = Words("zh", engine.rules.scheme.vocabulary)
        self.place: dict[g.Entity, dict[str, int]] = {
            entity: {name: number for number, name in enumerate(names)} for entity, names in engine.runner.names.items()
        }
        self.input_place: dict[str, tuple[g.Entity, int]] = {
            name: (entity, number)
            for entity, names in engine.runner.inputs.items()
            for number, name in enumerate(names)
        }
        self.procedures = {
            stated.entry.name: stated.entry for stated in engine.rules.provisions if isinstance(stated.entry, Procedure)
        }

    def decisions(self) -> Iterator[Decision]:
        """Every decision: for each subject, the provisions in the order of the rule set."""
        for entity in reversed(g.ENTITIES):
            for index, seen in enumerate(self.gathered.seen.get(entity, ())):
                for stated in self.engine.rules.provisions:
                    if stated.entry.subject == entity and self._decides(stated):
                        yield self.decision(stated, entity, index, seen)

    def _decides(self, stated: StatedEntry[Provision]) -> bool:
        name = stated.full_name
        return name in self.whole.amounts or name in self.whole.verdicts

    def decision(self, stated: StatedEntry[Provision], entity: g.Entity, index: int, seen: Seen) -> Decision:
        """What a provision came to for one subject."""
        name = stated.full_name
        steps = {**self._steps_above(name, entity, index), **self._steps(name, entity, index)}
        if entity == "household":
            steps[MEMBERS] = [
                (person.id, self._steps(name, "person", place))
                for place, person in enumerate(self.gathered.persons)
                if self.gathered.parents["person"][place] == index
            ]
        missing = tuple(self._missing(name, entity, index, seen.on)) if self._unknown(name, steps) else ()
        household = self.gathered.parents["person"][index] if entity == "person" else None
        subject = str(seen.subject.id)
        result = self._result(name, steps, missing)
        progressed = self._progress(stated.entry, seen)
        return Decision(stated, entity, subject, index, household, seen.on, result, steps, missing, progressed)

    def _steps(self, name: str, entity: g.Entity, index: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for step in self.engine.steps_of[name]:
            full = f"{name}.{step}" if step else name
            node = self.engine.program.steps[full]
            if isinstance(node, g.Const):
                found[step or "result"] = node.value
            elif node.entity == entity:
                found[step or "result"] = self.rows[entity][index][self.place[entity][full]]
        return found

    def _steps_above(self, name: str, entity: g.Entity, index: int) -> dict[str, Any]:
        """The steps that are the same for all of a group: a person's benefit may hang on the household alone."""
        parents = self.gathered.parents.get(entity)
        if not parents:
            return {}
        above = g.ENTITIES[g.ENTITIES.index(entity) + 1]
        return {**self._steps_above(name, above, parents[index]), **self._steps(name, above, parents[index])}

    def _unknown(self, name: str, steps: Mapping[str, Any]) -> bool:
        if name in self.whole.verdicts and not steps["met"] and not steps["failed"]:
            return not steps.get("out_of_scope", False)
        return name in self.whole.amounts and not steps["known"]

    def _result(self, name: str, steps: Mapping[str, Any], missing: Sequence[Missing]) -> Result:
        if self._unknown(name, steps):
            return Unknown(missing)
        if steps.get("out_of_scope"):
            return None
        if name in self.whole.amounts:
            entitled = steps.get("met", True) or steps["result"]
            return Money.of_fen(steps["result"]) if entitled else None
        return bool(steps["met"])

    def _progress(self, provision: Provision, seen: Seen) -> Progress | None:
        name = getattr(provision, "procedure", None)
        if name is None or isinstance(provision, Procedure) or name not in self.procedures:
            return None
        taken = getattr(seen.subject, "procedures", {}).get(name)
        if taken is None:
            return None
        return progress(self.procedures[name], [StepTaken.read(one) for one in taken], seen.on)

    # --- what is missing --------------------------------------------------------------------------------------

    def _missing(self, name: str, entity: g.Entity, index: int, on: dt.date) -> Iterator[Missing]:
        said: set[tuple[str, str | None]] = set()
        for one in (*self._unknown_inputs(name, entity, index), *self._open(name, entity, index, on)):
            if (one.what, one.whose) not in said:
                said.add((one.what, one.whose))
                yield one

    def _unknown_inputs(self, name: str, entity: g.Entity, index: int) -> Iterator[Missing]:
        vocabulary = self.words.vocabulary
        for node in self.engine.unknowns[name]:
            level, place = self.input_place[node.name]
            _, kind, detail = node.name.split(".", 2)
            for row, whose in self._rows_of(level, entity, index):
                if self.gathered.rows[level][row][place]:
                    continue
                if kind == "history":
                    since, to = window_of(detail, self.gathered.seen["household"][row].on)
                    zh = f"{since} 至 {to} 的完整收支记录"
                    yield Missing(f"records_complete.{detail}", zh, f"complete records from {since} to {to}")
                elif detail == "birth_date":
                    yield Missing("birth_date", "出生日期", "date of birth", whose)
                else:
                    zh, en = (vocabulary.text("fact", detail, lang) for lang in ("zh", "en"))
                    yield Missing(detail, zh, en, whose)

    def _open(self, name: str, entity: g.Entity, index: int, on: dt.date) -> Iterator[Missing]:
        rules = self.engine.rules
        for step in self.engine.open_steps[name]:
            node = self.engine.program.steps[step]
            if isinstance(node, g.Const):
                open_here = bool(node.value)
            else:
                at = g.entity_of(node)
                place = self.place[at][step]
                open_here = any(self.rows[at][row][place] for row, _ in self._rows_of(at, entity, index))
            if open_here:
                kind, named, *path = self.whole.open[step].split(".")
                if kind == "series" and int(path[-1]) <= 0:  # so many years before the assessment
                    path[-1] = str(int(path[-1]) + on.year)
                about = ".".join((kind, named, *path))
                citation = rules.provision(f"{kind}.{named}").citation(".".join(path))
                zh = f"规则未给出的数值 {about}（{citation.text('zh')}）"
                en = f"{about}, which {citation.text('en')} leaves open"
                yield Missing(about, f"{zh}，可用 reform 补上", f"{en}; supply it by a reform")

    def _rows_of(self, level: g.Entity, entity: g.Entity, index: int) -> Iterator[tuple[int, str | None]]:
        """The rows of a level that a subject's result depends on, and whose they are."""
        parents = self.gathered.parents["person"]
        if level == entity:
            yield index, None
        elif level == "person" and entity == "household":
            for place, person in enumerate(self.gathered.persons):
                if parents[place] == index:
                    yield place, person.id
        elif level == "household" and entity == "person":
            yield parents[index], None
