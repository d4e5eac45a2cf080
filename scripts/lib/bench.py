# SPDX-License-Identifier: MIT
"""Samples one busy process with several profilers in turn, and compares what they cost.

usage: bench.py --group NAME --python CMD... (see scripts/bench, which knows the arguments)

One round runs each tool once; the order turns with the rounds, so that what else the machine
does meets all alike. Told are medians. There is nothing to pass or to fail.
"""

import argparse
import collections
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

TREE = "tests/live/targets/call_tree.py"
CHECK = "tests/live/check_call_tree.py"
# 20 frames at the deepest: <module>, run, f, and these.
CHAIN, LEVELS = 9, 8


# ---- what each tool writes, as 'NAME;NAME;… COUNT' ------------------------------

def read_frames(text, name_of):
    """Folded stacks of which name_of() takes a function's name out of a frame."""
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        if stack and count.isdigit():
            names = [name_of(frame) for frame in stack.split(";")]
            yield [name for name in names if name], int(count)


def read_named(path):
    """pyprof, py-spy: 'NAME (FILE:LINE)'."""
    with open(path, encoding="utf-8") as file:
        yield from read_frames(file.read(), lambda frame: frame.split(" ")[0])


def read_tachyon(path):
    """'tid:N', then 'FILE:NAME:LINE'."""
    def name_of(frame):
        return "" if frame.startswith("tid:") else frame.split(":")[-2]

    with open(path, encoding="utf-8") as file:
        yield from read_frames(file.read(), name_of)


def read_mojo(path):
    from austin.events import AustinSample
    from austin.format.mojo import MojoStreamReader

    with open(path, "rb") as file:
        for event in MojoStreamReader(file):
            if isinstance(event, AustinSample):
                yield [frame.function for frame in event.frames or ()] or ["(none)"], 1


# ---- the tools --------------------------------------------------------------------

# Austin ends with 254 after its time is over.
Tool = collections.namedtuple("Tool", "name command read status", defaults=[0])


def tools_of(asked):
    """The tools of a group, each with its command for a process, a time and a file."""
    def pyprof(pid, seconds, out):
        return [asked.pyprof, "record", "-q", "-p", pid, "-r", str(asked.rate), "-d", seconds,
                "-f", "folded", "-o", out]

    def py_spy(*more):
        return lambda pid, seconds, out: [
            asked.py_spy, "record", "-p", pid, "-r", str(asked.rate), "-d", seconds,
            "-f", "raw", "-o", out, *more]

    def austin(pid, seconds, out):
        return [asked.austin, "-p", pid, "-i", f"{1_000_000 // asked.rate}us", "-x", seconds,
                "-o", out]

    def tachyon(*more):
        # It runs where the target does: its files are those of that root.
        return lambda pid, seconds, out: [
            *asked.python, "-m", "profiling.sampling", "attach", "-r", str(asked.rate),
            "-d", seconds, "--no-gc", "--collapsed", "-o", out.removeprefix(asked.root), *more, pid]

    tools = [Tool("pyprof", pyprof, read_named)]
    if asked.py_spy and not asked.tachyon:
        tools.append(Tool("py-spy", py_spy(), read_named))
        tools.append(Tool("py-spy --nonblocking", py_spy("--nonblocking"), read_named))
    if asked.austin and not asked.tachyon:
        tools.append(Tool("Austin", austin, read_mojo, 254))
    if asked.tachyon:
        tools.append(Tool("Tachyon", tachyon(), read_tachyon))
        tools.append(Tool("Tachyon --blocking", tachyon("--blocking"), read_tachyon))
    return tools


# ---- measuring ----------------------------------------------------------------------

def target_cpu(pid):
    """Seconds of CPU that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def judge(stacks):
    """Samples, truncated and impossible ones, by tests/live/check_call_tree.py."""
    with tempfile.NamedTemporaryFile("w", suffix=".folded") as file:
        for names, count in stacks:
            file.write(f"{';'.join(names)} {count}\n")
        file.flush()
        said = subprocess.run([sys.executable, CHECK, file.name], capture_output=True,
                              text=True, check=False).stdout
    found = re.match(r"(\d+) samples, (\d+) truncated .*, (\d+) impossible", said)
    if not found:
        raise RuntimeError(f"{CHECK} said: {said!r}")
    return [int(number) for number in found.groups()]


def run_tool(tool, target, asked):
    """One recording: what it wrote and what it used. None, and a word why, if it failed."""
    with tempfile.TemporaryDirectory(dir=asked.root + "/tmp") as folder:
        os.chmod(folder, 0o755)
        out = os.path.join(folder, "out")
        with open(os.path.join(folder, "said"), "w+", encoding="utf-8") as said:
            cpu_before, start = target_cpu(target), time.monotonic()
            process = subprocess.Popen(
                tool.command(str(target), str(asked.seconds), out), stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, env={**os.environ, "LC_ALL": "C"},
                preexec_fn=lambda: os.sched_setaffinity(0, asked.tool_cpus))
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            elapsed = time.monotonic() - start
            cpu_after = target_cpu(target)
            if process.returncode not in (0, tool.status) or not os.path.exists(out):
                said.seek(0)
                words = said.read().strip().splitlines() or ["nothing"]
                return None, f"exit status {process.returncode}, it said: {words[-1][:200]}"
            samples, truncated, impossible = judge(tool.read(out))
    if not samples:
        return None, "it wrote no samples"
    cpu = usage.ru_utime + usage.ru_stime
    return {
        "samples": samples, "rate": samples / elapsed, "cpu": cpu,
        "cpu_us": 1e6 * cpu / samples, "truncated": truncated / samples,
        "impossible": impossible / samples,
        "target": (cpu_after - cpu_before) / elapsed,
    }, ""


def start_target(asked):
    with open(TREE, encoding="utf-8") as file:
        source = file.read()
    target = subprocess.Popen(
        [*asked.python, "-c", source, str(CHAIN), str(LEVELS)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "LC_ALL": "C"},
        preexec_fn=lambda: os.sched_setaffinity(0, asked.target_cpus))
    # It says its PID once all is defined.
    if not target.stdout.readline():
        raise RuntimeError(f"the target did not start: {' '.join(asked.python)}")
    return target


def measure(asked):
    tools = tools_of(asked)
    results = {tool.name: [] for tool in tools}
    target = start_target(asked)
    try:
        for number in range(asked.rounds):
            turn = number % len(tools)
            for tool in tools[turn:] + tools[:turn]:
                if sys.stderr.isatty():
                    print(f"\r\033[K{asked.group}: round {number + 1} of {asked.rounds}: "
                          f"{tool.name}", end="", file=sys.stderr, flush=True)
                result, why = run_tool(tool, target.pid, asked)
                if result is None:
                    print(f"{tool.name}: failed: {why}", file=sys.stderr)
                else:
                    results[tool.name].append(result)
    finally:
        target.kill()
        target.wait()
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
    return results


# ---- telling ---------------------------------------------------------------------------

def median(runs, key):
    return statistics.median(run[key] for run in runs)


def tell(asked, results):
    print(f"\n{asked.group}, {asked.rounds} x {asked.seconds} s at {asked.rate} Hz, "
          "medians (CPU µs a sample: least to most)")
    print(f"{'':22}{'samples':>9}{'achieved':>10}{'CPU s':>8}{'CPU µs a sample':>23}"
          f"{'truncated':>11}{'impossible':>12}{'target ran':>12}")
    for name, runs in results.items():
        if not runs:
            print(f"{name:22}  did not run")
            continue
        costs = [run["cpu_us"] for run in runs]
        cost = f"{median(runs, 'cpu_us'):.1f} ({min(costs):.1f} to {max(costs):.1f})"
        print(f"{name:22}{median(runs, 'samples'):9.0f}{median(runs, 'rate'):7.0f} Hz"
              f"{median(runs, 'cpu'):8.3f}{cost:>23}{median(runs, 'truncated'):11.1%}"
              f"{median(runs, 'impossible'):12.1%}{median(runs, 'target'):12.1%}")
    ours = results["pyprof"]
    for name, runs in results.items():
        if name != "pyprof" and runs and ours:
            ratio = median(runs, "cpu_us") / median(ours, "cpu_us")
            print(f"pyprof uses 1/{ratio:.1f} of {name}'s CPU a sample" if ratio >= 1 else
                  f"pyprof uses {1 / ratio:.1f} times {name}'s CPU a sample")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--group", required=True, help="what to call the target")
    options.add_argument("--root", default="", help="the folder that the target is chrooted to")
    options.add_argument("--path", required=True, help="its interpreter, inside the root")
    options.add_argument("--pyprof", required=True)
    options.add_argument("--py-spy")
    options.add_argument("--austin")
    options.add_argument("--tachyon", action="store_true", help="the target's own, alone")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--rate", type=int, default=1000)
    options.add_argument("--json", help="add the results to this file, a line a group")
    asked = options.parse_args()
    asked.root = asked.root.rstrip("/")
    asked.python = ["chroot", asked.root, asked.path] if asked.root else [asked.path]
    # The target has a processor to itself where there are two.
    cpus = sorted(os.sched_getaffinity(0))
    asked.target_cpus = {cpus[0]}
    asked.tool_cpus = set(cpus[1:] or cpus)

    results = measure(asked)
    tell(asked, results)
    if asked.json:
        with open(asked.json, "a", encoding="utf-8") as file:
            file.write(json.dumps({"group": asked.group, "results": results}) + "\n")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
