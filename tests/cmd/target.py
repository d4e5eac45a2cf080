# SPDX-License-Identifier: MIT
"""A program to record: busy, one frame deep below main(), until it is told otherwise."""
import argparse
import os
import signal
import sys
import threading  # without it nobody would have called the main thread MainThread
import time


def spin():
    total = 0
    for i in range(1000):
        total += i * i
    return total


def work(until):
    while time.monotonic() < until:
        spin()


def note(path, text):
    with open(path, "a") as f:
        f.write(text + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready", help="write the process id there once at work")
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--idle", action="store_true", help="sleep instead of working")
    parser.add_argument("--status", type=int, default=0, help="exit status")
    parser.add_argument("--log", help="write the names of signals there, and go on")
    parser.add_argument("--signals", default="", help="which ones: TERM,USR1")
    parser.add_argument("--exec-after", type=float, help="replace itself by sleep(1) then")
    args = parser.parse_args()

    for name in filter(None, args.signals.split(",")):
        signal.signal(
            getattr(signal, "SIG" + name),
            lambda number, frame: note(args.log, signal.Signals(number).name),
        )
    assert threading.current_thread().name == "MainThread"
    if args.ready:
        note(args.ready, str(os.getpid()))
    if args.exec_after is not None:
        work(time.monotonic() + args.exec_after)
        os.execvp("sleep", ["sleep", "0.5"])
    if args.idle:
        time.sleep(args.seconds)
    else:
        work(time.monotonic() + args.seconds)
    sys.exit(args.status)


if __name__ == "__main__":
    main()
