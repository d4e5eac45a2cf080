# SPDX-License-Identifier: MIT
"""What a picture must say, counted anew from a workload's text (workloads.py)."""
import codecs
import functools
import re
import unicodedata
from urllib.parse import unquote_to_bytes


def _as_lone_surrogates(error):
    """Surrogates in their three-byte form are taken, other bytes stand alone."""
    data = error.object[error.start:error.start + 3]
    if re.fullmatch(rb"\xed[\xa0-\xbf][\x80-\xbf]", data):
        return data.decode("utf-8", "surrogatepass"), error.start + 3
    return chr(0xdc00 + error.object[error.start]), error.start + 1


codecs.register_error("stranger", _as_lone_surrogates)


def _hidden(char):
    code = ord(char)
    if char in "\u200c\u200d":
        return False
    if code & 0xfffe == 0xfffe or 0xfdd0 <= code <= 0xfdef:
        return True
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escape(char):
    code = ord(char)
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return short.get(char) or (f"\\x{code:02x}" if code < 0x100 else
                               f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


@functools.lru_cache(maxsize=None)
def visible(text):
    out, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        out.append(_escape(char) if _hidden(char) or marks > 4 else char)
    return "".join(out)


def short_path(path, cwd):
    for pattern in (r".*/(?:site|dist)-packages/(.+)", r".*/lib(?:64)?/python\d\.\d+/(.+)"):
        found = re.fullmatch(pattern, path, re.DOTALL)
        if found:
            return found.group(1)
    return path[len(cwd):] if cwd and path.startswith(cwd) else path


def frame_text(field, cwd):
    name, path, _, line = (unquote_to_bytes(part).decode("utf-8", "stranger")
                           for part in field.split(","))
    if not path and line == "0":
        return name
    return f"{name} ({short_path(path, cwd)}{':' + line if line != '0' else ''})"


def numbered(what, number="0", name=""):
    return f"{what} {number if number != '0' else '?'}" + (f" ({name})" if name else "")


TRUNCATED = "[truncated]"  # asked by its identity: a function may be called so too


class Node:
    def __init__(self):
        self.total = 0
        self.callees = {}

    def add(self, stack, value):
        node = self
        node.total += value
        for text in stack:
            node = node.callees.setdefault(text, Node())
            node.total += value


class Truth:
    """The tree and the stacks of a workload, by one of its metrics."""

    def __init__(self, text, metric=0):
        self.samples = []  # (stack, all values, thread's text, process's text)
        cwd = None
        texts = {}
        self.root = Node()
        self.stacks = []
        self.library = set()  # texts of frames that are not the program's own
        for line in text.splitlines():
            if line.startswith("!"):
                if line.startswith("!cwd "):
                    cwd = unquote_to_bytes(line[5:]).decode()
                continue
            values, who, marks, *fields = line.split(" ")
            values = [int(value) for value in values.split(",")]
            value = values[metric]
            who = [unquote_to_bytes(part).decode("utf-8", "stranger") for part in who.split(",")]
            for field in fields:
                if field not in texts:
                    texts[field] = frame_text(field, cwd)
                    path = unquote_to_bytes(field.split(",")[1]).decode("utf-8", "stranger")
                    if re.search(r"/(site|dist)-packages/|/lib(64)?/python\d|^<frozen ", path):
                        self.library.add(texts[field])
            stack = [texts[field] for field in fields]
            if marks == "1":
                stack.append(TRUNCATED)
            self.samples.append((stack, values, numbered("thread", *who[:2]),
                                 numbered("process", *who[2:])))
            if value:
                self.stacks.append((stack, value))
                self.root.add(stack, value)

    @property
    def total(self):
        return self.root.total

    def matched(self, query, below=()):
        """Weight of the stacks below a path that hold a match, each counted once."""
        return sum(value for stack, value in self.stacks
                   if tuple(stack[:len(below)]) == tuple(below)
                   and any(query in visible(text).lower() for text in stack))

    def count_nodes(self):
        n, todo = 0, [self.root]
        while todo:
            node = todo.pop()
            n += 1
            todo += node.callees.values()
        return n


def percent(part, whole):
    hundredths = (part * 10000 * 2 + whole) // (2 * whole) if whole else 0
    if part and not hundredths:
        return "<0.01%"
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def function_of(text):
    """A frame's text without its line."""
    return re.sub(r":\d+\)$", ")", text)


def show(samples, metric=0, by_function=False, collapse=False, hide=(), only=None, of=None,
         callers=False):
    """The stacks of a view, {stack: weight}: what flame-view.js has to come to.

    hide: texts of frames, or of functions; only, of: a function's text.
    """
    shown = {}
    for stack, values, *_ in samples:
        functions = [function_of(text) for text in stack]
        if not values[metric] or (only and only not in functions):
            continue
        if of:
            if of not in functions:
                continue
            at = functions.index(of)
            stack = stack[:at][::-1] if callers else stack[at + 1:]
        frames = [] if not of else [of]
        for text in stack:
            function = function_of(text)
            if text in hide or function in hide:
                continue
            if collapse and frames and function_of(frames[-1]) == function and \
                    text != "[truncated]":
                continue
            frames.append(function if by_function else text)
        shown[tuple(frames)] = shown.get(tuple(frames), 0) + values[metric]
    return shown


def luminance(color):
    def channel(c):
        c = int(c) / 255
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
    r, g, b = (channel(c) for c in color[color.index("(") + 1:-1].split(",")[:3])
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    a, b = sorted((luminance(one), luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


# How colours look to those who lack one kind of cone (Machado, Oliveira and Fernandes 2009).
BLIND = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
               (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
               (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
               (0.004733, 0.691367, 0.303900)),
}


def oklab(color, blind=None):
    """A CSS rgb() colour in OKLab, where distances are those that are seen."""
    linear = []
    for c in color[color.index("(") + 1:-1].split(",")[:3]:
        c = int(c) / 255
        linear.append(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
    if blind:
        linear = [max(0, sum(m * c for m, c in zip(row, linear))) for row in BLIND[blind]]
    cones = [sum(m * c for m, c in zip(row, linear)) ** (1 / 3) for row in (
        (0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005))]
    return [sum(m * c for m, c in zip(row, cones)) for row in (
        (0.2104542553, 0.7936177850, -0.0040720468), (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660))]


def color_distance(one, other, blind=None):
    return sum((a - b) ** 2 for a, b in zip(oklab(one, blind), oklab(other, blind))) ** 0.5


class Checks:
    """Prints one line a check; exit_code() closes with the count."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, name, *details):
        print(("ok - " if good else "not ok - ") + name, flush=True)
        if good:
            self.passed += 1
            return
        self.failed += 1
        for detail in details:
            print("    # " + repr(detail)[:1000], flush=True)

    def equal(self, found, wanted, name):
        self.check(found == wanted, name, "found", found, "wanted", wanted)

    def exit_code(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0
