"""Who may be given credentials, of what a fleet file names."""

from __future__ import annotations

import pytest

from classic_rescue.boot.trust import PUBLISHED_HOSTS, trusted_hosts, why_untrusted

TRUSTED = "CLASSIC_RESCUE_TRUSTED_HOSTS"


@pytest.mark.parametrize("host", sorted(PUBLISHED_HOSTS))
def test_the_service_itself_may(host: str) -> None:
    """Whatever the port and the spelling."""
    for url in (f"https://{host}/rest/v3.1/", f"https://{host.upper()}.:8443/x"):
        assert why_untrusted(url, {}) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/rest/v3.1/",
        "https://api.softlayer.com.evil.example/rest/v3.1/",
        "https://evil.example/api.softlayer.com/rest/v3.1/",
        "https://api.softlayer.com@evil.example/rest/v3.1/",
        "https://api.softlayer.com%2eevil.example/",
        "https://api-softlayer.com/",
        "https://xapi.softlayer.com/",
        "https://softlayer.com/",
        "https://{stack}.example/",
        "http://127.0.0.1:8080/rest/v3.1/",
        "http://localhost/rest/v3.1/",
        "http://[::1]:80/rest/v3.1/",
        "https:///rest/v3.1/",
    ],
)
def test_nobody_else_may(url: str) -> None:
    """And what would allow it is said. This machine is somebody else, too."""
    assert "gets no credentials" in why_untrusted(url, {})
    assert TRUSTED in why_untrusted(url, {})


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("state.example.com", "https://state.example.com/fleet-0"),
        ("a.example, State.Example.COM.", "https://STATE.example.com:8443/x"),
        ("a.example b.example\tc.example", "https://c.example/"),
        ("127.0.0.1", "http://127.0.0.1:5000/"),
        ("[::1]", "http://[::1]:5000/"),
        ("::1,localhost", "http://localhost/"),
    ],
)
def test_who_was_named_may(given: str, url: str) -> None:
    """Names and addresses, with commas or blanks between them."""
    assert why_untrusted(url, {TRUSTED: given}) == ""
    assert why_untrusted("https://evil.example/", {TRUSTED: given}) != ""


@pytest.mark.parametrize(
    "given", ["https://a.example", "a.example:443", "*", "*.example.com", "a/b", "ä.example", "-"]
)
def test_what_is_no_host_is_said(given: str) -> None:
    """A pattern or a URL must not look as if it worked."""
    with pytest.raises(ValueError, match=f"{TRUSTED}: .* is no host; allowed: names"):
        trusted_hosts({TRUSTED: given})


def test_no_variable_trusts_nobody() -> None:
    """Nor does an empty one."""
    assert trusted_hosts({}) == trusted_hosts({TRUSTED: " , "}) == frozenset()
