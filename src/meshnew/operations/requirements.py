"""What whoever changes a mesh needs on the machine: git and a Terraform engine, new enough."""

from __future__ import annotations

import re
import shutil
import subprocess

from meshnew.errors import INSTALL_GIT, OLDEST_GIT, RequirementError
from meshnew.provision import engine
from meshnew.provision.engine import Engine

ENGINE = "1.5"


def check() -> Engine:
    """Refuse a machine on which the work would stop half way; the engine to use.

    Raises:
        RequirementError: git or the engine is missing or too old.
    """
    git()
    found = engine.find()
    # The bundled one comes with meshnew, and takes half a second to say its version.
    if found.name != engine.BUNDLED:
        said = engine.version(found)
        _refuse_older(found.name, said, ENGINE, f"or choose another: {engine.VARIABLE}=bundled")
    return found


def git() -> str:
    """Version of git.

    Raises:
        RequirementError: there is none, or it is too old.
    """
    if shutil.which("git") is None:
        raise RequirementError("git is not installed", fix=INSTALL_GIT)
    text = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False).stdout
    _refuse_older("git", text, OLDEST_GIT, "then give the command again")
    return text.strip().removeprefix("git version ")


def _refuse_older(name: str, said: str, needed: str, otherwise: str) -> None:
    numbers = re.search(r"(\d+)\.(\d+)", said)
    least = tuple(map(int, needed.split(".")))
    if numbers is None or (int(numbers[1]), int(numbers[2])) < least:
        raise RequirementError(
            f"{name} is too old: {said.strip() or 'it does not say its version'}",
            fix=f"Install {name} {needed} or newer, {otherwise}.",
        )
