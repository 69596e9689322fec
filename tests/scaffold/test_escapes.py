"""A template that would write, or read, what does not lie in the project or in the template."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.errors import MeshnewError
from meshnew.scaffold.render import files, render
from tests.scaffold.test_render import at, git, release

ELSEWHERE = "not the template's"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "template"
    release(folder, "v1.0.0", "{{ owner }}\n")
    (tmp_path / "secret").write_text(ELSEWHERE)
    return folder


def attempt(repository: Path, tmp_path: Path, owner: str = "Ada") -> str:
    """Render it, by every way there is; what it said if it was refused."""
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Escape")
    git(repository, "tag", "v1.1.0")
    outer = tmp_path / "a" / "b"
    folder, said = outer / "project", []
    outer.mkdir(parents=True)
    template = at(repository, "v1.1.0")
    for way in (
        lambda: render(template, folder, {"owner": owner}),
        lambda: files(template, {"owner": owner}),
    ):
        try:
            way()
        except MeshnewError as error:
            said.append(str(error))
    assert {path.name for path in outer.iterdir()} <= {"project"}
    assert {path.name for path in tmp_path.iterdir()} <= {"a", "cache", "secret", "template"}
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert not any(ELSEWHERE in path.read_text() for path in written)
    return "\n".join(said)


def test_a_file_name_that_leads_out(repository: Path, tmp_path: Path) -> None:
    (repository / "files" / "{{ '..' }}").mkdir()
    (repository / "files" / "{{ '..' }}" / "owned").write_text("x")
    said = attempt(repository, tmp_path)
    assert "v1.1.0: the template would write outside the project" in said
    assert "Correct the file's name" in said


def test_an_answer_that_leads_out(repository: Path, tmp_path: Path) -> None:
    (repository / "files" / "{{ owner }}.md").write_text("x")
    assert "outside the project" in attempt(repository, tmp_path, owner="../../owned")


def test_an_include_of_what_lies_elsewhere(repository: Path, tmp_path: Path) -> None:
    (repository / "files" / "got.jinja").write_text("{% include '../../secret' %}")
    assert "cannot be rendered" in attempt(repository, tmp_path)


def test_a_link_to_what_lies_elsewhere(repository: Path, tmp_path: Path) -> None:
    (repository / "files" / "got").symlink_to(tmp_path / "secret")
    attempt(repository, tmp_path)


def test_an_answers_file_elsewhere(repository: Path, tmp_path: Path) -> None:
    text = (repository / "copier.yml").read_text()
    moved = text.replace("_answers_file: .copier", "_answers_file: ../../.copier")
    (repository / "copier.yml").write_text(moved)
    attempt(repository, tmp_path)
