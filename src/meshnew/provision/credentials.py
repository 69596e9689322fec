"""What each platform's provider takes from the environment, and what is wrong with it.

Values are looked at only where they are no secrets, and never told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meshnew.mesh.models import MeshSpec
from meshnew.mesh.platforms import (
    S3,
    Azure,
    BigQuery,
    Databricks,
    DbtCloud,
    Gcs,
    GitHub,
    GitLab,
    Http,
    Pg,
    Postgres,
    Snowflake,
)

Environ = Mapping[str, str]


@dataclass(frozen=True)
class Needs:
    """What one platform takes from the environment.

    Attributes:
        ways: ways to sign in, each the variables that it takes; one of them must be whole.
        always: variables that every way needs.
        places: files in the home folder that do as well as the variables.
        decided: variables that mesh.yml decides -> what they may say, if anything.
        rules: further things that can be wrong.
        alone: whether a second way is an error of the provider.
        chosen_by: variable that says which way counts, so that others do no harm.
    """

    ways: tuple[tuple[str, ...], ...]
    always: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    decided: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Callable[[Environ], str], ...] = ()
    alone: bool = True
    chosen_by: str = ""


def needs(spec: MeshSpec) -> dict[str, Needs]:
    """Platform, in the user's words -> what it takes; platforms of the laptop need nothing."""
    found = {}
    for of in ("warehouse", "forge", "runtime", "state"):
        settings = getattr(spec, of)
        if type(settings) in _NEEDS:
            found[f"{of} {settings.kind}"] = _NEEDS[type(settings)](settings)
    return found


def problems(wanted: Needs, environ: Environ, home: Path) -> Iterator[tuple[str, str]]:
    """What is missing or contradicts something, each with what to do about it."""
    given = {name for name, value in environ.items() if value}
    whole = [way for way in wanted.ways if set(way) <= given]
    if not whole and not any((home / place).exists() for place in wanted.places):
        yield _nothing_whole(wanted, given)
    if missing := [name for name in wanted.always if name not in given]:
        yield f"{_and(missing)} {_is(missing)} not set", f"Set {_and(missing)}."
    if len(whole) > 1 and wanted.alone and wanted.chosen_by not in given:
        every = [_and(way) for way in whole]
        yield f"{' and also '.join(every)} {_is(every)} set", "Unset all but one of them."
    for name, value in wanted.decided.items():
        if name in given and _plain(environ[name]) != _plain(value):
            yield (
                f"{name} says {environ[name]}, mesh.yml says {value}",
                f"Unset {name}, or correct mesh.yml.",
            )
    for rule in wanted.rules:
        if text := rule(environ):
            what, _, fix = text.partition("\n")
            yield what, fix


def simplest(spec: MeshSpec) -> list[str]:
    """Variables of the first way to sign in to each platform: what a CI job is given."""
    found = [[*wanted.always, *wanted.ways[0]] for wanted in needs(spec).values()]
    return list(dict.fromkeys(name for names in found for name in names))


def variables(wanted: Needs) -> list[str]:
    """Names of all variables by which one signs in."""
    return list(dict.fromkeys([*wanted.always, *(name for way in wanted.ways for name in way)]))


def _nothing_whole(wanted: Needs, given: set[str]) -> tuple[str, str]:
    begun = [way for way in wanted.ways if set(way) & given]
    if begun:
        there = [name for name in begun[0] if name in given]
        missing = [name for name in begun[0] if name not in given]
        what = f"{_and(there)} {_is(there)} set, and {_and(missing)} {_is(missing)} not"
        return what, f"Set {_and(missing)} too."
    return "nothing to sign in with is set", f"Set {', or '.join(map(_and, wanted.ways))}."


def _and(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _plain(value: str) -> str:
    """A value without what means nothing: the case, `https://`, a slash at the end."""
    return value.lower().removeprefix("https://").rstrip("/")


# --- what each platform takes

_GOOGLE = (
    ("GOOGLE_APPLICATION_CREDENTIALS",),
    ("GOOGLE_CREDENTIALS",),
    ("GOOGLE_OAUTH_ACCESS_TOKEN",),
)
_GOOGLE_PLACES = (".config/gcloud/application_default_credentials.json",)


def _file_is_there(name: str) -> Callable[[Environ], str]:
    def look(environ: Environ) -> str:
        path = environ.get(name, "")
        there = not path or path.lstrip().startswith("{") or Path(path).expanduser().is_file()
        return "" if there else f"{name} names a file that is not there\nCorrect the path."

    return look


def _postgres(settings: Postgres) -> Needs:
    return Needs(
        ways=(("PGPASSWORD",),),
        always=("PGUSER",),
        decided={
            "PGHOST": settings.host,
            "PGPORT": str(settings.port),
            "PGSSLMODE": settings.sslmode,
        },
    )


def _snowflake(settings: Snowflake) -> Needs:
    return Needs(
        ways=(("SNOWFLAKE_PRIVATE_KEY",), ("SNOWFLAKE_PASSWORD",), ("SNOWFLAKE_TOKEN",)),
        always=("SNOWFLAKE_USER", "SNOWFLAKE_ROLE"),
        decided={
            "SNOWFLAKE_ORGANIZATION_NAME": settings.organization,
            "SNOWFLAKE_ACCOUNT_NAME": settings.account,
        },
        rules=(_key_pair,),
        chosen_by="SNOWFLAKE_AUTHENTICATOR",
    )


def _key_pair(environ: Environ) -> str:
    says = environ.get("SNOWFLAKE_AUTHENTICATOR", "")
    if not environ.get("SNOWFLAKE_PRIVATE_KEY") or says.upper() == "SNOWFLAKE_JWT":
        return ""
    now = f"says {says}" if says else "is not set"
    return (
        f"SNOWFLAKE_PRIVATE_KEY is set, and SNOWFLAKE_AUTHENTICATOR {now}: the key is not looked at"
        "\nSet SNOWFLAKE_AUTHENTICATOR=SNOWFLAKE_JWT."
    )


def _bigquery(settings: BigQuery) -> Needs:
    return Needs(
        ways=_GOOGLE,
        places=_GOOGLE_PLACES,
        decided={"GOOGLE_PROJECT": settings.databases.prod},
        rules=(_file_is_there("GOOGLE_APPLICATION_CREDENTIALS"),),
    )


def _databricks(settings: Databricks) -> Needs:
    return Needs(
        ways=(
            ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"),
            ("DATABRICKS_TOKEN",),
            ("DATABRICKS_CONFIG_PROFILE",),
            ("DATABRICKS_CLIENT_ID", "DATABRICKS_AUTH_TYPE"),
        ),
        decided={"DATABRICKS_HOST": settings.host, "DATABRICKS_ACCOUNT_ID": settings.account},
        chosen_by="DATABRICKS_AUTH_TYPE",
    )


def _github(settings: GitHub) -> Needs:
    app = ("GITHUB_APP_ID", "GITHUB_APP_INSTALLATION_ID", "GITHUB_APP_PEM_FILE")
    api = "api.github.com" if settings.host == "github.com" else settings.host
    decided = {"GITHUB_OWNER": settings.organization, "GITHUB_BASE_URL": f"https://{api}"}
    if settings.provisioner.type == "app":
        return Needs(ways=(app,), decided=decided, rules=(_no_token,))
    return Needs(ways=(("GITHUB_TOKEN",),), decided=decided)


def _no_token(environ: Environ) -> str:
    if not environ.get("GITHUB_TOKEN"):
        return ""
    return (
        "GITHUB_TOKEN is set, and mesh.yml says that an App provisions: the provider takes one"
        "\nUnset GITHUB_TOKEN, or take `provisioner` out of mesh.yml."
    )


def _gitlab(settings: GitLab) -> Needs:
    return Needs(
        ways=(("GITLAB_TOKEN",),), decided={"GITLAB_BASE_URL": f"https://{settings.host}/api/v4"}
    )


def _dbt_cloud(settings: DbtCloud) -> Needs:
    return Needs(
        ways=(("DBT_CLOUD_TOKEN",),),
        decided={
            "DBT_CLOUD_ACCOUNT_ID": str(settings.account),
            "DBT_CLOUD_HOST_URL": f"https://{settings.host}/api",
        },
    )


def _s3(settings: S3) -> Needs:
    return Needs(
        ways=(
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            ("AWS_PROFILE",),
            ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
        ),
        places=(".aws/credentials", ".aws/config"),
        decided={"AWS_REGION": settings.region},
        alone=False,
    )


def _gcs(_settings: Gcs) -> Needs:
    return Needs(
        ways=(("GOOGLE_BACKEND_CREDENTIALS",), *_GOOGLE),
        places=_GOOGLE_PLACES,
        rules=(_file_is_there("GOOGLE_BACKEND_CREDENTIALS"),),
        alone=False,
    )


def _azure(_settings: Azure) -> Needs:
    person = ("ARM_TENANT_ID", "ARM_CLIENT_ID")
    return Needs(
        ways=(
            (*person, "ARM_CLIENT_SECRET"),
            (*person, "ARM_CLIENT_CERTIFICATE_PATH"),
            (*person, "ARM_USE_OIDC"),
            ("ARM_USE_MSI",),
        ),
        places=(".azure/azureProfile.json",),
    )


def _pg(_settings: Pg) -> Needs:
    return Needs(ways=(("PG_CONN_STR",),))


def _http(_settings: Http) -> Needs:
    return Needs(ways=(("TF_HTTP_USERNAME", "TF_HTTP_PASSWORD"),))


_NEEDS: dict[type, Callable[..., Needs]] = {
    Postgres: _postgres,
    Snowflake: _snowflake,
    BigQuery: _bigquery,
    Databricks: _databricks,
    GitHub: _github,
    GitLab: _gitlab,
    DbtCloud: _dbt_cloud,
    S3: _s3,
    Gcs: _gcs,
    Azure: _azure,
    Pg: _pg,
    Http: _http,
}
