"""From the spec to stacks."""

from __future__ import annotations

from pathlib import Path

from meshnew.mesh.mesh import Mesh
from meshnew.mesh.models import MeshSpec, ProjectSpec
from meshnew.provision import compose


def project(domain: str, *consumes: str, members: tuple[str, ...] = ("ada",)) -> ProjectSpec:
    return ProjectSpec.model_validate(
        {
            "kind": "domain",
            "domains": {
                domain: {
                    "description": domain,
                    "owner": {"name": "Ada", "email": "ada@skyline.example"},
                    "team": f"{domain}-data",
                    "members": list(members),
                }
            },
            "consumes": list(consumes),
        }
    )


def mesh(**projects: ProjectSpec) -> Mesh:
    spec = MeshSpec.model_validate(
        {
            "name": "skyline",
            "template": {"version": "v0.1.0"},
            "platform_team": {"name": "platform", "members": ["grace"]},
            "readers": {"tableau": {"reads": ["flights"]}},
        }
    )
    return Mesh(Path("/nowhere"), spec, projects)


def both_ways() -> Mesh:
    return mesh(
        airports=project("airports", "flights", members=("amir",)),
        flights=project("flights", "airports"),
    )


def test_projects_may_consume_each_other_because_layers_pass_names() -> None:
    stack = compose.project_stack(both_ways(), "airports", {"airports", "flights"})
    memberships = stack.modules["warehouse"][1]["memberships"]
    assert "flights_consumer/airports_owner" in memberships
    assert "flights_consumer/airports_developer" in memberships
    assert "flights_consumer/airports_transformer" not in memberships


def test_what_is_not_provisioned_yet_is_left_out() -> None:
    stack = compose.project_stack(both_ways(), "airports", {"airports"})
    assert not [key for key in stack.modules["warehouse"][1]["memberships"] if "flights" in key]


def test_a_domain_knows_everyone_the_spec_lets_in() -> None:
    allowed = compose.domain_stack(both_ways(), "flights").modules["warehouse"][1][
        "allowed_members"
    ]
    assert allowed == {
        "flights_owner": ["flights_transformer"],
        "flights_developer": ["ada", "flights_ci"],
        "flights_consumer": ["airports_developer", "airports_owner", "tableau"],
        "flights_loader": [],
    }


def test_a_stack_is_json_with_relative_modules_and_no_path_of_this_machine() -> None:
    document = compose.domain_stack(both_ways(), "flights").document()
    assert document["module"]["warehouse"]["source"] == "../../../modules/warehouse/embedded/domain"
    assert "/nowhere" not in str(document)


def test_the_digest_changes_with_what_is_asked_for_and_only_then() -> None:
    one, same = both_ways(), both_ways()
    other = mesh(flights=project("flights", members=("ada", "bob")))
    assert (
        compose.domain_stack(one, "flights").digest == compose.domain_stack(same, "flights").digest
    )
    assert (
        compose.domain_stack(one, "flights").digest != compose.domain_stack(other, "flights").digest
    )


def test_the_platform_team_is_made_once() -> None:
    shared = ProjectSpec.model_validate(
        project("shared").model_dump()
        | {
            "domains": {
                "shared": {
                    "description": "x",
                    "owner": {"name": "G", "email": "g@x.example"},
                    "team": "platform",
                }
            }
        }
    )
    assert compose.domain_stack(mesh(shared=shared), "shared").modules["forge"][1]["teams"] == {}


def test_a_package_has_a_repository_and_nothing_in_the_warehouse() -> None:
    package = ProjectSpec.model_validate({"kind": "package", "version": "v0.1.0"})
    assert set(compose.project_stack(mesh(mesh_core=package), "mesh_core", ()).modules) == {"forge"}
