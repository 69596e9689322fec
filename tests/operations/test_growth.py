"""What a command does grows with the mesh no faster than the mesh: counted, not timed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import pytest

from benchmarks import _mesh
from meshnew.mesh.differences import differences
from meshnew.mesh.load import load
from meshnew.operations.session import Session
from meshnew.operations.status import status

SMALL, LARGE = 20, 80
GROWTH = LARGE / SMALL
SLACK = 1.15


def calls(work: Callable[[], object]) -> int:
    """How many functions are called: a measure of work that is the same on every machine."""
    count = 0

    def see(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    work()  # caches are filled
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def looks(session: Session, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What `status` asks of others: questions to Postgres, files, processes."""
    seen: Counter[str] = Counter()
    ask = psycopg.Connection.execute

    def counted(self: Any, *arguments: Any, **more: Any) -> Any:
        seen["questions"] += 1
        return ask(self, *arguments, **more)

    def hook(event: str, _arguments: tuple[Any, ...]) -> None:
        if listening and event in ("open", "subprocess.Popen"):
            seen[event] += 1

    listening = True
    sys.addaudithook(hook)  # it cannot be taken away again
    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "execute", counted)
        status(session)
    listening = False
    return seen


def spec(folder: Path, count: int) -> Path:
    folder.mkdir()
    _mesh.write(folder, count)
    return folder


def test_loading_and_composing_grow_with_the_number_of_projects(tmp_path: Path) -> None:
    folders = [spec(tmp_path / str(count), count) for count in (SMALL, LARGE)]
    loaded = [calls(lambda folder=folder: load(folder)) for folder in folders]
    assert loaded[1] / loaded[0] < GROWTH * SLACK
    composed = [
        calls(lambda folder=folder: [s.digest for s in _mesh.stacks(_mesh.session_of(folder))])
        for folder in folders
    ]
    assert composed[1] / composed[0] < GROWTH * SLACK
    compared = [calls(lambda mesh=mesh: differences(mesh, mesh)) for mesh in map(load, folders)]
    assert compared[1] / compared[0] < GROWTH * SLACK


@pytest.fixture(scope="module")
def meshes() -> Iterator[list[Session]]:
    """Two meshes that differ in nothing but their size, as the records have them."""
    with _mesh.recorded(SMALL // 4) as small, _mesh.recorded(LARGE // 4) as large:
        yield [small, large]


def test_status_asks_as_much_of_a_large_mesh_as_of_a_small_one(
    meshes: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    for session in meshes:
        status(session)  # connects and imports
    small, large = (looks(session, monkeypatch) for session in meshes)
    assert small == large
    assert 0 < large["questions"] < 10
    assert not large["subprocess.Popen"]


def test_status_grows_with_the_number_of_projects(meshes: list[Session]) -> None:
    done = [calls(lambda session=session: status(session)) for session in meshes]
    assert done[1] / done[0] < GROWTH * SLACK
