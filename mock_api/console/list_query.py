"""What the address of the device list asks for: words to find, filters, the order and the page.

Everything is in the address, so that a list can be kept, loaded again and sent to a colleague. What
is not understood is ignored, and named in `ignored`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from mock_api.console.conditions import CONDITIONS
from mock_api.domain.facts import Kind

COLUMNS = (
    "name",
    "kind",
    "datacenter",
    "public",
    "private",
    "os",
    "status",
    "boot",
    "since",
    "transaction",
)
STATUSES = ("running", "stopped", "processing", "reloading")
BUSY = "busy"
LONGEST_TEXT = 200
_LARGEST_PAGE = 10**6


@dataclass(frozen=True)
class ListQuery:
    """An empty text filters nothing. `datacenter` is one that the world has."""

    text: str = ""
    kind: str = ""
    datacenter: str = ""
    boot: str = ""
    status: str = ""
    sort: str = "name"
    descending: bool = False
    page: int = 1
    ignored: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """What a device must all show somewhere, in small letters."""
        return self.text.casefold().split()

    @property
    def is_filtered(self) -> bool:
        """Whether some devices are left out."""
        return bool(self.words or self.kind or self.datacenter or self.boot or self.status)

    def values(self) -> dict[str, str]:
        """The part of an address that asks for this."""
        given = {
            "q": self.text.strip(),
            "kind": self.kind,
            "datacenter": self.datacenter,
            "boot": self.boot,
            "status": self.status,
            "sort": "" if self.sort == "name" else self.sort,
            "order": "desc" if self.descending else "",
            "page": "" if self.page == 1 else str(self.page),
        }
        return {name: text for name, text in given.items() if text}

    def selection(self) -> str:
        """The same without the page, as a text: pages with another one cannot be compared."""
        return urlencode(replace(self, page=1).values())

    def on_page(self, page: int) -> ListQuery:
        """Another page of the same list."""
        return replace(self, page=page)

    def sorted_by(self, column: str) -> ListQuery:
        """The list sorted by a column; the other way round where it is sorted by it already."""
        return replace(
            self, sort=column, descending=self.sort == column and not self.descending, page=1
        )


def read_query(given: Mapping[str, str], datacenters: Collection[str]) -> ListQuery:
    """The query of an address; `shown` is the selection that the page number belongs to,
    where a part names it.
    """
    ignored: list[str] = []

    def choose(name: str, allowed: Collection[str], otherwise: str = "") -> str:
        text = given.get(name, "").strip()
        if text in allowed:
            return text
        if text:
            ignored.append(f"{name}={text[:40]}")
        return otherwise

    query = ListQuery(
        text=given.get("q", "")[:LONGEST_TEXT],
        kind=choose("kind", set(Kind)),
        datacenter=choose("datacenter", datacenters),
        boot=choose("boot", CONDITIONS),
        status=choose("status", (*STATUSES, BUSY)),
        sort=choose("sort", COLUMNS, "name"),
        descending=choose("order", ("asc", "desc")) == "desc",
    )
    page = _read_page(given.get("page", "").strip(), ignored.append)
    same = given.get("shown", query.selection()) == query.selection()
    return replace(query, page=page if same else 1, ignored=tuple(ignored))


def _read_page(text: str, ignore: Callable[[str], None]) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 20:
        return min(max(1, int(text)), _LARGEST_PAGE)
    if text:
        ignore(f"page={text[:40]}")
    return 1
