"""What a person must know when the service does not accept who signs in."""

from __future__ import annotations

from classic_rescue.api.errors import SignInRefused
from classic_rescue.api.settings import Credentials


def explain_sign_in(problem: SignInRefused, credentials: Credentials) -> str:
    """That the user or the key is wrong, from where each came, and what to check."""
    said = f"the service said: {problem.text or 'nothing'} (HTTP {problem.status})"
    if credentials.is_token:
        return (
            f"{problem.call}: the bearer token of {credentials.key_source} is wrong or has expired;"
            f" {said}. A token lasts an hour; `ibmcloud iam oauth-tokens` prints a new one"
        )
    kind = (
        "that the user `apikey` goes with an API key of IBM Cloud (IAM)"
        if credentials.user == "apikey"
        else "that the key is this user's classic API key (with one of IBM Cloud the user is"
        " `apikey`)"
    )
    return (
        f"{problem.call}: the user or the key is wrong: user {credentials.user} of"
        f" {credentials.source}, key of {credentials.key_source}; {said}. Check {kind}, that it"
        " was copied whole and still exists, and that the user is active and may sign in from"
        " this address"
    )
