#!/bin/sh
# Everything about the source that a machine can judge without running it.
# Changes nothing; prints every finding and fails if there was one.
set -u
cd "$(dirname "$0")/.."
. scripts/goenv.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

# expect NAME COMMAND...: COMMAND succeeds and prints nothing.
expect() {
	name=$1
	shift
	if "$@" >"$work/out" 2>&1 && [ ! -s "$work/out" ]; then
		echo "ok    $name"
	else
		echo "WRONG $name"
		sed 's/^/      /' "$work/out"
		bad=1
	fi
}

templ=$(go tool -n templ) || exit 1
staticcheck=$(go tool -modfile=tools/staticcheck.mod -n staticcheck) || exit 1
gofumpt=$(go tool -modfile=tools/gofumpt.mod -n gofumpt) || exit 1

templ_fmt() {
	find views -name '*.templ' | sort | while read -r f; do
		"$templ" fmt -stdout -log-level error "$f" | cmp -s - "$f" || echo "$f: run 'make fmt'"
	done
}

# Generates into a copy, so that looking changes nothing.
generated() {
	mkdir "$work/copy"
	cp go.mod "$work/copy/"
	find views -name '*.templ' -exec cp --parents {} "$work/copy/" \;
	(cd "$work/copy" && "$templ" generate -log-level error >/dev/null 2>"$work/gen.err") || cat "$work/gen.err"
	go build -o "$work/slim" ./tools/slim && "$work/slim" "$work/copy/views"
	find views -name '*_templ.go' | sort >"$work/have"
	(cd "$work/copy" && find views -name '*_templ.go' | sort) >"$work/want" 2>/dev/null
	sort -u "$work/have" "$work/want" | while read -r f; do
		cmp -s "$f" "$work/copy/$f" || echo "$f: run 'make generate'"
	done
}

# The check of a program's size is the program.
small_enough() {
	culvert_build "$work/culvert" || return
	size=$(wc -c <"$work/culvert")
	[ "$size" -lt "$culvert_limit" ] || echo "$size bytes, and $culvert_limit is the limit: 'go tool nm -size -sort size' of a build without -s says what is large"
}

in_e2e() { (cd e2e && "$@"); }

expect "gofumpt" "$gofumpt" -l */
expect "templ fmt" templ_fmt
expect "make generate" generated
expect "go mod tidy" go mod tidy -diff
expect "go mod tidy, e2e" in_e2e go mod tidy -diff
expect "go vet" go vet ./...
expect "go vet, e2e" in_e2e go vet ./...
expect "staticcheck" "$staticcheck" ./...
expect "staticcheck, e2e" in_e2e "$staticcheck" ./...
expect "size of the program" small_enough
exit $bad
