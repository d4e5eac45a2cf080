# SPDX-License-Identifier: MIT
"""Makes objects of many shapes, prints where they are and what is in them, then waits.

Runs on every CPython from 2.7 on, from standard input, with nothing beside it. One object a
line (see tests/tools/check-objects.c); texts are UTF-8 in hex, addresses and ids hex:

    str ADDR TEXT            text ADDR TEXT (2.7: unicode)     bytes ADDR BYTES
    int ADDR DECIMAL         toobig ADDR                       type ADDR NAME
    not KIND ADDR            must be refused as a KIND
    dict ADDR COUNT SUM      SUM of key * MIX + value, 64 bits
    get ADDR NAME VALUE      VALUE 0: no such key
    attrs ADDR COUNT         attr ADDR NAME VALUE
    thread IDENT NAME        tid IDENT NATIVE_ID
    end

Everything is kept alive in `keep`; nothing here changes after "end".
"""
from __future__ import print_function

import binascii
import collections
import ctypes
import os
import platform
import signal
import sys
import threading
import types

PY2 = sys.version_info[0] == 2
MIX = 0x9E3779B97F4A7C15
keep = []

if not PY2:
    unicode, long, unichr = str, int, chr


def kept(thing):
    keep.append(thing)
    return thing


def hexed(raw):
    return binascii.hexlify(raw).decode("ascii") or "-"


def utf8(text):
    return text.encode("utf-8") if PY2 else text.encode("utf-8", "surrogatepass")


def say(kind, thing, *rest):
    print(kind, "%x" % id(kept(thing)), *rest)


# ---- strings ------------------------------------------------------------------------

class Text(unicode):
    pass


def texts():
    wide = u"\U0001f40d"
    for n in (0, 1, 2, 7, 8, 55, 200, 206, 207, 208, 216, 217, 300, 5000, 65536):
        yield u"a" * n
    for c in (u"\x7f", u"\x80", u"\xe9", u"\xff", u"\u0100", u"\u07ff", u"\u0800", u"\u6f22", u"\uffff",
              wide, u"\U0010ffff", u"\x00"):
        for n in (1, 2, 3, 40, 70, 400, 20000):
            yield c * n
        yield u"caf" + c + u"; f\n\"'"
    # Surrogates that are no pair. 2.7 joins and splits them as its build likes.
    if not PY2:
        for text in (u"\ud800", u"\udfff", u"a\udc80b", u"\udc00\ud800", u"\ud83d\udc0d"):
            yield text


def fresh(text):
    """A copy of its own, not one of the interpreter's shared ones."""
    return (text + u"-")[:-1]


def legacy(text, ready):
    """A str made by the old interface, to 3.11: characters in wstr, until it is made ready."""
    api = ctypes.pythonapi
    api.PyUnicode_FromStringAndSize.restype = ctypes.py_object
    api.PyUnicode_FromStringAndSize.argtypes = [ctypes.c_char_p, ctypes.c_ssize_t]
    api.PyUnicode_AsUnicode.restype = ctypes.c_void_p
    api.PyUnicode_AsUnicode.argtypes = [ctypes.py_object]
    new = api.PyUnicode_FromStringAndSize(None, len(text))
    units = (ctypes.c_uint32 * len(text))(*[ord(c) for c in text])
    ctypes.memmove(api.PyUnicode_AsUnicode(new), units, ctypes.sizeof(units))
    if ready:
        hash(new)
    return new


def strings():
    for text in texts():
        say("text" if PY2 else "str", fresh(text), hexed(utf8(text)))
        say("text" if PY2 else "str", Text(text), hexed(utf8(text)))
        if (3, 6) <= sys.version_info < (3, 12) and text:
            for ready in (False, True):
                say("str", legacy(text, ready), hexed(utf8(text)))
    for raw in (b"", b"a", b"\0", b"abc\xff\x80", b"x" * 300, b"\xc3\xa9", bytes(bytearray(range(256))) * 50):
        copy = (raw + b"-")[:-1]
        say("bytes", copy, hexed(raw))
        if PY2:
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                text = raw.decode("latin-1")
            say("str", copy, hexed(text.encode("utf-8")))
    say("toolong", u"a" * 65537)
    for thing in (1, 1.5, None, [], {}, object(), str):
        say("not str", thing)
        say("not bytes", thing)
    say("not bytes", u"abc")
    if not PY2:
        say("not str", b"abc")


# ---- ints ---------------------------------------------------------------------------

class Number(int):
    pass


def ints():
    numbers = set([0, 1, -1, 7, 255, 2 ** 63 - 1, -2 ** 63])
    for bits in (8, 14, 15, 16, 29, 30, 31, 32, 47, 59, 60, 61, 62):
        numbers.update(sign * (2 ** bits + add) for sign in (1, -1) for add in (-1, 0, 1))
    for number in sorted(numbers):
        say("int", number + 10 ** 9 - 10 ** 9, number)
        say("int", long(number), number)
        say("int", Number(number), number)
    say("int", True, 1)
    say("int", False, 0)
    for number in (2 ** 63, -2 ** 63 - 1, 2 ** 64, 2 ** 89, 2 ** 90, -2 ** 200):
        say("toobig", number)
    for thing in ("1", 1.0, None, [1]):
        say("not int", thing)


# ---- dicts --------------------------------------------------------------------------

class Dict(dict):
    pass


def show_dict(d):
    items = list(d.items()) if PY2 or type(d) in (dict, Dict) else list(dict.items(d))
    total = sum(id(k) * MIX + id(v) for k, v in items) & (2 ** 64 - 1)
    say("dict", d, len(items), "%x" % total)


def dicts():
    for n in (0, 1, 2, 5, 6, 8, 10, 11, 100, 127, 128, 129, 170, 171, 172, 255, 256, 1000, 40000, 100000):
        named = dict((kept("key%d" % i), kept(object())) for i in range(n))
        for cls in (dict, Dict, collections.OrderedDict):
            d = cls((k, v) for k, v in named.items())
            show_dict(d)
        d = dict((kept(10 ** 6 + i), v) for i, v in enumerate(named.values()))
        show_dict(d)
        d = Dict(d)
        d.update(named)
        for i, key in enumerate(list(d)):
            if i % 3 == 0:
                del d[key]
        show_dict(d)
        for i in (0, 1, n // 2, n - 1):
            if 0 <= i < n:
                print("get %x key%d %x" % (id(named), i, id(named["key%d" % i])))
        kept(named)
        print("get %x nothing 0" % id(named))
    d = {}
    for i in range(300):
        d["k%d" % i] = i
    d.clear()
    show_dict(d)
    tricky = {u"caf\xe9": 1, "cafe": 2, 3: 4, Text(u"text"): 5, "": 6, "z" * 64: 7, None: 8}
    show_dict(tricky)
    print("get %x cafe %x" % (id(kept(tricky)), id(tricky["cafe"])))
    print("get %x %s %x" % (id(tricky), "z" * 64, id(tricky["z" * 64])))
    if not PY2:
        print("get %x text %x" % (id(tricky), id(tricky["text"])))
        if sys.version_info < (3, 12):
            for ready in (False, True):
                d = kept({legacy("old", ready): keep})
                # Being a key makes it ready; it stays where the old interface put it.
                print("get %x old %x" % (id(d), id(keep)))
    show_dict(sys.modules)
    print("get %x threading %x" % (id(kept(sys.modules)), id(threading)))
    for thing in ([], "abc", object()):
        say("not dict", thing)


# ---- attributes ---------------------------------------------------------------------

class Plain(object):
    pass


class Slots(object):
    __slots__ = ("a", "b")


class Both(Slots):
    pass


def attribute_owners():
    """Objects and what was set on them; nothing here looks at a __dict__ unasked."""
    class Int(int):
        pass

    class Tuple(tuple):
        pass

    class List(list):
        pass

    class Str(unicode):
        pass

    class Weak(object):
        __slots__ = ("__weakref__", "__dict__")

    class Failed(Exception):
        pass

    for n in (0, 1, 2, 5, 6, 8, 29, 30, 31, 32, 100):
        class Fresh(object):
            pass
        for again in range(3):
            yield Fresh(), n
    for n in (0, 1, 3, 40):
        yield Plain(), n
        yield Both(), n
        yield Int(2 ** 62), n
        yield Int(-5), n
        yield Tuple((1, 2, 3)), n
        yield Tuple(), n
        yield List([1, 2]), n
        yield Str(u"abc"), n
        yield Failed(1), n
        yield Weak(), n
        yield Dict(a=1), n
        yield types.ModuleType("made"), n
        yield (lambda: None), n


def set_some(owner, n):
    values = {}
    for i in range(n):
        name, value = "a%d" % i, kept(object())
        setattr(owner, name, value)
        values[name] = value
    return values


def show_attrs(owner, values):
    say("attrs", owner, len(values))
    for name in values:
        print("attr %x %s %x" % (id(owner), name, id(values[name])))
    print("attr %x nothing 0" % id(owner))


def attributes():
    for owner, n in attribute_owners():
        values = set_some(owner, n)
        if isinstance(owner, types.ModuleType):
            values = dict((name, getattr(owner, name)) for name in dir(owner)
                          if hasattr(owner, name) and name in vars(owner))
        show_attrs(owner, values)
    # Made a dict of, before and after; deleted; in another order; by another dict.
    looked = Plain()
    values = set_some(looked, 5)
    kept(looked.__dict__)
    show_attrs(looked, values)
    later = Plain()
    kept(later.__dict__)
    show_attrs(later, set_some(later, 7))
    gone = Plain()
    values = set_some(gone, 9)
    for name in ("a0", "a4", "a8"):
        delattr(gone, name)
        del values[name]
    show_attrs(gone, values)
    backwards = Plain()
    values = {}
    for i in reversed(range(6)):
        values["a%d" % i] = kept(object())
        setattr(backwards, "a%d" % i, values["a%d" % i])
    show_attrs(backwards, values)
    given = Plain()
    set_some(given, 3)
    given.__dict__ = values
    show_attrs(given, values)
    grown = Plain()
    kept(grown.__dict__)["key"] = keep
    show_attrs(grown, {"key": keep})
    slots = Slots()
    slots.a = 1
    show_attrs(slots, {})
    show_attrs(kept(1.5), {})
    print("attr %x _active %x" % (id(threading), id(threading._active)))


# ---- threads ------------------------------------------------------------------------

def native_id():
    if hasattr(threading, "get_native_id"):
        return threading.get_native_id()
    numbers = {"x86_64": 186, "aarch64": 178}
    return ctypes.CDLL(None, use_errno=True).syscall(numbers[platform.machine()])


def threads():
    stop, ready = threading.Event(), threading.Semaphore(0)
    ids = []

    def work():
        ids.append((threading.current_thread().ident, native_id()))
        ready.release()
        stop.wait()

    names = [None, "", "Lightning", "a" * 300, "semi;colon \"quoted\"\n", "caf\xe9",
             "\xe6\xbc\xa2" if PY2 else u"\u6f22 \U0001f40d"]
    for name in names + [None] * 30:
        thread = kept(threading.Thread(target=work, name=name))
        thread.daemon = True
        thread.start()
    for _ in range(len(names) + 30):
        ready.acquire()
    kept(threading.enumerate()[3]).name = "renamed"
    ids.append((threading.current_thread().ident, native_id()))
    for thread in threading.enumerate():
        name = thread.name
        if PY2:
            try:
                name = name.decode("utf-8")
            except UnicodeDecodeError:
                name = name.decode("latin-1")
        print("thread %x %s" % (thread.ident, hexed(utf8(name))))
    for ident, native in ids:
        print("tid %x %x" % (ident, native))


def main():
    print("pid", os.getpid())
    strings()
    ints()
    for thing, name in ((1, "int"), (u"", "unicode" if PY2 else "str"), (None, "NoneType"), (Plain(), "Plain"),
                        (main.__code__, "code"), (sys, "module"),
                        (iter({}), "dictionary-keyiterator" if PY2 else "dict_keyiterator")):
        say("type", thing, name)
    dicts()
    attributes()
    threads()
    print("end")
    sys.stdout.flush()
    while True:
        signal.pause()


main()
