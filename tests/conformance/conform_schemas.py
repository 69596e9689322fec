"""The schemas that the tests serve are what the real providers say of themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meshnew.provision.providers import Provider
from tests.conformance.conftest import Needs
from tests.conformance.installed import BY_NAME
from tests.terraform import schemas
from tests.terraform.schemas.differences import differences


@pytest.mark.parametrize("provider", BY_NAME.values(), ids=lambda provider: provider.name)
def test_the_schema_is_that_of_the_provider(needs: Needs, provider: Provider) -> None:
    real: dict[str, Any] = dict(needs(provider.name).schema(provider))
    ours = json.loads((schemas.FOLDER / f"{provider.name}.json").read_text())
    assert ours["provider_version"] == provider.version
    (name,) = ours["provider_schemas"]
    wanted = schemas.used()
    reduced = schemas.reduced({"provider_schemas": {name: real["provider_schemas"][name]}}, wanted)
    found = differences(ours["provider_schemas"][name], reduced["provider_schemas"][name])
    assert not found, "\n".join(["write them again: tests/terraform/schemas/README.md", *found])
