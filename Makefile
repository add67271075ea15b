# The few verbs. Each sets up what it needs and is quick the second time.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8765

.PHONY: help demo test test-slow lint web docs bench lab setup clean lock

help:
	@echo "make demo       set everything up and open the studio on http://127.0.0.1:$(PORT)"
	@echo "make test       format, lint, types, import directions, every test but the slow ones (make test-slow)"
	@echo "make test-slow  the tests that take longer than a minute each"
	@echo "make lint       format, lint, types, import directions"
	@echo "make bench      the main job of docs/figures.md on this machine; reading too where data/ holds the photos (docs/lab.md)"
	@echo "make lab        what training takes: PyTorch for the CPU, or the one you have"
	@echo "make docs       remake docs/pictures/first-minute.png and docs/cast (commands for the others: docs/lab.md)"
	@echo "make clean      remove what the other verbs made in this folder"

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "mien needs Python 3.11 or newer: install it, or name yours with 'make PYTHON=...'."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/.run

# What training takes besides: PyTorch, and what writes ONNX.
lab: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2

setup: $(VENV)/.run
	$(BIN)/mien setup

web: $(VENV)/.run
	$(BIN)/python web/build.py

demo: setup web
	$(BIN)/mien demo --port $(PORT)

lint: $(VENV)/.dev
	$(BIN)/ruff format --check src tests web/build.py
	$(BIN)/ruff check src tests web/build.py
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint web
	$(BIN)/mien setup
	$(BIN)/python web/build.py --test
	$(BIN)/pytest -n 2 --dist loadgroup -m "not slow"

test-slow: $(VENV)/.dev web
	$(BIN)/mien setup
	$(BIN)/pytest -m slow

bench: $(VENV)/.dev web
	$(BIN)/mien setup
	$(BIN)/mien-lab bench main
	@if [ -f data/fer2013_train_public.npz ] && [ -f data/photos.zip ]; then $(BIN)/mien-lab eval reading; \
	else echo "Reading is not measured: data/ holds no photos (docs/lab.md)."; fi

docs: $(VENV)/.dev
	$(BIN)/mien setup
	$(BIN)/mien demo --build-only
	$(BIN)/mien-lab pictures docs

# Pins with hashes, and no download address.
lock: $(BIN)/python
	$(BIN)/python -m pip install --quiet uv==0.13.9
	$(BIN)/uv pip compile pyproject.toml -c requirements/constraints.txt --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml --extra dev -c requirements/constraints.txt --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet -o requirements/dev.txt

clean:
	rm -rf $(VENV) src/mien/server/static web/node_modules build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
