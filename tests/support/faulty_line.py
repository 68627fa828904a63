#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A console line with a fault: standard input and output on one side, the unix socket console.sock
of the working directory on the other. Used as `console: {driver: exec}`.

    faulty_line.py FAULT [TEXT]

TEXT is what the board must have said before the fault strikes, which it does once:

    noise   bytes that nobody sent, both ways, ESC [ A among them
    close   the line breaks in the middle of what the board says
    cut     the board loses its power for good
    blip    the board loses its power for a moment (monitor.sock, power: arguments: [-monitor, ...])
    lie     the checksum behind TEXT arrives as zeros
    pad     the checksum behind TEXT arrives with zeros ahead of it
    baud    nothing arrives as it was said (at once)
    late-baud   the same, from TEXT on
    crcrlf, lfcr   the line makes CR CR LF, LF CR of CR LF (at once)
    stamp   a server on the way stamps each line (at once)
    twice   a terminal on the way echoes what is typed, too (at once)
    says    "WORDS|OTHERS": what the board says as WORDS arrives as OTHERS (at once, each time)
    slow    TEXT bytes a second reach the board (at once)
    deaf    nothing reaches the board (at once)
    alter   "WORDS|OTHERS", of equal length: typed WORDS reach the board as OTHERS, whose echo comes
            back as WORDS (at once, each time)
"""
import os
import select
import signal
import socket
import sys
import time

fault = sys.argv[1]
trigger = sys.argv[2].encode() if len(sys.argv) > 2 else b""
words, _, others = trigger.partition(b"|")
STRIKES = ("noise", "close", "cut", "blip", "lie", "pad", "late-baud")
once = "fault-" + fault  # in the run directory: a line that is opened again is healthy


def garbled(data):
    return bytes((b * 37 & 0xff) | 0x80 for b in data)


def process(pid):
    """Name and parent of a process; ("", 0) when it is gone."""
    try:
        stat = open(f"/proc/{pid}/stat").read()
    except OSError:
        return "", 0
    comm, rest = stat[stat.index("(") + 1:].rsplit(")", 1)
    return comm, int(rest.split()[1])


def kill_emulator():
    """The power cut: the emulator of our worker, which is our guard's parent, dies at once."""
    worker = process(os.getppid())[1]
    emulators = [pid for pid in filter(str.isdigit, os.listdir("/proc"))
                 if process(pid)[0].startswith("qemu") and process(pid)[1] == worker]
    if not emulators:
        sys.exit("no emulator to be killed")
    for pid in emulators:
        os.kill(int(pid), signal.SIGKILL)


def unfinished(data, text):
    """How many of the last bytes may become `text` when more bytes come."""
    whole = data.rfind(text)
    if whole >= 0:  # a text that is like its own beginning must not be cut
        data = data[whole + len(text):]
    sizes = range(min(len(data), len(text) - 1), 0, -1)
    return next((n for n in sizes if data.endswith(text[:n])), 0)


class Line:
    def __init__(self):
        self.board = socket.socket(socket.AF_UNIX)
        self.board.connect("console.sock")
        self.seen, self.held = b"", b""
        self.in_line = True  # what this program says itself is a line of its own
        self.struck = os.path.exists(once)
        self.monitor = socket.socket(socket.AF_UNIX)
        if fault == "blip":  # connected ahead, so that it strikes at once
            self.monitor.connect("monitor.sock")

    def strike(self, data):
        """What arrives of `data`, with which the board has said the text; None: the line breaks."""
        if fault == "noise":
            self.board.send(b"\x1b[A")
            return data + b"\xff\x00 noise \x80\r"
        if fault == "close":
            os.write(1, data[:len(data) // 2])
            return None
        if fault == "cut":
            kill_emulator()
        elif fault == "blip":
            # Whatever the CPU was about is not finished; storage keeps what it has.
            self.monitor.sendall(b"system_reset\n")
        elif fault == "lie":
            end = data.find(trigger) + len(trigger)
            return data[:end] + b"00000000" + data[end + 8:]
        elif fault == "pad":
            end = data.find(trigger) + len(trigger)
            return data[:end] + b"00000000" + data[end:]
        return data

    def hold(self, data):
        """Keeps back what a fault can only treat as a whole."""
        data, self.held = self.held + data, b""
        keep = 0
        if fault == "alter":
            keep = unfinished(data, others)
        elif fault == "says":
            keep = unfinished(data, words)
        elif fault in ("crcrlf", "lfcr"):
            keep = unfinished(data, b"\r\n")
        elif fault in ("lie", "pad") and not self.struck:
            at = data.find(trigger)
            if at < 0:
                keep = unfinished(data, trigger)
            elif len(data) < at + len(trigger) + 8:
                keep = len(data) - at
        if keep:
            data, self.held = data[:-keep], data[-keep:]
        return data

    def stamped(self, data):
        out = b""
        for line in data.splitlines(keepends=True):
            if not self.in_line:
                out += time.strftime("[%Y-%m-%d %H:%M:%S] ").encode()
            self.in_line = not line.endswith(b"\n")
            out += line
        return out

    def from_board(self, data):
        data = self.hold(data)
        self.seen = (self.seen + data)[-20000:]
        if fault in STRIKES and not self.struck and trigger in self.seen:
            self.struck = True
            open(once, "w").close()
            data = self.strike(data)
        elif fault == "baud":
            data = garbled(data)
        elif fault == "late-baud" and self.struck:
            data = garbled(data)
        elif fault == "says":
            data = data.replace(words, others)
        elif fault in ("crcrlf", "lfcr"):
            data = data.replace(b"\r\n", b"\r\r\n" if fault == "crcrlf" else b"\n\r")
        elif fault == "stamp":
            data = self.stamped(data)
        elif fault == "alter":
            data = data.replace(others, words)
        return data

    def to_board(self, data):
        if fault == "alter":
            data = data.replace(words, others)
        if fault == "twice":
            os.write(1, data)
        if fault == "slow":
            time.sleep(len(data) / int(trigger))
        if fault != "deaf":
            self.board.send(data)

    def carry(self):
        """False when either end has hung up."""
        ready, _, _ = select.select([self.board, 0], [], [])
        if self.board in ready:
            data = self.board.recv(4096)
            arrives = self.from_board(data) if data else None
            if arrives is None:
                return False
            os.write(1, arrives)
        if 0 in ready:
            data = os.read(0, 4096)
            if not data:
                return False
            self.to_board(data)
        return True


line = Line()
os.write(1, b"[faulty line: connected]\r\n")  # console: {ready: ...}
while line.carry():
    pass
