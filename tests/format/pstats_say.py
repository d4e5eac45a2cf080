# SPDX-License-Identifier: MIT
"""Run by every CPython from 2.7 on: what its pstats has loaded of each file, as JSON.

Names come as lists of the numbers of their characters (in Python 2 of their bytes, decoded), numbers
as repr() has them.
"""
import json
import pstats
import sys

try:
    from io import StringIO
    StringIO().write("")
except TypeError:
    from StringIO import StringIO  # Python 2: str is bytes


def text(name):
    if not isinstance(name, str):
        return [-1]
    if sys.version_info[0] == 2:
        # Python 2's UTF-8 takes surrogates; units of narrow builds are joined by who reads this.
        return [ord(c) for c in name.decode("utf-8")]
    return [ord(c) for c in name]


def key(function):
    return [text(function[0]), function[1], text(function[2])]


def say(path):
    out = StringIO()
    stats = pstats.Stats(path, stream=out)
    found = []
    for function, (cc, nc, tt, ct, callers) in stats.stats.items():
        found.append([key(function), cc, nc, repr(tt), repr(ct),
                      [[key(caller), list(map(repr, part) if isinstance(part, tuple) else
                                          [part])] for caller, part in callers.items()]])
    printed = True
    try:
        stats.sort_stats("cumulative").print_stats()
        stats.print_callers()
        stats.print_callees()
        stats.strip_dirs()
    except UnicodeError as error:  # where the stream, not pstats, refuses a name
        printed = repr(error)
    return {"stats": found, "calls": stats.total_calls, "time": repr(stats.total_tt),
            "printed": printed, "table": table(out.getvalue())}


def table(printed):
    """The numbers of its own table: lines of "ncalls tottime percall cumtime percall what"."""
    rows = []
    begun = False
    for line in printed.split("\n"):
        if line.strip().startswith("ncalls"):
            begun = not rows
        elif begun:
            parts = line.split(None, 5)
            if len(parts) < 4 or not parts[1].replace(".", "").isdigit():
                if rows:
                    break
                continue
            rows.append([parts[0], parts[1], parts[3]])
    return rows


json.dump([say(path) for path in sys.argv[1:]], sys.stdout)
