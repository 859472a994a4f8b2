# Culvert needs GNU make and Go; the browser tests also need Node.js and a
# Chromium, which `make test` installs on Debian.

# Finds writable folders for Go's caches where the home folder is none, and
# knows how the program is built.
GOENV = . scripts/goenv.sh;
# More flags for `make run` and `make dev`, such as ARGS='--listen 127.0.0.1:9000'.
ARGS =

.DEFAULT_GOAL := help
.PHONY: help run dev build generate fmt check bench bench-short bench-deps test unit race e2e e2e-deps e2e-install clean

help: ## Say what can be made (this text)
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Build Culvert if needed and serve the demo lab on http://127.0.0.1:8080
	@scripts/run.sh $(ARGS)

dev: ## The same, built and started again when a source is saved; open pages follow
	@scripts/dev.sh $(ARGS)

build: ## Build bin/culvert
	@$(GOENV) culvert_build bin/culvert

generate: ## Turn every .templ file into its _templ.go
	@$(GOENV) culvert_generate

fmt: ## Format all Go and templ files in place
	@$(GOENV) go tool templ fmt views
	@$(GOENV) go tool -modfile=tools/gofumpt.mod gofumpt -w */

check: ## Formatting, vet, staticcheck, generated code and go.mod are in order
	@scripts/check.sh

bench: build ## Measure size, start, page weight, memory, DNS, forwarding and the packages' benchmarks
	@scripts/bench-deps.sh || true
	@$(GOENV) CGO_ENABLED=0 go run -trimpath ./tools/bench -limit $$culvert_limit bin/culvert

bench-short: build ## Measure forwarding alone, in less than three minutes
	@scripts/bench-deps.sh || true
	@$(GOENV) CGO_ENABLED=0 go run -trimpath ./tools/bench -only forward -short bin/culvert

bench-deps: ## Install the DNS servers and proxies that make bench compares with, from Debian's packages
	@scripts/bench-deps.sh

test: ## Run every test: unit, property, race and browser tests
	@scripts/test.sh

unit: ## Unit and property tests alone, the quick round
	@$(GOENV) CGO_ENABLED=0 go test -trimpath ./...

race: ## Unit and property tests under the race detector (needs gcc)
	@$(GOENV) culvert_race ./...

e2e: build ## Browser tests alone (first: make e2e-deps)
	@$(GOENV) culvert_e2e

e2e-deps: ## Install what the tests need from Debian's and npm's packages
	@scripts/e2e-deps.sh

e2e-install: ## The same elsewhere: Playwright's own driver and browser
	@$(GOENV) cd e2e && go run github.com/playwright-community/playwright-go/cmd/playwright install --with-deps chromium
	@npm ci --prefix e2e/deps --ignore-scripts --no-audit --no-fund

clean: ## Remove what was built and what the tests left; keeps culvert-data
	@rm -rf bin .e2e e2e/deps/node_modules
