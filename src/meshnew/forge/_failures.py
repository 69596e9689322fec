"""What git says on standard error, as errors that name a way on."""

from __future__ import annotations

import re

from meshnew.errors import INSTALL_GIT, ForgeError

_AGAIN = "Fetch what they pushed, put your work on top of it and push again."
# What git says, what that means, what to do. The first that is found counts.
_KNOWN = (
    (
        r"\(already exists\)",
        "there is such a tag already, and it is another commit",
        "A tag never moves: choose the next version.",
    ),
    (
        r"tell me who you are|empty ident name|auto-detect email|useConfigOnly",
        "git does not know who you are",
        'git config --global user.name "Your Name"\ngit config --global user.email you@example.com',
    ),
    (
        r"dubious ownership",
        "the folder belongs to another user of this machine, so git does not trust it",
        "Run meshnew as the user who made it.",
    ),
    (
        r"Authentication failed|could not read (Username|Password)|Permission denied \(publickey",
        "the forge does not know you",
        "Check the credentials that git uses for this address.",
    ),
    (
        r"returned error: 403",
        "the forge does not let this token do that",
        "The pages of the forges among docs/how-to list the rights that it needs.",
    ),
    (
        r"does not appear to be a git repository|[Rr]epository .*not (found|exist)"
        r"|Could not read from remote",
        "there is no such repository, or git cannot reach it",
        "`meshnew apply` makes the repositories of a mesh; `meshnew doctor` looks what is wrong.",
    ),
    (r"not a git repository", "is no checkout", "`meshnew clone PROJECT` makes one."),
    (
        r"ambiguous argument 'HEAD'|src refspec HEAD does not match",
        "nothing has been committed yet",
        "Commit something first.",
    ),
    (r"unrelated histories", "it has no history in common with main", "Branch off main again."),
    (r"No space left on device", "the disk is full", "Make room, then give the command again."),
    (
        r"index\.lock': File exists",
        "another git command works in this folder, or one was killed there",
        "Wait for it; if there is none, remove .git/index.lock.",
    ),
    (r"^usage: git|unknown option", "this git is too old", INSTALL_GIT),
)
_OVERTAKEN = re.compile(
    r"\((fetch first|non-fast-forward|stale info|failed to update ref)\)"
    r"|cannot lock ref|reference already exists|incorrect old value"
)
_DECLINED = re.compile(r"declined(\)| due to)")
_SERVER_SAYS = re.compile(r"^remote: ?(.*?)\s*$", re.MULTILINE)
_GIT_SAYS = re.compile(r"error: hook declined")
_PATH = re.compile(r"(?<![\w:/.~-])/(?:[^\s'\"/:]+/)+([^\s'\"/:]+)/?")


class OvertakenError(ForgeError):
    """Somebody else's push came first; on top of it the same can be done again."""


def explain(verb: str, said: str, where: str) -> ForgeError:
    """The error that git's words stand for.

    Args:
        verb: the git command.
        said: what it printed.
        where: the repository or folder concerned.
    """
    lines = [line for line in _SERVER_SAYS.findall(said) if line and not _GIT_SAYS.match(line)]
    if lines and _DECLINED.search(said):
        # The server knows best what to do instead: all it says reaches the user.
        what = lines[0].removeprefix("meshnew: ").removeprefix("error: ").rstrip(".")
        return ForgeError(what, fix="\n".join(lines[1:]))
    if _OVERTAKEN.search(said):
        return OvertakenError("somebody else pushed in between", where=where, fix=_AGAIN)
    for pattern, meaning, fix in _KNOWN:
        if re.search(pattern, said, re.MULTILINE):
            return ForgeError(meaning, where=where, fix=fix)
    return ForgeError(
        f"git {verb} failed: {_short(said)}",
        where=where,
        fix="`meshnew doctor` checks git and the folders it needs.",
    )


def _short(said: str) -> str:
    """The lines that say what is wrong, without folders of this machine."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wrong = [line for line in lines if line.startswith(("fatal:", "error:", "CONFLICT"))]
    text = "; ".join(
        line.removeprefix("fatal: ").removeprefix("error: ") for line in wrong or lines
    )
    return _PATH.sub(r"\1", text) or "it does not say why"
