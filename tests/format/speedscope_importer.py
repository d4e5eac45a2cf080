# SPDX-License-Identifier: MIT
"""speedscope's own importer and its published schema (speedscope-importer/), for tests in Python."""
import json
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def missing():
    """What is not here that it needs; None where nothing is."""
    lacking = [name for name in ("node", "npm") if not shutil.which(name)]
    return " and ".join(lacking) or None


def install():
    """Its folder, with the packages in it that package-lock.json names."""
    folder = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"),
                                          "speedscope-importer"))
    source = os.path.join(HERE, "speedscope-importer")
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "package-lock.json", "importer.mjs"):
        shutil.copy(os.path.join(source, name), folder)
    with open(os.path.join(folder, "package-lock.json"), "rb") as lock:
        wanted = lock.read()
    mark = os.path.join(folder, "node_modules", ".of")
    if not os.path.exists(mark) or open(mark, "rb").read() != wanted:
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder,
                       check=True, stdout=subprocess.DEVNULL)
        with open(mark, "wb") as out:
            out.write(wanted)
    return folder


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
