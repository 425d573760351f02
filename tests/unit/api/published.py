"""Errors of the classic API as they were published, a row each, and what each means.

`made_up` are texts that nobody has published: they stand for rows that exist in case. The sources
are those of `docs/classic-api.md`; where none names the status, 500 stands in for it.
"""

from __future__ import annotations

from typing import NamedTuple

from classic_rescue.api.words import Meant

PUBLIC = "SoftLayer_Exception_Public"
BASE = "SoftLayer_Exception"


class Published(NamedTuple):
    """One error: what it means, and the three things that the service says."""

    meant: Meant
    code: str
    text: str
    status: int = 500


PUBLISHED = (
    Published(
        Meant.OUTSTANDING, PUBLIC, "There is currently an outstanding transaction for this server."
    ),
    Published(
        Meant.OUTSTANDING,
        f"{BASE}_Hardware_Server_ActiveTransactionExists",
        "There is currently an outstanding transaction for this server.",
    ),
    Published(
        Meant.OUTSTANDING,
        f"{BASE}_Virtual_Guest_ActiveTransactionExists",
        "There is currently an outstanding transaction for this cloud instance.",
    ),
    Published(
        Meant.OUTSTANDING, PUBLIC, "Hardware db-1.example.com has an active transaction #310529980"
    ),
    Published(
        Meant.OUTSTANDING,
        PUBLIC,
        'Virtual Server "web-1.example.com" has an active transaction #237949008',
    ),
    Published(
        Meant.OUTSTANDING,
        f"{BASE}_Network_Storage_BlockingOperationInProgress",
        "Blocking operation in progress.",
    ),
    Published(
        Meant.LOCKOUT,
        PUBLIC,
        "Cannot issue command at this time.  A Remote management command has recently been issued"
        " for server something.something.xyz.",
    ),
    Published(
        Meant.RATE_LIMIT,
        f"{BASE}_WebService_RateLimitExceeded",
        "Rate limit of 50 requests for every 1 second(s) exceeded.",
    ),
    Published(Meant.SIGN_IN, PUBLIC, "Access Denied. ", 401),
    Published(Meant.SIGN_IN, f"{BASE}_InvalidLegacyToken", "Invalid authentication token."),
    Published(Meant.SIGN_IN, f"{BASE}_InvalidLegacyToken", "Invalid API token."),
    Published(Meant.SIGN_IN, BASE, "Invalid API token."),
    Published(Meant.SIGN_IN, BASE, "Invalid authentication token."),
    Published(Meant.SIGN_IN, PUBLIC, "Invalid username/password"),
    Published(Meant.SIGN_IN, PUBLIC, "Invalid login credentials provided."),
    Published(
        Meant.SIGN_IN,
        f"{BASE}_User_Customer_LoginFailed",
        "Invalid login credentials provided.",
    ),
    Published(Meant.SIGN_IN, f"{BASE}_EncryptedToken_Expired", "The token has expired."),
    Published(
        Meant.SIGN_IN, f"{BASE}_Account_Authentication_AccessTokenValidation", "Expired Token"
    ),
    Published(Meant.SIGN_IN, BASE, "Failed to exchange token"),
    Published(Meant.SIGN_IN, PUBLIC, "Unauthorized IP Address!"),
    Published(Meant.SIGN_IN, PUBLIC, "User account is currently Disabled"),
    Published(
        Meant.SIGN_IN,
        f"{BASE}_User_Customer_InvalidUserStatus",
        "User account is currently cancel_pending.",
    ),
    Published(
        Meant.SIGN_IN,
        f"{BASE}_User_Customer_AccountLocked",
        "Account has been locked for 30 minutes",
    ),
    Published(Meant.SIGN_IN, PUBLIC, "Account has been locked for 30 minutes."),
    Published(Meant.PERMISSION, PUBLIC, "You do not have permission to this service."),
    Published(Meant.PERMISSION, PUBLIC, "You do not have permission to verify server orders."),
    Published(
        Meant.PERMISSION,
        f"{BASE}_Hardware_Server_OperatingSystemReloadPermissionDenied",
        "You do not have permission to this service.",
    ),
    Published(
        Meant.PERMISSION,
        f"{BASE}_PermissionDenied",
        "You may not grant or deny device access to other users.",
    ),
    Published(Meant.PERMISSION, f"{BASE}_AccessDenied", "Access Denied."),
    Published(Meant.PERMISSION, PUBLIC, "Permission denied."),
    Published(Meant.PERMISSION, BASE, 'Access Denied. "Manage Server Monitoring" is required.'),
    Published(
        Meant.NOT_FOUND, f"{BASE}_ObjectNotFound", "Unable to find object with id of '1'.", 404
    ),
    Published(
        Meant.NOT_FOUND,
        f"{BASE}_ObjectNotFound",
        "Unable to find object with unknown identifier of '65e2'.",
        404,
    ),
    Published(
        Meant.NOT_POSSIBLE,
        PUBLIC,
        'Function ("BlockDeviceTemplateGroups1") is not a valid method for this service.',
    ),
    Published(Meant.NOT_POSSIBLE, PUBLIC, "Service does not exist", 404),
    Published(
        Meant.NOT_POSSIBLE,
        BASE,
        "Object does not exist to execute method on. (SoftLayer_Account::getVirtualGuests)",
    ),
    Published(Meant.NOT_POSSIBLE, BASE, "Method has not been implemented for this object type."),
    Published(Meant.NOT_POSSIBLE, f"{BASE}_WebService_BadRequest", "Bad request"),
    Published(
        Meant.NOT_POSSIBLE,
        f"{BASE}_InvalidValue",
        "The character @ must appear once and only once in an email address.",
    ),
    Published(
        Meant.NOT_POSSIBLE,
        f"{BASE}_WebService_ObjectMask",
        "Property 'powerState' not valid for 'SoftLayer_Hardware_Server'.",
    ),
    Published(
        Meant.NOT_POSSIBLE,
        f"{BASE}_Common_Parser",
        "Error on line 1 at column 254: Expected PROPERTY, got '''",
    ),
    Published(
        Meant.NOT_POSSIBLE,
        f"{BASE}_Hardware_Server_InvalidStatus",
        "This server status(STATUS) is not valid for this action.",
    ),
    Published(Meant.NOT_POSSIBLE, BASE, "This server status(DEPLOY) is not valid for this action."),
    Published(
        Meant.NOT_POSSIBLE,
        f"{BASE}_Virtual_Guest_AlreadyHalted",
        "Failed to halt guest as it has already been halted",
    ),
    Published(
        Meant.NOT_POSSIBLE,
        f"{BASE}_Virtual_Guest_AlreadyRunning",
        "Failed to start guest as it is already running",
    ),
    Published(
        Meant.NOT_POSSIBLE, BASE, "Unable to locate the management component for this server."
    ),
    Published(Meant.INTERNAL, PUBLIC, "Internal Error"),
    Published(Meant.INTERNAL, PUBLIC, "Internal Error", 200),
    Published(Meant.INTERNAL, BASE, "Internal Error"),
    Published(
        Meant.INTERNAL, BASE, "Unable to edit the object.  Please contact the system administrator."
    ),
    Published(Meant.INTERNAL, BASE, "An error has occurred while processing your request."),
)

MADE_UP = (
    Published(Meant.PERMISSION, PUBLIC, "You have no permission.", 403),
    Published(Meant.RATE_LIMIT, "", "Too many requests", 429),
    Published(Meant.RATE_LIMIT, f"{BASE}_RateLimitExceeded", "no words"),
    Published(
        Meant.RATE_LIMIT, PUBLIC, "Rate limit of 20 requests for every 1 second(s) exceeded."
    ),
    Published(Meant.INTERNAL, "", "Request Timeout", 408),
    Published(Meant.INTERNAL, "", "Bad Gateway", 502),
    Published(Meant.INTERNAL, "", "Service Unavailable", 503),
    Published(Meant.INTERNAL, "", "Gateway Time-out", 504),
    Published(Meant.INTERNAL, "", "Network connect timeout", 599),
    Published(Meant.INTERNAL, f"{BASE}_Network_Timeout", "no words"),
    Published(Meant.INTERNAL, PUBLIC, "The request timed out"),
    Published(Meant.INTERNAL, PUBLIC, "Timeout while talking to the host"),
    Published(Meant.INTERNAL, PUBLIC, "Gateway Time-out"),
    Published(Meant.OUTSTANDING, f"{BASE}_PreexistingTransaction", "no words"),
    Published(Meant.NOT_POSSIBLE, f"{BASE}_NotImplemented", "no words"),
    Published(Meant.NOT_POSSIBLE, f"{BASE}_NotSupported", "no words"),
    Published(Meant.LOCKOUT, PUBLIC, "Cannot issue command at this time."),
    Published(Meant.LOCKOUT, PUBLIC, "Remote management is not allowed for 20 minutes."),
    Published(Meant.LOCKOUT, PUBLIC, "Wait 20 minutes after the last reboot."),
    Published(Meant.LOCKOUT, PUBLIC, "A remote management request was sent recently."),
    Published(Meant.LOCKOUT, PUBLIC, "Wait before you use remote management again."),
    Published(Meant.LOCKOUT, PUBLIC, "This server was recently rebooted."),
)
"""What nobody has published, for the rows that are there in case."""
