# SPDX-License-Identifier: MIT
"""Who called whom, counted from stacks: what formats must hold that keep no stacks."""
import collections
import re

TRUNCATED = ("[truncated]", None)


def text_of(text):
    """A text of a pprof file as the recording had it."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found.group(1), 16)), text)


class Graph:
    """By function, which is (name, file, start line), or by whatever `key` makes of a frame."""

    def __init__(self, profile, metrics, key=lambda frame: (frame[0], frame[1], frame[4])):
        n = len(metrics)
        zero = lambda: [0] * n  # noqa: E731
        self.self, self.total = collections.defaultdict(zero), collections.defaultdict(zero)
        self.lines = collections.defaultdict(zero)  # (key, line)
        self.calls = collections.defaultdict(zero)  # (caller, callee): once a stack
        self.ends = collections.defaultdict(zero)  # …of the stacks that end with it
        self.sites = collections.defaultdict(zero)  # (caller, line, callee): outermost callees
        self.without, self.all = zero(), zero()
        self.recursive = set()
        for sample in profile.samples:
            values = [sample.values[m] for m in metrics]
            keys = [key(self.frame(frame)) for frame in sample.frames]
            lines = [frame[2] for frame in sample.frames]
            if "truncated" in sample.labels:
                keys[-1], lines[-1] = TRUNCATED, 0
            self.add(self.all, values)
            self.count(keys, lines, values)

    @staticmethod
    def frame(frame):
        return (text_of(frame[0]), text_of(frame[1])) + tuple(frame[2:])

    @staticmethod
    def add(into, values):
        for i, value in enumerate(values):
            into[i] += value

    def count(self, keys, lines, values):
        if not keys:
            self.add(self.without, values)
            return
        self.add(self.self[keys[-1]], values)
        self.add(self.lines[keys[-1], lines[-1]], values)
        if len(keys) > 1:
            self.add(self.ends[keys[-2], keys[-1]], values)
        for key in set(keys):
            self.add(self.total[key], values)
            if keys.count(key) > 1:
                self.recursive.add(key)
        for pair in set(zip(keys, keys[1:])):
            self.add(self.calls[pair], values)
        seen = set(keys[:1])
        for i in range(1, len(keys)):
            site = (keys[i - 1], lines[i - 1], keys[i])
            self.add(self.sites[site], values if keys[i] not in seen else [0] * len(values))
            seen.add(keys[i])


def nonzero(counted):
    return {key: value for key, value in counted.items()
            if (any(value) if isinstance(value, list) else value)}
