"""Keeps the pages in step with the code: the glossary is made from the terms, examples are run, output is compared.

``python docs/build.py`` writes the glossary and puts the output of every example below it; ``tests/test_docs.py`` fails
where that would change anything. In output, a line ``…`` stands for any lines, ``…`` within a line for any text.

An example is a fenced block. ``python`` blocks of a page run one after another and share their names. In ``bash``
blocks the lines that start with ``poverty-policy`` are run, with ``<`` and ``>``. A ``text`` block right after one of
these is its output. A block with ``title="name"`` is a file that the page's examples find under that name.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from poverty_policy import cli
from poverty_policy.terms import FACTS, GRADES, ROUNDING, STANDARD, STATUSES, STEPS, Dimension, Term

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LANGS = ("zh", "en")
_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```[ \t]*$", re.M | re.S)
_TITLE = re.compile(r'title="([^"]+)"')


# --- glossary -----------------------------------------------------------------------------------------------

_DIMENSIONS: Mapping[Dimension, tuple[str, str]] = {
    "group": ("人群", "Groups"),
    "facility_level": ("医疗机构级别", "Facility levels"),
    "facility_grade": ("医疗机构等级", "Facility grades"),
    "facility": ("医疗机构", "Facilities"),
    "area": ("就医地", "Areas"),
    "referral": ("转诊情况", "Referral"),
    "kind": ("就医类别", "Kinds of claim"),
    "insurance": ("参保类型", "Insurance"),
    "component": ("费用项目", "Components of cost"),
    "charge": ("收费项目", "Charges"),
    "layer": ("保障层", "Layers"),
    "payer": ("支付方", "Payers"),
    "residence": ("城乡", "Residence"),
    "provision": ("规定项目", "Provisions"),
    "item": ("收支项目", "Items of income and spending"),
    "fact": ("情况项目", "Facts that household rules ask"),
}
_INTRO = {
    "zh": (
        "# 术语表\n\n规则文件、案例、报错、结算说明和本站都用同一套词。“名称”写在规则文件里；"
        "案例中名称、中文、英文三种写法都可以。本页由 `docs/build.py` 从 `terms.py` 生成，请勿手改。\n\n"
        "口语中的简称在这里指：低保＝最低生活保障，五保＝五保供养，特困＝特困人员，"
        "新农合＝新型农村合作医疗，建档立卡＝建档立卡贫困人口。\n"
    ),
    "en": (
        "# Glossary\n\nRule files, cases, messages, statements and this site share one set of words. The name is what "
        "a rule file writes; a case may use the name, the Chinese or the English term. This page is made from "
        "`terms.py` by `docs/build.py`; do not edit it.\n"
    ),
}


def glossary(lang: str) -> str:
    """The glossary page."""
    zh = lang == "zh"
    head = "| 名称 | 中文 | English |\n|---|---|---|\n" if zh else "| name | Chinese | English |\n|---|---|---|\n"
    filled = [dimension for dimension in get_args(Dimension) if STANDARD[dimension]]
    tables: list[tuple[str, Mapping[str, Term]]] = [
        (_DIMENSIONS[dimension][0 if zh else 1], STANDARD[dimension]) for dimension in filled
    ]
    tables += [
        ("计算步骤" if zh else "Steps of a calculation", STEPS),
        ("案例中的事实" if zh else "Facts of a case", FACTS),
        ("证据等级" if zh else "Evidence grades", GRADES),
        ("来源的状态" if zh else "Status of a source", STATUSES),
        ("舍入办法" if zh else "Ways of rounding", ROUNDING),
    ]
    parts = [_INTRO[lang]]
    for title, terms in tables:
        rows = "".join(f"| `{name}` | {term.zh} | {term.en} |\n" for name, term in terms.items())
        parts.append(f"\n## {title}\n\n{head}{rows}")
    return "".join(parts)


# --- examples -----------------------------------------------------------------------------------------------


class Block(NamedTuple):
    """A fenced block of a page: what stands behind its backticks, its text, and where it stands."""

    info: str
    body: str
    start: int
    stop: int

    @property
    def kind(self) -> str:
        """The language of the block."""
        return self.info.split(maxsplit=1)[0] if self.info.strip() else ""

    @property
    def title(self) -> str | None:
        """The file that the block is."""
        match = _TITLE.search(self.info)
        return match[1] if match else None


class Ran(NamedTuple):
    """An example that was run: what it printed, its exit status, and the output block below it, if any."""

    block: Block
    printed: str
    status: int
    shown: Block | None

    @property
    def agrees(self) -> bool:
        """Whether the page shows what was printed; a command that fails must show how."""
        if self.shown is None:
            return self.status == 0 and (not self.printed.strip() or self.block.kind == "bash")
        return matches(self.shown.body, self.printed)


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(found["info"], found["body"], found.start(), found.end()) for found in _FENCE.finditer(text)]


def matches(shown: str, printed: str) -> bool:
    """Whether output is as shown, ``…`` standing for anything."""
    lines = [line.rstrip() for line in shown.strip("\n").split("\n")]
    pattern = "\n".join("\0" if line.strip() == "…" else re.escape(line).replace("…", "[^\n]*") for line in lines)
    pattern = re.sub(r"\n?\0\n?", "(?:\n?[^\0]*?\n?)", pattern)
    found = "\n".join(line.rstrip() for line in printed.strip("\n").split("\n"))
    return re.fullmatch(pattern, found) is not None


def run(text: str, lang: str) -> Iterator[Ran]:
    """Run the examples of a page in a folder of their own, with ``examples/`` in it."""
    here, names, found = Path.cwd(), {"__name__": "__main__"}, blocks(text)
    before = {name: os.environ.get(name) for name in ("LC_ALL", "COLUMNS", "NO_COLOR")}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ.update(LC_ALL="zh_CN.UTF-8" if lang == "zh" else "en_GB.UTF-8", COLUMNS="80", NO_COLOR="1")
        shutil.copytree(ROOT / "examples", "examples")
        try:
            for block, after in itertools.pairwise((*found, None)):
                assert block is not None  # only the last one is nothing
                follows = after is not None and after.kind == "text" and not text[block.stop : after.start].strip()
                shown = after if follows else None
                if block.title is not None:
                    Path(block.title).parent.mkdir(parents=True, exist_ok=True)
                    Path(block.title).write_text(block.body, encoding="utf-8")
                if block.kind == "python" and block.title is None:
                    yield Ran(block, _python(block, names), 0, shown)
                elif block.kind == "bash":
                    yield Ran(block, *_bash(block), shown)
        finally:
            os.chdir(here)
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _python(block: Block, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.body, "<example>", "exec"), names)
    return printed.getvalue()


def _bash(block: Block) -> tuple[str, int]:
    printed, status = "", 0
    for line in block.body.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["poverty-policy"]:
            continue
        arguments, ends = words[1:], {"<": "", ">": ""}
        for sign in ends:
            if sign in arguments:
                at = arguments.index(sign)
                ends[sign] = arguments[at + 1]
                del arguments[at : at + 2]
        text, code = _command(arguments, Path(ends["<"]).read_text("utf-8") if ends["<"] else "")
        if ends[">"]:
            Path(ends[">"]).write_text(text, encoding="utf-8")
        else:
            printed += text
        status = status or code
    return printed, status


def _command(arguments: list[str], given: str) -> tuple[str, int]:
    output = io.StringIO()
    before, sys.stdin = sys.stdin, io.StringIO(given)
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            try:
                status = cli.main(arguments)
            except SystemExit as left:  # --help, --version and wrong usage
                status = int(left.code or 0)
    finally:
        sys.stdin = before
    return output.getvalue(), status


def pages() -> list[tuple[Path, str]]:
    """Every page with examples, and its language."""
    found = [(ROOT / "README.md", "en"), (ROOT / "README.zh-CN.md", "zh"), (ROOT / "CONTRIBUTING.md", "en")]
    found += [
        (path, "zh" if path.is_relative_to(DOCS / "zh") else "en")
        for path in sorted(DOCS.rglob("*.md"))
        if "rules" not in path.parts
    ]
    return [(path, lang) for path, lang in found if path.exists()]


def updated(text: str, lang: str) -> str:
    """The page with the output of its examples as it is now; what agrees is left as it stands."""
    made, at = "", 0
    for ran in run(text, lang):
        if ran.shown is None or ran.agrees:
            continue
        end = text.rfind("```", ran.shown.start, ran.shown.stop)
        begin = text.index("\n", ran.shown.start) + 1
        made += text[at:begin] + ran.printed.rstrip("\n") + "\n"
        at = end
    return made + text[at:]


def main() -> None:
    """Write what is made from the code."""
    for lang in LANGS:
        (DOCS / lang / "reference" / "glossary.md").write_text(glossary(lang), encoding="utf-8")
    for path, lang in pages():
        text = path.read_text(encoding="utf-8")
        new = updated(text, lang)
        if new != text:
            path.write_text(new, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
