#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/architecture.md is true: each room includes only rooms of lower floors.
. "$(dirname "$0")/../support/tap.sh"

floor() {
	case $1 in
	base) echo 0 ;;
	text) echo 0.2 ;;
	detect | timing) echo 0.5 ;;
	config | lava) echo 1 ;;
	capture | lease) echo 2 ;;
	board) echo 2.5 ;;
	run) echo 3 ;;
	results) echo 4 ;;
	night | triage | schedule) echo 5 ;;
	cmd) echo 6 ;;
	*) echo 9 ;;
	esac
}

downward() {
	local bad=0 room file include target
	for room in controller/*/; do
		room=$(basename "$room")
		while IFS=: read -r file include; do
			target=${include%%/*}
			[ "$target" = "$room" ] && continue
			if [ "$(floor "$target")" = 9 ] ||
				[ "$(echo "$(floor "$target") < $(floor "$room")" | awk '{print ($1 < $3)}')" != 1 ]; then
				echo "$file includes $include"
				bad=1
			fi
		done < <(grep -rHoE '^#include "[^"]+"' "controller/$room" | sed 's/#include "//; s/"$//' |
			grep -E ':[a-z]+/')
	done
	return $bad
}
check "includes go to lower floors only" downward

pure() {
	! grep -rnE '#include <(unistd|fcntl|time|poll|signal|pthread|sys/[a-z]+)\.h>' \
		controller/detect controller/timing --include='*.[ch]' | grep -v '_build\.[ch]:' &&
		! grep -rnE '\b(FILE|f?printf|fopen|puts|std(in|out|err))\b' \
			controller/detect controller/timing --include='*.[ch]' |
		sed 's/"[^"]*"//g' | grep -E '\b(FILE|f?printf|fopen|puts|std(in|out|err))\b' |
		grep -vE '_build\.[ch]:|format\(printf|//'
}
check "detect and timing include no header of files, processes or clocks" pure
# In one program a tag means one thing: with two, the wrong header's member compiles.
doubled_tags() {
	grep -rhoE '^[^"/*]*\b(struct|union|enum) [a-z_0-9]+ \{' "$1" --include='*.[ch]' |
		grep -oE '[a-z_0-9]+ \{$' | sort | uniq -d
}
one_tag() {
	local program tags bad=0
	for program in controller firmware sanitizer guest; do
		tags=$(doubled_tags $program)
		[ -z "$tags" ] || {
			echo "$program has more than one:" $tags
			bad=1
		}
	done
	return $bad
}
check "no two structs, unions or enums of a program have one tag" one_tag
# What lies on disk has its name in record/layout.h alone.
named_once() {
	local names
	names=$(sed -nE 's/^#define LAYOUT_[A-Z_]+ +"([a-z]+\.[a-z.]+)".*/\1/p' controller/record/layout.h |
		sed 's/\./\\./g' | paste -sd'|')
	[ -n "$names" ] &&
		! grep -rnE "^[^/]*\"([^ \"]*/)?($names)(\.zst)?\"|\"%s/(runs|batches|active|spool|payloads)/" \
			controller --include='*.[ch]' | grep -vE 'record/layout|^[^:]*:[0-9]+:[ \t]*//'
}
check "file names of the results directory stand in record/layout.h only" named_once
check "no goto" bash -c '! grep -rnE "^[^/*\"]*\bgoto\b" controller firmware tests --include="*.[ch]"'
check "nothing below cmd/ prints" bash -c '
	! grep -rnE "\b(printf|puts|perror|fputs\([^,]*, std(out|err))\(" controller --include="*.c" |
	grep -vE "^controller/(cmd|main)|snprintf|_SQL |controller/base/memory.c|_build\.c:"'
done_testing
