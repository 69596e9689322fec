"""A team pushes once to an empty main; from then on main changes through changes only."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshnew.embedded.repositories import Repositories, environment, url
from meshnew.errors import PlatformError

IDENTITY = ["-c", "user.name=Ada", "-c", "user.email=ada@skyline.test"]


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    found = Repositories(tmp_path / "repositories")
    found.create("flights", "Departures and their delays")
    found.protect("flights")
    return found


@pytest.fixture
def checkout(repositories: Repositories, tmp_path: Path) -> Path:
    git(repositories, tmp_path, "clone", "--quiet", url("flights"), "flights")
    return tmp_path / "flights"


def git(
    repositories: Repositories, folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *IDENTITY, *arguments],
        cwd=folder,
        env=os.environ | environment(repositories.folder),
        capture_output=True,
        text=True,
        check=False,
    )


def commit(repositories: Repositories, checkout: Path, name: str) -> None:
    (checkout / name).write_text(name)
    git(repositories, checkout, "add", "--all")
    assert git(repositories, checkout, "commit", "--quiet", "-m", name).returncode == 0


def push(
    repositories: Repositories, checkout: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return git(repositories, checkout, "push", *arguments)


def test_the_first_push_is_taken_and_the_next_is_told_what_to_do(
    repositories: Repositories, checkout: Path
) -> None:
    assert repositories.is_empty("flights")
    commit(repositories, checkout, "one")
    assert push(repositories, checkout, "origin", "main").returncode == 0
    assert not repositories.is_empty("flights")
    commit(repositories, checkout, "two")
    refused = push(repositories, checkout, "origin", "main")
    assert refused.returncode == 1
    assert "main of flights takes no direct push" in refused.stderr
    assert "meshnew change open flights" in refused.stderr
    assert push(repositories, checkout, "origin", "HEAD:refs/heads/my-change").returncode == 0


@pytest.mark.parametrize("arguments", [["--force", "origin", "main"], ["origin", ":main"]])
def test_history_of_main_can_be_neither_rewritten_nor_removed(
    repositories: Repositories, checkout: Path, arguments: list[str]
) -> None:
    commit(repositories, checkout, "one")
    push(repositories, checkout, "origin", "main")
    git(repositories, checkout, "commit", "--amend", "--quiet", "-m", "other")
    assert push(repositories, checkout, *arguments).returncode == 1


@pytest.fixture
def pushed(repositories: Repositories, checkout: Path) -> Path:
    """A checkout whose one commit is on main."""
    commit(repositories, checkout, "one")
    assert push(repositories, checkout, "origin", "main").returncode == 0
    return checkout


def on(repositories: Repositories, ref: str, *, name: str = "flights") -> str:
    return git(repositories, repositories.path(name), "rev-parse", ref).stdout.strip()


def written_by_hand(repositories: Repositories, checkout: Path) -> str:
    """A commit put on main in the repository's own folder, past every hook."""
    commit(repositories, checkout, "by_hand")
    assert push(repositories, checkout, "origin", "HEAD:refs/heads/aside").returncode == 0
    folder, made = repositories.path("flights"), on(repositories, "aside")
    git(repositories, folder, "update-ref", "refs/heads/main", made)
    git(repositories, folder, "update-ref", "-d", "refs/heads/aside")
    return made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--force", "origin", "HEAD:main"], "takes no direct push"),
        (["--force-with-lease", "origin", "+HEAD:refs/heads/main"], "takes no direct push"),
        (["--delete", "origin", "main"], "cannot be deleted or renamed"),
        (["--atomic", "origin", ":main", "HEAD:trunk"], "cannot be deleted or renamed"),
        (["--mirror", "origin"], "main of flights"),
        (["--delete", "origin", "v1"], "tag v1 of flights can be neither moved nor deleted"),
        (["--force", "origin", "HEAD:refs/tags/v1"], "can be neither moved nor deleted"),
        (["origin", "HEAD:refs/tags/v2"], "tag v2 of flights does not stand on main"),
        (["--force", "origin", "HEAD:refs/meshnew/main"], "is kept by meshnew"),
    ],
)
def test_a_hostile_push_is_refused_as_a_whole_and_changes_nothing(
    repositories: Repositories, pushed: Path, arguments: list[str], said: str
) -> None:
    assert push(repositories, pushed, "origin", "HEAD:refs/tags/v1").returncode == 0
    git(repositories, pushed, "commit", "--amend", "--quiet", "-m", "other")
    before = git(repositories, repositories.path("flights"), "for-each-ref").stdout
    refused = push(repositories, pushed, *arguments)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert git(repositories, repositories.path("flights"), "for-each-ref").stdout == before


def test_main_and_its_first_tag_come_in_one_push(
    repositories: Repositories, checkout: Path
) -> None:
    commit(repositories, checkout, "one")
    first = push(repositories, checkout, "--atomic", "origin", "main", "HEAD:refs/tags/v1")
    assert first.returncode == 0, first.stderr
    assert on(repositories, "v1") == on(repositories, "main")
    git(repositories, checkout, "tag", "-a", "v2", "-m", "annotated")
    assert push(repositories, checkout, "origin", "v2").returncode == 0
    assert repositories.strays("flights") == []


def test_a_main_edited_by_hand_is_seen_and_put_back_and_the_edit_is_kept(
    repositories: Repositories, pushed: Path
) -> None:
    good = on(repositories, "main")
    made = written_by_hand(repositories, pushed)
    (stray,) = repositories.strays("flights")
    assert stray == f"{made[:7]} by_hand (Ada)"
    repositories.protect("flights")
    assert (on(repositories, "main"), repositories.strays("flights")) == (good, [])
    assert on(repositories, f"refs/heads/meshnew/stray-{made[:7]}") == made


def test_a_main_that_was_rewound_by_hand_gets_its_commits_back(
    repositories: Repositories, checkout: Path
) -> None:
    commit(repositories, checkout, "one")
    commit(repositories, checkout, "two")
    push(repositories, checkout, "origin", "main")
    git(repositories, repositories.path("flights"), "update-ref", "refs/heads/main", "main~1")
    (missing,) = repositories.strays("flights")
    assert missing.endswith("two (Ada) is missing")
    repositories.protect("flights")
    assert repositories.strays("flights") == []
    assert "stray" not in git(repositories, repositories.path("flights"), "branch").stdout


@pytest.mark.parametrize(
    "rename",
    [["branch", "-m", "main", "trunk"], ["symbolic-ref", "HEAD", "refs/heads/trunk"],
     ["update-ref", "-d", "refs/heads/main"]],
)  # fmt: skip
def test_a_main_renamed_by_hand_counts_as_not_protected_and_comes_back(
    repositories: Repositories, pushed: Path, rename: list[str]
) -> None:
    good = on(repositories, "main")
    assert git(repositories, repositories.path("flights"), *rename).returncode == 0
    assert repositories.protected("flights") == []
    repositories.protect("flights")
    assert repositories.protected("flights") == ["main"]
    assert on(repositories, "HEAD") == on(repositories, "main") == good


def test_the_hook_holds_where_the_user_has_hooks_of_their_own(
    repositories: Repositories, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gitconfig").write_text(f"[core]\n\thooksPath = {tmp_path}/mine\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    commit(repositories, checkout, "one")
    push(repositories, checkout, "origin", "main")
    commit(repositories, checkout, "two")
    assert push(repositories, checkout, "origin", "main").returncode == 1


def test_a_removed_or_edited_hook_is_seen(repositories: Repositories) -> None:
    hook = repositories.path("flights") / "hooks" / "pre-receive"
    assert repositories.protected("flights") == ["main"]
    hook.write_text("#!/bin/sh\nexit 0\n")
    assert repositories.protected("flights") == []
    hook.unlink()
    assert repositories.protected("flights") == []
    repositories.protect("flights")
    assert repositories.protected("flights") == ["main"]
    hook.chmod(0o644)
    assert repositories.protected("flights") == []


def test_protection_is_repeatable_and_can_be_lifted(
    repositories: Repositories, checkout: Path
) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: repositories.protect("flights", name), ["main", "a", "b", "a"]))
    assert repositories.protected("flights") == ["a", "b", "main"]
    for branch in ("main", "main", "a", "b"):
        repositories.unprotect("flights", branch)
    commit(repositories, checkout, "one")
    push(repositories, checkout, "origin", "main")
    commit(repositories, checkout, "two")
    assert push(repositories, checkout, "origin", "main").returncode == 0


def test_making_one_again_keeps_its_history(repositories: Repositories, checkout: Path) -> None:
    commit(repositories, checkout, "one")
    push(repositories, checkout, "origin", "main")
    repositories.create("flights", "Departures")
    assert not repositories.is_empty("flights")
    assert repositories.description("flights") == "Departures"
    assert repositories.names() == ["flights"]
    repositories.delete("flights")
    repositories.delete("flights")
    assert repositories.names() == []
    with pytest.raises(PlatformError, match="no repository flights"):
        repositories.protect("flights")


def test_git_settings_of_the_caller_are_kept_but_not_those_of_another_mesh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Ada")
    for name, value in environment(tmp_path / "elsewhere").items():
        monkeypatch.setenv(name, value)
    assert environment(tmp_path / "here") == {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Ada",
        "GIT_CONFIG_KEY_1": f"url.{tmp_path}/here/.insteadOf",
        "GIT_CONFIG_VALUE_1": "git@embedded:",
    }
