"""How far a run is, told on a terminal."""

from __future__ import annotations

import sys
import time

from poverty_policy.errors import Lang


class Progress:
    """How far a run is, on a terminal: how much of it, at which rate, and how long it will take."""

    def __init__(self, lang: Lang) -> None:
        self.lang, self.shown = lang, sys.stderr.isatty()
        self.start = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Tell how many rows are done, of how many."""
        if not self.shown:
            return
        took = time.monotonic() - self.start
        if done >= total:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            return
        zh = self.lang == "zh"
        said = f"{done:,} / {total:,} 行" if zh else f"{done:,} of {total:,} rows"
        if done and took > 0:
            rate = done / took
            left = (total - done) / rate
            said += (
                f"，每秒 {rate:,.0f} 行，还要 {left:,.0f} 秒" if zh else f", {rate:,.0f} a second, {left:,.0f} s left"
            )
        filled = 30 * done // max(total, 1)
        print(f"\r\x1b[K[{'#' * filled}{'.' * (30 - filled)}] {said}", end="", file=sys.stderr, flush=True)
