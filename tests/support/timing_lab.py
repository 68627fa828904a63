#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the results of a lab whose boards measure what is known, for tests of comparisons.

usage: timing_lab.py DIR [--boards N]

N boards of Cortex-X4 (pool bbml2) and N of Neoverse-V3 (pool no-bbml2) run the variants premap and
textro six times on the commit aa... last week and six times on bb... this week:

    lab.cpu      5 % slower on the X4
    lab.same     the same everywhere
    lab.variant  20 % slower with textro
    lab.commit   10 % slower with bb..., on the X4 only
    lab.board    each board by a factor of its own, up to 8 %, whatever its CPU
"""
import argparse
import datetime
import json
import os
import random

CPUS = (("Cortex-X4 r0p3", "0x410fd823", True), ("Neoverse-V3 r0p2", "0x410fd842", False))
COMMITS = (("aa" * 20, 9), ("bb" * 20, 2))  # and how many days ago
NIGHTS = 6


def write(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f)


def measure(rng, x4, variant, new, own):
    factors = {"cpu": 1.05 if x4 else 1, "same": 1, "variant": 1.2 if variant == "textro" else 1,
               "commit": 1.1 if x4 and new else 1, "board": own}
    metrics = [{"path": f"lab.{name}", "value": 1e-3 * factor * (1 + 0.002 * rng.gauss(0, 1)),
                "unit": "s", "prefix": "metric", "n": 31, "line": 10}
               for name, factor in factors.items()]
    metrics[0]["samples"] = [metrics[0]["value"] * (1 + 0.01 * i) for i in range(-15, 16)]
    return metrics


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dir")
    p.add_argument("--boards", type=int, default=4)
    a = p.parse_args()
    rng, now = random.Random(5), datetime.datetime.now(datetime.timezone.utc)
    boards = [(cpu, i, 1 + 0.08 * ((7 * i + 3 * cpu) % a.boards) / a.boards)
              for cpu in (0, 1) for i in range(a.boards)]
    for which, (commit, days) in enumerate(COMMITS):
        for night in range(NIGHTS):
            start = (now - datetime.timedelta(days=days, hours=-night)).strftime(
                "%Y-%m-%dT%H:%M:%S.000000Z")
            batch, runs = f"b{which}{night}", []
            for cpu, i, own in boards:
                name, midr, bbml2 = CPUS[cpu]
                for variant in ("premap", "textro"):
                    kind = name.split()[0].lower()
                    run = f"{batch}-{kind}-{i}-{variant}"
                    runs.append(run)
                    write(os.path.join(a.dir, "runs", run, "run.json"), {
                        "format": "mmfarm-run/1", "id": run, "batch": batch, "job": "compare",
                        "variant": variant, "attempt": 1,
                        "board": {"name": f"{kind}-{i}", "type": kind,
                                  "pool": "bbml2" if bbml2 else "no-bbml2",
                                  "compatible": ["arm,fvp"],
                                  "cpu": {"name": name, "midr": midr, "bbm": 2 * bbml2,
                                          "bbml2": bbml2}},
                        "payload": {"kind": "kernel", "name": "Image", "size": 1000,
                                    "sha256": ("a1", "b2")[which] * 32},
                        "start_time": start, "duration": 1.5, "deadline": 60, "verdict": "PASS",
                        "reason": "as wanted", "wanted": False, "outcome": "ok", "boots": 1,
                        "cpus": [{"n": 0, "midr": midr, "bbm": 2 * bbml2, "cap": bbml2}],
                        "tests": [], "findings": [],
                        "metrics": measure(rng, cpu == 0, variant, which == 1, own),
                        "log": {"file": "console.raw", "bytes": 400, "lines": 20}})
            write(os.path.join(a.dir, "batches", batch, "batch.json"), {
                "format": "mmfarm-batch/1", "id": batch, "job": "compare", "lab": "lab",
                "origin": "mmfarm", "start_time": start, "finish_time": start, "runs": runs,
                "checkout": {"tree_name": "arm64", "git_commit_hash": commit,
                             "patchset_hash": ""},
                "builds": [{"name": v, "config_name": v, "architecture": "arm64"}
                           for v in ("premap", "textro")]})


main()
