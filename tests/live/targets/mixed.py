# SPDX-License-Identifier: MIT
"""Turns of a millisecond or so: calls that are over at once, a loop, and a long call of C code.

usage: mixed.py     prints its PID, runs until it is killed
"""
import os
import sys

NUMBERS = list(range(60000, 0, -1))


def leaf(x):
    return x + 1


def many_calls(n):
    for i in range(n):
        leaf(i)


def one_loop(n):
    x = 0
    for i in range(n):
        x = (x + i) % 1003


def in_c():
    sorted(NUMBERS)


print(os.getpid())
sys.stdout.flush()
while True:
    many_calls(8000)
    one_loop(8000)
    in_c()
