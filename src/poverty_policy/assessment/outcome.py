"""What came out: amounts by name, for all, for each person and for each claim, and every step on the way."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from poverty_policy.assessment.engine import Engine, feeds_health, states_circumstances
from poverty_policy.assessment.facts import Gathered, Gatherer, Placed
from poverty_policy.assessment.results import Result, Unknown, written
from poverty_policy.cases import Case, read_case
from poverty_policy.errors import Fault, InputError, Lang, UnspecifiedError, invalid, unknown
from poverty_policy.formula.graph import Entity
from poverty_policy.formula.python import Row
from poverty_policy.money import Money, Rate, quotient
from poverty_policy.policy.provision import HEALTH
from poverty_policy.policy.words import Words
from poverty_policy.ruleset.resolved import Resolved

if TYPE_CHECKING:
    from poverty_policy.assessment.decisions import Decision

SUMS = ("cost", "waived", "paid", "out_of_pocket")
EFFECTIVE_RATE = "health.effective_rate"
Value = Result


def effective_rate(paid: Money, cost: Money) -> Rate | None:
    """The share of the whole cost that somebody else bore, to 1/10,000, half up; none of no cost."""
    return Rate.of_parts(quotient(paid.fen * 10_000, cost.fen, "half_up")) if cost else None


@attrs.frozen(eq=False)
class ClaimOutcome(Mapping[str, Value]):
    """The outcome of one claim; ``claim["health.basic"]``, ``None`` where the entry does not apply to it."""

    placed: Placed
    trace: Mapping[str, Any]
    names: tuple[str, ...]

    def __getitem__(self, name: str) -> Value:
        return _value(self.trace, name, self.names, bool(self.trace.get(f"{name}.applies", True)))

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def _value(found: Mapping[str, Any], name: str, names: Sequence[str], applies: bool) -> Value:
    if name not in names:
        raise InputError(unknown("result", name, names))
    if name == EFFECTIVE_RATE:
        borne = found["health.paid"] + found["health.waived"]
        return effective_rate(Money.of_fen(borne), Money.of_fen(found["health.cost"]))
    return Money.of_fen(found[name]) if applies else None


@attrs.frozen(eq=False, slots=False)
class Outcome(Mapping[str, Value]):
    """The outcome of a case under a rule set.

    ``outcome["health.critical_illness"]`` is the amount for the whole case; ``None`` says that nobody in it is
    entitled, which is not the same as zero. ``outcome.claims`` and ``outcome.persons`` hold the parts.
    """

    engine: Engine
    gathered: Gathered
    _rows: Mapping[Entity, Sequence[Row]]

    @property
    def rules(self) -> Resolved:
        """The rules under which it came out."""
        return self.engine.rules

    @functools.cached_property
    def health_names(self) -> tuple[str, ...]:
        """The names of the health layers' amounts."""
        if HEALTH in self.rules.missing:
            return ()
        entries = [f"health.{entry.name}" for entry in self.rules.cascade.entries]
        return (*entries, *(f"health.{name}" for name in SUMS), EFFECTIVE_RATE)

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all results."""
        return (*self.health_names, *self._decided)

    @functools.cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """What the provisions came to: areas first, then each household, then each person."""
        if self.engine.whole is None:
            return ()
        from poverty_policy.assessment.decisions import Deciding  # who only settles claims does not pay for it

        return tuple(Deciding(self.engine, self.gathered, self._rows).decisions())

    @functools.cached_property
    def _decided(self) -> Mapping[str, Result]:
        """Provision -> the result for the whole case: the one there is, or amounts summed up."""
        found: dict[str, list[Result]] = {}
        for one in self.decisions:
            found.setdefault(one.name, []).append(one.result)
        return {name: together for name, results in found.items() if (together := _together(results)) is not _MIXED}

    @functools.cached_property
    def claims(self) -> tuple[ClaimOutcome, ...]:
        """The claims, person by person, in the order of their settlement."""
        names = self.engine.runner.names["claim"]
        return tuple(
            ClaimOutcome(placed, dict(zip(names, row, strict=True)), self.health_names)
            for placed, row in zip(self.gathered.claims, self._rows.get("claim", ()), strict=True)
        )

    @functools.cached_property
    def persons(self) -> tuple[Mapping[str, Value], ...]:
        """The amounts of each person, in the order of the case."""
        found = [dict(self._amounts("person", [row])) for row in self._person_rows]
        for one in self.decisions:
            if one.level == "person":
                found[one.index][one.name] = one.result
        return tuple(found)

    @property
    def _person_rows(self) -> Sequence[Row]:
        return self._rows.get("person") or [()] * len(self.gathered.persons)

    @functools.cached_property
    def households(self) -> tuple[Mapping[str, Value], ...]:
        """The results of each household, in the order of the case."""
        rows = self._rows.get("household") or [()] * len(self.gathered.households)
        found = [dict(self._amounts("household", [row])) for row in rows]
        for one in self.decisions:
            if one.level == "household":
                found[one.index][one.name] = one.result
        return tuple(found)

    @functools.cached_property
    def _totals(self) -> Mapping[str, Value]:
        return {**self._amounts("household", self._rows.get("household", ())), **self._decided}

    def _amounts(self, entity: Entity, rows: Sequence[Row]) -> Mapping[str, Value]:
        names = self.engine.runner.names[entity]
        lead = f"{entity}:"
        found = {
            name.removeprefix(lead): sum(row[place] for row in rows)
            for place, name in enumerate(names)
            if name.startswith(lead)
        }
        known = self.health_names
        return {name: _value(found, name, known, bool(found.get(f"{name}.applies", 1))) for name in known}

    def __getitem__(self, name: str) -> Value:
        if name not in self.names:
            raise InputError(unknown("result", name, self.names))
        return self._totals[name]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before using the result."""
        return self.gathered.warnings

    def steps(self) -> list[dict[str, Any]]:
        """Every step of every claim: whose, of which entry, each value, on whose authority."""
        found: list[dict[str, Any]] = []
        for claim in self.claims:
            for stated in self.rules.entries:
                name = f"health.{stated.entry.name}"
                citation = stated.citation()
                found.append(
                    {
                        "household": claim.placed.household.id,
                        "person": claim.placed.person.id,
                        "claim": claim.placed.claim.id,
                        "date": claim.placed.claim.date.isoformat(),
                        "entry": name,
                        "values": {
                            step: _shown(step, claim.trace[full])
                            for step, full in self.rules.step_names[stated.entry.name]
                        },
                        "source": citation.to_dict(),
                        "reading": stated.entry.readings,
                    }
                )  # fmt: skip
        return found

    def to_dict(self) -> dict[str, Any]:
        """One object for machines: rules, results (yuan as text, or ``None``), steps, warnings."""
        rules: dict[str, Any] = dict(self.rules.identity)
        if self.rules.changes:
            rules["reform"] = {
                "title": self.rules.title,
                "changes": [
                    {"name": c.name, "before": str(c.before), "after": str(c.after)} for c in self.rules.changes
                ],
            }
        return {
            "rules": rules,
            "results": _texts(self._totals),
            "effective_rate": written(self._totals.get(EFFECTIVE_RATE)),
            "persons": [
                {"id": person.id, "results": _texts(amounts), "effective_rate": written(amounts.get(EFFECTIVE_RATE))}
                for person, amounts in zip(self.gathered.persons, self.persons, strict=True)
            ],
            "steps": self.steps(),
            **self._of_provisions(),
            "warnings": list(self.warnings),
        }

    def _of_provisions(self) -> dict[str, Any]:
        """What there is only where provisions were worked out."""
        if self.engine.whole is None:
            return {}
        words = Words("zh", self.rules.scheme.vocabulary)
        results = [
            {"id": household.id, "results": _texts(found)}
            for household, found in zip(self.gathered.households, self.households, strict=True)
        ]
        unknown_names = [name for name, value in self._totals.items() if isinstance(value, Unknown)]
        return {
            "households": results,
            "unknown": unknown_names,
            "decisions": [one.to_dict(words) for one in self.decisions],
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """``to_dict`` as JSON text, the same for the same case and rules."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    def statement(self, lang: Lang = "zh") -> str:
        """The settlement sheet: every layer with its base, deductible, bands, payment and source."""
        from poverty_policy.assessment.statement import render

        return render(self, lang)


def _texts(amounts: Mapping[str, Value]) -> dict[str, str | bool | None]:
    """The results; the effective rate is not one, and stands beside them."""
    return {name: written(value) for name, value in amounts.items() if name != EFFECTIVE_RATE}


_MIXED = object()


def _together(results: Sequence[Result]) -> Any:
    """One result for several subjects: amounts add up; what is true of one and false of another is neither."""
    if len(results) == 1:
        return results[0]
    unknown_ones = [one for one in results if isinstance(one, Unknown)]
    amounts = [one for one in results if isinstance(one, Money)]
    if any(isinstance(one, bool) for one in results):
        return results[0] if len({id(one) for one in results}) == 1 and not unknown_ones else _MIXED
    if unknown_ones:
        return Unknown([missing for one in unknown_ones for missing in one.missing])
    return sum(amounts, Money(0)) if amounts else None


_COUNTS = ("time",)
_RATES = ("rate", "repeat_factor", "pays", "fill_rate")


def _shown(step: str, value: int | bool) -> str | bool | int:
    """A step's value as text: money in yuan, rates in percent; truths and counts as they are."""
    if isinstance(value, bool) or step in _COUNTS:
        return value
    if step in _RATES or ".rate" in f".{step}":
        return str(Rate.of_parts(value))
    return Money.of_fen(value).plain()


class Assessor:
    """Runs cases under one rule set."""

    def __init__(self, rules: Resolved) -> None:
        self.rules = rules

    @property
    def gatherer(self) -> Gatherer:
        """Reads cases for the health layers."""
        return self._health.gatherer

    @functools.cached_property
    def _provides(self) -> bool:
        """Whether there is anything besides health layers."""
        return any(part != HEALTH for part in self.rules.sections)

    @functools.cached_property
    def _feeds_health(self) -> bool:
        return feeds_health(self.rules)

    @functools.cached_property
    def _health(self) -> _Claims:
        return _Claims(Engine.of_health(self.rules))

    @functools.cached_property
    def _everything(self) -> _Claims:
        return _Claims(Engine.of_everything(self.rules))

    def assess(self, case: Any) -> Outcome:
        """The outcome of a case.

        Args:
            case: a ``Village``, ``Household`` or ``Person``, or the mapping that declares one.

        Raises:
            InputError: with every fault of the case.
            UnspecifiedError: the case needs a figure that the sources leave open.
        """
        read = read_case(case)
        everything = self._feeds_health or (self._provides and states_circumstances(read))
        return (self._everything if everything else self._health).assess(read)


class _Claims:
    """Runs cases on one engine, and refuses claims that it cannot settle."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.rules = rules = engine.rules
        self.gatherer = engine.gatherer
        names = engine.runner.names["claim"]
        self.refusals = [(place, name) for place, name in enumerate(names) if name in engine.program.refusals]
        self.applies = {
            entry.name: names.index(f"health.{entry.name}.applies")
            for entry in (() if HEALTH in rules.missing else rules.cascade.entries)
            if entry.needs_paid or entry.needs_charges
        }

    def assess(self, case: Case) -> Outcome:
        """The outcome of a case."""
        gathered = self.gatherer.gather(case)
        rows = self.engine.runner(gathered.rows, gathered.parents)
        claims = rows.get("claim", [])
        if self.refusals and any(row[place] for row in claims for place, _ in self.refusals):
            self._refuse(gathered, claims)
        if self.applies:
            self._stated(gathered, claims)
        return Outcome(self.engine, gathered, rows)

    def _stated(self, gathered: Gathered, claims: Sequence[Row]) -> None:
        """A bill must state what observed layers paid and the charges that waivers look at, and nothing else."""
        faults: list[Fault] = []
        for placed, row in zip(gathered.claims, claims, strict=True):
            for name, place in self.applies.items():
                at = placed.at
                stated = name in placed.claim.paid
                if name not in self.gatherer.observed:
                    if row[place] and placed.claim.charges is None:
                        zh = "缺少 charges：有减免规则适用，请列出相关收费（没有就写 {}）"
                        en = "charges is missing: a waiver applies; list the charges it looks at ({} if there are none)"
                        faults.append(invalid(zh, en, *at))
                elif row[place] and not stated:
                    zh = f"缺少 paid.{name}：来源没有给出这一层的报销标准，支付额须取自账单"
                    en = f"paid.{name} is missing: the sources give no tariff for it, so the bill must say what it paid"
                    faults.append(invalid(zh, en, *at))
                elif stated and not row[place] and placed.claim.paid[name]:
                    zh, en = f"“{name}”不适用于这次结算", f"{name!r} does not apply to this claim"
                    faults.append(invalid(zh, en, *at, "paid", name))
        if faults:
            raise InputError(faults)

    def _refuse(self, gathered: Gathered, claims: Sequence[Row]) -> None:
        open_values: dict[str, Fault] = {}
        faults: list[Fault] = []
        for placed, row in zip(gathered.claims, claims, strict=True):
            for place, name in self.refusals:
                if not row[place]:
                    continue
                kind, _, about = name.partition(":")
                if kind == "observed":
                    zh = f"账单所列“{about}”支付额超过它面前的费用"
                    en = f"the bill says that {about!r} paid more than was left"
                    faults.append(invalid(zh, en, *placed.at, "paid", about))
                else:
                    open_values.setdefault(name, self._open(kind, about, placed))
        if faults:
            raise InputError(faults)
        raise UnspecifiedError(open_values.values())

    def _open(self, kind: str, about: str, placed: Placed) -> Fault:
        return invalid(*open_value(self.rules, kind, about), *placed.at)


def open_value(rules: Resolved, kind: str, about: str) -> tuple[str, str]:
    """What is said where a claim needs a value that the sources leave open, in Chinese and English.

    Args:
        rules: the rule set.
        kind: ``unspecified``, ``unstated`` (nothing is said of others than those named), or that no schedule applies.
        about: the value's full name.
    """
    stated = rules.stated(about.split(".")[1])
    citation = stated.citation(about.split(".", 2)[2] if about.count(".") > 1 else "")
    supply = f'rules.reform({{"{about}": …}}) (--set "{about}=…")'
    if kind == "unspecified":
        zh = f"{about} 未定：{citation.text()} 没有给出数值；如已查明，可用 {supply} 补上"
        return zh, f"{about} is unspecified: {citation.text()} gives no figure; if you know it, supply it by {supply}"
    if kind == "unstated":
        zh = f"{about} 没有说明其余情形（{citation.text()}）；如已查明，可用 {supply} 补上 default"
        return zh, (
            f"{about} says nothing of other cases than it names ({citation.text()}); supply its default by {supply}"
        )
    zh = f"{about}：没有一个分段表适用于这次结算（{citation.text()}）"
    return zh, f"{about}: none of the schedules applies to this claim ({citation.text()})"
