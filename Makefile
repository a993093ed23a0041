# Two commands do everything: `make run` and `make test`. `make` alone lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

bin := .venv/bin
run_ready := .venv/run.ready
dev_ready := .venv/dev.ready

.PHONY: help run test check bench docs lock clean

help:
	@scripts/help

run: $(run_ready)
	@$(bin)/bluezone run || [ $$? -eq 130 ]  # Ctrl-C is how it is meant to end

test: $(dev_ready)
	@scripts/test

check: $(dev_ready)
	@scripts/check

bench: $(dev_ready)
	@$(bin)/python -m benchmarks
	@$(bin)/python -m scripts.reference performance.md

docs: $(dev_ready)
	@$(bin)/python -m scripts.reference
	@$(bin)/python -m scripts.terminal_picture docs/pictures/rehearse.vi.svg bluezone --lang vi rehearse
	@$(bin)/python -m scripts.terminal_picture docs/pictures/rehearse.en.svg bluezone --lang en rehearse
	@$(bin)/python -m scripts.screenshots
	@$(bin)/python -m scripts.console_pictures

lock:
	@scripts/lock

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	@find src tests benchmarks scripts -name __pycache__ -prune -exec rm -rf {} +

$(run_ready): requirements/run.txt pyproject.toml scripts/environment
	@scripts/environment run

$(dev_ready): requirements/dev.txt pyproject.toml scripts/environment
	@scripts/environment dev
