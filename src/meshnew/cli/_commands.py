"""The commands by name, each imported and built only once somebody asks for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

NAMES = (
    "init new plan apply adopt destroy status run runs job clone shell psql connect stop unlock "
    "doctor eject change product add promote check"
).split()
"""Each is a module of this package: with a function of that name, or an `app` of several."""


class _Commands(Mapping[str, Any]):
    """Name -> command, as Typer's group wants them."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        if name not in self._built:
            self._built[name] = _build(name)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


class Group(TyperGroup):
    """Commands that are told with their whole first line, however long it is."""

    def format_commands(self, _context: Any, formatter: Any) -> None:
        """Each with its first line."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries()))

    def summaries(self) -> Iterator[tuple[str, str]]:
        """Name and first line of each."""
        for name, command in self.commands.items():
            yield name, str(command.help).partition("\n")[0]


class Commands(Group):
    """All commands. Typer would import and build every one to run one of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"commands": _Commands()})

    def list_commands(self, _context: Any) -> list[str]:
        """Names in the order in which they are told."""
        return list(NAMES)

    def summaries(self) -> Iterator[tuple[str, str]]:
        """Name and first line of each, for which none has to be built."""
        return ((name, _summary(name)) for name in NAMES)


def _build(name: str) -> Any:
    module = import_module(f"meshnew.cli.{name}")
    if hasattr(module, "app"):
        group = typer.main.get_group(module.app)
        group.name = name
        return group
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command()(getattr(module, name))
    return typer.main.get_command(single)


def _summary(name: str) -> str:
    module = import_module(f"meshnew.cli.{name}")
    said = module.app.info.help if hasattr(module, "app") else getattr(module, name).__doc__
    return inspect.cleandoc(said).partition("\n")[0]
