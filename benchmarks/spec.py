"""A spec loaded and checked, against reading the same YAML with the C loader."""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml

from benchmarks import _mesh
from benchmarks._pairs import Result, compare
from meshnew.mesh.load import load


def measure(times: int, count: int = 1000) -> list[Result]:
    """Both in this process, so that no start of Python is in it."""
    with tempfile.TemporaryDirectory(prefix="mesh-") as temporary:
        folder = Path(temporary)
        _mesh.write(folder, count)
        name = f"spec of {count} projects"
        done = compare(name, lambda: load(folder), lambda: _read(folder), target=2.0, times=times)
    return [done]


def _read(folder: Path) -> None:
    for path in [folder / "mesh.yml", *sorted((folder / "projects").glob("*.yml"))]:
        with path.open("rb") as stream:
            yaml.load(stream, Loader=yaml.CSafeLoader)
