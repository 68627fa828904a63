#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTP server that quotes each request in its answer, in every form that real ones use.

usage: echoing_server.py LOG STATUS VARIABLE...

Prints its port, then serves on 127.0.0.1 until it is ended. Each answer has STATUS and quotes the
request's line, headers and body: as they are, percent-decoded and -encoded, in JSON, in HTML, and
with its basic login decoded. A request to a path with /json/ is answered in JSON alone. LOG gets
the line of each request, and a line "argv: ..." for each process that has the value of a VARIABLE
of the environment among its arguments while a request is on.
"""
import base64
import html
import http.server
import json
import os
import re
import sys
import urllib.parse

LOG, STATUS, SECRETS = sys.argv[1], int(sys.argv[2]), [os.environ[v].encode() for v in sys.argv[3:]]


def note(line):
    with open(LOG, "a") as f:
        f.write(line + "\n")


def look_at_arguments():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read()
        except OSError:
            continue
        if any(s in words for s in SECRETS):
            note("argv: " + words.replace(b"\0", b" ").decode(errors="replace"))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
        note(f"{self.command} {self.path}")
        for name in ("Authorization", "X-Api-Key", "X-Site"):
            if name in self.headers:
                note(f"{name}: {self.headers[name]}")
        look_at_arguments()
        said = f"{self.command} {self.path}\n{self.headers}\n{body}"
        basic = re.match(r"Basic (\S+)", self.headers.get("Authorization", ""))
        if basic:
            said += "\nlogin " + base64.b64decode(basic.group(1)).decode(errors="replace")
        forms = [said, urllib.parse.unquote_plus(said), urllib.parse.quote(said, safe=""),
                 json.dumps(said), html.escape(said), html.escape(json.dumps(said)),
                 base64.b64encode(said.encode()).decode()]
        text = "cannot " + " | ".join(" ".join(f.split()) for f in forms)
        if "/json/" in self.path:
            text = json.dumps({"message": text, "error": {"code": said}, "id": forms})
        data = text.encode()
        self.send_response(STATUS)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-You-Said", " ".join(urllib.parse.quote(said).split())[:4000])
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
