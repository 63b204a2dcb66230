"""China's poverty-relief rules as exact, explained, sourced calculations.

>>> import poverty_policy as pp
>>> rules = pp.load("henan", on="2018-07-01")
"""

from poverty_policy._version import __version__
from poverty_policy.assessment.outcome import ClaimOutcome, Outcome
from poverty_policy.cases import Claim, Household, Membership, Person, Village
from poverty_policy.errors import Fault, InputError, PolicyError, RuleError, UnspecifiedError
from poverty_policy.face import RuleSet, catalogue, load, load_file
from poverty_policy.money import Money, Rate
from poverty_policy.policy.reimbursement import Cascade, Guarantee, Layer, Waiver

__all__ = [
    "Cascade",
    "Claim",
    "ClaimOutcome",
    "Fault",
    "Guarantee",
    "Household",
    "InputError",
    "Layer",
    "Membership",
    "Money",
    "Outcome",
    "Person",
    "PolicyError",
    "Rate",
    "RuleError",
    "RuleSet",
    "UnspecifiedError",
    "Village",
    "Waiver",
    "__version__",
    "catalogue",
    "load",
    "load_file",
]
