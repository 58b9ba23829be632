# `make lab` and `make test` set up all that they need on a fresh Debian or Ubuntu.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
WORKERS ?= 4
BIN := .venv/bin
LAB ?= labs/200m.yaml

.PHONY: help lab test bench findings lint schema lock clean engine images

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lab: images ## Run the 200m lab: verdict and path of the evidence at the end (LAB=FILE: another)
	$(BIN)/labctl run $(LAB)

test: images lint ## Run every test, those on a real engine included
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

bench: images ## Compare speed and memory with docker-compose and mc
	$(BIN)/python -m bench

findings: images ## Run every lab, and write docs/findings.md from the evidence
	$(BIN)/python -m findings

lint: .venv/made ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

schema: .venv/made ## Write labs/lab.schema.json from the model
	$(BIN)/python -m labctl.labfile.schema > labs/lab.schema.json.new
	mv labs/lab.schema.json.new labs/lab.schema.json

lock: ## Lock the requirements anew: all versions, with hashes
	PYTHON=$(PYTHON) scripts/lock.sh

clean: ## Remove what was made here; images and runs stay (labctl images remove, rm -r runs)
	rm -rf .venv .build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

engine: .venv/made ## Make sure that a Docker engine answers
	@PYTHON=$(BIN)/python scripts/engine.sh

images: engine ## Get the images: present, else pulled, else built
	$(BIN)/labctl images get

.venv/made: requirements-dev.txt pyproject.toml scripts/venv.sh
	@PYTHON=$(PYTHON) scripts/venv.sh
