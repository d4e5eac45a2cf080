# SPDX-License-Identifier: MIT
"""A workload's flame graph in the browser, with words for what tests do to it and ask of it.

Draws with $BUILD/tests/tools/render-profile (or $RENDER_PROFILE); files and screenshots go to
$BUILD/tests/render/.
"""
import functools
import json
import os
import subprocess
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import browser as chromium  # noqa: E402
import truth  # noqa: E402

BUILD = os.environ.get("BUILD", "build")
RENDER = os.environ.get("RENDER_PROFILE", BUILD + "/tests/tools/render-profile")
OUT = os.path.abspath(BUILD + "/tests/render")

# What the tests ask the page for: everything through what a user has, the DOM.
HELPERS = """
(() => {
	const all = selector => [...document.querySelectorAll(selector)];
	const place = e => { const r = e.getBoundingClientRect();
		return { x: r.x, y: r.y, width: r.width, height: r.height }; };
	window.t = {
		boxes: () => all('.box').map(e => ({ text: e.textContent, label:
			e.getAttribute('aria-label'), color: getComputedStyle(e).backgroundColor,
			level: +e.getAttribute('aria-level'), ...place(e) })),
		text: selector => (all(selector)[0] || {}).textContent,
		place: selector => place(all(selector)[0]),
		count: selector => all(selector).length,
		shown: selector => all(selector).some(e => e.getClientRects().length > 0),
		focus: () => document.activeElement &&
			document.activeElement.getAttribute('aria-label') || '',
		style: (selector, key) => getComputedStyle(all(selector)[0])[key],
	};
})()
"""


@functools.lru_cache(maxsize=None)
def workload(name):
    return subprocess.run([sys.executable, os.path.join(HERE, "workloads.py"), name],
                          check=True, capture_output=True).stdout


def render(text, *options):
    return subprocess.run([RENDER, *options], input=text, check=True,
                          capture_output=True).stdout


@functools.lru_cache(maxsize=None)
def draw(name, *options):
    """Draws a workload into OUT/NAME.svg, and counts it. Another suite may have that open."""
    path = os.path.join(OUT, name + "".join(options) + ".svg")
    with open(f"{path}.{os.getpid()}", "wb") as out:
        out.write(render(workload(name), *options))
    os.replace(out.name, path)
    return truth.Truth(workload(name).decode())


class Graph(chromium.Page):
    """A workload's page, with words for what the tests do to it."""

    def __init__(self, browser, name, *options, fragment="", **how):
        self.truth = draw(name, *options)
        super().__init__(browser, f"file://{OUT}/{name}{''.join(options)}.svg" + fragment, **how)
        self.settle()
        self.evaluate(HELPERS)

    def boxes(self):
        return self.evaluate("t.boxes()")

    def box(self, start):
        """The widest box whose whole text begins so; None where there is none."""
        found = [b for b in self.boxes() if b["label"].startswith(start)]
        return max(found, key=lambda b: b["width"], default=None)

    def click_box(self, start):
        box = self.box(start)
        self.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.settle()

    def press(self, key, **modifiers):
        self.key(key, **modifiers)
        self.settle()

    def text(self, selector):
        return self.evaluate(f"t.text({json.dumps(selector)})")

    def shown(self, selector):
        return self.evaluate(f"t.shown({json.dumps(selector)})")

    def area_width(self):
        return self.evaluate("t.place('.canvas').width")

    def hover(self, start):
        box = self.box(start)
        self.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.settle()

    def leave(self):
        """Takes the focus from where it is."""
        self.evaluate("document.activeElement.blur()")

    def choose(self, label, value):
        """Chooses an option of a list of the bar."""
        self.evaluate(f"""(() => {{ const list = document.querySelector(
            'select[aria-label="{label}"]'); list.value = {json.dumps(str(value))};
            list.dispatchEvent(new Event('change')); }})()""")
        self.settle()

    def click_on(self, selector, text=""):
        """Clicks on the first element of a selector whose text begins so."""
        place = self.evaluate(f"""(() => {{ const e = [...document.querySelectorAll(
            {json.dumps(selector)})].find(e => e.textContent.startsWith({json.dumps(text)}));
            e.scrollIntoView({{ block: 'nearest' }}); const r = e.getBoundingClientRect();
            return {{ x: r.x + r.width / 2, y: r.y + r.height / 2 }}; }})()""")
        self.click(place["x"], place["y"])
        self.settle()

    def exported(self):
        """What Export saves, as {stack: weight}."""
        text = self.exported_text()
        return {tuple(line.rsplit(" ", 1)[0].split(";")): int(line.rsplit(" ", 1)[1])
                for line in text.splitlines()}

    def exported_text(self):
        self.evaluate("""window.saved = new Promise(done => {
            const make = URL.createObjectURL;
            URL.createObjectURL = blob => { URL.createObjectURL = make; blob.text().then(done);
                return make(blob); }; }); 0""")
        self.press("e")
        return self.evaluate("window.saved")


def fills(graph, box):
    return box is not None and abs(box["width"] - graph.area_width()) <= 1.5


def main(checks, tests):
    """Runs those of the tests, {name: function of a browser}, that the command line names."""
    path = chromium.find()
    if not path:
        print("skip - no Chromium, node or npm is here (apt-get install chromium nodejs npm)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    os.makedirs(OUT, exist_ok=True)
    wanted = sys.argv[1:]
    browser = chromium.Browser(path)
    try:
        for name, test in sorted(tests.items()):
            if name.startswith("test_") and (not wanted or name[5:] in wanted):
                try:
                    test(browser)
                except Exception:  # one broken test must not hide the others
                    checks.check(False, name, traceback.format_exc())
    finally:
        browser.close()
    return checks.exit_code()
