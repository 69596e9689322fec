"""Where the template, the Terraform modules and the schemas lie.

A wheel carries them inside the package, a checkout has them at its top level.
"""

from __future__ import annotations

from pathlib import Path

from meshnew.errors import PlatformError


def asset(name: str) -> Path:
    """Path of `copier.yml`, `template`, `terraform_modules` or `schemas`.

    Raises:
        PlatformError: the installation is not complete.
    """
    package = Path(__file__).parent
    for folder in (package / "_assets", package.parent.parent):
        if (folder / name).exists():
            return folder / name
    raise PlatformError(
        f"this installation of meshnew has no {name}", fix="Install it again: pip install meshnew"
    )
