"""Copier through meshnew's eyes: a tiny template, rendered, previewed, updated."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from copier import run_copy

from meshnew.errors import ConflictError, ScaffoldError, UsageError
from meshnew.scaffold.render import files, questions, read_answers, render, update
from meshnew.scaffold.template import Template

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


def release(folder: Path, version: str, text: str, questions: str = QUESTIONS) -> None:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "copier.yml").write_text(questions)
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


def test_a_project_is_what_copier_makes_of_the_repository(
    repository: Path, project: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    given = {"owner": "Bob"}
    run_copy(str(repository), plain, data=given, vcs_ref="v1.0.0", defaults=True, quiet=True)
    assert contents(project) == contents(plain)
    assert "owner.md" in contents(plain)


def test_a_tag_that_was_moved_is_fetched_again(
    repository: Path, project: Path, tmp_path: Path
) -> None:
    git(repository, "tag", "-d", "v1.0.0")
    release(repository, "v1.0.0", "Moved.\n")
    render(at(repository, "v1.0.0"), tmp_path / "again", {"owner": "Bob"})
    assert (tmp_path / "again" / "owner.md").read_text() == "Moved.\n"
    assert (project / "owner.md").read_text() != "Moved.\n"


def contents(folder: Path) -> dict[str, tuple[str, int]]:
    """Path -> text and who may execute it; git's own folder is left out."""
    return {
        path.relative_to(folder).as_posix(): (path.read_text(), path.stat().st_mode & 0o111)
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_questions_and_names_of_files_are_told_and_nothing_is_written(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    template = at(repository, "v1.0.0")
    found = questions(template, {"size": 3}, known=frozenset(), suggested={})
    assert found == {"owner": "Ada", "size": 3}
    assert files(template, found) == (".copier-answers.yml", "owner.md")
    assert not list(empty.iterdir())


def test_an_answer_to_a_question_nobody_asks_is_refused(repository: Path) -> None:
    with pytest.raises(UsageError, match="does not ask `ownr`") as caught:
        questions(at(repository, "v1.0.0"), {"ownr": "x"}, known=frozenset())
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


def unsafe(folder: Path, version: str, setting: str) -> None:
    """Release a version that would leave a trace, were what it asks for run."""
    (folder / "copier.yml").write_text(QUESTIONS + setting)
    git(folder, "commit", "-qam", version)
    git(folder, "tag", version)


UNSAFE = {
    "tasks": "_tasks: ['touch {trace}']\n",
    "jinja extensions": "_jinja_extensions: [os.path]\n",
}


@pytest.mark.parametrize("feature", UNSAFE)
def test_a_template_that_would_run_programs_is_refused_whatever_the_user_trusts(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, feature: str
) -> None:
    trace = tmp_path / "trace"
    unsafe(repository, "v1.1.0", UNSAFE[feature].format(trace=trace))
    settings = tmp_path / "settings.yml"
    settings.write_text(f"trust: ['{repository}']\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    for act in (
        lambda: render(at(repository, "v1.1.0"), tmp_path / "x", {}),
        lambda: questions(at(repository, "v1.1.0"), {}, known=frozenset()),
        lambda: files(at(repository, "v1.1.0"), {}),
    ):
        with pytest.raises(ScaffoldError, match=f"run programs of its own .*{feature}") as caught:
            act()
        assert "mesh.yml names no source that may" in caught.value.fix
    assert not trace.exists()
    assert not (tmp_path / "x").exists()


def test_an_update_by_a_template_that_would_run_programs_is_refused(
    repository: Path, project: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    migrations = f"_migrations: [{{version: v1.1.0, command: 'touch {trace}'}}]\n"
    unsafe(repository, "v1.1.0", migrations)
    with pytest.raises(ScaffoldError, match=r"run programs of its own .*migrations"):
        update(at(repository, "v1.1.0"), project, {"owner": "Bob"})
    assert not trace.exists()


def test_a_project_that_names_another_template_is_not_updated_from_there(
    repository: Path, project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    release(other, "v1.1.0", "# Taken over\n")
    answers = project / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace(str(repository), str(other)))
    git(project, "commit", "-qam", "edit")
    release(repository, "v1.1.0", "# Owner\n{{ owner }}\n\nMore.\n")
    with pytest.raises(ScaffoldError, match=f"{other}, which mesh.yml does not name"):
        update(at(repository, "v1.1.0"), project, {"owner": "Bob"})
    assert "Taken over" not in (project / "owner.md").read_text()


def test_meshnews_own_template_asks_for_no_trust() -> None:
    questions = yaml.safe_load((Path(__file__).parents[2] / "copier.yml").read_text())
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & set(questions)


def test_a_question_without_default_is_named_where_nobody_is_asked(repository: Path) -> None:
    release(repository, "v2.0.0", "", QUESTIONS + "budget:\n  type: int\n")
    with pytest.raises(UsageError, match="`budget`") as error:
        questions(at(repository, "v2.0.0"), {}, known=frozenset())
    assert "--data budget=VALUE" in error.value.fix


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("colour: {type: shade, default: a}\n", 'Unsupported type "shade" in question "colour"'),
        ("colour: {secret: true}\n", "Secret question requires a default value"),
        ("colour: {default: a, choices: [[a, {val: 1}]]}\n", "'value' is required"),
        ("colour: [\n", "line 11"),
    ],
)
def test_what_is_wrong_in_a_templates_questions_is_no_wrong_answer(
    repository: Path, wrong: str, says: str
) -> None:
    release(repository, "v2.0.0", "", QUESTIONS + wrong)
    with pytest.raises(ScaffoldError) as error:
        questions(at(repository, "v2.0.0"), {}, known=frozenset())
    assert error.value.where == f"copier.yml of {repository} v2.0.0"
    assert says in error.value.what
    assert "copier-cache" not in error.value.what
