"""The world in GitLab's words: their shape only, since no description of them is to be had."""

from __future__ import annotations

from werkzeug import Request, Response

from tests.forge.fake.world import World


class GitLab:
    """REST."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, request: Request) -> Response:
        """What GitLab would say."""
        return Response("{}", 404)
