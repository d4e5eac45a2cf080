# SPDX-License-Identifier: MIT
"""The programs that are profiled: what there are, how each is started, what it has done so far."""

import collections
import contextlib
import mmap
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LIB = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(LIB))
WORK = os.path.join(LIB, "bench_work.py")
READERS = os.path.join(LIB, "bench_readers.py")
TREE = os.path.join(TOP, "tests/live/targets/call_tree.py")
SERVICE = os.path.join(TOP, "examples/service")


class Failed(Exception):
    """What a target or a profiler could not do, in a line."""


# slow: looked at ten times less often. threads, children: what the profilers are told to look at.
# judged: it is known which stacks are possible. pinned: one thread works, the first.
Target = collections.namedtuple(
    "Target", "name title source words slow threads children judged pinned",
    defaults=[False, False, False, False, True])

TARGETS = [
    Target("shallow", "5 frames", WORK, ["5", "1", "0"]),
    Target("20-deep", "20 frames", WORK, ["20", "1", "0"]),
    Target("100-deep", "100 frames", WORK, ["100", "1", "0"]),
    Target("1000-deep", "1,000 frames", WORK, ["1000", "1", "0"]),
    Target("50-idle", "1 busy + 50 idle threads", WORK, ["20", "1", "50"], threads=True),
    Target("1000-idle", "1 busy + 1,000 idle threads", WORK, ["20", "1", "1000"], slow=True,
           threads=True),
    Target("20-busy", "20 busy threads", WORK, ["20", "20", "0"], threads=True, pinned=False),
    # 20 frames at the deepest: <module>, run, f, and 9 + 8.
    Target("calls", "nothing but calls", TREE, ["9", "8"], judged=True),
    Target("service", "web service", "", [], threads=True, pinned=False),
    Target("workers", "32 processes of 20 threads", WORK, ["20", "1", "19", "32"], slow=True,
           threads=True, children=True, pinned=False),
]
PATHS = Target("paths", "100,000 ways", WORK, ["paths"])
CELLS = 64


def by_name(name):
    return next(target for target in TARGETS if target.name == name)


class Python:
    """An interpreter: where it is, and what runs on it on which processors."""

    def __init__(self, text, site, target_cpus):
        # MINOR:ROOT:PATH:VERSION, as scripts/bench finds them.
        self.minor, root, self.path, self.version = text.split(":", 3)
        self.root = root.rstrip("/")
        self.site = site
        self.target_cpus = target_cpus
        self.command = ["chroot", self.root, self.path] if self.root else [self.path]

    def inside(self, path):
        """A file's name as programs in the root see it."""
        return path.removeprefix(self.root)

    @contextlib.contextmanager
    def folder(self):
        """A folder for both inside and outside of the root."""
        with tempfile.TemporaryDirectory(dir=self.root + "/tmp") as folder:
            os.chmod(folder, 0o755)
            yield folder


class Running:
    """A target that runs: its PID, and how many units of work it has done."""

    def __init__(self, python):
        self.python = python
        self.fd = os.memfd_create("bench", 0)
        os.ftruncate(self.fd, 8 * CELLS)
        self.cells = memoryview(mmap.mmap(self.fd, 8 * CELLS)).cast("Q")
        self.processes = []
        self.pid = 0

    def done(self):
        return sum(self.cells)

    def spawn(self, command, cpus=None, **more):
        process = subprocess.Popen(
            command, pass_fds=[self.fd], start_new_session=True, stdin=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus) if cpus else None, **more)
        self.processes.append(process)
        return process

    def stop(self):
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(self.fd)


def environment(**more):
    return {**os.environ, "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1", **more}


def start_program(target, running):
    python = running.python
    with open(target.source, encoding="utf-8") as file:
        source = file.read()
    # The tree has its sizes first.
    words = ([*target.words, str(running.fd)] if target.source == TREE else
             [str(running.fd), *target.words])
    process = running.spawn([*python.command, "-c", source, *words], python.target_cpus,
                            stdout=subprocess.PIPE, text=True, env=environment())
    # It says its PID once all is defined.
    said = process.stdout.readline()
    if not said:
        raise Failed("the target did not start")
    running.pid = int(said)


def start_service(running, folder):
    """The service of scripts/demo with one worker that its readers keep busy."""
    python = running.python
    if not python.site:
        raise Failed("the service's packages are not there")
    shutil.copytree(SERVICE, folder + "/service")
    site = python.site
    if python.root:
        # Extension modules are for another version there: the packages do without.
        site = folder + "/site"
        shutil.copytree(python.site, site)
    env = environment(PYTHONPATH=python.inside(site),
                      SERVICE_DATABASE=python.inside(folder) + "/articles.db")
    log = folder + "/log"
    subprocess.run([*python.command, python.inside(folder) + "/service/store.py",
                    env["SERVICE_DATABASE"]], env=env, check=True, stdout=subprocess.DEVNULL)
    with open(log, "w", encoding="utf-8") as file:
        master = running.spawn(
            [*python.command, "-m", "gunicorn", "--chdir", python.inside(folder) + "/service",
             "--bind", "127.0.0.1:0", "--workers", "1", "--threads", "4", "--no-control-socket",
             "app:app"], python.target_cpus, stdout=file, stderr=file, env=env)
    end = time.monotonic() + 30
    port = worker = None
    while not (port and worker):
        time.sleep(0.1)
        with open(log, encoding="utf-8") as file:
            said = file.read()
        if master.poll() is not None or time.monotonic() > end:
            raise Failed("the service did not start: " + (said.splitlines() or [""])[-1])
        port = re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", said)
        worker = re.search(r"Booting worker with pid: (\d+)", said)
    running.pid = int(worker[1])
    running.spawn([sys.executable, READERS, str(running.fd), SERVICE, port[1]], env=environment())
    end = time.monotonic() + 30
    while running.done() < 20:
        time.sleep(0.1)
        if time.monotonic() > end:
            raise Failed("the service does not answer")


@contextlib.contextmanager
def started(target, python):
    """Runs a target as long as it is looked at."""
    with python.folder() as folder:
        running = Running(python)
        try:
            if target.source:
                start_program(target, running)
            else:
                start_service(running, folder)
            time.sleep(0.5)
            yield running
        finally:
            running.stop()
