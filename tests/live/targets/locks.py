# SPDX-License-Identifier: MIT
"""Threads that wait for locks of all kinds, hold them, and handle exceptions; says which.

Runs on every CPython from 2.7 on. Prints a JSON object a line: {"threads": [...], "collecting":
false}, one row a thread that it knows of; then, for each line that it reads: the same with a
collection going on, and the same without its rows, before a thread takes the GIL and keeps it.

A row: ident; kind of the lock that it waits for ("none": no lock); lock, an id (null: not known
here); name; holder, an ident (null: must be said to be unknown); how; where, the function that is
inside the `with`; handled, the id of the exception that sys.exc_info() gives there, or 0 (null: not told).
"""
from __future__ import print_function

import contextlib
import gc
import itertools
import json
import os
import re
import sys
import tempfile
import threading
import time
import weakref

try:
    import queue
except ImportError:
    import Queue as queue

try:
    from concurrent.futures import ThreadPoolExecutor
except ImportError:
    ThreadPoolExecutor = None

PY2 = sys.version_info[0] == 2
rows = []
started = {}
gate = threading.Lock()
gate.acquire()


def ready(**said):
    """Says of the thread that calls it that it is about to block."""
    said.setdefault("handled", id(sys.exc_info()[1]) if sys.exc_info()[1] is not None else 0)
    started[threading.current_thread()] = said


def run(function, *args):
    thread = threading.Thread(target=function, args=args)
    thread.daemon = True
    thread.start()
    while thread not in started:
        time.sleep(0.001)
    return thread


def expect(thread, kind, lock, name, holder=None, how="unknown", where=None):
    rows.append(dict(started[thread], ident=thread.ident, kind=kind,
                     lock=None if lock is None else id(lock), name=name,
                     holder=holder and holder.ident, how=how, where=where))


def block():
    """Where most threads end: a lock that the main thread took, and not by a with."""
    ready()
    gate.acquire()


def expect_gate(thread):
    expect(thread, "lock", gate, "gate")


def called(thing, variable):
    """Its name as a global, which goes before that of a variable."""
    return next((name for name, value in globals().items() if value is thing), variable)


def class_name(thing):
    return type(thing).__name__.lstrip("_") # 2.7: _Condition


# ---- circles ------------------------------------------------------------------------

lock_a, lock_b = threading.Lock(), threading.Lock()
rlock_a, rlock_b = threading.RLock(), threading.RLock()
both = []


def wait_for_both(n):
    both.append(1)
    while len(both) < n:
        time.sleep(0.001)
    ready()


def first_then_second():
    with lock_a:
        wait_for_both(2)
        with lock_b:
            pass


def second_then_first():
    with lock_b:
        wait_for_both(2)
        with lock_a:
            pass


def rfirst_then_second():
    with rlock_a:
        wait_for_both(4)
        with rlock_b:
            pass


def rsecond_then_first():
    rlock_b.acquire()
    rlock_b.acquire()
    wait_for_both(4)
    rlock_a.acquire()


class Account(object):
    def __init__(self):
        self._lock = threading.Lock()
        self.rlock = threading.RLock()

    def take(self, other):
        self._lock.acquire()
        wait_for_both(6)
        other._lock.acquire()

    def deposit(self):
        with self._lock:
            self.inner()

    def inner(self):
        block()

    def look(self):
        ready()
        with self._lock:
            pass


def start_together(*calls):
    threads = [threading.Thread(target=call[0], args=call[1:]) for call in calls]
    for thread in threads:
        thread.daemon = True
        thread.start()
    while not all(thread in started for thread in threads):
        time.sleep(0.001)
    return threads


def circles():
    one, two = start_together((first_then_second,), (second_then_first,))
    expect(one, "lock", lock_b, "lock_b", two, "with", "second_then_first")
    expect(two, "lock", lock_a, "lock_a", one, "with", "first_then_second")
    one, two = start_together((rfirst_then_second,), (rsecond_then_first,))
    expect(one, "rlock", rlock_b, "rlock_b", two, "owner")
    expect(two, "rlock", rlock_a, "rlock_a", one, "owner")
    a, b = Account(), Account()
    one, two = start_together((a.take, b), (b.take, a))
    expect(one, "lock", b._lock, "other._lock")
    expect(two, "lock", a._lock, "other._lock")
    keep.extend([a, b])


keep = []
lock_s = threading.Lock()


keep_locks = [threading.Lock(), threading.Lock()]
if not PY2:
    rlock_p = threading._PyRLock()


def by_number():
    keep_locks[1].acquire()
    ready()
    keep_locks[1].acquire()


class Base(object):
    base_lock = threading.Lock()
    base_lock.acquire()


class Items(Base):
    lock = threading.Lock()
    lock.acquire()
    list_of_class = [threading.Lock()]

    def __init__(self):
        self.list = [threading.Lock() for _ in range(80)]
        self.dict = dict((key, threading.Lock()) for key in ("a", -7, "a b'\n", (1, "a")))
        for lock in self.list + self.list_of_class + [self.dict[key] for key in self.dict]:
            lock.acquire()

    def in_list(self):
        ready()
        self.list[6].acquire()

    def far_in_list(self):
        ready()
        self.list[70].acquire()

    def in_dict(self):
        ready()
        with self.dict["a"]:
            pass

    def by_int(self):
        ready()
        self.dict[-7].acquire()

    def by_text(self):
        ready()
        self.dict["a b'\n"].acquire()

    def by_pair(self):
        ready()
        self.dict[1, "a"].acquire()

    def of_class(self):
        ready()
        self.lock.acquire()

    def of_base(self):
        ready()
        with self.base_lock:
            pass

    @classmethod
    def by_class(cls):
        ready()
        cls.lock.acquire()

    def by_global(self):
        del self
        ready()
        Items.lock.acquire()

    def in_class_list(self):
        ready()
        with self.list_of_class[0]:
            pass


items = Items()


def by_myself():
    with lock_s:
        ready()
        lock_s.acquire()


# ---- who is inside a with -------------------------------------------------------------

def want(lock):
    ready()
    lock.acquire()


def wanted(lock, holder=None, where=None):
    """Somebody waits for the lock; the holder is to be found, or nobody."""
    expect(run(want, lock), "lock", lock, called(lock, "lock"), holder, "with" if holder else "unknown", where)


def in_nested(x, y, z):
    with x:
        for _ in range(1):
            with y:
                try:
                    for _ in [1]:
                        with z:
                            block()
                finally:
                    pass


def in_two(x, y):
    with x as _, y:
        block()


def in_handler(x):
    with x:
        try:
            raise KeyError(1)
        except KeyError as e:
            keep.append(e)
            block()


def in_finally(x):
    try:
        with x:
            try:
                raise KeyError(2)
            finally:
                block()
    except KeyError:
        pass


def callee(depth):
    if depth:
        callee(depth - 1)
    else:
        block()


def in_caller(x):
    with x:
        callee(5)


def generator(x):
    with x:
        yield 1
        block()
        yield 2


def in_generator(x):
    for _ in generator(x):
        pass


def suspended(x):
    g = generator(x)
    keep.append(g)
    next(g)
    block()


def in_comprehension(x):
    with x:
        return [block() for _ in range(1)]


def in_loop(x):
    while True:
        with x:
            if x is not None:
                block()


def in_exec(x):
    exec("with x:\n  block()", {"x": x, "block": block})


def in_many(x):
    with x:
        deep(100)


def deep(n):
    if n:
        return deep(n - 1) + 1
    block()


@contextlib.contextmanager
def locked(x):
    with x:
        yield 5


def in_context(x):
    with locked(x):
        block()


def left_context(x):
    with locked(x):
        pass
    block()


class Namesake(object):
    """Has a lock as a Condition has one, but does nothing with it."""

    def __init__(self, lock):
        self._lock = lock

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass


def in_namesake(x):
    with Namesake(x):
        block()


def in_lambda(x):
    call = lambda: x.__enter__() and (block() or x.__exit__(None, None, None))
    call()


def holders():
    def lock():
        keep.append(threading.Lock())
        return keep[-1]

    def single(function):
        x = lock()
        thread = run(function, x)
        expect_gate(thread)
        return x, thread

    x, y, z = lock(), lock(), lock()
    thread = run(in_nested, x, y, z)
    expect_gate(thread)
    for one in x, y, z:
        wanted(one, thread, "in_nested")
    x, y = lock(), lock()
    thread = run(in_two, x, y)
    expect_gate(thread)
    wanted(x, thread, "in_two")
    wanted(y, thread, "in_two")
    for function in (in_handler, in_finally, in_caller, in_comprehension, in_loop, in_many,
                     in_context):
        x, thread = single(function)
        wanted(x, thread, function.__name__)
    x, thread = single(in_generator)
    wanted(x, thread, "generator")
    x, thread = single(suspended)
    wanted(x)
    x, thread = single(in_exec)
    wanted(x, thread, "<module>")
    for function in in_lambda, in_namesake:
        x, thread = single(function)
        x.acquire(False)
        wanted(x)

    account = Account()
    keep.append(account)
    thread = run(account.deposit)
    expect_gate(thread)
    expect(run(account.look), "lock", account._lock, "self._lock", thread, "with", "deposit")

    thread = run(by_number)
    expect(thread, "lock", keep_locks[1], "keep_locks[1]")
    for function, lock, name in (
            (items.in_list, items.list[70 - 64], "self.list[6]"),
            (items.far_in_list, items.list[70], ""),
            (items.in_dict, items.dict["a"], "self.dict['a']"),
            (items.by_int, items.dict[-7], "self.dict[-7]"),
            (items.by_text, items.dict["a b'\n"], "self.dict[...]"),
            (items.by_pair, items.dict[1, "a"], "self.dict[...]"),
            (items.of_class, Items.lock, "self.lock"),
            (items.of_base, Items.base_lock, "self.base_lock"),
            (Items.by_class, Items.lock, "cls.lock"),
            (items.by_global, Items.lock, "Items.lock"),
            (items.in_class_list, Items.list_of_class[0], "self.list_of_class[0]")):
        expect(run(function), "lock", lock, name)
    if not PY2:
        thread = run(in_caller, rlock_p)
        expect_gate(thread)
        expect(run(want, rlock_p), "rlock", rlock_p, called(rlock_p, "lock"), thread, "owner")

    thread = run(by_myself)
    expect(thread, "lock", lock_s, "lock_s", thread, "with", "by_myself")


# ---- who has left it ------------------------------------------------------------------

def left(x):
    with x:
        pass
    block()


def left_by_exception(x):
    try:
        with x:
            raise KeyError(3)
    except KeyError:
        block()


def left_by_return(x):
    def inner():
        with x:
            return 1
    inner()
    block()


def left_loop(x):
    for i in range(2):
        with x:
            if i:
                continue
    block()


def about_to_enter(x, y):
    y.acquire()
    ready()
    with x:
        with y:
            pass


def released(x):
    with x:
        x.release()
        block()
        x.acquire()


def nobody():
    for function in left, left_context, left_by_exception, left_by_return, left_loop, released:
        x = threading.Lock()
        keep.append(x)
        expect_gate(run(function, x))
        x.acquire()
        wanted(x)
    x, y = threading.Lock(), threading.Lock()
    keep.extend([x, y])
    x.acquire()
    expect(run(about_to_enter, x, y), "lock", x, "x")
    wanted(x)
    wanted(y)


# ---- conditions, queues, events, threads ----------------------------------------------------

cond = threading.Condition()
cond_plain = threading.Condition(threading.Lock())
lock_c = threading.Lock()
cond_c = threading.Condition(lock_c)
cond_inner = threading.Condition()
lock_i = threading.Lock()
jobs = queue.Queue()
small = queue.Queue(1)
small.put(0)
event = threading.Event()
semaphore = threading.Semaphore(0)


class Worker(object):
    def __init__(self):
        self.jobs = queue.Queue()
        self.simple = queue.SimpleQueue() if hasattr(queue, "SimpleQueue") else None

    def work_simple(self):
        ready()
        self.simple.get()

    def work_for_some_time(self):
        ready()
        self.simple.get(timeout=100000)

    def work(self):
        ready()
        self.jobs.get()


def wait_in(condition):
    with condition:
        ready()
        condition.wait()


def wait_in_cond():
    with cond:
        ready()
        cond.wait()


def in_condition(condition):
    with condition:
        block()


def want_condition(condition):
    ready()
    with condition:
        pass


def wait_with_lock_of():
    with lock_c:
        ready()
        cond_c.wait()


def wait_inside_another():
    with lock_i:
        with cond_inner:
            ready()
            cond_inner.wait()


def get_job():
    ready()
    jobs.get()


def put_job():
    ready()
    small.put(1)


def wait_event():
    ready()
    event.wait()


def wait_semaphore():
    ready()
    semaphore.acquire()


def join(worker):
    ready()
    worker.join()


class NeverStarts(threading.Thread):
    """Its start() waits for an event of its own, and not for its end."""

    def run(self):
        pass

    def _bootstrap(self):
        pass


def start_slowly():
    thread = NeverStarts()
    thread.daemon = True
    keep.append(thread)
    ready()
    thread.start()


def enclosing():
    lock_of_mine = threading.Lock()
    lock_of_mine.acquire()
    keep.append(lock_of_mine)

    def inner():
        ready()
        lock_of_mine.acquire()

    inner()


if hasattr(queue, "SimpleQueue"):
    class SimpleJobs(queue.SimpleQueue):
        pass

    simple_jobs = SimpleJobs()
    simple_list = [queue.SimpleQueue()]


def get_simple_job():
    ready()
    simple_jobs.get()


def get_of_list():
    ready()
    (simple_list[0] if simple_list else None).get()


def settle(lock):
    """Until whoever waits in a condition has let go of its lock."""
    while not lock.acquire(False):
        time.sleep(0.001)
    lock.release()


def library():
    condition = " (%s)" % class_name(cond)
    expect(run(wait_in_cond), "lock", None, "cond" + condition)
    expect(run(wait_in, cond_plain), "lock", None, "cond_plain" + condition)
    inner = cond_plain._Condition__lock if PY2 else cond_plain._lock
    settle(inner)
    thread = run(in_condition, cond_plain)
    expect_gate(thread)
    expect(run(want_condition, cond_plain), "lock", inner, "cond_plain" + condition, thread, "with",
           "in_condition")
    expect(run(wait_with_lock_of), "lock", None, "cond_c" + condition)
    settle(lock_c)
    lock_c.acquire()
    wanted(lock_c)
    thread = run(wait_inside_another)
    expect(thread, "lock", None, "cond_inner" + condition)
    wanted(lock_i, thread, "wait_inside_another")

    expect(run(get_job), "lock", None, "jobs.not_empty" + condition)
    expect(run(put_job), "lock", None, "small.not_full" + condition)
    worker = Worker()
    keep.append(worker)
    expect(run(worker.work), "lock", None, "self.jobs.not_empty" + condition)
    expect(run(wait_event), "lock", None, "event (%s)" % class_name(event))
    if not PY2:
        expect(run(wait_semaphore), "lock", None, "semaphore (Semaphore)")
    idle = run(block)
    expect_gate(idle)
    expect(run(join, idle), "thread", None, "worker (Thread)", idle, "owner")
    if not PY2:
        expect(run(start_slowly), "lock", None, "thread (NeverStarts)")
    expect(run(enclosing), "lock", keep[-1], "lock_of_mine")


def queues():
    """SimpleQueues, which are no locks, and who is idle in a pool."""
    if hasattr(queue, "SimpleQueue"):
        worker = Worker()
        keep.append(worker)
        expect(run(worker.work_simple), "queue", worker.simple, "self.simple (SimpleQueue)")
        expect(run(worker.work_for_some_time), "queue", worker.simple,
               "self.simple (SimpleQueue)")
        expect(run(get_simple_job), "queue", simple_jobs, "simple_jobs (SimpleJobs)")
        expect(run(get_of_list), "queue", simple_list[0], "simple_list[0] (SimpleQueue)")
    if ThreadPoolExecutor:
        pool = ThreadPoolExecutor(1)
        keep.append(pool)
        pool.submit(ready, handled=None).result() # from 3.12 on an idle one handles Empty
        thread = list(pool._threads)[0]
        if isinstance(pool._work_queue, queue.Queue):
            expect(thread, "lock", None, "work_queue.not_empty (Condition)")
        else:
            expect(thread, "queue", pool._work_queue, "work_queue (SimpleQueue)")


# ---- no lock ----------------------------------------------------------------------------

def sleeper():
    ready()
    time.sleep(100000)


def reader():
    r, w = os.pipe()
    keep.append((r, w))
    ready()
    os.read(r, 1)


def no_lock():
    for function in sleeper, reader:
        expect(run(function), "none", 0, "")
        rows[-1]["lock"] = 0


# ---- exceptions ---------------------------------------------------------------------------

def plain_except():
    try:
        raise ValueError(1)
    except ValueError:
        block()


def nested_except():
    try:
        raise ValueError(1)
    except ValueError:
        try:
            raise KeyError(2)
        except KeyError:
            block()


def outer_again():
    try:
        raise ValueError(1)
    except ValueError:
        try:
            raise KeyError(2)
        except KeyError:
            pass
        block()


def yields():
    yield 1
    block()
    yield 2


def yields_except():
    try:
        raise KeyError(1)
    except KeyError:
        yield 1
        block()
        yield 2


def generator_in_except():
    try:
        raise ValueError(1)
    except ValueError:
        for _ in yields():
            pass


def generator_that_handles():
    try:
        raise ValueError(1)
    except ValueError:
        for _ in yields_except():
            pass


def generator_left_alone():
    g = yields_except()
    next(g)
    keep.append(g)
    block()


def callee_of_except():
    try:
        raise ValueError(1)
    except ValueError:
        callee(3)


def over():
    try:
        raise ValueError(1)
    except ValueError:
        pass
    block()


def over_in_callee():
    over_once()
    block()


def over_once():
    try:
        raise ValueError(1)
    except ValueError:
        pass


def propagates():
    try:
        try:
            raise ValueError(1)
        finally:
            block()
    except ValueError:
        pass


class Blocks(object):
    def __exit__(self, *args):
        block()

    def __enter__(self):
        return self


def propagates_in_with():
    with Blocks():
        raise ValueError(1)


def exceptions():
    for function in (plain_except, nested_except, outer_again, generator_in_except,
                     generator_that_handles, generator_left_alone, callee_of_except, over,
                     over_in_callee, propagates, propagates_in_with):
        expect_gate(run(function))


# ---- import -----------------------------------------------------------------------------

def import_slow():
    import pyprof_slow_module
    keep.append(pyprof_slow_module)


def import_too():
    ready()
    import pyprof_slow_module
    keep.append(pyprof_slow_module)


def imports(target):
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "pyprof_slow_module.py")
    with open(path, "w") as f:
        f.write("import sys\nsys.modules['__main__'].block()\n")
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    first = run(import_slow)
    os.unlink(path)
    os.rmdir(folder)
    expect_gate(first)
    rows[-1]["name"] = "block"
    rows[-1]["name"] = "gate"
    second = run(import_too)
    expect(second, "import", None, "import" if PY2 else "import of pyprof_slow_module", first, "owner")


# ---- phases -----------------------------------------------------------------------------

class Garbage(object):
    pass


def collect():
    thing = Garbage()
    thing.me = thing
    keep.append(weakref.ref(thing, lambda _: block()))
    del thing
    gc.collect()


def keep_gil(begun):
    while not begun:
        time.sleep(0.01)
    sum(itertools.repeat(1, 10 ** 12))


def say(**what):
    print(json.dumps(what))
    sys.stdout.flush()


def asleep():
    """Do all threads but this one wait?"""
    if not os.path.isdir("/proc/self/task"):
        time.sleep(0.2)
        return True
    for tid in os.listdir("/proc/self/task"):
        if int(tid) != os.getpid():
            with open("/proc/self/task/%s/stat" % tid) as f:
                if f.read().rpartition(")")[2].split()[0] != "S":
                    return False
    return True


def end():
    """Nothing is left to do but to wait for one thread that is no daemon."""
    thread = threading.Thread(target=block)
    thread.start()
    while thread not in started:
        time.sleep(0.001)
    expect_gate(thread)
    started[threading.current_thread()] = {"handled": 0}
    expect(threading.current_thread(), "threads", None, "", thread, "owner")
    say(threads=rows, collecting=False, owners={})


def main():
    if sys.argv[1:] == ["end"]:
        end()
        return
    circles()
    holders()
    nobody()
    library()
    queues()
    no_lock()
    exceptions()
    # What an RLock says itself.
    owners = {}
    if not PY2:
        for lock in rlock_a, rlock_b:
            owners[id(lock)] = int(re.search("owner=([0-9]+)", repr(lock)).group(1))
    json.dumps({"warm": [1.5, None, True]})
    if sys.version_info >= (3,):
        imports(None)
    while not asleep():
        time.sleep(0.01)
    say(threads=rows, collecting=False, owners=owners)
    sys.stdin.readline()
    collecting = run(collect)
    expect_gate(collecting)
    while not asleep():
        time.sleep(0.01)
    say(threads=rows, collecting=True, owners=owners)
    sys.stdin.readline()
    if PY2:
        imports(None)
        while not asleep():
            time.sleep(0.01)
    say(threads=rows, collecting=True, owners=owners)
    sys.stdin.readline()
    begun = []
    thread = threading.Thread(target=keep_gil, args=(begun,))
    thread.daemon = True
    thread.start()
    say(main=threading.current_thread().ident)
    begun.append(1)
    while True:
        time.sleep(0.01)


main()
