"""pytest plugin: the fixtures `mock_api` (in this process, fresh for each test), `mock_server` (a
process) and `real_device` (a device with a real machine behind it).

pytest loads it in every project where the package is installed, so it imports nothing of the mock
before a test asks. docs/mock-pytest.md shows how to use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mock_api.harness import MockApi, MockServer, RealDevice, World

MARKER = (
    "mock_api(world=None, **settings): the world (a file or its values)"
    " and settings of this test's `mock_api`"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of pytest.ini, pyproject.toml or setup.cfg."""
    parser.addini(
        "mock_api_world",
        "world file of the fixtures mock_api and mock_server (default: the demo world)",
    )
    parser.addini(
        "mock_api_server_speed",
        "virtual seconds a real second of mock_server (default: 0, it stands still)",
    )
    parser.addini(
        "mock_api_machines",
        "folder for the images and disks of real_device (default: in pytest's cache)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def mock_api_world(pytestconfig: pytest.Config) -> World:
    """The world of both fixtures: the file of the option `mock_api_world`,
    or None for the demo world.

    Override it to give another one: a path,
    or the values of a world such as {"account": {"id": 1}, "guests": [{}]}.
    """
    given = str(pytestconfig.getini("mock_api_world") or "")
    base = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
    return base / Path(given) if given else None


@pytest.fixture
def mock_api(request: pytest.FixtureRequest, mock_api_world: World) -> MockApi:
    """A fresh mock of the classic API in this process: no port,
    and time stands still until the test moves it.
    """
    from mock_api.harness import MockApi

    marker = request.node.get_closest_marker("mock_api")
    options = {"world": mock_api_world, **(marker.kwargs if marker else {})}
    return MockApi(**options)


@pytest.fixture(scope="session")
def mock_server(pytestconfig: pytest.Config, mock_api_world: World) -> Iterator[MockServer]:
    """A mock of the classic API on a free port,
    one for all tests of this process (with xdist: one a worker).

    Tests share it: call `mock_server.reset()` first.
    """
    from mock_api.harness import MockServer

    with MockServer(
        mock_api_world, float(str(pytestconfig.getini("mock_api_server_speed") or 0))
    ) as server:
        yield server


@pytest.fixture(scope="session")
def mock_api_machines(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder with the images of real machines; they are built where they are missing. Skips
    where this computer lacks the programs for them.
    """
    from mock_api.machines.images import PACKAGES, are_built, build, missing

    if lacking := missing():
        pytest.skip(
            f"a real device needs {', '.join(lacking)}; on Debian: sudo apt-get install -y"
            f" --no-install-recommends {PACKAGES}"
        )
    given = str(pytestconfig.getini("mock_api_machines") or "")
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)
    if given:
        folder = Path(given)
    elif cache is not None:
        folder = cache.mkdir("mock_api_machines")
    else:  # this project keeps none
        folder = tmp_path_factory.mktemp("mock_api_machines")
    if not are_built(folder / "images"):
        build((folder / "images").absolute(), lambda text: None)
    return folder.absolute()


@pytest.fixture
def real_device(mock_api_machines: Path, tmp_path: Path) -> Iterator[RealDevice]:
    """A virtual server with a real machine in QEMU behind it, with a disk of its own for each test.
    It takes some seconds to come up.
    """
    from mock_api.harness import RealDevice

    folder = tmp_path / "real_device"
    folder.mkdir()
    (folder / "images").symlink_to(mock_api_machines / "images")
    with RealDevice(folder) as device:
        yield device
