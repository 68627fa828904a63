#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boards that say odd bytes.

usage: odd_consoles.py make DIR          writes DIR/KIND.console, one a kind
       odd_consoles.py say SWITCH FILE   a console: says FILE once SWITCH holds "on"
       odd_consoles.py turn SWITCH WORD  a power switch
"""
import os
import random
import sys
import time

HEAD = b"[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]\r\n" \
       b"[    0.000000] Linux version 7.3.0-test (t@t) #1\r\n"
END = b"\r\nEND\r\n"


def splat(inside=b"", title=b"mm/split.c:42 at split_guard+0x15c/0x170"):
    return (b"[    1.000000] ------------[ cut here ]------------\r\n"
            b"[    1.000001] WARNING: " + title + b", CPU#0: swapper/0/1\r\n"
            b"[    1.000002] CPU: 0 UID: 0 PID: 1 Comm: swapper/0 Not tainted 7.3.0 #1\r\n" +
            inside +
            b"[    1.000003] Call trace:\r\n[    1.000004]  split_guard+0x15c/0x170 (P)\r\n"
            b"[    1.000005]  update_range_prot+0x40/0x128\r\n"
            b"[    1.000006] ---[ end trace 0000000000000000 ]---\r\n")


def consoles():
    any_bytes = random.Random(1).randbytes(300000)
    odd = b"\0\0\x1b[31mred\x1b[0m\x07 \xff\xfe \xc3 \xed\xa0\x80 \xf4\x90\x80\x80 ]]> <b>&\"'"
    wide = (b"\xc3\xa9" * 3000 + b"\r\n") * 6
    return {
        "controls": splat(odd + b"\r\n") + odd,
        "names": splat(title=b"mm/\xff\0\x1b]0;x\x07.c:42 at split\xc3_guard+0x15c/0x170"),
        "megabyte": b"x" * (1 << 20) + b"\r\n" + splat(b"\xe2\x82" * (1 << 19) + b"\r\n"),
        "characters": splat(wide) + splat(wide, b"mm/set.c:7 at set_valid+0x4/0x20"),
        "noise": any_bytes,
        "nothing": b"",
    }


def say(switch, name):
    with open(name, "rb") as f:
        text = f.read()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if os.path.exists(switch) and open(switch).read() == "on":
            break
        time.sleep(0.02)
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()
    while time.monotonic() < deadline and open(switch).read() == "on":
        time.sleep(0.02)


def main():
    word, where, *rest = sys.argv[1:]
    if word == "make":
        for kind, text in consoles().items():
            with open(os.path.join(where, kind + ".console"), "wb") as f:
                f.write(HEAD + text + END)
    elif word == "turn":
        with open(where + ".new", "w") as f:
            f.write(rest[0])
        os.rename(where + ".new", where)
    else:
        say(where, rest[0])


main()
