#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's amd64 kernel with its USB serial drivers, unpacked into the folder named as argument for
# the tests that need a machine with a USB adapter. The package is only downloaded, never installed:
# nothing of the host's own boot is touched. Does nothing when it is there already.
#
# Leaves FOLDER/vmlinuz and FOLDER/modules/*.ko.
set -eu
folder=$1
[ ! -e "$folder/vmlinuz" ] || exit 0
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d "$folder/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
# linux-image-amd64 is empty and depends on the newest one.
package=$(apt-cache depends --no-recommends linux-image-amd64 |
	sed -n 's/.*Depends: \(linux-image-[0-9].*-amd64\)$/\1/p' | head -n 1)
[ -n "$package" ] || { echo "no package of Debian's amd64 kernel is known; apt-get update?" >&2; exit 1; }
apt-get download "$package" >download.log 2>&1 || { tail -n 1 download.log >&2; exit 1; }
dpkg-deb --fsys-tarfile "$package"_*.deb | tar x --wildcards './boot/vmlinuz-*' \
	'*/usb-common.ko*' '*/usbcore.ko*' '*/xhci-hcd.ko*' '*/xhci-pci.ko*' '*/usbserial.ko*' '*/ftdi_sio.ko*'
find . -name '*.ko.xz' -exec xz -d {} +
mkdir -p "$folder/modules"
find . -name '*.ko' -exec mv {} "$folder/modules/" \;
mv boot/vmlinuz-* "$folder/vmlinuz"
