#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The page-table sanitizer on real guests under QEMU 10: clean kernels and the firmware are silent,
# what changes live tables is told for the capability that forbids it, and faults are found.
# Alone: guests with several CPUs.
. "$(dirname "$0")/../support/tap.sh"

QEMU=$PWD/$BUILD/qemu10/qemu-system-aarch64
PLUGIN=$PWD/$BUILD/sanitizer/mmfarm-ptsan.so
GUEST=$PWD/$BUILD/guest/mm_storm.cpio.gz
X4=max,midr=0x410fd823
if [ ! -x "$QEMU" ]; then
	skip "the sanitizer on real guests" "no QEMU 10 (tests/qemu10.sh says why)"
	done_testing
fi

# boot NAME CPU OPTIONS QEMU-ARGUMENT...: the report is in $SCRATCH/NAME
boot() {
	local name=$1 cpu=$2 options=$3
	shift 3
	timeout -k 5 120 "$QEMU" -M virt,memory-backend=ram -accel tcg -cpu "$cpu" \
		-object memory-backend-memfd,id=ram,size=1G -m 1G -smp 2 -nographic -nic none -no-reboot \
		-plugin "file=$PLUGIN,out=$SCRATCH/$name,$options" "$@" \
		<"/dev/null" >"$SCRATCH/$name.console" 2>&1
}
firmware() { # NAME CPU OPTIONS WORDS
	boot "$1" "$2" "$3" -kernel "$BUILD/firmware/mm.img" -append "$4"
}
kernel() { # NAME CPU OPTIONS IMAGE
	boot "$1" "$2" "$3" -kernel "$SCRATCH/$4" -initrd "$GUEST" \
		-append "console=ttyAMA0 earlycon panic=-1 nokaslr rounds=1"
}
rules() { # NAME: the rules that were broken
	sed -n 's/^#ptsan [0-9]* [0-9a-f]* count \([a-z-]*\) .*/\1/p' "$SCRATCH/$1" | sort -u | tr '\n' ' '
}
complete() { # NAME: nothing was overlooked
	grep -q ' end complete .* missed-stores=0$' "$SCRATCH/$1" || { tail -n3 "$SCRATCH/$1"; return 1; }
}
breaks() { # NAME RULES: these and no others, in a whole report
	complete "$1" || return 1
	[ "$(rules "$1")" = "$2" ] || { echo "rules: $(rules "$1")"; cut -c1-300 "$SCRATCH/$1" | head -n 20; return 1; }
}
silent() { breaks "$1" ""; }
checksums_hold() { # NAME
	python3 - "$SCRATCH/$1" <<-'END'
		import sys, zlib
		lines = open(sys.argv[1]).read().splitlines()
		for number, line in enumerate(lines, 1):
		    mark, n, crc, text = line.split(" ", 3)
		    assert (mark, int(n)) == ("#ptsan", number), line
		    assert int(crc, 16) == zlib.crc32(text.encode()), line
		assert lines[-1].split(" ")[3] == "end"
	END
}
refuses() { # OPTION
	! boot refused "$X4" "$1" && says "mmfarm-ptsan: " "$SCRATCH/refused.console"
}

check "an unknown option is refused" refuses colour=blue
check "levels that are none are refused" refuses levels=7

firmware fw-textro "$X4" levels=2 "order=textro"
check "the firmware's right order is silent on level 2" silent fw-textro
check "its live splits are size changes that were seen" \
	grep -qE ' size-changes=[1-9]' "$SCRATCH/fw-textro"
check "every line of a report is numbered and checked" checksums_hold fw-textro
firmware fw-a72 cortex-a72 levels=0 "order=textro"
check "a CPU that must break does break" silent fw-a72
firmware fw-publish "$X4" levels=2 "inject=publish-first"
check "a table published before it is filled" \
	breaks fw-publish "bbm-block-to-other-table bbm-make-without-tlbi "
firmware fw-tlbi "$X4" levels=2 "inject=no-tlbi tests=S14"
check "invalidations left out" breaks fw-tlbi "bbm-make-without-tlbi "

if [ ! -d "$SHARED/payloads" ]; then
	skip "the sanitizer on Linux" "no $SHARED/payloads"
	done_testing
fi
for order in premap textro; do
	xz -dc "$SHARED/payloads/linux-7.3-rc7-tiny-$order.Image.xz" >"$SCRATCH/$order"
done
DATA=data=ffff8000803e0000-ffff8000804ab000
kernel clean "$X4" levels=2,$DATA textro
check "Linux with a storm of page-table changes is silent on level 2" silent clean
check "the storm went to its end" says "mm-storm: end" "$SCRATCH/clean.console"
kernel strict "$X4" levels=0 textro
check "what only BBML2 allows is told for a CPU without it" \
	says "finding bbm-contiguous-live below=1" "$SCRATCH/strict"
kernel a72 cortex-a72 levels=0,$DATA textro
check "one gap in early boot, and nothing else, on a CPU without BBML2" breaks a72 "bbm-make-before-dsb "
kernel seed "$X4" levels=2,$DATA premap
check "the seed: data stays writable in the linear map" breaks seed "alias-writable "
kernel seed-a72 cortex-a72 levels=2,$DATA premap
check "the seed harms no CPU without BBML2" silent seed-a72

mutant() { # FUNCTION RULE
	python3 tests/support/ptsan_mutate.py --qemu "$QEMU" --plugin "$PLUGIN" --image "$SCRATCH/textro" \
		--initrd "$GUEST" --kind tlbi --only "$1" --rounds 1 --jobs 1 >"$SCRATCH/mutant" || return 1
	says "1 of 1 found, 1 blamed on the right function" "$SCRATCH/mutant" && says "$2" "$SCRATCH/mutant"
}
check "a TLBI that was taken out of copy on write is missed there" \
	mutant ptep_clear_flush "found by bbm-make-without-tlbi"
check "a TLBI that was taken out of mprotect is missed there" \
	mutant flush_tlb_range.isra.0 "found by return-to-user-without-tlbi"
done_testing
