"""Serve the provider on a private unix socket that Terraform reattaches to."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from tf.gen import (
    grpc_controller_pb2,
    grpc_controller_pb2_grpc,
    grpc_stdio_pb2_grpc,
    tfplugin_pb2_grpc,
)
from tf.provider import ProviderServicer
from tf.schema import Schema

from meshnew.embedded.platform import Embedded
from meshnew.embedded.provider.forge import Access, BranchProtection, Repository, Team
from meshnew.embedded.provider.members import Membership, RoleMembers
from meshnew.embedded.provider.resource import Resource
from meshnew.embedded.provider.runtime import Job
from meshnew.embedded.provider.schema_access import SchemaAccess
from meshnew.embedded.provider.warehouse import Database, Role, WarehouseSchema

# A host of our own: Terraform and OpenTofu read it alike, and neither looks it up
# as long as the provider is reattached.
SOURCE = "meshnew.local/meshnew/embedded"

RESOURCES: tuple[type[Resource], ...] = (
    Access,
    BranchProtection,
    Database,
    Job,
    Membership,
    Repository,
    Role,
    RoleMembers,
    SchemaAccess,
    Team,
    WarehouseSchema,
)
PREFIX = "embedded_"
_THREADS = 32  # several stacks at once, each with up to ten operations
_LONGEST_SOCKET = 90


@contextmanager
def serve(embedded: Embedded, *, drop_data: bool = False) -> Iterator[dict[str, str]]:
    """Serve the provider for as long as the context lasts, to any number of stacks at once.

    Args:
        embedded: the started platform that resources are made on.
        drop_data: whether deleting a schema, database or repository may delete what it holds.

    Yields:
        Environment variables with which Terraform finds the provider.
    """
    base = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(
        prefix="meshnew-",
        dir=base if len(os.fsencode(base)) < _LONGEST_SOCKET - 30 else "/tmp",  # noqa: S108
    ) as folder:
        address = str(Path(folder) / "provider")
        server = _server(_Provider(embedded, drop_data))
        server.add_insecure_port(f"unix://{address}")
        server.start()
        try:
            yield {"TF_REATTACH_PROVIDERS": _reattach(address)}
        finally:
            server.stop(grace=None).wait()


def _reattach(address: str) -> str:
    """What Terraform has to know, beside what the user's own environment says already."""
    ours = {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": os.getpid(),
        "Test": True,  # Terraform must not stop the process: it is meshnew's own
        "Addr": {"Network": "unix", "String": address},
    }
    given = json.loads(os.environ.get("TF_REATTACH_PROVIDERS") or "{}")
    return json.dumps(given | {SOURCE: ours})


def _server(provider: _Provider) -> Any:
    server = grpc.server(ThreadPoolExecutor(_THREADS, thread_name_prefix="terraform-provider"))
    tfplugin_pb2_grpc.add_ProviderServicer_to_server(ProviderServicer(provider), server)
    grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(_Controller(), server)
    grpc_stdio_pb2_grpc.add_GRPCStdioServicer_to_server(_Stdio(), server)
    return server


class _Controller:
    """What go-plugin asks for; a shared server outlives each Terraform that stops."""

    def Shutdown(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return grpc_controller_pb2.Empty()


class _Stdio:
    def StreamStdio(self, _request: Any, _context: Any) -> Iterator[Any]:  # noqa: N802
        return iter(())


class _Provider:
    """The provider as tf's servicer wants it. It has no settings of its own."""

    def __init__(self, embedded: Embedded, drop_data: bool) -> None:
        self.embedded = embedded
        self.drop_data = drop_data

    def full_name(self) -> str:
        return SOURCE

    def get_model_prefix(self) -> str:
        return PREFIX

    def get_provider_schema(self, _diagnostics: Any) -> Any:
        return Schema()

    def validate_config(self, _diagnostics: Any, _config: Any) -> None:
        return

    def configure_provider(self, _diagnostics: Any, _config: Any) -> None:
        return

    def get_data_sources(self) -> list[Any]:
        return []

    def get_functions(self) -> list[Any]:
        return []

    def get_resources(self) -> list[type[Resource]]:
        return list(RESOURCES)

    def new_resource(self, kind: type[Resource]) -> Resource:
        return kind(self.embedded, self.drop_data)
