"""Whether something that Terraform means to create is there already."""

from __future__ import annotations

from typing import Any

from meshnew.embedded.platform import Embedded
from meshnew.embedded.provider.server import PREFIX, RESOURCES


def existing(embedded: Embedded, resource_type: str, wanted: dict[str, Any]) -> str | None:
    """The id by which Terraform imports a resource; None where there is none to import.

    Args:
        embedded: the started platform.
        resource_type: Terraform's type, such as `embedded_schema`.
        wanted: the attributes that the plan gives it.

    Raises:
        PlatformError: the platform does not answer.
    """
    kinds = {f"{PREFIX}{kind.kind}": kind for kind in RESOURCES}
    kind = kinds.get(resource_type)
    if kind is None or not all(wanted.get(name) for name in kind.key):
        return None
    found = kind(embedded, False).look(wanted)
    return None if found is None else "/".join(str(wanted[name]) for name in kind.key)
