# The verbs of this repository. Each sets up what it needs and says so; the work
# is in scripts/, the order and the parallelism of `make test` in scripts/check.py.
.DEFAULT_GOAL := help
.PHONY: help setup demo plan down test lint sanity unit integration sandbox molecule newest bench docs collection lock changelog clean

PY := scripts/run.sh python
CHECK := $(PY) scripts/check.py

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## emulated cloud (CLOUD=aws, gcp or azure), VMs on it, configured and verified (ARGS= goes to ansible-playbook)
	@scripts/demo.sh $(or $(CLOUD),aws) $(ARGS)

plan: setup ## compare machines and prices on three clouds, no account needed (ARGS= goes to ansible-playbook)
	@COLUMNS=$$(tput cols 2>/dev/null || echo 100) scripts/run.sh ansible-playbook playbooks/plan.yml $(ARGS)

down: setup ## stop the emulated clouds of the demos, or one of them (CLOUD=)
	@$(PY) -m sandbox down $(if $(AIENV_STATE),--state "$(AIENV_STATE)",$(if $(CLOUD),--cloud $(CLOUD)))

test: setup ## everything below, in parallel, with a summary; logs in build/logs
	@scripts/docker.sh
	@$(CHECK)

lint: setup ## ruff, mypy, yamllint, shellcheck, changelog, ansible-lint
	@$(CHECK) lint ansible-lint

sanity: setup ## ansible-test sanity on the built artifact
	@$(CHECK) sanity

unit: setup ## unit tests
	@$(CHECK) unit

integration: setup ## integration playbooks against the emulated clouds
	@$(CHECK) integration

sandbox: setup ## the emulated clouds' own tests, with real containers
	@scripts/docker.sh
	@$(CHECK) sandbox

molecule: setup ## every role's scenario on Debian 12 and 13, and end_to_end
	@scripts/docker.sh
	@$(CHECK) $$($(CHECK) --list | grep ^molecule-)

newest: setup ## unit tests and a playbook on the newest ansible-core, Python 3.13
	@scripts/docker.sh
	@$(CHECK) newest

bench: setup ## measurements, side by side with other tools
	@$(PY) -m pytest tests/bench -s

docs: setup ## build the documentation of modules and roles into build/docs
	@scripts/docs.sh

collection: setup ## build the artifact into build/
	@scripts/collection.sh

setup: ## the virtual environment only
	@scripts/setup.sh

lock: setup ## write requirements-dev.txt anew from requirements-dev.in
	@scripts/run.sh uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --custom-compile-command 'make lock' \
		requirements-dev.in -o requirements-dev.txt

changelog: setup ## write the fragments and the new plugins into CHANGELOG.md
	@scripts/run.sh antsibull-changelog release --update-existing --refresh-plugins --reload-plugins

clean: ## stop the sandbox, remove everything that was made here but .venv (downloads in ~/.cache/aienv-cloud stay)
	@if [ -x .venv/bin/python ] && [ -d .sandbox ]; then $(PY) -m sandbox down; fi
	@rm -rf build .ansible .mypy_cache .ruff_cache .pytest_cache tests/output
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
