"""Whether the search of the built site finds the words that people look for; ``make docs`` ends with it.

The search of the pages splits text at its separator, and the Chinese texts are cut into words when the site is built.
A word that is never cut out by itself is not found, however often it stands in the pages: so each is looked for as a
whole word, in the index that the browser loads.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SITE = Path(__file__).resolve().parents[1] / "site"
#: The words, and the fewest sections that must hold each: many more do.
WANTED: Mapping[str, Mapping[str, int]] = {
    "search/search_index.json": {"起付线": 100, "保险": 100, "低保": 100, "大病": 100, "特困": 100, "睢县": 1},
    "en/search/search_index.json": {"deductible": 100, "insurance": 100, "dibao": 100, "tekun": 100},
}


def words(text: str, separator: str) -> set[str]:
    """The words that a search splits a text into."""
    plain = re.sub(r"<[^>]*>", " ", text)
    return {word.strip("，。；：、（）“”《》？").lower() for word in re.split(separator, plain)}


def missing(index: Mapping[str, Any], wanted: Mapping[str, int]) -> Iterator[str]:
    """The words that stand in too few sections of an index, each with what is wrong."""
    separator = index["config"]["separator"]
    sections = [words(f"{one['title']} {one['text']}", separator) for one in index["docs"]]
    for word, least in wanted.items():
        found = sum(word in one for one in sections)
        if found < least:
            yield f"{word}: a word of its own in {found} sections, {least} are the least"


def main() -> None:
    """Check both languages; say what is missing, and end with an error if anything is."""
    faults: list[str] = []
    for name, wanted in WANTED.items():
        index = json.loads((SITE / name).read_text(encoding="utf-8"))
        faults += (f"{name}: {fault}" for fault in missing(index, wanted))
    sys.exit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()
