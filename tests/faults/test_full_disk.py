"""The disk on which the mesh lies is full, for git, Terraform, dbt and Postgres too.

The mesh lies in a file system of its own, in memory, that has some room left and no more.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.commands import NEW, Meshes
from tests.faults.harness import Place
from tests.faults.snapshot import difference, snapshot

ROOM = (0, 20, 50, 80, 120, 160, 200, 250, 500, 1000, 2000, 3000)
"""Kilobytes that are left where `new` begins; it needs some 4 MB in all."""


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A folder that is a file system of its own."""
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        folder.rmdir()
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture(scope="module")
def expected(meshes: Meshes) -> dict[str, Any]:
    """What `new` ends in where there is room."""
    copy = meshes.one.copy(meshes.one.folder.with_name("expected"))
    try:
        return snapshot(copy.folder)
    finally:
        copy.remove()


def leave(disk: Path, kilobytes: int | None) -> None:
    """Let the disk have just that much room left; None for plenty."""
    used = shutil.disk_usage(disk).used // 1024
    size = "1g" if kilobytes is None else f"{used + kilobytes}k"
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


@pytest.mark.long
@pytest.mark.parametrize("room", ROOM)
def test_new_on_a_full_disk_carries_on_once_there_is_room(
    disk: Path, meshes: Meshes, expected: dict[str, Any], room: int
) -> None:
    place: Place = meshes.begun.copy(disk / "m")
    try:
        leave(disk, room)
        said = place.give(NEW, (0, 1))
        assert "Traceback" not in said, said
        leave(disk, None)
        place.give(NEW, (0, 2) if "-> 0" in said else (0,))
        assert difference(expected, snapshot(place.folder)) == ""
    finally:
        leave(disk, None)
        place.remove()
