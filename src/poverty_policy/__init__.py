"""China's poverty-relief rules as exact, explained, sourced calculations.

>>> import poverty_policy as pp
>>> rules = pp.load("henan", on="2018-07-01")
"""

from typing import TYPE_CHECKING, Any

from poverty_policy._version import __version__
from poverty_policy.errors import Fault, InputError, PolicyError, RuleError, UnspecifiedError
from poverty_policy.face import RuleSet, catalogue, compose, load, load_file
from poverty_policy.money import Money, Rate
from poverty_policy.policy.reimbursement import (
    AgeUplift,
    Band,
    Cap,
    Cascade,
    Cut,
    FirstPayment,
    Guarantee,
    Label,
    Layer,
    Repeat,
    Schedule,
    Waiver,
    When,
)
from poverty_policy.ruleset.file import Source

if TYPE_CHECKING:
    from poverty_policy.assessment.outcome import ClaimOutcome, Outcome
    from poverty_policy.cases import Claim, Household, Membership, Person, Village

__all__ = [
    "AgeUplift",
    "Band",
    "Cap",
    "Cascade",
    "Claim",
    "ClaimOutcome",
    "Cut",
    "Fault",
    "FirstPayment",
    "Guarantee",
    "Household",
    "InputError",
    "Label",
    "Layer",
    "Membership",
    "Money",
    "Outcome",
    "Person",
    "PolicyError",
    "Rate",
    "Repeat",
    "RuleError",
    "RuleSet",
    "Schedule",
    "Source",
    "UnspecifiedError",
    "Village",
    "Waiver",
    "When",
    "__version__",
    "catalogue",
    "compose",
    "load",
    "load_file",
]

#: Loaded when they are first used: who only looks rules up does not pay for assessing.
_LATER = {
    "Claim": "cases",
    "ClaimOutcome": "assessment.outcome",
    "Household": "cases",
    "Membership": "cases",
    "Outcome": "assessment.outcome",
    "Person": "cases",
    "Village": "cases",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
