"""The mesh's defaults, as the internal package has them, and whether a project keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from meshnew.errors import RunError
from meshnew.governance.model import Model

FILE = "defaults.yml"
"""Where the package states them."""
DOMAIN = "<domain>"
"""Stands in a value for the domain that something lies in."""
MACROS = "default-macros"
"""Id of the rule that the macros dbt looks up in the project alone are the mesh's."""
VARS = "default-vars"
"""Id of the rule that vars.yml says what the package does; it has no exceptions."""

_PUBLIC = "public"
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_BODY = re.compile(r"\{%macro\w+\([^)]*\)%\}(.*)\{%endmacro%\}")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    why: str
    value: Any = Field(None, alias="is")


class Default(_Entry):
    """What a config key is in every project, unless an exception is declared.

    Attributes:
        why: what goes wrong otherwise.
        value: the default.
        has: what must be among the values; then there is no one value.
        may_be: what may be chosen without asking.
        of: types of resources that it holds for.
        stages: folders that it holds in, or `public` for products; all if empty.
    """

    has: str | None = None
    may_be: tuple[Any, ...] = ()
    of: tuple[Literal["model", "seed", "snapshot"], ...]
    stages: tuple[str, ...] = Field((), alias="in")

    def concerns(self, model: Model) -> bool:
        """Whether it holds for a model, seed or snapshot."""
        if model.node["resource_type"] not in self.of:
            return False
        public = _PUBLIC in self.stages and model.is_product
        return not self.stages or public or model.stage in self.stages

    def kept(self, model: Model, found: Any) -> bool:
        """Whether what was found is the default, or may be chosen instead."""
        if self.has is not None:
            said = [item.get("sql") if isinstance(item, dict) else item for item in found or ()]
            return self.has in said
        value = model.domain if self.value == DOMAIN else self.value
        return (found or None) in (value or None, *self.may_be)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    config: dict[str, Default] = {}
    variables: dict[str, _Entry] = Field({}, alias="vars")
    macros: dict[str, _Entry] = {}


@dataclass(frozen=True)
class Defaults:
    """All defaults of a mesh.

    Attributes:
        config: config key -> its default.
        variables: variable in vars.yml -> its value.
        macros: macro -> what it calls and nothing else; None where a project has none of the name.
    """

    config: dict[str, Default] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    macros: dict[str, str | None] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        """Ids of rules that exceptions can name."""
        return [*map(rule_id, self.config), MACROS] if self.config else []

    @property
    def in_vars(self) -> dict[str, Any]:
        """Every variable that vars.yml holds, by its path."""
        plain = {
            f"defaults.{key}": default.value
            for key, default in self.config.items()
            if default.has is None and default.value not in (None, {}, DOMAIN)
        }
        return {**plain, **self.variables}

    def broken(self, model: Model) -> Iterator[tuple[str, Any]]:
        """Config keys of a model that are not as they should be, each with what was found."""
        for key, default in self.config.items():
            found = model.config.get(key)
            if default.concerns(model) and not default.kept(model, found):
                yield key, found

    def expected(self, key: str) -> str:
        """What a config key should be, in words."""
        default = self.config[key]
        if default.has is not None:
            return f"has `{default.has}` among them"
        others = " or ".join(f"`{shown(value)}`" for value in default.may_be)
        return f"is {_quoted(default.value)}" + (f", and it may be {others}" if others else "")


def rule_id(key: str) -> str:
    """Id of the rule about a config key."""
    return f"default-{key.replace('_', '-')}"


def read(folder: Path, package: str) -> Defaults:
    """The defaults in a project's checkout whose packages are fetched; none where it has none.

    Args:
        folder: the checkout.
        package: the mesh's internal package.

    Raises:
        RunError: they cannot be understood.
    """
    path = folder / "dbt_packages" / package / FILE
    if not path.is_file():
        return Defaults()
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (ValidationError, yaml.YAMLError) as error:
        raise RunError(
            f"cannot be understood: {error}",
            where=f"{package}/{FILE}",
            fix=f"Write it as the template has it, in a new version of {package}.",
        ) from error


def parse(text: str) -> Defaults:
    """Defaults as the package writes them.

    Raises:
        ValidationError: they cannot be understood.
    """
    found = _File.model_validate(yaml.safe_load(text) or {})
    return Defaults(
        found.config,
        {key: entry.value for key, entry in found.variables.items()},
        {key: entry.value for key, entry in found.macros.items()},
    )


def calls_only(macro: str, call: str) -> bool:
    """Whether the text of a macro is one call and nothing else."""
    found = _BODY.fullmatch(_bare(_COMMENT.sub("", macro)))
    return found is not None and found[1] == _bare(call)


def _bare(text: str) -> str:
    return re.sub(r"[\s-]+", "", text)


def shown(value: Any) -> str:
    """A value as one writes it in YAML, on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return str(text).removesuffix("\n").removesuffix("\n...")


def _quoted(value: Any) -> str:
    if value == DOMAIN:
        return "the domain whose folder it lies in"
    return f"`{shown(value)}`" if value else "not set"
