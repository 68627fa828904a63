#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is shipped to be read is there and true: man pages, links, shipped boards and jobs.
. "$(dirname "$0")/../support/tap.sh"

# Options that the help of a command names and its man page does not.
untold_options() {
	"$MMFARM" "$1" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' |
		while read -r option; do
			tr -d '\\' <"docs/man/mmfarm-$1.1" | grep -qF -- "$option" || echo "$option"
		done
}
no_lines() {
	local lines
	lines=$("$@")
	[ -z "$lines" ] || { echo "$lines" && return 1; }
}

commands=$("$MMFARM" --help | awk '/^  [a-z]+  / { print $1 }')
check "the help lists commands" test -n "$commands"
for command in $commands; do
	check "$command has a man page" test -f "docs/man/mmfarm-$command.1"
	check "$command: its page tells every option of its help" no_lines untold_options "$command"
done

broken_links() {
	grep -oE '\]\([^)#:]+' README.md docs/*.md | while IFS=: read -r file link; do
		[ -e "$(dirname "$file")/${link#](}" ] || echo "$file: ${link#](}"
	done
}
check "links of the documents lead to files" no_lines broken_links
check "the shipped boards are right" "$MMFARM" boards
check "the shipped jobs are right" "$MMFARM" jobs

# What is installed does its work from anywhere.
installed() {
	make -s install PREFIX="$SCRATCH/prefix" BUILD="$BUILD" &&
		test -s "$SCRATCH/prefix/share/man/man1/mmfarm-run.1" &&
		test -s "$SCRATCH/prefix/share/doc/mmfarm/docs/jobs.md"
}
elsewhere() (
	share=$SCRATCH/prefix/share/mmfarm
	cd "$SCRATCH" && "$SCRATCH/prefix/bin/mmfarm" run "$share/jobs/nightly.yaml" \
		--boards "$share/boards" --board va53-01
)
check "make install" installed
check "what is installed runs its job from another folder" elsewhere
done_testing
