"""Every value from outside is refused where it is read, by its name and never by its text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from classic_rescue.api.errors import SettingsError
from classic_rescue.api.settings import Settings, read_settings
from classic_rescue.api.softlayer_file import read_softlayer_file, secrets_in_files

SECRET = "eyJSECRET0123456789"
ME = {"SL_USERNAME": "me", "SL_API_KEY": SECRET}
ENDPOINT = "https://api.softlayer.com/rest/v3.1/"


def read(environ: dict[str, str]) -> Settings:
    """The settings of an environment without a home."""
    settings = read_settings({"HOME": "/nonexistent", **environ})
    assert settings
    return settings


def refusal(environ: dict[str, str]) -> str:
    """What is said of a setting that cannot be used; the secret is not in it."""
    with pytest.raises(SettingsError) as caught:
        read(environ)
    assert SECRET not in str(caught.value)
    assert SECRET[:9] not in str(caught.value)
    return str(caught.value)


AWKWARD = {
    f"{SECRET}\n{SECRET}": "holds a line break",
    f"{SECRET}\r\nX-More: 1": "holds a line break",
    f"{SECRET}\u2028{SECRET}": "holds a line break",
    f"{SECRET}\x00": "holds a control character",
    f"{SECRET}\x1b[31m": "holds a control character",
    f"{SECRET}\udce9": "holds bytes that are not UTF-8",
    f"{SECRET}\u200b": "holds an invisible character",
    f"\ufeff{SECRET}": "holds an invisible character",
    f"{SECRET} {SECRET}": "holds white space",
    f"{SECRET}é": "holds a character outside ASCII",
    f"'{SECRET}'": "stands in quotation marks",
    f"\u201c{SECRET}\u201d": "stands in quotation marks",
    "  \n": "",
}


@pytest.mark.parametrize(("value", "words"), AWKWARD.items(), ids=map(repr, AWKWARD))
@pytest.mark.parametrize("name", ["SL_API_KEY", "IC_IAM_TOKEN"])
def test_a_secret_that_cannot_be_sent(name: str, value: str, words: str) -> None:
    """Named with what is wrong and what to give, never quoted."""
    before = ME if name == "SL_API_KEY" else {}
    said = refusal({**before, name: value})
    assert said.startswith(f"{name} {words}")
    assert "give the " in said


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("m\udce9", "holds bytes that are not UTF-8"),
        ("me\nyou", "holds a line break"),
        ("me:you", "holds a colon"),
        ("me\x7f", "holds a control character"),
        (" ", "is empty"),
    ],
)
def test_a_user_that_cannot_be_sent(value: str, words: str) -> None:
    """Basic authentication separates user and key by a colon, and a header has one line."""
    assert refusal({**ME, "SL_USERNAME": value}).startswith(f"SL_USERNAME {words}")


@pytest.mark.parametrize("around", ["{}\n", "  {}", "\t{}\r\n", "\u00a0{}"])
def test_white_space_around_a_value_is_left_out(around: str) -> None:
    """What `cat` and `echo` leave behind."""
    mine = read({name: around.format(value) for name, value in ME.items()})
    assert mine.credentials == read(ME).credentials
    token = read({"IC_IAM_TOKEN": around.format(SECRET)})
    assert token.credentials.authorization == f"Bearer {SECRET}"


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", "BEARER   ", " Bearer\u0020\u0020"])
def test_the_word_bearer_is_left_out(prefix: str) -> None:
    """In any case, as ibmcloud prints it or a header has it."""
    assert read({"IC_IAM_TOKEN": prefix + SECRET}).credentials.authorization == f"Bearer {SECRET}"


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "bearer  \n"])
def test_the_word_bearer_alone_is_no_token(value: str) -> None:
    """Nothing would be sent after it."""
    assert refusal({"IC_IAM_TOKEN": value}).startswith("IC_IAM_TOKEN holds no token")


def test_what_ibmcloud_prints_is_no_token() -> None:
    """`ibmcloud iam oauth-tokens` in a variable, whole: one line or two."""
    one = f"IAM token:  Bearer {SECRET}"
    assert refusal({"IC_IAM_TOKEN": one}) == (
        "IC_IAM_TOKEN holds white space; give the token alone"
    )
    assert refusal({"IC_IAM_TOKEN": f"{one}\nUAA token:  Bearer {SECRET}"}) == (
        "IC_IAM_TOKEN holds a line break; give the token alone"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://api.softlayer.com:abc/rest/v3.1/",
        "https://api.softlayer.com:99999/rest/v3.1/",
        "https://api.softlayer.com:0/rest/v3.1/",
        "https://api.softlayer.com:-1/rest/v3.1/",
        "https://[::1/rest/v3.1/",
        "https://api..softlayer.com/rest/v3.1/",
        f"https://{'x' * 64}.com/rest/v3.1/",
        "https:///rest/v3.1/",
        "https://api.softlayer.com/rest/v3.1/\nx",
        "https://api.softlayer.com/rest/v3.1/\udce9",
        "https://api.söftlayer.com/rest/v3.1/",
        "https://api.softlayer.com/rest/v3.1 /",
        f"https://me:{SECRET}@api.softlayer.com/",
        f"ftp://me:{SECRET}@api.softlayer.com/rest/v3.1/",
        f"https://me:{SECRET}@api.softlayer.com:abc/rest/v3.1/",
        f"https://api.softlayer.com/?key={SECRET}",
    ],
)
@pytest.mark.parametrize("way", ["--endpoint", "CLASSIC_RESCUE_ENDPOINT", "fleet file", "file"])
def test_an_endpoint_that_cannot_be_one(url: str, way: str, tmp_path: Path) -> None:
    """From wherever it comes: its source is named, with what is allowed."""
    environ = {"HOME": str(tmp_path), **ME}
    option = url if way == "--endpoint" else None
    fleet = url if way == "fleet file" else None
    if way == "file":
        text = f"[softlayer]\nendpoint_url = {url}\n"
        (tmp_path / ".softlayer").write_bytes(text.encode("utf-8", "surrogateescape"))
        way = "~/.softlayer"
    elif way == "CLASSIC_RESCUE_ENDPOINT":
        environ[way] = url
    with pytest.raises(SettingsError) as caught:
        read_settings(environ, endpoint=option, fleet=fleet)
    assert way in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:xx",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://",
        "http://[::1",
        f"socks5://me:{SECRET}@127.0.0.1:1080",
        f"{SECRET}://127.0.0.1:1080",
        f"http://me:{SECRET}@127.0.0.1:xx",
        f"http://me:{SECRET}\n@127.0.0.1:1",
        f"http://me:{SECRET}\udce9@127.0.0.1:1",
        f"http://me:{SECRET} x@127.0.0.1:1",
        f"me:{SECRET}@proxy..example.com:1",
    ],
)
@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "~/.softlayer"])
def test_a_proxy_that_cannot_be_one(url: str, name: str, tmp_path: Path) -> None:
    """Named by its variable or line, with what is allowed; its password is not quoted."""
    environ = {"HOME": str(tmp_path), **ME}
    if name == "~/.softlayer":
        text = f"[softlayer]\nproxy = {url}\n"
        (tmp_path / ".softlayer").write_bytes(text.encode("utf-8", "surrogateescape"))
    else:
        environ[name] = url
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    assert str(caught.value).startswith(name)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({"https_proxy": "http://a:1"}, "http://a:1"),
        ({"HTTPS_PROXY": " a:1\n"}, "http://a:1"),
        ({"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"}, "http://a:1"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b:1"}, None),
        ({"https_proxy": "http://u:p%40@a:1/path"}, "http://u:p%40@a:1"),
        ({"https_proxy": "http://a:1", "NO_PROXY": "*"}, None),
        ({"https_proxy": "http://a:xx", "NO_PROXY": "*"}, None),
        ({"https_proxy": "http://a:1", "no_proxy": "softlayer.com"}, None),
        ({"https_proxy": "http://a:1", "no_proxy": "example.com, .SoftLayer.com"}, None),
        ({"https_proxy": "http://a:1", "no_proxy": "api.softlayer.com:443"}, None),
        ({"https_proxy": "http://a:1", "no_proxy": "api.softlayer.com:80"}, "http://a:1"),
        ({"https_proxy": "http://a:1", "no_proxy": "", "NO_PROXY": "*"}, "http://a:1"),
        ({"https_proxy": "http://a:1", "no_proxy": "other.com", "NO_PROXY": "*"}, "http://a:1"),
    ],
)
def test_the_proxy_follows_the_rules_of_the_platform(
    environ: dict[str, str], proxy: str | None
) -> None:
    """Those of urllib, as curl and slcli have them: small letters first, hosts, domains, ports."""
    assert read({**ME, **environ}).proxy == proxy


def test_settings_show_no_proxy_password() -> None:
    """In a repr; and it is among what must be hidden, as written and as it is sent."""
    settings = read({**ME, "https_proxy": f"http://me:{SECRET}%21@a:1"})
    assert SECRET not in repr(settings)
    assert {f"{SECRET}!", f"{SECRET}%21"} <= set(settings.secrets)


FILES = {
    "empty": ("", "~/.softlayer is there, but holds no username and api_key"),
    "another section": ("[other]\nusername = me\n", "holds no username and api_key"),
    "half a pair": (
        "[softlayer]\nusername = me\napi_key =\n",
        "~/.softlayer, line 2: username is there, but api_key is missing or empty",
    ),
    "the other half": (
        f"[softlayer]\napi_key = {SECRET}\n",
        "~/.softlayer, line 2: api_key is there, but username is missing or empty",
    ),
    "nothing of use": ("[softlayer]\ntimeout = 5\n", "holds no username and api_key"),
    "no section": (f"api_key = {SECRET}\n", "line 1: it stands before any section"),
    "a section twice": (
        f"[softlayer]\nusername = me\n[softlayer]\napi_key = {SECRET}\n",
        "line 3: this section stands there twice",
    ),
    "a key twice": (
        f"[softlayer]\napi_key = x\napi_key = {SECRET}\n",
        "line 3: this key stands twice",
    ),
    "no value": (f"[softlayer]\nusername = me\n{SECRET}\n", "line 3: neither `key = value` nor"),
    "a comment behind": (
        f"[softlayer]\nusername = me\napi_key = {SECRET} ; mine\n",
        "~/.softlayer, line 3: api_key holds white space",
    ),
    "two lines": (
        f"[softlayer]\nusername = me\napi_key = {SECRET}\n  {SECRET}\n",
        "line 3: api_key holds a line break",
    ),
    "quotes": (
        f'[softlayer]\nusername = me\napi_key = "{SECRET}"\n',
        "line 3: api_key stands in quotation marks",
    ),
    "a NUL": (
        f"[softlayer]\nusername = me\napi_key = {SECRET}\0x\n",
        "line 3: api_key holds a control character",
    ),
    "a user with a control character": (
        f"[softlayer]\nusername = m\x1be\napi_key = {SECRET}\n",
        "line 2: username holds a control character",
    ),
    "a token of two lines": (
        f"[softlayer]\naccess_token = {SECRET}\n  {SECRET}\n",
        "line 2: access_token holds a line break",
    ),
} | {
    f"timeout {text}": (
        f"[softlayer]\nusername = me\napi_key = {SECRET}\ntimeout = {text}\n",
        "~/.softlayer, line 4: timeout is not usable; allowed: a number of seconds up to 3600",
    )
    for text in ("inf", "nan", "-1", "1e9", "soon", "5 s", "1e400")
}


@pytest.mark.parametrize(("text", "words"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    """It is named with its line; it never means the offline mock, and is never quoted."""
    (tmp_path / ".softlayer").write_text(text, encoding="utf-8")
    assert words in refusal({"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "text", ["\ufeff[softlayer]\n{}", "[softlayer]\r\n{}", "# x\n[softlayer]\n{}"]
)
def test_a_file_that_can_be_used(tmp_path: Path, text: str) -> None:
    """With the mark that editors of Windows write, their line ends, and comments."""
    pair = f"Username = me\nAPI_KEY: {SECRET}\ntimeout = 0\n"
    (tmp_path / ".softlayer").write_bytes(text.format(pair).encode())
    assert read({"HOME": str(tmp_path)}).credentials.authorization == (
        read(ME).credentials.authorization
    )


def test_a_percent_sign_is_a_percent_sign(tmp_path: Path) -> None:
    """slcli reads the file without placeholders, and so do we."""
    (tmp_path / ".softlayer").write_text(f"[softlayer]\nusername = me\napi_key = {SECRET}%(x)s%\n")
    assert f"{SECRET}%(x)s%" in read({"HOME": str(tmp_path)}).secrets


def test_the_place_of_a_key_is_known(tmp_path: Path) -> None:
    """File, line and key; a bare name for a variable."""
    (tmp_path / ".softlayer").write_text(f"[softlayer]\nusername = me\napi_key = {SECRET}\n")
    filed = read({"HOME": str(tmp_path)}).credentials
    assert (filed.source, filed.key_source) == ("~/.softlayer", "~/.softlayer, line 3: api_key")
    assert read(ME).credentials.key_source == "SL_API_KEY"
    assert SECRET not in repr(read_softlayer_file({"HOME": str(tmp_path)}))


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link", "link to itself", "locked"])
def test_a_file_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    """It is an error, and nothing waits for it."""
    place = tmp_path / ".softlayer"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "dangling link":
        place.symlink_to(tmp_path / "nowhere")
    elif kind == "link to itself":
        place.symlink_to(place)
    else:
        place.write_text("[softlayer]\n")
        place.chmod(0)
        if os.access(place, os.R_OK):
            pytest.skip("root reads everything")
    with pytest.raises(SettingsError, match=r"^~/\.softlayer "):
        read_settings({"HOME": str(tmp_path), **ME})
    assert secrets_in_files({"HOME": str(tmp_path)}) == ()


def test_no_home_is_no_file() -> None:
    """A home that is a file, or none at all."""
    for home in ({}, {"HOME": ""}, {"HOME": "/dev/null"}, {"HOME": "/nonexistent"}):
        assert read_settings(home) is None
