"""The mesh itself is changed by proposals: their check is the plan, their merge applies it."""

from __future__ import annotations

import json

import pytest

from meshnew.operations.session import open_session
from tests.conftest import Answer, User

pytestmark = pytest.mark.long

FILE = "projects/sales.yml"


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with one small domain project."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    data = ["-d", "starter=none", "-d", "consumes=[]", "-d", "members=[sam]"]
    user.meshnew("new", "domain", "sales", *data, "--defaults", "--yes")
    user.meshnew("clone", "mesh", who="sam")
    return user


def edit(mesh: User, old: str, new: str, folder: str = ".") -> None:
    path = mesh.folder / folder / FILE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def propose(mesh: User, branch: str, old: str, new: str) -> int:
    """What somebody does in a clone of the mesh's repository."""
    where = "checkouts/mesh"
    mesh.run("git", "fetch", "-q", where=where)
    mesh.run("git", "checkout", "-qB", branch, "origin/main", where=where)
    edit(mesh, old, new, where)
    mesh.run("git", "commit", "-qam", branch, where=where)
    mesh.run("git", "push", "-qf", "origin", branch, where=where)
    opened = mesh.meshnew("change", "open", "-b", branch, "--json", "-C", where, who="sam")
    change = json.loads(opened.out)
    assert change["repository"] == "mesh"
    return int(change["number"])


def merge(mesh: User, number: int, code: int = 0) -> Answer:
    return mesh.meshnew("change", "merge", "mesh", number, code=code)


def spec(mesh: User, folder: str = ".") -> str:
    return mesh.run("git", "show", f"HEAD:{FILE}", where=folder).out


def stacks(mesh: User) -> dict[str, str]:
    """What lies in the folder of the stacks, with the stacks' texts."""
    folder = mesh.folder / ".meshnew" / "stacks"
    found = [path for path in folder.rglob("*") if ".terraform" not in path.parts]
    return {str(path): path.read_text() if path.name == "main.tf.json" else "" for path in found}


def report(mesh: User, number: int) -> tuple[str, list[str]]:
    """What the check of a change says, as whoever reviews it is shown."""
    forge = open_session(mesh.folder, "grace", "test").forge
    head = forge.change("mesh", number).head
    (check,) = forge.checks("mesh", head)
    return check.state, check.summary.splitlines()


def test_a_merged_change_of_the_mesh_is_applied_and_reaches_the_folder(mesh: User) -> None:
    before = stacks(mesh)
    number = propose(mesh, "nina", "- sam", "- sam\n      - nina")
    answer = mesh.meshnew("change", "merge", "mesh", number, who="sam", code=1)
    assert "may not merge changes of mesh" in answer.err
    assert stacks(mesh) == before
    assert report(mesh, number) == (
        "passed",
        [
            "nina joins domain sales",
            "  will create login nina",
            "  will create schema sales_dev_nina",
            "  will let nina develop sales",
            "  will change team sales-data: add nina",
        ],
    )
    answer = merge(mesh, number)
    assert f"Merged change {number} of mesh." in answer.out
    assert "nina" in spec(mesh)
    assert "nina" in (mesh.folder / FILE).read_text()
    assert not list((mesh.folder / ".meshnew").glob("plan-*"))
    assert "Nothing to change" in mesh.meshnew("plan").out
    mesh.meshnew("status")


def test_an_error_in_the_spec_is_a_failed_check_that_names_file_and_line(mesh: User) -> None:
    number = propose(mesh, "wrong", "kind: domain\n", "kind: domain\nconsume: [stores]\n")
    answer = merge(mesh, number, code=1)
    assert f"{FILE}:" in answer.err
    assert "unknown key `consume`" in answer.err
    assert "Did you mean `consumes`?" in answer.err
    assert "consume:" not in spec(mesh)


def test_what_apply_would_refuse_the_check_refuses(mesh: User) -> None:
    number = propose(mesh, "renamed", "\n  sales:", "\n  selling:")
    answer = merge(mesh, number, code=1)
    assert "domain sales is gone from the spec and selling has its team" in answer.err


def test_edits_in_the_folder_are_not_overrun(mesh: User) -> None:
    number = propose(mesh, "mia", "- sam", "- sam\n      - mia")
    edit(mesh, "- sam", "- sam\n      - max")
    answer = merge(mesh, number, code=4)
    assert f"has edits in {FILE}" in answer.err
    mesh.run("git", "checkout", "-q", FILE)
    (mesh.folder / "README.md").write_text("Ours\n")
    merge(mesh, number)
    assert "mia" in spec(mesh)
    assert (mesh.folder / "README.md").read_text() == "Ours\n"
    mesh.run("git", "checkout", "-q", "README.md")


def test_apply_in_a_folder_behind_main_brings_it_there_first(mesh: User) -> None:
    where = "checkouts/mesh"
    mesh.run("git", "fetch", "-q", where=where)
    mesh.run("git", "checkout", "-qB", "main", "origin/main", where=where)
    edit(mesh, "- mia", "- mona", where)
    mesh.run("git", "commit", "-qam", "mona instead of mia", where=where)
    mesh.run("git", "push", "-q", "origin", "main", where=where)
    assert "is not in this folder yet" in mesh.meshnew("plan").out
    edit(mesh, "- sam", "- sam\n      - max")
    answer = mesh.meshnew("apply", "sales", "--yes", code=4)
    assert f"you edited {FILE}, and so did somebody" in answer.err
    mesh.run("git", "checkout", "-q", FILE)
    answer = mesh.meshnew("apply", "sales", "--yes")
    assert "Brought the mesh's folder to main" in answer.err
    assert "mona joins domain sales" in answer.err
    assert "mia leaves domain sales" in answer.err
    mesh.meshnew("status")


def test_a_branch_of_the_folder_is_proposed_and_not_applied(mesh: User) -> None:
    mesh.run("git", "switch", "-qc", "ours")
    edit(mesh, "- mona", "- moritz")
    answer = mesh.meshnew("apply", "sales", "--yes", code=2)
    assert "the mesh's folder is on branch ours" in answer.err
    assert "mona leaves domain sales" in mesh.meshnew("plan", "sales", code=3).out
    answer = mesh.meshnew("new", "domain", "toys", "--defaults", "--yes", code=2)
    assert "is on branch ours" in answer.err
    assert not (mesh.folder / "projects" / "toys.yml").exists()
    mesh.run("git", "commit", "-qam", "moritz instead of mona")
    mesh.run("git", "push", "-q", "origin", "ours")
    opened = mesh.meshnew("change", "open", "mesh", "-b", "ours", "--json", who="sam")
    merge(mesh, json.loads(opened.out)["number"])
    assert mesh.run("git", "branch", "--show-current").out.strip() == "main"
    assert "moritz" in spec(mesh)
    mesh.meshnew("status")


def test_who_is_alone_says_so_and_merges_what_they_wrote(mesh: User) -> None:
    with (mesh.folder / "mesh.yml").open("a") as stream:
        stream.write("approvals: 0\n")
    lines = mesh.meshnew("plan", code=3).out.splitlines()
    assert lines[0] == "changes of projects need 0 approvals, no longer 1"
    mesh.meshnew("apply", "--all", "--yes")
    mesh.meshnew("status")
    mesh.meshnew("clone", "sales")
    where = "checkouts/sales"
    mesh.run("git", "switch", "-qc", "mine", where=where)
    (mesh.folder / where / "README.md").write_text("# Sales\n")
    mesh.run("git", "commit", "-qam", "Be brief", where=where)
    mesh.run("git", "push", "-q", "origin", "mine", where=where)
    opened = mesh.meshnew("change", "open", "sales", "-b", "mine", "--json")
    number = json.loads(opened.out)["number"]
    answer = mesh.meshnew("change", "merge", "sales", number, "--no-deploy")
    assert f"Merged change {number} of sales." in answer.out
