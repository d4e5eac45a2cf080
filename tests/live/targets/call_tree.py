# SPDX-License-Identifier: MIT
"""Busy functions of which each has exactly one legal caller.

A function's name is its path in a tree: `fAB` is called by `fA` alone. So a stack is possible
only if every name is its caller's plus one letter. The first levels are a chain; below
them each function calls two others of the same shape, so that frames of one size are
swapped at one depth all the time.

usage: call_tree.py [chain [levels [FD]]]     prints its PID, runs until it is killed

Counts the calls of `f` in the memory of descriptor FD, if one is given (Python 3).
"""
import os
import sys

CHAIN = int(sys.argv[1]) if len(sys.argv) > 1 else 12
LEVELS = int(sys.argv[2]) if len(sys.argv) > 2 else 8

source = []


def define(name, depth):
    if depth < CHAIN:
        callees = [name + "A"]
    elif depth < CHAIN + LEVELS:
        callees = [name + "A", name + "B"]
    else:
        callees = []
    for callee in callees:
        define(callee, depth + 1)
    source.append("def %s(x):" % name)
    for callee in callees:
        source.append("    x = %s(x) + 1" % callee)
    source.append("    return x")
    source.append("")


define("f", 0)
namespace = {"__name__": "call_tree_functions"}
exec(compile("\n".join(source), "call_tree_functions.py", "exec"), namespace)


def run(f, count):
    while True:
        f(0)
        count[0] += 1


def shared(fd):
    import mmap
    return memoryview(mmap.mmap(fd, 0)).cast("Q")


print(os.getpid())
sys.stdout.flush()
run(namespace["f"], shared(int(sys.argv[3])) if len(sys.argv) > 3 else [0])
