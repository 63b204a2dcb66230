"""Files from outside are read exactly and safely, and everything in them keeps its place."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import pytest

from poverty_policy import RuleError, documents
from poverty_policy.errors import Fault


def read(text: str, file: str = "it.yaml") -> documents.Document:
    return documents.parse(text, file, RuleError)


def test_words_stay_words_and_numbers_stay_exact() -> None:
    document = read("{on: no, off: yes, a: 0.80, b: 2018-07-01, c: 0123, d: '5', e: true, f: ~, g: 12:30, h: 1e3}")
    assert document.data == {
        "on": "no", "off": "yes", "a": Decimal("0.80"), "b": dt.date(2018, 7, 1), "c": "0123", "d": "5", "e": True,
        "f": None, "g": "12:30", "h": "1e3",
    }  # fmt: skip


def test_every_value_knows_its_line() -> None:
    document = read("a: 1\nb:\n  - c: 2\n    d: {e: 3}\n")
    assert document.marks[("b", 0, "d", "e")] == (4, 9)


@pytest.mark.parametrize(
    ("at", "line"),
    [
        (("a", "1", "amount"), 3),  # names of values count from one
        (("a", "2", "amount"), 4),
        (("a", "9", "amount"), 2),  # as near as there is
        (("b", "deductible", "poor"), 7),  # the value has a source of its own
        (("b", "caps", "1", "amount"), 9),  # the only one, written as one
        (("b", "bands", "1", "edges", "2"), 12),
        (("b", "bands", 0, "edges", 0), 11),
    ],
)
def test_faults_in_values_are_found_as_they_are_written(at: tuple[str | int, ...], line: int) -> None:
    lines = (
        "first: 1", "a:", "  - {amount: 1}", "  - {amount: 2}", "b:", "  deductible:", "    value: {poor: 1}",
        "    source: one", "  cap: 5", "  bands:", "    edges: [1,", "      2]",
    )  # fmt: skip
    assert read("\n".join(lines)).locate(Fault("invalid", {"zh": "", "en": ""}, at)).line == line


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3", 3, "given twice"),
        ("a: !!python/object/apply:os.system ['touch /tmp/pwned']", 1, "tag"),
        ("a: &x [1]\nb: *x", 1, "anchors"),
        ("a: [" * 40, 1, "deep"),
        ("a: 2018-02-30", 1, "no date"),
        ("a: 1\n---\nb: 2", 2, "one document"),
        ("a: [1", 1, "the bracket that opens here is not closed"),
        ("? {a: 1}\n: 2", 1, "key must be text"),
        ("a: \x07", 1, "not valid YAML"),
    ],
)
def test_unsafe_and_malformed_yaml_is_refused_with_its_place(text: str, line: int, says: str) -> None:
    with pytest.raises(RuleError, match=says) as error:
        read(text)
    assert error.value.faults[0].file == "it.yaml"
    assert error.value.faults[0].line in (line, None)


GOOD = """\
sources:
  notice: {title: 通知, grade: primary}
health:
  - layer: basic
    source: notice 一
    label: {zh: 基本医保, en: basic}
    deductible: {dibao: 0 元, default: 500 元}
    rate: 70%
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "says"),
    [
        ("sources:", "sources：", 1, 8, "全角冒号"),
        ("notice:", "notice：", 2, 9, "全角冒号"),
        ("- layer:", "- layer：", 4, 10, "全角冒号"),
        ("deductible:", "deductible：", 7, 15, "全角冒号"),
        ("rate:", "rate：", 8, 9, "全角冒号"),
        ("{dibao: 0", "{dibao：0", 7, 18, "全角冒号"),
        ("基本医保, en", "基本医保，en", 6, 21, "全角逗号"),
        ("{zh: 基本医保, en: basic}", "｛zh: 基本医保, en: basic｝", 6, 12, "全角括号"),
        ("    rate", "\trate", 8, 1, "Tab"),
        ("    rate", "    \u3000rate", 8, 5, "全角空格"),
        ("  - layer", "  -layer", 4, 3, "短横（-）后面要空一格"),
        ("source: notice", "source:notice", 5, 11, "冒号后面要空一格"),
        ("{dibao: 0 元", "{dibao:0 元", 7, 18, "冒号后面要空一格"),
        ("rate: 70%", "rate: %70", 8, 11, "要加引号"),
        ("title: 通知", 'title: "通知', 2, 19, "引号没有配对"),
        ("en: basic}", "en: basic", 6, 12, "括号没有配对"),
        ("source: notice 一", "source: notice: 一", 5, 19, "文字里有冒号加空格"),
        ("    rate", "   rate", 8, 4, "缩进"),
        ("    rate", "      rate", 8, 7, "缩进"),
        ("  - layer", " - layer", 5, 11, "缩进"),
        ("    source: notice", "    source notice", 5, 5, "缺英文冒号"),
    ],
)
def test_a_slip_is_named_at_the_sign_that_is_wrong(old: str, new: str, line: int, column: int, says: str) -> None:
    assert read(GOOD).data["health"][0]["rate"] == "70%"
    assert old in GOOD
    with pytest.raises(RuleError) as error:
        read(GOOD.replace(old, new, 1))
    fault = error.value.faults[0]
    assert says in fault.text("zh")
    assert (fault.line, fault.column) == (line, column)


def test_full_width_signs_inside_text_are_text() -> None:
    text = 'note: 依据：通知，见｛一｝\nother: |\n  说明：甲\n  x：1\n"乙：丙": 1\n'
    assert read(text).data == {"note": "依据：通知，见｛一｝", "other": "说明：甲\nx：1\n", "乙：丙": 1}


def test_a_tag_runs_nothing(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    for call in ("os.system", "subprocess.check_output", "builtins.exec"):
        with pytest.raises(RuleError):
            read(f"a: !!python/object/apply:{call} ['touch {witness}']")
    assert not witness.exists()


def test_a_billion_laughs_are_not_told() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    with pytest.raises(RuleError, match="anchors"):
        read("\n".join(lines))


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '{"a": NaN}', "[" * 100_000, '{"a": 1', '{"a": Infinity}', '{"a": ' + "9" * 5000 + "}"]
)
def test_malformed_json_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        read(text, "it.json")


def test_json_decimals_are_exact() -> None:
    assert read('{"a": 0.1}', "it.json").data == {"a": Decimal("0.1")}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot read"):
        documents.read(tmp_path / "none.yaml", RuleError)
    other = tmp_path / "gbk.yaml"
    other.write_bytes("河南: 1".encode("gbk"))
    with pytest.raises(RuleError, match="UTF-8"):
        documents.read(other, RuleError)
    marked = tmp_path / "bom.yaml"
    marked.write_bytes(b"\xef\xbb\xbfa: 1")
    assert documents.read(marked, RuleError).data == {"a": 1}
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        os.truncate(file.fileno(), documents.MOST_BYTES + 1)
    with pytest.raises(RuleError, match="bytes"):
        documents.read(large, RuleError)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("no", "no"), ("yes", "yes"), ("off", "off"), ("True", "True"), ("NULL", "NULL"), ("null", None),
        ("true", True), ("false", False), ("0", 0), ("-5", -5), ("007", "007"), ("1_000", "1_000"), ("0x1F", "0x1F"),
        ("0o17", "0o17"), ("1.50", Decimal("1.50")), (".5", ".5"), ("1.", "1."), ("1e5", "1e5"), (".inf", ".inf"),
        (".nan", ".nan"), ("12:30:45", "12:30:45"), ("1.5万元", "1.5万元"), ("80%", "80%"), ("7500 元", "7500 元"),
        ("2018-07-01", dt.date(2018, 7, 1)), ("2018-7-1", "2018-7-1"), ("'2018-07-01'", "2018-07-01"), ('"5"', "5"),
        ("2018-07-01 00:00:00", "2018-07-01 00:00:00"), ("9" * 18, int("9" * 18)), ("9" * 19, "9" * 19),
        ("0." + "1" * 12, Decimal("0." + "1" * 12)), ("0." + "1" * 13, "0." + "1" * 13), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_what_plain_text_means(text: str, value: object) -> None:
    (found,) = read(f"- {text}").data
    assert found == value
    assert type(found) is type(value)


def test_keys_stay_words_too() -> None:
    assert read("{on: 1, 2018: 2, true: 3, ~: 4, 2018-07-01: 5, <<: 6}").data == {
        "on": 1, "2018": 2, "true": 3, "~": 4, "2018-07-01": 5, "<<": 6,
    }  # fmt: skip


def test_every_fault_is_reported_with_its_line() -> None:
    with pytest.raises(RuleError) as error:
        read("a: 1\na: 2\nb: 2018-02-30\nc: !x 1\nd:\n  e: 1\n  e: 2\n")
    assert [fault.line for fault in error.value.faults] == [2, 3, 4, 7]
    assert [fault.at for fault in error.value.faults] == [(), ("b",), ("c",), ("d",)]
    assert str(error.value).startswith("it.yaml:2:1: 'a' is given twice")


def test_thirty_levels_are_the_deepest() -> None:
    found = read("[" * 30 + "]" * 30).data
    for _ in range(29):
        (found,) = found
    assert found == []
    for text in ("[" * 31 + "]" * 31, "[" * 100_000, "{a: " * 31 + "1" + "}" * 31, "- " * 50_000):
        with pytest.raises(RuleError, match="nested deeper than 30 levels"):
            read(text)


@pytest.mark.parametrize("text", ["a: &x 1", "&x a: 1", "- &x []", "- *x", "<<: *x", "a: &x {b: *x}"])
def test_anchors_and_aliases_are_refused_wherever_they_stand(text: str) -> None:
    with pytest.raises(RuleError, match=r"anchors and aliases are not accepted|not valid YAML"):
        read(text)


@pytest.mark.parametrize(
    "tag",
    ["!!python/name:os.system", "!!python/module:os", "!!python/tuple", "!!binary", "!!set", "!!str", "!own", "!<x>"],
)
def test_every_tag_is_refused(tag: str) -> None:
    with pytest.raises(RuleError, match=r"the tag .* is not accepted"):
        read(f"a: {tag} ''")


def test_nothing_and_next_to_nothing() -> None:
    for text in ("", "# only words\n", "---\n", "~"):
        assert read(text).data is None
    assert read('""').data == ""
    assert read("a:").data == {"a": None}
    assert read("null", "it.json").data is None


def test_a_key_twice_in_json_is_named_however_deep() -> None:
    with pytest.raises(RuleError, match="'cost' is given twice"):
        read('{"claims": [{"cost": 1, "date": 2, "cost": 3}]}', "it.json")


def test_json_says_where_it_is_malformed() -> None:
    with pytest.raises(RuleError, match=r"it\.json:2:6: not valid JSON"):
        read('{\n"a": ,}', "it.json")


def test_marks_of_bytes_at_the_beginning_and_of_other_encodings(tmp_path: Path) -> None:
    for name, data in (("a.json", b'\xef\xbb\xbf{"a": 1}'), ("a.yaml", b"\xef\xbb\xbfa: 1\r\n")):
        (tmp_path / name).write_bytes(data)
        assert documents.read(tmp_path / name, RuleError).data == {"a": 1}
    for data in ("a: 1".encode("utf-16"), b"\xff\xfe\x00", b"a: \xc3\x28"):
        (tmp_path / "b.yaml").write_bytes(data)
        with pytest.raises(RuleError, match=r"b\.yaml: the file is not UTF-8 text"):
            documents.read(tmp_path / "b.yaml", RuleError)
    with pytest.raises(RuleError, match="cannot read the file"):
        documents.read(tmp_path, RuleError)


def test_text_longer_than_a_file_may_be_is_refused() -> None:
    with pytest.raises(RuleError, match="too long"):
        read("a" * (documents.MOST_BYTES + 1))


def test_a_fault_is_placed_at_the_nearest_thing_on_its_path() -> None:
    document = read("health:\n  - layer: a\n    bands:\n      edges:\n        - {rate: 1}\n")
    for at, line in (
        (("health", 0, "layer"), 2),
        (("health", 0, "rate"), 2),
        (("health", 1), 1),
        (("health", 0, "bands", 0, "edges", 0, "rate"), 5),  # one schedule may stand without a list
        (("nowhere",), 1),
    ):
        assert document.locate(Fault("missing", {"name": "x"}, at)).line == line
    placed = Fault("missing", {"name": "x"}, ("health",), "other.yaml", 7, 8)
    assert document.locate(placed) is placed
