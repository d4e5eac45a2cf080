# SPDX-License-Identifier: MIT
"""What a profiler wrote: how many samples, how many cut short, how many that cannot be."""

import os
import re
import subprocess
import sys
import tempfile

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "../../tests/live/check_call_tree.py")


def lines(path):
    """Folded stacks: 'FRAME;FRAME;… COUNT'."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            stack, _, count = line.rstrip("\n").rpartition(" ")
            if stack and count.isdigit():
                yield stack, int(count)


# ---- the stacks, as names of functions ------------------------------------------

def read_named(path):
    """pyprof, py-spy: 'NAME (FILE:LINE)'."""
    for stack, count in lines(path):
        yield [frame.split(" ")[0] for frame in stack.split(";")], count


def read_tachyon(path):
    """'tid:N', then 'FILE:NAME:LINE'."""
    for stack, count in lines(path):
        yield [frame.split(":")[-2] for frame in stack.split(";")
               if not frame.startswith("tid:")], count


def read_mojo(path):
    from austin.events import AustinSample
    from austin.format.mojo import MojoStreamReader

    with open(path, "rb") as file:
        for event in MojoStreamReader(file):
            if isinstance(event, AustinSample):
                yield [frame.function for frame in event.frames or ()] or ["(none)"], 1


# ---- how many there are -----------------------------------------------------------

def count_folded(path):
    samples = truncated = 0
    for stack, count in lines(path):
        samples += count
        truncated += count if stack.endswith("[truncated]") else 0
    return samples, truncated


def mojo_events():
    """Austin's events up to and with the time that each sample has once: austin.format.mojo."""
    number = rb"[\x80-\xff]*[\x00-\x7f]"
    text = rb"[^\x00]*\x00"
    bare = rb"[\x04\x07\x08\x0d]"
    others = [
        rb"\x05" + number, rb"\x02" + number * 2 + text, rb"\x03" + number * 7,
        rb"\x0b" + number + text, rb"\x0c" + number, rb"\x06" + text, rb"\x0a" + number,
        rb"\x01" + text * 2, bare]
    return re.compile(rb"(?:" + rb"|".join(others) + rb")*\x09" + number)


def count_mojo(path):
    with open(path, "rb") as file:
        written = file.read()
    if written[:4] != b"MOJ\x04" and written[:4] != b"MOJ\x03":
        raise RuntimeError(f"Austin wrote a format that is not known: {written[:4]!r}")
    return sum(1 for _ in mojo_events().finditer(written, 4)), 0


# ---- what cannot be -----------------------------------------------------------------

def impossible(stacks):
    """The share of the stacks of call_tree.py that have a caller that cannot have called."""
    with tempfile.NamedTemporaryFile("w", suffix=".folded") as file:
        for names, count in stacks:
            file.write(f"{';'.join(names)} {count}\n")
        file.flush()
        said = subprocess.run([sys.executable, CHECK, file.name], capture_output=True,
                              text=True, check=False).stdout
    found = re.match(r"(\d+) samples, (\d+) truncated .*, (\d+) impossible", said)
    if not found:
        raise RuntimeError(f"{CHECK} said: {said!r}")
    return int(found[3]) / max(int(found[1]), 1)
