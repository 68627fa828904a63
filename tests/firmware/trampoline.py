#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes five A64 instructions: x0 = DTB (bits 31:16), jump to ENTRY.

    trampoline.py ENTRY DTB
"""
import struct
import sys


def movz_movk(register, value):
    return [0xD2800000 | (value & 0xFFFF) << 5 | register,
            0xF2A00000 | (value >> 16 & 0xFFFF) << 5 | register]


entry, dtb = int(sys.argv[1], 0), int(sys.argv[2], 0)
words = movz_movk(0, dtb) + movz_movk(4, entry) + [0xD61F0000 | 4 << 5]
sys.stdout.buffer.write(struct.pack("<5I", *words))
