# SPDX-License-Identifier: MIT
"""What is asked of pyprof, beside what was measured."""

import bench_tell

TITLES = ["asked", "measured", "met"]


class Answers:
    """The figures asked for, in the order in which they are added."""

    def __init__(self):
        self.rows = []

    def add(self, asked, measured, met, text):
        """met(measured); None was not measured."""
        if measured is None:
            self.rows.append((asked, "not measured", ""))
        else:
            self.rows.append((asked, text(measured), "yes" if met(measured) else "**no**"))

    def tell(self, title="Asked and measured"):
        bench_tell.heading(title, TITLES)
        for cells in self.rows:
            bench_tell.row(*cells)


def median(results, key, tool, what):
    rows = results.get(key, [])
    found = [row for row in rows if row.name == tool]
    return found[0].median(what) if found else None


def quotient(above, below):
    return above / below if above is not None and below else None


def most(limit):
    return lambda value: value <= limit


def least(limit):
    return lambda value: value >= limit


def answers(results, rate):
    """results: rows by (table, minor, target), and by ("loss", minor, target, rate)."""
    told = Answers()
    micro, share = "{:.1f} µs".format, "{:.2%}".format

    def cost(tool):
        return median(results, ("matrix", "3.13", "20-deep"), tool, "cpu_us")

    def flat(minor, target, tool, what):
        return median(results, ("flat", minor, target), tool, what)

    for peer, part in (("py-spy", 8), ("Austin", 2)):
        told.add(f"CPU a sample at {rate:,} Hz, 20 deep (3.13): at most 1/{part} of {peer}'s",
                 quotient(cost(peer), cost("pyprof")), least(part), "1/{:.1f}".format)
    told.add("flat out, 20 deep, 3.13: at least 200,000 samples a second",
             flat("3.13", "20-deep", "pyprof --nonblocking", "rate"), least(200_000),
             "{:,.0f}".format)
    tachyon = [flat("3.15", "20-deep", name, "rate") for name in ("Tachyon", "Tachyon --blocking")]
    told.add("flat out, 20 deep, 3.15: at least 4 times Tachyon's",
             quotient(flat("3.15", "20-deep", "pyprof --nonblocking", "rate"),
                      max((value for value in tachyon if value), default=None)),
             least(4), "{:.1f} times".format)
    for target, limit in (("20-deep", 3), ("1000-deep", 6)):
        for minor in ("3.13", "3.15"):
            told.add(f"flat out, {target[:-5]} deep, {minor}: at most {limit} µs of CPU a sample",
                     flat(minor, target, "pyprof --nonblocking", "cpu_us"), most(limit), micro)
    for (target, where) in (("20-deep", "20 deep"), ("50-idle", "beside 50 idle threads")):
        for hz, limit in ((100, 0.01), (1000, 0.03)):
            for minor in ("3.13", "3.15"):
                told.add(f"the target loses under {limit:.0%} at {hz:,} Hz, {where}, {minor}",
                         median(results, ("loss", minor, target, hz), "pyprof", "lost"),
                         lambda value, limit=limit: value < limit, share)
    for target, where, limit in (("1000-idle", "1,000 idle threads", 0.1),
                                 ("workers", "32 workers of 20 threads", 0.15)):
        for minor in ("3.13", "3.15"):
            key = ("matrix", minor, target)
            told.add(f"{where} at {rate // 10:,} Hz, {minor}: under {limit:.0%} of a CPU",
                     median(results, key, "pyprof", "core"),
                     lambda value, limit=limit: value < limit, share)
            if target == "workers":
                told.add(f"{where}, {minor}: at most 1% late ticks",
                         median(results, key, "pyprof", "late"), most(0.01), share)
    return told
