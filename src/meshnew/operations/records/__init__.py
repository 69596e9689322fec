"""What the platform remembers: stacks applied, projects rendered, runs made."""

from meshnew.operations.records._projects import (
    ProjectRecord,
    last_commits,
    project_gone,
    project_published,
    project_rendered,
    project_superseded,
    projects,
    projects_due,
)
from meshnew.operations.records._runs import (
    RunRecord,
    last_runs,
    run,
    run_finished,
    run_started,
    runs,
    schedules,
)
from meshnew.operations.records._stacks import (
    StackRecord,
    homes,
    provisioned,
    specs,
    specs_applied,
    stack_applied,
    stack_gone,
    stacks,
    stacks_looked,
)

__all__ = [
    "ProjectRecord",
    "RunRecord",
    "StackRecord",
    "homes",
    "last_commits",
    "last_runs",
    "project_gone",
    "project_published",
    "project_rendered",
    "project_superseded",
    "projects",
    "projects_due",
    "provisioned",
    "run",
    "run_finished",
    "run_started",
    "runs",
    "schedules",
    "specs",
    "specs_applied",
    "stack_applied",
    "stack_gone",
    "stacks",
    "stacks_looked",
]
