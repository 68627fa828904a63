#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The lists of functions that are never to blame are what the kernel's source says: made anew from
# Debian's linux-source packages, they are the ones in the tree.
. "$(dirname "$0")/../support/tap.sh"

sources=(/usr/src/linux-source-*.tar.xz)
kept=controller/detect/symbols.tsv
if [ ! -f "${sources[0]}" ] || [ "${#sources[@]}" -lt 2 ]; then
	skip "symbols.tsv made anew" "no packages linux-source-6.1 and linux-source-6.12"
	done_testing
fi
if ! make -s "$BUILD/gen/kernel_symbols" >"$SCRATCH/make" 2>&1; then
	skip "symbols.tsv made anew" "no libarchive-dev"
	done_testing
fi
"$BUILD/gen/kernel_symbols" tools/kernel_symbols.rules controller/detect/symbols_old.tsv \
	"${sources[@]}" >"$SCRATCH/symbols.tsv" 2>"$SCRATCH/complaints"
check "every rule fits some function" [ ! -s "$SCRATCH/complaints" ]
if [ "$(sed -n 3p "$SCRATCH/symbols.tsv")" = "$(sed -n 3p "$kept")" ]; then
	check "the same sources make the same lists" cmp "$SCRATCH/symbols.tsv" "$kept"
else
	# A stable update moves few functions.
	names() { grep -v '^#' "$1" | tr '\t ' '\n\n' | sort -u; }
	moved=$(comm -3 <(names "$SCRATCH/symbols.tsv") <(names "$kept") | wc -l)
	check "other versions make nearly the same lists: $moved names differ" [ "$moved" -lt 400 ]
fi
# A rule file with a mistake is told by its line.
printf 'machinery any mm/kasan/**\nnonsense any lib/*.c\n' >"$SCRATCH/rules"
"$BUILD/gen/kernel_symbols" "$SCRATCH/rules" controller/detect/symbols_old.tsv tests \
	>"$SCRATCH/out" 2>"$SCRATCH/errors"
check "a mistake ends the run" [ $? -ne 0 ]
check "its line is named" says "rules:2: a list was expected" "$SCRATCH/errors"
done_testing
