#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Exit code 0: somebody holds a lock file of the folder. lease_held.py FOLDER"""
import fcntl
import os
import struct
import sys

F_OFD_GETLK, F_WRLCK, F_UNLCK = 36, 1, 2


def is_held(path):
    with open(path, "rb") as f:
        lock = fcntl.fcntl(f, F_OFD_GETLK, struct.pack("hhqqi4x", F_WRLCK, 0, 0, 1, 0))
    return struct.unpack("hhqqi4x", lock)[0] != F_UNLCK


folder = sys.argv[1]
sys.exit(0 if any(is_held(os.path.join(folder, n)) for n in os.listdir(folder)) else 1)
