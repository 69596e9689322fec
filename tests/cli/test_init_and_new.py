"""init and new on a mesh that is there: what counts, what is refused, what is left alone."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import User

DONE = ["--defaults", "--yes"]


def git(mesh: User, *words: str) -> str:
    return mesh.run("git", *words).out


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh whose first init stopped before its first projects were there."""
    (user.folder / "mesh.yml").write_text(
        "name: skyline\ntemplate: {version: v0.1.0}\n"
        "platform_team: {name: platform, members: [grace]}\n"
    )
    (user.folder / "notes.txt").write_text("secret")
    return user


@pytest.fixture
def state(mesh: User) -> Iterator[Path]:
    """The Terraform state that a killed `new domain u` leaves."""
    path = mesh.folder / ".meshnew" / "stacks" / "domain" / "u" / "terraform.tfstate"
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 4, "serial": 1, "lineage": "x", "outputs": {}, "resources": []}')
    yield path
    path.unlink(missing_ok=True)


def test_init_commits_what_it_wrote_and_nothing_else(mesh: User) -> None:
    answer = mesh.meshnew("init", "--yes", "--name", "skyline", "--member", "grace")
    assert "Mesh skyline is ready" in answer.err
    lines = answer.err.splitlines()
    assert lines[0] == "→ Start Postgres"
    ended = {
        found[1]: at
        for at, line in enumerate(lines)
        if (found := re.fullmatch(r"✓ (.+) \(\d+\.\d s\)", line))
    }
    assert "Deploy shared" in ended
    assert [step for step, at in ended.items() if f"→ {step}" not in lines[:at]] == []
    files = set(git(mesh, "ls-tree", "-r", "--name-only", "origin/main").split())
    assert {"mesh.yml", "README.md", "projects/shared.yml", "schemas/mesh.json"} <= files
    assert git(mesh, "status", "--short") == "?? notes.txt\n"


def test_the_engine_remembers_no_place_so_that_a_mesh_can_be_moved(mesh: User) -> None:
    remembered = list(mesh.folder.glob(".meshnew/stacks/*/*/.terraform/modules/modules.json"))
    assert remembered
    assert [file for file in remembered if str(mesh.folder) in file.read_text()] == []


def test_an_init_that_was_killed_while_it_rendered_renders_the_rest(mesh: User) -> None:
    for file in (".copier-answers.yml", "schemas/mesh.json"):  # the answers come last
        (mesh.folder / file).unlink()
    mesh.meshnew("init", "--yes")
    assert git(mesh, "status", "--short") == "?? notes.txt\n"


def test_init_of_a_finished_mesh_changes_nothing(mesh: User) -> None:
    before = git(mesh, "rev-parse", "HEAD")
    with (mesh.folder / "README.md").open("a") as stream:
        stream.write("Mine, not committed yet.\n")
    answer = mesh.meshnew("init", "--yes")
    assert "Nothing changed." in answer.out
    assert "Mesh skyline is ready" in answer.err
    assert git(mesh, "rev-parse", "HEAD", "origin/main") == before * 2
    assert " M README.md" in git(mesh, "status", "--short")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("mesh=evil", "decided by mesh.yml"),
        ("warehouse=snowflake", "decided by mesh.yml"),
        ("kind=package", "decided by the command"),
        ("inputs=[shared]", "decided by `consumes`"),
    ],
)
def test_what_is_decided_elsewhere_is_no_answer(answer: str, said: str, mesh: User) -> None:
    refused = mesh.meshnew("new", "domain", "p", "--data", answer, "--dry-run", code=2)
    assert f"`{answer.partition('=')[0]}` is {said}" in refused.err


def test_only_what_can_be_answered_is_offered(mesh: User) -> None:
    refused = mesh.meshnew("new", "domain", "p", "--data", "zzz=1", "--dry-run", code=2)
    assert "It asks: consumes, description" in refused.err
    assert "mesh" not in refused.err.partition("It asks")[2]
    assert "repositories" not in refused.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- team\n- members\n", "list"),
        ("1: x\n", "`1`"),
        ("team: [\n", "not valid YAML"),
        (None, "is not there"),
    ],
)
def test_a_file_of_answers_that_is_none_is_named(text: str | None, said: str, mesh: User) -> None:
    file = mesh.folder / "answers.yml"
    file.unlink(missing_ok=True)
    if text is not None:
        file.write_text(text)
    refused = mesh.meshnew("new", "domain", "p", "--data-file", "answers.yml", code=2)
    assert "answers.yml" in refused.err
    assert said in refused.err
    assert "Traceback" not in refused.err
    file.unlink(missing_ok=True)


def test_a_dry_run_keeps_the_state_of_what_was_interrupted(mesh: User, state: Path) -> None:
    before = state.read_text()
    mesh.meshnew("new", "domain", "u", "--defaults", "--dry-run")
    assert state.read_text() == before


def test_a_dry_run_leaves_nothing_behind(mesh: User) -> None:
    mesh.meshnew("new", "domain", "v", "--defaults", "--dry-run")
    assert not list(mesh.folder.glob(".meshnew/stacks/*/v"))
    assert not (mesh.folder / "projects" / "v.yml").exists()


@pytest.fixture(scope="module")
def stopped(mesh: User) -> User:
    """`new domain p` was killed after it had written what shall be."""
    shown = mesh.meshnew(
        "new", "domain", "p", "--defaults", "--data", "team=ours", "--dry-run", "--json"
    )
    (mesh.folder / "projects" / "p.yml").write_text(json.dumps(json.loads(shown.out)["spec"]))
    return mesh


def test_other_answers_to_a_project_that_is_there_are_refused(stopped: User) -> None:
    refused = stopped.meshnew("new", "domain", "p", "--data", "team=other", *DONE, code=2)
    assert "team" in refused.err
    assert "ours" in refused.err
    assert "Edit projects/p.yml" in refused.err
    assert "meshnew apply p" in refused.err


def test_nothing_carries_on_unless_it_is_said(stopped: User) -> None:
    assert "--yes" in stopped.meshnew("new", "domain", "p", "--defaults", code=2).err
    assert not list(stopped.folder.glob(".meshnew/stacks/domain/p"))


def test_the_same_command_carries_on(stopped: User) -> None:
    answer = stopped.meshnew("new", "domain", "p", "--data", "team=ours", *DONE)
    assert "carrying on" in answer.err
    assert "p_products.p_example_v1" in answer.out


def test_a_finished_project_is_not_created_again_for_a_small_thing(stopped: User) -> None:
    """An edit that waits for apply is no reason to carry on with `new`."""
    path = stopped.folder / "projects" / "p.yml"
    path.write_text(path.read_text().replace("ours", "theirs"))
    assert stopped.meshnew("status", code=3)
    refused = stopped.meshnew("new", "domain", "p", *DONE, code=2)
    assert "meshnew apply p" in refused.err


def test_no_is_an_answer_in_json_too(stopped: User) -> None:
    import pexpect

    from tests.conftest import MESHNEW

    for words in ("apply p", "destroy p", "new domain q --defaults"):
        out = stopped.folder / "out.json"
        command = f"exec {MESHNEW} {words} --json --as grace > {out}"
        child = pexpect.spawn("sh", ["-c", command], cwd=str(stopped.folder), timeout=60)
        child.expect(r"\?|go on")
        child.send("n\r")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 1
        assert json.loads(out.read_text()) == {"changed": False}, words


def test_flags_that_say_what_mesh_yml_says_are_fine(mesh: User) -> None:
    subprocess.run(["git", "checkout", "-q", "README.md"], cwd=mesh.folder, check=True)
    mesh.meshnew("init", "--yes", "--name", "skyline", "--team", "platform")
    refused = mesh.meshnew("init", "--yes", "--owner", "Zoe <zoe@x.org>", code=2)
    assert "projects/shared.yml" in refused.err
