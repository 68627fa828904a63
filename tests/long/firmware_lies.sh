#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boards that are not as they should be: memory with holes and odd edges, descriptions that are cut
# short or lie, CPUs that do not come. Each ends in records or a splat that say so, never in silence.
set -u
cd "$(dirname "$0")/../.."
. tests/firmware/qemu.sh
# A board whose PSCI nobody tells of, or tells wrong, cannot switch itself off.
UNTIL='^#mm end '

for tool in fdtput dtc; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
CAPABLE=max,midr=0x410fd823
"$QEMU" -M virt,dumpdtb="$WORK/virt.dtb" -cpu $CAPABLE -smp 2 -m 2G -display none 2>/dev/null
fdtput -t s "$WORK/virt.dtb" /chosen bootargs "tests=S11,S12,S13"

# tree: a fresh copy to spoil
tree() { cp "$WORK/virt.dtb" "$WORK/dtb"; }
put() { fdtput "$@" ; }
# memory CELL...: the banks, as address and size of two cells each
memory() { fdtput -t x "$WORK/dtb" /memory@40000000 reg "$@"; }
# why ID TEXT: the test record says so
why() { same "why of $1" "$2" "$(records test "$1" why)"; }

HOLES="0 40000000 0 0c000801 0 4c003400 0 1ffe1234 0 70000000 0 08000000 0 7fff0fff 0 3000"
for granule in 4k 16k 64k; do
	begin
	tree
	memory $HOLES
	put -t s "$WORK/dtb" /chosen bootargs "tests=S11,S12,S13 granule=$granule"
	boot_with_dtb "$WORK/dtb" $CAPABLE 2
	complete pass
	finish "memory with holes and odd edges, $granule"
done
begin
tree
memory 0 80000000 0 10000000 0 40000000 0 40000000 0 47f00000 0 00200000
boot_with_dtb "$WORK/dtb" cortex-a53 2
complete pass
finish "banks out of order and overlapping"

begin
tree
truncate -s 2000 "$WORK/dtb"
boot_with_dtb "$WORK/dtb" $CAPABLE 1
complete error
why S1.description "device tree is cut short or damaged"
finish "a device tree that is cut short"

begin
tree
printf 'LIES' | dd of="$WORK/dtb" bs=1 conv=notrunc 2>/dev/null
boot_with_dtb "$WORK/dtb" $CAPABLE 1
complete error
why S1.description "device tree has no magic number"
finish "a device tree that is none"

begin
tree
put -t x "$WORK/dtb" /pl011@9000000 reg 0 e0000000 0 1000
boot_with_dtb "$WORK/dtb" $CAPABLE 1
complete fail
why S1.console "the described console does not answer"
finish "a console where nothing is"

begin
tree
put -t x "$WORK/dtb" /pl011@9000000 reg 0 50000000 0 1000
boot_with_dtb "$WORK/dtb" $CAPABLE 1
complete fail
why S1.console "the described console does not answer"
finish "a console in the middle of memory"

# Memory that the tree does not tell of stands in for a port; its flag register says "full" for ever.
begin
tree
memory 0 40000000 0 20000000
put -t x "$WORK/dtb" /pl011@9000000 reg 0 70000000 0 1000
UNTIL= boot_with_dtb "$WORK/dtb" $CAPABLE 2 0x48000000 -device loader,addr=0x70000018,data=0x20,data-len=4 ||
	complaint "QEMU ended with $?: $(cat "$WORK/qemu")"
[ ! -s "$LOG" ] || complaint "something was printed"
finish "a console that takes no character does not keep the board from its end"

# gic NAME [fdtput's arguments to change the interrupt controller]: the CPUs wait for events then
gic() {
	local name=$1
	shift
	begin
	tree
	put "$@"
	boot_with_dtb "$WORK/dtb" $CAPABLE 2
	complete pass
	same "idle" wfe "$(records get sys idle)"
	finish "an interrupt controller $name"
}
gic "where nothing is" -t x "$WORK/dtb" /intc@8000000 reg 0 e0000000 0 10000 0 e0010000 0 10000
gic "in the middle of memory" -t x "$WORK/dtb" /intc@8000000 reg 0 50000000 0 10000 0 50010000 0 10000
gic "beyond the address space" -t x "$WORK/dtb" /intc@8000000 reg fff00000 0 0 10000 0 8010000 0 10000
gic "of another version than it says" -t s "$WORK/dtb" /intc@8000000 compatible arm,gic-v3
gic "whose CPU interface is elsewhere" -t x "$WORK/dtb" /intc@8000000 reg 0 8000000 0 10000 0 9000000 0 1000

begin
tree
memory 0 40000000 1 00000000
boot_with_dtb "$WORK/dtb" cortex-a53 1
complete error
grep -q 'Internal error: Oops' "$LOG" || complaint "no oops"
finish "memory that is not there ends in an oops"

for machine in virt virt,virtualization=on; do
	begin
	"$QEMU" -M $machine,dumpdtb="$WORK/dtb" -cpu cortex-a72 -smp 2 -m 2G -display none 2>/dev/null
	conduit=smc
	[ $machine = virt ] || conduit=hvc
	put -t s "$WORK/dtb" /psci method $conduit
	put -t s "$WORK/dtb" /chosen bootargs "tests=S12"
	MACHINE=$machine boot_with_dtb "$WORK/dtb" cortex-a72 2
	complete fail
	why S7.cpu1 "CPU_ON answered -1"
	finish "PSCI by $conduit, which nobody serves on $machine"
done

begin
tree
put -t x "$WORK/dtb" /cpus/cpu@1 reg 77
boot_with_dtb "$WORK/dtb" $CAPABLE 2
complete fail
why S7.cpu1 "CPU_ON answered -2"
finish "a CPU that does not exist"

begin
tests/firmware/hold_cpu.py "$WORK/gdb" &
holder=$!
boot $CAPABLE 2 "tests=S12" -S -chardev "socket,id=gdb,path=$WORK/gdb,server=on,wait=off" -gdb chardev:gdb
wait $holder
complete fail
why S7.cpu1 "no sign of life within 5000 ms"
grep -q '^#mm hb .*what="waiting for a CPU to come up"' "$LOG" || complaint "no heartbeat"
finish "a CPU that is started and never comes up"

# refused WHY ARGUMENTS: nothing is tested, and nothing failed
refused() {
	begin
	boot cortex-a53 1 "$2"
	complete error
	same "S1.arguments" error "$(records test S1.arguments)"
	why S1.arguments "$1"
	same "failed tests" "" "$(records failed)"
	finish "the command line '$2' is refused"
}
refused "'order=bogus' at column 1, expected: premap, textro, rodataro, roonly" "order=bogus det=1"
refused "'ordre=premap' at column 7, expected: order=" "det=1 ordre=premap"
refused "'tests=S99' at column 1, expected: quick, unsafe, S0 to S16, S4p, S11.R1 to R11, S14.W1 to W8, globs; not 'S99'" tests=S99
refused "bbm.cpu9=: 1 CPU is to be used, bbm.cpu0= is the last" "bbm.cpu9=1 tests=S12"
refused "'dyndbg='file x det=1' at column 1: a quote is not closed" 'dyndbg="file x det=1'
refused "tests= leaves out what inject= puts its fault into" "inject=no-tlbi tests=S12"

# What is named is run: the stages that ended, in order.
ended() { sed -n 's/^#mm stage id=\(S[0-9]*p*\) st=end .*/\1/p' "$LOG" | tr -d '\r' | tail -n +"$1" | tr '\n' ' '; }
begin
boot $CAPABLE 2 "tests=quick,S14.W8"
complete pass
same "stages" "S11 S12 S14 S15 S16 " "$(ended 10)"
same "S14.W8" pass "$(records test S14.W8)"
same "S14.W7" "" "$(records test S14.W7)"
finish "tests=quick,S14.W8 runs the quick tests and S14.W8"
begin
boot $CAPABLE 1 'foo="x order=premap" tests="S12,S4p" -- order=roonly tests=S13'
complete pass
same "stages" "S12 S16 " "$(ended 10)"
same "S4p.order" skip "$(records test S4p.order)"
same "order" textro "$(records get hello order)"
finish "words in quotes and behind -- are not ours; a stage that this order has not is skipped"
begin
boot cortex-a53 1 "console=ttyAMA0 tests=S12 quiet"
complete pass
same "S1.arguments" info "$(records test S1.arguments)"
finish "words for somebody else are told and ignored"

# As long as a kernel's may be; longer than can be kept.
words() { seq -f 'word%05.0f=x' -s ' ' "$1"; }
begin
boot $CAPABLE 1 "$(words 160) order=premap tests=S12"
complete pass
same S4p.alias xfail "$(records test S4p.alias)"
finish "a command line of 2 KiB is read to its end"
begin
boot cortex-a53 1 "$(words 400) tests=S12"
complete error
why S1.arguments "the command line is longer than the firmware can keep"
finish "a command line that would be cut is refused"

begin
tree
put -t s "$WORK/dtb" /cpus/cpu@1 enable-method spin-table
boot_with_dtb "$WORK/dtb" $CAPABLE 2
complete pass
same "CPUs" 1 "$(records get sys ncpu)"
same "S7.foreign" info "$(records test S7.foreign)"
finish "a CPU that PSCI does not start is left where it is"

# A mixed system: the boot CPU can, another cannot, and the other way round.
begin
boot $CAPABLE 3 "bbm.cpu2=0 tests=S11,S12"
complete pass
same S8.repaint pass "$(records test S8.repaint)"
finish "one CPU lacks the capability: the linear map is repainted"
begin
boot cortex-a53 3 "bbm.cpu2=1 tests=S11,S12"
complete pass
same S8.repaint skip "$(records test S8.repaint)"
finish "one CPU alone has the capability: nothing changes"
plan
