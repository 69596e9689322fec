"""What Terraform and its providers say when they fail, as one message with a way on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from meshnew.errors import ProvisionError
from meshnew.provision import meaning
from meshnew.provision.compose import Stack
from meshnew.provision.plan import Change

AGAIN = "give the same command again: it carries on from here."
_FEW, _SHORT = 3, 300


@dataclass(frozen=True)
class Diagnostic:
    """One error of Terraform.

    Attributes:
        summary: what it says first.
        detail: what it says more, in one line.
        address: of the resource, the data or the provider; empty if it is about none.
    """

    summary: str
    detail: str = ""
    address: str = ""

    @property
    def words(self) -> str:
        """All that was said."""
        return f"{self.summary}{': ' if self.detail else ''}{self.detail}"


@dataclass(frozen=True)
class Cause:
    """Why platforms refuse, in whichever words they do.

    Attributes:
        what: the cause.
        said: what their messages have in common.
        fix: the way on; `{platform}` is the one concerned.
    """

    what: str
    said: re.Pattern[str]
    fix: str


def _said(*parts: str | int) -> re.Pattern[str]:
    """A pattern of words, and of HTTP's codes where they are said to be such."""
    before = r"(?:: |\berror |\bcode\W{0,3}|\bstatus\W{0,3}|\bhttp\W{0,3}|\bresponse )"
    known = (part if isinstance(part, str) else rf"{before}{part}\b" for part in parts)
    return re.compile("|".join(known), re.IGNORECASE)


CAUSES = (
    Cause(
        "somebody else works on it",
        _said("error acquiring the state lock"),
        "Wait until they are through. If it was a command that was killed, the lock's ID is above: "
        "meshnew eject PROJECT DIR, and in its stack: terraform force-unlock ID.",
    ),
    Cause(
        "the platform takes no more requests for now",
        _said(
            "rate limit", "rateLimitExceeded", 429, "too many requests", "retry later",
            "REQUEST_LIMIT_EXCEEDED",
        ),
        "Wait until it does.",
    ),
    Cause(
        "the credential for {platform} has expired",
        _said("expired", "invalid_rapt", "reauth related", r"\b390114\b"),
        "Make a new one and set it, by the variables that meshnew doctor names.",
    ),
    Cause(
        "it is the wrong account, or there is none of that name",
        _said(
            r"26\d{4} \(\w+\).*HTTP: (403|404)", r"\b394300\b", r"\b390201\b",
            r"/(orgs|users|groups)/[^/ ]+: 404", 'database "[^"]*" does not exist',
            "no such host", "has not been used in project", "Project .* not found",
            r"accounts/\d+/?\W.*404", "invalid account",
        ),
        "Correct the account in mesh.yml, or unset the variable that names another: meshnew "
        "doctor.",
    ),
    Cause(
        "{platform} does not take the credential",
        _said(
            401, "bad credentials", "authentication failed", "JWT token is invalid",
            r"Incorrect username or password", "invalid token", "Invalid access token",
            "cannot configure default credentials", "could not find default credentials",
            "invalid_grant", "No valid credential sources",
        ),
        "Correct it, by the variables that meshnew doctor names.",
    ),
    Cause(
        "the name is taken",
        _said("already exists", "already been taken", "alreadyExists", r"\b42710\b", 409),
        "If it is the mesh's own, import it: meshnew eject writes the stack to do it in. Else "
        "rename it on one side.",
    ),
    Cause(
        "whoever provisions lacks a right",
        _said(
            r"insufficient privileges", "permission denied", "must be (owner|member) of",
            "not accessible by", 403, "access denied", "accessDenied", "PERMISSION_DENIED",
            r"user does not have", "resource-not-found-permissions", "admin rights",
            "not authorized", r"Permission \S+ denied", "only roles with",
        ),
        "Grant it: the README of meshnew's terraform_modules for {platform} says what is needed.",
    ),
    Cause(
        "the platform does not answer",
        _said("connection refused", "i/o timeout", "dial tcp", "connection reset", 502, 503, 504),
        "See whether it is up and can be reached from here.",
    ),
)  # fmt: skip
"""In the order in which they are looked for: what is narrower first."""


def read(out: str) -> list[Diagnostic]:
    """Errors in the output of a command with -json, in its order, without doubles."""
    return list(dict.fromkeys(_read(out)))


def failure(
    stack: Stack, verb: str, out: str, error: str, changes: Iterable[Change] = ()
) -> ProvisionError:
    """One message of all that Terraform said of a stack.

    Args:
        stack: which could not be ...
        verb: `planned`, `applied` or `initialised`.
        out: its output, JSON lines or text.
        error: what came on stderr.
        changes: of the plan, for the names of what failed.
    """
    text = error.strip() or out.strip()
    found = read(out) or [Diagnostic(_plain(text) if _is_hosted(stack) else text)]
    if _is_hosted(stack):
        what, fix = _explained(stack, found, changes)
    else:
        what = "; ".join(dict.fromkeys(_as_said(item) for item in found))
        fix = f"Mend the cause, then {AGAIN}"
    made = ProvisionError(f"could not be {verb}: {what}", where=stack.label, fix=fix)
    made.addresses = tuple(item.address for item in found)
    return made


def cause(words: str) -> Cause | None:
    """Why a platform says that; None where no cause is known."""
    return next((item for item in CAUSES if item.said.search(words)), None)


def _explained(
    stack: Stack, found: Iterable[Diagnostic], changes: Iterable[Change]
) -> tuple[str, str]:
    """What failed, by cause, and the ways on."""
    named = {change.address: meaning.name(change, stack.name) for change in changes}
    things: dict[tuple[str, str], list[str]] = {}
    words: dict[tuple[str, str], str] = {}
    for item in found:
        why, platform = cause(item.words), _platform(stack, item.address)
        # What no cause is known for is told in the provider's own words, each.
        what = why.what.format(platform=platform) if why else _shortened(item.words)
        fix = why.fix.format(platform=platform) if why else "Mend the cause."
        thing = named.get(item.address) or _called(item.address, stack.name)
        things.setdefault((what, fix), []).append(thing)
        words.setdefault((what, fix), _shortened(item.words) if why else "")
    parts = [
        f"{_several(things[key])}{key[0]}" + (f" ({said})" if said else "")
        for key, said in words.items()
    ]
    fixes = list(dict.fromkeys(fix for _, fix in words))
    return "; ".join(parts), " ".join([*fixes, f"Then {AGAIN}"])


def _called(address: str, stack: str) -> str:
    return meaning.called(address, stack) if ".data." not in f".{address}" else ""


def _several(things: Iterable[str]) -> str:
    known = list(dict.fromkeys(thing for thing in things if thing and "provider[" not in thing))
    if not known:
        return ""
    more = f" and {len(known) - _FEW} more" if len(known) > _FEW else ""
    return f"{', '.join(known[:_FEW])}{more}: "


def _platform(stack: Stack, address: str) -> str:
    """Platform and kind that an address belongs to, as `warehouse snowflake`."""
    for platform, (kind, _) in stack.modules.items():
        provider = next((item for item in _PREFIXES if item[1] == kind), None)
        if f"module.{platform}." in address or (provider and f'/{provider[0]}"' in address):
            return f"{platform} {kind}"
    return "the platform"


_PREFIXES = (
    ("postgresql", "postgres"), ("snowflake", "snowflake"), ("google", "bigquery"),
    ("databricks", "databricks"), ("github", "github"), ("gitlab", "gitlab"),
    ("dbtcloud", "dbt_cloud"),
)  # fmt: skip


def _is_hosted(stack: Stack) -> bool:
    return any(kind != "embedded" for kind, _ in stack.modules.values())


def _as_said(item: Diagnostic) -> str:
    address = f" ({item.address})" if item.address else ""
    return f"{item.summary}{address}{': ' if item.detail else ''}{item.detail}"


def _plain(text: str) -> str:
    """Text of a command without -json, without its frame."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╷╵]", " ", text).split())


def _shortened(words: str) -> str:
    one_line = " ".join(words.split())
    return one_line if len(one_line) <= _SHORT else f"{one_line[:_SHORT].rstrip()} ..."


def _read(out: str) -> Iterator[Diagnostic]:
    for line in out.splitlines():
        diagnostic = json_line(line).get("diagnostic", {})
        if diagnostic.get("severity") == "error":
            detail = " ".join(diagnostic.get("detail", "").split())
            yield Diagnostic(diagnostic["summary"], detail, diagnostic.get("address", ""))


def json_line(line: str) -> dict[str, Any]:
    """A line of JSON; empty where it is none."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
