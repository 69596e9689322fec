"""Platforms that make no sense together, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from meshnew.mesh.base import EMBEDDED, LOCAL

if TYPE_CHECKING:
    from meshnew.mesh.models import MeshSpec
    from meshnew.mesh.platforms import BigQuery

Refusal = tuple[str, str, str]
"""The key it is said at, why that does not do there, and what to write."""


def refuse(spec: MeshSpec) -> None:
    """Refuse a mesh whose platforms cannot work together.

    Raises:
        ValidationError: with all reasons, each at the key that is to be changed.
    """
    kinds = (spec.warehouse.kind, spec.forge.kind, spec.runtime.kind, spec.state.kind)
    found = list(_settings(spec))
    for key, why, fix in refusals(*kinds):
        found.append(((key, getattr(spec, key).kind, "kind"), why, fix))
    errors = [
        InitErrorDetails(
            type=PydanticCustomError("pair", "{why}\n{fix}", {"why": why, "fix": fix}),
            loc=loc,
            input=None,
        )
        for loc, why, fix in found
    ]
    if errors:
        raise ValidationError.from_exception_data("mesh", errors)


def _settings(spec: MeshSpec) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Settings of one platform that another does not take."""
    forge, runtime, warehouse = spec.forge, spec.runtime, spec.warehouse
    if forge.kind == "gitlab" and forge.tier == "free" and spec.approvals:
        yield (
            ("approvals",),
            "the free tier of GitLab cannot require approvals",
            "Write `approvals: 0`, or `forge: {tier: premium, ...}` where the group has it.",
        )
    if forge.kind == "github" and forge.provisioner.type != "admins" and not forge.provisioner.id:
        yield (
            ("forge", "github", "provisioner", "id"),
            f"which {forge.provisioner.type} provisions is not said",
            "Write its number.",
        )
    if warehouse.kind == "bigquery":
        yield from _on_bigquery(warehouse)
    if warehouse.kind == "databricks" and warehouse.compute.cost_limit:
        yield (
            ("warehouse", "databricks", "compute", "cost_limit"),
            "a SQL warehouse of Databricks knows no limit of what it costs",
            "Take it out, and set a budget in the account's console.",
        )
    if runtime.kind != "dbt_cloud":
        return
    if warehouse.kind == "bigquery" and runtime.connection is None:
        yield (
            ("runtime", "dbt_cloud", "connection"),
            "dbt Cloud's connection to BigQuery holds a key, so meshnew does not make it",
            "Make it in dbt Cloud by hand, and write its number.",
        )
    if runtime.github_installation and forge.kind != "github":
        yield (
            ("runtime", "dbt_cloud", "github_installation"),
            f"the forge is {forge.kind}",
            "Take it out.",
        )
    if runtime.state_aware and runtime.dbt_version != "latest-fusion":
        yield (
            ("runtime", "dbt_cloud", "state_aware"),
            "state-aware jobs run on dbt Fusion only",
            "Write `dbt_version: latest-fusion`, or take `state_aware` out.",
        )


def _on_bigquery(warehouse: BigQuery) -> Iterator[tuple[tuple[str, ...], str, str]]:
    compute = warehouse.compute
    for key in ("size", "max_clusters"):
        if key in compute.model_fields_set:
            yield (
                ("warehouse", "bigquery", "compute", key),
                "BigQuery has no sizes and grows by itself",
                "Take it out.",
            )
    if compute.cost_limit and not warehouse.billing_account:
        yield (
            ("warehouse", "bigquery", "billing_account"),
            "a cost limit is watched by whoever pays",
            "Write the number of the billing account, or take `cost_limit` out.",
        )


def refusals(warehouse: str, forge: str, runtime: str, state: str) -> Iterator[Refusal]:
    """What is wrong with kinds of platforms taken together; nothing where they fit."""
    if warehouse == EMBEDDED:
        yield from _on_a_laptop(forge, runtime, state)
    else:
        yield from _hosted(warehouse, forge, runtime, state)


def _on_a_laptop(forge: str, runtime: str, state: str) -> Iterator[Refusal]:
    if forge != EMBEDDED:
        yield (
            "forge",
            f"{forge} cannot reach the embedded warehouse, which listens on no network",
            "Write `forge: {kind: embedded}`, or take a warehouse that is hosted too.",
        )
    if runtime != EMBEDDED:
        what = "dbt Cloud cannot" if runtime == "dbt_cloud" else "the forge's CI cannot"
        yield (
            "runtime",
            f"{what} reach the embedded warehouse, which listens on no network",
            "Write `runtime: {kind: embedded}`, or take a warehouse that is hosted too.",
        )
    if state != LOCAL:
        yield (
            "state",
            f"state in {state} outlives the embedded platform, which it describes",
            "Write `state: {kind: local}`, or take a warehouse that is hosted too.",
        )


def _hosted(warehouse: str, forge: str, runtime: str, state: str) -> Iterator[Refusal]:
    if forge == EMBEDDED:
        yield (
            "forge",
            f"the embedded forge is on one machine: nobody else's change or job on {warehouse} "
            "would come from it, and nothing hosted can reach it",
            "Write `forge: {kind: github, ...}` or `gitlab`.",
        )
    if runtime == EMBEDDED:
        yield (
            "runtime",
            f"the embedded runtime keeps its jobs in the embedded warehouse, not in {warehouse}",
            "Write `runtime: {kind: forge}` or `{kind: dbt_cloud, ...}`.",
        )
    if state == LOCAL:
        yield (
            "state",
            f"local state lies on one machine, and {warehouse} is everybody's: two people "
            "would undo each other's work",
            "Write `state:` with one of s3, gcs, azurerm, pg, http.",
        )
