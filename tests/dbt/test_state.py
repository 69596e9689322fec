"""Only what differs from production is built in CI; sources are asked how old they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dbt.conftest import Mesh

SETTINGS = """
    name: orchard
    version: 1.0.0
    config-version: 2
    profile: orchard
    flags: {send_anonymous_usage_stats: false}
    models:
      orchard:
        +materialized: table
        +persist_docs: {relation: true, columns: true}
        +pre-hook: "{% if target.name == 'prod' %} set local application_name = 'o' {% endif %}"
    """
ORCHARD = {
    "dbt_project.yml": SETTINGS,
    "seeds/orchard/trees.csv": "id,kind\n1,apple\n2,pear\n",
    "models/orchard/picked.sql": "select * from {{ source('orchard_raw', 'picked') }}",
    "models/orchard/apples.sql": "select * from {{ ref('trees') }} where kind = 'apple'",
    "models/orchard/sweet.sql": "select * from {{ ref('apples') }}",
    "models/orchard/growing.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        select * from {{ ref('trees') }}
        """,
    "snapshots/orchard/kept.sql": """
        {% snapshot kept %}
        {{ config(unique_key='id', strategy='check', check_cols=['kind']) }}
        select * from {{ ref('trees') }}
        {% endsnapshot %}
        """,
    "models/orchard/orchard.yml": """
        sources:
          - name: orchard_raw
            tables:
              - name: picked
                config:
                  loaded_at_field: at
                  freshness: {error_after: {count: 1, period: day}}
        models:
          - name: apples
            columns: [{name: id, data_tests: [not_null, unique]}]
          - name: sweet
            description: What is eaten.
        exposures:
          - name: menu
            type: dashboard
            owner: {name: cook, email: cook@example.com}
            depends_on: [ref('sweet')]
        """,
}
COMPARED = ("--select", "state:modified+", "--defer", "--state", "target/state")


def keep_production(mesh: Mesh, manifest: Path, *without: str) -> None:
    state = mesh.folder / "checkouts" / "orchard" / "target" / "state"
    state.mkdir(exist_ok=True)
    found = json.loads(manifest.read_text())
    for uid in without:
        del found["nodes"][uid]
    (state / "manifest.json").write_text(json.dumps(found))


@pytest.mark.long
def test_only_what_differs_from_production_is_built_in_ci(mesh: Mesh) -> None:
    folder = mesh.checkout("orchard", ORCHARD)
    mesh.sql("create schema orchard_raw")
    mesh.sql("create table orchard_raw.picked as select 1 as id, now() as at")
    deployed = mesh.run("orchard")
    assert deployed.ok, deployed.error
    keep_production(mesh, deployed.manifest)
    again = mesh.run("orchard", target="dev", args=COMPARED)
    assert (again.ok, again.results) == (True, ()), "another target is no edit"
    # What waited when production was built is not in it, so it is built.
    keep_production(mesh, deployed.manifest, "model.orchard.growing")
    (folder / "models/orchard/sweet.sql").write_text("select id from {{ ref('apples') }}")
    edited = mesh.run("orchard", target="dev", args=COMPARED)
    assert edited.ok, edited.error
    built = {item.name for item in edited.results if item.status == "success"}
    assert built == {"sweet", "growing"}
    assert mesh.sql("select * from orchard_dev.sweet") == [(1,)]


def test_a_stale_source_fails_daily_and_holds_up_nothing(mesh: Mesh) -> None:
    mesh.checkout("orchard", ORCHARD)
    mesh.sql("create schema orchard_raw")
    mesh.sql("create table orchard_raw.picked as select 1 as id, timestamptz '2026-01-05' as at")
    done = mesh.run("orchard", steps=("deps", "parse", "source freshness", "build"))
    assert (done.ok, done.built) == (False, True)
    (stale,) = done.failures
    assert (stale.resource, stale.name) == ("source", "orchard_raw.picked")
    assert "the newest row is of 2026-01-05" in stale.message
    assert "1 days are allowed" in stale.message
    assert stale.message in done.error
    assert mesh.sql("select count(*) from orchard.picked") == [(1,)]
