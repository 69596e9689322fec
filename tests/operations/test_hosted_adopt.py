"""What a company has already is taken into the state, not made a second time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshnew.provision import imports
from tests.operations.hosted import Company, company, write_mesh
from tests.terraform import schemas

GITHUB = ("postgres", "github", "forge", "pg")


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as found:
        yield found


def test_ids_are_made_of_attributes_that_the_providers_have() -> None:
    known = {
        name: set(about["block"]["attributes"])
        for schema in schemas.load().values()
        for name, about in schema.get("resource_schemas", {}).items()
    }
    for resource, template in imports.IDS.items():
        assert resource in known, resource
        values = {name: f"<{name}>" for name in known[resource]}
        assert imports.id_of(resource, values), template
        assert imports.id_of(resource, {}) is None


@pytest.mark.long
def test_what_is_there_is_taken_in_and_the_rest_is_made(at: Company, tmp_path: Path) -> None:
    me = write_mesh(tmp_path / "it", *GITHUB, state={"kind": "pg", "prefix": "adopts"})
    at.pretence.there |= {
        ("postgresql_schema", "skyline.flights"): {"name": "flights", "database": "skyline"},
        ("postgresql_role", "flights_owner"): {"name": "flights_owner"},
        ("github_repository", "flights"): {"name": "flights", "has_wiki": True},
    }
    env = at.environment
    refused = me.meshnew("adopt", "flights", "--json", code=2, env=env)
    assert "--yes" in refused.text
    assert at.pretence.made == []
    done = json.loads(me.meshnew("adopt", "flights", "--yes", "--json", env=env).out)
    assert {"schema flights", "role flights_owner", "repository flights"} <= set(done["adopted"])
    assert any(
        text.startswith("will adopt schema flights, which is there already") for text in done["did"]
    )
    made = [values.get("name") for kind, values in at.pretence.made if kind == "postgresql_schema"]
    assert "flights_products" in made
    again = me.meshnew("adopt", "flights", "--yes", env=env)
    assert "Nothing to adopt" in again.out


@pytest.mark.long
def test_an_id_that_nobody_asks_for_is_refused(at: Company, tmp_path: Path) -> None:
    me = write_mesh(tmp_path / "it", *GITHUB, state={"kind": "pg", "prefix": "strange"})
    words = ("adopt", "flights", "--yes", "--id")
    assert (
        "nothing is to be made at"
        in me.meshnew(*words, "module.x.y=7", code=2, env=at.environment).text
    )
    assert "no ADDRESS=ID" in me.meshnew(*words, "seven", code=2, env=at.environment).text
