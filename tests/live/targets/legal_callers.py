# SPDX-License-Identifier: MIT
"""Threads of which each runs functions of its own family, never another's.

A thread has its family's name, and so does every function: g_outer belongs to thread "g". The
comment after each definition says who may call it, and for a generator who may make or resume it
(tests/live/possible.py reads these); tN stands for t1, t2, t3, made of one text. Prints its PID,
runs until it is killed.
"""
import os
import re
import sys
import threading

PY3 = sys.version_info[0] >= 3
FAMILIES = {}


# ---- g: generators ---------------------------------------------------------------------

def g_work(n):  # from g_leaf, g_left, g_right, g_shared
    x = 0
    for i in range(n):
        x += i
    return x


def g_leaf():  # from g_middle
    for i in range(5):
        yield g_work(i)


def g_middle():  # from g_outer
    for x in g_leaf():
        yield x


def g_outer():  # from g_nested
    for x in g_middle():
        yield x


def g_nested():  # from g_root
    return sum(g_outer())


def g_left():  # from g_pull_left, g_root
    while True:
        yield g_work(7)


def g_right():  # from g_pull_right, g_root
    while True:
        yield g_work(8)


def g_shared():  # from g_pull_left, g_pull_right, g_root
    while True:
        yield g_work(9)


def g_pull_left(mine, shared):  # from g_root
    return next(mine), next(shared)


def g_pull_right(mine, shared):  # from g_root
    return next(mine), next(shared)


def g_root():  # from run
    left, right, shared = g_left(), g_right(), g_shared()
    while True:
        g_nested()
        for _ in range(3):
            g_pull_left(left, shared)
            g_pull_right(right, shared)


# ---- r: recursion ----------------------------------------------------------------------

def r_leaf(n):  # from r_even, r_odd
    return n


def r_even(n):  # from r_odd, r_root
    return r_odd(n - 1) if n else r_leaf(n)


def r_odd(n):  # from r_even
    return r_even(n - 1) if n else r_leaf(n)


def r_root():  # from run
    n = 0
    while True:
        n = (n + 17) % 200
        r_even(n)


# ---- e: exceptions ---------------------------------------------------------------------

class E(object):
    def e_enter(self):  # from e_with
        return e_count(20)

    def e_exit(self, kind, value, traceback):  # from e_with
        e_count(20)
        return True

    __enter__, __exit__ = e_enter, e_exit


def e_count(n):  # from e_enter, e_exit, e_raises, e_handles, e_cleans
    while n:
        n -= 1


def e_raises(n):  # from e_raises, e_tries, e_with
    if n:
        e_raises(n - 1)
    e_count(10)
    raise KeyError(n)


def e_handles():  # from e_tries
    e_count(30)


def e_cleans():  # from e_tries
    e_count(30)


def e_tries(n):  # from e_root
    try:
        e_raises(n)
    except KeyError:
        e_handles()
    finally:
        e_cleans()


def e_with(n):  # from e_root
    with E():
        e_raises(n)


def e_root():  # from run
    n = 0
    while True:
        n = (n + 1) % 10
        e_tries(n)
        e_with(n)


# ---- c: called back from C -------------------------------------------------------------

class C(object):
    def c_init(self, value):  # from c_objects
        self.value = value

    def c_less(self, other):  # from c_objects
        return c_work(5) < self.value < other.value

    def c_dies(self):  # from c_objects, c_root
        c_work(10)

    __init__, __lt__, __del__ = c_init, c_less, c_dies


def c_work(n):  # from c_less, c_dies, c_key, c_replace, c_map
    x = 0
    while n:
        n -= 1
        x += n
    return x


def c_objects():  # from c_root
    objects = list(map(C, [3, 1, 2]))
    return max(objects), sorted(objects)[0].value


def c_key(x):  # from c_sorted
    return c_work(x)


def c_sorted():  # from c_root
    return sorted(range(20), key=c_key)


def c_replace(match):  # from c_regex, sub
    return str(c_map_caller())


def c_map(x):  # from c_map_caller
    return c_work(x)


def c_map_caller():  # from c_replace, c_root
    return len(list(map(c_map, range(5))))


def c_regex():  # from c_root
    return C_A.sub(c_replace, "banana") + re.sub("n", c_replace, "banana")


C_A = re.compile("a")


def c_root():  # from run
    while True:
        c_objects()
        c_sorted()
        c_regex()
        c_map_caller()


# ---- a: coroutines, y: generators that delegate ----------------------------------------

NEW = """
def y_work(n):  # from y_inner, y_tail
    return sum(range(n))

def y_inner(n):  # from y_inner, y_outer, y_drive, y_root
    yield y_work(n)
    if n:
        yield from y_inner(n - 1)

def y_tail():  # from y_outer
    yield y_work(3)

def y_outer():  # from y_drive, y_root
    yield from y_inner(8)
    yield from y_tail()

def y_drive(generator):  # from y_root
    for _ in generator:
        pass

def y_root():  # from run
    while True:
        y_drive(y_outer())
        y_drive(y_inner(3))

class Awaitable:
    def a_await(self):  # from a_leaf
        a_work(10)
        yield 1
        a_work(11)

    __await__ = a_await

def a_work(n):  # from a_await, a_leaf, a_items, a_enter, a_exit
    while n:
        n -= 1

async def a_enter(self):  # from a_middle
    a_work(5)

async def a_exit(self, *exc):  # from a_middle
    a_work(6)

class Manager:
    __aenter__, __aexit__ = a_enter, a_exit

async def a_leaf(n):  # from a_leaf, a_middle, a_second
    a_work(7)
    if n:
        return await a_leaf(n - 1)
    await Awaitable()

async def a_items():  # from a_middle
    for i in range(3):
        a_work(8)
        yield i

async def a_middle():  # from a_first
    async with Manager():
        async for i in a_items():
            await a_leaf(i)

async def a_first():  # from a_step, a_root
    while True:
        await a_middle()

async def a_second():  # from a_step, a_root
    while True:
        await a_leaf(4)

def a_step(coroutine):  # from a_root
    coroutine.send(None)

def a_root():  # from run
    first, second = a_first(), a_second()
    while True:
        a_step(first)
        a_step(second)
"""


# ---- t1, t2, t3: the same shape, so that stacks are easily mixed up --------------------

SAME = """
def tN_leaf(n):  # from tN_left, tN_right
    return n * n

def tN_left(n):  # from tN_left, tN_right, tN_root
    return tN_right(n - 1) + tN_left(n - 2) if n > 1 else tN_leaf(n)

def tN_right(n):  # from tN_left, tN_right
    return tN_left(n - 1) + tN_right(n - 2) if n > 1 else tN_leaf(n)

def tN_root():  # from run
    n = 0
    while True:
        n = (n + 1) % 12
        tN_left(n)
"""


def main():
    text = "".join(SAME.replace("tN", name) for name in ("t1", "t2", "t3"))
    exec(compile(text + (NEW if PY3 else ""), "legal_callers_new.py", "exec"), globals())
    getattr(sys, "setswitchinterval", lambda s: sys.setcheckinterval(20))(0.0005)
    for family in ["g", "r", "e", "c", "t1", "t2", "t3"] + (["a", "y"] if PY3 else []):
        thread = threading.Thread(target=globals()[family + "_root"], name=family)
        thread.daemon = True
        thread.start()
    print(os.getpid())
    sys.stdout.flush()
    while True:
        threading.Event().wait(1000)


main()
