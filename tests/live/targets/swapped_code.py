# SPDX-License-Identifier: MIT
"""Two sources of one shape, compiled and run at random, so that each takes the other's places.

The module code of one calls `called_at_5` on its line 5, that of the other `called_at_9` on its line
9: no other pair is possible. Prints its PID, runs until it is killed.
"""
import os
import random
import sys


def spin(n=3000):
    while n:
        n -= 1


def called_at_5():
    spin()


def called_at_9():
    spin()


SOURCES = ("\n\n\n\ncalled_at_5()\n\n\n\n\n", "\n\n\n\n\n\n\n\ncalled_at_9()\n")

print(os.getpid())
sys.stdout.flush()
while True:
    exec(compile(random.choice(SOURCES), "swapped.py", "exec"))
