#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A board's console of somebody who wants the reader's terminal: hostile bytes wherever the farm
quotes a board. Prints it slowly enough to be watched, then waits for the end of its input.

Words: `stamps`, a stamp ahead of each line; `once`, ends behind its last line; a path: silent until
that file is there, which the board's power switch makes.
"""
import os
import sys
import time

words = sys.argv[1:]
for path in (w for w in words if w.startswith("/")):
    while "once" not in words and not os.path.exists(path):
        time.sleep(0.02)

EVIL = (b"\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b2J\xc2\x9b5m\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f"
        b"\xe2\x80\xa8\xff\xfe\x7f\x08\x08\x0e\x1bP+q\x1b\\\xf3\xa0\x81\x81")
FORMULA = b"=HYPERLINK(1)"
LINES = [
    b"Booting Linux on physical CPU 0x0000000000 [0x410fd083]",
    b"Linux version 7.1.0-" + EVIL + b" (x@y) #1 SMP",
    b"Machine model: board" + EVIL,
    b"KTAP version 1", b"1..4",
    b"ok 1 " + FORMULA + EVIL,
    b"not ok 2 @SUM(A1)" + EVIL + b" # a remark " + EVIL,
    b"not ok 3 plain", b"not ok 4 sheet # =1+1" + EVIL,
    b"latency" + EVIL + b": 12 ns",
    b"BUG: KASAN: slab-out-of-bounds in evil_fn" + EVIL + b"+0x10/0x20",
    b"Write of size 4 at addr ffff000000000000 by task evil" + EVIL + b"/77",
    b"CPU: 0 PID: 77 Comm: evil" + EVIL + b" Not tainted 7.1.0" + EVIL,
    b"Hardware name: " + EVIL,
    b"Call trace:",
    b" evil_fn+0x10/0x20", b" caller" + EVIL + b"+0x1/0x2",
    b"==================================================================",
    b"Kernel panic - not syncing: " + EVIL + b" over",
    b"---[ end Kernel panic - not syncing: " + EVIL + b" ]---",
    b"last words " + EVIL,
]
for line in LINES:
    sys.stdout.buffer.write((b"[    1.000000] " if "stamps" in words else b"") + line + b"\r\n")
    sys.stdout.flush()
    time.sleep(0.02)
if "once" not in words:
    sys.stdin.read()
