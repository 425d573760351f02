"""Every environment variable that the project reads or writes, a row each: `docs/reference.md`
prints the table.

No other module spells such a name: `tests/house` checks it. To add one, add a constant and its row.
Not here: what the tests read for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

# What users set.
FLEET = "CLASSIC_RESCUE_FLEET"
ENDPOINT = "CLASSIC_RESCUE_ENDPOINT"
TRUSTED_HOSTS = "CLASSIC_RESCUE_TRUSTED_HOSTS"
SL_USERNAME = "SL_USERNAME"
SL_API_KEY = "SL_API_KEY"
IAM_TOKEN = "IC_IAM_TOKEN"  # noqa: S105 the name of a variable
BACKEND = "CLASSIC_RESCUE_BACKEND"
BREAK_GLASS = "CLASSIC_RESCUE_BREAK_GLASS"
JOURNAL = "CLASSIC_RESCUE_JOURNAL"
REQUESTS_PER_SECOND = "CLASSIC_RESCUE_REQUESTS_PER_SECOND"
PG_CONNECTION = "PG_CONN_STR"
PG_HOST = "PGHOST"
PG_HOST_ADDRESS = "PGHOSTADDR"
PG_SERVICE = "PGSERVICE"
PG_SSL_MODE = "PGSSLMODE"
JOURNAL_TOKEN = "CLASSIC_RESCUE_JOURNAL_TOKEN"  # noqa: S105 the name of a variable
LOCKS = "CLASSIC_RESCUE_LOCKS"
NOTIFY_PREFIX = "CLASSIC_RESCUE_NOTIFY_"
PUSH_USER = "CLASSIC_RESCUE_PUSH_USER"
PUSH_PASSWORD = "CLASSIC_RESCUE_PUSH_PASSWORD"  # noqa: S105 the name of a variable
LABELS = "CLASSIC_RESCUE_LABELS"
CLOCK_SPEED = "CLASSIC_RESCUE_CLOCK_SPEED"
CDK_LIBRARY = "CLASSIC_RESCUE_CDK"
COMMAND = "CLASSIC_RESCUE_COMMAND"
HTTPS_PROXY = "HTTPS_PROXY"
HTTPS_PROXY_SMALL = "https_proxy"
NO_PROXY = "NO_PROXY"
NO_PROXY_SMALL = "no_proxy"
JSII_NODE = "JSII_NODE"
NO_COLOR = "NO_COLOR"
TERRAFORM_NAME = "TERRAFORM_BINARY_NAME"
TERRAFORM_CONFIG = "TF_CLI_CONFIG_FILE"
TERRAFORM_APPLY_OPTIONS = "TF_CLI_ARGS_apply"
TERRAFORM_DESTROY_OPTIONS = "TF_CLI_ARGS_destroy"

# What one part of the project tells another.
ORDER = "CLASSIC_RESCUE_ORDER"
FLEET_ENDPOINT = "CLASSIC_RESCUE_FLEET_ENDPOINT"
POLICY_MARK = "CLASSIC_RESCUE_POLICY"
EVENTS = "CLASSIC_RESCUE_EVENTS"
FILES = "CLASSIC_RESCUE_FILES"
CONDUCTOR = "CLASSIC_RESCUE_CONDUCTOR"
REVIEWED = "CLASSIC_RESCUE_REVIEWED"
DESTROY = "CLASSIC_RESCUE_DESTROY"
ASIDE = "CLASSIC_RESCUE_ASIDE"
CDKTF_OUTDIR = "CDKTF_OUTDIR"
CDKTF_CONTEXT = "CDKTF_CONTEXT_JSON"
CDKTF_HCL = "SYNTH_HCL_OUTPUT"
CHECKPOINT_OFF = "CHECKPOINT_DISABLE"
COMPLETE = "_CLASSIC_RESCUE_COMPLETE"
PYTHONPATH = "PYTHONPATH"
PYTHON_SAFE_PATH = "PYTHONSAFEPATH"
GIT_INDEX = "GIT_INDEX_FILE"
GIT_OBJECTS = "GIT_OBJECT_DIRECTORY"
GIT_MORE_OBJECTS = "GIT_ALTERNATE_OBJECT_DIRECTORIES"

# What the system and the CI services set.
PATH = "PATH"
HOME = "HOME"
TERM = "TERM"
CI = "CI"
GITHUB_ACTIONS = "GITHUB_ACTIONS"
GITHUB_ACTOR = "GITHUB_ACTOR"
GITHUB_API_URL = "GITHUB_API_URL"
GITHUB_EVENT_NAME = "GITHUB_EVENT_NAME"
GITHUB_EVENT_PATH = "GITHUB_EVENT_PATH"
GITHUB_REF_NAME = "GITHUB_REF_NAME"
GITHUB_REPOSITORY = "GITHUB_REPOSITORY"
GITHUB_RUN_ID = "GITHUB_RUN_ID"
GITHUB_SERVER_URL = "GITHUB_SERVER_URL"
GITHUB_SHA = "GITHUB_SHA"
GITHUB_TOKEN = "GITHUB_TOKEN"  # noqa: S105 the name of a variable
GITLAB_CI = "GITLAB_CI"
GITLAB_TOKEN = "GITLAB_TOKEN"  # noqa: S105 the name of a variable
GITLAB_USER = "GITLAB_USER_LOGIN"
GITLAB_API_URL = "CI_API_V4_URL"
GITLAB_COMMIT = "CI_COMMIT_SHA"
GITLAB_BRANCH = "CI_DEFAULT_BRANCH"
GITLAB_JOB_URL = "CI_JOB_URL"
GITLAB_REQUEST = "CI_MERGE_REQUEST_IID"
GITLAB_PIPELINE_URL = "CI_PIPELINE_URL"
GITLAB_PROJECT = "CI_PROJECT_ID"
JENKINS_URL = "BUILD_URL"
JENKINS_USER = "BUILD_USER_ID"
JENKINS_COMMIT = "GIT_COMMIT"


class Variable(NamedTuple):
    """One variable: who sets it and who reads it, in words.

    `is_for_users`: whether a person may set it.
    """

    name: str
    is_for_users: bool
    set_by: str
    read_by: str
    meaning: str


def variables() -> Iterator[Variable]:
    """The table, in the order of the constants. Made when it is asked for: no hook needs it."""
    for name, read_by, meaning in _USERS:
        yield Variable(name, is_for_users=True, set_by="a user", read_by=read_by, meaning=meaning)
    for name, set_by, read_by, meaning in _OTHERS:
        yield Variable(name, is_for_users=False, set_by=set_by, read_by=read_by, meaning=meaning)


_USERS = (
    (FLEET, "the commands, `main.py`", "the fleet file; without it `fleet.yaml`"),
    (ENDPOINT, "the commands, the hook", "the REST endpoint; `--endpoint` wins"),
    (
        TRUSTED_HOSTS,
        "the commands, the hook, `main.py`",
        "hosts, with commas between them, that may be given credentials although only the fleet"
        " file names them",
    ),
    (
        SL_USERNAME,
        "the commands, the hook",
        "the user of an API key; `apikey` for one of IBM Cloud",
    ),
    (SL_API_KEY, "the commands, the hook", "the API key. Secret"),
    (IAM_TOKEN, "the commands, the hook", "a bearer token instead of user and key. Secret"),
    (BACKEND, "the commands, `main.py`", "where Terraform keeps its state; wins over the file's"),
    (
        BREAK_GLASS,
        "the commands, `main.py`, the hook",
        "a reason sets the policy aside for one run",
    ),
    (
        JOURNAL,
        "the commands, the hook",
        "the journal's path or URL, `pg:SCHEMA` for a table in PostgreSQL, or `off` for none",
    ),
    (
        PG_CONNECTION,
        "the commands, the hook, Terraform",
        "the PostgreSQL of a `pg` backend, which holds the journal, too; without it the other PG"
        " variables. Secret",
    ),
    (PG_HOST, "the commands, the hook, Terraform", "its host; without any localhost"),
    (PG_HOST_ADDRESS, "the commands, the hook, Terraform", "its address"),
    (PG_SERVICE, "the commands, the hook, Terraform", "its section of a service file"),
    (
        PG_SSL_MODE,
        "the commands, the hook, Terraform",
        "how the connection is encrypted; without it `require`, as Terraform has it",
    ),
    (
        NOTIFY_PREFIX,
        "the commands",
        "with more of a name behind it: a URL, host, user or password that `notify:` in the fleet"
        " file names. Secret",
    ),
    (PUSH_USER, "`metrics`", "the user for a Pushgateway"),
    (PUSH_PASSWORD, "`metrics`", "the password for a Pushgateway. Secret"),
    (
        LOCKS,
        "the commands, the hook",
        "the folder of the locks and notes of devices; without it `/tmp/classic-rescue-UID`",
    ),
    (
        REQUESTS_PER_SECOND,
        "`deploy`, `destroy`, `apply`",
        "how many requests a second go to the service at most; without it"
        " `requests_per_second:` of the fleet file, or 45 of the 50 that it allows an account",
    ),
    (
        JOURNAL_TOKEN,
        "the hook, `status`, `history`",
        "the bearer token for a journal's URL. Secret",
    ),
    (LABELS, "the commands, the hook", "a JSON list of rows before those of the table of labels"),
    (CLOCK_SPEED, "the commands, the hook", "how many times as fast to wait; only with a mock"),
    (CDK_LIBRARY, "the constructs", "`cdktn` instead of `cdktf`"),
    (COMMAND, "the commands, the hook", "how to call the command line in printed advice"),
    (HTTPS_PROXY, "the commands, the hook", "the proxy for endpoints that are not on this machine"),
    (HTTPS_PROXY_SMALL, "the commands, the hook", "the same; it wins, also where it is empty"),
    (NO_PROXY, "the commands, the hook", "hosts and domains that need no proxy, or `*`"),
    (NO_PROXY_SMALL, "the commands, the hook", "the same; it wins, also where it is empty"),
    (JSII_NODE, "the commands, the constructs, jsii", "the path of node"),
    (NO_COLOR, "the commands", "anything: no colours and no live table"),
    (TERRAFORM_NAME, "the commands, cdktf", "the program: `terraform`, `tofu` or a path"),
    (
        TERRAFORM_CONFIG,
        "the commands, Terraform",
        "left out where its file does not exist: each call would warn",
    ),
    (
        TERRAFORM_APPLY_OPTIONS,
        "the commands, Terraform",
        "options of apply; the commands add theirs in front",
    ),
    (
        TERRAFORM_DESTROY_OPTIONS,
        "the commands, Terraform",
        "options of destroy; the commands add theirs in front",
    ),
)

_OTHERS = (
    (ORDER, "the stack's hooks, `leave`", "the hook", "the order as JSON: device, goal, timeout"),
    (FLEET_ENDPOINT, "the stack's hooks", "the hook", "the fleet file's `endpoint:`"),
    (
        POLICY_MARK,
        "the stack's hooks",
        "the hook",
        "the stack has a policy: one that is lost is noticed",
    ),
    (
        EVENTS,
        "`leave`",
        "the hook",
        "the file into which a hook tells its steps",
    ),
    (
        CONDUCTOR,
        "`deploy`, `destroy`, `apply`",
        "the stack's hooks",
        "the folder in which hooks meet the one process that carries out their orders",
    ),
    (
        REVIEWED,
        "`deploy`, `destroy`, `apply`",
        "the hook",
        "the file that tells which device and image a person has seen under each name",
    ),
    (DESTROY, "`destroy`", "`main.py`, the hook", "everything goes, so that no device only moves"),
    (
        ASIDE,
        "`drift`, `--reconcile`, `plan --only-returns` and its `apply`",
        "`main.py`",
        "the policy is not held against the file",
    ),
    (CDKTF_OUTDIR, "the commands", "cdktf", "the output folder"),
    (CDKTF_CONTEXT, "the commands", "cdktf", "the context of `cdktf.json`"),
    (CDKTF_HCL, "cdktf", "the constructs", "HCL output, which is refused"),
    (
        CHECKPOINT_OFF,
        "the commands, the Makefile",
        "Terraform, cdktf",
        "no look for newer versions",
    ),
    (
        COMPLETE,
        "the lines of `completion`",
        "the commands",
        "what a shell wants to have completed, and which one it is",
    ),
    (
        FILES,
        "`witness/start.sh`, in a rescue system",
        "scripts that run there",
        "the folder whose files are brought to the operator",
    ),
    (
        PYTHONPATH,
        "the stack's hooks, the mock's harness; the user",
        "Python, the commands, the constructs",
        "where the package is; hooks get no other entry, what commands start only absolute ones",
    ),
    (
        PYTHON_SAFE_PATH,
        "the Makefile, `.ci/setup.py`",
        "Python",
        "no module is taken from the folder that a program is started in",
    ),
    (GIT_INDEX, "`plan`, `apply`", "git", "an index of our own, so that a look leaves nothing"),
    (GIT_OBJECTS, "`plan`, `apply`", "git", "objects of our own, likewise"),
    (GIT_MORE_OBJECTS, "`plan`, `apply`", "git", "the repository's own objects"),
    (PATH, "the system", "the commands, the constructs", "where programs are looked for"),
    (HOME, "the system", "the commands, the hook", "`~/.softlayer`, as slcli has it"),
    (TERM, "the system", "the commands", "`dumb`: no colours and no live table"),
    (
        CI,
        "a CI service; the commands for cdktf",
        "the commands, the hook, cdktf",
        "true: no journal in the checkout",
    ),
    (GITHUB_ACTIONS, "GitHub", "the commands", "`true`: no offline mock, and no local state"),
    (GITHUB_ACTOR, "GitHub", "the hook", "who started the run, for the journal"),
    (GITHUB_API_URL, "GitHub", "`ci`", "the address of its API"),
    (
        GITHUB_EVENT_NAME,
        "GitHub",
        "the commands",
        "what started the run: in a pull request nobody is told",
    ),
    (GITHUB_EVENT_PATH, "GitHub", "`ci`", "the event, with the request's number"),
    (GITHUB_REF_NAME, "GitHub", "`ci`", "the branch"),
    (
        GITHUB_REPOSITORY,
        "GitHub",
        "the hook, `ci`",
        "the repository",
    ),
    (GITHUB_RUN_ID, "GitHub", "the hook, `ci`", "the run, for a link to it"),
    (
        GITHUB_SERVER_URL,
        "GitHub",
        "the hook, `ci`",
        "the server, for a link to the run",
    ),
    (GITHUB_SHA, "GitHub", "the hook, `ci`", "the commit"),
    (GITHUB_TOKEN, "the workflow", "`ci`", "the token of the job. Secret"),
    (GITLAB_CI, "GitLab", "the commands, `ci`", "`true`: as `GITHUB_ACTIONS`"),
    (GITLAB_TOKEN, "the project's settings", "`ci`", "an access token. Secret"),
    (GITLAB_USER, "GitLab", "the hook", "who started the run, for the journal"),
    (GITLAB_API_URL, "GitLab", "`ci`", "the address of its API"),
    (GITLAB_COMMIT, "GitLab", "the hook, `ci`", "the commit"),
    (GITLAB_BRANCH, "GitLab", "`ci`", "the default branch"),
    (GITLAB_JOB_URL, "GitLab", "the hook, `ci`", "the job's address"),
    (
        GITLAB_REQUEST,
        "GitLab",
        "`ci`, the commands",
        "the merge request's number; where it is set, nobody is told",
    ),
    (GITLAB_PIPELINE_URL, "GitLab", "the hook", "the pipeline's address, for the journal"),
    (GITLAB_PROJECT, "GitLab", "`ci`", "the project's number"),
    (JENKINS_URL, "Jenkins", "the hook", "the build's address, for the journal"),
    (JENKINS_USER, "Jenkins", "the hook", "who started the build, for the journal"),
    (JENKINS_COMMIT, "Jenkins", "the hook", "the commit, for the journal"),
)
