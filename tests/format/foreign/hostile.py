# SPDX-License-Identifier: MIT
"""Names that a profile file must not trip over."""
import sys
import time


def make(name):
    scope = {}
    source = 'def f(until):\n while time.monotonic() < until:\n  sum(range(300))\n'
    exec(compile(source, f"/tmp/{name}.py", "exec"), {"time": time}, scope)
    function = scope["f"]
    function.__code__ = function.__code__.replace(co_name=name, co_qualname=name)
    return function


NAMES = ['a;b', '"quoted\\', "</script>", "\u00e9\U0001f40d", "new\nline", "f (x:1) 3", "tab\t", "'"]
seconds = float(sys.argv[1]) / len(NAMES)
for each in NAMES:
    make(each)(time.monotonic() + seconds)
