# Everything a newcomer needs: make setup, make test, make check, make run.
# Needs only Python 3.11 with venv, make and git.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: setup test check run clean

setup: .venv/ready

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch .venv/ready

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest

run: setup
	$(BIN)/doorstep run

clean:
	rm -rf .venv data
