# SPDX-License-Identifier: MIT
"""Three threads: one computes in Python, one in C code without the GIL, one sleeps."""
import os
import sys
import threading
import time
import zlib

DATA = os.urandom(32 << 20)


def in_python():
    x = 0
    while True:
        x = (x + 1) % 1000003


def in_c():
    while True:
        zlib.compress(DATA, 1)


def sleeps():
    while True:
        time.sleep(1000)


for function in (in_python, in_c, sleeps):
    thread = threading.Thread(target=function, name=function.__name__)
    thread.daemon = True
    thread.start()
time.sleep(0.3)
print(os.getpid())
sys.stdout.flush()
while True:
    time.sleep(1000)
