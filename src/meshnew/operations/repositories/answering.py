"""Answers in projects/*.yml, held against the template's questions before anything is done."""

from __future__ import annotations

import json
from collections.abc import Iterable

from meshnew.errors import UsageError
from meshnew.mesh.place import PROJECTS
from meshnew.operations.repositories.rendering import Rendering
from meshnew.operations.session import Session
from meshnew.scaffold import render


def refuse_wrong(session: Session, renderings: Iterable[Rendering]) -> None:
    """Refuse answers of the spec that the template does not take.

    Args:
        session: the session.
        renderings: what will be rendered; others are not looked at.

    Raises:
        UsageError: with the file that gives the answer.
    """
    specs = session.mesh.projects
    wanted = {
        # Projects with the same answers are looked at once: it takes a rendering.
        json.dumps([specs[item.project].kind, specs[item.project].answers], default=str): item
        for item in renderings
        if specs[item.project].answers and item.renders
    }
    template = session.template if wanted else None
    if template is None or template.copy is None:  # it is published before it is needed
        return
    for item in wanted.values():
        ours = specs[item.project].answers
        known = frozenset(item.answers.keys() - ours.keys())
        try:
            render.questions(template, item.answers, known=known)
        except UsageError as error:
            where = f"{PROJECTS}/{item.project}.yml: answers"
            raise UsageError(error.what, where=where, fix=error.fix) from None
