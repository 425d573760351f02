"""`python -m mock_api`: the mock of the classic API on a port of this machine."""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mock_api import worlds
from mock_api.domain.clock import check_speed
from mock_api.domain.document import DocumentError, with_master
from mock_api.domain.errors import NotSaved
from mock_api.domain.savefile import SaveFile, SaveFileError
from mock_api.domain.stage import Stage
from mock_api.domain.world import WorldDocument
from mock_api.server import Server


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM, SIGINT or idleness. Answers the exit code: 0 stopped, 1 broke off, 2 could not start."""
    options = _parser().parse_args(argv)
    _set_up_log(options.verbose)
    try:
        if options.check:
            return _check(options)
        save_file = SaveFile(options.save) if options.save else None
        stage = _stage(options, save_file)
        server = Server(stage, options.host, options.port, options.idle_exit)
        stage.save()
    except (DocumentError, SaveFileError, NotSaved, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"The mock cannot start on {options.host}:{options.port}: {error.strerror or error}.")
    sys.stdout.write(json.dumps(server.urls()) + "\n")
    sys.stdout.flush()
    return server.run()


def _stage(options: argparse.Namespace, save_file: SaveFile | None) -> Stage:
    starting = _chosen_world(options)
    current = starting
    restored = save_file.restore() if save_file else None
    if restored:
        starting, current = restored
    if options.master_user:
        starting, current = (with_master(document, *options.master_user) for document in (starting, current))
    stage = Stage(starting, time.monotonic, time.time(), save_file, options.speed)
    if restored:
        stage.load(current)
    return stage


def _check(options: argparse.Namespace) -> int:
    """Say that the world is fine, and how much it holds; the mistakes of one that is not are raised."""
    world = _chosen_world(options)
    counts = f"{len(world.guests)} guests, {len(world.hardware)} hardware, {len(world.users)} users"
    sys.stdout.write(f"{options.world or 'the world'}: fine ({counts})\n")
    return 0


def _chosen_world(options: argparse.Namespace) -> WorldDocument:
    if options.generate:
        guests, hardware, mixed = options.generate
        return worlds.generate(guests, hardware, mixed=mixed)
    return worlds.load_file(options.world) if options.world else worlds.demo()


def _fail(text: str) -> int:
    sys.stderr.write(f"mock_api: {text}\n")
    return 2


def _set_up_log(verbose: bool) -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if verbose else logging.CRITICAL + 1)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override] # argparse says NoReturn; exit does not return
        self.exit(2, f"mock_api: {message}; see python -m mock_api --help.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m mock_api", description="A stateful mock of the IBM Cloud classic API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=0, help="port to listen on; 0, the default, takes a free one")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--world", type=Path, metavar="FILE", help="world file to start with (default: the demo world)")
    source.add_argument(
        "--generate", type=_sizes, metavar="GUESTS,HARDWARE[,mixed]",
        help="start with a world of that size; mixed: some are off, or run Windows, CoreOS or nothing",
    )  # fmt: skip
    parser.add_argument("--check", action="store_true", help="only say whether the world is fine: exit code 0 or 2")
    parser.add_argument("--speed", type=_speed, help="virtual seconds a real second (default: the world's, or 1)")
    parser.add_argument("--master-user", type=_login, metavar="NAME:KEY", help="name and key of the master user")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the world in this file, and start from it")
    parser.add_argument("--idle-exit", type=_seconds, metavar="SECONDS", help="stop after that long without a request")
    parser.add_argument("--verbose", action="store_true", help="log to stderr")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; allowed are 0 (any free one) to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        return check_speed(float(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; allowed are 0 (stands still) and above") from None


def _seconds(text: str) -> float:
    try:
        seconds_s = float(text)
    except ValueError:
        seconds_s = -1.0
    if not 0 < seconds_s < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds above 0")
    return seconds_s


def _sizes(text: str) -> tuple[int, int, bool]:
    counts, mixed = text.removesuffix(",mixed").split(","), text.endswith(",mixed")
    if len(counts) != 2 or not all(re.fullmatch("[0-9]{1,9}", part.strip()) for part in counts):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write GUESTS,HARDWARE such as 100,20 or 100,20,mixed")
    return int(counts[0]), int(counts[1]), mixed


def _login(text: str) -> tuple[str, str]:
    name, _, key = text.partition(":")
    if not name or not key:
        raise argparse.ArgumentTypeError("the master user must be written NAME:KEY")
    return name, key


if __name__ == "__main__":
    sys.exit(main())
