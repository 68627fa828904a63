#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""KCIDB-ng's REST service as documented, on loopback: tokens, a spool on disk, late validation.

usage: kcidb_rest_server.py STORE [--port N] [--secret S] [--schema FILE] [--minor N]
                            [--limit BYTES] [--delay SECONDS] [--tls CERT_AND_KEY]
       kcidb_rest_server.py token SECRET [LIFE_SECONDS]       prints a token

Prints its port, then serves 127.0.0.1 until it is ended. What it has taken lies in STORE/spool,
then in STORE/archive or STORE/failed, so that it goes on where it was ended when it is started
again with the same STORE and --port. A document is validated --delay after it came; --minor is the
newest minor version that passes, --schema a JSON Schema that does the rest. STORE/log gets a line a
request.
"""
import argparse
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import secrets
import ssl
import string
import sys
import threading
import time
import urllib.parse

LEEWAY_S = 60
FOLDERS = {"spool": "ready", "work": "inprogress", "archive": "processed", "failed": "failed"}
MESSAGES = {"ready": "File is ready to be processed", "inprogress": "File is being processed",
            "processed": "File archived", "failed": "File failed to pass validation"}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign(secret, signed):
    return hmac.new(secret.encode(), signed, hashlib.sha256).digest()


def make_token(secret, life_s):
    claims = {"origin": "mmfarm", "exp": int(time.time()) + life_s}
    signed = (encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + b"." +
              encode(json.dumps(claims).encode()))
    return (signed + b"." + encode(sign(secret, signed))).decode()


def token_fault(header, secret):
    """Why the Authorization header opens nothing; None when it does."""
    if header is None:
        return "JWT is required"
    kind, _, token = header.partition(" ")
    parts = token.split(".")
    if kind != "Bearer" or len(parts) != 3:
        return "Missing or invalid JWT (Bearer)"
    try:
        claims = json.loads(decode(parts[1]))
        signature = decode(parts[2])
    except ValueError:
        return "InvalidToken"
    if not hmac.compare_digest(sign(secret, f"{parts[0]}.{parts[1]}".encode()), signature):
        return "InvalidSignature"
    if claims.get("exp", 0) + LEEWAY_S < time.time():
        return "ExpiredSignature"
    return None


class Spool:
    """Documents on disk: a folder is a state, so that nothing is lost by a restart."""

    def __init__(self, a):
        self.a = a
        for folder in FOLDERS:
            os.makedirs(os.path.join(a.store, folder), exist_ok=True)
        for name in os.listdir(os.path.join(a.store, "work")):
            self.move(name, "work", "spool")
        self.schema = None
        if a.schema:
            import jsonschema
            with open(a.schema, encoding="utf-8") as f:
                self.schema = jsonschema.Draft7Validator(json.load(f))
        threading.Thread(target=self.work, daemon=True).start()

    def path(self, folder, name):
        return os.path.join(self.a.store, folder, name)

    def move(self, name, old, new):
        os.rename(self.path(old, name), self.path(new, name))

    def put(self, body):
        name = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))
        with open(self.path("spool", "." + name), "wb") as f:
            f.write(body)
            os.fsync(f.fileno())
        os.rename(self.path("spool", "." + name), self.path("spool", name))
        return name

    def state(self, name):
        return next((s for f, s in FOLDERS.items() if os.path.exists(self.path(f, name))), None)

    def passes(self, path):
        with open(path, encoding="utf-8") as f:
            document = json.load(f)
        version = document.get("version", {})
        if (version.get("major"), version.get("minor", 0)) > (5, self.a.minor):
            return False
        return self.schema is None or self.schema.is_valid(document)

    def work(self):
        while True:
            for name in sorted(os.listdir(os.path.join(self.a.store, "spool"))):
                path = self.path("spool", name)
                if name[0] == "." or time.time() - os.path.getmtime(path) < self.a.delay:
                    continue
                self.move(name, "spool", "work")
                good = self.passes(self.path("work", name))
                self.move(name, "work", "archive" if good else "failed")
            time.sleep(0.02)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    a = spool = None

    def log_message(self, *_):
        pass

    def reply(self, status, text):
        data = text.encode()
        with open(os.path.join(self.a.store, "log"), "a", encoding="utf-8") as f:
            f.write(f"{self.command} {self.path} {status}\n")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self, status, name, word, message):
        self.reply(status, json.dumps({"id": name, "status": word, "message": message}))

    def is_let_in(self):
        fault = token_fault(self.headers.get("Authorization"), self.a.secret)
        if fault:
            self.answer(401, "0", "error", fault)
        return fault is None

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if length > self.a.limit:
            self.close_connection = True
            self.rfile.read(length)
            self.reply(413, "length limit exceeded")
            return
        body = self.rfile.read(length)
        if self.path != "/submit":
            self.reply(404, "")
        elif self.is_let_in():
            self.take(body)

    def take(self, body):
        try:
            json.loads(body.decode(), parse_constant=lambda word: int(word))
        except UnicodeDecodeError:
            self.reply(400, "Request body didn't contain valid UTF-8")
        except ValueError:
            self.answer(400, "0", "error", "expected value at line 1 column 1")
        else:
            name = self.spool.put(body)
            self.answer(200, name, "ok",
                        f"Received submission {name} with size {len(body)} bytes")

    def do_GET(self):
        where = urllib.parse.urlsplit(self.path)
        if where.path == "/health":
            self.reply(200, "OK")
        elif where.path not in ("/status", "/authtest"):
            self.reply(405 if where.path == "/submit" else 404, "")
        elif self.is_let_in():
            if where.path == "/authtest":
                self.reply(200, '{"status":"ok"}')
            else:
                self.tell(urllib.parse.parse_qs(where.query).get("id", [""])[0])

    def tell(self, name):
        if not re.fullmatch("[A-Za-z0-9]+", name):
            self.answer(400, name, "error", "Invalid submission ID")
            return
        state = self.spool.state(name)
        if state:
            self.answer(200, name, state, MESSAGES[state])
        else:
            self.answer(404, name, "notfound", "File not found")


def main():
    if sys.argv[1:2] == ["token"]:
        print(make_token(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 3600))
        return
    p = argparse.ArgumentParser()
    p.add_argument("store")
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--secret", default="secret")
    p.add_argument("--schema")
    p.add_argument("--minor", type=int, default=3)
    p.add_argument("--limit", type=int, default=512 << 20)
    p.add_argument("--delay", type=float, default=0)
    p.add_argument("--tls")
    a = p.parse_args()
    Handler.a = a
    Handler.spool = Spool(a)
    http.server.ThreadingHTTPServer.daemon_threads = True
    http.server.ThreadingHTTPServer.allow_reuse_address = True
    server = http.server.ThreadingHTTPServer(("127.0.0.1", a.port), Handler)
    if a.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(a.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    sys.stdout.close()
    server.serve_forever()


main()
