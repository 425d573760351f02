"""SoftLayer_Tag (SP managers/tags.py). A tag exists as long as a device has it."""

from __future__ import annotations

from typing import cast

from mock_api.domain.errors import ObjectNotFound
from mock_api.domain.facts import Edits, read_tags
from mock_api.operations.call import Call
from mock_api.operations.types.tags import TAG_TYPES, TAGGED, Tag, TagType, account_tags, tags_named

SERVICE = "SoftLayer_Tag"


def getObject(call: Call) -> Tag:
    """The tag."""
    return cast(Tag, call.target)


def getAllTagTypes(call: Call) -> list[TagType]:
    """The kinds of object that can have tags."""
    return list(TAG_TYPES.values())


def getAttachedTagsForCurrentUser(call: Call) -> list[Tag]:
    """The tags that are on a device."""
    return account_tags(call.look)


def getUnattachedTagsForCurrentUser(call: Call) -> list[Tag]:
    """The tags that are on nothing: none, since a tag goes when the last device loses it."""
    return []


def getTagByTagName(call: Call) -> list[Tag]:
    """The tags of these names."""
    return tags_named(cast(str, call.arguments[0]), account_tags(call.look))


def setTags(call: Call) -> bool:
    """Puts these tags, and no others, on a device. Raises ObjectNotFound."""
    text, key, number = cast("tuple[str, str, int]", call.arguments)
    kind = TAGGED[key]
    if not call.user.sees(kind, number):
        raise ObjectNotFound(number)
    call.world.get_device(kind, number).edit(Edits(tags=read_tags(text)), call.look.now_s)
    return True
