"""`classic-rescue ci`: what the jobs of a forge say, and what they fetch."""

from __future__ import annotations

import os
from pathlib import Path
from time import sleep

import click

from classic_rescue.cli.terminal.output import say


@click.group("ci")
def command() -> None:
    """What the jobs of a fleet repository say on GitHub or GitLab, and what they fetch there.

    Which of the two it is, the job tells. Its token is GITHUB_TOKEN, or GITLAB_TOKEN.

    Exit codes: 0 done, 1 error.
    """


@command.command("comment")
@click.argument("review", type=click.Path(path_type=Path))
@click.argument("more", nargs=-1, type=click.Path(path_type=Path))
def comment(review: Path, more: tuple[Path, ...]) -> None:
    """Say REVIEW in the pull or merge request of this job, in one comment that is kept up to date.

    Where REVIEW is missing, it says that no plan could be made: an older comment would mislead.
    MORE follows it, as far as it is there.

    \b
    Example:
      classic-rescue ci comment reviewed/review.md reviewed/preflight.md

    Exit codes: 0 done, 1 error.
    """
    from classic_rescue.cli.forge.posts import keep_comment

    say(keep_comment(review, more, os.environ, sleep))


@command.command("issue")
@click.argument("review", type=click.Path(path_type=Path))
@click.argument("title")
def issue(review: Path, title: str) -> None:
    """Say REVIEW in one open issue, which is made where there is none.

    \b
    Example:
      classic-rescue ci issue reviewed/review.md "devices differ from the fleet file"

    Exit codes: 0 done, 1 error.
    """
    from classic_rescue.cli.forge.posts import keep_issue

    say(keep_issue(review, title, os.environ, sleep))


@command.command("solved")
def solved() -> None:
    """Close that issue, if it is open.

    \b
    Example:
      classic-rescue ci solved

    Exit codes: 0 done, 1 error.
    """
    from classic_rescue.cli.forge.posts import close_issue

    say(close_issue(os.environ, sleep))


@command.command("fetch")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def fetch(folder: Path) -> None:
    """Fetch the reviewed plan of the request that this commit of main came with into DIR.

    Only what a successful plan job of this very project made of the request's last commit counts.

    \b
    Example:
      classic-rescue ci fetch reviewed && classic-rescue apply reviewed

    Exit codes: 0 done, 1 error, also where nobody has reviewed anything.
    """
    from classic_rescue.cli.forge.reviewed_plan import fetch_reviewed

    say(fetch_reviewed(folder, os.environ, sleep))
