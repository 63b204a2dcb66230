"""Files from outside are read exactly and safely, and everything in them keeps its place."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import pytest

from poverty_policy import RuleError, documents


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
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3", 3, "given twice"),
        ("a: !!python/object/apply:os.system ['touch /tmp/pwned']", 1, "tag"),
        ("a: &x [1]\nb: *x", 1, "anchors"),
        ("a: [" * 40, 1, "deep"),
        ("a: 2018-02-30", 1, "no date"),
        ("a: 1\n---\nb: 2", 2, "one document"),
        ("a: [1", 2, "not valid YAML"),
        ("? {a: 1}\n: 2", 1, "key must be text"),
        ("a: \x07", 1, "not valid YAML"),
    ],
)
def test_unsafe_and_malformed_yaml_is_refused_with_its_place(text: str, line: int, says: str) -> None:
    with pytest.raises(RuleError, match=says) as error:
        read(text)
    assert error.value.faults[0].file == "it.yaml"
    assert error.value.faults[0].line in (line, None)


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
