"""SoftLayer_Search: devices and VLANs by words and by fields (SP managers/search.py)."""

from __future__ import annotations

from typing import cast

from mock_api.operations.call import Call
from mock_api.operations.searching import find
from mock_api.operations.types.search import SEARCHED, Found

SERVICE = "SoftLayer_Search"


def advancedSearch(call: Call) -> list[Found]:
    """What fits a search string. Raises Refused."""
    return find(cast(str, call.arguments[0]), call.look)


def search(call: Call) -> list[Found]:
    """The same: a simple phrase is a query of words."""
    return advancedSearch(call)


def getObjectTypes(call: Call) -> list[str]:
    """The types that can be searched for."""
    return list(SEARCHED)
