#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A console line with a fault: standard input and output on one side, the unix socket console.sock
of the working directory on the other. Used as `console: {driver: exec}`.

    faulty_line.py FAULT [TEXT]

TEXT is what the board must have said before the fault strikes, which it does once.
"""
import os
import select
import signal
import socket
import sys

fault = sys.argv[1]
trigger = sys.argv[2].encode() if len(sys.argv) > 2 else b""
once = "fault-" + fault  # in the run directory: a line that is opened again is healthy


def kill_emulator():
    """The power cut: our parent's other child that is an emulator dies at once."""
    me = os.getpid()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = open(f"/proc/{pid}/stat").read()
        except OSError:
            continue
        comm, rest = stat[stat.index("(") + 1:].rsplit(")", 1)
        if comm.startswith("qemu") and int(rest.split()[1]) == os.getppid() and int(pid) != me:
            os.kill(int(pid), signal.SIGKILL)


def main():
    board = socket.socket(socket.AF_UNIX)
    board.connect("console.sock")
    seen, struck, swallowing = b"", os.path.exists(once), fault == "deaf"
    while True:
        ready, _, _ = select.select([board, 0], [], [])
        if board in ready:
            data = board.recv(4096)
            if not data:
                return
            seen = (seen + data)[-20000:]
            strike = not struck and trigger in seen
            if strike and fault in ("noise", "close", "cut", "lie"):
                struck = True
                open(once, "w").close()
                if fault == "noise":
                    board.send(b"\x1b[A")
                    data += b"\xff\x00 noise \x80\r"
                elif fault == "close":
                    os.write(1, data[:len(data) // 2])
                    return
                elif fault == "cut":
                    kill_emulator()
                elif fault == "lie":
                    at = data.find(b"==> ")
                    struck = at >= 0
                    if at >= 0:
                        data = data[:at + 4] + b"00000000" + data[at + 12:]
            if fault == "baud":
                data = bytes((b * 37 & 0xff) | 0x80 for b in data)
            os.write(1, data)
        if 0 in ready:
            data = os.read(0, 4096)
            if not data:
                return
            if not swallowing:
                board.send(data)


main()
