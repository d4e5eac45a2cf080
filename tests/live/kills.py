# SPDX-License-Identifier: MIT
"""Sudden deaths: of the target under pyprof, and of pyprof over the target.

Used by test-kills a few times and by scripts/torture many times.
"""
import os
import random
import struct
import tempfile
import threading
import time

from recording import Recording, wait_for
from scenario import pid_line

# Rarely quiet ones: frames, code objects and threads that come and go.
TARGETS = [("call_tree.py",), ("reused_code.py",), ("restless.py", "threads"),
           ("legal_callers.py",)]


def alive_and_free(pid):
    """Asserts that no thread of the process is stopped or traced."""
    for tid in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/status" % (pid, tid)) as file:
                fields = dict(line.split(":", 1) for line in file)
        except (FileNotFoundError, ProcessLookupError):
            continue
        assert fields["State"].strip()[0] not in "tT", "stopped: %s" % fields["State"]
        assert int(fields["TracerPid"]) == 0, "traced by %s" % fields["TracerPid"]


# ---- the target is killed --------------------------------------------------------------

def kill_target(interpreter, rng, directory):
    """Kills a target at a random moment of its recording; the number of samples it left."""
    target = interpreter.start(*rng.choice(TARGETS))
    path = os.path.join(directory, "killed." + rng.choice(["folded", "svg"]))
    try:
        pid_line(target)
        recording = Recording(path, "-p", target.pid, "-r", 1000).attached()
        time.sleep(rng.random() * 0.4)
        target.kill()
        summary, _ = recording.wrote()
        assert summary.end == "target exited", recording.said
        os.unlink(path)
        assert not os.listdir(directory), "left behind: %r" % os.listdir(directory)
        return summary.samples
    finally:
        target.kill()
        target.wait()
        target.stdin.close()
        target.stdout.close()


def kill_targets(interpreters, times, seed, say=None):
    """As many as that, in turn over the interpreters: (profiles, of them empty, failures)."""
    rng, profiles, empty, failures = random.Random(seed), 0, 0, []
    for i in range(times):
        interpreter = interpreters[i % len(interpreters)]
        with tempfile.TemporaryDirectory() as directory:
            try:
                empty += kill_target(interpreter, rng, directory) == 0
                profiles += 1
            except AssertionError as why:
                failures.append("%s, kill %d: %s" % (interpreter.id, i, why))
        if say and (i + 1) % 20 == 0:
            say("%d kills of targets, %d profiles" % (i + 1, profiles))
    return profiles, empty, failures


# ---- pyprof is killed ------------------------------------------------------------------

class Watch(threading.Thread):
    """Looks at the target's state all the time; `why` says what was wrong with it."""

    # A pause takes some 20 us; what a busy machine makes of that is far less than this. Where we got
    # no CPU meanwhile it was not seen held for as long.
    MAX_HELD, MIN_LOOKS = 0.2, 5

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.looks, self.why, self.over = pid, 0, None, False
        self.start()

    def run(self):
        free, held = time.monotonic(), 0
        while not self.over and not self.why:
            began = time.monotonic()
            try:
                alive_and_free(self.pid)
                free, held = time.monotonic(), 0
            except AssertionError as why:
                held += 1
                if began - free > self.MAX_HELD and held >= self.MIN_LOOKS:
                    self.why = "for %.1f s: %s" % (began - free, why)
            self.looks += 1
            time.sleep(0.001)

    def end(self):
        self.over = True
        self.join()
        assert not self.why, self.why
        return self.looks


class CountingTarget:
    """targets/counts.py, and the number that it has come to."""

    def __init__(self, interpreter):
        self.file = tempfile.TemporaryFile()
        self.file.write(bytes(8))
        self.file.flush()
        fd = self.file.fileno()
        self.process = interpreter.start("counts.py", str(fd), pass_fds=[fd])
        self.pid = pid_line(self.process)

    def number(self):
        return struct.unpack("=Q", os.pread(self.file.fileno(), 8, 0))[0]

    def goes_on(self):
        """Asserts that it still counts, as nobody's tracee."""
        before = self.number()
        wait_for(lambda: self.number() > before + 1, "the target counts on")
        alive_and_free(self.pid)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.file.close()


OLD = "what was here before\n"


def kill_pyprof(target, rng, directory):
    """Kills pyprof at a random moment of a recording. 'old', or 'new' where it was done."""
    path = os.path.join(directory, "profile.folded")
    with open(path, "w") as file:
        file.write(OLD)
    recording = Recording(path, "-p", target.pid, "-r", rng.choice([100, 1000, 10000]), "-d", 0.2)
    time.sleep(rng.random() * 0.3)
    recording.process.kill()
    recording.end()
    target.goes_on()
    with open(path) as file:
        text = file.read()
    if text == OLD:
        return "old"
    assert text.endswith("\n") and all(l.rsplit(" ", 1)[1].isdigit() for l in text.splitlines()), \
        "half a profile: %r" % text[-200:]
    return "new"


def kill_pyprofs(interpreters, times, seed, say=None):
    """As many as that: (kills, looks at the target's state, failures)."""
    rng, kills, looks, failures = random.Random(seed), 0, 0, []
    share = -(-times // len(interpreters))
    for interpreter in interpreters:
        target = CountingTarget(interpreter)
        watch = Watch(target.pid)
        for _ in range(min(share, times - kills - len(failures))):
            with tempfile.TemporaryDirectory() as directory:
                try:
                    kill_pyprof(target, rng, directory)
                    kills += 1
                except AssertionError as why:
                    failures.append("%s: %s" % (interpreter.id, why))
        try:
            looks += watch.end()
        except AssertionError as why:
            failures.append("%s: %s" % (interpreter.id, why))
        target.end()
        if say:
            say("%s: %d kills of pyprof so far" % (interpreter.id, kills))
    return kills, looks, failures
