# SPDX-License-Identifier: MIT
"""speedscope's own importer and its published schema (speedscope-importer/), for tests in Python."""
import json
import os
import shutil
import subprocess

import one_time

HERE = os.path.dirname(os.path.abspath(__file__))


def missing():
    """What is not here that it needs; None where nothing is."""
    lacking = [name for name in ("node", "npm") if not shutil.which(name)]
    return " and ".join(lacking) or None


def install():
    """Its folder, with the packages in it that package-lock.json names."""
    return one_time.npm_folder(os.path.join(HERE, "speedscope-importer"), "speedscope-importer")


class Importer:
    """with Importer() as importer: importer.read(path) gives what importer.mjs says of the file."""

    def __enter__(self):
        self.process = subprocess.Popen(["node", os.path.join(install(), "importer.mjs")],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def read(self, path):
        self.process.stdin.write(os.path.abspath(path) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("speedscope's importer ended")
        return json.loads(line)

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
