#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Says where below a folder a secret is: as it is, escaped in any way, or in base64.

usage: find_secret.py FOLDER SECRET...      exits 1 when one is found
"""
import base64
import html
import os
import re
import sys
import urllib.parse


def base64_inside(text):
    for word in re.findall(r"[A-Za-z0-9+/_-]{8,}", text):
        for cut in range(4):
            part = word[cut:].replace("-", "+").replace("_", "/")
            yield base64.b64decode(part[:len(part) // 4 * 4]).decode(errors="replace")


def layers(text):
    seen = {text}
    for _ in range(3):
        for t in list(seen):
            seen |= {urllib.parse.unquote_plus(t), html.unescape(t),
                     re.sub(r"\\u00([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), t, flags=re.I),
                     re.sub(r"\\(.)", r"\1", t)}
    return seen


folder, secrets = sys.argv[1], sys.argv[2:]
found = False
for root, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(root, name)
        with open(path, "rb") as f:
            text = f.read().decode(errors="replace")
        plain = layers(text)
        decoded = "\n".join(base64_inside(text))
        for s in secrets:
            if any(s in t for t in plain) or s in decoded:
                found = True
                print(f"{path} holds {s}")
sys.exit(found)
