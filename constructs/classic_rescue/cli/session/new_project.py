"""The files of a new fleet repository, as texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from classic_rescue.boot.states import Kind
from classic_rescue.cli.session.new_jobs import OWNERS
from classic_rescue.cli.terminal.output import clean

FLEET = "fleet.yaml"
POLICY = "policy.yaml"
SCHEMA = "fleet.schema.json"
ROOM = 80
"""How many devices a stack is given at the start, so that there is room for more."""

OWN = (FLEET, POLICY, "README.md", OWNERS)
"""What the user goes on writing; a newer version has no say in it."""


class Device(NamedTuple):
    """A device of the account as a new fleet file names it. `why_not` is why it is not declared;
    empty where it is.
    """

    name: str
    kind: Kind
    id: int
    place: str
    about: str
    why_not: str = ""


def files_of(
    devices: Sequence[Device] | None, *, project_id: str, schema: str, yaml: Callable[[str], str]
) -> dict[str, str]:
    """Each file's text by its name. `devices` are those of the account; None: nobody looked.
    `schema` is that of fleet files; `yaml` writes a text as a scalar.
    """
    cdktf: Mapping[str, object] = {
        "language": "python",
        "app": "classic-rescue-app",
        "projectId": project_id,
        "sendCrashReports": "false",
        "context": {},
    }
    package: Mapping[str, object] = {
        "private": True,
        "description": "The command line of cdktf, for who wants `cdktf deploy` itself",
        "devDependencies": {"cdktf-cli": "0.21.0"},
    }
    return {
        FLEET: _fleet(devices, yaml),
        POLICY: _POLICY,
        SCHEMA: schema,
        "cdktf.json": json.dumps(cdktf, indent=2) + "\n",
        "package.json": json.dumps(package, indent=2) + "\n",
        ".gitignore": _IGNORED,
        ".pre-commit-config.yaml": _HOOKS,
        "README.md": _README,
    }


def _fleet(devices: Sequence[Device] | None, yaml: Callable[[str], str]) -> str:
    lines = [_HEAD]
    if not devices:
        nobody = "The account shows no device to this user." if devices is not None else ""
        lines += [f"# {nobody}\n" if nobody else "", _EXAMPLE]
        return "".join(lines)
    declared = [device for device in devices if not device.why_not]
    if len(declared) > ROOM:
        lines.append(
            f"shards: {len(declared) // ROOM + 1}  # Terraform stacks, of about 100 each\n\n"
        )
    lines.append("devices:\n" if declared else "devices: {}\n")
    for (kind, place), group in groupby(declared, lambda device: (device.kind, device.place)):
        lines.append(f"  # {_KINDS[kind]} in {place or 'no data centre'}\n")
        lines += [
            f"  {yaml(device.name)}: {{{kind}: {device.id}, boot: os}}  # {clean(device.about)}\n"
            for device in group
        ]
    lines += _left_out([device for device in devices if device.why_not])
    return "".join(lines)


def _left_out(devices: Iterable[Device]) -> list[str]:
    lines = [f"# {device.name} ({device.kind}/{device.id}): {device.why_not}" for device in devices]
    if not lines:
        return []
    head = "\n# Left out, since `boot: os` would restart them, or may;\n"
    head += "# `classic-rescue import` writes the line of one that is in rescue or on an image:\n"
    return [head, *(clean(line) + "\n" for line in lines)]


_KINDS = {Kind.VIRTUAL_GUEST: "virtual servers", Kind.HARDWARE: "bare-metal servers"}

_HEAD = f"""\
# yaml-language-server: $schema={SCHEMA}
#
# What each device is to run: `os`, `rescue`, or `{{image: NAME}}`.
# `classic-rescue plan --out reviewed` shows what a change would restart, and restarts nothing.
policy: {POLICY}

"""

_EXAMPLE = """\
# devices:
#   web-1: {virtual_guest: 124929698, boot: rescue, reason: CHG-1, until: YYYY-MM-DDT06:00:00Z}
#   db-1: {hardware: 218027101, boot: os}
devices: {}
"""

_POLICY = """\
# What reviews, deploys and each device's hook keep to.
# `--break-glass REASON` sets it aside, loudly.
require_ids: true      # devices are named by their ids, which nobody can move
require_until: true    # nobody stays in rescue without an end,
max_until: 7d          # nor for longer than that
max_down: 20%          # of the fleet at once, at least one
"""

_IGNORED = """\
# What commands keep here, what they write for Terraform, what npm fetches, and what jobs install.
.classic-rescue/
cdktf.out/
node_modules/
reviewed/
returns/
.venv/
# Terraform's record, where no backend is named. It is the only one: keep it, or name a `backend:`.
*.tfstate
*.tfstate.backup
"""

_HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: classic-rescue
        name: classic-rescue validate
        entry: classic-rescue validate
        language: system
        files: \\.ya?ml$
        pass_filenames: false
"""

_README = """\
# The boot states of our classic devices

`fleet.yaml` says what each device is to run; `policy.yaml` what may be done to them.

    classic-rescue validate               # offline: is the file right?
    classic-rescue status                 # what each device runs, and how that is known
    classic-rescue plan --out reviewed    # what a deploy would restart, and why; restarts nothing
    classic-rescue apply reviewed         # exactly that, or nothing
    classic-rescue access web-1           # how to log in to a device in rescue

Sign in as with slcli (`SL_USERNAME` and `SL_API_KEY`, or `~/.softlayer`). Without any of these,
commands rehearse on an offline mock of the service.

To take a device into rescue, change its line to `boot: rescue` with a `reason:` and an `until:`,
plan, and apply; back with `boot: os`, or once `until` has passed.

`cdktf deploy '*'` works here as well, after `npm install`.
"""
