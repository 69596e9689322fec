"""The laptop platform of one mesh as one object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meshnew.embedded import records
from meshnew.embedded.connections import Connections
from meshnew.embedded.data_folder import SUPERUSER
from meshnew.embedded.host import keep_private
from meshnew.embedded.postgres import CLUSTER, Postgres
from meshnew.embedded.whole import Whole
from meshnew.errors import PlatformError

if TYPE_CHECKING:
    from psycopg import Connection

    from meshnew.embedded.repositories import Repositories


class Embedded:
    """Postgres, repositories and records of a mesh.

    Args:
        root: the mesh's folder (it holds mesh.yml); everything lies in .meshnew/embedded.
        database: the warehouse's database: the mesh's name.
    """

    def __init__(self, root: Path, database: str) -> None:
        self.root = root.absolute()
        self.database = database
        self.home = self.root / ".meshnew" / "embedded"
        self.repositories = self.home / "repositories"
        self.postgres = Postgres(self.home / "postgres")
        self._to_records = Connections(self.postgres, records.DATABASE)
        self._to_cluster = Connections(self.postgres, CLUSTER)
        self.whole: Whole | None = None

    @cached_property
    def git(self) -> Repositories:
        """The repositories as an object; `repositories` is their folder."""
        from meshnew.embedded.repositories import Repositories

        return Repositories(self.repositories)

    def start(self) -> None:
        """Start Postgres unless it runs; make sure of the records and the logins' passwords.

        Raises:
            PlatformError: Postgres is not installed or does not start.
        """
        for folder in (self.home.parent, self.home):
            keep_private(folder)
        self.postgres.start()
        if not self._has_records():
            records.ensure(self.postgres)
        with self.records() as server:
            self.postgres.passwords.give_missing(server)

    def _has_records(self) -> bool:
        try:
            with self.records() as connection:
                return records.is_current(connection)
        except PlatformError:  # they are not there yet
            return False

    @contextmanager
    def still(self) -> Iterator[None]:
        """Read what is there as a whole, once, for all who ask while the block lasts.

        For many questions between which this process changes nothing.
        """
        self.whole = Whole()
        try:
            yield
        finally:
            self.whole = None

    def warehouse(self, user: str = SUPERUSER) -> Connection[tuple[Any, ...]]:
        """Connect to the warehouse; each statement is a transaction of its own.

        Raises:
            PlatformError: the warehouse is not running or not provisioned yet.
        """
        return self.postgres.connect(self.database, user=user)

    def records(self) -> AbstractContextManager[Connection[tuple[Any, ...]]]:
        """A connection to the records; each statement is a transaction of its own.

        Raises:
            PlatformError: Postgres is not running or was never started.
        """
        return self._to_records.lend()

    def cluster(self) -> AbstractContextManager[Connection[tuple[Any, ...]]]:
        """A connection to the database from which roles and databases are managed.

        Raises:
            PlatformError: Postgres is not running.
        """
        return self._to_cluster.lend()
