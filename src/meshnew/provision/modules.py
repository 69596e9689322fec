"""Bring meshnew's Terraform modules next to the stacks that use them."""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from pathlib import Path

from meshnew.assets import asset


@cache
def digest() -> str:
    """Changes when, and only when, the modules of this meshnew change."""
    source = asset("terraform_modules")
    found = hashlib.sha256()
    for path in sorted(source.rglob("*.tf")):
        found.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def copy_to(folder: Path) -> None:
    """Make `folder` hold the modules of this meshnew, writing only what differs.

    Stacks name their modules by a relative path, so a mesh can be moved and
    nothing in it names the folder meshnew is installed in.
    """
    source = asset("terraform_modules")
    wanted = {path.relative_to(source) for path in source.rglob("*.tf")}
    for relative in wanted:
        target = folder / relative
        content = (source / relative).read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    for stale in folder.rglob("*.tf"):
        if stale.relative_to(folder) not in wanted:
            stale.unlink()
    for directory in sorted(folder.rglob("*"), reverse=True):
        if directory.is_dir() and not any(directory.iterdir()):
            shutil.rmtree(directory)
