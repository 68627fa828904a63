#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Switches that people have, on loopback, for tests/integration/power_drivers.sh.

  power_peers.py kasa STATE       a Kasa plug (outlet "plug") and strip (outlets "1", "2"); prints its port
  power_peers.py agent STATE      program for snmpd's `pass` (OIDs below .1.3.6.1.4.1.318.1.1)
  power_peers.py hub STATE ...    speaks like uhubctl

STATE is a JSON file, outlet to true or false; whoever reads it sees what the switch really does."""
import fcntl
import json
import socketserver
import struct
import sys


def change(path, key=None, on=None):
    with open(path, "r+") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        state = json.load(f)
        if key is not None:
            state[key] = on
            f.seek(0)
            f.truncate()
            json.dump(state, f)
        return state


# ---- Kasa: a key that is the byte sent before, from 171 on -----------------------------------------------
def scramble(data, reading):
    key, out = 171, bytearray()
    for byte in data:
        out.append(byte ^ key)
        key = byte if reading else out[-1]
    return bytes(out)


class Plug(socketserver.BaseRequestHandler):
    def whole(self, count):
        data = b""
        while len(data) < count:
            more = self.request.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def handle(self):
        size = struct.unpack(">I", self.whole(4))[0]
        asked = json.loads(scramble(self.whole(size), True))
        path = self.server.path
        outlets = asked.get("context", {}).get("child_ids")
        if "set_relay_state" in asked["system"]:
            on = bool(asked["system"]["set_relay_state"]["state"])
            if change(path).get("broken"):
                answer = {"system": {"set_relay_state": {"err_code": -3, "err_msg": "invalid argument"}}}
            else:
                for outlet in outlets or ["plug"]:
                    change(path, outlet.removeprefix("8006AA0"), on)
                answer = {"system": {"set_relay_state": {"err_code": 0}}}
        else:
            state = change(path)
            children = [{"id": "8006AA0%s" % n, "state": int(state[n]), "alias": n} for n in ("1", "2")]
            answer = {"system": {"get_sysinfo": {"err_code": 0, "deviceId": "8006AA", "model": "KP303(EU)",
                                                 "relay_state": int(state["plug"]), "children": children}}}
        body = scramble(json.dumps(answer).encode(), False)
        message = struct.pack(">I", len(body)) + body
        self.request.sendall(message[:7])  # answers need not come in one piece
        self.request.sendall(message[7:])


def kasa(path):
    socketserver.ThreadingTCPServer.daemon_threads = True
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Plug)
    server.path = path
    print(server.server_address[1], flush=True)
    server.serve_forever()


# ---- SNMP: what snmpd's `pass` asks ----------------------------------------------------------------------
BASE = ".1.3.6.1.4.1.318.1.1"
CONTROL, STATUS = BASE + ".12.3.3.1.1.4.", BASE + ".12.3.5.1.1.4."
CONTROL2, STATUS2 = BASE + ".26.9.2.4.1.5.", BASE + ".26.9.2.3.1.5."


def agent(path, words):
    how, oid = words[0], words[1]
    outlet = oid.rsplit(".", 1)[1]
    if how == "-s" and oid.startswith((CONTROL, CONTROL2)):
        if words[2] != "integer" or words[3] not in ("1", "2"):
            print("wrong-value")
            return
        if outlet not in change(path):
            print("not-writable")
            return
        change(path, outlet, words[3] == "1")
    elif how == "-g" and oid.startswith((STATUS, STATUS2)) and outlet in change(path):
        on = change(path)[outlet]
        print(oid, "integer", (1 if on else 2) if oid.startswith(STATUS) else (2 if on else 1), sep="\n")


# ---- uhubctl ---------------------------------------------------------------------------------------------
def hub(path, words):
    options = dict(zip(words[::2], words[1::2]))
    location, port, action = options["-l"], options["-p"], options.get("-a")
    if location != "1-1":
        sys.exit("No compatible devices detected at location %s!\nRun with -h to get usage info." % location)

    def status(what):
        print("%s status for hub 1-1 [1a40:0201 USB 2.0 Hub, USB 2.00, 7 ports, ppps]" % what)
        print("  Port %s: %s" % (port, "0100 power" if change(path).get(port) else "0000 off"))

    status("Current")
    if action:
        change(path, port, action in ("on", "1"))
        print("Sent power %s request" % action)
        status("New")


if sys.argv[1] == "kasa":
    kasa(sys.argv[2])
elif sys.argv[1] == "agent":
    agent(sys.argv[2], sys.argv[3:])
else:
    hub(sys.argv[2], sys.argv[3:])
