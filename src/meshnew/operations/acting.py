"""Who gives a command."""

from __future__ import annotations

import os
import subprocess

from meshnew.mesh.names import login
from meshnew.operations.progress import Progress

ACTOR_VARIABLE = "MESHNEW_AS"


def said(given: str | None = None) -> str:
    """Who acts as far as somebody says so, by `given` or the variable; empty where nobody does."""
    return given or os.environ.get(ACTOR_VARIABLE) or ""


def who(given: str | None = None) -> str:
    """Who acts: `given`, else MESHNEW_AS, else git's user name as an identifier."""
    name = said(given) or git_setting("user.name")
    return login(name) or "me"


def git_setting(key: str) -> str:
    """A setting of the user's git; empty where it is not set or there is no git."""
    try:
        found = subprocess.run(["git", "config", key], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return found.stdout.strip()


def say_if_nobody(acting: str, progress: Progress) -> None:
    """Say how to name oneself where nobody did, neither for meshnew nor for git."""
    if not git_setting("user.name"):
        progress.say(
            f"Nobody is named, so you act as `{acting}`: say who you are with --as WHO, "
            "or once and for all: git config --global user.name NAME"
        )
