#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds a tree of C files to the house's rules (docs/architecture.md).

    architecture.py floors ROOT      includes go to lower floors only
    architecture.py doors ROOT       a sub-room is entered by at most three headers
    architecture.py circles ROOT     no file needs itself by way of others

Each prints what breaks the rule and exits with 1, or prints nothing. A file's circle is looked for
among units: a source and the header of the same name are one.
"""
import os
import re
import sys

# Rooms and, where a room has floors of its own, its files; the longest name that fits counts.
FLOORS = {
    "base": 0.0,
    "text": 0.2,
    "record": 0.4,
    "detect": 0.5,
    "lava": 0.5,
    "calendar": 0.5,
    "sanitizer": 0.55,
    "timing/params": 0.50,
    "timing/statistics": 0.52,
    "timing": 0.54,
    "timing/evaluate": 0.56,
    "timing/plot": 0.58,
    "config": 1,
    "remote": 1,
    "lease": 2,
    "capture": 2,
    "board": 2.5,
    "board/console": 2.52,
    "board/power": 2.54,
    "board/boot": 2.56,
    "kernel": 2.9,
    "run": 3,
    "results/console": 4.0,
    "results/run_url": 4.0,
    "results/store": 4.1,
    "results/series": 4.2,
    "results/report": 4.3,
    "results/kcidb": 4.3,
    "results/retention": 4.3,
    "results/export": 4.4,
    "results/publish": 4.5,
    "results": 4.6,
    "night": 5,
    "triage": 5,
    "schedule": 5,
    "pull": 5.5,
    "daemon": 6,
    "cmd": 7,
    "web": 6.5,
    "main": 8,
}
DOORS = 3

# Circles that are still there: the files in it, or the room it stays within. One that is gone must
# leave this list.
KNOWN_CIRCLES = [
    {"cmd/cmd", "cmd/help"},
    {"config/node", "config/problems"},
    {"board/boot/uboot_shell", "board/boot/uboot_sight"},
    {"board/power/http_template", "board/power/switching"},
    "detect/",  # the parts of the splat detector around struct detect
    # Of the firmware: each asks the other one question of what the command line decided.
    {"mm/capability", "mm/policy"},
]


def sources(root):
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(folder, name), root)


def includes(root):
    """file -> the files of the tree that it includes"""
    files = set(sources(root))
    found = {}
    for file in files:
        with open(os.path.join(root, file), encoding="utf-8") as f:
            named = re.findall(r'^\s*#\s*include\s*"([^"]+)"', f.read(), re.M)
        found[file] = [name for name in named if name in files]
    return found


def room(file):
    """The floor's name for a file: the longest name of FLOORS that begins it."""
    stem = file[:-2]
    fits = [n for n in FLOORS if stem == n or stem.startswith(n + "/") or
            (stem.startswith(n + "_") and "/" in n)]
    return max(fits, key=len) if fits else None


def floors(root):
    for file, named in sorted(includes(root).items()):
        here = room(file)
        if here is None:
            yield f"{file}: no floor is known for it"
            continue
        for name in named:
            there = room(name)
            if there is None or there == here:
                continue
            if FLOORS[there] >= FLOORS[here]:
                yield f"{file} includes {name}"


def doors(root):
    entered = {}
    for file, named in includes(root).items():
        for name in named:
            there = os.path.dirname(name)
            if there.count("/") and os.path.dirname(file) != there:
                entered.setdefault(there, {}).setdefault(name, set()).add(file)
    for there, headers in sorted(entered.items()):
        if len(headers) > DOORS:
            yield f"{there} is entered by {len(headers)} headers, at most {DOORS}:"
            for header, files in sorted(headers.items()):
                yield f"    {header} by {', '.join(sorted(files)[:3])}"


def components(graph):
    """Tarjan's strongly connected components."""
    index, low, stack, parts = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            parts.append(set(stack[at:]))
            del stack[at:]

    sys.setrecursionlimit(10000)
    for node in sorted(graph):
        if node not in index:
            visit(node)
    return parts


def is_known(part, known):
    if isinstance(known, set):
        return part <= known
    return all(unit.startswith(known) for unit in part)


def circles(root):
    graph = {}
    for file, named in includes(root).items():
        unit = graph.setdefault(file[:-2], set())
        unit |= {name[:-2] for name in named} - {file[:-2]}
    found = [part for part in components(graph) if len(part) > 1]
    for part in found:
        if not any(is_known(part, known) for known in KNOWN_CIRCLES):
            yield "a circle: " + " ".join(sorted(part))
    for known in KNOWN_CIRCLES:
        here = any(unit in known if isinstance(known, set) else unit.startswith(known) for unit in graph)
        if here and not any(is_known(part, known) for part in found):
            yield f"no circle any more, to be struck off the list: {known}"


RULES = {"floors": floors, "doors": doors, "circles": circles}


def main():
    broken = list(RULES[sys.argv[1]](sys.argv[2]))
    for line in broken:
        print(line)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
