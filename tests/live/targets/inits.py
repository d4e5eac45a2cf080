# SPDX-License-Identifier: MIT
"""Calls classes so often that the interpreter inlines their __init__ (3.13 and later), and then, in
the innermost of two: says where it is as standing.py does, and waits until its standard input is
closed ("stand"); or works until it is killed ("work")."""
from __future__ import print_function

import json
import os
import sys
import threading
import time


class Inner(object):
    def __init__(self, work):
        if work:
            work()


class Outer(object):
    def __init__(self, work):
        self.inner = Inner(work)


def build(works):
    for work in works:
        Outer(work)


def tell(ident):
    time.sleep(0.3)
    rows, frame = [], sys._current_frames()[ident]
    while frame:
        code = frame.f_code
        rows.append([getattr(code, "co_qualname", code.co_name), code.co_filename,
                     frame.f_lineno])
        frame = frame.f_back
    print(json.dumps({"pid": os.getpid(), "frames": rows}))
    sys.stdout.flush()


def stand():
    teller = threading.Thread(target=tell, args=(threading.current_thread().ident,))
    teller.daemon = True
    teller.start()
    sys.stdin.read()


def work():
    end = time.time() + 0.001
    while time.time() < end:
        pass


# Code of a user's own that is called as the interpreter's is in everything that has a name.
place = {}
exec(compile("def __init__(then):\n    then()\n", "__init__", "exec"), place)

warm = [None] * 1000
if sys.argv[1] == "stand":
    place["__init__"](lambda: build(warm + [stand]))
else:
    build(warm)
    print(os.getpid())
    sys.stdout.flush()
    while True:
        place["__init__"](lambda: build([work] * 1000))
