# SPDX-License-Identifier: MIT
"""A program that goes on: counts in memory shared with the test.

usage: counts.py FD     maps descriptor FD, of 8 bytes; prints its PID, runs until it is killed
"""
import mmap
import os
import struct
import sys
import threading

shared = mmap.mmap(int(sys.argv[1]), 8)


def works(n):
    return works(n - 1) if n else sum(range(100))


def counts():
    number = 0
    while True:
        number += 1
        works(number % 20)
        shared[:8] = struct.pack("=Q", number)


def computes():
    while True:
        works(5)


print(os.getpid())
sys.stdout.flush()
thread = threading.Thread(target=computes)
thread.daemon = True
thread.start()
counts()
