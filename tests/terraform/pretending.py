"""Providers that keep no platform, but plan and apply: what only a platform knows is made up.

What was applied lies in Terraform's state, as it does with a real provider. A provider here
takes whatever its schema takes, unless `Pretence.refused` has something to say to a type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgpack
from tf.gen import tfplugin_pb2

from tests.terraform import schemas
from tests.terraform.schema_provider import Provider, serve

_ABSENT = "absent"
_UNKNOWN = msgpack.ExtType(0, b"\x00")
Block = dict[str, Any]


@dataclass
class Pretence:
    """What the platforms say and hold.

    Attributes:
        refused: resource type -> what making one fails with.
        missing: type of data -> what looking it up fails with ...
        present: ... type of data -> but for the one that has this among its values.
        there: type and id of what is there already -> what is known of it.
        looked_up: what is known of data, by its type and what it is looked up by; it raises a
            LookupError where there is no such thing.
        made: type and values of everything that was applied, in order.
        on_made: told of each, as it is made; what it puts right in the values is kept.
    """

    refused: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    present: dict[str, str] = field(default_factory=dict)
    there: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    looked_up: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda _kind, _asked: {}
    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    on_made: Callable[[str, dict[str, Any]], None] = lambda _kind, _values: None


@contextmanager
def pretending() -> Iterator[tuple[Pretence, dict[str, str]]]:
    """All providers, pretended; yields variables by which Terraform finds them too."""
    pretence = Pretence()
    with serve(schemas.load(), lambda schema: Pretender(schema, pretence)) as environment:
        yield pretence, environment


class Pretender(Provider):
    """Plans and applies by the schema alone."""

    def __init__(self, schema: dict[str, Any], pretence: Pretence) -> None:
        super().__init__(schema)
        self.pretence = pretence
        self.resources = schema.get("resource_schemas", {})
        self.data = schema.get("data_source_schemas", {})
        self.numbers = count(1)

    def UpgradeResourceState(self, request: Any, _context: Any) -> Any:  # noqa: N802
        state = tfplugin_pb2.DynamicValue(json=request.raw_state.json)
        return tfplugin_pb2.UpgradeResourceState.Response(upgraded_state=state)

    def ImportResourceState(self, request: Any, _context: Any) -> Any:  # noqa: N802
        known = self.pretence.there.get((request.type_name, request.id))
        # Some providers say so at once, others leave it to the reading that follows.
        if known is None and request.type_name.startswith("github_"):
            return tfplugin_pb2.ImportResourceState.Response(diagnostics=[_error("404 Not Found")])
        block = self.resources[request.type_name]["block"]
        values = dict.fromkeys(block["attributes"]) | {"id": request.id if known else _ABSENT}
        values |= {name: [] for name in block.get("block_types", {})} | (known or {})
        found = tfplugin_pb2.ImportResourceState.ImportedResource(
            type_name=request.type_name, state=_written(values)
        )
        return tfplugin_pb2.ImportResourceState.Response(imported_resources=[found])

    def ReadResource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        if (_read(request.current_state) or {}).get("id") == _ABSENT:
            return tfplugin_pb2.ReadResource.Response(new_state=_written(None))
        return tfplugin_pb2.ReadResource.Response(new_state=request.current_state)

    def ReadDataSource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        block = self.data[request.type_name]["block"]
        asked = _read(request.config)
        says = self.pretence.missing.get(request.type_name)
        if says and self.pretence.present.get(request.type_name) not in asked.values():
            return tfplugin_pb2.ReadDataSource.Response(diagnostics=[_error(says)])
        try:
            asked |= self.pretence.looked_up(request.type_name, asked)
        except LookupError as error:
            return tfplugin_pb2.ReadDataSource.Response(diagnostics=[_error(str(error.args[0]))])
        known = _made(block, _planned(block, asked), self._value)
        return tfplugin_pb2.ReadDataSource.Response(state=_written(known))

    def PlanResourceChange(self, request: Any, _context: Any) -> Any:  # noqa: N802
        block = self.resources[request.type_name]["block"]
        planned = _planned(block, _read(request.proposed_new_state))
        # As all of the real ones but the newest do, whose planned values may differ in form.
        return tfplugin_pb2.PlanResourceChange.Response(
            planned_state=_written(planned), legacy_type_system=True
        )

    def ApplyResourceChange(self, request: Any, _context: Any) -> Any:  # noqa: N802
        block = self.resources[request.type_name]["block"]
        made = _made(block, _read(request.planned_state), self._value)
        says = self.pretence.refused.get(request.type_name)
        if says and made is not None:
            return tfplugin_pb2.ApplyResourceChange.Response(
                new_state=request.prior_state, diagnostics=[_error(says)], legacy_type_system=True
            )
        if made is not None:
            self.pretence.made.append((request.type_name, made))
            self.pretence.on_made(request.type_name, made)
        return tfplugin_pb2.ApplyResourceChange.Response(
            new_state=_written(made), legacy_type_system=True
        )

    def _value(self, kind: Any) -> Any:
        if isinstance(kind, list):
            return [] if kind[0] in ("list", "set") else {}
        made_up = next(self.numbers)
        return {"string": str(made_up), "number": made_up, "bool": False}[kind]


def _error(says: str) -> Any:
    return tfplugin_pb2.Diagnostic(severity=tfplugin_pb2.Diagnostic.ERROR, summary=says)


def _read(value: Any) -> Any:
    if not value.msgpack:
        return None
    return msgpack.unpackb(value.msgpack, ext_hook=lambda *_: _UNKNOWN)


def _written(value: Any) -> Any:
    return tfplugin_pb2.DynamicValue(msgpack=msgpack.packb(value))


def _planned(block: Block, value: Any) -> Any:
    """A value in which what the provider says is unknown, and what is only written is not kept."""

    def attribute(about: Block, given: Any) -> Any:
        if about.get("write_only"):
            return None
        if given is not None or not about.get("computed"):
            return given
        return _UNKNOWN if "type" in about else None

    return _walked(block, value, attribute)


def _made(block: Block, value: Any, make: Callable[[Any], Any]) -> Any:
    """A value in which what is unknown is made up."""

    def attribute(about: Block, given: Any) -> Any:
        return make(about["type"]) if isinstance(given, msgpack.ExtType) else given

    return _walked(block, value, attribute)


def _walked(block: Block, value: Any, attribute: Callable[[Block, Any], Any]) -> Any:
    if value is None or isinstance(value, msgpack.ExtType):
        return value
    found = {
        name: attribute(about, value.get(name))
        for name, about in block.get("attributes", {}).items()
    }
    for name, nested in block.get("block_types", {}).items():
        inner, mode = value.get(name), nested["nesting_mode"]
        if isinstance(inner, list):
            found[name] = [_walked(nested["block"], item, attribute) for item in inner]
        elif isinstance(inner, dict) and mode == "map":
            found[name] = {k: _walked(nested["block"], v, attribute) for k, v in inner.items()}
        else:
            found[name] = _walked(nested["block"], inner, attribute)
    return found
