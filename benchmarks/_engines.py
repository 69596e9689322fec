"""The baselines: Terraform, Copier and git called directly, one after the other.

They are given what meshnew would give them: the same modules, the finished JSON of each
root module, and the platform's provider, already served.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from copier import run_copy
from plumbum import local

from meshnew.embedded.provider import serve
from meshnew.operations.session import Session
from meshnew.provision import engine, modules, terraform
from meshnew.provision.compose import Stack


@contextmanager
def warm(session: Session) -> Iterator[None]:
    """The provider served and named in the environment, the modules in their place."""
    home = session.mesh.home
    modules.copy_to(home / "modules")
    with serve(session.embedded) as variables, terraform.environment(home, variables, engines=1):
        # The engine as it is, without what meshnew sets for it.
        for name in ("GOGC", "GOMEMLIMIT"):
            os.environ.pop(name, None)
        yield


def run(folder: Path, *words: str) -> None:
    """Run the engine in a root module."""
    subprocess.run(
        [str(engine.find().path), *words], cwd=folder, check=True, capture_output=True, text=True
    )


def prebuilt(home: Path, stacks: Iterable[Stack]) -> list[Path]:
    """Root modules, written and nothing more, in a folder beside meshnew's own."""
    home.mkdir(parents=True, exist_ok=True)
    base = Path(tempfile.mkdtemp(prefix="baseline-", dir=home))
    (base / "modules").symlink_to(home / "modules")
    folders = []
    for stack in stacks:
        folder = base / "stacks" / stack.layer / stack.name
        folder.mkdir(parents=True)
        (folder / terraform.MAIN).write_text(json.dumps(stack.document()))
        folders.append(folder)
    return folders


def apply(folders: Iterable[Path]) -> None:
    """init and apply, one root module after the other."""
    for folder in folders:
        run(folder, "init", "-input=false")
        run(folder, "apply", "-input=false", "-auto-approve")


def written(home: Path, stacks: Iterable[Stack]) -> list[Path]:
    """Meshnew's own root modules of stacks that stand, with what they are to be now."""
    folders = []
    for stack in stacks:
        folder = home / "stacks" / stack.layer / stack.name
        (folder / terraform.MAIN).write_text(json.dumps(stack.document()))
        folders.append(folder)
    return folders


def apply_again(folders: Iterable[Path]) -> None:
    """Apply root modules that are initialised."""
    for folder in folders:
        run(folder, "apply", "-input=false", "-auto-approve")


def plan(folders: Iterable[Path]) -> None:
    """Plan, one root module after the other."""
    for folder in folders:
        run(folder, "plan", "-input=false")


def render(session: Session, folder: Path, answers: dict[str, Any]) -> None:
    """Copier, from the mesh's template."""
    template = session.template
    # Copier calls git by plumbum, which has an environment of its own.
    with local.env(**template.environ, COPIER_CACHE_DIR=str(template.cache)):
        run_copy(
            template.url,
            folder,
            data=answers,
            vcs_ref=template.version,
            defaults=True,
            overwrite=True,
            quiet=True,
        )


def copy(session: Session, folder: Path, answers: dict[str, Any]) -> None:
    """Copier as a command, which is started for it; from the mesh's template."""
    template = session.template
    given = folder.with_suffix(".yml")
    given.write_text(json.dumps(answers))
    copier = str(Path(sys.executable).with_name("copier"))
    command = [copier, "copy", "--defaults", "--quiet", "--data-file", str(given)]
    command += ["--vcs-ref", template.version, template.url, str(folder)]
    environ = {**os.environ, **template.environ, "COPIER_CACHE_DIR": str(template.cache)}
    subprocess.run(command, env=environ, check=True, capture_output=True)


def push(session: Session, folder: Path, repository: str) -> None:
    """All of a folder as the first commit of a repository."""
    who = ("-c", "user.name=grace", "-c", "user.email=grace@example.com")
    url = session.forge.url(repository)
    for words in (
        ("init", "-qb", "main"),
        ("add", "-A"),
        (*who, "commit", "-qm", "Begin"),
        ("push", "-q", url, "main"),
    ):
        git(session, folder, *words)


def git(session: Session, folder: Path, *words: str) -> None:
    """Git, which finds the mesh's repositories."""
    environ = {**os.environ, **session.forge.environment()}
    subprocess.run(["git", *words], cwd=folder, env=environ, check=True, capture_output=True)
