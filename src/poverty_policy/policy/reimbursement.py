"""Health reimbursement: the kinds of entries, and the cascade in which they follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from poverty_policy.errors import Fault, RuleError, invalid
from poverty_policy.policy.entry import Cap, Disagreement, Entry, Label, When, known
from poverty_policy.policy.first_payment import FirstPayment
from poverty_policy.policy.guarantee import Guarantee
from poverty_policy.policy.layer import AgeUplift, Band, Cut, Layer, Repeat, Schedule
from poverty_policy.policy.values import Leaf, leaves, name_faults
from poverty_policy.policy.waiver import Waiver
from poverty_policy.terms import Term, Vocabulary

__all__ = [
    "KINDS",
    "AgeUplift",
    "Band",
    "Cap",
    "Cascade",
    "Cut",
    "Disagreement",
    "Entry",
    "FirstPayment",
    "Guarantee",
    "Label",
    "Layer",
    "Repeat",
    "Schedule",
    "Waiver",
    "When",
]

#: Every kind of entry; a rule file names the kind by its ``KIND``. A new kind is a module and a place here.
KINDS: tuple[type[Entry], ...] = (Waiver, FirstPayment, Layer, Guarantee)


class Cascade:
    """Entries in their order: waivers and first payments, then layers and guarantees, each on what is left.

    Args:
        entries: waivers, first payments, layers and guarantees, in the order in which they settle.
        benefit_year: month and day on which the benefit year starts.
        vocabulary: the terms known, the standard ones if not stated.

    Raises:
        RuleError: names are unknown, twice, or refer to what comes later; with every fault.

    Examples:
        >>> from poverty_policy.policy.reimbursement import Cascade, Layer
        >>> Cascade([Layer(layer="basic", rate="70%", deductible={"township": "200 元", "default": "500 元"})])
        Cascade(basic)
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        *,
        benefit_year: tuple[int, int] = (1, 1),
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.benefit_year = benefit_year
        self.vocabulary = vocabulary or Vocabulary()
        faults = list(self._faults())
        if faults:
            raise RuleError(faults)

    def __repr__(self) -> str:
        return f"Cascade({', '.join(entry.name for entry in self.entries)})"

    def label(self, name: str) -> Term:
        """What an entry is called."""
        for entry in self.entries:
            if entry.name == name and entry.label is not None:
                return Term(entry.label.zh, entry.label.en)
        return Term(self.vocabulary.text("layer", name, "zh"), self.vocabulary.text("layer", name, "en"))

    def _faults(self) -> Iterator[Fault]:
        earlier: dict[str, Entry] = {}
        for place, entry in enumerate(self.entries):
            if entry.name in earlier:
                yield invalid(f"“{entry.name}”出现两次", f"{entry.name!r} stands twice", place)
            if entry.BEFORE_INSURANCE and any(not other.BEFORE_INSURANCE for other in earlier.values()):
                zh, en = "减免与先行自付先于医保，应写在各层之前", "it comes before insurance: move it up"
                yield invalid(zh, en, place)
            for fault in entry.reference_faults(earlier, self.vocabulary):
                yield fault.under(place)
            for at, when in entry.whens():
                for field, dimension, names in when.named():
                    yield from known(dimension, names, self.vocabulary, place, *at, field)
            yield from known("payer", entry.payers or (), self.vocabulary, place, "payers")
            for dotted, value in entry.values():
                yield from name_faults(value, self.vocabulary, place, *dotted.split("."))
            earlier[entry.name] = entry

    def open_values(self) -> Iterator[tuple[str, Leaf]]:
        """Every value that the sources leave open, by dotted name."""
        for entry in self.entries:
            for at, value in entry.values():
                for path, leaf in leaves(value):
                    if leaf.value is None and not leaf.unlimited:
                        yield ".".join((entry.name, at, *path)), leaf

    def components(self) -> tuple[str, ...]:
        """The components of cost that some entry looks at by name."""
        return tuple(dict.fromkeys(name for entry in self.entries for name in entry.components()))

    def diseases(self) -> tuple[str, ...]:
        """Every disease that a list of the cascade names."""
        whens = [when for entry in self.entries for _, when in entry.whens()]
        return tuple(sorted({name for when in whens for name in when.diseases or ()}))
