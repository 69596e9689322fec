"""The tutorial and the how-to pages do what they say, command by command.

The pages share the mesh that the tutorial leaves behind; each holds on its own, so any
of them can be left out. The last one takes the mesh down.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.conftest import Follow
from tests.docs.pages import ROOT

LONG = pytest.mark.long
PAGES = (
    "add-a-domain",
    "consume-a-domain",
    "load-raw-data",
    "run-and-read-runs",
    "use-another-engine",
    "repair",
    "adopt-what-is-there",
    pytest.param("find-and-heal-drift", marks=LONG),
    pytest.param("start-cold", marks=LONG),
    "take-a-mesh-down",
)


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


def test_every_how_to_page_is_followed() -> None:
    named = {page if isinstance(page, str) else page.values[0] for page in PAGES}
    assert named == {page.stem for page in (ROOT / "docs" / "how-to").glob("*.md")}
