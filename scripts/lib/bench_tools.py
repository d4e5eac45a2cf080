# SPDX-License-Identifier: MIT
"""The profilers: how each is told to look at a target, and how what it writes is read."""

import collections

import bench_count as count

# status: how it ends after its time is over, beside 0. command(job) makes the command.
Tool = collections.namedtuple("Tool", "name command count names status", defaults=[0])
# A recording that is asked for; out is the file that is to be written.
Job = collections.namedtuple("Job", "pid seconds rate out target python")

TACHYON_MINOR = (3, 15)


def minor_of(python):
    return tuple(int(part) for part in python.minor.split("."))


class Programs:
    """Where the profilers are."""

    def __init__(self, pyprof, py_spy, austin):
        self.pyprof, self.py_spy, self.austin = pyprof, py_spy, austin

    # ---- commands: only what is on a CPU, where there are threads ------------------

    def pyprof_with(self, *more):
        def command(job):
            children = ["--subprocesses"] if job.target.children else []
            return [self.pyprof, "record", "-p", str(job.pid), "-r", str(job.rate), "-d",
                    str(job.seconds), "-f", "folded", "-o", job.out, *children, *more]
        return command

    def py_spy_with(self, *more):
        def command(job):
            children = ["--subprocesses"] if job.target.children else []
            return [self.py_spy, "record", "-p", str(job.pid), "-r", str(job.rate), "-d",
                    str(job.seconds), "-f", "raw", "-o", job.out, *children, *more]
        return command

    def austin_every(self, interval_us=None):
        def command(job):
            interval = interval_us or 1_000_000 // job.rate
            threads = ["--cpu"] if job.target.threads else []
            children = ["--children"] if job.target.children else []
            return [self.austin, "-p", str(job.pid), "-i", f"{interval}us", "-x",
                    str(job.seconds), "-o", job.out, *threads, *children]
        return command

    @staticmethod
    def tachyon_with(*more):
        def command(job):
            # It runs where the target does: its files are those of that root.
            threads = ["-a", "--mode", "cpu"] if job.target.threads else []
            children = ["--subprocesses"] if job.target.children else []
            return [*job.python.command, "-m", "profiling.sampling", "attach", "-r",
                    str(job.rate), "-d", str(job.seconds), "--no-gc", "--collapsed", "-o",
                    job.python.inside(job.out), *threads, *children, *more, str(job.pid)]
        return command

    # ---- which of them ---------------------------------------------------------------

    def folded(self, name, command, names=count.read_named):
        return Tool(name, command, count.count_folded, names)

    def austin_tool(self, name, interval_us=None):
        return Tool(name, self.austin_every(interval_us), count.count_mojo, count.read_mojo, 254)

    def peers(self, python):
        """Those that know this version: Tachyon knows its own, the others older ones."""
        if minor_of(python) >= TACHYON_MINOR:
            yield self.folded("Tachyon", self.tachyon_with(), count.read_tachyon)
            yield self.folded("Tachyon --blocking", self.tachyon_with("--blocking"),
                              count.read_tachyon)
            return
        if self.py_spy:
            yield self.folded("py-spy", self.py_spy_with())
            yield self.folded("py-spy --nonblocking", self.py_spy_with("--nonblocking"))
        if self.austin:
            yield self.austin_tool("Austin")

    def all(self, python):
        yield self.folded("pyprof", self.pyprof_with())
        yield self.folded("pyprof --nonblocking", self.pyprof_with("--nonblocking"))
        yield self.folded("pyprof --blocking", self.pyprof_with("--blocking"))
        yield from self.peers(python)

    def flat_out(self, python):
        """As fast as each can, asked for a million looks a second."""
        yield self.folded("pyprof --nonblocking", self.pyprof_with("--nonblocking"))
        if minor_of(python) >= TACHYON_MINOR:
            yield from self.peers(python)
        elif self.austin:
            yield self.austin_tool("Austin -i 1us", 1)
            yield self.austin_tool("Austin -i 10us", 10)


def chosen(tools, words):
    """Those whose names begin with one of the words, any case; 'pyprof' is always there."""
    words = [word.lower() for word in words]
    return [tool for tool in tools if not words or tool.name.lower().startswith("pyprof") or
            any(tool.name.lower().startswith(word) for word in words)]
