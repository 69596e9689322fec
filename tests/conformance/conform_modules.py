"""Every module, and every combination of platforms, validated by the real providers."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from meshnew.provision import modules
from tests.conformance.conftest import Needs
from tests.conformance.installed import Installed
from tests.terraform.combinations import PLATFORMS, stacks
from tests.terraform.real import MODULES, REAL


def validate(found: Installed, folder: Path) -> None:
    code, said = found.run(folder, "init", "-input=false", "-backend=false")
    assert code == 0, said
    _, said = found.run(folder, "validate", "-json")
    told = json.loads(said)["diagnostics"]
    assert told == [], [f"{item['summary']}: {item.get('detail', '')}" for item in told]


@pytest.mark.parametrize("module", REAL)
def test_a_module_is_valid(needs: Needs, tmp_path: Path, module: str) -> None:
    text = (MODULES / module / "versions.tf").read_text()
    found = needs(*re.findall(r"^    (\w+) = \{", text, flags=re.MULTILINE))
    kind, _, layer = module.rpartition("/")
    shutil.copytree(MODULES / kind, tmp_path / "kind")
    validate(found, tmp_path / "kind" / layer)


@pytest.mark.parametrize("platforms", PLATFORMS, ids="-".join)
def test_a_combination_is_valid(
    needs: Needs, tmp_path: Path, platforms: tuple[str, str, str]
) -> None:
    modules.copy_to(tmp_path / "modules")
    for stack in stacks((*platforms, "s3")):
        document = stack.document()
        found = needs(*document["terraform"]["required_providers"])
        folder = tmp_path / "stacks" / stack.layer / stack.name
        folder.mkdir(parents=True)
        (folder / "main.tf.json").write_text(json.dumps(document))
        validate(found, folder)
