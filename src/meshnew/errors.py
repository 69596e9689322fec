"""Every error a user can meet, and the exit code each one ends with.

One base class; `meshnew.cli` is the only place that turns it into output. A
message says what is wrong, `where` says where, `fix` says what to do about it.
"""

from __future__ import annotations

OLDEST_GIT = "2.38"
"""The git that everything here works with: `merge-tree --write-tree` came with it."""
INSTALL_GIT = f"Install git {OLDEST_GIT} or newer."


class MeshnewError(Exception):
    """Base of all errors that are not bugs.

    Args:
        what: what is wrong, in one sentence.
        where: file, line and key, or the thing concerned; empty if `what` names it.
        fix: what the user can do, as a sentence or a command.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n{self.fix}" if self.fix else text


class UsageError(MeshnewError):
    """The command or its input is wrong; nothing was changed."""

    exit_code = 2


class SpecError(UsageError):
    """mesh.yml or a file of projects/ is not valid."""


class ConflictError(MeshnewError):
    """Something must be resolved by a person before the command can go on."""

    exit_code = 4


class ProvisionError(MeshnewError):
    """Terraform could not plan or apply a stack."""

    addresses: tuple[str, ...] = ()
    """Of the resources, data and providers that failed."""


class ForgeError(MeshnewError):
    """The forge or git refused an operation."""


class ScaffoldError(MeshnewError):
    """A template could not be rendered."""


class RunError(MeshnewError):
    """A dbt job did not pass."""


class PlatformError(MeshnewError):
    """A part of the platform is missing or does not answer."""


class RequirementError(PlatformError):
    """What meshnew stands on is missing, too old, or newer than it; nothing was changed."""

    exit_code = 2
