"""Meshes to kill commands in, built once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.commands import Meshes
from tests.faults.harness import Place


@pytest.fixture(scope="module")
def meshes() -> Iterator[Meshes]:
    """Meshes that are copied and killed; what tests began from them goes with them."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        yield Meshes(folder)
    finally:
        for mesh in folder.glob("*/.meshnew"):
            Place(mesh.parent).stop()
        shutil.rmtree(folder, ignore_errors=True)
