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


# How long the echo of a command may take to come whole. A byte can be lost where nobody is listening yet.
ECHO_SECONDS = 5
INTERRUPT = b"\x03"


class Typist:
    """Types a command, presses Enter once all of it has come back, and starts again where it has not."""

    def __init__(self, sink, commands):
        self.sink = sink
        self.commands = [c.encode() for c in commands]
        self.seen = b""
        self.typed_at = None  # when the command was typed; None: it is to be typed at the prompt

    def hear(self, data):
        self.seen += data
        if b"Hit any key" in self.seen:
            os.write(self.sink, b"\r")
            self.seen = b""
        if self.typed_at is not None and self.seen.endswith(self.commands[0]):
            os.write(self.sink, b"\r")
            self.commands.pop(0)
            self.typed_at = None
            self.seen = b""
        elif self.commands and self.typed_at is None and self.seen.endswith(PROMPT):
            os.write(self.sink, self.commands[0])
            self.typed_at = time.monotonic()
            self.seen = b""

    def wait(self):
        if self.typed_at is not None and time.monotonic() - self.typed_at > ECHO_SECONDS:
            os.write(self.sink, INTERRUPT)
            self.typed_at = None
            self.seen = b""


def main():
    pipe, log = sys.argv[1], sys.argv[2]
    source = os.open(pipe + ".out", os.O_RDONLY)
    typist = Typist(os.open(pipe + ".in", os.O_WRONLY), sys.argv[3:])
    deadline = time.monotonic() + 250
    with open(log, "wb") as out:
        while time.monotonic() < deadline:
            typist.wait()
            if not select.select([source], [], [], 1)[0]:
                continue
            data = os.read(source, 4096)
            if not data:
                break
            out.write(data)
            typist.hear(data)
    return 1 if typist.commands else 0


if __name__ == "__main__":
    sys.exit(main())
