"""git over HTTPS, signed in with a token that stays in the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass

from meshnew.embedded.repositories import settings


@dataclass(frozen=True)
class SignIn:
    """How a forge takes a token from git.

    Attributes:
        user: what stands where a user's name would; the forge does not look at it.
        variable: what the token is taken from.
    """

    user: str
    variable: str


def environment(
    host: str, owner: str, prefix: str, sign_in: SignIn, *, made: str = ""
) -> dict[str, str]:
    """Environment variables with which git reaches a forge's repositories by the token.

    The helper that they name reads the variable when git asks: the token stands in no
    address, argument or file. Helpers of the user's are left out for this host, since git
    would tell them the token to keep. Without a token git uses what it is set up with.

    Args:
        host: of the forge, with its port if it has one of its own.
        owner: whose the repositories are.
        prefix: what stands before their names in committed files.
        sign_in: how the forge takes the token.
        made: a token that was made for this command, where none is in the environment.
    """
    if not (made or os.environ.get(sign_in.variable)):
        return {}
    answer = f'echo username={sign_in.user}; echo "password=${sign_in.variable}"'
    helper = f'!f() {{ test "$1" = get || exit 0; {answer}; }}; f'
    own = settings(
        (f"url.https://{host}/{owner}/.insteadOf", prefix),
        (f"credential.https://{host}.helper", ""),
        (f"credential.https://{host}.helper", helper),
    )
    return own | ({sign_in.variable: made} if made else {})
