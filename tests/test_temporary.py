"""What a meshnew that was killed left of its temporary files goes with the next command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from meshnew import temporary
from meshnew.mesh import write
from tests.conftest import MESHNEW, User

HOLDS = "; print('held', flush=True); __import__('signal').pause()"
FOLDER = f"""
import tempfile, pathlib, contextlib
from meshnew import temporary
stack = contextlib.ExitStack()
stack.enter_context(temporary.own_folder())
pathlib.Path(tempfile.mkdtemp(prefix='copier.'), 'clone').write_text('x')
pass{HOLDS}
"""
FILE = f"""
import pathlib, sys
from meshnew import temporary
handle, _ = temporary.beside(pathlib.Path(sys.argv[1]))
pass{HOLDS}
"""
Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin() -> Begin:
    """Starts a program that holds something, and waits until it does."""

    def start(program: str, *words: str, tmp: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp)},
        )
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        return process

    return start


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    process.send_signal(number)
    process.communicate()


def test_a_folder_goes_with_the_next_command_once_its_maker_was_killed(
    tmp_path: Path, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "meshnew-0123456789abcdef").mkdir()  # a socket's folder, which is not temporary
    process = begin(FOLDER, tmp=tmp_path)
    made = next(tmp_path.glob(f"{temporary.FOLDERS}*"))
    assert len(list(made.glob("copier.*/clone"))) == 1
    with temporary.own_folder():
        assert made.exists()
    end(process, signal.SIGKILL)
    assert made.exists()
    with temporary.own_folder():
        assert not made.exists()
        assert Path(tempfile.gettempdir()).parent == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == ["meshnew-0123456789abcdef"]
    assert tempfile.gettempdir() == str(tmp_path)


def test_a_file_goes_once_whoever_wrote_it_was_killed(tmp_path: Path, begin: Begin) -> None:
    target, others = tmp_path / "mesh.yml", tmp_path / ".mesh.yml.swp"
    others.write_text("an editor's")
    process = begin(FILE, str(target), tmp=tmp_path)
    left = next(tmp_path.glob(f".mesh.yml.*{temporary.MARK}"))
    temporary.clear(tmp_path)
    assert left.exists()
    end(process, signal.SIGKILL)
    write.write_text(tmp_path / "other.yml", "")
    assert left.exists()
    write.write_text(target, "name: skyline\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".mesh.yml.swp",
        "mesh.yml",
        "other.yml",
    ]


def test_only_files_of_ours_go_and_never_a_folder(tmp_path: Path) -> None:
    kept = [".meshnew", f".mesh.yml{temporary.MARK}", ".git", "projects"]
    for name in kept:
        (tmp_path / name).mkdir()
        (tmp_path / name / "state").write_text("all there is")
    temporary.clear(tmp_path)
    assert sorted(path.parent.name for path in tmp_path.glob("*/state")) == sorted(kept)


def test_a_file_in_a_folder_that_is_gone_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        temporary.beside(tmp_path / "gone" / "mesh.yml")


def test_a_link_that_bears_the_mark_is_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / f".mesh.yml.x{temporary.MARK}").symlink_to(kept)
    temporary.clear(tmp_path)
    assert kept.is_dir()


def test_an_init_that_was_killed_before_it_wrote_anything_can_be_repeated(
    user: User, begin: Begin
) -> None:
    process = begin(FILE, str(user.folder / "mesh.yml"), tmp=user.folder.parent)
    end(process, signal.SIGKILL)
    assert list(user.folder.iterdir()) != []
    # It gets beyond the empty folder that it wants: to the name, which will not do.
    assert "is not empty" not in user.meshnew("init", "--name", "Select", "--yes", code=2).text
    assert list(user.folder.iterdir()) == []


def test_a_command_leaves_no_temporary_file(tmp_path: Path) -> None:
    for words in (["doctor"], ["new", "domain", "x"]):
        subprocess.run(
            [str(MESHNEW), *words],
            cwd=tmp_path.parent,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            capture_output=True,
            check=False,
        )
    assert list(tmp_path.iterdir()) == []
