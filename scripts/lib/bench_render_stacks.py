# SPDX-License-Identifier: MIT
"""Folded stacks to draw: so many unique ones, the same for the same numbers.

    bench_render_stacks.py [STACKS [SEED]] > FILE

Deep as those of services are (some 40 frames), with 2.5 nodes a stack, in the order in which
all tools write them. Functions are of 400 files; the deeper a stack, the less it is seen.
"""
import random
import sys

PACKAGES = ("shop", "requests", "urllib3", "sqlalchemy", "flask", "werkzeug", "jinja2", "json")
WORDS = ("handle", "dispatch", "process", "render", "parse", "execute", "commit", "load", "dump",
         "encode", "validate", "resolve", "request", "response", "session", "connection")


def functions(rng, n=20000):
    """Names with file and line, as Python code has them, in the order of the alphabet."""
    files = [f"{rng.choice(PACKAGES)}/{rng.choice(WORDS)}/{rng.choice(WORDS)}_{i}.py"
             for i in range(400)]
    found = {f"{rng.choice(WORDS).title()}{rng.choice(WORDS).title()}.{rng.choice(WORDS)}_{i} "
             f"({rng.choice(files)}:{rng.randrange(1, 900)})" for i in range(n)}
    return sorted(found)


def stacks(n, seed):
    """Walks a tree depth first: each stack leaves the last one a few frames below its leaf."""
    rng = random.Random(seed)
    names = functions(rng)
    path, used = [], []  # indexes into names; the last that each level has had
    for _ in range(n):
        drop = 1 if len(path) > 1 else 0
        while drop < len(path) - 1 and rng.random() < 0.6:
            drop += 1
        if rng.random() < 0.002:
            drop = max(0, len(path) - rng.randrange(1, 30))
        del path[len(path) - drop:]
        grow = max(1, drop + rng.choice((-1, 0, 0, 1)) if len(path) + drop > 24 else 3)
        for _ in range(min(grow, max(1, 46 - len(path)))):
            level = len(path)
            del used[level + 1:]
            # The next sibling has a later name; where there is none left, one level up has.
            low = used[level] + 1 if level < len(used) else rng.randrange(0, len(names) // 2)
            pick = min(len(names) - 1, low + int(rng.expovariate(0.02)))
            if level < len(used):
                used[level] = pick
            else:
                used.append(pick)
            path.append(pick)
        yield [names[i] for i in path], max(1, int(rng.paretovariate(1.1)))


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    lines, nodes, last = set(), 0, []
    for stack, count in stacks(n * 2, seed):
        line = ";".join(stack)
        if line in lines:
            continue
        lines.add(line)
        same = 0
        while same < min(len(last), len(stack)) and last[same] == stack[same]:
            same += 1
        nodes += len(stack) - same
        last = stack
        sys.stdout.write(f"{line} {count}\n")
        if len(lines) == n:
            break
    sys.stderr.write(f"{len(lines)} stacks, at most {nodes} nodes\n")


main()
