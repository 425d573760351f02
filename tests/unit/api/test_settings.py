"""Which endpoint, as which user, and what half a configuration is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from classic_rescue.api.errors import SettingsError
from classic_rescue.api.settings import (
    PUBLIC_ENDPOINT,
    checked_endpoint,
    is_loopback,
    read_settings,
)

ME = {"SL_USERNAME": "me", "SL_API_KEY": "a-key-of-mine"}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose home has a file as slcli writes it, XML-RPC endpoint and all."""
    (tmp_path / ".softlayer").write_text(
        "[softlayer]\nusername = filed\napi_key = filed-key-0123\n"
        "endpoint_url = https://api.service.softlayer.com/xmlrpc/v3.1/\n"
        "timeout = 12\nproxy = http://proxy:3128\n"
    )
    return {"HOME": str(tmp_path)}


def test_nothing_configured_is_none() -> None:
    """Only then may a command use the offline mock."""
    assert read_settings({"HOME": "/nonexistent"}) is None


def test_the_environment_comes_before_the_file(home: dict[str, str]) -> None:
    """As slcli does it; the file's XML-RPC endpoint becomes the REST one."""
    filed = read_settings(home)
    assert filed
    assert filed.credentials.user == "filed"
    assert filed.endpoint == "https://api.service.softlayer.com/rest/v3.1/"
    assert (filed.timeout_s, filed.proxy) == (12.0, "http://proxy:3128")
    mine = read_settings({**home, **ME})
    assert mine
    assert (mine.credentials.user, mine.credentials.source) == ("me", "SL_USERNAME")


def test_the_endpoint_is_the_nearest_choice() -> None:
    """Command line, environment, fleet file, the public one; and it is known which."""
    one, two, three = (f"https://{host}.example.com/rest/v3.1/" for host in "abc")
    variable = {**ME, "CLASSIC_RESCUE_ENDPOINT": two}
    chosen = [
        read_settings(variable, endpoint=one, fleet=three),
        read_settings(variable, fleet=three),
        read_settings({**ME, "CLASSIC_RESCUE_TRUSTED_HOSTS": "c.example.com"}, fleet=three),
        read_settings(ME),
    ]
    assert [settings and (settings.endpoint, settings.endpoint_source) for settings in chosen] == [
        (one, "--endpoint"),
        (two, "CLASSIC_RESCUE_ENDPOINT"),
        (three, "fleet file"),
        (PUBLIC_ENDPOINT, "the public default"),
    ]


def test_kinds_of_credentials() -> None:
    """Classic key, IBM Cloud key under the name apikey, bearer token."""
    key = read_settings({"SL_USERNAME": "apikey", "SL_API_KEY": "ibm-cloud-key"})
    token = read_settings({"IC_IAM_TOKEN": "Bearer abc.def.ghi"})
    assert key
    assert key.credentials.authorization == "Basic YXBpa2V5OmlibS1jbG91ZC1rZXk="
    assert token
    assert token.credentials.authorization == "Bearer abc.def.ghi"


def test_no_secret_in_a_repr() -> None:
    """A traceback or a log of the settings shows no key."""
    assert "a-key-of-mine" not in repr(read_settings(ME))


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SL_USERNAME": "me"}, "SL_API_KEY is not; set both"),
        ({"SL_API_KEY": "k"}, "SL_USERNAME is not; set both"),
        ({"CLASSIC_RESCUE_ENDPOINT": PUBLIC_ENDPOINT}, "but no credentials: set SL_USERNAME"),
        ({**ME, "CLASSIC_RESCUE_ENDPOINT": "ftp://x/rest/v3.1/"}, "is not a REST endpoint"),
        ({**ME, "CLASSIC_RESCUE_ENDPOINT": "https://api.softlayer.com/"}, "is not a REST endpoint"),
        ({**ME, "CLASSIC_RESCUE_ENDPOINT": "http://api.softlayer.com/rest/v3.1/"}, "unencrypted"),
        (
            {**ME, "CLASSIC_RESCUE_ENDPOINT": "https://u:p@api.softlayer.com/rest/v3.1/"},
            "holds credentials",
        ),
    ],
)
def test_half_a_configuration_says_what_is_missing(environment: dict[str, str], words: str) -> None:
    """Never a guess, never a silent fallback."""
    with pytest.raises(SettingsError, match=words):
        read_settings({"HOME": "/nonexistent", **environment})


@pytest.mark.parametrize(
    "text", ["[softlayer\nusername=me", "username=me", "\xff\xfe", "[softlayer]\ntimeout = soon\n"]
)
def test_a_broken_file_is_named_without_its_text(tmp_path: Path, text: str) -> None:
    """The file may hold a key, so its lines are not quoted."""
    (tmp_path / ".softlayer").write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError) as caught:
        read_settings({"HOME": str(tmp_path), **ME})
    assert ".softlayer" in str(caught.value)
    assert "me" not in str(caught.value).replace("timeout", "").split()


def test_a_file_that_is_no_configuration_is_not_read_whole(tmp_path: Path) -> None:
    """The limit is said in a unit that people read."""
    (tmp_path / ".softlayer").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(SettingsError, match=r"is larger than 1 MiB"):
        read_settings({"HOME": str(tmp_path)})


def test_loopback_is_this_machine_only() -> None:
    """A name that begins like one is not one."""
    assert is_loopback("http://127.0.0.1:8/rest/v3.1/")
    assert is_loopback("http://localhost/rest/v3.1/")
    assert is_loopback("http://[::1]:8/rest/v3.1/")
    assert not is_loopback("http://127.0.0.1.example.com/rest/v3.1/")
    assert checked_endpoint("https://api.softlayer.com/rest/v3.1", "x").endswith("/rest/v3.1/")
