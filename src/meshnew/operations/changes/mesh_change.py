"""Changes of the mesh's own repository: the plan is their check, their merge applies them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from meshnew.errors import ConflictError, ForgeError, MeshnewError, SpecError
from meshnew.forge import Change, history
from meshnew.mesh.differences import differences, of_projects
from meshnew.mesh.load import load
from meshnew.mesh.mesh import MESH_REPOSITORY, Mesh
from meshnew.mesh.place import MESH_FILE, PROJECTS
from meshnew.operations.apply import Applied, apply
from meshnew.operations.plan import Plan, make_plan
from meshnew.operations.repositories import proposing, repository
from meshnew.operations.session import Session

CHECK = "plan"
"""Name of the check that changes of the mesh need."""

NOTHING = "Nothing to change: no file of the spec says anything else."


def check(session: Session, number: int) -> bool:
    """Plan what a change of the mesh would do, and report that to the forge as its check.

    The spec is read as it will be once the change is merged into main of today. Nothing
    changes; whatever would stop `apply`, an error in the spec above all, fails the check.

    Returns:
        Whether the change can be applied.

    Raises:
        ForgeError: there is no such change, or the forge cannot be reached.
    """
    change = session.forge.change(MESH_REPOSITORY, number)
    with session.journal.step(f"Plan change {number} of the mesh", number=number) as step:
        try:
            passed, summary = True, _foreseen(session, change)
        except MeshnewError as error:
            passed, summary = False, str(error)
            step.failed = True
        session.forge.report_check(
            MESH_REPOSITORY,
            change.head,
            CHECK,
            state="passed" if passed else "failed",
            summary=summary,
        )
    return passed


def require_ready(session: Session, number: int) -> None:
    """Refuse to merge a change that cannot be applied, or whose files are edited in the folder.

    Its check is run where it has no result for the commit the change proposes now.

    Raises:
        ConflictError: with the files that are edited.
        ForgeError: the check failed; with what it found.
    """
    root, forge = session.mesh.root, session.forge
    change = forge.change(MESH_REPOSITORY, number)
    if change.state != "open":
        return
    _require_no_edits(root, change)
    reports = {item.name: item for item in forge.checks(MESH_REPOSITORY, change.head)}
    if CHECK in reports and reports[CHECK].state == "passed":
        return
    if not check(session, number):
        reports = {item.name: item for item in forge.checks(MESH_REPOSITORY, change.head)}
        raise ForgeError(
            f"change {number} of the mesh cannot be applied:\n{reports[CHECK].summary}",
            fix=f"Mend it on branch {change.branch} and push that.",
        )


def _require_no_edits(root: Path, change: Change) -> None:
    if not (root / ".git").exists():
        return
    if both := sorted(set(history.edited(root)) & set(change.files)):
        raise ConflictError(
            f"has edits in {', '.join(both)}, which change {change.number} changes too",
            where="the mesh's folder",
            fix="Commit them on a branch, or: git stash. Then give the command again.",
        )


def merged(session: Session, number: int, *, run: bool = True) -> Applied | None:
    """Bring the mesh's folder to main and apply the projects that a merged change concerns.

    Its plan was the check of the change and its merge the consent: nobody is asked again.

    Args:
        session: the session.
        number: of the change.
        run: apply; otherwise only the folder is brought to main.

    Returns:
        What was done; None where the change says nothing of the spec, or without `run`.

    Raises:
        ConflictError: the folder cannot go to main with the edits in it; or a re-rendering
            needs a person.
    """
    change = session.forge.change(MESH_REPOSITORY, number)
    repository.come_to_main(session)
    session = session.reloaded()
    if not run or not _of_spec(change.files):
        return None
    names = _concerned(session.mesh, change.files)
    return apply(session, names, confirm=lambda _: True)


def _foreseen(session: Session, change: Change) -> str:
    """What merging a change would do, a sentence a line.

    Raises:
        MeshnewError: it cannot be merged or applied.
    """
    main, after = _read(session, change)
    edits = differences(main, after) if main else []
    names = _concerned(after, change.files)
    everything = of_projects(edits, [*after.projects, *(main.projects if main else ())])
    if not _of_spec(change.files):
        return NOTHING
    plan = make_plan(session.on(after), names)
    return "\n".join([*everything, *_lines(plan)]) or NOTHING


def _lines(plan: Plan) -> Iterable[str]:
    yield from (f"  {sentence}" for sentence in plan.sentences)
    yield from (f"  {note}" for note in plan.notes)


def _read(session: Session, change: Change) -> tuple[Mesh | None, Mesh]:
    """The mesh as main has it, None where that is not valid, and as it will be.

    Raises:
        ConflictError: the change does not merge by itself.
        SpecError: with file and line.
    """
    root = session.mesh.root
    with proposing.checked_out(session, MESH_REPOSITORY) as folder:
        try:
            main = replace(load(folder), root=root)
        except SpecError:
            main = None
        if files := history.merge(folder, change.head):
            raise ConflictError(
                f"the change and main both changed {', '.join(files)}",
                fix=f"On {change.branch}: git merge origin/main, resolve, commit and push.",
            )
        return main, replace(load(folder), root=root)


def _of_spec(files: Iterable[str]) -> bool:
    return any(
        file == MESH_FILE or (file.startswith(f"{PROJECTS}/") and file.endswith(".yml"))
        for file in files
    )


def _concerned(mesh: Mesh, files: Iterable[str]) -> list[str]:
    """Projects whose file a change touches; all of them where it touches mesh.yml."""
    touched = set(files)
    if MESH_FILE in touched:
        return list(mesh.projects)
    return [name for name in mesh.projects if f"{PROJECTS}/{name}.yml" in touched]
