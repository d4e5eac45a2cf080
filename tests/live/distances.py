# SPDX-License-Identifier: MIT
"""How far the stacks of one recording are from those of another: total variation distance."""
import os
import tempfile

from possible import RATE
from recording import Recording, Target

# Recorded in turns, so that whatever else the machine does hits all alike.
MODES = {"blocking": ("--blocking",), "again": ("--blocking",), "default": (),
         "nonblocking": ("--nonblocking",)}


def by_line(stack):
    return stack


def by_function(stack):
    return tuple(frame.rsplit(" (", 1)[0] for frame in stack)


def record_in_turns(interpreter, words, rounds, seconds):
    """For each mode: {stack: samples}."""
    found = {mode: {} for mode in MODES}
    with tempfile.TemporaryDirectory() as directory, Target(interpreter, *words) as target:
        path = os.path.join(directory, "out.folded")
        for _ in range(rounds):
            for mode, options in MODES.items():
                _, stacks = Recording(path, "-p", target.pid, "-r", RATE, "-d", seconds,
                                      *options).wrote()
                for stack, n in stacks:
                    found[mode][tuple(stack)] = found[mode].get(tuple(stack), 0) + n
    return found


def is_truncated(stack):
    return stack[-1] == "[truncated]"


def truncated_share(counts):
    return sum(n for stack, n in counts.items() if is_truncated(stack)) / sum(counts.values())


def whole_only(counts):
    return {stack: n for stack, n in counts.items() if not is_truncated(stack)}


def distance(a, b, view):
    """0: the same shares; 1: nothing in common."""
    sums = {}
    for side, counts in enumerate((a, b)):
        total = sum(counts.values())
        for stack, n in counts.items():
            sums.setdefault(view(stack), [0, 0])[side] += n / total
    return sum(abs(x - y) for x, y in sums.values()) / 2


class Distances:
    """Of each mode to the first blocking recordings; those of `again` are what chance does."""

    def __init__(self, found, view):
        reference = found["blocking"]
        self.chance = distance(found["again"], reference, view)
        self.default = distance(found["default"], reference, view)
        self.nonblocking = distance(found["nonblocking"], reference, view)
        self.whole = distance(whole_only(found["nonblocking"]), reference, view)

    def __str__(self):
        return "chance %.3f, default %.3f, nonblocking %.3f (whole stacks alone %.3f)" % (
            self.chance, self.default, self.nonblocking, self.whole)
