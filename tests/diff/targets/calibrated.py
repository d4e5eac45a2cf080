# SPDX-License-Identifier: MIT
"""Functions of known shares of a run, each of a fixed amount of work.

usage: calibrated.py UNITS [NAME=FACTOR | all=FACTOR]...

f02, f05, f17, f20 and f50 do that many percent of the work, r1 to r6 one percent each: UNITS loops a
percent. A factor is how much more of it one does, or all do. They take turns a hundred times, so that
whatever slows the machine for a while meets all of them.
"""
import sys

ROUNDS = 100


def f02(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def f05(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def f17(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def f20(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def f50(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def r1(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def r2(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def r3(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def r4(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def r5(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


def r6(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total


SHARES = [(f02, 2), (f05, 5), (f17, 17), (f20, 20), (f50, 50),
          (r1, 1), (r2, 1), (r3, 1), (r4, 1), (r5, 1), (r6, 1)]


def main(units, factors):
    work = []
    for function, share in SHARES:
        factor = factors.get(function.__name__, 1) * factors.get("all", 1)
        work.append((function, int(round(units * share * factor / ROUNDS))))
    for _ in range(ROUNDS):
        for function, n in work:
            function(n)


if __name__ == "__main__":
    main(int(sys.argv[1]), {name: float(value) for name, value in
                            (word.split("=") for word in sys.argv[2:])})
