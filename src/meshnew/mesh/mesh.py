"""The mesh as one object: the spec and what follows from it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from meshnew.errors import UsageError
from meshnew.mesh import access, identifiers
from meshnew.mesh.models import Domain, MeshSpec, ProjectSpec
from meshnew.mesh.names import did_you_mean

INTERFACES = "interfaces"
MESH_REPOSITORY = "mesh"
TEMPLATE = "template"
SHARED = "shared"


@dataclass(frozen=True)
class Mesh:
    """A mesh read from its folder.

    Attributes:
        root: folder that holds mesh.yml.
        spec: mesh.yml.
        projects: name -> projects/NAME.yml, in order of name.
    """

    root: Path
    spec: MeshSpec
    projects: dict[str, ProjectSpec]

    @property
    def home(self) -> Path:
        """Folder of everything meshnew keeps about this mesh on this machine."""
        return self.root / ".meshnew"

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """Every domain of the mesh by name."""
        return {
            name: domain
            for project in self.projects.values()
            for name, domain in project.domains.items()
        }

    @cached_property
    def project_of(self) -> dict[str, str]:
        """Domain -> the project it lives in."""
        return {domain: name for name, spec in self.projects.items() for domain in spec.domains}

    @cached_property
    def people(self) -> list[str]:
        """Everyone who has a login."""
        return identifiers.people(self.spec, self.projects.values())

    @cached_property
    def holders(self) -> dict[str, set[str]]:
        """Role of a domain -> everyone whom the spec lets hold it, whichever stack grants it."""
        granted = [
            membership
            for name, domain in self.domains.items()
            for membership in access.domain_memberships(name, domain.members, self.readers(name))
        ]
        for name, project in self.projects.items():
            granted += access.project_memberships(name, project.domains, project.consumes)
        found: dict[str, set[str]] = {}
        for membership in granted:
            found.setdefault(membership.role, set()).add(membership.member)
        return found

    def project(self, name: str) -> ProjectSpec:
        """The spec of a project.

        Raises:
            UsageError: there is no such project; the nearest name is given.
        """
        if name in self.projects:
            return self.projects[name]
        known = ", ".join(self.projects) or "none yet"
        raise UsageError(
            f"no project `{name}` in mesh {self.spec.name}",
            fix=did_you_mean(name, self.projects, f"Projects: {known}"),
        )

    def select(self, wanted: Iterable[str], *, everything: bool = False) -> list[str]:
        """Names of projects, checked; all of them with `everything`."""
        if everything:
            return list(self.projects)
        return sorted(name for name in set(wanted) if self.project(name))

    def inputs(self, project: str) -> list[str]:
        """Projects whose interface a project imports: those of the domains it consumes."""
        consumed = self.projects[project].consumes
        return sorted({self.project_of[domain] for domain in consumed if domain in self.project_of})

    def pending_inputs(self, project: str, present: Container[str] | None = None) -> list[str]:
        """Domains that a project consumes and that are not `present`: in no project yet."""
        there = self.project_of if present is None else present
        return [name for name in self.projects[project].consumes if name not in there]

    def with_project(self, name: str, spec: ProjectSpec) -> Mesh:
        """The mesh as it would be with one more project."""
        return replace(self, projects=dict(sorted({**self.projects, name: spec}.items())))

    def consumers(self, project: str) -> list[str]:
        """Other projects that consume a domain of this one."""
        own = set(self.projects[project].domains)
        return [
            name
            for name, spec in self.projects.items()
            if name != project and own & set(spec.consumes)
        ]

    def readers(self, domain: str) -> list[str]:
        """Readers of mesh.yml that read a domain's products."""
        return [name for name, reader in self.spec.readers.items() if domain in reader.reads]
