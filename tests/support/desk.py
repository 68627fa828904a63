#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A desk: a host machine, a board, a serial cable between them, and a relay in the board's supply.

    desk.py VMLINUZ INITRAMFS UBOOT FOLDER

All of it is emulated, and none of it knows that. The host is an x86 QEMU with two FTDI adapters; it
runs mmfarm. The cable leads from the first adapter (USB serial number CABLE) to the console of a
QEMU with U-Boot; the second one (RELAY) is an LCUS relay, whose bytes start and end that QEMU.
FOLDER/tftp is what U-Boot finds on its network.

What the host prints goes to standard output and FOLDER/host.log. A line "@desk ..." is an order:

    @desk unplug-at TEXT SECONDS   when the board has said TEXT, the cable is pulled for so long
    @desk serial NUMBER            the cable is pulled, and one with another number plugged in
    @desk wedge                    the relay tells that it switches, and does not

The relay's bytes are kept in FOLDER/relay.log, a line of hexadecimal digits a command. What the host
writes to its second serial port is FOLDER/results.tar. Ends when the host switches itself off.
"""
import json
import os
import selectors
import socket
import subprocess
import sys
import time

vmlinuz, initramfs, uboot, folder = sys.argv[1:]
os.chdir(folder)
events = selectors.DefaultSelector()


def connect(path):
    """A socket that a QEMU is about to create."""
    limit = time.monotonic() + 30
    while True:
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(path)
            return s
        except OSError:
            s.close()
            if time.monotonic() > limit:
                raise
            time.sleep(0.01)


class Host:
    """The machine that runs mmfarm, and the plugs of its adapters."""

    def __init__(self):
        adapter = "usb-serial,bus=usb.0,always-plugged=on"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "512", "-nodefaults",
             "-display", "none", "-no-reboot", "-kernel", vmlinuz, "-initrd", initramfs,
             "-append", "console=ttyS0 quiet panic=-1", "-serial", "stdio",
             "-serial", "file:results.tar", "-qmp", "unix:host.qmp,server=on,wait=off",
             "-device", "qemu-xhci,id=usb",
             "-chardev", "socket,id=cable,path=cable.sock,server=on,wait=off",
             "-device", adapter + ",id=cable,chardev=cable,serial=CABLE",
             "-chardev", "socket,id=relay,path=relay.sock,server=on,wait=off",
             "-device", adapter + ",id=relay,chardev=relay,serial=RELAY"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.qmp = connect("host.qmp")
        self.answers = self.qmp.makefile("r")
        self.answers.readline()
        self.command("qmp_capabilities")

    def command(self, name, until=None, **arguments):
        """Waits for its answer and, if named, for the event behind it."""
        self.qmp.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        answered = False
        while not answered or until:
            message = json.loads(self.answers.readline())
            if "error" in message:
                raise RuntimeError(message["error"]["desc"])
            answered = answered or "return" in message
            if message.get("event") == until:
                until = None

    def unplug(self):
        self.command("device_del", id="cable", until="DEVICE_DELETED")

    def plug(self, number="CABLE"):
        self.command("device_add", driver="usb-serial", bus="usb.0", id="cable", chardev="cable",
                     serial=number, **{"always-plugged": True})


class Board:
    """U-Boot in a QEMU that lives while the relay is closed."""

    def __init__(self):
        self.process = self.console = None

    def on(self):
        if self.process:
            return
        self.process = subprocess.Popen(
            ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-m", "1G", "-nodefaults",
             "-display", "none", "-S", "-bios", uboot,
             "-chardev", "socket,id=s,path=board.sock,server=on,wait=off", "-serial", "chardev:s",
             "-qmp", "unix:board.qmp,server=on,wait=off",
             "-netdev", "user,id=n,restrict=on,tftp=tftp",
             "-device", "virtio-net-pci,netdev=n,romfile="], stdin=subprocess.DEVNULL)
        self.console = connect("board.sock")
        events.register(self.console, selectors.EVENT_READ, from_board)
        with connect("board.qmp") as qmp:  # started when its first word can be heard
            answers = qmp.makefile("r")
            for command in (None, "qmp_capabilities", "cont"):
                if command:
                    qmp.sendall(json.dumps({"execute": command}).encode() + b"\n")
                while command and "return" not in answers.readline():
                    pass

    def off(self):
        if not self.process:
            return
        self.hang_up()
        self.process.kill()
        self.process.wait()
        self.process = None
        for name in ("board.sock", "board.qmp"):  # a killed one leaves them, a finished one does not
            if os.path.exists(name):
                os.unlink(name)

    def hang_up(self):
        if self.console:
            events.unregister(self.console)
            self.console.close()
            self.console = None


class Relay:
    """LCUS-2: four bytes switch a channel, 0xff asks for all of them."""

    def __init__(self):
        self.pending, self.closed, self.wedged = b"", False, False

    def take(self, data):
        self.pending += data
        with open("relay.log", "a") as log:
            while self.pending:
                length = 1 if self.pending[0] == 0xff else 4
                if len(self.pending) < length:
                    return
                command, self.pending = self.pending[:length], self.pending[length:]
                log.write(command.hex(" ") + "\n")
                self.carry_out(command)

    def carry_out(self, command):
        if command == b"\xff":
            relay_line.sendall(b"CH1: %s\r\nCH2: OFF\r\n" % (b"ON" if self.closed else b"OFF"))
        elif command[0] == 0xa0 and command[1] == 1 and sum(command[:3]) & 0xff == command[3]:
            self.closed = command[2] == 1
            if not self.wedged:
                (board.on if self.closed else board.off)()


trigger, away, replug_at, said, orders = None, 0.0, None, b"", b""


def from_board(_):
    global trigger, replug_at, said
    try:
        data = board.console.recv(4096)
    except OSError:
        data = b""
    if not data:  # switched itself off; the relay is still closed
        board.hang_up()
        return
    said = (said + data)[-20000:]
    if replug_at is None:  # what a pulled cable should have carried is lost
        cable.sendall(data)
    if trigger and trigger in said:
        trigger = None
        host.unplug()
        replug_at = time.monotonic() + away


def from_cable(_):
    data = cable.recv(4096)
    if board.console and data:
        board.console.sendall(data)


def from_relay(_):
    relay.take(relay_line.recv(4096))


def obey(words):
    global trigger, away, said
    if words[0] == "unplug-at":
        trigger, away, said = words[1].encode(), float(words[2]), b""
    elif words[0] == "serial":
        host.unplug()
        host.plug(words[1])
    elif words[0] == "wedge":
        relay.wedged = True


def from_host(_):
    global orders
    data = os.read(host.process.stdout.fileno(), 4096)
    if not data:
        events.unregister(host.process.stdout)
        return
    os.write(1, data)
    log.write(data)
    log.flush()
    *lines, orders = (orders + data).split(b"\n")
    for line in lines:
        if line.startswith(b"@desk "):
            obey(line.decode().split()[1:])


log = open("host.log", "wb")
board, relay, host = Board(), Relay(), Host()
try:
    cable, relay_line = connect("cable.sock"), connect("relay.sock")
    for source, handler in ((cable, from_cable), (relay_line, from_relay),
                            (host.process.stdout, from_host)):
        events.register(source, selectors.EVENT_READ, handler)
    while host.process.poll() is None:
        for key, _ in events.select(0.1):
            key.data(key.fileobj)
        if replug_at is not None and time.monotonic() >= replug_at:
            host.plug()
            replug_at = None
finally:
    board.off()
    host.process.kill()
    host.process.wait()
