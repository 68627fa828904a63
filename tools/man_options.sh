#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lays the OPTIONS of the man pages, the COMMANDS of mmfarm(1) and the KEYS of mmfarm.yaml(5) anew from
# their tables: tools/man_options.sh MMFARM FOLDER
set -eu
mmfarm=$1 folder=$2

section() { # PAGE SECTION: standard input takes the place of what stands in that section
	awk -v section=".SH $2" -v text="$(cat | sed 's/\\/\\\\/g')" '
		/^\.SH / { inside = ($0 == section); print; if (inside) print text; next }
		!inside { print }' "$1" >"$1.new"
	mv "$1.new" "$1"
}

for page in "$folder"/mmfarm-*.1; do
	command=$(basename "$page" .1)
	"$mmfarm" manual "${command#mmfarm-}" | section "$page" OPTIONS
done
"$mmfarm" manual farm.yaml | section "$folder/mmfarm.yaml.5" KEYS
"$mmfarm" manual | section "$folder/mmfarm.1" COMMANDS
