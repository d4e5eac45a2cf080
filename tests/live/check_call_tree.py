# SPDX-License-Identifier: MIT
"""Counts impossible stacks in a folded recording of targets/call_tree.py.

usage: check_call_tree.py FILE     exits 1 where a stack is impossible
"""
import re
import sys

IMPOSSIBLE = re.compile(r"^f[AB]*$")

total = impossible = truncated = lost = 0
examples = []
for line in open(sys.argv[1]):
    stack, count = line.rstrip("\n").rsplit(" ", 1)
    count = int(count)
    names = [frame.split(" ")[0] for frame in stack.split(";")]
    total += count
    if names[-1] == "[truncated]":
        truncated += count
        names.pop()
    tree = [name for name in names if IMPOSSIBLE.match(name)]
    callers = names[: len(names) - len(tree)]
    legal = callers == ["<module>", "run"] or (not tree and callers == ["<module>"][: len(callers)])
    # At the root of the tree stands `f`; each name is its caller's plus one letter.
    for i, name in enumerate(tree):
        legal = legal and len(name) == i + 1 and (i == 0 or name[:-1] == tree[i - 1])
    if names[: len(callers)] + tree != names:
        legal = False
    if not legal:
        impossible += count
        examples.append(stack)
print("%d samples, %d truncated (%.1f%%), %d impossible" % (
    total, truncated, 100.0 * truncated / max(total, 1), impossible))
for stack in examples[:5]:
    print("  impossible: " + stack)
sys.exit(1 if impossible or not total else 0)
