"""Where the state of each stack is kept, as the JSON says it.

The servers themselves: tests/backends.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from classic_rescue.fleet import Backend, read_backend
from classic_rescue.stack import App, BootStateStack

if TYPE_CHECKING:
    from tests.synth.conftest import Json

    WriteApp = Callable[[Callable[[App], object]], dict[str, Json]]

EXPECTED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "local"}, {"backend": {"local": {"path": "../../../terraform.fleet-7.tfstate"}}}),
    ({"type": "pg", "schema": "rescue"}, {"backend": {"pg": {"schema_name": "rescue_fleet-7"}}}),
    (
        {
            "type": "s3",
            "bucket": "states",
            "key_prefix": "rescue/",
            "region": "eu-de",
            "use_lockfile": True,
        },
        {
            "backend": {
                "s3": {
                    "bucket": "states",
                    "key": "rescue/fleet-7.tfstate",
                    "region": "eu-de",
                    "use_lockfile": True,
                }
            }
        },
    ),
    (
        {
            "type": "s3",
            "bucket": "states",
            "endpoint": "https://s3.example.com",
            "skip_s3_checksum": False,
        },
        {
            "backend": {
                "s3": {
                    "bucket": "states",
                    "key": "classic-rescue/fleet-7.tfstate",
                    "endpoints": {"s3": "https://s3.example.com"},
                    "skip_credentials_validation": True,
                    "skip_region_validation": True,
                    "skip_requesting_account_id": True,
                    "skip_metadata_api_check": True,
                    "skip_s3_checksum": False,
                }
            }
        },
    ),
    (
        {
            "type": "http",
            "address": "https://state.example.com/{stack}",
            "lock_address": "https://state.example.com/{stack}/lock",
            "lock_method": "POST",
        },
        {
            "backend": {
                "http": {
                    "address": "https://state.example.com/fleet-7",
                    "lock_address": "https://state.example.com/fleet-7/lock",
                    "lock_method": "POST",
                }
            }
        },
    ),
    (
        {"type": "cloud", "organization": "ops", "workspace_prefix": "rescue-"},
        {"cloud": {"organization": "ops", "workspaces": {"name": "rescue-fleet-7"}}},
    ),
    (
        {"type": "remote", "organization": "ops", "hostname": "tfe.example.com"},
        {
            "backend": {
                "remote": {
                    "organization": "ops",
                    "hostname": "tfe.example.com",
                    "workspaces": {"name": "classic-rescue-fleet-7"},
                }
            }
        },
    ),
]


def backend_of(options: dict[str, Any]) -> Backend | None:
    """The backend that the environment names with these options."""
    return read_backend({"CLASSIC_RESCUE_BACKEND": json.dumps(options)})


@pytest.mark.parametrize(
    ("options", "expected"), EXPECTED, ids=[str(options["type"]) for options, _ in EXPECTED]
)
def test_each_stack_has_its_own_place(
    write_app: WriteApp, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Every type of backend gets the stack's name in its key, and nothing that was not declared."""
    stacks = write_app(lambda app: BootStateStack(app, "fleet-7", backend=backend_of(options)))
    assert stacks["fleet-7"]["terraform"] == expected


def test_no_backend_is_a_local_file(write_app: WriteApp) -> None:
    """Without a backend, the state is a file beside the output folder, by a relative path."""
    stacks = write_app(lambda app: BootStateStack(app, "fleet-7"))
    assert stacks["fleet-7"]["terraform"] == EXPECTED[0][1]


def test_postgres_name_that_would_be_cut_off(write_app: WriteApp) -> None:
    """A schema that PostgreSQL would shorten is refused,
    since two stacks could then share a state.
    """
    options = {"type": "pg", "schema": "a" * 40}
    with pytest.raises(ValueError, match=r"backend.schema: .* is 64 bytes long; allowed: up to 63"):
        write_app(lambda app: BootStateStack(app, "s" * 23, backend=backend_of(options)))
