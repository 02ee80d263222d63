# Forksight's commands. Everything runs from .venv, which `uv` builds from requirements/dev.txt; a missing uv is put into .uv.
.DEFAULT_GOAL := help
.PHONY: help demo test lint check bench soak vsix release lock format rigs clean
PYTHON ?= python3
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
RUN := .venv/bin/python

help: ## What there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

.uv/bin/uv:
	$(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv

.venv/ready: requirements/dev.txt pyproject.toml | $(filter .uv/bin/uv,$(UV))
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --compile-bytecode --python .venv requirements/dev.txt
	$(UV) pip install --quiet --python .venv --no-deps --editable .
	@touch $@

demo: .venv/ready ## The main job on a real repository: three worktrees, the real server, what an editor would show
	@$(RUN) -m scripts.demo

test: check ## Everything: check, then every test (real git, Claude Code, Neovim, VS Code where their rigs are set up)
	$(RUN) -m pytest -n auto --dist loadgroup

lint: .venv/ready ## Lint, types and import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo --no-cache

check: lint ## Lint, and Claude Code's own opinion of its plugins
	scripts/check_plugins.sh

format: .venv/ready ## Format the code
	.venv/bin/ruff check --fix --quiet . || true
	.venv/bin/ruff format .

bench: .venv/ready ## The speed and quality tables, side by side with git, ccusage and the simple rules
	$(RUN) -m bench

soak: .venv/ready ## Ten minutes of servers and command lines on one busy repository (SOAK="--seconds 60 --seed 7")
	$(RUN) -m tests.soak $(SOAK)

rigs: ## Set up the real Claude Code, Neovim and VS Code that the tests drive (into .rigs)
	scripts/rigs/setup.sh

vsix: ## Build VS Code's extension (into editors/vscode/dist)
	cd editors/vscode && npm ci --no-audit --no-fund && npm run package

release: export FORKSIGHT_REPOSITORY := $(REPOSITORY)
release: check vsix ## Build wheel, sdist and vsix, check them, and say what publishes each (REPOSITORY=https://… is named in all three)
	rm -rf dist && $(UV) build --quiet --out-dir dist
	$(UV) run --quiet --isolated --no-project --with dist/*.whl forksight --version
	cp editors/vscode/dist/forksight-*.vsix dist/ && ls -l dist
	@[ -n "$(REPOSITORY)" ] || echo "They name no address: make release REPOSITORY=https://… gives them their links and pictures"
	@echo "Publish the wheel and sdist: uv publish dist/*.whl dist/*.tar.gz"
	@echo "Publish the extension: npx @vscode/vsce publish --packagePath dist/*.vsix, npx ovsx publish dist/*.vsix"

lock: ## Compile requirements/dev.txt anew
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate --group dev pyproject.toml -o requirements/dev.txt

clean: ## Remove everything that is built here
	rm -rf .venv .uv .rigs dist bench/results .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf editors/vscode/node_modules editors/vscode/dist editors/vscode/out
