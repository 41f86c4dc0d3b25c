# Everything sets up .venv by itself; it needs Python 3.11 or newer, pip and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help setup run up status stop test coverage bench torture image secrets cluster lint lock clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.done ## Install what requirements.lock pins into .venv.

$(VENV)/.done: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] < (3, 14) else "Python 3.11 to 3.13 is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 …")'
	@echo "setting up $(VENV) (about 3.5 GB; once)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@$(BIN)/uv pip install --quiet --no-deps --require-hashes --compile-bytecode --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --compile-bytecode --python $(BIN)/python -e .
	@touch $@

run: setup ## One retraining as an Airflow DAG run: make run ARGS="--epochs 3".
	@$(BIN)/python -m pipeline_components.commands.local_airflow run $(ARGS)

up: setup ## Airflow's UI and scheduler on 127.0.0.1, the weekly schedule on; Ctrl-C ends it.
	@$(BIN)/python -m pipeline_components.commands.local_airflow up $(ARGS)

# These two install nothing: a new lock would replace .venv under the Airflow that they are asked about.
status: ## Whether Airflow runs here, its address and login.
	@$(BIN)/python -m pipeline_components.commands.local_airflow status $(ARGS)

stop: ## Stop it from another terminal, or what a killed one has left.
	@$(BIN)/python -m pipeline_components.commands.local_airflow stop $(ARGS)

test: setup ## All tests that this machine can run; what is skipped is listed with the reason.
	@$(BIN)/python -m pytest --numprocesses 2 $(ARGS)

coverage: setup ## The same, with the share of lines that they run; less than 90 % fails.
	@$(BIN)/python -m pytest --numprocesses 2 --cov --cov-report=term $(ARGS)

bench: setup ## Training, the whole run and serving against plain peers, side by side; about an hour.
	@$(BIN)/python -m tests.bench $(ARGS)

torture: setup ## Kills, full disks, bit rot, races: the store's promises, in figures.
	@$(BIN)/python -m tests.torture $(ARGS)

image: ## Build the images digits-pipeline and digits-serving and print their sizes; docker/README.md has the settings.
	@docker/build.sh

secrets: ## Write docker/.env with fresh secrets, if it is not there.
	@docker/secrets.sh

cluster: setup image secrets ## Airflow with Celery workers, PostgreSQL, Redis and a prediction server in containers.
	@$(BIN)/docker-compose --file docker/compose.yaml up --detach --wait $(ARGS)

lint: setup ## Style, types, import boundaries.
	@$(BIN)/ruff check .
	@$(BIN)/ruff check --quiet --preview --select AIR dags
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: $(VENV)/.done ## Pin the newest versions that pyproject.toml admits into requirements.lock.
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--all-extras pyproject.toml -o requirements.lock
	@sed -n 's/^tensorflow==\([^ ]*\).*/tensorflow-cpu==\1/p' requirements.lock \
		| $(BIN)/uv pip compile --quiet --no-deps --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
			- -o docker/serving.lock

clean: ## Remove .venv, .airflow and caches; artifacts stay.
	@rm -rf $(VENV) .airflow .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache *.egg-info .coverage*
