"""The register in which provisions write what they mean, and find what others wrote.

Steps are named ``<kind>.<name>.<step>``; a provision's result is ``<kind>.<name>`` itself. Amounts that may not
be known have a step ``….known`` beside them, verdicts are two steps, ``….met`` and ``….failed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from poverty_policy.errors import Fault, RuleError, invalid
from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import MOST
from poverty_policy.policy.known import Known, Verdict, any_member, any_met, stated
from poverty_policy.policy.values import Better, Facts, Value, formula
from poverty_policy.terms import Vocabulary

#: The most that an amount of a village, a township or a county may be, in fen: 4 billion yuan.
MOST_PUBLIC = 400_000_000_000
#: The most that a count may be.
MOST_COUNTED = 10_000_000
_LAST_DAY = 3_652_059  # 9999-12-31, as Python counts days

#: What a fact may be, by the thresholds it is held against.
FactKind = Literal["truth", "money", "rate", "count", "date", "choice"]


class Register:
    """What is known while a scheme is being described, provision by provision.

    Attributes:
        vocabulary: the names known.
        facts: for each entity, the inputs that values may differ by.
        steps: every named formula so far.
        amounts: full name -> the amount that a provision comes to.
        verdicts: full name -> whether it is met.
        periods: full name -> whether its amount is per month or per year.
        open: values that the sources leave open: name of the step that says where they are needed -> the value. Of a
            series, ``….figures.0`` is the figure of the year of the assessment, ``….figures.-1`` of the year before.
        groups: groups that a result may stand in for.
        series: full name -> the figure of so many years before the assessment.
        faults: what is wrong with the provisions taken together.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.groups: dict[str, g.Node] = {}
        self.facts: Mapping[g.Entity, Facts] = {
            entity: Facts(vocabulary, MOST, level=entity, results=self.groups) for entity in g.ENTITIES
        }
        self.steps: dict[str, g.Node] = {}
        self.amounts: dict[str, Known] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.periods: dict[str, str] = {}
        self.series: dict[str, Callable[[int], Known]] = {}
        self.faults: list[Fault] = []
        self._kinds: dict[tuple[g.Entity, str], FactKind] = {}
        self.open: dict[str, str] = {}

    def step(self, name: str, node: g.Node) -> g.Node:
        """Name a formula."""
        self.steps[name] = node
        return node

    def amount(self, name: str, amount: Known, per: str | None = None) -> Known:
        """Name an amount that may not be known, and what it is per."""
        self.step(name, amount.value)
        self.step(f"{name}.known", amount.known)
        self.amounts[name] = amount
        if per is not None:
            self.periods[name] = per
        return amount

    def verdict(self, name: str, verdict: Verdict) -> Verdict:
        """Name a verdict."""
        self.step(f"{name}.met", verdict.met)
        self.step(f"{name}.failed", verdict.failed)
        self.verdicts[name] = verdict
        return verdict

    def value(
        self, level: g.Entity, name: str, value: Value, better: Better = "high", otherwise: int | None = None
    ) -> Known:
        """The formula of a value; where the sources leave it open, it is not known."""
        # whether a figure is known is told beside it, so that what stands in for it may be anything that stays exact
        asked = Facts(self.vocabulary, MOST, level=level, results=self.groups, worst=0)
        node = formula(value, asked, better, name, g.TRUE, otherwise)
        for refusal, where in asked.refusals.items():
            self.leave_open(refusal.partition(":")[2], where, refusal)
        known = g.negate(g.any_holds(*asked.refusals.values()))
        if any(isinstance(one, g.Input) and one.name == "person.age" for one in g.walk([node])):
            known = g.all_hold(known, self.age().known)
        return Known(node, known)

    def age(self) -> Known:
        """A person's age in full years."""
        return Known(self.facts["person"].age(), g.truth("person.knows.birth_date", "person"))

    def belongs(self, level: g.Entity, group: str) -> Verdict:
        """Whether a person, or a member of the household, belongs to a group by status or by result."""
        held = stated(Known(g.truth(f"person.group.{group}", "person")))
        if level == "household":
            held = any_member(held, "household", "person")
        result = self.verdicts.get(f"group.{group}")
        if result is None:
            return held
        if level == "household" and result.met.entity == "person":
            result = any_member(result, "household", "person")
        return any_met([held, result])

    def amount_of(self, name: str) -> Known:
        """What a provision comes to.

        Raises:
            RuleError: it comes to no amount.
        """
        if name not in self.amounts:
            zh, en = f"{name} 没有数额", f"{name} comes to no amount"
            raise RuleError(invalid(zh, en, name))
        return self.amounts[name]

    def verdict_of(self, name: str) -> Verdict:
        """Whether a provision is met.

        Raises:
            RuleError: it is nothing that is met or not.
        """
        if name not in self.verdicts:
            zh, en = f"{name} 不是判定，没有符合不符合", f"{name} is nothing that is met or not"
            raise RuleError(invalid(zh, en, name))
        return self.verdicts[name]

    def yearly(self, name: str) -> Known:
        """An amount per year, whatever it is stated per.

        Raises:
            RuleError: the provision comes to no amount.
        """
        found = self.amount_of(name)
        return Known(g.mul(found.value, g.const(12)), found.known) if self.periods.get(name) == "month" else found

    def leave_open(self, about: str, where: g.Node, mark: str | None = None) -> None:
        """Note that the sources leave a value open, and where it would be needed."""
        name = f"open:{mark or about}"
        self.open[name] = about
        self.step(name, where)

    # --- what a case states --------------------------------------------------------------------------------

    def fact(self, level: g.Entity, name: str, kind: FactKind) -> Known:
        """A fact of a person, a household, a village, … that a case may state, or leave unknown."""
        self._take(level, name, kind)
        known = g.truth(f"{level}.knows.{name}", level)
        written = f"{level}.{kind}.{name}"
        if kind == "truth":
            return Known(g.truth(written, level), known)
        public = level not in ("person", "household")
        money = MOST_PUBLIC if public else MOST
        most = {"money": money, "rate": 1_000_000, "count": MOST_COUNTED, "date": _LAST_DAY}[kind]
        return Known(g.whole(written, level, 0, most), known)

    def choice(self, level: g.Entity, name: str, option: str) -> Known:
        """Whether a fact that is one of several options is this one."""
        self._take(level, name, "choice")
        return Known(g.truth(f"{level}.choice.{name}.{option}", level), g.truth(f"{level}.knows.{name}", level))

    def months_since(self, level: g.Entity, name: str) -> Known:
        """Full months from the day that a fact names to the day of the assessment."""
        self._take(level, name, "date")
        since = g.whole(f"{level}.months_since.{name}", level, 0, 12 * 200)
        return Known(since, g.truth(f"{level}.knows.{name}", level))

    def _take(self, level: g.Entity, fact: str, kind: FactKind) -> None:
        """A fact is one kind of thing, wherever it is asked for."""
        before = self._kinds.setdefault((level, fact), kind)
        if before != kind:
            word = self.vocabulary.text("fact", fact, "zh")
            zh = f"“{word}”在一处是 {before}，在另一处是 {kind}"
            self.faults.append(invalid(zh, f"{fact!r} is a {before} in one place and a {kind} in another", fact))

    def items(self, level: g.Entity, item: str, window: str) -> g.Node:
        """What a case states under an item within a window."""
        return g.whole(f"{level}.item.{item}.{window}", level, 0, MOST)

    def spent(self, level: g.Entity, item: str, window: str) -> g.Node:
        """The costs stated with the records of an item within a window."""
        return g.whole(f"{level}.spent.{item}.{window}", level, 0, MOST)

    def others(self, level: g.Entity, account: str) -> g.Node:
        """What a case states under items that an account does not name, per year."""
        return g.whole(f"{level}.others.{account}", level, 0, 12 * MOST)

    def history(self, window: str) -> g.Node:
        """Whether the records of the household are complete for a window."""
        return g.truth(f"household.history.{window}", "household")

    def year(self) -> g.Node:
        """The year of the assessment."""
        return g.whole("household.year", "household", 1, 9999)
