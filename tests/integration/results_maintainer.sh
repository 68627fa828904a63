#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a report tells the one who is to mend it: commits between good and bad, whom to write to, how to
# see it again, how the last nights went. With real git trees and a real compiler.
. "$(dirname "$0")/../support/tap.sh"
FIXTURE=$PWD/tests/support/results_fixture.py
cd "$SCRATCH" || exit 1
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
has() { grep -qF -- "$1" out || { echo "no \"$1\" in:"; cat out; return 1; }; }
has_not() { ! grep -qF -- "$1" out || { echo "unwanted \"$1\""; return 1; }; }
report() { "$MMFARM" report --results r "$@" >out; [ $? -le 1 ]; }

# ---- a tree ----------------------------------------------------------------------------------------
commit() { # subject file
	mkdir -p "tree/$(dirname "$2")" && echo "$1" >>"tree/$2" && git -C tree add -A &&
		git -C tree -c user.name=dev -c user.email=dev@example.org commit -qm "$1"
}
head_of() { git -C tree rev-parse HEAD; }
git init -q -b main tree
cat >tree/MAINTAINERS <<'END'
List of maintainers and how to submit kernel changes
====================================================

	M: *Mail* patches to: FullName <address@domain>
	F: *Files* and directories wildcard patterns.

ARM64 PORT (AARCH64 ARCHITECTURE)
M:	Will D <will@arm64.example>
R:	A Reviewer <reviewer@arm64.example>
L:	linux-arm@lists.example (moderated for non-subscribers)
S:	Maintained
F:	firmware/
X:	firmware/net/

SPLITTING OF PAGES
M:	Splitter <split@pages.example>
M:	Evil <a@b>, c@d
M:	Header <x@y.example>	Bcc: z@z
L:	linux-mm@lists.example
F:	firmware/mm/split*

NETWORK OF FIRMWARE
M:	Netter <net@pages.example>
F:	firmware/net/

THE REST
M:	Linus <linus@rest.example>
L:	all@lists.example
F:	*
F:	*/
END
commit "begin" firmware/mm/split.c
GOOD=$(head_of)
commit "net: nothing to do with it" firmware/net/x.c
commit "mm: split $(printf 'with \033[31m <b>markup</b>') guard" firmware/mm/split.c
git -C tree checkout -q -b topic HEAD~1
commit "docs: words" Documentation/x
git -C tree checkout -q main
git -C tree -c user.name=dev -c user.email=dev@example.org merge -q --no-edit -m "Merge topic" topic
BAD=$(head_of)

# night DAY COMMIT [OPTIONS...]
night() {
	local day=$1 hash=$2
	shift 2
	python3 "$FIXTURE" r "d$day" --time "2026-06-0${day}T01:10:00Z" "$@"
	jq --arg hash "$hash" --arg tree "$PWD/tree" '.checkout.git_commit_hash = $hash | .tree = $tree
		| .contact = "lab <lab@lab.example> <script>"' "r/batches/d$day/batch.json" >new &&
		mv new "r/batches/d$day/batch.json" && "$MMFARM" reindex --results r >/dev/null
}
night 1 "$GOOD" --clean
night 2 "$BAD" --fail

between() {
	report && has "  good  ${GOOD:0:12}, batch d1, 2026-06-01 01:10:00 UTC" &&
		has "  bad   ${BAD:0:12}, batch d2, 2026-06-02 01:10:00 UTC" &&
		has "  4 commits (1 merge); 1 changes firmware/mm/split.c:" &&
		has 'mm: split with \x1b[31m <b>markup</b> guard' && has "docs: words" && has "Merge topic" &&
		has "git bisect start $BAD $GOOD"
}
check "what lies between good and bad is told with counts, subjects and the bisect line" between

bisects() { # the line does what it says
	git clone -q tree clone && cd clone && eval "$(sed -n 's/^ *\(git bisect start .*\)/\1/p' ../out | head -n1)" >/dev/null &&
		git bisect run sh -c '! grep -q guard firmware/mm/split.c' | grep -q "is the first bad commit" &&
		git show -s --format=%s refs/bisect/bad | grep -q "^mm: split"
}
check "the bisect line, taken from the report, finds the commit" bash -c "$(declare -f bisects); bisects"

people() {
	report && has "(MAINTAINERS of ${BAD:0:12} has firmware/mm/split.c under SPLITTING OF PAGES):" &&
		has "  To: Splitter <split@pages.example>" && has "  Cc: linux-mm@lists.example" &&
		has "  Cc: Will D <will@arm64.example>" && has "  Cc: A Reviewer <reviewer@arm64.example>" &&
		has "  Cc: linux-arm@lists.example" && has "  Cc: all@lists.example" &&
		has_not "net@pages.example" && has_not "linus@" && has_not "a@b" && has_not "Bcc"
}
check "MAINTAINERS of the bad revision says whom to write to" people

page() {
	report --html && has "git bisect start $BAD $GOOD" && has "Splitter &lt;split@pages.example&gt;" &&
		has_not "<b>markup" && has_not "<script>" && has "lab &lt;lab@lab.example&gt;"
}
check "the page has the same, and no markup of a commit, an address or farm.yaml" page

known_later() {
	commit "later" firmware/mm/split.c
	night 3 "$(head_of)" --fail
	report && has "Known issues (2)" && has "  good  ${GOOD:0:12}, batch d1" && has "  bad   ${BAD:0:12}, batch d2" &&
		has "git bisect start $BAD $GOOD"
}
check "of a known issue it is the batches between which it came" known_later

same_commit() {
	night 4 "$(head_of)" --clean
	night 5 "$(head_of)" --fail
	report && has "  both are one commit: chance, the board or the lab" && has_not "git bisect"
}
check "good and bad of one commit are not the code's difference" same_commit

nights() {
	report && grep -q '^b0 *PFFPF *Cortex-X4 r0p3$' out && grep -q '^b1 *PPPPP *Cortex-X4 r0p3$' out &&
		report --html && has '<span class="FAIL" title="FAIL">F</span>' && has "<td>Cortex-X4 r0p3</td>"
}
check "each board's last nights and CPU revision are in the grid" nights

contact() { report && [ "$(tail -n 1 out)" = "Questions about this report: lab <lab@lab.example> <script>" ]; }
check "the last line is the lab's contact" contact

other_tree() {
	report d2 --tree nowhere && has ": nowhere: fatal: " && has "Write to: not known" || return 1
	night 6 "$(printf 1%.0s {1..40})" --fail
	night 7 "$(printf 2%.0s {1..40})" --clean --failing-test 1
	report d7 && has "the tree does not tell: commit 11111111" && has "git bisect start 2222" &&
		has_not "Write to"
}
check "a tree or commit that is not at hand is said, and costs no report" other_tree

hostile_tree() {
	rm -rf evil && git clone -q tree evil && cd evil || return 1
	git config core.fsmonitor "touch $SCRATCH/ran" && git config core.pager "touch $SCRATCH/ran" &&
		git config diff.external "touch $SCRATCH/ran" && mkdir -p scripts &&
		printf '#!/bin/sh\ntouch %s/ran\n' "$SCRATCH" >scripts/get_maintainer.pl && chmod +x scripts/get_maintainer.pl
	cd .. && report d2 --tree evil && has "git bisect start" && has "To: Splitter" && [ ! -e ran ]
}
check "no program of the tree is run" hostile_tree

# ---- seeing it again -----------------------------------------------------------------------------------
again() {
	mkdir -p r/payloads && : >"r/payloads/$(printf 'ab%.0s' {1..32}).Image"
	report d2 && has "in the lab: mmfarm run nightly --board b0 --variant v0" &&
		has "on QEMU: qemu-system-aarch64 -M virt -cpu max,midr=0x410fd823" &&
		has "payload: r/payloads/abab" && has "sha256 $(printf 'ab%.0s' {1..32})"
}
check "how to see it again: in the lab, on QEMU, with which payload" again

wanted() {
	python3 "$FIXTURE" w n1
	"$MMFARM" report --results w >out && has "Splats the job wants, and got (2)" &&
		has "in 1 run, first n1-b0-v0-1 line 3"
}
check "a good night's wanted splats are told, a line each" wanted

second_report() {
	python3 "$FIXTURE" s n1 --fail
	local run
	for run in s/runs/n1-b*-v0-1; do
		{ echo; echo; for i in $(seq 3 110); do echo "line $i of a long report"; done; } >$run/console.raw
		jq '.findings |= (if length > 0 then [.[0] + {line: 3, line_last: 40}, .[1] + {line: 44, line_last: 100, folded_into: 3}] else . end)' \
			$run/run.json >new && mv new $run/run.json
	done
	"$MMFARM" report --results s >out
	has "line 40 of a long report" && has "line 100 of a long report" && has "line 102 of" && has_not "line 103 of"
}
check "a second report within the first is shown whole" second_report

# ---- lines of a trace --------------------------------------------------------------------------------
# A program for arm64 stands for the kernel: symbols of known sizes, a function that is inlined.
make_vmlinux() {
	mkdir -p src/firmware/mm && cat >src/firmware/mm/split.c <<-'END'
		const char banner[] = "Linux version 7.1.0-test (w@h) (gcc) #1 SMP";
		volatile int sink;
		static inline __attribute__((always_inline)) void inner(int x) { sink = x / sink; }
		__attribute__((noinline)) void split_guard(int x)
		{
			sink = x;
			inner(x);
			sink = 7;
		}
		__attribute__((noinline)) int caller(int x)
		{
			split_guard(x);
			return sink + 1;
		}
		void _start(void) { caller(3); }
	END
	(cd src && aarch64-linux-gnu-gcc -g -O1 -static -nostdlib -o ../vmlinux "$PWD/firmware/mm/split.c")
}
size_of() { # as kallsyms has it: up to the next symbol
	aarch64-linux-gnu-nm -n vmlinux | awk -v s="$1" '/ \$/ {next} on {print $1; exit} $3 == s {on = 1; print $1}' |
		{ read -r a; read -r b; printf '0x%x' $((0x$b - 0x$a)); }
}
address_line() { # the offset in hex of the first instruction that objdump shows behind a source line
	aarch64-linux-gnu-objdump -d --no-show-raw-insn vmlinux | awk -v f="<$1>:" -v w="$2" \
		'$2 == f {on = 1; base = strtonum("0x" $1)} on && $2 == w {sub(":", "", $1); printf "0x%x", strtonum("0x" $1) - base; exit}'
}
traced() {
	make_vmlinux || return 1
	python3 "$FIXTURE" v n1 --fail
	guard=$(size_of split_guard) call=$(size_of caller)
	{
		printf 'boot\nhello\n------------[ cut here ]------------\n'
		printf 'pc : split_guard+%s/%s\n' "$(address_line split_guard sdiv)" "$guard"
		printf ' split_guard+0x0/%s (P)\n caller+0x%x/%s\n' "$guard" $(($(address_line caller bl) + 4)) "$call"
		printf ' nowhere+0x1/0x2\n caller+0x4/0x4000\n split_guard+0x4/%s [module]\n' "$guard"
	} >console
	for run in v/runs/n1-b*-v0-1; do
		cp console $run/console.raw
		jq '.payload.version = "Linux version 7.1.0-test (w@h) (gcc) #1 SMP" | .findings |= (if length > 0 then [.[0]] else . end)' $run/run.json >new && mv new $run/run.json
	done
	"$MMFARM" report --results v --vmlinux vmlinux >out
	has "Lines of the trace, by vmlinux:" && has "split_guard+$(address_line split_guard sdiv)/$guard  firmware/mm/split.c:3" &&
		has "  inlined by split_guard  firmware/mm/split.c:7" && grep -q "split_guard+0x0/$guard  firmware/mm/split.c:[56]$" out &&
		grep -q "caller+0x.*/$call  firmware/mm/split.c:12$" out && [ "$(grep -c 'firmware/mm/split.c:[0-9]*$' out)" = 4 ]
}
other_kernel() {
	sed 's/7.1.0-test/7.2.0-test/' vmlinux >other
	"$MMFARM" report --results v --vmlinux other >out
	has 'Lines of the trace: not known: other is of another kernel than "Linux version 7.1.0-test' || return 1
	"$MMFARM" report --results v --vmlinux absent >out
	has "Lines of the trace: not known: absent: No such file" || return 1
	printf 'Linux version 7.1.0-test (w@h) (gcc) #1 SMP and no ELF' >text
	"$MMFARM" report --results v --vmlinux text >out
	has "Lines of the trace: not known: " && has "New issues"
}
if command -v aarch64-linux-gnu-gcc >/dev/null && gawk --version >/dev/null 2>&1; then
	check "--vmlinux names the lines of a trace, also of what was inlined" traced
	check "a vmlinux of another kernel, or none, names no lines" other_kernel
else
	skip "--vmlinux names the lines of a trace, also of what was inlined" "no gcc-aarch64-linux-gnu or gawk"
fi
done_testing
