#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lays docs/drivers.md and the man page mmfarm-drivers(5) anew from the drivers' tables of keys:
tools/driver_docs.py MMFARM DOCS_FOLDER"""
import json
import os
import subprocess
import sys

KINDS = {
    "console": ("Consoles", "`console:` of a board"),
    "power": ("Power switches", "`power:` of a board"),
    "boot": ("Boots", "`boot:` of a board"),
    "destination": ("Destinations", "an entry of `publish: destinations:` in farm.yaml"),
}


def text(number):
    return "%d" % number if number == int(number) else "%g" % number


def meaning(key):
    words = [key["help"]] if key["help"] else []
    if key["type"] == "number" and key["max"] < 2**40:
        words.append("%s to %s" % (text(key["min"]), text(key["max"])))
    if key["type"] == "seconds":
        words.append("%s to %s s" % (text(key["min"]), text(key["max"])))
    return "; ".join(words)


def rows(keys, prefix=""):
    for key in keys:
        yield prefix + key["key"], key
        if "keys" in key:
            yield from rows(key["keys"], prefix + key["key"] + ".")


def default(key):
    return "required" if key["required"] else key.get("preset", "")


def markdown(drivers):
    cell = lambda s: s.replace("|", "\\|")
    code = lambda s: "`%s`" % s if s and s != "required" else s
    out = ["# Drivers and their keys", "",
           "Made from the tables of the drivers by `make driver-docs`; the same stands in `mmfarm boards",
           "--drivers` and mmfarm-drivers(5). How they are used: [boards.md](boards.md),",
           "[publish.md](publish.md). SECRET is `{file: PATH}` or `{environment: NAME}`, SECONDS may have a",
           "unit (`500ms`, `2s`, `5min`, `1h`).", ""]
    for kind, (title, where) in KINDS.items():
        out += ["## " + title, "", "Named by `driver:` in %s." % where, ""]
        for d in (d for d in drivers if d["kind"] == kind):
            out += ["### %s" % (d["driver"] or "every destination"), "", d["help"] + ".", ""]
            if d["keys"]:
                out += ["| key | value | default | meaning |", "|---|---|---|---|"]
                for name, key in rows(d["keys"]):
                    value = "" if "keys" in key else cell(key["value"])
                    out.append("| `%s` | %s | %s | %s |" % (name, value, code(default(key)), cell(meaning(key))))
                out.append("")
    return "\n".join(out[:-1]) + "\n"


def roff(s):
    return s.replace("\\", "\\e").replace("-", "\\-").replace("`", "")


def manual(drivers):
    out = ['.TH MMFARM\\-DRIVERS 5 "" mmfarm', ".SH NAME", "mmfarm\\-drivers \\- keys of board and publish drivers",
           ".SH DESCRIPTION", "SECRET is {file: PATH} or {environment: NAME}. SECONDS may have a unit: 500ms, 2s, 5min, 1h."]
    for kind, (title, where) in KINDS.items():
        out += [".SH " + title.upper(), "Named by driver: in %s." % roff(where)]
        for d in (d for d in drivers if d["kind"] == kind):
            out += [".SS " + roff(d["driver"] or "every destination"), roff(d["help"]) + "."]
            for name, key in rows(d["keys"]):
                value = "" if "keys" in key else " " + roff(key["value"])
                words = roff(meaning(key))
                if default(key):
                    words += (" " if words else "") + "(%s)" % roff(default(key))
                out += [".TP", "\\fB%s\\fR:%s" % (roff(name), value), words or "\\&"]
    out += [".SH SEE ALSO", "mmfarm\\-boards(1), mmfarm\\-publish(1)"]
    # A line that begins with a dot or an apostrophe would be a request.
    return "\n".join(("\\&" + l if l[:1] in "'." and not l.startswith((".S", ".T")) else l) for l in out) + "\n"


def main():
    mmfarm, folder = sys.argv[1:]
    said = subprocess.run([mmfarm, "boards", "--drivers", "--json"], check=True, capture_output=True, text=True).stdout
    drivers = [json.loads(line) for line in said.splitlines()]
    for name, words in (("drivers.md", markdown(drivers)), ("man/mmfarm-drivers.5", manual(drivers))):
        with open(os.path.join(folder, name), "w") as f:
            f.write(words)


main()
