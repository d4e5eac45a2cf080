# SPDX-License-Identifier: MIT
"""Functions and lines whose shares of the time it measures itself.

usage: shares.py SECONDS

For so long, calls one of four functions, chosen at random with weights, each for a random number
of rounds of a millisecond or so; then as long a function whose lines do the same. Prints, as JSON,
the seconds that were spent in each function and on each line:
{"functions": {"half": 1.0, ...}, "lines": {"120": 0.5, ...}, "loop": [first line, last line]}.
Runs on CPython 2.7 and later.
"""
import json
import random
import sys
import time

clock = getattr(time, "perf_counter", time.time)
spent = {}


def half(n):
    x = 0
    for i in range(n):
        x += i
    return x


def third(n):
    x = 0
    while n:
        n -= 1
        x ^= n
    return x


def tenth(n):
    return sum([i for i in range(n)])


def rare(n):
    return len("".join(str(i) for i in range(n)))


def functions(end, rng):
    now = clock()
    while now < end:
        place = rng.random()
        function = (half if place < 0.5 else third if place < 0.8 else
                    tenth if place < 0.95 else rare)
        n = rng.randrange(1000, 30000)
        before = clock()
        function(n)
        now = clock()
        name = function.__name__
        spent[name] = spent.get(name, 0) + now - before


def lines(end, rng):
    big = list(range(60000))
    first = second = third_ = 0
    now = clock()
    while now < end:
        place = rng.random()
        some = big[:rng.randrange(5000, 60000)]
        before = clock()
        if place < 0.6:
            max(some)  # line: first
            after = now = clock()
            first += after - before
        elif place < 0.9:
            sorted(some)  # line: second
            after = now = clock()
            second += after - before
        else:
            set(some)  # line: third
            after = now = clock()
            third_ += after - before
    return {"first": first, "second": second, "third": third_}


def main():
    seconds = float(sys.argv[1])
    rng = random.Random(1)
    time.sleep(0.5)
    functions(clock() + seconds, rng)
    on_lines = lines(clock() + seconds, rng)
    print(json.dumps({"functions": spent, "lines": on_lines}))


main()
