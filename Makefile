# Everything needs Python 3.11 or newer and make; the rest comes by pip. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup tools assets pictures demo serve check format test test-full fuzz foreign law methods model bench bench-usefulness bench-ledger lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready ## Make .venv with everything, at the locked versions

# pip alone is enough; uv is used only where it is already there, because it is faster.
$(VENV)/.ready: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make setup PYTHON=python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	$(BIN)/python -m compileall -q enclave synthetic_data tests  # where Python is told to write no bytecode, each process would compile all of it
	touch $@

tools: setup ## Node, its packages and Chromium, for `make test-full`; or one line that says what is missing
	tests/full/tools.sh

demo: setup ## From nothing to a release on the public register, over HTTP, and what each person saw
	$(BIN)/enclave demo .demo

serve: setup ## Keep the demonstration's service running, and print how to sign in
	$(BIN)/enclave demo .demo --only-home
	$(BIN)/enclave serve --home .demo/home

check: setup ## Format, lint, types, and the doors between the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Write the code in its usual form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Tests write, sync and remove very many small files: in memory they take a third of the time. Only where there is room.
FREE := $(shell df --output=avail -m /dev/shm 2>/dev/null | tail -n 1)
test: export TMPDIR := $(if $(shell test -w /dev/shm && test $(or $(strip $(FREE)),0) -ge 6000 && echo yes),/dev/shm,$(or $(TMPDIR),/tmp))
test: setup ## Every test that needs Python alone
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

test-full: tools test ## The same, in a browser and with a real sign-in service; and the steps of the image, in a fresh prefix
	$(BIN)/python -m pytest -q -n 2 --dist loadfile tests/full

FUZZ ?= 100000
TABLES ?= 10000
FUZZED ?= benchmarks/results/fuzz.json
fuzz: setup ## Generated questions against DuckDB, the oracle and the rules; mutated texts; on every core; goes on where it was stopped (FUZZ=100000)
	$(BIN)/python -m tests.fuzz $(FUZZ) --record $(FUZZED)
	$(BIN)/python -m tests.attacks.tables $(TABLES)

model: setup ## Every state of the release workflow, of several items and further than `make test` walks (MODEL_DEPTH=8)
	MODEL_DEPTH=$${MODEL_DEPTH:-8} $(BIN)/python -m pytest -q tests/properties/test_workflow_model.py -k nothing_is_released

FOREIGN ?= 40000
foreign: setup ## Statements of every kind and dialect through `enclave batch` (FOREIGN=40000)
	$(BIN)/python -m tests.foreign $(FOREIGN)

methods: setup ## Every attack of a session against every method, with a ledger and without (ATTACKS='"a name"')
	$(BIN)/python -m tests.attacks.sessions.methods $(ATTACKS)

law: setup ## Hundreds of long sessions in two worlds that nobody may tell apart
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -q tests/properties/test_the_law_of_sessions.py tests/properties/test_the_law.py

BENCH_SCALE ?= 1.65
BENCH_HOME := .bench/$(BENCH_SCALE)
bench: setup $(BENCH_HOME)/home ## Figures, not tests: walls, check, service, and each shape of query against raw DuckDB (BENCH_SCALE=15: nine million rows)
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.service
	$(BIN)/python -m benchmarks.costs $(BENCH_HOME)/home
	$(BIN)/python -m benchmarks.costs_page

$(BENCH_HOME)/home: | setup
	$(BIN)/python -m benchmarks.deployment $(BENCH_SCALE) $(BENCH_HOME)

bench-usefulness: setup ## How much of one project's session of research queries is shown
	$(BIN)/python -m benchmarks.usefulness 1
	$(BIN)/python -m benchmarks.usefulness 10

bench-ledger: setup ## What the ledger costs: pairs, the linear audit, twenty shapes, tables by school (a quiet machine)
	$(BIN)/python -m benchmarks.pairs
	$(BIN)/python -m benchmarks.linear_audit
	$(BIN)/python -m benchmarks.ledger

assets: ## Make the files that pages load anew (needs Node); they are committed
	cd frontend && npm ci && npm run build

pictures: setup tools ## Take the pictures of the pages in the docs anew; look at them
	$(BIN)/python -m tests.full.pictures
	$(BIN)/python -m tests.full.checker_pictures
	$(BIN)/python -m tests.full.researcher_pictures

lock: ## Write requirements*.txt anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## Remove what the targets above made
	rm -rf $(VENV) .demo .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
