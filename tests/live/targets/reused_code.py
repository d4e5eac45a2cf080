# SPDX-License-Identifier: MIT
"""Code objects that die all the time, so that others take their addresses.

Each function is named after the value that it is made for and calls one whose name ends in the
same number: `a17` may be seen to call `b17` only. Prints its PID, runs until it is killed.
"""
import os
import sys

SOURCE = """
def b%(i)d(n):
    x = 0
    while n:
        n -= 1
        x += n
    return x

def a%(i)d(n):
    return b%(i)d(n)
"""


def make(i):
    namespace = {}
    exec(compile(SOURCE % {"i": i}, "made%d.py" % i, "exec"), namespace)
    return namespace["a%d" % i]


print(os.getpid())
sys.stdout.flush()
number = 0
while True:
    number += 1
    function = make(number)
    # Most are gone before they could be read; some live long enough to be seen whole.
    function(3000 if number % 4 else 20000)
