# SPDX-License-Identifier: MIT
"""Samples the same programs with several profilers in turn, and compares what that costs.

usage: bench.py --python MINOR:ROOT:PATH:VERSION... (see scripts/bench, which knows the arguments)

Told are medians over rounds, as markdown. There is nothing to pass or to fail. One file each has
what is profiled (bench_targets, bench_work, bench_readers), by what (bench_tools), a recording
(bench_run), what was written in it (bench_count), the tables (bench_tell), what the target loses
(bench_loss), what is asked of pyprof (bench_asked) and what it needs of memory (bench_memory).
"""

import argparse
import json
import os
import signal
import sys

import bench_asked
import bench_loss
import bench_memory
import bench_run
import bench_targets
import bench_tell
import bench_tools

FLAT_OUT_RATE = 1_000_000
TOOLS = ["pyprof", "py-spy", "austin", "tachyon"]
# A round of what the target lost: so many turns with pyprof, and as many without.
LOSS_TURNS = 50
NAMES = [target.name for target in bench_targets.TARGETS] + ["flat-out", "loss"]


def words(known):
    def parse(text):
        found = [word for word in text.split(",") if word]
        for word in found:
            if known and word not in known:
                raise argparse.ArgumentTypeError(f"'{word}' is none of {', '.join(known)}")
        return found
    return parse


def arguments():
    options = argparse.ArgumentParser()
    options.add_argument("--python", action="append", required=True)
    options.add_argument("--pyprof", required=True)
    options.add_argument("--py-spy")
    options.add_argument("--austin")
    options.add_argument("--site", help="the folder with the packages of examples/service")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--rate", type=int, default=1000)
    options.add_argument("--only", type=words(NAMES), default=[])
    options.add_argument("--tools", type=words(TOOLS), default=[])
    options.add_argument("--memory", action="store_true")
    options.add_argument("--json", help="add the figures of every recording to this file")
    return options.parse_args()


class Bench:
    def __init__(self, asked, pythons):
        self.asked, self.pythons = asked, pythons
        self.programs = bench_tools.Programs(asked.pyprof, asked.py_spy, asked.austin)
        self.results = {}

    def wants(self, name):
        return not self.asked.only or name in self.asked.only

    def keep(self, key, rows):
        self.results[key] = rows
        if self.asked.json:
            with open(self.asked.json, "a", encoding="utf-8") as file:
                for row in rows:
                    file.write(json.dumps({"key": key, **row.data()}) + "\n")

    def measure(self, target, python, tools, rate):
        return bench_run.measure(target, python, tools, rate, self.asked.rounds,
                                 self.asked.seconds, self.asked.seconds / 2)

    def matrix(self, python):
        targets = [target for target in bench_targets.TARGETS if self.wants(target.name)]
        if not targets:
            return
        tools = bench_tools.chosen(self.programs.all(python), self.asked.tools)
        bench_tell.matrix_heading(f"CPython {python.version}")
        for target in targets:
            rate = max(self.asked.rate // 10, 1) if target.slow else self.asked.rate
            rows = self.measure(target, python, tools, rate)
            self.keep(("matrix", python.minor, target.name), rows)
            bench_tell.matrix_rows(f"{target.title}, {rate:,} Hz", rows)

    def flat_out(self):
        bench_tell.flat_heading()
        for python in self.pythons:
            tools = bench_tools.chosen(self.programs.flat_out(python), self.asked.tools)
            for name in ("20-deep", "1000-deep"):
                target = bench_targets.by_name(name)
                rows = self.measure(target, python, tools, FLAT_OUT_RATE)
                self.keep(("flat", python.minor, name), rows)
                bench_tell.flat_rows(f"{target.title}, {python.minor}", rows)

    def loss(self):
        bench_tell.loss_heading()
        for python in self.pythons:
            pyprof = next(self.programs.all(python))
            for name in ("20-deep", "50-idle"):
                target = bench_targets.by_name(name)
                for rate in (100, 1000):
                    row = bench_loss.measure(target, python, pyprof, rate,
                                             LOSS_TURNS * self.asked.rounds)
                    self.keep(("loss", python.minor, name, rate), [row])
                    bench_tell.loss_row(f"{target.title}, {python.minor}", rate, row)

    def run(self):
        for python in self.pythons:
            self.matrix(python)
        if self.wants("flat-out"):
            self.flat_out()
        if self.wants("loss"):
            self.loss()
        bench_asked.answers(self.results, self.asked.rate).tell()


def main():
    asked = arguments()
    # Ended by a signal, the targets are stopped all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A target with one busy thread has a processor to itself where there are two; the
    # profilers, which inherit ours, have the others.
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cpus[1:] or cpus)
    pythons = [bench_targets.Python(text, asked.site, {cpus[0]}) for text in asked.python]
    if asked.memory:
        bench_memory.run(pythons[0], asked.pyprof)
    else:
        Bench(asked, pythons).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
