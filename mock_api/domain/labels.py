"""Every name and refusal text that the API shows and the mock has to choose,
each with its evidence.

A world file overrides them under `labels`:
{"names": {KEY: TEXT}, "refusals": {KEY: {status, code, text}}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mock_api.domain.facts import Record


class Evidence(StrEnum):
    """How we know a thing; `assumed` means that nobody outside IBM has shown it."""

    RECORDED = "recorded"
    REAL_CLIENT = "real_client"
    DOCUMENTED = "documented"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Name:
    """A name that appears in answers."""

    text: str
    evidence: Evidence
    source: str


@dataclass(frozen=True)
class Refusal:
    """An error answer: HTTP status, SoftLayer exception class, text."""

    status: int
    code: str
    text: str
    evidence: Evidence
    source: str


PUBLIC = "SoftLayer_Exception_Public"
DENIED = "SoftLayer_Exception_PermissionDenied"
_REC = Evidence.RECORDED
_CLI = Evidence.REAL_CLIENT
_DOC = Evidence.DOCUMENTED
_ASS = Evidence.ASSUMED

NAMES: dict[str, Name] = {
    "guest_rescue.group": Name("Rescue Boot", _ASS, "classic-api.md 9.1"),
    "guest_rescue.average": Name("3.85", _ASS, "classic-api.md 9.1"),
    "guest_rescue.status": Name("RESCUE_BOOT", _ASS, "as on hardware; classic-api.md 9.1"),
    "guest_rescue.friendly": Name(
        "Rescue kernel is booting", _ASS, "as on hardware; classic-api.md 9.1"
    ),
    "guest_rescue.status_average": Name("1.78", _ASS, "classic-api.md 9.1"),
    "hardware_rescue.group": Name("Rescue Boot", _ASS, "classic-api.md 9.1"),
    "hardware_rescue.average": Name("9.6", _ASS, "classic-api.md 9.1"),
    "hardware_rescue.status": Name("RESCUE_BOOT", _REC, "classic-api.md 3.1, SC fixture"),
    "hardware_rescue.friendly": Name(
        "Rescue kernel is booting", _REC, "classic-api.md 3.1, SC fixture"
    ),
    "hardware_rescue.status_average": Name("1.78", _ASS, "classic-api.md 9.1"),
    "iso_mount.group": Name("Cloud ISO Setup", _ASS, "classic-api.md 9.2"),
    "iso_mount.average": Name("1.12", _ASS, "classic-api.md 9.2"),
    "iso_mount.status": Name("CLOUD_ISO_SETUP", _ASS, "classic-api.md 9.2"),
    "iso_mount.friendly": Name("Boot from image", _ASS, "classic-api.md 9.2"),
    "iso_mount.status_average": Name("1.12", _ASS, "classic-api.md 9.2"),
    "iso_unmount.group": Name("Cloud ISO Teardown", _REC, "classic-api.md 2.3, SC fixture"),
    "iso_unmount.average": Name(".43", _REC, "classic-api.md 2.3, SC fixture"),
    "iso_unmount.status": Name("CLOUD_ISO_TEARDOWN", _ASS, "classic-api.md 9.2"),
    "iso_unmount.friendly": Name("Unload image", _ASS, "classic-api.md 9.2"),
    "iso_unmount.status_average": Name(".43", _ASS, "classic-api.md 9.2"),
    "guest_reload.group": Name("OS Reload", _ASS, "the group on guests is not known"),
    "guest_reload.average": Name("15", _ASS, "no source"),
    "guest_reload.status": Name("INSTALL_OS", _ASS, "as on hardware"),
    "guest_reload.friendly": Name("Install OS", _ASS, "no source"),
    "guest_reload.status_average": Name("10", _ASS, "no source"),
    "hardware_reload.group": Name(
        "MS OS Reload", _DOC, "classic-api.md 3.1, BMD understanding-server-transaction.md"
    ),
    "hardware_reload.average": Name(
        "66", _ASS, "SLDN reloadOperatingSystem: at minimum 66 minutes"
    ),
    "hardware_reload.status": Name(
        "INSTALL_OS", _DOC, "classic-api.md 3.1, BMD understanding-server-transaction.md"
    ),
    "hardware_reload.friendly": Name("Install OS", _ASS, "no source"),
    "hardware_reload.status_average": Name("30", _ASS, "no source"),
    "reboot.group": Name("Reboot", _ASS, "classic-api.md 3.1: unknown whether reboots make one"),
    "reboot.average": Name("1", _ASS, "classic-api.md 3.1"),
    "reboot.status": Name("FINAL_REBOOT", _ASS, "classic-api.md 3.1, seen in provisioning"),
    "reboot.friendly": Name("Final Reboot", _ASS, "classic-api.md 3.1, seen in provisioning"),
    "reboot.status_average": Name("1.78", _ASS, "classic-api.md 3.1"),
    "complete.status": Name("COMPLETE", _REC, "classic-api.md 2.3"),
    "complete.friendly": Name("Complete", _REC, "classic-api.md 2.3"),
    "complete.status_average": Name("0", _REC, "classic-api.md 2.3"),
    "failed.status": Name("FAILED", _ASS, "no failed transaction was ever recorded"),
    "failed.friendly": Name("Failed", _ASS, "no failed transaction was ever recorded"),
    "failed.status_average": Name("0", _ASS, "no failed transaction was ever recorded"),
    "event.reboot": Name("Reboot", _REC, "classic-api.md 8, event names seen"),
    "event.power_on": Name("Power On", _REC, "classic-api.md 8, event names seen"),
    "event.power_off": Name("Power Off", _REC, "classic-api.md 8, event names seen"),
    "event.pause": Name("Pause", _ASS, "classic-api.md 9.8"),
    "event.resume": Name("Resume", _ASS, "classic-api.md 9.8"),
    "event.rescue": Name("Rescue", _ASS, "classic-api.md 9.8"),
    "event.iso_mount": Name("Boot From Image", _ASS, "classic-api.md 9.8"),
    "event.iso_unmount": Name("Unload Image", _ASS, "classic-api.md 9.8"),
    "event.reload": Name("OS Reload", _ASS, "classic-api.md 9.8"),
    "event.toggle_ipmi": Name("IPMI Toggle", _ASS, "only `IPMI Reset` was seen"),
    "event.cancel": Name("Cancel Service", _REC, "classic-api.md 8, event names seen"),
    "event.login": Name("Login Successful", _REC, "classic-api.md 8, event names seen"),
    "event.login_failed": Name("Login Failed", _REC, "classic-api.md 8, event names seen"),
    "event.view_password": Name(
        "View Password", _ASS, "no source: whether the portal notes it is not known"
    ),
    "reload.accepted": Name("OK", _CLI, "SP fixture reloadOperatingSystem"),
    "no_os": Name("No Operating System", _ASS, "no source"),
    "boot_mode": Name("HVM", _DOC, "classic-api.md 2.1: HVM or PV"),
    "boot_order": Name("c", _ASS, "classic-api.md 2.1: the format is not documented"),
    "ping.answers": Name(
        "PING {ip}: 1 packets transmitted, 1 received, 0% packet loss", _ASS, "no source"
    ),
    "ping.silent": Name(
        "PING {ip}: 1 packets transmitted, 0 received, 100% packet loss", _ASS, "no source"
    ),
    "device_status.reloading": Name("Reloading", _DOC, "classic-api.md 3.2, BMD device-status.md"),
    "device_status.running": Name("Running", _DOC, "classic-api.md 3.2, BMD device-status.md"),
    "device_status.stopped": Name("Stopped", _DOC, "classic-api.md 3.2, BMD device-status.md"),
    "device_status.processing": Name(
        "Processing", _DOC, "classic-api.md 3.2, BMD device-status.md"
    ),
    "image_type.SYSTEM": Name("System", _REC, "classic-api.md 2.1"),
    "image_type.DISK_CAPTURE": Name("Disk Image Capture", _REC, "classic-api.md 2.1"),
    "image_type.ISO": Name("ISO", _ASS, "classic-api.md 9.7"),
    "user_status.ACTIVE": Name("Active", _REC, "SP fixture SoftLayer_User_Customer"),
    "user_status.DISABLED": Name("Disabled", _DOC, "SLDN SoftLayer_User_Customer_Status"),
    "user_status.INACTIVE": Name("Inactive", _DOC, "SLDN SoftLayer_User_Customer_Status"),
    "user_status.PENDING": Name("Pending", _ASS, "classic-api.md 5.2 has the key alone"),
    "user_status.SUSPENDED": Name("Suspended", _ASS, "classic-api.md 5.2 has the key alone"),
    "user_status.IAMID_INVALID": Name(
        "IAM Id Invalid", _ASS, "classic-api.md 5.2 has the key alone"
    ),
    "user_status.CANCEL_PENDING": Name(
        "Cancel Pending", _ASS, "classic-api.md 5.2 has the key alone"
    ),
    "user_status.VPN_ONLY": Name("VPN Only", _DOC, "SLDN SoftLayer_User_Customer_Status"),
}


def _public(text: str, evidence: Evidence, source: str) -> Refusal:
    """The class and status that most refusals have."""
    return Refusal(500, PUBLIC, text, evidence=evidence, source=source)


def _denied(text: str, evidence: Evidence, source: str) -> Refusal:
    """What the caller may not do at all."""
    return Refusal(500, DENIED, text, evidence=evidence, source=source)


REFUSALS: dict[str, Refusal] = {
    "outstanding": _public(
        "There is currently an outstanding transaction for this server.", _DOC,
        "SLDN bootToRescueLayer (classic-api.md 4.7); OS reloads have a class of their own",
    ),
    "permission": _public(
        "You do not have permission to this service.", _DOC,
        "SLDN bootToRescueLayer (classic-api.md 4.7)",
    ),
    "lockout": _public(
        "Cannot issue command at this time.  A Remote management command"
        " has recently been issued for server {name}.", _REC,
        "class and text: softlayer-python #196 (classic-api.md 1.4); it does not show the status",
    ),
    "bad_image": Refusal(
        404, "SoftLayer_Exception_ObjectNotFound", "Unable to find object with id of '{id}'.",
        evidence=_ASS, source="classic-api.md 9.4",
    ),
    "not_an_iso": _public(
        "The disk image '{id}' is not a bootable ISO image.", _ASS, "classic-api.md 9.4",
    ),
    "other_datacenter": _public(
        "The disk image '{id}' is not in the data center of this server.", _ASS,
        "classic-api.md 2.4, 9.4",
    ),
    "already_mounted": _public(
        "An image is already mounted on this server.", _ASS, "classic-api.md 9.4",
    ),
    "not_mounted": _public("There is no image mounted on this server.", _ASS, "classic-api.md 9.4"),
    "rescue_memory": _public(
        "Servers with more than 128 GB of memory cannot boot into rescue mode.", _ASS,
        "the limit: classic-api.md 1.3; its text: classic-api.md 9.4",
    ),
    "rescue_windows": _public(
        "Windows servers cannot boot into the rescue layer.", _ASS, "classic-api.md 1.3, 9.4",
    ),
    "rescue_coreos": _public(
        "CoreOS servers cannot boot into the rescue layer.", _ASS, "classic-api.md 1.3, 9.4",
    ),
    "bad_search": Refusal(
        500, PUBLIC, "The search string cannot be understood: '{id}'.", evidence=_ASS,
        source="how the service words it is unknown",
    ),
    "bad_reload_token": Refusal(
        500, "SoftLayer_Exception_Hardware_Server_InvalidReloadToken",
        "The reload token is not valid.", evidence=_ASS,
        source="the class on hardware: SRC2019; its text, and both on guests, unknown",
    ),
    "cannot_create": _public(
        "This mock orders and cancels nothing: devices are only in its world file"
        " (the setting cancel_allowed lets deleteObject cancel).", _ASS,
        "the real API would order or cancel; the mock must not look as if it had",
    ),
    "not_running": _public(
        "This server must be Running to be paused.", _ASS, "the rule: SLDN pause; its text unknown",
    ),
    "not_suspended": _public(
        "This server must be Suspended to be resumed.", _ASS,
        "the rule: SLDN resume; its text unknown",
    ),
    # Users: class and text as SLDN's method pages give them; no source gives an HTTP status.
    "login_inactive": Refusal(
        401, PUBLIC, "Access Denied. ", evidence=_ASS,
        source="as a wrong key; no source names this case",
    ),
    "access_master": _denied(
        "You may not grant or deny Master User device access.", _DOC, "SLDN addHardwareAccess",
    ),
    "access_self": _denied(
        "You may not grant or deny yourself device access.", _DOC, "SLDN addHardwareAccess",
    ),
    "access_other": _denied(
        "You may not grant or deny device access to other users.", _DOC, "SLDN addHardwareAccess",
    ),
    "access_parent.hardware": _public(
        "You may not add hardware permissions that the parent does not possess to this account.",
        _DOC, "SLDN addHardwareAccess",
    ),
    "access_parent.virtual_guest": _public(
        "You may not add Virtual Server permissions"
        " that the parent does not possess to this account.",
        _DOC, "SLDN addVirtualGuestAccess",
    ),
    "access_parent.dedicated_host": _public(
        "You may not add dedicated host permissions"
        " that the parent does not possess to this account.",
        _DOC, "SLDN addDedicatedHostAccess",
    ),
    "access_unknown.hardware": _public(
        "Please specify a valid hardware id.", _DOC, "SLDN addHardwareAccess",
    ),
    "access_unknown.virtual_guest": _public(
        "Please specify a valid Virtual Server id.", _DOC, "SLDN addVirtualGuestAccess",
    ),
    "access_unknown.dedicated_host": _public(
        "Please specify a valid dedicated host id.", _DOC, "SLDN addDedicatedHostAccess",
    ),
    "permission_add_self": _public(
        "You may not add permissions to your account.", _DOC, "SLDN addPortalPermission",
    ),
    "permission_remove_self": _public(
        "You may not remove permissions from your account.", _DOC, "SLDN removePortalPermission",
    ),
    "permission_add_other": _public(
        "You may not add permissions to this account.", _DOC, "SLDN addPortalPermission",
    ),
    "permission_remove_other": _public(
        "You may not remove permissions from this account.", _DOC, "SLDN removePortalPermission",
    ),
    "permission_no_key": _public(
        "Please specify a permission key name.", _DOC, "SLDN addPortalPermission",
    ),
    "permission_unknown": _public(
        "Unable to locate a permission with the key name {id}.", _DOC, "SLDN addPortalPermission",
    ),
    "permission_parent": _public(
        "You may not add permissions that the parent does not possess to this account.", _ASS,
        "the rule: classic-api.md 5.2; worded as for devices",
    ),
    "permission_children": _public(
        "Unable to remove user permission {id}.", _ASS,
        "the rule: SLDN removePortalPermission; the text is the one for what could not be removed",
    ),
    "key_exists": _public(
        "This user already has an API authentication key.", _ASS,
        "the rule: SLDN addApiAuthenticationKey (one key a user); its text unknown",
    ),
    "user_edit_other": _denied(
        "Access Denied.", _ASS, "the rule: classic-api.md 5.2; no source gives class and text",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class RefusalText(Record):
    """A world's override of a refusal; what is left out stays as it is."""

    status: int | None = None
    code: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Labels(Record):
    """A world's overrides of the tables above."""

    names: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, RefusalText] = field(default_factory=dict)

    def name(self, key: str) -> str:
        """The text of a name."""
        return self.names.get(key) or NAMES[key].text

    def refusal(self, key: str) -> Refusal:
        """The refusal as this world words it."""
        base = REFUSALS[key]
        over = self.refusals.get(key, RefusalText())
        return Refusal(
            over.status or base.status,
            over.code or base.code,
            over.text or base.text,
            evidence=base.evidence,
            source=base.source,
        )
