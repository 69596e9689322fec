"""Editors complete and check the spec by the schemas in schemas/."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from meshnew.assets import asset
from meshnew.mesh.schema import schemas
from tests.mesh.test_load import FLIGHTS, MESH


@pytest.mark.parametrize("name", ["mesh.json", "project.json"])
def test_the_schemas_are_those_of_the_models(name: str) -> None:
    written = (asset("schemas") / name).read_text()
    assert written == schemas()[name], "run: python -m meshnew.mesh.schema"


@pytest.mark.parametrize(("name", "text"), [("mesh.json", MESH), ("project.json", FLIGHTS)])
def test_a_valid_file_fits_its_schema_and_a_typo_does_not(name: str, text: str) -> None:
    schema = json.loads((asset("schemas") / name).read_text())
    data = yaml.safe_load(text)
    jsonschema.validate(data, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data, "nmae": "x"}, schema)
