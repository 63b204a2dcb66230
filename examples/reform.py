"""What a lower deductible would mean for one household: the rules as they are beside a what-if.

Run it from this folder or any other: ``python examples/reform.py``.
"""

from pathlib import Path

import poverty_policy as pp
from poverty_policy import documents

CASE = Path(__file__).with_name("henan-2018.yaml")
CHANGES = {
    "health.critical_illness.deductible.default": "1 万元",
    "health.critical_illness.deductible.registered_poor": "5000 元",
}


def main() -> None:
    """Print every amount of the household under both rule sets, and the difference."""
    household = documents.read(CASE, pp.InputError).data
    rules = pp.load("henan", on="2018-07-01")
    reform = rules.reform(CHANGES, title="大病保险起付线降为 1 万元和 5000 元")
    before, after = rules.assess(household), reform.assess(household)
    print(f"{'':32}{'now':>14}{'what-if':>14}{'difference':>14}")
    for name in before:
        now, then = before[name], after[name]
        if isinstance(now, pp.Money) and isinstance(then, pp.Money):
            print(f"{name:32}{now:>14}{then:>14}{then - now:>14}")
        else:
            print(f"{name:32}{now!s:>14}{then!s:>14}")


if __name__ == "__main__":
    main()
