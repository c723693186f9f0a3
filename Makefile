# Two commands do everything: `make run` and `make test`. Each installs what it needs by itself.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

# Real weights and photographs for the tests, where a folder with them lies beside the project.
SHARED := $(wildcard ../shared)
TEST_ENV := $(if $(SHARED),DREAM_WEIGHTS="$${DREAM_WEIGHTS:-$(SHARED)/weights}" \
	DREAM_PHOTOS="$${DREAM_PHOTOS:-$(SHARED)/photos}")

.PHONY: run test test-long bench check format install clean

run: $(INSTALLED)
	$(BIN)/dreambot run

test: check
	$(TEST_ENV) $(BIN)/python -m pytest -m "not long and not gpu"

test-long: $(INSTALLED)
	$(TEST_ENV) $(BIN)/python -m pytest -m "long and not gpu"

# Speed as ratios within one run; wants an idle machine, and a quarter of an hour of it.
bench: $(INSTALLED)
	$(TEST_ENV) $(BIN)/python -m benchmarks.engine --write docs/inside.md
	$(TEST_ENV) $(BIN)/python -m benchmarks.fast
	$(TEST_ENV) $(BIN)/python -m benchmarks.dreamnet

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

install: $(INSTALLED)

# Other requirements bring the environment up to date; anything else starts at once.
$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv
