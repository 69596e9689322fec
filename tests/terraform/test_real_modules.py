"""Every module of a real platform fits its provider's schema and passes its tests."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.terraform import schemas
from tests.terraform.real import MODULES, REAL, TESTS, Real


@pytest.mark.parametrize("module", REAL)
def test_it_fits_the_schema_of_its_provider(real: Real, module: str) -> None:
    real.validate(module)


@pytest.mark.parametrize("module", [module for module in REAL if (TESTS / module).is_dir()])
def test_its_runs_pass(real: Real, module: str) -> None:
    assert real.test(module)


def test_there_is_a_module_for_each_folder_of_tests() -> None:
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.tftest.*")}
    assert folders <= set(REAL)


def test_schemas_are_of_what_the_modules_use_and_of_nothing_else() -> None:
    kept: dict[str, set[str]] = {kind: set() for kind in schemas.KINDS}
    for schema in schemas.load().values():
        for kind, key in schemas.KINDS.items():
            kept[kind] |= set(schema[key])
    used = {
        kind: {name for name in names if not name.startswith("embedded_")}
        for kind, names in schemas.used().items()
    }
    assert kept == used, "write them again: tests/terraform/schemas/README.md"


def test_where_the_schemas_are_from_is_said() -> None:
    readme = (schemas.FOLDER / "README.md").read_text()
    said = dict(re.findall(r"^\| (\w+\.json) \| (.+) \|$", readme, flags=re.MULTILINE))
    for path in sorted(schemas.FOLDER.glob("*.json")):
        document = json.loads(path.read_text())
        (source,) = document["provider_schemas"]
        name = source.removeprefix("registry.terraform.io/")
        assert said.pop(path.name) == f"{name} | {document['provider_version']}"
        assert document == json.loads(schemas.written(document))
    assert not said


def test_what_the_schema_does_not_know_is_refused(real: Real, tmp_path: Path) -> None:
    document = {
        "terraform": {"required_providers": {"postgresql": {"source": "cyrilgdn/postgresql"}}},
        "resource": {"postgresql_role": {"this": {"nome": "flights_owner"}}},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(document))
    with pytest.raises(AssertionError) as refused:
        real.validate_folder(tmp_path)
    assert 'The argument "name" is required' in str(refused.value)
    assert 'No argument or block type is named "nome"' in str(refused.value)


def test_modules_pin_the_major_version_of_the_schema() -> None:
    for module in REAL:
        text = (MODULES / module / "versions.tf").read_text()
        for source, version in re.findall(r'source\s+= "([^"]+)"\s+version\s+= "([^"]+)"', text):
            name = source.partition("/")[2]
            document = json.loads((schemas.FOLDER / f"{name}.json").read_text())
            major, minor = document["provider_version"].split(".")[:2]
            assert version == f"~> {major}.{minor}", f"{module}: {source}"
