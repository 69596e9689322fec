"""warehouse/postgres, applied by the real provider to a real server, through its whole life."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from meshnew.embedded.postgres import Postgres
from meshnew.provision import providers
from tests.conformance.conftest import Needs
from tests.conformance.relay import LOOPBACK, relay
from tests.terraform.lifecycle import Life, Lifecycle
from tests.terraform.real import MODULES

PROVISIONER = "meshnew_provisioner"


@pytest.fixture(scope="module")
def life(needs: Needs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    found = needs("postgresql")
    server = Postgres(tmp_path_factory.mktemp("postgres") / "server")
    server.start()
    try:
        with server.connect("postgres") as superuser:
            superuser.execute(_what_it_needs().encode())
            server.passwords.give_missing(superuser)
        secrets = {"PGUSER": PROVISIONER, "PGPASSWORD": server.passwords.get(PROVISIONER) or ""}
        with relay(server.socket / f".s.PGSQL.{server.port}") as port:
            home, environment = tmp_path_factory.mktemp("life"), found.environment | secrets
            yield Life("postgres", home, environment, server.connect, _around(port))
    finally:
        server.stop()


class TestPostgres(Lifecycle):
    """The story, on a server of one's own."""


def _around(port: int) -> dict[str, Any]:
    provider = providers.PROVIDERS["warehouse", "postgres"]
    needed = {provider.name: {"source": provider.source, "version": provider.version}}
    place = {"host": LOOPBACK, "port": port, "sslmode": "disable", "superuser": False}
    return {"terraform": {"required_providers": needed}, "provider": {provider.name: place}}


def _what_it_needs() -> str:
    """Of the provisioning identity, as the README says."""
    readme = (MODULES / "warehouse" / "postgres" / "README.md").read_text()
    return readme.partition("<!-- needs -->\n```sql\n")[2].partition("```")[0]
