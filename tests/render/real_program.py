# SPDX-License-Identifier: MIT
"""A program to record and draw: recursion, library code, a thread that waits."""
import json
import threading
import time


def walk(n):
    total = 0
    if n:
        total += walk(n - 1)
    while n:
        total += n
        n -= 1
    return total


def encode():
    return json.loads(json.dumps([{"key": i, "text": "x" * i} for i in range(60)]))


def main():
    done = threading.Event()
    waiting = threading.Thread(target=done.wait, name="waiting", daemon=True)
    waiting.start()
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        walk(25)
        encode()
    done.set()


main()
