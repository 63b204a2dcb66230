"""The command line: list, show, check, assess, schema.

Exit status: 0 fine; 1 the rules or the case are wrong (message on standard error, nothing half-written); 2 usage.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from poverty_policy import documents, face
from poverty_policy._version import __version__
from poverty_policy.assessment.statement import display_width
from poverty_policy.errors import InputError, Lang, PolicyError, RuleError, invalid
from poverty_policy.face import RuleSet
from poverty_policy.policy.provision import SECTIONS
from poverty_policy.ruleset.file import TARGETS
from poverty_policy.terms import GRADES

_EXAMPLES = """\
examples:
  poverty-policy list
  poverty-policy show henan@2018-07-01
  poverty-policy show 河南省@2018-07-01 --lang en
  poverty-policy check my-county.yaml
  poverty-policy assess case.yaml --rules henan@2018-07-01
  poverty-policy assess case.yaml --rules my-county.yaml --format json
  poverty-policy schema rules > rules.schema.json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    lang: Lang = options.lang or _language()
    try:
        options.run(options, lang)
        sys.stdout.flush()
    except PolicyError as error:
        print(error.text(lang), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # whoever reads has seen enough; Python would complain once more when it closes standard output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0 if not getattr(options, "failed", False) else 1


def _language() -> Lang:
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG"):
        if os.environ.get(name):
            return "zh" if os.environ[name].lower().startswith("zh") else "en"
    return "en"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="poverty-policy",
        description="China's poverty-relief rules: exact, explained, sourced. 扶贫规则计算：精确、可解释、有出处。",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"poverty-policy {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace, Lang], None], text: str, example: str) -> Any:
        made = commands.add_parser(
            name, help=text, description=text, epilog=f"example:\n  {example}\n",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        made.set_defaults(run=run)
        made.add_argument("--lang", choices=("zh", "en"), help="language of the output (from the locale if not given)")
        return made

    def rules_options(made: Any) -> None:
        made.add_argument("--known", metavar="DATE", help="see only what was published by this date")
        made.add_argument("--extrapolate", action="store_true", help="use the last known rules beyond their last day")
        made.add_argument(
            "--without-health", action="store_true", help="household support alone, without medical reimbursement"
        )
        made.add_argument(
            "--folder", action="append", default=[], metavar="DIR", help="one more folder with rule files"
        )

    made = command("list", _list, "list the rules there are / 列出已有的规则", "poverty-policy list")
    made.add_argument("--folder", action="append", default=[], metavar="DIR", help="one more folder with rule files")

    made = command("show", _show, "show the rules of a place / 查看一地的规则", "poverty-policy show henan@2018-07-01")
    made.add_argument("rules", metavar="PLACE@DATE", help="place (code, name, pinyin, ISO) and date, or a rule file")
    made.add_argument("--only", choices=("health", *SECTIONS, TARGETS), help="one part only / 只看一部分")
    rules_options(made)

    made = command("check", _check, "check rule files / 检查规则文件", "poverty-policy check my-county.yaml")
    made.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="rule files; the whole library if none is given"
    )
    made.add_argument("--folder", action="append", default=[], metavar="DIR", help="one more folder with rule files")
    made.add_argument("--quiet", action="store_true", help="only what is wrong, not what is weak")

    made = command(
        "assess",
        _assess,
        "settle a case / 结算一个案例",
        "poverty-policy assess case.yaml --rules henan@2018-07-01 --lang zh",
    )
    made.add_argument("case", metavar="CASE", help="a case as YAML or JSON; - for standard input")
    made.add_argument("--rules", required=True, metavar="PLACE@DATE", help="place and date, or a rule file[@DATE]")
    made.add_argument("--format", choices=("text", "json", "xlsx"), default="text", help="what comes out (text)")
    made.add_argument("--output", type=Path, metavar="FILE", help="write to a file instead of standard output")
    rules_options(made)

    made = command("schema", _schema, "JSON Schema for editors / 供编辑器使用的格式定义", "poverty-policy schema rules")
    made.add_argument("what", choices=("rules", "case"), help="of rule files or of cases")
    return parser


def load_rules(
    text: str, *, known: str | None, extrapolate: bool, folders: Sequence[str], health: bool = True
) -> RuleSet:
    """The rules that ``PLACE@DATE`` or ``FILE[@DATE]`` stand for.

    Raises:
        RuleError: the text is of neither form, or the rules are not there.
    """
    name, at, date = text.rpartition("@")
    if not at:
        name, date = text, ""
    if name.endswith((".yaml", ".yml", ".json")):
        return face.load_file(name, on=date or None, known=known, extrapolate=extrapolate, health=health)
    if not date:
        zh, en = f"请写明日期：{text}@2018-07-01", f"state the date: {text}@2018-07-01"
        raise RuleError(invalid(zh, en, "rules"))
    return face.load(name, on=date, known=known, extrapolate=extrapolate, health=health, folders=folders)


def _list(options: argparse.Namespace, lang: Lang) -> None:
    zh = lang == "zh"
    head = ("代码", "地区", "起", "至", "公布", "证据", "内容") if zh else (
        "code", "place", "from", "to", "published", "evidence", "holds",
    )  # fmt: skip
    rows = [head]
    for one in face.catalogue(options.folder):
        until = str(one.valid_to) + ("" if one.end_known else "?")
        grades = ("、" if zh else ", ").join(GRADES[grade].text(lang) for grade in one.grades)
        marks = []
        if one.planned:
            marks.append("含拟定" if zh else "planned")
        if one.superseded_by:
            marks.append(f"被 {one.superseded_by} 取代" if zh else f"superseded by {one.superseded_by}")
        holds = ", ".join(one.entries) + (
            ("（" + "；".join(marks) + "）" if zh else f" ({'; '.join(marks)})") if marks else ""
        )
        days = (str(one.valid_from), until, str(one.published))
        rows.append((one.place.code, one.place.text(lang), *days, grades, holds))
    _table(rows)
    note = "“至”后带 ? 的：来源只显示到这一天仍有效" if zh else "?: the sources show it in force up to this day only"
    print(f"\n{note}")


def _table(rows: Sequence[Sequence[str]]) -> None:
    """A table with aligned columns; the last one runs free, the head is bold on a terminal."""
    widths = [max(display_width(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    for number, row in enumerate(rows):
        cells = [cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=False)]
        line = "  ".join([*cells, row[-1]])
        print(_styled(line, "1") if number == 0 else line)


def _styled(text: str, code: str) -> str:
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\x1b[{code}m{text}\x1b[0m" if colours else text


def _show(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.ruleset.show import show

    rules = load_rules(
        options.rules, known=options.known, extrapolate=options.extrapolate, folders=options.folder,
        health=not options.without_health,
    )  # fmt: skip
    for line in show(rules.resolved, lang, options.only):
        print(_styled(line, "1") if line[:1].isdigit() else line)


def _check(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.ruleset.check import check_files, check_library

    library = face.library(options.folder)
    report = check_files(library, options.files) if options.files else check_library(library)
    if not options.quiet:
        for remark in report.remarks:
            print(_styled(remark.text(lang), "33"))
    if report.faults:
        raise RuleError(report.faults)
    counts = (report.files, len(report.remarks))
    done = (
        "检查了 {} 个规则文件，没有错误，{} 条提示" if lang == "zh" else "{} rule files checked: no faults, {} remarks"
    )
    print(_styled(done.format(*counts), "32"))


def _assess(options: argparse.Namespace, lang: Lang) -> None:
    if options.format == "xlsx" and options.output is None:
        raise InputError(invalid("xlsx 需要 --output 文件名", "xlsx needs --output FILE", "output"))
    rules = load_rules(
        options.rules, known=options.known, extrapolate=options.extrapolate, folders=options.folder,
        health=not options.without_health,
    )  # fmt: skip
    if options.case == "-":
        document = documents.parse(sys.stdin.read(), "<stdin>", InputError)
        outcome = rules.assess_document(document)
    else:
        outcome = rules.assess_file(options.case)
    if options.format == "xlsx":
        from poverty_policy.assessment.workbook import workbook

        _write(options.output, workbook(outcome, lang))
        return
    text = outcome.to_json(indent=2) + "\n" if options.format == "json" else outcome.statement(lang)
    if options.output is None:
        print(text, end="")
    else:
        _write(options.output, text.encode())


def _write(path: Path, content: bytes) -> None:
    """Write a whole file or none: under a name of its own first, then moved into place."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as failure:
        with contextlib.suppress(OSError):
            part.unlink()
        zh, en = f"写不了文件 {path}：{failure.strerror}", f"cannot write {path}: {failure.strerror}"
        raise InputError(invalid(zh, en, "output")) from None


def _schema(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.ruleset.schema import case_schema, rules_schema

    schema = rules_schema() if options.what == "rules" else case_schema()
    print(json.dumps(schema, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    sys.exit(main())
