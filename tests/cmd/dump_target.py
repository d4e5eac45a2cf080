# SPDX-License-Identifier: MIT
"""A process to look at: threads that are stuck, busy, slow and moving, a pool, and children.

Writes its process id into the file of its first argument once all are at work; then does so until
it is killed. With a second argument, so many children do nothing but sleep.
"""
import hashlib
import os
import sys
import threading
import time

never = threading.Event()


def stuck(secret_token):
    never.wait()


def busy():
    hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 2 ** 31 - 1)


def slow():
    while True:
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)
        time.sleep(0.03)


def query():
    time.sleep(0.12)


def again():
    while True: query()  # noqa: E701


def one():
    time.sleep(0.03)


def two():
    time.sleep(0.03)


def three():
    time.sleep(0.03)


def handle_request():
    while True:
        for step in (one, two, three, one, three, two, three):
            step()


def start(name, work, **named):
    thread = threading.Thread(target=work, name=name, kwargs=named)
    thread.daemon = True
    thread.start()


def main():
    for i in range(int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        if os.fork() == 0:
            time.sleep(1e6)
    start("stuck", stuck, secret_token="hunter2")
    start("busy", busy)
    start("slow", slow)
    start("moving", handle_request)
    start("again", again)
    for i in range(8):
        start("pool_%d" % i, never.wait)
    time.sleep(0.3)
    with open(sys.argv[1], "w") as f:
        f.write(str(os.getpid()))
    while True:
        time.sleep(1000)


main()
