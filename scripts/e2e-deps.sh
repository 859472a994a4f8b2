#!/bin/sh
# Everything the tests need besides Go, on Debian from apt and npm alone: no
# browser and no driver comes from anywhere else. What is there already is left
# alone, so it can be run again at any time.
set -eu
cd "$(dirname "$0")/.."

debian() { grep -qs '^ID=debian' /etc/os-release; }
has() { command -v "$1" >/dev/null 2>&1; }
node_major() { node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

install() {
	sudo=
	[ "$(id -u)" = 0 ] || sudo="sudo --preserve-env=DEBIAN_FRONTEND"
	export DEBIAN_FRONTEND=noninteractive
	$sudo apt-get update -q
	$sudo apt-get install -y -q --no-install-recommends "$@"
}

missing=
need() { missing="$missing $*"; }
browser() { [ -n "${E2E_BROWSER:-}" ] || has chromium-headless-shell || has chromium || has google-chrome; }
debian || browser || need chromium
if ! has fc-list || ! fc-list :lang=zh | grep -q .; then need fontconfig fonts-noto-cjk; fi
if [ "$(node_major)" -lt 18 ]; then need nodejs npm; elif ! has npm; then need npm; fi
has dig || need dnsutils
if ! has named && ! [ -x /usr/sbin/named ]; then need bind9; fi
if ! has nsd && ! [ -x /usr/sbin/nsd ]; then need nsd; fi
has curl || need curl
has nc || need netcat-openbsd
# They run as instances of a lab.
has iperf3 || need iperf3
# They receive PROXY protocol.
has haproxy || [ -x /usr/sbin/haproxy ] || need haproxy
has nginx || [ -x /usr/sbin/nginx ] || need nginx-light
has "${CC:-gcc}" || need gcc libc6-dev

if [ -n "$missing" ]; then
	if ! debian; then
		echo "e2e-deps: please install:$missing (this script can do it on Debian only; see also make e2e-install)" >&2
		exit 1
	fi
	# shellcheck disable=SC2086 # package names are words
	install ca-certificates $missing
	# The programs are wanted and not the services, which take port 80.
	for service in haproxy nginx; do
		case $missing in *"$service"*) $sudo systemctl disable --now "$service" >/dev/null 2>&1 || true ;; esac
	done
fi

# Chromium without a window draws the same pages with little more than half the
# work of a whole one, which is as good otherwise.
if [ -z "${E2E_BROWSER:-}" ] && debian && ! has chromium-headless-shell; then
	install chromium-headless-shell || browser || install chromium
fi

npm ci --prefix e2e/deps --ignore-scripts --no-audit --no-fund
# Playwright's Go client wants a folder that holds the npm package as "package".
mkdir -p .e2e/driver
ln -sfn ../../e2e/deps/node_modules/playwright-core .e2e/driver/package
echo "Playwright driver $(node .e2e/driver/package/cli.js --version)"
