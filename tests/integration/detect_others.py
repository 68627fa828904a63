# SPDX-License-Identifier: GPL-2.0-or-later
"""What the truth of others' corpora means in the detector's classes.

Each corpus lists errors in words of its own program. A word is either a report (a predicate over
the events of a file) or something that is no splat here, with the reason.
"""
import re


def of(cls, sub=None, source=None):
    """A report of that class, subclass, source file."""
    return lambda e: (e.get("class") in cls.split() and (sub is None or re.fullmatch(sub, e["sub"]))
                      and (source is None or e.get("source", "").endswith(source)))


def failed_test(e):
    return e["event"] == "test"


PART = "a line of a report, not an error of its own"
DRIVER = "a driver's message: nothing is wrong with the kernel"

# (pattern, predicate or reason). The first that matches counts.
WORDS = {
    "B": [
        (r"linux\.kernel\.error_return_code", DRIVER),
        (r"test\.baseline\.dmesg: emerg.*No irq handler", DRIVER),
        (r"linux\.kselftest: not ok", failed_test),
        (r"linux\.kernel\.ubsan", of("ubsan")),
        (r"linux\.kernel\.bug: kernel NULL", of("fault", "null")),
        (r"linux\.kernel\.bug: sleeping", of("atomic", "sleeping")),
        (r"linux\.kernel\.bug: workqueue lockup", of("hang", "workqueue")),
        (r"linux\.kernel\.bug", of("bug atomic hang fault badpage locks")),
        (r"linux\.kernel\.(warning|report)", of("warn lockdep")),
        (r"linux\.kernel\.panic", of("panic")),
        (r"linux\.kernel\.oops", of("oops fault")),
        (r"linux\.kernel\.kasan", of("kasan")),
    ],
    "C": [
        (r"internal-error-oops-oops-bti", of("oops", "bti")),
        (r"internal-error-oops", of("oops fault bug")),
        (r"exception-kernel-bug", of("bug")),
        (r"invalid-opcode", of("oops bug", "undef|")),
        (r"exception-warning", of("warn")),
        (r"panic-multiline|kernel-panic", of("panic")),
        (r"kasan", of("kasan")),
        (r"kcsan", of("kcsan")),
        (r"kfence", of("kfence")),
        (r"oops", of("oops fault bug")),
    ],
    "D": [
        (r"calltrace:|RIP:|EIP:|warn_alloc_failed|Mem-Info", PART),
        (r"genirq:|IP-Config:|sysctl_could_not|lkp_next", DRIVER),
        (r"WARNING:lkp_", "a message of the test programs"),
        (r"WARNING:at_(?P<file>[\w/.-]+):#", None),
        (r"WARNING:possible_recursive", of("lockdep", "recursive")),
        (r"WARNING:possible_circular", of("lockdep", "circular")),
        (r"WARNING:", of("warn lockdep")),
        (r"INFO:possible_|INFO:inconsistent|INFO:suspicious", of("lockdep")),
        (r"BUG:soft_lockup", of("hang", "softlockup")),
        (r"BUG:workqueue_lockup", of("hang", "workqueue")),
        (r"BUG:sleeping", of("atomic", "sleeping")),
        (r"BUG:looking_up", of("lockdep", "subclass")),
        (r"BUG:Bad_page", of("badpage")),
        (r"BUG:Bad_rss", of("rss")),
        (r"BUG:KASAN:(?P<sub>[\w-]+)_in_", None),
        (r"BUG:KCSAN", of("kcsan")),
        (r"BUG:kernel_", of("bug", "other")),
        (r"BUG:", of("bug fault atomic hang locks lockdep slub")),
        (r"INFO:task_blocked", of("hang", "task")),
        (r"INFO:rcu", of("hang", "rcu")),
        (r"UBSAN", of("ubsan")),
        (r"Kernel_panic", of("panic")),
        (r"(related_)?general_protection_fault", of("fault", "gpf")),
        (r"CFI_failure_at_(?P<func>\w+)", None),
        (r"page_allocation_failure", of("alloc")),
        (r"invoked_oom-killer", of("oom")),
        (r"irq#:nobody_cared", of("hw", "irq")),
    ],
    "F": [
        (r"\(none\)", "no report is wanted"),
        (r"bug", of("bug locks hang")),
        (r"kasan", of("kasan")),
        (r"kfence", of("kfence")),
        (r"oops", of("oops fault bug")),
        (r"\d+ messages", lambda e: e["event"] == "splat"),
    ],
}


def meaning(corpus, word):
    """(predicate, None) or (None, reason); the reason is empty for a word that nobody knows."""
    for pattern, what in WORDS[corpus]:
        found = re.match(pattern, word) if corpus == "D" else re.search(pattern, word)
        if not found:
            continue
        if callable(what):
            return what, None
        if what:
            return None, what
        named = found.groupdict()
        if "file" in named:
            return of("warn", source=named["file"]), None
        if "sub" in named:
            return of("kasan", named["sub"]), None
        func = named["func"].lstrip("_")  # there, underscores stand for blanks, too
        return (lambda e: e.get("class") == "bug" and e["func"].lstrip("_") == func), None
    return None, ""


def errors(corpus, row):
    """The words that a corpus lists for a file, each as often as it must be found."""
    listed = row[{"B": "errors", "C": "asserted_tests", "D": "error_ids",
                  "F": "lava_expected"}[corpus]]
    words = [w.strip() for w in listed.split("||") if w.strip()]
    if corpus != "F":
        return words
    out = []
    for word in words:
        times = re.fullmatch(r"(\w+)\*(\d+)", word) or re.fullmatch(r"((\d+) messages)", word)
        out += [times[1]] * int(times[2]) if times else [word]
    return out
