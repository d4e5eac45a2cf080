# SPDX-License-Identifier: MIT
"""Works in a folder.

usage: checkout.py FOLDER [SECONDS [exec]]     prints its PID once it is there, and works so long, or
                                               until it is killed; then it runs another program
"""
import os
import sys
import time


def works(seconds):
    end = time.time() + seconds
    while time.time() < end:
        sum(range(100))


os.chdir(sys.argv[1])
print(os.getpid())
sys.stdout.flush()
works(float(sys.argv[2]) if len(sys.argv) > 2 else 60)
if len(sys.argv) > 3:
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(0.2)"])
