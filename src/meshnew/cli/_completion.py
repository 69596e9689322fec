"""What the shell completes: names from the spec's files and the published interfaces.

Called at every press of the tab key, so it starts nothing, checks nothing and imports
nothing heavy; and it never complains: outside a mesh, or where a file is half written,
it offers what it could read.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from meshnew.mesh import access
from meshnew.mesh.names import JOBS
from meshnew.mesh.place import CHECKOUTS_FOLDER, MESH_FILE, PROJECTS, find_root

# Not from meshnew.mesh.mesh: it brings pydantic, which takes longer than the rest.
_INTERFACES, _OWN_REPOSITORY = "interfaces", "mesh"

Found = Iterator[str]


def _completer(
    find: Callable[[Path], Found], *more: str
) -> Callable[[typer.Context, list[str], str], list[str]]:
    """A completion callback that offers what `find` finds in the mesh, and `more`."""

    def complete(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:
        found: list[str] = []
        with contextlib.suppress(Exception):
            # Before release 0.29 of Typer, a folder being completed is still plain text.
            found = [*find(find_root(Path(ctx.params.get("folder") or "."))), *more]
        taken = _given(ctx)
        return sorted(
            name for name in set(found) if name.startswith(incomplete) and name not in taken
        )

    return complete


def _given(ctx: typer.Context) -> set[str]:
    """Words of arguments that may be repeated, which nobody gives twice."""
    lists = (value for value in ctx.params.values() if isinstance(value, (list, tuple)))
    return {str(word) for words in lists for word in words}


def _read(path: Path) -> dict[str, Any]:
    import yaml

    with contextlib.suppress(OSError, ValueError, yaml.YAMLError):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        found = yaml.load(path.read_bytes(), Loader=loader)  # noqa: S506
        return found if isinstance(found, dict) else {}
    return {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _specs(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((root / PROJECTS).glob("*.yml")):
        yield path.stem, _read(path)


def _project_names(root: Path) -> Found:
    return (path.stem for path in (root / PROJECTS).glob("*.yml"))


def _words_of_run(root: Path) -> Found:
    yield from _project_names(root)
    yield from JOBS


def _domains(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, spec in _specs(root):
        for name, domain in _mapping(spec.get("domains")).items():
            yield str(name), _mapping(domain)


def _domain_names(root: Path) -> Found:
    return (name for name, _ in _domains(root))


def _awaited(root: Path) -> Found:
    """Domains that somebody consumes and nobody provides."""
    consumed = {str(name) for _, spec in _specs(root) for name in spec.get("consumes") or []}
    yield from consumed - set(_domain_names(root))


def _people(root: Path) -> Found:
    mesh = _read(root / MESH_FILE)
    yield from map(str, _mapping(mesh.get("platform_team")).get("members") or [])
    yield from map(str, _mapping(mesh.get("readers")))
    for _, domain in _domains(root):
        yield from map(str, domain.get("members") or [])


def _logins(root: Path) -> Found:
    yield from _people(root)
    yield from (access.Role.LOADER.of(name) for name in _domain_names(root))


def _roles(root: Path) -> Found:
    for name in _domain_names(root):
        yield from (role.of(name) for role in access.DOMAIN_ROLES)
    for name in _project_names(root):
        yield from (role.of(name) for role in access.PROJECT_ROLES)


def _product_names(root: Path) -> Found:
    published = list(_published(root))
    yield from published or _declared(root)


def _published(root: Path) -> Found:
    """Products of the interfaces repository, read by one git process."""
    folder = root / ".meshnew" / "embedded" / "repositories" / f"{_INTERFACES}.git"
    if not folder.is_dir():
        return
    wanted = "".join(f"main:{name}/manifest.json\n" for name in _project_names(root))
    done = subprocess.run(
        ["git", f"--git-dir={folder}", "cat-file", "--batch"],
        input=wanted.encode(),
        capture_output=True,
        check=False,
    )
    rest = done.stdout
    while rest:
        head, _, rest = rest.partition(b"\n")
        if not head.endswith(b" missing"):
            size = int(head.split()[-1])
            manifest, rest = json.loads(rest[:size]), rest[size + 1 :]
            yield from (str(product["name"]) for product in manifest["products"])


def _declared(root: Path) -> Found:
    """Public models of the checkouts."""
    for path in (root / CHECKOUTS_FOLDER).glob("*/models/**/*.yml"):
        for model in _read(path).get("models") or []:
            if _mapping(_mapping(model).get("config")).get("access") == "public":
                yield str(model["name"])


projects = _completer(_project_names)
"""Projects of the mesh."""
words_of_run = _completer(_words_of_run)
"""Projects, and jobs."""
repositories = _completer(_project_names, _OWN_REPOSITORY)
"""What has changes: projects, and the mesh itself."""
kinds = _completer(lambda _: iter(("domain", "package")))
"""Kinds of projects."""
awaited = _completer(_awaited)
"""Names that a new project is waited for under."""
domains = _completer(_domain_names)
"""Domains of the mesh."""
people = _completer(_people)
"""Who may act: members and readers."""
logins = _completer(_logins)
"""Who may connect: members, readers and loaders."""
roles = _completer(_roles)
"""Roles of the warehouse."""
products = _completer(_product_names)
"""Data products: as published, else as the checkouts declare them."""
