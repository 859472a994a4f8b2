#!/bin/sh
# Serves the demo lab and keeps it fresh: when a source is saved, it generates,
# builds and starts the new program on the same data; open pages see that it is
# another one and fetch themselves again. A mistake is shown here, and the
# program that runs goes on. Ctrl-C ends both. Arguments go to `culvert serve`.
set -u
cd "$(dirname "$0")/.."
. scripts/goenv.sh

work=$(mktemp -d)
server=

# Looks at the times of files: no program to install, and a second is soon
# enough. What the build writes itself is not looked at.
changed() {
	find . \( -name '.?*' -o -path ./bin -o -path ./e2e -o -path ./tools -o -name 'culvert-data*' \) -prune -o \
		-type f -newer "$work/mark" ! -name '*_templ.go' ! -name '*_test.go' \
		\( -name '*.go' -o -name '*.templ' -o -name '*.css' -o -name '*.js' -o -name '*.svg' -o -name '*.html' -o -name '*.sql' -o -name go.mod \) -print
}

say() { printf '\n--- %s\n' "$*"; }

# build makes bin/culvert-next; the mark is older than what it has read.
build() {
	touch "$work/mark"
	culvert_generate -lazy && culvert_build bin/culvert-next
}

stop() {
	[ -n "$server" ] || return 0
	kill -TERM "$server" 2>/dev/null
	wait "$server"
	server=
}

start() {
	mv bin/culvert-next bin/culvert-dev
	bin/culvert-dev serve --demo "$@" &
	server=$!
}

end() {
	trap - INT TERM EXIT
	stop
	rm -rf "$work" bin/culvert-next bin/culvert-dev
	exit "$1"
}
trap 'end 0' INT TERM
trap 'end 1' EXIT

mkdir -p bin
say "building"
build || exit 1
start "$@"
while sleep 1; do
	files=$(changed)
	[ -n "$files" ] || continue
	say "changed: $(echo "$files" | sed 's|^\./||' | tr '\n' ' ')"
	if ! build; then
		say "the program that runs goes on as it was"
	elif [ -n "$server" ] && kill -0 "$server" 2>/dev/null && cmp -s bin/culvert-next bin/culvert-dev; then
		say "that makes no difference to the program"
	else
		stop
		start "$@"
	fi
done
