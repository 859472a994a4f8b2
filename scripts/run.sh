#!/bin/sh
# Builds bin/culvert when something changed and serves the demo lab. Needs
# nothing but Go: generated files are in the repository. Arguments go to
# `culvert serve` after --demo, so they may override what it would do.
set -eu
cd "$(dirname "$0")/.."
command -v go >/dev/null 2>&1 || {
	echo "Culvert is built with Go, which is not installed here: https://go.dev/dl/" >&2
	exit 1
}
. scripts/goenv.sh

bin=bin
data=
if ! culvert_writable bin; then
	bin=$(culvert_scratch)
	data=$bin/culvert-data
	echo "This folder belongs to somebody else: building into $bin"
fi
[ -x "$bin/culvert" ] || echo "first build, about two minutes"
culvert_build "$bin/culvert"
exec "$bin/culvert" serve --demo ${data:+--data "$data"} "$@"
