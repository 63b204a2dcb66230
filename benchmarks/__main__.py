"""``python -m benchmarks``: figures as ratios measured in one run. Slow is reported, it is no failure."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import poverty_policy as pp
from benchmarks import frames, generated, households, peers, provisions, startup
from benchmarks.report import Line, table

SECTIONS: dict[str, Callable[[], Iterable[Line]]] = {
    "generated": generated.measure,
    "households": households.measure,
    "provisions": provisions.measure,
    "frames": frames.measure,
    "startup": startup.measure,
    "openfisca": peers.measure,
}


def main() -> int:
    """Measure, print, and write JSON if wanted; fails only if the rule written by hand gives something else."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"what to measure; all if not stated: {', '.join(SECTIONS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    asked = parser.parse_args()
    strange = set(asked.sections) - set(SECTIONS)
    if strange:
        parser.error(f"no such section: {', '.join(sorted(strange))}; there are {', '.join(SECTIONS)}")
    lines: list[Line] = []
    for name in asked.sections or SECTIONS:
        try:
            found = list(SECTIONS[name]())
        except generated.DifferentError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        print(table(found), end="\n\n", flush=True)
        lines += found
    if asked.json is not None:
        about = {"version": pp.__version__, "python": platform.python_version(), "system": platform.system()}
        figures = [line.to_dict() for line in lines]
        asked.json.write_text(json.dumps({**about, "figures": figures}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
