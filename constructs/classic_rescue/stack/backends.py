"""Where Terraform keeps the state of a stack: the fleet file's `backend` as a cdktf backend, one
place a stack.

No credential is ever written: each backend reads its own from the environment
(`fleet.backends.SECRETS` lists which).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from classic_rescue.stack import _cdk

# pydantic costs 0.1 s to import, and a stack without a fleet file does not need it.
if TYPE_CHECKING:
    from classic_rescue.fleet import backends

POSTGRES_NAME_LIMIT = 63
"""Longest name in bytes (NAMEDATALEN).

PostgreSQL cuts off the rest, so two stacks could share a state.
"""


def add_backend(
    stack: _cdk.TerraformStack, stack_id: str, backend: backends.Backend | None
) -> None:
    """Give the stack its backend; None is a local file.

    Raises ValueError for a place that cannot hold the state.
    """
    if backend is None or backend.type == "local":
        # Terraform runs in OUTDIR/stacks/ID, so this is beside OUTDIR: the project. cdktf's own
        # default is absolute.
        _cdk.LocalBackend(stack, path=f"../../../terraform.{stack_id}.tfstate")
    elif backend.type == "pg":
        _add_pg(stack, stack_id, backend)
    elif backend.type == "s3":
        _add_s3(stack, stack_id, backend)
    elif backend.type == "http":
        _add_http(stack, stack_id, backend)
    else:
        _add_workspace(stack, stack_id, backend)


def _add_pg(stack: _cdk.TerraformStack, stack_id: str, backend: backends.PgBackend) -> None:
    schema = f"{backend.schema_name}_{stack_id}"
    if len(schema.encode()) > POSTGRES_NAME_LIMIT:
        raise ValueError(
            f"backend.schema: {schema!r} is {len(schema.encode())} bytes long; allowed: up to"
            f" {POSTGRES_NAME_LIMIT}, the schema and the stack's name together"
        )
    state = _cdk.PgBackend(
        stack,
        conn_str="",
        schema_name=schema,
        skip_schema_creation=backend.skip_schema_creation,
        skip_table_creation=backend.skip_table_creation,
        skip_index_creation=backend.skip_index_creation,
    )
    # cdktf demands a connection string. None takes it out of the JSON, so that Terraform reads
    # PG_CONN_STR.
    state.add_override("conn_str", None)


def _add_s3(stack: _cdk.TerraformStack, stack_id: str, backend: backends.S3Backend) -> None:
    state = _cdk.S3Backend(
        stack,
        bucket=backend.bucket,
        key=f"{backend.key_prefix}{stack_id}.tfstate",
        region=backend.region,
        endpoints=None if backend.endpoint is None else {"s3": backend.endpoint},
        profile=backend.profile,
        dynamodb_table=backend.dynamodb_table,
        encrypt=backend.encrypt,
        use_path_style=backend.use_path_style,
        skip_credentials_validation=_not_amazon(backend, backend.skip_credentials_validation),
        skip_region_validation=_not_amazon(backend, backend.skip_region_validation),
        skip_requesting_account_id=_not_amazon(backend, backend.skip_requesting_account_id),
        skip_metadata_api_check=_not_amazon(backend, backend.skip_metadata_api_check),
        skip_s3_checksum=_not_amazon(backend, backend.skip_s3_checksum),
    )
    if backend.use_lockfile is not None:
        # cdktf 0.21 has no argument for it.
        state.add_override("use_lockfile", backend.use_lockfile)


def _not_amazon(backend: backends.S3Backend, flag: bool | None) -> bool | None:
    """The flag as given; without one, a service with its own
    endpoint is not asked for what only Amazon has.
    """
    return True if flag is None and backend.endpoint is not None else flag


def _add_http(stack: _cdk.TerraformStack, stack_id: str, backend: backends.HttpBackend) -> None:
    def for_stack(address: str | None) -> str | None:
        return address and address.replace("{stack}", quote(stack_id, safe=""))

    _cdk.HttpBackend(
        stack,
        address=backend.address.replace("{stack}", quote(stack_id, safe="")),
        lock_address=for_stack(backend.lock_address),
        unlock_address=for_stack(backend.unlock_address),
        update_method=backend.update_method,
        lock_method=backend.lock_method,
        unlock_method=backend.unlock_method,
        retry_max=backend.retry_max,
    )


def _add_workspace(
    stack: _cdk.TerraformStack,
    stack_id: str,
    backend: backends.CloudBackend | backends.RemoteBackend,
) -> None:
    workspace = f"{backend.workspace_prefix}{stack_id}"
    if backend.type == "cloud":
        _cdk.CloudBackend(
            stack,
            organization=backend.organization,
            hostname=backend.hostname,
            workspaces=_cdk.NamedCloudWorkspace(workspace),
        )
    else:
        _cdk.RemoteBackend(
            stack,
            organization=backend.organization,
            hostname=backend.hostname,
            workspaces=_cdk.NamedRemoteWorkspace(workspace),
        )
