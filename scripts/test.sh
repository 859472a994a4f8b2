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

# Those of the data plane hold times, so they have the machine to themselves. Of
# the others half compute and half wait for what really happens: more go at once
# than there are processors, and those that take longest go first.
step "unit and property tests under the race detector"
culvert_race ./dataplane
culvert_race -p 3 ./web ./reconcile ./lab ./cloud ./...

step "rates, for which the race detector is too slow"
CGO_ENABLED=0 go test ./dataplane -run 'TestBehaviour/.*/rate'

step "browser tests"
culvert_e2e
