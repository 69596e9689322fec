"""Shell completion: what the tab key offers, in the shells' own protocol and in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from meshnew.cli import _completion
from tests.conftest import MESHNEW, User

MESH = """\
name: skyline
platform_team: {name: platform, members: [grace]}
readers: {tableau: {reads: [flights]}}
"""
FLIGHTS = """\
domains:
  flights: {members: [ada]}
  delays: {members: []}
consumes: [weather]
"""
PRODUCT = "models:\n  - {name: late, config: {access: public}}\n  - {name: stg_late}\n"


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    """A mesh of which nothing but files is there; nothing runs, and nothing was provisioned."""
    folder = tmp_path / "a mesh"
    (folder / "projects").mkdir(parents=True)
    (folder / "mesh.yml").write_text(MESH)
    (folder / "projects" / "flights.yml").write_text(FLIGHTS)
    (folder / "projects" / "mesh_core.yml").write_text("kind: package\n")
    return folder


def offered(where: Path, line: str, shell: str = "zsh") -> set[str]:
    """What a shell is told when tab is pressed at the end of a line."""
    words = line.split(" ")
    environ = {
        "_MESHNEW_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [MESHNEW], cwd=where, env={**os.environ, **environ}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stderr == ""
    if shell == "zsh":
        return set(done.stdout.partition("((")[2].replace('"', "").replace("))'", "").split())
    return {row.split("\t")[0] for row in done.stdout.splitlines() if row}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("meshnew clo", {"clone"}),
        ("meshnew change merge ", {"flights", "mesh", "mesh_core"}),
        ("meshnew change list m", {"mesh", "mesh_core"}),
        ("meshnew new ", {"domain", "package"}),
        ("meshnew new domain ", {"weather"}),
        ("meshnew connect ", {"ada", "delays_loader", "flights_loader", "grace", "tableau"}),
        ("meshnew psql --role flights_o", {"flights_owner"}),
        ("meshnew status --as ", {"ada", "grace", "tableau"}),
        ("meshnew plan flights ", {"mesh_core"}),
        ("meshnew product list --domain ", {"delays", "flights"}),
    ],
)
def test_names_are_completed_from_the_files_of_the_spec(
    mesh: Path, line: str, expected: set[str]
) -> None:
    assert offered(mesh / "projects", line, "fish") == expected
    assert not (mesh / ".meshnew").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_answered_in_its_own_protocol(mesh: Path, shell: str) -> None:
    assert offered(mesh, "meshnew clone ", shell) == {"flights", "mesh_core"}
    assert offered(mesh, "meshnew plan fl", shell) == {"flights"}


def test_run_completes_projects_and_jobs(mesh: Path) -> None:
    from meshnew.mesh.names import JOBS

    assert offered(mesh, "meshnew run flights ") == {"mesh_core", *JOBS}


def test_a_folder_that_was_named_is_looked_into(mesh: Path) -> None:
    shutil.move(mesh, mesh.with_name("skyline"))
    line = "meshnew plan -C skyline fl"
    assert offered(mesh.parent, line) == {"flights"}


@pytest.mark.parametrize("text", ["[", "- 1\n", "domains: 3\nconsumes: [weather]\n", "\x00"])
def test_a_file_that_is_half_written_is_no_reason_to_complain(mesh: Path, text: str) -> None:
    (mesh / "projects" / "weather.yml").write_text(text)
    (mesh / "mesh.yml").write_text(text)
    assert offered(mesh, "meshnew clone ") == {"flights", "mesh_core", "weather"}
    assert {"ada", "flights_loader"} <= offered(mesh, "meshnew connect ")


def test_outside_a_mesh_it_is_silent(tmp_path: Path) -> None:
    for line in ("meshnew clone ", "meshnew connect ", "meshnew psql --role "):
        assert offered(tmp_path, line) == set()


def test_domains_are_completed(mesh: Path) -> None:
    assert complete(mesh, "domains") == ["delays", "flights"]


def test_products_are_those_of_the_checkouts_until_some_are_published(mesh: Path) -> None:
    models = mesh / "checkouts" / "flights" / "models" / "flights"
    models.mkdir(parents=True)
    (models / "late.yml").write_text(PRODUCT)
    assert complete(mesh, "products") == ["late"]
    assert offered(mesh, "meshnew product show ") == {"late"}
    publish(mesh, '{"products": [{"name": "late"}, {"name": "early"}]}')
    assert complete(mesh, "products") == ["early", "late"]


def complete(mesh: Path, what: str) -> list[str]:
    class Context:
        params = {"folder": mesh}  # noqa: RUF012

    return list(getattr(_completion, what)(Context(), [], ""))


def publish(mesh: Path, manifest: str) -> None:
    """Put a manifest of flights into the interfaces repository."""
    bare = mesh / ".meshnew" / "embedded" / "repositories" / "interfaces.git"
    work = User(mesh / "work")
    (work.folder / "flights").mkdir(parents=True)
    (work.folder / "flights" / "manifest.json").write_text(manifest)
    for words in (
        ("init", "-q", "--bare", "-b", "main", str(bare)),
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        ("commit", "-qm", "Publish"),
        ("push", "-q", str(bare), "main"),
    ):
        work.run("git", *words)


def test_completing_imports_nothing_heavy(mesh: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from meshnew.cli import _completion as c; "
        "ctx = type('Context', (), {'params': {'folder': Path(sys.argv[1])}})(); "
        "[getattr(c, n)(ctx, [], '') for n in ('projects', 'logins', 'roles', 'products')]; "
        "heavy = {'pydantic', 'copier', 'grpc', 'psycopg', 'git', 'questionary', 'ruamel'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, mesh], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on PATH")
def test_a_real_bash_that_sourced_the_script_completes(mesh: Path) -> None:
    program = f"""
PATH={MESHNEW.parent}:$PATH
source <(env _MESHNEW_COMPLETE=source_bash meshnew)
COMP_WORDS=(meshnew plan fli) COMP_CWORD=2
_meshnew_completion meshnew
printf '%s\\n' "${{COMPREPLY[@]}}"
complete -p meshnew
"""
    done = User(mesh).run("bash", "--norc", "-c", program)
    assert done.out.splitlines() == [
        "flights",
        "complete -o default -F _meshnew_completion meshnew",
    ]


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", ".bashrc"),
        ("zsh", ".zfunc/_meshnew"),
        ("fish", ".config/fish/completions/meshnew.fish"),
    ],
)
def test_completion_is_installed_and_shown_for_the_shell_one_sits_in(
    shell: str, file: str, tmp_path: Path
) -> None:
    # Typer asks the process tree which shell it is; a test has none, so it is told.
    environ = {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    for flag in ("--show-completion", "--install-completion"):
        done = subprocess.run(
            [MESHNEW, flag, shell], env={**os.environ, **environ}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "meshnew" in done.stdout
    assert (tmp_path / file).is_file()
