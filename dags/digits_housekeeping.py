"""Looks after the artifact store: verifies every byte, then collects what nobody needs any more.

Damage makes the run **fail**, with one line for each damaged file in the log of `verify`; nothing is collected then.
What is served, pinned, recent, or used by one of the last runs stays, and everything that it was made from.
"""

import logging
from dataclasses import replace

from airflow.sdk import dag, get_current_context, task

import notices
from pipeline_components.store.gc import Policy
from tasks import OWNER, end, first_line, open_store, param, said_in_one_line, schedule

log = logging.getLogger("pipeline_components.dag")


@said_in_one_line()
def verify() -> None:
    """Reads every file of every artifact and served version; one line for each that is not as it was published."""
    problems = open_store().verify()
    for problem in problems:
        log.error("%s", problem)
    if problems:
        end([f"{len(problems)} found damaged, first {problems[0]}: see above, then `digits verify`"], 2)
    log.info("every byte is as it was published")


@said_in_one_line()
def collect_garbage() -> int:
    """Deletes what the policy does not keep, or says what it would; gives the bytes freed."""
    params = get_current_context()["params"]
    policy = replace(Policy(), **{name: params[name] for name in ("keep", "days", "runs", "versions")})
    found = open_store().collect(policy, dry_run=not params["delete"])
    for name, size_bytes in (found.collected | found.retired).items():
        log.info("%s  %d bytes", name, size_bytes)
    log.info("%d bytes %s", found.freed_bytes, "would be freed" if found.is_dry_run else "freed")
    return found.freed_bytes


@dag(
    schedule=schedule("DIGITS_HOUSEKEEPING_SCHEDULE"),
    params={
        "keep": param(
            "keep", Policy.keep, type="integer", minimum=0, description="Newest artifacts of each component to keep."
        ),
        "days": param(
            "days", Policy.days, type="number", minimum=0, description="Keep what was used within so many days."
        ),
        "runs": param(
            "runs", Policy.runs, type="integer", minimum=0, description="Keep what the last so many runs used."
        ),
        "versions": param(
            "versions",
            Policy.versions,
            type="integer",
            minimum=1,
            description="Newest served versions of each model to keep.",
        ),
        "delete": param("delete", True, type="boolean", description="Delete it; off: only say what would go."),
    },
    description=first_line(__doc__),
    doc_md=__doc__,
    max_active_runs=1,
    on_failure_callback=notices.on_failure(),
    catchup=False,
    tags=["digits"],
    default_args={"owner": OWNER},
)
def digits_housekeeping() -> None:
    """Verify, then collect."""
    verified = task(task_id="verify", doc_md=verify.__doc__)(verify)()
    collected = task(task_id="gc", doc_md=collect_garbage.__doc__)(collect_garbage)()
    verified >> collected


digits_housekeeping()
