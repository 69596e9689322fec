"""A wheel carries everything: meshnew works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from uv import find_uv_bin

from meshnew import __version__
from meshnew.assets import asset
from tests.docs.pages import follow

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """meshnew as a release would have it."""
    folder = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", folder, ROOT],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode:
        pytest.skip(f"the build backend cannot be fetched: {built.stderr.splitlines()[-1:]}")
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture
def machine() -> Iterator[Path]:
    """An empty folder of a machine that has git and Python, and no checkout of meshnew.

    Not one of pytest's: PostgreSQL's socket needs a short path to lie in the mesh.
    """
    with tempfile.TemporaryDirectory(prefix="machine-") as folder:
        yield Path(folder).resolve()


def environment(machine: Path) -> dict[str, str]:
    """What a shell has there: nothing on PATH or in Python's path leads to this checkout."""
    own = {"PYTHONPATH", "VIRTUAL_ENV", "MESHNEW_AS"}
    return {
        **{name: value for name, value in os.environ.items() if name not in own},
        "PATH": os.pathsep.join([str(machine / "bin"), "/usr/local/bin", "/usr/bin", "/bin"]),
        "PIPX_HOME": str(machine / "pipx"),
        "PIPX_BIN_DIR": str(machine / "bin"),
        "PIPX_MAN_DIR": str(machine / "man"),
        "UV_TOOL_DIR": str(machine / "tools"),
        "UV_TOOL_BIN_DIR": str(machine / "bin"),
        # A home of its own, and the caches of who runs the tests: an index is far away.
        "HOME": str(machine),
        "UV_CACHE_DIR": cache("uv", "UV_CACHE_DIR"),
        "PIP_CACHE_DIR": cache("pip", "PIP_CACHE_DIR"),
        "XDG_CACHE_HOME": str(Path.home() / ".cache"),
        # The engine of the wheel, whatever this machine has.
        "MESHNEW_ENGINE": "bundled",
    }


def cache(name: str, variable: str) -> str:
    return os.environ.get(variable) or str(Path.home() / ".cache" / name)


def there(machine: Path, *words: object, code: int = 0) -> str:
    """Give a command in the empty folder; what it printed."""
    (machine / "mesh").mkdir(exist_ok=True)
    done = subprocess.run(
        list(map(str, words)),
        cwd=machine / "mesh",
        env=environment(machine),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def requirement(wheel: Path) -> str:
    return f"meshnew[embedded] @ {wheel.as_uri()}"


def test_the_wheel_carries_what_the_checkout_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    for name in ("template", "terraform_modules", "schemas"):
        for path in asset(name).rglob("*.*"):
            if path.is_file() and "__pycache__" not in path.parts:
                inside = path.relative_to(asset(name)).as_posix()
                assert f"meshnew/_assets/{name}/{inside}" in carried


def test_uvx_runs_it_without_installing_anything(wheel: Path, machine: Path) -> None:
    uvx = [find_uv_bin(), "tool", "run", "--from", requirement(wheel), "meshnew"]
    shown = there(machine, *uvx, "--version")
    assert f"meshnew {__version__}" in shown
    assert "(bundled)" in shown
    assert "bootstrap" in there(machine, *uvx, "--help")
    assert list((machine / "mesh").iterdir()) == []


def test_a_reader_of_the_install_page_makes_a_mesh_in_an_empty_folder(
    machine: Path, tmp_path: Path
) -> None:
    there(machine, find_uv_bin(), "tool", "install", "--quiet", "pipx")
    for name in ("uv", "uvx"):
        (machine / "bin" / name).symlink_to(Path(find_uv_bin()).with_name(name))
    follow(ROOT / "docs/how-to/install.md", ROOT, tmp_path, environment(machine))
    where = there(machine, machine / "pipx" / "venvs" / "meshnew" / "bin" / "python", "-c",
                  "import meshnew; print(meshnew.__file__)")  # fmt: skip
    assert str(machine) in where
    try:
        made = there(machine, "meshnew", "init", "--name", "skyline", "--member", "grace", "--yes")
        assert "shared_products.calendar_v1" in made
        assert "mesh skyline, rendered from template" in there(machine, "meshnew", "--version")
        assert "Nothing to change" in there(machine, "meshnew", "plan")
        assert "grace" in there(machine, "meshnew", "connect", "grace")
    finally:
        there(machine, "meshnew", "stop")
    there(machine, "pipx", "uninstall", "meshnew")
    assert not (machine / "bin" / "meshnew").exists()
