#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Types commands at U-Boot's prompt and keeps all that comes back.

    uboot.py PIPE LOG COMMAND...    PIPE.in and PIPE.out are QEMU's pipe character device
"""
import os
import select
import sys
import time

PROMPT = b"=> "


def main():
    pipe, log, commands = sys.argv[1], sys.argv[2], sys.argv[3:]
    source = os.open(pipe + ".out", os.O_RDONLY)
    sink = os.open(pipe + ".in", os.O_WRONLY)
    seen = b""
    deadline = time.monotonic() + 250
    with open(log, "wb") as out:
        while time.monotonic() < deadline:
            if not select.select([source], [], [], 1)[0]:
                continue
            data = os.read(source, 4096)
            if not data:
                break
            out.write(data)
            seen += data
            if b"Hit any key" in seen:
                os.write(sink, b"\r")
                seen = b""
            if commands and seen.endswith(PROMPT):
                os.write(sink, commands.pop(0).encode() + b"\r")
                seen = b""
    return 1 if commands else 0


if __name__ == "__main__":
    sys.exit(main())
