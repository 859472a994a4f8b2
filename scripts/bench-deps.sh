#!/bin/sh
# What `make bench` puts beside Culvert, from Debian's packages: the DNS servers
# dnsmasq and unbound, the proxies HAProxy and nginx with its stream module.
# Without them `make bench` leaves them out and says so.
set -eu

has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

# nginx has streams built in or as a module.
has_stream() {
	has nginx || return 1
	[ -e /usr/lib/nginx/modules/ngx_stream_module.so ] || nginx -V 2>&1 | grep -Eq -- '--with-stream( |$)'
}

missing=
has dnsmasq || missing="$missing dnsmasq-base"
has unbound || missing="$missing unbound"
has haproxy || missing="$missing haproxy"
has_stream || missing="$missing nginx-light libnginx-mod-stream"
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
# The programs are wanted and not the services, which take ports 53 and 80.
for service in unbound haproxy nginx; do
	case $missing in *"$service"*) $sudo systemctl disable --now "$service" >/dev/null 2>&1 || true ;; esac
done
