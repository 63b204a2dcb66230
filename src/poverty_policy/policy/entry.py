"""What every entry of a cascade has, and the records that entries share: conditions, caps, labels.

A kind of entry is one module: its declaration, its meaning as formulas (``describe``) and its explanation
(``explain``). ``reimbursement.KINDS`` lists the kinds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from poverty_policy.declaration import NAME_PATTERN, Declaration
from poverty_policy.errors import Fault, RuleError, invalid
from poverty_policy.money import Rate
from poverty_policy.policy.values import Leaf, MoneyField, Rounding, RoundingField, Value, Varied
from poverty_policy.terms import Dimension, Vocabulary

if TYPE_CHECKING:
    from poverty_policy.policy.book import Book
    from poverty_policy.policy.words import Words

Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=60)]
Period = Literal["claim", "year", "disease_year"]


def full() -> Leaf:
    """All of it: 100 %."""
    return Leaf(Rate(1))


def _listed(raw: Any) -> Any:
    return [raw] if isinstance(raw, str) else raw


Names = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])]


def wrong(*faults: Fault) -> PydanticCustomError:
    """Our own faults, in the form in which pydantic carries them."""
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


class Cap(Declaration):
    """A limit on what is paid, or on what is counted."""

    amount: MoneyField
    """The limit; ``none`` where there is none."""
    on: Literal["payment", "base"] = "payment"
    """``payment``: on what the layer pays. ``base``: on the cost it counts, before the deductible."""
    per: Period = "year"
    """Per claim, per benefit year, or per disease and benefit year."""


class Label(Declaration):
    """A name in both languages."""

    zh: str = Field(max_length=60)
    en: str = Field(max_length=120)


class Disagreement(Declaration):
    """What another source gives for a value; the better source rules."""

    value: str = Field(max_length=200)
    """The value's dotted name within the entry, as in ``deductible.default``."""
    says: Annotated[Any, Field()]
    """What the other source gives."""
    source: str = Field(max_length=300)
    """The other source: its key, then the place in it."""
    note: str | None = Field(default=None, max_length=2000)
    """Why the other one rules."""


class Stated(Declaration):
    """Whatever a rule file states under a name of its own, with its source."""

    KIND: ClassVar[str]

    label: Label | None = None
    """The local name, where the standard term does not fit."""
    source: str | None = Field(default=None, max_length=300)
    """The key of a source in the file, then the place in it: ``notice 五(一)``."""
    note: str | None = Field(default=None, max_length=2000)
    """What a reader should know."""
    reading: str | None = Field(default=None, max_length=2000)
    """Where the text can be read in several ways: which one this is."""
    alternatives: tuple[Annotated[str, Field(max_length=2000)], ...] = ()
    """The other ways in which it can be read."""
    disagreements: tuple[Disagreement, ...] = ()
    """What other sources give for values of the entry, where sources disagree."""

    @property
    def name(self) -> str:
        """Its name, unique among those of its kind at a place."""
        return str(getattr(self, self.KIND))

    @property
    def readings(self) -> str | None:
        """The reading together with its alternatives, as a statement shows them."""
        if self.reading is None or not self.alternatives:
            return self.reading
        taken, *others = (one.rstrip("。；;. ") for one in (self.reading, *self.alternatives))
        return taken + "".join(f"；另一种读法：{one}" for one in others) + "。"

    @model_validator(mode="after")
    def _said_which(self) -> Stated:
        if self.alternatives and self.reading is None:
            zh, en = "写了 alternatives，也要写 reading：采用的是哪一种读法", "say in `reading` which reading this is"
            raise wrong(invalid(zh, en, "alternatives"))
        return self

    def values(self) -> Iterator[tuple[str, Value]]:
        """Every value inside, with its dotted name below the entry."""
        for field, info in type(self).model_fields.items():
            yield from _values(info.alias or field, getattr(self, field))

    def sources(self) -> Iterator[tuple[str, str]]:
        """The sources of records inside that have one of their own, with the dotted names of the records."""
        for field, info in type(self).model_fields.items():
            yield from _sources(info.alias or field, getattr(self, field))


class Entry(Stated):
    """An entry of a cascade."""

    #: What is done to the bill before any insurance counts.
    BEFORE_INSURANCE: ClassVar[bool] = False

    when: When = Field(default_factory=When)
    """When it applies."""
    payers: dict[str, Rate] | None = Field(default=None, min_length=1)
    """Who pays, with shares that add up to 100 %; the last one bears what rounding leaves."""
    rounding: RoundingField = Field(default_factory=Rounding)
    """To what each settlement's payment is rounded; by default to the fen, half up."""

    @property
    def needs_paid(self) -> bool:
        """Whether a bill must say what this entry paid."""
        return False

    @property
    def needs_charges(self) -> bool:
        """Whether a bill must list charges for this entry."""
        return False

    @abstractmethod
    def describe(self, book: Book) -> None:
        """Write what the entry means into the book, and book its payment."""

    @abstractmethod
    def explain(self, steps: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
        """The lines of a statement that say how the payment came about: (depth, text)."""

    def components(self) -> Iterable[str]:
        """The components of cost that it names."""
        return ()

    def whens(self) -> Iterator[tuple[tuple[str | int, ...], When]]:
        """Every condition in it, and where it stands."""
        yield ("when",), self.when

    def reference_faults(self, earlier: Mapping[str, Entry], vocabulary: Vocabulary) -> Iterator[Fault]:
        """What is wrong with its references to earlier entries and to names of its own dimensions."""
        return iter(())

    def cliffs(self) -> Iterator[tuple[str, str]]:
        """Where one fen more of cost makes its payment jump, in Chinese and English."""
        return iter(())

    @model_validator(mode="after")
    def _whole(self) -> Entry:
        if self.BEFORE_INSURANCE and self.payers is not None and len(self.payers) > 1:
            zh, en = "减免和先行自付不能由几方分摊", "what comes before insurance is not split among payers"
            raise wrong(invalid(zh, en, "payers"))
        faults = tuple(payers_faults(self.payers))
        if faults:
            raise wrong(*faults)
        return self


def _sources(at: str, found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, tuple):
        for place, one in enumerate(found, 1):
            yield from _sources(f"{at}.{place}", one)
    elif isinstance(found, dict):
        for key, one in found.items():
            yield from _sources(f"{at}.{key}", one)
    elif isinstance(found, Declaration):
        if getattr(found, "source", None) is not None:
            yield at, found.source  # type: ignore[attr-defined]  # it is there
        for field, info in type(found).model_fields.items():
            yield from _sources(f"{at}.{info.alias or field}", getattr(found, field))


def payers_faults(payers: Mapping[str, Rate] | None) -> Iterator[Fault]:
    """Shares that do not add up."""
    if payers is not None and sum(rate.parts for rate in payers.values()) != Rate(1).parts:
        yield invalid("各支付方的比例之和应为 100%", "the payers' shares must add up to 100%", "payers")


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
        for field, info in type(found).model_fields.items():
            yield from _values(f"{at}.{info.alias or field}", getattr(found, field))


def known(dimension: Dimension, names: Iterable[str], vocabulary: Vocabulary, *at: str | int) -> Iterator[Fault]:
    """A fault for every name that the dimension does not know."""
    for name in names:
        if vocabulary.dimension_of(name, (dimension,)) is None:
            yield vocabulary.unknown(dimension.replace("_", " "), name, (dimension,), *at)
