# SPDX-License-Identifier: MIT
"""Programs that are hard to watch.

usage: restless.py MODE     prints its PID, then does what MODE says until it is killed

    exits      works until it is told to end by a line on its standard input, and for 0.3 s more
    exec       the same, but replaces itself by itself, which runs in mode `again`
    forks      makes children that run `in_child` and end
    threads    makes threads that run `in_thread` and end, many at once
    crowd      1,000 threads that wait in `waits`
    recursion  `down` to 45,000 frames, there for three seconds in `stays`, and up again
    overflow   `down` until the interpreter refuses, and again
    atexit     ends, which takes a long time: in `at_exit`
    finalize   ends, which takes a long time: in a `__del__` when modules are taken apart
    names      functions and a thread whose names are hard to write down
"""
import os
import select
import sys
import threading
import time


def works(seconds):
    end = time.time() + seconds
    while time.time() < end:
        sum(range(100))


def exits():
    while not select.select([sys.stdin], [], [], 0)[0]:
        works(0.01)
    works(0.3)


def execs():
    exits()
    os.execv(sys.executable, [sys.executable, os.path.abspath(__file__), "again"])


def again():
    works(1000)


def in_child():
    works(0.005)
    os._exit(0)


def forks():
    while True:
        pids = [os.fork() or in_child() for _ in range(4)]
        works(0.001)
        for pid in pids:
            os.waitpid(pid, 0)


def in_thread(n):
    return in_thread(n - 1) if n else sum(range(500))


def threads():
    while True:
        batch = [threading.Thread(target=in_thread, args=(n,)) for n in range(16)]
        for thread in batch:
            thread.start()
        for thread in batch:
            thread.join()


def waits(gate):
    gate.acquire()


def crowd(count=1000):
    threading.stack_size(256 << 10)
    gate = threading.Lock()
    gate.acquire()
    for _ in range(count):
        thread = threading.Thread(target=waits, args=(gate,))
        thread.daemon = True
        thread.start()
    ready()
    while True:
        works(1)


def down(n):
    return down(n - 1) + 1 if n else stays()


def stays():
    works(3)
    return 0


def deeply(function):
    """Runs it in a thread with room for the frames of old versions on the C stack."""
    threading.stack_size(1 << 30)
    thread = threading.Thread(target=function)
    thread.daemon = True
    thread.start()
    while thread.is_alive():
        thread.join(1)


def recursion():
    sys.setrecursionlimit(50000)

    def up_and_down():
        while True:
            down(45000)

    deeply(up_and_down)


def overflow():
    sys.setrecursionlimit(50000)

    def over_and_over():
        while True:
            try:
                down(1 << 30)
            except (RuntimeError, MemoryError):
                pass

    deeply(over_and_over)


def at_exit():
    time.sleep(1000)


def exits_slowly():
    import atexit
    atexit.register(at_exit)


class Lingering(object):
    def __init__(self):
        # Modules are being taken apart when it dies: it needs none.
        self.sleep = time.sleep

    def __del__(self):
        self.sleep(1000)


def names():
    hard = u"</script>;\n\"'&<]]>\u20ac\x01\\ (a.py:1) 5"
    gate = threading.Lock()
    gate.acquire()
    source = "def plain(gate):\n    gate.acquire()\n"
    namespace = {}
    old = sys.version_info[0] < 3
    exec(compile(source, hard.encode("utf-8") if old else hard, "exec"), namespace)
    plain = namespace["plain"]
    if hasattr(plain.__code__, "replace"):
        changes = {"co_name": hard}
        if hasattr(plain.__code__, "co_qualname"):
            changes["co_qualname"] = hard
        plain.__code__ = plain.__code__.replace(**changes)
    thread = threading.Thread(target=plain, args=(gate,),
                              name=hard.encode("utf-8") if old else hard)
    thread.daemon = True
    thread.start()
    ready()
    time.sleep(1000)


def ready():
    print(os.getpid())
    sys.stdout.flush()


mode = sys.argv[1]
if mode not in ("crowd", "names"):
    ready()
lingering = Lingering() if mode == "finalize" else None
{"exits": exits, "exec": execs, "again": again, "forks": forks, "threads": threads,
 "crowd": crowd, "recursion": recursion, "overflow": overflow, "atexit": exits_slowly,
 "finalize": lambda: None, "names": names}[mode]()
