# SPDX-License-Identifier: MIT
"""Two processes, each with work of its own."""
import os
import sys
import time


def child_work(until):
    while time.monotonic() < until:
        sum(range(500))


def parent_work(until):
    while time.monotonic() < until:
        sum(i * i for i in range(300))


until = time.monotonic() + float(sys.argv[1])
pid = os.fork()
if not pid:
    child_work(until)
    os._exit(0)
parent_work(until)
os.waitpid(pid, 0)
