# Identity Cloud. `make` alone lists what there is to do.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python

# The first Python 3.11 that truly runs: a pyenv shim may exist and still answer "not found".
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	$$name -c 'import sys, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1 && { echo $$name; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help setup run demo test lint format messages screens lock clean

help:  ## List these commands
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/runtime.stamp  ## Prepare .venv from the hash-pinned requirements
	@:

run: setup  ## Serve on http://localhost:8000 (PORT, HOST, DATA_DIR and IDENTITY_CLOUD_*_URL are honoured)
	@exec $(PY) -m identity_cloud.serve --migrate

demo: $(VENV)/demo.stamp  ## Serve with a seeded tenant, kept in var/demo, and a relying party to sign in to
	@DATA_DIR="$${DATA_DIR:-var/demo}" exec $(PY) -m identity_cloud.serve --migrate --demo

test: $(VENV)/test.stamp  ## Lint, types, contracts and every test, on SQLite and PostgreSQL
	@exec $(PY) tests/run.py

lint: $(VENV)/test.stamp  ## Lint, types and import contracts only
	@exec $(PY) tests/run.py lint

format: $(VENV)/test.stamp  ## Format and fix what a machine can fix
	@$(VENV)/bin/ruff check --quiet --fix . ; $(VENV)/bin/ruff format .

messages: $(VENV)/test.stamp  ## Read new strings into locale/ and compile the catalogues
	@$(PY) tests/catalogues.py

screens: $(VENV)/test.stamp  ## Take the pictures of docs/screens anew (needs Chromium)
	@exec $(PY) -m pytest --quiet tests/screens.py

lock: $(VENV)/test.stamp  ## Resolve requirements/*.in anew into hash-pinned requirements/*.txt
	@for set in runtime demo test; do $(VENV)/bin/uv pip compile --quiet --upgrade --python-version 3.11 --python-platform linux \
		--generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-find-links \
		requirements/$$set.in -o requirements/$$set.txt || exit 1; done

clean:  ## Remove .venv and caches; var/, which holds your data, stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# A stamp is younger than the pins it was made from, so a second start installs nothing.
$(VENV)/runtime.stamp: requirements/runtime.txt
	@$(PY) -m pip --version >/dev/null 2>&1 || { test -n "$(PYTHON)" \
		|| { echo "identity cloud: Python 3.11 with its venv module is needed and was not found; set PYTHON=/path/to/python3.11" >&2; exit 1; }; \
		echo "Preparing $(VENV) …"; $(PYTHON) -m venv --clear $(VENV); }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@touch $@

$(VENV)/demo.stamp: requirements/demo.txt $(VENV)/runtime.stamp
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt
	@touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/runtime.stamp
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@
