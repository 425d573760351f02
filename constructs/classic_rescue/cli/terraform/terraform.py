"""Terraform or OpenTofu itself over the stacks of a project, without cdktf's command line, which
killed by SIGTERM with a remote backend loses the state and leaves the lock.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from classic_rescue.boot import environment
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.hidden import hide_in_log
from classic_rescue.cli.terraform.logs import errors_in
from classic_rescue.cli.terraform.side_by_side import Call, Ends, run_side_by_side
from classic_rescue.cli.terraform.toolchain import terraform_environ
from classic_rescue.cli.terraform.working_folders import WorkingFolders, working_folders_of
from classic_rescue.hook.app_files import MANIFEST, stack_folders

if TYPE_CHECKING:
    from classic_rescue.fleet import Fleet

AT_ONCE = min(8, (os.cpu_count() or 1) + 1)
"""How many Terraforms work side by side: they use the processor, and 150 MB each."""

MOST_AT_ONCE = 50
"""How many Terraforms apply side by side: more need more memory than most machines have."""

FLAGS = ("-input=false", "-no-color")

OURS = "-parallelism=11"
"""Not Terraform's own number of 10: a service that would run the plan on its machines refuses that
before anything is sent to it (`cloud` and `remote`; a workspace whose execution mode is Local does
not even see it).
"""
ELSEWHERE = "Custom parallelism values are currently not supported"
"""How Terraform says so. Seen with 1.11.4."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One synthesised stack; `folder` is where Terraform runs."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Terraform:
    """Terraform over the stacks of one project. Every method raises Failure with what the program
    said last.

    Ctrl-C and SIGTERM reach the programs in order; afterwards KeyboardInterrupt is raised.
    `environ` holds secrets.
    """

    program: str
    folders: WorkingFolders
    environ: Mapping[str, str] = field(repr=False)

    def synthesise(self) -> list[Stack]:
        """Run the app of cdktf.json, or ours where there is none, and give the stacks that it
        wrote, by name.
        """
        project = self.folders.project
        output = project / self.folders.output
        settings = _json_file(project / "cdktf.json")
        environ = {**self.environ, environment.CDKTF_OUTDIR: self.folders.output}
        if context := settings.get("context"):
            environ[environment.CDKTF_CONTEXT] = json.dumps(context)
        # An app that writes none must not leave an old one standing.
        (output / MANIFEST).unlink(missing_ok=True)
        self._run(
            {"": _words(settings, project, environ)},
            "synthesis",
            environ=environ,
            cwd=lambda _: project,
        )
        try:
            folders = stack_folders(str(output))
        except ValueError as problem:
            raise Failure(f"{problem}; the app must write it") from None
        if not folders:
            raise Failure(f"{output / MANIFEST}: it lists no stack; the app must write one")
        return [Stack(name, Path(folder)) for name, folder in sorted(folders.items())]

    def init(self, stacks: Sequence[Stack]) -> None:
        """Make the stacks ready for every other command."""
        self._each(stacks, "init", lambda stack: ["init", *FLAGS])

    def aside(self) -> Terraform:
        """The same, to look and to bring devices back: no policy is applied to the file,
        and no deploy finds it.
        """
        return replace(
            self,
            folders=replace(self.folders, is_aside=True),
            environ={**self.environ, environment.ASIDE: "1"},
        )

    def to_destroy(self) -> Terraform:
        """The same, to bring every device back: its stacks are written and its hooks run as for
        a destroy.
        """
        return replace(self, environ={**self.environ, environment.DESTROY: "1"})

    def plan(
        self,
        stacks: Sequence[Stack],
        folder: Path,
        arguments: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> dict[str, Path]:
        """Plan the stacks into files of `folder`, which are named after them; `arguments` are more,
        by stack.

        Without the state's lock: a plan writes no state, need not wait half an hour for an apply,
        and leaves no lock behind when its job is killed. One that was made while an apply went on
        is stale, and refused as such. Raises Failure where the plan would be made elsewhere.
        """
        files = {stack.name: folder.absolute() / f"{stack.name}.tfplan" for stack in stacks}
        try:
            self._each(
                stacks,
                "plan",
                lambda stack: [
                    "plan",
                    *FLAGS,
                    OURS,
                    "-lock=false",
                    f"-out={files[stack.name]}",
                    *arguments.get(stack.name, ()),
                ],
            )
        except Failure as failure:
            if ELSEWHERE not in " ".join(failure.message.split()):
                raise
            raise Failure(_RUN_ELSEWHERE) from None
        return files

    def plan_texts(self, stacks: Sequence[Stack], files: Mapping[str, Path]) -> dict[str, str]:
        """Terraform's JSON of plan files, by stack."""
        return self._each(
            stacks, "show", lambda stack: ["show", "-json", str(files[stack.name].absolute())]
        )

    def state_texts(self, stacks: Sequence[Stack]) -> dict[str, str]:
        """Terraform's JSON of the stacks' states (`show -json`), by stack;
        an empty one has no `values`.
        """
        return self._each(stacks, "show", lambda stack: ["show", "-json"])

    def apply(
        self,
        stacks: Sequence[Stack],
        files: Mapping[str, Path],
        *,
        logs: Mapping[str, Path],
        arguments: Sequence[str] = (),
        environ: Mapping[str, str],
        tick: Callable[[], None],
        held_open: Sequence[int] = (),
    ) -> Ends:
        """Apply exactly these plan files, all stacks side by side, each with its log; raises
        nothing of theirs.

        All at once, up to MOST_AT_ONCE: a stack waits for its devices rather than for the
        processor. `environ` is all of their environment.
        """
        calls = {
            stack.name: Call(
                argv=(self.program, "apply", *FLAGS, *arguments, str(files[stack.name].absolute())),
                cwd=stack.folder,
                out=logs[stack.name],
                err=logs[stack.name],
                environ=environ,
            )
            for stack in stacks
        }
        try:
            return run_side_by_side(calls, at_once=MOST_AT_ONCE, tick=tick, held_open=held_open)
        finally:
            for log in logs.values():
                hide_in_log(log)

    def _each(
        self, stacks: Sequence[Stack], verb: str, words: Callable[[Stack], list[str]]
    ) -> dict[str, str]:
        folders = {stack.name: stack.folder for stack in stacks}
        commands = {stack.name: [self.program, *words(stack)] for stack in stacks}
        return self._run(
            commands, f"terraform {verb}", environ=self.environ, cwd=folders.__getitem__
        )

    def _run(
        self,
        commands: Mapping[str, Sequence[str]],
        what: str,
        *,
        environ: Mapping[str, str],
        cwd: Callable[[str], Path],
    ) -> dict[str, str]:
        """What each command printed. Raises Failure that tells of each that failed."""
        with tempfile.TemporaryDirectory(prefix="classic-rescue-") as private:
            calls = {
                key: Call(
                    argv=tuple(words),
                    cwd=cwd(key),
                    out=Path(private, f"{number}.out"),
                    err=Path(private, f"{number}.err"),
                    environ=environ,
                )
                for number, (key, words) in enumerate(commands.items())
            }
            ends = run_side_by_side(calls, at_once=AT_ONCE)
            if ends.is_interrupted:
                raise KeyboardInterrupt
            failed = [
                told(what, key, code, _said(calls[key])) for key, code in ends.codes.items() if code
            ]
            if failed:
                raise Failure("\n".join(failed))
            return {
                key: call.out.read_text(encoding="utf-8", errors="replace")
                for key, call in calls.items()
            }


def _refuse_untrusted(fleet: Fleet, environ: Mapping[str, str]) -> None:
    """Terraform must not be the one that carries credentials to where only a file says."""
    from classic_rescue.fleet import untrusted

    try:
        problems = [*untrusted(fleet, environ)]
    except ValueError as problem:
        problems = [str(problem)]
    if problems:
        raise Failure("\n".join(problems))


def open_terraform(session: Session) -> Terraform:
    """Terraform for a session: its fleet file, its very endpoint,
    and the rehearsal's own folders. Raises Failure.
    """
    folders = working_folders_of(session)
    environ = terraform_environ(session.connection.environ)
    # What only our own commands may say.
    for variable in (environment.DESTROY, environment.ASIDE, environment.REVIEWED):
        environ.pop(variable, None)
    environ |= {
        environment.FLEET: str(Path(session.fleet.source).absolute()),
        **folders.settings(),
    }
    _refuse_untrusted(session.fleet, environ)
    program = shutil.which(environ[environment.TERRAFORM_NAME], path=environ[environment.PATH])
    assert program  # noqa: S101 terraform_environ has just found it; this tells the type checker
    return Terraform(program, folders, environ)


_RUN_ELSEWHERE = (
    "backend: the service runs Terraform of these workspaces on its own machines, where there is no"
    " hook, and no plan to review and apply here; nothing was planned. Set the execution mode of"
    " each workspace to Local (or that of the organization, for workspaces that are made here), or"
    " use pg, s3 or http"
)


def changes_anything(plan: str) -> bool:
    """Whether applying a plan, given as Terraform's JSON, does anything; True where it does not
    say.
    """
    return json.loads(plan).get("applyable") is not False


def told(what: str, stack: str, code: int, output: str) -> str:
    """What failed, and its last words, one a line."""
    of_stack = f" of {stack}" if stack else ""
    lines = (f"  {line}" for line in errors_in(output))
    return "\n".join([f"{what}{of_stack} failed (exit code {code}):", *lines])


def _said(call: Call) -> str:
    return "\n".join(
        path.read_text(encoding="utf-8", errors="replace") for path in (call.out, call.err)
    )


def _words(settings: Mapping[str, Any], project: Path, environ: Mapping[str, str]) -> list[str]:
    """The app's command; its program is looked for in the PATH that it gets,
    which begins with this Python's.
    """
    app = settings.get("app")
    try:
        words = shlex.split(app) if isinstance(app, str) else []
    except ValueError:
        words = []
    if not words:
        raise Failure(
            f'{project / "cdktf.json"}: app: {app!r}; allowed: a command such as "python main.py"'
        )
    program = shutil.which(words[0], path=environ[environment.PATH])
    if not program:
        raise Failure(
            f"{project / 'cdktf.json'}: app: {words[0]!r} is not on PATH; install it, or name"
            " another"
        )
    return [program, *words[1:]]


OUR_APP = shlex.join([sys.executable, "-P", "-m", "classic_rescue.app"])
"""What a project without a cdktf.json of its own is synthesised with."""


def _json_file(path: Path) -> dict[str, Any]:
    """What cdktf.json says; without one: our app."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"app": OUR_APP}
    except ValueError as problem:
        raise Failure(f"{path}: not JSON ({problem})") from None
    if not isinstance(found, dict):
        raise Failure(f"{path}: not a JSON object")
    return found
