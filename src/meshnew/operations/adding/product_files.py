"""add product: the files that make a mart a data product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from meshnew.dbt.proposals import chosen
from meshnew.errors import UsageError
from meshnew.mesh import write
from meshnew.operations.adding import documents
from meshnew.operations.adding.bench import Bench
from meshnew.operations.adding.draft import Draft
from meshnew.operations.adding.product import Mart
from meshnew.operations.adding.staging import tests_of


@dataclass(frozen=True)
class Wishes:
    """What a person says of a product; the rest has defaults.

    Attributes:
        description: what it is and for whom; None where its YAML says so already.
        row: what one row is; None for words made of its key.
        limits: what the data does not say.
        tests: names of proposed tests; None takes those that hold.
        maturity: how mature it is.
        fresh_within: hours within which it is fresh.
        exposure: what uses it; None where nothing is known.
    """

    description: str | None = None
    row: str | None = None
    limits: str | None = None
    tests: Sequence[str] | None = None
    maturity: int = 1
    fresh_within: int = 24
    exposure: str | None = None


def draft(bench: Bench, mart: Mart, wishes: Wishes) -> Draft:
    """What makes a mart a product; what its YAML says already stays.

    Raises:
        ConflictError: a file is there.
        UsageError: nobody has said what it is, or a test was not proposed.
    """
    said = mart.entry.get("description") or ""
    if not (wishes.description or said):
        raise UsageError(
            "nobody has said what it is", where=mart.name, fix='Say so: --description "..."'
        )
    result = bench.draft()
    folder = _place_code(bench, mart, result)
    values = _values(bench, mart, wishes)
    text = bench.parts.render("product/product.yml", **values)
    if mart.yaml is None:
        result.create(f"{folder}/{mart.name}.yml", text)
    else:
        new = write.loaded(text)["models"][0]
        changed = documents.extended(mart.yaml, _completed(mart, new, described="doc(" in said))
        result.replace(mart.yaml.path, mart.yaml.text, changed)
    if "doc(" not in said:
        words = values | {"description": wishes.description or said}
        result.create(f"{folder}/{mart.name}.md", bench.parts.render("product/product.md", **words))
    if wishes.exposure:
        _expose(bench, mart, wishes.exposure, folder, result)
    return result


def _place_code(bench: Bench, mart: Mart, result: Draft) -> str:
    """Rename the mart to its first version, or write it; the folder it lies in."""
    if mart.file is not None:
        folder = PurePosixPath(mart.file).parent.as_posix()
        result.move(mart.file, f"{folder}/{mart.name}_v1.sql")
        return folder
    base = f"models/{mart.domain}"
    stage = "products" if (bench.folder / base / "products").is_dir() else "marts"
    columns = [column.sql for column in mart.profile.table.columns]
    text = bench.parts.render("product/mart.sql", model=mart.model, columns=columns)
    result.create(f"{base}/{stage}/{mart.name}_v1.sql", text)
    return f"{base}/{stage}"


def _values(bench: Bench, mart: Mart, wishes: Wishes) -> dict[str, Any]:
    taken = chosen(mart.proposed, wishes.tests)
    key = next((item.columns for item in taken if item.kind == "primary_key"), ())
    joins = [f"`{item.columns[0]}` to `{item.to[5:-2]}`" for item in taken if item.to]
    own = f"on {' and '.join(f'`{name}`' for name in key)}" if key else "on no key of its own yet"
    columns = mart.profile.table.columns
    return {
        "name": mart.name,
        "package": bench.package,
        "owner": bench.about(mart.domain).owner.email,
        "maturity": wishes.maturity,
        "fresh_within": wishes.fresh_within,
        "key": key,
        "row": (wishes.row or (f"one {' and '.join(key)}" if key else "to be said")).rstrip("."),
        "join": f"{', '.join([own, *joins])}.",
        "limits": wishes.limits or "To be said: what is left out, and what the data does not say.",
        "columns": [
            {
                "name": column.name,
                "data_type": column.data_type,
                "quoted": column.quoted,
                "description": mart.described.get(column.name) or "To be described.",
                "tests": tests_of(column.name, taken, ()),
            }
            for column in columns
        ],
    }


def _completed(mart: Mart, new: dict[str, Any], *, described: bool) -> Any:
    def change(data: Any) -> None:
        entry = documents.entry_of(data, "models", mart.name)
        if not described:  # what it said stands in the doc block now
            entry["description"] = new["description"]
        for item in (entry, *(entry.get("columns") or [])):
            for other in (new, *new["columns"]):
                # An older name of the same key.
                if "tests" in item and other.get("name") == item["name"]:
                    item["data_tests"] = item.pop("tests")
        documents.merge(entry, new)
        if isinstance(entry.get("config"), dict):
            entry["config"]["access"] = "public"

    return change


def _expose(bench: Bench, mart: Mart, label: str, folder: str, result: Draft) -> None:
    path = f"{folder}/_{mart.domain}__exposures.yml"
    word = "".join(c if c.isalnum() else "_" for c in label.lower()).strip("_")
    owner = bench.about(mart.domain).owner
    text = bench.parts.render(
        "product/exposures.yml", name=word, label=label, owner=owner, product=mart.name
    )
    there = next((item for item in documents.documents(bench.folder) if item.path == path), None)
    if there is None:
        result.create(path, text)
        return
    new = write.loaded(text)

    def change(data: Any) -> None:
        documents.merge(data, new)

    result.replace(path, there.text, documents.extended(there, change))
