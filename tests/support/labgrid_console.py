#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps a console with labgrid: its serial driver reads, its reporter writes the log.

    labgrid_console.py DEVICE BAUD LOGDIR
"""
import sys

from labgrid import Target
from labgrid.consoleloggingreporter import ConsoleLoggingReporter
from labgrid.driver import SerialDriver
from labgrid.resource import RawSerialPort
from pexpect import TIMEOUT

ConsoleLoggingReporter.start(sys.argv[3])
target = Target("board")
RawSerialPort(target, name=None, port=sys.argv[1], speed=int(sys.argv[2]))
driver = SerialDriver(target, name=None)
target.activate(driver)
while True:
    try:
        driver.read(timeout=1.0)
    except TIMEOUT:
        pass
