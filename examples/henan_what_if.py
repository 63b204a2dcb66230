"""Henan, 2018: what the lower deductible and the higher bands for the poor cost, and whom they reach.

The rules of 2018 give the poor a deductible of 7,500 instead of 15,000 yuan and 80, 85 and 95 % instead of 50, 60 and
70 %. The baseline here is a Henan without these, the reform are the rules as they were. The population is synthetic.
Run it from any folder: ``python examples/henan_what_if.py [PERSONS] [SPREADSHEET.xlsx]``.
"""

import sys
from pathlib import Path

import poverty_policy as pp

LAYER = "health.critical_illness"
POOR = ("registered_poor", "dibao", "tekun")
WITHOUT = {
    "deductible": "15000 元",
    "bands.1.edges.1.rate": "50%",
    "bands.1.edges.2.rate": "60%",
    "bands.1.edges.3.rate": "70%",
}


def main(persons: int = 100_000, spreadsheet: str | None = None) -> None:
    """Print the whole comparison in Chinese, and write it as a spreadsheet if that is wanted."""
    rules = pp.load("henan", on="2018-07-01")
    changes = {f"{LAYER}.{name}.{group}": value for name, value in WITHOUT.items() for group in POOR}
    without = rules.reform(changes, title="不设倾斜的大病保险")
    population = pp.synthetic(rules, persons)
    found = pp.compare(without, rules, population)
    print(found.report("zh"), end="")
    if spreadsheet is not None:
        Path(spreadsheet).write_bytes(found.to_xlsx("zh"))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:3])
