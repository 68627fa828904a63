#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages named as arguments that are missing; silent when none is.
set -u
missing=
for package in "$@"; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "make deps: this is not Debian; please install the equivalents of:$missing" >&2
	exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "make deps: neither root nor sudo; please have these installed:$missing" >&2
		exit 1
	fi
	sudo=sudo
fi
echo "make deps: installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # the list is words on purpose
if { $sudo apt-get install -y --no-install-recommends $missing ||
	{ $sudo apt-get update && $sudo apt-get install -y --no-install-recommends $missing; }; } \
	>"$log" 2>&1; then
	exit 0
fi
echo "make deps: could not install$missing: $(grep -m1 -E '^(E|Err|W):' "$log" || tail -n1 "$log")" >&2
exit 1
