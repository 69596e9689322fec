"""The pages of platforms that no test can reach: what they have their readers write is right.

Their commands cannot be followed here. What they say of mesh.yml and of the environment is held
against what meshnew reads, and their commands are those that there are.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from meshnew.cli._commands import NAMES
from meshnew.mesh.models import MeshSpec
from meshnew.provision import credentials
from tests.docs.pages import ROOT
from tests.mesh.hosted import BASE

# how-to/use-postgres.md, how-to/use-snowflake.md, how-to/use-bigquery.md,
# how-to/use-databricks.md, how-to/use-dbt-cloud.md, how-to/work-on-hosted-platforms.md
PAGES = (
    "use-postgres",
    "use-snowflake",
    "use-bigquery",
    "use-databricks",
    "use-dbt-cloud",
    "work-on-hosted-platforms",
)
SECTIONS = ["Rights", "Environment variables", "A first run", "What it costs", "How to leave"]
PLATFORM_PAGES = [page for page in PAGES if page.startswith("use-")]


def text_of(page: str) -> str:
    return (ROOT / "docs" / "how-to" / f"{page}.md").read_text("utf-8")


def spec_of(page: str) -> MeshSpec:
    """The mesh of the page's mesh.yml."""
    example = text_of(page).partition("```yaml\n")[2].partition("```")[0]
    return MeshSpec.model_validate(BASE | yaml.safe_load(example))


def variables_of(page: str) -> dict[str, str]:
    """Variables of the page's table, with the value that it names."""
    rows = re.findall(r"^\| (`[A-Z].*?) \| (.*) \|$", text_of(page), re.MULTILINE)
    found = {}
    for names, meaning in rows:
        said = re.match(r"`([^`]+)`", meaning)
        for name in re.findall(r"`([A-Z_]+)`", names):
            found[name] = said[1] if said else "something"
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_mesh_yml_of_a_page_is_taken(page: str) -> None:
    assert spec_of(page).hosted


@pytest.mark.parametrize("page", PLATFORM_PAGES)
def test_a_page_says_what_a_reader_wants_to_know(page: str) -> None:
    heads = re.findall(r"^## (.+)$", text_of(page), re.MULTILINE)
    assert heads == [*SECTIONS, "What was tested how"]


@pytest.mark.parametrize("page", PLATFORM_PAGES)
def test_who_sets_what_a_page_names_is_told_nothing_by_doctor(page: str, tmp_path: Path) -> None:
    spec, there = spec_of(page), variables_of(page)
    for file in (name for name in there if name == "GOOGLE_APPLICATION_CREDENTIALS"):
        (tmp_path / "credential").write_text("{}")
        there[file] = str(tmp_path / "credential")
    if "DATABRICKS_ACCOUNT_ID" in there:
        there["DATABRICKS_ACCOUNT_ID"] = "00000000-1111-2222-3333-444444444444"
    for platform, wanted in credentials.needs(spec).items():
        if not platform.startswith("forge") or page == "use-dbt-cloud":
            assert list(credentials.problems(wanted, there, tmp_path)) == [], platform


@pytest.mark.parametrize("page", PLATFORM_PAGES)
def test_variables_that_follow_from_mesh_yml_are_those_that_do(page: str) -> None:
    kind = "runtime" if page == "use-dbt-cloud" else "warehouse"
    (wanted,) = [n for p, n in credentials.needs(spec_of(page)).items() if p.startswith(kind)]
    assert wanted.decided
    follows = next(x for x in text_of(page).split("\n\n") if "follow" in x and "unset" in x)
    assert set(re.findall(r"`([A-Z_]+)`", follows)) <= {*wanted.decided}


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_are_there(page: str) -> None:
    given = set(re.findall(r"^meshnew ([a-z]+)", text_of(page), re.MULTILINE))
    assert given
    assert given <= {*NAMES}


def test_terms_that_how_to_use_the_vocabulary_shows_are_in_the_template() -> None:
    """Of how-to/use-the-vocabulary.md; nobody follows its commands."""
    page = text_of("use-the-vocabulary")
    (seed,) = (ROOT / "template" / "domain" / "seeds").rglob("*vocabulary_terms.csv*")
    assert f"seeds/shared/{seed.parent.name}/vocabulary_terms.csv" in page
    kinds = dict(line.split(",")[:2] for line in seed.read_text("utf-8").splitlines())
    shown = re.findall(r"^ (\*_\w+) \| (\w+)$", page, re.MULTILINE)
    assert shown
    assert all(kinds[term] == kind for term, kind in shown)
    assert set(re.findall(r"^meshnew ([a-z]+)", page, re.MULTILINE)) <= {*NAMES}
