"""Providers that know a schema and nothing else, served to Terraform on unix sockets.

Enough for `init`, `validate` and, with `mock_provider`, `test`: whatever the
real provider's schema refuses is refused. What only its code knows is not.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from tf.gen import (
    grpc_controller_pb2,
    grpc_controller_pb2_grpc,
    grpc_stdio_pb2_grpc,
    tfplugin_pb2,
    tfplugin_pb2_grpc,
)

# Attribute.write_only, which is younger than the message classes: field 11, true.
_WRITE_ONLY = b"\x58\x01"


@contextmanager
def serve(
    schemas: dict[str, dict[str, Any]], make: Callable[[dict[str, Any]], Provider] | None = None
) -> Iterator[dict[str, str]]:
    """Serve a provider for each schema for as long as the context lasts.

    Args:
        schemas: provider address -> its part of `terraform providers schema -json`.
        make: schema -> a provider that does more than know it.

    Yields:
        Environment variables with which Terraform finds them.
    """
    with tempfile.TemporaryDirectory(prefix="meshnew-schemas-", dir="/tmp") as folder:
        addresses = {source: str(Path(folder) / str(n)) for n, source in enumerate(schemas)}
        servers = [
            _serve((make or Provider)(schemas[source]), address)
            for source, address in addresses.items()
        ]
        reattach = {source: _reattach(address) for source, address in addresses.items()}
        try:
            yield {"TF_REATTACH_PROVIDERS": json.dumps(reattach)}
        finally:
            for stopping in [server.stop(grace=None) for server in servers]:
                stopping.wait()


def _serve(provider: Provider, address: str) -> Any:
    server = grpc.server(ThreadPoolExecutor(4, thread_name_prefix="schema-provider"))
    tfplugin_pb2_grpc.add_ProviderServicer_to_server(provider, server)
    grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(_Controller(), server)
    grpc_stdio_pb2_grpc.add_GRPCStdioServicer_to_server(_Stdio(), server)
    server.add_insecure_port(f"unix://{address}")
    server.start()
    return server


def _reattach(address: str) -> dict[str, Any]:
    return {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": os.getpid(),
        "Test": True,  # Terraform must not stop the process: it runs the tests
        "Addr": {"Network": "unix", "String": address},
    }


class Provider(tfplugin_pb2_grpc.ProviderServicer):
    """Knows its schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.answer = tfplugin_pb2.GetProviderSchema.Response(
            provider=_schema(schema["provider"]),
            resource_schemas=_all(schema, "resource_schemas"),
            data_source_schemas=_all(schema, "data_source_schemas"),
        )

    def GetProviderSchema(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return self.answer

    def ValidateProviderConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.ConfigureProvider.Response()

    def StopProvider(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.StopProvider.Response()


class _Controller:
    def Shutdown(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return grpc_controller_pb2.Empty()


class _Stdio:
    def StreamStdio(self, _request: Any, _context: Any) -> Iterator[Any]:  # noqa: N802
        return iter(())


def _all(schema: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: _schema(value) for name, value in schema.get(key, {}).items()}


def _schema(value: dict[str, Any]) -> Any:
    return tfplugin_pb2.Schema(version=value.get("version", 0), block=_block(value["block"]))


def _block(block: dict[str, Any]) -> Any:
    return tfplugin_pb2.Schema.Block(
        attributes=[_attribute(*item) for item in block.get("attributes", {}).items()],
        block_types=[
            tfplugin_pb2.Schema.NestedBlock(
                type_name=name,
                block=_block(nested["block"]),
                nesting=nested["nesting_mode"].upper(),
                min_items=nested.get("min_items", 0),
                max_items=nested.get("max_items", 0),
            )
            for name, nested in block.get("block_types", {}).items()
        ],
    )


def _attribute(name: str, value: dict[str, Any]) -> Any:
    flags = {
        key: value.get(key, False)
        for key in ("required", "optional", "computed", "sensitive", "deprecated")
    }
    attribute = tfplugin_pb2.Schema.Attribute(name=name, **flags)
    if "nested_type" in value:
        nested = value["nested_type"]
        attribute.nested_type.nesting = tfplugin_pb2.Schema.Object.NestingMode.Value(
            nested["nesting_mode"].upper()
        )
        attribute.nested_type.attributes.extend(
            _attribute(*item) for item in nested["attributes"].items()
        )
    else:
        attribute.type = json.dumps(value["type"]).encode()
    if value.get("write_only"):
        attribute.MergeFromString(_WRITE_ONLY)
    return attribute
