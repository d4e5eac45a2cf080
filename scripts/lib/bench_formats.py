# SPDX-License-Identifier: MIT
"""The runs and the table of scripts/bench-formats."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ["BUILD"]
OUT = os.path.join(BUILD, "bench-formats")
PYPROF = BUILD + "/pyprof"
SLOW = 10  # seconds, from which on a tool runs once


def run(command, to=None):
    """Seconds and KiB that a program takes; `to`: where its standard output goes."""
    with open(to or os.devnull, "wb") as out:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - start
    if child.returncode:
        raise OSError(f"{' '.join(command)} failed: {child.returncode}")
    return took, usage.ru_maxrss


class Task:
    """One format made of one file: by pyprof, and by others that can."""

    def __init__(self, name, ours, peers=()):
        self.name, self.ours, self.peers = name, ours, peers

    def measure(self, rounds):
        tools = [("pyprof", self.ours), *self.peers]
        runs = {name: [] for name, _ in tools}
        for _ in range(rounds):
            for name, command in tools:
                if not runs[name] or runs[name][0][0] < SLOW:
                    runs[name].append(run(command, OUT + "/peer.out"))
        return {name: (statistics.median(t for t, _ in r), max(m for _, m in r))
                for name, r in runs.items()}


def formats():
    """Names of all that pyprof writes, by its own help."""
    said = subprocess.run([PYPROF, "convert", "x", "-o", "x.unknown"], capture_output=True,
                          text=True).stderr
    listed = said[said.index("stand for them: ") + 16:]
    return [part.split(" (")[0].strip() for part in listed.split("),")]


def go(option, path):
    return ("go tool pprof", ["go", "tool", "pprof", option, "-nodecount=1000000000",
                              "-nodefraction=0", "-edgefraction=0", path])


def peers_of(name, pb, folded):
    """(input, [(tool, command)]) of those that are here."""
    found = []
    if shutil.which("go"):
        if name == "pprof":
            found.append(go("-proto", pb))
        if name == "dot":
            found.append(go("-dot", pb))
        if name == "callgrind":
            found.append(go("-callgrind", pb))
        if name == "folded":
            found.append(("go tool pprof -traces", go("-traces", pb)[1]))
    if found:
        return pb, found
    if name == "svg" and shutil.which("inferno-flamegraph"):
        return folded, [("inferno", ["inferno-flamegraph", folded])]
    if name == "speedscope" and shutil.which("austin2speedscope"):
        return folded, [("austin2speedscope",
                         ["austin2speedscope", folded + ".austin", OUT + "/peer.json"])]
    return pb, found


def as_austin(folded):
    """The same stacks as Austin's text, which its own tools read."""
    with open(folded) as file, open(folded + ".austin", "w") as out:
        out.write("# austin: 3.0.0\n# interval: 10000\n# mode: wall\n\n")
        for line in file:
            stack, count = line.rsplit(" ", 1)
            frames = []
            for frame in stack.split(";"):
                name, _, place = frame.partition(" (")
                path, _, number = place.rstrip(")").rpartition(":")
                frames.append(f"{path}:{name}:{number}")
            out.write("P1;T1;" + ";".join(frames) + " " + count)


def tell(task, results):
    ours, memory = results["pyprof"]
    print(f"| {task.name} | pyprof | {ours:.2f} | | {memory / 1024:.0f} |")
    for name, (took, peak) in results.items():
        if name != "pyprof":
            print(f"| | {name} | {took:.2f} | {ours / took:.2f} | {peak / 1024:.0f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stacks", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    folded = os.path.join(OUT, f"stacks-{args.stacks}.folded")
    pb = os.path.join(OUT, f"stacks-{args.stacks}.pb.gz")
    with open(folded, "wb") as out:
        subprocess.run([sys.executable, os.path.join(HERE, "bench_render_stacks.py"),
                        str(args.stacks)], stdout=out, stderr=subprocess.DEVNULL, check=True)
    as_austin(folded)
    written = [run([PYPROF, "convert", folded, "-o", pb]) for _ in range(args.rounds)]
    read = [run([PYPROF, "convert", pb, "-o", os.devnull, "-f", "folded", "--prune-from", ".",
                 "--functions"]) for _ in range(args.rounds)]
    print(f"{args.stacks:,} stacks, {os.path.getsize(folded) / 1e6:.0f} MB folded; load of the "
          f"machine before: {' '.join(map(str, os.getloadavg()))}\n")
    print("| pprof file | measured | asked |\n| --- | --- | --- |")
    print(f"| folded read and pprof written, s | {statistics.median(t for t, _ in written):.2f} "
          "| at most 1.5 |")
    print(f"| size, MB | {os.path.getsize(pb) / 1e6:.2f} | at most 3 |")
    print(f"| read, and hardly anything written, s | {statistics.median(t for t, _ in read):.2f} "
          "| below 0.5 |")
    print("\n| to | tool | seconds | pyprof's | peak MiB |\n| --- | --- | --- | --- | --- |")
    for name in formats():
        source, peers = peers_of(name, pb, folded)
        ours = [PYPROF, "convert", source, "-f", name, "-o", os.path.join(OUT, "ours." + name)]
        try:
            tell_task = Task(name, ours, peers)
            tell(tell_task, tell_task.measure(args.rounds))
        except OSError as why:
            print(f"| {name} | | {str(why)[:100]} | | |")


if __name__ == "__main__":
    main()
