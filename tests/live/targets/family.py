# SPDX-License-Identifier: MIT
"""A family: this process, a child that it forked, and one that a shell started for it.

usage: family.py MARK     prints {"parent": PID, "forked": PID, "shell": PID, "by_shell": PID}, and
waits for its standard input to be closed; then all end. MARK is in their command lines.
"""
import json
import os
import signal
import subprocess
import sys
import time


def rest():
    while True:
        time.sleep(1000)


if len(sys.argv) > 2:
    print(os.getpid())
    sys.stdout.flush()
    rest()
forked = os.fork()
if forked == 0:
    rest()
command = '"%s" "%s" %s by-shell & wait' % (sys.executable, os.path.abspath(sys.argv[0]), sys.argv[1])
shell = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE)
by_shell = int(shell.stdout.readline())
time.sleep(0.3)
print(json.dumps({"parent": os.getpid(), "forked": forked, "shell": shell.pid,
                  "by_shell": by_shell}))
sys.stdout.flush()
sys.stdin.read()
for pid in (by_shell, shell.pid, forked):
    os.kill(pid, signal.SIGKILL)
os._exit(0)
