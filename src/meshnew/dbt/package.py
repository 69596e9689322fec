"""The interface package of a project: a small dbt package that others import."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import yaml

from meshnew.dbt.product import Interface, Product
from meshnew.errors import RunError

_HEAD = "# Written by meshnew from the project {project}. Changes made here are lost.\n"
MANIFEST = "manifest.json"
"""The file of an interface package that meshnew reads back."""

_JINJA = re.compile(r"{[{%#]")


def write(interface: Interface, folder: Path) -> None:
    """Write the package; the same interface gives the same bytes.

    Models that no longer belong are removed; other files in the folder are left alone.
    """
    files = _files(interface)
    for path in sorted((folder / "models").rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def read(folder: Path) -> Interface:
    """Read an interface package.

    Raises:
        RunError: there is none, or it was not written by meshnew.
    """
    try:
        text = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise _no_interface(folder.name) from error
    return parse(text, folder.name)


def parse(text: str | bytes, project: str) -> Interface:
    """Read the manifest of an interface package.

    Raises:
        RunError: it was not written by meshnew.
    """
    from pydantic import TypeAdapter

    try:
        return TypeAdapter(Interface).validate_json(text)
    except ValueError as error:
        raise _no_interface(project) from error


def _no_interface(project: str) -> RunError:
    return RunError(
        "is no interface of a project",
        where=f"{project}/{MANIFEST}",
        fix=f"Publish it again: meshnew run {project} deploy",
    )


def _files(interface: Interface) -> dict[str, str]:
    head = _HEAD.format(project=interface.project)
    project = {"name": interface.project, "version": "1.0.0", "config-version": 2}
    models = [
        _model(interface.project, list(versions))
        for _, versions in itertools.groupby(interface.products, key=lambda p: p.name)
    ]
    files = {
        "dbt_project.yml": head + _yaml(project),
        "models/interface.yml": head + _yaml({"version": 2, "models": models}),
        MANIFEST: _manifest(interface),
    }
    for product in interface.products:
        files[f"models/{product.file}.sql"] = f"select * from {product.relation}\n"  # noqa: S608
    return files


def _manifest(interface: Interface) -> str:
    from pydantic import TypeAdapter

    data = TypeAdapter(Interface).dump_python(interface, mode="json")
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _model(project: str, versions: list[Product]) -> dict[str, Any]:
    """One entry of interface.yml for all versions of a product."""
    wanted = versions[0].latest_version
    latest = next((p for p in versions if p.version == wanted), versions[-1])
    model = {"name": latest.name, "description": _plain(latest.description)}
    config: dict[str, Any] = {"materialized": "ephemeral"}
    if latest.version is None:
        date = {"deprecation_date": latest.deprecation_date} if latest.deprecation_date else {}
        config["meta"] = _meta(project, latest)
        return {**model, "config": config, **date, "columns": _columns(latest)}
    return {
        **model,
        "config": config,
        "latest_version": latest.version,
        "columns": _columns(latest),
        "versions": [_version(project, product, latest) for product in versions],
    }


def _version(project: str, product: Product, latest: Product) -> dict[str, Any]:
    entry: dict[str, Any] = {"v": product.version}
    if product.file != f"{product.name}_v{product.version}":
        entry["defined_in"] = product.file
    if product.deprecation_date:
        entry["deprecation_date"] = product.deprecation_date
    if product.description != latest.description:
        entry["description"] = _plain(product.description)
    entry["config"] = {"meta": _meta(project, product)}
    if product.columns != latest.columns:
        entry["columns"] = [{"include": []}, *_columns(product)]
    return entry


def _meta(project: str, product: Product) -> dict[str, Any]:
    ours = {"project": project, "domain": product.domain, "relation": product.relation}
    theirs = {key: _plain(product.meta[key]) for key in sorted(product.meta)}
    return {**theirs, "meshnew": ours}


def _columns(product: Product) -> list[dict[str, Any]]:
    columns = []
    for column in product.columns:
        entry = {"name": column.name}
        if column.data_type:
            entry["data_type"] = column.data_type
        if column.description:
            entry["description"] = _plain(column.description)
        columns.append(entry)
    return columns


def _plain(value: Any) -> Any:
    """A value that dbt takes as it is: text that looks like Jinja would be run."""
    if isinstance(value, str):
        return f"{{% raw %}}{value}{{% endraw %}}" if _JINJA.search(value) else value
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _yaml(data: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
    return text
