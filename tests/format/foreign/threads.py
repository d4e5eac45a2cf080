# SPDX-License-Identifier: MIT
"""Two threads at work in functions of their own, one that waits, and recursion."""
import sys
import threading
import time


def spin(until):
    total = 0
    while time.monotonic() < until:
        total += sum(range(200))
    return total


def walk(depth, until):
    return spin(until) if not depth else walk(depth - 1, until)


class Worker:
    def run(self, until):
        walk(5, until)


def waits(until):
    time.sleep(max(0, until - time.monotonic()))


def main(seconds):
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=Worker().run, args=(until,), name="worker"),
               threading.Thread(target=waits, args=(until,), name='waits; "long"')]
    for thread in threads:
        thread.start()
    spin(until)
    for thread in threads:
        thread.join()


main(float(sys.argv[1]))
