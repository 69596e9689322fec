"""warehouse/embedded through its life; `make conformance` leads warehouse/postgres through it."""

from __future__ import annotations

import pytest

from tests.terraform.conftest import Skyline
from tests.terraform.lifecycle import Life, Lifecycle


@pytest.fixture(scope="module")
def life(open_skyline: Skyline) -> Life:
    environment, connect = open_skyline.environment, open_skyline.embedded.postgres.connect
    return Life("embedded", open_skyline.home / "life", environment, connect)


@pytest.mark.long
class TestEmbedded(Lifecycle):
    """The story, on the platform that runs here."""
