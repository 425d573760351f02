"""The command line: the mock of the classic API on a port of this machine."""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import re
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mock_api import worlds
from mock_api.control.access import access_of
from mock_api.domain.clock import MAX_SPEED, check_speed
from mock_api.domain.document import DocumentError, with_master
from mock_api.domain.errors import NotSaved
from mock_api.domain.mistakes import find_nearest
from mock_api.domain.overrides import with_seed, with_speed
from mock_api.domain.savefile import SaveFile, SaveFileError
from mock_api.domain.stage import Stage
from mock_api.domain.world import WorldDocument
from mock_api.machines.images import are_built
from mock_api.machines.qemu import QemuMachines
from mock_api.server import Server


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM, SIGINT or idleness.

    Answers the exit code: 0 stopped, 1 broke off, 2 could not start.
    """
    options = _parser().parse_args(argv)
    _set_up_log(options.verbose)
    try:
        if options.check:
            return _check(options)
        save_file = SaveFile(options.save) if options.save else None
        stage = _stage(options, save_file)
        access = access_of(options.host, options.control)
        machines = _machines(stage, options.machines)
        server = Server(
            stage, options.host, options.port, options.idle_exit, access=access, machines=machines
        )
        stage.save()
    except (DocumentError, SaveFileError, NotSaved, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(_why_no_start(error, options.host, options.port))
    server.obey_signals()
    if problem := _print(json.dumps(server.urls())):
        return problem
    return server.run()


def _machines(stage: Stage, folder: Path | None) -> QemuMachines | None:
    """The real machines of a world that has some. Raises ValueError."""
    devices = {one.facts.id: one.facts for one in stage.world.all_devices() if one.facts.machine}
    if not devices:
        return None
    if folder is None:
        raise ValueError(
            f"This world has real machines behind {len(devices)} devices; give their folder as"
            " --machines FOLDER, after `python -m mock_api.machines FOLDER`."
        )
    images = folder / "images"
    if not are_built(images):
        raise ValueError(
            f"{folder} has no images; build them with `python -m mock_api.machines {folder}`."
        )
    return QemuMachines(
        devices, images.absolute(), (folder / "devices").absolute(), clock=time.time
    )


def _why_no_start(error: OSError, host: str, port: int) -> str:
    remedy = {
        errno.EADDRINUSE: "; give another --port, or 0 for a free one",
        errno.EADDRNOTAVAIL: "; give an address of this machine as --host",
        errno.EACCES: "; give a --port above 1023",
    }.get(error.errno or 0, "")
    return f"The mock cannot start on {host}:{port}: {error.strerror or error}{remedy}."


def _stage(options: argparse.Namespace, save_file: SaveFile | None) -> Stage:
    starting = _chosen_world(options)
    current = starting
    restored = save_file.restore() if save_file else None
    if restored:
        starting, current = restored
    starting, current = (_overridden(document, options) for document in (starting, current))
    stage = Stage(starting, time.monotonic, time.time(), save_file)
    if restored:
        stage.load(current)
    return stage


def _overridden(document: WorldDocument, options: argparse.Namespace) -> WorldDocument:
    if options.master_user:
        document = with_master(document, *options.master_user)
    if options.seed is not None:
        document = with_seed(document, options.seed)
    return document if options.speed is None else with_speed(document, options.speed)


def _check(options: argparse.Namespace) -> int:
    """Say that the world is fine, and how much it holds;
    the mistakes of one that is not are raised.
    """
    world = _chosen_world(options)
    counts = f"{len(world.guests)} guests, {len(world.hardware)} hardware, {len(world.users)} users"
    return _print(f"{options.world or 'the world'}: fine ({counts})")


def _chosen_world(options: argparse.Namespace) -> WorldDocument:
    if options.generate:
        guests, hardware, mixed = options.generate
        return worlds.generate(guests, hardware, mixed=mixed)
    return worlds.load_file(options.world) if options.world else worlds.demo()


def _print(line: str) -> int:
    """Print what was asked for. Answers the exit code, 1 where nobody can read it."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"mock_api: standard output cannot be written: {error.strerror}\n")
        # What is left in the buffer would be tried once more at the end of the process.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return 1
    return 0


def _fail(text: str) -> int:
    sys.stderr.write(f"mock_api: {text}\n")
    return 2


def _set_up_log(verbose: bool) -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if verbose else logging.CRITICAL + 1)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override] # argparse says NoReturn; exit does not return
        near = self._nearest(message)
        hint = f"; did you mean {near}?" if near else ""
        self.exit(2, f"mock_api: {message}{hint}; see python -m mock_api --help.\n")

    def _nearest(self, message: str) -> str | None:
        """The option that a mistyped one was meant to be."""
        kind, _, given = message.partition("unrecognized arguments: ")
        known = [option for action in self._actions for option in action.option_strings]
        return find_nearest(given.split()[0].partition("=")[0], known) if not kind else None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m mock_api",
        description="A stateful mock of the IBM Cloud classic API. Prints one line of JSON with its"
        " URLs, then serves until it is told to stop (SIGTERM, Ctrl-C).",
        epilog="Example: python -m mock_api --port 8080 --speed 60 --master-user me:a-key-of-mine",
    )
    _add_network(parser.add_argument_group("where it listens"))
    _add_world(parser.add_argument_group("what it holds"))
    _add_running(parser.add_argument_group("how it runs"))
    return parser


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--host", type=_address, default="127.0.0.1", help="address or name (default: %(default)s)"
    )
    group.add_argument(
        "--port", type=_port, default=0, help="port; 0, the default, takes a free one"
    )
    group.add_argument(
        "--control", action=argparse.BooleanOptionalAction,
        help="serve the control plane /_mock/ (default: only when --host is loopback)",
    )  # fmt: skip


def _add_world(group: argparse._ArgumentGroup) -> None:
    source = group.add_mutually_exclusive_group()
    source.add_argument(
        "--world",
        type=Path,
        metavar="FILE",
        help="world file to start with (default: the demo world)",
    )
    source.add_argument(
        "--generate", type=_sizes, metavar="GUESTS,HARDWARE[,mixed]",
        help="start with a world of that size; mixed: some are off, or run Windows, CoreOS or"
            " nothing",
    )  # fmt: skip
    group.add_argument(
        "--check", action="store_true", help="only say whether the world is fine: exit code 0 or 2"
    )
    group.add_argument(
        "--save", type=Path, metavar="FILE", help="keep the world in this file, and start from it"
    )
    group.add_argument(
        "--machines", type=Path, metavar="FOLDER",
        help="where a world's real machines have their images and disks",
    )  # fmt: skip
    group.add_argument(
        "--master-user", type=_login, metavar="NAME:KEY", help="name and key of the master user"
    )
    group.add_argument(
        "--seed", type=_seed, metavar="NUMBER",
        help="make runs alike: random choices come from it, and a world that names no instant"
            " starts at a fixed one",
    )  # fmt: skip


def _add_running(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--speed",
        type=_speed,
        help="virtual seconds a real second; 0 stands still (default: the world's, or 1)",
    )
    group.add_argument(
        "--idle-exit",
        type=_seconds,
        metavar="SECONDS",
        help="stop after that long without a request",
    )
    group.add_argument("--verbose", action="store_true", help="log to stderr")


def _address(text: str) -> str:
    """The first address of a name: a name with several would give as many ports."""
    try:
        found = socket.getaddrinfo(text, None, type=socket.SOCK_STREAM) if text else []
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no address; give one of this machine such as 127.0.0.1, or 0.0.0.0 for"
            " all of them"
        )
    return str(found[0][4][0])


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port; allowed are 0 (any free one) to 65535"
        )
    return int(text)


def _speed(text: str) -> float:
    try:
        return check_speed(float(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no speed; allowed are 0 (stands still) to {MAX_SPEED:.0f}"
        ) from None


def _seconds(text: str) -> float:
    try:
        seconds_s = float(text)
    except ValueError:
        seconds_s = -1.0
    if not 0 < seconds_s < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds above 0")
    return seconds_s


def _seed(text: str) -> int:
    try:
        return int(text[:40])
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; give a whole number") from None


def _sizes(text: str) -> tuple[int, int, bool]:
    counts = text.removesuffix(",mixed").split(",")
    if len(counts) != 2 or not all(re.fullmatch("[0-9]{1,9}", part.strip()) for part in counts):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size; write GUESTS,HARDWARE such as 100,20 or 100,20,mixed"
        )
    return int(counts[0]), int(counts[1]), text.endswith(",mixed")


def _login(text: str) -> tuple[str, str]:
    name, _, key = text.partition(":")
    if not name or not key:
        raise argparse.ArgumentTypeError("the master user must be written NAME:KEY")
    return name, key
