#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail server for tests: SMTP on 127.0.0.1, everything it is told goes to the file BOX.

usage: mail_server.py BOX [--refuse N]
Prints its port. Answers the first N mails with "451 later"."""
import argparse
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    a = None

    def say(self, text):
        self.wfile.write((text + "\r\n").encode())

    def handle(self):
        self.say("220 test")
        while line := self.rfile.readline():
            word = line.strip().upper()
            if word.startswith((b"EHLO", b"HELO")):
                self.say("250 test")
            elif word.startswith(b"MAIL") and self.a.refuse > 0:
                self.a.refuse -= 1
                self.say("451 later")
                continue
            elif word == b"DATA":
                self.say("354 go on")
                self.take()
                self.say("250 taken")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")
            self.store(line)

    def take(self):
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            self.store(line)

    def store(self, line):
        with open(self.a.box, "ab") as f:
            f.write(line)


p = argparse.ArgumentParser()
p.add_argument("box")
p.add_argument("--refuse", type=int, default=0)
Handler.a = p.parse_args()
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
sys.stdout.close()
server.serve_forever()
