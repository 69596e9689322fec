"""A change against its repository: what can be proposed, how it lands, and the words for both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from meshnew.errors import ConflictError, ForgeError
from meshnew.forge import Change, Lack
from meshnew.forge._bare import MAIN, Bare, Conflicts


def proposable(bare: Bare, repository: str, branch: str) -> str:
    """Commit of a branch that can be proposed.

    Raises:
        ForgeError: it cannot be, with a way on.
    """
    head, main = bare.commit(branch), bare.commit(MAIN)
    require_proposable(repository, branch, head, main)
    if head is None or not bare.changed(f"refs/heads/{MAIN}", head):
        raise nothing_new(repository, branch)
    return head


def require_proposable(repository: str, branch: str, head: str | None, main: str | None) -> None:
    """Refuse main itself, a branch that is not there, and a repository without main.

    Raises:
        ForgeError: with a way on.
    """
    if branch == MAIN:
        raise ForgeError(
            "main cannot be proposed for itself",
            where=repository,
            fix=push_command("my-change"),
        )
    if head is None:
        raise ForgeError(
            f"{repository} has no branch {branch}", fix=push_command(branch or "my-change")
        )
    if main is None:
        raise ForgeError(
            f"{repository} has no main to change yet",
            fix="`meshnew apply` renders a project and pushes it.",
        )


def nothing_new(repository: str, branch: str) -> ForgeError:
    """Why a branch without a difference is not proposed."""
    return ForgeError(
        f"branch {branch} of {repository} has nothing that main does not have",
        fix="Commit your work and push it:\n" + push_command(branch),
    )


def current(bare: Bare, change: Change) -> Change:
    """A change with its files; an open one stands for what its branch is at now."""
    if change.state == "open":
        change = replace(change, head=bare.commit(change.branch) or change.head)
    return replace(change, files=bare.changed(*ends(change)))


def ends(change: Change) -> tuple[str, str]:
    """The commits between which a change lies."""
    if change.merge_commit:
        return f"{change.merge_commit}^1", change.merge_commit
    return f"refs/heads/{MAIN}", change.head


def require_open(change: Change) -> None:
    """Refuse a change that was closed or merged.

    Raises:
        ForgeError: with the way on.
    """
    if change.state == "open":
        return
    raise ForgeError(
        f"change {change.number} of {change.repository} is {change.state}",
        fix=f"Propose its branch again: {_open_command(change)}",
    )


def land(bare: Bare, change: Change, actor: str) -> Change:
    """Merge into main the very commit a change stands for, unless main has it already.

    That it has may be a merge that was made, but not recorded: it keeps its author.
    """
    if bare.contains(change.head):
        commit, actor = bare.merge_of(change.head) or (change.head, actor)
    else:
        message = f"Merge change {change.number}: {change.title}"
        done = bare.merge(change.head, message, actor=actor)
        if isinstance(done, Conflicts):
            raise conflict(change, done.files)
        commit = done
    return replace(change, state="merged", merged_by=actor, merge_commit=commit)


def require_landable(bare: Bare, change: Change, lacks: list[Lack]) -> None:
    """Refuse a change whose branch is gone or which lacks something; one that landed is fine.

    Raises:
        ForgeError: with all that is missing, and the commands that give it.
    """
    if bare.contains(change.head):
        return
    if bare.commit(change.branch) is None:
        raise branch_gone(change)
    if lacks:
        raise not_ready(change, lacks)


def branch_gone(change: Change) -> ForgeError:
    """Why a change without its branch is not merged."""
    return ForgeError(
        f"branch {change.branch} of {change.repository} is gone", fix=push_command(change.branch)
    )


def not_ready(change: Change, lacks: list[Lack]) -> ForgeError:
    """All that a change lacks, and what gives it."""
    what = "; ".join(lack.what for lack in lacks)
    return ForgeError(
        f"change {change.number} of {change.repository} is not ready: {what}",
        fix="\n  ".join(lack.fix for lack in lacks),
    )


def no_merger(change: Change, actor: str, allowed: list[str]) -> ForgeError:
    """Why somebody may not merge, and who may."""
    if not allowed:
        return ForgeError(
            f"nobody may merge changes of {change.repository} yet",
            fix=f"Name members of its team in the mesh's spec, then: "
            f"meshnew apply {change.repository}",
        )
    return ForgeError(
        f"{actor} may not merge changes of {change.repository}",
        fix=f"{', '.join(allowed)} may. One of them gives the command:\n  {_merge_command(change)}",
    )


def require_may_close(change: Change, actor: str, mergers: list[str]) -> None:
    """Refuse who neither opened a change nor may merge it.

    Raises:
        ForgeError: naming who may.
    """
    may = sorted({change.author, *mergers})
    if actor not in may:
        raise ForgeError(
            f"{actor} may not close change {change.number} of {change.repository}",
            fix=f"{', '.join(may)} may: meshnew change close {change.repository} {change.number}",
        )


def conflict(change: Change, files: Collection[str] = ()) -> ConflictError:
    """Both sides changed the same lines: of which files, where that is known, and the way on."""
    steps = [
        "git fetch origin",
        f"git switch {change.branch}",
        "git merge origin/main",
        f"(edit {', '.join(files) or 'what git names'})",
        "git commit --all",
        f"git push origin {change.branch}",
        _merge_command(change),
    ]
    return ConflictError(
        f"change {change.number} and main both changed {', '.join(files) or 'the same lines'}",
        where=change.repository,
        fix="\n  ".join([f"In a checkout of {change.repository}:", *steps]),
    )


def push_command(branch: str) -> str:
    """How a branch comes to the forge."""
    return f"git push origin HEAD:refs/heads/{branch}"


def _open_command(change: Change) -> str:
    return f"meshnew change open {change.repository} --branch {change.branch}"


def _merge_command(change: Change) -> str:
    return f"meshnew change merge {change.repository} {change.number}"
