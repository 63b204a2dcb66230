# The two commands a newcomer needs are `make demo` and `make test`. Each sets up what it uses.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test check docs bench bench-peers clean

demo: $(VENV)/.run          ## print real settlements
	@$(BIN)/poverty-policy assess examples/henan-2018.yaml --rules henan@2018-07-01

test: $(VENV)/.dev          ## run every test
	$(BIN)/python -m pytest

check: $(VENV)/.dev         ## style, types and rule files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/poverty-policy check

docs: $(VENV)/.docs         ## build the site, strictly, into site/
	$(BIN)/python docs/rule_pages.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet -f mkdocs.yml
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet -f mkdocs.en.yml
	$(BIN)/python docs/search_check.py

bench: $(VENV)/.dev         ## speed as ratios, measured in one run (peers in environments of their own)
	$(BIN)/python -m benchmarks

bench-peers: $(VENV)/.dev    ## the chain of six beside OpenFisca, PolicyEngine and ttsim, in turns
	$(BIN)/python -m benchmarks.scale_peers

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e ".[frames]" --group test --group check
	@touch $@ $(VENV)/.run

$(VENV)/.docs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -e . --group docs
	@touch $@

clean:
	rm -rf $(VENV) site
