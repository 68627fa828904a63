# SPDX-License-Identifier: GPL-2.0-or-later
"""`mmfarm board NAME console` on a terminal of its own, for tests."""
import os
import pty
import select
import signal
import subprocess
import termios
import time
import fcntl
import struct

LIMIT = 30  # seconds for anything; events end every wait long before


class Session:
    def __init__(self, argv):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.process = subprocess.Popen(argv, stdin=self.slave, stdout=self.slave, stderr=self.slave)

    def wait_for(self, text):
        """Reads until the terminal has shown `text`; what came before it is forgotten."""
        end = time.monotonic() + LIMIT
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self.master, 4096)
        self.seen = self.seen.split(text, 1)[1]

    def type(self, keys):
        os.write(self.master, keys)

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def ended(self):
        """Waits for its end; its exit code, once the terminal is as it was before."""
        code = self.process.wait(LIMIT)
        assert termios.tcgetattr(self.slave) == self.before, "the terminal is not restored"
        return code
