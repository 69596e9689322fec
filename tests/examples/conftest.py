"""The example is no package: its parts are found by their place in the repository."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def skyline() -> Path:
    """Folder of the example."""
    return Path(__file__).parents[2] / "examples" / "skyline"


@pytest.fixture(scope="session")
def raw(skyline: Path) -> ModuleType:
    """The example's loader, as a module."""
    spec = importlib.util.spec_from_file_location("skyline_raw", skyline / "raw.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
