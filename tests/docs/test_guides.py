"""The tutorial and the how-to pages do what they say, command by command.

The pages share the mesh that the tutorial leaves behind; each holds on its own, so any
of them can be left out. The last one takes the mesh down.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.conftest import Follow
from tests.docs.pages import ROOT, steps
from tests.docs.test_platforms import PAGES as PLATFORMS

HOW_TO = {page.stem for page in (ROOT / "docs" / "how-to").glob("*.md")}
# Followed in the quick run too, for what they show is used by everybody.
QUICK = {
    "change-the-mesh",
    "edit-the-spec",
    "find-products",
    "from-a-raw-table-to-a-product",
    "take-a-mesh-down",
}
# They show numbers of changes, so their order matters; other pages stand on their own.
FIRST = (
    "add-a-domain",
    "edit-the-spec",
    "change-the-mesh",
    "consume-a-domain",
    "find-products",
    "change-a-project",
    "load-raw-data",
    "make-a-product-public",
    "run-and-read-runs",
    "check-a-change",
    "use-another-engine",
    "repair",
    "start-cold",
)
LAST = ("take-a-mesh-down",)
# What needs another reader: one without meshnew, in the test named.
ELSEWHERE = {
    "install": "tests/test_packaging.py",
    "promote-a-macro": "tests/operations/changes/test_promote.py",
    "use-github": "tests/forge/conformance/test_commands.py",
    "use-gitlab": "tests/forge/conformance/test_commands.py",
    "use-the-vocabulary": "tests/docs/test_platforms.py",
    **dict.fromkeys(PLATFORMS, "tests/docs/test_platforms.py"),
}
PAGES = [
    page if page in QUICK else pytest.param(page, marks=pytest.mark.long)
    for page in (*FIRST, *sorted(HOW_TO - {*FIRST, *LAST, *ELSEWHERE}), *LAST)
]


def test_a_new_user_follows_the_tutorial(coast: Path) -> None:
    assert (coast / "checkouts" / "sailing").is_dir()


def test_the_files_that_the_reference_names_are_there(coast: Path) -> None:
    page = (ROOT / "docs" / "reference" / "files.md").read_text("utf-8")
    paths = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    patterns = [path.rstrip("/") for path in paths]
    for name in ("PROJECT", "LAYER", "NAME", "ID"):
        patterns = [pattern.replace(name, "*") for pattern in patterns]
    assert [pattern for pattern in patterns if not list(coast.glob(pattern))] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_user_gets_something_done(page: str, coast: Path, read: Follow) -> None:
    read(f"how-to/{page}.md", coast)


def test_every_page_with_commands_is_followed() -> None:
    """A new page of docs/how-to is followed by itself; commands anywhere else need a test."""
    assert {*FIRST, *LAST, *ELSEWHERE} <= HOW_TO
    for page, test in ELSEWHERE.items():
        assert f"how-to/{page}.md" in (ROOT / test).read_text("utf-8")
    others = {
        page.relative_to(ROOT).as_posix()
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        if page.parent.name != "how-to" and steps(page.read_text("utf-8"))
    }
    assert others == {"docs/tutorial.md", "README.md"}


def test_the_commands_of_the_readme_are_those_of_pages_that_are_followed() -> None:
    pages = [*(ROOT / "docs" / "how-to").glob("*.md"), ROOT / "docs" / "tutorial.md"]
    followed = {
        line for page in pages for step in steps(page.read_text("utf-8"))
        for line in step.text.splitlines()
    }  # fmt: skip
    readme = steps((ROOT / "README.md").read_text("utf-8"))
    assert {line for step in readme for line in step.text.splitlines()} <= followed
