"""How a peer is driven: it reads arrays, answers once, and then runs whenever it is told to, so that peers take turns.

Run in the peers' environments; imports NumPy and nothing of ours.
"""

from __future__ import annotations

import json
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy


def memory(what):
    """How much memory this process uses, or used at most, in bytes."""
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024


def serve(name, arrays, answers, prepare, settle, in_fen):
    """Answer for all rows once, then time one run for each line that is read: of all rows, or of one."""
    given = dict(numpy.load(arrays))
    one = prepare({key: values[:1] for key, values in given.items()})
    settle(one)
    held = prepare(given)
    settle(held)  # what is built once is not counted
    Path("/proc/self/clear_refs").write_text("5")  # Linux: the most memory used is counted anew
    before = memory("VmRSS")
    made = settle(held)
    bytes_each = (memory("VmHWM") - before) / len(given["income"])
    numpy.savez(answers, **in_fen(made))
    settle(one)
    print(json.dumps({"name": f"{name} {version(name)}", "bytes": bytes_each}), flush=True)
    for line in sys.stdin:
        rows = one if line.strip() == "one" else held
        start = time.perf_counter()
        settle(rows)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
