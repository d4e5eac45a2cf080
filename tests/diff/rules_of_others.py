# SPDX-License-Identifier: MIT
"""What others' rules say of two sides' samples, function by function.

difffolded.pl with flamegraph.pl: a box is the redder the more its count has grown, the reddest of all
fully so. There is no threshold, so something is always red; it is taken to say "slower", and to name the
function whose count has grown most.

CPython's profiling.sampling, --diff-flamegraph: counts of the base are scaled to as many as the head
has; what is within 15% of that is neutral, what is not is named.

The same rules as in tests/tools/simulate-verdict.c. Counts are of self samples, of all runs of a side
added up, which is kind to them: the noise of one run in each would be larger.
"""

TACHYON_NEUTRAL = 0.15


def reddest(base, head):
    """The function whose count has grown most; None: none has."""
    names = set(base) | set(head)
    grown = {name: head.get(name, 0) - base.get(name, 0) for name in names}
    name = max(sorted(grown), key=lambda n: grown[n], default=None)
    return name if name is not None and grown[name] > 0 else None


def tachyon(base, head, min_share):
    """Who is named: {function: relative change}. Those below the share of both are left out, as the
    verdict leaves them out: else each function with a handful of samples would be named."""
    total_base, total_head = sum(base.values()), sum(head.values())
    named = {}
    for name in set(base) | set(head):
        b, h = base.get(name, 0), head.get(name, 0)
        if b / total_base + h / total_head < 2 * min_share:
            continue
        expected = b * total_head / total_base
        if abs(h - expected) >= TACHYON_NEUTRAL * expected:
            named[name] = h / expected - 1 if expected else float("inf")
    return named
