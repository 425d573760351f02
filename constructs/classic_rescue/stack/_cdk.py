"""The one door to CDK for Terraform: `cdktf`, or its successor `cdktn` when CLASSIC_RESCUE_CDK says
so.

Everything else in the project imports these names from here. The two libraries write the same JSON,
so changing the library changes no state (cdktf was archived on 2025-12-10). Never load both in one
process.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from classic_rescue.boot import environment
from classic_rescue.stack.failures import explain
from classic_rescue.stack.node import choose_node

LIBRARIES = ("cdktf", "cdktn")


def chosen_library(given: str | None) -> str:
    """The library to load; `cdktf` when nothing is given. Raises ValueError for an unknown name."""
    library = given or LIBRARIES[0]
    if library not in LIBRARIES:
        raise ValueError(
            f"{environment.CDK_LIBRARY}: {library!r} is not a library;"
            f" allowed: {', '.join(LIBRARIES)}; unset it for cdktf"
        )
    return library


LIBRARY = chosen_library(os.environ.get(environment.CDK_LIBRARY))
"""The library that this process uses."""

choose_node(os.environ, sys.executable)

import jsii  # noqa: E402 (it starts node, which had to be chosen first)
import jsii.errors  # noqa: E402 (the same)

try:  # the first that jsii unpacks: where it cannot, such as without a HOME, its words say why
    from constructs import Construct, IConstruct, IValidation, Node
except jsii.errors.JSIIError as problem:
    raise ImportError(f"constructs cannot be loaded: {explain(problem)}") from problem

if TYPE_CHECKING or LIBRARY == "cdktf":
    from cdktf import (
        App,
        CloudBackend,
        HttpBackend,
        IAnyProducer,
        IResolveContext,
        Lazy,
        LocalBackend,
        NamedCloudWorkspace,
        NamedRemoteWorkspace,
        PgBackend,
        RemoteBackend,
        S3Backend,
        TerraformElement,
        TerraformLocal,
        TerraformOutput,
        TerraformResource,
        TerraformStack,
        Testing,
        Token,
    )
else:
    from cdktn import (
        App,
        CloudBackend,
        HttpBackend,
        IAnyProducer,
        IResolveContext,
        Lazy,
        LocalBackend,
        NamedCloudWorkspace,
        NamedRemoteWorkspace,
        PgBackend,
        RemoteBackend,
        S3Backend,
        TerraformElement,
        TerraformLocal,
        TerraformOutput,
        TerraformResource,
        TerraformStack,
        Testing,
        Token,
    )

__all__ = [
    "LIBRARIES",
    "LIBRARY",
    "App",
    "CloudBackend",
    "Construct",
    "HttpBackend",
    "IAnyProducer",
    "IConstruct",
    "IResolveContext",
    "IValidation",
    "Lazy",
    "LocalBackend",
    "NamedCloudWorkspace",
    "NamedRemoteWorkspace",
    "Node",
    "PgBackend",
    "RemoteBackend",
    "S3Backend",
    "TerraformElement",
    "TerraformLocal",
    "TerraformOutput",
    "TerraformResource",
    "TerraformStack",
    "Testing",
    "Token",
    "chosen_library",
    "jsii",
]
