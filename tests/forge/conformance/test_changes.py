"""What every forge does alike: laptop, GitHub, GitLab."""

from __future__ import annotations

import pytest

from meshnew.errors import ConflictError, ForgeError, UsageError
from tests.forge.conformance.conftest import Place


def test_a_branch_is_proposed_discussed_checked_approved_and_merged(place: Place) -> None:
    place.protect(("ci",), 1)
    number = place.propose()
    ada, bob = place.acting("ada"), place.acting("bob")
    opened = bob.change("flights", number)
    assert (opened.state, opened.author, opened.title) == ("open", "ada", "Add delays")
    assert opened.files == ("models/delays.sql",)
    bob.comment_change("flights", number, "Looks **good**", actor="bob")
    assert [(said.by, said.body) for said in ada.comments("flights", number)] == [
        ("bob", "Looks **good**")
    ]
    with pytest.raises(ForgeError, match="is not ready") as refused:
        bob.merge_change("flights", number, actor="bob")
    assert f"check {place.check} has not run on its last commit" in refused.value.what
    assert "nobody of crew has approved models/delays.sql" in refused.value.what
    assert f"meshnew change approve flights {number}" in refused.value.fix
    bob.report_check("flights", opened.head, "ci", state="passed", summary="2 built")
    assert bob.approve_change("flights", number, actor="bob").head == opened.head
    assert [item.by for item in bob.approvals("flights", number)] == ["bob"]
    assert bob.awaits(opened) == []
    merged = bob.merge_change("flights", number, actor="bob")
    assert (merged.state, merged.merged_by) == ("merged", "bob")
    assert merged.merge_commit == bob.head("flights")
    assert merged.files == opened.files
    assert bob.head("flights", "delays") is None
    assert bob.file("flights", "models/delays.sql") == "select 1\n"
    place.ada.git("fetch", "--quiet", "origin")
    log = place.ada.git("log", "--first-parent", "--format=%s", "origin/main").splitlines()
    assert log == [f"Merge change {number}: Add delays", "Render"]
    assert bob.merge_change("flights", number, actor="bob") == merged


@pytest.mark.long
def test_what_a_forge_tells_of_a_repository(place: Place) -> None:
    place.another("empty")
    forge = place.acting("ada")
    place.ada.propose("feature/delays", "models/a b.sql", "select 'ü'\n\n")
    assert forge.default_branch("flights") == "main"
    assert forge.file("flights", "models/a b.sql") is None
    assert forge.file("flights", "models/a b.sql", ref="feature/delays") == "select 'ü'\n\n"
    assert forge.file("flights", "models", ref="feature/delays") is None
    assert forge.subject("flights", "feature/delays") == "Write models/a b.sql"
    assert forge.subject("flights", "nowhere") is None
    assert forge.head("flights", "feature/delays") == place.ada.git("rev-parse", "HEAD")
    assert forge.folders("flights") == []
    assert forge.exists("empty")
    assert not forge.has_content("empty")
    assert forge.folders("empty") == []
    assert forge.file("empty", "README.md") is None
    for absent in (forge.head("trains"), forge.file("trains", "x"), forge.subject("trains", "x")):
        assert absent is None
    assert not forge.exists("trains")
    with pytest.raises(ForgeError, match="no repository trains"):
        forge.default_branch("trains")


@pytest.mark.long
def test_a_large_file_comes_whole(place: Place) -> None:
    text = "select 1 -- ü\n" * 100_000
    place.ada.propose("large", "manifest.json", text)
    assert place.acting("ada").file("flights", "manifest.json", ref="large") == text


@pytest.mark.long
def test_a_branch_opened_again_updates_its_change(place: Place) -> None:
    number, forge = place.propose(), place.acting("ada")
    place.ada.extend("delays", "models/more.sql")
    again = forge.open_change(
        "flights", "delays", title="Add delays and more", author="ada", body="See both."
    )
    assert (again.number, again.title, again.body) == (number, "Add delays and more", "See both.")
    assert again.head == place.ada.git("rev-parse", "HEAD")
    assert again.files == ("models/delays.sql", "models/more.sql")
    once_more = forge.open_change("flights", "delays", title="Add delays", author="ada")
    assert once_more.body == "See both."
    assert place.propose("other") == number + 1


@pytest.mark.long
def test_changes_are_listed_by_state_of_one_repository_and_of_all(place: Place) -> None:
    numbers = [place.propose(branch) for branch in ("a", "b", "c", "d", "e")]
    forge = place.acting("bob")
    forge.merge_change("flights", numbers[0], actor="bob")
    assert forge.close_change("flights", numbers[1], actor="bob").state == "closed"

    def listed(state: str, repository: str | None = "flights") -> list[int]:
        return [item.number for item in forge.changes(repository, state=state)]

    assert listed("open") == listed("open", None) == numbers[2:]
    assert listed("merged") == numbers[:1]
    assert listed("closed") == numbers[1:2]
    assert listed("all", None) == numbers
    assert forge.open_changes() == {"flights": numbers[2:]}
    with pytest.raises(UsageError, match="no change is `opne`"):
        forge.changes(state="opne")


@pytest.mark.long
def test_a_closed_change_loses_its_branch_and_is_not_merged(place: Place) -> None:
    number, forge = place.propose(), place.acting("ada")
    assert forge.close_change("flights", number, actor="ada").state == "closed"
    assert forge.head("flights", "delays") is None
    assert forge.close_change("flights", number, actor="ada").state == "closed"
    with pytest.raises(ForgeError, match="is closed") as refused:
        forge.merge_change("flights", number, actor="ada")
    assert "meshnew change open flights --branch delays" in refused.value.fix


@pytest.mark.long
@pytest.mark.parametrize(
    ("repository", "branch", "message", "way"),
    [
        ("trains", "delays", "no repository trains", "meshnew apply"),
        ("flights", "nowhere", "no branch nowhere", "git push origin HEAD:refs/heads/nowhere"),
        ("flights", "main", "cannot be proposed", "git push origin HEAD:refs/heads/my-change"),
        ("flights", "same", "nothing that main does not have", "HEAD:refs/heads/same"),
    ],
)
def test_what_cannot_be_proposed_is_refused_with_a_way_on(
    place: Place, repository: str, branch: str, message: str, way: str
) -> None:
    place.ada.git("push", "--quiet", "origin", "HEAD:refs/heads/same")
    forge = place.acting("ada")
    with pytest.raises(ForgeError, match=message) as refused:
        forge.open_change(repository, branch, title="x", author="ada")
    assert way in refused.value.fix
    assert forge.changes("flights") == []


@pytest.mark.long
def test_a_change_that_is_not_there_is_said(place: Place) -> None:
    with pytest.raises(ForgeError, match="flights has no change 7") as refused:
        place.acting("ada").change("flights", 7)
    assert "meshnew change list flights" in refused.value.fix


@pytest.mark.long
def test_a_conflict_names_the_commands_that_resolve_it(place: Place) -> None:
    place.ada.propose("one", "models/a.sql", "select 1\n")
    place.ada.propose("two", "models/a.sql", "select 2\n")
    forge = place.acting("ada")
    first, second = (
        forge.open_change("flights", branch, title=branch, author="ada").number
        for branch in ("one", "two")
    )
    forge.merge_change("flights", first, actor="ada")
    with pytest.raises(ConflictError, match=f"change {second} and main both changed") as conflict:
        forge.merge_change("flights", second, actor="ada")
    assert "git merge origin/main" in conflict.value.fix
    assert f"meshnew change merge flights {second}" in conflict.value.fix
    place.ada.git("fetch", "--quiet", "origin")
    place.ada.git("switch", "--quiet", "two")
    place.ada.git("merge", "--quiet", "origin/main", code=1)
    place.ada.write("models/a.sql", "select 3\n")
    place.ada.git("commit", "--quiet", "--all", "-m", "Resolve")
    place.ada.git("push", "--quiet", "origin", "two")
    forge.merge_change("flights", second, actor="ada")
    assert forge.file("flights", "models/a.sql") == "select 3\n"


@pytest.mark.long
def test_the_difference_is_told_before_and_after_the_merge(place: Place) -> None:
    number, forge = place.propose(), place.acting("ada")
    before = forge.diff("flights", number)
    assert "+++ b/models/delays.sql" in before
    assert "+select 1" in before
    forge.merge_change("flights", number, actor="ada")
    assert "+select 1" in forge.diff("flights", number)
