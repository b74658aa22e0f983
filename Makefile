# Two commands: `make demo` and `make test`. Both install into .venv first, and again only when the project's files changed.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
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

# `make bench` takes hours on one core; `make bench WHAT="peers table --quick"` minutes.
bench: $(VENV)/dev $(PEERS)/made
	$(BIN)/python -m bench $(WHAT)

$(PEERS)/made: bench/peers/requirements.txt bench/peers/requirements-fastai.txt
	$(shell command -v $(PYTHON) || command -v python3) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r bench/peers/requirements.txt
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r bench/peers/requirements-fastai.txt
	@touch $@

bench-each: $(VENV)/dev
	$(BIN)/python -m bench.each $(ROW)

clean:
	rm -rf $(VENV) $(PEERS) runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
