#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Says where a text would drive a terminal or mislead its reader; written apart from the program's
own filter, from the Unicode data that Python has.

usage: safe_text.py [--live] FILE...     exits 1 when it would
--live: the output of a terminal session. The program's own colours and cursor movements pass, and
what line editing needs.
"""
import re
import sys
import unicodedata

OWN = re.compile(r"\x1b\[(?:|0|1|2|1;31|3[235])m|\x1b\[A\x1b\[2K|[\r\b]")
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def is_bad(c):
    if c in "\n\t":
        return False
    return (unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") or unicodedata.bidirectional(c) in BIDI
            or c in "\u200e\u200f\u061c" or "\U000e0000" <= c <= "\U000e007f")


bad = False
live = sys.argv[1] == "--live"
for path in sys.argv[1 + live:]:
    with open(path, "rb") as f:
        data = f.read()
    if not data:
        print(f"{path} is empty")
        bad = True
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    if live:
        text = OWN.sub("", text)
    for n, line in enumerate(text.split("\n"), 1):
        wrong = sorted({hex(ord(c)) for c in line if is_bad(c)})
        if wrong:
            print(f"{path}:{n}: {wrong}: {ascii(line[:150])}")
            bad = True
sys.exit(bad)
