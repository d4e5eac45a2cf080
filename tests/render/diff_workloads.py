# SPDX-License-Identifier: MIT
"""Pairs of profiles that differ, as tests/tools/render-profile.c reads them; the same every time.

    diff_workloads.py NAME base|head > profile        diff_workloads.py --list
"""
import random
import sys

import workloads
from workloads import APP, frame, sample


def keep_head(lines):
    """The lines that say what the recording is."""
    return [line for line in lines if line.startswith("!")]


def stacks(lines):
    return [line.split(" ") for line in lines if not line.startswith("!")]


def web():
    """A service before and after a change: one function slower, one gone, one new, some faster."""
    base, head = [], []
    workloads.web(base)
    out, rng = [], random.Random(3)
    new = frame("Cache.lookup", APP + "shop/cache.py", 12, 20)
    for value, who, marks, *frames in stacks(base):
        names = [f.split(",")[0] for f in frames]
        if "currency" in names:
            continue
        times = 1
        if names[-1] == "visit_column":
            times = 3
        elif names[-1] == "JSONDecoder.raw_decode" and rng.random() < 0.6:
            continue
        elif "price_of" in names and rng.random() < 0.3:
            frames = frames[:names.index("price_of") + 1] + [new]
        out += [" ".join([value, who, marks, *frames])] * times
    head = keep_head(base) + out
    return base, head


def same():
    """Twice the same: nothing changed."""
    base = []
    workloads.web(base, 3000)
    return base, base


def nothing():
    """Two recordings that saw nothing."""
    base = []
    workloads.empty(base)
    return base, base


def only_base():
    """A head that saw nothing: all is gone."""
    base = []
    workloads.web(base, 2000)
    return base, keep_head(base)


def only_head():
    head, base = only_base()
    return base, head


def apart():
    """Two programs that have nothing in common."""
    head = []
    workloads.bare(head)
    base = [head[0]]
    sample(base, 3000000000, [frame("start", "start.py", 1, 2)])
    sample(base, 40, [frame("start", "start.py", 1, 2), frame("stop", "start.py", 9, 9)])
    return base, head


def hostile():
    """Names that mean harm, each gone, new, more, less or as it was."""
    lines, base, head = [], [], []
    workloads.hostile(lines)
    for i, (value, *rest) in enumerate(stacks(lines)):
        value = int(value)
        was, now = [(value, value * 2), (value * 2, value), (0, value), (value, 0),
                    (value, value)][i % 5]
        if was:
            base.append(" ".join([str(was), *rest]))
        if now:
            head.append(" ".join([str(now), *rest]))
    return keep_head(lines) + base, keep_head(lines) + head


def deep():
    """One recursion, far deeper than a picture is high, that goes deeper than before."""
    base, head = [], []
    workloads.deep(base, 10000)
    workloads.deep(head, 10500)
    return base, head


def wide():
    """Many stacks, of which a tenth is gone, a tenth new, and all differ."""
    lines, rng = [], random.Random(9)
    workloads.wide(lines, 20000)
    base, head = keep_head(lines), keep_head(lines)
    for value, *rest in stacks(lines):
        pick = rng.random()
        if pick < 0.9:
            base.append(" ".join([value, *rest]))
        if pick > 0.1:
            head.append(" ".join([str(int(value) + rng.randrange(3)), *rest]))
    return base, head


def many():
    """Callees that only gathered can be seen: half of them gone, a quarter new."""
    lines = []
    workloads.many(lines, 20000)
    rest = stacks(lines)
    return (keep_head(lines) + [" ".join(s) for i, s in enumerate(rest) if i % 4 != 1],
            keep_head(lines) + [" ".join(s) for i, s in enumerate(rest) if i % 2 == 1])


def huge():
    """Values near the end of 64 bits: nothing overflows."""
    base, head = [], []
    workloads.huge(base)
    workloads.huge(head)
    return base, head[:3]


def rich():
    """Five metrics, processes, threads; the helper thread does more, json less."""
    base, head = [], []
    workloads.rich(base)
    for line in base:
        fields = line.split(" ")
        if not line.startswith("!"):
            values = [int(v) for v in fields[0].split(",")]
            if "helper" in fields[1]:
                values[2] = values[2] * 5 // 4
            if any(f.startswith("JSONDecoder") for f in fields):
                values[2] //= 2
            fields[0] = ",".join(map(str, values))
        head.append(" ".join(fields))
    return base, head


PAIRS = {f.__name__: f for f in (web, same, nothing, only_base, only_head, apart, hostile, deep,
                                 wide, many, huge, rich)}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(PAIRS))
        return
    base, head = PAIRS[sys.argv[1]]()
    sys.stdout.write("\n".join(head if sys.argv[2] == "head" else base) + "\n")


if __name__ == "__main__":
    main()
