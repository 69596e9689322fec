"""Copier in a process beside: the same files, the same errors, and it ends with who asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meshnew.errors import ScaffoldError
from meshnew.scaffold import beside, copying
from meshnew.scaffold.template import Template

OURS = Path(__file__).parents[2]
DOMAINS = {
    name: {"description": name, "team": name, "owner": {"name": "A", "email": "a@example.com"}}
    for name in ("flights", "weather")
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template of this repository, tagged."""
    folder = tmp_path_factory.mktemp("template")
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
    for words in (
        ("init", "-qb", "main"),
        ("--work-tree", str(OURS), "add", "template", "copier.yml"),
        (*who, "commit", "-qm", "Begin"),
        ("tag", "v1"),
    ):
        subprocess.run(["git", f"--git-dir={folder}/.git", *words], check=True, cwd=OURS)
    return Template(str(folder), "v1", {}, tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("kind", ["domain", "package"])
def test_what_is_rendered_beside_is_what_copier_renders(
    template: Template, tmp_path: Path, kind: str
) -> None:
    """Also the second time, when texts were compiled before."""
    data = {"kind": kind, "project_name": "air", "mesh": "skyline", "domains": DOMAINS}
    options = {"data": data, "defaults": True, "overwrite": True}
    copying.copy(template, tmp_path / "here" / "air", options)
    beside.copy(template, tmp_path / "first" / "air", options)
    beside.copy(template, tmp_path / "second" / "air", options)
    here, first, second = (_files(tmp_path / name) for name in ("here", "first", "second"))
    assert len(here) > 10
    assert here == first == second


def test_an_error_comes_as_it_is(template: Template, tmp_path: Path) -> None:
    unknown = Template(template.url, "v9", {}, template.cache)
    with pytest.raises(ScaffoldError) as caught:
        beside.copy(unknown, tmp_path / "project", {"defaults": True})
    assert caught.value.where == f"{template.url} v9"
    assert "template: version" in caught.value.fix


def test_a_process_that_was_killed_is_told_and_started_again(
    template: Template, tmp_path: Path
) -> None:
    beside.begin()
    (process,) = beside._running
    process.kill()
    process.wait()
    options = {"data": {"kind": "package", "project_name": "core"}, "defaults": True}
    with pytest.raises(ScaffoldError, match="was ended"):
        beside.copy(template, tmp_path / "project", options)
    beside.copy(template, tmp_path / "project", options)
    assert (tmp_path / "project" / "dbt_project.yml").is_file()


def test_it_ends_with_who_started_it_however_that_ends() -> None:
    begins = "from meshnew.scaffold import beside; beside.begin()"
    dies = "print(beside._running[0].pid, flush=True); os.kill(os.getpid(), 9)"
    command = [sys.executable, "-c", f"import os; {begins}; {dies}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    number = int(done.stdout)
    assert done.returncode == -9
    assert _ends(number)


def _ends(number: int) -> bool:
    """Whether a process that is not ours ends; waits for it as long as a test may take."""
    while True:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
