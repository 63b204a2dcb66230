"""What the steps and inputs of a cascade's program are called, for the text reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from poverty_policy.errors import Lang
from poverty_policy.formula import graph as g
from poverty_policy.formula.measures import Unit
from poverty_policy.money import Money
from poverty_policy.policy.book import OTHER, PROGRAMME
from poverty_policy.policy.entry import Entry, When
from poverty_policy.policy.layer import Layer
from poverty_policy.policy.reimbursement import Cascade
from poverty_policy.terms import FACTS, STEPS, Dimension, Vocabulary

_RATES = ("rate", "repeat_factor", "fill_rate", "pays")


@attrs.frozen
class CascadeWording:
    """The words of a cascade, seen from one entry: its own steps go without its name.

    Attributes:
        cascade: whose steps they are.
        within: the name of the entry whose formulas are written, if any.
    """

    cascade: Cascade
    within: str | None = None

    def step(self, name: str, lang: Lang) -> str:
        """``大病保险：支付金额``, or ``支付金额`` within that layer."""
        entity, _, rest = name.rpartition(":")
        parts = rest.split(".")[1:]
        if parts[0] == "counted":
            return STEPS["counted"].text(lang).format(self._component(parts[1], lang))
        if parts[0] in STEPS and not any(entry.name == parts[0] for entry in self.cascade.entries):
            return STEPS[parts[0]].text(lang)
        entry = next((one for one in self.cascade.entries if one.name == parts[0]), None)
        word = self._below(entry, parts[1:], lang)
        if parts[0] == self.within and not entity:
            return word
        label = self.cascade.label(parts[0]).text(lang)
        return f"{label}{'的' if lang == 'zh' else ': '}{word}"

    def _below(self, entry: Entry | None, steps: list[str], lang: Lang) -> str:
        if not steps:
            return STEPS["payment"].text(lang)
        kind, *detail = steps
        if kind == "bands":  # bands.<schedule>.<what>[.<number>]
            number, kind, *detail = detail
            if isinstance(entry, Layer) and len(entry.bands or ()) > 1:
                word = self._below(entry, [kind, *detail], lang)
                return f"{word}（分段{number}）" if lang == "zh" else f"{word} (bands {number})"
        if kind == "payer":
            return STEPS["payer"].text(lang).format(self._name("payer", detail[0], lang))
        if kind == "slice":
            return STEPS["slice"].text(lang).format(detail[0])
        if kind == "left" and detail:
            return STEPS["left_of"].text(lang).format(self._component(detail[0], lang))
        if kind == "waived":
            component, charge = detail
            return (
                STEPS["waived_of"]
                .text(lang)
                .format(self._component(component, lang), self._name("charge", charge, lang))
            )
        if kind in ("whole", "first"):
            return STEPS[kind].text(lang).format(self._component(detail[0], lang))
        word = STEPS[kind].text(lang)
        if kind == "rate" and detail:
            if detail[0].isdigit():
                return f"第{detail[0]}段{word}" if lang == "zh" else f"{word} of band {detail[0]}"
            dimension = self.cascade.vocabulary.dimension_of(detail[0], ("charge", "component")) or "charge"
            of = self._name(dimension, detail[0], lang)
            return f"{word}（{of}）" if lang == "zh" else f"{word} ({of})"
        return word

    def fact(self, node: g.Input, lang: Lang) -> str:
        """What an input is called."""
        kind, _, rest = node.name.partition(".")
        if kind == "charge":
            component, charge = rest.split(".")
            return FACTS[kind].text(lang).format(self._component(component, lang), self._name("charge", charge, lang))
        if kind == "cost":
            return self._component(rest, lang)
        if kind == "group":
            return self._name("group", rest, lang)
        if kind == "observed":
            return FACTS[kind].text(lang).format(self.cascade.label(rest).text(lang))
        return FACTS[kind].text(lang)

    def option(self, node: g.Input, option: str, lang: Lang) -> str:
        """What an option of a category is called; a disease goes by its name."""
        if node.name == "disease":
            return option
        dimension: Dimension = node.name  # type: ignore[assignment]  # every other category is a dimension
        return self._name(dimension, option, lang)

    def unit(self, node: g.Input) -> Unit:
        """Costs, charges and observed payments are money; the rest are plain numbers."""
        return "money" if node.name.partition(".")[0] in ("cost", "charge", "observed") else "number"

    def step_unit(self, name: str) -> Unit | None:
        """Rates, money, or a plain count, by the name of the step."""
        kinds = [part for part in name.rpartition(":")[2].split(".")[2:] if not part.isdigit()]
        kind = next((one for one in kinds if one in STEPS), "payment")
        if kind in ("applies", "time"):
            return "number"
        return "rate" if kind in _RATES else "money"

    def _component(self, name: str, lang: Lang) -> str:
        return FACTS["other"].text(lang) if name == OTHER else self._name("component", name, lang)

    def _name(self, dimension: Dimension, name: str, lang: Lang) -> str:
        return self.cascade.vocabulary.text(dimension, name, lang)


def formulas(cascade: Cascade, program: g.Program, entry: str) -> list[str]:
    """The steps of an entry that are worth a line of their own, in order, its payment last."""
    prefix = f"{PROGRAMME}.{entry}"
    of_bands = re.compile(rf"{re.escape(prefix)}\.bands\.\d+\.applies")  # which of several schedules is used
    skipped = ("left", "slice", "rate", "payer", "applies", "over_cap", "over_base", "cap", "pays", "fill_rate")
    steps = [
        name
        for name, node in program.steps.items()
        if name.startswith(prefix + ".")
        and (of_bands.fullmatch(name) or not any(part in skipped for part in name.split(".")[2:]))
        and not isinstance(node, g.Const)
        and not name.endswith(f".waived.{OTHER}")
    ]
    return [*steps, prefix]


_SAYS = {
    "and": ("，", ", "),
    "or": ("或", " or "),
    "from_to": ("{low} 至 {high} 元", "{low} to {high} yuan"),
    "above": ("{low} 元以上", "above {low} yuan"),
    "deductible": ("从起付线算起", "counted from the deductible"),
    "age_from": ("满 {age} 周岁", "aged {age} or more"),
    "age_below": ("不满 {age} 周岁", "below the age of {age}"),
    "claim": ("每次结算", "per claim"),
    "year": ("每年", "per year"),
    "disease_year": ("每个病种每年", "per disease and year"),
    "payment": ("", ""),
    "base": ("限计入费用", "on the amount counted"),
}


def belongs_to(entry: Entry, value: str, vocabulary: Vocabulary, lang: Lang) -> str:
    """What a value of an entry belongs to: its stretch of the bill, its reduction or its limit; empty for others.

    Args:
        entry: the entry.
        value: the value's dotted name within it, such as ``bands.1.edges.2.rate``.
        vocabulary: the names known.
        lang: the language.
    """
    part, *rest = value.split(".")
    if not isinstance(entry, Layer) or part not in ("bands", "cuts", "caps"):
        return ""
    place = 0 if lang == "zh" else 1
    if part == "cuts":
        said = list(_conditions(entry.cuts[int(rest[0]) - 1].when, vocabulary, lang))
    elif part == "caps":
        cap = entry.caps[int(rest[0]) - 1]
        said = [_SAYS[cap.per][place], _SAYS[cap.on][place]]
    else:
        schedule = (entry.bands or ())[int(rest[0]) - 1]
        edges = [Money(0), *(band.up_to for band in schedule.edges if band.up_to is not None)]
        number = int(rest[2]) - 1
        high = edges[number + 1] if number + 1 < len(edges) else None
        stretch = _SAYS["above" if high is None else "from_to"][place].format(low=edges[number], high=high)
        said = [*_conditions(schedule.when, vocabulary, lang), stretch if len(schedule.edges) > 1 else ""]
        if schedule.measured_from == "deductible" and len(schedule.edges) > 1:
            said.append(_SAYS["deductible"][place])
    return _SAYS["and"][place].join(text for text in said if text)


def _conditions(when: When, vocabulary: Vocabulary, lang: Lang) -> Iterator[str]:
    place = 0 if lang == "zh" else 1
    for _, dimension, names in when.named():
        yield _SAYS["or"][place].join(vocabulary.text(dimension, name, lang) for name in names)
    if when.diseases:
        yield _SAYS["or"][place].join(when.diseases)
    for field in ("age_from", "age_below"):
        age = getattr(when, field)
        if age is not None:
            yield _SAYS[field][place].format(age=age)
