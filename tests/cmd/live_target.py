# SPDX-License-Identifier: MIT
"""A program to watch: two threads that recurse, call each other's callees, and sleep now and then."""
import sys
import threading
import time


def leaf(n):
    return sum(range(n % 50))


def down(n):
    if n:
        down(n - 1)
    for i in range(1000):
        leaf(i)
    if n == 3:
        up(n)


def up(n):
    for i in range(1000):
        leaf(i)
    down(n - 2)


def work():
    while True:
        down(5)
        time.sleep(0.001)


threading.Thread(target=work, daemon=True).start()
with open(sys.argv[1], "w") as ready:
    ready.write("ready")
work()
