"""What providers say when they refuse, as providers said it to others, told to the user."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meshnew.provision.compose import Stack
from meshnew.provision.failures import failure
from meshnew.provision.plan import Change
from meshnew.provision.providers import PROVIDERS

RIGHT, TAKEN, ACCOUNT = "lacks a right", "the name is taken", "the wrong account"
EXPIRED, REFUSED, RATE = "has expired", "does not take the credential", "no more requests"
SNOWFLAKE = 'module.warehouse.snowflake_schema.this["flights"]'
POSTGRES = 'module.warehouse.postgresql_role.this["flights_owner"]'
GOOGLE = 'module.warehouse.google_bigquery_dataset.this["flights"]'
CATALOG = 'module.warehouse.databricks_schema.this["flights"]'
GITHUB, GITLAB = "module.forge.github_repository.this", "module.forge.gitlab_project.this"
CLOUD = 'module.runtime.dbtcloud_job.this["daily"]'
EXHAUSTED = "API rate limit of 5000 still exceeded until 2026-11-26 14:19:00 +0000 UTC"

RECORDED = [
    (SNOWFLAKE, RIGHT, "003001 (42501): SQL access control error:\nInsufficient privileges to "
     "operate on  'ACCOUNT'"),
    (SNOWFLAKE, TAKEN, "002002 (42710): SQL compilation error:\nObject 'FLIGHTS' already exists."),
    (SNOWFLAKE, ACCOUNT, "open snowflake connection: 261004 (08004): failed to auth for unknown "
     "reason. HTTP: 404, URL: https://acme-nowhere.snowflakecomputing.com:443"),
    (SNOWFLAKE, ACCOUNT, "open snowflake connection: 394300 (08004): !394300!"),
    (SNOWFLAKE, REFUSED, "390144 (08004): JWT token is invalid. [ca0d7780-24ac]"),
    (SNOWFLAKE, EXPIRED, "390114 (08001): Authentication token has expired.  The user must "
     "authenticate again."),
    (POSTGRES, RIGHT, "error creating role flights_owner: pq: permission denied to create role"),
    (POSTGRES, RIGHT, 'Error creating database "skyline": pq: must be member of role "owner"'),
    (POSTGRES, TAKEN, 'error creating role flights_owner: pq: role "flights_owner" already exists'),
    (POSTGRES, REFUSED, "error detecting capabilities: error PostgreSQL version: pq: password "
     'authentication failed for user "provisioner"'),
    (POSTGRES, ACCOUNT, "error detecting capabilities: error PostgreSQL version: dial tcp: lookup "
     "db.skyline.example: no such host"),
    (POSTGRES, "does not answer", "error PostgreSQL version: dial tcp 10.0.0.1:5432: connect: "
     "connection refused"),
    (GOOGLE, RIGHT, "Error creating Dataset: googleapi: Error 403: Access Denied: Project "
     "skyline-data: User does not have bigquery.datasets.create permission in project "
     "skyline-data., accessDenied"),
    (GOOGLE, TAKEN, "Error creating Dataset: googleapi: Error 409: Already Exists: Dataset "
     "skyline-data:flights, duplicate"),
    (GOOGLE, ACCOUNT, "googleapi: Error 403: BigQuery API has not been used in project 4711 before "
     "or it is disabled., accessNotConfigured"),
    (GOOGLE, EXPIRED, 'oauth2: "invalid_grant" "reauth related error (invalid_rapt)"'),
    (GOOGLE, RATE, "googleapi: Error 403: Exceeded rate limits: too many dataset metadata update "
     "operations for this dataset., rateLimitExceeded"),
    (CATALOG, RIGHT, "cannot create schema: User does not have CREATE SCHEMA on Catalog 'prod'."),
    (CATALOG, TAKEN, "cannot create schema: Schema 'flights' already exists"),
    (CATALOG, REFUSED, "cannot read current user: Invalid access token."),
    (CATALOG, RATE, "cannot create schema: REQUEST_LIMIT_EXCEEDED: too many requests"),
    (GITHUB, RIGHT, "POST https://api.github.com/orgs/skyline/repos: 403 Resource not accessible "
     "by personal access token []"),
    (GITHUB, TAKEN, "POST https://api.github.com/orgs/skyline/repos: 422 Repository creation "
     "failed. [{Resource:Repository Field:name Code:custom Message:name already exists on this "
     "account}]"),
    (GITHUB, ACCOUNT, "GET https://api.github.com/orgs/skylin: 404 Not Found []"),
    (GITHUB, REFUSED, "GET https://api.github.com/user: 401 Bad credentials []"),
    (GITHUB, RATE, f"GET https://api.github.com/repos/skyline/flights: 403 {EXHAUSTED}, not making "
     "remote request. [rate reset in 31m21s]"),
    (GITHUB, RATE, "non-200 OK status code: 403 Forbidden body: You have exceeded a secondary rate "
     "limit. Please wait a few minutes before you try again."),
    (GITLAB, RIGHT, "POST https://gitlab.com/api/v4/projects: 403 {message: 403 Forbidden}"),
    (GITLAB, TAKEN, "POST https://gitlab.com/api/v4/projects: 400 {message: {name: [has already "
     "been taken]}, {path: [has already been taken]}}"),
    (GITLAB, REFUSED, "GET https://gitlab.com/api/v4/user: 401 {message: 401 Unauthorized}"),
    (GITLAB, EXPIRED, "GET https://gitlab.com/api/v4/user: 401 {error: invalid_token}, "
     "{error_description: Token is expired. You can either do re-authorization or token refresh.}"),
    (GITLAB, RATE, "POST https://gitlab.com/api/v4/projects: 429 {message: Retry later}"),
    (CLOUD, RIGHT, "resource-not-found-permissions: The resource does not exist, or the token may "
     "not see it"),
    (CLOUD, REFUSED, 'GET url: https://cloud.getdbt.com/api/v2/accounts/4711/, status: 401, body: '
     '{"status": {"code": 401, "user_message": "Invalid token."}}'),
    (CLOUD, ACCOUNT, "GET url: https://cloud.getdbt.com/api/v2/accounts/4711/, status: 404, body: "
     '{"status": {"code": 404}}'),
    (CLOUD, RATE, "POST url: https://cloud.getdbt.com/api/v2/accounts/4711/jobs/, status: 429"),
]  # fmt: skip
"""Address -> the cause -> what the provider said."""
THINGS = {
    SNOWFLAKE: "schema flights", POSTGRES: "role flights_owner", GOOGLE: "dataset flights",
    CATALOG: "schema flights", GITHUB: "repository flights", GITLAB: "repository flights",
    CLOUD: "job daily of flights",
}  # fmt: skip


def stack(address: str) -> Stack:
    provider = next(part for part in address.split(".") if "_" in part).partition("_")[0]
    (platform, kind) = next(key for key, item in PROVIDERS.items() if item.name == provider)
    return Stack("project", "flights", {platform: (kind, {})})


def said(*errors: tuple[str, str]) -> str:
    """Terraform's output, where resources failed with these words."""
    lines = [{"@level": "info", "type": "version"}]
    lines += [_line(address, text) for address, text in errors]
    return "\n".join(json.dumps(line) for line in lines)


def _line(address: str, text: str) -> dict[str, Any]:
    diagnostic = {"severity": "error", "summary": text, "detail": "", "address": address}
    return {"type": "diagnostic", "diagnostic": diagnostic}


@pytest.mark.parametrize(("address", "why", "words"), RECORDED, ids=lambda text: text[:40])
def test_what_a_provider_said_is_told_with_cause_resource_and_way_on(
    address: str, why: str, words: str
) -> None:
    home = stack(address)
    error = failure(home, "applied", said((address, words)), "")
    assert error.what.startswith(f"could not be applied: {THINGS[address]}: ")
    assert why in error.what
    assert " ".join(words.split())[:60] in error.what  # for whoever has to ask somebody
    assert error.fix.endswith("Then give the same command again: it carries on from here.")
    assert error.fix.count(".") > 1
    assert error.where == "project flights"


def test_every_platform_has_every_cause_recorded_that_it_can_have() -> None:
    for kinds in ((SNOWFLAKE,), (POSTGRES,), (GOOGLE,), (CATALOG,), (GITHUB,), (GITLAB,)):
        assert {RIGHT, TAKEN} <= {why for address, why, _ in RECORDED if address in kinds}
    assert {why for _, why, _ in RECORDED} >= {RIGHT, TAKEN, ACCOUNT, EXPIRED, REFUSED, RATE}


def test_one_cause_of_many_resources_is_told_once() -> None:
    words = RECORDED[0][2]
    addresses = [f'module.warehouse.snowflake_schema.this["s{n}"]' for n in range(9)]
    error = failure(stack(SNOWFLAKE), "applied", said(*((item, words) for item in addresses)), "")
    assert "schema s0, schema s1, schema s2 and 6 more: whoever provisions lacks" in error.what
    assert error.what.count("42501") == 1
    assert error.fix.count("Grant it") == 1


def test_the_plan_tells_what_a_thing_is_called() -> None:
    values = {"database": "ANALYTICS", "name": "FLIGHTS"}
    change = Change(SNOWFLAKE, "snowflake_schema", "create", {}, values)
    error = failure(stack(SNOWFLAKE), "applied", said((SNOWFLAKE, "no")), "", [change])
    assert "schema FLIGHTS: no" in error.what


def test_a_provider_that_cannot_sign_in_is_named_by_its_platform() -> None:
    address = 'provider["registry.terraform.io/snowflakedb/snowflake"]'
    home = Stack("mesh", "skyline", {"warehouse": ("snowflake", {}), "forge": ("github", {})})
    words = "390100 (08004): Incorrect username or password was specified."
    error = failure(home, "planned", said((address, words)), "")
    assert "could not be planned: warehouse snowflake does not take the credential" in error.what
    assert "meshnew doctor" in error.fix


def test_a_state_that_somebody_else_holds_is_waited_for() -> None:
    text = "\x1b[31m╷\n│ Error: Error acquiring the state lock\n│ \n│ Lock Info:\n│   ID: 4711\n╵"
    error = failure(stack(POSTGRES), "initialised", "", text)
    assert "somebody else works on it (Error: Error acquiring the state lock" in error.what
    assert "terraform force-unlock ID" in error.fix


def test_words_that_nobody_recorded_are_passed_on() -> None:
    error = failure(stack(GITHUB), "applied", said((GITHUB, "the moon is full")), "")
    assert error.what == "could not be applied: repository flights: the moon is full"
    assert "Mend the cause." in error.fix
