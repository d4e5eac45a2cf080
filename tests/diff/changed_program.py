# SPDX-License-Identifier: MIT
"""A program and the same after a change, for test-pair: write(folder, head, rounds)."""
import os

HELPERS = """
def keep(n):
    total = 0
    for i in range(n):
        total += i
        total ^= i
    return total

%s
"""
CHECKSUM = """
def checksum(n):
    total = 1
    for i in range(n):
        total = total * 31 + i
        total &= 65535
    return total
"""
APP = """%(header)s
import helpers
%(checksum_here)s
def %(tokenize)s(n):
    words = []
    for i in range(n):
        if i %% 3:
            words.append(i)
        else:
            words.append(-i)
    return len(words)

class %(Reader)s(object):
    def step(self, n):
        found = 0
        for i in range(n):
            found += i & 3
        return found

    def load(self, n):
        self.lines = [str(i) for i in range(n // 8)]
        return self.step(n)

%(decoys)s

def parse(n):
    return %(tokenize)s(n)

def report(n):
    return %(decoy)s(n)

def main():
    reader = %(Reader)s()
    for _ in range(%(rounds)d):
        parse(40000)
        reader.load(40000)
        report(40000)
        %(checksum)s(40000)
        helpers.keep(40000)
        again(20000)

def again(n):
    return %(again)s(n)

main()
"""
# What is new has the place and the cost of what went, and nothing else of it.
OLD = """
def render(n):
    text = 0
    for i in range(n):
        text += len("x")
    return text

def squash(n):
    total = 0
    while n:
        n -= 1
        total += n
    return total
"""
NEW = """
# Other lines, another name.

def by_weight(n):
    heap = [0]
    for i in range(n):
        heap[0] = i
        heap[0] += 1
    return heap

def only_evens(n):
    evens = {}
    for i in range(n):
        evens[i & 7] = i
    return len(evens)
"""


def write(folder, head, rounds):
    """Returns the path of the program."""
    os.makedirs(folder)
    names = dict(header="# A word on top.\n" * 12 if head else "", rounds=rounds,
                 checksum="helpers.checksum" if head else "checksum",
                 checksum_here="" if head else CHECKSUM,
                 tokenize="split_tokens" if head else "tokenize",
                 Reader="Source" if head else "Reader",
                 decoys=NEW if head else OLD,
                 decoy="by_weight" if head else "render",
                 again="only_evens" if head else "squash")
    with open(folder + "/helpers.py", "w") as out:
        out.write(HELPERS % (CHECKSUM if head else ""))
    with open(folder + "/app.py", "w") as out:
        out.write(APP % names)
    return folder + "/app.py"


def renames(qualified):
    """[(base, head)]: names as the interpreter has them."""
    found = [("checksum", "checksum"), ("tokenize", "split_tokens")]
    if qualified:
        found += [("Reader.load", "Source.load"), ("Reader.step", "Source.step")]
    return sorted(found)
