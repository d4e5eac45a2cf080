# SPDX-License-Identifier: MIT
"""A main thread that waits in a function of a known name: prints its PID, waits for the end of
its standard input. Runs on CPython 2.7 and later."""
import os
import sys


def waits_here():
    sys.stdin.read()


def main():
    print(os.getpid())
    sys.stdout.flush()
    waits_here()


main()
