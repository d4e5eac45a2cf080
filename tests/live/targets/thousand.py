# SPDX-License-Identifier: MIT
"""Many threads that wait, 12 calls deep, and one that runs and notes when it did not.

usage: thousand.py N     prints its PID; at each line of its standard input prints the longest
time in milliseconds for which its loop stood since the last one
"""
import os
import sys
import threading
import time

clock = getattr(time, "perf_counter", time.time)
longest = [0.0]
event = threading.Event()
begun = threading.Semaphore(0)


def nest(depth, f):
    if depth:
        nest(depth - 1, f)
    else:
        begun.release()
        f()


def loop():
    last = clock()
    while True:
        now = clock()
        if now - last > longest[0]:
            longest[0] = now - last
        last = now


threading.stack_size(256 * 1024)
for i in range(int(sys.argv[1])):
    f = (lambda: time.sleep(1000)) if i % 2 else event.wait
    thread = threading.Thread(target=nest, args=(10, f), name="worker-%d" % i)
    thread.daemon = True
    thread.start()
for i in range(int(sys.argv[1])):
    begun.acquire()
time.sleep(0.1)
thread = threading.Thread(target=loop, name="loop")
thread.daemon = True
thread.start()
print(os.getpid())
sys.stdout.flush()
while sys.stdin.readline():
    print("%.3f" % (1000 * longest[0]))
    sys.stdout.flush()
    longest[0] = 0.0
os._exit(0)
