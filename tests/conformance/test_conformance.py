"""What `make conformance` is made of, as far as no real provider is needed."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from meshnew.embedded.postgres import Postgres
from tests.conformance.relay import LOOPBACK, relay
from tests.terraform import schemas
from tests.terraform.schemas.differences import differences


@pytest.fixture
def ours() -> dict[str, Any]:
    document = json.loads((schemas.FOLDER / "google.json").read_text())
    (schema,) = document["provider_schemas"].values()
    return dict(schema)


def test_a_schema_does_not_differ_from_itself(ours: dict[str, Any]) -> None:
    assert differences(ours, copy.deepcopy(ours)) == []


def test_every_difference_is_named(ours: dict[str, Any]) -> None:
    theirs = copy.deepcopy(ours)
    resources = theirs["resource_schemas"]
    account = resources["google_service_account"]["block"]["attributes"]
    account["email"]["computed"] = False
    account["account_id"]["type"] = "number"
    account["novelty"] = {"optional": True, "type": "string"}
    blocks = resources["google_cloud_identity_group_membership"]["block"]["block_types"]
    blocks["roles"]["min_items"] = 0
    del blocks["roles"]["block"]["attributes"]["name"]
    del resources["google_billing_budget"]
    assert differences(ours, theirs) == [
        "google_billing_budget: theirs has none",
        "google_cloud_identity_group_membership.roles: min_items 1, theirs has 0",
        "google_cloud_identity_group_membership.roles.name: theirs has none",
        "google_service_account.account_id: of type string, theirs is of number",
        "google_service_account.email: computed, theirs is not",
        "google_service_account.novelty: ours has none",
    ]


@pytest.mark.long
def test_the_server_is_reached_by_tcp_and_asks_for_a_password(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "server")
    server.start()
    try:
        with relay(server.socket / f".s.PGSQL.{server.port}") as port:
            place = f"host={LOOPBACK} port={port} user=meshnew dbname=postgres sslmode=disable"
            password = server.passwords.get("meshnew")
            with psycopg.connect(place, password=password) as connection:
                rows = connection.execute("select repeat('x', 1000000)").fetchone()
            assert rows == ("x" * 1_000_000,)
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(place, password="wrong")  # noqa: S106
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(place, password=password)
    finally:
        server.stop()


@pytest.mark.long
def test_without_providers_each_test_is_skipped_and_says_what_it_lacks(tmp_path: Path) -> None:
    files = sorted(str(path) for path in Path(__file__).parent.glob("conform_*.py"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *files],
        env=os.environ | {"MESHNEW_PROVIDER_MIRROR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " skipped in" in done.stdout
    assert "passed" not in done.stdout
    assert f"no cyrilgdn/postgresql from {tmp_path}: " in done.stdout
