#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab on loopback: a board that talks on a TCP port while it has power, and the web interfaces of
its power switch. Prints "CONSOLE-PORT HTTP-PORT" and runs until its standard input closes.

GET /mode/NAME changes how the switch behaves: honest, lying (tells "off" and leaves the board on),
stuck (tells the truth and does not switch off), slow (no answer), flaky (every third request fails),
late (honest, but what the board said last is still on its way for a while), starting (Redfish: the
system is on its way up until it is told otherwise), forgetful (Redfish: every session is forgotten
once), digest (Shelly, second generation: wants digest authentication, RFC 7616 with SHA-256).
"""
import hashlib
import http.server
import json
import re
import socketserver
import sys
import threading
import time
from urllib.parse import unquote, urlparse

LATE_S = 1.5
state = {"on": False, "late_until": 0.0, "told": False, "mode": "honest", "requests": 0, "sessions": 0, "log": []}
BOOT = (b"Booting Linux on physical CPU 0x0000000000 [0x410fd083]\r\n"
        b"Linux version 7.3.0-test (t@t) #1\r\n[    0.100000] Run /init as init process\r\nlogin: \r\n")


def switch(on):
    mode = state["mode"]
    state["told"] = on or mode == "stuck"
    if on or mode not in ("lying", "stuck"):
        state["on"] = on
    if mode == "late" and not on:
        state["late_until"] = time.monotonic() + LATE_S


class Console(socketserver.BaseRequestHandler):
    def handle(self):
        was = False
        try:
            while True:
                if state["on"] or time.monotonic() < state["late_until"]:
                    self.request.sendall(b"the board goes on talking\r\n" if was else BOOT)
                was = state["on"]
                time.sleep(0.05)
        except OSError:
            pass


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body="", headers=()):
        data = body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        url = urlparse(self.path)
        path, query = url.path, unquote(url.query)
        if path.startswith("/mode/"):
            state["mode"] = path[6:]
            return self.answer(200)
        if path == "/log":
            return self.answer(200, "\n".join(state["log"]))
        state["log"].append(f"{self.command} {self.path} {body}".strip())
        state["requests"] += 1
        if state["mode"] == "slow":
            time.sleep(30)
            return self.answer(503)  # or it would switch in the middle of a later run
        if state["mode"] == "flaky" and state["requests"] % 3 == 1:
            return self.answer(500, "try again")
        if path.startswith("/redfish/"):
            return self.redfish(path, body)
        return self.pdu(path, query, body)

    def is_admin(self):
        """Digest authentication of admin with the password sesame, for the fixed nonce "n"."""
        def sha(*words):
            return hashlib.sha256(":".join(words).encode()).hexdigest()
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', self.headers.get("Authorization") or ""))
        wanted = sha(sha("admin", "shelly", "sesame"), "n", given.get("nc", ""), given.get("cnonce", ""), "auth",
                     sha(self.command, self.path))
        return given.get("response") == wanted

    def pdu(self, path, query, body):
        if state["mode"] == "digest" and path.startswith("/rpc/") and not self.is_admin():
            return self.answer(401, "", [
                ("WWW-Authenticate", 'Digest qop="auth", realm="shelly", nonce="n", algorithm=SHA-256')])
        if path.startswith("/power/control/"):
            switch(path.endswith("/on"))
            return self.answer(200, "OK - accepted request")
        if path == "/cm":
            if " On" in query or " Off" in query:
                switch(" On" in query)
            return self.answer(200, json.dumps({"POWER": "ON" if state["told"] else "OFF"}))
        if path == "/relay/0":
            if "turn=" in query:
                switch("turn=on" in query)
            return self.answer(200, json.dumps({"ison": state["told"]}))
        if path.startswith("/rpc/Switch."):
            if path.endswith("Set"):
                switch("on=true" in query)
            return self.answer(200, json.dumps({"id": 0, "output": state["told"]}))
        if path == "/netio.json":
            if body:
                switch(json.loads(body)["Outputs"][0]["Action"] == 1)
            return self.answer(200, json.dumps(
                {"Outputs": [{"ID": 2, "State": 0}, {"ID": 1, "State": int(state["told"])}]}))
        return self.answer(404, "no such thing")

    def redfish(self, path, body):
        if path.endswith("/Sessions") and self.command == "POST":
            if json.loads(body) != {"UserName": "admin", "Password": "sesame"}:
                return self.answer(401, "who?")
            state["sessions"] += 1
            return self.answer(201, "{}", [
                ("X-Auth-Token", "t0ken"), ("Location", "/redfish/v1/SessionService/Sessions/1")])
        if self.headers.get("X-Auth-Token") != "t0ken":
            return self.answer(401, "who?")
        if state["mode"] == "forgetful":
            state["mode"] = "honest"
            return self.answer(401, "who?")
        if self.command == "DELETE":
            state["sessions"] -= 1
            return self.answer(204)
        if path.endswith("/ComputerSystem.Reset"):
            state["mode"] = "honest" if state["mode"] == "starting" else state["mode"]
            switch(json.loads(body)["ResetType"] in ("On", "ForceRestart"))
            return self.answer(204)
        if state["mode"] == "starting":
            return self.answer(200, json.dumps({"PowerState": "PoweringOn"}))
        return self.answer(200, json.dumps({"PowerState": "On" if state["told"] else "Off"}))

    do_GET = do_POST = do_DELETE = handle_one


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass  # a client that gives up is part of the tests


console = Server(("127.0.0.1", 0), Console)
web = Server(("127.0.0.1", 0), Web)
for server in (console, web):
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(console.server_address[1], web.server_address[1], flush=True)
sys.stdin.read()
