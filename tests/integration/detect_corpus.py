#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Scores `mmfarm scan --json` against logs with known content.

usage: detect_corpus.py MMFARM SPLATS [-v] [CORPUS..]

SPLATS holds one folder a corpus, each with expected.tsv. Prints TAP, one test a bar, with the
figures as comments; -v also names every disagreement.
"""
import csv
import json
import os
import re
import subprocess
import sys

import detect_others

csv.field_size_limit(1 << 24)


def scan(mmfarm, paths):
    """Events of each file, in the order of their lines."""
    events = {path: [] for path in paths}
    run = subprocess.run([mmfarm, "scan", "--json", *paths], stdout=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1):
        raise SystemExit(f"scan ended with {run.returncode}")
    for line in run.stdout.decode().splitlines():
        event = json.loads(line)
        events[event["file"]].append(event)
    for found in events.values():
        found.sort(key=lambda e: e.get("line", 1 << 60))
    return events


def splats(events, severity=2):
    return [e for e in events if e["event"] == "splat" and e["severity"] >= severity]


class Corpus:
    def __init__(self, mmfarm, top, name):
        folder = next((f for f in sorted(os.listdir(top)) if f.startswith(name + "-")), None)
        self.folder = os.path.join(top, folder)
        with open(os.path.join(self.folder, "expected.tsv"), newline="") as f:
            rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
        self.rows = [r for r in rows if os.path.exists(os.path.join(self.folder, r["file"]))]
        paths = [os.path.join(self.folder, r["file"]) for r in self.rows]
        found = scan(mmfarm, paths)
        self.events = {r["file"]: found[p] for r, p in zip(self.rows, paths)}


class Score:
    def __init__(self, verbose):
        self.number = 0
        self.failed = 0
        self.verbose = verbose

    def bar(self, what, right, total, share):
        ok = right >= share * total
        self.number += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.number} - {what}: {right} of {total}"
              f" (wanted {share:.0%})")

    def differ(self, *words):
        if self.verbose:
            print("#  ", *words)


# ---- own logs of real kernels ----------------------------------------------------------------------

KINDS = {
    "WARN": lambda e: e["class"] == "warn",
    "BUG": lambda e: e["class"] in ("bug", "atomic", "badpage", "slub"),
    "FAULT": lambda e: e["class"] == "fault",
    "OOPS": lambda e: e["class"] == "oops",
    "PANIC": lambda e: e["class"] in ("panic", "stack_overflow", "serror", "unhandled_vec"),
    "UBSAN": lambda e: e["class"] == "ubsan",
    "KFENCE": lambda e: e["class"] == "kfence",
    "KASAN": lambda e: e["class"] == "kasan",
    "SOFTLOCKUP": lambda e: e["class"] == "hang" and e["sub"] == "softlockup",
    "RCUSTALL": lambda e: e["class"] == "hang" and e["sub"].startswith("rcu"),
    "HUNGTASK": lambda e: e["class"] == "hang" and e["sub"] == "task",
    "USERSEGV": lambda e: e["class"] == "user",
}


def same_splat(wanted, event):
    kind, _, func = wanted.partition("|")
    kind, _, what = kind.partition(":")
    if not KINDS[kind](event):
        return False
    if what and what.lower() not in event["title"].lower():
        return False
    if kind == "PANIC" and not what and func not in event["title"]:
        return False
    # A jump through NULL has no function: the truth says where it went, the event who jumped.
    if func == "0x0":
        return event.get("far") == "0" * 16 and event["func"] not in ("", func)
    # The truth of a soft lockup names the task, of which nothing is in the trace.
    return not func or event["func"] == func or kind in ("SOFTLOCKUP", "PANIC")


def wanted_list(row):
    listed = [w.strip() for w in row["splats"].split("||") if w.strip()]
    return [w for w in listed if not w.startswith("KTAPFAIL")], \
           [w for w in listed if w.startswith("KTAPFAIL")]


def match_all(wanted, found):
    left = list(found)
    hits = 0
    for w in wanted:
        for e in left:
            if same_splat(w, e):
                left.remove(e)
                hits += 1
                break
    return hits, left


def score_h(corpus, score):
    right = total = exact = 0
    for row in corpus.rows:
        wanted, tests = wanted_list(row)
        events = corpus.events[row["file"]]
        found = splats(events, 1)
        hits, left = match_all(wanted, found)
        failed = [e for e in events if e["event"] == "test"]
        hits += min(len(failed), len(tests))
        right += hits
        total += len(wanted) + len(tests)
        good = hits == len(wanted) + len(tests) and not left
        exact += good
        if not good:
            score.differ("H", row["file"], "wanted", wanted, "found",
                         [(e["line"], e["class"], e["sub"], e["func"], e["title"]) for e in found])
    score.bar("H: splats with class and function", right, total, 1)
    score.bar("H: files without one too many or too few", exact, len(corpus.rows), 1)


def score_identity(corpus, mutated, score):
    """One bug has one identity in all logs and under every lossless mutation; two have two."""
    owners = {}
    names = {}
    logs = [*corpus.events.values(),
            *(mutated.events[r["file"]] for r in mutated.rows if r["loss"] == "lossless")]
    for events in logs:
        for e in splats(events):
            if e["complete"] and not e.get("mixed"):
                bug = (e["class"], e["sub"], e["func"], e.get("source"))
                owners.setdefault(e["sig2"], set()).add(bug)
                names.setdefault(bug, set()).add(e["sig2"])
    for bug, sigs in names.items():
        if len(sigs) > 1:
            score.differ("identity", bug, "has", sorted(sigs))
    score.bar("H, M: bugs with one identity", sum(len(s) == 1 for s in names.values()),
              len(names), 1)
    score.bar("H, M: identities of one bug", sum(len(b) == 1 for b in owners.values()),
              len(owners), 1)


def score_m(corpus, base, score):
    lossless = [0, 0]
    lossy = [0, 0]
    for row in corpus.rows:
        mine = [e["sig1"] for e in splats(corpus.events[row["file"]], 1)]
        ref = [e["sig1"] for e in splats(base.events[row["base"] + ".log"], 1)]
        if row["loss"] == "lossless":
            lossless[1] += 1
            lossless[0] += mine == ref
            if mine != ref:
                score.differ("M", row["file"], [(e["line"], e["title"], e["sig1"]) for e in
                                                splats(corpus.events[row["file"]], 1)])
        else:
            left = list(ref)
            for sig in mine:
                if sig in left:
                    left.remove(sig)
            lossy[1] += len(ref)
            lossy[0] += len(ref) - len(left)
            if left or len(mine) > len(ref):
                score.differ("M lossy", row["file"], "missing", left,
                             [(e["line"], e["title"]) for e in
                              splats(corpus.events[row["file"]], 1)])
    score.bar("M: lossless mutations with the base's signatures", *lossless, 1)
    score.bar("M: signatures that survive lossy mutations", *lossy, 0.8)


def score_n(corpus, score):
    clean = 0
    for row in corpus.rows:
        found = splats(corpus.events[row["file"]])
        clean += not found
        for e in found:
            score.differ("N", row["file"], e["line"], e["class"], e["sub"], e["title"])
    score.bar("N: logs without a false report", clean, len(corpus.rows), 1)


def score_r(corpus, score):
    right = 0
    for row in corpus.rows:
        boot = [e for e in corpus.events[row["file"]] if e["event"] == "boot"][-1]
        good = boot["outcome"] == row["outcome"] and boot["boots"] == int(row["kernel_boots"])
        right += good
        if not good:
            score.differ("R", row["file"], "wanted", row["outcome"], row["kernel_boots"], "found",
                         boot["outcome"], boot["boots"])
    score.bar("R: boot outcomes and boot counts", right, len(corpus.rows), 1)


# ---- others' truth -----------------------------------------------------------------------------------

def functions(title):
    at = title.rfind(" in ")
    if at < 0:
        return set()
    name = title[at + 4:]
    return set(re.split(r" / |/", name)) | {name}


def score_a(corpus, score):
    verdict = [0, 0]
    named = [0, 0]
    arm64 = [0, 0]
    for row in corpus.rows:
        events = corpus.events[row["file"]]
        found = splats(events)
        crash = bool(row["title"])
        verdict[1] += 1
        boot = [e for e in events if e["event"] == "boot"][-1]
        mine = bool(found) or boot["outcome"] in ("panic", "reset", "boot_loop")
        verdict[0] += crash == mine
        if crash != mine:
            score.differ("A verdict", row["file"], "wanted", row["title"] or "(none)", "found",
                         [(e["line"], e["title"]) for e in found])
            continue
        wanted = set()
        for title in [row["title"], *row["alt"].split("|")]:
            wanted |= functions(title)
        if not crash or row["corrupted"] == "Y" or not wanted:
            continue
        mine = found[0]["func"] if found else ""
        good = mine in wanted
        for tally in [named] + ([arm64] if row["arch"] == "arm64" else []):
            tally[1] += 1
            tally[0] += good
        if not good:
            score.differ("A func", row["file"], row["arch"], "wanted", row["title"], row["alt"],
                         "found", [(e["line"], e["class"], e["func"]) for e in found[:2]])
    score.bar("A: crash or not", *verdict, 0.99)
    score.bar("A: function of the title", *named, 0.9)
    score.bar("A: function of the title, arm64", *arm64, 0.95)


def score_others(name, corpus, score):
    right = total = 0
    for row in corpus.rows:
        events = corpus.events[row["file"]]
        left = splats(events) + [e for e in events if e["event"] == "test"]
        for word in detect_others.errors(name, row):
            wanted, reason = detect_others.meaning(name, word)
            if wanted is None and reason:
                score.differ(name, row["file"], f"\"{word}\" is no splat:", reason)
                continue
            total += 1
            hit = wanted and next((e for e in left if wanted(e)), None)
            if hit:
                right += 1
                if name in ("B", "F"):  # there each one is listed
                    left.remove(hit)
            else:
                score.differ(name, row["file"], f"\"{word}\" was not found among",
                             [(e["line"], e.get("title", e.get("path"))) for e in left])
    score.bar(f"{name}: errors that others list", right, total, 1)


def main():
    args = [a for a in sys.argv[1:] if a != "-v"]
    score = Score("-v" in sys.argv)
    mmfarm, top = args[0], args[1]
    wanted = args[2:] or ["H", "M", "N", "R", "A", *"BCDF"]
    get = lambda name: Corpus(mmfarm, top, name)
    base = get("H")
    if "H" in wanted:
        score_h(base, score)
    if "M" in wanted:
        mutated = get("M")
        score_m(mutated, base, score)
        score_identity(base, mutated, score)
    if "N" in wanted:
        score_n(get("N"), score)
    if "R" in wanted:
        score_r(get("R"), score)
    if "A" in wanted:
        score_a(get("A"), score)
    for name in "BCDF":
        if name in wanted:
            score_others(name, get(name), score)
    print(f"1..{score.number}")
    return 1 if score.failed else 0


sys.exit(main())
