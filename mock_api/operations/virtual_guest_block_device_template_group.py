"""SoftLayer_Virtual_Guest_Block_Device_Template_Group: image templates (classic-api.md 2.1)."""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import ImageGroup
from mock_api.operations.call import Call

SERVICE = "SoftLayer_Virtual_Guest_Block_Device_Template_Group"


def getObject(call: Call) -> ImageGroup:
    """The image template."""
    return cast(ImageGroup, call.target)


def getPublicImages(call: Call) -> list[ImageGroup]:
    """The public image templates."""
    return [row for row in call.world.image_groups.values() if row.public]
