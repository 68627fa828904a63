#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The exact leaves of a kernel with the layout of the stand-in image: as known, and as dumped by that
# kernel where its logs are at hand.
set -u
cd "$(dirname "$0")/../.."
. tests/firmware/qemu.sh
DUMPS=${MMFARM_SHARED:-../shared}/data/kernel-logs

IMAGE_LEAVES="4M PMD - RW NX - BLK|2M PMD - ro NX - BLK|1088K PTE - ro NX CON -|832K PTE - RW NX CON -|\
768K PTE F RW NX CON -|44K PTE F RW NX - -|20K PTE - RW NX - -|1344K PTE - RW NX CON -|22M PMD - RW NX - BLK|"
END="30M PMD - RW NX - BLK|2M PTE - RW NX - -"

# picture CPU MEMORY ORDER EXPECTED
picture() {
	begin
	MEMORY=$2 boot "$1" 1 "order=$3 tests=S12"
	complete pass
	same "leaves" "$4" "$(records walk S10 | grep ' 0xffff00' |
		sed 's/^#w [^ ]* //; s/ [^ ]*$//' | paste -sd'|')"
	finish "leaves of the linear map of $2 on $1, $3"
}
# like_kernel DUMP: the boot before shows that kernel's leaves
like_kernel() {
	if [ ! -f "$DUMPS/$1" ]; then
		skip "as in $1" "$DUMPS/$1 is not there"
		return
	fi
	begin
	tests/firmware/ptdump.py "$LOG" S10 "$DUMPS/$1" >>"$WORK/wrong" || complaint "differs"
	finish "as in $1"
}

CAPABLE=max,midr=0x410fd823
picture $CAPABLE 2G textro "${IMAGE_LEAVES}1984M PMD - RW NX CON BLK|$END"
picture $CAPABLE 6G textro \
	"${IMAGE_LEAVES}992M PMD - RW NX CON BLK|4G PUD - RW NX - BLK|992M PMD - RW NX CON BLK|$END"
like_kernel ptdump-ORDER_textro-x4midr-6G.log.xz
picture $CAPABLE 2G premap "$(sed 's/832K PTE - RW NX CON -|768K PTE F RW NX CON -|44K PTE F RW NX - -|20K/1600K PTE - RW NX CON -|64K/' \
	<<<"$IMAGE_LEAVES")1984M PMD - RW NX CON BLK|$END"
like_kernel ptdump-ORDER_premap-x4midr-2G.SPLAT.log.xz
picture cortex-a72 2G rodataro \
	"4M PTE - RW NX - -|3136K PTE - ro NX - -|832K PTE - RW NX - -|812K PTE F RW NX - -|2088276K PTE - RW NX - -"
like_kernel ptdump-ORDER_rodataro-a72-2G.log.xz
plan
