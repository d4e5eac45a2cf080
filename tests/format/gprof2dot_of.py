# SPDX-License-Identifier: MIT
"""gprof2dot's own readers (https://github.com/jrfonseca/gprof2dot), from pip, into a folder of the
build.
"""
import importlib
import sys

import from_pip

REQUIREMENT = "gprof2dot==2025.4.14"


def there():
    folder = from_pip.folder_of(REQUIREMENT)
    if folder and folder not in sys.path:
        sys.path.append(folder)
    return folder is not None


def read(kind, path):
    """{"functions": [{name, self, total}], "all"}: of the event that it counts."""
    gprof2dot = importlib.import_module("gprof2dot")
    if kind == "pstats":
        parser = gprof2dot.PstatsParser(path)
        self_of, total_of = gprof2dot.TIME, gprof2dot.TOTAL_TIME
    else:
        with open(path, encoding="utf-8") as file:
            return read_callgrind(gprof2dot, gprof2dot.CallgrindParser(file).parse())
    profile = parser.parse()
    return {"functions": [{"name": f.name, "self": f[self_of], "total": f[total_of]}
                          for f in profile.functions.values()]}


def read_callgrind(gprof2dot, profile):
    """Totals are shares there."""
    every = profile[gprof2dot.SAMPLES]
    return {"all": every,
            "functions": [{"name": f.name, "self": f[gprof2dot.SAMPLES],
                           "total": f[gprof2dot.TOTAL_TIME_RATIO] * every}
                          for f in profile.functions.values()]}
