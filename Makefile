# Everything that one does with Sluice. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: sql rejected new-key compat chaos cost scale figures passage parity oracle faults fuzz help setup run tail archive bench test unit lint build deploy workspace destination source schema pages pins clean

PYTHON := .venv/bin/python
# The SAM CLI wants a real python3.13 first on PATH, and no wish to phone home.
SAM := env PATH="$(CURDIR)/.venv/bin:$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
# For what shall begin at once, and not by installing something.
IS_SET_UP := test -x $(PYTHON) || { echo "not set up yet: make setup" >&2; exit 1; }
LIBRARY := PYTHONPATH=layers/sluice:layers/catalogue

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install everything that the other targets need
	@bin/setup

run: setup ## start the whole system on this machine (PORT, AWS_PORT, WORKSPACE, FRONT=url)
	@exec $(PYTHON) -m local

tail: ## follow events as they are accepted, rejected and delivered
	@$(IS_SET_UP); $(LIBRARY) exec $(PYTHON) -m cli.tail

rejected: ## print what was rejected, an event a line, with its reason
	@$(IS_SET_UP); exec $(PYTHON) -m local.archive --rejected

new-key: ## print a new write key
	@$(IS_SET_UP); $(PYTHON) -c 'import secrets; print("wk_" + secrets.token_hex(16))'

archive: ## print the local archive, an event a line
	@$(IS_SET_UP); exec $(PYTHON) -m local.archive

sql: ## ask the local events in SQL (QUERY="SELECT event, count(*) FROM tracks GROUP BY 1")
	@$(IS_SET_UP); $(LIBRARY) exec $(PYTHON) -m local.sql $(if $(QUERY),"$(QUERY)")

bench: setup ## how fast everything is, beside floors of the same run (PARTS="router …", OUTPUT=folder)
	@$(LIBRARY) $(PYTHON) -m checks.bench $(PARTS) $(if $(OUTPUT),--output $(OUTPUT))

cost: setup ## what a million events cost; or your month (EVENTS=50M BATCH=5 DESTINATIONS=4 WINDOW=60 FRONT=url)
	@$(LIBRARY) $(PYTHON) -m checks.cost --share $(or $(SHARE),1) $(if $(OUTPUT),--output $(OUTPUT)/cost.json) \
	  $(if $(EVENTS),--events "$(EVENTS)") $(if $(BATCH),--batch $(BATCH)) \
	  $(if $(DESTINATIONS),--destinations $(DESTINATIONS)) $(if $(WINDOW),--window $(WINDOW)) $(if $(FRONT),--front $(FRONT))

scale: setup ## queues and append logs under more load than a machine can make, simulated
	@$(LIBRARY) $(PYTHON) -m checks.cost.scale $(if $(OUTPUT),--output $(OUTPUT)/scale.json)

passage: setup ## the modules that one event passes, from its request to the request at a vendor
	@$(LIBRARY) $(PYTHON) -m checks.bench.passage

figures: setup ## all three, twice, into docs/performance.md; half an hour on a machine that does nothing else
	for run in 1 2; do $(LIBRARY) $(PYTHON) -m checks.bench --output .sluice/figures/$$run \
	  && $(LIBRARY) $(PYTHON) -m checks.cost --output .sluice/figures/$$run/cost.json \
	  && $(LIBRARY) $(PYTHON) -m checks.cost.scale --output .sluice/figures/$$run/scale.json || exit; done
	cp .sluice/figures/1/bench.png docs/figures/bench.png
	$(LIBRARY) $(PYTHON) -m checks.bench.page .sluice/figures/1 .sluice/figures/2

parity: setup ## our requests beside those of Segment's own code, event by event (PARITY: a folder of recordings)
	@$(LIBRARY) $(PYTHON) -m checks.parity

oracle: setup ## the same on events that nobody tuned for, of which Segment's own code is asked now (npm)
	@npm install --prefix checks/parity/oracle --no-audit --no-fund --ignore-scripts --silent
	@$(LIBRARY) $(PYTHON) -m checks.parity.mutations $(or $(PARITY),../shared/parity) .sluice/oracle 150 $(or $(SEED),1)
	@node checks/parity/oracle/record.js .sluice/oracle
	@PARITY=.sluice/oracle $(LIBRARY) $(PYTHON) -m checks.parity

test: setup ## every test: no Docker, no account, no network
	@bin/setup clickhouse snowflake
	$(PYTHON) -m pytest --ignore tests/system --numprocesses auto
	$(PYTHON) -m pytest tests/system --numprocesses 2 --dist loadfile

faults: setup ## lose events, if you can: every class of faults, with many seeds
	@$(LIBRARY) $(PYTHON) -m tests.faults

chaos: setup ## kill and restart parts of a running local system under load, and count what became of every event
	@$(LIBRARY) $(PYTHON) -m tests.chaos

fuzz: setup ## a hundred thousand requests, links and answers of vendors, and workspaces, that should not be
	@$(LIBRARY) $(PYTHON) -m tests.fuzz

compat: setup ## real SDKs against the local system, and what became of every event
	@$(LIBRARY) $(PYTHON) -m checks.compat

unit: setup ## the tests of the pure parts and of the adapters, in seconds
	@bin/setup clickhouse snowflake
	$(PYTHON) -m pytest tests/unit --numprocesses auto

lint: setup ## style, types, and the template
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	$(LIBRARY) $(PYTHON) -m cli.templates.expanded_template .sluice/expanded
	.venv-sam/bin/cfn-lint .sluice/expanded/template.yaml .sluice/expanded/expanded.json
	for stack in stacks/*.yaml; do $(SAM) validate --lint --template $$stack || exit; done

# What was deployed before decides, if nobody says otherwise.
ARCHITECTURE ?= $(or $(shell sed -n 's/.*Architecture=[\\"]*\([a-z0-9_]*\).*/\1/p' samconfig.toml | head -1),arm64)
build: setup ## what `sam build` does, with the right Python on PATH (ARCHITECTURE=x86_64)
	$(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)
	$(PYTHON) -m cli.templates.built_template .aws-sam/build/template.yaml $(ARCHITECTURE)

deploy: build ## into your AWS account; asks what it needs to know (ARCHITECTURE=x86_64)
	$(SAM) deploy --guided

workspace: setup ## check the workspace, and let the template follow it
	$(LIBRARY) $(PYTHON) -m cli.workspace sync-template layers/workspace/workspace.yaml template.yaml

destination: setup ## a new type of destination, to be filled in: NAME=acme
	@$(PYTHON) -m cli.scaffold.new_destination $(NAME)
	@$(LIBRARY) $(PYTHON) -m cli.pages.destination_pages docs/destinations

source: setup ## a new type of source, to be filled in: NAME=acme
	@$(PYTHON) -m cli.scaffold.new_source $(NAME)
	@$(LIBRARY) $(PYTHON) -m cli.pages.source_pages docs/sources

schema: setup ## the JSON Schema of workspace.yaml, for editors
	$(LIBRARY) $(PYTHON) -m cli.workspace schema > layers/workspace/workspace.schema.json

pages: setup ## the pages of docs/ that follow from the code
	$(PYTHON) -m cli.permissions > docs/permissions.md
	$(LIBRARY) $(PYTHON) -m cli.pages.destination_pages docs/destinations
	$(LIBRARY) $(PYTHON) -m cli.pages.source_pages docs/sources
	$(LIBRARY) $(PYTHON) -m cli.pages.reasons_page > docs/reasons.md

# The layer comes after dev, whose versions bind it: what is deployed is what is tested.
PINS := requirements/dev layers/sluice/requirements layers/drivers/postgres/requirements layers/drivers/lake/requirements layers/drivers/snowflake/requirements requirements/sam requirements/aws requirements/snowflake requirements/node requirements/dlt requirements/uv \
  checks/compat/requirements/segment checks/compat/requirements/legacy checks/compat/requirements/rudder
pins: ## newer versions of everything that is pinned
	for pin in $(PINS); do uv pip compile --quiet --upgrade --no-header --no-annotate --generate-hashes \
	  --python-version 3.13 --universal $$pin.in --output-file $$pin.txt; done
	uv pip compile --quiet --upgrade --no-deps --no-header --no-annotate --generate-hashes \
	  --python-version 3.13 --universal requirements/clickhouse.in --output-file requirements/clickhouse.txt

clean: ## remove what was built, not what was installed
	rm -rf .aws-sam .sluice/build .mypy_cache .pytest_cache .ruff_cache
