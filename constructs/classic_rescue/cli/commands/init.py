"""`classic-rescue init`: a new fleet repository."""

from __future__ import annotations

import os
import shlex
import uuid
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

import click

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.fleetwide import Fleetwide
from classic_rescue.boot import environment
from classic_rescue.boot.labels import labels_with
from classic_rescue.boot.states import BootState
from classic_rescue.cli.commands.import_devices import Seen, as_yaml, entries_for
from classic_rescue.cli.session.connection import announce, connect
from classic_rescue.cli.session.new_jobs import (
    Forge,
    Source,
    forge_of,
    job_files,
    left_to_fill_in,
    requirement,
    source_of,
)
from classic_rescue.cli.session.new_project import OWN, Device, files_of
from classic_rescue.cli.session.observed import PATIENCE
from classic_rescue.cli.terminal.failures import DIFFERENT, Failure
from classic_rescue.cli.terminal.options import endpoint_option
from classic_rescue.cli.terminal.output import command_line, say, say_wrapped
from classic_rescue.hook.device_files import device_files

READABLE = 0o644
"""A repository's files are for everybody who has a checkout."""


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--from-account",
    "looks",
    is_flag=True,
    help="Write a line for each device that the user may see, as it is: `boot: os`.",
)
@click.option(
    "--upgrade",
    "compares",
    is_flag=True,
    help="Write nothing; show what this version would write otherwise than what is there.",
)
@click.option(
    "--forge",
    "wanted",
    type=click.Choice([forge.value for forge in Forge]),
    help="Write the jobs, too, that plan, apply and bring back there; default: none.",
)
@click.option(
    "--source",
    metavar="OWNER/REPO@REF",
    help="Where classic-rescue's own workflows are, for --forge github or gitlab; REF is the full"
    " id of a commit, or a tag. Default: the repository that the package names, if it names one.",
)
@endpoint_option
def command(
    folder: Path, *, looks: bool, compares: bool, endpoint: str | None, **jobs: str | None
) -> int:
    """Write a fleet repository into DIR, or here: a fleet file and a policy, and what editors, git,
    pre-commit and cdktf need beside them.

    A file that is there already is never changed. Nothing is sent to any device.

    Exit codes: 0 written, or nothing differs, 2 with --upgrade: something does, 1 error.
    """
    from classic_rescue.fleet.schema import render

    forge, source = _jobs(folder, jobs["wanted"], jobs["source"], compares=compares)
    devices = _devices(folder, endpoint) if looks and not compares else None
    files = files_of(devices, project_id=str(uuid.uuid4()), schema=render(), yaml=as_yaml)
    files |= job_files(forge, source, requirement())
    if compares:
        return _compare(folder, files)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Failure(f"{folder}: cannot be made: {problem.strerror}") from None
    kept = [name for name, text in files.items() if not _write(folder / name, text)]
    written = [name for name in files if name not in kept]
    if written:
        say_wrapped(f"{folder}: written: {', '.join(written)}")
    if kept:
        say_wrapped(f"{folder}: there already, and left as they are: {', '.join(kept)}")
    if devices is not None:
        declared = sum(not device.why_not for device in devices)
        say(f"{declared} of {len(devices)} devices of the account are declared, each as it is")
    _tell_of_jobs(folder, forge, source, files)
    where = "" if folder == Path() else f"cd {shlex.quote(str(folder))}, then "
    say_wrapped(f"next: {where}`{command_line('validate')}` and `{command_line('status')}`")
    return 0


def _jobs(
    folder: Path, wanted: str | None, given: str | None, *, compares: bool
) -> tuple[Forge, Source | None]:
    """Which forge's jobs are meant, and where they call from. An upgrade sees it in the folder."""
    there = {found: _read(folder / found.marks) for found in Forge if compares and found.marks}
    forge = Forge(wanted) if wanted else forge_of(there)
    if not forge.needs_source:
        if given is not None:
            raise Failure(
                f"--source: says where jobs call from, and --forge {forge} has none that do;"
                " allowed: --source with --forge github or gitlab"
            )
        return forge, None
    return forge, source_of(forge, given, there.get(forge, ""))


def _tell_of_jobs(
    folder: Path, forge: Forge, source: Source | None, files: Mapping[str, str]
) -> None:
    if forge is Forge.NONE:
        say_wrapped("no jobs are written; --forge github, gitlab or atlantis writes them, too")
        return
    if source and not source.is_fixed:
        text = f"note: {source.ref} can be moved by whoever may write to {source.project}; the full"
        say_wrapped(f"{text} id of its commit cannot", err=True)
    for line in left_to_fill_in({name: _read(folder / name) for name in files}):
        say_wrapped(f"note: {line}", err=True)


def _write(path: Path, text: str) -> bool:
    """Write a file that is not there, whole or not at all. Returns whether that was so."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text, encoding="utf-8")
        new.chmod(READABLE)
        os.link(new, path)
    except FileExistsError:
        return False
    except OSError as problem:
        raise Failure(
            f"{path}: cannot be written: {problem.strerror}; run again once that is mended: what is"
            " written is kept"
        ) from None
    finally:
        new.unlink(missing_ok=True)
    return True


def _compare(folder: Path, files: Mapping[str, str]) -> int:
    """Show how the files that are not the user's own differ from what would be written."""
    differences = [line for name in files for line in _difference(folder / name, files[name])]
    for line in differences:
        say(line)
    if differences:
        text = "nothing was written; take over what you want, or remove a file and run `init` again"
        say_wrapped(text, err=True)
    else:
        say("nothing differs")
    return DIFFERENT if differences else 0


def _difference(path: Path, text: str) -> Iterator[str]:
    if path.name in OWN:
        return
    before = _without_id(_read(path))
    after = _without_id(text)
    yield from (
        line.rstrip("\n")
        for line in unified_diff(before, after, str(path), f"{path} of this version")
    )


def _read(path: Path) -> str:
    """A file's text; empty where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as problem:
        raise Failure(f"{path}: cannot be read: {problem}") from None


def _without_id(text: str) -> list[str]:
    """Its lines; each project has an id of its own."""
    return [line for line in text.splitlines(keepends=True) if '"projectId"' not in line]


def _devices(folder: Path, endpoint: str | None) -> list[Device]:
    """What the account shows, in groups."""
    try:
        labels = labels_with(os.environ.get(environment.LABELS))
    except ValueError as problem:
        raise Failure(str(problem)) from None
    folder.mkdir(parents=True, exist_ok=True)
    connection = connect(os.environ, folder.absolute(), endpoint=endpoint, fleet_endpoint=None)
    announce(connection, as_json=False)
    api = ClassicApi(connection.settings, patience=PATIENCE)
    eyes = device_files(connection.environ, connection.settings.endpoint).eyes(labels)
    census = Fleetwide(api, labels, observe=eyes).read()
    for note in census.notes:
        say_wrapped(f"note: {note}", err=True)
    found = [
        Seen(device, facts, seen)
        for device, facts in sorted(census.facts.items())
        if (seen := census.observation(device))
    ]
    return sorted(
        (_device(entry.name, entry.found) for entry in entries_for(found, set())),
        key=lambda device: (device.kind, device.place, device.name),
    )


def _device(name: str, found: Seen) -> Device:
    facts = found.facts
    seen = found.seen
    address = facts.public_ip or facts.private_ip or "no address"
    why_not = ""
    if seen.in_motion or seen.is_off or seen.unproven or seen.state is not BootState.OS:
        why_not = f"{seen}; {seen.unproven or seen.evidence}"
    return Device(
        name,
        found.device.kind,
        found.device.id,
        place=facts.datacenter,
        about=f"{facts.fqdn or facts.hostname or 'no host name'}, {address}",
        why_not=why_not,
    )
