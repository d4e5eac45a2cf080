# SPDX-License-Identifier: MIT
"""What pyprof needs of memory: with many stacks, and over time."""

import os
import subprocess

import bench_asked
import bench_count
import bench_run
import bench_targets

STACKS, STACKS_MIB = 100_000, 64
STACKS_SECONDS, STACKS_RATE = 30, 50_000
STEADY_SECONDS, STEADY_RATE = 60, 10_000
EARLY, LATE = 10, 59
GROWTH_MIB = 1


def start(pyprof, running, rate, seconds, out, *more):
    return bench_run.Watch(subprocess.Popen(
        [pyprof, "record", "-q", "-p", str(running.pid), "-r", str(rate), "-d", str(seconds),
         "-f", "folded", "-o", out, *more], stdin=subprocess.DEVNULL))


def many_stacks(python, pyprof):
    """Peak memory, and how many different stacks there were."""
    with bench_targets.started(bench_targets.PATHS, python) as running, \
            python.folder() as folder:
        out = os.path.join(folder, "out")
        watch = start(pyprof, running, STACKS_RATE, STACKS_SECONDS, out, "--nonblocking")
        watch.until(STACKS_SECONDS - 1, 0.05)
        if watch.until(STACKS_SECONDS + bench_run.PATIENCE, 0.001):
            watch.process.kill()
            raise bench_targets.Failed("pyprof did not end")
        return watch.peak, len({stack for stack, _ in bench_count.lines(out)})


def steady(python, pyprof):
    """Memory that is in use, early and late in a recording that sees the same all the time."""
    with bench_targets.started(bench_targets.by_name("20-deep"), python) as running, \
            python.folder() as folder:
        watch = start(pyprof, running, STEADY_RATE, STEADY_SECONDS, os.path.join(folder, "out"))
        sizes = []
        for age in (EARLY, LATE):
            if not watch.until(age, 0.5):
                raise bench_targets.Failed("pyprof ended too early")
            sizes.append(bench_run.memory_of(watch.process.pid, "VmRSS"))
        watch.until(STEADY_SECONDS + bench_run.PATIENCE, 0.1)
        return sizes


def run(python, pyprof):
    mib = "{:.1f} MiB".format
    told = bench_asked.Answers()
    peak, stacks = many_stacks(python, pyprof)
    told.add(f"{STACKS:,} different stacks at least ({STACKS_SECONDS} s at {STACKS_RATE:,} Hz)",
             stacks, bench_asked.least(STACKS), "{:,}".format)
    told.add(f"… and a peak under {STACKS_MIB} MiB", peak, lambda value: value < STACKS_MIB, mib)
    early, late = steady(python, pyprof)
    told.add(f"a steady target at {STEADY_RATE:,} Hz: in use after {EARLY} s", early,
             lambda value: value < STACKS_MIB, mib)
    told.add(f"… after {LATE} s: at most {GROWTH_MIB} MiB more", late,
             lambda value: value - early <= GROWTH_MIB, mib)
    told.tell(f"Memory, CPython {python.version}")
