# SPDX-License-Identifier: MIT
"""Spends the first fifth of every 10 ms in early(), the rest in late(), by the clock."""
import os
import sys
import time

PERIOD, EARLY = 0.01, 0.002


def early(until):
    while time.time() < until:
        pass


def late(until):
    while time.time() < until:
        pass


print(os.getpid())
sys.stdout.flush()
while True:
    begin = time.time() // PERIOD * PERIOD
    early(begin + EARLY)
    late(begin + PERIOD)
