# Sourced before every use of Go. Go keeps its caches below the home folder;
# a user who has none that can be written (nobody, in a container) gets them in
# .cache/ of the checkout, or in a temporary folder if that is not writable
# either. Whatever the user has set and can write to is left alone.

culvert_scratch() {
	if mkdir -p .cache 2>/dev/null && [ -w .cache ]; then
		(cd .cache && pwd)
	else
		dir="${TMPDIR:-/tmp}/culvert-$(id -u)"
		mkdir -p "$dir"
		# Not one that somebody else has put there: programs are run from it.
		[ -O "$dir" ] || dir=$(mktemp -d)
		echo "$dir"
	fi
}

culvert_writable() {
	[ -n "$1" ] && [ "$1" != off ] && mkdir -p "$1" 2>/dev/null && [ -w "$1" ]
}

if ! culvert_writable "$(go env GOCACHE 2>/dev/null)"; then
	GOCACHE=$(culvert_scratch)/go-build
	export GOCACHE
fi
if ! culvert_writable "$(go env GOMODCACHE 2>/dev/null)"; then
	GOPATH=$(culvert_scratch)/go
	GOMODCACHE=$GOPATH/pkg/mod
	# A module cache inside a checkout must be removable with the checkout.
	GOFLAGS="${GOFLAGS:+$GOFLAGS }-modcacherw"
	export GOPATH GOMODCACHE GOFLAGS
fi

# culvert_generate FLAGS turns every .templ file into its _templ.go.
culvert_generate() {
	go tool templ generate -log-level error "$@" && go run ./tools/slim views
}

# culvert_build FILE builds the program the one way it is built. Other flags
# would compile SQLite once more, which is most of a first build's two minutes.
# Pages and what no connection runs through are compiled without inlining: a
# component of a page is a closure, and inlining copies it into every page that
# uses it, four megabytes of copies that no page is faster for. So are the DNS
# library, which ordinary questions do not go through, and TLS, which only the
# browser of an instance speaks. HTTP/2 is left out: browsers speak it over TLS
# only, which the console does not. Functions begin at every 8 bytes instead of
# 32.
culvert_build() {
	out=$1
	set --
	for package in views/... handlers web lab cmd/culvert cloud reconcile instance/...; do
		set -- "$@" "-gcflags=culvert.internal/$package=-l"
	done
	for package in github.com/miekg/dns crypto/tls crypto/x509; do
		set -- "$@" "-gcflags=$package=-l"
	done
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags nethttpomithttp2 -ldflags='-s -w -funcalign=8' "$@" -o "$out" ./cmd/culvert
}

# culvert_limit is how large that may be, in bytes: somebody who wants to try
# private links should not wait for a download.
culvert_limit=25000000

# culvert_race PACKAGES tests under the race detector, which watches our code and
# not what only computes: SQLite (C translated to Go), hashes of passwords,
# HTML and patterns. That halves the time.
culvert_race() {
	set -- -gcflags='modernc.org/...=-race=false -d=checkptr=0' "$@"
	for package in golang.org/x/crypto/... golang.org/x/net/html/... github.com/andybalholm/cascadia regexp/...; do
		set -- "-gcflags=$package=-race=false" "$@"
	done
	CGO_ENABLED=1 go test -race -timeout 20m "$@"
}

# culvert_e2e FLAGS walks through bin/culvert in a browser. Most of a walk is
# waiting for what really happens, so more of them go at once than there are
# processors.
culvert_e2e() (
	cd e2e
	E2E_BINARY=../bin/culvert CGO_ENABLED=0 go test -trimpath -count=1 -timeout 20m -parallel 4 "$@" ./...
)
