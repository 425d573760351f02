"""SoftLayer_Virtual_Disk_Image (classic-api.md 2.1)."""

from __future__ import annotations

from typing import cast

from mock_api.domain.facts import DiskImage
from mock_api.operations.call import Call

SERVICE = "SoftLayer_Virtual_Disk_Image"


def getObject(call: Call) -> DiskImage:
    """The disk image."""
    return cast(DiskImage, call.target)


def getPublicIsoImages(call: Call) -> list[DiskImage]:
    """The public ISO images; the same one has an id of its own in every data centre."""
    return [image for image in call.world.disk_images.values() if image.iso and image.public]
