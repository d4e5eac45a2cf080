# SPDX-License-Identifier: MIT
"""How far counts may be from shares by chance alone, and the shares of targets/shares.py."""
import json
import math
import os
import re
import subprocess
import tempfile

import interpreters as live
from recording import check_whole, names, Summary

# Shares further off than this happen by chance in one test of ten thousand.
MAX_CHANCE = 1e-4


def chance_of(counted, measured):
    """How often chance alone takes counts so far from the measured shares (chi-square test)."""
    total, whole = sum(counted.values()), sum(measured.values())
    chi = sum((counted.get(k, 0) - total * v / whole) ** 2 / (total * v / whole)
              for k, v in measured.items())
    return chi_tail(chi, len(measured) - 1)


def chi_tail(chi, degrees):
    """P(chi-square with so many degrees of freedom > chi), by the usual recurrence."""
    tail = math.erfc(math.sqrt(chi / 2)) if degrees % 2 else math.exp(-chi / 2)
    for k in range(degrees % 2 or 2, degrees, 2):
        tail += math.exp(k / 2 * math.log(chi / 2) - chi / 2 - math.lgamma(k / 2 + 1)) \
            if chi else 0
    return tail


assert abs(chi_tail(16.266, 3) - 0.001) < 1e-5 and abs(chi_tail(13.816, 2) - 0.001) < 1e-5


def agrees(what, counted, measured):
    chance = chance_of(counted, measured)
    total, whole = sum(counted.values()), sum(measured.values())
    assert total > 300, "%s: %d samples, too few" % (what, total)
    assert chance >= MAX_CHANCE, "%s: p = %.2g: %s" % (what, chance, ", ".join(
        "%s %.1f%% (is %.1f%%)" % (k, 100.0 * counted.get(k, 0) / total, 100 * v / whole)
        for k, v in sorted(measured.items())))


# ---- targets/shares.py -------------------------------------------------------------------

def lines_marked(target, mark):
    """Line numbers of a target's source that end in this comment."""
    with open(os.path.join(live.HERE, "targets", target)) as file:
        return [n for n, line in enumerate(file, 1) if line.rstrip().endswith("# " + mark)]


def count(stacks):
    """Samples of each function and of each marked line of targets/shares.py."""
    lines = {n: mark for mark in ("first", "second", "third")
             for n in lines_marked("shares.py", "line: " + mark)}
    by_function, by_line = {}, {}
    for stack, n in stacks:
        chain, _ = names(stack)
        if "functions" in chain[:-1]:
            name = chain[chain.index("functions") + 1]
            by_function[name] = by_function.get(name, 0) + n
        if chain[-1:] == ["lines"]:
            line = int(re.search(r":(\d+)\)$", stack[len(chain) - 1]).group(1))
            if line in lines:
                by_line[lines[line]] = by_line.get(lines[line], 0) + n
    return by_function, by_line


def shares_agree(interpreter, seconds, *options):
    """Its functions and lines have the shares that the target measures; how many samples."""
    for _ in range(2):
        try:
            return shares_agree_once(interpreter, seconds, *options)
        except Late:
            pass
    return shares_agree_once(interpreter, seconds, *options)


class Late(AssertionError):
    """Not as it should be, but nobody looked for a part of the time: the machine stood, perhaps."""


def shares_agree_once(interpreter, seconds, *options):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "out.folded")
        done = subprocess.run([live.PYPROF, "record", "-r", "1000", *options, "-o", path, "--",
                               *interpreter.command("shares.py", str(seconds))],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stderr
        summary = Summary(done.stderr)
        stacks = check_whole(path, summary)
    truth = json.loads(done.stdout)
    by_function, by_line = count(stacks)
    by_function = {k: v for k, v in by_function.items() if k in truth["functions"]}
    try:
        agrees("functions", by_function, truth["functions"])
        agrees("lines", by_line, truth["lines"])
    except AssertionError as why:
        if summary.late > 0.02 * 1000 * seconds:
            raise Late("%s; %d ticks were late" % (why, summary.late)) from why
        raise
    return sum(by_function.values()) + sum(by_line.values())
