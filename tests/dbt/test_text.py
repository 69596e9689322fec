"""Nothing a user sees or stores names this machine or a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshnew.dbt.text import scrubber

ENVIRON = {
    "PGHOST": "/run/mesh/x",
    "PGPASSWORD": "hunter22",
    "DBT_ENV_SECRET_GIT": "ghp_12345",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "url./home/ada/mesh/repositories/.insteadOf",
    "GIT_CONFIG_VALUE_0": "git@embedded:",
}
FOLDERS = [(Path("/home/ada/mesh/checkouts/flights"), "")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "in /home/ada/mesh/checkouts/flights/models/a.sql line 3",
            "in models/a.sql line 3",
        ),
        ("wrote /home/ada/mesh/checkouts/flights", "wrote ."),
        (
            "fatal: '/home/ada/mesh/repositories/x.git' is no repository",
            "fatal: 'git@embedded:x.git' is no repository",
        ),
        ('socket "/run/mesh/x/.s.PGSQL.5432"', 'socket "<socket>/.s.PGSQL.5432"'),
        ("password hunter22 refused", "password *** refused"),
        ("https://ghp_12345@github.com/a/b", "https://***@github.com/a/b"),
        ("postgresql://ada:pw@db.example/flights", "postgresql://***@db.example/flights"),
        ("see /tmp/dbt-x1/y/packages.yml", "see …/packages.yml"),
        ("see https://docs.getdbt.com/docs/x/y", "see https://docs.getdbt.com/docs/x/y"),
        ("models/a/b.sql and 3/4/5", "models/a/b.sql and 3/4/5"),
    ],
)
def test_a_text_is_shown_without_paths_and_secrets(text: str, shown: str) -> None:
    assert scrubber(ENVIRON, FOLDERS)(text) == shown
