"""plan --changed-only and apply --no-deploy: what is left out is said, and found again."""

from __future__ import annotations

import json

from meshnew.operations.apply import apply
from meshnew.operations.plan import Plan, make_plan
from meshnew.operations.session import Session
from tests.operations.conftest import sql

ALL = ["mesh skyline", "domain sales", "domain stores", "project sales", "project stores"]


def quick(session: Session) -> Plan:
    return make_plan(session, [], everything=True, changed_only=True)


def planned(plan: Plan) -> list[str]:
    return [item.stack.label for item in plan.stacks]


def test_what_was_not_edited_is_not_planned_and_that_is_said(session: Session) -> None:
    plan = quick(session)
    assert planned(plan) == []
    assert plan.to_json()["unchanged"] == ALL
    assert (
        "5 stacks have the inputs of the last apply: not planned, drift was not looked for "
        "(without --changed-only it is)" in plan.notes
    )


def test_drift_is_seen_only_by_the_plan_that_looks(session: Session) -> None:
    sql(session, "drop schema stores_raw")
    try:
        assert planned(quick(session)) == []
        whole = make_plan(session, [], everything=True)
        assert any("stores_raw" in text for text in whole.sentences)
        assert not any("drift was not looked for" in note for note in whole.notes)
    finally:
        sql(session, "create schema stores_raw authorization stores_loader")


def test_what_was_edited_is_planned(session: Session) -> None:
    path = session.mesh.root / "projects" / "sales.yml"
    before = path.read_text()
    path.write_text(before.replace("0 6 * * *", "0 8 * * *"))
    try:
        plan = quick(session.reloaded())
    finally:
        path.write_text(before)
    assert planned(plan) == ["project sales"]
    assert "will change job daily of sales (0 8 * * *)" in plan.sentences


def test_an_apply_that_was_interrupted_is_planned_though_its_edit_was_taken_back(
    session: Session,
) -> None:
    written = session.mesh.home / "stacks" / "project" / "stores" / "main.tf.json"
    before = written.read_text()
    document = json.loads(before)
    document["module"]["forge"]["repository"]["description"] = "Half way"
    written.write_text(json.dumps(document))
    assert planned(quick(session)) == ["project stores"]
    written.write_text(before)


def test_other_modules_are_other_inputs(session: Session) -> None:
    with session.embedded.records() as records:
        records.execute("update stacks set modules = 'of an older meshnew' where name = 'sales'")
    assert planned(quick(session)) == ["domain sales", "project sales"]


def test_apply_without_deploy_renders_and_says_what_is_to_be_run(session: Session) -> None:
    done = apply(session, ["sales"], deploys=False, confirm=lambda _: True)
    assert done is not None
    assert done.deployed == []
    assert session.forge.has_content("sales")
    assert "sales is not deployed: meshnew run sales deploy" in done.plan.notes
    assert make_plan(session, ["sales"]).sentences == ["will deploy sales for the first time"]
    # It was applied with these modules now, though they changed nothing.
    assert planned(quick(session)) == []
