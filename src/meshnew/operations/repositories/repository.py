"""The mesh's own repository: the mesh's folder is a checkout of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from meshnew.errors import ForgeError, SpecError, UsageError
from meshnew.forge import git, history, salvage
from meshnew.mesh.differences import differences, of_projects
from meshnew.mesh.load import load
from meshnew.mesh.mesh import MESH_REPOSITORY, Mesh
from meshnew.mesh.place import MESH_FILE, PROJECTS
from meshnew.operations.session import Session

SPEC = (MESH_FILE, f"{PROJECTS}/*.yml")
"""What of the folder is the spec, as git's patterns."""


def connect(session: Session) -> None:
    """Make the mesh's folder a checkout of its repository, and let plain git reach the forge."""
    git.connect(
        session.mesh.root,
        session.forge.url(MESH_REPOSITORY),
        environ=session.forge.environment(),
        exists=session.forge.exists(MESH_REPOSITORY),
    )


def require_main(session: Session) -> None:
    """Refuse to work on a branch: what is not merged is not what the mesh is.

    Raises:
        UsageError: with both ways on.
    """
    root = session.mesh.root
    if not (root / ".git").exists() or history.is_on_main(root):
        return
    try:
        branch = git.current_branch(root)
    except UsageError:
        raise UsageError(
            "no branch of the mesh's folder is checked out", fix="git switch main"
        ) from None
    raise UsageError(
        f"the mesh's folder is on branch {branch}, which is not what the mesh is",
        fix=f"Propose it: git push origin {branch}; meshnew change open {MESH_REPOSITORY} "
        f"--branch {branch}\nOr go back: git switch main",
    )


def update(session: Session) -> None:
    """Bring the folder to main, where others' changes were merged meanwhile.

    Raises:
        UsageError: the folder is on another branch.
        ConflictError: files were edited here that others changed as well.
    """
    if not session.forge.has_content(MESH_REPOSITORY):
        return
    with _alone(session):
        connect(session)
        require_main(session)
        came = history.forward(session.mesh.root, environ=session.forge.environment())
    if came:
        some = "1 commit" if len(came) == 1 else f"{len(came)} commits"
        session.journal.progress.say(f"Brought the mesh's folder to main: {some}, {came[0]}")


def come_to_main(session: Session) -> None:
    """Bring the folder to main from whatever branch it is on.

    Raises:
        ConflictError: edits that are not committed stand against it.
    """
    with _alone(session):
        connect(session)
        history.switch_to_main(session.mesh.root)
    update(session)


def is_behind(session: Session) -> bool:
    """Whether main of the mesh's repository has what the folder has not."""
    head, root = session.forge.head(MESH_REPOSITORY), session.mesh.root
    return head is not None and (root / ".git").exists() and history.lacks(root, head)


def keep(session: Session, names: Iterable[str], *, everything: bool) -> None:
    """Commit edits of the spec, and push; the message says in words what they change.

    Args:
        session: the session.
        names: projects whose files are committed, besides mesh.yml.
        everything: the files of all projects, removed ones too.

    Raises:
        ForgeError: somebody else pushed something that does not merge by itself.
    """
    root = session.mesh.root
    if not (root / ".git").exists():
        connect(session)
    wanted = {MESH_FILE, *(f"{PROJECTS}/{name}.yml" for name in names)}
    files = [path for path in history.edited(root, SPEC) if everything or path in wanted]
    if files:
        stems = [Path(path).stem for path in files]
        commit(session, _message(session, files, stems), [root / path for path in files])
    elif history.unpushed(root) and session.forge.exists(MESH_REPOSITORY):
        push(session)


def commit(session: Session, message: str, paths: Sequence[Path]) -> None:
    """Commit the given files and push main; other edits of the user stay as they are.

    Raises:
        ForgeError: somebody else pushed something that does not merge by itself.
        UsageError: the folder is on another branch.
    """
    require_main(session)
    subject = message.partition("\n")[0]
    with session.journal.step("Commit to the mesh's repository", message=subject):
        with _alone(session):
            git.commit_paths(session.mesh.root, message, paths, author=session.actor)
        # A mesh that was taken down has none: once it is there, all is pushed.
        if session.forge.exists(MESH_REPOSITORY):
            push(session)


def push(session: Session) -> None:
    """Push the commits of the mesh's folder; others' commits come under them."""
    with _alone(session):
        # The mesh may have moved since: plain git finds the forge by a path.
        connect(session)
        environ = session.forge.environment()
        try:
            git.push(session.mesh.root, environ=environ, branch="main")
        except ForgeError:
            git.rebase(session.mesh.root, environ=environ)
            git.push(session.mesh.root, environ=environ, branch="main")


def committed(session: Session) -> Mesh | None:
    """The mesh as the folder's last commit has it; None without one, or where it is not valid."""
    with tempfile.TemporaryDirectory(prefix="meshnew-") as temporary:
        folder = Path(temporary, "mesh")
        if not history.extract(session.mesh.root, "HEAD", folder):
            return None
        try:
            return replace(load(folder), root=session.mesh.root)
        except SpecError:
            return None


def _message(session: Session, files: Sequence[str], stems: Iterable[str]) -> str:
    before = committed(session)
    found = of_projects(differences(before, session.mesh), stems) if before else []
    if len(found) == 1:
        return found[0]
    lines = "".join(f"\n- {text}" for text in found)
    return f"Edit {', '.join(files)}" + (f"\n{lines}" if lines else "")


@contextmanager
def _alone(session: Session) -> Iterator[None]:
    """Let no other meshnew command change the folder's git meanwhile.

    git's own locks outlive a git that is killed. They are removed only where a meshnew was
    killed in here: those of the user's own git are the user's.
    """
    from filelock import FileLock

    busy = session.mesh.home / "repository.busy"
    with FileLock(session.mesh.home / "repository.lock"):
        if busy.exists():
            salvage.release(session.mesh.root)
        busy.touch()
        try:
            yield
        finally:
            busy.unlink()
