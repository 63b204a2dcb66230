"""The decision sheet: what was met and what was not and by how much, on what ground, what is missing, what is next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from poverty_policy.assessment.decisions import Decision
from poverty_policy.assessment.page import WIDTH, Page
from poverty_policy.assessment.results import Unknown
from poverty_policy.cases import Household
from poverty_policy.formula import graph as g
from poverty_policy.money import Money
from poverty_policy.policy.account import Account
from poverty_policy.policy.allowance import Allowance
from poverty_policy.policy.benefit import Benefit
from poverty_policy.policy.condition import outlined
from poverty_policy.policy.course_report import explain as explain_progress
from poverty_policy.policy.criteria import Criteria
from poverty_policy.policy.explaining import label
from poverty_policy.policy.group import Group
from poverty_policy.policy.line import Line
from poverty_policy.policy.words import Phrases

if TYPE_CHECKING:
    from poverty_policy.assessment.outcome import Outcome

_SAYS: Phrases = {
    "household": ("家庭 {id}", "Household {id}"),
    "person": ("成员 {id}", "Member {id}"),
    "village": ("村 {id}", "Village {id}"),
    "township": ("乡镇 {id}", "Township {id}"),
    "county": ("县 {id}", "County {id}"),
    "on": ("核定日 {on}", "as of {on}"),
    "members": ("{count} 人", "{count} members"),
    "met": ("符合", "met"),
    "failed": ("不符合", "not met"),
    "unknown": ("尚不能判定", "cannot be told yet"),
    "month": ("每月 {amount} 元", "{amount} yuan a month"),
    "year": ("每年 {amount} 元", "{amount} yuan a year"),
    "once": ("一次性 {amount} 元", "{amount} yuan once"),
    "not_entitled": ("不享受", "not entitled"),
    "belongs": ("属于", "belongs"),
    "does_not": ("不属于", "does not belong"),
    "missing": ("尚缺：{what}", "missing: {what}"),
    "others": ("另有下列项目因资料不全未作判定：", "Not told, because too little is stated:"),
    "reading": ("读法：{text}", "Reading: {text}"),
    "note": ("说明：{text}", "Note: {text}"),
    "review": ("下次复核：{day} 前", "next review: by {day}"),
    "procedure": ("办理程序", "procedure"),
    "account": ("全年 {amount} 元", "{amount} yuan a year"),
    "status": ("认定", "recognised"),
    "in_kind": ("享受", "entitled"),
    "set_aside": ("{name} 未作判定：缺少 {wanted}（{why}）", "{name} was left aside: {wanted} is missing ({why})"),
}


def decision_lines(page: Page, outcome: Outcome) -> Iterator[str]:
    """The lines about provisions."""
    return _Sheet(attrs.evolve(page, vocabulary=page.rules.scheme.vocabulary), outcome).lines()


@attrs.frozen
class _Sheet:
    page: Page
    outcome: Outcome

    def say(self, key: str, **facts: object) -> str:
        return self.page.words.say(_SAYS, key, **facts)

    def lines(self) -> Iterator[str]:
        """Areas, then each household with its members."""
        for entity in reversed(g.ENTITIES[2:]):
            for index, seen in enumerate(self.outcome.gathered.seen.get(entity, ())):
                head = [self.say(entity, id=seen.subject.id)]
                if isinstance(seen.subject, Household):
                    head.append(self.say("members", count=len(seen.subject.members)))
                    if seen.residence:
                        head.append(self.page.words.known("residence", seen.residence))
                head.append(self.say("on", on=seen.on))
                yield ""
                yield "═" * WIDTH
                yield ("　" if self.page.lang == "zh" else "  ").join(head)
                yield from self.subject(entity, index)
        for name, wanted in self.outcome.rules.set_aside.items():
            why = self.outcome.rules.why_missing(wanted).text(self.page.lang)
            yield self.page.row(0, self.say("set_aside", name=name, wanted=wanted, why=why))

    def subject(self, entity: g.Entity, index: int) -> Iterator[str]:
        """Everything decided for one household (with its members) or area."""
        own = [
            one
            for one in self.outcome.decisions
            if (one.level == entity and one.index == index)
            or (entity == "household" and one.level == "person" and one.household == index)
        ]
        told = [one for one in own if self.is_told(one)]
        for place, one in enumerate(told):
            yield "─" * WIDTH
            yield from self.decision(place, one)
        untold = [one for one in own if isinstance(one.result, Unknown) and one not in told]
        if untold:
            yield "─" * WIDTH
            yield self.say("others")
            for one in untold:
                what = self.missing(one)
                yield self.page.row(1, f"· {self.label(one)}{self.page.colon}{self.say('missing', what=what)}")

    @staticmethod
    def is_told(one: Decision) -> bool:
        """Whether a decision deserves its lines: lines do not, nor what nothing was stated about."""
        entry = one.stated.entry
        if isinstance(entry, Line):
            return False
        if isinstance(entry, Account):
            return not isinstance(one.result, Unknown)
        if isinstance(one.result, Unknown) and not one.steps.get("in_scope", True):
            return False  # not even whether it applies is known
        if isinstance(one.result, Unknown):
            # something was looked at: at least one indicator is met or failed
            return any(value for name, value in one.steps.items() if name.endswith((".met", ".failed")))
        if isinstance(entry, Group | Benefit):
            return bool(one.result)
        return one.result is not None or isinstance(entry, Allowance)

    def missing(self, one: Decision) -> str:
        """What would have to be known."""
        return ("；" if self.page.lang == "zh" else "; ").join(part.text(self.page.lang) for part in one.missing)

    def label(self, one: Decision) -> str:
        text = self.outcome.rules.scheme.label(one.name).text(self.page.lang)
        return text if one.level != "person" else f"{self.say('person', id=one.subject)}{self.page.colon}{text}"

    def decision(self, place: int, one: Decision) -> Iterator[str]:
        """One decision: its result, how it came about, its source, what is missing and what comes next."""
        page, entry = self.page, one.stated.entry
        yield page.row(0, page.numbered(place, self.label(one)), self.result(one))
        for depth, text in entry.explain(one.steps, page.words):
            yield page.row(depth + 1, text)
        if isinstance(one.result, Unknown):
            yield page.row(2, self.say("missing", what=self.missing(one)))
        yield page.row(2, page.citation(one.citation))
        called = dict(self.called(one))
        for name, citation in one.stated.value_citations():
            if citation.source is one.citation.source:  # another place in the same document
                if citation.locator != one.citation.locator:
                    yield page.row(3, page.words.labelled(called.get(name, name), citation.locator))
            else:
                yield page.row(3, f"{called.get(name, name)}{page.colon}{page.citation(citation)}")
        for key, said in (("reading", entry.readings), ("note", entry.note)):
            if said:
                yield page.row(2, self.say(key, text=said))
        if one.next_review is not None:
            yield page.row(2, self.say("review", day=one.next_review))
        if one.progress is not None:
            yield page.row(2, self.say("procedure"))
            for depth, text in explain_progress(one.progress, page.words):
                yield page.row(depth + 2, text)

    def called(self, one: Decision) -> Iterator[tuple[str, str]]:
        """What the conditions in a provision are called, by where they stand in it."""
        for at, condition, level in one.stated.entry.conditions():
            lead = ".".join(str(part + 1) if isinstance(part, int) else part for part in at)
            for inner in outlined(condition, level).every():
                yield f"{lead}.{inner.at}" if inner.at else lead, label(inner.condition, self.page.words)

    def result(self, one: Decision) -> str:
        """The result in a few words."""
        entry, result = one.stated.entry, one.result
        if isinstance(result, Unknown):
            return self.say("unknown")
        if isinstance(result, Money):
            if isinstance(entry, Account):
                return self.say("account", amount=result)
            assert self.outcome.engine.whole is not None
            per = self.outcome.engine.whole.periods.get(one.name, "year")
            return self.say(per, amount=result)
        if result is None:
            return self.say("not_entitled")
        if isinstance(entry, Criteria):
            words = entry.met if result else entry.failed
            if words is not None:
                return str(getattr(words, self.page.lang))
        if isinstance(entry, Group):
            return self.say("belongs" if result else "does_not")
        if isinstance(entry, Benefit):
            return self.say("in_kind" if result else "not_entitled")
        return self.say("met" if result else "failed")
