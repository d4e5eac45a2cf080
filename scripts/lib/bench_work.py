# SPDX-License-Identifier: MIT
"""What scripts/bench profiles: threads whose work is counted.

usage: bench_work.py FD DEPTH BUSY IDLE [WORKERS]     prints its PID, runs until it is killed
       bench_work.py FD paths

BUSY threads (the main thread is the first) work at the end of a chain of functions, DEPTH frames
deep; IDLE others wait. Each unit of work, of some 20 us, is counted in the memory of FD, a number
of 8 bytes a busy thread. With WORKERS so many processes do the same, each with one thread that
works for a millisecond and sleeps for 50. With `paths`, the main thread takes 100,000 ways through
eight functions that call each other, one after the other and then again, and stays for some 40 us
at the end of each.
"""
import mmap
import os
import queue
import random
import sys
import threading
import time

FUNCTIONS = 50      # that the chain goes through, again and again
UNIT = 300          # rounds of a unit
BURST = 40          # units of a worker before it sleeps
WAYS = 100_000      # with `paths`, each so many frames deep
WAY_FRAMES = 17

shared = mmap.mmap(int(sys.argv[1]), 0)
cells = memoryview(shared).cast("Q")


def unit():
    x = 0
    for i in range(UNIT):
        x += i
    return x


def works(cell):
    while True:
        unit()
        cells[cell] += 1


def works_at_times(cell):
    while True:
        for _ in range(BURST):
            unit()
        cells[cell] += 1
        time.sleep(0.05)


STEP = """
def step{0}(n, cell):
    return last(cell) if n <= 0 else step{1}(n - 1, cell)
"""


def chain(depth, last):
    """A function that calls down through others to last(), so that unit() is at DEPTH."""
    source = "\n".join(STEP.format(i, (i + 1) % FUNCTIONS) for i in range(FUNCTIONS))
    namespace = {"last": last}
    exec(compile(source, "steps.py", "exec"), namespace)
    return lambda cell, above: namespace["step0"](depth - above - 3, cell)


# ---- a way of its own for each unit --------------------------------------------------

WAY = """
def way{0}(number, left):
    if not left:
        return sum(many)
    return ways[number & 7](number >> 3, left - 1)
"""


def takes_ways():
    ways = []
    namespace = {"many": range(3_000), "ways": ways}
    for number in range(8):
        exec(compile(WAY.format(number), "ways.py", "exec"), namespace)
        ways.append(namespace[f"way{number}"])
    numbers = list(range(WAYS))
    random.Random(1).shuffle(numbers)
    while True:
        for number in numbers:
            ways[0](number, WAY_FRAMES)
            cells[0] += 1


# ---- threads and processes ----------------------------------------------------------

waiting = queue.SimpleQueue()


def waits():
    waiting.get()


def start(target, *arguments):
    threading.Thread(target=target, args=arguments, daemon=True).start()


def work(first, depth, busy, idle, do):
    go = chain(depth, do)
    for _ in range(idle):
        start(waits)
    for cell in range(1, busy):
        # Below the thread's three functions of threading, and the lambda.
        start(go, first + cell, 4)
    return lambda: go(first, 2)


def main():
    sys.setrecursionlimit(10_000)
    threading.stack_size(512 << 10)
    if sys.argv[2] == "paths":
        run = takes_ways
    else:
        depth, busy, idle, workers = [int(word) for word in [*sys.argv[2:], "0"][:4]]
        if workers:
            for worker in range(workers):
                if not os.fork():
                    work(worker, depth, busy, idle, works_at_times)()
            run = threading.Event().wait
        else:
            run = work(0, depth, busy, idle, works)
    print(os.getpid())
    sys.stdout.flush()
    run()


main()
