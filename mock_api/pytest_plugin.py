"""pytest plugin: the fixtures `mock_api` (in this process, fresh for each test)
and `mock_server` (a process).

pytest loads it in every project where the package is installed, so it imports nothing of the mock
before a test asks. docs/mock-pytest.md shows how to use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mock_api.harness import MockApi, MockServer, World

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
