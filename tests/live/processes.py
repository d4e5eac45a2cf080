# SPDX-License-Identifier: MIT
"""Recordings of several processes, taken apart by process."""
import os
import re
import tempfile

from recording import Summary, check_whole
from scenario import pyprof

TARGET = "processes.py"
PROCESS = re.compile(r"process (\d+) \((.*)\)$")


class Seen:
    """A recording that is over: what it holds and what its target said."""

    def __init__(self, path, said, output, status):
        assert os.path.exists(path), "nothing written, exit status %d: %s" % (status, said)
        self.said, self.output, self.status = said, output, status
        self.summary = Summary(said)
        self.stacks = check_whole(path, self.summary)
        self.commands, self.functions, self.counts = {}, {}, {}
        for stack, n in self.stacks:
            match = PROCESS.match(stack[0])
            if match:
                pid = int(match.group(1))
                self.commands.setdefault(pid, set()).add(match.group(2))
                self.counts[pid] = self.counts.get(pid, 0) + n
                seen = self.functions.setdefault(pid, {})
                for name in {frame.rsplit(" (", 1)[0] for frame in stack[1:]}:
                    seen[name] = seen.get(name, 0) + n

    def told(self):
        """What the target said: (FUNCTION, PID) in their order."""
        words = (line.split() for line in self.output.splitlines())
        return [(w[0], int(w[1])) for w in words if len(w) == 2 and w[0] not in ("end", "port")]

    def last_end(self):
        return max(float(line.split()[1]) for line in self.output.splitlines()
                   if line.startswith("end "))

    def agrees(self, least=10):
        """Each process that works is there, with its own function and nobody else's."""
        told = self.told()
        assert told, "the target said nothing"
        for function, pid in told:
            have = self.functions.get(pid)
            assert have, "PID %d (%s) is not there: %s" % (pid, function, self.said)
            assert have.get(function, 0) >= least, "%s: %d samples of PID %d: %s" % (
                function, have.get(function, 0), pid, self.said)
            others = {f for f, p in told if p != pid} - {f for f, p in told if p == pid}
            assert not others & set(have), "PID %d (%s) is said to run %r" % (
                pid, function, others & set(have))
        strangers = set(self.functions) - {pid for _, pid in told}
        assert not [p for p in strangers if set(self.functions[p]) & {f for f, _ in told}], \
            "PIDs %r do what others do" % strangers
        return self


def launched(command, *args, children=True, **popen):
    """`pyprof record -s ARGS -- COMMAND`."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "out.folded")
        done = pyprof("record", *(["-s"] if children else []), "-r", 200, "-o", path, *args, "--",
                      *command, **popen)
        return Seen(path, done.stderr, done.stdout, done.returncode)
