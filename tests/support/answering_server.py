#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTP server that answers as told: the other end of the publisher's tests.

usage: answering_server.py STORE [--answers A,B,...] [--statuses S,T,...] [--token T]
                           [--random SEED] [--s3 KEYID:KEY] [--delay SECONDS]

Prints its port, then serves on 127.0.0.1 until it is ended.

Answers, used up one a submission, then 200 for ever: a number (HTTP status), `cut` (closes after
reading half), `cutlate` (stores, then closes without an answer), `hang` (never answers),
`garbage` (answers bytes that are no HTTP), `nojson` (200 with a body that is no JSON).
Statuses, used up one a question at /status: processed, failed, ready, inprogress, notfound, or a
number. --random: answers and statuses are drawn until 25 of each were given.
What was answered with 200 is kept in STORE/N.json, N counting. Every request's method and path goes
to STORE/log.
--s3: takes PUT of any path below /bucket/ when its AWS signature (version 4) is right, keeping the
body in STORE/s3/PATH.
"""
import argparse
import hashlib
import hmac
import http.server
import json
import os
import random
import sys
import threading
import time
import urllib.parse

ANSWERS = ["200", "401", "400", "413", "502", "503", "429", "cut", "cutlate", "hang", "garbage"]
STATUSES = ["processed", "ready", "inprogress", "notfound", "failed", "502"]
lock = threading.Lock()


def s3_key(key, date, region, service):
    k = ("AWS4" + key).encode()
    for part in (date, region, service, "aws4_request"):
        k = hmac.new(k, part.encode(), hashlib.sha256).digest()
    return k


def s3_wrong(h, body, credentials):
    """Why the request's signature is wrong; None when it is right."""
    key_id, key = credentials.split(":")
    auth = h.headers.get("Authorization", "")
    if not auth.startswith("AWS4-HMAC-SHA256 "):
        return "no signature"
    fields = dict(f.strip().split("=", 1) for f in auth[len("AWS4-HMAC-SHA256 "):].split(","))
    who, date, region, service, _ = fields["Credential"].split("/")
    if who != key_id:
        return "key id"
    digest = h.headers.get("x-amz-content-sha256", "")
    if digest != hashlib.sha256(body).hexdigest():
        return "content digest"
    names = fields["SignedHeaders"].split(";")
    headers = "".join(f"{n}:{' '.join(h.headers.get(n, '').split())}\n" for n in names)
    path, _, query = h.path.partition("?")
    request = "\n".join([h.command, path, query, headers, ";".join(names), digest])
    scope = "/".join([date, region, service, "aws4_request"])
    text = "\n".join(["AWS4-HMAC-SHA256", h.headers["X-Amz-Date"], scope,
                      hashlib.sha256(request.encode()).hexdigest()])
    right = hmac.new(s3_key(key, date, region, service), text.encode(), hashlib.sha256).hexdigest()
    return None if right == fields["Signature"] else "signature"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    a = None

    def log_message(self, *_):
        pass

    def note(self):
        with lock, open(os.path.join(self.a.store, "log"), "a") as f:
            f.write(f"{self.command} {self.path}\n")

    def reply(self, status, text, kind="text/plain"):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def draw(self, queue, usual, choices):
        with lock:
            if queue:
                return queue.pop(0)
            if self.a.random is not None and self.a.drawn[usual] < 25:
                self.a.drawn[usual] += 1
                return self.a.rng.choice(choices)
        return usual

    def keep(self, body):
        with lock:
            self.a.count += 1
            with open(os.path.join(self.a.store, f"{self.a.count}.json"), "wb") as f:
                f.write(body)
            return self.a.count

    def body(self, part=1.0):
        return self.rfile.read(int(int(self.headers.get("Content-Length", 0)) * part))

    def do_PUT(self):
        self.do_POST()

    def do_POST(self):
        self.note()
        if self.a.s3:
            self.put_s3()
            return
        answer = self.draw(self.a.answers, "200", ANSWERS)
        self.close_connection = True
        if answer == "cut":
            self.body(0.5)
            return
        body = self.body()
        time.sleep(self.a.delay)
        if self.a.token and self.headers.get("Authorization") != "Bearer " + self.a.token:
            self.reply(401, '{"id":"0","status":"error","message":"InvalidSignature"}')
        elif answer == "hang":
            time.sleep(600)
        elif answer == "garbage":
            self.wfile.write(b"\0\1\2 no HTTP at all\r\n\r\n")
        elif answer == "cutlate":
            self.keep(body)
        elif answer == "nojson":
            self.keep(body)
            self.reply(200, "thank you")
        elif answer == "200":
            number = self.keep(body)
            self.reply(200, json.dumps({"id": f"S{number}", "status": "ok",
                                        "message": "Received submission"}))
        else:
            self.reply(int(answer), f"told to say {answer}\nand more")

    def put_s3(self):
        body = self.body()
        wrong = s3_wrong(self, body, self.a.s3)
        if wrong:
            self.reply(403, wrong)
            return
        path = os.path.join(self.a.store, "s3", urllib.parse.unquote(self.path).lstrip("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(body)
        self.reply(200, "")

    def do_GET(self):
        self.note()
        if self.path == "/authtest":
            good = self.headers.get("Authorization") == "Bearer " + (self.a.token or "")
            self.reply(200 if good else 401, json.dumps(
                {"status": "ok"} if good else {"status": "error", "message": "InvalidSignature"}))
            return
        if not self.path.startswith("/status?id="):
            self.reply(404, "no such thing")
            return
        status = self.draw(self.a.statuses, "processed", STATUSES)
        if status.isdigit():
            self.reply(int(status), "told to")
            return
        code = 404 if status == "notfound" else 200
        self.reply(code, json.dumps({"id": self.path[11:], "status": status,
                                     "message": "File failed to pass validation"}))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("store")
    p.add_argument("--answers", default="")
    p.add_argument("--statuses", default="")
    p.add_argument("--token")
    p.add_argument("--random", type=int)
    p.add_argument("--s3")
    p.add_argument("--delay", type=float, default=0)
    p.add_argument("--port", type=int, default=0)
    a = p.parse_args()
    a.answers = [x for x in a.answers.split(",") if x]
    a.statuses = [x for x in a.statuses.split(",") if x]
    a.rng = random.Random(a.random)
    a.drawn = {"200": 0, "processed": 0}
    os.makedirs(a.store, exist_ok=True)
    a.count = len([n for n in os.listdir(a.store) if n.endswith(".json")])
    Handler.a = a
    server = http.server.ThreadingHTTPServer(("127.0.0.1", a.port), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    sys.stdout.close()
    server.serve_forever()


main()
