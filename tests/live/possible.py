# SPDX-License-Identifier: MIT
"""Recordings of programs whose every legal stack is known.

Each check records a target on an interpreter for some seconds and returns the Counts of what
it saw; it raises AssertionError where a stack is impossible, or too many are missing.
"""
import os
import re
import subprocess
import sys
import tempfile

import interpreters as live
from recording import Recording
from scenario import pid_line

RATE = int(os.environ.get("PYPROF_RATE", 1000))
OPTIONS = os.environ.get("PYPROF_OPTIONS", "").split()
# Of all looks; the rest is whole, or marked as truncated. A look that nobody could prove
# anything about is a hole in the profile.
MAX_FAILED = 0.01
# Of all ticks: below it the profiler, and not a busy machine, loses them.
MIN_SAMPLES = 0.1


class Counts:
    def __init__(self, samples=0, truncated=0, failed=0):
        self.samples, self.truncated, self.failed = samples, truncated, failed

    def add(self, other):
        self.samples += other.samples
        self.truncated += other.truncated
        self.failed += other.failed

    def __str__(self):
        return "%d samples, 0 impossible, %.2f%% truncated, %.2f%% failed" % (
            self.samples, 100 * self.truncated / max(self.samples, 1),
            100 * self.failed / max(self.samples + self.failed, 1))


def record(interpreter, seconds, path, target, *args, options=()):
    """Records the target: (Counts, stacks)."""
    process = interpreter.start(target, *args)
    try:
        pid_line(process)
        summary, stacks = Recording(path, "-p", process.pid, "-r", RATE, "-d", seconds,
                                    *OPTIONS, *options).wrote()
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    counts = Counts(summary.samples, summary.truncated, summary.failed)
    # Each of these targets has a thread that runs all the time: no tick finds nobody.
    assert summary.samples >= MIN_SAMPLES * seconds * RATE, "only %d samples" % summary.samples
    marked = sum(count for stack, count in stacks if stack[-1] == "[truncated]")
    assert marked == summary.truncated, "%d marked, %d said" % (marked, summary.truncated)
    assert counts.failed <= MAX_FAILED * (counts.samples + counts.failed) + 2, \
        "too many looks failed: %s" % counts
    return counts, stacks


def call_tree(interpreter, seconds):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "tree.folded")
        counts, _ = record(interpreter, seconds, path, "call_tree.py")
        check = subprocess.run([sys.executable, os.path.join(live.HERE, "check_call_tree.py"),
                                path], stdout=subprocess.PIPE, text=True)
        assert check.returncode == 0, check.stdout.strip()
        return counts


def reused_code(interpreter, seconds):
    """aN calls bN, and both are of madeN.py, a's call on line 10 and b's body on 3 to 7."""
    frame = re.compile(r"([ab])(\d+) \(made(\d+)\.py:(\d+)\)$")
    lines = {"a": (9, 10), "b": (2, 3, 4, 5, 6, 7)}
    with tempfile.TemporaryDirectory() as directory:
        counts, stacks = record(interpreter, seconds, os.path.join(directory, "reused.folded"),
                                "reused_code.py")
    made = set()
    for stack, _ in stacks:
        numbers, letters = set(), ""
        for text in stack:
            match = frame.match(text)
            if match:
                letter, number, file, line = match.groups()
                numbers |= {number, file}
                letters += letter
                assert int(line) in lines[letter], "impossible line: %s" % ";".join(stack)
        assert len(numbers) <= 1 and letters in ("", "a", "ab"), "impossible: %s" % ";".join(stack)
        made |= numbers
    assert len(made) > 10 * seconds, "%d made functions were seen, too few" % len(made)
    return counts


# ---- targets/legal_callers.py ----------------------------------------------------------

DEFINITION = re.compile(r"^ *(?:async )?def (\w+)\(.*\):  # from (.*)$", re.MULTILINE)
OWN = re.compile(r"(.*) \(.*legal_callers(?:_new)?\.py\)$")


def callers_of(target):
    """The legal callers of each of its functions, as the comments in its source say."""
    with open(os.path.join(live.HERE, "targets", target)) as file:
        found = {name: set(callers.split(", ")) for name, callers in
                 DEFINITION.findall(file.read())}
    assert len(found) > 30
    return found


def check_chain(callers, thread, stack):
    """Every function of the stack is of the thread's family, and called by whom it may be."""
    before = "the thread"
    for frame in stack[1:]:
        match = OWN.match(frame)
        name = (match.group(1) if match else frame.split(" (")[0]).rsplit(".", 1)[-1]
        if match:
            assert name.split("_")[0] == thread, "%s in the thread of another: %s" % (
                name, ";".join(stack))
            plain = re.sub(r"^t\d_", "tN_", name)
            assert plain in callers, "unknown function %s: %s" % (name, ";".join(stack))
            assert re.sub(r"^t\d_", "tN_", before) in callers[plain], \
                "%s is not called by %s: %s" % (name, before, ";".join(stack))
        before = name


def legal_callers(interpreter, seconds):
    callers = callers_of("legal_callers.py")
    with tempfile.TemporaryDirectory() as directory:
        counts, stacks = record(interpreter, seconds, os.path.join(directory, "legal.folded"),
                                "legal_callers.py", options=("-t", "-F"))
    families = set()
    for stack, _ in stacks:
        thread = re.match(r"thread \d+ \((.*)\)$", stack[0])
        assert thread, "no thread: %s" % ";".join(stack)
        families.add(thread.group(1))
        if thread.group(1) != "MainThread":
            check_chain(callers, thread.group(1), stack)
    assert len(families) > 1, "families seen: %r" % families
    return counts
