"""How the course of a procedure is told: each step with its state, then the next one and its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import attrs

from poverty_policy.policy.course import CourseFault, Progress, StepProgress
from poverty_policy.policy.entry import Label
from poverty_policy.policy.procedure import Step
from poverty_policy.policy.words import Phrases, Words

_SAYS: Phrases = {
    "title": ("{name}：办理情况（截至{on}）", "{name}: the course as of {on}"),
    "step": ("{number}. {name}：{state}", "{number}. {name}: {state}"),
    "by": ("{name}（{authority}）", "{name} ({authority})"),
    "done": ("{date}办结", "done on {date}"),
    "done_notice": ("{date}张贴，{end}公示期满", "posted on {date}, notice over with {end}"),
    "ended_notice": ("{date}张贴，{end}公示终止", "posted on {date}, notice broken off on {end}"),
    "done_long": ("{date}开始，{end}办结", "begun on {date}, done on {end}"),
    "cut_notice": ("{date}张贴，公示只到{until}", "posted on {date}, notice ended with {until}"),
    "running_notice": ("{date}张贴，公示至{end}，尚未期满", "posted on {date}, the notice runs to {end}"),
    "running_long": ("{date}开始，至{end}，尚未办结", "begun on {date}, running to {end}"),
    "objection": ("，有异议", "; objection raised"),
    "refused": ("，未予通过", "; refused"),
    "next": ("待办", "to be taken next"),
    "may": ("可视情况办理", "may be taken next"),
    "repeat": ("{date}办理时有异议，应重新办理", "objection raised when taken on {date}: to be taken again"),
    "unrepeated": ("{date}办理时有异议", "objection raised when taken on {date}"),
    "waiting": ("尚未办理，待前面的步骤办结", "not yet: the steps before it come first"),
    "missing": ("应办而未办，后面的步骤却已办理", "left out although a later step was taken"),
    "skipped": ("未办理", "not taken"),
    "not_reached": ("程序已终止，不再办理", "not reached: the procedure has ended"),
    "optional": ("（非必经步骤）", " (optional)"),
    "history": ("此前曾于{date}办理（{result}），以最后一次为准", "taken before on {date} ({result}); the last counts"),
    "passed_word": ("通过", "passed"),
    "objection_word": ("有异议", "objection"),
    "refused_word": ("未予通过", "refused"),
    "unchecked": ("应附材料：{names}（未填报，未核对）", "documents needed: {names} (not stated, not checked)"),
    "out_of_order": (
        "顺序颠倒：{date}办理，早于应在其前的“{other}”（{day}）{days}",
        "out of order: taken on {date}, {days} before {other} ({day}), which must come first",
    ),
    "too_early": (
        "办理过早：“{other}”尚未结束，最早应于{day}办理，提前了{days}",
        "too early by {days}: {other} was not over, {day} was the first possible day",
    ),
    "late": ("逾期：应在{day}以前（含当日）办理，逾期{days}", "late by {days}: it was due by {day}"),
    "overdue": (
        "已逾期：应在{day}以前（含当日）办理，至今未办，已逾期{days}",
        "overdue by {days}: it was due by {day} and has not been taken",
    ),
    "short_notice": (
        "公示时间不足：应公示至{day}，实际只到{until}，少{days}",
        "notice too short by {days}: it should have run to {day}, but ended with {until}",
    ),
    "missing_evidence": ("缺少材料：{names}", "documents missing: {names}"),
    "ignored": ("异议未经处理，即办理了后面的步骤", "a later step was taken before the objection was dealt with"),
    "after_refusal": (
        "“{other}”已于{day}未予通过，程序终止后不应再办理本步骤",
        "taken after {other} was refused on {day} and the procedure had ended",
    ),
    "next_step": ("下一步：{name}，最早可于{first}办理", "Next: {name}, from {first} on"),
    "make_up": ("应予补办：{name}，最早可于{first}办理", "To be made up: {name}, from {first} on"),
    "next_optional": ("如有需要，可办理：{name}，最早可于{first}办理", "If needed: {name}, from {first} on"),
    "deadline": ("，应在{day}以前（含当日）办理", ", due by {day}"),
    "beyond": ("（按最早可办之日亦已超过期限）", " (which even the first possible day misses)"),
    "needs": ("应备材料：{names}", "documents needed: {names}"),
    "earliest": (
        "其余应办步骤均在最早可办之日办理的，全部程序最早于{day}办结",
        "If every step still due is taken on the first possible day, all is complete on {day} at the earliest",
    ),
    "complete": ("全部程序已于{day}办结", "All was complete on {day}"),
    "effective": ("自{day}起执行", "Takes effect from {day}"),
    "ended": ("“{name}”于{day}未予通过，程序终止", "{name} was refused on {day}: the procedure has ended"),
    "sound": ("经核对，已办步骤未发现不符合程序规定之处", "What was done keeps to the procedure"),
    "untouched": ("尚未办理任何步骤", "Nothing has been done yet"),
    "unsound": (
        "经核对，有{count}处不符合程序规定，见上",
        "Points that do not keep to the procedure: {count}, see above",
    ),
    "reckoning": (
        "期间按自然日计算，开始当日（公示为张贴当日）不计入",
        "Periods are calendar days; the day on which one begins (a notice is posted) does not count",
    ),
}


def explain(progress: Progress, words: Words) -> Iterator[tuple[int, str]]:
    """The lines of a report on a course: (depth, text). Each step, then what comes next and when all can be done."""
    yield from _Report(progress, words).lines()


@attrs.frozen
class _Report:
    progress: Progress
    words: Words

    def say(self, key: str, **facts: object) -> str:
        return self.words.say(_SAYS, key, **facts)

    def text(self, label: Label) -> str:
        return label.zh if self.words.lang == "zh" else label.en

    def day(self, day: dt.date) -> str:
        return f"{day.year}年{day.month}月{day.day}日" if self.words.lang == "zh" else day.isoformat()

    def days(self, count: int) -> str:
        if self.words.lang == "zh":
            return f"{count}日"
        return f"{count} day" if count == 1 else f"{count} days"

    def name(self, step: Step) -> str:
        name = self.text(step.label)
        return name if step.authority is None else self.say("by", name=name, authority=self.text(step.authority))

    def documents(self, step: Step, names: Iterable[str]) -> str:
        return self.words.listed(self.text(step.evidence[name]) for name in names)

    def lines(self) -> Iterator[tuple[int, str]]:
        found, procedure = self.progress, self.progress.procedure
        vocabulary, lang = self.words.vocabulary, self.words.lang
        own = procedure.label
        title = vocabulary.text("provision", procedure.name, lang) if own is None else self.text(own)
        yield 0, self.say("title", name=title, on=self.day(found.on))
        for number, one in enumerate(found.steps, 1):
            yield 1, self.say("step", number=number, name=self.name(one.step), state=self.state(one))
            yield from ((2, text) for text in self.remarks(one))
        if found.faults:
            yield 1, self.say("unsound", count=len(found.faults))
        else:
            yield 1, self.say("sound" if any(one.taken for one in found.steps) else "untouched")
        yield from self.outlook()
        yield 1, self.say("reckoning")

    def state(self, one: StepProgress) -> str:
        optional = "" if one.due or one.taken else self.say("optional")
        if one.taken is None or one.complete_on is None:
            if one.taken is not None:
                return self.say("unrepeated" if self.progress.refused else "repeat", date=self.day(one.taken.date))
            return self.say("may" if one.state == "next" and not one.due else one.state) + optional
        notice, first = one.step.notice_days is not None, one.taken.date
        if any(fault.kind == "short_notice" for fault in one.faults):
            key = "cut_notice"
        elif notice:
            key = "ended_notice" if one.taken.result == "refused" else f"{one.state}_notice"
        else:
            key = "done" if one.complete_on == first else f"{one.state}_long"
        result = "" if one.taken.result == "passed" else self.say(one.taken.result)
        days = {"date": first, "end": one.complete_on, "until": one.taken.last_day}
        return self.say(key, **{name: self.day(day) for name, day in days.items()}) + result

    def remarks(self, one: StepProgress) -> Iterator[str]:
        for earlier in one.history:
            yield self.say("history", date=self.day(earlier.date), result=self.say(f"{earlier.result}_word"))
        for fault in one.faults:
            if fault.kind != "missing_step" or one.taken is not None:  # that it was left out, its state has said
                yield self.fault(one, fault)
        if one.taken is not None and one.taken.evidence is None and one.step.evidence:
            yield self.say("unchecked", names=self.documents(one.step, one.step.evidence))

    def fault(self, one: StepProgress, fault: CourseFault) -> str:
        facts: dict[str, object] = {"names": self.documents(one.step, fault.evidence)}
        if fault.other is not None:
            facts["other"] = self.text(self.progress[fault.other].step.label)
        if fault.day is not None:
            facts["day"] = self.day(fault.day)
        if fault.days is not None:
            facts["days"] = self.days(fault.days)
        if one.taken is not None:
            facts["date"] = self.day(one.taken.date)
            facts["until"] = self.day(one.taken.last_day)
        key: str = fault.kind
        if key == "late" and one.taken is None:
            key = "overdue"
        elif key == "missing_step":
            key = "ignored"
        return self.say(key, **facts)

    def outlook(self) -> Iterator[tuple[int, str]]:
        found = self.progress
        if found.refusal is not None:
            refused = found.refusal
            name = self.text(found[refused.step].step.label)
            yield 1, self.say("ended", name=name, day=self.day(refused.last_day))
        for one in found.next:
            missing = found[one.step.step].state == "missing"
            key = "make_up" if missing else "next_step" if one.due else "next_optional"
            text = self.say(key, name=self.name(one.step), first=self.day(one.first_day))
            if one.deadline is not None:
                text += self.say("deadline", day=self.day(one.deadline))
                text += self.say("beyond") if one.first_day > one.deadline else ""
            yield 1, text
            if one.step.evidence:
                yield 2, self.say("needs", names=self.documents(one.step, one.step.evidence))
        if found.completed_on is not None:
            yield 1, self.say("complete", day=self.day(found.completed_on))
        elif found.earliest_completion is not None:
            yield 1, self.say("earliest", day=self.day(found.earliest_completion))
        if found.effective_from is not None:
            yield 1, self.say("effective", day=self.day(found.effective_from))
