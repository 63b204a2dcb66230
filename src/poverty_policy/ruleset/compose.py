"""Rules composed in Python: a cascade of policy objects becomes a rule set like one read from a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poverty_policy.declaration import Declaration
from poverty_policy.documents import Document
from poverty_policy.policy.reimbursement import Cascade, Label
from poverty_policy.policy.values import Varied
from poverty_policy.ruleset import places
from poverty_policy.ruleset.file import Citation, LoadedFile, RuleFile, Source
from poverty_policy.ruleset.resolved import Resolved, StatedEntry

_FILE = "<python>"


def compose(
    cascade: Cascade, *, place: str, valid_from: dt.date, valid_to: dt.date, source: Source, title: str
) -> Resolved:
    """The rules of a cascade; an entry's ``source`` says where in the source it stands.

    Raises:
        RuleError: the place is not known, or the days are in the wrong order.
    """
    found = places.find(place)
    declared = RuleFile(
        place=found.code,
        title=Label(zh=title, en=title),
        valid_from=valid_from,
        valid_to=valid_to,
        published=valid_from,
        sources={"composed": source},
        terms={
            dimension: {name: Label(zh=term.zh, en=term.en) for name, term in terms.items()}
            for dimension, terms in cascade.vocabulary.own.items()
        },
        benefit_year="{:02}-{:02}".format(*cascade.benefit_year),
        health=(),
    )
    loaded = LoadedFile(Path(_FILE), Document({}, _FILE), declared, found)
    entries = tuple(
        StatedEntry(
            entry, _plain(entry), loaded, ("health", place), {"": Citation(source, entry.source or "", _FILE, 0)}
        )
        for place, entry in enumerate(cascade.entries)
    )
    return Resolved(
        place=found, on=valid_from, known=None, valid_from=valid_from, valid_to=valid_to, end_known=True,
        extrapolated=False, files=(loaded,), entries=entries,
    )  # fmt: skip


def _plain(found: Any) -> Any:
    """What an object declares, as a file would state it, so that reforms find their way in it."""
    if isinstance(found, Declaration):
        return {
            name: _plain(getattr(found, name)) for name in type(found).model_fields if name in found.model_fields_set
        }
    if isinstance(found, Varied):
        cases = {", ".join(names): _plain(value) for names, value in found.cases}
        default = {} if found.default is None else {"default": _plain(found.default)}
        return {"several": found.several, **cases, **default}
    if isinstance(found, Mapping):
        return {name: _plain(value) for name, value in found.items()}
    return [_plain(one) for one in found] if isinstance(found, tuple) else found
