# The habits of this project. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup index query lint format typecheck test test-fast check bench eval fuzz torture clean

# The active virtual environment, or one of our own.
VENV := $(if $(VIRTUAL_ENV),$(VIRTUAL_ENV),.venv)
BIN := $(VENV)/bin
PYTHON ?= python3
INSTALLED := $(VENV)/.passage-search-installed
TEXT ?= ceasefire terms

export HF_HUB_OFFLINE := 1

help: ## List what can be made
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(INSTALLED) ## Install everything, pinned, into the active environment or .venv

$(INSTALLED): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (a few minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

index: $(INSTALLED) ## Index the articles in seeds/
	@$(BIN)/index build seeds --example "ceasefire terms"

query: $(INSTALLED) ## Ask: make query TEXT="ceasefire terms"
	@$(BIN)/query "$(TEXT)"

lint: $(INSTALLED) ## Check style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(INSTALLED) ## Put style right
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

typecheck: $(INSTALLED) ## Check types
	@$(BIN)/mypy

test: $(INSTALLED) ## Run all tests, on the real model
	@$(BIN)/python -m pytest

# Files that import torch or the frameworks are passed over whole: that alone takes ten seconds.
test-fast: $(INSTALLED) ## Run the tests that take less than a second each
	@$(BIN)/python -m pytest -m "not slow" --ignore=tests/promises --ignore-glob='*/test_e[nx]*.py' \
	  --ignore-glob='*/test_adapters_*.py' tests

check: lint typecheck test ## All three

bench: $(INSTALLED) ## Measure speed
	@$(BIN)/python -m benchmarks.speed

eval: $(INSTALLED) ## Measure quality
	@$(BIN)/python -m benchmarks.quality --plot benchmarks/modes.svg $(COLLECTIONS)

fuzz: $(INSTALLED) ## Read damaged files with every format (hours)
	@$(BIN)/python tests/promises/fuzz_readers.py --inputs 100000 --seconds 36000

torture: $(INSTALLED) ## Try every promise about the index at every point (hours)
	@$(BIN)/python tests/promises/torture.py

clean: ## Remove the environment, the index and caches
	rm -rf .venv .passage-index build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
