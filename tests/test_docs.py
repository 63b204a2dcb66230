"""The pages: examples run and print what is shown, both languages agree, links lead somewhere, nothing is left out."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from pydantic import BaseModel

import poverty_policy as pp
from poverty_policy import documents
from poverty_policy.cases import read_case
from poverty_policy.errors import MESSAGES
from poverty_policy.policy.reimbursement import KINDS
from poverty_policy.policy.scheme import KINDS as PROVISIONS
from poverty_policy.ruleset.entries import read_entry
from poverty_policy.ruleset.file import Index, RuleFile

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TREES = ("zh", "en")


def _build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


build = _build()
PAGES: list[tuple[Path, str]] = build.pages()
NAMES = [str(path.relative_to(ROOT)) for path, _ in PAGES]


def paths(tree: str) -> set[str]:
    made = DOCS / tree / "rules"
    return {str(path.relative_to(DOCS / tree)) for path in (DOCS / tree).rglob("*.md") if not path.is_relative_to(made)}


# --- examples -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "lang"), PAGES, ids=NAMES)
def test_examples(path: Path, lang: str) -> None:
    for ran in build.run(path.read_text(encoding="utf-8"), lang):
        shown = ran.shown.body if ran.shown else ""
        assert ran.agrees, f"{ran.block.body}\nshown:\n{shown}\nprinted (status {ran.status}):\n{ran.printed}"


def fragments() -> Iterator[Any]:
    """Pieces of YAML that no command reads."""
    for path, _ in PAGES:
        for number, block in enumerate(build.blocks(path.read_text(encoding="utf-8"))):
            if block.kind == "yaml":
                yield pytest.param(block, id=f"{path.relative_to(ROOT)}-{number}")


@pytest.mark.parametrize("block", list(fragments()))
def test_pieces_of_yaml_can_be_read(block: Any) -> None:
    data = documents.parse(block.body, block.title or "piece.yaml", pp.RuleError).data
    if isinstance(data, list):
        pp.Cascade([read_entry(one, {}) for one in data])
        return
    for index in data.get("indices", {}).values():
        Index.read(index)
    for source in data.get("sources", {}).values():
        pp.Source.read(source)
    if {"members", "claims", "households"} & set(data):
        read_case(data)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a\nc", False),
        ("a\n…", "a\nb\nc", True),
        ("…\nc", "a\nb\nc", True),
        ("a\n…\nd", "a\nd", True),
        ("a\n…\nd", "a\nb\nc\nd", True),
        ("a\n…\nd", "a\nb\nc", False),
        ("a … z", "a b z", True),
        ("a … z", "a b\nz", False),
        ("…", "anything\nat all", True),
        ("a", "xa", False),
        ("b\n…", "a\nb", False),
    ],
)
def test_what_the_ellipsis_stands_for(shown: str, printed: str, same: bool) -> None:
    assert build.matches(shown, printed) is same


def test_a_wrong_output_is_noticed() -> None:
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    (ran,) = build.run(page, "en")
    assert not ran.agrees
    assert build.updated(page, "en") == page.replace("3", "2")


def test_a_command_that_fails_must_show_it() -> None:
    (ran,) = build.run("```bash\npoverty-policy show nowhere@2018-07-01\n```\n", "en")
    assert ran.status == 1
    assert not ran.agrees


def test_output_must_be_shown() -> None:
    (ran,) = build.run("```python\nprint(1)\n```\n", "en")
    assert not ran.agrees


# --- completeness -------------------------------------------------------------------------------------------


def test_both_languages_have_the_same_pages() -> None:
    assert paths("zh") == paths("en")


@pytest.mark.parametrize(("tree", "file"), [("zh", "mkdocs.yml"), ("en", "mkdocs.en.yml")])
def test_the_menu_holds_every_page(tree: str, file: str) -> None:
    def leaves(found: Any) -> Iterator[str]:
        if isinstance(found, str):
            yield found
        for inner in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
            yield from leaves(inner)

    menu = list(leaves(yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["nav"]))
    assert sorted(menu) == sorted(
        [*paths(tree), "rules/index.md", "rules/ledger.md"]
    )  # which is made before the site is built


@pytest.mark.parametrize("tree", TREES)
def test_every_public_name_is_in_the_reference(tree: str) -> None:
    page = (DOCS / tree / "reference" / "api.md").read_text(encoding="utf-8")
    listed = re.findall(r"^::: poverty_policy\.(\w+)$", page, re.M)
    assert sorted([*listed, "__version__"]) == sorted(pp.__all__)
    assert "poverty_policy.__version__" in page


@pytest.mark.parametrize("tree", TREES)
def test_the_glossary_follows_the_terms(tree: str) -> None:
    page = (DOCS / tree / "reference" / "glossary.md").read_text(encoding="utf-8")
    assert page == build.glossary(tree), "run: python docs/build.py"


def keys_of(*models: type[BaseModel]) -> set[str]:
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


@pytest.mark.parametrize("tree", TREES)
def test_every_key_is_in_the_reference(tree: str) -> None:
    rules = (DOCS / tree / "reference" / "rule-file.md").read_text(encoding="utf-8")
    inside = (pp.When, pp.Schedule, pp.Band, pp.Repeat, pp.Cut, pp.Cap, pp.AgeUplift)
    written = {"inherit", "cap", "several", "share", "of", "index"}
    wanted = keys_of(RuleFile, pp.Source, Index, pp.Target, *KINDS, *inside) | written
    assert {key for key in wanted if not re.search(rf"`{key}\b", rules)} == set()
    household = (DOCS / tree / "reference" / "household-rules.md").read_text(encoding="utf-8")
    within = (
        pp.Item,
        pp.Deduction,
        pp.Supplement,
        pp.Single,
        pp.Tapering,
        pp.Extension,
        pp.Review,
        pp.Condition,
        pp.Step,
    )
    wanted = keys_of(*PROVISIONS, *within, pp.Condition)
    assert {key for key in wanted if not re.search(rf"`{key}\b", household)} == set()
    case = (DOCS / tree / "reference" / "case.md").read_text(encoding="utf-8")
    facts = keys_of(pp.County, pp.Township, pp.Village, pp.Household, pp.Person, pp.Membership, pp.Claim, pp.Record)
    facts |= keys_of(pp.StepTaken)
    assert {key for key in facts if not re.search(rf"[`{{ ]{key}\b", case)} == set()


@pytest.mark.parametrize("tree", TREES)
def test_every_code_of_a_fault_is_in_the_reference(tree: str) -> None:
    page = (DOCS / tree / "reference" / "errors.md").read_text(encoding="utf-8")
    assert {code for code in MESSAGES if f"| `{code}` |" not in page} == set()


@pytest.mark.parametrize("tree", TREES)
def test_every_step_is_in_the_reference(tree: str) -> None:
    page = (DOCS / tree / "reference" / "results.md").read_text(encoding="utf-8")
    health = {
        (one.place.code, one.valid_from) for one in pp.catalogue() if any("." not in name for name in one.entries)
    }
    shipped = [pp.load(code, on=day) for code, day in sorted(health)]
    steps = {
        name.split(".")[2]
        for rules in shipped
        for entry in rules.cascade.entries
        for name in rules.resolved.program.steps
        if name.startswith(f"health.{entry.name}.")
    }
    assert {step for step in steps if not re.search(rf"`{step}\b", page)} == set()


# --- links --------------------------------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    return set(re.findall(r"\{ #([\w-]+) \}", text))


def links(text: str) -> Iterator[str]:
    bare = re.sub(r"^```.*?^```[ \t]*$", "", text, flags=re.M | re.S)
    bare = re.sub(r"`[^`\n]*`", "", bare)
    yield from re.findall(r"\]\(([^)\s]+)\)", bare)


def linked(path: Path) -> Iterator[tuple[Path, str]]:
    """The local links of a page, from where it is read: what is included is read where it is included."""
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r'^--8<-- "([^"]+)"$', text, re.M):
        assert (DOCS / name).exists(), f"{path}: {name}"
        text += (DOCS / name).read_text(encoding="utf-8")
    for link in links(text):
        if not re.match(r"[a-z]+:", link):
            yield path, link


INCLUDED = DOCS / "development"


@pytest.mark.parametrize("name", [n for n in NAMES if not (ROOT / n).is_relative_to(INCLUDED)])
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for page, link in linked(path):
        file, _, anchor = link.partition("#")
        target = (page.parent / unquote(file)).resolve() if file else page
        if file.partition("/")[0] == "rules":
            continue  # made before the site is built, which is strict about links
        assert target.exists(), f"{page.relative_to(ROOT)}: {link}"
        if path.is_relative_to(DOCS):
            assert target.is_relative_to(DOCS / path.relative_to(DOCS).parts[0]), f"{page}: {link} leaves the site"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page.relative_to(ROOT)}: {link}"


@pytest.mark.parametrize("kind", ["development", "development/decisions"])
def test_development_pages_are_included_in_both_languages(kind: str) -> None:
    for path in (DOCS / kind).glob("*.md"):
        for tree in TREES:
            page = DOCS / tree / kind / path.name
            assert f'--8<-- "{kind}/{path.name}"' in page.read_text(encoding="utf-8")


def test_the_readme_begins_with_the_other_language() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith("[中文](README.zh-CN.md)\n")
    assert (ROOT / "README.zh-CN.md").read_text(encoding="utf-8").startswith("[English](README.md)\n")


# --- examples/ ----------------------------------------------------------------------------------------------


def test_the_template_of_a_county() -> None:
    rules = pp.load_file(ROOT / "examples" / "county-template.yaml")
    case = documents.read(ROOT / "examples" / "county-template-case.yaml", pp.InputError).data
    assert rules.place.code == "411422"
    assert rules.assess(case)["health.supplementary"] == pp.Money("2260")
    above = pp.load("411422", on="2018-01-01")
    assert above.assess(case)["health.supplementary"] == pp.Money("1960")


def test_the_reform_script() -> None:
    script = ROOT / "examples" / "reform.py"
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, encoding="utf-8")
    found = {line.split()[0]: line.split()[1:] for line in ran.stdout.splitlines()[1:]}
    assert found["health.critical_illness"] == ["38,200.31", "42,700.31", "4,500.00"]
    assert found["health.out_of_pocket"] == ["31,660.01", "28,550.03", "-3,109.98"]


def test_every_example_file_is_used() -> None:
    used = "".join(path.read_text(encoding="utf-8") for path, _ in PAGES) + Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in sorted((ROOT / "examples").iterdir()) if path.name not in used] == []
