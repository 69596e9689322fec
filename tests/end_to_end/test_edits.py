"""A mesh is edited: people come and go, imports come and go, two people work at once."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.conftest import MESHNEW, User

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def mesh(user: User) -> User:
    """A mesh with two small domain projects; nothing in it takes long to build."""
    user.meshnew("init", "--name", "skyline", "--member", "grace", "--yes")
    for domain in ("sales", "stores"):
        create(user, domain)
    return user


def create(mesh: User, domain: str, *more: str) -> None:
    data = ["-d", "starter=none", "-d", "consumes=[]", "-d", f"members=[{domain}_lead]"]
    mesh.meshnew("new", "domain", domain, *data, *more, "--defaults", "--yes")


def edit(mesh: User, project: str, old: str, new: str) -> None:
    path = mesh.folder / "projects" / f"{project}.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def names(mesh: User, query: str) -> set[str]:
    with mesh.connect() as server:
        return {str(row[0]) for row in server.execute(query.encode()).fetchall()}


def changes(mesh: User, project: str) -> list[dict[str, object]]:
    return list(json.loads(mesh.meshnew("change", "list", project, "--json").out))


def pending(mesh: User, project: str) -> list[str]:
    found = json.loads(mesh.meshnew("status", "--json", code=3).out)
    return next(list(item["pending"]) for item in found if item["name"] == project)


def settled(mesh: User) -> None:
    """Nothing is pending, for plan and for status alike."""
    assert "Nothing to change" in mesh.meshnew("plan").out
    mesh.meshnew("status")


def test_a_member_comes_and_goes_with_login_and_dev_schema(mesh: User) -> None:
    edit(mesh, "sales", "- sales_lead", "- sales_lead\n      - nina")
    assert "will create login nina" in mesh.meshnew("apply", "sales", "--yes").err
    settled(mesh)
    assert "sales_dev_nina" in names(mesh, "select nspname from pg_namespace")
    edit(mesh, "sales", "\n      - nina", "")
    answer = mesh.meshnew("apply", "sales", "--yes")
    assert "will drop login nina" in answer.err
    assert "nina" not in names(mesh, "select rolname from pg_roles")
    settled(mesh)


def test_what_is_consumed_can_be_given_back_and_status_agrees_with_plan(mesh: User) -> None:
    edit(mesh, "sales", "kind: domain\n", "kind: domain\nconsumes: [stores]\n")
    mesh.meshnew("apply", "sales", "--yes")
    (opened,) = changes(mesh, "sales")
    assert "inputs" in str(opened["title"])
    assert f"merge change {opened['number']} of sales" in mesh.meshnew("plan", code=3).out
    edit(mesh, "sales", "consumes: [stores]\n", "")
    answer = mesh.meshnew("apply", "sales", "--yes")
    assert f"will close change {opened['number']} of sales" in answer.err
    assert changes(mesh, "sales") == []
    settled(mesh)


def test_who_waits_for_a_domain_gets_it_when_it_comes(mesh: User) -> None:
    edit(mesh, "sales", "kind: domain\n", "kind: domain\nconsumes: [parts]\n")
    answer = mesh.meshnew("apply", "sales", "--yes")
    assert "sales consumes parts, which is not there yet: pending" in answer.text
    assert pending(mesh, "sales") == ["consumes parts, which is not there yet"]
    create(mesh, "parts")
    assert names(
        mesh,
        "select pg_has_role('sales_transformer', 'parts_consumer', 'member')",
    ) == {"True"}
    (opened,) = changes(mesh, "sales")
    mesh.merge("sales", opened["number"], who="sales_lead")
    settled(mesh)


PARTS = """
  repairs:
    description: What was mended
    owner: {name: Rita, email: rita@skyline.example}
    team: repairs-data
    members: [rita]
"""


def subject(mesh: User) -> str:
    """What the last commit of the mesh's repository says."""
    assert mesh.run("git", "status", "--porcelain", "projects", "mesh.yml").out == ""
    assert mesh.run("git", "rev-list", "origin/main..HEAD").out == ""
    return mesh.run("git", "log", "-1", "--format=%s by %an").out.strip()


def test_a_domain_joins_a_project_and_leaves_it_without_a_trace(mesh: User) -> None:
    edit(mesh, "stores", "\n  stores:", f"{PARTS.rstrip()}\n  stores:")
    said = "domain repairs is new in project stores, of team repairs-data (rita)"
    lines = mesh.meshnew("plan", code=3).out.splitlines()
    assert lines[0] == said
    assert not [line for line in lines if "will deploy" in line], "nothing is lost"
    mesh.meshnew("apply", "stores", "--yes")
    assert subject(mesh) == f"{said} by grace"
    assert "repairs_products" in names(mesh, "select nspname from pg_namespace")
    merge_open(mesh, "stores")
    folder = ".meshnew/embedded/repositories/stores.git"
    files = ("git", f"--git-dir={folder}", "ls-tree", "-r", "--name-only", "main")
    assert "models/repairs/_repairs__group.yml" in mesh.run(*files).out
    propose(mesh, "stores", "models/repairs/marts/mended.sql", "select 1 as mended\n")

    edit(mesh, "stores", PARTS.rstrip(), "")
    edit(mesh, "sales", "consumes: [parts]\n", "consumes: [parts, repairs]\n")
    answer = mesh.meshnew("plan", code=4)
    assert "are consumed by projects/sales.yml" in answer.err
    mesh.meshnew("status", "--refresh", code=3)
    assert pending(mesh, "repairs") == ["left project stores: meshnew apply stores"]
    edit(mesh, "sales", "consumes: [parts, repairs]\n", "consumes: [parts]\n")
    lines = mesh.meshnew("plan", code=3).out.splitlines()
    assert lines[0] == "domain repairs leaves project stores"
    answer = mesh.meshnew("apply", "stores", "--yes")
    assert "will delete team repairs-data" in answer.err
    assert subject(mesh) == "domain repairs leaves project stores by grace"
    there = names(mesh, "select nspname from pg_namespace union select rolname from pg_roles")
    assert not [name for name in there if "repairs" in name or name == "rita"]
    merge_open(mesh, "stores")
    assert "repairs" not in mesh.run(*files).out
    settled(mesh)


def test_a_domain_that_holds_data_stays_until_its_data_may_go(mesh: User) -> None:
    edit(mesh, "stores", "\n  stores:", f"{PARTS.rstrip()}\n  stores:")
    mesh.meshnew("apply", "stores", "--yes")
    made = "create table repairs_raw.parts as select 1 as part"
    mesh.meshnew("psql", "-c", made, who="repairs_loader")
    edit(mesh, "stores", PARTS.rstrip(), "")
    answer = mesh.meshnew("apply", "stores", "--yes")
    kept = "keeps domain repairs, which is in no project any more: 1 table in repairs_raw"
    assert kept in answer.text
    assert "rita" in names(mesh, "select rolname from pg_roles")
    settled(mesh)
    answer = mesh.meshnew("apply", "stores", "--with-data", "--yes")
    assert "will drop schema repairs_raw" in answer.err
    assert "will drop login rita" in answer.err
    assert not {"repairs_raw", "rita"} & names(
        mesh, "select nspname from pg_namespace union select rolname from pg_roles"
    )
    settled(mesh)


def test_an_owner_and_a_team_change_in_one_edit(mesh: User) -> None:
    edit(mesh, "sales", "name: Sales team", "name: Sally")
    edit(mesh, "sales", "team: sales-data", "team: sellers")
    lines = mesh.meshnew("plan", "sales", code=3).out.splitlines()
    assert lines[0].startswith("the owner of domain sales becomes Sally <")
    assert lines[1] == "the team of domain sales becomes sellers, no longer sales-data"
    mesh.meshnew("apply", "sales", "--yes")
    body = mesh.run("git", "log", "-1", "--format=%B").out
    assert body.startswith("Edit projects/sales.yml\n\n- the owner of domain sales becomes Sally")
    merge_open(mesh, "sales")
    settled(mesh)


def merge_open(mesh: User, project: str) -> None:
    (opened,) = changes(mesh, project)
    mesh.merge(project, opened["number"], "--no-deploy", who=f"{project}_lead")


def test_three_people_create_projects_at_once(mesh: User) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda name: create(mesh, name), ("one", "two", "three")))
    found = json.loads(mesh.meshnew("status", "--json").out)
    assert {"one", "two", "three"} <= {item["name"] for item in found if not item["pending"]}
    settled(mesh)


def test_a_domain_keeps_its_name(mesh: User) -> None:
    edit(mesh, "one", "\n  one:", "\n  uno:")
    answer = mesh.meshnew("apply", "one", "--yes", code=2)
    assert "domain one is gone from the spec and uno has its team one-data" in answer.err
    edit(mesh, "one", "\n  uno:", "\n  one:")
    settled(mesh)


def test_a_project_file_that_was_removed_is_told_and_can_be_destroyed(mesh: User) -> None:
    (mesh.folder / "projects" / "three.yml").unlink()
    assert "meshnew destroy three" in mesh.meshnew("plan").out
    assert pending(mesh, "three") == ["left over: meshnew destroy three"]
    mesh.meshnew("destroy", "three", "--yes")
    assert not [name for name in names(mesh, "select rolname from pg_roles") if "three" in name]
    settled(mesh)


def test_a_new_version_of_the_package_is_tagged_when_it_is_merged(mesh: User) -> None:
    edit(mesh, "mesh_core", "version: v0.1.0", "version: v0.2.0")
    mesh.meshnew("apply", "--all", "--yes")
    assert changes(mesh, "two") == []
    (opened,) = changes(mesh, "mesh_core")
    mesh.merge("mesh_core", opened["number"])
    mesh.meshnew("apply", "two", "--yes")
    (follow,) = changes(mesh, "two")
    mesh.merge("two", follow["number"], who="two_lead")
    packages = mesh.run("cat", ".meshnew/work/two/packages.yml").out
    assert "v0.2.0" in packages
    mesh.meshnew("apply", "--all", "--yes")
    for change in json.loads(mesh.meshnew("change", "list", "--json").out):
        project = str(change["repository"])
        who = "grace" if project == "shared" else f"{project}_lead"
        mesh.merge(project, change["number"], "--no-deploy", who=who)
    settled(mesh)


def test_the_package_goes_only_with_the_mesh(mesh: User) -> None:
    answer = mesh.meshnew("destroy", "mesh_core", "--yes", code=4)
    assert "internal package" in answer.err


def test_what_the_template_does_not_ask_is_refused_by_name(mesh: User) -> None:
    edit(mesh, "two", "answers:\n", "answers:\n  foo: 1\n")
    answer = mesh.meshnew("apply", "two", "--yes", code=2)
    assert "the template does not ask `foo`" in answer.err
    edit(mesh, "two", "  foo: 1\n", "  kind: package\n")
    answer = mesh.meshnew("apply", "two", "--yes", code=2)
    assert "`answers` cannot hold kind" in answer.err
    edit(mesh, "two", "  kind: package\n", "")


DESCRIBED = """\
models:
  - name: {name}
    description: What we are working on.
    data_tests: [mesh_core.not_empty]
"""


def propose(mesh: User, project: str, file: str, text: str) -> None:
    """A team's change, merged without a deploy; of a model, with what is asked of every model."""
    who = f"{project}_lead"
    mesh.meshnew("clone", project, who=who)
    where = f"checkouts/{project}"
    mesh.run("git", "fetch", "-q", where=where)
    mesh.run("git", "checkout", "-qB", "mine", "origin/main", where=where)
    path = mesh.folder / where / file
    path.write_text(text)
    if path.suffix == ".sql":
        path.with_suffix(".yml").write_text(DESCRIBED.format(name=path.stem))
    mesh.run("git", "add", "-A", where=where)
    mesh.run("git", "commit", "-qm", "Ours", where=where)
    mesh.run("git", "push", "-qf", "origin", "mine", where=where)
    opened = mesh.meshnew("change", "open", project, "-b", "mine", "--json", who=who)
    number = json.loads(opened.out)["number"]
    mesh.merge(project, number, "--no-deploy", who=who)


def test_a_conflict_with_the_template_is_resolved_by_hand(mesh: User) -> None:
    group = "models/stores/_stores__group.yml"
    theirs = (mesh.folder / ".meshnew" / "work" / "stores" / group).read_text()
    propose(mesh, "stores", group, theirs.replace("Stores team", "Our own words"))
    edit(mesh, "stores", "name: Stores team", "name: Stella")
    answer = mesh.meshnew("apply", "stores", "--yes", code=4)
    assert "checkouts/stores-render" in answer.err
    folder = mesh.folder / "checkouts" / "stores-render"
    assert "<<<<<<<" in (folder / group).read_text()
    text = theirs.replace("Stores team", "Stella")
    (folder / group).write_text(text)
    for file in ("README.md", "CODEOWNERS"):
        assert "<<<<<<<" not in (folder / file).read_text()
    mesh.run("git", "commit", "-qam", "Resolve", where="checkouts/stores-render")
    mesh.run(
        "git", "push", "-qf", "origin", "HEAD:refs/heads/meshnew/render",
        where="checkouts/stores-render",
    )  # fmt: skip
    opened = mesh.meshnew(
        "change", "open", "stores", "-b", "meshnew/render", "--json", who="stores_lead"
    )
    shutil.rmtree(folder)
    number = json.loads(opened.out)["number"]
    mesh.merge("stores", number, "--no-deploy", who="stores_lead")
    settled(mesh)


def test_a_broken_project_does_not_hide_what_the_others_did(mesh: User) -> None:
    broken = "select {{ 1 // 0 if target.name == 'prod' else 1 }} as x\n"
    propose(mesh, "two", "models/two/marts/two_broken.sql", broken)
    answer = mesh.meshnew("run", "two", "stores", "deploy", "--json", code=1)
    found = {item["project"]: item for item in json.loads(answer.out)}
    assert found["stores"]["ok"]
    assert not found["two"]["ok"]
    assert "two_broken" in found["two"]["failures"][0]


def test_leaving_products_out_of_a_run_forgets_nothing(mesh: User) -> None:
    mesh.meshnew("run", "shared", "deploy", "--", "--exclude", "calendar")
    status = mesh.meshnew("status", "--json").out
    found = {item["name"]: item for item in json.loads(status)}
    calendar, _ = found["shared"]["products"]
    assert calendar["rows"] == 7670


def test_a_mesh_can_be_moved(mesh: User) -> None:
    mesh.meshnew("stop")
    moved = Path(f"{mesh.folder}-moved")
    mesh.folder.rename(moved)
    there = User(moved)
    try:
        create(there, "late")
        remote = there.run("git", "ls-remote", "origin", "main").out.split()[0]
        assert there.run("git", "rev-parse", "HEAD").out.strip() == remote
        spec = yaml.safe_load(there.run("git", "show", "HEAD:projects/late.yml").out)
        assert list(spec["domains"]) == ["late"]
        there.meshnew("destroy", "--all", "--with-data", "--yes")
        rebuilt = there.meshnew("apply", "--all", "--yes")
        assert "shared_products.calendar_v1" in rebuilt.out
    finally:
        subprocess.run([MESHNEW, "stop"], cwd=moved, capture_output=True, check=False)
        moved.rename(mesh.folder)
