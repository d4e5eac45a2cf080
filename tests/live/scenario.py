# SPDX-License-Identifier: MIT
"""What live tests share: saying how a test ended, running pyprof, reading folded stacks."""
import os
import subprocess
import sys
import tempfile
import traceback

import interpreters as live

tests = []


class Skip(Exception):
    """This cannot be tried here, for the reason given."""


def test(function):
    tests.append(function)
    return function


def say(line):
    print(line)
    sys.stdout.flush()


def run_all(suite):
    """Runs every @test function (or those whose names hold an argument); the exit status."""
    failed = 0
    for function in tests:
        name = suite + " " + function.__name__.replace("_", " ")
        if len(sys.argv) > 1 and not any(a in function.__name__ for a in sys.argv[1:]):
            continue
        try:
            detail = function()
            say("ok %s%s" % (name, ": " + detail if detail else ""))
        except Skip as why:
            say("skip %s: %s" % (name, why))
        except Exception as why:
            failed = 1
            say("not ok %s: %s" % (name, str(why).replace("\n", " | ") or type(why).__name__))
            if not isinstance(why, AssertionError):
                traceback.print_exc()
    return failed


def pyprof(*args, **options):
    options.setdefault("timeout", 60)
    return subprocess.run([live.PYPROF, *map(str, args)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **options)


def look(pid):
    """Every thread's stack, as tests/tools/look says it."""
    done = subprocess.run([os.path.join(live.TOOLS, "look"), str(pid)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return live.json_lines(done.stdout)


def names_of(stack):
    return [frame[0] for frame in stack["frames"]]


def record(pid, *args):
    """Folded lines of a recording: a list of ([frames], count), and what pyprof said."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "out.folded")
        done = pyprof("record", "-p", pid, "-o", path, *args)
        assert done.returncode == 0, done.stderr
        with open(path, encoding="utf-8") as file:
            return fold(file.read()), done.stderr


def fold(text):
    stacks = []
    for line in text.splitlines():
        stack, count = line.rsplit(" ", 1)
        stacks.append((stack.split(";"), int(count)))
    return stacks


def pid_line(process):
    line = process.stdout.readline()
    if not line:
        raise AssertionError("the target ended before it said anything: exit status %s"
                             % process.wait())
    return int(line)


def newest(**wanted):
    """The newest interpreter with these properties (kind="shared", root="/", …), or Skip."""
    found = [i for i in live.interpreters()
             if all(getattr(i, k) == v for k, v in wanted.items())]
    if not found:
        raise Skip("no interpreter with %s here" % ", ".join("%s %s" % kv for kv in wanted.items()))
    return max(found, key=lambda i: [int(n) for n in i.minor.split(".")])
