# SPDX-License-Identifier: MIT
"""Readers of examples/service that count what was answered in the memory of FD, until killed.

usage: bench_readers.py FD FOLDER PORT     FOLDER is that of the service's load.py
"""
import mmap
import sys
import threading

sys.path.insert(0, sys.argv[2])
import load  # noqa: E402

READERS = 4
YEAR = 31_536_000


class Counted(load.Load):
    cells = memoryview(mmap.mmap(int(sys.argv[1]), 0)).cast("Q")

    def ask(self, connection, rng):
        super().ask(connection, rng)
        with self.lock:
            self.cells[0] += 1


def main():
    counted = Counted(int(sys.argv[3]), YEAR, 1 << 60)
    readers = [threading.Thread(target=counted.reader, args=(seed,)) for seed in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    print("bench_readers.py: the service does not answer:", counted.errors[:1], file=sys.stderr)


main()
