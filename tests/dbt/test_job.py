"""A domain team deploys its project, again and again, and things go wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from meshnew.dbt.job import execute
from meshnew.dbt.process import Event
from meshnew.dbt.product import Interface, Product
from meshnew.errors import RunError

if TYPE_CHECKING:
    from .conftest import Built, Mesh

SLEEPER = {"models/sleepy/nap.sql": "select 1 as x from pg_sleep(60)"}


def test_projects_that_need_each_other_are_built_in_waves(built: Built) -> None:
    first, second, third = built.results
    assert [result.ok for result in built.results] == [True, True, True]
    assert {(model.name, model.needs) for model in first.waiting} == {
        ("stg_delays", ("flights.delays.v1",)),
        ("traffic", ("flights.delays.v1",)),
    }
    assert [result.name for result in first.results] == [
        "codes",
        "airports",
        "unique_airports_v1_code",
    ]
    assert not second.waiting
    assert not third.waiting
    assert built.mesh.sql("select code, flights from airports_products.traffic_v1") == [("JFK", 1)]
    # airports was rebuilt after flights had read it: the consumer's relation stands.
    assert built.mesh.sql("select count(*) from flights_products.delays_v1") == [(1,)]


def test_a_consumer_does_not_rebuild_what_it_reads(built: Built) -> None:
    assert {result.name for result in built.results[1].results} == {
        "delays",
        "unique_delays_v1_origin",
    }


def test_rows_and_files_are_known(built: Built) -> None:
    codes, airports, unique = built.results[0].results
    assert (codes.resource, codes.rows, codes.file) == ("seed", 2, "seeds/airports/codes.csv")
    assert (airports.rows, airports.status) == (2, "success")
    assert (unique.rows, unique.status) == (0, "pass")
    assert airports.seconds > 0


def test_progress_is_told_as_it_happens(built: Built) -> None:
    events = built.events[0]
    assert [event.text for event in events if event.kind == "step"] == ["deps", "parse", "build"]
    nodes = [(e.kind, e.node, e.index, e.total) for e in events if e.node]
    assert nodes[:3] == [
        ("started", "codes", 1, 3),
        ("finished", "codes", 1, 3),
        ("started", "airports", 2, 3),
    ]
    assert "MESHNEW_" not in "".join(event.text for event in events)


def test_artifacts_are_kept_and_name_no_folder_of_this_machine(built: Built) -> None:
    for result in built.results:
        assert result.run_results
        log = result.manifest.with_name("dbt.log")
        for path in (result.manifest, result.run_results, log):
            assert str(built.mesh.folder) not in path.read_text()
        assert json.loads(result.manifest.read_text())["nodes"]
        assert "create table" in log.read_text() or "create  table" in log.read_text()
    told = "".join(event.text for events in built.events for event in events)
    assert str(built.mesh.folder) not in told
    assert "Installing git@embedded:mesh_core.git" in told


def test_failures_name_model_file_and_reason(mesh: Mesh) -> None:
    mesh.checkout(
        "fruit",
        {
            "models/fruit/broken.sql": "select 1/0 as x",
            "models/fruit/apples.sql": "select * from (values (1), (1), (2)) t(id)",
            "models/fruit/eaten.sql": "select * from {{ ref('apples') }}",
            "models/fruit/fruit.yml": """
                models:
                  - name: apples
                    columns: [{name: id, data_tests: [unique]}]
                """,
            "tests/fruit/none_sour.sql": "select * from {{ ref('apples') }} where id = 2",
        },
    )
    result = mesh.run("fruit")
    assert not result.ok
    failed = {failure.name: failure for failure in result.failures}
    assert failed.keys() == {"broken", "unique_apples_id", "none_sour"}
    assert failed["broken"].message.splitlines()[0] == "division by zero"
    assert "model broken (models/fruit/broken.sql): division by zero" in result.error
    assert failed["unique_apples_id"].file == "models/fruit/fruit.yml"
    assert mesh.sql(_query(failed["unique_apples_id"].query)) == [(1, 2)]
    assert mesh.sql(_query(failed["none_sour"].query)) == [(2,)]
    assert ("finished", "eaten", "skipped") in [(e.kind, e.node, e.status) for e in mesh.events]
    assert str(mesh.folder) not in result.error


def _query(path: Path | None) -> str:
    assert path
    return path.read_text()


def test_a_deploy_with_everything_waiting_or_excluded_passes(mesh: Mesh) -> None:
    delays = Product("delays", "flights", "flights_products", "delays", columns=())
    mesh.publish_interface(Interface("flights", (delays,)))
    mesh.checkout(
        "late",
        {
            "models/late/late.sql": "select * from {{ ref('flights', 'delays') }}",
            "models/late/other.sql": "select 1 as x",
        },
        imports=("flights",),
    )
    result = mesh.run("late", args=("--exclude", "other"))
    assert (result.ok, result.results, result.run_results) == (True, (), None)
    assert [model.needs for model in result.waiting] == [("flights.delays",)]


def test_a_project_that_does_not_parse_is_refused_with_its_file(mesh: Mesh) -> None:
    mesh.checkout("typo", {"models/typo/a.sql": "select * from {{ ref('nowhere') }}"})
    with pytest.raises(RunError) as caught:
        mesh.run("typo")
    assert caught.value.where == "models/typo/a.sql"
    assert "nowhere" in caught.value.what
    assert str(mesh.folder) not in str(caught.value)


def test_a_package_that_is_not_there_is_named_as_it_was_written(mesh: Mesh) -> None:
    mesh.checkout("lost", imports=("nobody",))
    with pytest.raises(RunError) as caught:
        mesh.run("lost")
    assert "git@embedded:interfaces.git" in caught.value.what
    assert "packages.yml" in caught.value.fix
    assert str(mesh.folder) not in str(caught.value)


def test_a_warehouse_that_does_not_answer(mesh: Mesh) -> None:
    mesh.checkout("sleepy", SLEEPER)
    environ = {**mesh.environ, "PGHOST": str(mesh.folder / "no socket")}
    with pytest.raises(RunError) as caught:
        mesh.run("sleepy", environ=environ)
    assert "No such file or directory" in caught.value.what
    assert "meshnew doctor" in caught.value.fix
    assert str(mesh.folder) not in str(caught.value)


def test_an_environment_without_dbt(mesh: Mesh) -> None:
    mesh.checkout("sleepy", SLEEPER)
    with pytest.raises(RunError, match="No module named 'dbt") as caught:
        mesh.run("sleepy", python=Path(sys.executable))
    assert "requirements.txt" in caught.value.fix
    with pytest.raises(RunError, match="Python environment is not usable"):
        mesh.run("sleepy", python=mesh.folder / "bin" / "python")


def test_a_killed_dbt_is_an_error_a_person_understands(mesh: Mesh) -> None:
    mesh.checkout("sleepy", SLEEPER)
    with pytest.raises(RunError, match="signal SIGKILL in `build`"):
        execute(mesh.job("sleepy"), _at_first_node(_kill_dbt))


def test_an_interrupt_ends_dbt_and_its_query(mesh: Mesh) -> None:
    mesh.checkout("sleepy", SLEEPER)

    def interrupt() -> None:
        _wait_for_naps(mesh, 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(mesh.job("sleepy"), _at_first_node(interrupt))
    assert not _children()
    _wait_for_naps(mesh, 0)


@pytest.mark.long
def test_dbt_does_not_outlive_a_killed_meshnew(mesh: Mesh, tmp_path: Path) -> None:
    mesh.checkout("sleepy", SLEEPER)
    job = mesh.job("sleepy", environ=dict(mesh.environ))
    script = tmp_path / "run.py"
    script.write_text(
        "from pathlib import Path, PosixPath\n"
        "from meshnew.dbt.job import Job, execute\n"
        f"execute({job!r}, lambda e: print(e.kind, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout
        assert any(line.strip() == "started" for line in process.stdout)
        _wait_for_naps(mesh, 1)
        process.kill()
    _wait_for_naps(mesh, 0)


def _wait_for_naps(mesh: Mesh, wanted: int) -> None:
    for _ in range(400):
        found = mesh.sql(
            "select count(*) from pg_stat_activity "
            "where query like '%sleep(60)%' and state = 'active' and pid <> pg_backend_pid()"
        )
        if found == [(wanted,)]:
            return
        time.sleep(0.25)
    pytest.fail(f"the database never had {wanted} naps")


def _at_first_node(act: Any) -> Any:
    def on_event(event: Event) -> None:
        if event.kind == "started":
            act()

    return on_event


def _children() -> list[Any]:
    psutil = pytest.importorskip("psutil", reason="psutil finds the processes of dbt")
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "_process.py" in " ".join(child.cmdline())]


def _kill_dbt() -> None:
    for child in _children():
        os.kill(child.pid, signal.SIGKILL)
