# SPDX-License-Identifier: MIT
"""Attaching to an interpreter that is only just starting.

Used by test-hostile a few times and by scripts/torture many times.
"""
import os
import random
import subprocess
import tempfile
import time

from recording import Recording

# Works for longer than pyprof waits for an interpreter, so that no start is too slow.
PROGRAM = "import time\nend = time.time() + 30\nwhile time.time() < end: sum(range(1000))"


def attach_while_starting(interpreter, times, seed):
    """Attaches that many times, at once or after some milliseconds: (profiles, failures)."""
    rng, done, failures = random.Random(seed), 0, []
    command = interpreter.command("names.py")[:-1] + ["-c", PROGRAM]
    for _ in range(times):
        with tempfile.TemporaryDirectory() as directory:
            wait = rng.random() * 0.03 * rng.randrange(2)
            target = subprocess.Popen(command)
            try:
                if interpreter.root != "/":
                    await_exec(target.pid)
                time.sleep(wait)
                path = os.path.join(directory, "start.folded")
                summary, _ = Recording(path, "-p", target.pid, "-d", 0.05).wrote()
                assert not summary.end, "ended: %s" % summary.end
                done += 1
            except AssertionError as why:
                failures.append("%s, %.1f ms after exec: %s" % (interpreter.id, wait * 1e3, why))
            finally:
                target.kill()
                target.wait()
    return done, failures


def await_exec(pid):
    """chroot(1) is another program: the interpreter starts when it is no more."""
    while os.path.basename(os.readlink("/proc/%d/exe" % pid)) == "chroot":
        time.sleep(0.0005)
