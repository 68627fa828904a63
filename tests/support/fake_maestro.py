#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""KernelCI's API (Maestro), its storage and its callback, as far as a pull lab sees them.

    fake_maestro.py DIR [--jobs N] [--others N] [--equal] [--fail P] [--slow S] [--seed N] [--token T]
                    [--definitions FILE...] [--platform NAME]

Prints its port. It behaves as the API's source does: events are asked for from a time on, that time itself
left out; a PUT is a whole node, checked as pydantic does; a node's state goes forward only; PUT /nodes
stores its root as it comes and makes each child anew. With --fail some requests are answered by 401, 409,
500 or not at all, ahead of what they do or behind it. DIR/storage/ is served below /storage/.

GET /report says of each job what was done to it; POST /offer adds one; POST /set changes the options
(maestro.sh).
"""
import argparse
import datetime
import json
import os
import random
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATES = {"running": ["available", "closing", "done"], "available": ["closing", "done"], "closing": ["done"],
          "done": []}
NODE_KEYS = {"id", "kind", "name", "path", "group", "parent", "state", "result", "artifacts", "data", "debug",
             "jobfilter", "platform_filter", "created", "updated", "timeout", "holdoff", "owner", "submitter",
             "treeid", "user_groups", "processed_by_kcidb_bridge", "retry_counter"}
DATA_KEYS = {"kernel_revision", "test_source", "test_revision", "platform", "device", "runtime", "job_id",
             "job_context", "kernel_type", "error_code", "error_msg", "arch", "defconfig", "compiler", "misc"}
RESULTS = {None, "pass", "fail", "skip", "incomplete"}


class Refused(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status


def check_node(node):
    """As parse_node_obj does: nothing unknown, the kinds of what is there."""
    if not isinstance(node, dict) or set(node) - NODE_KEYS:
        raise Refused(422, f"extra fields not permitted: {sorted(set(node) - NODE_KEYS)}")
    for key in ("kind", "name", "path", "state", "data"):
        if key not in node:
            raise Refused(422, f"{key}: field required")
    if node["state"] not in STATES or node.get("result") not in RESULTS:
        raise Refused(422, "value is not a valid enumeration member")
    if node["kind"] in ("job", "test"):
        unknown = set(node["data"]) - DATA_KEYS
        if unknown or "kernel_revision" not in node["data"]:
            raise Refused(422, f"data: {sorted(unknown) or 'kernel_revision: field required'}")
    for name, url in (node.get("artifacts") or {}).items():
        if not isinstance(url, str) or not url.startswith("http"):
            raise Refused(422, f"artifacts.{name}: invalid or missing URL scheme")


class Maestro:
    def __init__(self, options):
        self.o = options
        self.lock = threading.Lock()
        self.random = random.Random(options.seed)
        self.nodes, self.events, self.order = {}, [], []
        self.history = {}
        self.port = 0
        self.last = datetime.datetime.utcnow() - datetime.timedelta(minutes=5)

    def time(self):
        if not self.o.equal:
            self.last = max(datetime.datetime.utcnow(), self.last + datetime.timedelta(microseconds=1))
        return self.last.isoformat(timespec="microseconds")

    def event(self, node):
        self.events.append({"id": f"{len(self.events):024x}", "timestamp": self.time(),
                            "data": {"op": "updated", "id": node["id"], "kind": node["kind"],
                                     "state": node["state"], "result": node.get("result")}})

    def new_id(self):
        return f"{0x674d8f3b << 64 | len(self.nodes):024x}"

    def add(self, **members):
        node = {"id": self.new_id(), "kind": "job", "group": None, "parent": None, "result": None, "artifacts": {},
                "created": self.time(), "updated": self.time(), "owner": "production", "user_groups": [],
                "submitter": "service:pipeline", "treeid": "t1", "processed_by_kcidb_bridge": False,
                "retry_counter": 0, "timeout": "2099-01-01T00:00:00"}
        node.update(members)
        self.nodes[node["id"]] = node
        return node

    def offer(self, definition, runtime, platform, state="available"):
        revision = {"tree": "mainline", "url": "https://git.kernel.org/linux.git", "branch": "master",
                    "commit": "a" * 40}
        checkout = self.add(kind="checkout", name="checkout", path=["checkout"], state="done",
                            data={"kernel_revision": revision})
        build = self.add(kind="kbuild", name="kbuild", path=["checkout", "kbuild"], state="done", result="pass",
                         parent=checkout["id"], data={"kernel_revision": revision, "arch": "arm64"})
        node = self.add(name="job", path=["checkout", "kbuild", "job"], group="job", state=state, parent=build["id"],
                        data={"kernel_revision": revision, "runtime": runtime, "platform": platform})
        url = f"http://127.0.0.1:{self.port}/storage/"
        if definition is not None:
            text = definition.replace("@STORAGE@", url.rstrip("/")).replace("@NODE@", node["id"])
            text = text.replace("@PLATFORM@", platform).replace("@CALLBACK@", f"http://127.0.0.1:{self.port}/callback")
            with open(os.path.join(self.o.dir, "storage", node["id"] + ".json"), "w") as f:
                f.write(text)
            node["artifacts"]["job_definition"] = url + node["id"] + ".json?sig=SECRETSIG"
        self.history[node["id"]] = {"claims": [], "finishes": 0, "callbacks": 0, "children": [],
                                    "runtime": runtime, "platform": platform}
        self.order.append(node["id"])
        self.event(build)
        self.event(node)
        return node

    def find_events(self, q):
        found, skip = [], int(q.get("offset", 0))
        for e in self.events:
            if q.get("from") and e["timestamp"] <= q["from"]:
                continue
            if any(k in q and e["data"][k] != q[k] for k in ("kind", "state")):
                continue
            found.append(dict(e, node=self.nodes[e["data"]["id"]]))
        if "recursive" in q and int(q.get("limit", 10**6)) > 1000:
            raise Refused(400, "Recursive limit is too large, max is 1000")
        return found[skip:skip + int(q.get("limit", 1000))]

    def note(self, node, before):
        h = self.history.get(node["id"])
        if not h:
            return
        claim = node["data"].get("job_id")
        if claim != before["data"].get("job_id"):
            h["claims"].append(claim)
        if node.get("result") and node["state"] == "done":
            h["finishes"] += 1

    def put_node(self, node_id, new):
        if node_id not in self.nodes:
            raise Refused(404, "Node not found")
        old = self.nodes[node_id]
        if set(new) & {"id", "_id", "created", "owner", "treeid", "timeout"}:
            raise Refused(422, "a field that only the service sets")
        node = dict(old, **new)
        check_node(node)
        if node["state"] != old["state"] and node["state"] not in STATES[old["state"]]:
            raise Refused(400, f"Transition not allowed with state: {node['state']}")
        self.nodes[node_id] = node
        self.note(node, old)
        self.event(node)
        return node

    def put_tree(self, node_id, body):
        if node_id not in self.nodes:
            raise Refused(404, "Node not found")
        if set(body) != {"node", "child_nodes"}:
            raise Refused(422, "node, child_nodes: field required")
        old, root = self.nodes[node_id], dict(body["node"], id=node_id)
        check_node(root)
        self.nodes[node_id] = dict(root, submitter=old["submitter"], treeid=old["treeid"])
        self.note(root, old)
        self.add_children(node_id, node_id, body["child_nodes"])
        self.event(root)
        return [root]

    def add_children(self, top, parent, children):
        for child in children:
            node = dict(child["node"])
            check_node(node)
            made = self.add(**dict(node, parent=parent, id=self.new_id()))
            if top == parent and top in self.history:
                self.history[top]["children"].append(made["name"])
            self.add_children(top, made["id"], child["child_nodes"])

    def callback(self, node_id, body):
        self.history[node_id]["callbacks"] += 1
        node = self.nodes[node_id]
        failed, total = body["summary"]["failed"], body["summary"]["total"]
        self.nodes[node_id] = dict(node, state="done",
                                   result="fail" if failed else "pass" if total else "incomplete")
        self.history[node_id]["finishes"] += 1

    def whoami(self):
        return {"id": "1", "username": "acme", "email": "a@acme.example", "is_superuser": False,
                "groups": [{"id": "2", "name": f"runtime:{self.o.runtime}:node-editor"}]}

    def report(self):
        return [dict(self.history[i], id=i, node=self.nodes[i]) for i in self.order]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    maestro = None

    def log_message(self, *args):
        with open(os.path.join(self.maestro.o.dir, "log"), "a") as f:
            f.write(f"{self.command} {self.path} {args[1:]}\n")

    def say(self, status, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def fault(self):
        m = self.maestro
        return m.random.choice(["cut", 500, 409, 503]) if m.random.random() < m.o.fail else None

    def cut(self):
        self.close_connection = True
        self.connection.close()

    def read_body(self):
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return json.loads(data) if data else None

    def handle_api(self, path, q, body):
        m = self.maestro
        if self.command == "PUT" or path == "/whoami":
            if self.headers.get("Authorization") != f"Bearer {m.o.token}":
                raise Refused(401, "Unauthorized")
        parts = path.strip("/").split("/")
        if path == "/whoami":
            return m.whoami()
        if path == "/events":
            return m.find_events(q)
        if path == "/nodes":
            items = [n for n in m.nodes.values() if n["parent"] == q.get("parent")]
            return {"items": items[:50], "total": len(items), "limit": 50, "offset": 0}
        if parts[0] == "node" and self.command == "GET":
            return m.nodes.get(parts[1])
        if parts[0] == "node":
            return m.put_node(parts[1], body)
        if parts[0] == "nodes" and self.command == "PUT":
            return m.put_tree(parts[1], body)
        raise Refused(404, "Not Found")

    def storage(self, name):
        path = os.path.join(self.maestro.o.dir, "storage", os.path.basename(name))
        try:
            with open(path, "rb") as f:
                self.say(200, f.read(), "application/octet-stream")
        except OSError:
            self.say(404, {"detail": "Not Found"})

    def control(self, path, body):
        m = self.maestro
        if path == "/report":
            return m.report()
        if path == "/offer":
            return m.offer(**body)["id"]
        if path == "/set":
            for key, value in body.items():
                setattr(m.o, key, value)
        return None

    def answer(self):
        m = self.maestro
        path, _, query = self.path.partition("?")
        q, body = dict(urllib.parse.parse_qsl(query)), self.read_body()
        if path in ("/report", "/offer", "/set"):
            with m.lock:
                answer = self.control(path, body)
            return self.say(200, answer)
        with m.lock:
            fault = self.fault()
            before = m.random.random() < 0.5
            slow = m.random.random() * m.o.slow
        time.sleep(slow)
        if path.startswith("/storage/"):
            return self.cut() if fault else self.storage(path)
        try:
            if fault and before:
                return self.cut() if fault == "cut" else self.say(fault, {"detail": "fault"})
            with m.lock:
                if path.startswith("/callback/node/"):
                    if self.headers.get("Authorization") != m.o.token:
                        raise Refused(401, "Unauthorized")
                    m.callback(path.rsplit("/", 1)[1], body)
                    status, result = 202, {"message": "OK"}
                else:
                    status, result = 200, self.handle_api(path.removeprefix("/latest"), q, body)
                text = json.dumps(result).encode()
            if fault:
                return self.cut() if fault == "cut" else self.say(fault, {"detail": "fault"})
            return self.say(status, text)
        except Refused as e:
            return self.say(e.status, {"detail": str(e)})

    do_GET = do_PUT = do_POST = answer


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, address):
        pass  # a lab that was killed


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dir")
    p.add_argument("--jobs", type=int, default=1)
    p.add_argument("--others", type=int, default=0)
    p.add_argument("--equal", action="store_true")
    p.add_argument("--fail", type=float, default=0)
    p.add_argument("--slow", type=float, default=0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--token", default="sesame")
    p.add_argument("--runtime", default="acme")
    p.add_argument("--platform", default="qemu-arm64")
    p.add_argument("--definitions", nargs="*", default=[])
    o = p.parse_args()
    os.makedirs(os.path.join(o.dir, "storage"), exist_ok=True)
    m = Handler.maestro = Maestro(o)
    server = Server(("127.0.0.1", 0), Handler)
    m.port = server.server_address[1]
    texts = [open(name).read() for name in o.definitions]
    for i in range(o.others):
        m.offer(None, "lab-elsewhere", o.platform)
    for i in range(o.jobs):
        m.offer(texts[i % len(texts)], o.runtime, o.platform)
    print(m.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
