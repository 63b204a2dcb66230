"""The one property behind all of this: any rule set, any population, any engine gives the fen of one case at a time."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

import poverty_policy as pp
from homes import SOURCE, provision
from poverty_policy.formula import kernel
from poverty_policy.population import calculate
from strategies import cascades
from test_population import KINDS, Drawn, as_polars, frames_of, same_as_one_by_one
from test_provision_properties import allowances, conditions

EXIT = {"criteria": "exit", "label": {"zh": "退出", "en": "exit"}}
#: Examples per engine; where each is code to be compiled, or a query to be planned, fewer.
ENGINES = {"polars": 12, "kernel": 12, "pandas": 4, "pyarrow": 4, "polars, lazy": 2, "duckdb": 3, "ibis on duckdb": 3}


@st.composite
def rule_sets(draw: Any) -> pp.RuleSet:
    """Health layers and guarantees, an allowance, a test of exit; bills over a year and in several groups."""
    provisions = [provision(one) for one in draw(allowances())]
    provisions.append(
        provision({**EXIT, "test": {"all": [{"income": "income", "above": "dibao"}, draw(conditions())]}})
    )
    try:
        rules = pp.compose(
            draw(cascades()), provisions, place="540000", valid_from="2021-01-01", valid_to="2021-12-31",
            source=SOURCE, title="练习",
        )  # fmt: skip
        _ = rules.resolved.whole
        Drawn(rules, 0, 1)
    except pp.RuleError:
        assume(False)
    return rules


def settled_alike(rules: pp.RuleSet, number: int, turn: Callable[[pl.DataFrame], Any] = lambda frame: frame) -> None:
    """Settle a random population in frames of some kind, and hold it against one case at a time."""
    drawn = Drawn(rules, number, 8)
    drawn.state_payments()
    frames = {name: turn(frame) for name, frame in frames_of(drawn).items()}
    same_as_one_by_one(drawn, frames, on_error="collect")


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An engine's name; the kernel is used for few rows too then, its source run by Python itself."""
    if request.param == "kernel":
        monkeypatch.setattr(calculate, "ROWS_WORTH_COMPILING", 0)
        monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
        kernel._functions.clear()
        kernel._helpers.cache_clear()
    yield request.param
    kernel._functions.clear()
    kernel._helpers.cache_clear()


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_any_rules_and_any_population_on_any_engine(engine: str) -> None:
    turn = KINDS.get(engine, lambda frame: frame)

    @seed(2026)
    @settings(max_examples=ENGINES[engine], deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=(Phase.generate,))  # fmt: skip
    @given(rule_sets(), st.integers(0, 10**6))
    def holds(rules: pp.RuleSet, number: int) -> None:
        settled_alike(rules, number, turn)

    holds()


def test_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calculate, "ROWS_WORTH_COMPILING", 0)

    @seed(7)
    @settings(max_examples=2, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=(Phase.generate,))  # fmt: skip
    @given(rule_sets(), st.integers(0, 10**6))
    def holds(rules: pp.RuleSet, number: int) -> None:
        settled_alike(rules, number)

    holds()
    rules = pp.load("henan", on="2018-07-01")
    settled_alike(rules, 5)


def test_which_reader_was_used_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    caplog.set_level("INFO", logger="poverty_policy")
    monkeypatch.setattr(kernel, "_functions", {})
    rules = pp.load("henan", on="2018-07-01")
    people = pp.synthetic(rules, 50)
    rules.assess_frame(**people.frames(), money="fen")
    assert "the columns reader is used, not the kernel" in caplog.text
    assert "rows, and it is not compiled yet" in caplog.text
    caplog.clear()
    rules.assess_frame(**{name: frame.lazy() for name, frame in people.frames().items()}, money="fen")
    assert "the frames are lazy" in caplog.text
    caplog.clear()
    monkeypatch.setattr(calculate, "ROWS_WORTH_COMPILING", 0)

    def cannot(source: str) -> Any:
        raise numba.core.errors.TypingError("no such luck")

    with monkeypatch.context() as broken:
        broken.setattr(kernel, "_compiled", cannot)
        rules.assess_frame(**people.frames(), money="fen")
        assert "not the kernel: no such luck" in caplog.text
    with monkeypatch.context() as broken:
        (tmp_path / "numba.py").write_text("raise ImportError('another NumPy is needed')\n", encoding="utf-8")
        broken.syspath_prepend(tmp_path)
        broken.delitem(sys.modules, "numba")
        rules.assess_frame(**people.frames(), money="fen")
        assert "numba cannot be loaded: another NumPy is needed" in caplog.text
    monkeypatch.setattr(calculate.importlib.util, "find_spec", lambda name: None)
    rules.assess_frame(**people.frames(), money="fen")
    assert "numba is not installed (poverty-policy[fast])" in caplog.text


# --- Spark --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A local session with several partitions."""
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "3")
            .config("spark.sql.adaptive.coalescePartitions.enabled", "false")
            .getOrCreate()
        )
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


pytestmark = pytest.mark.filterwarnings(
    "ignore::FutureWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning"
)


def on_spark(session: Any, frame: pl.DataFrame) -> Any:
    return session.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest())).repartition(3)


def from_spark(frame: Any) -> pl.DataFrame:
    made = pl.from_arrow(frame.toArrow())
    assert isinstance(made, pl.DataFrame)
    return made


def test_spark(spark: Any) -> None:
    @seed(2026)
    @settings(max_examples=2, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=(Phase.generate,))  # fmt: skip
    @given(rule_sets(), st.integers(0, 10**6))
    def holds(rules: pp.RuleSet, number: int) -> None:
        on_partitions(spark, rules, number)

    holds()
    on_partitions(spark, pp.load("henan", on="2018-07-01"), 5)


def on_partitions(spark: Any, rules: pp.RuleSet, number: int) -> None:
    """On Spark it is what it is in memory, which is held against one case at a time elsewhere."""
    drawn = Drawn(rules, number, 8)
    drawn.state_payments()
    frames = frames_of(drawn)
    here = rules.assess_frame(**frames, on_error="collect")
    there = rules.assess_frame(**{name: on_spark(spark, one) for name, one in frames.items()}, on_error="collect")
    for name in (*frames, "rejected"):
        made, expected = from_spark(getattr(there, name)), as_polars(getattr(here, name))
        assert made.columns == expected.columns
        keys = ["id"] if name != "rejected" else made.columns
        assert made.sort(keys).rows() == expected.sort(keys).rows()


def test_spark_says_what_is_wrong_in_all_partitions_together(spark: Any) -> None:
    rules = pp.load("henan", on="2018-07-01")
    people = pp.synthetic(rules, 300, seed=4)
    frames = {name: frame.with_columns(pl.col(pl.Enum).cast(pl.String)) for name, frame in people.frames().items()}

    def refused(**changed: pl.DataFrame) -> list[str]:
        given = {name: on_spark(spark, one) for name, one in {**frames, **changed}.items()}
        with pytest.raises(pp.InputError) as error:
            rules.assess_frame(**given, money="fen")
        return error.value.text("en").splitlines()

    claims, persons = frames["claims"], frames["persons"]
    bad = claims.with_columns(pl.when(pl.col("id") % 5 == 0).then(-1).otherwise("cost.in_scope").alias("cost.in_scope"))
    (told,) = refused(claims=bad)
    many = bad.filter(pl.col("cost.in_scope") < 0).height
    assert told.startswith(f"claims.cost.in_scope: must be whole fen from 0 to 500000000: {many} rows, such as ")
    assert "claims.id: 1 ids stand in several rows, such as 3" in refused(
        claims=claims.with_columns(pl.when(pl.col("id") < 5).then(3).otherwise("id").alias("id"))
    )
    assert refused(claims=claims.drop("date"))[0] == "claims: the column 'date' is missing"
    with pytest.raises(pp.InputError, match="one kind"):
        rules.assess_frame(claims=on_spark(spark, claims), persons=persons)
    lost = persons.filter(pl.col("id") != claims["person"][0])
    assert any("is not among the persons" in line for line in refused(persons=lost))
    own = {"persons": {"编号": "id"}}
    renamed = {**frames, "persons": persons.rename({"id": "编号"})}
    found = rules.assess_frame(
        **{name: on_spark(spark, one) for name, one in renamed.items()}, money="fen", columns=own
    )  # fmt: skip
    expected = rules.assess_frame(**frames, money="fen")
    assert from_spark(found.households).sort("id").rows() == expected.households.sort("id").rows()


def test_spark_needs_the_figures_that_sources_leave_open(spark: Any) -> None:
    rules = pp.load("gansu", on="2015-07-01")
    people = pp.synthetic(rules, 100)
    texts = pl.col(pl.Enum).cast(pl.String)
    persons = people.persons.select(pl.exclude("^facts.*$"))
    frames = {"claims": people.claims.with_columns(texts), "persons": persons.with_columns(texts)}
    with pytest.raises(pp.UnspecifiedError, match="reform"):
        rules.assess_frame(**{name: on_spark(spark, one) for name, one in frames.items()}, money="fen")
