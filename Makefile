# Two commands do everything: `make run` and `make test`. Each installs what it needs by itself.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

# Real weights and photographs for the tests, where a folder with them lies beside the project.
SHARED := $(wildcard ../shared)
TEST_ENV := $(if $(SHARED),DREAM_WEIGHTS="$${DREAM_WEIGHTS:-$(SHARED)/weights}" \
	DREAM_PHOTOS="$${DREAM_PHOTOS:-$(SHARED)/photos}")

.PHONY: run test test-long bench catalogues check format install clean

run: $(INSTALLED)
	$(BIN)/dreambot run

# Two files of tests at a time.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile

test: check
	$(TEST_ENV) $(PYTEST) -m "not long and not gpu"

test-long: $(INSTALLED)
	$(TEST_ENV) $(PYTEST) -m "long and not gpu"

# Speed as ratios within one run; wants an idle machine, and a quarter of an hour of it.
bench: $(INSTALLED)
	$(TEST_ENV) $(BIN)/python -m benchmarks.engine --write docs/inside.md
	$(TEST_ENV) $(BIN)/python -m benchmarks.fast
	$(TEST_ENV) $(BIN)/python -m benchmarks.dreamnet
	$(TEST_ENV) $(BIN)/python -m benchmarks.pool
	$(BIN)/python -m benchmarks.load

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Brings the catalogues of other languages up to date with the texts in the code.
catalogues: $(INSTALLED)
	$(BIN)/python -m bot.ui.catalogues

install: $(INSTALLED)

# Other requirements bring the environment up to date; anything else starts at once.
$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv
