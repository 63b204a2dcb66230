"""The pages about the rules themselves: one for each place and period, made from the rule files alone.

``python docs/rule_pages.py`` writes them below ``docs/zh/rules`` and ``docs/en/rules`` (which are not kept in the
repository); ``make docs`` does so before it builds the site. ``render_pages`` only renders.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import itertools
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from worked_cases import Worked, health_case, household_case, shares_along_the_bill

import poverty_policy as pp
from poverty_policy import documents
from poverty_policy.errors import Lang
from poverty_policy.formula.text import words
from poverty_policy.policy.provision import HEALTH
from poverty_policy.policy.wording import CascadeWording, formulas
from poverty_policy.policy.words import Words
from poverty_policy.ruleset.coverage import coverage, legend, table
from poverty_policy.ruleset.file import LoadedFile, Source
from poverty_policy.ruleset.library import OWN_RULES, Library
from poverty_policy.ruleset.places import Place, find, lineage
from poverty_policy.ruleset.resolved import StatedEntry
from poverty_policy.ruleset.show import cited, disagreement_lines, show_diff, value_rows
from poverty_policy.terms import GRADES, PROGRAMMES, SECTIONS, STATUSES

DOCS = Path(__file__).resolve().parent
DAY = dt.timedelta(days=1)

_SAYS: Mapping[str, tuple[str, str]] = {
    "rules": ("各地规定", "Rules"),
    "intro": (
        "本库所载的规定，按地方、规定和年份列出，年份后的字是证据等级：{legend}。下面的表和各页都由规则文件生成，"
        "数值、条款和计算用的是同一份文件。",
        "What the library holds: place, programme, years, and after the years the grade of the evidence: {legend}. "
        "This table and all pages below are made from the rule files that the library calculates with.",
    ),
    "ledger": ("来源总账", "Ledger"),
    "ledger_intro": (
        "本库依据的五份讲话文本和公开法规，逐条记着写到了哪里：成为数值或规则的，写明未定的，列为目标的，被更好的来源取代的，"
        "以及没有写入的和原因。测试保证总账和规则文件一致。",
        "The five founding texts and public law, record by record, and where each went: a value or rule, a figure left "
        "open, a target, overruled by a better source, or left out and why. A test keeps the ledger and the rule files "
        "in step.",
    ),
    "seeds": ("五份文本", "The five texts"),
    "law": ("公开法规", "Public law"),
    "record": ("记录", "record"),
    "about": ("内容", "about"),
    "went": ("写成", "as"),
    "where": ("在哪里", "where"),
    "as_value": ("数值、规则", "value or rule"),
    "as_open": ("未定", "left open"),
    "as_target": ("目标、结果", "target or outcome"),
    "as_overruled": ("被取代", "overruled"),
    "as_left_out": ("没有写入", "left out"),
    "as_todo": ("待写", "still to be written"),
    "place": ("地区", "place"),
    "programme": ("规定", "programme"),
    "years": ("年份和证据", "years and evidence"),
    "periods": ("各个时期", "Periods"),
    "period": ("{first} 至 {last}", "{first} to {last}"),
    "open_end": ("（此后不详）", " (what follows is not known)"),
    "in_force": ("适用", "in force"),
    "evidence": ("证据", "evidence"),
    "holds": ("内容", "holds"),
    "above": ("上级", "above"),
    "file": ("规则文件", "rule file"),
    "hash": ("规则摘要", "digest of the rules"),
    "composite": ("拼合的规则", "Joined from several documents"),
    "planned": ("拟定的规则，没有施行的依据", "Planned only: nothing shows that it came into force"),
    "health_intro": (
        "各层按下面的先后结算，每层只看到前面各层付剩的费用。",
        "The layers settle in this order; each sees what those before it left.",
    ),
    "applies": ("适用", "applies where"),
    "source": ("依据", "source"),
    "reading": ("读法", "reading"),
    "note": ("说明", "note"),
    "value": ("数值", "value"),
    "who": ("情形", "for whom"),
    "name": ("改动时用的名称", "name, for changing it"),
    "formula": ("算法", "formulas"),
    "from": ("承自{place}", "from {place}"),
    "worked": ("算一例", "A worked case"),
    "along": ("谁支付", "Who pays"),
    "along_text": (
        "同一例，政策范围内费用从 0 到 {most} 元时各方所付。",
        "The same case, as the in-scope cost goes from 0 to {most} yuan.",
    ),
    "cost": ("政策范围内费用", "in-scope cost"),
    "own": ("个人负担", "out-of-pocket"),
    "household": ("低保等核定", "Decisions on households"),
    "no_case": ("一般的例子还算不出来，因为：", "An ordinary case cannot be worked out yet, because:"),
    "full": ("完整的说明", "The whole statement"),
    "targets": ("目标、预算和报道的结果", "Targets, budgets and reported outcomes"),
    "sources": ("来源", "Sources"),
    "document": ("文件", "document"),
    "status": ("状态", "status"),
    "limitations": ("局限", "Limitations"),
    "checked": ("核对", "Checked with"),
    "changed": ("与前一时期相比", "What changed since the period before"),
    "before": ("前一时期：{link}。", "The period before: {link}."),
    "none": ("数值没有变化。", "No value changed."),
    "colon": ("：", ": "),
    "only_nation": ("此外适用全国的规定。", "The national rules apply besides."),
}  # fmt: skip


def _say(lang: Lang, key: str, **facts: object) -> str:
    return _SAYS[key][0 if lang == "zh" else 1].format(**facts)


def md(text: object) -> str:
    """Text as Markdown shows it, with nothing in it taken for markup."""
    made = str(text).replace("\n", " ")
    for sign in "\\`*_{}[]<>|#~$":
        made = made.replace(sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign])
    return made


@attrs.frozen
class Period:
    """The days on which one set of a place's own files holds."""

    place: Place
    first: dt.date
    last: dt.date
    files: tuple[LoadedFile, ...]

    @property
    def path(self) -> str:
        """The page, below ``rules/``."""
        return f"{folder(self.place)}/{self.first}.md"


def folder(place: Place) -> str:
    """The folder of a place's pages."""
    return f"{place.code}-{place.alias}"


@functools.cache
def library() -> Library:
    """The library's own files."""
    return Library([OWN_RULES])


def periods(code: str) -> list[Period]:
    """The periods of a place, cut wherever one of its files begins or ends."""
    files = library().files(code)
    cuts = sorted({day for one in files for day in (one.declared.valid_from, one.last_day + DAY)})
    found: list[Period] = []
    for first, after in itertools.pairwise(cuts):
        covering = [one for one in files if one.covers(first)]
        replaced = {one.declared.supersedes for one in covering}
        holding = tuple(one for one in covering if one.stem not in replaced)
        if holding and found and found[-1].files == holding and found[-1].last + DAY == first:
            found[-1] = attrs.evolve(found[-1], last=after - DAY)
        elif holding:
            found.append(Period(find(code), first, after - DAY, holding))
    return found


def render_pages(lang: Lang) -> dict[str, str]:
    """Every page, by its path below ``rules/``; charts are SVG files beside the pages."""
    made: dict[str, str] = {"index.md": _index(lang), "ledger.md": _ledger(lang)}
    for code in library().codes():
        of_place = periods(code)
        made[f"{folder(of_place[0].place)}/index.md"] = _place_page(of_place, lang)
        before: Period | None = None
        for one in of_place:
            page = _Page(one, before, lang)
            made[one.path] = page.text()
            made |= page.charts
            before = one
    return made


def _index(lang: Lang) -> str:
    parts = [f"# {_say(lang, 'rules')}", _say(lang, "intro", legend=legend(lang))]
    held = coverage(library())
    rows = {place.code: cells for place, cells in table(held, lang)}
    for province, codes in itertools.groupby(library().codes(), key=lambda code: f"{code[:2]}0000"):
        parts.append(f"## {find(province).text(lang)}")
        lines = [(_say(lang, "place"), _say(lang, "programme"), _say(lang, "years"))]
        for code in codes:
            place = find(code)
            link = f"[{md(place.zh if lang == 'zh' else place.en)}]({folder(place)}/index.md)"
            cells = rows.get(code, {})
            found = [(PROGRAMMES[name].text(lang), md(text)) for name, text in cells.items()] or [("", "")]
            lines += [(link if number == 0 else "", *cell) for number, cell in enumerate(found)]
        parts.append(_table(lines))
    return "\n\n".join(parts) + "\n"


def _ledger(lang: Lang) -> str:
    """Where every record of the founding texts and of public law went."""
    parts = [f"# {_say(lang, 'ledger')}", _say(lang, "ledger_intro")]
    pages = {file.path: period.path for code in library().codes() for period in periods(code) for file in period.files}
    for kind in ("seeds", "law"):
        parts.append(f"## {_say(lang, kind)}")
        rows = [tuple(_say(lang, key) for key in ("record", "about", "went", "where"))]
        for path in sorted((DOCS.parent / "ledger" / kind).glob("*.yaml")):
            for record in documents.read(path, pp.RuleError).data:
                at = record.get("at", [])
                places = [_home(one, pages) for one in ([at] if isinstance(at, str) else at)]
                went = _say(lang, f"as_{record['as']}")
                why = md("；".join(str(record[key]) for key in ("why", "corrected") if record.get(key)))
                rows.append(
                    (f"`{record['id']}`", md(record["says"]), went, "<br>".join([*places, *([why] if why else [])]))
                )
        parts.append(_table(rows))
    return "\n\n".join(parts) + "\n"


def _home(at: str, pages: Mapping[Path, str]) -> str:
    """Where in the files a record went, linked to the page of that file."""
    file, _, name = at.partition(" ")
    page = pages.get(OWN_RULES / "cn" / file)
    shown = f"`{name}`"
    return f"[{shown}]({page})" if page else f"{shown} ({md(file)})"


def unsearched(title: str) -> str:
    """The heading of a section that the site's search leaves out: it repeats what other sections say with figures."""
    return f"## {title} {{ data-search-exclude }}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in body)])


def _period_text(one: Period, lang: Lang) -> str:
    return _say(lang, "period", first=one.first, last=one.last)


def _place_page(of_place: Sequence[Period], lang: Lang) -> str:
    place = of_place[0].place
    parts = [f"# {md(place.text(lang))}", _crumbs(place, lang)]
    rows = [(_say(lang, "in_force"), _say(lang, "holds"), _say(lang, "evidence"))]
    for one in of_place:
        titles = ("；" if lang == "zh" else "; ").join(md(_title(file, lang)) for file in one.files)
        grades = sorted(
            {source.grade for file in one.files for source in file.declared.sources.values()}, key=list(GRADES).index
        )
        listed = ("、" if lang == "zh" else ", ").join(GRADES[grade].text(lang) for grade in grades)
        rows.append((f"[{_period_text(one, lang)}]({one.first}.md)", titles, listed))
    parts += [f"## {_say(lang, 'periods')}", _table(rows)]
    return "\n\n".join(parts) + "\n"


def _title(file: LoadedFile, lang: Lang) -> str:
    return file.declared.title.zh if lang == "zh" else file.declared.title.en


def _crumbs(place: Place, lang: Lang) -> str:
    codes = library().codes()
    above = [one for one in lineage(place)[:-1] if one.code in codes]
    links = [f"[{_say(lang, 'rules')}](../index.md)"]
    links += [f"[{md(one.zh if lang == 'zh' else one.en)}](../{folder(one)}/index.md)" for one in above]
    return " › ".join(links)


class _Page:
    """The page of a place and period."""

    def __init__(self, period: Period, before: Period | None, lang: Lang) -> None:
        self.period, self.before, self.lang = period, before, lang
        self.say = functools.partial(_say, lang)
        self.rules = _rules(period)
        self.charts: dict[str, str] = {}
        self.words = Words(lang, self.rules.resolved.scheme.vocabulary)

    def text(self) -> str:
        """The whole page."""
        return "\n\n".join(part for part in self._parts() if part) + "\n"

    def _parts(self) -> Iterator[str]:
        period, say = self.period, self.say
        yield f"# {md(period.place.text(self.lang))} {_period_text(period, self.lang)}"
        yield _crumbs(period.place, self.lang) + f" › [{md(self._name(period.place))}](index.md)"
        yield self._summary()
        for file in period.files:
            if file.declared.composite:
                yield f'!!! warning "{say("composite")}"\n\n    {md(file.declared.composite)}'
            if all(source.status == "planned" for source in file.declared.sources.values()):
                yield f'!!! warning "{say("planned")}"\n\n    {md(_title(file, self.lang))}'
        yield from self._health()
        yield from self._household()
        yield from self._targets()
        yield from self._sources()
        yield from self._listed("limitations", (text for file in period.files for text in file.declared.limitations))
        yield from self._listed("checked", (text for file in period.files for text in file.declared.checked_with))
        yield from self._changed()

    def _name(self, place: Place) -> str:
        return place.zh if self.lang == "zh" else place.en

    def _summary(self) -> str:
        period, say = self.period, self.say
        ends = {file.declared.valid_to is not None for file in period.files if file.last_day == period.last}
        end = "" if True in ends else say("open_end")
        rows = [(say("in_force"), _period_text(period, self.lang) + end)]
        rows += [
            (say("file"), f"{md(_title(file, self.lang))} `{file.path.parent.name}/{file.path.name}`")
            for file in period.files
        ]
        rows.append((say("hash"), f"`{self.rules.hash[:12]}`"))
        return "\n".join(f"- {key}{say('colon')}{text}" for key, text in rows)

    # --- health ---------------------------------------------------------------------------------------------

    def _health(self) -> Iterator[str]:
        rules, say = self.rules.resolved, self.say
        if HEALTH in rules.missing or not any(HEALTH in file.parts for file in self.period.files):
            return
        yield f"## {SECTIONS[HEALTH].text(self.lang)}"
        yield say("health_intro")
        for number, stated in enumerate(rules.entries, 1):
            name = stated.entry.name
            yield f"### {number}. {md(rules.cascade.label(name).text(self.lang))}"
            wording = CascadeWording(rules.cascade, name)
            applies = words(rules.program, f"health.{name}.applies", wording, self.lang)
            yield self._facts(stated, [(say("applies"), applies)])
            yield self._values(stated)
            steps = [
                f"{wording.step(step, self.lang)} = {words(rules.program, step, wording, self.lang)}"
                for step in formulas(rules.cascade, rules.program, name)
            ]
            yield f"**{say('formula')}**\n\n" + "\n".join(f"- {md(step)}" for step in steps)
        yield from self._worked(health_case(self.rules, self.period.first, self.period.last), say("worked"))
        yield from self._chart()

    def _facts(self, stated: StatedEntry[Any], more: Iterable[tuple[str, str]] = ()) -> str:
        """What is said of an entry in words, as a list."""
        entry, say = stated.entry, self.say
        found = [*more, (say("reading"), entry.readings), (say("note"), entry.note)]
        lines = [f"- {key}{say('colon')}{md(text)}" for key, text in found if text]
        source = md(cited(stated.citation(), self.lang).partition(" <")[0])
        url = stated.citation().source.url
        lines.insert(0, f"- {say('source')}{say('colon')}" + (f"[{source}](<{url}>)" if url else source))
        lines += [f"- {md(text.strip())}" for text in disagreement_lines(stated, self.lang)]
        if stated.origin.place != self.period.place:
            lines.append(f"- {say('from', place=md(stated.origin.place.text(self.lang)))}")
        return "\n".join(lines)

    def _values(self, stated: StatedEntry[Any]) -> str:
        rows = [
            (md(text), md(who), f"`{name}`") for name, text, who in value_rows(stated, self.words.vocabulary, self.lang)
        ]
        return _table([(self.say("value"), self.say("who"), self.say("name")), *rows]) if rows else ""

    def _worked(self, worked: Worked | None, title: str) -> Iterator[str]:
        if worked is None:
            return
        yield unsearched(title)
        if worked.outcome is None:
            yield self.say("no_case")
            yield "\n".join(f"- {md(fault.text(self.lang))}" for fault in (worked.why.faults if worked.why else ()))
            return
        yield md(worked.text(self.lang))
        sheet = worked.outcome.statement(self.lang)
        limits = sheet.find("规则的局限" if self.lang == "zh" else "Limitations of the rules")  # the page lists them
        yield "```text\n" + sheet[: limits if limits >= 0 else None].rstrip() + "\n```"

    def _chart(self) -> Iterator[str]:
        found = shares_along_the_bill(self.rules, self.period.first, self.period.last)
        if found is None:
            return
        say, path = self.say, self.period.path.removesuffix(".md") + ".svg"
        self.charts[path] = stacked(found.costs, found.shares)
        yield unsearched(say("along"))
        yield say("along_text", most=f"{found.costs[-1] // 100:,}")
        label = self.rules.resolved.cascade.label
        names = [label(name).text(self.lang) if name else say("own") for name in found.shares]
        key = "".join(
            f'<span class="pp-key"><span style="background:{colour}"></span>{name}</span>'
            for name, colour in zip(names, colours(len(names)), strict=True)
        )
        alt = f"{say('along')}: {', '.join(names)}"
        yield f"![{md(alt)}]({Path(path).name})\n\n<p>{key}</p>"
        rows = [(say("cost"), *names)]
        for place in found.shown:
            amounts = (pp.Money.of_fen(amounts[place]) for amounts in found.shares.values())
            rows.append((str(pp.Money.of_fen(found.costs[place])), *map(str, amounts)))
        yield _table(rows)

    # --- households -----------------------------------------------------------------------------------------

    def _household(self) -> Iterator[str]:
        rules, say = self.rules.resolved, self.say
        files = {file.path for file in self.period.files}
        own = [stated for stated in rules.provisions if stated.origin.path in files]
        for section, group in itertools.groupby(own, key=lambda one: one.entry.SECTION):
            yield f"## {SECTIONS[section].text(self.lang)}"
            for stated in group:
                yield f"### {md(rules.scheme.label(stated.full_name).text(self.lang))}"
                yield self._facts(stated)
                yield self._values(stated)
                told = [
                    "    " * depth + f"- {md(text.removeprefix('· '))}"
                    for depth, text in stated.entry.in_words(self.words)
                ]
                yield "\n".join(told)
        if any(part in ("lines", "allowances", "criteria") for file in self.period.files for part in file.parts):
            worked = household_case(self.rules, self.period.first, self.period.last)
            yield from self._worked(worked, f"{say('worked')}{say('colon')}{say('household')}")

    # --- the rest -------------------------------------------------------------------------------------------

    def _targets(self) -> Iterator[str]:
        own = [one for one in self.rules.targets if one.place == self.period.place]
        if own:
            yield f"## {self.say('targets')}"
            yield "\n".join(
                f"- {md(one.text(self.lang))} — {md(cited(one.citation, self.lang).partition(' <')[0])}"
                + (f" {md(one.target.readings)}" if one.target.readings else "")
                for one in own
            )

    def _sources(self) -> Iterator[str]:
        say = self.say
        found: dict[str, Source] = {}
        for file in self.period.files:
            for source in file.declared.sources.values():
                found.setdefault(f"{source.title}{source.number}{source.url}", source)
        yield unsearched(say("sources"))
        rows = [tuple(say(key) for key in ("document", "status", "evidence", "note"))]
        for source in found.values():
            title = md(f"{source.title}（{source.number}）" if source.number else source.title)
            by = ("，" if self.lang == "zh" else ", ").join(md(one) for one in (source.issuer, source.date) if one)
            linked = f"[{title}](<{source.url}>)" if source.url else title
            rows.append((
                f"{linked}<br>{by}" if by else linked,
                STATUSES[source.status].text(self.lang), GRADES[source.grade].text(self.lang), md(source.note or ""),
            ))  # fmt: skip
        yield _table(rows)

    def _listed(self, key: str, texts: Iterable[str]) -> Iterator[str]:
        listed = list(dict.fromkeys(texts))
        if listed:
            yield unsearched(self.say(key)) if key == "checked" else f"## {self.say(key)}"
            yield "\n".join(f"- {md(text)}" for text in listed)

    def _changed(self) -> Iterator[str]:
        if self.before is None:
            return
        before = _rules(self.before).resolved
        link = f"[{_period_text(self.before, self.lang)}]({self.before.first}.md)"
        yield unsearched(self.say("changed"))
        yield self.say("before", link=link)
        own = {
            stated.full_name
            for rules in (before, self.rules.resolved)
            for stated in (*rules.entries, *rules.provisions)
            if stated.origin.place == self.period.place
        }
        found = [one for one in _rules(self.before).diff(self.rules) if one.entry in own]
        lines = [line.partition(" <")[0] if line.startswith("  ") else line
                 for line in show_diff(before, self.rules.resolved, found, self.lang)]  # fmt: skip
        yield self.say("none") if not found else "```text\n" + "\n".join(lines[3:]) + "\n```"


@functools.cache
def _rules(period: Period) -> pp.RuleSet:
    """The rules of a place in the middle of a period, with health where there is any."""
    try:
        return pp.load(period.place.code, on=period.first)
    except pp.RuleError:
        return pp.load(period.place.code, on=period.first, health=False)


# --- charts -------------------------------------------------------------------------------------------------

_COLOURS = ("#00796b", "#26a69a", "#80cbc4", "#5c6bc0", "#9fa8da", "#8d6e63", "#bcaaa4", "#78909c")
_OWN = "#ffb74d"


def colours(count: int) -> list[str]:
    """A colour for each payer; the last one is what is left to the person."""
    return [*itertools.islice(itertools.cycle(_COLOURS), count - 1), _OWN]


def stacked(costs: Sequence[int], shares: Mapping[str, Sequence[int]]) -> str:
    """Who pays along the bill, as SVG without a word in it: the names stand beside it, in the page's own font."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    plain = {"svg.hashsalt": "poverty_policy", "svg.fonttype": "none", "font.family": "sans-serif"}
    with mpl.rc_context(plain):
        figure, axes = plt.subplots(figsize=(8, 3.6))
        axes.stackplot(
            [cost / 100 for cost in costs], [[amount / 100 for amount in one] for one in shares.values()],
            colors=colours(len(shares)), linewidth=0,
        )  # fmt: skip
        axes.set_xlim(0, costs[-1] / 100)
        axes.set_ylim(0, costs[-1] / 100)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.spines[["top", "right"]].set_visible(False)
        figure.tight_layout()
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return drawn.getvalue()


def main() -> None:
    """Write the pages of both languages."""
    langs: tuple[Lang, ...] = ("zh", "en")
    for lang in langs:
        root = DOCS / lang / "rules"
        shutil.rmtree(root, ignore_errors=True)
        pages = render_pages(lang)
        for path, text in pages.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        print(f"{lang}: {sum(path.endswith('.md') for path in pages)} pages, {len(pages)} files")


if __name__ == "__main__":
    main()
