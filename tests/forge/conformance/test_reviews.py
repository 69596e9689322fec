"""Who must approve, what checks found, and who is there: alike on every forge."""

from __future__ import annotations

import pytest

from meshnew.errors import ForgeError, UsageError
from tests.forge.conformance.conftest import Place

pytestmark = pytest.mark.long


def test_what_a_repository_protects_is_told(place: Place) -> None:
    forge = place.acting("ada")
    assert (forge.protection("flights").checks, forge.protection("flights").approvals) == ((), 0)
    place.protect(("ci",), 2)
    found = forge.protection("flights")
    assert (found.checks, found.approvals) == ((place.check,), 2)


def test_a_check_is_told_as_it_goes_on(place: Place) -> None:
    place.protect(("ci",), 0)
    number, forge = place.propose(), place.acting("ada")
    change = forge.change("flights", number)
    for state, lack in (("running", "is still running"), ("failed", "failed")):
        forge.report_check("flights", change.head, "ci", state=state, summary="3 built")
        check = next(item for item in forge.checks("flights", change.head) if item.name == "ci")
        assert (check.state, check.summary) == (state, "3 built")
        assert f"check {place.check} {lack}" in str(forge.awaits(change)[0])
        with pytest.raises(ForgeError, match=lack):
            forge.merge_change("flights", number, actor="ada")
    forge.report_check("flights", change.head, "ci", state="passed", summary="")
    assert forge.awaits(change) == []
    with pytest.raises(UsageError, match="no check is `green`"):
        forge.report_check("flights", change.head, "ci", state="green", summary="")


def test_owners_of_each_file_must_approve_and_the_author_may_not(place: Place) -> None:
    place.protect((), 1)
    number = place.propose("delays", "models/delays.sql", "dbt_project.yml")
    ada, bob, grace = (place.acting(person) for person in ("ada", "bob", "grace"))
    groups = {group.names: group for group in ada.owners("flights", number)}
    assert groups["crew",].files == ("models/delays.sql",)
    assert "bob" in groups["crew",].people
    assert "ada" not in groups["crew",].people
    assert groups["platform",].people == ("grace",)
    with pytest.raises(ForgeError, match="ada wrote change"):
        place.acting("ada").approve_change("flights", number, actor="ada")
    with pytest.raises(ForgeError, match="eve owns no file"):
        place.acting("eve").approve_change("flights", number, actor="eve")
    bob.approve_change("flights", number, actor="bob")
    (lack,) = bob.awaits(bob.change("flights", number))
    assert "nobody of platform has approved dbt_project.yml" in lack.what
    grace.approve_change("flights", number, actor="grace")
    assert grace.awaits(grace.change("flights", number)) == []


def test_a_push_takes_an_approval_back(place: Place) -> None:
    place.protect((), 1)
    number, bob = place.propose(), place.acting("bob")
    bob.approve_change("flights", number, actor="bob")
    place.ada.extend("delays", "models/more.sql")
    (lack,) = bob.awaits(bob.change("flights", number))
    assert "nobody of crew has approved" in lack.what
    bob.approve_change("flights", number, actor="bob")
    assert bob.merge_change("flights", number, actor="bob").state == "merged"


def test_who_is_there_and_who_may_merge(place: Place) -> None:
    forge = place.acting("ada")
    assert set(forge.teams()) >= {"crew", "ground", "platform"}
    assert forge.members("crew") == ["ada", "bob"]
    assert forge.members("nobody") is None
    assert forge.is_person("eve")
    assert not forge.is_person("mallory")
    assert forge.may_merge("flights") == ["ada", "bob", "grace"]
    number, eve = place.propose(), place.acting("eve")
    with pytest.raises(ForgeError, match="may not"):
        eve.merge_change("flights", number, actor="eve")
    assert forge.change("flights", number).state == "open"
