"""What can be seen without running a command: links, generated parts, and what no page may hold."""

from __future__ import annotations

import re
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from meshnew.errors import MeshnewError
from meshnew.mesh.models import MeshSpec, ProjectSpec
from tests.docs.pages import ROOT, agrees, steps

DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "examples").rglob("README.md")),
]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> Iterator[tuple[Path, str]]:
    for target in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        path, _, anchor = target.partition("#")
        yield (page.parent / path if path else page), anchor


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as forges make them."""
    text = FENCED.sub("", page.read_text("utf-8"))
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [
        f"{path.name}#{anchor}"
        for path, anchor in links(page)
        if not path.exists() or (anchor and anchor not in anchors(path))
    ]
    assert broken == []


@pytest.mark.parametrize("page", [*PAGES, *sorted(DOCS.rglob("*.svg"))], ids=named)
def test_no_page_names_a_machine_or_a_host(page: Path) -> None:
    text = page.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"https?://\S+", text) == []
    assert re.findall(r"(?<![\w.])/(?:home|root|tmp|work|usr|Users|var)/\S*", text) == []


def test_every_page_can_be_found_from_the_entry() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop().resolve()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            todo += [path for path, _ in links(page)]
    assert {path.resolve() for path in DOCS.rglob("*.md")} <= seen


def test_generated_pages_are_what_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS)
    pages = runpy.run_path(str(DOCS / "make_reference.py"))["pages"]
    stale = [page for page, text in pages().items() if (DOCS / page).read_text("utf-8") != text]
    assert stale == [], "run: python docs/make_reference.py"


def test_examples_of_the_spec_are_valid() -> None:
    for page, model in (("mesh-yml", MeshSpec), ("projects-yml", ProjectSpec)):
        text = (DOCS / "reference" / f"{page}.md").read_text("utf-8")
        example = text.partition("```yaml\n")[2].partition("```")[0]
        model.model_validate(yaml.safe_load(example))


def test_every_exit_code_is_explained() -> None:
    def codes(error: type[MeshnewError]) -> set[int]:
        return {error.exit_code}.union(*map(codes, error.__subclasses__()))

    text = (DOCS / "reference" / "exit-codes.md").read_text("utf-8")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert told == codes(MeshnewError) | {0, 3, 130}


def test_every_variable_of_meshnew_is_explained() -> None:
    source = [*(ROOT / "src").rglob("*.py"), *(ROOT / "template").rglob("profiles.yml.jinja")]
    found = {
        name for path in source for name in re.findall(r"\bMESHNEW_[A-Z_]+\b", path.read_text())
    }
    text = (DOCS / "reference" / "environment.md").read_text("utf-8")
    # A line that dbt prints and meshnew reads, no variable.
    assert set(re.findall(r"`(MESHNEW_[A-Z_]+)`", text)) == found - {"MESHNEW_MISSING"}


def test_the_readme_gives_make_targets_that_exist() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)\b", text)):
        done = subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0, target


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["Done."], ["Done."], True),
        (["Done."], ["Done.", "And more."], False),
        (["...", "Done."], ["One", "Two", "Done."], True),
        (["One", "...", "Three"], ["One", "Three"], True),
        (["3 rows"], ["4 rows"], False),
        (["... 3 rows"], ["weather has 3 rows"], True),
        (["✓ Plan (0.3 s)"], ["\x1b[1m✓ Plan\x1b[0m (11.8 s)", ""], True),
        (["✓ Plan (0.3 s)"], ["→ Plan", "→ Plan: 1/2", "✓ Plan (0.3 s)"], True),
    ],
)
def test_shown_output_must_be_the_whole_output(
    shown: list[str], printed: list[str], same: bool
) -> None:
    assert agrees(shown, printed) is same


def test_a_page_is_read_as_its_reader_reads_it() -> None:
    page = "```sh\na\nb\n```\n```console exit=3\n$ c \\\n>  d\nout\n$ e\n```\n```yaml\n$ f\n```\n"
    found = [(step.line, step.text, step.shown, step.code, step.script) for step in steps(page)]
    assert found == [
        (1, "a\nb", (), 0, True),
        (6, "c \\\n d", ("out",), 0, False),
        (9, "e", (), 3, False),
    ]
