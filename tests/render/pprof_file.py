# SPDX-License-Identifier: MIT
"""A profile as Go's pprof reads it, written from its published format and nothing of ours.

https://github.com/google/pprof/blob/main/proto/profile.proto: a sample type "samples/count",
one location and one function for each distinct frame.
"""
import functools
import gzip
import os
import shutil
import subprocess

import one_time


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """An integer field, or one of bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def encode(stacks, began=0):
    """Stacks are (frames from the root on, value); began in ns of real time, 0 not known."""
    strings, ids = [""], {}

    def string(text):
        if text not in ids:
            ids[text] = len(strings)
            strings.append(text)
        return ids[text]

    functions, body = {}, bytearray()
    body += field(1, field(1, string("samples")) + field(2, string("count")))
    for frames, value in stacks:
        locations = b"".join(varint(functions.setdefault(text, len(functions) + 1))
                             for text in reversed(frames))
        body += field(2, field(1, locations) + field(2, varint(value)))
    for text, number in functions.items():
        body += field(4, field(1, number) + field(4, field(1, number)))
        body += field(5, field(1, number) + field(2, string(text)))
    for text in strings:
        body += field(6, text.encode())
    body += field(9, began)
    return gzip.compress(bytes(body))


def find():
    return shutil.which("go")


@functools.lru_cache(None)
def program():
    """The words that start Go's pprof. `go tool pprof` builds it the first time, and from Go 1.25 on
    looks it up in its cache each time, which takes ten times as long as pprof does.
    """
    words = ["go", "tool", "pprof"]
    with one_time.alone("pprof"):
        subprocess.run([*words, "-help"], capture_output=True, timeout=300, check=False)
        asked = subprocess.run(["go", "tool", "-n", "pprof"], capture_output=True, text=True,
                               timeout=120, check=False)
    path = asked.stdout.strip()
    return [path] if asked.returncode == 0 and os.access(path, os.X_OK) else words


def top(path):
    """{function: (flat, flat%, cum, cum%)} as `go tool pprof -top` prints them."""
    text = subprocess.run([*program(), "-top", "-nodecount=100000", "-nodefraction=0",
                           "-edgefraction=0", path], check=True, capture_output=True,
                          text=True).stdout
    rows = {}
    for line in text[text.index("cum%") + 4:].splitlines():
        parts = line.split(None, 5)
        if len(parts) == 6:
            rows[parts[5]] = (int(parts[0]), parts[1], int(parts[3]), parts[4])
    return rows
