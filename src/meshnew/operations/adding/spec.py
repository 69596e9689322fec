"""add domain, add input: edits of projects/NAME.yml, applied at once or proposed as a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshnew.errors import UsageError
from meshnew.forge import Change
from meshnew.mesh import identifiers, loom, names, write
from meshnew.mesh.mesh import MESH_REPOSITORY, Mesh
from meshnew.mesh.models import ProjectSpec
from meshnew.mesh.names import did_you_mean
from meshnew.mesh.place import PROJECTS
from meshnew.operations.adding.draft import Draft
from meshnew.operations.apply import Applied, apply
from meshnew.operations.changes.change import open_change
from meshnew.operations.plan import Plan, make_plan
from meshnew.operations.product import ProductView, list_products
from meshnew.operations.repositories import proposing, repository
from meshnew.operations.session import Session
from meshnew.scaffold import answers


@dataclass(frozen=True)
class Edit:
    """An edit of a project's file.

    Attributes:
        project: the project.
        title: what it does, in one sentence.
        branch: what a change with it is called.
        draft: the file.
        plan: what Terraform and the rest will do; None where nobody asked.
    """

    project: str
    title: str
    branch: str
    draft: Draft
    plan: Plan | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Offer:
    """Products that a project could read.

    Attributes:
        project: who would read them.
        domains: whose they are.
        missing: domains among these that it does not consume yet.
        products: what they offer.
    """

    project: str
    domains: tuple[str, ...]
    missing: tuple[str, ...]
    products: tuple[ProductView, ...]


def fresh(session: Session) -> Session:
    """The session on the mesh as main has it."""
    repository.update(session)
    return session.reloaded()


def domain(session: Session, project: str, name: str, about: Mapping[str, Any]) -> Edit:
    """Declare one more domain in a project.

    Args:
        session: the session.
        project: where it begins its life.
        name: the domain's.
        about: description, owner, team and members.

    Raises:
        UsageError: the name cannot be a domain's or is taken, or what is said of it is not valid.
    """
    if found := names.problem(name):
        raise UsageError(found.what, where="NAME", fix=found.fix)
    if name in session.mesh.domains:
        where = session.mesh.project_of[name]
        raise UsageError(
            f"domain {name} exists, in project {where}", fix=f"See {PROJECTS}/{where}.yml"
        )

    def change(data: Any) -> None:
        data["domains"][name] = dict(about)
        # What it has consumed of the domain so far it reads by living with it.
        if name in (data.get("consumes") or []):
            data["consumes"].remove(name)

    return _edit(session, project, f"Add domain {name} to {project}", f"add-domain-{name}", change)


def offer(session: Session, project: str, target: str) -> Offer:
    """What a domain, or all domains of a project, offer to a project.

    Raises:
        UsageError: there is no such domain or project, or it is the project itself.
    """
    mesh = session.mesh
    if target in mesh.domains:
        domains: tuple[str, ...] = (target,)
    elif target in mesh.projects and mesh.projects[target].domains:
        domains = tuple(mesh.projects[target].domains)
    else:
        known = [*mesh.domains, *mesh.projects]
        raise UsageError(
            f"no domain or project `{target}` in mesh {mesh.spec.name}",
            fix=did_you_mean(target, known, f"Domains: {', '.join(mesh.domains)}"),
        )
    own = mesh.project(project).domains
    if set(domains) <= set(own):
        raise UsageError(
            f"{target} is in {project} itself, which reads its products without declaring it",
            fix="Write ref('its_product') in a model.",
        )
    consumed = mesh.projects[project].consumes
    missing = tuple(item for item in domains if item not in consumed and item not in own)
    products = tuple(view for view in list_products(session) if view.domain in domains)
    return Offer(project, domains, missing, products)


def consume(session: Session, offered: Offer) -> Edit:
    """Declare that a project reads what was offered to it."""

    def change(data: Any) -> None:
        if data.get("consumes") is None:
            data["consumes"] = []
        data["consumes"].extend(offered.missing)

    listed = ", ".join(offered.missing)
    branch = f"add-input-{'-'.join(offered.missing)}"
    return _edit(session, offered.project, f"Let {offered.project} read {listed}", branch, change)


def carry_out(session: Session, edit: Edit, *, deploys: bool = True) -> Applied | None:
    """Write the edit into the mesh's folder, and apply the project."""
    edit.draft.write()
    session.journal.note(step="write", file=next(iter(edit.draft.files)))
    return apply(session.reloaded(), [edit.project], deploys=deploys, confirm=lambda _: True)


def propose(session: Session, edit: Edit) -> Change:
    """Propose the edit as a change of the mesh; the mesh's folder stays as it is."""
    with (
        session.journal.step(f"Push branch {edit.branch} of the mesh"),
        proposing.checked_out(session, MESH_REPOSITORY) as folder,
    ):
        for path, text in edit.draft.files.items():
            write.write_text(folder / path, text)
        proposing.push_branch(session, folder, edit.branch, edit.title)
    return open_change(session, MESH_REPOSITORY, edit.branch, title=edit.title)


def _edit(
    session: Session, project: str, title: str, branch: str, change: Callable[[Any], None]
) -> Edit:
    mesh = session.mesh
    path = f"{PROJECTS}/{project}.yml"
    before = (mesh.root / path).read_text(encoding="utf-8")
    after = write.edited(before, change)
    draft = Draft(mesh.root)
    draft.replace(path, before, after)
    trial = _trial(mesh, project, after)
    return Edit(project, title, branch, draft, make_plan(session.on(trial), [project]))


def _trial(mesh: Mesh, project: str, text: str) -> Mesh:
    """The mesh as it would be with another text of a project's file.

    Raises:
        UsageError: that is not valid, or takes a name that something else has.
    """
    import yaml

    where = f"{PROJECTS}/{project}.yml"
    spec = answers.checked(
        ProjectSpec, yaml.safe_load(text), where=where, fix="Say it otherwise by its flag."
    )
    trial = mesh.with_project(project, spec)
    identifiers.refuse_clashes(trial.spec, trial.projects, where=where)
    loom.refuse_circles(trial.projects, where=where)
    return trial
