# SPDX-License-Identifier: MIT
"""Stands still in known places until its standard input is closed, and says where: one line of
JSON, of each thread its name, ident and frames, innermost first, as the interpreter has them."""
from __future__ import print_function

import json
import os
import sys
import threading
import time

lock = threading.Lock()


class Stall(object):
    def __init__(self, depth):
        self.depth = depth

    def descend(self, n, password="hunter2"):
        text = u"n\xe4 " * n
        if n:
            return self.descend(n - 1)
        with lock:
            return text


def hold(ready):
    with lock:
        ready.set()
        sys.stdin.read()


def wait_in_a_lambda(event):
    return (lambda: event.wait())()


def places(thread_ids):
    """{ident: [[function, file, line], ...]}, once nobody moves any more."""
    before = None
    while True:
        now = {}
        for ident, frame in sys._current_frames().items():
            if ident not in thread_ids:
                continue
            rows = now.setdefault(str(ident), [])
            while frame:
                code = frame.f_code
                rows.append([getattr(code, "co_qualname", code.co_name), code.co_filename,
                             frame.f_lineno])
                frame = frame.f_back
        if now == before:
            return now
        before = now
        del frame
        time.sleep(0.3)


def tell(threads):
    ids = dict((str(t.ident), t.name) for t in threads)
    stacks = places([t.ident for t in threads])
    print(json.dumps({"pid": os.getpid(), "threads": [
        {"ident": ident, "name": ids[ident], "frames": rows}
        for ident, rows in sorted(stacks.items())]}))
    sys.stdout.flush()


def main():
    held, never = threading.Event(), threading.Event()
    threads = [threading.current_thread()]
    for name, work, args in (("stalled", Stall(3).descend, (3,)),
                             ("lambda", wait_in_a_lambda, (never,))):
        thread = threading.Thread(target=work, name=name, args=args)
        thread.daemon = True
        threads.append(thread)
    teller = threading.Thread(target=tell, name="teller", args=(threads,))
    teller.daemon = True

    def start_others():
        held.wait()
        for thread in threads[1:]:
            thread.start()
        teller.start()
    starter = threading.Thread(target=start_others, name="starter")
    starter.daemon = True
    starter.start()
    hold(held)


main()
