"""The template as a tagged git repository, and projects rendered from it."""

from __future__ import annotations

import configparser
import csv
import io
import json
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from copier import VcsRef, run_copy, run_update

from meshnew.assets import asset
from meshnew.errors import RunError

if TYPE_CHECKING:
    from tests.template.laboratory import Laboratory

VERSION = "v0.1.0"

Render = Callable[..., Path]


def git(folder: Path, *words: str) -> str:
    """Run git as somebody; its output."""
    identity = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
    command = ["git", *identity, "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, message: str = "work", tag: str = "") -> None:
    """Commit everything in a folder, which becomes a repository if it is none."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    if tag:
        git(folder, "tag", tag)


def domain(name: str, **changes: Any) -> dict[str, Any]:
    """What the spec says of a domain."""
    return {
        "description": f"All about {name}",
        "owner": {"name": "Ada Adeyemi", "email": f"{name}@example.com"},
        "team": f"{name}-data",
        **changes,
    }


def domains(*names: str) -> dict[str, dict[str, Any]]:
    """What the spec says of several domains."""
    return {name: domain(name) for name in names}


@dataclass(frozen=True)
class Template:
    """A copy of the template, with versions."""

    folder: Path

    @classmethod
    def publish(cls, folder: Path) -> Template:
        """Copy the template into a repository and tag it, as `meshnew init` does."""
        shutil.copytree(asset("template"), folder / "template")
        shutil.copy(asset("copier.yml"), folder)
        commit(folder, "template", VERSION)
        return cls(folder)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a text in a file of the template."""
        path = self.folder / "template" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def release(self, version: str) -> None:
        """Tag what was edited as a new version."""
        commit(self.folder, version, version)

    def render(self, folder: Path, kind: str, project: str, **data: Any) -> Path:
        """Render without asking."""
        run_copy(
            str(self.folder),
            folder,
            data={"kind": kind, "project": project, **data},
            defaults=True,
            quiet=True,
        )
        return folder


def update(folder: Path, version: str | None = None, **data: Any) -> None:
    """Bring a rendered project to a version, the one it has by default, and to answers."""
    run_update(
        folder,
        data=data,
        vcs_ref=version or VcsRef.CURRENT,
        defaults=True,
        overwrite=True,
        quiet=True,
    )


def files(folder: Path) -> dict[str, str]:
    """Text of every file of a project, by its path; what git and dbt keep is left out."""
    own = (".git", "dbt_packages", "logs", "target")
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in own
    }


def are_what_their_names_say(texts: dict[str, str]) -> None:
    """Every file of a project can be read as its name promises, and ends as files do."""
    for name, text in texts.items():
        assert not re.search(r"\[\[|\]\]|\[%|%\]|\[#|#\]", name + text), name
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), name
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), name
        assert "\n\n\n" not in text, name
        suffix = Path(name).suffix or Path(name).name
        assert suffix != ".jinja", name
        if suffix in (".yml", ".yaml", ".yamllint"):
            assert isinstance(yaml.safe_load(text), dict), name
        elif suffix == ".json":
            json.loads(text)
        elif suffix == ".toml":
            tomllib.loads(text)
        elif suffix in (".sqlfluff", ".editorconfig"):
            configparser.ConfigParser().read_string(f"[top]\n{text}")
        elif suffix == ".csv":
            assert len({len(row) for row in csv.reader(io.StringIO(text))}) == 1, name


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template as it is; not to be edited."""
    return Template.publish(tmp_path_factory.mktemp("template"))


@pytest.fixture
def template(tmp_path: Path) -> Template:
    """A template of a test's own."""
    return Template.publish(tmp_path / "template")


@pytest.fixture
def render(published: Template, tmp_path: Path) -> Render:
    """Renders into a new folder: `render(kind, project, **answers)`."""

    def make(kind: str = "domain", project: str = "flights", **data: Any) -> Path:
        return published.render(tmp_path / f"rendered_{kind}_{project}", kind, project, **data)

    return make


@pytest.fixture(scope="module")
def laboratory(published: Template) -> Iterator[Laboratory]:
    """Where rendered projects are built."""
    from tests.template.laboratory import Laboratory  # which renders as this file does

    # Not pytest's folder: the server's account has to reach it, and its path be short.
    folder = Path(tempfile.mkdtemp(prefix="mn-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        laboratory = Laboratory.open(folder, published)
    except RunError as error:
        pytest.skip(f"no dbt: {error.what}")
    try:
        yield laboratory
    finally:
        laboratory.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def integration(laboratory: Laboratory) -> Path:
    """The project with which the package tests itself."""
    return laboratory.folder / "mesh_core" / "integration_tests"
