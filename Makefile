# make demo · make test: everything they need is installed into this folder first. No other set-up.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Without compiled files every process compiles all of Python's libraries anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test bench faults check covered lint types imports console-check unit lock clean

BIN := .venv/bin
PYTHON ?= python3
LOCK := --generate-hashes --no-emit-index-url --no-header --no-annotate -q --universal --python-version 3.11
CONSOLE_SOURCES := $(shell find agent_console -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print 2>/dev/null)

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/.run ## A call center to try: prints where to sign in and where to call from
	@$(MAKE) --no-print-directory -j2 .cti/.asterisk agent_console/dist/index.html
	@$(BIN)/cti demo

test: .venv/.test ## All checks and tests, as CI runs them
	@$(MAKE) --no-print-directory -j2 .cti/.asterisk agent_console/dist/index.html
	@$(MAKE) --no-print-directory -j2 -Otarget covered check
	$(BIN)/pytest -n 4 --dist worksteal --ignore=tests/routing

bench: .venv/.test .cti/.asterisk ## Measure against peers on this machine; prints tables
	$(BIN)/python -m benchmarks

faults: .venv/.test .cti/.asterisk agent_console/dist/index.html ## Plant known faults one by one: the stories have to find each
	$(BIN)/python -m tests.seeded_faults.plant

check: lint types imports console-check ## Style, types, import order

covered: .venv/.test ## Tests of routing; every line and branch has to run
	$(BIN)/coverage run -m pytest -q tests/routing
	$(BIN)/coverage report

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.test
	$(BIN)/mypy

imports: .venv/.test
	$(BIN)/lint-imports

console-check: agent_console/node_modules/.installed
	PATH="$(abspath $(BIN)):$$PATH" npm --prefix agent_console run check

# -- what has to be there ------------------------------------------------------------------------------------------

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "python3 (3.11 or newer) is missing: install it with your package manager, e.g. apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $$($(PYTHON) --version) is too old. Use: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python has no venv module: apt install python3-venv (as root), then run make again"; exit 1; }

.venv/.uv: .venv/bin/python requirements-uv.lock
	@echo "· installer"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/.run: .venv/.uv requirements.lock
	@echo "· Python packages"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: .venv/.run requirements-test.lock
	@echo "· packages of the tests"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-test.lock
	@touch $@

.cti/.asterisk: .venv/.run
	@$(BIN)/cti asterisk install
	@mkdir -p .cti && touch $@

# Node.js builds the console. A machine without it (or with one older than 20) gets it from a Python package.
.venv/.node: .venv/.uv requirements-node.lock
	@if ! node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null; then \
	  echo "· Node.js"; \
	  $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-node.lock; \
	fi
	@touch $@

agent_console/node_modules/.installed: .venv/.node agent_console/package-lock.json
	@echo "· console packages"
	@PATH="$(abspath $(BIN)):$$PATH" npm --prefix agent_console ci --no-audit --no-fund --loglevel=error
	@touch $@

agent_console/dist/index.html: agent_console/node_modules/.installed $(CONSOLE_SOURCES)
	@echo "· console"
	@PATH="$(abspath $(BIN)):$$PATH" npm --prefix agent_console run --silent build -- --logLevel warn
	@touch $@

lock: .venv/.uv ## Pin all dependencies anew (hashes, no registry addresses)
	for part in "pyproject.toml --extra build:requirements" "pyproject.toml --extra build --extra test:requirements-test" \
	    "--group node:requirements-node" "--group voices:requirements-voices"; do \
	  $(BIN)/uv pip compile $${part%%:*} $(LOCK) -o $${part##*:}.lock; \
	done
	echo 'uv==0.13.9' | $(BIN)/uv pip compile - $(LOCK) -o requirements-uv.lock

clean: ## Remove everything installed or built here (asks nothing; the state folder stays)
	rm -rf .venv agent_console/node_modules agent_console/dist
