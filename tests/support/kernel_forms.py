#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Wraps a kernel as distributions do.

    kernel_forms.py zboot PACKED PACKER OUT    an EFI zboot around a packed Image
    kernel_forms.py serve FOLDER PORT_FILE     HTTP on a free port, written to PORT_FILE
"""
import functools
import http.server
import struct
import sys

HEAD = 4096
PE_AT = 0x40


def zboot(packed, packer):
    head = bytearray(HEAD)
    head[0:8] = b"MZ\0\0zimg"
    struct.pack_into("<II", head, 8, HEAD, len(packed))
    head[24 : 24 + len(packer)] = packer.encode()
    struct.pack_into("<II", head, 0x38, 0x818223CD, PE_AT)
    head[PE_AT : PE_AT + 4] = b"PE\0\0"
    struct.pack_into("<HH", head, PE_AT + 4, 0xAA64, 1)
    struct.pack_into("<II", head, PE_AT + 24 + 16, len(packed), HEAD)
    return bytes(head) + packed


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder, port_file):
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        with open(port_file, "w", encoding="ascii") as f:
            f.write(str(server.server_address[1]))
        server.serve_forever()


def main():
    if sys.argv[1] == "serve":
        serve(sys.argv[2], sys.argv[3])
    with open(sys.argv[2], "rb") as f:
        packed = f.read()
    with open(sys.argv[4], "wb") as f:
        f.write(zboot(packed, sys.argv[3]))


main()
