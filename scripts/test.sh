#!/bin/sh
# `make test`: first what the tests need, then unit and property tests, all of
# them under the race detector, then the browser against the real binary. Stops
# at the first of these that fails.
set -eu
cd "$(dirname "$0")/.."
. scripts/goenv.sh

step() { printf '\n=== %s\n' "$*"; }

step "what the tests need"
scripts/e2e-deps.sh

step "bin/culvert"
culvert_build bin/culvert

step "unit and property tests under the race detector"
culvert_race ./...

step "browser tests"
(cd e2e && E2E_BINARY=../bin/culvert CGO_ENABLED=0 go test -trimpath -count=1 -timeout 20m ./...)
