"""Health reimbursement: layers, guarantees and waivers, and the cascade in which they follow one another.

Everything here declares. What it means as a calculation stands in ``cascade.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from poverty_policy.declaration import Declaration
from poverty_policy.errors import Fault, RuleError, invalid, unknown
from poverty_policy.money import Money, Rate
from poverty_policy.policy.values import (
    Leaf,
    MoneyField,
    PointsField,
    RateField,
    Rounding,
    RoundingField,
    Value,
    Varied,
    leaves,
    name_faults,
)
from poverty_policy.terms import Dimension, Term, Vocabulary

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Period = Literal["claim", "year", "disease_year"]


def _full() -> Leaf:
    return Leaf(Rate(1))


def _listed(raw: Any) -> Any:
    return [raw] if isinstance(raw, str) else raw


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def _wrong(*faults: Fault) -> PydanticCustomError:
    return PydanticCustomError("fault", "{text}", {"text": str(RuleError(faults)), "faults": faults})


class When(Declaration):
    """When something applies: every condition that is stated must hold."""

    kinds: Names | None = None
    """Kinds of claim: inpatient, outpatient, outpatient_chronic, outpatient_major."""
    groups: Names | None = None
    """The person belongs to at least one of these groups on the day of the claim."""
    facility_levels: Names | None = None
    """Level of the facility: village, township, county, city, province."""
    facility_grades: Names | None = None
    """Grade of the facility: ungraded, grade_1, grade_2, grade_3."""
    facilities: Names | None = None
    """Facilities that the rule names one by one."""
    areas: Names | None = None
    """Where the care took place: in_county, in_prefecture, in_province, out_of_province."""
    referrals: Names | None = None
    """How the patient came: referred, not_referred, emergency."""
    insurance: Names | None = None
    """The person's insurance: resident, ncms, employee, none."""
    diseases: Names | None = None
    """The rule's list of diseases, by name."""
    age_from: int | None = Field(default=None, ge=0, le=150)
    """Youngest age in full years."""
    age_below: int | None = Field(default=None, ge=0, le=150)
    """First age in full years that is too old."""

    def named(self) -> Iterator[tuple[str, Dimension, tuple[str, ...]]]:
        """The conditions on names: field, dimension, names."""
        fields: tuple[tuple[str, Dimension], ...] = (
            ("kinds", "kind"), ("groups", "group"), ("facility_levels", "facility_level"),
            ("facility_grades", "facility_grade"), ("facilities", "facility"), ("areas", "area"),
            ("referrals", "referral"), ("insurance", "insurance"),
        )  # fmt: skip
        for field, dimension in fields:
            names = getattr(self, field)
            if names is not None:
                yield field, dimension, names


class Band(Declaration):
    """One band of a schedule."""

    up_to: Money | None = None
    """Its upper edge; the last band has none."""
    rate: RateField
    """Its rate, which may differ by group, facility, …"""


class Schedule(Declaration):
    """Rates by amount."""

    when: When = Field(default_factory=When)
    """Where a layer has several schedules: the first that applies is used."""
    measured_from: Literal["zero", "deductible"]
    """``zero``: edges are cumulative amounts, the deductible lies inside the first bands. ``deductible``:
    edges count from the deductible upward."""
    mode: Literal["marginal", "whole_amount"] = "marginal"
    """``marginal``: each slice at its own rate. ``whole_amount``: all of it at the rate of the band reached."""
    upper_edge: Literal["inclusive", "exclusive"] = "inclusive"
    """Whether an amount exactly on an edge belongs to the band below it (matters for ``whole_amount``)."""
    restart: bool = False
    """The bands start again at each settlement, though the deductible may be yearly."""
    edges: tuple[Band, ...] = Field(min_length=1, max_length=50)
    """The bands, rising; the last one open."""

    @model_validator(mode="after")
    def _in_order(self) -> Schedule:
        faults: list[Fault] = []
        before = Money(0)
        for place, band in enumerate(self.edges):
            last = place == len(self.edges) - 1
            if band.up_to is None:
                if not last:
                    faults.append(invalid("只有最后一段可以没有上限", "only the last band may be open", "edges", place))
                continue
            if last:
                zh = "最后一段必须没有上限：超出部分若不报销，请写一段 rate: 0%"
                en = "the last band must be open: if nothing is paid above, say so with a band of rate 0%"
                faults.append(invalid(zh, en, "edges", place, "up_to"))
            if band.up_to == before and place:
                zh, en = f"上限 {band.up_to} 写了两次", f"the edge {band.up_to} is given twice"
                faults.append(invalid(zh, en, "edges", place, "up_to"))
            elif band.up_to <= before:
                zh, en = (
                    f"分段没有按从小到大：{band.up_to} 在 {before} 之后",
                    f"bands out of order: {band.up_to} after {before}",
                )
                faults.append(invalid(zh, en, "edges", place, "up_to"))
            before = band.up_to
        if faults:
            raise _wrong(*faults)
        return self


class Repeat(Declaration):
    """What becomes of the deductible when a person is treated again in the same year."""

    factors: tuple[Rate, ...] = Field(min_length=1, max_length=20)
    """The share of the deductible at the first, second, … time; the last one holds from then on."""
    counted: Literal["all", "same_facility_level"] = "all"
    """Which earlier claims count: all of the layer's, or those at the same level and grade."""
    yearly_ceiling: MoneyField = None
    """The most that deductibles may add up to in a year."""


class Cut(Declaration):
    """A reduction, for example without referral or out of area."""

    when: When
    points: PointsField = None
    """Percentage points off the rate."""
    rate: RateField = None
    """The rate is multiplied by this."""
    payment: RateField = None
    """The payment (after caps) is multiplied by this."""
    base: RateField = None
    """The amount counted is multiplied by this."""

    @model_validator(mode="after")
    def _one_way(self) -> Cut:
        if sum(way is not None for way in (self.points, self.rate, self.payment, self.base)) != 1:
            zh, en = (
                "points、rate、payment、base 须写且只写一项",
                "state exactly one of points, rate, payment, base",
            )
            raise _wrong(invalid(zh, en))
        return self


class Cap(Declaration):
    """A limit on what is paid, or on what is counted."""

    amount: MoneyField
    """The limit; ``none`` where there is none."""
    on: Literal["payment", "base"] = "payment"
    """``payment``: on what the layer pays. ``base``: on the cost it counts, before the deductible."""
    per: Period = "year"
    """Per claim, per benefit year, or per disease and benefit year."""


class AgeUplift(Declaration):
    """Points added for each year of age."""

    over: int = Field(ge=0, le=150)
    """Years of age above this one count."""
    per_year: Rate
    """Points for each of them."""


class Label(Declaration):
    """A name in both languages."""

    zh: str = Field(max_length=60)
    en: str = Field(max_length=120)


class Item(Declaration):
    """What every entry of a cascade has."""

    label: Label | None = None
    """The local name, where the standard term does not fit."""
    source: str | None = Field(default=None, max_length=300)
    """The key of a source in the file, then the place in it: ``notice 五(一)``."""
    note: str | None = Field(default=None, max_length=2000)
    """What a reader should know."""
    reading: str | None = Field(default=None, max_length=2000)
    """Where the text can be read in several ways: which one this is, and which others there are."""
    when: When = Field(default_factory=When)
    """When it applies."""
    payers: dict[str, Rate] | None = Field(default=None, min_length=1)
    """Who pays, with shares that add up to 100 %; the last one bears what rounding leaves."""
    rounding: RoundingField = Field(default_factory=Rounding)
    """To what each settlement's payment is rounded; by default to the fen, half up."""

    @property
    def name(self) -> str:
        """The entry's name, unique in its cascade."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _whole(self) -> Item:
        if self.payers is not None and sum(rate.parts for rate in self.payers.values()) != Rate(1).parts:
            raise _wrong(invalid("各支付方的比例之和应为 100%", "the payers' shares must add up to 100%", "payers"))
        return self

    def values(self) -> Iterator[tuple[str, Value]]:
        """Every value inside, with its dotted name below the entry."""
        for field in type(self).model_fields:
            yield from _values(field, getattr(self, field))


def _values(at: str, found: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(found, Leaf | Varied):
        yield at, found
    elif isinstance(found, tuple):
        for place, one in enumerate(found, 1):
            yield from _values(f"{at}.{place}", one)
    elif isinstance(found, dict):
        for key, one in found.items():
            yield from _values(f"{at}.{key}", one)
    elif isinstance(found, Declaration):
        for field in type(found).model_fields:
            yield from _values(f"{at}.{field}", getattr(found, field))


def _components(raw: Any) -> Any:
    """``in_scope``, ``[in_scope, implant]`` or ``{in_scope: 100%, category_b_first: 50%}``."""
    if isinstance(raw, str):
        raw = [raw]
    return {name: Rate(1) for name in raw} if isinstance(raw, list | tuple) else raw


Counts = Annotated[dict[str, Rate], BeforeValidator(_components), Field(min_length=1)]


class Layer(Item):
    """An insurance or assistance layer: it pays a share of what the layers before it left."""

    layer: Name
    """Its name: basic, critical_illness, supplementary, medical_assistance, … or a local one."""
    observed: bool = False
    """The tariff is not stated in the sources; what the layer paid is taken from the bill."""
    counts: Counts = Field(default_factory=lambda: {"in_scope": Rate(1)})
    """Which components of cost it counts, and what share of each; ``all`` for the whole cost."""
    after: Names | None = None
    """Whose payments are taken off before it counts; all earlier layers if not stated."""
    less: Names = ()
    """What it leaves out of the amount counted: ``basic.deductible``, ``basic.over_cap``, ``basic.over_base``."""
    per: Literal["claim", "year"] = "claim"
    """Whether its deductible and bands run per claim or over the benefit year."""
    deductible: MoneyField = Field(default_factory=lambda: Leaf(Money(0)))
    """What is left to the patient before it pays; zero is a value."""
    deductible_per: Literal["claim", "year"] | None = None
    """Where the deductible runs over another period than the bands."""
    repeat: Repeat | None = None
    """The deductible on repeated treatment, for deductibles per claim."""
    rate: RateField = None
    """A flat rate."""
    bands: tuple[Schedule, ...] | None = None
    """Rates by amount, instead of a flat rate; several schedules tell by ``when`` which one holds."""
    uplift: PointsField = Field(default_factory=lambda: Leaf(Rate(0)))
    """Percentage points added for groups; nobody else has any."""
    age_uplift: AgeUplift | None = None
    """Points added by age."""
    uplift_ceiling: RateField = Field(default_factory=_full)
    """The highest rate that uplifts may lead to."""
    cuts: tuple[Cut, ...] = ()
    """Reductions; every one whose conditions hold takes effect, in order."""
    caps: tuple[Cap, ...] = ()
    """Limits; every one holds."""

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer

    @model_validator(mode="before")
    @classmethod
    def _shorthands(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if isinstance(data.get("bands"), dict | Schedule):
            data["bands"] = [data["bands"]]
        if "cap" in data and "caps" not in data:
            per = "year" if data.get("per") == "year" else "claim"
            data["caps"] = [{"amount": data.pop("cap"), "per": per}]
        return data

    @model_validator(mode="after")
    def _pays_somehow(self) -> Layer:
        faults: list[Fault] = []
        tariff = [name for name in ("rate", "bands") if getattr(self, name) is not None]
        if self.observed:
            changed = sorted(
                set(self.model_fields_set) & {"deductible", "repeat", "rate", "bands", "uplift", "cuts", "caps"}
            )
            if changed:
                zh = f"observed 的层由账单给出支付额，不能再写 {'、'.join(changed)}"
                en = f"an observed layer is paid as the bill says; take out {', '.join(changed)}"
                faults.append(invalid(zh, en))
        elif len(tariff) != 1:
            zh = "rate（单一比例）与 bands（分段）须写且只写一项；来源没有给出比例时写 unspecified，或写 observed: true"
            en = (
                "state exactly one of rate and bands; where the sources give none, write unspecified, or observed: true"
            )
            faults.append(invalid(zh, en))
        if self.repeat is not None and (self.deductible_per or self.per) == "year":
            zh, en = "按年计的起付线没有“再次住院”", "a yearly deductible has no repetition"
            faults.append(invalid(zh, en, "repeat"))
        for place, less in enumerate(self.less):
            if less.partition(".")[2] not in ("deductible", "over_cap", "over_base"):
                faults.append(
                    unknown(
                        "amount of an earlier layer",
                        less,
                        [f"{less.partition('.')[0]}.{x}" for x in ("deductible", "over_cap", "over_base")],
                        "less",
                        place,
                    )
                )
        if faults:
            raise _wrong(*faults)
        return self


class Guarantee(Item):
    """A guarantee: it fills up to a share of the cost, or down to a ceiling of what the patient bears."""

    guarantee: Name
    """Its name."""
    counts: Names = ("in_scope",)
    """The components of cost it looks at; ``all`` for the whole cost."""
    per: Literal["claim", "year"] = "claim"
    """Whether it is measured on each claim or over the benefit year."""
    fill_to: RateField = None
    """The share of the counted cost up to which it fills."""
    ceiling: MoneyField = None
    """The most that the patient bears of the counted cost."""
    pays: RateField = Field(default_factory=_full)
    """The share of the gap or excess that it pays."""
    caps: tuple[Cap, ...] = ()
    """Limits on its payment."""

    @property
    def name(self) -> str:
        """The guarantee's name."""
        return self.guarantee

    @model_validator(mode="after")
    def _one_aim(self) -> Guarantee:
        if (self.fill_to is None) == (self.ceiling is None):
            raise _wrong(invalid("fill_to 与 ceiling 须写且只写一项", "state exactly one of fill_to and ceiling"))
        if any(cap.on == "base" for cap in self.caps):
            raise _wrong(invalid("兜底的封顶只能是支付额", "a guarantee's cap limits its payment", "caps"))
        return self


class Waiver(Item):
    """Charges that the facility reduces before insurance pays."""

    waiver: Name
    """Its name."""
    charges: dict[str, RateField] = Field(min_length=1)
    """What share of which charge is waived."""

    @property
    def name(self) -> str:
        """The waiver's name."""
        return self.waiver


Entry = Layer | Guarantee | Waiver


class Cascade:
    """Entries in their order: waivers first, then layers and guarantees, each on what is left.

    Args:
        entries: waivers, layers and guarantees, in the order in which they settle.
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
        entries: tuple[Entry, ...] | list[Entry],
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
        before: list[str] = []
        insured = False
        for place, entry in enumerate(self.entries):
            if entry.name in before:
                yield invalid(f"“{entry.name}”出现两次", f"{entry.name!r} stands twice", place)
            if isinstance(entry, Waiver):
                if insured:
                    zh, en = "减免先于医保，应写在各层之前", "waivers come before insurance: move it up"
                    yield invalid(zh, en, place)
                for charge in entry.charges:
                    yield from self._known("charge", charge, place, "charges")
            else:
                insured = True
                for component in entry.counts:
                    if component != "all":
                        yield from self._known("component", component, place, "counts")
            if isinstance(entry, Layer):
                for field in ("after", "less"):
                    for reference in getattr(entry, field) or ():
                        yield from self._earlier(reference.partition(".")[0], before, place, field)
                for number, schedule in enumerate(entry.bands or ()):
                    yield from self._when_faults(schedule.when, place, "bands", number, "when")
                for number, cut in enumerate(entry.cuts):
                    yield from self._when_faults(cut.when, place, "cuts", number, "when")
            yield from self._when_faults(entry.when, place, "when")
            for payer in entry.payers or ():
                yield from self._known("payer", payer, place, "payers")
            for at, value in entry.values():
                yield from name_faults(value, self.vocabulary, place, *at.split("."))
            before.append(entry.name)

    def _earlier(self, name: str, before: list[str], *at: str | int) -> Iterator[Fault]:
        paying = {entry.name: entry for entry in self.entries if entry.name in before and not isinstance(entry, Waiver)}
        entry = paying.get(name)
        if entry is None:
            yield unknown("earlier layer", name, paying, *at)
        elif at[-1] == "less" and (not isinstance(entry, Layer) or entry.observed):
            zh = f"“{name}”的支付取自账单或是兜底，没有起付线和封顶可减"
            en = f"{name!r} is observed or a guarantee: it has no deductible or cap that could be left out"
            yield invalid(zh, en, *at)

    def _when_faults(self, when: When, *at: str | int) -> Iterator[Fault]:
        for field, dimension, names in when.named():
            for name in names:
                yield from self._known(dimension, name, *at, field)

    def _known(self, dimension: Dimension, name: str, *at: str | int) -> Iterator[Fault]:
        if self.vocabulary.dimension_of(name, (dimension,)) is None:
            yield unknown(dimension.replace("_", " "), name, self.vocabulary.names(dimension), *at)

    def open_values(self) -> Iterator[tuple[str, Leaf]]:
        """Every value that the sources leave open, by dotted name."""
        for entry in self.entries:
            for at, value in entry.values():
                for path, leaf in leaves(value):
                    if leaf.value is None and not leaf.unlimited:
                        yield ".".join((entry.name, at, *path)), leaf
