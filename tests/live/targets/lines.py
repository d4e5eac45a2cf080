# SPDX-License-Identifier: MIT
"""A busy loop over known lines: nothing else runs after its PID is printed."""
import os
import sys


def loop():
    x = 0
    while True:  # loop
        x += 1  # loop
        if x > 1000:  # loop
            x = 0  # loop


print(os.getpid())
sys.stdout.flush()
loop()
