# Two commands: `make demo` and `make test`. Both install into .venv first, and again only when the project's files changed.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash

.PHONY: demo test proof proof-kill proof-fuzz bench bench-each clean

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

$(VENV)/core: pyproject.toml constraints.txt
	$(shell command -v $(PYTHON) || command -v python3) -m venv $(VENV)
	$(PIP) -e .
	@touch $@

$(VENV)/dev: $(VENV)/core
	$(PIP) -e '.[dev]'
	@touch $@

demo: $(VENV)/core
	@out=runs/demo; n=1; while [ -e $$out ]; do n=$$((n+1)); out=runs/demo-$$n; done; \
	$(BIN)/lamina fit digits --out $$out

test: $(VENV)/dev
	$(BIN)/python -m pytest -n 2

proof: $(VENV)/dev
	$(BIN)/python -m bench.proof

proof-kill: $(VENV)/dev
	$(BIN)/python -m bench.proof kill

proof-fuzz: $(VENV)/dev
	$(BIN)/python -m bench.proof fuzz

bench: $(VENV)/dev
	$(BIN)/python -m bench

bench-each: $(VENV)/dev
	$(BIN)/python -m bench.each $(ROW)

clean:
	rm -rf $(VENV) runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
