# SPDX-License-Identifier: MIT
"""Threads in known places, for core files. argv: a folder to be in. Prints one line of JSON: the
PID and, by sys._current_frames(), where each thread stands (root first). Then does what the first
line of its standard input says: "abort" (with faulthandler, where there is one), or ends.
Runs on CPython 2.7 and later."""
import json
import os
import sys
import threading
import time

try:
    import faulthandler
except ImportError:
    faulthandler = None

lock = threading.Lock()


def sleeps(depth):
    if depth:
        return sleeps(depth - 1)
    while True:
        time.sleep(1000)


class Holder(object):
    def waits(self):
        lock.acquire()


def numbers(n):
    for i in range(n):
        yield i
    Holder().waits()


def generates():
    for i in numbers(3):
        pass


def computes():
    while True: pass  # noqa: E701: one line, wherever it is met


def grown():
    # Values of the heap's, so that the core has more than a few pages.
    kept = [("value %d" % i) * 20 for i in range(2000)]
    sleeps(30)
    return kept


def frames_of(frame):
    frames = []
    while frame is not None:
        frames.append([frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno])
        frame = frame.f_back
    return frames[::-1]


def places():
    return dict((ident, frames_of(frame)) for ident, frame in sys._current_frames().items())


def settled():
    """The places, once none has changed for a while."""
    before = places()
    for i in range(200):
        time.sleep(0.05)
        after = places()
        others = [ident for ident in after if ident != threading.current_thread().ident]
        if all(before.get(ident) == after[ident] for ident in others) and i > 5:
            break
        before = after
    return after


def ends_here():
    line = sys.stdin.readline()
    if line.strip() == "abort":
        if faulthandler:
            faulthandler.enable()
        os.abort()


def main():
    os.chdir(sys.argv[1])
    lock.acquire()
    for function in (grown, generates, computes):
        thread = threading.Thread(target=function, name=function.__name__)
        thread.daemon = True
        thread.start()
    print(json.dumps({"pid": os.getpid(), "main": threading.current_thread().ident,
                      "threads": settled()}))
    sys.stdout.flush()
    ends_here()
    # Threads that run on at the end of an interpreter would be a matter of luck.
    os._exit(0)


main()
