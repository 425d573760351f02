"""Whether a plan and its apply can share the state that they need: with plan files,
and from one CI job to the next.
"""

from __future__ import annotations

from collections.abc import Mapping

from classic_rescue.boot import environment
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.working_folders import has_remote_runs

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


def refuse_remote_runs(session: Session) -> None:
    """Raise Failure where Terraform runs elsewhere: plan files are of no use then."""
    backend = session.fleet.backend
    if has_remote_runs(session.fleet) and not session.connection.is_embedded_mock:
        assert backend  # noqa: S101 has_remote_runs has looked; this tells the type checker
        raise Failure(
            f"{session.fleet.source}: backend: type {backend.type} runs Terraform on its own"
            " machines, so there is no plan to review and apply here; approve its runs there, with"
            " `npx cdktf deploy '*'`, or use pg, s3 or http"
        )


def refuse_lost_state(session: Session, environ: Mapping[str, str]) -> None:
    """Raise Failure where plan files are of no use,
    or where the state would end with the job that made it.
    """
    refuse_remote_runs(session)
    source = session.fleet.source
    backend = session.fleet.backend
    if _is_job(environ) and (backend is None or backend.type == "local"):
        raise Failure(
            f"{source}: backend: without one the state is a file of this CI job and gone with it,"
            " so that the next job would boot every device again; allowed: pg, s3 or http"
            " (docs/gitops.md)"
        )
