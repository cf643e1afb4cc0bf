SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test bench sim fmt lint

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 8

setup: ## install what a fresh machine needs (make run and make test do it by themselves)
	@scripts/setup test

run: ## a team server with a sample team, the desktop app, and one page on the screen
	@scripts/run

test: ## every check there is
	@scripts/test

bench: ## speed, beside its limit: JSON lines on stdout and in target/bench.jsonl
	@scripts/bench

sim: ## simulated worlds: SEEDS=n [FROM=k], or SEED=x to replay one
	@scripts/sim

fmt: ## format everything
	cargo fmt --all
	cd ui && npm run --silent format

lint: ## format, clippy, dependencies, the window's types and lints
	@scripts/lint
