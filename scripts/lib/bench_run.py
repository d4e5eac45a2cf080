# SPDX-License-Identifier: MIT
"""One recording: what it took, what the target did meanwhile. And many of them, in turns."""

import contextlib
import glob
import os
import re
import signal
import statistics
import subprocess
import sys
import time

import bench_count
import bench_targets
import bench_tools

# The target's work is counted when a profiler has begun, and until its time is over.
BEGUN = 0.7
LEAST_WINDOW = 0.5
# A profiler that needs so much longer than its time has failed.
PATIENCE = 25

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


# ---- what a process has used -----------------------------------------------------

def cpu_of(pid):
    """Seconds of CPU that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waited(pid):
    """Seconds that a process's first thread could have run and had no CPU."""
    with open(f"/proc/{pid}/task/{pid}/schedstat", encoding="utf-8") as file:
        return int(file.read().split()[1]) / 1e9


def memory_of(pid, field):
    """VmHWM or VmRSS, in MiB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        found = re.search(rf"^{field}:\s*(\d+) kB", file.read(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0


class Watch:
    """A profiler that runs: waits for it, and sees what it uses on the way."""

    def __init__(self, process):
        self.process = process
        self.start = time.monotonic()
        self.peak = 0
        self.ended = None

    def age(self):
        return time.monotonic() - self.start

    def until(self, age, step):
        """Waits until it is so old or has ended; says whether it goes on."""
        while not self.ended:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                self.ended = usage
                self.seconds = self.age()
                # It counts what we were before the program was executed: then it says nothing.
                whole = usage.ru_maxrss / 1024
                if whole > memory_of(os.getpid(), "VmHWM"):
                    self.peak = max(self.peak, whole)
                return False
            self.peak = max(self.peak, memory_of(self.process.pid, "VmHWM"))
            left = age - self.age()
            if left <= 0:
                return True
            time.sleep(min(step, left))
        return False

    def cpu(self):
        return self.ended.ru_utime + self.ended.ru_stime


# ---- what the target does -----------------------------------------------------------

class Speedometer:
    """Units of work a second from now on.

    Where one thread works, and it has a CPU that the profiler has not, what others took of that
    CPU is left out of the time: only so a loss of a hundredth shows on a machine that is not quiet.
    """

    def __init__(self, running, target):
        self.running, self.target = running, target
        self.begin = self.now()

    def now(self):
        lost = waited(self.running.pid) if self.target.pinned else 0
        return self.running.done(), time.monotonic() - lost

    def speed(self):
        done, at = self.now()
        speed = (done - self.begin[0]) / (at - self.begin[1])
        if not speed:
            raise Failed("the target does nothing any more")
        return speed


def speed_alone(running, target, seconds):
    meter = Speedometer(running, target)
    time.sleep(max(seconds, LEAST_WINDOW))
    return meter.speed()


# ---- one recording -----------------------------------------------------------------

Failed = bench_targets.Failed


def why(said, status):
    """The line of what a profiler said that tells the most: an error, else the last."""
    words = [line.strip() for line in ESCAPES.sub("", said).splitlines() if line.strip()]
    errors = [line for line in words if re.search("error|fail|cannot|panic", line, re.I) and
              not line.startswith(("Error rate", "Traceback"))]
    # A traceback's last line is what it says.
    word = (errors[-1:] if "Traceback" in said else errors) or words or ["it said nothing"]
    return f"{word[0][:160]} (exit status {status})"


def late_share(said):
    """What pyprof's summary says of ticks that were late, by those that it was asked for."""
    late = re.search(r"([\d,]+) late tick", said)
    return int(late[1].replace(",", "")) if late else 0


def record(tool, running, rate, seconds, target):
    """Runs a profiler on a running target. Raises Failed with its error's first line."""
    with running.python.folder() as folder:
        out = os.path.join(folder, "out")
        job = bench_tools.Job(running.pid, seconds, rate, out, target, running.python)
        with open(os.path.join(folder, "said"), "w+", encoding="utf-8", errors="replace") as said:
            process = subprocess.Popen(
                tool.command(job), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True, env={**os.environ, "LC_ALL": "C"})
            watch = Watch(process)
            result = {}
            try:
                if watch.until(BEGUN, 0.05):
                    meter = Speedometer(running, target)
                    begin, cpu = watch.age(), cpu_of(process.pid)
                    if watch.until(seconds, 0.05):
                        result["speed"] = meter.speed()
                        result["core"] = (cpu_of(process.pid) - cpu) / (watch.age() - begin)
                if watch.until(seconds + PATIENCE, 0.002):
                    raise Failed(f"not done {PATIENCE} s after its time was over")
            finally:
                # Tachyon has processes of its own for those of the target.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                if not watch.ended:
                    process.wait()
            said.seek(0)
            text = said.read()
            if process.returncode not in (0, tool.status):
                raise Failed(why(text, process.returncode))
        # Tachyon writes a file a process, those of the children beside the one asked for.
        written = glob.glob(os.path.join(folder, "out*"))
        if target.judged and written:
            result["impossible"] = bench_count.impossible(tool.names(out))
        counts = [tool.count(path) for path in written]
        samples, truncated = (sum(column) for column in zip(*counts)) if counts else (0, 0)
    if not samples:
        raise Failed("it wrote no samples; " + why(text, process.returncode))
    if tool.name.startswith("Tachyon") and target.children:
        # Its processes' CPU shows when they have ended.
        result.pop("core", None)
    result.update({
        "samples": samples, "rate": samples / watch.seconds, "cpu": watch.cpu(),
        "cpu_us": 1e6 * watch.cpu() / samples, "truncated": truncated / samples,
        "peak": watch.peak, "late": late_share(text) / (rate * seconds),
        "said": text.strip().splitlines()[-1][:400] if text.strip() else "",
    })
    result.setdefault("core", watch.cpu() / watch.seconds)
    return result


# ---- in turns ------------------------------------------------------------------------

def say(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


class Row:
    """What a tool did on a target in all rounds."""

    def __init__(self, name):
        self.name, self.runs, self.failures = name, [], []

    def median(self, key):
        values = [run[key] for run in self.runs if run.get(key) is not None]
        return statistics.median(values) if values else None

    def data(self):
        return {"tool": self.name, "runs": self.runs, "failures": self.failures}


class Stage:
    """The target of a series of recordings: started when needed, anew where it was left odd."""

    def __init__(self, target, python, alone):
        self.target, self.python, self.alone = target, python, alone
        self.stack = contextlib.ExitStack()
        self.running = self.before = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()
        self.running = None

    def turn(self, tool, rate, seconds):
        """One recording, and the target's speed before and after it."""
        if not self.running:
            self.running = self.stack.enter_context(
                bench_targets.started(self.target, self.python))
            self.before = speed_alone(self.running, self.target, self.alone)
        try:
            result = record(tool, self.running, rate, seconds, self.target)
            after = speed_alone(self.running, self.target, self.alone)
        except (Failed, OSError):
            self.__exit__()
            raise
        if "speed" in result:
            result["lost"] = 1 - result["speed"] / ((self.before + after) / 2)
        self.before = after
        return result


def measure(target, python, tools, rate, rounds, seconds, alone):
    """Each tool once a round, the order turning; between them the target runs alone."""
    rows = {tool.name: Row(tool.name) for tool in tools}
    with Stage(target, python, alone) as stage:
        for number in range(rounds):
            turn = number % len(tools)
            for tool in tools[turn:] + tools[:turn]:
                row = rows[tool.name]
                # What took too long once does not get better.
                if any("not done" in failure for failure in row.failures):
                    continue
                say(f"CPython {python.version}, {target.title} at {rate:,} Hz: round "
                    f"{number + 1} of {rounds}: {tool.name}")
                try:
                    row.runs.append(stage.turn(tool, rate, seconds))
                except (Failed, OSError) as error:
                    row.failures.append(str(error))
    say("")
    return list(rows.values())
