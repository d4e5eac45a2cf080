# SPDX-License-Identifier: MIT
"""What a target loses to pyprof.

That is a small difference of large numbers, on a machine whose speed is another one each second.
So one recording goes on all the time, and pyprof is stopped and let go again in turns of a tenth of
a second, some hundreds of times: the speed of a turn with it is compared with those before and
after it without.
"""

import contextlib
import os
import signal
import subprocess
import time

import bench_run
import bench_targets
import bench_tools

TURN_S = 0.1
# After a change: pyprof answers the ticks that it missed, caches are what they are by then.
SETTLE_S = 0.01
TRIES = 100


def is_traced(pid):
    """Has the profiler stopped one of the target's threads just now?"""
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/stat", encoding="utf-8") as file:
            if file.read().rpartition(")")[2].split()[0] == "t":
                return True
    return False


def halt(process, target_pid):
    """Stops pyprof, but not while a thread stands for it."""
    for _ in range(TRIES):
        process.send_signal(signal.SIGSTOP)
        time.sleep(SETTLE_S)
        if not is_traced(target_pid):
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.001)
    raise bench_targets.Failed("pyprof cannot be stopped between two pauses")


def speed(running, target):
    meter = bench_run.Speedometer(running, target)
    time.sleep(TURN_S)
    return meter.speed()


def turns(process, running, target, pairs):
    """The share lost in each turn, by those beside it."""
    halt(process, running.pid)
    before = speed(running, target)
    for _ in range(pairs):
        process.send_signal(signal.SIGCONT)
        time.sleep(SETTLE_S)
        beside = speed(running, target)
        halt(process, running.pid)
        after = speed(running, target)
        yield 1 - 2 * beside / (before + after)
        before = after


def measure(target, python, pyprof, rate, pairs):
    """A bench_run.Row with a run a turn."""
    row = bench_run.Row(pyprof.name)
    seconds = int(pairs * 2.5 * (TURN_S + 2 * SETTLE_S)) + 60
    with bench_targets.started(target, python) as running, python.folder() as folder:
        job = bench_tools.Job(running.pid, seconds, rate, os.path.join(folder, "out"), target,
                              python)
        process = subprocess.Popen([*pyprof.command(job), "-q"], stdin=subprocess.DEVNULL)
        try:
            time.sleep(bench_run.BEGUN)
            row.runs = [{"lost": lost} for lost in turns(process, running, target, pairs)]
        except (bench_targets.Failed, OSError) as error:
            row.failures.append(str(error))
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
            process.wait()
    return row
