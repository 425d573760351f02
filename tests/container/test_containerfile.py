"""What can be told of the Containerfile without building it; `make container` builds it."""

from __future__ import annotations

import re
import subprocess

from tests.container.containerfile import CONTAINERFILE, ROOT, settings, sources, stages, words


def test_the_bases_are_pinned_by_a_tag() -> None:
    """Never by what is the newest; the comment tells of the digest."""
    wheel, image = stages()
    assert (wheel.name, image.name) == ("wheel", "")
    assert wheel.base == image.base
    assert re.fullmatch(r"docker\.io/library/debian:[a-z]+-slim", image.base)
    assert "@sha256:" in CONTAINERFILE.read_text().partition("FROM")[0]


def test_it_runs_as_nobody_of_importance() -> None:
    """The last user is the one that is made, and nothing is installed after it."""
    *_, image = stages()
    assert image.last("USER") == "10001"
    names = [name for name, _ in image.steps]
    assert "RUN" not in names[names.index("USER") :]
    assert words(image.last("CMD"))[0] == "classic-rescue"


def test_everything_is_installed_as_locked() -> None:
    """With hashes, or from the wheel that it made; nothing by a name and an index alone."""
    (wheel, _) = stages()
    installs = [
        line
        for name, value in wheel.steps
        if name == "RUN"
        for line in value.split("&&")
        if " install " in line and "apt-get" not in line
    ]
    assert len(installs) == 2
    for line in installs:
        assert (
            "--require-hashes --requirement build.txt" in line or "--no-deps /wheel/*.whl" in line
        )
    assert settings(wheel.last("ENV"))["PYTHONSAFEPATH"] == "1"


def test_what_it_copies_is_committed_and_let_through() -> None:
    """And nothing else reaches the builder: no state, no key, no environment."""
    (wheel, image) = stages()
    assert list(sources(image)) == []
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert set(sources(wheel)) == allowed
    assert "*" in ignored
    tracked = ["git", "ls-files", "--error-unmatch", *allowed]
    subprocess.run(tracked, cwd=ROOT, check=True, capture_output=True)
