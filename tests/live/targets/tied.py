# SPDX-License-Identifier: MIT
"""Two threads that go down and up the same stairs, a step at a time and in turns.

Thread l calls l0, which calls l1, and so on; thread r calls r0, which calls r1. Each takes one step and
hands over to the other, so at each moment their depths differ by one at most. And l3 is called by
l2 alone.

usage: tied.py [LEVELS]     prints its PID, runs until it is killed
"""
import os
import sys
import threading

LEVELS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
turn = {"l": threading.Semaphore(1), "r": threading.Semaphore(0)}
source = []


def step(side, i):
    """Down to the next one and back, a hand-over at each step."""
    other = "r" if side == "l" else "l"
    source.append("def %s%d():" % (side, i))
    source.append("    turn[%r].release(); turn[%r].acquire()" % (other, side))
    if i + 1 < LEVELS:
        source.append("    %s%d()" % (side, i + 1))
        source.append("    turn[%r].release(); turn[%r].acquire()" % (other, side))
    source.append("")


for level in range(LEVELS):
    step("l", level)
    step("r", level)
namespace = {"turn": turn}
begun = threading.Semaphore(0)
exec(compile("\n".join(source), "tied_functions.py", "exec"), namespace)


def run(side):
    first = namespace[side + "0"]
    begun.release()  # `threading` lists it by now
    turn[side].acquire()
    while True:
        first()


for side in "lr":
    thread = threading.Thread(target=run, args=(side,), name=side)
    thread.daemon = True
    thread.start()
for side in "lr":
    begun.acquire()
print(os.getpid())
sys.stdout.flush()
threading.Event().wait()
