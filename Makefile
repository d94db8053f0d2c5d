# The one command before a change is `make check`; CI runs it too.

GO ?= go

.PHONY: check test race lint docs build bench fuzz tools

check: lint test race ## all that CI checks

# The tests of the ruleset run two Bazels, for more than the ten minutes that a package has by default.
test:
	$(GO) test -timeout=25m ./...

# Only the packages in which things run at once; the pure ones would just take longer.
race:
	$(GO) test -race -short ./fetch ./image ./index ./internal/atomicfile ./registry ./wheel ./zipfile ./cmd/ofiuco

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted: run gofmt -w $$(gofmt -l $$(git ls-files '*.go') | tr '\n' ' ')"; exit 1; }
	$(GO) vet ./...
	$(GO) mod tidy -diff
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) vet ./cmd/ofiuco
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 $(GO) vet ./cmd/ofiuco

build: ## the release binary, bin/ofiuco
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w" -o bin/ofiuco ./cmd/ofiuco

docs: ## docs/cli.md from the commands' own help, docs/bazel-api.md from the rules' own documentation
	UPDATE_GOLDENS=1 $(GO) test ./cmd/ofiuco ./internal/starlarktest -run TestDocs

bench: build ## the table of docs/performance.md (needs the tools)
	bench/run.sh

fuzz: ## a minute for each fuzz test
	tools/fuzz.sh 60s

tools: ## what the tests compare with
	tools/install.sh --system
