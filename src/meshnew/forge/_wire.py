"""Requests to a forge: what is common to their libraries, and their errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from meshnew.errors import ForgeError, RequirementError

RETRIES = 5
"""How often a request is repeated that a forge did not answer or put off."""
LONGEST_WAIT = 120
"""Seconds that a forge may ask to wait for; what would take longer is refused."""


@dataclass(frozen=True)
class Place:
    """A forge as its errors name it.

    Attributes:
        host: where it is.
        variable: what the token is taken from.
        page: the page of the docs that says what the token must be allowed.
    """

    host: str
    variable: str
    page: str


def no_library(extra: str) -> RequirementError:
    """The forge's library is not installed."""
    return RequirementError(
        f"what meshnew speaks to {extra} with is not installed",
        fix=f"pip install 'meshnew[{extra}]'",
    )


def no_token(place: Place) -> RequirementError:
    """There is no token in the environment."""
    return RequirementError(
        f"there is no token for {place.host}: {place.variable} is not set",
        fix=f"Set it to a token with the rights that {place.page} lists.",
    )


class RefusedError(ForgeError):
    """An answer other than a good one; what it means may depend on what was asked.

    Attributes:
        status: HTTP's.
        said: the forge's own words.
    """

    status = 0
    said = ""


def refusal(place: Place, status: int, said: str, asked: str) -> RefusedError:
    """What an answer other than a good one ends with.

    Args:
        place: who answered.
        status: HTTP's.
        said: the forge's own words.
        asked: what was asked for, such as `GET /repos/skyline/flights`.
    """
    what, fix = _meaning(place, status, said, asked)
    error = RefusedError(what, where=place.host, fix=fix)
    error.status, error.said = status, said
    return error


def _meaning(place: Place, status: int, said: str, asked: str) -> tuple[str, str]:
    """What an answer means, and what to do."""
    words = f"it answers {status} to {asked}: {said}"
    rights = f"{place.page} lists the rights it needs."
    known = {
        401: (
            f"the token in {place.variable} is not taken: {said}",
            f"It has expired, was revoked or is of another server: make one as {place.page} "
            f"says, and set {place.variable}.",
        ),
        403: (f"the token in {place.variable} may not do this: {words}", rights),
        404: (
            f"there is no such thing, or the token in {place.variable} may not see it: {asked}",
            f"Look whether the name is right, and whether the token may: {rights}",
        ),
        429: _too_many(said),
    }
    return known.get(status, (words, "`meshnew doctor` looks what is wrong."))


def _too_many(said: str) -> tuple[str, str]:
    return (
        f"too many requests by this token: {said}",
        "Give the command again later: what was done stays done.",
    )


def put_off(place: Place, said: str) -> ForgeError:
    """Too much was asked of the forge."""
    what, fix = _too_many(said)
    return ForgeError(what, where=place.host, fix=fix)


def silent(place: Place, why: str) -> ForgeError:
    """The forge does not answer."""
    return ForgeError(
        f"does not answer: {why}",
        where=place.host,
        fix="Look whether it can be reached from here, then give the command again.",
    )


@contextmanager
def network(place: Place) -> Iterator[None]:
    """What goes wrong below HTTP, as one message."""
    import requests

    try:
        yield
    except requests.exceptions.SSLError as error:
        raise ForgeError(
            "its certificate is not trusted here",
            where=place.host,
            fix="Name your own authority's certificates: REQUESTS_CA_BUNDLE=FILE for the API, "
            "GIT_SSL_CAINFO=FILE for git.",
        ) from error
    except requests.exceptions.RequestException as error:
        raise silent(place, type(error).__name__) from error
