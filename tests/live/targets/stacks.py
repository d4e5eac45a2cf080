# -*- coding: utf-8 -*-
# SPDX-License-Identifier: MIT
"""Threads parked in every kind of frame, and what the interpreter says of them.

Runs on CPython 2.7 and 3.6 and later. Prints one JSON line

    {"pid": 1, "version": "3.8.18", "threads": [{"tid": 2, "name": "deep",
     "frames": [["run", "/path/stacks.py", 12], ...]}, ...]}

(frames root first, from sys._current_frames; tid is null where it cannot be had), then waits
until its standard input is closed.
"""
from __future__ import print_function

import functools
import json
import os
import re
import sys
import threading
import time

PY3 = sys.version_info[0] >= 3
gate = threading.Lock()
gate.acquire()
ready = threading.Semaphore(0)


def park():
    ready.release(); gate.acquire()


def native_id():
    if hasattr(threading, "get_native_id"):
        return threading.get_native_id()
    try:
        import ctypes
        return ctypes.CDLL(None).syscall(186) if os.uname()[4] == "x86_64" else None
    except Exception:
        return None


# ---- scenarios: each parks once, somewhere inside ------------------------------------

def deep(n=6000):
    if n:
        deep(n - 1)
    else:
        park()


def shallow():
    park()


def generators():
    def inner():
        yield 1
        park()
        yield 2

    def outer():
        for x in inner():
            yield x

    for _ in outer():
        pass


def lambdas():
    (lambda: (lambda x: park())(1))()


def comprehensions():
    return [[park() for _ in range(1)] for _ in range(1)]


def dict_and_set():
    return {k: {park() for _ in (1,)} for k in "a"}


def generator_expression():
    return sum(x or (park() or 0) for x in [0])


def class_body():
    class Outer(object):
        class Inner(object):
            park()


class Methods(object):
    def __init__(self):
        self.method()

    def method(self):
        self.static(1)

    @staticmethod
    def static(x):
        Methods.klass()

    @classmethod
    def klass(cls):
        cls().prop if False else cls.__new__(cls).prop

    @property
    def prop(self):
        return self.missing

    def __getattr__(self, name):
        park()
        return 0


def methods():
    Methods()


def through_c():
    """Python, C, Python, C, Python: sorted, re.sub, map, partial."""
    def key(x):
        return re.sub("a", replace, "bab")

    def replace(match):
        return list(map(functools.partial(each, 2), [1]))[0]

    def each(a, b):
        park()
        return "x"

    sorted([1], key=key)


def executed():
    source = "\n\ndef made(x):\n    if x:\n        park()\n\nmade(\n    1,\n)\n"
    exec(compile(source, "<made \"of\" text>", "exec"), {"park": park})


def evaluated():
    eval("park()", {"park": park})


def hostile_names():
    name = u"/tmp/\u043d\u0430\u0443\u043a\u0430/\U0001f600 ;x\ny\"z'\\.py"
    if PY3:
        body = u"def \u0444\u0443\u043d\u043a\u0446\u0438\u044f():\n \U00020000()\n" \
               u"def \U00020000(): na\u00efve()\n" \
               u"def na\u00efve(): park()\n\u0444\u0443\u043d\u043a\u0446\u0438\u044f()\n"
    else:
        name = name.encode("utf-8")
        body = "def f():\n park()\nf()\n"
    exec(compile(body, name, "exec"), {"park": park})


def renamed_code():
    def plain():
        park()

    code = plain.__code__
    names = {"co_name": u"a;b\nc \"quoted\" (x.py:1) 99"}
    if hasattr(code, "co_qualname"):
        names["co_qualname"] = names["co_name"]
    if hasattr(code, "replace"):
        plain.__code__ = code.replace(**names)
    plain()


def nothing(*args, **kwargs):
    return 0


def multi_line():
    x = nothing(
        1,
        nothing(2,
                3), *[
            park(

            ),
        ]
    )
    return x


def negative_delta():
    # The call's own line comes after the line of its argument.
    return (nothing
            (1,
             2)
            + (
        nothing(
            3)
        + (park()
           or 0)))


def handlers():
    try:
        try:
            raise ValueError(1)
        except ValueError:
            raise KeyError(2)
        finally:
            nothing()
    except KeyError:
        with Context():
            pass


class Context(object):
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for i in range(3):
            while i == 2:
                park()
                return False


def decorated():
    def outer(f):
        @functools.wraps(f)
        def wrapper(*a):
            return f(*a)
        return wrapper

    @outer
    @outer
    def target():
        park()

    target()


COROUTINES = """
async def outermost():
    async with Manager() as m:
        return await middle()

class Manager:
    async def __aenter__(self):
        return self
    async def __aexit__(self, *exc):
        pass

async def middle():
    async for x in agen():
        return [y async for y in agen2()]

async def agen():
    yield 1

async def agen2():
    yield await Awaitable()

class Awaitable:
    def __await__(self):
        yield from delegate()

def delegate():
    yield from iter([])
    park()
    yield 3

try:
    outermost().send(None)
except StopIteration:
    pass
"""


def coroutines():
    exec(compile(COROUTINES, "coroutines.py", "exec"), {"park": park})


def make_long_jump():
    """A line table with a jump of more than 255 lines, and of more than 65,535."""
    source = "def long_jump(park):\n    if park:%s\n        park()%s\n    return 0\n" % (
        "\n" * 700, "\n" * 70000)
    namespace = {}
    exec(compile(source, "long_jump.py", "exec"), namespace)
    namespace["long_jump"](park)


SCENARIOS = [shallow, deep, generators, lambdas, comprehensions, dict_and_set,
             generator_expression, class_body, methods, through_c, executed, evaluated,
             hostile_names, renamed_code, multi_line, negative_delta, handlers, decorated,
             make_long_jump]
if PY3:
    SCENARIOS.append(coroutines)

tids = {}


def run(scenario):
    tids[threading.current_thread().ident] = native_id()
    scenario()


# ---- what the interpreter says ---------------------------------------------------------

def text(value):
    return value if not isinstance(value, bytes) else value.decode("utf-8")


def frames_of(frame):
    frames = []
    while frame is not None:
        code = frame.f_code
        frames.append([text(getattr(code, "co_qualname", code.co_name)),
                       text(code.co_filename), frame.f_lineno or 0])
        frame = frame.f_back
    return frames[::-1]


def report():
    names = dict((t.ident, t.name) for t in threading.enumerate())
    me = threading.current_thread().ident
    threads = []
    for ident, frame in sys._current_frames().items():
        if ident != me and ident in tids:
            threads.append({"tid": tids[ident], "name": text(names[ident]),
                            "frames": frames_of(frame)})
    print(json.dumps({"pid": os.getpid(), "version": sys.version.split()[0],
                      "threads": threads}))
    sys.stdout.flush()


def reporter(expected):
    for _ in range(expected):
        ready.acquire()
    time.sleep(0.3)
    report()
    sys.stdin.read()
    os._exit(0)


def main():
    only = sys.argv[1:]
    scenarios = [s for s in SCENARIOS if not only or s.__name__ in only]
    sys.setrecursionlimit(20000)
    threading.stack_size(256 << 20)
    for scenario in scenarios:
        name = scenario.__name__
        if scenario is hostile_names:
            name = u"\u0434\u0438\u043d\u043e \U0001f995"
            name = name if PY3 else name.encode("utf-8")
        thread = threading.Thread(target=run, args=(scenario,), name=name)
        thread.daemon = True
        thread.start()
    thread = threading.Thread(target=reporter, args=(len(scenarios) + 1,), name="reporter")
    thread.daemon = True
    thread.start()
    run(shallow)


if __name__ == "__main__":
    main()
