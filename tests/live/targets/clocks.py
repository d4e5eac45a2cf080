# SPDX-License-Identifier: MIT
"""Threads that know how much time they use.

usage: clocks.py MODE [SECONDS]     prints its PID; ends when its standard input does

    bursts SECONDS  `often` works thrice as much as `seldom`, together 5% of a CPU, for so long
                    after a line is read; then prints, as JSON, what CPU time each thread used,
                    and of it in `long_burst` and `short_burst`
    naps SECONDS    the same with one thread, `naps`, which sleeps over a second each time
    wall            `works` without end, while `sleeps` does
    pure            two threads, `first` and `second`, of nothing but Python
    c_call          `in_c` works without the GIL, most of all
    crowd           1,000 threads wait in `waits`, one `works`, and one, `wakes`, works for 100 ms
                    once: 3 s after a line is read; then prints, as JSON, what CPU time that took
Runs on CPython 2.7 and later; bursts, naps and crowd on 3.7 and later.
"""
import json
import os
import random
import sys
import threading
import time
import zlib

clock = getattr(time, "thread_time", None)
used = {}
go = threading.Event()


def say(what):
    print(what)
    sys.stdout.flush()


def start(function, *args):
    thread = threading.Thread(target=function, args=args, name=function.__name__)
    thread.daemon = True
    thread.start()
    return thread


def long_burst(until):
    while clock() < until:
        pass


def short_burst(until):
    while clock() < until:
        pass


def burst(seconds, rng, own):
    """A long one has thrice the length, and there are as many of each."""
    function, length = rng.choice([(long_burst, 1.5), (short_burst, 0.5)])
    begin = clock()
    function(begin + seconds * length * rng.uniform(0.5, 1.5))
    own[function.__name__] = own.get(function.__name__, 0) + clock() - begin


def bursts(name, work, rest, end, seed):
    rng, own = random.Random(seed), {}
    go.wait()
    while time.time() < end[0]:
        time.sleep(rest * rng.uniform(0.5, 1.5))
        burst(work, rng, own)
    own["all"] = clock()
    used[name] = own
    time.sleep(1000)


def often(end):
    bursts("often", 0.020, 0.513, end, 1)


def seldom(end):
    bursts("seldom", 0.010, 0.790, end, 2)


def naps(end):
    """Sleeps for longer than pyprof watches a thread that does nothing."""
    bursts("naps", 0.025, 1.7, end, 3)


def rounds(*functions):
    """Lets the threads work for the given time once told to; says what they used."""
    end = [0]
    before = {}
    for function in functions:
        start(function, end)
    say(os.getpid())
    if not sys.stdin.readline():
        return
    end[0] = time.time() + float(sys.argv[2])
    go.set()
    while len(used) < len(functions):
        time.sleep(1)
    say(json.dumps(used))
    sys.stdin.readline()


def works():
    x = 0
    while True:
        x = (x + 1) % 1000003


def sleeps():
    time.sleep(1000)


def first():
    works()


def second():
    works()


def in_c():
    data = os.urandom(32 << 20)
    while True:
        zlib.compress(data, 1)


def waits(gate):
    gate.acquire()


def wakes():
    go.wait()
    time.sleep(3)
    before = clock()
    while clock() < before + 0.1:
        pass
    say(json.dumps(clock()))
    time.sleep(1000)


def crowd():
    gate = threading.Lock()
    gate.acquire()
    threading.stack_size(256 << 10)
    for _ in range(1000):
        start(waits, gate)
    time.sleep(0.3)
    forever(works, wakes)


def forever(*functions):
    for function in functions:
        start(function)
    say(os.getpid())
    while sys.stdin.readline():
        go.set()


{"bursts": lambda: rounds(often, seldom), "naps": lambda: rounds(naps),
 "wall": lambda: forever(works, sleeps), "pure": lambda: forever(first, second),
 "c_call": lambda: forever(in_c), "crowd": crowd}[sys.argv[1]]()
