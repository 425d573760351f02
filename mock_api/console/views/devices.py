"""The device list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from mock_api.console import words
from mock_api.console.conditions import CONDITIONS
from mock_api.console.desk import get_desk, look_now
from mock_api.console.feed import CLOCK, read_number, topic_of
from mock_api.console.grantors import grantors
from mock_api.console.list_query import BUSY, COLUMNS, STATUSES, ListQuery, read_query
from mock_api.console.listing import Listing, Row, list_devices
from mock_api.console.page import render
from mock_api.domain.facts import Kind

_IN_PLACE = Markup(' hx-swap-oob="true"')
PRIVATE_COLUMNS = ("boot", "since")  # what no client of the API sees


def show() -> ResponseReturnValue:
    """The devices that exist for the user, as the address asks for them."""
    return render("devices.html", section="devices", **_scene())


def part() -> ResponseReturnValue:
    """The same without the page around it; a search that was typed comes into the address.

    A page that has the right rows already gets those alone that changed since: twenty open pages
    then cost no more than one that is drawn whole.
    """
    scene = _scene()
    changed = _changed_rows(scene["listing"])
    if changed is not None:
        text = render("devices_changes.html", changed=changed, oob=_IN_PLACE, **scene)
        return Response(text, headers={"HX-Reswap": "none"})
    response = Response(render("devices_list.html", **scene))
    shown = request.args.get("shown")
    query = scene["listing"].query
    if shown is not None and shown != query.selection():
        response.headers["HX-Replace-Url"] = list_url(query)
    return response


def _changed_rows(listing: Listing) -> list[Row] | None:
    """The rows that differ from what the asking page shows,
    or None where all of it must be drawn.
    """
    seen = read_number(request.args.get("seen"))
    if seen is None or request.args.get("frame") != listing.frame:
        return None
    _, topics = get_desk().feed.read(seen)
    if any("/" not in topic and topic != CLOCK for topic in topics):
        return None
    return [row for row in listing.rows if topic_of(row.kind, row.number) in topics]


def _scene() -> dict[str, Any]:
    """All that the templates show; they are rendered when the lock is free again."""
    desk = get_desk()
    with desk.stage.lock:
        look = look_now()
        world = look.world
        query = read_query(request.args, world.datacenters)
        listing = list_devices(look, desk.catalogue.shelf(world), query)
        helpers = grantors(world, look.user) if listing.unknown_total else []
        statuses = [(name, world.labels.name(f"device_status.{name}")) for name in STATUSES]
        datacenters = sorted(world.datacenters)
        now_s = look.now_s
        speed = world.clock.speed
    return {
        "seen": g.newest, "listing": listing, "query": listing.query, "helpers": helpers,
        "statuses": statuses, "datacenters": datacenters, "now_s": now_s, "speed": speed,
        "columns": COLUMNS, "conditions": CONDITIONS, "busy": BUSY, "kinds": list(Kind),
        "private_columns": PRIVATE_COLUMNS, "real": _texts("devices.machine", ("word", "what")),
        "label": _texts("devices.column", COLUMNS), "boots": _texts("devices.boot", CONDITIONS),
        "kind_words": _texts("devices.kind.short", Kind), "nothing": words.text(g.language, "none"),
        "list_url": list_url, "device_url": _device_urls(), "figures": figures,
    }  # fmt: skip


def _texts(prefix: str, names: Iterable[str]) -> dict[str, Markup]:
    """The texts of some keys by their last part: looked up once, not once a row."""
    return {name: words.text(g.language, f"{prefix}.{name}") for name in names}


def list_url(query: ListQuery) -> str:
    """The address of a list."""
    return url_for("console.devices", **query.values())  # type: ignore[arg-type] # no option of url_for is among them


def _device_urls() -> Callable[[Kind, int], str]:
    """Where each device has its page. One lookup serves all rows."""
    base = url_for("console.devices")
    return lambda kind, number: f"{base}devices/{kind.replace('_', '-')}/{number}"


def figures(number: int) -> str:
    """A number as the language writes thousands."""
    return f"{number:,}".replace(",", "." if g.language == "it" else ",")
