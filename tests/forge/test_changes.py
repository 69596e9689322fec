"""A team proposes branches, an owner merges them; main takes nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from meshnew.embedded.platform import Embedded
from meshnew.errors import ConflictError, ForgeError, UsageError
from meshnew.forge.embedded import EmbeddedForge
from tests.forge.conftest import Person


def proposed(forge: EmbeddedForge, ada: Person, branch: str = "delays") -> int:
    ada.propose(branch, f"models/{branch}.sql")
    return forge.open_change("flights", branch, title=f"Add {branch}", author="ada").number


def on_main(ada: Person) -> list[str]:
    ada.git("fetch", "--quiet", "--prune", "origin")
    return ada.git("log", "--first-parent", "--format=%s", "origin/main").splitlines()


def test_a_branch_is_proposed_listed_and_merged(forge: EmbeddedForge, ada: Person) -> None:
    ada.propose("delays", "models/delays.sql")
    opened = forge.open_change("flights", "delays", title="Add delays", author="ada")
    assert (opened.number, opened.state, opened.author) == (1, "open", "ada")
    assert opened.files == ("models/delays.sql",)
    assert forge.changes() == forge.changes("flights") == [opened]
    merged = forge.merge_change("flights", 1, actor="bob")
    assert (merged.state, merged.merged_by, merged.head) == ("merged", "bob", opened.head)
    assert merged.merge_commit == forge.head("flights")
    assert merged.files == opened.files
    assert forge.changes() == []
    assert forge.changes(state="merged") == forge.changes(state="all") == [merged]
    assert forge.head("flights", "delays") is None
    assert on_main(ada) == ["Merge change 1: Add delays", "Render"]
    assert ada.git("log", "-1", "--format=%an", "origin/main") == "bob"
    assert forge.file("flights", "models/delays.sql") == "select 1\n"


def test_what_the_forge_tells_of_a_repository(forge: EmbeddedForge, ada: Person) -> None:
    ada.propose("delays", "models/delays.sql", "select 'ü'\n\n")
    assert forge.file("flights", "models/delays.sql") is None
    assert forge.file("flights", "models/delays.sql", ref="delays") == "select 'ü'\n\n"
    assert forge.file("flights", "models", ref="delays") is None
    assert forge.subject("flights", "delays") == "Write models/delays.sql"
    assert forge.subject("flights", "nowhere") is None
    assert forge.folders("flights") == []
    assert forge.has_content("flights")
    for absent in (forge.head("trains"), forge.file("trains", "x"), forge.subject("trains", "x")):
        assert absent is None
    assert not forge.exists("trains")
    assert forge.folders("trains") == []


def test_a_repository_without_a_commit_has_no_content(forge: EmbeddedForge) -> None:
    assert forge.exists("flights")
    assert not forge.has_content("flights")
    assert forge.folders("flights") == []
    with pytest.raises(ForgeError, match="no branch delays"):
        forge.open_change("flights", "delays", title="Delays", author="ada")


def test_a_branch_opened_again_updates_its_change(forge: EmbeddedForge, ada: Person) -> None:
    number = proposed(forge, ada)
    ada.extend("delays", "models/more.sql")
    again = forge.open_change("flights", "delays", title="Add delays and more", author="bob")
    assert (again.number, again.title, again.author) == (number, "Add delays and more", "ada")
    assert again.head == ada.git("rev-parse", "HEAD")
    assert again.files == ("models/delays.sql", "models/more.sql")
    assert proposed(forge, ada, "other") == number + 1


def test_a_branch_pushed_to_after_opening_is_merged_as_it_is(
    forge: EmbeddedForge, ada: Person
) -> None:
    number = proposed(forge, ada)
    ada.extend("delays", "models/more.sql")
    pushed = ada.git("rev-parse", "HEAD")
    assert forge.change("flights", number).head == pushed
    assert forge.merge_change("flights", number, actor="ada").head == pushed
    assert forge.file("flights", "models/more.sql") is not None


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
    forge: EmbeddedForge, ada: Person, repository: str, branch: str, message: str, way: str
) -> None:
    ada.git("push", "--quiet", "origin", "HEAD:refs/heads/same")
    with pytest.raises(ForgeError, match=message) as refused:
        forge.open_change(repository, branch, title="x", author="ada")
    assert way in refused.value.fix
    assert forge.changes() == []


def test_a_stranger_may_not_merge(forge: EmbeddedForge, ada: Person) -> None:
    number = proposed(forge, ada)
    assert forge.may_merge("flights") == ["ada", "bob", "grace"]
    for stranger in ("eve", "mallory"):
        with pytest.raises(ForgeError, match=f"{stranger} may not merge") as refused:
            forge.merge_change("flights", number, actor=stranger)
        assert "ada, bob, grace may" in refused.value.fix
    assert forge.change("flights", number).state == "open"
    assert on_main(ada) == ["Render"]


def test_where_nobody_may_merge_that_is_said(
    forge: EmbeddedForge, ada: Person, embedded: Embedded
) -> None:
    number = proposed(forge, ada)
    with embedded.records() as records:
        records.execute("delete from repository_access")
    with pytest.raises(ForgeError, match="nobody may merge"):
        forge.merge_change("flights", number, actor="ada")


def test_a_conflict_names_files_and_commands_and_is_resolved_by_them(
    forge: EmbeddedForge, ada: Person
) -> None:
    ada.propose("one", "models/a b.sql", "select 1\n")
    ada.propose("two", "models/a b.sql", "select 2\n")
    first, second = (
        forge.open_change("flights", branch, title=branch, author="ada").number
        for branch in ("one", "two")
    )
    forge.merge_change("flights", first, actor="ada")
    with pytest.raises(ConflictError, match=r"both changed models/a b\.sql") as conflict:
        forge.merge_change("flights", second, actor="ada")
    assert conflict.value.exit_code == 4
    assert f"meshnew change merge flights {second}" in conflict.value.fix
    assert len(on_main(ada)) == 2
    ada.git("fetch", "--quiet", "origin")
    ada.git("switch", "--quiet", "two")
    ada.git("merge", "--quiet", "origin/main", code=1)
    ada.write("models/a b.sql", "select 3\n")
    ada.git("commit", "--quiet", "--all", "-m", "Resolve")
    ada.git("push", "--quiet", "origin", "two")
    forge.merge_change("flights", second, actor="ada")
    assert forge.file("flights", "models/a b.sql") == "select 3\n"


def test_a_merge_that_was_made_but_not_recorded_is_recorded_by_the_next(
    forge: EmbeddedForge, ada: Person, embedded: Embedded
) -> None:
    number = proposed(forge, ada)
    ada.extend("delays", "models/more.sql")
    with embedded.records() as records:
        records.execute("alter table changes add constraint broken check (state = 'open')")
        with pytest.raises(psycopg.errors.CheckViolation):
            forge.merge_change("flights", number, actor="bob")
        records.execute("alter table changes drop constraint broken")
    made = forge.head("flights")
    assert len(on_main(ada)) == 2
    assert forge.change("flights", number).state == "open"
    merged = forge.merge_change("flights", number, actor="ada")
    assert (merged.state, merged.merge_commit, merged.merged_by) == ("merged", made, "bob")
    assert merged.files == ("models/delays.sql", "models/more.sql")
    assert forge.head("flights") == made
    assert forge.head("flights", "delays") is None


def test_merging_again_changes_nothing_and_removes_a_branch_that_was_left(
    forge: EmbeddedForge, ada: Person
) -> None:
    number = proposed(forge, ada)
    merged = forge.merge_change("flights", number, actor="ada")
    ada.git("push", "--quiet", "origin", f"{merged.head}:refs/heads/delays")
    assert forge.merge_change("flights", number, actor="bob") == merged
    assert forge.head("flights", "delays") is None


def test_new_work_on_a_merged_branch_is_a_new_change(forge: EmbeddedForge, ada: Person) -> None:
    number = proposed(forge, ada)
    forge.merge_change("flights", number, actor="ada")
    ada.propose("delays", "models/next.sql")
    again = forge.open_change("flights", "delays", title="Next", author="ada")
    assert again.number == number + 1
    forge.merge_change("flights", number, actor="ada")
    assert forge.head("flights", "delays") == again.head


def test_several_merges_at_once_all_land(forge: EmbeddedForge, ada: Person) -> None:
    numbers = [proposed(forge, ada, branch) for branch in ("a", "b", "c")]
    with ThreadPoolExecutor(4) as pool:
        asked = [*numbers, numbers[0]]
        done = list(pool.map(lambda n: forge.merge_change("flights", n, actor="ada"), asked))
    assert {change.state for change in done} == {"merged"}
    assert len(on_main(ada)) == 4
    assert forge.folders("flights") == ["models"]


def test_a_change_whose_branch_is_gone_says_so(forge: EmbeddedForge, ada: Person) -> None:
    number = proposed(forge, ada)
    ada.git("push", "--quiet", "origin", ":delays")
    with pytest.raises(ForgeError, match="branch delays of flights is gone"):
        forge.merge_change("flights", number, actor="ada")
    assert forge.change("flights", number).files == ("models/delays.sql",)


def test_a_closed_change_is_not_merged(
    forge: EmbeddedForge, ada: Person, embedded: Embedded
) -> None:
    number = proposed(forge, ada)
    with embedded.records() as records:
        records.execute("update changes set state = 'closed'")
    with pytest.raises(ForgeError, match="is closed") as refused:
        forge.merge_change("flights", number, actor="ada")
    assert "meshnew change open flights --branch delays" in refused.value.fix


def test_what_there_is_not_is_said(forge: EmbeddedForge, ada: Person) -> None:
    with pytest.raises(ForgeError, match="has no change 7"):
        forge.change("flights", 7)
    with pytest.raises(UsageError, match="no change is `opne`"):
        forge.changes(state="opne")


def test_changes_of_a_repository_that_was_deleted_are_still_listed(
    forge: EmbeddedForge, ada: Person, embedded: Embedded
) -> None:
    proposed(forge, ada)
    embedded.git.delete("flights")
    assert [change.title for change in forge.changes()] == ["Add delays"]
