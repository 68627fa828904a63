# SPDX-License-Identifier: GPL-2.0-or-later
# `nm -n` of the image to the assembly of its symbol table (report/symbols.c reads it).
# Functions only; of several names for one address the first in the alphabet. The last one, text_end,
# closes the last function.
function hex(text,  i, value) {
	value = 0
	for (i = 1; i <= length(text); i++)
		value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return value
}
$2 ~ /^[tT]$/ && $3 !~ /^\$/ && $3 !~ /^\.L/ {
	address = hex($1)
	if (n && addresses[n - 1] == address) {
		if ($3 < names[n - 1])
			names[n - 1] = $3
		next
	}
	addresses[n] = address
	names[n++] = $3
}
END {
	print "\t.section .symbols, \"a\""
	print "\t.balign 8"
	printf "0:\t.long %d, 1f - 0b\n", n
	for (i = 0; i < n; i++) {
		printf "\t.long %d, %d\n", addresses[i], offset
		offset += length(names[i]) + 1
	}
	print "1:"
	for (i = 0; i < n; i++)
		printf "\t.asciz \"%s\"\n", names[i]
}
