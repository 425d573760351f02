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
from classic_rescue.fleet.policy_check import FileVerdict, check_policy, policy_notes, subject_of
from classic_rescue.fleet.trust import untrusted

__all__ = [
    "Backend",
    "CloudBackend",
    "DeviceEntry",
    "FileVerdict",
    "Fleet",
    "FleetErrors",
    "HttpBackend",
    "LocalBackend",
    "PgBackend",
    "Problem",
    "RemoteBackend",
    "S3Backend",
    "check_policy",
    "json_schema",
    "parse_fleet",
    "policy_notes",
    "read_backend",
    "read_fleet",
    "subject_of",
    "untrusted",
]
