"""Where a run of Terraform works: the output folder of its stacks, and where local states are.

A run on the offline mock works below `.classic-rescue`, with its state beside it and never in the
fleet's backend: the record of a rehearsal must not be taken for that of the real devices, nor a
forgotten key empty the real one.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from classic_rescue.boot import environment
from classic_rescue.cli.session.embedded_mock import STATE_FOLDER, state_folder
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terraform.run_lock import Turn, taken, who_has


@dataclass(frozen=True, slots=True)
class WorkingFolders:
    """What a run of one project reads and writes. `output` is relative to the project, as `cdktf
    --output` wants it.

    `is_aside`: the stacks lie in another folder, as no policy was applied to their file, and no
    deploy may find them.
    """

    project: Path
    is_rehearsal: bool
    is_aside: bool = False

    @property
    def output(self) -> str:
        """The folder that holds the synthesised stacks."""
        name = "cdktf.aside" if self.is_aside else "cdktf.out"
        return f"{STATE_FOLDER}/{name}" if self.is_rehearsal else name

    @property
    def local_states(self) -> Path:
        """The folder of state files, for stacks that keep their state in one."""
        return state_folder(self.project) if self.is_rehearsal else self.project

    @property
    def logs(self) -> Path:
        """The folder of what the programs said."""
        return state_folder(self.project) / "logs"

    def settings(self) -> dict[str, str]:
        """What the programs must be told about it."""
        return {environment.BACKEND: "local"} if self.is_rehearsal else {}

    def who_has_it(self) -> str:
        """Who has this project now; empty where nobody does."""
        return who_has(state_folder(self.project) / "deploy.lock")

    def locked(self, turn: Turn | None = None) -> AbstractContextManager[int]:
        """This project, for one command at a time; see `run_lock`."""
        return taken(state_folder(self.project) / "deploy.lock", turn or Turn())


def working_folders_of(session: Session) -> WorkingFolders:
    """The folders of a session's project."""
    return WorkingFolders(session.project, session.connection.is_embedded_mock)
