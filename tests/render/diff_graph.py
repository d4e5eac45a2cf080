# SPDX-License-Identifier: MIT
"""The page of a diff in the browser: two workloads (diff_workloads.py), drawn as one.

Draws with $BUILD/tests/tools/render-diff (or $RENDER_DIFF); files go to $BUILD/tests/render/.
"""
import functools
import os
import subprocess
import zlib

import browser as chromium
import diff_workloads
import truth
from graph import BUILD, HELPERS, OUT, Graph, render

RENDER_DIFF = os.environ.get("RENDER_DIFF", BUILD + "/tests/tools/render-diff")


@functools.lru_cache(maxsize=None)
def workload(name, side):
    base, head = diff_workloads.PAIRS[name]()
    return "\n".join(head if side else base) + "\n"


def write(name, side, text):
    """A side as a file; its path."""
    path = f"{OUT}/diff-{name}-{'head' if side else 'base'}.pb.gz"
    with open(path, "wb") as out:
        out.write(render(text.encode(), "-o", "pprof"))
    return path


def draw_files(path, base, head, *options):
    """Draws files of a side each, lists of paths, into `path`."""
    with open(path, "wb") as out:
        subprocess.run([RENDER_DIFF, *options, *base, "--", *head], check=True, stdout=out)


@functools.lru_cache(maxsize=None)
def draw(name, *options):
    """Draws a pair of workloads, and counts both: (path, truth of base, of head)."""
    texts = [workload(name, side) for side in (0, 1)]
    path = f"{OUT}/diff-{name}-{zlib.crc32(repr(options).encode()):08x}.svg"
    draw_files(path, *[[write(name, side, texts[side])] for side in (0, 1)], *options)
    return path, truth.Truth(texts[0]), truth.Truth(texts[1])


class DiffGraph(Graph):
    """A pair's page."""

    def __init__(self, browser, name, *options, fragment="", path=None, **how):
        if not path:
            path, *self.truths = draw(name, *options)
        chromium.Page.__init__(self, browser, "file://" + path + fragment, **how)
        self.settle()
        self.evaluate(HELPERS)

    def exported(self):
        """What Export saves, as {stack: (base, head)}."""
        found = {}
        for line in self.exported_text().splitlines():
            stack, base, head = line.rsplit(" ", 2)
            found[tuple(stack.split(";"))] = (int(base), int(head))
        return found
