#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One property of the interactive console a call: board_console.py PROPERTY MMFARM FOLDER"""
import glob
import json
import os
import signal
import subprocess
import sys
import time

from console_session import LIMIT, Session

name, mmfarm, folder = sys.argv[1:]
results = os.path.join(folder, "results-" + name)
common = ["--boards", os.path.join(folder, "boards.yaml"), "--results", results]


def console(board="echo"):
    s = Session([mmfarm, "board", board, "console", *common])
    s.wait_for(b"ends")
    s.wait_for(b"\n")
    end = time.monotonic() + LIMIT
    while not s.is_raw() and time.monotonic() < end:
        time.sleep(0.01)
    assert s.is_raw(), "the terminal is not raw"
    return s


def log_of():
    logs = glob.glob(results + "/boards/echo/*/console.raw")
    assert len(logs) == 1, logs
    return open(logs[0], "rb").read()


def keys():
    s = console()
    s.type(b"uname\r")
    s.wait_for(b"uname\r")
    s.type(b"\x03\x1a\x1c\x04")  # what a terminal would take for itself
    s.wait_for(rb"\x03\x1a\x1c\x04")  # and shown as what cannot drive one
    s.type(b"last")
    s.wait_for(b"last")
    s.type(b"\x1dnot sent")
    assert s.ended() == 0
    assert log_of() == b"uname\r\x03\x1a\x1c\x04last", log_of()


def window():
    s = console()
    s.resize(50, 132)
    s.type(b"after")
    s.wait_for(b"after")
    s.type(b"\x1d")
    assert s.ended() == 0


def stopped():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        s = console("talker")
        s.wait_for(b"tick")
        s.process.send_signal(number)
        assert s.ended() == 3


def line_without_break():
    s = console()
    s.type(b"\x1e")
    s.wait_for(b"knows no break")
    s.type(b"on")
    s.wait_for(b"on")
    s.type(b"\x1d")
    assert s.ended() == 0
    assert log_of() == b"on"


def shared():
    s = console()
    readers = [console(), console()]
    s.type(b"seen by all")
    for reader in readers:
        reader.wait_for(b"seen by all")
        reader.type(b"typed by a reader")
    s.type(b", once more")
    for reader in readers:
        reader.wait_for(b", once more")
    readers[0].type(b"\x1d")  # one leaves, one is stopped, and a third stays to the end
    assert readers[0].ended() == 0
    readers[1].process.send_signal(signal.SIGTERM)
    assert readers[1].ended() == 0
    third = console()
    s.type(b"\x1d")
    assert s.ended() == 0
    assert third.ended() == 0
    assert log_of() == b"seen by all, once more", log_of()


def run_of_a_job():
    job = subprocess.Popen([mmfarm, "run", os.path.join(folder, "job.yaml"), "--board", "talker", *common],
                           stdout=subprocess.DEVNULL)
    end = time.monotonic() + LIMIT
    while not glob.glob(results + "/runs/*/console.raw") and time.monotonic() < end:
        time.sleep(0.02)
    readers = [console("talker"), console("talker")]
    for reader in readers:
        reader.wait_for(b"tick")
        reader.type(b"typed")
    for reader in readers:
        assert reader.ended() == 0
    code = job.wait(LIMIT)
    run = json.load(open(glob.glob(results + "/runs/*/run.json")[0]))
    assert code == 0 and run["verdict"] == "PASS", (code, run["reason"])
    assert b"typed" not in open(glob.glob(results + "/runs/*/console.raw")[0], "rb").read()


def job_under_a_console():
    s = console("talker")
    s.wait_for(b"tick")
    job = subprocess.Popen([mmfarm, "run", os.path.join(folder, "job.yaml"), "--board", "talker", *common],
                           stdout=subprocess.PIPE, text=True)
    line = job.stdout.readline()  # ends at the latest with the job
    assert "in use by" in line, f"the run does not wait: {line}"
    s.wait_for(b"tick")  # the console is ours until we leave it
    s.type(b"\x1d")
    assert s.ended() == 0
    assert job.wait(LIMIT) == 0


{f.__name__: f for f in (keys, window, stopped, line_without_break, shared, run_of_a_job,
                         job_under_a_console)}[name]()
