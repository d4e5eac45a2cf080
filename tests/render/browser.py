# SPDX-License-Identifier: MIT
"""A headless Chromium, driven by playwright-core (driver/driver.mjs), for tests in Python."""
import contextlib
import json
import os
import select
import shutil
import subprocess
import time

import one_time

HERE = os.path.dirname(os.path.abspath(__file__))
DEADLINE = 60  # seconds that one answer may take, on a busy machine


class BrowserError(Exception):
    pass


def _program(*names):
    return next((shutil.which(name) for name in names if shutil.which(name)), None)


def find():
    """Path of a Chromium, None where there is none, or nothing to drive it with."""
    if not _program("node") or not _program("npm"):
        return None
    return _program("chromium", "chromium-browser", "google-chrome")


def install():
    """The driver's folder, with playwright-core in it as package-lock.json has it."""
    return one_time.npm_folder(os.path.join(HERE, "driver"), "render-driver")


class Browser:
    def __init__(self, path):
        self.process = subprocess.Popen(
            ["node", os.path.join(install(), "driver.mjs"), path], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def call(self, call, **request):
        try:
            self.process.stdin.write(json.dumps({"call": call, **request}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as why:
            raise BrowserError(f"{call}: the browser has ended") from why
        deadline = time.monotonic() + DEADLINE
        while not select.select([self.process.stdout], [], [], 0.5)[0]:
            if time.monotonic() > deadline:
                # A late answer would be taken for the next one's.
                self.process.kill()
                raise BrowserError(f"{call}: the browser does not answer")
        line = self.process.stdout.readline()
        if not line:
            raise BrowserError(f"{call}: the browser has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserError(f"{call}: {answer['error']}")
        return answer["result"]


class Page:
    """One tab, in a context of its own. What goes wrong in it (exceptions, dialogs, requests) is
    in .troubles."""

    def __init__(self, browser, url, width=1400, height=900, dark=False, scripts=True,
                 motion=False):
        self.browser = browser
        self.runs = scripts  # else no promise is kept in it
        self.id = browser.call("open", url=url, width=width, height=height, dark=dark,
                               scripts=scripts, motion=motion)

    def call(self, call, **request):
        return self.browser.call(call, page=self.id, **request)

    def protocol(self, method, **params):
        return self.call("protocol", method=method, params=params)

    @property
    def troubles(self):
        return self.call("troubles")

    def evaluate(self, expression):
        """The value of a JavaScript expression; promises are awaited."""
        return self.call("evaluate", expression=expression)

    def settle(self):
        """Until the page has drawn what it was told; without scripts it is told nothing."""
        if not self.runs:
            return
        self.evaluate("new Promise(done => requestAnimationFrame(() => "
                      "requestAnimationFrame(() => done())))")

    def resize(self, width, height):
        self.call("resize", width=width, height=height)

    def move(self, x, y):
        self.call("move", x=x, y=y)

    def click(self, x, y):
        self.move(x, y)
        self.call("down")
        self.call("up")

    def wheel(self, x, y, delta):
        self.move(x, y)
        self.call("wheel", delta=delta)

    def key(self, key, ctrl=False):
        self.call("key", key=("Control+" if ctrl else "") + key)

    def type(self, text):
        self.call("type", text=text)

    def screenshot(self, path):
        self.call("screenshot", path=path)

    def close(self):
        self.call("close")
