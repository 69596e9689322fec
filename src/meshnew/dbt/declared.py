"""What a project declares to others, read from its files without running dbt."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from meshnew.dbt.product import Column, Interface, Product, Version, in_order
from meshnew.errors import UsageError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MEND = "Mend the file; `dbt parse` in the project (meshnew shell) says more."
_BLOCK = re.compile(r"{%-?\s*docs\s+(\w+)\s*-?%}(.*?){%-?\s*enddocs\s*-?%}", re.DOTALL)
_DOC = re.compile(r"""{{-?\s*doc\(\s*(?:['"](\w+)['"]\s*,\s*)?['"](\w+)['"]\s*\)\s*-?}}""")


def declared(folder: Path) -> Interface:
    """The interface that a project's YAML promises, whether or not anything was built.

    Access, contract and meta count where dbt_project.yml or a model's YAML sets them.
    Jinja in a value is left as it is, apart from `doc()`.

    Args:
        folder: the project's checkout.

    Raises:
        UsageError: a file is not valid YAML, or not what dbt expects; with its line.
    """
    project = _Project(folder)
    products = [
        product
        for path in project.files("model-paths", ".yml", ".yaml")
        for entry in project.models(path)
        for product in project.products(entry)
    ]
    return Interface(project.name, in_order(products))


class _Project:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = _load(folder / "dbt_project.yml", folder)
        self.name: str = self._config.get("name", folder.name)

    def files(self, setting: str, *suffixes: str) -> Iterator[Path]:
        """Files under the folders that a setting of dbt_project.yml names."""
        for name in self._config.get(setting) or ["models"]:
            paths = sorted((self._folder / name).rglob("*"))
            yield from (path for path in paths if path.suffix in suffixes)

    def models(self, path: Path) -> Iterator[dict[str, Any]]:
        """The entries for models in a YAML file."""
        for entry in _load(path, self._folder).get("models") or []:
            if problem := _problem(entry):
                where = path.relative_to(self._folder).as_posix()
                raise UsageError(problem, where=where, fix=_MEND)
            yield entry

    def products(self, entry: dict[str, Any]) -> Iterator[Product]:
        """The public versions of a model whose code exists."""
        versions: list[dict[str, Any]] = entry.get("versions") or []
        latest = entry.get("latest_version")
        if latest is None and versions:
            latest = in_order([_bare(entry["name"], v["v"]) for v in versions])[-1].version
        for version in versions or [{}]:
            fqn = self._fqn(entry["name"], version, latest)
            if fqn:
                config = self._resolved(fqn, entry, version)
                if config.get("access") == "public" and config.get("enabled", True) is not False:
                    yield self._product(entry, version, latest, fqn, config)

    def _product(
        self,
        entry: dict[str, Any],
        version: dict[str, Any],
        latest: Version | None,
        fqn: list[str],
        config: dict[str, Any],
    ) -> Product:
        number = version.get("v")
        domain = fqn[1] if fqn[1] != entry["name"] else self.name
        suffix = f"_v{number}".replace(".", "_") if number else ""  # dbt: no suffix for 0
        date = (version or entry).get("deprecation_date")
        return Product(
            name=entry["name"],
            domain=domain,
            schema=f"{domain}_products",
            identifier=config.get("alias") or f"{entry['name']}{suffix}",
            version=number,
            latest_version=latest,
            deprecation_date=str(date)[:10] if date else None,
            description=self._text(version.get("description") or entry.get("description")),
            columns=self._columns(entry, version),
            contract=(config.get("contract") or {}).get("enforced") is True,
            meta=_as_json(config.get("meta") or {}),
        )

    def _fqn(self, name: str, version: dict[str, Any], latest: Version | None) -> list[str] | None:
        """Where dbt finds the code of a model, as project, folders, name, version."""
        if not version:
            folders = self._code.get(name)
            return None if folders is None else [self.name, *folders, name]
        number = version["v"]
        folders = self._code.get(version.get("defined_in") or f"{name}_v{number}")
        if folders is None and number == latest:
            folders = self._code.get(name)
        return None if folders is None else [self.name, *folders, name, f"v{number}"]

    @cached_property
    def _code(self) -> dict[str, list[str]]:
        """Folders of each file with code below the folder of models, by the file's stem."""
        roots = [self._folder / name for name in self._config.get("model-paths") or ["models"]]
        return {
            path.stem: list(path.parent.relative_to(root).parts)
            for path in self.files("model-paths", ".sql", ".py")
            for root in roots
            if path.is_relative_to(root)
        }

    def _resolved(
        self, fqn: list[str], entry: dict[str, Any], version: dict[str, Any]
    ) -> dict[str, Any]:
        """A model's configuration: dbt_project.yml from outside in, then its own YAML."""
        result: dict[str, Any] = {}
        level: Any = self._config.get("models") or {}
        for name in (*fqn, None):
            _merge(result, {k[1:]: v for k, v in level.items() if str(k).startswith("+")})
            level = level.get(name)
            if not isinstance(level, dict):
                break
        for own in (entry, version):
            _merge(result, {k: own[k] for k in ("access", "meta") if k in own})
            _merge(result, own.get("config") or {})
        return result

    def _columns(self, entry: dict[str, Any], version: dict[str, Any]) -> tuple[Column, ...]:
        own = version.get("columns") or []
        rule = next((c for c in own if "include" in c), {"include": "all"})
        include, exclude = rule["include"], rule.get("exclude") or []
        inherited = [
            column
            for column in entry.get("columns") or []
            if (include in ("all", "*") or column["name"] in include)
            and column["name"] not in exclude
        ]
        columns = {c["name"]: c for c in [*inherited, *(c for c in own if "name" in c)]}
        return tuple(
            Column(name, column.get("data_type") or "", self._text(column.get("description")))
            for name, column in columns.items()
        )

    def _text(self, text: str | None) -> str:
        def block(match: re.Match[str]) -> str:
            ours = match[1] in (None, self.name)
            return self._docs.get(match[2], match[0]) if ours else match[0]

        return _DOC.sub(block, text or "").strip()

    @cached_property
    def _docs(self) -> dict[str, str]:
        texts = (path.read_text(encoding="utf-8") for path in self.files("docs-paths", ".md"))
        return {name: block.strip() for text in texts for name, block in _BLOCK.findall(text)}


def _load(path: Path, folder: Path) -> dict[str, Any]:
    where = path.relative_to(folder).as_posix()
    try:
        data = yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506  (a safe loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"{where}:{mark.line + 1}" if mark else where
        raise UsageError(f"is not valid YAML: {error.problem}", where=line, fix=_MEND) from None
    except (OSError, yaml.YAMLError) as error:
        reason = "is missing" if isinstance(error, OSError) else f"is not valid YAML: {error}"
        raise UsageError(reason, where=where, fix=_MEND) from error
    if not isinstance(data or {}, dict):
        raise UsageError("must be a mapping of keys to values", where=where, fix=_MEND)
    return data or {}


def _problem(entry: Any) -> str | None:
    """Why an entry of `models:` cannot be one; dbt checks all that is not read here."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return "an entry of `models:` does not begin with `- name:`"
    versions = entry.get("versions") or []
    if not all(isinstance(version, dict) and "v" in version for version in versions):
        return f"a version of {entry['name']} does not begin with `- v:`"
    for column in [c for part in (entry, *versions) for c in part.get("columns") or []]:
        if not isinstance(column, dict) or not {"name", "include"} & column.keys():
            return f"a column of {entry['name']} does not begin with `- name:`"
    return None


def _merge(config: dict[str, Any], more: dict[str, Any]) -> None:
    """Add configuration as dbt does: meta is joined, everything else replaced."""
    meta = {**(config.get("meta") or {}), **(more.get("meta") or {})}
    config.update(more)
    if meta:
        config["meta"] = meta


def _as_json(value: Any) -> Any:
    """YAML's dates as text, as a manifest has them."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def _bare(name: str, version: Version) -> Product:
    return Product(name, "", "", "", version=version)
