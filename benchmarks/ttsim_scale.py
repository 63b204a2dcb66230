"""The chain of six as ttsim policy functions on JAX in double precision, the function built once; see ``turns.py``.

``python ttsim_scale.py ARRAYS.npz ANSWERS.npz``. Imports nothing of ours. The rule's numbers stand in the functions:
ttsim makes constants of parameters when it builds its function, so that the speed is the same.
"""

from __future__ import annotations

import sys

import jax
import jax.numpy as jnp
import numpy
from ttsim import InputData, OrigPolicyObjects, TTTargets, main
from ttsim.tt import Currency, RoundingSpec, TTSIMUnit, UnitSystem, policy_function, policy_input
from turns import serve

jax.config.update("jax_enable_x64", True)
UNITS = UnitSystem(currencies={"CNY": Currency(statutory_from="1949-01-01")})
PLAIN = TTSIMUnit.DIMENSIONLESS
FEN = RoundingSpec(base=0.01, direction="nearest")


def rule(function, rounded=False):
    return policy_function(unit=PLAIN, verify_units=False, rounding_spec=FEN if rounded else None)(function)


def given(name, kind):
    def function():
        """An input."""

    function.__name__ = name
    function.__annotations__ = {"return": kind}
    return policy_input(unit=PLAIN)(function)


def poor(registered_poor: bool, dibao: bool, tekun: bool) -> bool:
    return registered_poor or dibao or tekun


def basic(in_scope: float, level: int, poor: bool) -> float:
    rate = 0.85 if level == 1 else 0.75 if level == 2 else 0.60
    line = 100.0 if level == 1 else 400.0 if level == 2 else 1000.0
    raised = max(rate, min(0.90, rate + 0.05)) if poor else rate
    return min(max(0.0, in_scope - line) * raised, 150_000.0)


def critical_illness(in_scope: float, basic: float, poor: bool) -> float:
    over = max(0.0, in_scope - basic - (7_500.0 if poor else 15_000.0))
    return (
        0.60 * min(over, 50_000.0)
        + 0.65 * max(0.0, min(over, 100_000.0) - 50_000.0)
        + 0.70 * max(0.0, over - 100_000.0)
    )


def medical_assistance(
    in_scope: float, basic: float, critical_illness: float, registered_poor: bool, dibao: bool, tekun: bool
) -> float:
    left = in_scope - basic - critical_illness
    if tekun:
        paid = left
    elif dibao:
        paid = min(left * 0.7, 50_000.0)
    elif registered_poor:
        paid = min(left * 0.6, 30_000.0)
    else:
        paid = 0.0
    return min(paid, left)


def bottom_line(
    in_scope: float, basic: float, critical_illness: float, medical_assistance: float, registered_poor: bool
) -> float:
    paid = basic + critical_illness + medical_assistance
    return min(max(0.0, in_scope * 0.95 - paid), in_scope - paid) if registered_poor else 0.0


def gap(income: float) -> float:
    return max(0.0, 400.0 - income)


def exits(
    in_scope: float, other_cost: float, basic: float, critical_illness: float, medical_assistance: float,
    bottom_line: float, income: float, gap: float,
) -> bool:  # fmt: skip
    own = in_scope + other_cost - basic - critical_illness - medical_assistance - bottom_line
    return 12.0 * (income + gap) - own > 2_995.0


ROUNDED = (basic, critical_illness, medical_assistance, bottom_line)
ANSWERS = ("basic", "critical_illness", "medical_assistance", "bottom_line", "gap", "exits")
INPUTS = {
    "p_id": int, "in_scope": float, "other_cost": float, "income": float, "level": int, "registered_poor": bool,
    "dibao": bool, "tekun": bool,
}  # fmt: skip
OBJECTS = {
    **{name: given(name, kind) for name, kind in INPUTS.items()},
    "poor": rule(poor), "gap": rule(gap), "exits": rule(exits),
    **{function.__name__: rule(function, rounded=True) for function in ROUNDED},
}  # fmt: skip


def prepare(arrays):
    """Inputs as it takes them: yuan in double precision."""
    floats = {name: arrays[key] / 100 for name, key in
              (("in_scope", "cost.in_scope"), ("other_cost", "cost.other"), ("income", "income"))}  # fmt: skip
    truths = {name: arrays[f"group.{name}"] for name in ("registered_poor", "dibao", "tekun")}
    rows = numpy.arange(len(arrays["income"]))
    level = arrays["facility_level"].astype(numpy.int64)
    data = {**floats, **truths, "level": level, "p_id": rows}
    return {name: jnp.asarray(values) for name, values in data.items()}


BUILT = {}


def settle(held):
    """Every answer for every row; the function is built and compiled once."""
    if "it" not in BUILT:
        BUILT["it"] = main(
            main_target="tt_function",
            orig_policy_objects=OrigPolicyObjects(
                column_objects_and_param_functions={(name,): one for name, one in OBJECTS.items()}, param_specs={}
            ),
            input_data=InputData.tree(held),
            tt_targets=TTTargets(tree=dict.fromkeys(ANSWERS)),
            policy_date_str="2018-07-01",
            backend="jax",
            unit_system=UNITS,
            include_fail_nodes=False,
            include_warn_nodes=False,
        )
    return jax.block_until_ready(BUILT["it"]({name: one for name, one in held.items() if name != "p_id"}))


def in_fen(answers):
    """Answers as whole fen, rounded to the nearest."""
    found = {name: numpy.asarray(values) for name, values in answers.items()}
    found["exit"] = found.pop("exits")
    return {name: one if one.dtype == bool else numpy.rint(one * 100).astype("int64") for name, one in found.items()}


if __name__ == "__main__":
    serve("ttsim-backend", *sys.argv[1:3], prepare, settle, in_fen)
