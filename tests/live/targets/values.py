# SPDX-License-Identifier: MIT
"""Has values of every kind as variables of frames, prints their repr(), and waits.

Runs on every CPython from 2.7 on, with nothing beside it. A line a variable, for
tests/tools/check-values.c: FUNCTION NAME KIND MUST HEX. What MUST is, the variable's name tells by
how it begins: own_, cut_, hide_ and red_ (redacted), cycle_, maybe_; else the text has to be exact. The
name itself is one to be withheld where it begins with hide_.
"""
from __future__ import print_function

import binascii
import collections
import datetime
import decimal
import fractions
import functools
import os
import signal
import sys
import types
import uuid
import weakref

PY2 = sys.version_info[0] == 2
PY37 = sys.version_info >= (3, 7)
MUSTS = {"own": "own", "cut": "cut", "hide": "redacted", "red": "redacted", "cycle": "cycle", "maybe": "maybe", "un": "unbound"}

if not PY2:
    unicode, long, xrange, unichr = str, int, range, chr


def hexed(text):
    if isinstance(text, unicode):
        text = text.encode("utf-8")
    return binascii.hexlify(text).decode("ascii") or "-"


def say(function, name, kind, must, value):
    try:
        text = hexed(repr(value))
    except ValueError:  # an int of too many digits
        text = "00"
    print(function, name, kind, must, text)


def show(function, variables, args=(), free=()):
    """Says all variables of a frame, whose locals() they are."""
    for name in sorted(variables):
        kind = "arg" if name in args else "free" if name in free else "var"
        say(function, name, kind, MUSTS.get(name.split("_")[0], "exact"), variables[name])


# ---- numbers ------------------------------------------------------------------------

class Int(int):
    pass


class Float(float):
    pass


def numbers(then):
    none, true, false, ellipsis, notimplemented = None, True, False, Ellipsis, NotImplemented
    small = [0, 1, -1, 5, -5, 256, 257, -258, 2 ** 30 - 1, 2 ** 30, -2 ** 30, 2 ** 31, 2 ** 63 - 1, -2 ** 63]
    big = [sign * (2 ** bits + add) for bits in (59, 60, 61, 63, 64, 89, 90, 127, 128, 500, 1000) for sign in (1, -1)
           for add in (-1, 0, 1)]
    tens = [sign * 10 ** n + add for n in (1, 8, 9, 10, 17, 18, 19, 27, 36, 100, 999) for sign in (1, -1)
            for add in (-1, 0, 1)]
    longs = [long(0), long(7), long(-7), long(2 ** 40)]
    longest = 10 ** 4299 + 12345
    cut_digits = 3 ** 10400
    own_huge = 1 << 10 ** 6
    mine = Int(2 ** 60)
    floats = [0.0, -0.0, 1.0, -1.5, 0.1, 1 / 3.0, 2 / 3.0, 1e15, 1e16, 1e17, 123456789012345678.0, 1e22, 1e23, 1e-4,
              1e-5, 0.00012345, 1.5e-7, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 9007199254740993.0,
              4503599627370496.5, 1e100, float("inf"), float("-inf"), float("nan"), 3.141592653589793, 100.0, 12e3]
    powers = [2.0 ** n for n in range(-1074, 1024, 7)] + [2.0 ** -44, 2.0 ** 89]
    nearly = [x * (1 + 2.0 ** -52) for x in powers[1:-1:9]] + [x * (1 - 2.0 ** -53) for x in powers[1:-1:9]]
    spread = [(i * 7919 % 104729) / 1009.0 * 10 ** (i % 40 - 20) for i in range(600)]
    my_float = Float(2.5)
    complexes = [0j, 1j, -1j, 1 + 2j, 1 - 2j, complex(-0.0, 1), complex(0.0, -0.0), complex(-0.0, -0.0), 1.5e300 + 1e-7j,
                 complex(float("nan"), float("inf")), complex(float("-inf"), float("-inf"))]
    decimals = [decimal.Decimal(t) for t in ("0", "1", "-1", "0.1", "1.10", "-123456789012345678901234567890.123456789",
                                             "0.000001", "100", "-0", "0.00", "1" * 19, "1" * 20, "9" * 57,
                                             "0." + "0" * 5 + "3")]
    special = [decimal.Decimal(t) for t in ("NaN", "Infinity", "-Infinity", "sNaN", "-NaN")]
    if PY2:
        maybe_special, special = special, None
    maybe_decimals = [decimal.Decimal(t) for t in ("1E+5", "-1.5E-30", "0E-7", "1E-7", "0E+3", "12.5E+100")]
    maybe_payload = [decimal.Decimal("NaN123")]
    if not PY2:
        parts = [fractions.Fraction(1, 3), fractions.Fraction(-5, 4), fractions.Fraction(10)]
    show("numbers", locals(), ["then"])
    then()


# ---- texts --------------------------------------------------------------------------

class Text(unicode):
    pass


class Bytes(bytes):
    pass


def texts(then):
    quotes = [u"", u"a", u"it's", u'say "x"', u"both ' and \"", u"back\\slash", u"'\"", "'", '"']
    controls = u"".join(unichr(c) for c in range(0x180))
    tabs = u"\t\n\r\0\x1b[31m\x7f\x80\x9f\xa0\xad"
    wide = u"\u0100\u1680\u2028\u2029\u200b\u3000\ufeff\ufffd\uffff\ue000\u4e2d\u0378\u20bf"
    astral = u"\U0001f40d\U0001f9ff\U000e0001\U0010ffff\U00020000\U0001fae8\U0001cc00"
    mixed = u"caf\xe9 \u6f22 \U0001f600 end"
    if not PY2:
        lone = [chr(0xd800), "a" + chr(0xdfff) + "b", chr(0xdc80), chr(0xd83d) + chr(0xdc0d)]
    unassigned = [unichr(c) if c < 0x10000 else ("\\U%08x" % c).encode("ascii").decode("unicode-escape")
                  for c in list(range(0x860, 0x980)) + list(range(0x1c80, 0x1d00)) + list(range(0x10ec0, 0x10f80)) +
                  list(range(0x1fac0, 0x1fb00)) + list(range(0x2fe0, 0x3000)) + list(range(0x31e0, 0x3400, 7))]
    raw = [b"", b"a", b"it's", b'say "x"', b"both ' and \"", b"\0\xff\x80\\", bytes(bytearray(range(256)))]
    arrays = [bytearray(), bytearray(b"abc'"), bytearray(b"\0\xff\"'")]
    shifted = bytearray(b"0123456789")
    del shifted[:3]
    long_text = u"x" * 4999 + u"\xe9"
    cut_text = u"y" * 100000
    cut_gigabyte = bytearray(1 << 24)
    mine, my_bytes = Text(u"mine"), Bytes(b"mine")
    red_urls = [u"postgresql://user:s3cret@host/db", b"http://a:b@c", u"x ftp://me:pw@h and http://u:p@h2/ y"]
    urls = [u"http://host:80/", u"http://host/a:b@c", u"mailto:x@y", u"http://user@host:80/", "http://"]
    show("texts", locals(), ["then"])
    then()


# ---- containers ---------------------------------------------------------------------

class List(list):
    pass


class Tuple(tuple):
    pass


class Dict(dict):
    pass


class Set(set):
    pass


class Frozen(frozenset):
    pass


class Deque(collections.deque):
    pass


class Default(collections.defaultdict):
    pass


class Ordered(collections.OrderedDict):
    pass


class Count(collections.Counter):
    pass


class OwnList(list):
    def __repr__(self):
        return "my own"


Point = collections.namedtuple("Point", "x y")
Empty = collections.namedtuple("Empty", "")


class Named(Point):
    pass


class Plain(object):
    pass


def containers(then):
    lists = [[], [1], [1, "a", None], [[], [[]]], List([1, 2]), List()]
    tuples = [(), (1,), (1, 2), ((), ((),)), Tuple((1,)), Tuple()]
    dicts = [{}, {1: 2}, {"a": {"b": [1, {}]}}, Dict(a=1), Dict(), {None: True, (1, 2): b"x", 1.5: u"y"}]
    large = dict(("k%d" % i, i) for i in range(500))
    holes = dict((i, i) for i in range(200))
    for i in range(0, 200, 3):
        del holes[i]
    own_plain = Plain()
    own_plain.one, own_plain.two, own_plain.three = 1, 2, 3
    attributes = own_plain.__dict__
    own_back = Plain()
    own_back.three, own_back.two, own_back.one = 3, 2, 1
    attributes_back = own_back.__dict__
    sets = [set(), set([1]), set(["a", 2, None, (3,)]), frozenset(), frozenset([1, 2]), Set([1]), Set(), Frozen([2]),
            Frozen()]
    set_of_many = set(range(0, 3000, 3))
    thinned = set("abcdefghijklmnop")
    for letter in "aeio":
        thinned.discard(letter)
    deques = [collections.deque(), collections.deque([1, 2]), collections.deque("ab", 5), Deque([1]), Deque([1], 3),
              collections.deque(range(300)), collections.deque(maxlen=0)]
    turned = collections.deque(range(100), 150)
    turned.rotate(37)
    turned.extendleft(range(70))
    ordered = [collections.OrderedDict(), collections.OrderedDict([("b", 1), ("a", [2])]), Ordered([(1, 2)]), Ordered()]
    moved = collections.OrderedDict((i, -i) for i in range(20))
    for i in range(0, 20, 4):
        moved[i + 100] = moved.pop(i)
    if not PY2:
        moved.move_to_end(3, last=False)
        moved.move_to_end(7)
    defaults = [collections.defaultdict(), collections.defaultdict(list), collections.defaultdict(None, {1: 2}),
                collections.defaultdict(int, {"a": 1}), Default(list, {1: [2]})]
    counters = [collections.Counter(), collections.Counter("abracadabra"), Count("aab"),
                collections.Counter({"x": -2, "y": 0, "z": 10 ** 12})]
    maybe_counters = [collections.Counter({"x": 1.5, "y": 2})]
    points = [Point(1, "b"), Point(Point(1, 2), ()), Empty(), Named(3, 4)]
    slices = [slice(1), slice(None), slice(1, 2, 3), slice("a", (1,))]
    ranges = [xrange(0), xrange(5), xrange(1, 5), xrange(1, 20, 3), xrange(10, 0, -2), xrange(-5, -1)]
    mapping = {"a": attributes, "b": [attributes]}
    own_list = OwnList([1, 2])
    if not PY2:
        spaces = [types.SimpleNamespace(), types.SimpleNamespace(b=1, a=[2])]
        far = [range(10 ** 20), range(0, 2 ** 65, 2 ** 33)]
    show("containers", locals(), ["then"])
    then()


def cycles(then):
    cycle_list = [1]
    cycle_list.append(cycle_list)
    cycle_tuple = ([],)
    cycle_tuple[0].append(cycle_tuple)
    cycle_dict = {1: 2}
    cycle_dict["me"] = cycle_dict
    cycle_two = [{}]
    cycle_two[0]["back"] = cycle_two
    cycle_deque = collections.deque([1])
    cycle_deque.append(cycle_deque)
    cycle_default = collections.defaultdict(list)
    cycle_default[1] = cycle_default
    cycle_ordered = collections.OrderedDict()
    cycle_ordered["x"] = cycle_ordered
    if not PY2:
        cycle_space = types.SimpleNamespace(a=1)
        cycle_space.b = cycle_space
    twice = [[1]]
    twice.append(twice[0])
    own_plain = Plain()
    own_plain.me = own_plain
    cut_deep = []
    for _ in range(100):
        cut_deep = [cut_deep]
    cut_wide = list(range(100000))
    cut_dict = dict.fromkeys(range(5000))
    cut_nested = [["z" * 1000] * 50] * 50
    show("cycles", locals(), ["then"])
    then()


# ---- times --------------------------------------------------------------------------

class Zone(datetime.tzinfo):
    def __repr__(self):
        return "<zone>"

    def utcoffset(self, when):
        return datetime.timedelta(0)


class Date(datetime.date):
    pass


def times(then):
    D = datetime
    dates = [D.date(1, 1, 1), D.date(9999, 12, 31), D.date(2020, 2, 29), Date(2021, 3, 4)]
    hours = [D.time(), D.time(1), D.time(1, 2), D.time(1, 2, 3), D.time(1, 2, 3, 4), D.time(0, 0, 0, 999999)]
    moments = [D.datetime(2020, 1, 2), D.datetime(2020, 1, 2, 3, 4, 5), D.datetime(2020, 1, 2, 3, 4, 5, 6),
               D.datetime(2020, 1, 2, 0, 0, 0, 1)]
    deltas = [D.timedelta(0), D.timedelta(1), D.timedelta(-1), D.timedelta(0, 1), D.timedelta(0, 0, 1),
              D.timedelta(1, 2, 3), D.timedelta(-1, 5, 7), D.timedelta.max, D.timedelta.min, D.timedelta(3, 0, 5)]
    own_zone = D.datetime(2020, 1, 2, tzinfo=Zone())
    if not PY2:
        zones = [D.timezone.utc, D.timezone(D.timedelta(0, 3600)), D.timezone(D.timedelta(0, -60), "X"),
                 D.datetime(2020, 1, 2, tzinfo=D.timezone.utc), D.time(1, tzinfo=D.timezone(D.timedelta(0, 60))),
                 D.timezone(D.timedelta(0), "Z")]
        folds = [D.time(1, fold=1), D.datetime(2020, 1, 2, 3, fold=1), D.datetime(2020, 1, 2, 3, 4, 5, 6, D.timezone.utc, fold=1),
                 D.time(1, 2, tzinfo=D.timezone.utc, fold=1)]
    show("times", locals(), ["then"])
    then()


# ---- code ---------------------------------------------------------------------------

class Base(object):
    class Inner(object):
        def method(self):
            pass

    @classmethod
    def make(cls):
        pass

    @staticmethod
    def static():
        pass

    def generate(self):
        yield 1


class Failed(Exception):
    pass


class OwnError(Exception):
    def __repr__(self):
        return "oops"


def code(then):
    functions = [hexed, then, Base.static, lambda: 1, functools.wraps(hexed)(lambda: 2)]
    bare = object()
    inner = Base.Inner()
    methods = [Base.Inner.method, inner.method, Base.make]
    builtins = [len, [].append, {}.get, dict.fromkeys, os.getpid, "".join]
    maybe_builtins = [str.join, object.__repr__, [].__len__, object().__str__]
    classes = [int, object, Base, Base.Inner, collections.OrderedDict, type, datetime.date, ValueError, Point]
    modules = [sys, os, binascii, collections]
    maybe_module = sys.modules["__main__"]
    generators = [Base().generate(), (x for x in "a")]
    errors = [ValueError(), ValueError("x"), KeyError(1, "b"), OSError(2, "no"), Failed([1]), Exception(()),
              StopIteration(), KeyboardInterrupt(), AssertionError("it's")]
    target = Base()
    references = [weakref.ref(target), weakref.ref(Base)]
    gone = weakref.ref(Base())
    maybe_references = [weakref.ref(hexed)]
    ids = [uuid.UUID(int=0), uuid.UUID(int=2 ** 128 - 1), uuid.UUID("12345678-1234-5678-1234-567812345678")]
    own_error = OwnError(1)
    maybe_partial = functools.partial(hexed, 1)
    if PY2:
        maybe_unbound = Base.make
    show("code", locals(), ["then"])
    then()


# ---- instances ----------------------------------------------------------------------

class Slots(object):
    __slots__ = ("a", "b", "__hidden")


class More(Slots):
    __slots__ = ("c",)


class Both(Slots):
    pass


class Classic:
    pass


class Default1(object):
    kept = 1


class Meta(type):
    def __repr__(cls):
        return "meta"


def instances(then):
    own_meta = Meta("Made", (object,), {"__module__": "m"})
    own_long_name = type("L" * 300, (object,), {})
    own_odd_name = type("odd\x1b[2J", (object,), {})()
    empty = Default1()
    own_one = Default1()
    own_one.x = 1
    own_slots = Slots()
    own_slots.a = [1]
    empty_slots = Slots()
    own_more = More()
    own_more.c, own_more.a = 1, 2
    own_both = Both()
    own_both.z, own_both.b = 1, 2
    own_many = Plain()
    for i in range(60):
        setattr(own_many, "n%d" % i, i)
    red_it = Plain()
    red_it.password = red_it.x = 1
    red_dict = {"api_key": "hunter2", "plain": 1}
    red_pairs = [("Authorization", "hunter2"), (b"Cookie", b"hunter2"), ("plain", 1)]
    red_others = {("db", "password"): "hunter2", b"x" * 2000 + b" password": "hunter2"}
    red_ordered = collections.OrderedDict([(("db", "token"), "hunter2")])
    if not PY2:
        red_space = types.SimpleNamespace(token=1)
    own_classic = Classic()
    own_classic.x = 1
    show("instances", locals(), ["then"])
    then()


def locks(then):
    import threading
    one, other, taken, twice, free = (threading.Lock(), [threading.Lock()], threading.RLock(),
                                      threading.RLock(), threading.RLock())
    one.acquire()
    taken.acquire()
    twice.acquire()
    twice.acquire()
    if PY2:  # RLock is a class in Python
        own_taken, own_twice, own_free = taken, twice, free
        del taken, twice, free
    del threading
    show("locks", locals(), ["then"])
    then()


def withheld(then):
    hide_password = hide_AUTH_TOKEN = hide_aws_secret_access_key = hide_db_password = hide_ssh_key = {"password": 1}
    monkey = keyboard = author = tokenize = bypass = compass = primary_key = keys = 1
    show("withheld", locals(), ["then"])
    then()


MODERN = '''
import dataclasses, enum, typing

class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    BLUE = (1, [2])

class Hidden(enum.Enum):
    PASSWORD = "hunter2"

class Number(enum.IntEnum):
    ONE = 1
    TWO = 2

class Bits(enum.Flag):
    A = 1
    B = 2

class IntBits(enum.IntFlag):
    X = 4
    Y = 8

class Word(str, enum.Enum):
    HI = "hi"

class Pair(typing.NamedTuple):
    left: int
    right: str = "r"

class Tree(types.SimpleNamespace):
    pass

async def waits():
    yield 1

async def awaits():
    pass

def enums(then):
    later = [waits(), awaits()]
    trees = [Tree(), Tree(a=1)]
    maybe_groups = [type(e)("m", [e]) for e in ()]
    if sys.version_info >= (3, 11):
        maybe_groups = [ExceptionGroup("m", [ValueError(1)])]
    mixed = {**dict(a=1)}
    red_member = {Hidden.PASSWORD: "hunter2"}
    colors = [Color.RED, Color.GREEN, Color.BLUE]
    numbers = [Number.ONE, Number.TWO]
    words = [Word.HI]
    bits = [Bits.A, Bits.B, IntBits.X]
    maybe_bits = [Bits.A | Bits.B, Bits(0), IntBits.X | IntBits.Y, IntBits(0)]
    classes = [Color, Number, Bits, IntBits, Word]
    pairs = [Pair(1), Pair(1, "x")]
    show("enums", locals(), ["then"])
    then()
'''

DATACLASSES = '''
import dataclasses, typing

@dataclasses.dataclass
class Data:
    a: int
    b: str = "b"
    c: list = dataclasses.field(default_factory=list)
    d: int = dataclasses.field(default=4, repr=False)
    e: typing.ClassVar[int] = 5

@dataclasses.dataclass(frozen=True)
class Child(Data):
    pass

@dataclasses.dataclass
class Outer:
    inner: Data
    class Nested: pass

@dataclasses.dataclass(repr=False)
class Quiet:
    a: int

@dataclasses.dataclass
class Login:
    user: str
    password: str

class Sub(Data):
    pass

@dataclasses.dataclass
class Loud:
    a: int
    def __repr__(self): return "loud"

def datas(then):
    simple = [Data(1), Data(1, "x", [Data(2)])]
    outer = Outer(Data(1))
    sub = Sub(7)
    cycle_data = Data(1)
    cycle_data.c.append(cycle_data)
    own_quiet, own_loud = Quiet(1), Loud(1)
    red_login = Login("me", "pw")
    show("datas", locals(), ["then"])
    then()
'''.replace("(frozen=True)\nclass Child", "\nclass Child")


def arrays(then):
    import numpy as np
    cells = {
        "<numpy.ndarray shape=(2, 3) dtype=float64>": np.zeros((2, 3)),
        "<numpy.ndarray shape=() dtype=int64>": np.array(5),
        "<numpy.ndarray shape=(4,) dtype=uint8>": np.arange(4, dtype="u1"),
        "<numpy.ndarray shape=(0, 7) dtype=complex64>": np.zeros((0, 7), "c8"),
        "<numpy.ndarray shape=(2,) dtype=str_>": np.array(["ab", "c"]),
        "<numpy.ndarray shape=(1,) dtype=object_>": np.array([None]),
        "<numpy.int64 -5>": np.int64(-5),
        "<numpy.uint64 %d>" % (2 ** 64 - 1): np.uint64(2 ** 64 - 1),
        "<numpy.int8 -128>": np.int8(-128),
        "<numpy.float32 0.5>": np.float32(0.5),
        "<numpy.float64 0.1>": np.float64(0.1),
        "<numpy.bool True>": np.bool_(True),
    }
    a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1 = cells.values()
    for name, text in zip("a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1".split(), cells):
        print("arrays", name, "var", "ours", hexed(text))
    own_all = cells
    say("arrays", "own_all", "var", "own", own_all)
    say("arrays", "cells", "var", "own", cells)
    say("arrays", "np", "var", "exact", np)
    say("arrays", "name", "var", "exact", name)
    say("arrays", "text", "var", "exact", text)
    say("arrays", "then", "arg", "exact", then)
    then()


# ---- frames -------------------------------------------------------------------------

def arguments(a, then, b=2, *rest, **named):
    x = 1
    if a > 1:
        un_bound = 3
        print(un_bound)
    show("arguments", locals(), ["a", "then", "b", "rest", "named"])
    print("arguments un_bound var unbound -")
    then()


def cells(then, shared, kept):
    count = 0
    if then is None:
        un_filled = 0

    def inside(given):
        kept
        def leaf():
            return shared, count, given, un_filled
        show("inside", locals(), ["given"], ["kept", "shared", "count", "then"])
        print("inside un_filled free unbound -")
        then()
        return leaf

    show("cells", locals(), ["then", "shared", "kept"])
    print("cells un_filled var unbound -")
    inside(5)


def generator(then, start):
    here = [start]
    show("generator", locals(), ["then", "start"])
    yield then()


def generating(then):
    for _ in generator(then, 7):
        pass


CLASS_BODY = '''
def body(then):
    class Body(object):
        first = 1
        second = [first, 2]
        def method(self): pass
        say("Body", "first", "name", "exact", first)
        say("Body", "second", "name", "exact", second)
        say("Body", "then", "free", "exact", then)
        then()
'''

INLINED = '''
def inlined(then):
    frame = "inlined" if sys.version_info >= (3, 12) else "<listcomp>"
    say("inlined", "then", "arg", "exact", then)
    say("inlined", "frame", "var", "exact", frame)
    if frame != "inlined": say(frame, "then", "free", "exact", then)
    say(frame, "item_f", "var", "exact", [41])
    return [then() for item_f in [[41]]]
'''

MODULE = '''
import sys
def made(): pass
class Made(object): pass
top, texts = [1, "a"], {"k": b"v"}
for name in ("top", "texts"):
    say("<module>", name, "name", "exact", globals()[name])
say("<module>", "name", "name", "exact", "texts")
if sys.version_info[0] > 2:
    frame = "<module>" if sys.version_info >= (3, 12) else "<listcomp>"
    say("<module>", "frame", "name", "exact", frame)
    say(frame, "item_m", "var", "exact", 42)
    [then() for item_m in [42]]
else:
    then()
'''

KEYWORDS = '''
def keywords(then, /, a, *more, k=3, **rest):
    show("keywords", locals(), ["then", "a", "k", "more", "rest"])
    then()
'''


def stop():
    print("end")
    sys.stdout.flush()
    while True:
        signal.pause()


def chain(steps):
    """Calls the first with a function that goes on with the others."""
    if not steps:
        return stop()
    steps[0](lambda: chain(steps[1:]))


def exec_module(names):
    code = compile(MODULE, "module.py", "exec")
    eval(code, names)


def main():
    more = []
    names = {}
    names.update(globals())
    if sys.version_info >= (3, 6):
        exec(MODERN.replace("import dataclasses, ", "import "), names)
        more.append(names["enums"])
    if PY37:
        exec(DATACLASSES, names)
        more.append(names["datas"])
    if sys.version_info >= (3, 8):
        exec(KEYWORDS, names)
        more.append(lambda then: names["keywords"](then, 1, 2, 3, z=4))
        exec(INLINED, names)
        more.append(names["inlined"])
    exec(CLASS_BODY, names)
    more.append(names["body"])
    more.append(lambda then: exec_module({"say": say, "then": then}))
    if os.environ.get("PYPROF_NUMPY"):
        more.append(arrays)
    chain([numbers, texts, containers, cycles, times, code, instances, locks, withheld,
           lambda then: arguments(1, then, 5, 6, 7, z=8), lambda then: cells(then, [1], "kept"), generating] + more)


main()
