#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What can be told without running: the code's form, what analysers find (the slow one in files that
# changed), and how the program is linked. Warnings are the build's (Makefile: WARNINGS).
# STATIC_CHECKS_FILES: files for the slow one instead of the newest changes.
# Alone: it uses all CPUs.
. "$(dirname "$0")/../support/tap.sh"

BUDGET_S=${STATIC_CHECKS_SECONDS:-20} # for the slow analyser; files that do not fit are counted
mapfile -t all < <(git ls-files '*.c' '*.h' 2>/dev/null)
[ ${#all[@]} -gt 0 ] || mapfile -t all < <(find controller firmware tests -name '*.[ch]' | grep -v "^$BUILD/")

# The controller's files that differ from the newest commits' ancestor, newest first.
changed() {
	if [ -n "${STATIC_CHECKS_FILES:-}" ]; then
		printf '%s\n' $STATIC_CHECKS_FILES
	elif git rev-parse -q --verify HEAD~1 >/dev/null 2>&1; then
		{ git diff --name-only HEAD; git log --format= --name-only -n 8; } | awk '!seen[$0]++' |
			grep -E '^controller/.*\.c$' | while read -r f; do [ -f "$f" ] && echo "$f"; done | head -n 40
	fi
}
mapfile -t files < <(changed)
flags="-std=gnu17 -D_GNU_SOURCE -DMMFARM_VERSION=\"0\" -Icontroller -Isanitizer -Itests -I$BUILD"
generated=$(find "$BUILD" -name '*.inc' -printf '-I%h\n' 2>/dev/null | sort -u | tr '\n' ' ')

form() {
	clang-format --version | grep -q 'version 14' || { echo "clang-format 14 is wanted"; return 1; }
	printf '%s\n' "${all[@]}" | xargs clang-format --dry-run -Werror
}
if clang-format --version 2>/dev/null | grep -q 'version 14'; then
	check "every C file has the form of .clang-format (make format)" form
else
	skip "every C file has the form of .clang-format (make format)" "clang-format 14 is not here"
fi

whole_tree() {
	printf '%s\n' "${all[@]}" | grep -E '^controller/.*\.c$' | xargs -P 2 -n 20 cppcheck --quiet --error-exitcode=1 \
		--enable=warning,portability --std=c11 --suppressions-list="$PWD/tests/support/cppcheck.txt" \
		--suppress=missingIncludeSystem --suppress=unknownMacro --max-configs=1 \
		'-D__attribute__(x)=' -D_GNU_SOURCE -Icontroller
}
check "cppcheck finds nothing in the controller" whole_tree

# within_budget COMMAND...: runs it with each file, until the time is over
within_budget() {
	local f left=0 failed=0 begin=$SECONDS
	for f in "${files[@]}"; do
		if [ $((SECONDS - begin)) -gt "$BUDGET_S" ]; then
			left=$((left + 1))
			continue
		fi
		"$@" "$f" || failed=1
	done
	[ $left -eq 0 ] || echo "$left of ${#files[@]} files did not fit in $BUDGET_S s"
	return $failed
}
# gcc 12's analyser does not see cleanup attributes, nor that a function which returns no error has
# set what it was given: what it says of leaks and of NULL is left out.
one_analyzer() {
	gcc $flags $generated -O1 -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-file-leak \
		-Wno-analyzer-fd-leak -Wno-analyzer-use-of-uninitialized-value \
		-Wno-analyzer-null-dereference -Wno-analyzer-null-argument -Werror -c -o /dev/null "$1"
}
if [ ${#files[@]} -eq 0 ]; then
	skip "gcc -fanalyzer finds nothing in changed files" "no file is known to have changed"
else
	check "gcc -fanalyzer finds nothing in changed files" within_budget one_analyzer
fi

# ---- the program ---------------------------------------------------------------------------------
P=$BUILD/mmfarm
readelf -W -h -l -d -n "$P" >"$SCRATCH/elf" 2>/dev/null
readelf -W --dyn-syms "$P" >"$SCRATCH/symbols" 2>/dev/null
check "the program lies anywhere (PIE)" grep -qE 'Type: *DYN' "$SCRATCH/elf"
check "its symbols are bound at its start" grep -qE 'BIND_NOW|Flags:.* NOW' "$SCRATCH/elf"
check "its tables are read-only then (RELRO)" grep -q GNU_RELRO "$SCRATCH/elf"
check "its stack is not executed" bash -c "grep GNU_STACK $SCRATCH/elf | grep -q 'RW '"
check "its stack is guarded" grep -q __stack_chk_fail "$SCRATCH/symbols"
check "its buffers are checked (FORTIFY)" grep -qE '__(read|memcpy|snprintf|vsnprintf)_chk' "$SCRATCH/symbols"
check "no segment is written and executed" bash -c "! grep -E 'LOAD.* RWE' $SCRATCH/elf"
# The linker keeps the mark only where the C library's own objects have it.
if [ "$(uname -m)" = x86_64 ]; then
	landing() { readelf -n "$BUILD/obj/controller/main.o" | grep -q 'IBT, SHSTK'; }
	check "its code is marked where it may be jumped to (IBT, shadow stack)" landing
fi
done_testing
