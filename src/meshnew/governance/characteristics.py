"""The eight characteristics of a data product, and what one still lacks of each.

They are those of Zhamak Dehghani's *Data Mesh*; what is measured for each is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from meshnew.dbt.product import Product
from meshnew.governance.model import has_key

_FINE = frozenset({"pass", "warn"})
_DOC = {
    "what one row is": (re.compile(r"\bone row\b", re.IGNORECASE), "**One row** is ..."),
    "how to join it": (re.compile(r"\bjoin", re.IGNORECASE), "**Join** to ... on ..."),
    "its limits": (re.compile(r"\blimit|\bnot known\b", re.IGNORECASE), "**Limits.** ..."),
}
_OPEN = re.compile(r"\bto be (?:described|said)\b", re.IGNORECASE)
"""What `meshnew add` writes where only a person knows the words."""
_MANY = 4


@dataclass(frozen=True)
class Known:
    """All that is published and remembered of a product.

    Attributes:
        product: what is published.
        project: who makes it.
        versions: all versions of it that are published.
        owner: name and email of who answers for its domain; None where nobody is known.
        state: what production remembers; empty before its first deploy.
        consumers: projects, people and tools that read it or may.
        words: products of other domains, each with the names of its columns.
    """

    product: Product
    project: str
    versions: tuple[Product, ...] = ()
    owner: Mapping[str, str] | None = field(default=None, hash=False)
    state: Mapping[str, Any] = field(default_factory=dict, hash=False)
    consumers: tuple[str, ...] = ()
    words: Mapping[str, Collection[str]] = field(default_factory=dict, hash=False)

    @property
    def file(self) -> str:
        """The file that describes it, as production remembers it."""
        return self.state.get("file") or f"the YAML of {self.product.name}"

    @property
    def built(self) -> bool:
        """Whether production has it."""
        return bool(self.state.get("built"))


@dataclass(frozen=True)
class Lack:
    """One thing that a product lacks, and the command or file that mends it."""

    what: str
    mend: str


@dataclass(frozen=True)
class Characteristic:
    """One of the eight.

    Attributes:
        name: of the characteristic.
        lacks: what the product lacks of it; nothing where it has it.
    """

    name: str
    lacks: tuple[Lack, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"name": self.name, "ok": not self.lacks, "lacks": [asdict(x) for x in self.lacks]}


def measure(known: Known) -> tuple[Characteristic, ...]:
    """The eight characteristics, in the order in which they are usually told."""
    return tuple(Characteristic(name, tuple(look(known))) for name, look in _EIGHT.items())


def _discoverable(known: Known) -> Iterator[Lack]:
    product, file = known.product, known.file
    if not _said(product.description):
        yield Lack("it has no description", f"`description:` in {file}")
    if not product.columns:
        yield Lack("it declares no column", f"`columns:` in {file}")
    elif bare := [column.name for column in product.columns if not _said(column.description)]:
        yield Lack(f"not described: {_few(bare)}", f"`description:` of the column in {file}")
    if not (product.meta.get("owner") or known.owner):
        yield Lack(
            "nobody answers for it", f"`owner:` of domain {product.domain} in projects/*.yml"
        )


def _addressable(known: Known) -> Iterator[Lack]:
    product, file = known.product, known.file
    if product.version is None:
        yield Lack("it has no version", f"`versions: [{{v: 1}}]` in {file}")
    if not product.contract:
        yield Lack("no contract is enforced", f"`contract: {{enforced: true}}` in {file}")
    for other in known.versions:
        if other.version != other.latest_version and not other.deprecation_date:
            yield Lack(
                f"{other.label} has no end", f"`deprecation_date:` of {other.label} in {file}"
            )


def _understandable(known: Known) -> Iterator[Lack]:
    if text := _said(known.product.description):
        for what, (pattern, words) in _DOC.items():
            if not pattern.search(text):
                mend = (
                    f"`{words}` in the doc block {known.product.name}, a file beside {known.file}"
                )
                yield Lack(f"its text does not tell {what}", mend)
    else:
        yield Lack("it has no text", f"a doc block {known.product.name} beside {known.file}")


def _trustworthy(known: Known) -> Iterator[Lack]:
    state, file, deploy = known.state, known.file, f"meshnew run {known.project} deploy"
    tests = state.get("tests") or []
    if not known.built:
        yield Lack("it was never built", deploy)
    if not has_key([(test["name"], test["column"]) for test in tests]) and state:
        yield Lack("no test says what one row is", f"a `primary_key` test in {file}")
    if failed := [test["name"] for test in tests if (test["status"] or "pass") not in _FINE]:
        yield Lack(
            f"failed at the last run: {_few(failed)}", f"mend the data or the test; {deploy}"
        )
    if known.built and (asleep := [test["name"] for test in tests if not test["status"]]):
        yield Lack(f"never run: {_few(asleep)}", deploy)
    if state.get("materialized") == "view":
        yield Lack("it is a view", f"`materialized: table` in {file}")
    if not known.product.meta.get("slo"):
        slo = "`slo: {fresh_within_hours: 24, complete: 0.99}`"
        yield Lack("it promises no freshness or completeness", f"{slo} in `meta` of {file}")
    yield from _fresh(known)


def _fresh(known: Known) -> Iterator[Lack]:
    for source in known.state.get("sources") or []:
        relation = source["relation"]
        if source["status"] and source["status"] not in _FINE:
            yield Lack(f"source {relation} is stale", "have its loader looked after")
        elif not source["status"]:
            daily = f"meshnew run {known.project} daily"
            first = f"`freshness:` in {source.get('file') or 'the YAML of the source'}, then "
            mend = daily if source.get("has_freshness") else first + daily
            yield Lack(f"the age of source {relation} is not known", mend)


def _natively_accessible(known: Known) -> Iterator[Lack]:
    state = known.state
    if not (state.get("semantic_model") or state.get("catalog")):
        yield Lack(
            "it is a table only: no semantic model, no Iceberg",
            f"a model with `semantic_model:` beside {known.file}, as CONTRIBUTING.md shows, or "
            "`catalog_name:` for Iceberg",
        )


def _interoperable(known: Known) -> Iterator[Lack]:
    columns = {column.name for column in known.product.columns}
    if any(columns & set(theirs) for theirs in known.words.values()):
        return
    text = known.product.description.lower()
    if any(re.search(rf"\b{re.escape(name.lower())}\b", text) for name in known.words):
        return
    yield Lack(
        "it shares no column with a product of another domain, and its text names none to join",
        "`**Join** to ... on ...` with a product of meshnew product list, in the doc block "
        f"{known.product.name}, a file beside {known.file}",
    )


def _valuable(known: Known) -> Iterator[Lack]:
    if not known.consumers and not known.state.get("exposures"):
        yield Lack("nobody is known to use it", f"an exposure beside {known.file}, for each report")
    if known.product.meta.get("maturity") is None:
        yield Lack("it does not say how mature it is", f"`maturity:` in `meta` of {known.file}")


def _secure(known: Known) -> Iterator[Lack]:
    marked = known.state.get("pii") or []
    if marked and known.product.meta.get("pii") is False:
        what = f"it says that it holds no personal data, and marks {_few(marked)}"
        yield Lack(what, f"`pii:` in `meta` of {known.file}, or the column left out or masked")
    elif not marked and "pii" not in known.product.meta:
        yield Lack(
            "it does not say whether it holds personal data",
            f"`pii: false`, or the list of its columns, in `meta` of {known.file}",
        )


_EIGHT: dict[str, Callable[[Known], Iterator[Lack]]] = {
    "discoverable": _discoverable,
    "addressable": _addressable,
    "understandable": _understandable,
    "trustworthy": _trustworthy,
    "natively accessible": _natively_accessible,
    "interoperable": _interoperable,
    "valuable on its own": _valuable,
    "secure": _secure,
}


def _said(text: str) -> str:
    """What a text says, without the lines that are still to be written."""
    return "\n".join(line for line in text.splitlines() if not _OPEN.search(line)).strip()


def _few(names: list[str]) -> str:
    more = len(names) - _MANY
    return ", ".join(names[:_MANY]) + (f" and {more} more" if more > 0 else "")
