"""Main takes a change once its checks passed and owners who did not write it have approved it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from meshnew.embedded.platform import Embedded
from meshnew.errors import ForgeError, UsageError
from meshnew.forge import Change, git
from meshnew.forge.embedded import EmbeddedForge
from tests.forge.conftest import Person

CODEOWNERS = """\
# Who has to approve a change.
* @platform
/models/flights/ @flights_data  # and @eve is only named
/models/airports/ @skyline/airports_data
/models/either/ @flights_data @airports_data
/models/trains/ @trains_data
/models/ada/ @ada
/models/nobody/
"""
Propose = Callable[..., Change]


@pytest.fixture
def guarded(forge: EmbeddedForge, embedded: Embedded, ada: Person) -> EmbeddedForge:
    """The forge, where changes of flights need the check ci and an approval."""

    def write(owners: str) -> None:
        embedded.git.unprotect("flights")
        git.publish(
            forge.url("flights"),
            environ=forge.environment(),
            author="grace",
            message="Own",
            write=lambda folder: (folder / "CODEOWNERS").write_text(owners) and None,
        )
        embedded.git.protect("flights")

    write(CODEOWNERS)
    with embedded.records() as records:
        records.execute("insert into protections values ('flights', 'main', '{ci}', 1)")
    return forge


@pytest.fixture
def propose(guarded: EmbeddedForge, ada: Person) -> Propose:
    """Ada proposes files on a branch."""

    def act(*files: str, branch: str = "delays", author: str = "ada") -> Change:
        ada.git("config", "user.name", author)
        ada.git("fetch", "--quiet", "origin")
        ada.git("switch", "--quiet", "--force-create", branch, "origin/main")
        for file in files:
            ada.extend(branch, file, f"select '{file}'\n")
        return guarded.open_change("flights", branch, title="Add delays", author=author)

    return act


def passed(forge: EmbeddedForge, change: Change, state: str = "passed") -> None:
    forge.report_check(change.repository, change.head, "ci", state=state, summary="2 built")


def lacks(forge: EmbeddedForge, number: int = 1) -> str:
    return "\n".join(map(str, forge.awaits(forge.change("flights", number))))


def test_a_merge_names_all_that_is_missing_and_what_gives_it(
    guarded: EmbeddedForge, propose: Propose
) -> None:
    change = propose("models/flights/delays.sql")
    with pytest.raises(ForgeError, match="is not ready") as refused:
        guarded.merge_change("flights", 1, actor="ada")
    assert "check ci has not run on its last commit" in refused.value.what
    assert "nobody of flights_data has approved models/flights/delays.sql" in refused.value.what
    assert "meshnew change checks flights 1 --run" in refused.value.fix
    assert "bob or grace approves: meshnew change approve flights 1" in refused.value.fix
    passed(guarded, change)
    guarded.approve_change("flights", 1, actor="bob")
    assert lacks(guarded) == ""
    assert guarded.merge_change("flights", 1, actor="ada").state == "merged"
    assert [item.by for item in guarded.approvals("flights", 1)] == ["bob"]


@pytest.mark.parametrize("state", ["running", "failed"])
def test_only_a_check_that_passed_on_the_very_commit_counts(
    guarded: EmbeddedForge, propose: Propose, ada: Person, state: str
) -> None:
    change = propose("models/flights/delays.sql")
    guarded.approve_change("flights", 1, actor="bob")
    passed(guarded, change, state)
    with pytest.raises(ForgeError, match="check ci"):
        guarded.merge_change("flights", 1, actor="ada")
    passed(guarded, change)
    assert lacks(guarded) == ""
    ada.extend("delays", "models/flights/more.sql")
    assert "check ci has not run" in lacks(guarded)


def test_a_push_after_the_approval_takes_it_back(
    guarded: EmbeddedForge, propose: Propose, ada: Person
) -> None:
    propose("models/flights/delays.sql")
    guarded.approve_change("flights", 1, actor="bob")
    ada.extend("delays", "models/flights/more.sql")
    passed(guarded, guarded.change("flights", 1))
    with pytest.raises(ForgeError, match="a push took back what bob approved"):
        guarded.merge_change("flights", 1, actor="ada")
    guarded.approve_change("flights", 1, actor="bob")
    assert guarded.merge_change("flights", 1, actor="ada").state == "merged"
    assert guarded.file("flights", "models/flights/more.sql")


@pytest.mark.parametrize(
    ("file", "names", "people"),
    [
        ("README.txt", ("platform",), ("grace",)),
        ("models/flights/a.sql", ("flights_data",), ("bob", "grace")),
        ("models/airports/a.sql", ("airports_data",), ("eve", "grace")),
        ("models/either/a.sql", ("flights_data", "airports_data"), ("bob", "eve", "grace")),
        ("models/trains/a.sql", ("platform",), ("grace",)),
        ("models/ada/a.sql", ("ada",), ("grace",)),
        ("models/nobody/a.sql", ("platform",), ("grace",)),
        ("models/flights/ä b.sql", ("flights_data",), ("bob", "grace")),
    ],
)
def test_codeowners_of_main_say_who_must_approve(
    guarded: EmbeddedForge, propose: Propose, file: str, names: tuple[str, ...], people: object
) -> None:
    propose(file)
    (group,) = guarded.owners("flights", 1)
    assert (group.names, group.people, group.files) == (names, people, (file,))


def test_each_owner_approves_its_own_files_and_the_platform_team_stands_in_for_all(
    guarded: EmbeddedForge, propose: Propose
) -> None:
    change = propose("models/flights/a.sql", "models/airports/a.sql", "models/flights/b.sql")
    passed(guarded, change)
    guarded.approve_change("flights", 1, actor="bob")
    assert lacks(guarded).startswith("nobody of airports_data has approved models/airports/a.sql")
    guarded.approve_change("flights", 1, actor="eve")
    assert lacks(guarded) == ""
    passed(guarded, propose("models/flights/x.sql", "models/airports/x.sql", branch="other"))
    guarded.approve_change("flights", 2, actor="grace")
    assert lacks(guarded, 2) == ""


def test_who_wrote_it_does_not_approve_it_whoever_opened_it(
    guarded: EmbeddedForge, propose: Propose, ada: Person
) -> None:
    propose("models/flights/a.sql", author="ada")
    ada.git("config", "user.name", "Bob")
    ada.extend("delays", "models/flights/b.sql")
    for author in ("ada", "bob"):
        with pytest.raises(ForgeError, match=f"{author} wrote change 1") as refused:
            guarded.approve_change("flights", 1, actor=author)
        assert "grace approves" in refused.value.fix
    with pytest.raises(ForgeError, match="eve owns no file of change 1"):
        guarded.approve_change("flights", 1, actor="eve")
    assert guarded.approvals("flights", 1) == []


def test_merging_main_into_a_branch_is_no_authorship_but_writing_in_a_merge_is(
    guarded: EmbeddedForge, propose: Propose, ada: Person
) -> None:
    first = propose("models/flights/first.sql", branch="first")
    passed(guarded, first)
    propose("models/flights/second.sql", branch="second")
    guarded.approve_change("flights", 1, actor="bob")
    guarded.merge_change("flights", 1, actor="bob")
    ada.git("fetch", "--quiet")
    ada.git("config", "user.name", "bob")
    ada.git("merge", "--quiet", "--no-edit", "origin/main")
    ada.git("push", "--quiet", "origin", "HEAD:second")
    assert guarded.owners("flights", 2)[0].people == ("bob", "grace")
    ada.write("models/flights/evil.sql")
    ada.git("add", "--all")
    ada.git("commit", "--quiet", "--amend", "--no-edit")
    ada.git("push", "--quiet", "--force", "origin", "HEAD:second")
    assert guarded.owners("flights", 2)[0].people == ("grace",)


def test_a_change_cannot_make_itself_the_owner(
    guarded: EmbeddedForge, propose: Propose, ada: Person
) -> None:
    propose("models/airports/a.sql")
    ada.extend("delays", "CODEOWNERS", "* @flights_data\n")
    passed(guarded, guarded.change("flights", 1))
    with pytest.raises(ForgeError, match="bob owns no file"):
        guarded.approve_change("flights", 1, actor="bob")
    assert {group.names for group in guarded.owners("flights", 1)} == {
        ("platform",),
        ("airports_data",),
    }


def test_a_file_that_moves_needs_the_owners_of_both_places(
    guarded: EmbeddedForge, propose: Propose, ada: Person
) -> None:
    passed(guarded, propose("models/airports/a.sql"))
    guarded.approve_change("flights", 1, actor="grace")
    guarded.merge_change("flights", 1, actor="bob")
    ada.git("fetch", "--quiet")
    ada.git("switch", "--quiet", "--force-create", "move", "origin/main")
    ada.git("mv", "models/airports/a.sql", "models/either/a.sql", code=128)
    ada.write("models/flights/keep.sql")
    ada.git("mv", "models/airports/a.sql", "models/flights/a.sql")
    ada.extend("move", "models/flights/keep.sql")
    guarded.open_change("flights", "move", title="Move", author="ada")
    assert {group.names for group in guarded.owners("flights", 2)} == {
        ("airports_data",),
        ("flights_data",),
    }


def test_where_nobody_is_left_to_approve_that_is_said(
    guarded: EmbeddedForge, propose: Propose
) -> None:
    propose("README.txt", author="grace")
    assert "Nobody but its authors could" in lacks(guarded)
    assert "platform_team in mesh.yml" in lacks(guarded)


def test_two_approvals_can_be_asked_for(
    guarded: EmbeddedForge, propose: Propose, embedded: Embedded
) -> None:
    with embedded.records() as records:
        records.execute("update protections set approvals = 2, checks = '{}'")
    propose("models/flights/a.sql")
    guarded.approve_change("flights", 1, actor="bob")
    assert lacks(guarded).startswith("1 of 2 approvals are given: grace approves")
    guarded.approve_change("flights", 1, actor="grace")
    assert lacks(guarded) == ""


def test_what_is_closed_or_unknown_is_neither_approved_nor_reported(
    guarded: EmbeddedForge, propose: Propose
) -> None:
    change = propose("models/flights/a.sql")
    with pytest.raises(UsageError, match="no check is `green`"):
        passed(guarded, change, "green")
    guarded.close_change("flights", 1)
    with pytest.raises(ForgeError, match="change 1 of flights is closed"):
        guarded.approve_change("flights", 1, actor="bob")


def test_the_difference_is_that_of_the_change_alone(
    guarded: EmbeddedForge, propose: Propose, ada: Person
) -> None:
    passed(guarded, propose("models/flights/first.sql", branch="first"))
    propose("models/flights/second.sql", branch="second")
    guarded.approve_change("flights", 1, actor="bob")
    guarded.merge_change("flights", 1, actor="bob")
    for number, name in ((1, "first"), (2, "second")):
        diff = guarded.diff("flights", number)
        assert diff.count("diff --git") == 1
        assert f"+++ b/models/flights/{name}.sql\n@@ -0,0 +1 @@\n+select" in diff


def test_nothing_is_merged_into_a_main_that_was_edited_by_hand(
    guarded: EmbeddedForge, propose: Propose, ada: Person, embedded: Embedded
) -> None:
    passed(guarded, propose("models/flights/a.sql"))
    guarded.approve_change("flights", 1, actor="bob")
    good = guarded.head("flights")
    ada.git("push", "--quiet", "origin", "HEAD:refs/heads/aside")
    ada.git("--git-dir", str(embedded.git.path("flights")), "branch", "-f", "main", "aside")
    ada.git("push", "--quiet", "origin", ":aside")
    ada.extend("delays", "models/flights/b.sql")
    passed(guarded, guarded.change("flights", 1))
    guarded.approve_change("flights", 1, actor="bob")
    with pytest.raises(ForgeError, match="main was edited by hand") as refused:
        guarded.merge_change("flights", 1, actor="bob")
    assert "meshnew apply flights" in refused.value.fix
    embedded.git.protect("flights")
    assert guarded.head("flights") == good
    merged = guarded.merge_change("flights", 1, actor="bob")
    assert merged.merge_commit == guarded.head("flights")
    assert embedded.git.strays("flights") == []
