"""Whether a plan and its apply can share the state that they need, from one CI job to the next."""

from __future__ import annotations

from collections.abc import Mapping

from classic_rescue.boot import environment
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure

JOBS = (environment.GITHUB_ACTIONS, environment.GITLAB_CI)
"""Set to `true` in the jobs of the two services;
the machine or the checkout is gone when the job has ended.
"""


def why_no_mock(environ: Mapping[str, str]) -> str:
    """Why a CI job must not use an offline mock, which it would start for itself;
    empty elsewhere.
    """
    if not _is_job(environ):
        return ""
    return (
        "no credentials are configured in this CI job, and what an offline mock of its own says"
        " would mislead: set SL_USERNAME and SL_API_KEY as secrets (docs/gitops.md)"
    )


def _is_job(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) == "true" for name in JOBS)


def refuse_lost_state(session: Session, environ: Mapping[str, str]) -> None:
    """Raise Failure where the state would end with the job that made it."""
    source = session.fleet.source
    backend = session.fleet.backend
    if _is_job(environ) and (backend is None or backend.type == "local"):
        raise Failure(
            f"{source}: backend: without one the state is a file of this CI job and gone with it,"
            " so that the next job would boot every device again; allowed: pg, s3, http, cloud or"
            " remote (docs/gitops.md)"
        )
