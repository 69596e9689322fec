"""A private checkout of a repository's main, and what was changed in it as a branch to propose."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshnew.errors import ConflictError
from meshnew.forge import git, history
from meshnew.operations.session import Session


@contextmanager
def checked_out(session: Session, repository: str) -> Iterator[Path]:
    """A checkout of main that nobody else works in; it is removed in the end."""
    forge = session.forge
    with tempfile.TemporaryDirectory(prefix="meshnew-") as temporary:
        folder = Path(temporary, repository)
        git.clone(forge.url(repository), folder, environ=forge.environment())
        yield folder


def push_branch(
    session: Session, folder: Path, branch: str, message: str, *, author: str | None = None
) -> bool:
    """Commit all that was changed in such a checkout, and push it as a branch.

    A branch of that name that was pushed before is replaced as long as it holds nothing else
    than commits of this very message: the same command, given again, carries on.

    Args:
        session: the session.
        folder: the checkout.
        branch: its name on the forge.
        message: the commit's.
        author: a login that owns the branch whatever somebody pushed to it; the actor otherwise.

    Returns:
        Whether there was anything to commit.

    Raises:
        ConflictError: somebody has pushed something else to the branch.
    """
    if git.commit_all(folder, message, author=author or session.actor) is None:
        return False
    others = [said for said in history.ahead(folder, branch) if said != message]
    if others and author is None:
        repository = folder.name
        raise ConflictError(
            f"has a branch {branch} already, with: {', '.join(others)}",
            where=repository,
            fix=f"Go on with that one: meshnew change open {repository} --branch {branch}\n"
            f"Or begin anew: git push origin --delete {branch}; then give the command again.",
        )
    git.push(folder, environ=session.forge.environment(), branch=branch, force=True)
    return True
