"""What a project promises: declared or built, it is the same package, and others can use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from meshnew.dbt import interfaces
from meshnew.dbt.graph import read_manifest
from meshnew.dbt.product import Column, Interface, Product, Reads
from meshnew.errors import RunError, UsageError

if TYPE_CHECKING:
    from .conftest import Built, Mesh

# Everything dbt lets a team say about public models, next to much that is not public.
RICH = {
    "models/rich/marts/orders_v1.sql": "select 1 as id, 'a' as kind, 2 as amount",
    "models/rich/marts/orders.sql": "select 1 as id, 'a' as kind, 3 as total",
    "models/rich/marts/old_orders.sql": "select 1 as id",
    "models/rich/marts/plain.sql": "select 1 as id",
    "models/rich/marts/renamed.sql": "select 1 as id",
    "models/rich/staging/hidden.sql": "select 1 as id",
    "models/rich/staging/switched_off.sql": "select 1 as id",
    "models/rich/docs.md": """
        {% docs orders %}
        Orders, **one** row each.

        Second paragraph.
        {% enddocs %}
        """,
    "models/rich/marts/orders.yml": """
        models:
          - name: orders
            description: "{{ doc('orders') }}"
            latest_version: 2
            config:
              access: public
              contract: {enforced: true}
              meta: {maturity: production, since: 2024-05-01, tags: [a, b]}
            columns:
              - {name: id, data_type: integer, description: "{{ doc('orders') }} Its number."}
              - {name: kind, data_type: text, description: 'written "so": yes, Ümläut'}
              - {name: amount, data_type: integer}
            versions:
              - v: 0.5
                defined_in: old_orders
                deprecation_date: 2025-01-31
                description: The first try
                config: {contract: {enforced: false}}
                columns: [{include: [id]}]
              - {v: 1, deprecation_date: 2030-06-30, config: {meta: {maturity: deprecated}}}
              - v: 2
                columns:
                  - {include: all, exclude: [amount]}
                  - {name: total, data_type: integer}
          - name: plain
            description: |
              Not versioned,
              two lines
            deprecation_date: 2031-01-01
            config: {access: public}
          - name: renamed
            access: public
            config: {alias: other_name}
          - {name: hidden, config: {access: protected}}
          - {name: switched_off, config: {access: public, enabled: false}}
          - {name: missing_code, config: {access: public}}
        """,
}


def _written(interface: Interface, folder: Path) -> dict[str, str]:
    interfaces.write(interface, folder)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def _same(declared: Interface, built: Interface, tmp_path: Path) -> None:
    """Both give the same package; only the manifest knows what was read."""
    one, two = _written(declared, tmp_path / "one"), _written(built, tmp_path / "two")
    manifests = [json.loads(files.pop("manifest.json")) for files in (one, two)]
    assert one == two
    for manifest in manifests:
        manifest.pop("reads")
        for product in manifest["products"]:
            product.pop("depends_on")
    assert manifests[0] == manifests[1]


@pytest.mark.parametrize(("name", "deploy"), [("airports", 2), ("flights", 1)])
def test_declared_and_built_are_the_same_package(
    name: str, deploy: int, built: Built, tmp_path: Path
) -> None:
    declared = interfaces.declared(built.mesh.folder / "checkouts" / name)
    manifest = read_manifest(built.results[deploy].manifest)
    _same(declared, interfaces.from_manifest(manifest, name), tmp_path)


def test_a_first_deploy_promises_what_still_waits(built: Built) -> None:
    first, last = (
        interfaces.from_manifest(read_manifest(built.results[index].manifest), "airports")
        for index in (0, 2)
    )
    assert first == last


def test_what_is_read_and_made_from_what(built: Built) -> None:
    airports = interfaces.from_manifest(read_manifest(built.results[2].manifest), "airports")
    flights = interfaces.from_manifest(read_manifest(built.results[1].manifest), "flights")
    assert airports.reads == Reads(("flights.delays.v1",), ())
    assert flights.reads == Reads(("airports.airports.v1",), ("flights_raw.flights",))
    assert {airports.key(p): p.depends_on for p in airports.products} == {
        "airports.airports.v1": (),
        "airports.traffic.v1": ("flights.delays.v1",),
    }
    assert interfaces.find_cycle([airports, flights]) is None


def test_the_package_holds_no_code_and_reads_back(built: Built, tmp_path: Path) -> None:
    manifest = read_manifest(built.results[2].manifest)
    interface = interfaces.from_manifest(manifest, "airports")
    files = _written(interface, tmp_path)
    assert files["models/traffic_v1.sql"] == "select * from airports_products.traffic_v1\n"
    text = "".join(files.values())
    assert "stg_delays" not in text
    assert str(built.mesh.folder) not in text
    assert interfaces.read(tmp_path) == interface


@pytest.mark.long
def test_every_way_to_declare_a_product(mesh: Mesh, tmp_path: Path) -> None:
    folder = mesh.checkout("rich", RICH)
    declared = interfaces.declared(folder)
    result = mesh.run("rich", steps=("deps", "parse"))
    _same(declared, interfaces.from_manifest(read_manifest(result.manifest), "rich"), tmp_path)
    products = {product.label: product for product in declared.products}
    assert list(products) == ["orders.v0.5", "orders.v1", "orders.v2", "plain", "renamed"]
    assert [c.name for c in products["orders.v0.5"].columns] == ["id"]
    assert [c.name for c in products["orders.v2"].columns] == ["id", "kind", "total"]
    assert products["orders.v1"].deprecation_date == "2030-06-30"
    assert products["orders.v1"].meta["maturity"] == "deprecated"
    assert products["orders.v2"].meta["team"] == "rich-team"
    assert products["orders.v2"].description == "Orders, **one** row each.\n\nSecond paragraph."
    assert products["renamed"].relation == "rich_products.other_name"
    _consumer_sees(mesh, declared)


def _consumer_sees(mesh: Mesh, interface: Interface) -> None:
    """A consumer's dbt reads from the package what the producer promised."""
    mesh.publish_interface(interface)
    mesh.checkout(
        "eater",
        {
            "models/eater/new.sql": "select * from {{ ref('rich', 'orders') }}",
            "models/eater/old.sql": "select * from {{ ref('rich', 'orders', v=0.5) }}",
            "models/eater/plain_too.sql": "select * from {{ ref('rich', 'plain') }}",
        },
        imports=("rich",),
    )
    result = mesh.run("eater", steps=("deps", "parse"))
    manifest = read_manifest(result.manifest)
    reads = interfaces.from_manifest(manifest, "eater").reads
    assert reads == Reads(("rich.orders.v0.5", "rich.orders.v2", "rich.plain"))
    for product in interface.products:
        node = manifest["nodes"][f"model.{interface.key(product)}"]
        assert (
            tuple(
                Column(c["name"], c["data_type"] or "", c["description"])
                for c in node["columns"].values()
            )
            == product.columns
        )
        assert node["description"] == product.description
        assert (node["deprecation_date"] or "")[:10] == (product.deprecation_date or "")
        assert node["latest_version"] == product.latest_version
    warned = [event.text for event in mesh.events if event.status == "warn"]
    assert any("orders.v0.5" in text and "deprecat" in text for text in warned)


def test_text_that_looks_like_jinja_is_not_run(tmp_path: Path) -> None:
    text = "use {{ var('x') }}"
    product = Product("p", "d", "d_products", "p", description=text, meta={"how": [text]})
    interface = Interface("d", (product,))
    interfaces.write(interface, tmp_path)
    model = yaml.safe_load((tmp_path / "models/interface.yml").read_text())["models"][0]
    raw = f"{{% raw %}}{text}{{% endraw %}}"
    assert (model["description"], model["config"]["meta"]["how"]) == (raw, [raw])
    assert interfaces.read(tmp_path) == interface


def test_what_is_no_longer_promised_goes_and_the_rest_stays(tmp_path: Path) -> None:
    two = tuple(Product(name, "d", "d_products", name) for name in ("a", "b"))
    interfaces.write(Interface("d", two), tmp_path)
    (tmp_path / "models" / "deep").mkdir()
    (tmp_path / "models" / "deep" / "x.sql").touch()
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "a.yaml").touch()
    files = _written(Interface("d", two[:1]), tmp_path)
    assert sorted(files) == [
        "contracts/a.yaml",
        "dbt_project.yml",
        "manifest.json",
        "models/a.sql",
        "models/interface.yml",
    ]
    assert not (tmp_path / "models" / "deep").exists()


def test_a_folder_that_is_no_interface(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(RunError, match="is no interface"):
        interfaces.read(tmp_path)


def test_a_cycle_of_products_is_found_with_its_way() -> None:
    def product(name: str, *depends_on: str) -> Product:
        return Product(name, "d", "s", name, version=1, depends_on=depends_on)

    a = Interface("a", (product("x", "b.y.v1"), product("free", "b.y.v1", "c.z.v1")))
    b = Interface("b", (product("y", "c.z.v1", "gone.g.v1"),))
    c = Interface("c", (product("z"),))
    assert interfaces.find_cycle([a, b, c]) is None
    c = Interface("c", (product("z", "a.x.v1"),))
    assert interfaces.find_cycle([a, b, c]) == ["b.y.v1", "c.z.v1", "a.x.v1", "b.y.v1"]
    declared = Interface("d", (Product("w", "d", "s", "w"),))
    assert interfaces.find_cycle([declared]) is None


@pytest.mark.parametrize(
    ("file", "text", "where"),
    [
        ("dbt_project.yml", "name: a\nmodels: {a\n", "dbt_project.yml:3"),
        ("models/a/x.yml", "models:\n  - name: x\n    config: [\n", "models/a/x.yml:4"),
        ("models/a/x.yml", "models:\n  - description: no name\n", "models/a/x.yml"),
        ("models/a/x.yml", "models:\n  - {name: x, versions: [1]}\n", "models/a/x.yml"),
        ("models/a/x.yml", "models:\n  - {name: x, columns: [id]}\n", "models/a/x.yml"),
        ("models/a/x.yml", "- just\n- a list\n", "models/a/x.yml"),
    ],
)
def test_yaml_that_is_wrong_is_named_with_its_line(
    file: str, text: str, where: str, tmp_path: Path
) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: a\n")
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text)
    with pytest.raises(UsageError) as caught:
        interfaces.declared(tmp_path)
    assert caught.value.where == where
