"""What is timed must still be there to be timed: the rule sets of the benchmarks load, and settle a bill."""

from __future__ import annotations

from benchmarks import frames, rules


def test_the_rule_sets_that_are_timed_settle_a_bill() -> None:
    bill = {"date": "2018-05-01", "kind": "inpatient", "cost": {"in_scope": 30000}}
    case = {"insurance": "resident", "groups": ["dibao"], "claims": [{**bill, "facility_level": "county"}]}
    assert str(rules.chain().assess(case)["health.basic"]) == "23,680.00"  # (30,000 - 400) x (75 % + 5 points)
    case["claims"] = [{**bill, "paid": {"basic": 20000}}]
    assert str(rules.year().assess(case)["health.critical_illness"]) == "2,000.00"  # (10,000 - 7,500) x 80 %


def test_the_bills_that_are_timed_can_be_settled() -> None:
    import random

    row = frames._bill(random.Random(1), 1)
    case = frames._case(row)
    assert str(rules.year().assess(case)["health.cost"]).replace(",", "") == case["claims"][0]["cost"]["in_scope"]
