#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab on loopback: a board that talks on a TCP port while it has power, and the web interfaces of
its power switch. Prints "CONSOLE-PORT HTTP-PORT" and runs until its standard input closes.

GET /mode/NAME changes how the switch behaves: honest, lying (tells "off" and leaves the board on),
stuck (tells the truth and does not switch off), slow (no answer), flaky (every third request fails),
late (honest, but what the board said last is still on its way for a while), starting (Redfish: the
system is on its way up until it is told otherwise), forgetful (Redfish: every session is forgotten
once), digest (Shelly, second generation: wants digest authentication, RFC 7616 with SHA-256), blocked (status 200 and
a page that says so), overpower (Shelly, second generation: it switches itself off again, and says why).

Of Redfish: null (PowerState is null for 2 s from now on), unavailable (503 with Retry-After for 2 s),
moved (308 to the same path with a slash), elsewhere (308 to another port, whose visitors are counted
in /visitors), already (400 "already powered off" to what is so, and a PowerState 2 s behind),
sessionless (no SessionService, as sushy-emulator: basic authentication), broken (every answer is 500).
"""
import base64
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
state = {"on": False, "late_until": 0.0, "told": False, "mode": "honest", "requests": 0, "sessions": 0, "log": [],
         "mode_at": 0.0, "told_before": (False, 0.0), "visitors": 0}
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
            state["mode"], state["mode_at"] = path[6:], time.monotonic()
            return self.answer(200)
        if path == "/visitors":
            return self.answer(200, str(state["visitors"]))
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
        if path == "/switch.cgi":
            blocked = state["mode"] == "blocked"
            if not blocked:
                switch("on" in query)
            return self.answer(200, "<html>\n<p>outlet 1</p>\n" + ("<b>blocked by schedule</b>\n" if blocked else "done\n"))
        if path.startswith("/rpc/Switch.") and state["mode"] == "overpower":
            switch(False)
            return self.answer(200, json.dumps({"id": 0, "output": False, "errors": ["overpower"]}))
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
        mode, young = state["mode"], time.monotonic() - state["mode_at"] < 2
        if mode == "broken":
            return self.answer(500, json.dumps({"error": {"code": "Base.1.0", "message": "A general error",
                "@Message.ExtendedInfo": [{"Message": "The power supply is on fire."}]}}, indent=2))
        if mode == "unavailable" and young:
            return self.answer(503, "", [("Retry-After", "1")])
        if mode == "moved" and not path.endswith("/"):
            return self.answer(308, "", [("Location", path + "/")])
        if mode == "elsewhere" and self.command == "GET":
            return self.answer(308, "", [("Location", f"http://127.0.0.1:{other.server_address[1]}{path}")])
        path = path.rstrip("/")
        if mode == "sessionless":
            basic = "Basic " + base64.b64encode(b"admin:sesame").decode()
            if "Session" in path:
                return self.answer(404, "not found")
            if self.headers.get("Authorization") != basic:
                return self.answer(401, "who?")
            return self.redfish_system(path, body)
        if path.endswith("/Sessions") and self.command == "POST":
            if json.loads(body) != {"UserName": "admin", "Password": "sesame"}:
                return self.answer(401, "who?")
            state["sessions"] += 1
            return self.answer(201, "{}", [
                ("X-Auth-Token", "t0ken"), ("Location", "/redfish/v1/SessionService/Sessions/1")])
        if self.headers.get("X-Auth-Token") != "t0ken":
            return self.answer(401, "who?")
        if mode == "forgetful":
            state["mode"] = "honest"
            return self.answer(401, "who?")
        if self.command == "DELETE":
            state["sessions"] -= 1
            return self.answer(204)
        return self.redfish_system(path, body)

    def redfish_system(self, path, body):
        mode, now = state["mode"], time.monotonic()
        if path.endswith("/ComputerSystem.Reset"):
            state["mode"] = "honest" if mode == "starting" else mode
            on = json.loads(body)["ResetType"] in ("On", "ForceRestart")
            if mode == "already" and on == state["on"]:
                return self.answer(400, json.dumps({"error": {"@Message.ExtendedInfo": [
                    {"Message": "Server is already powered " + ("ON." if on else "OFF.")}]}}))
            if mode == "already":
                state["told_before"] = (state["told"], now + 2)
            switch(on)
            return self.answer(204)
        if mode == "starting":
            return self.answer(200, json.dumps({"PowerState": "PoweringOn"}))
        if mode == "null" and now - state["mode_at"] < 2:
            return self.answer(200, json.dumps({"PowerState": None}))
        before, until = state["told_before"]
        told = before if now < until else state["told"]
        return self.answer(200, json.dumps({"PowerState": "On" if told else "Off"}))

    do_GET = do_POST = do_DELETE = handle_one


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass  # a client that gives up is part of the tests


class Other(http.server.BaseHTTPRequestHandler):
    """Another server, which is nobody's business."""

    def do_GET(self):
        state["visitors"] += 1
        self.send_error(404)

    do_POST = do_DELETE = do_GET


console = Server(("127.0.0.1", 0), Console)
other = Server(("127.0.0.1", 0), Other)
web = Server(("127.0.0.1", 0), Web)
for server in (console, other, web):
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(console.server_address[1], web.server_address[1], flush=True)
sys.stdin.read()
