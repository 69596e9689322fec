"""A wheel carries everything: meshnew works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from meshnew.assets import asset
from tests.conftest import User

ROOT = Path(__file__).parent.parent


@pytest.mark.long
def test_a_mesh_is_made_from_an_unpacked_wheel_alone(user: User, tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        pytest.skip(f"the build backend cannot be fetched: {built.stderr.splitlines()[-1:]}")
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    carried = site / "meshnew" / "_assets"
    for name in ("template", "terraform_modules", "schemas"):
        expected = {path.relative_to(asset(name)) for path in asset(name).rglob("*.*")}
        assert {path.relative_to(carried / name) for path in (carried / name).rglob("*.*")} >= {
            path for path in expected if "__pycache__" not in path.parts
        }
    program = [sys.executable, "-m", "meshnew"]
    environ = {**os.environ, "PYTHONPATH": str(site)}
    where = "import meshnew; print(meshnew.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", where], env=environ, capture_output=True, text=True, check=True
    )
    assert str(site) in found.stdout
    done = subprocess.run(
        [*program, "init", "--name", "skyline", "--member", "grace", "--yes"],
        cwd=user.folder, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "shared_products.calendar_v1" in done.stdout
