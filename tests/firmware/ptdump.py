#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the firmware's walk against the page table dump of a real kernel, page by page.

    ptdump.py LOG STAGE DUMP     prints what differs; DUMP is a console log, .xz or not

QEMU loads the firmware 2 MiB behind the start of memory (an Image header with text_offset 0), the
kernel at the start. The image's surroundings, up to the next group of PMDs, are therefore compared
2 MiB apart, everything behind them, up to the kfence pool, at the same place.
"""
import lzma
import re
import sys

from records import Log

SHIFT = 0x200000
IMAGE_END = 0x800000
GROUP = 0x2000000
PAGE = 0x1000
KERNEL = re.compile(r"(0x[0-9a-f]{16})-(0x[0-9a-f]{16}) +\S+ (PUD|PMD|PTE) (.*)")
BASE = 0xFFFF000000000000


def kernel_runs(path):
    opener = lzma.open if path.endswith(".xz") else open
    with opener(path, "rt", errors="replace") as f:
        linear = False
        for line in f:
            if "---[" in line:
                linear = "Linear Mapping start" in line
            match = KERNEL.search(line) if linear else None
            if match:
                words = match.group(4).split()
                yield (int(match.group(1), 16) - BASE, int(match.group(2), 16) - BASE,
                       (match.group(3), "F" in words, "ro" if "ro" in words else "RW",
                        "CON" in words, "BLK" in words, words[-1]))


def firmware_runs(log, stage):
    for line in Log(log).walk(stage):
        words = line.split()
        start, end = (int(x, 16) - BASE for x in words[1].split("-"))
        if start < 1 << 46:
            yield start, end, (words[3], words[4] == "F", words[5], words[7] == "CON",
                               words[8] == "BLK", words[9])


def at(runs, offset):
    return next((look for start, end, look in runs if start <= offset < end), None)


def main():
    ours = list(firmware_runs(sys.argv[1], sys.argv[2]))
    theirs = list(kernel_runs(sys.argv[3]))
    pool = ours[-1][1] - 0x200000
    pages = [(offset, offset + SHIFT) for offset in range(SHIFT, IMAGE_END, PAGE)]
    pages += [(offset, offset) for offset in range(GROUP, pool, 0x200000)]
    wrong = 0
    for kernel, firmware in pages:
        if at(theirs, kernel) != at(ours, firmware):
            wrong += 1
            if wrong < 10:
                print(f"{kernel:#x}: kernel {at(theirs, kernel)}, firmware {at(ours, firmware)}")
    return wrong > 0 or not theirs or not ours


if __name__ == "__main__":
    sys.exit(main())
