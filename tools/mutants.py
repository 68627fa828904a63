#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutation testing: changes one operator, constant or statement at a time and asks the unit tests.

A mutant that no test notices survives: either a test is missing or the change means nothing.
`make mutants` runs it; docs/testing.md tells how to read the score. Prints one line a survivor and the score.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

# What is mutated, and the unit tests that stand for it: room, sources, tests.
ROOMS = [
    ("detect", ["controller/detect/*.c", "!*_build.c"], ["detect_*"]),  # what builds tables judges no line
    ("judge", ["controller/run/judge.c"], ["run_judge", "run_judge_*", "run_last_words"]),
    ("evidence", ["controller/run/evidence.c", "controller/run/speech.c", "controller/run/echo.c",
                  "controller/run/watch.c"], ["run_evidence", "run_evidence_*", "run_last_words", "run_measure",
                                            "run_speech", "run_speech_*", "run_watch"]),
    ("uboot_shell", ["controller/board/boot/uboot_shell*.c", "controller/board/boot/uboot_sight.c"],
     ["board_uboot_shell", "board_uboot_shell_*", "board_uboot_sight"]),
    ("mm", ["firmware/mm/*.c"], ["firmware_mm_*"]),
    ("timing", ["controller/timing/*.c", "controller/timing/*/*.c"], ["timing_*"]),
]

TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<cpp>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<number>\b(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\b(?![.\w]))
  | (?P<word>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|\+\+|--|->|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:;,.(){}\[\]])
  | (?P<space>\s+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

# An operator with two operands, and what it becomes.
BINARY = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&",
    "+": "-", "-": "+", "<<": ">>", ">>": "<<", "&": "|", "|": "&", "+=": "-=", "-=": "+=",
}
SWAPPED_WORD = {"true": "false", "false": "true"}
TYPE_WORDS = {"char", "int", "unsigned", "long", "short", "void", "bool", "double", "float",
              "const", "struct", "enum", "union", "sizeof", "static", "signed"}
NO_OPERAND = {"return", "case", "else", "do", "sizeof"}

Token = collections.namedtuple("Token", "kind text start end depth")
Mutant = collections.namedtuple("Mutant", "file line start end old new what")


def tokens_of(source):
    """The tokens of a file without comments and spaces; depth counts function bodies' braces."""
    out, depth, body = [], 0, []
    for match in TOKEN.finditer(source):
        kind = match.lastgroup
        if kind in ("comment", "space", "cpp"):
            continue
        text = match.group()
        if text == "{":
            # A body opens behind a `)`; an initializer or a type does not.
            body.append(bool(out) and (out[-1].text in (")", "else", "do") or any(body)))
            if body[-1]:
                depth += 1
        if text == "}" and body and body.pop():
            depth -= 1
        out.append(Token(kind, text, match.start(), match.end(), depth))
    return out


def is_operand_end(token):
    if token.kind == "word":
        return token.text not in NO_OPERAND and token.text not in TYPE_WORDS
    return token.kind == "number" or token.text in (")", "]")


def capacities(tokens):
    """The indices of tokens that give a declared array its length: more room is no other meaning."""
    out, begin, value, level, opened = set(), True, False, 0, 0
    declares = False
    for i, token in enumerate(tokens):
        if begin:
            declares = token.text in TYPE_WORDS or token.text.endswith("_t")
            value = False
        begin = level == 0 and not opened and token.text in (";", "{", "}")
        if token.text == "[" and declares and not value and level == 0:
            opened += 1
        elif token.text == "]" and opened:
            opened -= 1
        elif opened:
            out.add(i)
        elif token.text in ("(", ")"):
            level += 1 if token.text == "(" else -1
        elif level == 0 and token.text in (",", "="):
            value = token.text == "="
    return out


def allocations(tokens):
    """The indices of numbers that lengthen what memory_new() gets: one more is only more room."""
    out, level = set(), 0
    for i, token in enumerate(tokens):
        if token.text == "memory_new":
            level = 1
        elif level and token.text in ("(", ")"):
            level += 1 if token.text == "(" else -1
            level = 0 if level == 1 else level
        elif level == 2 and token.kind == "number" and tokens[i - 1].text in ("(", "+"):
            out.add(i)
    return out


def operator_mutants(tokens):
    """Swapped operators, dropped negations, changed constants; only inside functions."""
    rooms = capacities(tokens) | allocations(tokens)
    for i, token in enumerate(tokens[1:-1], 1):
        if token.depth == 0 or i in rooms:
            continue
        before, after = tokens[i - 1], tokens[i + 1]
        if token.text in BINARY and is_operand_end(before):
            # `type *name` and `type &`: no operation; `a * b` is not swapped at all.
            if token.text in "&-+" and before.text == ")" and i > 1 and tokens[i - 2].text == "*":
                continue
            yield token.start, token.end, BINARY[token.text], "operator"
        elif token.text == "!" and not is_operand_end(before):
            yield token.start, token.end, "", "negation"
        elif token.text in SWAPPED_WORD:
            yield token.start, token.end, SWAPPED_WORD[token.text], "constant"
        elif token.kind == "number" and before.text not in ("case", "["):
            yield token.start, token.end, f"({token.text} + 1)", "constant"


def statement_mutants(tokens):
    """Statements left out: calls, assignments, `break` and `continue`."""
    begin = None
    parens = 0
    for i, token in enumerate(tokens):
        if token.text in "([":
            parens += 1
        elif token.text in ")]":
            parens -= 1
        if token.depth == 0 or parens:
            continue
        if token.text in ("{", "}", ";", ":", "else", "do") or (token.text == ")" and is_condition(tokens, i)):
            if token.text == ";" and begin is not None:
                statement = tokens[begin:i]
                if is_effect(statement):
                    yield statement[0].start, statement[-1].end, "", "statement"
            begin = i + 1


def is_condition(tokens, close):
    """Whether the `)` at `close` ends the head of an if, for or while."""
    level = 0
    for k in range(close, -1, -1):
        level += tokens[k].text == ")"
        level -= tokens[k].text == "("
        if level == 0:
            return k > 0 and tokens[k - 1].text in ("if", "for", "while", "switch")
    return False


def is_effect(statement):
    words = [t.text for t in statement]
    if not words or statement[0].depth == 0:
        return False
    if words[0] in ("break", "continue"):
        return True
    if words[0] in TYPE_WORDS or words[0] in ("return", "case", "goto", "default"):
        return False
    if len(statement) > 1 and statement[0].kind == "word" and statement[1].kind == "word":
        return False  # a declaration
    if words[0].startswith("CLEANUP_") or (len(words) > 2 and words[1] == "*" and statement[2].kind == "word"):
        return False
    return "(" in words or any(w in ("=", "+=", "-=", "|=", "&=", "++", "--") for w in words)


def mutants_of(path):
    source = path.read_text()
    tokens = tokens_of(source)
    found = list(operator_mutants(tokens)) + list(statement_mutants(tokens))
    for start, end, new, what in sorted(set(found)):
        line = source.count("\n", 0, start) + 1
        yield Mutant(path, line, start, end, source[start:end], new, what)


# ---- running ------------------------------------------------------------------------------------

# Stands in a file whose functions all report that they are entered: leaves a mark and ends the program.
REACHED = """
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#define QUIET __attribute__((no_instrument_function, visibility("hidden")))
QUIET void __cyg_profile_func_exit(void *function, void *site) {}
QUIET void __cyg_profile_func_enter(void *function, void *site)
{
    open(getenv("MUTANT_REACHED"), O_CREAT | O_WRONLY, 0600);
    _exit(99);
}
"""


class Once(dict):
    """Values that are made once each, when first asked for, also from several threads."""

    def __init__(self, make):
        super().__init__()
        self.make, self.lock, self.locks = make, threading.Lock(), {}

    def get(self, key):
        with self.lock:
            lock = self.locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self:
                self[key] = self.make(key)
            return self[key]


class Workshop:
    """Compiles and links with what the Makefile built.

    BUILD/plain has no sanitizer. There a test is linked once, with libmutant.so in front of the whole code
    as libroom.so: a changed file becomes another libmutant.so, whose functions take the place of the file's.
    BUILD itself has ASan. There each test is linked with the changed object in front of the archives; so are
    the firmware's without sanitizers: they stand in for parts of it, its archives are no whole library.
    """

    def __init__(self, build, flags, libs, sanitize, folder):
        self.folder = pathlib.Path(folder)
        self.san, self.plain = pathlib.Path(build) / "san", pathlib.Path(build) / "plain/san"
        self.flags, self.libs, self.sanitize = shlex.split(flags), shlex.split(libs), shlex.split(sanitize)
        self.linker = ["-fuse-ld=lld"] if shutil.which("ld.lld") else []  # in a third of the time
        self.seconds = {}  # a test -> how long it takes with the sources as they are
        self.san_seconds = Once(self.time_san)
        self.originals = Once(self.original)
        self.reached = Once(self.reached_by)
        self.rooms = Once(self.link_room)

    # Compiling and linking.

    def compile(self, source, path, out, *flags):
        """Compiles the text of `path`, as if it lay there; False when it is no C."""
        firmware = ["-Ifirmware"] if path.parts[0] == "firmware" else []
        command = ["clang", *self.flags, "-w", "-g0", *flags, f"-I{path.parent}", *firmware,
                   "-x", "c", "-c", "-o", str(out), "-"]
        return subprocess.run(command, input=source.encode(), capture_output=True).returncode == 0

    def link(self, out, *parts):
        command = ["clang", *self.linker, "-o", str(out), *map(str, parts)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{out}: cannot be linked: {done.stderr[-600:]}")

    def original(self, path):
        """The object of the file as it is: what compiles to the same bytes is no change."""
        out = self.folder / f"original-{path.stem}.o"
        if not self.compile(path.read_text(), path, out, "-fPIC"):
            sys.exit(f"{path}: does not compile as it is")
        return out.read_bytes()

    @staticmethod
    def archives(flavour, test):
        """What a test tests, and what helps it."""
        if test.startswith("firmware_"):
            return [p for p in (flavour / "libfirmware.a", flavour / "libfirmware_mm.a") if p.exists()], []
        return [flavour / "libmmfarm.a"], [flavour / "libsupport.a"]

    def link_room(self, archives):
        """The whole code as a library, and a libmutant.so that changes nothing; returns their folder."""
        room = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.link(room / "libroom.so", "-shared", "-Wl,--whole-archive", *archives, "-Wl,--no-whole-archive",
                  *self.libs, "-lz", "-lm")
        self.link(room / "libmutant.so", "-shared", "-x", "c", "/dev/null")
        return room

    def link_plain(self, test):
        tested, helping = self.archives(self.plain, test)
        room = self.rooms.get(tuple(tested))
        self.link(room / test, self.plain / f"obj/tests/unit/{test}.o", *helping, "-Wl,--no-as-needed",
                  f"-L{room}", "-lmutant", "-lroom", f"-Wl,-rpath,{room}",
                  *self.libs, "-lcmocka", "-lz", "-lm")
        return room / test

    def link_front(self, flavour, test, objects, out, *flags):
        """Links a test with changed objects in front of the archives."""
        tested, helping = self.archives(flavour, test)
        self.link(out, *flags, flavour / f"obj/tests/unit/{test}.o", *objects, *helping, *tested,
                  *self.libs, "-lcmocka", "-lz", "-lm")

    # Running.

    @staticmethod
    def run(program, timeout, **environment):
        try:
            done = subprocess.run([str(program)], capture_output=True, timeout=timeout,
                                  env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP", **environment})
            return done.returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def run_plain(self, test, objects, work, timeout, **environment):
        """Runs a test with changed objects, which are also the libmutant.so of the folder `work`."""
        if test.startswith("firmware_"):
            self.link_front(self.plain, test, objects, work / test)
            return self.run(work / test, timeout, **environment)
        room = self.rooms.get(tuple(self.archives(self.plain, test)[0]))
        return self.run(room / test, timeout, LD_LIBRARY_PATH=str(work if objects else room), **environment)

    def time(self, tests):
        """Runs each test once as it is: one that fails or never ends would "notice" everything."""
        for test in tests:
            if test in self.seconds:
                continue
            if not test.startswith("firmware_"):
                self.link_plain(test)
            begin = time.monotonic()
            if not self.run_plain(test, [], self.folder, 600):
                sys.exit(f"{test}: fails without any change")
            self.seconds[test] = time.monotonic() - begin

    def time_san(self, test):
        program = self.folder / f"{test}.san"
        self.link_front(self.san, test, [], program, *self.sanitize)
        begin = time.monotonic()
        if not self.run(program, 600):
            sys.exit(f"{test}: fails under ASan without any change")
        program.unlink()
        return time.monotonic() - begin

    def reached_by(self, key):
        """The tests that enter a function of the file: only these can notice a change in it."""
        path, tests = key
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            work = pathlib.Path(name)
            compiled = (self.compile(path.read_text(), path, work / "file.o", "-fPIC", "-finstrument-functions")
                        and self.compile(REACHED, path, work / "reached.o", "-fPIC"))
            if not compiled:
                sys.exit(f"{path}: does not compile with marks")
            objects = [work / "file.o", work / "reached.o"]
            self.link(work / "libmutant.so", "-shared", *objects)
            reached = []
            for test in tests:
                mark = work / f"{test}.reached"
                self.run_plain(test, objects, work, 15 + 5 * self.seconds[test], MUTANT_REACHED=str(mark))
                if mark.exists():
                    reached.append(test)
            if not reached:
                print(f"{path}: no test enters it", flush=True)
            return reached

    def judge(self, mutant, tests):
        """'invalid', 'same', 'killed by TEST' or 'survived'; the quick tests first, ASan's last."""
        source = mutant.file.read_text()
        changed = source[: mutant.start] + mutant.new + source[mutant.end :]
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            work = pathlib.Path(name)
            obj = work / "mutant.o"
            if not self.compile(changed, mutant.file, obj, "-fPIC"):
                return "invalid"
            if obj.read_bytes() == self.originals.get(mutant.file):
                return "same"
            self.link(work / "libmutant.so", "-shared", obj)
            tests = self.reached.get((mutant.file, tuple(tests)))
            for test in tests:
                if not self.run_plain(test, [obj], work, 15 + 5 * self.seconds[test]):
                    return f"killed by {test}"
            return self.judge_san(mutant.file, changed, tests, work)

    def judge_san(self, path, changed, tests, work):
        """Whether a mutant that no plain test noticed leaks or reads what is not its own."""
        obj = work / "san.o"
        if not self.compile(changed, path, obj, *self.sanitize):
            return "invalid"
        for test in tests:
            self.link_front(self.san, test, [obj], work / test, *self.sanitize)
            if not self.run(work / test, 15 + 5 * self.san_seconds.get(test)):
                return f"killed by {test}"
            (work / test).unlink()
        return "survived"


def sources_of(patterns):
    """The files that fit; `!PATTERN` leaves some out."""
    out = [p[1:] for p in patterns if p.startswith("!")]
    found = [f for p in patterns if not p.startswith("!") for f in sorted(pathlib.Path(".").glob(p))]
    return [f for f in found if not any(f.match(p) for p in out)]


def tests_of(patterns):
    return sorted({p.stem for pattern in patterns for p in pathlib.Path("tests/unit").glob(f"{pattern}.c")})


def tests_for(path, tests, seconds):
    """The one that is named after the file first, then the quick ones."""
    return sorted(tests, key=lambda n: (path.stem not in n or seconds[n] > 1, seconds[n], n))


def sample(mutants, count, seed):
    """`count` of them, evenly over the files and the same for the same text and seed."""
    def rank(m):
        key = f"{seed}:{m.file}:{m.what}:{m.old}:{m.new}:{m.line}"
        return hashlib.sha256(key.encode()).digest()
    return sorted(mutants, key=rank)[:count] if count else mutants


def known_survivors(path):
    """Explained survivors: file, text of the line, old, new (tab separated); line numbers move."""
    out = {}
    for line in pathlib.Path(path).read_text().splitlines():
        if line and not line.startswith("#"):
            file, text, old, new, why = line.split("\t")
            out[(file, text, old, new)] = why
    return out


def survivor_key(mutant):
    """The n-th `old` of a line, from the second on, is `old #n`."""
    source = mutant.file.read_text()
    text = source.splitlines()[mutant.line - 1].strip()
    begin = source.rfind("\n", 0, mutant.start) + 1
    nth = 1 + sum(match.group() == mutant.old for match in TOKEN.finditer(source[begin : mutant.start]))
    old = " ".join(mutant.old.split()) + (f" #{nth}" if nth > 1 else "")
    return (str(mutant.file), text, old, mutant.new)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/mutants")
    parser.add_argument("--flags", required=True)
    parser.add_argument("--libs", required=True)
    parser.add_argument("--sanitize", default="-fsanitize=address")
    parser.add_argument("--room", action="append", help="only this room (repeatable)")
    parser.add_argument("--file", action="append", help="only this file (repeatable)")
    parser.add_argument("--count", type=int, default=0, help="how many a room; 0: all")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--slowest", type=float, default=60.0, help="tests that take more seconds are left out")
    parser.add_argument("--bar", type=float, default=90.0, help="the least score, in percent")
    parser.add_argument("--known", default="tools/mutants.known")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="mutants") as folder:
        workshop = Workshop(options.build, options.flags, options.libs, options.sanitize, folder)
        return 0 if run_rooms(workshop, options) else 1


def run_rooms(workshop, options):
    known = known_survivors(options.known)
    good = True
    for room, sources, patterns in ROOMS:
        if options.room and room not in options.room:
            continue
        files = sources_of(sources)
        if options.file:
            files = [f for f in files if str(f) in options.file]
        mutants = sample([m for f in files for m in mutants_of(f)], options.count, options.seed)
        if mutants:
            good &= run_room(room, mutants, patterns, workshop, known, options)
    return good


def run_room(room, mutants, patterns, workshop, known, options):
    counts = collections.Counter()
    tests = tests_of(patterns)
    workshop.time(tests)
    for test in [t for t in tests if workshop.seconds[t] > options.slowest]:
        print(f"{room}: {test} takes {workshop.seconds[test]:.0f} s and is left out", flush=True)
        tests.remove(test)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        work = {pool.submit(workshop.judge, m, tests_for(m.file, tests, workshop.seconds)): m for m in mutants}
        for future in concurrent.futures.as_completed(work):
            if future.exception():
                pool.shutdown(cancel_futures=True)
            verdict, mutant = future.result(), work[future]
            counts[verdict.split()[0]] += 1
            if verdict == "survived":
                key = survivor_key(mutant)
                explained = known.get(key)
                counts["explained"] += explained is not None
                print(f"{room}: survived: {mutant.file}:{mutant.line}: {mutant.what} "
                      f"`{key[2]}` -> `{mutant.new or 'nothing'}` in `{key[1]}`"
                      + (f" (explained: {explained})" if explained else ""), flush=True)
    killed = counts["killed"]
    total = killed + counts["survived"] - counts["explained"]
    score = 100.0 * killed / total if total else 100.0
    print(f"{room}: score {score:.1f} % ({killed} of {total} noticed; {counts['explained']} explained, "
          f"{counts['same']} without effect, {counts['invalid']} no C)", flush=True)
    return score >= options.bar


if __name__ == "__main__":
    sys.exit(main())
