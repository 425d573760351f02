"""The desired state: the fleet file, its rules, and which stack each device belongs to."""

from __future__ import annotations

from classic_rescue.fleet.backends import (
    Backend,
    CloudBackend,
    HttpBackend,
    LocalBackend,
    PgBackend,
    RemoteBackend,
    S3Backend,
)
from classic_rescue.fleet.editor_schema import json_schema
from classic_rescue.fleet.entries import DeviceEntry, Fleet
from classic_rescue.fleet.errors import FleetErrors, Problem
from classic_rescue.fleet.load import parse_fleet, read_backend, read_fleet

__all__ = [
    "Backend",
    "CloudBackend",
    "DeviceEntry",
    "Fleet",
    "FleetErrors",
    "HttpBackend",
    "LocalBackend",
    "PgBackend",
    "Problem",
    "RemoteBackend",
    "S3Backend",
    "json_schema",
    "parse_fleet",
    "read_backend",
    "read_fleet",
]
