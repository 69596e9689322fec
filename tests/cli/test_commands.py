"""What every command has in common: help with an example, JSON, exit codes, one clear message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MESHNEW, User

COMMANDS = [
    "init", "new", "plan", "apply", "destroy", "status", "run", "clone", "shell", "psql",
    "stop", "unlock", "doctor", "eject", "change open", "change list", "change show",
    "change checks",
    "change approve", "change merge", "change close", "check owners", "add source", "add staging",
    "add product", "add domain", "add input",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example_and_the_common_options(command: str, tmp_path: Path) -> None:
    help_text = User(tmp_path).run(str(MESHNEW), *command.split(), "--help").out
    assert "Example" in help_text
    for option in ("--json", "-C", "--as"):
        assert option in help_text


@pytest.mark.parametrize(
    "words",
    [["status"], ["plan"], ["apply", "--all"], ["run", "--all", "deploy"], ["clone", "x"],
     ["change", "list"], ["new", "domain", "x", "--defaults"], ["stop"]],
)  # fmt: skip
def test_outside_a_mesh_the_way_to_one_is_named(words: list[str], tmp_path: Path) -> None:
    answer = User(tmp_path).meshnew(*words, code=2)
    assert "meshnew init" in answer.err
    assert "Traceback" not in answer.text


def test_an_error_is_one_json_document_too(tmp_path: Path) -> None:
    answer = User(tmp_path).meshnew("status", "--json", code=2)
    assert "meshnew init" in json.loads(answer.out)["error"]["fix"]


def test_a_typo_in_a_command_names_the_nearest(tmp_path: Path) -> None:
    done = subprocess.run(
        [MESHNEW, "stauts"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 2
    assert "status" in done.stderr


def test_a_broken_spec_is_refused_with_file_and_line_before_anything_starts(
    tmp_path: Path,
) -> None:
    (tmp_path / "mesh.yml").write_text("name: skyline\ntemplat: {version: v0.1.0}\n")
    answer = User(tmp_path).meshnew("apply", "--all", "--yes", code=2)
    assert "mesh.yml:2: unknown key `templat`" in answer.err
    assert "Did you mean `template`?" in answer.err
    assert not (tmp_path / ".meshnew").exists()


@pytest.mark.parametrize("name", ["Skyline", "sky-line", "select", "2sky", "sky;drop", "../sky"])
def test_a_mesh_needs_a_name_that_every_platform_takes(name: str, tmp_path: Path) -> None:
    answer = User(tmp_path).meshnew("init", "m", "--name", name, "--yes", code=2)
    assert "name" in answer.err
    assert not (tmp_path / "m").exists()


def test_init_refuses_a_folder_with_other_things_in_it(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    answer = User(tmp_path).meshnew("init", "--yes", "--name", "skyline", code=2)
    assert "is not empty" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_init_refuses_a_mesh_in_a_mesh(tmp_path: Path) -> None:
    (tmp_path / "mesh.yml").write_text("name: skyline\n")
    answer = User(tmp_path).meshnew("init", "inner", "--yes", code=2)
    assert "lies in another mesh" in answer.err


def versions(folder: Path, **environ: str) -> dict[str, str]:
    done = subprocess.run(
        [MESHNEW, "--version"], cwd=folder, env={**os.environ, **environ}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_the_version_names_what_the_work_depends_on(tmp_path: Path) -> None:
    from importlib.metadata import version

    from meshnew import __version__

    found = versions(tmp_path, MESHNEW_ENGINE="bundled")
    assert found.keys() == {"meshnew", "engine", "Copier", "template"}
    assert found["meshnew"] == __version__
    assert found["engine"].startswith("Terraform v")
    assert found["engine"].endswith("(bundled)")
    assert found["Copier"] == version("copier")
    assert found["template"] == f"v{__version__}, bundled"


def test_the_version_names_the_template_of_the_mesh_one_stands_in(tmp_path: Path) -> None:
    (tmp_path / "mesh.yml").write_text(
        "name: skyline\ntemplate: {version: v0.0.9}\nplatform_team: {name: platform}\n"
    )
    (tmp_path / "checkouts").mkdir()
    found = versions(tmp_path / "checkouts")
    assert found["mesh"] == "skyline, rendered from template v0.0.9"


def test_the_version_is_told_whatever_is_broken(tmp_path: Path) -> None:
    (tmp_path / "mesh.yml").write_text("name: [\n")
    found = versions(tmp_path, MESHNEW_ENGINE="pulumi")
    assert "meshnew doctor" in found["mesh"]
    assert found["engine"] == "MESHNEW_ENGINE=pulumi is no engine"


def test_doctor_finds_what_meshnew_stands_on(tmp_path: Path) -> None:
    findings = json.loads(User(tmp_path).meshnew("doctor", "--json").out)
    assert {"Python", "git", "git identity", "Terraform engine", "disk"} <= {
        item["name"] for item in findings
    }


def test_doctor_says_how_to_mend_what_is_wrong(tmp_path: Path) -> None:
    environ = {"PATH": str(Path(sys.executable).parent), "MESHNEW_ENGINE": "tofu"}
    answer = User(tmp_path).meshnew("doctor", code=1, env=environ)
    assert "Install git" in answer.out
    assert "pip install 'meshnew[embedded]'" in answer.out


def test_help_starts_without_the_heavy_libraries() -> None:
    """A command line that imports Copier, gRPC or psycopg to print its help is slow."""
    program = (
        "import sys; import meshnew.cli; "
        "heavy = {'copier', 'grpc', 'psycopg', 'git', 'python_terraform', 'questionary', 'tf'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
