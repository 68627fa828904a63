#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The example files for real boards, and the shipped virtual ones: good, and what would be said and
# done to flash each board is printed word for word, without a board and without a secret.
. "$(dirname "$0")/../support/tap.sh"

IMAGE=$PWD/$BUILD/firmware/mm.img
rehearse() { # FOLDER BOARD
	PLUG_PASSWORD=sesame "$MMFARM" board "$2" flash --dry-run --boards "$1" --payload "$IMAGE" \
		>"$SCRATCH/$2"
}
names() { "$MMFARM" boards --boards "$1" --json | jq -r 'select(.board) | .board'; }

check "the examples are good" "$MMFARM" boards --boards boards/examples
count=0
for name in $(names boards/examples); do
	check "flashing $name can be rehearsed" rehearse boards/examples "$name"
	count=$((count + 1))
done
check "that was every example" [ "$count" -eq "$(cat boards/examples/*.yaml | sed '1,/^boards:/!b' | grep -c '^    type: ')" ]

in_order() { # BOARD TEXT...: the texts stand in the rehearsal, one behind the other
	local name=$1 at=0 line text
	shift
	for text in "$@"; do
		line=$(tail -n +$((at + 1)) "$SCRATCH/$name" | grep -nF -m1 -- "$text" | cut -d: -f1)
		[ -n "$line" ] || { echo "no \"$text\" behind line $at:"; cat "$SCRATCH/$name"; return 1; }
		at=$((at + line))
	done
}
crc=$(python3 -c 'import sys, zlib; print("%08x" % zlib.crc32(open(sys.argv[1], "rb").read()))' "$IMAGE")
check "the SBC: plug, prompt, identity, TFTP, checksum, eMMC, read back" in_order sbc-01 \
	"cmnd=Power%20On" "wait for \"Hit any key" "printenv ethaddr" "02:00:5e:10:00:01" \
	"tftpboot \${kernel_addr_r} mmfarm-sbc-01-image" "==> $crc" "mmc write" "mmc read" "==> $crc"
check "the development kit: PDU, identity, YMODEM, NOR" in_order devkit-01 \
	"/power/control/on" "printenv serial#" "DK0007" "loady" "over the console" "protect off 0x4100000" \
	"erase 0x4100000" "cp.b" "==> $crc"
check "the server: Redfish, its boot file" in_order server-01 \
	'"ForceOff"' "server-01.efi" '"On"' '"ForceOff"'
check "boards in a rack: SNMP, IPMI, a USB hub, a Kasa plug" bash -c '
	grep -q "snmpset .*udp:pdu-03.lab:161 .1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.4 i 1" "$0/rack-01" &&
	grep -q "ipmitool -I lanplus -H bmc-02.lab -p 623 -U admin -E chassis power on" "$0/rack-02" &&
	grep -q "uhubctl -l 1-1.4 -p 2 -a on" "$0/rack-03" && grep -q "kasa plug-04.lab:9999 .*relay_state 1" "$0/rack-04"' "$SCRATCH"
check "no password is printed" bash -c "! grep -r sesame '$SCRATCH'"
check "nothing was written into the site's folders" [ ! -e /srv/tftp/mmfarm-sbc-01-image ]
done_testing
