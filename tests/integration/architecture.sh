#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/architecture.md is true: each room includes only rooms of lower floors.
. "$(dirname "$0")/../support/tap.sh"

RULES=$PWD/tests/integration/architecture.py

# finds RULE LINE: the small tree in $SCRATCH/tree breaks the rule, and this is said
finds() { python3 "$RULES" "$1" "$SCRATCH/tree" | grep -qF "$2"; }

# The checks below must be able to fail.
rules_bite() {
	local tree=$SCRATCH/tree
	mkdir -p "$tree"/{base,text,results/{store,report}} || return 1
	echo '#include "text/b.h"' >"$tree/base/a.c"
	echo '#include "results/report/r.h"' >"$tree/results/store/s.h"
	touch "$tree/text/b.h" "$tree/results/report/"{r,t,u,v}.h
	printf '#include "results/report/%s.h"\n' r t u v >"$tree/results/finish.c"
	echo '#include "text/d.h"' >"$tree/text/c.c"
	echo '#include "text/c.h"' >"$tree/text/d.c"
	touch "$tree/text/"{c,d}.h
	mkdir -p "$tree/elsewhere" && touch "$tree/elsewhere/e.c"
	finds floors "base/a.c includes text/b.h" &&
		finds floors "results/store/s.h includes results/report/r.h" &&
		finds floors "elsewhere/e.c: no floor" &&
		finds doors "results/report is entered by 4 headers" &&
		finds circles "a circle: text/c text/d"
}
check "the rules below find what breaks them" rules_bite
check "includes go to lower floors only, also inside rooms" python3 "$RULES" floors controller
check "a sub-room is entered by three headers at most" python3 "$RULES" doors controller
for program in controller firmware sanitizer guest; do
	check "$program: no file needs itself by way of others" python3 "$RULES" circles $program
done

pure() {
	! grep -rnE '#include <(unistd|fcntl|time|poll|signal|pthread|sys/[a-z]+)\.h>' \
		controller/detect controller/timing controller/calendar --include='*.[ch]' | grep -v '_build\.[ch]:' &&
		! grep -rnE '\b(FILE|f?printf|fopen|puts|std(in|out|err))\b' \
			controller/detect controller/timing controller/calendar --include='*.[ch]' |
		sed 's/"[^"]*"//g' | grep -E '\b(FILE|f?printf|fopen|puts|std(in|out|err))\b' |
		grep -vE '_build\.[ch]:|format\(printf|//'
}
check "detect, timing and calendar include no header of files, processes or clocks" pure
# In results/store/, and of farm.sqlite in schedule/: other rooms ask by name (results/store/store_query.h).
no_sql() {
	! grep -rniE 'sqlite3[_. ]|<sqlite3|"[^"]*\b(select [^"]* from|insert (or [a-z]+ )?into|delete from|update [a-z]+ set|create (temp )?(table|index)|pragma [a-z_]+)\b' \
		controller --include='*.[ch]' | grep -vE '^controller/(results/store|schedule)/|^controller/base/database'
}
check "SQL stands in results/store/ and schedule/ alone" no_sql
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
