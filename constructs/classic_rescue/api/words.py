"""How the service words its errors: the one table of them, each row with its source.

A row matches by the end of the exception class, by words that must all stand in the text (whatever
the case, with runs of white space as one space), and by the HTTP status, as far as it names them.
The first row that matches counts, so the order matters:

1. classes that mean one thing, and the statuses of what stands between us and the service;
2. words of a failure: a text that has them says nothing for sure, whatever else it says;
3. words of a refusal.

Only what surely means that nothing was done is a refusal, and only in an error that has an
exception class of the service's own. What no row matches may be a refusal or a failure: only a look
at the device tells. The whole texts, and what is not known: `classic-api.md` 4.9 and 9.4.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Meant(StrEnum):
    """What an error of the service means. After each but the last, nothing was done."""

    OUTSTANDING = "outstanding"
    LOCKOUT = "lockout"
    RATE_LIMIT = "rate limit"
    SIGN_IN = "sign-in"
    PERMISSION = "permission"
    NOT_FOUND = "not found"
    NOT_POSSIBLE = "not possible"
    INTERNAL = "internal"


class Row(NamedTuple):
    """One row. `code` is an exception class or the end of one; empty, none or None match anything.

    `evidence` is how well it is known (`classic-api.md`), `source` names it as that page does.
    """

    meant: Meant
    code: str = ""
    words: tuple[str, ...] = ()
    status: int | None = None
    evidence: str = "assumed"
    source: str = ""

    @property
    def needs_class(self) -> bool:
        """Whether it counts only in an error of the service's own: each refusal but statuses that
        say by themselves that nothing was done.
        """
        return self.meant is not Meant.INTERNAL and self.status not in (401, 429)


_OWN = "SoftLayer_Exception"
"""How each exception class of the service begins (`classic-api.md` 4.7)."""

_SAME_AS_PUBLIC = "in case it is worded otherwise for other commands, or by now"

ROWS: tuple[Row, ...] = (
    # 1. Classes that mean one thing, and statuses.
    Row(
        Meant.RATE_LIMIT, "_WebService_RateLimitExceeded", evidence="recorded",
        source="SG session/session.go; softlayer-go #79",
    ),
    Row(Meant.RATE_LIMIT, "_RateLimitExceeded", source="in case it gets another class"),
    Row(Meant.RATE_LIMIT, status=429, source="RFC 6585; the class came with 500"),
    Row(Meant.INTERNAL, status=408, evidence="real_client", source="SG session.go isTimeout"),
    Row(Meant.INTERNAL, status=502, source="RFC 9110: the answer of a gateway"),
    Row(Meant.INTERNAL, status=503, source="RFC 9110: also after a time-out in between"),
    Row(Meant.INTERNAL, status=504, evidence="real_client", source="SG session.go isTimeout"),
    Row(Meant.INTERNAL, status=599, evidence="real_client", source="SG session.go isTimeout"),
    Row(
        Meant.INTERNAL, "_Network_Timeout", evidence="real_client",
        source="TF resource_ibm_lb_service.go",
    ),
    Row(
        Meant.OUTSTANDING, "_ActiveTransactionExists", evidence="recorded",
        source="RUNBOOK: guests, HTTP 500; SRC2019: bare metal",
    ),
    Row(
        Meant.OUTSTANDING, "_BlockingOperationInProgress", evidence="recorded",
        source="BOSH fixture, of storage: Blocking operation in progress.",
    ),
    Row(
        Meant.OUTSTANDING, "_PreexistingTransaction", evidence="documented",
        source="SRC2019, of subnets",
    ),
    Row(
        Meant.NOT_FOUND, "_ObjectNotFound", evidence="recorded",
        source="SRC article on exceptions; BOSH fixtures",
    ),
    Row(
        Meant.SIGN_IN, "_Account_Authentication_AccessTokenValidation", evidence="real_client",
        source="SG session/session.go: HTTP 500, renews the token",
    ),
    Row(
        Meant.SIGN_IN, "_EncryptedToken_Expired", evidence="recorded",
        source="SP fixture expiredToken.xml",
    ),
    Row(
        Meant.SIGN_IN, "_InvalidLegacyToken", evidence="recorded",
        source="BOSH; SP CLI/core.py",
    ),
    Row(
        Meant.SIGN_IN, "_User_Customer_LoginFailed", evidence="recorded",
        source="#783",
    ),
    Row(
        Meant.SIGN_IN, "_User_Customer_AccountLocked", evidence="documented",
        source="SRC2019",
    ),
    Row(
        Meant.SIGN_IN, "_User_Customer_InvalidUserStatus", evidence="documented",
        source="IKS cs_troubleshoot_clusters",
    ),
    Row(
        Meant.PERMISSION, "PermissionDenied", evidence="documented",
        source="SRC2019: also OperatingSystemReloadPermissionDenied; SP event_log_tests.py, #1905",
    ),
    Row(
        Meant.PERMISSION, "_AccessDenied", evidence="documented",
        source="SRC2019 Hardware_Server getObject",
    ),
    Row(
        Meant.SIGN_IN, status=401, evidence="recorded",
        source="SRC rest.md; terraform-provider-ibm #3, #269, #1115",
    ),
    Row(Meant.PERMISSION, status=403, source="RFC 9110: forbidden"),
    Row(
        Meant.NOT_POSSIBLE, "_WebService_BadRequest", evidence="documented",
        source="SRC article on exceptions",
    ),
    Row(
        Meant.NOT_POSSIBLE, "_InvalidValue", evidence="documented",
        source="SRC article on exceptions",
    ),
    Row(
        Meant.NOT_POSSIBLE, "_NotImplemented", evidence="documented",
        source="SRC article on exceptions; BOSH",
    ),
    Row(Meant.NOT_POSSIBLE, "_NotSupported", evidence="documented", source="SRC2019"),
    Row(Meant.NOT_POSSIBLE, "_WebService_ObjectMask", evidence="recorded", source="#568, #1088"),
    Row(Meant.NOT_POSSIBLE, "_Common_Parser", evidence="recorded", source="pull request #345"),
    Row(
        Meant.NOT_POSSIBLE, "_Server_InvalidStatus", evidence="documented",
        source="SRC2019 reloadOperatingSystem",
    ),
    Row(
        Meant.NOT_POSSIBLE, "_Virtual_Guest_AlreadyHalted", evidence="recorded",
        source="AGNOSTICD; a second program tests for the class",
    ),
    Row(
        Meant.NOT_POSSIBLE, "_Virtual_Guest_AlreadyRunning", evidence="real_client",
        source="AGNOSTICD tasks/start.yml",
    ),
    # 2. Words of a failure.
    Row(
        Meant.INTERNAL, words=("internal error",), evidence="recorded",
        source="SRC article on exceptions; SG session/rest.go; softlayer.github.io #119",
    ),
    Row(
        Meant.INTERNAL, words=("contact the system administrator",), evidence="recorded",
        source="terraform-provider-ibm #1519",
    ),
    Row(
        Meant.INTERNAL, words=("error has occurred while processing your request",),
        evidence="real_client", source="TF resource_ibm_lb_service_group.go",
    ),
    Row(Meant.INTERNAL, words=("timed out",), source="no source: a time-out in between"),
    Row(Meant.INTERNAL, words=("timeout",), source="no source: a time-out in between"),
    Row(Meant.INTERNAL, words=("time-out",), source="no source: a time-out in between"),
    # 3. Words of a refusal.
    Row(Meant.RATE_LIMIT, words=("rate limit", "exceeded"), source="its text, in another class"),
    Row(
        Meant.LOCKOUT, words=("remote management command", "recently been issued"),
        evidence="recorded", source="#196",
    ),
    Row(
        Meant.LOCKOUT, words=("cannot issue command at this time",), evidence="real_client",
        source="CLOUDSIM _send_reboot_server_cmd",
    ),
    Row(Meant.LOCKOUT, words=("remote management", "20 minutes"), source=_SAME_AS_PUBLIC),
    Row(Meant.LOCKOUT, words=("reboot", "20 minutes"), source=_SAME_AS_PUBLIC),
    Row(Meant.LOCKOUT, words=("remote management", "recent"), source=_SAME_AS_PUBLIC),
    Row(Meant.LOCKOUT, words=("remote management", "wait"), source=_SAME_AS_PUBLIC),
    Row(Meant.LOCKOUT, words=("recent", "reboot"), source=_SAME_AS_PUBLIC),
    Row(
        Meant.OUTSTANDING, words=("outstanding transaction",), evidence="recorded",
        source="SLDN bootToRescueLayer; RUNBOOK; CLOUDSIM looks for these two words",
    ),
    Row(
        Meant.OUTSTANDING, words=("has an active transaction",), evidence="documented",
        source="SRC2019 Monitoring_Agent: of both kinds of devices, with the transaction's id",
    ),
    Row(
        Meant.SIGN_IN, words=("invalid api token",), evidence="recorded",
        source="SP CLI/core.py, CLI/config/setup.py",
    ),
    Row(Meant.SIGN_IN, words=("invalid authentication token",), evidence="recorded", source="BOSH"),
    Row(
        Meant.SIGN_IN, words=("invalid username/password",), evidence="recorded",
        source="SP fixture invalidLogin.xml",
    ),
    Row(
        Meant.SIGN_IN, words=("invalid login credentials",), evidence="documented",
        source="SRC2019 getPortalLoginToken",
    ),
    Row(
        Meant.SIGN_IN, words=("failed to exchange token",), evidence="recorded",
        source="SRC FailedToExchangeToken.md: HTTP 500; the user's IBMid is not valid any more",
    ),
    Row(
        Meant.SIGN_IN, words=("unauthorized ip address",), evidence="documented",
        source="SRC2019 getPortalLoginToken: the user's list of addresses",
    ),
    Row(
        Meant.SIGN_IN, words=("user account is currently",), evidence="documented",
        source="SRC2019 getPortalLoginToken: the user is not active",
    ),
    Row(
        Meant.SIGN_IN, words=("account has been locked",), evidence="documented",
        source="SRC2019 getPortalLoginToken: for 30 minutes, after ten failures",
    ),
    Row(
        Meant.PERMISSION, words=("not have permission",), evidence="recorded",
        source="SLDN bootToRescueLayer; of orders, HTTP 500: TEMPLATES",
    ),
    Row(
        Meant.PERMISSION, words=("permission denied",), evidence="documented", source="SRC2019",
    ),
    Row(
        Meant.PERMISSION, words=("access denied.",), evidence="documented",
        source="SRC2019 Monitoring_Agent, with the name of what is required",
    ),
    Row(
        Meant.NOT_POSSIBLE, words=("is not a valid method for this service",),
        evidence="documented", source="SRC article on exceptions",
    ),
    Row(Meant.NOT_POSSIBLE, words=("service does not exist",), evidence="recorded", source="#947"),
    Row(
        Meant.NOT_POSSIBLE, words=("object does not exist to execute method on",),
        evidence="real_client", source="SG; TF",
    ),
    Row(
        Meant.NOT_POSSIBLE, words=("has not been implemented for this object type",),
        evidence="documented", source="SRC2019 Hardware rebootDefault and its relatives",
    ),
    Row(
        Meant.NOT_POSSIBLE, words=("is not valid for this action",), evidence="documented",
        source="SRC2019 reloadOperatingSystem: This server status(STATUS) …",
    ),
    Row(
        Meant.NOT_POSSIBLE, words=("unable to locate the management component",),
        evidence="documented", source="SRC2019 Hardware_Server getSensorData",
    ),
)  # fmt: skip


def meant_by(status: int, code: str, text: str) -> Row | None:
    """The first row that matches an error; None: nobody knows these words."""
    said = " ".join(text.casefold().split())
    is_own = code.startswith(_OWN)
    return next(
        (
            row
            for row in ROWS
            if (is_own or not row.needs_class)
            and code.endswith(row.code)
            and row.status in (None, status)
            and all(word in said for word in row.words)
        ),
        None,
    )
