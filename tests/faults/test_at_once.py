"""Several people at once in one mesh: what all of them did is there in the end."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.commands import NEW, STORES, Meshes
from tests.faults.harness import Place, wait_for_stop

pytestmark = pytest.mark.long


@pytest.fixture
def place(meshes: Meshes) -> Iterator[Place]:
    """A mesh that has just begun."""
    copy = meshes.begun.copy(meshes.begun.folder.with_name("shared"))
    yield copy
    copy.remove()


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def repository(place: Place, name: str) -> Path:
    return place.folder / ".meshnew" / "embedded" / "repositories" / f"{name}.git"


def all_is_done(place: Place, *names: str) -> None:
    """Each project is declared once, published, deployed, and nothing is left to do."""
    subjects = git(repository(place, "mesh"), "log", "--format=%s", "main").splitlines()
    assert sorted(subjects) == sorted(
        ["Create the mesh skyline", *(f"Add domain {name}" for name in names)]
    )
    published = git(repository(place, "interfaces"), "ls-tree", "--name-only", "main").split()
    assert set(names) <= set(published)
    assert "Nothing to change" in place.give(("plan", "--all"))
    status = json.loads(place.give(("status", "--json")).partition("\n")[2])
    assert {item["name"] for item in status} >= set(names)


@pytest.mark.parametrize("count", [2, 20])
def test_projects_are_made_at_once(place: Place, count: int) -> None:
    names = [f"domain_{number:02}" for number in range(count)]
    commands = [
        place.begin(("new", "domain", name, "-d", "members=[ada]", "--defaults", "--yes"))
        for name in names
    ]
    ended = [(command.communicate()[0], command.returncode) for command in commands]
    assert [said for said, code in ended if code] == []
    all_is_done(place, *names)


@pytest.mark.parametrize("moment", ["projects/.sales.yml.", "0/18"])
def test_a_second_new_of_a_name_is_refused_while_the_first_runs(place: Place, moment: str) -> None:
    """Before the first's spec is there, and after; nothing of the first is lost."""
    first = place.begin(NEW, at_text=moment, of="detail file")
    assert wait_for_stop(first), place.moments()
    assert "project sales exists" in place.give(NEW, (2,))
    first.send_signal(signal.SIGCONT)
    said, _ = first.communicate()
    assert first.returncode == 0, said
    all_is_done(place, "sales")


def test_a_second_new_of_a_name_is_refused_once_the_first_has_ended(place: Place) -> None:
    """Both saw that there is no such project; the later writes over nothing."""
    zoes = tuple(word.replace("[ada]", "[zoe]") for word in NEW)
    second = place.begin(zoes, at_text="new-sales.lock", of="file")
    assert wait_for_stop(second), place.moments()
    # The log of moments is the second's: the first is given as a user does.
    place.give(NEW)
    second.send_signal(signal.SIGCONT)
    said, _ = second.communicate()
    assert second.returncode == 2, said
    assert "project sales exists" in said
    assert "zoe" not in (place.folder / "projects" / "sales.yml").read_text()
    all_is_done(place, "sales")


def test_all_is_applied_while_a_project_is_made(place: Place) -> None:
    new = place.begin(NEW)
    every = place.begin(("apply", "--all", "--yes"))
    said = [command.communicate()[0] for command in (every, new)]
    assert [every.returncode, new.returncode] == [0, 0], said
    all_is_done(place, "sales")


def test_two_people_commit_projects_at_once(place: Place, tmp_path: Path) -> None:
    """Somebody pushes to the mesh between the commit of a `new` and its push."""
    place.give(("psql", "-c", "select 1"))
    new = place.begin(NEW, at_text="--message Add domain sales", of="run file")
    assert wait_for_stop(new), place.moments()
    theirs = tmp_path / "theirs"
    git(tmp_path, "clone", "-q", str(repository(place, "mesh")), str(theirs))
    shared = theirs / "projects" / "shared.yml"
    shared.write_text(shared.read_text() + "# Ours.\n")
    git(theirs, "commit", "-qam", "Edit shared")
    git(theirs, "push", "-q", "origin", "main")
    new.send_signal(signal.SIGCONT)
    said, _ = new.communicate()
    assert new.returncode == 0, said
    main = git(repository(place, "mesh"), "log", "--format=%s", "main").splitlines()
    assert main[:2] == ["Add domain sales", "Edit shared"]
    assert (place.folder / "projects" / "shared.yml").read_text().endswith("# Ours.\n")
    assert git(place.folder, "status", "--short") == ""


def test_two_projects_publish_their_interfaces_at_once(place: Place) -> None:
    """Stores publishes between the commit of sales' interface and its push."""
    sales = place.begin(NEW, at_text="Publish the interface of sales", of="run file")
    assert wait_for_stop(sales), place.moments()
    place.give(tuple(word.replace("[sales]", "[]") for word in STORES))
    sales.send_signal(signal.SIGCONT)
    said, _ = sales.communicate()
    assert sales.returncode == 0, said
    all_is_done(place, "sales", "stores")
