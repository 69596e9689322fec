"""Bring meshnew's Terraform modules next to the stacks that use them."""

from __future__ import annotations

import shutil
from pathlib import Path

from meshnew.assets import asset


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
