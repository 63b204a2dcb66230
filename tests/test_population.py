"""Frames of many cases: the fen of one case at a time, in any kind of frame, and every fault with its count."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import poverty_policy as pp
from poverty_policy.assessment.circumstances import full_months, window_of
from poverty_policy.assessment.decisions import Unknown
from poverty_policy.assessment.engine import Engine
from poverty_policy.money import Money
from poverty_policy.population import days, kinds

Row = dict[str, Any]
WORDS = ("kind", "facility_level", "facility_grade", "facility", "area", "referral")


class Drawn:
    """A random population for a rule set: rows for frames, and the same as cases."""

    def __init__(self, rules: pp.RuleSet, seed: int, homes: int = 6, *, claims: bool = True) -> None:
        self.rules, self.chance = rules, Random(seed)
        self.engine = Engine.of_everything(rules.resolved)
        self.gatherer = self.engine.gatherer
        assert self.gatherer.circumstances is not None
        self.around = self.gatherer.circumstances
        self.claims: list[Row] = []
        self.persons: list[Row] = []
        self.households: list[Row] = []
        self.cases: list[Row] = []
        self.with_claims = claims
        for h in range(homes):
            self._household(f"h{h}")

    def names(self, dimension: Any) -> list[str]:
        return sorted(set(self.gatherer.known[dimension].values()))

    def amount(self) -> str:
        fen = self.chance.choice([0, 100, 3000_00, 10_000_00, self.chance.randint(0, 20_000_00)])
        return f"{fen // 100}.{fen % 100:02}"

    def _facts(self, entity: str, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for (level, fact), kind in self.around.kinds.items():
            if level != entity:
                continue
            value: Any = None
            if self.chance.random() < 0.8:
                value = {
                    "truth": lambda: self.chance.random() < 0.5,
                    "money": self.amount,
                    "rate": lambda: round(self.chance.randint(0, 10_000) / 10_000, 4),
                    "count": lambda: self.chance.randint(0, 6),
                    "date": lambda: self.rules.resolved.on - dt.timedelta(days=self.chance.randint(0, 900)),
                    "choice": lambda fact=fact: self.chance.choice(self.around.choices[fact]),
                }[kind]()
                found[fact] = str(value) if kind == "rate" else value
            row[f"facts.{fact}"] = value
        return found

    def _income(self, entity: str, row: Row) -> list[Row]:
        records: list[Row] = []
        read = {name for name in self.gatherer.read if name.startswith((f"{entity}.item.", f"{entity}.spent."))}
        windows: dict[str, set[str]] = {}
        for name in read:
            item, window = name.split(".", 2)[2].rsplit(".", 1)
            windows.setdefault(item, set()).add(window)
        for item, stated in sorted(windows.items()):
            if len({one for name, one in self.around.items_read if name == item}) > 1:
                continue  # sums over several windows do not come from one record
            since, to = window_of(next(iter(stated)), self.rules.resolved.on)
            amount, cost = (
                self.amount(),
                self.amount() if f"{entity}.spent.{item}.{next(iter(stated))}" in read else "0",
            )
            row[f"income.{item}"] = amount
            if cost != "0":
                row[f"income.{item}.cost"] = cost
            elif f"{entity}.spent.{item}.{next(iter(stated))}" in read:
                row[f"income.{item}.cost"] = "0"
            records.append({"item": item, "from": since, "to": to, "amount": amount, "cost": cost})
        return [*records, *self._unnamed(entity, row)]

    def _unnamed(self, entity: str, row: Row) -> list[Row]:
        """Income under an item that no account names; accounts with several windows would cut it in two."""
        accounts = self.around.accounts.values()
        windows = {account.window(None) for account in accounts}
        named = {item for account in accounts for item in account.items} | {item for item, _ in self.around.items_read}
        others = [item for item in self.names("item") if item not in named]
        if len(windows) != 1 or not others:
            return []
        since, to = window_of(windows.pop(), self.rules.resolved.on)
        amount, cost = self.amount(), self.amount()
        row |= {f"income.{others[0]}": amount, f"income.{others[0]}.cost": cost}
        return [{"item": others[0], "from": since, "to": to, "amount": amount, "cost": cost}]

    def _household(self, id_: str) -> None:
        chance, on = self.chance, self.rules.resolved.on
        row: Row = {"id": id_, "residence": chance.choice(["urban", "rural"]), "place": self.rules.place.code}
        complete = chance.random() < 0.8
        case: Row = {
            "id": id_, "residence": row["residence"], "place": row["place"], "facts": self._facts("household", row),
            "income": self._income("household", row), "members": [],
        }  # fmt: skip
        row["records_complete"] = complete
        if complete:
            case["records_complete"] = {"from": on - dt.timedelta(days=1500), "to": on}
        for p in range(chance.randint(1, 3)):
            case["members"].append(self._person(f"{id_}p{p}", id_))
        self.households.append(row)
        self.cases.append(case)

    def _person(self, id_: str, household: str) -> Row:
        chance, on = self.chance, self.rules.resolved.on
        known = self.names("group")
        groups = [name for name in known if chance.random() < min(0.5, 4 / len(known))]
        born = on - dt.timedelta(days=chance.randint(400, 30_000))
        row: Row = {
            "id": id_, "household": household, "groups": ", ".join(groups), "birth_date": born,
            "insurance": chance.choice(self.names("insurance")),
        }  # fmt: skip
        case: Row = {
            "id": id_, "groups": groups, "birth_date": born, "insurance": row["insurance"],
            "facts": self._facts("person", row), "income": self._income("person", row), "claims": [],
        }  # fmt: skip
        if self.with_claims:
            for c in range(chance.randint(0, 4)):
                case["claims"].append(self._claim(f"{id_}c{c}", id_, c))
        self.persons.append(row)
        return case

    def _claim(self, id_: str, person: str, number: int) -> Row:
        chance, rules = self.chance, self.rules.resolved
        days = (rules.valid_to - rules.valid_from).days
        date = rules.valid_from + dt.timedelta(days=chance.choice([number, chance.randint(0, days)]))
        row: Row = {"id": id_, "person": person, "date": date, "order": number}
        for word in WORDS:
            row[word] = chance.choice(self.names(word)) if self.names(word) else None
        row["disease"] = chance.choice([*sorted(self.gatherer.diseases), "别的病"])
        case: Row = {key: row[key] for key in (*WORDS, "disease", "date") if row[key] is not None}
        case |= {"id": id_, "cost": {}, "paid": {}, "charges": {}}
        for name in self.gatherer.read:
            if name.startswith("charge.") and ".other." not in name:
                row[f"charges.{name.removeprefix('charge.')}"] = "0"
        for component in (*self.gatherer.components, "out_of_catalogue"):
            row[f"cost.{component}"] = case["cost"][component] = self.amount()
        self.claims.append(row)
        return case

    def state_payments(self) -> None:
        """What observed layers paid, where they apply; nothing was paid where they do not."""
        if not self.gatherer.observed or not self.claims:
            return
        for row in self.claims:
            row |= {f"paid.{name}": "0" for name in self.gatherer.observed}
        tried = self.rules.assess_frame(**frames_of(self), on_error="collect").claims
        applies = {row["id"]: row for row in tried.to_dicts()}
        cases = {claim["id"]: claim for case in self.cases for one in case["members"] for claim in one["claims"]}
        for row in self.claims:
            for name in self.gatherer.observed:
                if applies.get(row["id"], {}).get(f"health.{name}") is not None:
                    paid = (
                        self.chance.choice(["0", "1.00", "25.5"]) if float(row.get("cost.in_scope", 0)) > 100 else "0"
                    )
                    row[f"paid.{name}"] = cases[row["id"]]["paid"][name] = paid


def frames_of(drawn: Drawn) -> dict[str, pl.DataFrame]:
    rows = {"claims": drawn.claims, "persons": drawn.persons, "households": drawn.households}
    return {name: pl.DataFrame(one, infer_schema_length=None) for name, one in rows.items() if one}


def as_polars(frame: Any) -> pl.DataFrame:
    """Any kind of frame as a Polars one."""
    opened = nw.from_native(frame)
    made = opened.collect() if isinstance(opened, nw.LazyFrame) else opened
    return made.to_polars()


def plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return "unknown"
    return str(value.fen) if isinstance(value, Money) else value


def same_as_one_by_one(drawn: Drawn, frames: Mapping[str, Any], **how: Any) -> int:
    """Compare every result of every subject; how many there were. What is refused one by one is rejected here."""
    got = drawn.rules.assess_frame(**frames, **how)
    rejected = (
        set(as_polars(got.rejected).filter(pl.col("frame") == "households")["id"]) if got.rejected is not None else ()
    )
    tables = {
        level: {row["id"]: row for row in as_polars(getattr(got, name)).to_dicts()}
        for level, name in (("person", "persons"), ("household", "households"), ("claim", "claims"))
        if getattr(got, name) is not None
    }
    compared = 0
    for case in drawn.cases:
        if case["id"] in rejected:
            with pytest.raises(pp.PolicyError):
                drawn.rules.assess(case)
            continue
        outcome = drawn.rules.assess(case)
        for decision in outcome.decisions:
            row = tables[decision.level][decision.subject]
            value = "unknown" if row[f"{decision.name}.unknown"] else row[decision.name]
            if not isinstance(value, bool | str | None):
                value = str(Money(value).fen)
            assert value == plain(decision.result), (decision.name, decision.subject)
            compared += 1
        for claim in outcome.claims:
            row = tables["claim"][claim.placed.claim.id]
            for name, value in claim.items():
                if name in row:
                    assert (None if row[name] is None else str(Money(row[name]).fen)) == plain(value), name
                    compared += 1
    return compared


HOUSEHOLDS = (
    ("chongqing", "2018-06-15"), ("qilihe", "2022-06-15"), ("henan", "2018-07-01"), ("shanghai", "2021-12-01"),
    ("guizhou", "2018-06-15"), ("anhui", "2020-06-15"), ("hebei", "2018-06-15"), ("china", "2020-06-15"),
)  # fmt: skip


@pytest.mark.parametrize(("place", "on"), HOUSEHOLDS)
def test_households_in_frames_are_decided_as_one_by_one(place: str, on: str) -> None:
    rules = pp.load(place, on=on, health=False)
    drawn = Drawn(rules, 7, 25, claims=False)
    assert same_as_one_by_one(drawn, frames_of(drawn)) > 100


BILLS = (
    ("henan", "2018-07-01"), ("429005", "2018-06-15"), ("jinzhai", "2020-06-15"), ("raohe", "2016-06-15"),
    ("shaodong", "2022-06-15"), ("chongqing", "2023-06-15"), ("zichuan", "2025-06-15"), ("wuhu", "2025-06-15"),
    ("jiujiang", "2023-06-15"), ("dali", "2018-06-15"),
)  # fmt: skip


@pytest.mark.parametrize(("place", "on"), BILLS)
def test_bills_and_households_in_frames_are_settled_as_one_by_one(place: str, on: str) -> None:
    rules = pp.load(place, on=on)
    drawn = Drawn(rules, 3, 40)
    drawn.state_payments()
    assert same_as_one_by_one(drawn, frames_of(drawn), on_error="collect") > 20


def _duckdb(frame: pl.DataFrame) -> Any:
    import duckdb

    return duckdb.from_arrow(frame.to_arrow())


def _ibis(frame: pl.DataFrame) -> Any:
    import ibis

    return ibis.memtable(frame.to_arrow())


KINDS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars, lazy": lambda frame: frame.lazy(),
    "pandas": lambda frame: frame.to_pandas(),
    "pandas on arrow": lambda frame: frame.to_pandas(use_pyarrow_extension_array=True),
    "pyarrow": lambda frame: frame.to_arrow(),
    "duckdb": _duckdb,
    "ibis on duckdb": _ibis,
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_frame_gives_the_same_fen_in_the_same_kind(kind: str) -> None:
    rules = pp.load("henan", on="2018-07-01")
    drawn = Drawn(rules, 5, 15)
    drawn.state_payments()
    frames = {name: KINDS[kind](frame) for name, frame in frames_of(drawn).items()}
    got = rules.assess_frame(**frames)
    assert type(got.claims) is type(frames["claims"])
    if kind.startswith("p") and "lazy" not in kind:  # what came in memory keeps its order
        for name, frame in frames.items():
            assert as_polars(getattr(got, name))["id"].to_list() == as_polars(frame)["id"].to_list()
    assert same_as_one_by_one(drawn, frames) > 100
    assert same_as_one_by_one(drawn, frames, on_error="collect") > 100


# --- columns and what is wrong with them ---------------------------------------------------------------------

HENAN = pp.load("henan", on="2018-07-01")
BILL = {
    "id": "b1", "person": "p1", "date": "2018-05-02", "insurance": "resident", "groups": "registered_poor",
    "kind": "inpatient", "cost.in_scope": "30000", "paid.basic": "15000",
}  # fmt: skip


def bills(*changed: Row, **columns: Any) -> pl.DataFrame:
    """Bills of different people, each with some facts changed; or a frame of one bill with columns of another type."""
    rows = [{**BILL, "id": f"b{n}", "person": f"p{n}", **one} for n, one in enumerate(changed or ({},), 1)]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return frame.with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def paid(frame: pl.DataFrame, **how: Any) -> list[Any]:
    return [
        None if one is None else str(one)
        for one in HENAN.assess_frame(claims=frame, **how).claims["health.critical_illness"]
    ]


def said(frame: pl.DataFrame, **how: Any) -> list[str]:
    with pytest.raises(pp.PolicyError) as error:
        HENAN.assess_frame(claims=frame, **how)
    return error.value.text("en").splitlines()


def test_bills_alone_with_headers_of_their_own_and_chinese_words() -> None:
    own = {"住院号": "id", "身份证": "person", "出院日期": "date", "身份": "groups", "政策范围内": "cost.in_scope"}
    frame = bills({"groups": "建档立卡贫困人口、低保对象", "insurance": "城乡居民基本医保", "kind": "住院"})
    frame = frame.rename({name: column for column, name in own.items()})
    assert paid(frame, columns={"claims": own}) == ["6000.00"]
    assert said(frame, columns={"claims": {"出院": "date"}})[0] == "claims: there is no column '出院'"


@pytest.mark.parametrize(
    "cost",
    [["30000"], [30000], [30000.0], [Decimal("30000.00")], [Decimal("30000")], ["30,000.00"], [" 30000.0 "]],
)
def test_money_in_yuan_is_taken_exactly_whatever_holds_it(cost: list[Any]) -> None:
    assert paid(bills(**{"cost.in_scope": cost})) == ["6000.00"]


def test_money_in_fen_goes_in_and_out_as_whole_fen() -> None:
    columns = {"cost.in_scope": [3_000_001], "paid.basic": [1_500_000]}
    assert HENAN.assess_frame(claims=bills(**columns), money="fen").claims["health.critical_illness"].to_list() == [
        600_001
    ]
    assert "a column of Float64 will not do" in said(bills(**{**columns, "paid.basic": [1.5]}), money="fen")[0]


@pytest.mark.parametrize("cost", ["30000.005", "-1", "3e4", "三万", "", "30,00.00", "5000000.01", "1_000"])
def test_text_that_is_no_amount_is_refused(cost: str) -> None:
    assert said(bills({"cost.in_scope": cost}))[0].startswith(
        "claims.cost.in_scope: must be yuan from 0 to 5,000,000.00"
    )


@given(st.integers(0, 500_000_000))
def test_a_float_is_the_amount_it_is_nearest_to_and_no_other_float_is(fen: int) -> None:
    kind = kinds.amount("yuan")
    near = fen / 100
    column = pl.DataFrame(
        {"it": [near, math.nextafter(near, math.inf), math.nextafter(near, -1.0), math.nan, math.inf]}
    )
    frame, dtype = nw.from_native(column).lazy(), nw.Float64()
    good = frame.select(kind.good(nw.col("it"), dtype)).collect()["it"].to_list()
    assert good == [True, False, False, False, False]
    assert frame.head(1).select(kind.read(nw.col("it"), dtype)).collect()["it"].to_list() == [fen]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"date": "2018-02-30"}, "claims.date: must be a date like 2018-07-01: 1 rows, such as b1, '2018-02-30'"),
        (
            {"date": "2020-01-01"},
            "claims.date: outside the rules' days, 2018-01-01 to 2019-12-31: load the rules of that",
        ),
        ({"insurance": "residnt"}, "claims.insurance: there is no insurance called 'residnt'; did you mean 'resident'"),
        ({"groups": "dibao, poor"}, "claims.groups: there is no group called 'poor'"),
        ({"insurance": None}, "claims.insurance: no value: 1 rows, such as b1"),
        ({"paid.basic": None}, "claims.paid.basic: no value: the sources give no tariff"),
        ({"paid.basic": "30000.01"}, "claims.paid.basic: the bill says that 'basic' paid more than was left: 1 rows"),
        ({"total": "29999.99"}, "claims.total: the components do not add up to the total: 1 rows, such as b1"),
        (
            {"cost.in_skope": "1"},
            "claims.cost.in_skope: there is no component called 'in_skope'; did you mean 'in_scope'",
        ),
        ({"paid.basik": "1"}, "claims.paid.basik: there is no observed layer called 'basik'; did you mean 'basic'"),
    ],
)
def test_what_is_wrong_with_a_row_or_a_column(changed: Row, says: str) -> None:
    assert said(bills(changed))[0].startswith(says)


def test_everything_wrong_is_said_at_once_with_counts() -> None:
    frame = bills(
        {"insurance": "x"}, {"insurance": "x"}, {"insurance": "y"}, {"date": "tomorrow"}, {"cost.in_scope": "-5"}
    )
    assert said(frame) == [
        "claims.date: must be a date like 2018-07-01: 1 rows, such as b4, 'tomorrow'",
        "claims.insurance: there is no insurance called 'x': 2 rows, such as b1",
        "claims.insurance: there is no insurance called 'y': 1 rows, such as b3",
        "claims.cost.in_scope: must be yuan from 0 to 5,000,000.00, to the fen: 1 rows, such as b5, '-5'",
    ]


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("id", "claims: the column 'id' is missing"),
        ("person", "claims: the column 'person' is missing"),
        ("date", "claims: the column 'date' is missing"),
        ("insurance", "claims: the column 'insurance' is missing: the rules go by it"),
        ("groups", "claims: the column 'groups' is missing: the rules go by it"),
        ("cost.in_scope", "claims: the column 'cost.in_scope' is missing: the rules go by it"),
    ],
)
def test_missing_columns(column: str, says: str) -> None:
    assert said(bills().drop(column))[0].startswith(says)
    if column == "insurance":
        assert said(bills().rename({column: "insurence"}))[0].endswith("did you mean 'insurence'?")


def test_the_order_of_one_day_must_be_told() -> None:
    twice = bills({"person": "p"}, {"person": "p"})
    assert said(twice)[0].startswith("claims.date: several claims of one person on one day")
    told = bills({"person": "p", "order": 2}, {"person": "p", "order": 1, "cost.in_scope": "30000"})
    assert paid(told) == ["12000.00", "6000.00"]  # the deductible is the first one's


def test_rows_that_nobody_knows_and_rows_given_twice() -> None:
    frames = frames_of(Drawn(HENAN, 1, 4, claims=False))
    lost = frames["persons"].with_columns(pl.lit("nowhere").alias("household"))
    with pytest.raises(pp.InputError, match=r"persons\.household: is not among the households: \d+ rows, such as h0p0"):
        HENAN.assess_frame(persons=lost, households=frames["households"])
    with pytest.raises(pp.InputError, match=r"persons\.id: stands in several rows: \d+ rows"):
        HENAN.assess_frame(persons=pl.concat([frames["persons"]] * 2), households=frames["households"])
    with pytest.raises(pp.InputError, match="'persons' is missing"):
        HENAN.assess_frame(claims=bills(), households=frames["households"])
    with pytest.raises(pp.InputError, match="frames of one kind, not pandas, polars"):
        HENAN.assess_frame(persons=frames["persons"].to_pandas(), households=frames["households"])
    with pytest.raises(pp.InputError, match="no frame is given"):
        HENAN.assess_frame()


def test_rejected_rows_take_the_rest_of_the_person_with_them_and_nobody_else() -> None:
    frame = bills(
        {"person": "p"}, {"person": "p", "date": "2018-06-01", "cost.in_scope": "x"}, {"person": "q"},
        {"insurance": "y"}, {"person": "r", "paid.basic": None},
    )  # fmt: skip
    got = HENAN.assess_frame(claims=frame, on_error="collect")
    assert got.claims["id"].to_list() == ["b3"]
    rows = {(row["id"], row["column"]): row["reason_en"] for row in got.rejected.to_dicts()}
    assert rows.keys() == {("b1", ""), ("b2", "cost.in_scope"), ("b4", "insurance"), ("b5", "paid.basic")}
    assert rows["b1", ""] == "another row of the same group cannot be calculated with"
    assert HENAN.assess_frame(claims=bills(), on_error="collect").rejected.is_empty()


def test_where_care_took_place_is_seen_from_the_household() -> None:
    rules = pp.load("shijiazhuang", on="2020-06-15").reform({"health.basic.caps.1.amount": "15 万元"})
    drawn = Drawn(rules, 4, 20)
    for row, case in zip(drawn.households, drawn.cases, strict=True):
        row["place"] = case["place"] = "130123"
    drawn.state_payments()
    cases = {claim["id"]: claim for case in drawn.cases for one in case["members"] for claim in one["claims"]}
    for number, row in enumerate(drawn.claims):
        row["area"] = None
        row["place"] = ("130123", "130121", "130200", "北京市")[number % 4]
        cases[row["id"]] |= {"place": row["place"], "area": None}
    frames = frames_of(drawn)
    frames["claims"] = frames["claims"].drop("area")
    assert same_as_one_by_one(drawn, frames, on_error="collect") > 20


def test_frames_say_no_more_than_the_rules_know() -> None:
    frames = frames_of(Drawn(HENAN, 1, 40, claims=False))
    home = frames["households"].drop("records_complete")
    with pytest.raises(pp.InputError, match=r"the column 'records_complete' is missing"):
        HENAN.assess_frame(persons=frames["persons"], households=home)
    with pytest.raises(pp.InputError, match=r"households\.facts\.safe_housin: there is no fact called 'safe_housin'"):
        HENAN.assess_frame(persons=frames["persons"], households=frames["households"].with_columns(
            pl.lit(True).alias("facts.safe_housin")))  # fmt: skip
    got = HENAN.assess_frame(persons=frames["persons"], households=frames["households"].drop("facts.safe_housing"))
    assert got.households["criteria.exit.unknown"].any()  # a fact that is not given is not known
    assert not got.households["criteria.exit"].fill_null(False).any()


DAYS = st.dates(dt.date(1, 1, 1), dt.date(2100, 12, 31))


@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=20), st.dates(dt.date(2014, 1, 1), dt.date(2030, 12, 31)))
@example(
    [(dt.date(2000, 2, 29), dt.date(2001, 2, 28)), (dt.date(2000, 3, 1), dt.date(2018, 3, 1))], dt.date(2018, 2, 28)
)
@example(
    [(dt.date(2017, 12, 31), dt.date(2018, 10, 1)), (dt.date(2018, 1, 31), dt.date(2018, 9, 30))], dt.date(2018, 6, 30)
)
def test_days_are_counted_as_one_by_one(pairs: list[tuple[dt.date, dt.date]], to: dt.date) -> None:
    born, day = (nw.col(name) for name in ("born", "day"))
    frame = pl.DataFrame({
        "born": [kinds.number_of(min(pair)) for pair in pairs], "day": [kinds.number_of(max(pair)) for pair in pairs],
    })  # fmt: skip
    found = nw.from_native(frame).lazy().select(
        age=days.age_on(born, day), months=days.months_to(born, to), ordinal=days.ordinal(born),
        year=days.year_from(day, (10, 1)), within=days.between(day, dt.date(2014, 1, 1), to),
    ).collect().rows()  # fmt: skip
    for (one, other), row in zip(pairs, found, strict=True):
        first, last = min(one, other), max(one, other)
        age = last.year - first.year - ((last.month, last.day) < (first.month, first.day))
        year = last.year - ((last.month, last.day) < (10, 1))
        assert row == (age, full_months(first, to), first.toordinal(), year, dt.date(2014, 1, 1) <= last <= to)


@given(DAYS)
def test_a_day_is_read_alike_from_text_and_date(day: dt.date) -> None:
    number = kinds.number_of(day)
    for column in (pl.Series([day]), pl.Series([f"{day:%m-%d}".join((f"{day.year:04}-", ""))])):
        frame = nw.from_native(pl.DataFrame({"it": column})).lazy()
        dtype = frame.collect_schema()["it"]
        read = frame.select(
            good=kinds.DAY.good(nw.col("it"), dtype), value=kinds.DAY.read(nw.col("it"), dtype)
        ).collect()
        assert read.rows() == [(True, number)]


@pytest.mark.parametrize(
    "text", ["2018-02-29", "2100-02-29", "2018-04-31", "2018-13-01", "2018-00-10", "2018-1-1", "20180101", "0000-01-01"]
)
def test_text_that_is_no_day_is_refused(text: str) -> None:
    assert said(bills({"date": text}))[0].startswith("claims.date: must be a date like 2018-07-01")


@pytest.mark.parametrize(("yuan", "good"), [(-1, False), (0, True), (5_000_000, True), (5_000_001, False)])
def test_whole_yuan_at_the_edges_of_what_is_exact(yuan: int, good: bool) -> None:
    frame = bills(**{"cost.in_scope": [yuan], "paid.basic": [0]})
    if good:
        assert len(paid(frame)) == 1
    else:
        assert said(frame)[0].startswith("claims.cost.in_scope: must be yuan from 0 to 5,000,000.00")


def test_what_stands_beside_a_bill_holds_for_that_bill() -> None:
    people = pl.DataFrame({
        "id": ["p"], "household": ["h"], "groups": ["registered_poor"], "insurance": ["resident"], "birth_date": [None],
    })  # fmt: skip
    homes = pl.DataFrame({"id": ["h"], "residence": ["rural"], "records_complete": [False]})
    two = bills({"person": "p"}, {"person": "p", "date": "2018-09-01", "groups": ""})
    got = HENAN.assess_frame(claims=two.drop("insurance"), persons=people, households=homes)
    assert got.claims["health.supplementary"].is_null().to_list() == [False, True]
    outcome = HENAN.assess({
        "groups": [{"registered_poor": {"to": "2018-08-31"}}], "insurance": "resident",
        "claims": [{"date": one["date"], "kind": "inpatient", "cost": {"in_scope": "30000"}, "paid": {"basic": "15000"}}
                   for one in two.to_dicts()],
    })  # fmt: skip
    assert [str(one) for one in got.claims["health.critical_illness"]] == [
        one["health.critical_illness"].plain() for one in outcome.claims
    ]


def test_columns_that_the_rules_do_not_read_may_be_empty_and_a_birth_date_that_they_read_may_not() -> None:
    assert paid(bills({"facility_level": None, "birth_date": None})) == ["6000.00"]
    by_age = pp.load("500000", on="2023-06-15")
    bill = {**BILL, "date": "2023-06-01", "insurance": "resident_plan_1", "facility_grade": "grade_1", "groups": ""}
    frame = pl.DataFrame(
        [{**bill, "birth_date": "2010-01-01"}, {**bill, "id": "b2", "person": "p2", "birth_date": None}]
    )
    rules = {"persons": None, "households": None}
    with pytest.raises(pp.InputError, match=r"claims\.birth_date: no value: 1 rows, such as b2"):
        by_age.assess_frame(claims=frame.drop("paid.basic"), **rules)


def test_a_payment_where_the_layer_does_not_apply_is_refused() -> None:
    bill = {"id": "b", "person": "p", "date": "2020-06-01", "kind": "inpatient", "area": "in_county", "groups": "",
            "insurance": "resident", "facility_level": "county", "cost.in_scope": "1000"}  # fmt: skip
    frame = pl.DataFrame([{**bill, "paid.basic_outpatient": "0", "paid.medical_assistance": "1.00"}])
    with pytest.raises(pp.InputError, match="'medical_assistance' does not apply to this claim: 1 rows, such as b"):
        pp.load("anhui", on="2020-06-15").assess_frame(claims=frame)


def test_whole_numbers_that_pandas_made_floats_of_are_still_whole() -> None:
    kind, dtype = kinds.COUNT, nw.Float64()
    frame = nw.from_native(pl.DataFrame({"it": [0.0, 3.0, 2.5, -1.0, 1e300, math.nan, None]}))
    column = nw.col("it")
    read = kind.read(column, dtype)
    told = frame.select(read.alias("read"), kind.good(column, dtype).alias("good"))
    assert told["read"].to_list()[:2] == [0, 3]
    assert told["good"].to_list() == [True, True, False, False, False, False, None]


def test_nothing_wrong_and_nothing_to_refuse_is_no_fault_either() -> None:
    rules = pp.compose(
        pp.Cascade([pp.Layer(layer="basic", rate="70%")]), place="henan", valid_from="2020-01-01",
        valid_to="2020-12-31", source=pp.Source(title="练习", status="planned", grade="one_report"), title="练习",
    )  # fmt: skip
    frame = pl.DataFrame({"id": ["1"], "person": ["a"], "date": ["2020-05-01"], "cost.in_scope": ["10.01"]})
    found = rules.assess_frame(claims=frame, on_error="collect")
    assert (found.claims["health.basic"].to_list(), found.rejected.height) == ([Decimal("7.01")], 0)
