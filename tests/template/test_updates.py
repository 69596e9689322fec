"""Updates: what the platform changes arrives, what a team made stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.conftest import Template, commit, domain, domains, files, git, update


def changes(project: Path) -> dict[str, str]:
    """Files that differ from the last commit -> how: `M`, `D` or `??`."""
    lines = git(project, "status", "--porcelain", "--untracked-files=all").splitlines()
    return {line[3:]: line[:2].strip() for line in lines}


@pytest.fixture
def project(template: Template, tmp_path: Path) -> Path:
    """A project in use: its team edited the starter, threw a part of it away, wrote models."""
    folder = template.render(
        tmp_path / "flights", "domain", "flights", domains=domains("flights"), inputs=["shared"]
    )
    commit(folder, "Render")
    marts = folder / "models/flights/marts"
    for path in (*marts.glob("flights_example*"), marts / ".gitkeep"):
        path.unlink()
    (marts / "delays_v1.sql").write_text("select 1 as delay_id\n")
    staging = folder / "models/flights/staging/stg_flights__example.sql"
    staging.write_text(staging.read_text().replace("label,", "upper(label) as label,"))
    (folder / "models/flights/README.md").write_text("# Flights\nAsk Ada.\n")
    commit(folder, "The team's work")
    return folder


def test_a_second_domain_arrives_and_the_teams_work_stays(project: Path) -> None:
    update(project, domains=domains("flights", "weather"))
    found = changes(project)
    assert {name for name, how in found.items() if how != "??"} == {
        ".copier-answers.yml",
        "CODEOWNERS",
        "README.md",
        "dbt_project.yml",
        "vars.yml",
    }
    new = {name for name, how in found.items() if how == "??"}
    assert {
        "models/weather/_weather__group.yml",
        "models/weather/README.md",
        *(
            f"{folder}/weather/{stage}/.gitkeep"
            for folder in ("models", "seeds", "snapshots", "tests", "macros", "analyses")
            for stage in ("staging", "intermediate", "marts")
        ),
    } == new
    assert "/models/weather/ @weather-data" in (project / "CODEOWNERS").read_text()
    config = yaml.safe_load((project / "dbt_project.yml").read_text())
    assert config["models"]["flights"]["weather"] == {"+group": "weather"}


def test_a_new_owner_arrives(project: Path) -> None:
    owner = {"name": "Amir Aziz", "email": "amir@example.com"}
    update(project, domains={"flights": domain("flights", owner=owner, team="air-data")})
    assert set(changes(project)) == {
        ".copier-answers.yml",
        "CODEOWNERS",
        "README.md",
        "models/flights/_flights__group.yml",
    }
    group = yaml.safe_load((project / "models/flights/_flights__group.yml").read_text())
    assert group["groups"][0]["owner"] == owner


def test_domains_keep_their_order_so_that_an_update_meets_what_was_rendered(
    template: Template, tmp_path: Path
) -> None:
    both = domains("weather", "flights")
    folder = template.render(tmp_path / "two", "domain", "two", domains=both, inputs=[])
    commit(folder, "Render")
    owner = {"name": "Wendy", "email": "wendy@example.com"}
    update(folder, domains={**both, "weather": domain("weather", owner=owner)})
    assert set(changes(folder)) == {
        ".copier-answers.yml",
        "README.md",
        "models/weather/_weather__group.yml",
    }
    assert "<<<<<<<" not in (folder / "README.md").read_text()


def test_an_update_with_nothing_new_changes_nothing(project: Path) -> None:
    update(project)
    assert changes(project) == {}


def test_a_new_version_brings_what_the_platform_owns_only(
    template: Template, project: Path
) -> None:
    place = "[% yield domain from rendered_domains %][[ domain ]][% endyield %]"
    starter = "[% if starter == 'example' %]{}[% endif %].jinja"
    example = starter.format("stg_[[ domain ]]__example.sql")
    template.edit("domain/requirements.txt.jinja", "dbt-postgres==1.11.0", "dbt-postgres==1.11.1")
    template.edit(f"domain/models/{place}/staging/{example}", "recorded_on", "recorded_at")
    gone = starter.format("[[ domain ]]_example_rows.yml")
    (template.folder / "template/domain/seeds" / place / "staging" / gone).unlink()
    template.edit(f"domain/models/{place}/README.md.jinja", "Yours to fill", "Please fill")
    template.edit("domain/.editorconfig", "charset = utf-8", "charset = utf-8-bom")
    template.release("v0.2.0")
    update(project, "v0.2.0")
    assert changes(project) == {
        ".copier-answers.yml": "M",
        ".editorconfig": "M",
        "requirements.txt": "M",
    }


def test_an_edit_of_a_platform_file_is_merged(template: Template, project: Path) -> None:
    ignored = project / ".gitignore"
    ignored.write_text(ignored.read_text() + "*.parquet\n")
    commit(project, "Ignore parquet")
    template.edit("domain/.gitignore.jinja", "dbt_packages/\n", "dbt_packages/\ndbt_internal/\n")
    template.release("v0.2.0")
    update(project, "v0.2.0")
    lines = ignored.read_text().splitlines()
    assert "*.parquet" in lines
    assert "dbt_internal/" in lines
    assert not list(project.rglob("*.rej"))


@pytest.mark.parametrize(
    ("kind", "name", "before", "after"),
    [
        (
            "domain",
            "incubator",
            {"domains": domains("flights"), "starter": "none", "inputs": []},
            {"domains": domains("flights", "weather", "airports"), "inputs": ["shared"]},
        ),
        (
            "domain",
            "shared",
            {"domains": domains("shared"), "starter": "calendar"},
            {"domains": {"shared": domain("shared", team="platform")}},
        ),
        ("mesh", "skyline", {}, {"platform_team": "core"}),
        pytest.param(
            *("domain", "flights", {"starter": "example"}, {"inputs": ["shared", "weather"]}),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("package", "mesh_core", {"mesh": "skyline"}, {"description": "What we share"}),
            marks=pytest.mark.long,
        ),
    ],
)
def test_an_updated_project_equals_one_rendered_now(
    template: Template,
    tmp_path: Path,
    kind: str,
    name: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    old = template.render(tmp_path / "old", kind, name, **before)
    commit(old)
    readme = template.folder / "template" / kind / "README.md.jinja"
    readme.write_text(readme.read_text() + "\nMore.\n")
    template.release("v0.2.0")
    update(old, "v0.2.0", **after)
    fresh = template.render(tmp_path / "fresh", kind, name, **{**before, **after})
    assert files(old) == files(fresh)


def test_who_owns_the_package_keeps_its_changelog(template: Template, tmp_path: Path) -> None:
    package = template.render(tmp_path / "mesh_core", "package", "mesh_core")
    log = package / "CHANGELOG.md"
    log.write_text("# Changelog\n\n## 0.2.0\n- Ours.\n")
    commit(package)
    update(package, package_version="v0.2.0")
    assert "Ours." in log.read_text()
    config = yaml.safe_load((package / "dbt_project.yml").read_text())
    assert config["version"] == "0.2.0"
