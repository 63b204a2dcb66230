"""Rules composed in Python: policy objects become a rule set like one read from a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from poverty_policy.documents import Document
from poverty_policy.errors import RuleError, invalid
from poverty_policy.policy.provision import HEALTH, Provision
from poverty_policy.policy.reimbursement import Cascade, Label
from poverty_policy.ruleset import places
from poverty_policy.ruleset.citing import Citation
from poverty_policy.ruleset.file import SECTION_KEYS, LoadedFile, RuleFile, Source, Zone
from poverty_policy.ruleset.resolved import Resolved, Span
from poverty_policy.ruleset.stated import S, StatedEntry, once, plain
from poverty_policy.terms import Vocabulary

_FILE = "<python>"
_NO_HEALTH = invalid("没有编写医疗报销规则", "no health rules were composed")


def compose(
    cascade: Cascade | None = None,
    provisions: Iterable[Provision] = (),
    *,
    place: str,
    valid_from: dt.date,
    valid_to: dt.date,
    source: Source,
    title: str,
    vocabulary: Vocabulary | None = None,
    zones: Mapping[str, Zone] | None = None,
) -> Resolved:
    """The rules of a cascade and of provisions; an entry's ``source`` says where in the source it stands.

    Raises:
        RuleError: nothing is composed, the place is not known, a name stands twice, or the days are in the wrong order.
    """
    found = places.find(place)
    listed = tuple(provisions)
    if cascade is None and not listed:
        raise RuleError(invalid("既没有 cascade，也没有 provisions", "there is neither a cascade nor a provision"))
    own = vocabulary or (cascade.vocabulary if cascade is not None else Vocabulary())
    stated_in = tuple(dict.fromkeys(provision.SECTION for provision in listed))
    parts: dict[str, Any] = {section: () for section in stated_in if section in SECTION_KEYS}
    if cascade is not None:
        parts |= {"benefit_year": "{:02}-{:02}".format(*cascade.benefit_year), HEALTH: ()}
    declared = RuleFile(
        place=found.code,
        title=Label(zh=title, en=title),
        valid_from=valid_from,
        valid_to=valid_to,
        published=valid_from,
        sources={"composed": source},
        terms={
            dimension: {name: Label(zh=term.zh, en=term.en) for name, term in terms.items()}
            for dimension, terms in own.own.items()
        },
        zones=dict(zones or {}),
        **parts,
    )
    loaded = LoadedFile(Path(_FILE), Document({}, _FILE), declared, found)

    def stated(entry: S, part: str, place: int) -> StatedEntry[S]:
        citation = Citation(source, entry.source or "", _FILE, 0)
        return StatedEntry(entry, plain(entry), loaded, (part, place), {"": citation})

    given = once(stated(one, one.SECTION, place) for place, one in enumerate(listed))
    span = Span.of([loaded])
    return Resolved(
        place=found,
        on=valid_from,
        known=None,
        sections=dict.fromkeys((*((HEALTH,) if cascade is not None else ()), *stated_in), span),
        entries=tuple(stated(entry, HEALTH, place) for place, entry in enumerate(cascade.entries if cascade else ())),
        missing={} if cascade is not None else {HEALTH: _NO_HEALTH},
        given=(given, frozenset()),
    )
