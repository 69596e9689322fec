"""What a process makes for a while, and how another knows what a killed one left of it.

Whoever makes it holds a lock on it, which the system frees when the process dies: what
nobody holds was left, and is removed. Only what bears meshnew's own mark is looked at.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDERS = "meshnew-work-"
"""How the name of a folder of temporary files begins."""
MARK = ".meshnew-part"
"""How the name of a file ends that is to take another's place."""


@contextmanager
def own_folder() -> Iterator[None]:
    """Let all temporary files of this process, its libraries' too, lie in one folder.

    It goes in the end, and what killed processes left of theirs goes now. Where none can be
    made, as on a full disk, everything lies where it would.
    """
    before, handle = tempfile.tempdir, None
    base = Path(tempfile.gettempdir())
    _clear(base, lambda entry: entry.name.startswith(FOLDERS) and entry.is_dir())
    with suppress(OSError):
        handle, tempfile.tempdir = _held(lambda: _folder(base))
    try:
        yield
    finally:
        if handle is not None:
            shutil.rmtree(str(tempfile.tempdir), ignore_errors=True)
            tempfile.tempdir = before
            os.close(handle)


def beside(path: Path) -> tuple[int, Path]:
    """An open file that may take the place of `path`; held until the handle is closed.

    What killed processes left of theirs beside the same path goes.
    """
    begin = f".{path.name}."
    _clear(path.parent, lambda entry: _is_part(entry) and entry.name.startswith(begin))
    handle, name = _held(lambda: tempfile.mkstemp(MARK, begin, path.parent))
    return handle, Path(name)


def clear(folder: Path) -> None:
    """Remove files from a folder that killed processes left beside those they were to replace."""
    _clear(folder, _is_part)


def _is_part(entry: os.DirEntry[str]) -> bool:
    return (
        entry.name.startswith(".")
        and entry.name.endswith(MARK)
        and entry.is_file(follow_symlinks=False)
    )


def _clear(folder: Path, is_ours: Callable[[os.DirEntry[str]], bool]) -> None:
    with suppress(OSError), os.scandir(folder) as found:
        for path in [Path(entry.path) for entry in found if is_ours(entry)]:
            _remove_unless_held(path)


def _folder(base: Path) -> tuple[int, str]:
    name = tempfile.mkdtemp(prefix=FOLDERS, dir=base)
    return os.open(name, os.O_RDONLY), name


def _held(make: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """Make a file or folder and hold it; again where another process cleared it in between."""
    while True:
        handle, name = make()
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.lexists(name):
            return handle, name
        os.close(handle)


def _remove_unless_held(path: Path) -> None:
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(handle).st_uid != os.getuid():
                return  # also as root
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        finally:
            os.close(handle)
