"""version: of meshnew and of what its work depends on."""

from __future__ import annotations

from importlib.metadata import version as installed
from pathlib import Path

from meshnew import __version__
from meshnew.errors import MeshnewError
from meshnew.mesh.load import read_file
from meshnew.mesh.models import MeshSpec
from meshnew.mesh.place import MESH_FILE, find_root
from meshnew.operations.repositories.foundation import VERSION
from meshnew.provision import engine


def versions(folder: Path) -> dict[str, str]:
    """Part -> its version; whatever is missing or broken says so instead of failing.

    Args:
        folder: the mesh that it lies in, if it does, says which template it is rendered from.
    """
    found = {
        "meshnew": __version__,
        "engine": _engine(),
        "Copier": installed("copier"),
        "template": f"{VERSION}, bundled",
    }
    if mesh := _mesh(folder):
        found["mesh"] = mesh
    return found


def _engine() -> str:
    try:
        return engine.version(engine.find())
    except MeshnewError as error:
        return error.what


def _mesh(folder: Path) -> str:
    try:
        root = find_root(folder)
    except MeshnewError:
        return ""
    try:
        spec = read_file(root / MESH_FILE, MeshSpec, root)
    except MeshnewError:
        return f"{MESH_FILE} cannot be read: meshnew doctor says why"
    return f"{spec.name}, rendered from template {spec.template.version}"
