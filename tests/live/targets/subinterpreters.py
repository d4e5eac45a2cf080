# SPDX-License-Identifier: MIT
"""A thread that runs a subinterpreter, which waits in a function of its own.

Prints its PID once the subinterpreter is waiting, then waits for the end of its standard input.
Exits with 77 where this interpreter has no way to make one.
"""
import os
import sys
import threading

try:
    import _interpreters as sub
except ImportError:
    try:
        import _xxsubinterpreters as sub
    except ImportError:
        sys.exit(77)

SOURCE = """
import os
def waits_in_subinterpreter():
    os.write({ready}, b'x')
    os.read({gate}, 1)

waits_in_subinterpreter()
"""


def runs_a_subinterpreter(source):
    run = getattr(sub, "run_string", None) or getattr(sub, "exec")
    run(sub.create(), source)


def main():
    ready_read, ready_write = os.pipe()
    gate_read, gate_write = os.pipe()
    source = SOURCE.format(ready=ready_write, gate=gate_read)
    thread = threading.Thread(target=runs_a_subinterpreter, args=(source,), name="sub")
    thread.daemon = True
    thread.start()
    os.read(ready_read, 1)
    print(os.getpid())
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)


main()
