# SPDX-License-Identifier: MIT
"""Threads of which each does one thing, named after it, for as long as the process lives.

usage: states.py NAME...      prints {"pid": 1, "tids": {NAME: tid or null}}, then waits for its
standard input to be closed. A name may end in digits: busy1 busy2.

Runs on CPython 2.7 and 3.6 and later.
"""
import json
import os
import re
import select
import socket
import sys
import threading
import time

tids = {}
begun = threading.Semaphore(0)
taken = threading.Lock()
taken.acquire()


def native_id():
    if hasattr(threading, "get_native_id"):
        return threading.get_native_id()
    try:
        import ctypes
        return ctypes.CDLL(None).syscall(186) if os.uname()[4] == "x86_64" else None
    except Exception:
        return None


def busy():
    n = 0
    while True:
        n += 1


def pairs():
    n = a = b = 0
    while True:
        n += 1
        a = n
        b = n


def sleep():
    time.sleep(1000)


def recv():
    one, other = socket.socketpair()
    one.recv(1)


def accept():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    server.accept()


def poll():
    reader, writer = os.pipe()
    poller = select.poll()
    poller.register(reader, select.POLLIN)
    poller.poll()


def epoll():
    reader, writer = os.pipe()
    poller = select.epoll()
    poller.register(reader, select.EPOLLIN)
    poller.poll()


def read():
    reader, writer = os.pipe()
    os.read(reader, 1)


def lock():
    taken.acquire()


def calls():
    """A call of C code that keeps the GIL, for minutes."""
    time.sleep(0.3)  # until main has said what there is to say
    re.match("(a+)+$", 40 * "a" + "b")


def handles():
    try:
        raise ValueError("handled for long")
    except ValueError:
        time.sleep(1000)


def run(name):
    tids[name] = native_id()
    begun.release()
    globals()[name.rstrip("0123456789")]()


for name in sys.argv[1:]:
    thread = threading.Thread(target=run, args=(name,), name=name)
    thread.daemon = True
    thread.start()
for name in sys.argv[1:]:
    begun.acquire()
time.sleep(0.2)
print(json.dumps({"pid": os.getpid(), "tids": tids}))
sys.stdout.flush()
sys.stdin.read()
os._exit(0)
