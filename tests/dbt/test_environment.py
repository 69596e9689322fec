"""A project's environment: built once from its pins, shared, mended when broken."""

from __future__ import annotations

import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from meshnew.dbt.environment import Environment, prepare
from meshnew.errors import RunError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MESHNEW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "environments"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with a wheel of a tiny distribution, so that no index is needed."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "SIZE = 'tiny'\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        tags = "Root-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: t\n{tags}")
        wheel.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture
def pins(tmp_path: Path, wheels: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(f"--no-index\n--find-links {wheels}\ntiny==1.0\n")
    return path


def _imports_tiny(environment: Environment) -> bool:
    command = [str(environment.python), "-c", "import tiny; print(tiny.SIZE)"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout == "tiny\n"


def test_two_runs_at_once_build_it_once(pins: Path) -> None:
    lines: list[str] = []
    found: list[Environment] = []
    threads = [
        threading.Thread(target=lambda: found.append(prepare(pins, on_line=lines.append)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert sum("building a dbt environment" in line for line in lines) == 1
    assert _imports_tiny(found[0])


def test_one_left_half_built_is_built_anew(pins: Path) -> None:
    environment = prepare(pins)
    (environment.folder / ".complete").unlink()
    for module in environment.folder.rglob("tiny.py"):
        module.unlink()
    assert not _imports_tiny(environment)
    assert _imports_tiny(prepare(pins))


def test_one_whose_python_is_gone_is_built_anew(pins: Path) -> None:
    environment = prepare(pins)
    environment.python.unlink()
    environment.python.symlink_to("/nowhere/python")
    assert _imports_tiny(prepare(pins))


def test_projects_that_pin_the_same_share_it(pins: Path, tmp_path: Path, cache: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(
        "# the same, said otherwise\n\n"
        + "\n".join(f"  {line}  # why" for line in reversed(pins.read_text().splitlines()))
    )
    assert prepare(pins) == prepare(other)
    nested = tmp_path / "nested.txt"
    nested.write_text("-r other.txt\n")
    assert prepare(nested) == prepare(pins)
    assert len([path for path in cache.iterdir() if path.is_dir()]) == 1


def test_what_pip_is_told_uv_is_told(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    path = tmp_path / "requirements.txt"
    path.write_text("tiny==1.0\n")
    assert _imports_tiny(prepare(path))


def test_a_pin_that_does_not_exist_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("--no-index\ntiny==7\n")
    with pytest.raises(RunError) as caught:
        prepare(path)
    assert "tiny" in caught.value.what
    assert caught.value.where == "requirements.txt"
    assert "PIP_INDEX_URL" in caught.value.fix
    assert str(tmp_path) not in str(caught.value)


def test_a_project_without_requirements_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be read"):
        prepare(tmp_path / "requirements.txt")
