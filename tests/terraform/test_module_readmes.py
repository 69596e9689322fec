"""READMEs of modules: tables are what the code says, examples plan."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.terraform import readme
from tests.terraform.real import MODULES, Real

READMES = {path.parent.relative_to(MODULES).as_posix(): path for path in readme.READMES}
EXAMPLES = [
    (kind, layer, text) for kind, path in READMES.items() for layer, text in readme.examples(path)
]


@pytest.mark.parametrize("kind", READMES)
def test_its_tables_are_what_the_code_says(kind: str) -> None:
    path = READMES[kind]
    assert path.read_text() == readme.rewritten(path), (
        "write them again: .venv/bin/python -m tests.terraform.readme"
    )


@pytest.mark.parametrize("kind", READMES)
def test_it_has_an_example(kind: str) -> None:
    assert readme.examples(READMES[kind])


@pytest.mark.parametrize(
    ("kind", "layer", "text"), EXAMPLES, ids=[f"{kind}/{layer}" for kind, layer, _ in EXAMPLES]
)
def test_its_example_plans(real: Real, tmp_path: Path, kind: str, layer: str, text: str) -> None:
    source = f'"../../terraform_modules/{kind}/{layer}"'
    assert source in text
    shutil.copytree(MODULES / kind / layer, tmp_path / "module")
    (tmp_path / "main.tf").write_text(text.replace(source, '"./module"'))
    shutil.copy2(tmp_path / "module" / "versions.tf", tmp_path)
    assert real.plans_folder(tmp_path, {"example": {}})["example"].resources
