# SPDX-License-Identifier: MIT
"""pyprof at work beside a test: started, waited for, and what it wrote and said taken apart."""
import os
import re
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree

import interpreters as live
from scenario import fold, pid_line

SUMMARY = re.compile(r"wrote .*: ([\d,]+) samples?(?: of .*)? in .* Hz \(asked .*\), ([\d,]+) late ticks?, "
                     r"([\d,]+) truncated.*, ([\d,]+) failed(?: \(.*?\))?(.*)")
FOREVER = 60  # seconds after which something hangs


def releases():
    """One interpreter a minor, release builds first."""
    chosen = {}
    for i in live.interpreters():
        if i.minor not in chosen or chosen[i.minor].flavour == "debug":
            chosen[i.minor] = i
    return list(chosen.values())


def on_each(interpreters, check):
    """check(interpreter) for each, which may return a number; all failures are told of."""
    failures, total = [], 0
    for interpreter in interpreters:
        try:
            total += check(interpreter) or 0
        except AssertionError as why:
            failures.append("%s: %s" % (interpreter.id, why))
    assert not failures, "\n".join(failures)
    return "%d interpreters%s" % (len(interpreters), ", %d samples" % total if total else "")


def number(pattern, text):
    match = re.search(pattern, text)
    return int(match.group(1).replace(",", "")) if match else 0


class Summary:
    def __init__(self, text):
        match = SUMMARY.search(text)
        assert match, "no summary: %r" % text
        numbers = [int(n.replace(",", "")) for n in match.groups()[:4]]
        self.samples, self.late, self.truncated, self.failed = numbers
        self.end = match.group(5).rpartition(";")[2].strip() if ";" in match.group(5) else ""
        self.processes = number(r"samples? of ([\d,]+) process", text)
        self.missed = number(r"\(([\d,]+) others? without Python\)", text)
        self.slowed = number(r"; slowed to ([\d,]+)[\d.]* by --max-cpu", text)
        # Looks at which the stack moved: of some of these the upper end was still seen.
        self.moved = self.truncated + number(r"([\d,]+) read once", text)
        self.paused = number(r"([\d,]+) paused", text)
        self.pause_us = number(r"paused \((\d+) us each\)", text)
        self.not_paused = number(r"([\d,]+) not paused", text)
        self.refused = "refused" in text


def status_field(pid, field):
    """A field of /proc/PID/status; None where there is no such process."""
    try:
        with open("/proc/%d/status" % pid) as file:
            return next((l.split(":", 1)[1].strip() for l in file if l.startswith(field + ":")),
                        None)
    except (FileNotFoundError, ProcessLookupError):
        return None


def catches_sigterm(pid):
    caught = status_field(pid, "SigCgt")
    return caught is not None and int(caught, 16) >> (signal.SIGTERM - 1) & 1


def wait_for(condition, what):
    end = time.monotonic() + FOREVER
    while not condition():
        assert time.monotonic() < end, "never: " + what
        time.sleep(0.001)


class Recording:
    """`pyprof record ARGS -o PATH`, running; attached() waits until it records."""

    def __init__(self, path, *args, **popen):
        self.path = path
        # How long it is to record, where that is said.
        self.seconds = float(args[args.index("-d") + 1]) if "-d" in args else 0
        self.process = subprocess.Popen([live.PYPROF, "record", "-o", path, *map(str, args)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, **popen)
        self.pid = self.process.pid
        self.said = None

    def attached(self):
        """pyprof catches SIGTERM from the moment on that it has attached."""
        wait_for(lambda: catches_sigterm(self.pid) or self.process.poll() is not None,
                 "pyprof attaches")
        return self

    def end(self):
        """Waits for its own end; its exit status."""
        try:
            _, self.said = self.process.communicate(timeout=self.seconds + FOREVER)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise AssertionError("pyprof hangs")
        return self.process.returncode

    def stop(self):
        self.process.terminate()
        return self.end()

    def wrote(self, status=0):
        """Ends with this exit status and a whole profile; its summary and its stacks."""
        got = self.process.returncode if self.said is not None else self.end()
        assert got == status, "exit status %d: %s" % (got, self.said)
        summary = Summary(self.said)
        stacks = check_whole(self.path, summary)
        leftovers = [n for n in os.listdir(os.path.dirname(self.path))
                     if n.startswith("." + os.path.basename(self.path))]
        assert not leftovers, "left behind: %r" % leftovers
        return summary, stacks


def check_whole(path, summary):
    """The file holds all that the summary says. Stacks as fold() gives them, None of a picture."""
    with open(path, encoding="utf-8", newline="\n") as file:
        text = file.read()
    if path.endswith(".svg"):
        xml.etree.ElementTree.fromstring(text)
        return None
    assert not text or text.endswith("\n"), "the last line is cut off"
    stacks = fold(text)
    total = sum(count for _, count in stacks)
    assert total == summary.samples, "%d samples in the file, %d said" % (total, summary.samples)
    return stacks


def names(stack):
    """Function names of a folded stack, and whether it is truncated."""
    found = [frame.rsplit(" (", 1)[0] for frame in stack]
    truncated = found[-1] == "[truncated]"
    return (found[:-1] if truncated else found), truncated


class Target:
    """targets/restless.py in a mode, or another target; killed at the end of the block."""

    def __init__(self, interpreter, *words, **popen):
        if not words[0].endswith(".py"):
            words = ("restless.py", *words)
        self.process = interpreter.start(*words, **popen)

    def __enter__(self):
        self.pid = pid_line(self.process)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def recorded(target, *args):
    """A recording, of 0.3 s where nothing else is said: its summary and stacks."""
    with tempfile.TemporaryDirectory() as directory:
        args = args if "-d" in args else ("-d", 0.3, *args)
        return Recording(os.path.join(directory, "out.folded"), "-p", target.pid, *args).wrote()
