# SPDX-License-Identifier: MIT
"""Layouts of two versions of a program below one folder, for test-pair: write(folder)."""
import os

LIB = """
def parse(n):
    total = 0
    for i in range(n):
        total += i * 3
        total ^= i
    return total
"""
APP = """
import sys
import lib

def %(own)s(n):
    total = 0
    for i in range(n):
        total += i & 5
    return total

def main():
    for _ in range(int(sys.argv[1])):
        lib.parse(40000)
        %(own)s(40000)

if __name__ == "__main__":
    main()
"""
# Two programs, one after the other, that have files of the same names.
BOTH = """
import subprocess
import sys
for folder in sys.argv[2:]:
    subprocess.check_call([sys.executable, folder + "/app.py", sys.argv[1]])
"""


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def write(folder):
    for name, own in (("v1", "was"), ("v2", "now"), ("v3", "other")):
        put(f"{folder}/{name}/app.py", APP % {"own": own})
        put(f"{folder}/{name}/lib.py", LIB)
    for name in ("old", "new"):
        put(f"{folder}/{name}/lib.py", LIB)
    put(f"{folder}/run.py", APP % {"own": "same"})
    put(f"{folder}/both.py", BOTH)
