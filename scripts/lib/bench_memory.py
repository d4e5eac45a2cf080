# SPDX-License-Identifier: MIT
"""What pyprof needs of memory: with many stacks, and over time."""

import os
import signal
import subprocess

import bench_asked
import bench_count
import bench_run
import bench_targets

STACKS, STACKS_MIB, STACKS_RATE = 100_000, 64, 50_000
# As often the target takes all its ways, unless that takes so many seconds.
PASSES, STACKS_SECONDS = 5, 180
STEADY_RATE, EARLY, LATE = 10_000, 10, 60
GROWTH_MIB = 1


def start(pyprof, running, rate, out, *more):
    return bench_run.Watch(subprocess.Popen(
        [pyprof, "record", "-q", "-p", str(running.pid), "-r", str(rate), "-f", "folded",
         "-o", out, *more], stdin=subprocess.DEVNULL))


def finish(watch, out):
    """Ends a recording; says how many different stacks it wrote."""
    watch.process.send_signal(signal.SIGINT)
    if watch.until(watch.age() + bench_run.PATIENCE, 0.001):
        watch.process.kill()
        raise bench_targets.Failed("pyprof did not end")
    return len({stack for stack, _ in bench_count.lines(out)})


def many_stacks(python, pyprof):
    """How many stacks there were, memory in use when all were seen, and the most, at the end."""
    with bench_targets.started(bench_targets.PATHS, python) as running, \
            python.folder() as folder:
        out = os.path.join(folder, "out")
        watch = start(pyprof, running, STACKS_RATE, out, "--nonblocking")
        end = running.done() + PASSES * STACKS
        while running.done() < end and watch.age() < STACKS_SECONDS:
            if not watch.until(watch.age() + 0.2, 0.2):
                raise bench_targets.Failed("pyprof ended too early")
        recorded = bench_run.memory_of(watch.process.pid, "VmRSS")
        return finish(watch, out), recorded, watch.peak


def steady(python, pyprof):
    """Memory that is in use, early and late in a recording that sees the same all the time."""
    with bench_targets.started(bench_targets.by_name("20-deep"), python) as running, \
            python.folder() as folder:
        out = os.path.join(folder, "out")
        watch = start(pyprof, running, STEADY_RATE, out)
        sizes = []
        for age in (EARLY, LATE):
            if not watch.until(age, 0.5):
                raise bench_targets.Failed("pyprof ended too early")
            sizes.append(bench_run.memory_of(watch.process.pid, "VmRSS"))
        finish(watch, out)
        return sizes


def run(python, pyprof):
    mib = "{:.1f} MiB".format
    told = bench_asked.Answers()
    stacks, recorded, peak = many_stacks(python, pyprof)
    told.add(f"{STACKS:,} different stacks, 20 deep: at least as many", stacks,
             bench_asked.least(STACKS), "{:,}".format)
    told.add(f"… memory in use before they are written: under {STACKS_MIB} MiB", recorded,
             lambda value: value < STACKS_MIB, mib)
    told.add(f"… the most, writing: under {STACKS_MIB} MiB", peak,
             lambda value: value < STACKS_MIB, mib)
    early, late = steady(python, pyprof)
    told.add(f"a steady target at {STEADY_RATE:,} Hz: memory in use after {EARLY} s", early,
             lambda value: value < STACKS_MIB, mib)
    told.add(f"… after {LATE} s: at most {GROWTH_MIB} MiB more", late,
             lambda value: value - early <= GROWTH_MIB, mib)
    told.tell(f"Memory, CPython {python.version}")
