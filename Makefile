# The only way to run anything here; `make` alone lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
LOCAL := $(PY) -m deploy.local
MANIFESTS := pyproject.toml shared/pyproject.toml $(foreach s,customers billing payments collections ingestion,services/$(s)/pyproject.toml) gateway/pyproject.toml

# Tests running side by side; those that kill servers run alone, afterwards.
PYTEST_WORKERS ?= 2
# More words for pytest, as in `make test ARGS="services/billing -k due"`.
ARGS ?=
SERVICE ?= billing
ID ?=
PROFILE ?= run

##@ Use it
.PHONY: demo run down status logs
demo: setup console ## From an empty machine to reactivated lines, with a summary (under 3 minutes)
	$(LOCAL) demo $(ARGS)

run: setup console ## Start everything and show its logs; DETACH=1 returns when it is up
	$(LOCAL) run $(if $(DETACH),--detach)

down: ## Stop everything; data stays in .state
	@if [ -x $(PY) ]; then $(LOCAL) down; fi

status: python ## What runs, on which ports
	@$(LOCAL) status

logs: python ## The logs of what runs (ARGS="billing-worker --follow")
	@$(LOCAL) logs $(ARGS)

##@ Look into it
.PHONY: verify dead replay trace
verify: python ## Compare the services' books with each other, print every difference
	$(LOCAL) verify $(ARGS)

dead: python ## List dead letters (SERVICE=billing)
	@$(LOCAL) as $(SERVICE)-worker -- $(PY) -m shared.bus.replay list

replay: python ## Replay dead letters (SERVICE=billing, ID="one two", none = all)
	@$(LOCAL) as $(SERVICE)-worker -- $(PY) -m shared.bus.replay replay $(ID)

trace: python ## Follow one request through every hop (ID=a trace id, or a part of a path or id)
	@$(LOCAL) as gateway -- $(PY) -m shared.trace "$(ID)"

##@ Change it
.PHONY: test unit bench fmt lint types imports docs docs-check lock lock-check check
test: setup ## All tests, on private servers (ARGS=... narrows, PYTEST_WORKERS=n)
	$(PY) -m deploy.local.tests --workers $(PYTEST_WORKERS) -- $(ARGS)

unit: python ## The tests that need no server
	$(PY) -m pytest -q -m "not integration and not flow and not fault and not e2e" $(ARGS)

bench: setup ## Every claim of speed, measured; results in benchmarks/results
	$(PY) -m benchmarks $(ARGS)

fmt: python ## Format, and repair what can be repaired
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lint: python ## Style
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: python ## Types, strictly
	.venv/bin/mypy

imports: python ## Who may import whom
	.venv/bin/lint-imports --no-logo

docs: python ## Render docs/flow.md, docs/asyncapi.yaml, schemas and gateway/openapi.json
	$(PY) -m shared.contracts.render
	$(PY) -m gateway.openapi

docs-check: python ## Fail when a rendered document is stale
	$(PY) -m shared.contracts.render --check
	$(PY) -m gateway.openapi --check

lock: python ## Lock the manifests' dependencies; UPGRADE=1 takes the newest allowed
	.tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --group dev $(if $(UPGRADE),--upgrade) -o requirements.lock $(MANIFESTS)
	@$(MAKE) lock-check

lock-check: ## Fail when a lock names the registry it came from
	@if grep -nE 'https?://|--(extra-)?index-url|--find-links' requirements.lock; then \
		echo 'requirements.lock names a registry' >&2; exit 1; fi
	@for lock in $$(git ls-files '*package-lock.json'); do \
		if grep -nE '"resolved":' "$$lock"; then \
			echo "$$lock names a registry: see .npmrc" >&2; exit 1; fi; done

check: lint types imports lock-check docs-check ## Everything that CI asks before the tests

##@ Set it up
.PHONY: setup python console env compose-check clean help
setup: ## Python environment, PostgreSQL and RabbitMQ (installs what is missing)
	@deploy/bootstrap.sh

python: ## The Python environment alone
	@deploy/bootstrap.sh --python-only

console: ## Build the web console when its sources are newer than the build
	@deploy/console.sh

env: python ## Random secrets for Compose, in .env (kept when it exists)
	@$(PY) -m deploy.compose_env

compose-check: env ## Is docker-compose.yml sound?
	docker compose config --quiet

clean: down ## Delete the environments and all state, the databases too
	rm -rf .venv .tools .state .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
