# SPDX-License-Identifier: MIT
"""Profiles for the tests of formats: three recordings of real programs, and one of made-up
names that no writer should survive by luck.

all_of(folder) makes NAME.pb.gz for each, once, and gives {NAME: path}.
"""
import os
import subprocess
import sys

import one_time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
PYPROF = BUILD + "/pyprof"
OUT = BUILD + "/tests/format"

# Recursion, library code, a thread that waits; several threads that work; several processes.
PROGRAM = TOP + "/tests/render/real_program.py"
THREADS = """
import threading, time, re, textwrap
def words(n):
    return sum(len(w) for w in re.findall(r"[a-z]+", "some words to find " * n))
def wrap(n):
    return [textwrap.fill("lorem ipsum dolor " * n, 40) for _ in range(3)]
class Job:
    def __init__(self, kind):
        self.kind = kind
    def run(self, end):
        while time.monotonic() < end:
            self.kind(20)
            sorted(range(2000), key=lambda x: -x)
            time.sleep(0.0005)
end = time.monotonic() + 1.5
threads = [threading.Thread(target=Job(kind).run, args=(end,), name=name)
           for kind, name in ((words, "words"), (wrap, "wr\\u00e4p"), (wrap, ""))]
for t in threads: t.start()
for t in threads: t.join()
"""
PROCESSES = """
import multiprocessing, time
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def work(end):
    while time.monotonic() < end:
        fib(15)
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    end = time.monotonic() + 1.5
    children = [multiprocessing.Process(target=work, args=(end,)) for _ in range(2)]
    for c in children: c.start()
    for c in children: c.join()
"""


def run(*command, **more):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True,
                          timeout=120, **more)


def convert(path, name, *options):
    """What `pyprof convert` writes of it, as bytes."""
    return run(PYPROF, "convert", path, "-f", name, "-o", "-", *options).stdout


def made_up(name, path):
    """A workload of tests/render/workloads.py as a profile."""
    text = run(sys.executable, TOP + "/tests/render/workloads.py", name).stdout
    with open(path, "wb") as out:
        out.write(run(BUILD + "/tests/tools/render-profile", "-o", "pprof", input=text).stdout)


def record(path, *command):
    """Looks at 500 Hz, idle threads too; what the program writes is thrown away."""
    run(PYPROF, "record", "-q", "-r", "500", "-o", path, *command)


def make(name, path):
    if name == "program":
        record(path, "-i", sys.executable, PROGRAM)
    elif name == "threads":
        record(path, "-i", sys.executable, "-c", THREADS)
    elif name == "processes":
        record(path, "-s", sys.executable, "-c", PROCESSES)
    else:
        made_up(name, path)


NAMES = ("program", "threads", "processes", "hostile")


def all_of(folder=OUT, names=NAMES):
    os.makedirs(folder, exist_ok=True)
    paths = {}
    for name in names:
        paths[name] = os.path.join(folder, name + ".pb.gz")
        with one_time.alone("recording-" + name):
            if not os.path.exists(paths[name]):
                make(name, paths[name] + ".new.pb.gz")
                os.rename(paths[name] + ".new.pb.gz", paths[name])
    return paths
