"""A checkout and main of its origin: behind it, beside it, and brought back to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.errors import ConflictError
from meshnew.forge import git, history
from meshnew.forge.embedded import EmbeddedForge
from tests.forge.conftest import Person


def others_push(forge: EmbeddedForge, name: str, text: str) -> None:
    """Somebody else's commit on main, as a merge would bring it."""
    repository = forge._embedded.git.path("flights")
    was = git.remote_ref(forge.url("flights"), "refs/heads/main", environ=forge.environment())
    assert was
    forge._embedded.git.unprotect("flights")
    git.publish(
        forge.url("flights"),
        environ=forge.environment(),
        author="bob",
        message=f"Write {name}",
        write=lambda folder: (folder / name).write_text(text) and None,
    )
    forge._embedded.git.protect("flights")
    assert repository.is_dir()


def test_edits_are_named_whether_changed_new_or_removed(ada: Person) -> None:
    assert history.edited(ada.folder) == []
    ada.write("projects/new file.yml")
    ada.write("README.md", "# ours\n")
    (ada.folder / ".gitignore").unlink()
    assert history.edited(ada.folder) == [".gitignore", "README.md", "projects/new file.yml"]
    assert history.edited(ada.folder, ["projects/*.yml"]) == ["projects/new file.yml"]


def test_a_checkout_comes_forward_and_keeps_its_edits(ada: Person, forge: EmbeddedForge) -> None:
    assert history.forward(ada.folder, environ=ada.environ) == []
    others_push(forge, "theirs.md", "theirs\n")
    head = forge.head("flights")
    assert head
    assert history.lacks(ada.folder, head)
    ada.write("README.md", "# ours\n")
    assert history.forward(ada.folder, environ=ada.environ) == ["Write theirs.md"]
    assert not history.lacks(ada.folder, head)
    assert (ada.folder / "theirs.md").read_text() == "theirs\n"
    assert (ada.folder / "README.md").read_text() == "# ours\n"


def test_a_file_that_both_edited_stops_it_and_nothing_moves(
    ada: Person, forge: EmbeddedForge
) -> None:
    others_push(forge, "README.md", "# theirs\n")
    ada.write("README.md", "# ours\n")
    before = ada.git("rev-parse", "HEAD")
    with pytest.raises(ConflictError, match=r"you edited README\.md"):
        history.forward(ada.folder, environ=ada.environ)
    assert ada.git("rev-parse", "HEAD") == before
    assert (ada.folder / "README.md").read_text() == "# ours\n"


def test_commits_that_are_not_pushed_come_on_top(ada: Person, forge: EmbeddedForge) -> None:
    assert not history.unpushed(ada.folder)
    ada.write("ours.md")
    git.commit_all(ada.folder, "Write ours", author="ada")
    others_push(forge, "theirs.md", "theirs\n")
    assert history.forward(ada.folder, environ=ada.environ) == ["Write theirs.md"]
    assert history.unpushed(ada.folder)
    assert ada.git("log", "-2", "--format=%s").splitlines() == ["Write ours", "Write theirs.md"]


def test_back_to_main_with_edits_unless_they_stand_against_it(ada: Person) -> None:
    ada.git("switch", "--quiet", "--create", "mine")
    assert not history.is_on_main(ada.folder)
    ada.write("README.md", "# mine\n")
    git.commit_all(ada.folder, "Mine", author="ada")
    ada.write("README.md", "# mine, and more\n")
    with pytest.raises(ConflictError, match=r"not committed: README\.md"):
        history.switch_to_main(ada.folder)
    ada.git("restore", "README.md")
    ada.write("new.md")
    history.switch_to_main(ada.folder)
    assert history.is_on_main(ada.folder)
    assert (ada.folder / "new.md").exists()


def test_a_commit_is_written_elsewhere_and_the_index_knows_nothing_of_it(
    ada: Person, tmp_path: Path
) -> None:
    ada.write("staged.md")
    ada.git("add", "staged.md")
    assert history.extract(ada.folder, "HEAD", tmp_path / "there")
    assert (tmp_path / "there" / "README.md").read_text() == "# flights\n"
    assert not (tmp_path / "there" / "staged.md").exists()
    assert ada.git("diff", "--cached", "--name-only") == "staged.md"
    assert not history.extract(ada.folder, "nothing", tmp_path / "nowhere")


def test_a_merge_that_is_only_tried(ada: Person, tmp_path: Path) -> None:
    ada.propose("one", "README.md", "# one\n")
    one = ada.git("rev-parse", "HEAD")
    ada.propose("two", "README.md", "# two\n")
    two = ada.git("rev-parse", "HEAD")
    ada.git("switch", "--quiet", "main")
    assert history.merge(ada.folder, one) == []
    assert (ada.folder / "README.md").read_text() == "# one\n"
    git.commit_all(ada.folder, "One", author="ada")
    assert history.merge(ada.folder, two) == ["README.md"]
