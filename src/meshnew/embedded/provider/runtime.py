"""Jobs of the embedded runtime; `meshnew run --due` runs them."""

from __future__ import annotations

from meshnew.embedded.provider.resource import Resource, State, text
from meshnew.embedded.records import DATABASE as RECORDS


class Job(Resource):
    """A command that a project runs, by schedule or by hand."""

    kind = "job"
    about = "A command that a project runs, by schedule or by hand."
    key = ("project", "name")
    attributes = (
        text("project", "Project that the job belongs to.", key=True),
        text("name", "Name of the job, unique in its project.", key=True),
        text("schedule", "Cron expression; null: by hand only.", optional=True),
        text("command", "What it runs: a verb of meshnew run, such as `deploy`."),
    )

    def get(self, state: State) -> State | None:
        """The job's record."""
        query = "select project as key, name, schedule, command from jobs"
        with self.asking(RECORDS) as ask:
            rows = ask(query, state["project"])
        jobs = {name: {"schedule": at, "command": command} for name, at, command in rows}
        return state | jobs[state["name"]] if state["name"] in jobs else None

    def put(self, wanted: State) -> None:
        """Write the job's record."""
        with self.records() as records:
            records.execute(
                """
                insert into jobs values (%(project)s, %(name)s, %(schedule)s, %(command)s)
                on conflict (project, name) do update
                set schedule = excluded.schedule, command = excluded.command
                """,
                wanted,
            )

    def remove(self, state: State) -> None:
        """Forget the job."""
        with self.records() as records:
            records.execute(
                "delete from jobs where (project, name) = (%(project)s, %(name)s)", state
            )
