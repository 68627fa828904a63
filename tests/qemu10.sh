#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Brings QEMU 10 for arm64 guests beside an older one of the system: usage: qemu10.sh FOLDER
#
# On Debian 12 it comes from bookworm-backports, by the system's own mirror and keys, unpacked below
# FOLDER; nothing is installed. FOLDER/qemu-system-aarch64 runs it. Where the system's is new enough,
# that is only a link. Ends with 1 and a line when it cannot be had; what needs it is skipped then.
set -u
folder=$1
program=$folder/qemu-system-aarch64
version() { "$1" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\).*/\1/p'; }

[ -x "$program" ] && [ "$(version "$program")" -ge 10 ] 2>/dev/null && exit 0
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/debs" || exit 1
system=$(command -v qemu-system-aarch64 || true)
if [ -n "$system" ] && [ "$(version "$system")" -ge 10 ] 2>/dev/null; then
	ln -sf "$system" "$program"
	exit 0
fi

fail() {
	echo "qemu10.sh: no QEMU 10: $1" >&2
	exit 1
}
command -v apt-get >/dev/null || fail "this is not Debian"
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ "$release" = bookworm ] || fail "only known for Debian 12 (this is \"$release\")"
mirror=$(sed -n 's/^URIs: *\([^ ]*\/debian\/\{0,1\}\)\( .*\)\{0,1\}$/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n1)
[ -n "$mirror" ] || mirror=$(sed -n 's/^deb \(\[[^]]*\] \)*\([^ ]*\/debian\/*\) .*/\2/p' /etc/apt/sources.list 2>/dev/null | head -n1)
[ -n "$mirror" ] || fail "no mirror in the system's sources"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm-backports main" \
	>"$folder/apt/sources.list"
here=$(cd "$folder" && pwd)
apt() {
	apt-get -o Dir::Etc::sourcelist="$here/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$here/apt/lists" -o Dir::Cache="$here/apt/cache" \
		-o APT::Sandbox::User="$(id -un)" -qq "$@"
}
log=$here/apt/log
apt update >"$log" 2>&1 || fail "$(tail -n1 "$log")"
(cd "$here/debs" && apt download qemu-system-arm/bookworm-backports \
	qemu-system-common/bookworm-backports qemu-system-data/bookworm-backports) >"$log" 2>&1 ||
	fail "$(tail -n1 "$log")"
for package in "$here"/debs/*.deb; do
	dpkg-deb -x "$package" "$here/root" || fail "cannot unpack $package"
done
rm -rf "$here/debs" "$here/apt/lists" "$here/apt/cache"
cat >"$program" <<-END
	#!/bin/sh
	here=\$(dirname "\$0")
	exec "\$here/root/usr/bin/qemu-system-aarch64" -L "\$here/root/usr/share/qemu" -L /usr/share/qemu "\$@"
END
chmod +x "$program"
missing=$(ldd "$here/root/usr/bin/qemu-system-aarch64" | sed -n 's/ => not found//p' | tr -d '\t' | tr '\n' ' ')
[ -z "$missing" ] || fail "it lacks $missing"
[ "$(version "$program")" -ge 10 ] || fail "$program does not run"
echo "make deps: QEMU $(version "$program") in $folder"
