"""A reader of the documentation: their shell, and the mesh that the tutorial leaves them with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import MESHNEW
from tests.docs.pages import ROOT, follow

Follow = Callable[[str, Path], None]


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory, nobodys_settings: None) -> Follow:
    """Do what a page of docs/ says, in a folder."""
    environ = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # A page begins as grace and says so where somebody else acts.
    environ |= {"MESHNEW_AS": "grace", "PAGER": "cat", "GIT_PAGER": "cat"}

    def follow_page(page: str, folder: Path) -> None:
        scratch = tmp_path_factory.mktemp(Path(page).stem)
        follow(ROOT / "docs" / page, folder, scratch, environ)

    return follow_page


@pytest.fixture(scope="session")
def coast(read: Follow) -> Iterator[Path]:
    """The mesh of the tutorial, as somebody has it who followed every step."""
    folder = Path(tempfile.mkdtemp(prefix="mesh-"))
    try:
        read("tutorial.md", folder)
        yield folder
    finally:
        subprocess.run([MESHNEW, "stop", "-C", folder], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
