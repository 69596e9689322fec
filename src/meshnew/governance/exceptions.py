"""Exceptions: a model says itself which rule does not hold for it, why, and until when."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Any

from meshnew.governance.finding import Finding, Severity
from meshnew.governance.model import Model
from meshnew.governance.rules import MISUSED

KEY = "exceptions"
"""Key of `config.meta` under which a model declares them."""

_EXAMPLE = "`exceptions: {product-contract: {reason: columns still change, until: 2027-01-31}}`"


def today() -> date:
    """The day that decides whether an exception still holds."""
    return datetime.now(UTC).date()


def excepted(model: Model, rule: str, day: date) -> str:
    """Why a rule does not hold for a model, and until when; empty where it holds."""
    found = _declared(model).get(rule)
    until = _until(found)
    if until is None or until < day or not _reason(found):
        return ""
    return f"until {until.isoformat()}: {_reason(found)}"


def misused(
    model: Model, broken: Collection[str], known: list[str], day: date, place: tuple[str, int]
) -> Iterator[Finding]:
    """Exceptions of a model that cannot be understood, are over, or that nothing needs.

    Args:
        model: the model.
        broken: ids of the rules that it breaks.
        known: ids of all rules.
        day: today.
        place: file and line of the model.
    """
    for rule, found in sorted(_declared(model).items()):
        until = _until(found)
        about = f"the exception of {model.label} from {rule}"
        if rule not in known:
            near = difflib.get_close_matches(str(rule), known, n=1)
            fix = f"Did you mean {near[0]}?" if near else f"Rules: {', '.join(known)}."
            yield _finding(place, f"{about} names no rule", fix)
        elif until is None or not _reason(found):
            yield _finding(place, f"{about} needs a reason and a date", f"Write {_EXAMPLE}.")
        elif until < day:
            fix = "Mend what it was for, or agree on another date in the mesh's process; then "
            yield _finding(place, f"{about} ended on {until}", f"{fix}change or remove it.")
        elif rule not in broken:
            yield _finding(place, f"{about} is not needed any more", "Remove it.", Severity.WARNING)


def _finding(
    place: tuple[str, int], what: str, mend: str, severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(MISUSED, severity, *place, what, mend)


def _declared(model: Model) -> dict[str, Any]:
    found = model.meta.get(KEY) or {}
    return found if isinstance(found, dict) else {str(found): None}


def _reason(found: Any) -> str:
    return str(found.get("reason") or "").strip() if isinstance(found, dict) else ""


def _until(found: Any) -> date | None:
    try:
        return date.fromisoformat(str(found["until"])[:10])
    except (KeyError, TypeError, ValueError):
        return None
