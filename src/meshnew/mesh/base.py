"""What models of the spec have in common, and the platforms that need no settings."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
    from pydantic_core import CoreSchema

EMBEDDED: Final = "embedded"
LOCAL: Final = "local"


class Model(BaseModel):
    """Base of all parts of the spec: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Embedded(Model):
    """On this machine, beside the mesh; it needs no settings."""

    kind: Literal["embedded"] = Field("embedded", description="The platform made small.")


class Local(Model):
    """Files beside the stacks: for the embedded platform alone."""

    kind: Literal["local"] = Field("local", description="Files on this machine.")


class Kinds:
    """Annotates a field that holds the settings of one of several platforms, told by `kind`.

    The models of hosted platforms are imported once somebody names one, or asks for the
    JSON Schema: every command waits for the import of this module.

    Args:
        of: `warehouse`, `forge`, `runtime` or `state`.
        default: what it is where nobody says.
    """

    def __init__(self, of: str, default: Model) -> None:
        self.of = of
        self.default = default
        self._plain: tuple[dict[str, Any], ...] = ({}, default.model_dump())

    @functools.cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        from meshnew.mesh.platforms import ADAPTERS

        return ADAPTERS[self.of]

    def _validate(self, value: Any) -> Any:
        if value in self._plain:
            return self.default
        return self._adapter.validate_python(value)

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Checked by `_validate`."""
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """That of all kinds."""
        return dict(handler(self._adapter.core_schema))
