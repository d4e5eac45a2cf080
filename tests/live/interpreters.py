# SPDX-License-Identifier: MIT
"""The interpreters that live tests run against, and starting a target in one of them."""
import functools
import json
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD", os.path.join(TOP, "build"))
PYPROF = os.path.join(BUILD, "pyprof")
TOOLS = os.path.join(BUILD, "tests", "tools")


class Interpreter:
    def __init__(self, row):
        self.id, self.minor, self.version, self.kind, self.pie, self.flavour, self.root, self.path = row

    def command(self, target, *args):
        """The command line that runs tests/live/targets/TARGET, copied into its root."""
        source = os.path.join(HERE, "targets", target)
        if self.root == "/":
            return [self.path, source, *args]
        place = os.path.join(self.root, "tmp", "pyprof-tests")
        os.makedirs(place, exist_ok=True)
        # Replaced, not written over: one that was started before may be reading it.
        with tempfile.NamedTemporaryFile(dir=place, delete=False) as copy:
            shutil.copy(source, copy.name)
        os.replace(copy.name, os.path.join(place, target))
        return ["chroot", self.root, self.path, "/tmp/pyprof-tests/" + target, *args]

    def start(self, target, *args, **popen):
        popen.setdefault("stdin", subprocess.PIPE)
        popen.setdefault("stdout", subprocess.PIPE)
        return subprocess.Popen(self.command(target, *args), **popen)


@functools.lru_cache(None)
def rows():
    """The lines of `scripts/pythons list`, which starts each of them and takes a second: asked once,
    or not at all where PYPROF_INTERPRETERS names a file with what it said (scripts/test keeps one).
    """
    kept = os.environ.get("PYPROF_INTERPRETERS")
    if kept:
        with open(kept, encoding="utf-8") as file:
            return file.read().splitlines()
    return subprocess.run([os.path.join(TOP, "scripts", "pythons"), "list"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()


def interpreters():
    """Every interpreter of `scripts/pythons list`; PYPROF_ONLY narrows it to ids with that text."""
    only = os.environ.get("PYPROF_ONLY", "")
    found = [Interpreter(row.split("\t")) for row in rows()]
    return [i for i in found if only in i.id]


def json_line(process):
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the target ended before it said anything: exit status %s"
                           % process.wait())
    return json.loads(line)


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def finish(process):
    """Ends a target that waits for its standard input to be closed."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
