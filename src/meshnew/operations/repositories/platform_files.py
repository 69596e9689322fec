"""Which files of a project belong to the platform, and which of them a person edited."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from meshnew.forge import working
from meshnew.scaffold import render
from meshnew.scaffold.render import ANSWERS_FILE
from meshnew.scaffold.template import Template

LIST = ".platform-files"
"""Patterns of the files that updates of the template change."""
MARK = "Owned by the platform"
"""What the first line of such a file says; of JSON, which has no comments, its first key."""


def platform_files(folder: Path, *, untracked: bool = False) -> frozenset[str]:
    """Paths of a checkout that belong to the platform.

    The list in the checkout says so; before there was one, each file did.
    """
    if (folder / LIST).is_file():
        return frozenset(working.files(folder, patterns=LIST, untracked=untracked))
    names = working.files(folder, untracked=untracked)
    return frozenset(name for name in names if says_so(folder / name))


def says_so(path: Path) -> bool:
    """Whether a file itself says that it belongs to the platform."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n", 2)
    except (OSError, UnicodeDecodeError):
        return False
    line = 1 if path.suffix == ".json" else 0
    return len(lines) > line and MARK in lines[line]


def edited(template: Template, folder: Path) -> list[str]:
    """Files of the platform that differ from what the recorded version of the template renders.

    Args:
        template: where the recorded version is found.
        folder: a rendered project, before it is updated.

    Raises:
        ScaffoldError: that version cannot be rendered any more.
    """
    text = (folder / ANSWERS_FILE).read_text(encoding="utf-8")
    recorded = replace(template, version=render.recorded_version(text) or template.version)
    with tempfile.TemporaryDirectory(prefix="meshnew-") as temporary:
        pristine = Path(temporary, folder.name)
        render.render(recorded, pristine, render.read_answers(text))
        working.begin(pristine)
        names = platform_files(pristine, untracked=True) - {ANSWERS_FILE}
        return sorted(name for name in names if _bytes(pristine / name) != _bytes(folder / name))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
