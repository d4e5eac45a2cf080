# SPDX-License-Identifier: MIT
"""Programs of several processes.

usage: processes.py MODE [ARG...]     does what MODE says, and ends

    busy NAME SECONDS        works so long in a function of that name
    fork                     `in_root`, a child `in_child`, and its child `in_grandchild`
    multiprocessing METHOD   `in_root` and two children `in_child`, started by that method
    subprocess COMMAND...    `in_root`, and this command as a child
    exec_child               `in_root`, and a child `before_exec` that becomes `after_exec`
    exec_root                `before_exec`, becomes `after_exec`
    phases N HOW             N children by HOW (fork, exec), each in a function per 10 ms of its life
    orphans SECONDS [OWN]    `in_root` for 0.5 s, or so long; two children `in_child` for SECONDS
    short N COMMAND...       `in_root`, which runs this command so often, one after the other
    server WORKERS THREADS   a socket's server that forks before it serves; until it is killed

Each process that works says "FUNCTION PID" on standard output when it begins, and "end TIME" last.
"""
import os
import sys
import time

SECONDS = 0.5


def say(*words):
    try:
        os.write(1, (" ".join(map(str, words)) + "\n").encode())
    except OSError:
        pass # nobody listens any more


def until(end):
    while time.time() < end:
        sum(range(100))


def works(name, seconds=SECONDS):
    """Works in a function of that name."""
    scope = {"until": until}
    exec("def %s(end):\n    until(end)\n" % name, scope)
    say(name, os.getpid())
    scope[name](time.time() + seconds)
    say("end", "%.6f" % time.time())


def forked(function, *args):
    pid = os.fork()
    if pid == 0:
        function(*args)
        os._exit(0)
    return pid


def me(*words):
    return [sys.executable, os.path.abspath(__file__)] + [str(w) for w in words]


def busy(name, seconds):
    works(name, float(seconds))


def child_and_grandchild():
    forked(works, "in_grandchild")
    works("in_child")
    os.wait()


def fork():
    forked(child_and_grandchild)
    works("in_root")
    os.wait()


def by_multiprocessing(method):
    import multiprocessing
    context = multiprocessing.get_context(method)
    children = [context.Process(target=works, args=("in_child",)) for _ in range(2)]
    for child in children:
        child.start()
    works("in_root")
    for child in children:
        child.join()


def by_subprocess(*command):
    import subprocess
    child = subprocess.Popen(command)
    works("in_root")
    child.wait()


def becomes_another():
    works("before_exec")
    os.execv(sys.executable, me("busy", "after_exec", SECONDS))


def exec_child():
    forked(becomes_another)
    works("in_root", 2 * SECONDS)
    os.wait()


def phases(n, how):
    for _ in range(int(n)):
        if how == "fork":
            forked(life)
            os.wait()
        else:
            os.spawnv(os.P_WAIT, sys.executable, me("life"))


def life():
    """A function per 10 ms of it."""
    scope = {"until": until}
    for i in range(25):
        exec("def phase_%02d(end):\n    until(end)\n" % i, scope)
    begin = time.time()
    say("life", os.getpid())
    for i in range(25):
        scope["phase_%02d" % i](begin + 0.01 * (i + 1))


def orphans(seconds, parent_seconds=0.5):
    for _ in range(2):
        forked(works, "in_child", float(seconds))
    works("in_root", float(parent_seconds))


def in_root(n, command):
    import subprocess
    for _ in range(n):
        subprocess.call(command)
    until(time.time() + 0.2)


def short(n, *command):
    say("in_root", os.getpid())
    in_root(int(n), command)


def serves(listening):
    """A little work for each connection."""
    while True:
        connection, _ = listening.accept()
        until(time.time() + 0.002)
        connection.close()


def worker(listening, n_threads):
    import threading
    for _ in range(n_threads - 1):
        thread = threading.Thread(target=serves, args=(listening,))
        thread.daemon = True
        thread.start()
    say("worker", os.getpid())
    serves(listening)


def server(workers, threads):
    import socket
    import threading
    threading.stack_size(256 << 10)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)
    for _ in range(int(workers)):
        forked(worker, listening, int(threads))
    say("port", listening.getsockname()[1])
    os.wait()


if __name__ == "__main__":
    {"busy": busy, "fork": fork, "multiprocessing": by_multiprocessing, "life": life,
     "subprocess": by_subprocess, "exec_child": exec_child, "exec_root": becomes_another,
     "phases": phases, "orphans": orphans, "short": short,
     "server": server}[sys.argv[1]](*sys.argv[2:])
