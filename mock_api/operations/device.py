"""What SoftLayer_Virtual_Guest and SoftLayer_Hardware_Server share (classic-api.md 1.4, 3, 6).

Calls that only move the device, such as rebootDefault, have no function here:
the states table names them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from mock_api.domain.audit import note_action
from mock_api.domain.errors import InvalidValue, Refused
from mock_api.domain.facts import NO_EDITS, Edits, read_tags
from mock_api.domain.world import DeviceView
from mock_api.operations.call import Call
from mock_api.operations.types.views import answers, tracking_id

EDITABLE = ("hostname", "domain", "notes")


def getObject(call: Call) -> DeviceView:
    """The device."""
    return call.view()


def createObject(call: Call) -> object:
    """Refused: the mock orders nothing."""
    raise Refused(call.world.labels.refusal("cannot_create"))


def deleteObject(call: Call) -> object:
    """Cancels the device, effective immediately (SLDN); refused unless the world allows it."""
    if not call.world.settings.cancel_allowed:
        raise Refused(call.world.labels.refusal("cannot_create"))
    note_action(call.world, call.device, call.user, name="event.cancel", at_s=call.look.now_s)
    call.world.cancelled.append(call.facts.id)
    return True


def editObject(call: Call) -> bool:
    """Changes host name, domain and notes. Raises InvalidValue for any other property."""
    template = cast(dict[str, object], call.arguments[0])
    for name, value in template.items():
        if name not in EDITABLE or not isinstance(value, str):
            allowed = ", ".join(EDITABLE)
            raise InvalidValue(
                f"Invalid value provided for '{name}': {value!r}. Allowed are texts for {allowed}."
            )
    call.device.edit(replace(NO_EDITS, **cast(dict[str, Any], template)), call.look.now_s)
    return True


def reloadOperatingSystem(call: Call) -> str:
    """Reloads the system: at once with a token or FORCE, otherwise answers a token.

    The configuration has no effect.
    """
    return call.reload("reloadOperatingSystem")


def reloadCurrentOperatingSystemConfiguration(call: Call) -> str:
    """As reloadOperatingSystem, without a configuration."""
    return call.reload("reloadCurrentOperatingSystemConfiguration")


def setTags(call: Call) -> bool:
    """Puts these tags, and no others, on the device; an empty text takes all off."""
    call.device.edit(Edits(tags=read_tags(cast(str, call.arguments[0]))), call.look.now_s)
    return True


def removeTags(call: Call) -> bool:
    """Takes these tags off the device; others stay."""
    gone = {tag.lower() for tag in read_tags(cast(str, call.arguments[0]))}
    kept = tuple(tag for tag in call.facts.tags if tag.lower() not in gone)
    call.device.edit(Edits(tags=kept), call.look.now_s)
    return True


def deleteTag(call: Call) -> bool:
    """Takes one tag off the device."""
    return removeTags(call)


def setUserMetadata(call: Call) -> list[str]:
    """Puts user data on the device, one text an attribute."""
    texts = cast(list[str], call.arguments[0])
    call.device.edit(Edits(user_data=tuple(texts)), call.look.now_s)
    return list(call.facts.user_data)


def getAttachedNetworkStorages(call: Call) -> list[object]:
    """The network storage: a world holds none."""
    return []


def getReverseDomainRecords(call: Call) -> list[DeviceView]:
    """The reverse DNS zone of the public address."""
    return [call.view()] if call.facts.public_ip else []


def getMetricTrackingObjectId(call: Call) -> int:
    """The id under which SoftLayer_Metric_Tracking_Object knows the device."""
    return tracking_id(call.facts)


def isPingable(call: Call) -> bool:
    """Whether the public address answers."""
    return call.facts.public_ip is not None and answers(call.view(), call.world.settings)


def isBackendPingable(call: Call) -> bool:
    """Whether the private address answers."""
    return answers(call.view(), call.world.settings)
