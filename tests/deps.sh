#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages named as arguments that are missing; silent when none is.
#
#   deps.sh PACKAGE... [--optional PACKAGE...]
#
# A/B is the first of the two that this release and architecture has: releases rename packages. What
# stands behind --optional is left out, and told, where the release has none of it.
set -u
apt="apt-get -o DPkg::Lock::Timeout=300"
export DEBIAN_FRONTEND=noninteractive

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "make deps: this is not Debian; please install the equivalents of: $*" >&2
	exit 1
fi

# What is installed, one name a line; what a package provides counts (on arm64 the cross compiler is
# a name that the compiler provides).
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' |
	sed -n 's/^installed //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//; s/:.*//')

is_installed() { # NAME[/NAME...]
	printf '%s\n' "$installed" | grep -qxE "$(printf '%s' "$1" | sed 's/[.+]/\\&/g; s,/,|,g')"
}

# choose NAME[/NAME...]: the first name that can be installed here; fails when none can.
choose() {
	for name in $(printf '%s' "$1" | tr '/' ' '); do
		if $apt install -s --no-install-recommends "$name" >/dev/null 2>&1; then
			printf '%s' "$name"
			return 0
		fi
	done
	return 1
}

needed=
optional=
list=needed
for package in "$@"; do
	if [ "$package" = --optional ]; then
		list=optional
	elif ! is_installed "$package"; then
		case $list in
		needed) needed="$needed $package" ;;
		optional) optional="$optional $package" ;;
		esac
	fi
done
[ -n "$needed$optional" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null; then
		sudo=sudo
	elif [ -n "$needed" ]; then
		echo "make deps: neither root nor sudo; please have these installed:$needed" >&2
		exit 1
	else
		echo "make deps: neither root nor sudo; tests that need them are skipped:$optional" >&2
		exit 0
	fi
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# select_packages: what to install, in $install; what the release has not, in $absent and $left_out.
select_packages() {
	install= absent= left_out=
	for package in $needed; do
		if name=$(choose "$package"); then install="$install $name"; else absent="$absent $package"; fi
	done
	for package in $optional; do
		if name=$(choose "$package"); then install="$install $name"; else left_out="$left_out $package"; fi
	done
}
# A machine whose package lists are empty or old finds nothing: they are fetched, once.
select_packages
if [ -n "$absent$left_out" ] && [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -60 2>/dev/null)" ]; then
	$sudo $apt update >"$log" 2>&1
	select_packages
fi
if [ -n "$left_out" ]; then
	echo "make deps: this release has no$left_out; the tests that need it are skipped"
fi
if [ -n "$absent" ]; then
	echo "make deps: no such package here:$absent" >&2
	[ -s "$log" ] && grep -m1 -E '^(E|Err|W):' "$log" >&2
	exit 1
fi
[ -n "$install" ] || exit 0
echo "make deps: installing$install"
# shellcheck disable=SC2086  # the list is words on purpose
if { $sudo $apt install -y --no-install-recommends $install ||
	{ $sudo $apt update && $sudo $apt install -y --no-install-recommends $install; }; } \
	>"$log" 2>&1; then
	exit 0
fi
echo "make deps: could not install$install: $(grep -m1 -E '^(E|Err|W):' "$log" || tail -n1 "$log")" >&2
exit 1
