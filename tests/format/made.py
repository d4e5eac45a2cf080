# SPDX-License-Identifier: MIT
"""A profile without recursion, of which a call graph can be turned into stacks again."""
import random

import recordings


def straight(path):
    """Forty functions that call only those behind them, on several lines, some cut off."""
    rng = random.Random(6)
    lines = []
    for _ in range(400):
        frames = sorted(rng.sample(range(40), rng.randrange(1, 12)))
        stack = [f"f{n} (/srv/file{n % 7}.py:{10 * n + rng.randrange(1, 4)})" for n in frames]
        if rng.random() < 0.1:
            stack.append("[truncated]")
        lines.append(";".join(stack) + f" {rng.randrange(1, 1000)}\n")
    with open(path + ".folded", "w", encoding="utf-8") as out:
        out.writelines(sorted(lines))
    recordings.run(recordings.PYPROF, "convert", path + ".folded", "-o", path)
    return path
