#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The console of a board that is played by files, for what no real board says on demand.

usage: spoken_console.py pipe DIR [then WHAT]   over its standard output
       spoken_console.py tcp DIR [then WHAT]    over a TCP port, whose number goes to DIR/port
       spoken_console.py turn DIR WORD          the board's power switch: on, off
       spoken_console.py tool DIR WORDS...      a boot tool: DIR/started appears, WORDS are printed

It says DIR/before at once, DIR/on when the board is switched on, DIR/started when a boot tool was run.
Then it stays until the board is off, or ends at once: WHAT is exit:STATUS, fin, or rst. Started a second
time it says DIR/again and stays.
"""
import os
import socket
import struct
import sys
import time


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def text(where, name):
    try:
        with open(os.path.join(where, name), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


def play(where, then, say):
    def is_on():
        return text(where, "switch") == b"on"

    if os.path.exists(os.path.join(where, "begun")):
        say(text(where, "again"))
        wait_for(lambda: not is_on())
        return
    say(text(where, "before"))
    wait_for(is_on)
    say(text(where, "on"))
    write(where, "said", "")
    if os.path.exists(os.path.join(where, "after-start")):
        wait_for(lambda: os.path.exists(os.path.join(where, "started")))
        say(text(where, "after-start"))
    write(where, "begun", "")
    if not then:
        wait_for(lambda: not is_on())


def write(where, name, word):
    with open(os.path.join(where, name + ".new"), "w") as f:
        f.write(word)
    os.rename(os.path.join(where, name + ".new"), os.path.join(where, name))


def over_tcp(where, then):
    listener = socket.create_server(("127.0.0.1", 0))
    write(where, "port", str(listener.getsockname()[1]))
    connection, _ = listener.accept()
    listener.close()
    play(where, then, connection.sendall)
    time.sleep(0.2)  # the last bytes are read before a reset throws them away
    if then == "rst":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def main():
    verb, where, *rest = sys.argv[1:]
    then = rest[1] if rest[:1] == ["then"] else None
    if verb == "turn":
        write(where, "switch", rest[0])
        # What is run next finds a board that has said its first words, and a reader that has read them.
        wait_for(lambda: rest[0] == "off" or os.path.exists(os.path.join(where, "said")), 5)
        time.sleep(0.2)
    elif verb == "tool":
        print(*rest)
        write(where, "started", "")
    elif verb == "tcp":
        over_tcp(where, then)
    else:
        out = sys.stdout.buffer

        def say(words):
            out.write(words)
            out.flush()
        play(where, then, say)
        if then:
            sys.exit(int(then.split(":")[1]))


main()
