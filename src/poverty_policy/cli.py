"""The command line: list, show, diff, check, assess, run, whatif, new, schema.

Exit status: 0 fine; 1 the rules or the case are wrong (message on standard error, nothing half-written); 2 usage.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poverty_policy import documents, face
from poverty_policy._version import __version__
from poverty_policy.assessment.statement import display_width
from poverty_policy.errors import InputError, Lang, PolicyError, RuleError, invalid
from poverty_policy.face import RuleSet
from poverty_policy.policy.provision import SECTIONS
from poverty_policy.ruleset.file import TARGETS
from poverty_policy.terms import GRADES, PROGRAMMES

if TYPE_CHECKING:
    from poverty_policy.population.people import Population

#: What the extra ``[frames]`` brings.
_FOR_FRAMES = ("narwhals", "polars", "numpy")
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
    except ModuleNotFoundError as error:
        if error.name not in _FOR_FRAMES:
            raise
        zh, en = f"这个命令要用 {error.name}，请安装", f"this command needs {error.name}; install it with"
        print(f"{zh if lang == 'zh' else en}: pip install 'poverty-policy[frames]'", file=sys.stderr)
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
    made.add_argument("place", nargs="?", metavar="PLACE", help="only this place and those in it")
    how = made.add_mutually_exclusive_group()
    how.add_argument(
        "--coverage", action="store_true", help="each programme with its years and evidence / 各项规定的年份"
    )
    how.add_argument("--files", action="store_true", help="each rule file / 各个文件")
    made.add_argument("--folder", action="append", default=[], metavar="DIR", help="one more folder with rule files")

    made = command("show", _show, "show the rules of a place / 查看一地的规则", "poverty-policy show henan@2018-07-01")
    made.add_argument("rules", metavar="PLACE@DATE", help="place (code, name, pinyin, ISO) and date, or a rule file")
    made.add_argument("--only", choices=("health", *SECTIONS, TARGETS), help="one part only / 只看一部分")
    rules_options(made)

    made = command(
        "diff", _diff, "what differs between two rule sets / 比较两套规则",
        "poverty-policy diff henan@2017-07-01 henan@2018-07-01",
    )  # fmt: skip
    made.add_argument("before", metavar="A", help="place and date, or a rule file[@DATE]")
    made.add_argument("after", nargs="?", metavar="B", help="the same; if not given, A with the changes of --set")
    made.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a value that is changed in B / 改动 B 的数值"
    )
    made.add_argument("--only", choices=("health", *SECTIONS), help="one part only / 只看一部分")
    made.add_argument("--format", choices=("text", "json"), default="text", help="what comes out (text)")
    rules_options(made)

    made = command("check", _check, "check rule files / 检查规则文件", "poverty-policy check my-county.yaml")
    made.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="rule files or folders; the whole library if none is given"
    )
    made.add_argument("--folder", action="append", default=[], metavar="DIR", help="one more folder with rule files")
    made.add_argument(
        "--thorough", action="store_true", help="of the whole library too, look for values that change nothing"
    )
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
    made.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change or supply a value / 改动或补上数值",
    )
    rules_options(made)

    made = command(
        "run",
        _run,
        "settle the bills and households of whole files / 结算整份表格",
        "poverty-policy run claims=bills.csv results --rules henan@2018-12-31",
    )
    made.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="csv, xlsx, parquet, or a table of DuckDB or PostgreSQL: claims=FILE, persons=postgresql://…#TABLE, …",
    )
    made.add_argument(
        "output", metavar="OUTPUT", help="a new folder for the results, or a database: duckdb:///FILE#PREFIX"
    )
    made.add_argument("--rules", required=True, metavar="PLACE@DATE", help="place and date, or a rule file[@DATE]")
    made.add_argument("--columns", metavar="FILE", help="YAML: frame -> header -> name in a case / 表头对照")
    made.add_argument("--money", choices=("yuan", "fen"), default="yuan", help="what amounts are in (yuan)")
    made.add_argument("--format", choices=("csv", "parquet", "xlsx"), default="csv", help="what comes out (csv)")
    made.add_argument(
        "--at-once", type=_rows, default=2_000_000, metavar="ROWS",
        help="rows held in memory at a time; more are settled in parts, by household (2,000,000)",
    )  # fmt: skip
    made.add_argument(
        "--collect", action="store_true", help="leave out rows that are wrong, with a table of them / 错行另列一表"
    )
    made.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change or supply a value / 改动或补上数值"
    )
    rules_options(made)

    made = command(
        "whatif",
        _whatif,
        "what a reform would mean for a population / 测算改动规则的影响",
        "poverty-policy whatif reform.yaml --rules henan@2018-07-01 --population synthetic:100000",
    )
    made.add_argument("reform", metavar="REFORM", help="YAML: title, and changes: {name: value} / 改动的数值")
    made.add_argument("--rules", required=True, metavar="PLACE@DATE", help="place and date, or a rule file[@DATE]")
    made.add_argument(
        "--population", required=True, nargs="+", metavar="INPUT",
        help="files as for `run`, or synthetic:PERSONS[:SEED] / 表格，或 synthetic:人数",
    )  # fmt: skip
    made.add_argument("--columns", metavar="FILE", help="YAML: frame -> header -> name in a case / 表头对照")
    made.add_argument("--money", choices=("yuan", "fen"), default="yuan", help="what amounts are in (yuan)")
    made.add_argument("--weight", metavar="COLUMN", help="for how many a household stands / 权数列")
    made.add_argument("--income", metavar="NAME", help="an account, or a column with income per head / 按哪项收入")
    made.add_argument("--line", metavar="LINE", help="a line of the rules, or yuan per head and year / 贫困线")
    made.add_argument("--format", choices=("text", "json", "xlsx"), default="text", help="what comes out (text)")
    made.add_argument("--output", type=Path, metavar="FILE", help="write to a file instead of standard output")
    made.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="change or supply a value of both / 两边都改动或补上的数值",
    )  # fmt: skip
    rules_options(made)

    made = command(
        "new", _new, "start a rule file / 新建规则文件", "poverty-policy new 411422 2019-01-01 --from henan@2018-07-01"
    )
    made.add_argument("place", metavar="PLACE", help="code, name or pinyin of the place")
    made.add_argument("date", metavar="DATE", help="first day on which the rules hold")
    made.add_argument("--from", dest="start", metavar="OTHER", help="start from these rules: PLACE@DATE or a rule file")
    made.add_argument("--only", choices=("health", *SECTIONS), help="of --from, one part only / 只抄一部分")
    made.add_argument("--into", type=Path, default=Path(), metavar="DIR", help="folder of your rules (here)")
    made.add_argument("--folder", action="append", default=[], metavar="DIR", help="one more folder with rule files")

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


def _asked_for(options: argparse.Namespace) -> RuleSet:
    """The rules that a command is given."""
    return load_rules(
        options.rules, known=options.known, extrapolate=options.extrapolate, folders=options.folder,
        health=not options.without_health,
    )  # fmt: skip


def _list(options: argparse.Namespace, lang: Lang) -> None:
    if options.coverage:
        _list_coverage(options, lang)
    elif options.files:
        _list_files(options, lang)
    else:
        _list_places(options, lang)


def _wanted(options: argparse.Namespace) -> str | None:
    """The code with which the places that were asked for begin."""
    from poverty_policy.ruleset import places

    if options.place is None:
        return None
    return places.find(options.place).code.rstrip("0") or "000000"


def _list_places(options: argparse.Namespace, lang: Lang) -> None:
    """A line for each place: from when to when, which programmes, how good the evidence is."""
    from poverty_policy.ruleset.coverage import BEST_FIRST, coverage

    zh, wanted = lang == "zh", _wanted(options)
    head = (
        ("代码", "地区", "起", "至", "证据", "规定")
        if zh
        else ("code", "place", "from", "to", "evidence", "programmes")
    )
    rows: list[Sequence[str]] = [head]
    held = [
        one for one in coverage(face.library(options.folder)) if wanted is None or one.place.code.startswith(wanted)
    ]
    for place, found in itertools.groupby(held, key=lambda one: one.place):
        of_place = list(found)
        grades = sorted({one.grade for one in of_place}, key=BEST_FIRST.index)
        listed = "、" if zh else ", "
        rows.append((
            place.code, place.text(lang), str(min(one.first for one in of_place)),
            str(max(one.last for one in of_place)), listed.join(GRADES[grade].text(lang) for grade in grades),
            listed.join(
                term.text(lang) for name, term in PROGRAMMES.items() if any(one.programme == name for one in of_place)
            ),
        ))  # fmt: skip
    _table(rows)
    count = len(rows) - 1
    more = "list --coverage 列出各项规定的年份，list --files 列出文件" if zh else (
        "list --coverage shows the years of each programme, list --files the files"
    )  # fmt: skip
    print(f"\n{count} 个地区；{more}" if zh else f"\n{count} places; {more}")


def _list_coverage(options: argparse.Namespace, lang: Lang) -> None:
    """A block for each place: each programme with its years, marked with the grade of the evidence."""
    from poverty_policy.ruleset.coverage import coverage, legend, table

    wanted = _wanted(options)
    head = (
        ("代码", "地区", "规定", "年份和证据") if lang == "zh" else ("code", "place", "programme", "years and evidence")
    )
    rows: list[Sequence[str]] = [head]
    for place, cells in table(coverage(face.library(options.folder)), lang):
        if wanted is None or place.code.startswith(wanted):
            rows += [(place.code, place.text(lang), PROGRAMMES[name].text(lang), text) for name, text in cells.items()]
    _table(rows)
    print(f"\n{legend(lang)}")


def _list_files(options: argparse.Namespace, lang: Lang) -> None:
    """A line for each file."""
    zh, wanted = lang == "zh", _wanted(options)
    head = ("代码", "地区", "起", "至", "公布", "证据", "内容") if zh else (
        "code", "place", "from", "to", "published", "evidence", "holds",
    )  # fmt: skip
    rows = [head]
    for one in face.catalogue(options.folder):
        if wanted is not None and not one.place.code.startswith(wanted):
            continue
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

    rules = _asked_for(options)
    for line in show(rules.resolved, lang, options.only):
        print(_styled(line, "1") if line[:1].isdigit() else line)


def _diff(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.ruleset.diff import Difference
    from poverty_policy.ruleset.file import part_of

    def loaded(text: str) -> RuleSet:
        return load_rules(
            text, known=options.known, extrapolate=options.extrapolate, folders=options.folder,
            health=not options.without_health,
        )  # fmt: skip

    if options.after is None and not options.set:
        zh, en = "请写两套规则，或用 --set 写改动", "name two rule sets, or state changes with --set"
        raise RuleError(invalid(zh, en))
    before = loaded(options.before)
    after = before if options.after is None else loaded(options.after)
    after = _changed(after, options.set)
    found: list[Difference] = [
        one for one in before.diff(after) if options.only is None or part_of(one.entry) == options.only
    ]
    if options.format == "json":
        told = {"before": before.resolved.identity, "after": after.resolved.identity}
        print(json.dumps({**told, "differences": [one.to_dict() for one in found]}, ensure_ascii=False, indent=2))
        return
    from poverty_policy.ruleset.show import show_diff

    for line in show_diff(before.resolved, after.resolved, found, lang):
        print(_styled(line, "1") if line and not line.startswith(" ") else line)


def _changed(rules: RuleSet, stated: Sequence[str]) -> RuleSet:
    """The rules with the changes of ``--set``."""
    changes = [text.partition("=") for text in stated]
    wrong = [text for text, (_, sign, _) in zip(stated, changes, strict=True) if not sign]
    if wrong:
        raise RuleError(invalid(f"请写成 名称=数值：{wrong[0]}", f"write NAME=VALUE: {wrong[0]}", "--set"))
    return rules.reform({name.strip(): value.strip() for name, _, value in changes}) if changes else rules


def _check(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.ruleset.check import check_files, check_library

    folders = [path for path in options.files if path.is_dir()]
    library = face.library([*options.folder, *(path for path in folders if (path / "cn").is_dir())])
    files = [one for path in options.files for one in (_rule_files(path) if path in folders else [path])]
    report = check_files(library, files) if files else check_library(library, options.thorough)
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


def _rule_files(folder: Path) -> list[Path]:
    """The rule files in a folder."""
    found = sorted(folder.rglob("*.yaml"))
    if not found:
        zh, en = "文件夹里没有规则文件（.yaml）", "there is no rule file (.yaml) in the folder"
        raise RuleError(invalid(f"{folder}：{zh}", f"{folder}: {en}"))
    return found


def _assess(options: argparse.Namespace, lang: Lang) -> None:
    if options.format == "xlsx" and options.output is None:
        raise InputError(invalid("xlsx 需要 --output 文件名", "xlsx needs --output FILE", "output"))
    rules = _changed(_asked_for(options), options.set)
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


def _columns(options: argparse.Namespace) -> dict[str, dict[str, str]]:
    """What ``--columns`` says."""
    columns = documents.read(options.columns, InputError).data if options.columns else {}
    if not isinstance(columns, dict) or not all(isinstance(one, dict) for one in columns.values()):
        zh, en = "应写成 {claims: {表头: 名称}}", "must be {claims: {header: name}}"
        raise InputError(invalid(zh, en, "columns"))
    return columns


def _whatif(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.whatif.compare import compare
    from poverty_policy.whatif.reform import read_reform

    if options.format == "xlsx" and options.output is None:
        raise InputError(invalid("xlsx 须写明 --output", "xlsx needs --output", "output"))
    rules = _changed(_asked_for(options), options.set)
    reform = read_reform(options.reform, rules)
    population = _population(options, rules)
    found = compare(rules, reform, population, weight=options.weight, income=options.income, line=options.line)
    if options.format == "xlsx":
        _write(options.output, found.to_xlsx(lang))
        return
    as_json = options.format == "json"
    text = json.dumps(found.to_dict(), ensure_ascii=False, indent=2) + "\n" if as_json else found.report(lang)
    if options.output is None:
        print(text, end="")
    else:
        _write(options.output, text.encode())


def _population(options: argparse.Namespace, rules: RuleSet) -> Population:
    """The population that ``--population`` names."""
    from poverty_policy.population.people import Population
    from poverty_policy.population.run import open_files

    first, *more = options.population
    head, _, rest = first.partition(":")
    if head == "synthetic":
        persons, _, seed = rest.partition(":")
        if more or not persons.isdecimal() or not (seed.isdecimal() or not seed):
            zh, en = (
                "应写成 synthetic:人数 或 synthetic:人数:种子",
                "must be synthetic:PERSONS or synthetic:PERSONS:SEED",
            )
            raise InputError(invalid(zh, en, "population"))
        return face.synthetic(rules, int(persons), seed=int(seed or 0))
    columns = _columns(options)
    with tempfile.TemporaryDirectory() as work:
        tables = {name: table.collect() for name, table in open_files(options.population, columns, Path(work)).items()}
    return Population(**tables, columns=columns, money=options.money)


def _rows(text: str) -> int:
    """A number of rows."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows")
    return int(text)


def _run(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.population.progress import Progress
    from poverty_policy.population.run import run_files

    rules = _changed(_asked_for(options), options.set)
    columns = _columns(options)
    done = run_files(
        rules.resolved, options.inputs, options.output, columns=columns, money=options.money,
        on_error="collect" if options.collect else "raise", kind=options.format, at_once=options.at_once,
        tell=Progress(lang),
    )  # fmt: skip
    for name, count in done.rows.items():
        print(_styled(f"{name}  {count} {'行' if lang == 'zh' else 'rows'}", "1"))
        sums = done.totals.get(name, {})
        width = max((display_width(one) for one in sums), default=0)
        for one, total in sums.items():
            print(f"  {one}{' ' * (width - display_width(one))}  {total:>18}")
    for warning in done.warnings:
        print(_styled(warning, "33"))
    print(f"\n{'结果在' if lang == 'zh' else 'results in'} {done.output}")


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


def _new(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.ruleset import places
    from poverty_policy.ruleset.new import begin
    from poverty_policy.ruleset.schema import rules_schema

    place, day = places.find(options.place), face.day(options.date, "date")
    start = None
    if options.start is not None:
        try:
            start = load_rules(options.start, known=None, extrapolate=False, folders=options.folder)
        except RuleError:  # a place of which only household support is known can be started from too
            start = load_rules(options.start, known=None, extrapolate=False, folders=options.folder, health=False)
    library = face.library(options.folder)
    text = begin(
        library, place, day, "../../rules.schema.json", start.resolved if start is not None else None, options.only
    )
    folder = options.into / "cn" / f"{place.code}-{place.alias}"
    path = folder / f"{day}.yaml"
    if path.exists():
        zh = f"文件 {path} 已经有了：要重写，先把它改名或删去"
        raise RuleError(invalid(zh, f"the file {path} is there already: to start anew, rename or delete it"))
    folder.mkdir(parents=True, exist_ok=True)
    schema = options.into / "rules.schema.json"
    if not schema.exists():
        _write(schema, (json.dumps(rules_schema(), ensure_ascii=False, indent=1) + "\n").encode())
    _write(path, text.encode())
    print(path)
    hint = "填好“待填”和 source，再运行：poverty-policy check" if lang == "zh" else (
        "fill in every 待填 and every source, then run: poverty-policy check"
    )  # fmt: skip
    print(f"{hint} {path}")


def _schema(options: argparse.Namespace, lang: Lang) -> None:
    from poverty_policy.ruleset.schema import case_schema, rules_schema

    schema = rules_schema() if options.what == "rules" else case_schema()
    print(json.dumps(schema, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    sys.exit(main())
