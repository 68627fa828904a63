#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Validates KCIDB documents against a JSON Schema: kcidb_validate.py SCHEMA FILE...

URIs are checked where python3-rfc3987 is installed."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as f:
    validator = jsonschema.Draft7Validator(
        json.load(f), format_checker=jsonschema.FormatChecker())
bad = 0
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as f:
        for error in validator.iter_errors(json.load(f)):
            print(f"{name}: {'/'.join(map(str, error.path))}: {error.message[:200]}")
            bad = 1
sys.exit(bad)
