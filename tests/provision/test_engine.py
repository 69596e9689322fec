"""Which Terraform engine is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.errors import PlatformError
from meshnew.provision import engine


def program(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    return tmp_path


def test_terraform_on_path_comes_first_then_tofu(path: Path) -> None:
    program(path, "tofu")
    assert engine.find().name == "tofu"
    program(path, "terraform")
    assert engine.find().name == "terraform"


def test_without_either_the_bundled_engine_is_used(path: Path) -> None:
    assert engine.find().name == "bundled"


def test_the_variable_chooses(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "terraform")
    monkeypatch.setenv(engine.VARIABLE, "bundled")
    assert engine.find().name == "bundled"


@pytest.mark.parametrize(("wanted", "said"), [("tofu", "named tofu"), ("pulumi", "is no engine")])
def test_one_that_is_not_there_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, said: str
) -> None:
    monkeypatch.setenv(engine.VARIABLE, wanted)
    with pytest.raises(PlatformError, match=said) as caught:
        engine.find()
    assert caught.value.fix


@pytest.mark.parametrize(
    ("gigabytes", "engines", "limit"),
    [(24, 4, "400MiB"), (4, 4, "256MiB"), (2, 8, "64MiB"), (0.5, 4, "64MiB")],
)
def test_all_engines_together_take_a_quarter_of_a_small_machine(
    gigabytes: float, engines: int, limit: str
) -> None:
    assert engine.memory_limit(engines, int(gigabytes * 2**30)) == limit
