# SPDX-License-Identifier: MIT
"""Compares what live-dump says with the recording itself.

    check_live.py LIVE LINES FUNCTIONS REPORT THREADS

LIVE is live-dump's output, LINES and FUNCTIONS the recording as folded stacks (whole file names),
whose frames are counted here; REPORT and THREADS are `pyprof report --json` of it. A line for each
comparison, "ok" or "not ok".
"""
import collections
import json
import re
import sys

FRAME = re.compile(r"(.*?)(?: \((.*?)(?::(\d+))?\))?$")


def stacks(path):
    for line in open(path, encoding="utf-8"):
        text, value = line.rsplit(" ", 1)
        yield [FRAME.match(frame).groups() for frame in text.split(";")], int(value)


def count_rows(path):
    own, total = collections.Counter(), collections.Counter()
    for stack, value in stacks(path):
        own[stack[-1]] += value
        for frame in set(stack):
            total[frame] += value
    return {frame: (own[frame], total[frame]) for frame in total}


def count_calls(path):
    calls = collections.Counter()
    for stack, value in stacks(path):
        for call in {(a[0], b[0]) for a, b in zip(stack, stack[1:])}:
            calls[call] += value
    return calls


def count_boxes(path):
    boxes = collections.Counter()
    for stack, value in stacks(path):
        for depth in range(1, len(stack) + 1):
            boxes[";".join(frame[0] for frame in reversed(stack[:depth]))] += value
    return boxes


def compare(name, got, want):
    if got == want and want:
        print(f"ok {name}")
        return
    print(f"not ok {name}")
    for key in sorted(set(got) | set(want), key=str)[:20]:
        if got.get(key) != want.get(key):
            print(f"    {key}: {got.get(key)}, and not {want.get(key)}")


def rows_of(lines, by_line, first):
    rows = {}
    for _, mode, name, file, line, *values in (r for r in lines if r[0] == "row"):
        if int(mode) == by_line:
            key = (name, file or None, line if int(line) else None)
            rows[key] = (int(values[first]), int(values[first + 1]))
    return rows


def main():
    live, by_line, by_function, report, threads = sys.argv[1:]
    lines = [line.rstrip("\n").split("\t") for line in open(live, encoding="utf-8")]
    report, threads = json.load(open(report)), json.load(open(threads))
    _, updates, whole, boxes, _ = next(line for line in lines if line[0] == "recent")

    compare("it was asked several times", {"often": int(updates) > 1}, {"often": True})
    compare("rows by function", rows_of(lines, 0, 0), count_rows(by_function))
    compare("rows by line", rows_of(lines, 1, 0), count_rows(by_line))
    compare("what was recent adds up by function", rows_of(lines, 0, 2), count_rows(by_function))
    compare("what was recent adds up by line", rows_of(lines, 1, 2), count_rows(by_line))
    compare("what was recent adds up", {"whole": int(whole), "boxes": int(boxes)},
            {"whole": report["total"], "boxes": report["total"]})
    compare("rows are those of the report",
            {key[:2]: values for key, values in rows_of(lines, 0, 0).items()},
            {(row["function"], row["file"]): (row["self"], row["total"]) for row in report["rows"]})
    calls = count_calls(by_function)
    compare("callers", {(other, name): int(value) for kind, name, other, value, in
                        (line for line in lines if line[0] == "caller")}, calls)
    compare("callees", {(name, other): int(value) for kind, name, other, value, in
                        (line for line in lines if line[0] == "callee")}, calls)
    compare("boxes", {path: int(value) for kind, value, path in
                      (line for line in lines if line[0] == "box")}, count_boxes(by_function))
    compare("threads", {line[1]: int(line[2]) for line in lines if line[0] == "thread"},
            {row["value"].split()[1]: row["total"] for row in threads["rows"]})
    compare("processes", {"all": sum(int(line[2]) for line in lines if line[0] == "process")},
            {"all": report["total"]})


main()
