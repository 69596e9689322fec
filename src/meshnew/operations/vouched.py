"""What a runner's forge says of a job, by which the job signs in to the warehouse without a key.

GitHub is asked for each job, as what it says holds for five minutes; GitLab has put it into the
environment for as long as the job may last.
https://docs.github.com/actions/reference/security/oidc
https://docs.gitlab.com/ci/secrets/id_token_authentication/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from meshnew.errors import PlatformError, RequirementError

_SECONDS = 30


@dataclass(frozen=True)
class _Way:
    """One way to sign in: asked for by `variable` having `value`; dbt reads the token in `told`.

    `audience` is whom the token is for, which GitHub wants to know; empty: whom it says by itself.
    `given` is where the template's pipeline on GitLab puts it.
    """

    variable: str
    value: str
    told: str
    audience: str
    given: str


_WAYS = (
    _Way(
        "SNOWFLAKE_AUTHENTICATOR",
        "workload_identity",
        "DBT_ENV_SECRET_SNOWFLAKE_TOKEN",
        "snowflakecomputing.com",
        "SNOWFLAKE_ID_TOKEN",
    ),
    _Way("DATABRICKS_AUTH_TYPE", "env-oidc", "DATABRICKS_OIDC_TOKEN", "", "DATABRICKS_ID_TOKEN"),
)


def tokens(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables with which dbt signs in; none where no way without a key is asked for.

    Args:
        environ: of the runner.

    Raises:
        RequirementError: nobody vouches for this job.
        PlatformError: the forge was asked and does not answer.
    """
    asked = [way for way in _WAYS if environ.get(way.variable, "").lower() == way.value]
    return {way.told: environ.get(way.given) or _ask_github(environ, way) for way in asked}


def _ask_github(environ: Mapping[str, str], way: _Way) -> str:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    url, token = (environ.get(f"ACTIONS_ID_TOKEN_REQUEST_{part}") for part in ("URL", "TOKEN"))
    if not url or not token or not url.startswith("https://"):
        raise RequirementError(
            f"{way.variable} is {way.value}, but nobody vouches for this job",
            fix="A workflow of GitHub needs `permissions: {id-token: write}`; a job of GitLab "
            f"needs {way.given} among its `id_tokens`. Or take {way.variable} back out of the "
            "environment's variables and sign in by a key.",
        )
    for_whom = f"&audience={quote(way.audience, safe='')}" if way.audience else ""
    request = Request(url + for_whom, headers={"Authorization": f"bearer {token}"})  # noqa: S310
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return str(json.load(answer)["value"])
    except (URLError, TimeoutError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise PlatformError(
            f"the forge does not vouch for this job: {reason}",
            where=way.variable,
            fix="Start the job again; should it stay so, see the forge's status page.",
        ) from None
