#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A console as labgrid reads one, as far as its documentation tells: pyserial, as many bytes as
there are but at least one, every line logged when it is whole.

    labgrid_loop.py DEVICE BAUD LOGFILE
"""
import sys
import time

import serial

port = serial.Serial(sys.argv[1], int(sys.argv[2]), timeout=1)
stamps = open(sys.argv[3] + ".stamps", "w")
log = open(sys.argv[3], "wb")
line = b""
while True:
    line += port.read(max(1, port.in_waiting))
    while b"\n" in line:
        whole, line = line.split(b"\n", 1)
        log.write(whole + b"\n")
        log.flush()
        stamps.write(f"{time.monotonic():.6f} {len(whole)}\n")
