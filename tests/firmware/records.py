#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the firmware's records out of a console log, for the integration tests.

    records.py LOG complete VERDICT  prints what is wrong with sequence, checksums, CRC and walks,
                                     another verdict in `end`, and (VERDICT pass) failed tests
    records.py LOG get KIND KEY      the key of the last record of the kind
    records.py LOG test ID [KEY]     the result (or a key) of the last test record with the id
    records.py LOG failed            ids of all tests that failed
    records.py LOG splats            function of each splat, in order
    records.py LOG walk STAGE        the #w lines in force after a stage
    records.py LOG silence           milliseconds of the board's time in which it said nothing, at most
"""
import re
import sys
import zlib

PAIR = re.compile(r'([a-z0-9_.]+)=("[^"]*"|\S*)')
RECORD = re.compile(r"^#(mm (\S+)( .*)?) \*([0-9a-f]{2})$")


class Log:
    def __init__(self, path):
        with open(path, "rb") as f:
            text = f.read().decode("ascii", "replace")
        self.lines = text.replace("\r", "").split("\n")
        self.records = []
        self.wrong = []
        self.crc = 0
        self.before_end = 0
        for number, line in enumerate(self.lines):
            if line.startswith("#mm "):
                self.add(number, line)

    def add(self, number, line):
        match = RECORD.match(line)
        if not match:
            self.wrong.append(f"line {number + 1}: no record: {line}")
            return
        total = 0
        for c in match.group(1).encode():
            total ^= c
        if total != int(match.group(4), 16):
            self.wrong.append(f"line {number + 1}: checksum is {total:02x}: {line}")
        if len(line) > 240:
            self.wrong.append(f"line {number + 1}: {len(line)} characters")
        keys = {k: v.strip('"') for k, v in PAIR.findall(match.group(3) or "")}
        if keys.get("q") != str(len(self.records)):
            self.wrong.append(f"line {number + 1}: sequence {keys.get('q')}, "
                              f"expected {len(self.records)}")
        self.before_end = self.crc
        self.crc = zlib.crc32(line.encode(), self.crc)
        self.records.append((match.group(2), keys, number))

    def check(self):
        wrong = list(self.wrong)
        if not self.records or self.records[-1][0] != "end":
            wrong.append("no end record")
        elif self.records[-1][1].get("crc") != f"{self.before_end:08x}":
            wrong.append(f"end says crc {self.records[-1][1].get('crc')}, "
                         f"the records say {self.before_end:08x}")
        for kind, keys, number in self.records:
            if kind == "walk":
                lines = self.lines[number + 1:number + 1 + int(keys["lines"])]
                crc = 0
                for line in lines:
                    crc = zlib.crc32(line.encode(), crc)
                if not all(l.startswith("#w ") for l in lines) or f"{crc:08x}" != keys["crc"]:
                    wrong.append(f"line {number + 1}: walk lines are not those of crc {keys['crc']}")
        return wrong

    def find(self, kind, **wanted):
        found = {}
        for k, keys, _ in self.records:
            if k == kind and all(keys.get(w) == v for w, v in wanted.items()):
                found = keys
        return found

    def failed(self):
        return [keys["id"] for kind, keys, _ in self.records
                if kind == "test" and keys.get("r") in ("fail", "xpass")]

    def splats(self):
        found = (re.match(r"\[[ 0-9.]+\] WARNING: \S+ at ([^+]+)\+", line) for line in self.lines)
        return [match.group(1) for match in found if match]

    def silence(self):
        rate = int(self.find("sys").get("cntfrq", 0))
        times = [int(keys["t"]) for _, keys, _ in self.records if "t" in keys]
        longest = max((b - a for a, b in zip(times, times[1:])), default=0)
        return longest * 1000 // rate if rate else "unknown"

    def walk(self, stage):
        for kind, keys, number in self.records:
            if kind == "walk" and keys["stage"] == stage:
                if "same" in keys:
                    return self.walk(keys["same"])
                return self.lines[number + 1:number + 1 + int(keys["lines"])]
        return []


def main():
    log, what, args = Log(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if what == "complete":
        wrong = log.check()
        verdict = log.find("end").get("r")
        if verdict != args[0]:
            wrong.append(f"verdict: expected '{args[0]}', found '{verdict}'")
        if args[0] == "pass":
            wrong += [f"test {name} failed" for name in log.failed()]
        print("\n".join(wrong), end="\n" if wrong else "")
    if what == "get":
        print(log.find(args[0]).get(args[1], ""))
    elif what == "test":
        print(log.find("test", id=args[0]).get(args[1] if len(args) > 1 else "r", ""))
    elif what == "failed":
        print(" ".join(log.failed()))
    elif what == "splats":
        print(" ".join(log.splats()))
    elif what == "silence":
        print(log.silence())
    elif what == "walk":
        print("\n".join(log.walk(args[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
