#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is shipped to be read is there and true: man pages, links, shipped boards and jobs.
. "$(dirname "$0")/../support/tap.sh"

no_lines() {
	local lines
	lines=$("$@")
	[ -z "$lines" ] || { echo "$lines" && return 1; }
}

commands=$("$MMFARM" --help | awk '/^  [a-z]+  / { print $1 }')
check "the help lists commands" test -n "$commands"
for command in $commands; do
	check "$command has a man page" test -f "docs/man/mmfarm-$command.1"
done

# The pages' options, and the commands of mmfarm(1), are those of the tables.
pages_as_made() {
	cp -r docs/man "$SCRATCH/man" && tools/man_options.sh "$MMFARM" "$SCRATCH/man" &&
		diff -r docs/man "$SCRATCH/man"
}
check "man pages have the options and commands of the tables (make man)" pages_as_made
driver_pages_as_made() {
	cp -r docs "$SCRATCH/docs" && tools/driver_docs.py "$MMFARM" "$SCRATCH/docs" &&
		diff docs/drivers.md "$SCRATCH/docs/drivers.md" &&
		diff docs/man/mmfarm-drivers.5 "$SCRATCH/docs/man/mmfarm-drivers.5"
}
check "drivers.md and its man page have the keys of the tables (make driver-docs)" driver_pages_as_made
untold_drivers() {
	"$MMFARM" boards --drivers --json | jq -r 'select(.driver != "") | .kind + " " + .driver' |
		while read -r kind driver; do
			file=docs/boards.md
			[ "$kind" = destination ] && file=docs/publish.md
			grep -qF "\`$driver\`" $file || echo "$kind $driver"
		done
}
check "the guides tell every driver" no_lines untold_drivers
unlisted() {
	tr -d '\\' <docs/man/mmfarm.1 >"$SCRATCH/page"
	for command in $commands; do
		grep -qF "mmfarm-$command (1)" "$SCRATCH/page" || echo "$command"
	done
}
check "mmfarm(1) lists every command" no_lines unlisted
# farm.yaml: each key of the tables stands in the document, and its example is a farm.yaml.
untold_keys() {
	"$MMFARM" manual farm.yaml | grep -oE '^.fB[a-z_]+' | cut -c4- | while read -r key; do
		grep -qF "\`$key\`" docs/farm.md || echo "$key"
	done
}
check "farm.md tells every key of farm.yaml" no_lines untold_keys
farm_example() {
	awk '/^```yaml/ { on = 1; next } /^```/ { on = 0 } on' docs/farm.md >"$SCRATCH/farm.yaml"
	mkdir -p "$SCRATCH/r" && "$MMFARM" publish --status --farm "$SCRATCH/farm.yaml" --results "$SCRATCH/r" >"$SCRATCH/out" &&
		grep -q "^list: smtp" "$SCRATCH/out" &&
		"$MMFARM" prune --dry-run --farm "$SCRATCH/farm.yaml" --results "$SCRATCH/r"
}
check "the farm.yaml of farm.md is one" farm_example
badly_set() {
	for page in docs/man/*.[15]; do
		LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null
	done
}
check "man pages are set without a complaint" no_lines badly_set
too_wide() {
	{
		"$MMFARM" --help
		for command in $commands; do "$MMFARM" "$command" --help; done
		"$MMFARM" timing help
	} | awk 'length > 80'
}
check "helps fit 80 columns" no_lines too_wide

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
		test -s "$SCRATCH/prefix/share/bash-completion/completions/mmfarm" &&
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
