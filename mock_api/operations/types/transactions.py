"""Transactions (classic-api.md 3.1). Averages are minutes as texts, such as ".43"."""

from __future__ import annotations

from mock_api.operations.types.table import ApiType, date, local, one, value
from mock_api.operations.types.views import is_guest

_TX = "SoftLayer_Provisioning_Version1_Transaction"

TRANSACTION = ApiType(
    _TX,
    {
        "createDate": date("transaction.created_s"),
        "elapsedSeconds": local(lambda t, look: max(0, int(look.now_s - t.transaction.created_s))),
        "guestId": local(lambda t, look: t.device.facts.id if is_guest(t.device) else None),
        "hardwareId": local(lambda t, look: None if is_guest(t.device) else t.device.facts.id),
        "id": local("transaction.id"),
        "modifyDate": local(
            lambda t, look: look.date(t.transaction.ended_s or t.transaction.created_s)
        ),
        "statusChangeDate": local(
            lambda t, look: look.date(t.transaction.ended_s or t.transaction.created_s)
        ),
        "transactionGroup": one(f"{_TX}_Group", "transaction.label"),
        "transactionStatus": one(f"{_TX}_Status", "label"),
        "guest": one(
            "SoftLayer_Virtual_Guest", lambda t, look: t.device if is_guest(t.device) else None
        ),
        "hardware": one(
            "SoftLayer_Hardware", lambda t, look: None if is_guest(t.device) else t.device
        ),
    },
)

GROUP = ApiType(
    f"{_TX}_Group",
    {
        "name": local(lambda label, look: look.world.labels.name(f"{label}.group")),
        "averageTimeToComplete": local(
            lambda label, look: look.world.labels.name(f"{label}.average")
        ),
    },
)

STATUS = ApiType(
    f"{_TX}_Status",
    {
        "name": local(lambda label, look: look.world.labels.name(f"{label}.status")),
        "friendlyName": local(lambda label, look: look.world.labels.name(f"{label}.friendly")),
        "averageDuration": local(
            lambda label, look: look.world.labels.name(f"{label}.status_average")
        ),
    },
)

HISTORY = ApiType(
    f"{_TX}_History",
    {
        "id": local("transaction.id"),
        "transactionId": local("transaction.id"),
        "startDate": date("transaction.created_s"),
        "finishDate": local(lambda t, look: look.date(t.transaction.ended_s)),
        "guestId": local(lambda t, look: t.device.facts.id if is_guest(t.device) else None),
        "hardwareId": local(lambda t, look: None if is_guest(t.device) else t.device.facts.id),
        "hostId": value(lambda t, look: None),
        "transaction": one(_TX),
        "transactionStatus": one(f"{_TX}_Status", "label"),
    },
)

TYPES = (TRANSACTION, GROUP, STATUS, HISTORY)
