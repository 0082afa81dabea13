# Everything runs in .venv, which is made from the hashed pins. `make help` lists what there is.
# The pins are whole lists, so pip resolves nothing: with --require-hashes it would refuse extras of what has a newer release.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run test check format bench faults pages lock

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

run: $(VENV)/run ## Set up, migrate and serve, with the simulator unless Twilio's credentials are set
	@exec $(BIN)/flask start

test: $(VENV)/dev ## Run all tests, on SQLite without Redis and on PostgreSQL with Redis
	$(BIN)/python -m pytest -n auto

check: $(VENV)/dev ## Check format, lint, types and tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy app.py wsgi.py config models routing operations admin simulator
	$(BIN)/python -m pytest -n auto

format: $(VENV)/dev ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/dev ## Compare the webhook with a bare Flask view and with the handler of Twilio's documentation
	$(BIN)/python -m benchmarks

faults: $(VENV)/dev ## Try every fault under load for half an hour, and write docs/reliability.md
	$(BIN)/python -m tests.faults

pages: $(VENV)/dev ## Measure every page with 100,000 numbers and 1,000,000 calls, on SQLite and on PostgreSQL
	$(BIN)/python -m benchmarks.pages sqlite
	$(BIN)/python -m benchmarks.pages postgresql

lock: $(VENV)/dev ## Pin the newest allowed versions, with hashes
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements.txt requirements.in
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements-dev.txt requirements-dev.in

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@
