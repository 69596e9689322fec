"""What operations do with git holds whatever the user's own git is set to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshnew.embedded.platform import Embedded
from meshnew.errors import ConflictError, ForgeError, UsageError
from meshnew.forge import git, history
from meshnew.forge._failures import explain
from meshnew.forge.embedded import EmbeddedForge
from tests.forge.conftest import Person

DIES_IN_INIT = """#!/bin/sh
case " $* " in *" init "*) mkdir .git && exec kill -KILL $PPID ;; esac
exec {git} "$@"
"""
SYNC = """
import json, pathlib, sys
from meshnew.forge import git
git.sync(sys.argv[1], pathlib.Path(sys.argv[2]), environ=json.loads(sys.argv[3]))
"""


def file(name: str, text: str = "") -> git.Write:
    def write(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or name)

    return write


@pytest.fixture
def publish(forge: EmbeddedForge, embedded: Embedded) -> Callable[..., str | None]:
    """Publish to the repository `interfaces`, which is not protected."""
    embedded.git.create("interfaces")

    def call(name: str, text: str = "", tag: str | None = None) -> str | None:
        return git.publish(
            forge.url("interfaces"),
            environ=forge.environment(),
            author="flights_transformer",
            message=f"Publish {name}",
            write=file(name, text),
            tag=tag,
        )

    return call


@pytest.fixture
def work(forge: EmbeddedForge, tmp_path: Path) -> Callable[[], str]:
    return lambda: git.sync(
        forge.url("flights"), tmp_path / "work" / "flights", environ=forge.environment()
    )


def test_a_direct_push_to_main_is_refused_in_the_servers_words(
    forge: EmbeddedForge, ada: Person, tmp_path: Path
) -> None:
    ada.write("models/delays.sql")
    assert git.commit_all(ada.folder, "Add delays", author="ada")
    for force in (False, True):
        with pytest.raises(ForgeError) as refused:
            git.push(ada.folder, environ=forge.environment(), force=force)
        assert refused.value.what == "main of flights takes no direct push"
        assert "git push origin HEAD:refs/heads/my-change" in refused.value.fix
        assert refused.value.fix.endswith("meshnew change open flights --branch my-change")
        assert str(tmp_path.parent) not in str(refused.value)
    git.push(ada.folder, environ=forge.environment(), branch="delays")
    assert forge.head("flights", "delays") == ada.git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("said", "what", "fix"),
    [
        (
            """\
remote: error: GH013: Repository rule violations found for refs/heads/main.
remote: Review all repository rules at https://github.com/skyline/flights/rules
remote:
remote: - Changes must be made through a pull request.
To https://github.com/skyline/flights.git
 ! [remote rejected] HEAD -> main (push declined due to repository rule violations)
error: failed to push some refs to 'https://github.com/skyline/flights.git'""",
            "GH013: Repository rule violations found for refs/heads/main",
            "- Changes must be made through a pull request.",
        ),
        (
            """\
remote: GitLab: You are not allowed to push code to protected branches on this project.
To https://gitlab.com/skyline/flights.git
 ! [remote rejected] HEAD -> main (pre-receive hook declined)
error: failed to push some refs to 'https://gitlab.com/skyline/flights.git'""",
            "GitLab: You are not allowed to push code to protected branches on this project",
            "",
        ),
        (
            """\
remote: Permission to skyline/flights.git denied to ada.
fatal: unable to access 'https://github.com/skyline/flights.git/': The requested URL returned \
error: 403""",
            "the forge does not let this token do that",
            "docs/how-to",
        ),
    ],
)
def test_what_hosted_forges_say_to_a_push_is_passed_on(said: str, what: str, fix: str) -> None:
    found = explain("push", said, "flights")
    assert found.what == what
    assert fix in found.fix


def test_publishing_commits_once_and_says_when_nothing_changed(
    forge: EmbeddedForge, publish: Callable[..., str | None]
) -> None:
    first = publish("flights/interface.yml")
    assert first == forge.head("interfaces")
    assert publish("flights/interface.yml") is None
    assert forge.folders("interfaces") == ["flights"]
    assert forge.subject("interfaces", "main") == "Publish flights/interface.yml"


def test_publishes_at_once_all_land(
    forge: EmbeddedForge, publish: Callable[..., str | None]
) -> None:
    names = ["airports", "flights", "shared", "weather"]
    with ThreadPoolExecutor(4) as pool:
        commits = list(pool.map(lambda name: publish(f"{name}/interface.yml"), names))
    assert None not in commits
    assert forge.folders("interfaces") == names


def test_a_publish_that_was_overtaken_is_done_again_on_top(
    forge: EmbeddedForge, publish: Callable[..., str | None]
) -> None:
    publish("a/x")
    seen = []

    def write(folder: Path) -> None:
        seen.append(sorted(path.name for path in folder.iterdir() if path.name != ".git"))
        if len(seen) == 1:
            publish("b/x")
        file("c/x")(folder)

    git.publish(
        forge.url("interfaces"),
        environ=forge.environment(),
        author="ada",
        message="Third",
        write=write,
    )
    assert seen == [["a"], ["a", "b"]]
    assert forge.folders("interfaces") == ["a", "b", "c"]


def test_a_tag_comes_with_the_commit_and_never_moves(
    forge: EmbeddedForge, publish: Callable[..., str | None]
) -> None:
    def tagged() -> str | None:
        return git.remote_ref(
            forge.url("interfaces"), "refs/tags/v0.1.0", environ=forge.environment()
        )

    first = publish("macros/a.sql", tag="v0.1.0")
    assert tagged() == first
    assert publish("macros/a.sql", tag="v0.1.0") is None
    with pytest.raises(ForgeError, match="such a tag already") as refused:
        publish("macros/b.sql", tag="v0.1.0")
    assert "next version" in refused.value.fix
    assert tagged() == forge.head("interfaces") == first


def test_a_tag_that_a_crash_left_out_is_set_by_publishing_again(
    forge: EmbeddedForge, publish: Callable[..., str | None], tmp_path: Path
) -> None:
    first = publish("macros/a.sql")
    assert publish("macros/a.sql", tag="v1") is None
    ask = {"environ": forge.environment()}
    assert git.remote_ref(forge.url("interfaces"), "refs/tags/v1", **ask) == first
    git.clone(forge.url("interfaces"), tmp_path / "c", **ask)
    git.tag(tmp_path / "c", "v2", **ask)
    git.tag(tmp_path / "c", "v2", **ask)
    assert git.remote_ref(forge.url("interfaces"), "refs/tags/v2", **ask) == first
    assert git.remote_ref(forge.url("interfaces"), "refs/tags/v3", **ask) is None


def test_an_empty_repository_is_cloned_with_an_unborn_main(
    forge: EmbeddedForge, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "flights"
    git.clone(forge.url("flights"), folder, environ=forge.environment())
    assert git.current_branch(folder) == "main"
    assert history.is_pushed(folder)
    file("a")(folder)
    made = git.commit_all(folder, "First", author="ada")
    git.push(folder, environ=forge.environment())
    assert forge.head("flights") == made


def test_a_clone_that_fails_leaves_nothing_behind(forge: EmbeddedForge, tmp_path: Path) -> None:
    with pytest.raises(ForgeError, match="no such repository") as refused:
        git.clone(forge.url("trains"), tmp_path / "trains", environ=forge.environment())
    assert "/" not in f"{refused.value.where}{refused.value.what}"
    assert list(tmp_path.iterdir()) == []
    file("mine")(tmp_path)
    with pytest.raises(ForgeError, match="is not empty"):
        git.clone(forge.url("flights"), tmp_path, environ=forge.environment())
    assert (tmp_path / "mine").exists()


def test_syncing_makes_the_folder_what_main_is_and_keeps_what_git_ignores(
    forge: EmbeddedForge, ada: Person, work: Callable[[], str], tmp_path: Path
) -> None:
    folder = tmp_path / "work" / "flights"
    assert work() == forge.head("flights")
    file("target/manifest.json")(folder)
    file("stray/x")(folder)
    (folder / "README.md").write_text("edited")
    ada.propose("delays", "models/delays.sql")
    forge.open_change("flights", "delays", title="Delays", author="ada")
    forge.merge_change("flights", 1, actor="ada")
    assert work() == forge.head("flights")
    assert (folder / "README.md").read_text() == "# flights\n"
    assert (folder / "models" / "delays.sql").exists()
    assert (folder / "target" / "manifest.json").exists()
    assert not (folder / "stray").exists()


def test_syncing_mends_what_a_killed_run_left(
    forge: EmbeddedForge, ada: Person, work: Callable[[], str], tmp_path: Path
) -> None:
    work()
    (tmp_path / "work" / "flights" / ".git" / "index.lock").touch()
    assert work() == forge.head("flights")
    assert work() == forge.head("flights")


def test_a_checkout_that_is_broken_or_half_begun_harms_no_repository_around_it(
    forge: EmbeddedForge, ada: Person, work: Callable[[], str], tmp_path: Path
) -> None:
    """As in a mesh, whose folder is a repository and holds the checkouts of runs."""
    around = tmp_path / "work"
    git.clone(forge.url("flights"), around, environ=forge.environment())
    (around / "README.md").write_text("edited")
    settings = (around / ".git" / "config").read_text()
    dies = tmp_path / "bin" / "git"
    dies.parent.mkdir()
    dies.write_text(DIES_IN_INIT.format(git=shutil.which("git")))
    dies.chmod(0o755)
    environ = {**os.environ, "PATH": f"{dies.parent}:{os.environ['PATH']}"}
    asked = [forge.url("flights"), str(around / "flights"), json.dumps(forge.environment())]
    killed = subprocess.run([sys.executable, "-c", SYNC, *asked], check=False, env=environ)
    assert killed.returncode == -signal.SIGKILL
    assert work() == forge.head("flights")
    (around / "flights" / ".git" / "HEAD").write_text("")  # as when the power fails
    assert work() == forge.head("flights")
    assert (around / "README.md").read_text() == "edited"
    assert (around / ".git" / "config").read_text() == settings
    assert not list((around / "flights").glob("*.meshnew-part"))


def test_there_is_nothing_to_sync_before_the_first_push(work: Callable[[], str]) -> None:
    with pytest.raises(ForgeError, match="no commit on main yet"):
        work()


def test_settings_and_hooks_of_the_user_change_nothing(
    forge: EmbeddedForge,
    publish: Callable[..., str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "pre-push", "commit-msg", "post-checkout"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "ignore").write_text("*.sql\n")
    (tmp_path / "gitconfig").write_text(
        f"""
        [commit]
            gpgSign = true
            cleanup = scissors
        [tag]
            gpgSign = true
            forceSignAnnotated = true
        [gpg]
            program = /bin/false
        [core]
            hooksPath = {hooks}
            excludesFile = {tmp_path}/ignore
            autocrlf = true
        [init]
            defaultBranch = trunk
            templateDir = {hooks}
        [push]
            default = nothing
        [user]
            useConfigOnly = true
        [safe]
            bareRepository = explicit
        """
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "of_a_hook"))
    monkeypatch.setenv("GIT_INDEX_FILE", "index.of_a_hook")
    publish("macros/a.sql", "# not a comment\r\n", tag="v1")
    assert forge.file("interfaces", "macros/a.sql") == "# not a comment\r\n"
    git.clone(forge.url("interfaces"), tmp_path / "c", environ=forge.environment())
    assert (tmp_path / "c" / "macros" / "a.sql").read_bytes() == b"# not a comment\r\n"
    (tmp_path / "c" / "x").touch()
    with pytest.raises(ForgeError, match="git does not know who you are") as refused:
        git.commit_all(tmp_path / "c", "Mine", author=None)
    assert "git config --global user.name" in refused.value.fix


def test_the_author_is_who_acts_or_gits_own_user(ada: Person) -> None:
    def author() -> str:
        return ada.git("log", "-1", "--format=%an <%ae>, %cn <%ce>")

    ada.write("a")
    git.commit_all(ada.folder, "As bob", author="bob")
    assert author() == "bob <bob@embedded.invalid>, bob <bob@embedded.invalid>"
    ada.write("b")
    git.commit_all(ada.folder, "As me", author=None)
    assert author() == "Test <test@example.com>, Test <test@example.com>"
    assert git.commit_all(ada.folder, "Nothing", author=None) is None


def test_only_the_given_paths_are_committed(ada: Person) -> None:
    for name in ("projects/a.yml", "projects/b.yml", "notes"):
        ada.write(name)
    ada.git("add", "notes")
    paths = [ada.folder / "projects", ada.folder / "never_there"]
    assert git.commit_paths(ada.folder, "Add", paths, author="ada")
    assert ada.git("status", "--short") == "A  notes"
    (ada.folder / "projects" / "a.yml").unlink()
    paths = [ada.folder / "projects" / "a.yml"]
    assert git.commit_paths(ada.folder, "Remove", paths, author="ada")
    assert ada.git("status", "--short") == "A  notes"
    assert git.commit_paths(ada.folder, "Remove", paths, author="ada") is None


def test_a_folder_that_is_no_checkout_is_not_taken_for_the_one_around_it(ada: Person) -> None:
    inside = ada.folder / "inside"
    inside.mkdir()
    (inside / "x").touch()
    with pytest.raises(ForgeError, match="is no checkout"):
        git.commit_all(inside, "Oops", author="ada")
    assert not history.is_pushed(inside)
    assert git.current_branch(inside) == "main"


def test_work_that_is_nowhere_else_is_seen(ada: Person) -> None:
    assert history.is_pushed(ada.folder)
    ada.write("new")
    assert not history.is_pushed(ada.folder)
    ada.git("add", "new")
    ada.git("stash", "--quiet")
    assert not history.is_pushed(ada.folder)
    ada.git("stash", "pop", "--quiet")
    git.commit_all(ada.folder, "New", author="ada")
    assert not history.is_pushed(ada.folder)
    ada.git("switch", "--quiet", "--detach", "origin/main")
    assert not history.is_pushed(ada.folder)
    with pytest.raises(UsageError, match="no branch is checked out"):
        git.current_branch(ada.folder)
    ada.git("push", "--quiet", "origin", "main:refs/heads/new")
    assert history.is_pushed(ada.folder)


def test_a_connected_folder_reaches_the_forge_by_plain_git(
    forge: EmbeddedForge, ada: Person, tmp_path: Path
) -> None:
    folder = tmp_path / "mesh"
    file("README.md", "# edited before\n")(folder)
    elsewhere = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{tmp_path}/moved/.insteadOf",
        "GIT_CONFIG_VALUE_0": "git@embedded:",
    }
    with pytest.raises(ForgeError):
        git.connect(folder, forge.url("flights"), environ=elsewhere)
    for _ in range(2):
        git.connect(folder, forge.url("flights"), environ=forge.environment())
    person = Person(folder, {})
    person.git("pull", "--quiet", "--ff-only")
    assert person.git("remote", "get-url", "--all", "origin").endswith("/flights.git")
    assert person.git("config", "remote.origin.url") == "git@embedded:flights.git"
    assert person.git("rev-parse", "HEAD") == forge.head("flights")
    assert person.git("status", "--short") == "D .gitignore\n M README.md"


def test_work_is_put_on_top_of_what_others_pushed(
    forge: EmbeddedForge, publish: Callable[..., str | None], tmp_path: Path
) -> None:
    publish("README.md", "one\n")
    folder, environ = tmp_path / "mesh", forge.environment()
    git.clone(forge.url("interfaces"), folder, environ=environ)
    file("projects/a.yml")(folder)
    git.commit_all(folder, "Add a", author="ada")
    publish("projects/b.yml")
    with pytest.raises(ForgeError, match="somebody else pushed"):
        git.push(folder, environ=environ)
    file("notes")(folder)
    git.rebase(folder, environ=environ)
    git.push(folder, environ=environ)
    assert forge.file("interfaces", "projects/a.yml") == "projects/a.yml"
    assert (folder / "notes").exists()
    assert (folder / "projects" / "b.yml").exists()


def test_what_does_not_merge_by_itself_is_named_and_left_as_it_was(
    forge: EmbeddedForge, publish: Callable[..., str | None], tmp_path: Path
) -> None:
    publish("mesh.yml", "one\n")
    folder, environ = tmp_path / "mesh", forge.environment()
    git.clone(forge.url("interfaces"), folder, environ=environ)
    file("mesh.yml", "mine\n")(folder)
    mine = git.commit_all(folder, "Mine", author="ada")
    publish("mesh.yml", "theirs\n")
    with pytest.raises(ConflictError, match=r"changed mesh\.yml"):
        git.rebase(folder, environ=environ)
    person = Person(folder, environ)
    assert person.git("rev-parse", "HEAD") == mine
    assert person.git("status", "--short") == ""


def test_edits_that_do_not_fit_are_kept_in_the_stash(
    forge: EmbeddedForge, publish: Callable[..., str | None], tmp_path: Path
) -> None:
    publish("mesh.yml", "one\n")
    folder, environ = tmp_path / "mesh", forge.environment()
    git.clone(forge.url("interfaces"), folder, environ=environ)
    file("mesh.yml", "edited\n")(folder)
    publish("mesh.yml", "theirs\n")
    with pytest.raises(ConflictError, match="not committed does not fit") as conflict:
        git.rebase(folder, environ=environ)
    assert "git stash pop" in conflict.value.fix
    assert "edited" in Person(folder, environ).git("stash", "show", "--patch")


def test_temporary_checkouts_are_removed_also_when_writing_fails(
    forge: EmbeddedForge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def write(folder: Path) -> None:
        assert folder.parent.stat().st_mode & 0o077 == 0
        raise ForgeError("the disk is full")

    with pytest.raises(ForgeError, match="disk"):
        git.publish(
            forge.url("flights"),
            environ=forge.environment(),
            author="ada",
            message="x",
            write=write,
        )
    assert list(tmp_path.iterdir()) == []
