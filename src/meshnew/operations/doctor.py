"""doctor: what meshnew stands on, looked at one by one."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meshnew.errors import MeshnewError, UsageError
from meshnew.mesh.load import load
from meshnew.mesh.models import MeshSpec
from meshnew.mesh.place import find_root
from meshnew.operations import requirements
from meshnew.operations.init import git_identity
from meshnew.operations.progress import Progress, passing
from meshnew.provision import engine

DISK_NEEDED = 2 * 1024**3
"""Bytes: the project environments, Postgres and a checkout of each project."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what.
        ok: whether it will do.
        detail: what was found.
        fix: how to mend it; empty where it is ok.
    """

    name: str
    ok: bool
    detail: str
    fix: str = ""


def examine(folder: Path, progress: Progress) -> list[Finding]:
    """Look at the machine, and at the mesh that `folder` lies in, if it does."""
    checks: list[Callable[[], Finding]] = [_python, _git, _identity, _engine]
    with passing(progress, "Look at Python, git and Terraform"):
        findings = [check() for check in checks]
    findings.append(_disk(folder))
    try:
        root = find_root(folder)
    except UsageError:
        return [*findings, Finding("mesh", True, "not in the folder of a mesh")]
    try:
        mesh = load(root)
    except MeshnewError as error:
        findings.append(Finding("spec", False, str(error), "Mend the files named."))
        return [*findings, _postgres(root), _repositories(root)]
    told = f"mesh {mesh.spec.name}, {len(mesh.projects)} projects"
    findings.append(Finding("spec", True, told))
    if mesh.spec.hosted:
        return [*findings, *_hosted(mesh.spec, os.environ, Path.home())]
    return [*findings, _postgres(root), _repositories(root), _scratch(root)]


def _python() -> Finding:
    version = platform.python_version()
    return Finding("Python", sys.version_info >= (3, 11), version, "Use Python 3.11 or newer.")


def _git() -> Finding:
    try:
        return Finding("git", True, requirements.git())
    except MeshnewError as error:
        return Finding("git", False, error.what, error.fix)


def _identity() -> Finding:
    found = git_identity()
    detail = f"{found[0]} <{found[1]}>" if found else "not set"
    fix = "git config --global user.name NAME; git config --global user.email ADDRESS"
    return Finding("git identity", found is not None, detail, fix)


def _engine() -> Finding:
    try:
        return Finding("Terraform engine", True, engine.version(engine.find()))
    except MeshnewError as error:
        return Finding("Terraform engine", False, error.what, error.fix)


def _disk(folder: Path) -> Finding:
    existing = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    return Finding(
        "disk", free >= DISK_NEEDED, f"{free / 1024**3:.1f} GiB free", "Free at least 2 GiB."
    )


def _hosted(spec: MeshSpec, environ: Mapping[str, str], home: Path) -> Iterator[Finding]:
    """By which variables each platform is reached; their values are not told."""
    from meshnew.provision import credentials

    for name, wanted in credentials.needs(spec).items():
        found = list(credentials.problems(wanted, environ, home))
        for what, fix in found:
            yield Finding(name, False, what, fix)
        if not found:
            given = [key for key in credentials.variables(wanted) if environ.get(key)]
            detail = f"signs in by {', '.join(given)}" if given else "signs in by a file at home"
            yield Finding(name, True, detail)


def _postgres(root: Path) -> Finding:
    from meshnew.embedded.platform import Embedded

    try:
        platform_of = Embedded(root, "")
        running = platform_of.postgres.is_running()
        programs = platform_of.postgres.bin
    except MeshnewError as error:
        return Finding("Postgres", False, error.what, error.fix)
    detail = "running" if running else "stopped; starts when needed"
    return Finding("Postgres", programs.is_dir(), detail, "pip install 'meshnew[embedded]'")


def _repositories(root: Path) -> Finding:
    from meshnew.embedded.platform import Embedded

    found = Embedded(root, "").git.names()
    return Finding("repositories", True, ", ".join(found) or "none yet")


def _scratch(root: Path) -> Finding:
    """Schemas that killed checks left are dropped at once: nobody can want them back."""
    from meshnew.embedded.platform import Embedded
    from meshnew.operations.runs import scratch
    from meshnew.operations.session import open_session

    name = "CI schemas"
    try:
        if not Embedded(root, "").postgres.is_running():
            return Finding(name, True, "not looked at: Postgres is stopped")
        session = open_session(root, None, "doctor")
        dropped = scratch.sweep(session, session.mesh.projects)
    except MeshnewError as error:
        return Finding(name, False, error.what, error.fix or "Mend that, then: meshnew doctor")
    return Finding(
        name, True, f"dropped leftovers {', '.join(dropped)}" if dropped else "none left"
    )
