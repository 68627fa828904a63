#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a results directory as the worker leaves it, for integration tests.

usage: results_fixture.py DIR BATCH [--boards N] [--variants N] [--tests N] [--metrics N]
                          [--fail] [--clean] [--miss] [--failing-test N] [--bytes] [--time RFC3339]
Every board of pool bbml2 shows two splats in variant v0: wanted, or with --fail not.
--clean: no splat anywhere. --miss: every run ends as MISS. --failing-test: mmfarm.test.N fails on board b1 in variant v1.
--bytes: reasons, comments and excerpts hold markup, control characters and bytes that are no UTF-8.
"""
import argparse
import json
import os

SPLAT = """------------[ cut here ]------------
WARNING: firmware/mm/split.c:42 at split_guard+0x15c/0x170, CPU#0: main
Call trace:
 split_guard+0x15c/0x170 (P)
---[ end trace 0000000000000000 ]---
"""


def finding(number, wanted):
    return {
        "line": 3 + 8 * number, "line_last": 7 + 8 * number, "byte_first": 40, "byte_last": 200,
        "class": "warn", "func": "split_guard" if number == 0 else "split_change",
        "file": "firmware/mm/split.c", "title": "WARNING at firmware/mm/split.c",
        "sig1": "%016x" % (1 + number), "sig2": "%016x" % (2 + number),
        "sig3": "%016x" % (3 + number), "severity": 3, "fatal": False, "complete": True,
        "wanted": wanted, "rules_version": 1, "excerpt": SPLAT,
    }


def run(a, batch, board, variant):
    bbml2 = board % 2 == 0
    splats = 2 if bbml2 and variant == 0 and not a.clean else 0
    verdict, reason = "PASS", "as wanted"
    if a.miss:
        verdict, reason = "MISS", "relay did not answer"
    elif a.fail and splats:
        verdict, reason = "FAIL", "a splat that is not wanted"
    r = {
        "format": "mmfarm-run/1", "id": f"{batch}-b{board}-v{variant}-1", "batch": batch,
        "job": "nightly", "variant": f"v{variant}", "attempt": 1,
        "board": {"name": f"b{board}", "type": f"qemu-{board}",
                  "pool": "bbml2" if bbml2 else "no-bbml2", "compatible": ["linux,dummy-virt"],
                  "cpu": {"name": "Cortex-X4", "midr": "0x410fd823", "bbm": 2, "bbml2": bbml2}},
        "payload": {"kind": "firmware", "name": "mm.img", "sha256": "ab" * 32, "size": 1000,
                    "arguments": f"order=v{variant}"},
        "start_time": a.time, "duration": 1.5, "deadline": 60, "verdict": verdict,
        "reason": reason, "wanted": splats > 0 and not a.fail, "outcome": "ok", "boots": 1,
        "cpus": [{"n": 0, "midr": "0x410fd823", "bbm": 2, "cap": bbml2}],
        "tests": [{"path": f"mmfarm.test.{i}", "status": "PASS", "comment": "fine", "line": i}
                  for i in range(a.tests)],
        "metrics": [{"path": f"mmfarm.t.{i}", "value": 1.6e-7 + i * 1e-9, "unit": "s",
                     "prefix": "metric", "n": 31, "line": 100 + i} for i in range(a.metrics)],
        "findings": [finding(i, not a.fail) for i in range(splats)],
        "log": {"file": "console.raw", "bytes": 400, "lines": 20},
    }
    if a.failing_test is not None and (board, variant) == (1, 1):
        r["tests"][a.failing_test].update(status="FAIL", comment="leaf is writable")
        r.update(verdict="FAIL", reason="a check failed")
    if a.bytes:
        odd = "<b>&\"'</b> \x1b[31m \x01 \ufffe ]]> # \u00e9"
        r["reason"] += odd
        for t in r["tests"]:
            t["comment"] = odd
        for f in r["findings"]:
            f["excerpt"] = odd + SPLAT
            f["title"] += odd
    if a.miss:
        r.update(tests=[], metrics=[], findings=[],
                 error={"code": "Infrastructure", "message": reason})
    return r


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dir")
    p.add_argument("batch")
    for name, default in (("boards", 2), ("variants", 2), ("tests", 3), ("metrics", 2)):
        p.add_argument("--" + name, type=int, default=default)
    p.add_argument("--fail", action="store_true")
    p.add_argument("--clean", action="store_true")
    p.add_argument("--miss", action="store_true")
    p.add_argument("--failing-test", type=int)
    p.add_argument("--bytes", action="store_true")
    p.add_argument("--time", default="2026-06-04T01:10:00Z")
    a = p.parse_args()
    runs = [run(a, a.batch, b, v) for v in range(a.variants) for b in range(a.boards)]
    for r in runs:
        d = os.path.join(a.dir, "runs", r["id"])
        write(os.path.join(d, "run.json"), json.dumps(r))
        write(os.path.join(d, "console.raw"), "boot\r\nhello\r\n" + SPLAT.replace("\n", "\r\n") * 2)
    write(os.path.join(a.dir, "batches", a.batch, "batch.json"), json.dumps({
        "format": "mmfarm-batch/1", "id": a.batch, "job": "nightly", "lab": "lab1",
        "origin": "mmfarm", "start_time": a.time, "finish_time": a.time,
        "comment": "the nightly job", "runs": [r["id"] for r in runs],
        "checkout": {"tree_name": "arm64", "git_commit_hash": "d6" * 20, "patchset_hash": ""},
        "builds": [{"name": f"v{v}", "config_name": f"v{v}", "architecture": "arm64"}
                   for v in range(a.variants)],
    }))
    latest = os.path.join(a.dir, "latest")
    if os.path.islink(latest):
        os.unlink(latest)
    os.symlink("batches/" + a.batch, latest)


main()
