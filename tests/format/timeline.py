# SPDX-License-Identifier: MIT
"""The timeline of a pprof file (field 1000), read anew from src/profile/timeline_bytes.h."""
import collections
import gzip
import re

import proto

FIELD = 1000
Run = collections.namedtuple("Run", "sample looks begin end")


def signed(number):
    return number >> 1 ^ -(number & 1)


def streams_of(data, at):
    while at < len(data):
        n, at = proto.varint(data, at)
        first, at = proto.varint(data, at)
        end, sample, runs = signed(first), 0, []
        for _ in range(n):
            head, at = proto.varint(data, at)
            looks, gap = 1, 0
            if head & 1:
                looks, at = proto.varint(data, at)
            if head & 2:
                gap, at = proto.varint(data, at)
            length, at = proto.varint(data, at)
            sample += signed(head >> 2)
            runs.append(Run(sample, looks, end + gap, end + gap + length))
            end = runs[-1].end
        yield runs


def longest_look(streams):
    """In seconds: each stands for the time since the one before, long where the machine was busy."""
    return max(((run.end - run.begin) / run.looks / 1e9 for runs in streams for run in runs), default=0)


class Profile(proto.Profile):
    """Texts as they were before pprof_text.c escaped them. Beside what proto.Profile has: streams, each a list of runs; None: it has no timeline."""

    def __init__(self, path):
        super().__init__(path)
        with open(path, "rb") as file:
            top = proto.message(gzip.decompress(file.read()))
        self.start = top.get(9, [0])[0]
        self.streams = self.level = None
        if FIELD in top:
            data, = top[FIELD]
            version, at = proto.varint(data, 0)
            if version != 1:
                raise ValueError(f"version {version}")
            self.level, at = proto.varint(data, at)
            self.lost, at = proto.varint(data, at)
            self.streams = list(streams_of(data, at))

    def text(self, found, number):
        return re.sub(r"\\u([0-9a-f]{4})", lambda escape: chr(int(escape[1], 16)),
                      super().text(found, number))
