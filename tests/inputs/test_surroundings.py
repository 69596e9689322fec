"""What a command stands on is missing, too old, newer than it, or not to be written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshnew.operations import init
from meshnew.operations.progress import Silent
from meshnew.operations.repositories import foundation, repository
from meshnew.operations.session import Session, open_session
from tests.inputs.conftest import PROJECT, Door, clear


def program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
    (folder / name).chmod(0o755)


def test_git_that_is_missing_is_named(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(door.folder / "nothing"))
    door.refused("init", "m", "--yes", says=("git is not installed", "Install git 2.38"))


@pytest.mark.parametrize(
    ("name", "says", "message"),
    [
        ("git", "git version 2.17.1", "git is too old: git version 2.17.1"),
        ("git", "", "git is too old: it does not say"),
        ("terraform", "Terraform v1.2.9", "terraform is too old: Terraform v1.2.9"),
        ("terraform", "", "terraform does not run"),
    ],
)
def test_a_program_too_old_is_named(
    name: str,
    says: str,
    message: str,
    door: Door,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs = tmp_path_factory.mktemp("bin")
    program(programs, name, says)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    door.refused("init", "m", "--yes", says=(message, "Install"))


@pytest.mark.parametrize(
    ("engine", "message"), [("pulumi", "is no engine"), ("tofu", "no Terraform engine found")]
)
def test_an_engine_that_is_not_there_is_named(
    engine: str, message: str, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(engine):
        pytest.skip(f"{engine} is installed")
    monkeypatch.setenv("MESHNEW_ENGINE", engine)
    door.refused("init", "m", "--yes", says=(message,))


@pytest.mark.parametrize("words", [["init", "m", "--yes", "--name=x"], ["plan"], ["status"]])
def test_a_folder_that_may_not_be_written_is_named(
    words: list[str], written: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root, who runs the tests in most containers, may write everywhere.
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & os.W_OK)
    if words[0] == "init":
        shutil.rmtree(written.folder / "projects")
        (written.folder / "mesh.yml").unlink()
    written.refused(*words, says=("may not be written",))


@pytest.fixture(scope="module")
def mesh() -> Iterator[Session]:
    """A mesh with its own stack, template and repository, and no project."""
    folder = Path(tempfile.mkdtemp(prefix="mesh-"))
    wanted = init.Wanted("skyline", members=("grace",))
    init._write_spec(folder, wanted)
    session = open_session(folder, "grace", "test", Silent())
    try:
        init._own_stack(session)
        foundation.publish_template(session)
        repository.connect(session)
        init._render(session)
        init._commit(session, [])
        yield session
    finally:
        session.embedded.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def inside(mesh: Session) -> Door:
    return Door(mesh.mesh.root)


@pytest.fixture
def declared(inside: Door) -> Iterator[Door]:
    """The mesh with the file of a project, of which nothing is there."""
    path = inside.folder / "projects" / "flights.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(PROJECT)
    yield inside
    path.unlink(missing_ok=True)


def spec_of(door: Door) -> dict[str, bytes]:
    """What of a mesh's folder counts: spec, commits, Terraform's states."""
    found = {str(path): path.read_bytes() for path in door.folder.rglob("*.yml")}
    states = door.folder.glob(".meshnew/stacks/*/*/terraform.tfstate")
    found |= {str(path): path.read_bytes() for path in states}
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=door.folder, capture_output=True, check=True
    )
    return found | {"HEAD": head.stdout}


def refused(door: Door, *words: str, says: tuple[str, ...]) -> None:
    before = spec_of(door)
    answer = door.meshnew(*words)
    clear(answer, *says)
    assert answer.code == 2, answer.text
    assert spec_of(door) == before


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("taem=x", ("does not ask `taem`", "`team`")),
        ("team=Flights", ("Flights",)),
        ("team=../x", ("../x",)),
        ("members=[Ada]", ("`Ada`",)),
        ("members=ada", ("list",)),
        ("members=[ada, ada]", ("named twice: ada",)),
        ("members=['x; drop table y']", ("drop table",)),
        ("consumes=[weather]", ("own domain weather",)),
        ("consumes=['${path.root}']", ("path.root",)),
        ("consumes={a: b}", ("list",)),
        ("owner_email=ada", ("ada",)),
        ("owner_email='a@b\"><script>'", ("not an e-mail",)),
        ("owner_name='{{ x }}'", ("plain text",)),
        ("description='{% raw %}'", ("plain text",)),
        ('description="a\\nb"', ("one line",)),
        ("starter=everything", ("everything",)),
        ("starter=[example]", ("['example']",)),
        ("_src_path=/etc", ("_src_path",)),
        ("domains={x: 1}", ("x",)),
        ("team=1", ("team",)),
        ("team=", ("`team` has no value",)),
    ],
)
def test_an_answer_that_does_not_do_is_refused(
    answer: str, says: tuple[str, ...], inside: Door
) -> None:
    words = ("new", "domain", "weather", "--defaults", "--yes", "-d", answer)
    refused(inside, *words, says=says)


def test_a_commit_checked_out_is_refused(inside: Door) -> None:
    subprocess.run(["git", "checkout", "-q", "--detach"], cwd=inside.folder, check=True)
    try:
        words = ("new", "domain", "weather", "--defaults", "--yes")
        refused(inside, *words, says=("no branch of the mesh's folder", "git switch main"))
    finally:
        subprocess.run(["git", "switch", "-q", "main"], cwd=inside.folder, check=True)


def test_nothing_is_taken_down_from_a_commit_checked_out(declared: Door) -> None:
    subprocess.run(["git", "checkout", "-q", "--detach"], cwd=declared.folder, check=True)
    try:
        words = ("destroy", "flights", "--yes")
        refused(declared, *words, says=("no branch of the mesh's folder", "git switch main"))
    finally:
        subprocess.run(["git", "switch", "-q", "main"], cwd=declared.folder, check=True)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ("{starter: nonsense}", ("nonsense", "starter")),
        ("{startre: none}", ("does not ask `startre`", "Did you mean `starter`?")),
        ("{starter: [example]}", ("['example']",)),
        ("{options: [rocket]}", ("rocket",)),
        ("{options: [iceberg]}", ("iceberg",)),
    ],
)
def test_an_answer_in_a_file_that_the_template_does_not_take_is_refused(
    answers: str, says: tuple[str, ...], declared: Door
) -> None:
    path = declared.folder / "projects" / "flights.yml"
    path.write_text(f"{PROJECT}answers: {answers}\n")
    says = ("projects/flights.yml: answers", *says)
    refused(declared, "plan", says=says)
    refused(declared, "apply", "flights", "--yes", says=says)


def test_who_has_no_git_identity_can_work_all_the_same(
    declared: Door, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Commits are whose meshnew says, whatever git knows."""
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.delenv(name, raising=False)
    subprocess.run(["git", "add", "--all"], cwd=declared.folder, check=True)
    assert declared.meshnew("destroy", "flights", "--yes").code == 0
    assert not (declared.folder / "projects" / "flights.yml").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", ("cannot be read", "terraform.tfstate.backup")),
        ("", ("cannot be read",)),
        ("[]", ("cannot be read",)),
        (json.dumps({"version": 5}), ("version 5, newer than 4", "upgrade meshnew")),
    ],
)
def test_a_state_that_is_not_readable_or_newer_is_refused(
    text: str, says: tuple[str, ...], declared: Door, mesh: Session
) -> None:
    path = mesh.mesh.home / "stacks" / "mesh" / "skyline" / "terraform.tfstate"
    good = path.read_bytes()
    path.write_text(text)
    try:
        refused(declared, "plan", says=says)
        refused(declared, "apply", "flights", "--yes", says=says)
    finally:
        path.write_bytes(good)


def test_records_of_a_newer_meshnew_are_refused_and_kept(inside: Door, mesh: Session) -> None:
    with mesh.embedded.records() as records:
        records.execute("update version set number = 99")
    try:
        for words in (["status"], ["plan"], ["new", "domain", "x", "--defaults", "--yes"]):
            refused(inside, *words, says=("newer meshnew", "99", "pip install --upgrade"))
        with mesh.embedded.records() as records:
            assert records.execute("select number from version").fetchone() == (99,)
    finally:
        from meshnew.embedded.records import STEPS

        with mesh.embedded.records() as records:
            records.execute("update version set number = %s", [len(STEPS)])
