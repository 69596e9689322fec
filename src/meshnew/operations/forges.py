"""The forge of a mesh that others run, and who acts there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from meshnew.errors import UsageError
from meshnew.mesh.base import EMBEDDED
from meshnew.mesh.mesh import INTERFACES, MESH_REPOSITORY, TEMPLATE, Mesh

if TYPE_CHECKING:
    from meshnew.forge import Forge


def hosted(mesh: Mesh) -> Forge | None:
    """The forge that mesh.yml names; None for the laptop's."""
    spec = mesh.spec.forge
    if spec.kind == EMBEDDED:
        return None
    from meshnew.forge.github import GitHubForge
    from meshnew.forge.gitlab import GitLabForge

    kind = GitHubForge if spec.kind == "github" else GitLabForge
    return kind(spec.host, spec.owner, lambda: [*mesh.projects, *_OWN])


_OWN = (MESH_REPOSITORY, TEMPLATE, INTERFACES)


def actor(forge: Forge | None, said: str | None, otherwise: Callable[[str | None], str]) -> str:
    """Who acts: on a forge that others run whoever the token belongs to.

    Args:
        forge: the forge, if others run it.
        said: who acts by --as or the environment.
        otherwise: tells who acts where the forge leaves that to be said.

    Raises:
        UsageError: somebody else is said to act.
    """
    login = forge.whoami() if forge else None
    if login is None:
        return otherwise(said)
    if said and said != login:
        raise UsageError(
            f"the token belongs to {login}, so {said} cannot act by it",
            fix=f"Leave --as and MESHNEW_AS out, or use a token of {said}.",
        )
    return login
