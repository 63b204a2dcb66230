"""China's poverty-relief rules as exact, explained, sourced calculations.

>>> import poverty_policy as pp
>>> rules = pp.load("henan", on="2018-07-01")
"""

from typing import TYPE_CHECKING, Any

from poverty_policy._version import __version__
from poverty_policy.errors import Fault, InputError, PolicyError, RuleError, UnspecifiedError
from poverty_policy.face import RuleSet, catalogue, compose, load, load_file, synthetic
from poverty_policy.money import Money, Rate
from poverty_policy.policy.reimbursement import (
    AgeUplift,
    Band,
    Cap,
    Cascade,
    Cut,
    Disagreement,
    FirstPayment,
    Guarantee,
    Label,
    Layer,
    Repeat,
    Schedule,
    Waiver,
    When,
)
from poverty_policy.ruleset.file import Source, Zone

if TYPE_CHECKING:
    from poverty_policy.assessment.decisions import Decision
    from poverty_policy.assessment.outcome import ClaimOutcome, Outcome
    from poverty_policy.assessment.results import Missing, Unknown
    from poverty_policy.cases import Claim, County, Household, Membership, Person, Record, Span, Township, Village
    from poverty_policy.policy.account import Account, Deduction, Item
    from poverty_policy.policy.allowance import Allowance, Extension, Review, Single, Supplement, Tapering
    from poverty_policy.policy.benefit import Benefit
    from poverty_policy.policy.condition import Condition
    from poverty_policy.policy.course import Progress, StepTaken
    from poverty_policy.policy.criteria import Criteria
    from poverty_policy.policy.group import Group
    from poverty_policy.policy.line import Line, Series
    from poverty_policy.policy.procedure import Procedure, Step
    from poverty_policy.policy.target import Checked, Figure, Target
    from poverty_policy.population.people import Population
    from poverty_policy.population.results import Frames
    from poverty_policy.ruleset.diff import Difference
    from poverty_policy.ruleset.targets import PlacedTarget, Targets
    from poverty_policy.whatif.compare import compare
    from poverty_policy.whatif.indicators import Comparison

__all__ = [
    "Account",
    "AgeUplift",
    "Allowance",
    "Band",
    "Benefit",
    "Cap",
    "Cascade",
    "Checked",
    "Claim",
    "ClaimOutcome",
    "Comparison",
    "Condition",
    "County",
    "Criteria",
    "Cut",
    "Decision",
    "Deduction",
    "Difference",
    "Disagreement",
    "Extension",
    "Fault",
    "Figure",
    "FirstPayment",
    "Frames",
    "Group",
    "Guarantee",
    "Household",
    "InputError",
    "Item",
    "Label",
    "Layer",
    "Line",
    "Membership",
    "Missing",
    "Money",
    "Outcome",
    "Person",
    "PlacedTarget",
    "PolicyError",
    "Population",
    "Procedure",
    "Progress",
    "Rate",
    "Record",
    "Repeat",
    "Review",
    "RuleError",
    "RuleSet",
    "Schedule",
    "Series",
    "Single",
    "Source",
    "Span",
    "Step",
    "StepTaken",
    "Supplement",
    "Tapering",
    "Target",
    "Targets",
    "Township",
    "Unknown",
    "UnspecifiedError",
    "Village",
    "Waiver",
    "When",
    "Zone",
    "__version__",
    "catalogue",
    "compare",
    "compose",
    "load",
    "load_file",
    "synthetic",
]

#: Loaded when they are first used: who only looks rules up does not pay for assessing.
_LATER = {
    "Account": "policy.account",
    "Allowance": "policy.allowance",
    "Benefit": "policy.benefit",
    "Checked": "policy.target",
    "Claim": "cases",
    "ClaimOutcome": "assessment.outcome",
    "Comparison": "whatif.indicators",
    "Condition": "policy.condition",
    "County": "cases",
    "Criteria": "policy.criteria",
    "Decision": "assessment.decisions",
    "Deduction": "policy.account",
    "Difference": "ruleset.diff",
    "Extension": "policy.allowance",
    "Figure": "policy.target",
    "Frames": "population.results",
    "Group": "policy.group",
    "Household": "cases",
    "Item": "policy.account",
    "Line": "policy.line",
    "Membership": "cases",
    "Missing": "assessment.results",
    "Outcome": "assessment.outcome",
    "Person": "cases",
    "PlacedTarget": "ruleset.targets",
    "Population": "population.people",
    "Procedure": "policy.procedure",
    "Progress": "policy.course",
    "Record": "cases",
    "Review": "policy.allowance",
    "Series": "policy.line",
    "Single": "policy.allowance",
    "Span": "cases",
    "Step": "policy.procedure",
    "StepTaken": "policy.course",
    "Supplement": "policy.allowance",
    "Tapering": "policy.allowance",
    "Target": "policy.target",
    "Targets": "ruleset.targets",
    "Township": "cases",
    "Unknown": "assessment.results",
    "Village": "cases",
    "compare": "whatif.compare",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
