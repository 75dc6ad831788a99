# One way to run everything. `make help` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEV_INSTALLED := $(VENV)/.installed-dev
PYTEST_ARGS ?=

.PHONY: help demo test differential lint types format bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: $(INSTALLED) ## Build two small images, and judge both by the baseline bundle
	@BIN=$(BIN) sh examples/demo.sh

test: $(DEV_INSTALLED) ## Run all tests; real components are installed where root and apt are there
	@sh tests/integration/setup.sh
	$(BIN)/python -m pytest $(PYTEST_ARGS)

differential: $(DEV_INSTALLED) ## Compare the Rego engine with OPA on 20,000 generated programs and 4,000 broken modules
	@sh tests/integration/setup.sh
	$(BIN)/python -m tests.differential
	$(BIN)/python -m tests.differential.broken --count 4000

lint: $(DEV_INSTALLED) ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_INSTALLED) ## Check types, strictly
	$(BIN)/mypy

format: $(DEV_INSTALLED) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV_INSTALLED) ## Measure; results and their date are in benchmarks/README.md
	$(BIN)/python -m benchmarks

lock: ## Make constraints.txt anew from the ranges in pyproject.toml
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/pip install --quiet uv
	.cache/lock/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	    --no-header --no-annotate --no-emit-index-url --upgrade --output-file constraints.txt

clean: ## Remove what the other targets made
	rm -rf $(VENV) .cache build dist

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(DEV_INSTALLED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@
