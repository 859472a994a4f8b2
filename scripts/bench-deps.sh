#!/bin/sh
# The DNS servers that `make bench` puts beside Culvert's: dnsmasq and unbound,
# from Debian's packages. Without them `make bench` leaves them out and says so.
set -eu

has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

missing=
has dnsmasq || missing="$missing dnsmasq-base"
has unbound || missing="$missing unbound"
[ -n "$missing" ] || exit 0
if ! grep -qs '^ID=debian' /etc/os-release; then
	echo "bench-deps: please install:$missing (this script can do it on Debian only)" >&2
	exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo="sudo --preserve-env=DEBIAN_FRONTEND"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
# shellcheck disable=SC2086 # package names are words
$sudo apt-get install -y -q --no-install-recommends $missing
# The program is wanted and not the service, which takes port 53.
case $missing in *unbound*) $sudo systemctl disable --now unbound >/dev/null 2>&1 || true ;; esac
