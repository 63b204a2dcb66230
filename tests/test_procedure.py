"""Procedures: the story of an application and of an exit, every state, every fault to the day, what always holds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poverty_policy.errors import InputError, RuleError
from poverty_policy.policy.course import CourseFault, Progress, StepTaken, progress
from poverty_policy.policy.course_report import explain
from poverty_policy.policy.procedure import Procedure
from poverty_policy.policy.words import Words
from poverty_policy.terms import Vocabulary

DAY = dt.timedelta(days=1)
Draw = Callable[[st.SearchStrategy[Any]], Any]


def label(zh: str, en: str = "") -> dict[str, str]:
    return {"zh": zh, "en": en or zh}


TOWNSHIP = label("乡镇人民政府", "township")
VILLAGE = label("村民委员会", "village committee")
COUNTY = label("县级民政部门", "county civil affairs")

DIBAO = Procedure.read({
    "procedure": "dibao_application",
    "label": label("最低生活保障申请", "Application for the minimum living allowance"),
    "effective": "month_of_decision",
    "steps": [
        {"step": "application", "label": label("提出申请", "Application"), "authority": label("申请家庭", "household"),
         "evidence": {"form": label("申请书", "application form"), "consent": label("授权书", "consent to checks")}},
        {"step": "acceptance", "label": label("受理", "Acceptance"), "authority": TOWNSHIP},
        {"step": "survey", "label": label("入户调查", "Household survey"), "authority": TOWNSHIP},
        {"step": "appraisal", "label": label("民主评议", "Public appraisal"), "authority": VILLAGE},
        {"step": "notice", "label": label("第一次公示", "First notice"), "authority": VILLAGE, "notice_days": 7},
        {"step": "second_notice", "label": label("第二次公示", "Second notice"), "authority": VILLAGE,
         "notice_days": 3, "optional": True},
        {"step": "decision", "label": label("审批决定", "Decision"), "authority": COUNTY, "within_days": 30,
         "within_from": "acceptance", "clock_stops_for": ["appraisal", "notice", "second_notice"],
         "evidence": {"minutes": label("评议记录", "minutes of the appraisal")}},
    ],
})  # fmt: skip

EXIT = Procedure.read({
    "procedure": "leaving_the_register",
    "label": label("贫困户退出", "Leaving the poverty register"),
    "steps": [
        {"step": "appraisal", "label": label("民主评议", "Public appraisal"), "authority": VILLAGE},
        {"step": "verification", "label": label("核实", "Verification"), "authority": label("工作队", "village team")},
        {"step": "consent", "label": label("贫困户认可", "Consent of the household")},
        {"step": "notice", "label": label("村内公示", "Notice in the village"), "notice_days": 7},
        {"step": "announcement", "label": label("公告退出", "Announcement"), "authority": VILLAGE},
    ],
})  # fmt: skip


def day(text: str) -> dt.date:
    """``3-16`` of 2023."""
    month, number = text.split("-")
    return dt.date(2023, int(month), int(number))


def took(step: str, on: str, until: str | None = None, **more: Any) -> StepTaken:
    return StepTaken(step=step, date=day(on), until=until and day(until), **more)


BEGUN = (took("application", "3-1"), took("acceptance", "3-2"), took("survey", "3-6"), took("appraisal", "3-8"))


def states(found: Progress) -> dict[str, str]:
    return {one.step.step: one.state for one in found.steps}


def said(found: Progress, lang: Any = "zh") -> list[str]:
    return ["  " * depth + text for depth, text in explain(found, Words(lang, Vocabulary()))]


def one_fault(found: Progress) -> CourseFault:
    (fault,) = found.faults
    return fault


def chain(*steps: dict[str, Any], **more: Any) -> Procedure:
    """A procedure of short steps."""
    return Procedure.read({"procedure": "p", "steps": [{"label": label(one["step"]), **one} for one in steps], **more})


# --- the story of an application --------------------------------------------------------------------------------


def test_before_anything_is_done_the_application_comes_first() -> None:
    found = progress(DIBAO, [], day("3-1"))
    assert set(states(found).values()) == {"next", "waiting"}
    (first,) = found.next
    assert (first.step.step, first.first_day, first.deadline, first.due) == ("application", day("3-1"), None, True)
    # all on one day but for the notice, which is over at the end of the 8th; the decision may follow on the 9th
    assert found.earliest_completion == day("3-9")
    assert not found.complete
    assert not found.refused


def test_while_the_notice_runs_the_decision_is_next() -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9")], day("3-12"))
    assert states(found) == {
        "application": "done", "acceptance": "done", "survey": "done", "appraisal": "done",
        "notice": "running", "second_notice": "next", "decision": "next",
    }  # fmt: skip
    assert found["notice"].complete_on == day("3-16")
    second, decision = found.next
    assert (second.step.step, second.due) == ("second_notice", False)
    assert (decision.step.step, decision.first_day, decision.due) == ("decision", day("3-17"), True)
    # 30 days from 2 March end on 1 April; the day of the appraisal and the 7 of the notice are not counted
    assert decision.deadline == day("4-9")
    assert found.earliest_completion == day("3-17")


def test_an_allowance_is_paid_from_the_month_of_the_decision() -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9"), took("decision", "3-20")], day("3-25"))
    assert found.complete
    assert found.completed_on == found.earliest_completion == day("3-20")
    assert found.effective_from == day("3-1")
    assert states(found)["second_notice"] == "skipped"
    assert found.next == ()
    assert found.faults == ()


def test_after_an_objection_the_second_notice_is_due() -> None:
    objected = [*BEGUN, took("notice", "3-9", result="objection")]
    found = progress(DIBAO, objected, day("3-20"))
    assert states(found)["notice"] == "done"
    (second,) = found.next
    assert (second.step.step, second.first_day, second.due) == ("second_notice", day("3-20"), True)
    assert found.earliest_completion == day("3-24")

    found = progress(DIBAO, [*objected, took("second_notice", "3-20")], day("3-22"))
    (decision,) = found.next
    assert (decision.step.step, decision.first_day, decision.deadline) == ("decision", day("3-24"), day("4-12"))

    found = progress(DIBAO, [*objected, took("second_notice", "3-20"), took("decision", "3-24")], day("3-24"))
    assert found.complete
    assert found.faults == ()

    found = progress(DIBAO, [*objected, took("decision", "3-24")], day("3-24"))
    assert states(found)["second_notice"] == "missing"
    assert one_fault(found) == CourseFault("missing_step", "second_notice")
    assert not found.complete


def test_a_refusal_ends_the_procedure() -> None:
    found = progress(DIBAO, [*BEGUN[:2], took("survey", "3-6", result="refused")], day("3-10"))
    assert found.refused
    assert not found.complete
    assert found.earliest_completion is None
    assert found.next == ()
    assert list(states(found).values()) == ["done"] * 3 + ["not_reached"] * 4
    assert found.faults == ()
    # nor is anything overdue that will never be done
    assert progress(DIBAO, [*BEGUN[:2], took("survey", "3-6", result="refused")], day("9-10")).faults == ()


def test_a_refusal_that_was_reversed_no_longer_counts() -> None:
    course = [*BEGUN[:2], took("survey", "3-6", result="refused"), took("survey", "3-16")]
    found = progress(DIBAO, course, day("3-20"))
    assert not found.refused
    assert [one.date for one in found["survey"].history] == [day("3-6")]
    assert states(found)["appraisal"] == "next"


# --- the story of an exit ---------------------------------------------------------------------------------------


def test_a_household_leaves_the_register() -> None:
    course = [took("appraisal", "11-1"), took("verification", "11-10"), took("consent", "11-12")]
    found = progress(EXIT, course, day("11-12"))
    assert [(one.step.step, one.first_day) for one in found.next] == [("notice", day("11-12"))]
    assert found.earliest_completion == day("11-20")
    course += [took("notice", "11-13"), took("announcement", "11-21")]
    found = progress(EXIT, course, day("11-21"))
    assert found.completed_on == day("11-21")
    assert found.effective_from is None  # the rule does not say
    assert found.faults == ()


def test_without_the_household_consent_the_exit_is_flawed() -> None:
    course = [took("appraisal", "11-1"), took("verification", "11-10"), took("notice", "11-13")]
    found = progress(EXIT, course, day("11-30"))
    assert states(found) == {
        "appraisal": "done", "verification": "done", "consent": "missing", "notice": "done", "announcement": "waiting",
    }  # fmt: skip
    assert one_fault(found) == CourseFault("missing_step", "consent")
    assert [(one.step.step, one.first_day) for one in found.next] == [("consent", day("11-30"))]


def test_where_an_objection_has_no_step_of_its_own_the_step_is_repeated() -> None:
    course = [took("appraisal", "11-1"), took("verification", "11-10"), took("consent", "11-12")]
    course.append(took("notice", "11-13", result="objection"))
    found = progress(EXIT, course, day("11-16"))
    assert states(found)["notice"] == "next"
    assert states(found)["announcement"] == "waiting"
    assert found["notice"].complete_on is None
    (again,) = found.next
    assert (again.step.step, again.first_day) == ("notice", day("11-21"))
    assert found.earliest_completion == day("11-29")

    found = progress(EXIT, [*course, took("announcement", "11-21")], day("11-21"))
    assert states(found)["notice"] == "missing"
    assert one_fault(found).kind == "missing_step"
    assert "    异议未经处理，即办理了后面的步骤" in said(found)

    found = progress(EXIT, [*course, took("notice", "11-21"), took("announcement", "11-29")], day("11-29"))
    assert found.complete
    assert found.faults == ()


def test_an_objection_to_what_took_a_day_is_met_on_another() -> None:
    two = chain({"step": "a"}, {"step": "b"})
    (again,) = progress(two, [took("a", "3-1", result="objection")], day("3-1")).next
    assert again.first_day == day("3-2")


# --- faults, to the day -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("decided", "early"), [("3-15", 2), ("3-16", 1), ("3-17", 0), ("3-18", 0)])
def test_the_notice_must_be_over(decided: str, early: int) -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9"), took("decision", decided)], day("3-30"))
    expected = CourseFault("too_early", "decision", other="notice", day=day("3-17"), days=early)
    assert found.faults == ((expected,) if early else ())


@pytest.mark.parametrize(("on", "state"), [("3-15", "running"), ("3-16", "running"), ("3-17", "done")])
def test_a_notice_runs_through_its_last_day(on: str, state: str) -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9")], day(on))
    assert states(found)["notice"] == state
    last = progress(
        chain({"step": "a"}, {"step": "n", "notice_days": 7}), [took("a", "3-9"), took("n", "3-9")], day(on)
    )
    assert last.complete == (state == "done")
    assert last.completed_on == (day("3-16") if last.complete else None)


@pytest.mark.parametrize(("until", "short"), [("3-14", 2), ("3-15", 1), ("3-16", 0), ("3-17", 0)])
def test_a_notice_must_last(until: str, short: int) -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9", until), took("decision", "3-18")], day("3-30"))
    expected = CourseFault("short_notice", "notice", day=day("3-16"), days=short)
    assert found.faults == ((expected,) if short else ())
    assert found["notice"].complete_on == max(day(until), day("3-16"))


def test_a_longer_notice_holds_up_what_follows() -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9", "3-20")], day("3-18"))
    assert found.next[-1].first_day == day("3-21")
    assert states(found)["notice"] == "running"


def test_a_notice_broken_off_by_a_refusal_is_not_short() -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9", "3-11", result="refused")], day("3-11"))
    assert states(found)["notice"] == "done"
    assert found["notice"].complete_on == day("3-11")
    assert found.faults == ()


@pytest.mark.parametrize(("decided", "late"), [("4-8", 0), ("4-9", 0), ("4-10", 1), ("4-11", 2)])
def test_the_deadline(decided: str, late: int) -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9"), took("decision", decided)], day("5-1"))
    expected = CourseFault("late", "decision", day=day("4-9"), days=late)
    assert found.faults == ((expected,) if late else ())
    assert found["decision"].deadline == day("4-9")


@pytest.mark.parametrize(("on", "late"), [("4-8", 0), ("4-9", 0), ("4-10", 1), ("4-11", 2)])
def test_what_is_not_done_is_overdue(on: str, late: int) -> None:
    found = progress(DIBAO, [*BEGUN, took("notice", "3-9")], day(on))
    assert [fault.days for fault in found.faults] == ([late] if late else [])
    assert any("至今未办" in line for line in said(found)) == bool(late)


@pytest.mark.parametrize(("surveyed", "out"), [("3-7", 0), ("3-8", 0), ("3-9", 1), ("3-10", 2)])
def test_the_order_of_days(surveyed: str, out: int) -> None:
    course = [*BEGUN[:2], took("survey", surveyed), took("appraisal", "3-8")]
    found = progress(DIBAO, course, day("3-10"))
    expected = CourseFault("out_of_order", "appraisal", other="survey", day=day(surveyed), days=out)
    assert found.faults == ((expected,) if out else ())


def test_documents_that_were_not_there() -> None:
    def found(evidence: list[str] | None) -> tuple[CourseFault, ...]:
        return progress(DIBAO, [took("application", "3-1", evidence=evidence)], day("3-1")).faults

    assert found(["consent", "form"]) == found(None) == ()
    assert found(["form"]) == (CourseFault("missing_evidence", "application", evidence=("consent",)),)
    assert found([]) == (CourseFault("missing_evidence", "application", evidence=("form", "consent")),)


@pytest.mark.parametrize(("refused", "fault"), [("3-7", 1), ("3-8", 0), ("3-9", 0)])
def test_nothing_may_be_done_after_a_refusal(refused: str, fault: int) -> None:
    side = chain(
        {"step": "a"}, {"step": "b", "after": "a"}, {"step": "c", "after": "a"}, {"step": "d", "after": ["b", "c"]}
    )
    course = [took("a", "3-1"), took("b", refused, result="refused"), took("c", "3-8")]
    found = progress(side, course, day("3-20"))
    expected = CourseFault("after_refusal", "c", other="b", day=day(refused))
    assert found.faults == ((expected,) if fault else ())


def test_the_first_of_two_refusals_ends_the_procedure() -> None:
    both = chain({"step": "a"}, {"step": "b", "after": "a"}, {"step": "c", "after": "a"}, {"step": "d", "after": "a"})
    for first, second in (("b", "c"), ("c", "b")):
        course = [took(second, "3-2", "3-9", result="refused"), took(first, "3-5", result="refused")]
        found = progress(both, [took("a", "3-1"), *course, took("d", "3-7")], day("3-20"))
        assert found.refusal == course[1]
        assert one_fault(found) == CourseFault("after_refusal", "d", other=first, day=day("3-5"))


def test_a_refusal_after_several_days_ends_on_the_last() -> None:
    two = chain({"step": "a"}, {"step": "b"})
    refused = took("a", "3-1", "3-5", result="refused")
    kinds = {"3-4": ["too_early"], "3-5": [], "3-6": ["after_refusal"]}
    for on, expected in kinds.items():
        found = progress(two, [refused, took("b", on)], day("3-9"))
        assert [fault.kind for fault in found.faults] == expected
    assert "  “a”于2023年3月5日未予通过，程序终止" in said(progress(two, [refused], day("3-9")))


def test_what_was_left_out_before_a_refusal_stays_missing() -> None:
    found = progress(EXIT, [took("appraisal", "11-1"), took("consent", "11-12", result="refused")], day("11-20"))
    assert states(found)["verification"] == "missing"
    assert states(found)["notice"] == "not_reached"
    assert found.next == ()


def test_several_faults_at_once() -> None:
    course = [
        took("application", "3-1", evidence=["form"]), took("acceptance", "3-2"), took("appraisal", "3-8"),
        took("notice", "3-9", "3-14"), took("decision", "3-14", evidence=[]),
    ]  # fmt: skip
    found = progress(DIBAO, course, day("3-30"))
    kinds = ["missing_evidence", "missing_step", "short_notice", "too_early", "missing_evidence"]
    assert [fault.kind for fault in found.faults] == kinds


# --- the rest of the rules of the game --------------------------------------------------------------------------


def test_what_follows_a_step_that_took_several_days_may_be_done_on_its_last() -> None:
    two = chain({"step": "a"}, {"step": "b"})
    found = progress(two, [took("a", "3-1", "3-5")], day("3-3"))
    assert states(found) == {"a": "running", "b": "next"}
    assert found.next[0].first_day == day("3-5")
    assert states(progress(two, [took("a", "3-1", "3-5")], day("3-5")))["a"] == "done"
    fault = one_fault(progress(two, [took("a", "3-1", "3-5"), took("b", "3-4")], day("3-5")))
    assert (fault.kind, fault.days, fault.day) == ("too_early", 1, day("3-5"))


def test_the_last_time_counts_and_the_earlier_ones_are_history() -> None:
    course = [*BEGUN, took("survey", "3-4"), took("survey", "3-7", result="objection")]
    found = progress(DIBAO, course, day("3-8"))
    assert [one.date for one in found["survey"].history] == [day("3-4"), day("3-6")]
    taken = found["survey"].taken
    assert taken is not None
    assert taken.date == day("3-7")


def test_who_acted_in_time_once_is_not_late_for_having_to_repeat() -> None:
    two = chain({"step": "a"}, {"step": "n", "notice_days": 3, "within_days": 2})
    first = [took("a", "3-1"), took("n", "3-3", result="objection")]
    assert progress(two, first, day("3-20")).faults == ()
    assert progress(two, first, day("3-20")).next[0].deadline is None
    assert progress(two, [*first, took("n", "3-10")], day("3-20")).faults == ()
    late = [took("a", "3-1"), took("n", "3-4", result="objection"), took("n", "3-10")]
    assert one_fault(progress(two, late, day("3-20"))).days == 1
    # what was done before the clock began to run does not keep the deadline
    again = [took("a", "3-1"), took("n", "3-2"), took("a", "3-5"), took("n", "3-9")]
    assert one_fault(progress(two, again, day("3-20"))).days == 2


def test_a_deadline_runs_from_the_step_that_is_followed() -> None:
    three = chain({"step": "a"}, {"step": "n", "notice_days": 5}, {"step": "c", "within_days": 3})
    found = progress(three, [took("a", "3-1"), took("n", "3-1")], day("3-2"))
    assert found.next[0].deadline == day("3-9")
    # an optional step that was taken moves it; one that was not does not stop it
    steps = [{"step": "a"}, {"step": "b", "optional": True}, {"step": "c", "within_days": 3}]
    assert progress(chain(*steps), [took("a", "3-1")], day("3-2")).next[-1].deadline == day("3-4")
    assert progress(chain(*steps), [took("a", "3-1"), took("b", "3-3")], day("3-3")).next[-1].deadline == day("3-6")


def test_of_several_steps_that_are_followed_the_last_starts_the_clock() -> None:
    steps = [{"step": "a"}, {"step": "b", "after": []}, {"step": "c", "after": ["a", "b"], "within_days": 3}]
    assert progress(chain(*steps), [took("a", "3-1")], day("3-20"))["c"].deadline is None
    assert progress(chain(*steps), [took("a", "3-1")], day("3-20")).faults == ()
    course = [took("a", "3-1"), took("b", "3-5")]
    assert progress(chain(*steps), course, day("3-7")).next[0].deadline == day("3-8")
    # where all of them are optional and none was taken, nothing starts it
    steps = [{"step": "a", "optional": True}, {"step": "b", "within_days": 3}]
    assert progress(chain(*steps), [], day("3-20")).next[-1].deadline is None


@pytest.mark.parametrize(("until", "late"), [("3-4", 0), ("3-5", 1), ("3-6", 2)])
def test_a_deadline_looks_at_the_day_on_which_the_work_is_done_and_a_notice_is_posted(until: str, late: int) -> None:
    survey = chain({"step": "a"}, {"step": "b", "within_days": 3})
    found = progress(survey, [took("a", "3-1"), took("b", "3-2", until)], day("3-20"))
    assert [fault.days for fault in found.faults] == ([late] if late else [])
    notice = chain({"step": "a"}, {"step": "n", "notice_days": 1, "within_days": 3})
    assert progress(notice, [took("a", "3-1"), took("n", "3-2", until)], day("3-20")).faults == ()


def test_no_clock_runs_before_its_step_is_complete() -> None:
    steps = [{"step": "a"}, {"step": "b", "optional": True, "after": []}]
    late = chain(*steps, {"step": "c", "within_days": 0, "within_from": "b", "after": "a"})
    found = progress(late, [took("a", "3-1")], day("5-1"))
    assert found["c"].deadline is None
    assert found.faults == ()
    assert one_fault(progress(late, [took("a", "3-1"), took("b", "4-30")], day("5-1"))).days == 1


def test_a_waiting_step_may_be_overdue() -> None:
    found = progress(DIBAO, BEGUN[:2], day("4-3"))
    assert states(found)["decision"] == "waiting"
    assert one_fault(found) == CourseFault("late", "decision", day=day("4-1"), days=2)


def test_an_optional_step_past_its_deadline_is_passed_by() -> None:
    steps = [{"step": "a"}, {"step": "b", "notice_days": 7}, {"step": "appeal", "optional": True, "within_days": 3}]
    course = [took("a", "3-1"), took("b", "3-1")]
    assert progress(chain(*steps), course, day("3-11")).next[0].deadline == day("3-11")
    found = progress(chain(*steps), course, day("3-11"))
    assert (found.complete, states(found)["appeal"]) == (True, "next")
    found = progress(chain(*steps), course, day("3-12"))
    assert (found.complete, states(found)["appeal"], found.next, found.faults) == (True, "skipped", (), ())
    found = progress(chain(*steps), [*course, took("appeal", "3-12")], day("3-12"))
    assert one_fault(found).kind == "late"
    # a course is not complete while an appeal runs
    found = progress(chain(*steps), [*course, took("appeal", "3-11", "3-20")], day("3-12"))
    assert (found.complete, found.earliest_completion) == (False, day("3-20"))


def test_a_step_that_follows_nothing_may_be_done_at_any_time() -> None:
    free = chain({"step": "a"}, {"step": "check", "after": []}, {"step": "c", "after": "a"})
    found = progress(free, [took("c", "3-5"), took("a", "3-1")], day("3-10"))
    assert states(found) == {"a": "done", "check": "next", "c": "done"}
    assert found.faults == ()
    assert not found.complete
    assert progress(free, [took("check", "2-1"), took("a", "3-1"), took("c", "3-5")], day("3-10")).faults == ()


def test_what_is_made_up_counts_from_today() -> None:
    course = [took("application", "3-1"), took("acceptance", "3-2"), *BEGUN[3:], took("notice", "3-9")]
    found = progress(DIBAO, [*course, took("decision", "3-20")], day("3-25"))
    assert [(one.step.step, one.first_day) for one in found.next] == [("survey", day("3-25"))]
    assert found.earliest_completion == day("3-25")
    assert not found.complete


def test_of_what_was_left_out_only_the_first_can_be_made_up_at_once() -> None:
    found = progress(DIBAO, [took("decision", "3-20")], day("3-25"))
    assert states(found)["application"] == states(found)["notice"] == "missing"
    assert [one.step.step for one in found.next] == ["application"]
    assert found.earliest_completion == day("4-1")


@pytest.mark.parametrize(
    ("effective", "decided", "starts"),
    [
        ("decision", "2023-12-31", "2023-12-31"),
        ("month_of_decision", "2023-12-31", "2023-12-01"),
        ("month_after_decision", "2023-12-31", "2024-01-01"),
        ("month_after_decision", "2023-12-01", "2024-01-01"),
        ("month_after_decision", "2024-01-31", "2024-02-01"),
        ("month_after_decision", "2024-02-29", "2024-03-01"),
        (None, "2024-02-29", None),
    ],
)
def test_from_when_a_decision_takes_effect(effective: str | None, decided: str, starts: str | None) -> None:
    two = chain({"step": "a"}, {"step": "b"}, effective=effective)
    date = dt.date.fromisoformat(decided)
    found = progress(two, [StepTaken(step="a", date=date), StepTaken(step="b", date=date)], date)
    assert found.effective_from == (starts and dt.date.fromisoformat(starts))


def test_a_decision_may_be_published_later_than_it_was_taken() -> None:
    steps = [{"step": "a"}, {"step": "decision"}, {"step": "published", "notice_days": 7}]
    three = chain(*steps, effective="month_after_decision", decided_by="decision")
    course = [took("a", "3-1"), took("decision", "3-30"), took("published", "3-31")]
    assert progress(three, course, day("4-7")).effective_from is None
    assert progress(three, course, day("4-8")).effective_from == day("4-1")
    assert progress(chain(*steps, effective="month_after_decision"), course, day("4-8")).effective_from == day("5-1")


def test_days_that_stand_still_after_the_last_counted_one_do_not_make_late() -> None:
    steps = [{"step": "a"}, {"step": "n", "notice_days": 5}]
    three = chain(*steps, {"step": "c", "within_days": 2, "within_from": "a", "clock_stops_for": "n"})
    course = [took("a", "3-1"), took("n", "3-3")]  # the 2nd and 3rd are counted, the 4th to 8th are not
    assert progress(three, course, day("3-5"))["c"].deadline == day("3-8")
    # so the first possible day is late, and that is said in advance
    assert any("按最早可办之日亦已超过期限" in line for line in said(progress(three, course, day("3-5"))))
    assert one_fault(progress(three, [*course, took("c", "3-9")], day("3-9"))).days == 1
    # with one day more it is just in time
    three = chain(*steps, {"step": "c", "within_days": 3, "within_from": "a", "clock_stops_for": "n"})
    assert not any("按最早可办之日亦已超过期限" in line for line in said(progress(three, course, day("3-5"))))
    assert progress(three, [*course, took("c", "3-9")], day("3-9")).faults == ()


def test_a_notice_broken_off_stops_the_clock_only_while_it_hung() -> None:
    steps = [{"step": "a"}, {"step": "n", "notice_days": 5}]
    three = chain(*steps, {"step": "c", "within_days": 10, "within_from": "a", "clock_stops_for": ["n"]})
    assert progress(three, [took("a", "3-1"), took("n", "3-3", "3-5")], day("3-5"))["c"].deadline == day("3-13")
    # each time it is taken it stops the clock, but no day twice
    twice = [took("a", "3-1"), took("n", "3-3", result="objection"), took("n", "3-6")]
    assert progress(three, twice, day("3-6"))["c"].deadline == day("3-19")


# --- facts that cannot be ---------------------------------------------------------------------------------------


def test_facts_that_cannot_be_are_refused_all_together() -> None:
    course = [
        took("aplication", "3-1"), took("survey", "3-12"), took("application", "3-2", evidence=["forms"]),
        took("appraisal", "3-3"), took("appraisal", "3-3", result="objection"),
    ]  # fmt: skip
    with pytest.raises(InputError) as caught:
        progress(DIBAO, course, day("3-11"))
    text = caught.value.text("zh")
    assert text.splitlines() == [
        "1.step: 没有“aplication”这个步骤，是不是 application？",
        "2.date: 2023-03-12 晚于截止日 2023-03-11，尚未发生",
        "3.evidence.1: 没有“forms”这个材料，是不是 form？",
        "5: “appraisal”在 2023-03-03 写了两次",
    ]
    assert "did you mean 'application'" in caught.value.text("en")


@pytest.mark.parametrize(("on", "fits"), [("3-11", False), ("3-12", True), ("3-13", True)])
def test_a_fact_cannot_lie_in_the_future(on: str, fits: bool) -> None:
    course = [took("application", "3-12", "5-1")]  # its last day may
    if fits:
        progress(DIBAO, course, day(on))
    else:
        with pytest.raises(InputError):
            progress(DIBAO, course, day(on))


def test_nothing_ends_before_it_begins() -> None:
    took("notice", "3-9", "3-9")
    with pytest.raises(InputError, match="until: ends on 2023-03-08, before"):
        took("notice", "3-9", "3-8")
    with pytest.raises(InputError, match="'untill' is not a key known here; did you mean 'until'"):
        StepTaken.read({"step": "a", "date": "2023-01-01", "untill": "2023-01-02"})


def test_days_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(InputError):
        progress(DIBAO, [], dt.date(3000, 1, 1))
    progress(DIBAO, [], dt.date(2999, 12, 31))
    with pytest.raises(InputError):
        StepTaken(step="a", date=dt.date(3000, 1, 1))


def test_a_step_that_the_procedure_does_not_have_has_no_progress() -> None:
    with pytest.raises(InputError, match="did you mean 'notice'"):
        progress(DIBAO, [], day("3-1"))["notise"]


# --- declarations -----------------------------------------------------------------------------------------------


def faults_of(*steps: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(RuleError) as caught:
        chain(*steps, **more)
    return [f"{fault.where()} {fault.text('zh').partition(': ')[2]}" for fault in caught.value.faults]


def test_everything_wrong_with_a_procedure_is_said_at_once() -> None:
    found = faults_of(
        {"step": "apply", "within_days": 3, "optional": True},
        {"step": "notice", "notice_days": -1, "after": ["aply"], "optional": True},
        {"step": "apply", "after": ["apply", "decide"], "within_days": -1, "optional": True},
        {"step": "decide", "within_from": "decide", "clock_stops_for": ["notice", "decide"], "optional": True},
        {"step": "last", "after": [], "within_days": 1, "optional": True},
        decided_by="decides",
    )
    assert found == [
        "steps.1.within_days 请用 within_from 写明期限从哪一步起算",
        "steps.2.notice_days 天数应在 0 至 3660 之间，不能是 -1",
        "steps.2.after.1 没有“aply”这个步骤，是不是 apply？",
        "steps.3.step 步骤“apply”出现两次",
        "steps.3.within_days 天数应在 0 至 3660 之间，不能是 -1",
        "steps.3.after.2 “decide”应列在本步骤之前",
        "steps.4.clock_stops_for.2 “decide”应列在本步骤之前",
        "steps.4.within_from “decide”应列在本步骤之前",
        "steps.4.within_from 未写 within_days，不必写 within_from",
        "steps.4.clock_stops_for 未写 within_days，不必写 clock_stops_for",
        "steps.5.within_days 请用 within_from 写明期限从哪一步起算",
        "steps 至少应有一个必经步骤",
        "decided_by 没有“decides”这个步骤，是不是 decide？",
        "decided_by 未写 effective，不必写 decided_by",
    ]


def test_who_decides_must_be_required() -> None:
    steps = ({"step": "a"}, {"step": "b", "optional": True})
    assert faults_of(*steps, decided_by="b", effective="decision") == ["decided_by 作出决定的步骤不能是非必经步骤"]
    chain(*steps, decided_by="a", effective="decision")


@pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, True), (1, True), (3660, True), (3661, False)])
@pytest.mark.parametrize("field", ["notice_days", "within_days"])
def test_days_have_limits(field: str, days: int, fits: bool) -> None:
    if fits:
        chain({"step": "a"}, {"step": "b", field: days})
    else:
        assert len(faults_of({"step": "a"}, {"step": "b", field: days})) == 1


def test_one_step_is_no_procedure() -> None:
    assert faults_of({"step": "a"}) == faults_of() == ["steps 程序至少应有两个步骤"]


def test_names_and_keys_are_checked() -> None:
    assert len(faults_of({"step": "First step"}, {"step": "b", "evidence": {"ID card": label("身份证")}})) == 2
    assert "是不是 notice_days" in faults_of({"step": "a", "notice_day": 3}, {"step": "b"})[0]


def test_a_procedure_is_a_stated_thing() -> None:
    assert DIBAO.name == "dibao_application"
    assert list(DIBAO.values()) == []
    assert Procedure.read(DIBAO.model_dump()) == DIBAO


# --- what is said -----------------------------------------------------------------------------------------------


def test_the_report_in_chinese() -> None:
    course = [took("application", "3-1", evidence=["form"]), *BEGUN[1:], took("notice", "3-9")]
    assert said(progress(DIBAO, course, day("3-12"))) == [
        "最低生活保障申请：办理情况（截至2023年3月12日）",
        "  1. 提出申请（申请家庭）：2023年3月1日办结",
        "    缺少材料：授权书",
        "  2. 受理（乡镇人民政府）：2023年3月2日办结",
        "  3. 入户调查（乡镇人民政府）：2023年3月6日办结",
        "  4. 民主评议（村民委员会）：2023年3月8日办结",
        "  5. 第一次公示（村民委员会）：2023年3月9日张贴，公示至2023年3月16日，尚未期满",
        "  6. 第二次公示（村民委员会）：可视情况办理（非必经步骤）",
        "  7. 审批决定（县级民政部门）：待办",
        "  经核对，有1处不符合程序规定，见上",
        "  如有需要，可办理：第二次公示（村民委员会），最早可于2023年3月17日办理",
        "  下一步：审批决定（县级民政部门），最早可于2023年3月17日办理，应在2023年4月9日以前（含当日）办理",
        "    应备材料：评议记录",
        "  其余应办步骤均在最早可办之日办理的，全部程序最早于2023年3月17日办结",
        "  期间按自然日计算，开始当日（公示为张贴当日）不计入",
    ]


def test_the_report_in_english() -> None:
    course = [
        *BEGUN[:1], took("survey", "3-6", "3-7"), took("appraisal", "3-5"),
        took("notice", "3-9", "3-15"), took("decision", "4-20", evidence=["minutes"]),
    ]  # fmt: skip
    assert said(progress(DIBAO, course, day("5-1")), "en") == [
        "Application for the minimum living allowance: the course as of 2023-05-01",
        "  1. Application (household): done on 2023-03-01",
        "    documents needed: application form, consent to checks (not stated, not checked)",
        "  2. Acceptance (township): left out although a later step was taken",
        "  3. Household survey (township): begun on 2023-03-06, done on 2023-03-07",
        "  4. Public appraisal (village committee): done on 2023-03-05",
        "    out of order: taken on 2023-03-05, 1 day before Household survey (2023-03-06), which must come first",
        "  5. First notice (village committee): posted on 2023-03-09, notice ended with 2023-03-15",
        "    notice too short by 1 day: it should have run to 2023-03-16, but ended with 2023-03-15",
        "  6. Second notice (village committee): not taken (optional)",
        "  7. Decision (county civil affairs): done on 2023-04-20",
        "  Points that do not keep to the procedure: 3, see above",
        "  To be made up: Acceptance (township), from 2023-05-01 on",
        "  If every step still due is taken on the first possible day, all is complete on 2023-05-01 at the earliest",
        "  Periods are calendar days; the day on which one begins (a notice is posted) does not count",
    ]


def test_the_report_of_an_end() -> None:
    course = [*BEGUN[:2], took("survey", "3-6", result="refused"), took("appraisal", "3-8")]
    lines = said(progress(DIBAO, course, day("3-9")))
    assert "  3. 入户调查（乡镇人民政府）：2023年3月6日办结，未予通过" in lines
    assert "    “入户调查”已于2023年3月6日未予通过，程序终止后不应再办理本步骤" in lines
    assert "  7. 审批决定（县级民政部门）：程序已终止，不再办理" in lines
    assert lines[-2] == "  “入户调查”于2023年3月6日未予通过，程序终止"

    course = [*BEGUN, took("notice", "3-9", "3-11", result="refused")]
    lines = said(progress(DIBAO, course, day("3-21")))
    assert "  5. 第一次公示（村民委员会）：2023年3月9日张贴，2023年3月11日公示终止，未予通过" in lines

    course = [took("appraisal", "3-8", result="objection"), took("verification", "3-9", result="refused")]
    lines = said(progress(EXIT, course, day("3-21")))
    assert "  1. 民主评议（村民委员会）：2023年3月8日办理时有异议" in lines

    course = [
        *BEGUN,
        took("notice", "3-9", result="objection"),
        took("second_notice", "3-17"),
        took("decision", "3-21"),
    ]
    lines = said(progress(DIBAO, course, day("3-21")))
    assert "  5. 第一次公示（村民委员会）：2023年3月9日张贴，2023年3月16日公示期满，有异议" in lines
    assert lines[-4:-1] == [
        "  经核对，已办步骤未发现不符合程序规定之处",
        "  全部程序已于2023年3月21日办结",
        "  自2023年3月1日起执行",
    ]


def test_the_report_of_days_missed() -> None:
    course = [*BEGUN, took("survey", "3-4"), took("notice", "3-9"), took("decision", "3-16")]
    lines = said(progress(DIBAO, course, day("3-20")))
    assert "    此前曾于2023年3月4日办理（通过），以最后一次为准" in lines
    assert "    办理过早：“第一次公示”尚未结束，最早应于2023年3月17日办理，提前了1日" in lines
    lines = said(progress(DIBAO, [*BEGUN, took("notice", "3-9"), took("decision", "4-12")], day("4-20")))
    assert "    逾期：应在2023年4月9日以前（含当日）办理，逾期3日" in lines
    lines = said(progress(DIBAO, [*BEGUN, took("notice", "3-9")], day("4-12")))
    assert "    已逾期：应在2023年4月9日以前（含当日）办理，至今未办，已逾期3日" in lines


def test_a_procedure_without_a_label_is_called_by_its_name() -> None:
    assert said(progress(chain({"step": "a"}, {"step": "b"}), [], day("3-1"))) == [
        "p：办理情况（截至2023年3月1日）",
        "  1. a：待办",
        "  2. b：尚未办理，待前面的步骤办结",
        "  尚未办理任何步骤",
        "  下一步：a，最早可于2023年3月1日办理",
        "  其余应办步骤均在最早可办之日办理的，全部程序最早于2023年3月1日办结",
        "  期间按自然日计算，开始当日（公示为张贴当日）不计入",
    ]


def test_for_machines() -> None:
    course = [*BEGUN[:3], took("appraisal", "3-4", evidence=["minutes"])]
    found = json.loads(json.dumps(progress(DIBAO, course, day("3-12")).to_dict()))
    assert {key: value for key, value in found.items() if key not in ("steps", "next")} == {
        "procedure": "dibao_application", "on": "2023-03-12", "complete": False, "completed_on": None,
        "refused": False, "earliest_completion": "2023-03-20", "effective_from": None,
    }  # fmt: skip
    assert found["next"] == [{"step": "notice", "first_day": "2023-03-12", "deadline": None, "due": True}]
    assert found["steps"][3] == {
        "step": "appraisal", "state": "done", "due": True,
        "taken": {"date": "2023-03-04", "evidence": ["minutes"], "result": "passed"}, "history": [],
        "complete_on": "2023-03-04", "deadline": None,
        "faults": [{"kind": "out_of_order", "step": "appraisal", "other": "survey", "day": "2023-03-06", "days": 2}],
    }  # fmt: skip


# --- what always holds ------------------------------------------------------------------------------------------

START = dt.date(2023, 1, 1)
small = st.integers(0, 9)


@st.composite
def procedures(draw: Draw) -> Procedure:
    steps: list[dict[str, Any]] = []
    for number in range(draw(st.integers(2, 7))):
        earlier = [one["step"] for one in steps]
        step: dict[str, Any] = {"step": f"s{number}", "notice_days": draw(st.none() | small)}
        step["optional"] = number > 0 and draw(st.booleans())
        some = st.lists(st.sampled_from(earlier), unique=True, max_size=3) if earlier else st.just([])
        step["after"] = draw(st.none() | some)
        if earlier and draw(st.booleans()):
            step |= {"within_days": draw(st.integers(0, 25)), "within_from": draw(st.sampled_from(earlier))}
            step["clock_stops_for"] = draw(some)
        steps.append(step)
    return chain(*steps, effective=draw(st.sampled_from([None, "decision", "month_of_decision"])))


def times(repeats: bool) -> st.SearchStrategy[Any]:
    """Day, longer by, and result, of some steps."""
    results = st.sampled_from(["passed"] * 4 + ["objection", "refused"])
    once = st.tuples(st.integers(0, 6), st.integers(0, 40), st.none() | small, results)
    unique = (lambda one: one[:2]) if repeats else (lambda one: one[0])
    return st.lists(once, unique_by=unique, max_size=9 if repeats else 7)


def course_of(procedure: Procedure, drawn: Sequence[Any]) -> list[StepTaken]:
    return [
        StepTaken(
            step=f"s{number}",
            date=START + begun * DAY,
            until=None if longer is None else START + (begun + longer) * DAY,
            result=result,
        )
        for number, begun, longer, result in drawn
        if number < len(procedure.steps)
    ]


@settings(max_examples=300)
@given(procedures(), st.lists(st.booleans(), min_size=7, max_size=7))
def test_the_first_possible_days_lead_to_the_end_that_was_announced(procedure: Procedure, taking: list[bool]) -> None:
    for with_optional in (False, True):
        wanted = {f"s{number}" for number, wants in enumerate(taking) if wants and with_optional}
        on, course, hopeless = START, list[StepTaken](), set[str]()
        found = progress(procedure, course, on)
        announced = found.earliest_completion
        assert announced is not None
        while chosen := [one for one in found.next if one.due or one.step.step in wanted]:
            one = min(chosen, key=lambda one: one.first_day)
            assert one.first_day >= on
            if one.deadline is not None and one.first_day > one.deadline:
                hopeless.add(one.step.step)
            on = one.first_day
            course.append(StepTaken(step=one.step.step, date=on))
            found = progress(procedure, course, on)
            assert found[one.step.step].state in ("done", "running")
            assert found.earliest_completion is not None
            if not with_optional:
                assert found.earliest_completion == announced
        last = found.earliest_completion
        assert last is not None
        assert last >= announced
        found = progress(procedure, course, max(on, last + DAY))
        assert found.completed_on == last
        assert {fault.step for fault in found.faults if fault.kind == "late"} <= hopeless
        assert all(fault.kind == "late" for fault in found.faults)
        if last > on:  # not a day earlier
            states_then = {one.step.step: one.state for one in progress(procedure, course, last).steps}
            assert "running" in states_then.values() or progress(procedure, course, last).complete


@settings(max_examples=200)
@given(procedures(), times(repeats=True), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_listed_is_nothing(procedure: Procedure, drawn: Any, random: Any) -> None:
    course = course_of(procedure, drawn)
    on = START + 45 * DAY
    shuffled = list(course)
    random.shuffle(shuffled)
    found = progress(procedure, course, on)
    assert progress(procedure, shuffled, on) == found
    for lang in ("zh", "en"):
        text = "\n".join(said(found, lang))
        assert "None" not in text
        assert "{" not in text
    json.dumps(found.to_dict())


@settings(max_examples=300)
@given(procedures(), times(repeats=False), st.integers(0, 6), st.integers(1, 20))
def test_what_is_done_later_never_ends_earlier(procedure: Procedure, drawn: Any, moved: int, by: int) -> None:
    later = [(one[0], one[1] + by * (one[0] == moved), *one[2:]) for one in drawn]
    on = START + 61 * DAY
    before = progress(procedure, course_of(procedure, drawn), on).earliest_completion
    after = progress(procedure, course_of(procedure, later), on).earliest_completion
    assert (before is None) == (after is None)
    assert before is None or (after is not None and after >= before)


@settings(max_examples=300)
@given(procedures(), times(repeats=True), st.integers(40, 60))
def test_what_a_report_says_of_a_course_fits_together(procedure: Procedure, drawn: Any, on: int) -> None:
    today = START + on * DAY
    found = progress(procedure, course_of(procedure, drawn), today)
    in_next = {one.step.step for one in found.next}
    for one in found.steps:
        name = one.step.step
        assert (one.state in ("done", "running")) == (one.complete_on is not None)
        assert one.due or one.state != "missing"
        assert (name in in_next) >= (one.state == "next")
        assert (one.state == "missing") == any(fault.kind == "missing_step" for fault in one.faults)
        assert all(earlier.date < later.date for earlier, later in pairwise((*one.history, *filter(None, [one.taken]))))
        assert all(fault.step == name and (fault.days is None or fault.days > 0) for fault in one.faults)
    assert all(one.first_day >= today for one in found.next)
    assert found.complete == (not found.refused and not any(one.due and one.state != "done" for one in found.steps)
                              and all(one.state != "running" for one in found.steps))  # fmt: skip
    if found.complete:
        assert found.completed_on == found.earliest_completion
        assert found.completed_on is not None
        assert found.completed_on <= today
    elif not found.refused:
        assert found.earliest_completion is not None
        assert found.earliest_completion >= today
        assert any(one.due for one in found.next) or "running" in states(found).values()


@settings(max_examples=300)
@given(st.integers(0, 20), st.lists(st.tuples(st.integers(-5, 30), small), max_size=4), st.integers(0, 45))
def test_a_deadline_counts_day_by_day(days: int, stops: list[tuple[int, int]], done: int) -> None:
    """Against a calendar on which the days are ticked off one by one."""
    names = [f"stop{number}" for number in range(len(stops))]
    base = START + 10 * DAY
    made = chain(
        {"step": "base"},
        *({"step": name, "after": [], "optional": True} for name in names),
        {"step": "end", "after": "base", "within_days": days, "within_from": "base", "clock_stops_for": names},
    )
    course = [StepTaken(step="base", date=base), StepTaken(step="end", date=base + done * DAY)]
    still: set[dt.date] = set()
    for name, (begun, longer) in zip(names, stops, strict=True):
        first = base + begun * DAY
        course.append(StepTaken(step=name, date=first, until=first + longer * DAY))
        still |= {first + more * DAY for more in range(longer + 1)}
    found = progress(made, course, base + 60 * DAY)

    def counted(until: int) -> int:
        return sum(base + passed * DAY not in still for passed in range(1, until + 1))

    late = [fault.days for fault in found.faults if fault.kind == "late"]
    assert late == ([counted(done) - days] if counted(done) > days else [])
    last = max(passed for passed in range(100) if counted(passed) <= days)
    assert found["end"].deadline == base + last * DAY


def test_a_long_procedure_is_no_burden() -> None:
    """Where each of many optional steps follows all before it, the ways through are beyond number."""
    names = [f"s{number}" for number in range(60)]
    steps = [{"step": name, "after": names[:place], "optional": place > 0} for place, name in enumerate(names)]
    found = progress(chain(*steps), [took("s0", "3-1"), took("s59", "3-2")], day("3-3"))
    assert found.complete
    assert found.faults == ()
