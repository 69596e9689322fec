"""Before a project is brought to its spec, it is told which of the platform's files were edited."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.operations.repositories.platform_files import LIST, edited, platform_files
from meshnew.scaffold import render
from meshnew.scaffold.render import Template
from tests.template.conftest import VERSION, commit, domains
from tests.template.conftest import Template as Published

OWN = domains("flights")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("template")
    published = Published.publish(folder / "template")
    published.edit("domain/.editorconfig", "indent_size = 4", "indent_size = 3")
    published.release("v0.2.0")
    return Template(str(published.folder), "v0.2.0", {}, folder / "cache")


@pytest.fixture
def project(template: Template, tmp_path: Path) -> Path:
    """Rendered from the version before the present one, with edits of its own."""
    folder = tmp_path / "flights"
    before = Template(template.url, VERSION, template.environ, template.cache)
    data = {"kind": "domain", "project": "flights", "domains": OWN, "inputs": []}
    render.render(before, folder, data)
    commit(folder)
    return folder


def test_what_nobody_edited_is_not_told_whatever_the_new_version_brings(
    template: Template, project: Path
) -> None:
    assert edited(template, project) == []


def test_what_a_person_edited_or_removed_is_told_if_it_is_the_platforms(
    template: Template, project: Path
) -> None:
    (project / ".sqlfluff").open("a").write("# ours\n")
    (project / "macros/generate_schema_name.sql").unlink()
    (project / "models/flights/README.md").write_text("# Flights, as we know them\n")
    (project / "docs/notes.md").write_text("Ours.\n")
    commit(project)
    assert edited(template, project) == [".sqlfluff", "macros/generate_schema_name.sql"]
    # The list itself is the platform's: whoever empties it hides nothing.
    (project / LIST).write_text("# nothing\n")
    assert LIST in edited(template, project)
    assert ".sqlfluff" in edited(template, project)


def test_before_there_was_a_list_each_file_said_whose_it_is(project: Path) -> None:
    listed = platform_files(project)
    (project / LIST).unlink()
    commit(project)
    assert platform_files(project) == listed - {LIST, ".copier-answers.yml"}
