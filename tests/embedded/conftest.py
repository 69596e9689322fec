"""A fresh laptop platform for a test, stopped at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshnew.embedded.platform import Embedded


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    platform = Embedded(tmp_path, "skyline")
    yield platform
    platform.postgres.stop()
