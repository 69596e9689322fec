"""What a rule finds: where, what is wrong, and what mends it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """Whether a finding stops a change."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that a rule objects to.

    Attributes:
        rule: id of the rule.
        severity: whether it stops a change.
        file: path in the project.
        line: from 1; 0 where no line is to blame.
        what: what is wrong, a sentence without an end.
        mend: what to do about it.
        excepted: why it does not count, and until when; empty where it counts.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    what: str
    mend: str
    excepted: str = ""

    @property
    def fails(self) -> bool:
        """Whether a change with it must not be merged."""
        return self.severity is Severity.ERROR and not self.excepted

    @property
    def place(self) -> str:
        """`file:line`, or the file."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def sentence(self) -> str:
        """Place, rule and what is wrong, in one line."""
        return f"{self.place} {self.rule}: {self.what}"

    def to_json(self) -> dict[str, Any]:
        """For `--json` and reports."""
        return {**asdict(self), "severity": self.severity.value, "fails": self.fails}
