"""Copier through meshnew's eyes: a tiny template, rendered, previewed, updated."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from meshnew.errors import ConflictError, ScaffoldError, UsageError
from meshnew.scaffold.render import Template, preview, read_answers, render, update

QUESTIONS = """\
_subdirectory: files
_answers_file: .copier-answers.yml
owner:
  type: str
  default: Ada
  validator: "{% if owner == 'nobody' %}somebody must own it{% endif %}"
size:
  type: int
  default: 1
"""
ANSWERS_FILE = "{{ _copier_answers | to_nice_yaml }}"


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def release(folder: Path, version: str, text: str) -> None:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "copier.yml").write_text(QUESTIONS)
    (folder / "files" / "owner.md.jinja").write_text(text)
    (folder / "files" / "{{ _copier_conf.answers_file }}.jinja").write_text(ANSWERS_FILE)
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", version)
    git(folder, "tag", version)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "template"
    release(folder, "v1.0.0", "# Owner\n{{ owner }}\n\nText.\n")
    return folder


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    render(at(repository, "v1.0.0"), folder, {"owner": "Bob"})
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "render")
    return folder


def at(repository: Path, version: str) -> Template:
    return Template(str(repository), version, {}, repository.parent / "cache")


def test_what_was_answered_is_recorded(project: Path) -> None:
    assert (project / "owner.md").read_text() == "# Owner\nBob\n\nText.\n"
    answers = read_answers((project / ".copier-answers.yml").read_text())
    assert answers == {"owner": "Bob", "size": 1}


def test_a_preview_lists_the_files_and_writes_none(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    found = preview(at(repository, "v1.0.0"), {"size": 3}, known=frozenset(), suggested={})
    assert found.files == (".copier-answers.yml", "owner.md")
    assert found.answers == {"owner": "Ada", "size": 3}
    assert not list(empty.iterdir())


def test_an_answer_to_a_question_nobody_asks_is_refused(repository: Path) -> None:
    with pytest.raises(UsageError, match="does not ask `ownr`") as caught:
        preview(at(repository, "v1.0.0"), {"ownr": "x"}, known=frozenset())
    assert "`owner`" in caught.value.fix


@pytest.mark.parametrize("answers", [{"owner": "nobody"}, {"size": "many"}])
def test_an_answer_that_does_not_fit_is_refused(
    repository: Path, tmp_path: Path, answers: dict[str, str]
) -> None:
    with pytest.raises(UsageError):
        render(at(repository, "v1.0.0"), tmp_path / "x", answers)


def test_a_version_that_is_not_there_is_named(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="v9"):
        render(at(repository, "v9.0.0"), tmp_path / "x", {})


def test_an_update_keeps_the_teams_edits(repository: Path, project: Path) -> None:
    (project / "owner.md").write_text("# Owner\nBob\n\nText.\n\nOurs.\n")
    git(project, "commit", "-qam", "edit")
    release(repository, "v1.1.0", "# The owner\n{{ owner }}\n\nText.\n")
    update(at(repository, "v1.1.0"), project, {"owner": "Bob"})
    assert (project / "owner.md").read_text() == "# The owner\nBob\n\nText.\n\nOurs.\n"


def test_a_conflict_is_named_with_its_files(repository: Path, project: Path) -> None:
    (project / "owner.md").write_text("# Our owner\nBob\n\nText.\n")
    git(project, "commit", "-qam", "edit")
    release(repository, "v1.1.0", "# The owner\n{{ owner }}\n\nText.\n")
    with pytest.raises(ConflictError, match=r"owner\.md") as caught:
        update(at(repository, "v1.1.0"), project, {"owner": "Bob"})
    assert caught.value.exit_code == 4


def test_two_meshes_on_one_machine_do_not_share_what_has_the_same_address(tmp_path: Path) -> None:
    address = "git@embedded:template.git"
    for name in ("one", "two", "one", "two"):
        forge = tmp_path / name
        bare = forge / "template.git"
        if not bare.exists():
            release(forge / "work", "v1.0.0", f"{name} {{{{ owner }}}}\n")
            git(forge, "clone", "-q", "--bare", "work", str(bare))
        environ = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{forge}/.insteadOf",
            "GIT_CONFIG_VALUE_0": "git@embedded:",
        }
        target = tmp_path / "rendered" / name
        render(Template(address, "v1.0.0", environ, forge / "cache"), target, {})
        assert (target / "owner.md").read_text() == f"{name} Ada\n"
        assert "_commit: v1.0.0" in (target / ".copier-answers.yml").read_text()
