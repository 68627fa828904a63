#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How many faults the page-table sanitizer finds: each TLBI, DSB and break store that a kernel
executed is made a NOP in its Image, one at a time, and the guest is booted again.

usage: ptsan_mutate.py --qemu 'QEMU ARGS' --plugin SO --image IMAGE --initrd FILE [--cpu CPU]

Prints a line a mutant (found or not, by which rule, blamed on whom; what the console alone shows) and
the score of each kind. Without symbols in the guest's kernel nobody can be blamed.
"""
import argparse
import bisect
import collections
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

NOP = 0xD503201F
KERNEL_BASE = 0xFFFF800080000000
LOAD_BASE = 0x40200000  # where QEMU's -kernel puts an Image on the machine virt
KINDS = {
    "tlbi": lambda w: (w & 0xFFF8F000) in (0xD5088000, 0xD5089000),
    "dsb": lambda w: (w & 0xFFFFF0FF) == 0xD503309F,
    "break": lambda w: (w >> 25 & 5) == 4,
}


# Every way into the kernel passes these.
ENTRY = {"el0t_64_sync", "el0t_64_sync_handler", "el0_svc", "do_el0_svc", "el0_svc_common.constprop.0",
         "invoke_syscall.constprop.0", "invoke_syscall", "el0_da", "el0_ia", "do_mem_abort", "ret_from_fork",
         "kernel_init", "kernel_init_freeable", "start_kernel", "do_one_initcall", "__primary_switched"}


class Symbols:
    def __init__(self, console):
        rows = re.findall(r"^([0-9a-f]{16}) [tTwW] (\S+)", console, re.MULTILINE)
        table = sorted({(int(a, 16), n) for a, n in rows if not n.startswith("$")})
        self.addresses = [a for a, _ in table]
        self.names = [n for _, n in table]

    def name(self, pc):
        if pc < 1 << 48 and pc >= LOAD_BASE:  # code that runs before the kernel's own mapping
            pc += KERNEL_BASE - LOAD_BASE
        i = bisect.bisect_right(self.addresses, pc) - 1
        return self.names[i] if i >= 0 else f"{pc:x}"


class Report:
    def __init__(self, text):
        self.findings = collections.Counter()
        self.places = collections.defaultdict(set)  # rule -> addresses that it names
        self.sites = collections.defaultdict(int)
        self.useful = collections.defaultdict(int)  # how often it flushed or ordered something
        self.paths = {}  # site -> return addresses of one of its calls
        self.complete = False
        for line in text.splitlines():
            words = line.split()[3:]
            if len(words) < 2:
                continue
            fields = dict(w.split("=", 1) for w in words if "=" in w)
            if words[0] == "count":
                self.findings[(words[1], fields["pc"], fields["author-pc"])] += int(fields["n"])
            elif words[0] == "site":
                site = (words[1], int(fields["pc"], 16))
                self.sites[site] += int(fields["n"])
                self.useful[site] += int(fields.get("useful", "1"))
                self.paths[site] = [int(n, 16) for n in fields.get("trace", "").split(",") if n]
            elif words[0] == "finding":
                place = (words[1], fields["pc"], fields.get("author-pc", "0"))
                self.findings[place] = max(self.findings[place], 1)  # a killed guest counts nothing
                named = [fields["pc"], fields.get("author-pc", "0"),
                         *fields.get("trace", "").split(","),
                         *fields.get("author-trace", "").split(",")]
                self.places[words[1]] |= {int(n, 16) for n in named if n and n != "0"}
            elif words[0] == "end":
                self.complete = words[1] == "complete"


class Bench:
    def __init__(self, options):
        self.options = options

    def boot(self, image, extra="", append=""):
        o = self.options
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out")
            command = [*shlex.split(o.qemu), "-M", "virt,memory-backend=ram", "-object",
                       f"memory-backend-memfd,id=ram,size={o.memory}", "-m", o.memory, "-cpu", o.cpu,
                       "-smp", str(o.smp), "-accel", "tcg", "-nographic", "-nic", "none", "-no-reboot",
                       "-kernel", str(image), "-initrd", o.initrd, "-append",
                       f"console=ttyAMA0 earlycon panic=-1 nokaslr rounds={o.rounds} {append}",
                       "-plugin", f"file={o.plugin},out={out},levels={o.levels}{o.more}{extra}"]
            run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
            try:
                console, _ = run.communicate(timeout=o.timeout)
            except subprocess.TimeoutExpired:
                run.terminate()  # QEMU ends in order, and so does the report
                console, _ = run.communicate()
            text = pathlib.Path(out).read_text() if os.path.exists(out) else ""
            return Report(text), console.decode(errors="replace")

    def mutate(self, kind, pc):
        image = bytearray(pathlib.Path(self.options.image).read_bytes())
        base = KERNEL_BASE if pc >= KERNEL_BASE else LOAD_BASE
        at = pc - base
        word = int.from_bytes(image[at:at + 4], "little")
        if not KINDS[kind](word):
            return None  # another instruction was put there while the kernel booted
        image[at:at + 4] = NOP.to_bytes(4, "little")
        with tempfile.NamedTemporaryFile(suffix=".Image") as mutant:
            mutant.write(image)
            mutant.flush()
            return self.boot(mutant.name)


def oracle(console):
    if re.search(r"WARNING:|BUG:|Oops|Internal error|Unable to handle|Kernel panic", console):
        return "splat"
    return "ends" if "mm-storm: end" in console else "hangs"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--qemu", required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--cpu", default="cortex-a72")
    parser.add_argument("--levels", default="0")
    parser.add_argument("--memory", default="1G")
    parser.add_argument("--smp", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kind", action="append")
    parser.add_argument("--more", default="", help="further options of the plugin, each behind a comma")
    parser.add_argument("--only", action="append", help="only sites in this function")
    options = parser.parse_args()

    bench = Bench(options)
    base, console = bench.boot(options.image, ",sites=on", "symbols")
    if not base.complete or "mm-storm: end" not in console:
        sys.exit("the kernel as it is does not end well")
    symbols = Symbols(console)
    sites = sorted(k for k in base.sites if k[0] in (options.kind or KINDS))
    if options.only:
        sites = [s for s in sites if symbols.name(s[1]) in options.only]
    idle = [s for s in sites if not base.useful[s]]  # nothing was there to be flushed or ordered
    sites = [s for s in sites if base.useful[s]]
    for kind, pc in idle:
        print(f"{kind:5} {symbols.name(pc)}+{pc:x} x{base.sites[(kind, pc)]}: nothing depends on it")
    normal = {(rule, pc) for rule, pc, _ in base.findings}
    score = collections.defaultdict(collections.Counter)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (kind, pc), result in zip(sites, pool.map(lambda s: bench.mutate(*s), sites)):
            name = symbols.name(pc)
            if result is None:
                score[kind]["replaced"] += 1
                continue
            # Who called it: the nearest callers are the ones that a report may name.
            called = {name, *(symbols.name(a) for a in base.paths.get((kind, pc), [])[:6])} - ENTRY
            report, said = result
            new = {rule: n for (rule, at, _), n in report.findings.items() if (rule, at) not in normal}
            blamed = any(symbols.name(p) in called for rule in new for p in report.places[rule])
            score[kind]["found" if new else "missed"] += 1
            score[kind]["blamed"] += bool(new) and blamed
            score[kind]["console"] += oracle(said) != "ends"
            print(f"{kind:5} {name}+{pc:x} x{base.sites[(kind, pc)]}: "
                  f"{'found by ' + ', '.join(sorted(new)) if new else 'MISSED'}"
                  f"{', blamed' if new and blamed else ''}; console: {oracle(said)}", flush=True)
    for kind, s in score.items():
        total = s["found"] + s["missed"]
        print(f"{kind}: {s['found']} of {total} found, {s['blamed']} blamed on the right function, "
              f"{s['console']} seen on the console; {s['replaced']} replaced while booting")


if __name__ == "__main__":
    main()
