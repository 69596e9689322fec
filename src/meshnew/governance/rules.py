"""The rules that every model and every data product keeps, as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from meshnew.governance.finding import Severity
from meshnew.governance.model import Model

WHOLE = ("",)
"""What offends is the model, no column of it."""

_FINE: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What is asked of models.

    Attributes:
        id: by which an exception names it.
        severity: whether breaking it stops a change.
        products: whether it is asked of data products alone, or of every model.
        asks: what it asks, a sentence.
        why: what goes wrong without.
        what: what is told of a model that breaks it; `{model}` and `{columns}` are filled in.
        mend: what mends it; `{file}`, `{name}` and `{package}` are filled in as well.
        offends: names of the columns that break it, `WHOLE` for the model itself.
    """

    id: str
    severity: Severity
    products: bool
    asks: str
    why: str
    what: str
    mend: str
    offends: Callable[[Model], Sequence[str]]


def _unless(holds: Callable[[Model], object]) -> Callable[[Model], Sequence[str]]:
    return lambda model: _FINE if holds(model) else WHOLE


RULES: tuple[Rule, ...] = (
    Rule(
        id="model-described",
        severity=Severity.ERROR,
        products=False,
        asks="Every model has a description.",
        why="Nobody can use, review or replace what nobody can understand.",
        what="{model} has no description",
        mend="Say in {file} what one row of it is: `description:` under `- name: {name}`.",
        offends=_unless(lambda model: (model.node.get("description") or "").strip()),
    ),
    Rule(
        id="model-tested",
        severity=Severity.ERROR,
        products=False,
        asks="Every model has a test: of its data, or a unit test.",
        why="An error is found where it is made, not by whoever reads the product.",
        what="{model} has no test",
        mend="Add one in {file}, such as `data_tests: [{{{package}.primary_key: "
        "{{arguments: {{columns: [...]}}}}}}]`.",
        offends=_unless(lambda model: model.tests),
    ),
    Rule(
        id="group-owned",
        severity=Severity.ERROR,
        products=False,
        asks="Every model is in a group whose owner has a name and an e-mail address.",
        why="Somebody answers for each model; the group is what makes it private to a domain.",
        what="{model} is in no group with an owner's name and e-mail address",
        mend="Keep it in a folder of its domain, models/DOMAIN/; the owner stands in the mesh, "
        "projects/*.yml, from where `meshnew apply` renders the group.",
        offends=_unless(lambda model: _is_reachable(model.group.get("owner") or {})),
    ),
    Rule(
        id="product-owned",
        severity=Severity.ERROR,
        products=True,
        asks="A data product names its owner in `config.meta.owner`.",
        why="A consumer sees it with the product, in the catalogue and in the interface.",
        what="the data product {model} names no owner",
        mend="Name in {file} who answers for it: `config: {{meta: {{owner: team@example.com}}}}`.",
        offends=_unless(lambda model: model.meta.get("owner")),
    ),
    Rule(
        id="product-columns-described",
        severity=Severity.ERROR,
        products=True,
        asks="A data product declares its columns and describes each.",
        why="A name alone tells neither the unit nor what an empty value means.",
        what="the data product {model} does not describe {columns}",
        mend="Say in {file} what each holds, with its unit: `description:` under the column.",
        offends=lambda model: model.undescribed if model.node["columns"] else WHOLE,
    ),
    Rule(
        id="product-primary-key",
        severity=Severity.ERROR,
        products=True,
        asks="A data product has a primary key test.",
        why="It says what one row is; without it a join multiplies rows and nobody sees it.",
        what="the data product {model} has no primary key test",
        mend="Name in {file} what one row is: `data_tests: [{{{package}.primary_key: "
        "{{arguments: {{columns: [...]}}}}}}]`.",
        offends=_unless(lambda model: model.has_key),
    ),
    Rule(
        id="product-contract",
        severity=Severity.ERROR,
        products=True,
        asks="A data product has an enforced contract.",
        why="Columns and types are a promise: what breaks it is not built.",
        what="the data product {model} has no enforced contract",
        mend="Enforce it in {file}: `config: {{contract: {{enforced: true}}}}`, and give every "
        "column its `data_type`.",
        offends=_unless(lambda model: (model.config.get("contract") or {}).get("enforced")),
    ),
    Rule(
        id="product-version",
        severity=Severity.ERROR,
        products=True,
        asks="A data product has a version.",
        why="A new version stands beside the old one; without, every change is a break.",
        what="the data product {model} has no version",
        mend="Add in {file} `latest_version: 1` and `versions: [{{v: 1}}]`, and rename its code to "
        "{name}_v1.sql.",
        offends=_unless(lambda model: model.node.get("version") is not None),
    ),
    Rule(
        id="product-maturity",
        severity=Severity.WARNING,
        products=True,
        asks="A data product says how mature it is, in `config.meta.maturity`.",
        why="A reader knows whether to try it or to build on it.",
        what="the data product {model} does not say how mature it is",
        mend="Set in {file} `config: {{meta: {{maturity: 1}}}}`; the mesh's docs/governance say "
        "what each number means.",
        offends=_unless(lambda model: model.meta.get("maturity") is not None),
    ),
)

MISUSED = "exception-declared"
"""Id of what is wrong with an exception itself."""


def _is_reachable(owner: dict[str, object]) -> bool:
    return bool(owner.get("name") and owner.get("email"))
