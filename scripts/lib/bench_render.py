# SPDX-License-Identifier: MIT
"""The runs and the table of scripts/bench-render."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "render"))
import browser as chromium  # noqa: E402

BUILD = os.environ["BUILD"]
OUT = os.path.join(BUILD, "bench-render")

# What is asked of pyprof beside inferno: at most these parts of its time and memory; in ms.
ASKED = {"time": 0.7, "memory": 0.5, "size": 5e6, "open": 1200, "zoom": 150, "reset": 150,
         "metric": 150, "search": 250}


def run(command, out):
    """Seconds and KiB that a program takes."""
    with open(out, "wb") as to:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=to, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - start
    if child.returncode:
        sys.exit(f"bench-render: {command[0]} failed: {child.returncode}")
    return took, usage.ru_maxrss


def tools(stacks, slow):
    """(name, rounds or None, output, command) of all that are here."""
    ours = os.path.join(OUT, "pyprof.svg")
    found = [("pyprof", None, ours, [BUILD + "/tests/tools/render-folded", stacks, ours])]
    if shutil.which("inferno-flamegraph"):
        found.append(("inferno", None, OUT + "/inferno.svg", ["inferno-flamegraph", stacks]))
        if slow:
            found.append(("inferno, all frames", 1, OUT + "/inferno-all.svg",
                          ["inferno-flamegraph", "--minwidth", "0", stacks]))
    if shutil.which("flamegraph.pl"):
        found.append(("flamegraph.pl", 1, OUT + "/perl.svg", ["flamegraph.pl", stacks]))
    for name in ("inferno-flamegraph", "flamegraph.pl"):
        if not shutil.which(name):
            print(f"{name} is not here: left out.\n")
    return found


# Until what was done is on the screen: the frame after it has been handed over.
TIMED = """new Promise(done => { const from = performance.now(); %s;
    requestAnimationFrame(() => { const after = new MessageChannel();
        after.port1.onmessage = () => done(performance.now() - from);
        after.port2.postMessage(0); }); })"""
KEY = "document.dispatchEvent(new KeyboardEvent('keydown', { key: '%s' }))"
ACTIONS = {
    "zoom": "[...document.querySelectorAll('.box')].filter(e => e.textContent)[%d].click()",
    "reset": KEY % "0",
    "metric": KEY % "g",
    "search": "(() => { const i = document.querySelector('input'); i.value = 'handle_%d';"
              "i.dispatchEvent(new Event('input')); })()",
    "lines, functions": KEY % "f",
    "library": KEY % "l",
}


def opened(browser, path):
    """Milliseconds until a page is drawn, and the page."""
    start = time.monotonic()
    page = chromium.Page(browser, "file://" + path)
    page.settle()
    return (time.monotonic() - start) * 1000, page


def interactions(page):
    took = {}
    for name, action in ACTIONS.items():
        times = []
        for i in range(6):
            if name == "reset":
                page.evaluate(ACTIONS["zoom"] % 20)
            times.append(page.evaluate(TIMED % (action % (i + 7) if "%d" in action else action)))
            if name == "zoom":
                page.evaluate(ACTIONS["reset"])
        took[name] = statistics.median(times)
    return took


def draw_all(found, rounds):
    results = {name: [] for name, *_ in found}
    for i in range(rounds):
        for name, most, out, command in found:
            if most is None or i < most:
                results[name].append(run(command, out + ".out" if out in command else out))
    return {name: (statistics.median(t for t, _ in runs), max(m for _, m in runs))
            for name, runs in results.items()}


def tell_drawn(found, drawn, opens):
    print("| tool | seconds | pyprof's | peak MiB | pyprof's | file, MB | opens in, s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    time_, memory = drawn["pyprof"]
    for name, _, out, _ in found:
        t, m = drawn[name]
        ratio = ("", "") if name == "pyprof" else (f"{time_ / t:.2f}", f"{memory / m:.2f}")
        print(f"| {name} | {t:.2f} | {ratio[0]} | {m / 1024:.0f} | {ratio[1]} | "
              f"{os.path.getsize(out) / 1e6:.1f} | {opens.get(name, 0) / 1000:.2f} |")


def tell_asked(drawn, opens, took):
    rows = [("file, bytes", os.path.getsize(OUT + "/pyprof.svg"), ASKED["size"]),
            ("opens, ms", opens["pyprof"], ASKED["open"])]
    if "inferno" in drawn:
        rows = [("time beside inferno's", drawn["pyprof"][0] / drawn["inferno"][0],
                 ASKED["time"]),
                ("memory beside inferno's", drawn["pyprof"][1] / drawn["inferno"][1],
                 ASKED["memory"])] + rows
    rows += [(name + ", ms", took[name], ASKED.get(name)) for name in took]
    print("\n| pyprof | measured | asked |\n| --- | --- | --- |")
    for name, value, asked in rows:
        shown = f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
        print(f"| {name} | {shown} | {f'at most {asked:,g}' if asked else ''} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stacks", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow", action="store_true")
    args = parser.parse_args()
    stacks = os.path.join(OUT, f"stacks-{args.stacks}.folded")
    with open(stacks, "wb") as out:
        made = subprocess.run([sys.executable, os.path.join(HERE, "bench_render_stacks.py"),
                               str(args.stacks)], stdout=out, stderr=subprocess.PIPE, check=True)
    print(f"{made.stderr.decode().strip()}, {os.path.getsize(stacks) / 1e6:.0f} MB of folded "
          f"stacks; load of the machine before: {' '.join(map(str, os.getloadavg()))}\n")
    found = tools(stacks, args.slow)
    drawn = draw_all(found, args.rounds)
    opens, took = {}, {}
    if chromium.find():
        browser = chromium.Browser(chromium.find())
        try:
            opened(browser, os.path.join(OUT, "pyprof.svg"))[1].close()  # the browser itself
            for name, most, out, _ in found:
                times = []
                for i in range(most or 3):
                    ms, page = opened(browser, out)
                    times.append(ms)
                    if name == "pyprof" and not took:
                        took = interactions(page)
                    page.close()
                opens[name] = statistics.median(times)
        finally:
            browser.close()
    tell_drawn(found, drawn, opens)
    if opens:
        tell_asked(drawn, opens, took)
    os.unlink(stacks)


main()
