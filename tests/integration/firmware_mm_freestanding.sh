#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The table code keeps to what the bare machine has: the compiler's own headers, no C library, no data
# of its own, nothing that needs relocating.
set -u
cd "$(dirname "$0")/../.."
: "${CROSS_COMPILE:=aarch64-linux-gnu-}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0

# result NAME COMPLAINT: ok when there is no complaint
result() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		sed 's/^/# /' <<<"$2"
		echo "not ok $number - $1"
	fi
}

echo "1..4"
own=$("${CROSS_COMPILE}gcc" -print-file-name=include)
for source in firmware/mm/*.c; do
	"${CROSS_COMPILE}gcc" -std=gnu17 -O2 -ffreestanding -fpie -fvisibility=hidden -Wall -Wextra -Werror \
		-nostdinc -isystem "$own" -Ifirmware -c -o "$work/$(basename "$source" .c).o" "$source"
done >"$work/log" 2>&1
result "compiles with the compiler's headers alone" "$(cat "$work/log")"

# What no file defines must be one of these: the image brings them.
result "asks for no library but the four the compiler itself may call" "$(
	"${CROSS_COMPILE}nm" --undefined-only "$work"/*.o | awk 'NF == 2 { print $2 }' | sort -u |
		comm -23 - <({
			"${CROSS_COMPILE}nm" --defined-only "$work"/*.o | awk 'NF == 3 { print $3 }'
			printf '%s\n' memcpy memset memmove memcmp panic _GLOBAL_OFFSET_TABLE_
		} | sort -u)
)"
result "has no data of its own" "$("${CROSS_COMPILE}size" -A "$work"/*.o |
	awk '/:$/ { file = $1 } /^\.(data|bss|tdata|tbss)/ && $2 > 0 { print file, $1, $2 }')"
result "needs no data relocated" "$("${CROSS_COMPILE}readelf" -rW "$work"/*.o |
	grep -E 'R_AARCH64_ABS|RELATIVE' | grep -v debug)"
