"""Where Terraform keeps its state: every type, and no secret in any."""

from __future__ import annotations

import json

import pytest

from classic_rescue.fleet import (
    Backend,
    CloudBackend,
    FleetErrors,
    HttpBackend,
    LocalBackend,
    PgBackend,
    Problem,
    RemoteBackend,
    S3Backend,
    read_backend,
)
from classic_rescue.fleet.backends import BACKENDS, SECRETS
from tests.unit.fleet.asking import fleet_of, problems_of

GOOD: list[tuple[str, Backend]] = [
    ("local", LocalBackend(type="local")),
    ("{type: local}", LocalBackend(type="local")),
    ("pg", PgBackend(type="pg", schema="classic_rescue")),
    (
        "{type: pg, schema: ops, skip_schema_creation: true}",
        PgBackend(type="pg", schema="ops", skip_schema_creation=True),
    ),
    (
        "{type: s3, bucket: my-state, key_prefix: a/b/,"
        " region: eu-de, endpoint: 'https://a.b', use_path_style: on}",
        S3Backend(
            type="s3",
            bucket="my-state",
            key_prefix="a/b/",
            region="eu-de",
            endpoint="https://a.b",
            use_path_style=True,
        ),
    ),
    (
        "{type: http, address: 'https://s.example.com/{stack}', lock_method: PUT, retry_max: 0}",
        HttpBackend(
            type="http", address="https://s.example.com/{stack}", lock_method="PUT", retry_max=0
        ),
    ),
    (
        "{type: http, address: 'http://127.0.0.1:1/{stack}'}",
        HttpBackend(type="http", address="http://127.0.0.1:1/{stack}"),
    ),
    (
        "{type: cloud, organization: ops}",
        CloudBackend(type="cloud", organization="ops", workspace_prefix="classic-rescue-"),
    ),
    (
        "{type: remote, organization: ops, workspace_prefix: x-, hostname: tfe.example.com}",
        RemoteBackend(
            type="remote", organization="ops", workspace_prefix="x-", hostname="tfe.example.com"
        ),
    ),
]


@pytest.mark.parametrize(("text", "backend"), GOOD)
def test_every_type_is_read_from_file_and_environment(text: str, backend: Backend) -> None:
    """The same mapping, or the type alone, means the same in both places."""
    assert read_backend({"CLASSIC_RESCUE_BACKEND": text}) == backend
    assert fleet_of(f"backend: {text}\ndevices: {{}}").backend == backend


def test_json_in_the_environment_is_read() -> None:
    """What a CI system passes on is JSON more often than YAML."""
    environ = {
        "CLASSIC_RESCUE_BACKEND": json.dumps({"type": "s3", "bucket": "my-state", "encrypt": True})
    }
    assert read_backend(environ) == S3Backend(type="s3", bucket="my-state", encrypt=True)


@pytest.mark.parametrize(
    "environ", [{}, {"CLASSIC_RESCUE_BACKEND": ""}, {"CLASSIC_RESCUE_BACKEND": " \n"}]
)
def test_without_the_variable_there_is_none(environ: dict[str, str]) -> None:
    """Missing and empty are the same: the file decides."""
    assert read_backend(environ) is None


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(FleetErrors) as caught:
        read_backend({"CLASSIC_RESCUE_BACKEND": text})
    return caught.value.problems


BAD = [
    ("{type: s3}", "backend.bucket", "the name of a bucket"),
    ("s3", "backend.bucket", "missing"),
    ("{type: http}", "backend.address", "missing"),
    ("{type: cloud}", "backend.organization", "missing"),
    ("{}", "backend.type", "local, pg, s3, http, cloud, remote"),
    ("{schema: a}", "backend.type", "missing"),
    ("{type: gcs}", "backend.type", "no such type"),
    ("{type: 5}", "backend.type", "not a type of backend"),
    ("{type: [pg]}", "backend.type", "a list is not a type"),
    ("{type: }", "backend.type", "nothing is not a type"),
    ("postgres", "backend", "no such type"),
    ("[pg]", "backend", "a list is not a type"),
    ("null", "backend", "nothing is not a type"),
    ("{type: pg, schem: a}", "backend.schem", "did you mean `schema`?"),
    ("{type: local, path: x}", "backend.path", "unknown key"),
    ("{type: pg, schema: A B}", "backend.schema", "small letters"),
    ('{type: pg, schema: ""}', "backend.schema", "cannot be empty"),
    ("{type: pg, schema: 5}", "backend.schema", "in quotes"),
    ('{type: pg, schema: "a${b}"}', "backend.schema", "Terraform"),
    (
        "{type: s3, bucket: my-state, endpoint: 'http://s3.example.com'}",
        "backend.endpoint",
        "in the clear",
    ),
    ("{type: http, address: 'https://a/b'}", "backend.address", "share one state"),
    ("{type: http, address: 'http://a/{stack}'}", "backend.address", "in the clear"),
    (
        "{type: http, address: 'https://a/{stack}', lock_address: 'https://a/lock'}",
        "backend.lock_address",
        "{stack}",
    ),
    (
        "{type: http, address: 'https://a/{stack}', lock_method: lock}",
        "backend.lock_method",
        "LOCK",
    ),
    (
        "{type: http, address: 'https://a/{stack}', retry_max: -1}",
        "backend.retry_max",
        "from 0 to 100",
    ),
    ("{type: cloud, organization: a b}", "backend.organization", "letters"),
    ("{type: cloud, organization: a, hostname: 'a/b'}", "backend.hostname", "host name"),
    ("{type: pg, type: pg}", "backend.type", "given twice"),
    ("{type: !x pg}", "backend.type", "tags"),
    ("*x", "backend", "aliases"),
    ("{type: [", "", "not YAML"),
]


@pytest.mark.parametrize(("text", "field", "words"), BAD)
def test_a_wrong_backend_is_one_problem_in_both_places(text: str, field: str, words: str) -> None:
    """The environment's mistakes are told as the file's: field,
    what is wrong and what is allowed.
    """
    (problem,) = _problems(text)
    assert (problem.file, problem.field) == ("CLASSIC_RESCUE_BACKEND", field)
    assert words in str(problem)
    if field:
        (in_file,) = problems_of(f"devices: {{}}\nbackend: {text}\n")
        assert (in_file.line, in_file.field) == (2, field)
        assert (in_file.message, in_file.allowed, in_file.given) in [
            (problem.message, problem.allowed, problem.given),
            ("given twice: on line 2 and on line 2", problem.allowed, problem.given),
        ]


MINIMAL = {
    "local": {},
    "pg": {},
    "s3": {"bucket": "my-state"},
    "http": {"address": "https://a/{stack}"},
    "cloud": {"organization": "ops"},
    "remote": {"organization": "ops"},
}


@pytest.mark.parametrize(
    ("kind", "key", "variable"),
    [(kind, *item) for kind, keys in SECRETS.items() for item in keys.items()],
)
def test_a_secret_is_refused_with_the_variable_to_set(kind: str, key: str, variable: str) -> None:
    """Each known place for a secret says which environment variable Terraform reads instead,
    and shows nothing.
    """
    (problem,) = _problems(json.dumps({"type": kind, **MINIMAL[kind], key: "hunter2"}))
    assert problem.field == f"backend.{key}"
    assert problem.allowed == f"set {variable} instead"
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("kind", "key", "variables"),
    [
        ("pg", "conn_str", ["PG_CONN_STR", "PGPASSWORD"]),
        ("pg", "password", ["PGPASSWORD"]),
        ("s3", "access_key", ["AWS_ACCESS_KEY_ID"]),
        ("s3", "secret_key", ["AWS_SECRET_ACCESS_KEY"]),
        ("http", "username", ["TF_HTTP_USERNAME"]),
        ("http", "password", ["TF_HTTP_PASSWORD"]),
        ("cloud", "token", ["TF_TOKEN_app_terraform_io"]),
        ("remote", "token", ["TF_TOKEN_app_terraform_io"]),
    ],
)
def test_terraform_s_own_secret_options_are_known(
    kind: str, key: str, variables: list[str]
) -> None:
    """The table names the variables of Terraform's documentation."""
    assert all(variable in SECRETS[kind][key] for variable in variables)


def test_no_model_has_a_secret_option() -> None:
    """The table of secrets and the models do not overlap."""
    for kind, model in BACKENDS.items():
        options = {field.alias or name for name, field in model.model_fields.items()}
        assert not options & set(SECRETS[kind])
    assert set(SECRETS) == set(BACKENDS)


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "{type: hunter2}",
        "postgres://me:hunter2@db/state",
        "{type: 'postgres://me:hunter2@db/state'}",
        "{type: pg, schema: 'postgres://me:hunter2@db/state'}",
        "{type: http, address: 'https://me:hunter2@a/{stack}'}",
        "{type: http, address: 'https://a/{stack}?token=hunter2'}",
        "{type: pg, pasword: hunter2}",
        "{type: s3, bucket: 'my-state', endpoint: 'https://me:hunter2@a'}",
        '{type: pg, password: "hunter2',
    ],
)
def test_a_secret_in_the_wrong_place_is_never_shown(text: str) -> None:
    """Whatever is pasted where, the problem does not repeat it."""
    assert "hunter2" not in "\n".join(map(str, _problems(text)))
