# SPDX-License-Identifier: MIT
"""What this interpreter says about the lines and columns of its own code.

Runs on every CPython from 2.7 on, from standard input, with nothing beside it. Compiles
much of its standard library and some sources made to be nasty, and prints for every code
object (see tests/tools/check-lines.c):

    CODEC FIRSTLINENO CODE_BYTES TABLE_HEX COUNT*LINE:COLUMN,COUNT*LINE:COLUMN...

with the line and column of every unit of code (2 bytes; 2.7: 1), 0 where it has none. The lines are
the interpreter's, asked twice: co_lines() or dis.findlinestarts(), and PyCode_Addr2Line(),
which must agree. Columns are those of co_positions() (3.11 and later), from 1 on. Then, of frames
that are running,

    at CODEC FIRSTLINENO CODE_BYTES TABLE_HEX LASTI LINE COLUMN

with f_lasti and f_lineno.

With -X no_debug_ranges no code of the compiler has a column; tables made here, which have, are left
out then.
"""
from __future__ import print_function

import dis
import os
import random
import sys
import types

VERSION = sys.version_info[:2]
UNIT = 1 if VERSION < (3, 0) else 2
NO_COLUMNS = VERSION < (3, 11) or "no_debug_ranges" in sys._xoptions
MODULES = """
abc argparse ast asyncio.base_events asyncio.tasks base64 bdb bisect calendar cgi cmd
collections collections.__init__ concurrent.futures._base configparser contextlib copy csv
ctypes.__init__ dataclasses datetime decimal _pydecimal difflib dis doctest email.message
email._header_value_parser enum fractions ftplib functools gettext glob gzip heapq html.parser
http.client http.server httplib imaplib inspect ipaddress json.decoder keyword locale
logging.__init__ mailbox mimetypes numbers opcode optparse os pathlib pathlib.__init__ pdb
pickle pickletools platform plistlib pprint profile pydoc pydoc_data.topics queue quopri random
re re._compiler sre_compile sre_parse selectors shlex shutil smtplib socket sqlite3.dbapi2 ssl
statistics string subprocess symtable tarfile tempfile textwrap threading timeit tokenize
traceback turtle types typing unittest.case unittest.mock urllib.request urllib2 uuid
weakref xml.dom.minidom xmlrpc.client zipfile zipfile.__init__
""".split()

try:
    import ctypes

    addr2line = ctypes.pythonapi.PyCode_Addr2Line
    addr2line.argtypes = [ctypes.py_object, ctypes.c_int]
    addr2line.restype = ctypes.c_int
except (ImportError, AttributeError):
    addr2line = None


def codec():
    if VERSION < (3, 0):
        return "lnotab-unsigned"
    if VERSION < (3, 10):
        return "lnotab"
    return "linetable" if VERSION < (3, 11) else "locations"


def table(code):
    raw = bytearray(code.co_lnotab if VERSION < (3, 10) else code.co_linetable)
    return "".join("%02x" % byte for byte in raw) or "-"


def head(code):
    return "%s %d %d %s" % (codec(), code.co_firstlineno, len(code.co_code), table(code))


def lines_by_library(code):
    """One line a unit, from the library's own reading of the table."""
    n = len(code.co_code) // UNIT
    if VERSION >= (3, 10):
        lines = [0] * n
        for start, end, line in code.co_lines():
            for unit in range(start // UNIT, min(end // UNIT, n)):
                lines[unit] = max(line or 0, 0)
        return lines
    # findlinestarts() says nothing of what comes before its first start.
    starts = dict(dis.findlinestarts(code))
    lines, line = [], code.co_firstlineno
    for unit in range(n):
        line = starts.get(unit * UNIT, line)
        lines.append(max(line, 0))
    return lines


def lines_by_interpreter(code):
    # A step leads through the table from its start: long code takes too long.
    n = len(code.co_code) // UNIT
    units = range(n) if n < 3000 else range(0, n, n // 500)
    return dict((u, max(addr2line(code, u * UNIT), 0)) for u in units)


def columns_of(code, lines):
    """From 1 on; 0 where there is none, or no line."""
    if VERSION < (3, 11):
        return [0] * len(lines)
    columns = [0 if column is None or column >= 65535 else column + 1
               for _, _, column, _ in code.co_positions()]
    columns += [0] * (len(lines) - len(columns))  # as lines: the table ends before the code
    return [column if line else 0 for line, column in zip(lines, columns)]


def runs(places):
    out = []
    for place in places:
        if out and out[-1][1] == place:
            out[-1][0] += 1
        else:
            out.append([1, place])
    return ",".join("%d*%d:%d" % ((count,) + place) for count, place in out)


def show(code):
    lines = lines_by_library(code)
    if addr2line:
        for unit, line in lines_by_interpreter(code).items():
            if lines[unit] != line:
                sys.exit("oracle: %s:%d %s, unit %d: the library says line %d, the "
                         "interpreter %d" % (code.co_filename, code.co_firstlineno,
                                             code.co_name, unit, lines[unit], line))
    print(head(code), runs(zip(lines, columns_of(code, lines))))
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            show(const)


def show_source(source, name):
    try:
        code = compile(source, name, "exec", dont_inherit=True)
    except SyntaxError:
        return  # of another version
    show(code)


def library_sources():
    folder = os.path.dirname(os.__file__)
    for module in MODULES:
        path = os.path.join(folder, *module.split(".")) + ".py"
        if os.path.exists(path):
            with open(path, "rb") as file:
                yield file.read(), module


NASTY = {
    # The loop's test moves behind its body; arguments come after the call's line.
    "backwards": """
def f(a, b):
    while (a and
           b):
        a = g(
            a,
            h(
                b
            ),
            *
            a
        )
    for x in (y
              for y in
              a):
        print(x,
              a)
    return (
        a
        +
        b
    )
""",
    "continued": "def f(a):\n    return a + \\\n  \\\n \\\n  a * \\\n  a(\\\na)\n\n\nx = 1; y = \\\n2; \\\nz = f(\\\n3)\n",
    "decorated": """
def d(*a):
    return lambda f: f
@d(1,
   2)
@d(
    3
)
@d
def f(a=d(
          1),
      b=2):
    '''doc'''
@d
class C(
        object):
    @d
    @property
    def p(self): return [
        x for x in
        range(1)
    ]
    @staticmethod
    def q(): pass
""",
    "handlers": """
def f():
    try:
        g()
    except (A,
            B) as e:
        raise
    except C:
        return 1
    else:
        x = 2
    finally:
        with a as b, \\
             c:
            if a: g()
            elif c: pass
            else: del b
    for i in a:
        if i: continue
        break
    else:
        assert i, (
            'no'
        )
    return lambda: (
        yield)
""",
    "matching": """
def f(a):
    match a:
        case [1,
              2]: return 1
        case {"k": v} if (
                v):
            pass
        case _:
            a = 2
    return (b :=
            a)
""",
    "async": """
async def f(a):
    async with a as b:
        async for c in b:
            await c(
                1)
    return [d async for d in
            e if await
            d]
""",
    "groups": "def f():\n    try:\n        g()\n    except* A as e:\n        h(\n          e)\n    except* B:\n        pass\n",
    "typed": "class C[T]:\n    type A[U] = dict[\n        T,\n        U]\n    def f[\n      V](self, a: V = (\n         1)) -> V: ...\n",
    "strings": "def f(a, b):\n    return f'''{a\n}{b!r:>{\na}}''' % (\n   b)\n",
    "empty": "",
    "blank": "\n" * 1000,
    "one": "pass",
}


def made_sources():
    for name in sorted(NASTY):
        yield NASTY[name], name
    # Line deltas around every bound of every codec, there and back.
    for gap in (1, 2, 3, 30, 31, 32, 33, 62, 63, 64, 126, 127, 128, 129, 130, 254, 255, 256,
                257, 510, 511, 2047, 2048, 70000):
        nl = "\n" * gap
        yield "def f(a):\n    a(" + nl + "a, a(" + nl + "a))\n    return (a" + nl + "+ a)" + nl + "\n", "gap"
        yield nl + "x = f(" + nl + "1)" + nl + "y = 2\n", "module gap"
        yield "def f(a):\n    while a(1," + nl + "2):\n        a(" + nl + "3)\n" + nl + "    return a\n", "loop gap"
    # Columns around every bound: of the forms, of a byte, of what we keep.
    for gap in (0, 1, 5, 6, 7, 8, 70, 71, 72, 77, 78, 79, 80, 81, 119, 120, 121, 125, 126, 127,
                128, 129, 4090, 4096, 65520, 65529, 65530, 65531, 65532, 65533, 65534, 70000):
        yield "a =" + " " * gap + "(b.c(d),\n" + " " * gap + "e + f[1:2], g(h=i))\n", "columns"
        yield "a = " + " " * gap + "u'\xe9' + b(c)\n", "wide letters"
    # Much code on one line: address deltas around every bound.
    for n in (1, 5, 20, 40, 41, 42, 43, 60, 61, 62, 63, 64, 65, 85, 86, 127, 128, 129, 300):
        line = "a = " + " + ".join(["a"] * n)
        yield "def f(a):\n    %s\n    %s\n\n\n    return a\n" % (line, line), "wide"
        yield "def f(a):\n    return [%s]\n" % ", ".join("a.b(c,\nd)" for _ in range(n)), "wide calls"
    # Long functions, so that jumps need EXTENDED_ARG.
    body = "".join("        if a[%d]:\n            a.x%d(\n b)\n" % (i, i) for i in range(600))
    yield "def f(a, b):\n    for c in a:\n" + body + "    return a\n", "long"


def with_table(code, raw, first):
    """The same code with another table and first line."""
    raw = bytes(bytearray(raw))
    if VERSION >= (3, 10):
        return code.replace(co_linetable=raw, co_firstlineno=first)
    if VERSION >= (3, 8):
        return code.replace(co_lnotab=raw, co_firstlineno=first)
    args = [code.co_argcount]
    if VERSION >= (3, 0):
        args.append(code.co_kwonlyargcount)
    args += [code.co_nlocals, code.co_stacksize, code.co_flags, code.co_code, code.co_consts,
             code.co_names, code.co_varnames, code.co_filename, code.co_name, first, raw]
    return types.CodeType(*args)


def random_lnotab(rng, n):
    """Pairs that may stop short of the code's `n` bytes, or run beyond them."""
    raw, end = [], rng.choice((n // 2, n, n + 40))
    while end > 0:
        delta = rng.choice((0, 2, 4, 20, 254)) if UNIT == 2 else rng.randrange(256)
        raw += [delta, rng.choice((0, 1, 5, 127, 128, 129, 255))]
        end -= delta
    return raw


def random_linetable(rng, n):
    raw = []
    while n > 0:
        delta = min(n, rng.choice((0, 2, 4, 20, 254)))
        raw += [delta, rng.choice((0, 1, 5, 127, 128, 128, 129, 255))]
        n -= delta
    return raw


def varint(value):
    raw = []
    while value >= 64:
        raw.append(value & 63 | 64)
        value >>= 6
    return raw + [value]


def random_locations(rng, n):
    raw, units = [], n // 2
    while units > 0:
        length = min(units, rng.randrange(1, 9))
        units -= length
        kind = rng.randrange(16)
        raw.append(128 | kind << 3 | length - 1)
        delta = rng.choice((0, 1, 2, 3, 62, 63, 64, 127, 4095, 4096, 131071))
        if kind >= 13 and kind != 15:
            raw += varint(delta << 1 | rng.randrange(2))
        if kind == 14:
            column = rng.choice((0, 1, 63, 64, 65, 4095, 4096, 65534, 65535, 65536, 10 ** 6))
            raw += varint(rng.randrange(90)) + varint(column) + varint(1)
        if kind < 13:
            raw += [rng.randrange(128) for _ in range(1 if kind < 10 else 2)]
    return raw


def remade(code):
    """Tables that no compiler wrote, and that the interpreter reads all the same."""
    rng = random.Random(1)
    make = {"linetable": random_linetable, "locations": random_locations}
    for i in range(300):
        raw = make.get(codec(), random_lnotab)(rng, len(code.co_code))
        yield with_table(code, raw, rng.choice((0, 1, 40, 65536, 2 ** 30)))


# ---- frames that run ---------------------------------------------------------------

def at(frame):
    code = frame.f_code
    line = frame.f_lineno or 0
    # f_lasti is in bytes on every version, however the frame holds it.
    unit = frame.f_lasti // UNIT
    column = columns_of(code, [line] * (unit + 1))[unit]
    print("at", head(code), frame.f_lasti, line, column)


def note(*_):
    at(sys._getframe(1))
    return 1


RUNNING = """
def plain():
    note()
    note(
        1,
        note(
            2),
        note(3)
    )
    return [note(x)
            for x in
            (1, note(
                2))]

def generator():
    for x in (1,
              2):
        yield note(
            x)
    try:
        raise KeyError(
            note())
    except KeyError:
        note()
    finally:
        note(
            note())

d = lambda f: note(
    f) and f
@d
class C(object):
    a = note()
    def __init__(self,
                 x=note(
                     )):
        note(); note(x,
                     note()); \\
            note()
""" + "\n" * 300 + """
    def far(self):
        return note(
""" + "\n" * 200 + """
            note())

plain()
list(generator())
C().far()
(lambda: note(
    1))()
"""


def main():
    for source, name in made_sources():
        show_source(source, name)
    for name in () if NO_COLUMNS else ("blank", "handlers", "decorated"):
        for code in remade(compile(NASTY[name], "remade", "exec")):
            show(code)
    for source, name in library_sources():
        show_source(source, name)
    exec(compile(RUNNING, "running", "exec"), {"note": note})
    print("end")


main()
