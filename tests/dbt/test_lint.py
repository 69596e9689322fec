"""A project is linted by its own tools and settings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from meshnew.dbt.environment import prepare
from meshnew.dbt.lint import NoLinterError, Problem, lint
from tests.template.conftest import Template

EXAMPLES = Path(__file__).parents[2] / "examples" / "skyline" / "projects"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as the template renders it."""
    folder = tmp_path_factory.mktemp("lint")
    return Template.publish(folder / "template").render(folder / "project", "domain", "orchard")


@pytest.fixture(scope="module")
def python(rendered: Path) -> Path:
    """Interpreter of the environment that a rendered project has."""
    return prepare(rendered / "requirements.txt").python


@pytest.fixture
def project(tmp_path: Path, rendered: Path) -> Path:
    for name in (".sqlfluff", ".sqlfluffignore", ".yamllint"):
        shutil.copy(rendered / name, tmp_path)
    models = tmp_path / "models" / "orchard"
    models.mkdir(parents=True)
    (models / "apples.sql").write_text("SELECT id\nfrom {{ ref('trees') }}\n")
    (models / "pears.sql").write_text("select id\nfrom {{ ref('trees') }}\n")
    (models / "orchard.yml").write_text("models:\n  - name: apples\n  - {name:  pears }\n")
    return tmp_path


def test_problems_of_sql_and_yaml_have_file_line_and_rule(python: Path, project: Path) -> None:
    found = lint(python, project)
    assert [(p.file, p.line, p.rule) for p in found] == [
        ("models/orchard/apples.sql", 1, "CP01"),
        ("models/orchard/orchard.yml", 3, "braces"),
        ("models/orchard/orchard.yml", 3, "colons"),
    ]
    assert found[0] == Problem(
        "models/orchard/apples.sql", 1, "CP01", "Keywords must be lower case."
    )


def test_only_files_that_are_named_and_there_are_linted(python: Path, project: Path) -> None:
    named = ["models/orchard/pears.sql", "models/orchard/gone.sql", "README.md"]
    assert lint(python, project, named) == []


def test_a_linter_is_told_no_secret_of_the_shell(
    python: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "canary")
    monkeypatch.setenv("ORCHARD", "apples")
    # A module that templates may use: sqlfluff imports it.
    (project / "library").mkdir()
    (project / "library" / "spy.py").write_text(
        "import os\n"
        "open('seen', 'w').write('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))\n"
    )
    with (project / ".sqlfluff").open("a") as settings:
        settings.write("[sqlfluff:templater:jinja]\nlibrary_path = library\n")
    lint(python, project, ["models/orchard/pears.sql"])
    seen = (project / "seen").read_text()
    assert "ORCHARD=apples" in seen
    assert "canary" not in seen


def test_an_environment_of_an_older_template_is_named(project: Path, dbt_python: Path) -> None:
    with pytest.raises(NoLinterError, match="has no sqlfluff"):
        lint(dbt_python, project)


def test_the_example_passes(python: Path, rendered: Path, tmp_path: Path) -> None:
    for project in sorted(EXAMPLES.iterdir()):
        folder = Path(shutil.copytree(project, tmp_path / project.name))
        for name in (".sqlfluff", ".sqlfluffignore", ".yamllint"):
            shutil.copy(rendered / name, folder)
        assert lint(python, folder) == []


def test_the_hook_before_a_commit_has_the_same_linters(rendered: Path) -> None:
    hooks = yaml.safe_load((rendered / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    pins = {pin for hook in hooks for pin in hook["additional_dependencies"]}
    assert pins <= set((rendered / "requirements.txt").read_text().splitlines())
