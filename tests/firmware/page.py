#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the firmware's result page (firmware/report/page.h) out of a dump of memory.

    page.py DUMP [OFFSET] >TEXT     says what is wrong with it on stderr
"""
import struct
import sys
import zlib


def main():
    with open(sys.argv[1], "rb") as f:
        f.seek(int(sys.argv[2], 0) if len(sys.argv) > 2 else 0)
        dump = f.read()
    magic, header, room, length, crc, lost, ended = struct.unpack_from("<8s6I", dump)
    wrong = []
    if magic != b"MMFWPAGE":
        wrong.append(f"no magic: {magic!r}")
    elif header + room > len(dump) or length > room:
        wrong.append(f"sizes: header {header}, room {room}, length {length}")
    else:
        text = dump[header:header + length]
        if zlib.crc32(text) != crc:
            wrong.append(f"crc: {crc:08x}, the text's is {zlib.crc32(text):08x}")
        if lost:
            wrong.append(f"{lost} bytes found no room")
        if not ended:
            wrong.append("the run has not ended")
        sys.stdout.buffer.write(text)
    print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
