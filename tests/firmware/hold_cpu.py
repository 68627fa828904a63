#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""By QEMU's gdb stub: lets the first CPU run and holds all others.

    hold_cpu.py SOCKET    waits for the socket, then until QEMU ends
"""
import socket
import sys
import time


def packet(text):
    return f"${text}#{sum(text.encode()) % 256:02x}".encode()


def main():
    stub = socket.socket(socket.AF_UNIX)
    for _ in range(100):
        try:
            stub.connect(sys.argv[1])
            break
        except OSError:
            time.sleep(0.1)
    for text in ("qSupported:multiprocess+", "vCont?", "vCont;c:p1.1"):
        stub.sendall(packet(text))
        if not text.endswith("1.1"):
            stub.recv(4096)
            stub.sendall(b"+")
    while stub.recv(4096):
        pass


if __name__ == "__main__":
    main()
