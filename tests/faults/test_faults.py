"""What else breaks in the middle of a command: it says so, and the same command carries on."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshnew.embedded.postgres import Postgres
from tests.conftest import MESHNEW
from tests.faults.commands import NEW, Meshes
from tests.faults.harness import Place, descendants, kill, wait_for_stop
from tests.faults.snapshot import difference, snapshot

SEED = 20261125
REFUSE_ONCE = """#!/bin/sh
rm "$0"
echo "the disk of the forge is full" >&2
exit 1
"""


@pytest.fixture
def place(meshes: Meshes) -> Iterator[Place]:
    """A mesh that has just begun."""
    copy = meshes.begun.copy(meshes.begun.folder.with_name("broken"))
    yield copy
    copy.remove()


def processes(pids: list[int], words: str) -> list[int]:
    """Those of the processes whose command line holds some words."""
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ") for pid in pids}
    return [pid for pid, line in lines.items() if words.encode() in line]


def ends_well(place: Place, meshes: Meshes, *, over: int = 0) -> None:
    """The same command again, which ends with `over` where all was done: as if nothing had been."""
    place.give(NEW, (0, over))
    expected = meshes.one.copy(meshes.one.folder.with_name("expected"))
    try:
        assert difference(snapshot(expected.folder), snapshot(place.folder)) == ""
    finally:
        expected.remove()


def test_terraforms_lock_is_held_by_whom_was_killed(place: Place) -> None:
    place.give(("psql", "-c", "select 1"))
    assert "Nothing is locked." in place.give(("unlock",))
    process = place.begin(NEW, at_text="0/18", of="detail")
    assert wait_for_stop(process)
    # Who holds it lives: meshnew, and once it is dead its Terraform.
    refused = place.give(("unlock",), (4,))
    assert "another meshnew command is provisioning, and lives" in refused
    left = processes(descendants(process.pid), "terraform apply")
    assert left
    for pid in left:
        os.kill(pid, signal.SIGSTOP)
    kill(process, alone=True)
    refused = place.give(("unlock",), (4,))
    assert "its state is held by a Terraform that lives: OperationTypeApply by" in refused
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    unlocked = json.loads(place.give(("unlock", "--json")).partition("\n")[2])
    assert {lock["operation"] for lock in unlocked} == {"OperationTypeApply"}
    assert "Nothing is locked." in place.give(("unlock",))


@pytest.mark.long
def test_postgres_is_killed_while_terraform_applies(place: Place, meshes: Meshes) -> None:
    process = place.begin(NEW, at_text="0/18", of="detail")
    assert wait_for_stop(process)
    server = Postgres(place.folder / ".meshnew" / "embedded" / "postgres")
    os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    said, _ = process.communicate()
    assert process.returncode == 1, said
    assert "✗ Provision" in said
    assert "Traceback" not in said
    ends_well(place, meshes)


@pytest.mark.long
def test_a_push_is_refused(place: Place, meshes: Meshes) -> None:
    hook = place.folder / ".meshnew/embedded/repositories/interfaces.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(REFUSE_ONCE)
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    said = place.give(NEW, (1,))
    assert "the disk of the forge is full" in said
    ends_well(place, meshes)


@pytest.mark.long
def test_dbt_is_killed(place: Place, meshes: Meshes) -> None:
    process = place.begin(NEW, at_text=r"\d sales_example$", of="detail")
    assert wait_for_stop(process)
    for pid in processes(descendants(process.pid), "_process.py"):
        os.kill(pid, signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    said, _ = process.communicate()
    assert process.returncode == 1, said
    assert "dbt's process was ended by signal SIGKILL" in said
    ends_well(place, meshes)


@pytest.mark.long
def test_the_disk_is_full_when_a_spec_is_written(place: Place, meshes: Meshes) -> None:
    """Injected: opening the file fails with ENOSPC, as it does where nothing is left."""
    process = place.begin(NEW, at_text="projects/.sales.yml", of="file", do="full")
    said, _ = process.communicate()
    assert process.returncode == 1, said
    assert "No space left on device" in said
    assert "the same command again: it carries on" in " ".join(said.split())
    assert not (place.folder / "projects" / "sales.yml").exists()
    assert [path.name for path in (place.folder / "projects").glob(".sales*")] == []
    ends_well(place, meshes)


@pytest.mark.long
@pytest.mark.parametrize("number", range(12))
def test_the_disk_is_full_at_a_random_moment(place: Place, meshes: Meshes, number: int) -> None:
    at = random.Random(f"{SEED} {number}").randint(1, 300)
    process = place.begin(NEW, at=at, of="file", do="full")
    said, _ = process.communicate()
    assert process.returncode in (0, 1), said
    assert "Traceback" not in said
    ends_well(place, meshes, over=2)


@pytest.mark.long
def test_git_is_killed_in_the_meshs_folder(place: Place, meshes: Meshes) -> None:
    """Its locks stay; meshnew knows that they are its own, and removes them."""
    process = place.begin(NEW, at_text="--message Add domain sales", of="run file")
    assert wait_for_stop(process), place.moments()
    kill(process)
    (place.folder / ".git" / "index.lock").write_text("")  # what a git killed just then leaves
    ends_well(place, meshes)


def test_a_lock_of_the_users_own_git_is_not_touched(place: Place) -> None:
    lock = place.folder / ".git" / "index.lock"
    lock.write_text("")
    said = subprocess.run(
        [str(MESHNEW), *NEW], cwd=place.folder, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "index.lock" in said.stderr
    assert lock.exists()
    lock.unlink()
